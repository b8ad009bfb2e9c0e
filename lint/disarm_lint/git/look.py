"""Looking at a commit, or at the index, as if it were checked out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.git.process import GitError
from disarm_lint.git.tree import GitTree
from disarm_lint.reading.look import DISK
from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from disarm_lint.git.snapshot import Snapshot


@dataclass(frozen=True)
class GitLook:
    """Looks at a snapshot of the repository at `top`; outside of that, at the disk; see Look."""

    snapshot: Snapshot
    top: Path
    where: str
    commit: str | None = None

    def _local(self, path: Path) -> str | None:
        """Return a path from the top; None for one outside of the repository."""
        plain = Path(os.path.normpath(path))
        for place in (plain, None):
            try:
                local = (place or plain.resolve()).relative_to(self.top).as_posix()
            except (ValueError, OSError, RuntimeError):
                continue
            return "" if local == "." else local
        return None

    def is_folder(self, path: Path) -> bool:
        """Tell whether a path is a folder; see Look."""
        local = self._local(path)
        return DISK.is_folder(path) if local is None else self.snapshot.is_folder(local)

    def is_file(self, path: Path) -> bool:
        """Tell whether a path is a regular file; see Look."""
        local = self._local(path)
        return DISK.is_file(path) if local is None else self.snapshot.is_file(local)

    def is_missing(self, path: Path) -> bool:
        """Tell whether nothing stands at a path; see Look."""
        local = self._local(path)
        if local is None:
            return DISK.is_missing(path)
        snapshot = self.snapshot
        found = snapshot.is_file(local) or snapshot.is_folder(local) or local in snapshot.listing
        return not found

    def folders(self, path: Path) -> list[str]:
        """Return the names of the folders in a folder; see Look."""
        local = self._local(path)
        if local is None:
            return DISK.folders(path)
        names = self.snapshot.names(local) or ()
        prefix = f"{local}/" if local else ""
        return sorted(name for name in names if f"{prefix}{name}" in self.snapshot.folders)

    def read(self, path: Path, most: int) -> bytes:
        """Return the content of a file; see Look. One of more than `most` bytes is an OSError."""
        local = self._local(path)
        if local is None:
            return DISK.read(path, most)
        try:
            return self.snapshot.read(local, most)
        except Unreadable as problem:
            raise OSError(0, problem.reason) from None

    def tree(self, root: Path) -> GitTree:
        """Return the files below a folder; raise GitError for one outside of the repository."""
        local = self._local(root)
        if local is None:
            raise GitError(f"“{root}” does not lie in the git repository “{self.top}”")
        return GitTree(self.snapshot, local)
