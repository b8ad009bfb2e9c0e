"""`--at`, `--changed-since` and `--staged`: what is linted, and what it is compared with."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.cli.session import Linted, Opened
from disarm_lint.cli.streams import Failure, format_path, say
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.model.config import ConfigError
from disarm_lint.project import find_pages_folder
from disarm_lint.report.report import Older
from disarm_lint.sources.filesystem import DISK, FileSystem
from disarm_lint.sources.scope import PAGES, find_config

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from disarm_lint.ruleset import LoadedRule
    from disarm_lint.sources.blobs import Blobs
    from disarm_lint.sources.commit import GitFileSystem
    from disarm_lint.sources.git import Repository

_ALL = "disarm-lint check"


@dataclass(frozen=True)
class RevisionView:
    """What is linted; findings that stand in any of `before` too are not shown.

    `everything` is the command that shows them.
    """

    files: FileSystem = DISK
    before: tuple[FileSystem, ...] = ()
    all_files: str = _ALL


@contextmanager
def open_view(args: Namespace, current: Path) -> Iterator[RevisionView]:
    """Yield what the options ask for; raise Failure where git cannot give it."""
    if args.at is None and args.changed_since is None and not args.staged:
        yield RevisionView()
        return
    if args.staged and (args.at is not None or args.changed_since is not None):
        raise Failure("--staged cannot be combined with --at or --changed-since")
    from disarm_lint.sources.blobs import Blobs
    from disarm_lint.sources.git import GitError, find_repository

    try:
        repository = find_repository((current / args.paths[0]).resolve() if args.paths else current)
        with Blobs(repository.git) as blobs:
            viewer = _Viewer(repository, blobs)
            yield viewer.staged() if args.staged else viewer.named(args.at, args.changed_since)
    except GitError as error:
        raise Failure(str(error)) from None


@dataclass(frozen=True)
class _Viewer:
    """Looks at commits and at the index of a repository."""

    repository: Repository
    blobs: Blobs

    def _commit(self, commit: str, name: str) -> GitFileSystem:
        from disarm_lint.sources.commit import GitFileSystem, TreeSnapshot, list_commit

        listing = list_commit(self.repository.git, commit)
        snapshot = TreeSnapshot(listing, self.blobs)
        return GitFileSystem(snapshot, self.repository.top, f" in {name}", commit)

    def named(self, at: str | None, since: str | None) -> RevisionView:
        """Return the view of the commit `at`, or of the disk, compared with the commit `since`."""
        repository = self.repository
        if at is None:
            if repository.bare:
                raise Failure(
                    f"“{repository.top}” is a bare repository; name a commit with --at to check it"
                )
            look: FileSystem = DISK
            everything = _ALL
        else:
            look = self._commit(repository.commit(at), at)
            everything = f"{_ALL} --at {shlex.quote(at)}"
        if since is None:
            return RevisionView(look)
        if since.endswith("..."):
            base = repository.merge_base(since[:-3] or "HEAD", at or "HEAD")
        else:
            base = repository.commit(since)
        return RevisionView(look, (self._commit(base, since),), everything)

    def staged(self) -> RevisionView:
        """Return the view of what is about to be committed.

        It is compared with the commit, or the commits of a merge, that it
        follows. Where nothing is staged and no commit is under way, all is
        checked, as it lies on the disk.
        """
        from disarm_lint.sources.commit import GitFileSystem, TreeSnapshot, list_index

        repository = self.repository
        # pre-commit judges a range of commits where it runs before a push, or is asked to.
        first, last = (os.environ.get(f"PRE_COMMIT_{end}_REF") for end in ("FROM", "TO"))
        if first and last:
            return self.named(last, f"{first}...")
        if repository.bare:
            raise Failure(f"“{repository.top}” is a bare repository, in which nothing is staged")
        index = TreeSnapshot(list_index(repository.git), self.blobs)
        look = GitFileSystem(index, repository.top, " in what is staged")
        head = repository.head()
        if head is None:
            return RevisionView(
                look, (GitFileSystem(TreeSnapshot({}, self.blobs), repository.top, ""),)
            )
        before = self._commit(head, "HEAD")
        if index.listing == before.snapshot.listing:
            # Only a commit that is under way has an index of its own.
            if "GIT_INDEX_FILE" in repository.git.environment:
                return RevisionView(look, (look,))
            say("disarm-lint: nothing is staged, so the whole corpus is checked")
            return RevisionView()
        merged = (self._commit(commit, "MERGE_HEAD") for commit in repository.merging())
        return RevisionView(look, (before, *merged))


def drop_older(
    view: RevisionView,
    opened: Sequence[Opened],
    linted: Sequence[Linted],
    rules: Sequence[LoadedRule],
    current: Path,
    *,
    config: bool,
    lint: Callable[[Opened], Linted],
) -> tuple[list[Linted], Older | None]:
    """Drop the findings that stood before, and count them; None where nothing is compared.

    `config` says that the configuration was named on the command line, and so
    holds for both sides; else each side has its own.
    """
    if not view.before:
        return list(linted), None
    left: list[Linted] = []
    number = 0
    for item, result in zip(opened, linted, strict=True):
        known: set[str] = set()
        for look in view.before:
            if look is view.files:
                known.update(shown.finding.fingerprint for shown in result.findings)
                continue
            earlier = _earlier(item, look, rules, current, config=config)
            if earlier is not None:
                known.update(_fingerprints(earlier, lint))
        kept = tuple(s for s in result.findings if s.finding.fingerprint not in known)
        number += len(result.findings) - len(kept)
        left.append(replace(result, findings=kept))
    return left, Older(number, view.all_files)


def _fingerprints(earlier: Opened, lint: Callable[[Opened], Linted]) -> set[str]:
    try:
        return {shown.finding.fingerprint for shown in lint(earlier).findings}
    except Failure:
        # What could not be linted then had no findings.
        return set()


def _earlier(
    item: Opened, look: FileSystem, rules: Sequence[LoadedRule], current: Path, *, config: bool
) -> Opened | None:
    """Return a corpus as it stood; None where there was none.

    All of it, since a finding may have stood on a page that was not named.
    """
    root = item.target.root
    tree = look.tree(root)
    if tree.names("") is None:
        return None
    loaded, path = item.loaded, item.target.config
    if not config:
        path = next((p for place in (root, *root.parents) if (p := find_config(place, look))), None)
        loaded = _load(item, path, look, rules, current)
    pages = find_pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
    if pages is None and item.pages is not None:
        return None
    target = replace(
        item.target,
        config=path,
        files={file for file in item.target.files if look.is_file(root / file)},
        folders=item.target.folders if item.pages is None else {""},
    )
    return Opened(target, loaded, tree, pages, look)


def _load(
    item: Opened, path: Path | None, look: FileSystem, rules: Sequence[LoadedRule], current: Path
) -> LoadedConfig:
    if path is None:
        return LoadedConfig()

    def shown(path: Path) -> str:
        return format_path(path, current)

    try:
        return load_config(path, item.target.root, rules, shown=shown, look=look)
    except ConfigError as error:
        # The change may be the one that mends it.
        say(
            f"disarm-lint: the configuration{look.where} cannot be used, so that of now is: {error}"
        )
        return item.loaded
