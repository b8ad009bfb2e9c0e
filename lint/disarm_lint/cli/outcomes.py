"""What needs no second look: a state that was linted before, and files that nothing reads.

A hook compares what is staged with the last commit. The fingerprints of a commit's
findings never change, so they are kept, in the user's own cache folder: whatever a
repository brings along, `.git` included, no list in it can hide findings. The folder is a
`Store`: what another user could have put there does not count either.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.cli.streams import is_outside
from disarm_lint.cli.untouched import ReadFiles
from disarm_lint.config.profile import BUILTIN
from disarm_lint.project import list_inputs
from disarm_lint.ruleset import choose_rules
from disarm_lint.sources.store import Store, digest_linter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.sources.commit import Listing
    from disarm_lint.sources.git import Repository

# As many commits are remembered, in so many bytes.
_MOST, _SIZE = 32, 128_000_000
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def list_read_files(opened: Sequence[Opened]) -> list[ReadFiles]:
    """Return the files that are read when these are linted, without reading any."""
    found = []
    for item in opened:
        inputs = list_inputs(
            item.tree, item.loaded.config, item.loaded.profile, sorted(item.target.files)
        )
        found.append(ReadFiles(str(item.target.root), inputs.files, inputs.folder))
    return found


@dataclass(frozen=True)
class OutcomeCache:
    """The fingerprints of the findings in commits and indexes, by all that they follow from."""

    folder: Path

    @classmethod
    def in_folder(cls, folder: Path | None, root: Path) -> OutcomeCache | None:
        """Return the cache in a session's folder for what is at a root; None if it has none."""
        if folder is not None and not is_outside(folder, root):
            return None
        return cls(folder / "commits") if folder is not None else None

    def key(self, session: Session, opened: Opened, repository: Repository) -> str | None:
        """Return what the findings in a commit, or in the index, follow from.

        None if that is not known. A commit has the key of the index that it was made
        of: what a hook finds is known when the next one compares with that commit.
        """
        from disarm_lint.sources.commit import GitFileSystem

        look = opened.look
        if not isinstance(look, GitFileSystem) or opened.pages is None or look is not session.files:
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
            # Whether a date is in the future (S112).
            date.today().isoformat(),
            _digest_of_listing(look.snapshot.listing),
            opened.target.root.relative_to(repository.top).as_posix(),
            "\0".join(sorted(opened.target.files)),
            repr(session.selection),
            # A rule may be left out because its library is not installed.
            " ".join(loaded.rule.code for loaded in running if selected(loaded.rule.code)),
            repr(session.include_orphans),
            config,
            # Where the one of a commit cannot be used, it is today's.
            repr(opened.loaded),
        ]
        return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def read(self, key: str) -> frozenset[str] | None:
        """Return the fingerprints kept under a key; None where none are, or they are damaged."""
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
        """Keep fingerprints; where nothing can be written, nothing is kept."""
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
    path = opened.target.config
    if session.config is None:
        return "" if path is None or path.is_relative_to(repository.top) else None
    if opened.loaded.config.profile not in (None, *BUILTIN):
        return None
    try:
        return sha256(session.config.read_bytes()).hexdigest()
    except OSError:
        return None
