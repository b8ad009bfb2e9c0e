"""A commit or the index as a file system, and which files of a working tree no commit holds."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import (
    DISK,
    LEADS_OUT,
    SKIPPED,
    Unreadable,
    find_boundary,
    is_git_folder,
)
from disarm_lint.sources.git import GitError, NoRepositoryError, find_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from disarm_lint.sources.git import Blobs, Git


_LINK, _SUBMODULE = "120000", "160000"
# The name of a file without content, by SHA-1 and by SHA-256.
_EMPTY = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
# The name of a tree without files, by the length of the names of a repository.
_NO_FILES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry of git at a path: the mode, in octal digits, and the name of the content."""

    mode: str
    name: str

    @property
    def is_link(self) -> bool:
        """Tell whether it is a symbolic link; its content is the path that it leads to."""
        return self.mode == _LINK

    @property
    def is_submodule(self) -> bool:
        """Tell whether it is another repository, whose files are not in this one."""
        return self.mode == _SUBMODULE


Listing = dict[str, TreeEntry]


def _split_records(data: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the words before the tab and the path, from the top, of each entry."""
    for record in data.split(b"\0"):
        head, tab, path = record.partition(b"\t")
        if tab:
            yield head.decode("ascii").split(), os.fsdecode(path)


def list_commit(git: Git, commit: str) -> Listing:
    """Return the files of a commit, by path; `commit` is its name in hexadecimal digits."""
    data = git.ask("ls-tree", "-r", "-z", "--full-tree", commit)
    return {path: TreeEntry(words[0], words[2]) for words, path in _split_records(data)}


def list_index(git: Git) -> Listing:
    """Return the files of the index, by path; raise GitError amid a merge conflict."""
    listing: Listing = {}
    for words, path in _split_records(git.ask("ls-files", "--stage", "-z")):
        if words[2] != "0":
            raise GitError(f"“{path}” has a merge conflict; resolve it and add the file first")
        listing[path] = TreeEntry(words[0], words[1])
    for path in _wait_for_listing(git, listing):
        listing.pop(path, None)
    return listing


def list_edited(before: Listing, after: Listing) -> frozenset[str] | None:
    """Return the files whose contents differ; None if one was added, deleted or is a link."""
    if before.keys() != after.keys():
        return None
    edited = {path for path, entry in after.items() if entry != before[path]}
    if any(after[path].mode != before[path].mode or after[path].is_link for path in edited):
        return None
    return frozenset(edited)


def _wait_for_listing(git: Git, listing: Mapping[str, TreeEntry]) -> set[str]:
    """Return the files that are only intended to be added: no commit would contain them."""
    empty = {path: entry.name for path, entry in listing.items() if entry.name in _EMPTY}
    if not empty:
        return set()
    # Compared with nothing, and without a look at the working tree, whose files would
    # go through the filters that a repository names.
    nothing = _NO_FILES[len(next(iter(empty.values())))]
    data = git.ask(
        "diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "-z", nothing
    )
    return empty.keys() - {os.fsdecode(path) for path in data.split(b"\0")}


# As many links in one path as Linux follows, and as many bytes in one.
_HOPS, _LONGEST = 40, 4096
_ABSENT = "it does not exist, or is a link to nothing"


@dataclass(frozen=True)
class TreeSnapshot:
    """The files of a commit or of the index; paths are from the top of the repository.

    A link leads to a file of the same snapshot, never to the disk.
    """

    listing: Listing
    blobs: Blobs
    _links: dict[str, str] = field(default_factory=dict)

    @cached_property
    def folders(self) -> dict[str, frozenset[str]]:
        """The names in each folder."""
        found: dict[str, set[str]] = {"": set()}
        for path, entry in self.listing.items():
            if entry.is_submodule:
                found.setdefault(path, set())
            while path:
                folder, _, name = path.rpartition("/")
                names = found.setdefault(folder, set())
                if name in names:
                    break
                names.add(name)
                path = folder
        return {folder: frozenset(names) for folder, names in found.items()}

    @cached_property
    def _has_links(self) -> bool:
        return any(entry.is_link for entry in self.listing.values())

    def real(self, path: str) -> str:
        """Return a path without links; raise Unreadable for one that leads out or in a circle.

        What a path leads to need not exist.
        """
        path = path if path != "." else ""
        if not self._has_links:
            return path
        done: list[str] = []
        waiting = path.split("/")[::-1]
        hops = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not done:
                    raise Unreadable(path, LEADS_OUT)
                done.pop()
                continue
            here = "/".join([*done, part])
            entry = self.listing.get(here)
            if entry is None or not entry.is_link:
                if is_git_folder(part):
                    raise Unreadable(path, LEADS_OUT)
                done.append(part)
                continue
            hops += 1
            target = self._read_target(here, entry)
            if hops > _HOPS:
                raise Unreadable(path, "its symbolic links form a loop")
            if target.startswith("/"):
                raise Unreadable(path, LEADS_OUT)
            waiting += target.split("/")[::-1]
        return "/".join(done)

    def _read_target(self, path: str, entry: TreeEntry) -> str:
        if path not in self._links:
            import os

            self._links[path] = os.fsdecode(self.blobs.read(path, entry.name, _LONGEST))
        return self._links[path]

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raise Unreadable, also for one of more than `limit` bytes."""
        real = self.real(path)
        entry = self.listing.get(real)
        if entry is None or entry.is_submodule:
            raise Unreadable(path, "it is not a regular file" if self._holds(real) else _ABSENT)
        return self.blobs.read(path, entry.name, limit)

    def _holds(self, real: str) -> bool:
        return real in self.folders

    def is_folder(self, path: str) -> bool:
        """Tell whether a path is a folder, or a link to one."""
        return self.names(path) is not None

    def is_file(self, path: str) -> bool:
        """Tell whether a path is a file, or a link to one."""
        try:
            entry = self.listing.get(self.real(path))
        except Unreadable:
            return False
        return entry is not None and not entry.is_submodule

    def names(self, path: str) -> frozenset[str] | None:
        """Return the names in a folder; None if there is none."""
        try:
            return self.folders.get(self.real(path))
        except Unreadable:
            return None


@dataclass(frozen=True)
class GitFileSystem:
    """A snapshot of the repository at `top`, and outside of that the disk; see FileSystem."""

    snapshot: TreeSnapshot
    top: Path
    where: str
    commit: str | None = None

    def _make_local(self, path: Path) -> str | None:
        """Return a path from the top; None for one outside of the repository."""
        plain = Path(os.path.normpath(path))
        for place in (plain, None):
            try:
                local = (place or plain.resolve()).relative_to(self.top).as_posix()
            except (ValueError, OSError, RuntimeError):
                continue
            return "" if local == "." else local
        return None

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder; see FileSystem."""
        local = self._make_local(path)
        return DISK.is_folder(path) if local is None else self.snapshot.is_folder(local)

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file; see FileSystem."""
        local = self._make_local(path)
        return DISK.is_file(path) if local is None else self.snapshot.is_file(local)

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; see FileSystem."""
        local = self._make_local(path)
        if local is None:
            return DISK.is_missing(path)
        snapshot = self.snapshot
        found = snapshot.is_file(local) or snapshot.is_folder(local) or local in snapshot.listing
        return not found

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder; see FileSystem."""
        local = self._make_local(path)
        if local is None:
            return DISK.folders(path)
        names = self.snapshot.names(local) or ()
        prefix = f"{local}/" if local else ""
        return sorted(name for name in names if f"{prefix}{name}" in self.snapshot.folders)

    def resolve(self, path: Path) -> Path:
        """Return an absolute path without links, as they are on the disk; see FileSystem."""
        return DISK.resolve(path)

    def read(self, path: Path, most: int) -> bytes:
        """Return the content of a file; OSError for more than `most` bytes; see FileSystem."""
        local = self._make_local(path)
        if local is None:
            return DISK.read(path, most)
        try:
            return self.snapshot.read(local, most)
        except Unreadable as problem:
            raise OSError(0, problem.reason) from None

    def tree(self, root: Path) -> GitTree:
        """Return the files below a folder; raise GitError for one outside of the repository."""
        local = self._make_local(root)
        if local is None:
            raise GitError(f"“{root}” does not lie in the git repository “{self.top}”")
        return GitTree(self.snapshot, local)


@dataclass(frozen=True)
class GitTree:
    """The files below a folder, `prefix`, of a snapshot; see Tree.

    A checkout of it has the same files; what a submodule would hold is not there.
    """

    snapshot: TreeSnapshot
    prefix: str = ""

    def _make_whole(self, path: str) -> str:
        path = "" if path == "." else path
        return f"{self.prefix}/{path}" if self.prefix and path else self.prefix or path

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        try:
            return self.snapshot.read(self._make_whole(path), limit)
        except Unreadable as problem:
            raise Unreadable(path, problem.reason) from None

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self.snapshot.names(self._make_whole(folder))

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        # Folders come before links to them, which then count no more.
        seen: set[str] = set()
        waiting = [("" if folder == "." else folder, frozenset[str]())]
        while waiting:
            linked: list[tuple[str, frozenset[str]]] = []
            for path, above in waiting:
                yield from self._walk(path, above, seen, linked)
            waiting = linked

    def _walk(
        self,
        folder: str,
        above: frozenset[str],
        seen: set[str],
        linked: list[tuple[str, frozenset[str]]],
    ) -> Iterator[str | Unreadable]:
        """Yield what is in a folder, but for links to folders, which go to `linked`."""
        try:
            real = self.snapshot.real(self._make_whole(folder))
        except Unreadable as problem:
            yield Unreadable(folder or ".", problem.reason)
            return
        if real in above:
            yield Unreadable(folder, "the link leads back to a folder that holds it")
        if real in seen:
            return
        seen.add(real)
        names = self.snapshot.folders.get(real)
        if names is None:
            yield Unreadable(folder or ".", "it does not exist, or is a link to nothing")
            return
        for name in sorted(names):
            path = f"{folder}/{name}" if folder else name
            whole = self._make_whole(path)
            if self.snapshot.is_folder(whole):
                if name in SKIPPED:
                    continue
                if self.snapshot.real(whole) != whole and whole == f"{real}/{name}".lstrip("/"):
                    linked.append((path, above | {real}))
                else:
                    yield from self._walk(path, above | {real}, seen, linked)
            elif self.snapshot.is_file(whole):
                yield path
            else:
                yield Unreadable(path, self._explain(whole))

    def _explain(self, whole: str) -> str:
        try:
            self.snapshot.real(whole)
        except Unreadable as problem:
            return problem.reason
        return "it does not exist, or is a link to nothing"


# The length of a blob's name in hexadecimal digits where the repository is a SHA-256 one.
_SHA256_DIGITS = 64


def list_uncommitted(
    folder: Path, files: Mapping[Path, bytes], deleted: Collection[Path] = ()
) -> list[Path]:
    """Return the files, given with their bytes, that differ from the last commit around `folder`.

    A file in a submodule, or in another repository below the folder, is compared with the
    last commit of that one. A file that no commit contains is only returned if it is to be
    `deleted`: git could not restore it in either case, but an edit loses less. Outside of a
    repository, no file is returned.

    Raises GitError if git does not read the repository.
    """
    asked: dict[str, _Held | None] = {}

    def hold(place: Path) -> _Held | None:
        boundary = find_boundary(place)
        if boundary not in asked:
            asked[boundary] = _read_commit(place)
        return asked[boundary]

    around = hold(folder)
    changed = []
    for file, data in files.items():
        place = file.resolve()
        states = [held for held in (around, hold(place.parent)) if held is not None]
        found = next((name for held in states if (name := held.find(place)) is not None), None)
        if found is not None:
            if found not in _name_forms(data, len(found)):
                changed.append(file)
        elif states and file in deleted:
            changed.append(file)
    return changed


@dataclass(frozen=True)
class _Held:
    """The names of the blobs in the last commit of a repository, by path from its top."""

    top: Path
    listing: Listing

    def find(self, place: Path) -> str | None:
        """Return the name of the blob of a file; None if the commit does not contain it."""
        if not place.is_relative_to(self.top):
            return None
        entry = self.listing.get(place.relative_to(self.top).as_posix())
        return entry.name if entry is not None else None


def _read_commit(folder: Path) -> _Held | None:
    """Return the last commit around a folder; None if there is no repository."""
    try:
        repository = find_repository(folder)
        if repository.bare:
            raise GitError(f"“{repository.top}” says that it is a bare repository")
        head = repository.head()
        return _Held(repository.top, list_commit(repository.git, head) if head is not None else {})
    except NoRepositoryError:
        return None
    except GitError:
        if os.path.lexists(os.path.join(find_boundary(folder), ".git")):  # noqa: PTH118 - a text
            raise
        return None


def _name_forms(data: bytes, digits: int) -> Iterator[str]:
    """Yield the names of the blobs that git may have for a file.

    The content is converted here (line ends, pointers of Git LFS) and not by git, which would
    run the filters that a repository names.
    """
    digest = hashlib.sha256(data).hexdigest()
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{digest}\nsize {len(data)}\n"
    ).encode()  # fmt: skip
    for content in (data, data.replace(b"\r\n", b"\n"), pointer):
        blob = b"blob %d\0%b" % (len(content), content)
        if digits == _SHA256_DIGITS:
            yield hashlib.sha256(blob).hexdigest()
        else:
            yield hashlib.sha1(blob, usedforsecurity=False).hexdigest()
