"""What a hook need not lint again: a commit that touches no linted file, and a known state.

Which files a lint reads follows from the names of all files, from the configuration, and
from the arguments. A hook that has worked it out keeps the list. As long as these stay the
same, the next hook compares the staged files with that list, and git alone answers: that
path imports nothing that lints.

A hook compares what is staged with the last commit. The fingerprints of a commit's findings
never change, so they are kept in the user's own cache folder. Whatever a repository brings
along, `.git` included, no list in it can hide findings. The folder is a `Store`, so what
another user puts there does not count either.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from disarm_lint.cli.streams import is_outside
from disarm_lint.sources.commit import list_commit, list_edited, list_index
from disarm_lint.sources.filesystem import is_below
from disarm_lint.sources.git import GitError, find_repository
from disarm_lint.sources.store import Store, digest_linter

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.sources.commit import Listing
    from disarm_lint.sources.git import Repository


_FORMAT = 1
_MOST_STAGES, _SIZE_OF_STAGES = 32, 32_000_000
# A change in one of these may change what is linted, and how.
SETTINGS = (".yaml", ".yml", ".toml")


@dataclass(frozen=True)
class ReadFiles:
    """The files that a lint reads: at a root, some by name, and all in a folder."""

    root: str
    files: frozenset[str]
    folder: str | None

    def holds(self, path: str) -> bool:
        """Tell whether an absolute path without links is one of them."""
        below = os.path.join(self.root, "")  # noqa: PTH118 - ends in one separator, also a drive
        if path != self.root and not path.startswith(below):
            return False
        local = path[len(self.root) :].lstrip("/").replace(os.sep, "/")
        return local in self.files or (self.folder is not None and is_below(local, self.folder))


def is_read(read: Iterable[ReadFiles], top: Path, changed: Iterable[str]) -> bool:
    """Tell whether a lint reads one of the changed files, whose paths start at `top`."""
    paths = [str(top / path) for path in changed]
    if any(path.lower().endswith(SETTINGS) for path in paths):
        return True
    return any(item.holds(path) for item in read for path in paths)


@dataclass(frozen=True)
class StagedState:
    """The staged names and settings, which decide what files a lint reads."""

    store: Store
    key: str
    top: Path
    changed: frozenset[str]

    def is_untouched(self) -> bool:
        """Tell whether it is known that no file that a lint reads differs from the last commit."""
        data = self.store.read(self.key)
        if data is None:
            return False
        try:
            read = [_decode(item) for item in json.loads(data)]
        except (ValueError, TypeError, LookupError, RecursionError):
            # Another program wrote it, although its checksum is right.
            return False
        return not is_read(read, self.top, self.changed)

    def remember(self, read: Iterable[ReadFiles]) -> None:
        """Keep the list of the files that a lint reads."""
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
    """Return what is staged; None if git alone cannot answer, or if nothing may be kept."""
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
    parts = [
        _FORMAT,
        code,
        str(current),
        list(arguments),
        str(repository.top),
        _digest_names(index),
    ]
    key = sha256(json.dumps(parts).encode("ascii")).hexdigest()
    return StagedState(
        Store(folder / "stages", _MOST_STAGES, _SIZE_OF_STAGES), key, repository.top, changed
    )


def _digest_names(index: Listing) -> str:
    """Return a digest of the names of all files, and of the contents of those with settings."""
    whole = sha256()
    for path, entry in index.items():
        content = entry.name if path.lower().endswith(SETTINGS) or entry.is_link else ""
        whole.update(f"{entry.mode} {content} {path}\0".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


# How many commits are remembered, and in how many bytes.
_MOST, _SIZE = 32, 128_000_000
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def list_read_files(opened: Sequence[Opened]) -> list[ReadFiles]:
    """Return the files that linting would read, without reading any."""
    from disarm_lint.project import list_inputs

    found = []
    for item in opened:
        inputs = list_inputs(
            item.tree, item.loaded.config, item.loaded.profile, sorted(item.target.files)
        )
        found.append(ReadFiles(str(item.target.root), inputs.files, inputs.folder))
    return found


@dataclass(frozen=True)
class OutcomeCache:
    """The fingerprints of the findings in commits and indexes, by all that they depend on."""

    folder: Path

    @classmethod
    def open_in_folder(cls, folder: Path | None, root: Path) -> OutcomeCache | None:
        """Return the cache in a folder for the corpus at a root; None if there can be none."""
        if folder is not None and not is_outside(folder, root):
            return None
        return cls(folder / "commits") if folder is not None else None

    def compute_key(self, session: Session, opened: Opened, repository: Repository) -> str | None:
        """Return a digest of all that the findings in a commit, or in the index, depend on.

        None if that is not known. A commit has the key of the index that it was made from.
        So what a hook finds in the index serves the next hook, which compares with the commit.
        """
        from disarm_lint.ruleset import choose_rules
        from disarm_lint.sources.commit import GitFileSystem

        files = opened.files
        if (
            not isinstance(files, GitFileSystem)
            or opened.pages is None
            or files is not session.files
        ):
            return None
        running, selected = choose_rules(
            session.rules, session.selection.apply(opened.loaded.config)
        )
        if any(loaded.rule.online and selected(loaded.rule.code) for loaded in running):
            return None
        config = _digest_of_config(session, opened, repository)
        code = digest_linter()
        if config is None or code is None:
            return None
        parts = [
            code,
            # A date that was in the future (S112) may no longer be.
            date.today().isoformat(),
            _digest_of_listing(files.snapshot.listing),
            opened.target.root.relative_to(repository.top).as_posix(),
            "\0".join(sorted(opened.target.files)),
            repr(session.selection),
            # A rule may be left out because its library is not installed.
            " ".join(loaded.rule.code for loaded in running if selected(loaded.rule.code)),
            repr(session.include_orphans),
            config,
            # If the configuration in a commit cannot be used, that of today is.
            repr(opened.loaded),
        ]
        return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def read(self, key: str) -> frozenset[str] | None:
        """Return the fingerprints kept under a key; None if there are none, or if damaged."""
        kept = self._store.read(key)
        try:
            data = json.loads(kept) if kept is not None else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(data, list) or not all(
            isinstance(item, str) and _FINGERPRINT.fullmatch(item) for item in data
        ):
            return None
        return frozenset(data)

    def write(self, key: str, fingerprints: Iterable[str]) -> None:
        """Keep fingerprints; if the folder cannot be written to, nothing is kept."""
        self._store.write(key, json.dumps(sorted(fingerprints)).encode("ascii"))

    @property
    def _store(self) -> Store:
        return Store(self.folder, _MOST, _SIZE)


def _digest_of_listing(listing: Listing) -> str:
    whole = sha256()
    for path, entry in sorted(listing.items(), key=lambda item: item[0]):
        whole.update(f"{entry.mode} {entry.name} {path}\0".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def _digest_of_config(session: Session, opened: Opened, repository: Repository) -> str | None:
    """Return a digest of a configuration that is not in the listing; empty for one that is.

    None if it lies outside of the repository, or names a profile that does.
    """
    from disarm_lint.config.profile import BUILTIN

    path = opened.target.config
    if session.config is None:
        return "" if path is None or path.is_relative_to(repository.top) else None
    if opened.loaded.config.profile not in (None, *BUILTIN):
        return None
    try:
        return sha256(session.config.read_bytes()).hexdigest()
    except OSError:
        return None
