"""A commit that touches nothing that is linted: told by git alone, before anything is imported.

Which files a lint reads follows from the names of all files, from the configuration, and
from what was asked. A hook that has worked it out keeps it. As long as these are the same,
the next hook compares the files that are staged with that list, and is done.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from disarm_lint.sources.commit import list_commit, list_edited, list_index
from disarm_lint.sources.filesystem import is_below
from disarm_lint.sources.git import GitError, find_repository
from disarm_lint.sources.store import Store, digest_linter

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from disarm_lint.sources.commit import Listing

_FORMAT = 1
_MOST, _SIZE = 32, 32_000_000
# A change in one of these may change what is linted, and how.
SETTINGS = (".yaml", ".yml", ".toml")


@dataclass(frozen=True)
class ReadFiles:
    """The files that a lint reads: at a root, some by name, and all in a folder."""

    root: str
    files: frozenset[str]
    folder: str | None

    def holds(self, path: str) -> bool:
        """Tell whether a path, absolute and without links, is one of them."""
        below = os.path.join(self.root, "")  # noqa: PTH118 - ends in one separator, also a drive
        if path != self.root and not path.startswith(below):
            return False
        local = path[len(self.root) :].lstrip("/").replace(os.sep, "/")
        return local in self.files or (self.folder is not None and is_below(local, self.folder))


def is_read(read: Iterable[ReadFiles], top: Path, changed: Iterable[str]) -> bool:
    """Tell whether one of some changed files, named from the top, is read."""
    paths = [str(top / path) for path in changed]
    if any(path.lower().endswith(SETTINGS) for path in paths):
        return True
    return any(item.holds(path) for item in read for path in paths)


@dataclass(frozen=True)
class StagedState:
    """What is staged, as far as it decides which files are read: names and settings."""

    store: Store
    key: str
    top: Path
    changed: frozenset[str]

    def is_untouched(self) -> bool:
        """Tell whether no file that is read differs from the last commit, where that is known."""
        data = self.store.read(self.key)
        if data is None:
            return False
        try:
            read = [_decode(item) for item in json.loads(data)]
        except (ValueError, TypeError, LookupError, RecursionError):
            # Of another make than ours, whatever its checksum says.
            return False
        return not is_read(read, self.top, self.changed)

    def remember(self, read: Iterable[ReadFiles]) -> None:
        """Keep which files are read."""
        data = [[item.root, sorted(item.files), item.folder] for item in read]
        self.store.write(self.key, json.dumps(data).encode("ascii"))


def _decode(item: Any) -> ReadFiles:
    root, files, folder = item
    if not isinstance(root, str) or not (folder is None or isinstance(folder, str)):
        raise TypeError
    return ReadFiles(root, frozenset(map(str, files)), folder)


def look_at_stage(
    args: Namespace, arguments: Sequence[str], current: Path, folder: Path | None
) -> StagedState | None:
    """Return what is staged; None if it cannot be told so simply, or nothing may be kept."""
    if folder is None or not args.staged or args.config is not None:
        return None
    if args.at is not None or args.changed_since is not None or args.fix:
        return None
    if any(os.environ.get(f"PRE_COMMIT_{end}_REF") for end in ("FROM", "TO")):
        return None
    place = (current / args.paths[0] if args.paths else current).resolve()
    code = digest_linter()
    try:
        repository = find_repository(place)
        head = None if repository.bare else repository.head()
        if head is None or code is None or any(repository.list_merging()):
            return None
        index = list_index(repository.git)
        changed = list_edited(list_commit(repository.git, head), index)
    except GitError:
        return None
    if not changed:
        return None
    parts = [_FORMAT, code, str(current), list(arguments), str(repository.top), _names(index)]
    key = sha256(json.dumps(parts).encode("ascii")).hexdigest()
    return StagedState(Store(folder / "stages", _MOST, _SIZE), key, repository.top, changed)


def _names(index: Listing) -> str:
    """Return a digest of the names of all files, and of the contents of those with settings."""
    whole = sha256()
    for path, entry in index.items():
        content = entry.name if path.lower().endswith(SETTINGS) or entry.is_link else ""
        whole.update(f"{entry.mode} {content} {path}\0".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
