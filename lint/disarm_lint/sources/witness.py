"""A record of what a run read from the disk, and whether the disk still gives the same answers.

A `WitnessedDisk` records all questions of a run and their answers: bytes as digests, names
of files, folders that exist or do not, links, and what git knows of the past. Asking the
same questions again shows whether the run would have the same result, without running it.
Time stamps are never used: a file is the same if its bytes are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disarm_lint.sources.filesystem import DISK, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.sources.filesystem import Tree


def _digest_bytes(data: bytes) -> str:
    return sha256(data).hexdigest()


def _digest_names(names: Iterable[str]) -> str:
    return _digest_bytes("\0".join(names).encode("utf-8", "surrogatepass"))


def _describe_problem(error: OSError | Unreadable) -> str:
    if isinstance(error, OSError):
        return f"no: {error.errno} {error.strerror}"
    return f"no: {error.path}: {error.reason}"


def _digest_folder(names: frozenset[str] | None) -> str:
    return "none" if names is None else _digest_names(sorted(names))


def _digest_walk(items: Sequence[str | Unreadable]) -> str:
    return _digest_names(
        item if isinstance(item, str) else f"\1{item.path}\1{item.reason}" for item in items
    )


def _describe_read(read: Callable[[], bytes]) -> str:
    try:
        return _digest_bytes(read())
    except (OSError, Unreadable) as error:
        return _describe_problem(error)


# A question to the disk: its kind, a path, and a limit of the answer.
_Question = tuple[str, str, int]


@dataclass
class Witness:
    """The questions of a run and digests of the answers; those to trees are sorted by root.

    `unsure` means that the questions are not enough to repeat the run: a file changed during
    the run, or the run asked something else, such as the network.
    """

    disk: dict[_Question, str] = field(default_factory=dict)
    trees: dict[str, dict[_Question, str]] = field(default_factory=dict)
    unsure: bool = False

    def note(self, root: str | None, question: _Question, answer: str) -> None:
        """Record an answer of the disk, or of the tree at a root."""
        answers = self.disk if root is None else self.trees.setdefault(root, {})
        if answers.setdefault(question, answer) != answer:
            self.unsure = True

    def note_past(self, folder: Path) -> None:
        """Record that the run is about to ask git about the past of a folder."""
        answer = describe_past(folder)
        if answer is None:
            self.unsure = True
        else:
            self.note(None, ("past", str(folder), 0), answer)

    def encode(self) -> dict[str, Any]:
        """Return the record as plain data, for JSON."""
        return {
            "disk": [[*question, answer] for question, answer in self.disk.items()],
            "trees": {
                root: [[*question, answer] for question, answer in answers.items()]
                for root, answers in self.trees.items()
            },
        }


def still_holds(data: Mapping[str, Any]) -> bool:
    """Tell whether all questions have the same answers now; `data` comes from `encode`.

    Raises ValueError, TypeError or KeyError for other data.
    """
    for what, path, limit, answer in data["disk"]:
        if _ask_disk(what, path, limit) != answer:
            return False
    for root, answers in data["trees"].items():
        tree = DISK.tree(Path(root))
        for what, path, limit, answer in answers:
            if _ask_tree(tree, what, path, limit) != answer:
                return False
    return True


def _ask_disk(what: str, path: str, limit: int) -> str | None:
    place = Path(path)
    if what == "read":
        return _describe_read(lambda: DISK.read(place, limit))
    if what == "past":
        return describe_past(place)
    if what == "folders":
        return _digest_names(DISK.folders(place))
    if what == "real":
        return str(DISK.resolve(place))
    questions = {"folder": DISK.is_folder, "file": DISK.is_file, "missing": DISK.is_missing}
    return str(questions[what](place))


def _ask_tree(tree: Tree, what: str, path: str, limit: int) -> str:
    if what == "read":
        return _describe_read(lambda: tree.read(path, limit))
    if what == "names":
        return _digest_folder(tree.names(path))
    if what == "walk":
        return _digest_walk(list(tree.walk(path)))
    raise ValueError(f"there is no question “{what}”")


@dataclass(frozen=True)
class WitnessedDisk:
    """The disk, with a witness that records all questions. See FileSystem."""

    witness: Witness
    where: str = ""
    commit: str | None = None

    def _note(self, what: str, path: Path, answer: str, limit: int = 0) -> None:
        self.witness.note(None, (what, str(path), limit), answer)

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder, or a link to one."""
        found = DISK.is_folder(path)
        self._note("folder", path, str(found))
        return found

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file, or a link to one."""
        found = DISK.is_file(path)
        self._note("file", path, str(found))
        return found

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; a link to nothing is something."""
        found = DISK.is_missing(path)
        self._note("missing", path, str(found))
        return found

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder, sorted; links do not count."""
        found = DISK.folders(path)
        self._note("folders", path, _digest_names(found))
        return found

    def resolve(self, path: Path) -> Path:
        """Return a path without links."""
        found = DISK.resolve(path)
        self._note("real", path, str(found))
        return found

    def read(self, path: Path, most: int) -> bytes:
        """Return the first `most` bytes of a file, or all; raise OSError if it has none."""
        try:
            data = DISK.read(path, most)
        except OSError as error:
            self._note("read", path, _describe_problem(error), most)
            raise
        self._note("read", path, _digest_bytes(data), most)
        return data

    def tree(self, root: Path) -> WitnessedTree:
        """Return the files below a folder."""
        return WitnessedTree(self.witness, str(root), DISK.tree(root))


@dataclass(frozen=True)
class WitnessedTree:
    """The files below a folder, with a witness that records all questions. See Tree."""

    witness: Witness
    root: str
    inner: Tree

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raise Unreadable, also for one of more than `limit` bytes."""
        try:
            data = self.inner.read(path, limit)
        except Unreadable as error:
            self.witness.note(self.root, ("read", path, limit), _describe_problem(error))
            raise
        self.witness.note(self.root, ("read", path, limit), _digest_bytes(data))
        return data

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder as they are written; None if there is none."""
        found = self.inner.names(folder)
        self.witness.note(self.root, ("names", folder, 0), _digest_folder(found))
        return found

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder, sorted, and what cannot be read."""
        found = list(self.inner.walk(folder))
        self.witness.note(self.root, ("walk", folder, 0), _digest_walk(found))
        yield from found


def describe_past(folder: Path) -> str | None:
    """Return what determines all that git knows of the past of a folder.

    That is the repository and the commit that is checked out, whose name covers all commits
    before it. None if it does not: in a clone that lacks commits or contents, or if git
    replaces some by others.
    """
    from disarm_lint.sources.git import GitError, open_git, open_inherited

    told = open_inherited()
    answers = []
    for git in (open_git(folder), *([told] if told is not None else [])):
        try:
            status, out, complaint = git.try_ask(
                "rev-parse", "--absolute-git-dir", "--is-inside-git-dir",
                "--is-shallow-repository", "--git-path", "info/grafts",
                "--is-bare-repository", "--show-prefix", "HEAD^{commit}",
            )  # fmt: skip
            if status:
                # No repository, or one without a commit.
                answers.append(f"{status} {complaint}")
                continue
            lines = out.decode("utf-8", "surrogateescape").splitlines()
            replaced = git.ask("for-each-ref", "--count=1", "refs/replace")
            if "true" in lines[2:3] or replaced or git.is_partial():
                return None
            if (git.folder / lines[3]).exists():
                return None
        except (GitError, IndexError) as error:
            answers.append(f"no: {error}")
        else:
            answers.append("\n".join(lines))
    return "\n".join(answers)
