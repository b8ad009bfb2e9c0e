"""The files of a whole repository at one moment: paths, folders, links, contents."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from disarm_lint.git.blobs import Blobs
    from disarm_lint.git.listing import Entry, Listing

# As many links in one path as Linux follows, and as many bytes in one.
_HOPS, _LONGEST = 40, 4096
_ABSENT = "it does not exist, or is a link to nothing"


@dataclass(frozen=True)
class Snapshot:
    """The files of a commit or of the index; paths are from the top of the repository.

    A link leads to what the same snapshot holds, never to the disk.
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
                    raise Unreadable(path, "it is a link that leads out of the repository")
                done.pop()
                continue
            here = "/".join([*done, part])
            entry = self.listing.get(here)
            if entry is None or not entry.is_link:
                done.append(part)
                continue
            hops += 1
            target = self._target(here, entry)
            if hops > _HOPS:
                raise Unreadable(path, "its symbolic links form a loop")
            if target.startswith("/"):
                raise Unreadable(path, "it is a link that leads out of the repository")
            waiting += target.split("/")[::-1]
        return "/".join(done)

    def _target(self, path: str, entry: Entry) -> str:
        if path not in self._links:
            import os

            self._links[path] = os.fsdecode(self.blobs.read(path, entry.name, _LONGEST))
        return self._links[path]

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raise Unreadable, also for one of more than `limit` bytes."""
        real = self.real(path)
        entry = self.listing.get(real)
        if entry is None or entry.is_submodule:
            raise Unreadable(path, "it is no regular file" if self._holds(real) else _ABSENT)
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
        """Return the names in a folder; None where there is none."""
        try:
            return self.folders.get(self.real(path))
        except Unreadable:
            return None
