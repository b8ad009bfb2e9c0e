"""A folder of a commit, or of the index, as a tree of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.reading.tree import SKIPPED, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.git.snapshot import Snapshot


@dataclass(frozen=True)
class GitTree:
    """The files below a folder, `prefix`, of a snapshot; see Tree.

    A checkout of it has the same files; what a submodule would hold is not there.
    """

    snapshot: Snapshot
    prefix: str = ""

    def _whole(self, path: str) -> str:
        path = "" if path == "." else path
        return f"{self.prefix}/{path}" if self.prefix and path else self.prefix or path

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; see Tree."""
        try:
            return self.snapshot.read(self._whole(path), limit)
        except Unreadable as problem:
            raise Unreadable(path, problem.reason) from None

    def names(self, folder: str) -> frozenset[str] | None:
        """Return the names in a folder; see Tree."""
        return self.snapshot.names(self._whole(folder))

    def walk(self, folder: str) -> Iterator[str | Unreadable]:
        """Yield the files below a folder; see Tree."""
        yield from self._walk("" if folder == "." else folder, frozenset())

    def _walk(self, folder: str, above: frozenset[str]) -> Iterator[str | Unreadable]:
        try:
            real = self.snapshot.real(self._whole(folder))
        except Unreadable as problem:
            yield Unreadable(folder or ".", problem.reason)
            return
        if real in above:
            yield Unreadable(folder, "the link leads back to a folder that holds it")
            return
        names = self.snapshot.folders.get(real)
        if names is None:
            yield Unreadable(folder or ".", "it does not exist, or is a link to nothing")
            return
        for name in sorted(names):
            path = f"{folder}/{name}" if folder else name
            whole = self._whole(path)
            if self.snapshot.is_folder(whole):
                if name not in SKIPPED:
                    yield from self._walk(path, above | {real})
            elif self.snapshot.is_file(whole):
                yield path
            else:
                yield Unreadable(path, self._reason(whole))

    def _reason(self, whole: str) -> str:
        try:
            self.snapshot.real(whole)
        except Unreadable as problem:
            return problem.reason
        return "it does not exist, or is a link to nothing"
