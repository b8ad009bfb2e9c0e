"""Calling git, finding the repository around a folder, and reading the contents of its files.

No other module starts git; `isolation` says what it is started with.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, replace
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import Unreadable, describe_too_large
from disarm_lint.sources.isolation import LOCATION, build_command, build_environment, find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO


class GitError(Exception):
    """Git cannot answer; the message is one line that says what to do."""


class NoRepositoryError(GitError):
    """A folder lies in no repository."""


class NotFetchedError(GitError):
    """A partial clone lacks what is asked for, and nothing is fetched."""

    def __init__(self, lacking: str) -> None:
        super().__init__(
            f"this clone is partial and lacks {lacking}, and disarm-lint fetches nothing; fetch "
            "everything: `git fetch --refetch --no-filter`, or in a GitHub workflow remove "
            "`filter` (and `sparse-checkout`, which implies it) from actions/checkout"
        )


# What git says where it needed an object that the other side of a partial clone has.
_LACKING = ("lazy fetching disabled", "from promisor remote")
# Seconds. A repository may hold a named pipe in place of any file, or name one in its
# configuration, and git waits for ever at it.
_PATIENCE, _LONG = 60.0, 900.0
# What looks at each commit takes its time.
_WALKS = frozenset({"diff-tree", "merge-base", "rev-list"})
_PARTIAL = r"^(extensions\.partialclone|remote\..*\.promisor)$"


@dataclass(frozen=True)
class Git:
    """Git in a folder, with an environment that `build_environment` made."""

    folder: Path
    environment: Mapping[str, str]

    def try_ask(
        self, command: str, *arguments: str, given: bytes = b"", patience: float | None = None
    ) -> tuple[int, bytes, str]:
        """Return the exit status, what git wrote to stdout, and what it complained of.

        `given` is what it reads from stdin. Raises GitError where git is not
        there, refuses the repository, or takes more than `patience` seconds
        (None: what is ample for the command).
        """
        try:
            done = subprocess.run(
                self._build_command(command, *arguments),
                cwd=self.folder,
                env=dict(self.environment),
                input=given,
                capture_output=True,
                check=False,
                timeout=patience or (_LONG if command in _WALKS else _PATIENCE),
            )
        except subprocess.TimeoutExpired:
            raise GitError(
                f"`git {command}` took too long; `git fsck` shows whether the repository is sound"
            ) from None
        except OSError as error:
            raise _explain_not_run(error) from None
        complaint = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode and "dubious ownership" in complaint:
            raise GitError(
                f"git refuses to read the repository around “{self.folder}”, since it belongs to "
                "another user; if you trust it, run: git config --global --add safe.directory "
                f"'{_is_owned_by_another(complaint) or self.folder}'"
            )
        return done.returncode, done.stdout, complaint

    def ask(
        self, command: str, *arguments: str, given: bytes = b"", patience: float | None = None
    ) -> bytes:
        """Return what git writes to stdout; raise GitError if it fails."""
        status, out, complaint = self.try_ask(command, *arguments, given=given, patience=patience)
        if status:
            if any(words in complaint for words in _LACKING):
                raise NotFetchedError("folders of its commits")
            raise GitError(f"`git {command}` failed: {_explain_failure(complaint, status)}")
        return out

    def start(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start git to talk to it through pipes; raise GitError if it cannot be started."""
        try:
            return subprocess.Popen(
                self._build_command(command, *arguments),
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _explain_not_run(error) from None

    def is_partial(self) -> bool:
        """Tell whether the repository is a partial clone, which may lack contents."""
        return self.try_ask("config", "--name-only", "--get-regexp", _PARTIAL)[0] == 0

    def _build_command(self, command: str, *arguments: str) -> list[str]:
        program = find_program(self.environment.get("PATH", ""))
        if program is None:
            raise GitError("the program git is needed for this, and it is not on the PATH")
        return build_command(program, command, *arguments)


def _explain_not_run(error: OSError) -> GitError:
    return GitError(f"git cannot be run: {(error.strerror or 'unknown').lower()}")


def _explain_failure(complaint: str, status: int) -> str:
    """Return why git failed, in its own words: warnings may come before that."""
    lines = complaint.splitlines() or [f"exit status {status}"]
    return next((line for line in lines if line.startswith("fatal: ")), lines[0]).removeprefix(
        "fatal: "
    )


def open_inherited() -> Git | None:
    """Return git in the repository that the environment names; None if it names none."""
    if not LOCATION & os.environ.keys():
        return None
    return Git(Path.cwd(), build_environment(os.environ, located=True))


def open_git(folder: Path) -> Git:
    """Return git in the repository around a folder, whatever the environment names."""
    return Git(folder, build_environment(os.environ, located=False))


def _is_owned_by_another(complaint: str) -> str | None:
    """Return the repository that git names in its complaint."""
    _, found, rest = complaint.partition("repository at '")
    return rest.partition("'\n")[0] or None if found else None


_SHOWN = 80
_NAME = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Repository:
    """A repository; `top` is the folder of its working tree, or itself where it is bare."""

    git: Git
    top: Path
    bare: bool = False

    def commit(self, revision: str) -> str:
        """Return the name of the commit that a revision names; raise GitError where none is."""
        found = self._find(revision)
        if found is not None:
            return found
        shown = revision if len(revision) <= _SHOWN else f"{revision[:_SHOWN]}…"
        if ".." in revision:
            raise GitError(
                f"“{shown}” names more than one commit; write --changed-since A --at B, "
                "or --changed-since A... for what came after A and B parted"
            )
        if self.head() is None:
            raise GitError(f"there is no commit “{shown}”: the repository has none yet")
        raise GitError(f"there is no commit “{shown}” in {self._deepen()}")

    def _find(self, revision: str) -> str | None:
        # What begins with a dash would be an option; git has no such names either.
        if not revision or revision.startswith("-") or not revision.isprintable():
            return None
        status, out, _ = self.git.try_ask(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"
        )
        name = out.decode("ascii", "replace").strip()
        # Of `^HEAD` git answers that it is a commit to be left out.
        return name if status == 0 and _NAME.fullmatch(name) else None

    def merge_base(self, one: str, other: str) -> str:
        """Return the last common ancestor of two commits; raise GitError if there is none."""
        first, second = self.commit(one), self.commit(other)
        status, out, _ = self.git.try_ask("merge-base", first, second)
        if status or not out:
            raise GitError(f"“{one}” and “{other}” have no common ancestor in {self._deepen()}")
        return out.decode("ascii", "replace").split()[0]

    def head(self) -> str | None:
        """Return the commit that is checked out; None before the first one."""
        return self._find("HEAD")

    def list_merging(self) -> Iterator[str]:
        """Yield the commits that are being merged into the one that is checked out."""
        found = self._find("MERGE_HEAD")
        if found is not None:
            yield found

    def _deepen(self) -> str:
        """Return words for this repository, and what to do about a commit that it lacks."""
        if self.git.try_ask("rev-parse", "--is-shallow-repository")[1].strip() == b"true":
            return (
                "this clone, which is shallow; fetch the whole history: `git fetch --unshallow`, "
                "or in a GitHub workflow `fetch-depth: 0` for actions/checkout"
            )
        return "this repository; is it spelt rightly, and has it been fetched (`git fetch`)?"


def find_repository(folder: Path) -> Repository:
    """Return the repository around a folder, which need not exist; raise GitError for none.

    The index and the repository that a hook is told of are those that count,
    if the folder lies in that repository.
    """
    place = next((p for p in (folder, *folder.parents) if p.is_dir()), Path(folder.anchor))
    own = _open_at(open_git(place))
    told = open_inherited()
    if told is not None:
        hooked = _open_at(told)
        if hooked is not None and (
            hooked.top == own.top if own else place.is_relative_to(hooked.top)
        ):
            return hooked
    if own is None:
        raise NoRepositoryError(f"“{folder}” is in no git repository")
    return own


def _open_at(git: Git) -> Repository | None:
    status, out, complaint = git.try_ask(
        "rev-parse", "--is-bare-repository", "--is-inside-git-dir", "--absolute-git-dir"
    )
    if status:
        if "not a git repository" in complaint:
            return None
        raise GitError(f"git cannot read the repository: {_explain_failure(complaint, status)}")
    bare, inside, folder = os.fsdecode(out).rstrip("\n").split("\n", 2)
    if bare == "true":
        top = Path(folder).resolve()
    elif inside == "true":
        raise GitError(f"“{git.folder}” is a folder of git's own; name the folder of the pages")
    else:
        top = Path(os.fsdecode(git.ask("rev-parse", "--show-toplevel")).rstrip("\n")).resolve()
        # A repository may claim any folder as its working tree. From there git would not find
        # it again, unless the environment says where it is.
        if "GIT_DIR" not in git.environment and not os.path.lexists(top / ".git"):
            raise GitError(
                f"the configuration in “{folder}” says that its working tree is “{top}” "
                "(core.worktree), where there is no .git; remove that setting"
            )
    # Paths in the index are those from the top, and so is a relative GIT_INDEX_FILE.
    environment = dict(git.environment)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"):
        if name in environment:
            place = git.folder / environment[name]
            environment[name] = os.path.abspath(place)  # noqa: PTH100 - follows no link
    return Repository(replace(git, folder=top, environment=environment), top, bare == "true")


def _has_name(data: bytes, name: str) -> bool:
    """Tell whether a blob has the name under which git keeps it.

    Git does not look when it reads. Outcomes that are kept under the names of blobs would hold
    in another repository where the contents are the true ones.
    """
    digest = sha1(usedforsecurity=False) if len(name) == _OF_SHA1 else sha256()
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest() == name


_OF_SHA1 = 40
_CHUNK = 1 << 20
# Seconds for git to end, and to answer: a repository may hold a named pipe in place of a file.
_CLOSING, _ASKING = 10.0, 60.0
_STEP = 1.0


class Blobs:
    """Reads blobs by name with `git cat-file --batch`; to be closed, or used in a `with`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: float | None = None

    def __enter__(self) -> Blobs:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(_CLOSING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def read(self, path: str, name: str, limit: int) -> bytes:
        """Return the content of the blob `name`, which stands at `path`.

        Raises Unreadable for one of more than `limit` bytes, which is not kept
        in memory, and for one that is not there; NotFetchedError where a
        partial clone lacks it; GitError where git gives up.
        """
        asking, answering = self._open_pipes()
        self._asked = time.monotonic()
        try:
            return self._read(path, name, limit, asking, answering)
        finally:
            self._asked = None

    def _read(
        self, path: str, name: str, limit: int, asking: IO[bytes], answering: IO[bytes]
    ) -> bytes:
        try:
            asking.write(f"{name}\n".encode("ascii"))
            asking.flush()
            header = answering.readline(1024).split()
        except OSError:
            header = []
        if len(header) == 2 and header[1] == b"missing":
            if self._git.is_partial():
                raise NotFetchedError(f"the content of “{path}”")
            raise Unreadable(path, "git does not have its content")
        if len(header) != 3 or not header[2].isdigit():
            raise self._explain_end(path)
        size = int(header[2])
        if size > limit:
            self._skip(answering, size + 1)
            raise describe_too_large(path, size, limit)
        data = answering.read(size + 1)
        if len(data) != size + 1:
            raise self._explain_end(path)
        data = data[:-1]
        if not _has_name(data, name):
            raise Unreadable(path, "git has another content than its name says (`git fsck`)")
        return data

    def _explain_end(self, path: str) -> GitError:
        """Return why git gave up; it does so itself where a partial clone lacks a content."""
        self.close()
        if self._git.is_partial():
            return NotFetchedError(f"the content of “{path}”")
        return GitError("git stopped answering; `git fsck` shows whether the repository is sound")

    def _skip(self, stream: IO[bytes], size: int) -> None:
        while size > 0:
            part = stream.read(min(size, _CHUNK))
            if not part:
                return
            size -= len(part)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End a process that does not answer."""
        while process.poll() is None:
            asked = self._asked
            if asked is not None and time.monotonic() - asked > _ASKING:
                process.kill()
                return
            time.sleep(_STEP)

    def _open_pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise GitError("git cannot be run: it has no pipes")
        return process.stdin, process.stdout
