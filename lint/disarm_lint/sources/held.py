"""Folders that are held open, below which files are reached name by name and never by a link.

A check of a path says nothing about the next call with that path: another program may
meanwhile replace a folder by a link, and the file is then written somewhere else. A name in
a folder that is held open always stays a name in that folder.

On systems without such calls (Windows), full paths are used instead.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CALLS = (os.open, os.stat, os.mkdir, os.unlink, os.rmdir, os.rename)
_HOLDS = (
    all(call in os.supports_dir_fd for call in _CALLS)
    and os.scandir in os.supports_fd
    and hasattr(os, "O_NOFOLLOW")
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
# O_NONBLOCK: a named pipe without a writer must not hang the linter.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class HeldFolder:
    """An open folder, which must be closed; all names are those of its direct members.

    Methods raise OSError if the system refuses a call; for a link, with ELOOP or ENOTDIR.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self._path = path
        self.descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> HeldFolder:
        """Open a folder, or the folder to which a link leads."""
        return cls(str(path), os.open(path, _FOLDER) if _HOLDS else None)

    def __enter__(self) -> HeldFolder:
        return self

    def __exit__(self, *error: object) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def _find_path(self, name: str) -> str:
        if self.descriptor is not None:
            return name
        return os.path.join(self._path, name)  # noqa: PTH118 - a text, for the functions of os

    def enter(self, name: str) -> HeldFolder:
        """Open a folder in this one."""
        place = self._find_path(name)
        if self.descriptor is None:
            return HeldFolder(place, None)
        return HeldFolder(place, os.open(place, _FOLDER | _NO_LINK, dir_fd=self.descriptor))

    @contextlib.contextmanager
    def parent(self, path: str, *, make: bool = False) -> Iterator[tuple[HeldFolder, str]]:
        """Open the folder that contains a path; yield it and the last name of the path.

        `path` is relative to this folder, with forward slashes. If `make`, missing folders are
        made.
        """
        *folders, name = path.split("/")
        with contextlib.ExitStack() as stack:
            folder = self
            for part in folders:
                if make:
                    with contextlib.suppress(FileExistsError):
                        folder.make(part)
                folder = stack.enter_context(folder.enter(part))
            yield folder, name

    def status(self, name: str) -> os.stat_result:
        """Return the status of a member; of a link itself, not of its target."""
        return os.stat(self._find_path(name), dir_fd=self.descriptor, follow_symlinks=False)

    def names(self) -> dict[str, bool]:
        """Return the names of all members, and whether each is a regular file."""
        with os.scandir(self._path if self.descriptor is None else self.descriptor) as scan:
            return {entry.name: entry.is_file(follow_symlinks=False) for entry in scan}

    def read(self, name: str, most: int) -> tuple[bytes, os.stat_result]:
        """Return the first `most` bytes of a regular file, and its status."""
        flags = _READ | _NO_LINK
        number = os.open(self._find_path(name), flags, dir_fd=self.descriptor)
        with os.fdopen(number, "rb") as stream:
            status = os.fstat(number)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EPERM, "it is not a regular file")
            return stream.read(most), status

    def create(self, name: str, data: bytes, mode: int) -> None:
        """Write a new file so that it survives a power failure."""
        number = os.open(self._find_path(name), _CREATE | _NO_LINK, 0o600, dir_fd=self.descriptor)
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            stream.flush()
            if hasattr(os, "fchmod"):
                os.fchmod(number, mode)
            with contextlib.suppress(OSError):
                os.fsync(number)

    def rewrite(self, name: str, data: bytes) -> None:
        """Write an existing empty file so that it survives a power failure."""
        flags = os.O_WRONLY | getattr(os, "O_BINARY", 0) | _NO_LINK
        number = os.open(self._find_path(name), flags, dir_fd=self.descriptor)
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            stream.flush()
            with contextlib.suppress(OSError):
                os.fsync(number)

    def make(self, name: str, mode: int = 0o777) -> None:
        """Make a folder."""
        os.mkdir(self._find_path(name), mode, dir_fd=self.descriptor)

    def move(self, name: str, target: HeldFolder, other: str) -> None:
        """Move a file to another folder and name; a file or link of that name is replaced."""
        os.replace(
            self._find_path(name),
            target._find_path(other),
            src_dir_fd=self.descriptor,
            dst_dir_fd=target.descriptor,
        )

    def remove(self, name: str) -> None:
        """Remove a file or a link."""
        os.unlink(self._find_path(name), dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(self._find_path(name), dir_fd=self.descriptor)

    def sync(self) -> None:
        """Wait until the names in this folder are on the disk, if the system supports that."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):
                os.fsync(self.descriptor)


def is_link_error(error: OSError) -> bool:
    """Tell whether an error is due to a link, or to another file in place of a folder."""
    return isinstance(error, NotADirectoryError) or error.errno == errno.ELOOP
