"""What the linter itself is: a digest of all that decides what it makes of the same files."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = ("disarm_lint", "disarm_rules", "disarm_schemas")
_SUFFIXES = (".py", ".yaml", ".json")


def digest_linter() -> str | None:
    """Return a digest of the linter's code, rules and profiles, its libraries, and Python.

    None if its code does not lie in folders.
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
    """Return the names of what is installed, with versions: `ftfy-6.3.1.dist-info`."""
    found = []
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - names, without a Path of each
        except OSError:
            # A zip file, or a folder that is not there.
            continue
        found += [name for name in names if name.endswith((".dist-info", ".egg-info"))]
    return sorted(found)
