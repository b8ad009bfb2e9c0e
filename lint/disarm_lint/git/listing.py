"""Which files a commit holds, and which the index."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.git.process import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.git.process import Git

_LINK, _SUBMODULE = "120000", "160000"
# The name of a file without content, by SHA-1 and by SHA-256.
_EMPTY = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What git holds at a path: the mode, in octal digits, and the name of the content."""

    mode: str
    name: str

    @property
    def is_link(self) -> bool:
        """Tell whether it is a symbolic link; its content is the path that it leads to."""
        return self.mode == _LINK

    @property
    def is_submodule(self) -> bool:
        """Tell whether it is another repository, of which nothing is held here."""
        return self.mode == _SUBMODULE


Listing = dict[str, Entry]


def _records(data: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the words before the tab and the path, from the top, of each entry."""
    for record in data.split(b"\0"):
        head, tab, path = record.partition(b"\t")
        if tab:
            yield head.decode("ascii").split(), os.fsdecode(path)


def list_commit(git: Git, commit: str) -> Listing:
    """Return the files of a commit, by path; `commit` is its name in hexadecimal digits."""
    data = git.ask("ls-tree", "-r", "-z", "--full-tree", commit)
    return {path: Entry(words[0], words[2]) for words, path in _records(data)}


def list_index(git: Git) -> Listing:
    """Return the files of the index, by path; raise GitError amid a merge conflict."""
    listing: Listing = {}
    for words, path in _records(git.ask("ls-files", "--stage", "-z")):
        if words[2] != "0":
            raise GitError(f"“{path}” has a merge conflict; resolve it and add the file first")
        listing[path] = Entry(words[0], words[1])
    for path in _announced(git, listing):
        listing.pop(path, None)
    return listing


def _announced(git: Git, listing: Mapping[str, Entry]) -> list[str]:
    """Return the files that are only intended to be added: no commit would hold them."""
    if not any(entry.name in _EMPTY for entry in listing.values()):
        return []
    data = git.ask("diff-files", "--name-only", "--diff-filter=A", "-z")
    return [os.fsdecode(path) for path in data.split(b"\0") if path]
