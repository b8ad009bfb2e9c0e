"""Which corpora the named paths belong to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.reading.look import DISK, Look
from disarm_lint.reading.part import is_below
from disarm_lint.reading.scope import PAGES, config_in, find_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEPTH = 6
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})

NEWCOMER = (
    "A corpus is a folder that holds generated_pages/, the Markdown pages of the DISARM "
    "framework; name it, or some pages, as in `disarm-lint path/to/DISARMframeworks`"
)


@dataclass
class Target:
    """A corpus, or a folder outside of any, and what of it was named.

    `files` and `folders` are relative to the root; the empty folder is all of
    it. `apart` are folders below it that are corpora of their own.
    """

    root: Path
    config: Path | None
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    apart: set[str] = field(default_factory=set)

    def names(self, path: str) -> bool:
        """Tell whether a path is named, or lies in a folder that is."""
        return path in self.files or any(is_below(path, folder) for folder in self.folders)


def shown_path(path: Path, current: Path) -> str:
    """Return a path as output shows it: from the current folder, with forward slashes."""
    try:
        return os.path.relpath(path, current).replace(os.sep, "/")
    except ValueError:
        # Another drive.
        return path.as_posix()


def current_folder() -> Path:
    """Return the current folder; raise Failure where it is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise Failure("the current folder does not exist any more") from None


def group(
    paths: Sequence[str], current: Path, config: Path | None, look: Look = DISK
) -> dict[Path, Target]:
    """Return the corpora that paths belong to, by root; no path means that around `current`.

    `config` governs all of them, where it is given. Raises Failure for a path
    at which there is nothing.
    """
    targets: dict[Path, Target] = {}
    if not paths:
        root, found = find_root(current, look)
        target = Target(root, config or found, folders={""})
        pages = look.is_folder(root / PAGES)
        if found is None and not pages and config_in(root, look) is None:
            # Not a corpus: only what lies in the current folder can be meant.
            target = Target(current, config, folders={""})
        targets[target.root] = target
    for text in paths:
        path = current / text
        if not text or look.is_missing(path):
            raise Failure(f"there is no file or folder “{text}”{look.where}")
        folder = look.is_folder(path)
        place = path.resolve() if folder else path.parent.resolve() / path.name
        root, found = find_root(path, look)
        target = targets.setdefault(root, Target(root, config or found))
        local = place.relative_to(root).as_posix()
        if folder:
            target.folders.add("" if local == "." else local)
        else:
            target.files.add(local)
    return targets


def corpora_below(folder: Path, look: Look = DISK, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield the folders below a folder that hold generated pages, sorted, none within another."""
    for name in look.folders(folder) if depth else ():
        here = folder / name
        if name.startswith(".") or name in _SKIPPED:
            continue
        if look.is_folder(here / PAGES):
            yield here
        else:
            yield from corpora_below(here, look, depth - 1)


def split(targets: dict[Path, Target], target: Target, look: Look = DISK) -> None:
    """Make the corpora in the named folders of a target that is none targets of their own."""
    for folder in sorted(target.folders):
        for place in corpora_below(target.root / folder, look):
            local = place.relative_to(target.root).as_posix()
            target.apart.add(local)
            root, found = find_root(place, look)
            own = targets.setdefault(root, Target(root, target.config or found))
            own.folders.add("")
