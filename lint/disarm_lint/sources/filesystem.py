"""File systems and trees of files: a disk, or a mapping in memory."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder, or a link to one."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Tell whether a path is a regular file, or a link to one."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_missing(path: Path) -> bool:
    """Tell whether nothing stands at a path; a link to nothing is something."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


class FileSystem(Protocol):
    """Somewhere to look for files by their full paths: the disk, or a commit as if checked out.

    `where` is a phrase for messages: empty for the disk, else as in ` in HEAD~1`.
    `commit` is the name of the commit, None for the disk and the index.
    """

    @property
    def where(self) -> str:
        """Return the phrase."""

    @property
    def commit(self) -> str | None:
        """Return the name of the commit."""

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder, or a link to one."""

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file, or a link to one."""

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; a link to nothing is something."""

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder, sorted; links do not count."""

    def read(self, path: Path, most: int) -> bytes:
        """Return the first `most` bytes of a file, or all; raise OSError where it has none."""

    def tree(self, root: Path) -> Tree:
        """Return the files below a folder."""


class DiskFileSystem:
    """Looks on the disk."""

    where = ""
    commit = None

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder; see Look."""
        return is_folder(path)

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file; see Look."""
        return is_file(path)

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; see Look."""
        return is_missing(path)

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder; see Look."""
        try:
            with os.scandir(path) as scan:
                return sorted(entry.name for entry in scan if _is_own_folder(entry))
        except OSError:
            return []

    def read(self, path: Path, most: int) -> bytes:
        """Return the beginning of a file; see Look."""
        with path.open("rb") as stream:
            return stream.read(most)

    def tree(self, root: Path) -> Tree:
        """Return the files below a folder; see Look."""
        return DiskTree(root)


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


DISK = DiskFileSystem()


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):  # noqa: N818 - a fact about a file that becomes a finding
    """A file or folder that cannot be read; `reason` is a clause for the reader."""

    path: str
    reason: str


class Tree(Protocol):
    """Files under a root; paths are relative to it, with forward slashes."""

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raise Unreadable, also for one of more than `limit` bytes."""

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder as they are written; None where there is none."""

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder, sorted, and what cannot be read."""


class DiskTree:
    """A folder on disk. Links to folders are followed unless they lead into a loop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: dict[str, frozenset[str] | None] = {}

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        try:
            # O_NONBLOCK: a named pipe without a writer must not hang the linter.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            descriptor = os.open(self.root / path, flags)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise Unreadable(path, "it is no regular file")
                if status.st_size > limit:
                    raise describe_too_large(path, status.st_size, limit)
                return file.read(limit + 1)
        except OSError as error:
            raise Unreadable(path, _reason(error)) from None

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        if folder not in self._names:
            try:
                entries = (self.root / folder).iterdir()
                self._names[folder] = frozenset(entry.name for entry in entries)
            except (OSError, ValueError):
                self._names[folder] = None
        return self._names[folder]

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        yield from self._walk(folder, frozenset())

    def _walk(self, folder: str, above: frozenset[tuple[int, int]]) -> Iterator[str | Unreadable]:
        try:
            status = os.stat(self.root / folder)  # noqa: PTH116 - one call, no Path of it
            here = (status.st_dev, status.st_ino)
            if here in above:
                yield Unreadable(folder, "the link leads back to a folder that holds it")
                return
            with os.scandir(self.root / folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(folder or ".", _reason(error))
            return
        inside = above | {here}
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                is_folder = entry.is_dir()
                if not is_folder and entry.is_symlink():
                    entry.stat()
            except OSError as error:
                yield Unreadable(path, _reason(error))
                continue
            if is_folder:
                if entry.name not in SKIPPED:
                    yield from self._walk(path, inside)
            else:
                yield path


# Folders that no walk enters.
SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"})


def describe_too_large(path: str, size: int, limit: int) -> Unreadable:
    """Return what is to be said of a file of `size` bytes where `limit` are allowed."""
    return Unreadable(
        path, f"it has {size / 1_000_000:.0f} MB; the limit is {limit / 1_000_000:.0f} MB"
    )


def _reason(error: OSError) -> str:
    import errno

    known = {
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ELOOP: "its symbolic links form a loop",
        errno.ENOENT: "it does not exist, or is a link to nothing",
        errno.ENAMETOOLONG: "its name is too long",
    }
    return known.get(error.errno or 0, (error.strerror or "it cannot be read").lower())


class MemoryTree:
    """Files in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)
        folders: dict[str, set[str]] = {}
        for path in self._files:
            rest, name = path, ""
            while rest:
                rest, _, name = rest.rpartition("/")
                known = folders.setdefault(rest, set())
                if name in known:
                    break
                known.add(name)
        self._folders = {folder: frozenset(names) for folder, names in folders.items()}

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        if path not in self._files:
            raise Unreadable(path, "it does not exist, or is a link to nothing")
        return self._files[path][: limit + 1]

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self._folders.get(folder)

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        prefix = f"{folder}/" if folder else ""
        yield from sorted(path for path in self._files if path.startswith(prefix))


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or lies in it; the empty folder holds everything."""
    return not folder or path == folder or path.startswith(f"{folder}/")


@dataclass(frozen=True, slots=True)
class OverlaidTree:
    """A tree with other contents for some of its files; see Tree."""

    tree: Tree
    files: Mapping[str, bytes]

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        data = self.files.get(path)
        return self.tree.read(path, limit) if data is None else data[: limit + 1]

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self.tree.names(folder)

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        return self.tree.walk(folder)


@dataclass(frozen=True, slots=True)
class PartialTree:
    """A tree of which only some folders are walked; see Tree.

    `within` are the folders to walk, `apart` those to leave out.
    """

    tree: Tree
    within: tuple[str, ...]
    apart: tuple[str, ...] = ()

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        return self.tree.read(path, limit)

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self.tree.names(folder)

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder that lie in this part; see Tree."""
        seen: set[str] = set()
        for part in self.within:
            start = part if is_below(part, folder) else folder
            if not is_below(start, part):
                continue
            for item in self.tree.walk(start):
                path = item.path if isinstance(item, Unreadable) else item
                if path in seen or any(is_below(path, other) for other in self.apart):
                    continue
                seen.add(path)
                yield item
