"""A folder in which results are kept from run to run: files by key, bounded, never trusted.

A result is plain bytes behind a checksum; nothing that is read here can run. What is
damaged, cut off or of another format counts as not there, and where nothing can be
written, nothing is kept. A file appears whole or not at all, so that runs beside each
other need no lock.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_MAGIC = b"disarm-lint cache 1\n"
_HEAD = len(_MAGIC) + sha256().digest_size


@dataclass(frozen=True)
class Store:
    """Results by key in a folder: as many files as `most`, of at most `size` bytes together.

    A single result is no longer than an eighth of that. The oldest to be used go first.
    """

    folder: Path
    most: int
    size: int

    def read(self, key: str) -> bytes | None:
        """Return what is kept under a key; None if nothing is that can be used."""
        path = self._path(key)
        try:
            if not _is_own(self.folder):
                return None
            with path.open("rb") as file:
                data = file.read(_HEAD + self.size // 8 + 1)
        except OSError:
            return None
        result = data[_HEAD:]
        if data[:_HEAD] != _MAGIC + sha256(result).digest():
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return result

    def write(self, key: str, result: bytes) -> None:
        """Keep a result; where it is too long or nothing can be written, nothing is kept."""
        if len(result) > self.size // 8:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_own(self.folder):
                return
            # A name of its own for each run; what is left of one that was killed goes in time.
            temporary = self.folder / f"{os.urandom(8).hex()}.tmp"
            try:
                with open(temporary, "xb", opener=_open_private) as file:
                    file.write(_MAGIC + sha256(result).digest() + result)
                temporary.replace(self._path(key))
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            self._forget_oldest()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.bin"

    def _forget_oldest(self) -> None:
        found: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as scan:
            for entry in scan:
                # Another run may take it away meanwhile.
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime, status.st_size, entry.path))
        room = self.size
        for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
            room -= size
            if number >= self.most or room < 0:
                Path(path).unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_own(folder: Path) -> bool:
    """Tell whether a folder is the user's, and nobody else may write to it.

    Where others could, they could put a result there that hides findings.
    """
    status = folder.stat()
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
