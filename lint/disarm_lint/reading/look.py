"""What stands at a path; what may not be looked at counts as absent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from disarm_lint.reading.tree import DiskTree

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.reading.tree import Tree


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
    except OSError:
        return False
    return False


class Look(Protocol):
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


class DiskLook:
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


DISK = DiskLook()
