"""File systems and trees of files: a disk, or a mapping in memory."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, Protocol

from disarm_lint.sources.held import is_link_error

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


LEADS_OUT = "it is a link that leads out of the repository"


def find_boundary(folder: Path) -> str:
    """Return what nothing is read from outside of: the repository around a folder, else that."""
    real = os.path.realpath(folder)
    place = real
    while True:
        if os.path.lexists(f"{place}{os.sep}.git"):
            return place
        above = os.path.dirname(place)  # noqa: PTH120 - texts, which are quick
        if above == place:
            return real
        place = above


def leads_out(path: str | Path, boundary: str) -> bool:
    """Tell whether a path leads, by links, out of a folder without links in its own path.

    The folder of git is outside as well. Raises OSError where the links form a loop.
    """
    return not _is_of_corpus(os.path.realpath(path), boundary)


def _is_of_corpus(real: str, boundary: str) -> bool:
    """Tell whether a path lies in a folder, but not in git's; neither has links in it."""
    if not is_inside(real, boundary):
        return False
    below = real.removeprefix(boundary.rstrip(os.sep))
    return not any(is_git_folder(name) for name in re.split(r"[\\/]", below))


def is_inside(real: str, boundary: str) -> bool:
    """Tell whether a path is a folder or lies in it; neither has links in it."""
    return real == boundary or real.startswith(boundary.rstrip(os.sep) + os.sep)


def is_git_folder(name: str) -> bool:
    """Tell whether a name is that of git's own folder, on some file system.

    It lies inside of a repository but is no part of it: its configuration may hold the
    token with which a CI job has fetched. Some systems ignore the case, invisible
    characters, and what stands behind the name, or know the name by a short one.
    """
    if name.isascii() and "git" not in name.lower():
        return False
    visible = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return visible.casefold().partition(":")[0].rstrip(". ") in (".git", "git~1")


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

    def resolve(self, path: Path) -> Path:
        """Return an absolute path without links; raise OSError or RuntimeError for a loop."""

    def read(self, path: Path, most: int) -> bytes:
        """Return the first `most` bytes of a file, or all; raise OSError if it has none."""

    def tree(self, root: Path) -> Tree:
        """Return the files below a folder."""


class DiskFileSystem:
    """Looks on the disk."""

    where = ""
    commit = None

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder; see FileSystem."""
        return is_folder(path)

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file; see FileSystem."""
        return is_file(path)

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; see FileSystem."""
        return is_missing(path)

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder; see FileSystem."""
        try:
            with os.scandir(path) as scan:
                return sorted(entry.name for entry in scan if _is_own_folder(entry))
        except OSError:
            return []

    def resolve(self, path: Path) -> Path:
        """Return an absolute path without links; see FileSystem."""
        return path.resolve()

    def read(self, path: Path, most: int) -> bytes:
        """Return the beginning of a file; see FileSystem.

        A link in a repository that leads out of it is no file of ours.
        """
        if path.is_symlink() and leads_out(path, find_boundary(path.parent)):
            raise OSError(errno.EPERM, LEADS_OUT)
        with open_regular(path) as stream:
            return stream.read(most)

    def tree(self, root: Path) -> Tree:
        """Return the files below a folder; see FileSystem."""
        return DiskTree(root)


# O_NONBLOCK: a named pipe without a writer must not hang the linter.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file to read it; raise OSError for anything else, such as a named pipe."""
    return _require_regular(os.open(path, _READ))


def _require_regular(descriptor: int) -> BinaryIO:
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise OSError(errno.EPERM, "it is not a regular file")
    return stream


_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_STEPS = os.open in os.supports_dir_fd and _NO_LINK != 0


def _open_below(boundary: str, real: str) -> BinaryIO:
    """Open a regular file that lies in a folder; neither path has links in it.

    Raises OSError where one has come to stand in the way since the path was looked at: each
    folder is entered from the one that holds it, so that none can be exchanged meanwhile.
    """
    if not _STEPS:
        return open_regular(real)
    *folders, name = real.removeprefix(boundary).strip(os.sep).split(os.sep)  # noqa: PTH206 - texts
    held = os.open(boundary, _FOLDER)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER | _NO_LINK, dir_fd=held)
            os.close(held)
            held = inner
        return _require_regular(os.open(name, _READ | _NO_LINK, dir_fd=held))
    except OSError as error:
        if is_link_error(error):
            raise OSError(errno.EPERM, LEADS_OUT) from None
        raise
    finally:
        os.close(held)


def read_mode(path: Path) -> int:
    """Return the permissions that a file has, or that a new one gets."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return find_new_mode()


def find_new_mode() -> int:
    """Return the permissions that a new file gets."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


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
        """Return the names in a folder as they are written; None if there is none."""

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder, sorted, and what cannot be read."""


def read_if_there(tree: Tree, path: str, limit: int) -> bytes | None:
    """Return the bytes of a file; None if there is none. Raises what `Tree.read` does."""
    folder, _, name = path.rpartition("/")
    if name not in (tree.names(folder) or ()):
        return None
    return tree.read(path, limit)


class DiskTree:
    """A folder on disk.

    Links are followed inside the repository, without one inside the folder;
    what leads out of it is Unreadable. A folder counts once, however many links
    lead to it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: dict[str, frozenset[str] | None] = {}
        self._folders: dict[str, str] = {}

    @cached_property
    def _boundary(self) -> str:
        return find_boundary(self.root)

    def _resolve(self, path: str) -> str:
        """Return where a path leads; raise Unreadable if that is outside."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(self.root / folder)
        place = os.path.join(self._folders[folder], name)  # noqa: PTH118 - texts, which are quick
        # What is no link, in a folder without links, leads where it says; Windows has other kinds.
        linked = os.path.islink(place)  # noqa: PTH114 - a text
        if linked or name in ("", ".", "..") or os.name == "nt":
            place = os.path.realpath(place)
        if not _is_of_corpus(place, self._boundary):
            raise Unreadable(path, LEADS_OUT)
        return place

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        try:
            with _open_below(self._boundary, self._resolve(path)) as file:
                status = os.fstat(file.fileno())
                if status.st_size > limit:
                    raise describe_too_large(path, status.st_size, limit)
                return file.read(limit + 1)
        except OSError as error:
            raise Unreadable(path, _explain(error)) from None

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        if folder not in self._names:
            try:
                names = os.listdir(self._resolve(folder))  # noqa: PTH208 - a text
                self._names[folder] = frozenset(names)
            except (OSError, ValueError, Unreadable):
                self._names[folder] = None
        return self._names[folder]

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        # Folders come before links to them, which then count no more.
        seen: set[tuple[int, int]] = set()
        waiting = [(folder, frozenset[tuple[int, int]]())]
        while waiting:
            linked: list[tuple[str, frozenset[tuple[int, int]]]] = []
            for path, above in waiting:
                yield from self._walk(path, above, seen, linked)
            waiting = linked

    def _walk(
        self,
        folder: str,
        above: frozenset[tuple[int, int]],
        seen: set[tuple[int, int]],
        linked: list[tuple[str, frozenset[tuple[int, int]]]],
    ) -> Iterator[str | Unreadable]:
        """Yield what is in a folder, but for links to folders, which go to `linked`.

        `above` are the folders that hold it, `seen` all that were walked.
        """
        try:
            real = self._resolve(folder)
            status = os.stat(real)  # noqa: PTH116 - one call, no Path of it
            here = (status.st_dev, status.st_ino)
            if here in above:
                yield Unreadable(folder, "the link leads back to a folder that holds it")
            if here in seen:
                return
            with os.scandir(real) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except Unreadable as problem:
            yield problem
            return
        except OSError as error:
            yield Unreadable(folder or ".", _explain(error))
            return
        seen.add(here)
        inside = above | {here}
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            found = self._judge(entry, path)
            if not isinstance(found, bool):
                yield found
            elif not found:
                yield path
            elif entry.name not in SKIPPED and entry.is_symlink():
                linked.append((path, inside))
            elif entry.name not in SKIPPED:
                yield from self._walk(path, inside, seen, linked)

    def _judge(self, entry: os.DirEntry[str], path: str) -> bool | Unreadable:
        """Tell whether an entry is a folder, or a link to one; Unreadable if it cannot be read."""
        try:
            is_folder = entry.is_dir()
            if entry.is_symlink():
                entry.stat()
                self._resolve(path)
        except Unreadable as problem:
            return problem
        except OSError as error:
            return Unreadable(path, _explain(error))
        return is_folder


# Folders that no walk enters; the last is the journal of an interrupted run.
SKIPPED = frozenset({
    ".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".disarm-lint-journal",
})  # fmt: skip


def describe_too_large(path: str, size: int, limit: int) -> Unreadable:
    """Return what is to be said of a file of `size` bytes where `limit` are allowed."""
    return Unreadable(
        path, f"it has {size / 1_000_000:.0f} MB; the limit is {limit / 1_000_000:.0f} MB"
    )


def explain_os_error(error: OSError) -> str:
    """Return what the system says of an error, as a clause."""
    return (error.strerror or "unknown reason").lower()


def _explain(error: OSError) -> str:
    if error.strerror in (LEADS_OUT, "it is not a regular file"):
        return error.strerror
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


class KeptTree:
    """A tree of which each file is read once: what is asked again is what was read; see Tree.

    What is planned and what is written then speak of the same bytes, whatever
    other programs do to the files meanwhile.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._read: dict[str, bytes] = {}

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes as they were when they were read first; see Tree."""
        data = self._read.get(path)
        if data is None or len(data) > limit:
            data = self._read[path] = self._tree.read(path, limit)
        return data

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self._tree.names(folder)

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        return self._tree.walk(folder)


class ChangedTree:
    """A tree in which some files have other contents, are new, or (None) are gone; see Tree.

    The new ones come last in a walk.
    """

    def __init__(self, tree: Tree, files: Mapping[str, bytes | None]) -> None:
        self._tree = tree
        self._files = files
        self._folders: dict[str, dict[str, bool]] = {}
        for path, data in files.items():
            folder, _, name = path.rpartition("/")
            self._folders.setdefault(folder, {})[name] = data is not None

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        if path not in self._files:
            return self._tree.read(path, limit)
        data = self._files[path]
        if data is None:
            raise Unreadable(path, "it does not exist, or is a link to nothing")
        return data[: limit + 1]

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        names = self._tree.names(folder)
        changed = self._folders.get(folder)
        if changed is None:
            return names
        gone = {name for name, there in changed.items() if not there}
        return frozenset({*(names or ()), *changed} - gone)

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        new = {path for path, data in self._files.items() if data is not None}
        for item in self._tree.walk(folder):
            path = item.path if isinstance(item, Unreadable) else item
            if path not in self._files:
                yield item
            elif path in new:
                yield path
                new.remove(path)
        yield from sorted(path for path in new if is_below(path, folder))


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
