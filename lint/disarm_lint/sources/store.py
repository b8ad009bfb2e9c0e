"""Results that are kept from run to run: files by key, bounded, never trusted.

A result is plain bytes behind a checksum; nothing that is read here can run. What is
damaged, cut off or of another format counts as missing, and where nothing can be
written, nothing is kept. A file appears whole or not at all, so that simultaneous runs
need no lock. A key contains the digest of the linter's own code.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator


_MAGIC = b"disarm-lint cache 1\n"
_HEAD = len(_MAGIC) + sha256().digest_size


@dataclass(frozen=True)
class Store:
    """Results by key in a folder: at most `most` files, of at most `size` bytes together.

    A single result may have an eighth of that. The least recently used are removed first.
    """

    folder: Path
    most: int
    size: int

    def read(self, key: str) -> bytes | None:
        """Return the result under a key; None if there is no usable one."""
        path = self._locate(key)
        try:
            if not _is_own(self.folder):
                return None
            with open_regular(path) as file:
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
        """Keep a result, unless it is too long or the folder cannot be written to."""
        if len(result) > self.size // 8:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_own(self.folder):
                return
            # Each run has its own name; what a killed run leaves is removed in time.
            temporary = self.folder / f"{os.urandom(8).hex()}.tmp"
            try:
                with open(temporary, "xb", opener=_open_private) as file:
                    file.write(_MAGIC + sha256(result).digest() + result)
                temporary.replace(self._locate(key))
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            self._forget_oldest()

    def _locate(self, key: str) -> Path:
        return self.folder / f"{key}.bin"

    def _forget_oldest(self) -> None:
        found: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as scan:
            for entry in scan:
                # Another run may remove it meanwhile.
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

    Otherwise somebody could put a result there that hides findings.
    """
    status = folder.stat()
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


_PACKAGES = ("disarm_lint", "disarm_rules", "disarm_schemas")
_SUFFIXES = (".py", ".yaml", ".json")


def digest_linter() -> str | None:
    """Return a digest of the linter's code, rules and profiles, its libraries, and Python.

    None if the code is not in folders, but for example in a zip file.
    """
    whole = sha256(f"{sys.version}\0{sys.platform}\0{sys.flags}\0".encode())
    try:
        for package in _PACKAGES:
            spec = find_spec(package)
            if spec is None or spec.origin is None:
                return None
            root = os.path.dirname(spec.origin)  # noqa: PTH120 - texts, which are quick
            for path in _list_code(root):
                with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
                    data = file.read()
                whole.update(f"{path[len(root) :]}\0{len(data)}\0".encode("utf-8", "surrogatepass"))
                whole.update(data)
    except OSError:
        return None
    for name in _list_installed():
        whole.update(f"{name}\0".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def _list_code(folder: str) -> Iterator[str]:
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir():
            yield from _list_code(entry.path)
        elif entry.name.endswith(_SUFFIXES):
            yield entry.path


def _list_installed() -> list[str]:
    """Return the installed packages, with versions: `ftfy-6.3.1.dist-info`."""
    found = []
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - names, without a Path of each
        except OSError:
            # It is a zip file, or does not exist.
            continue
        found += [name for name in names if name.endswith((".dist-info", ".egg-info"))]
    return sorted(found)
