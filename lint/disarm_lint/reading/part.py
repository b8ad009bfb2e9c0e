"""A part of a tree: some of its folders, without some that are looked at elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.reading.tree import Tree


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or lies in it; the empty folder holds everything."""
    return not folder or path == folder or path.startswith(f"{folder}/")


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
