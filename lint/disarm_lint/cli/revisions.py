"""`--at`, `--changed-since` and `--staged`: what is linted, and what it is compared with.

A finding that was there before counts as old even if its file or id was renamed.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.cli.streams import Failure, say
from disarm_lint.model.text import PageSource
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.report.report import Older
from disarm_lint.sources.filesystem import DISK, FileSystem, Unreadable, read_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.cli.outcomes import OutcomeCache
    from disarm_lint.cli.session import Linted, Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.sources.commit import GitFileSystem
    from disarm_lint.sources.git import Blobs, Repository


_ALL = "disarm-lint check"


@dataclass(frozen=True)
class RevisionView:
    """What is linted; a finding that is in one of `before` too is not shown.

    `all_files` is the command that shows them all. `changed` are the files that differ, from
    the top of the repository; None if files were added or deleted.
    """

    files: FileSystem = DISK
    before: tuple[FileSystem, ...] = ()
    all_files: str = _ALL
    repository: Repository | None = None
    changed: frozenset[str] | None = None


@contextmanager
def open_view(
    place: Path, *, at: str | None = None, changed_since: str | None = None, staged: bool = False
) -> Iterator[RevisionView]:
    """Yield what the options select, in the repository around a place.

    Raises Failure if git cannot read it.
    """
    if at is None and changed_since is None and not staged:
        yield RevisionView()
        return
    if staged and (at is not None or changed_since is not None):
        raise Failure("--staged cannot be combined with --at or --changed-since")
    from disarm_lint.sources.git import Blobs, GitError, find_repository

    try:
        repository = find_repository(place.resolve())
        with Blobs(repository.git) as blobs:
            revisions = Revisions(repository, blobs)
            yield revisions.view_staged() if staged else revisions.view_commits(at, changed_since)
    except GitError as error:
        raise Failure(str(error)) from None


@dataclass(frozen=True)
class Revisions:
    """The commits and the index of a repository, as file systems."""

    repository: Repository
    blobs: Blobs

    def open_commit(self, commit: str, name: str) -> GitFileSystem:
        """Return the files of a commit, which messages call `name`."""
        from disarm_lint.sources.commit import GitFileSystem, TreeSnapshot, list_commit

        listing = list_commit(self.repository.git, commit)
        snapshot = TreeSnapshot(listing, self.blobs)
        return GitFileSystem(snapshot, self.repository.top, f" in {name}", commit)

    def view_commits(self, at: str | None, since: str | None) -> RevisionView:
        """Return the view of the commit `at`, or of the disk, compared with the commit `since`."""
        repository = self.repository
        if at is None:
            if repository.bare:
                raise Failure(
                    f"“{repository.top}” is a bare repository; name a commit with --at to check it"
                )
            files: FileSystem = DISK
            everything = _ALL
        else:
            files = self.open_commit(repository.commit(at), at)
            everything = f"{_ALL} --at {shlex.quote(at)}"
        if since is None:
            return RevisionView(files)
        if since.endswith("..."):
            base = repository.merge_base(since[:-3] or "HEAD", at or "HEAD")
        else:
            base = repository.commit(since)
        return RevisionView(files, (self.open_commit(base, since),), everything, repository)

    def view_staged(self) -> RevisionView:
        """Return the view of what is about to be committed.

        It is compared with HEAD, or during a merge with each of the commits to be merged. If
        nothing is staged and no commit is under way, the whole corpus on the disk is checked.
        """
        from disarm_lint.sources.commit import (
            GitFileSystem,
            TreeSnapshot,
            list_edited,
            list_index,
        )

        repository = self.repository
        # Before a push, or on request, pre-commit checks a range of commits.
        first, last = (os.environ.get(f"PRE_COMMIT_{end}_REF") for end in ("FROM", "TO"))
        if first and last:
            return self.view_commits(last, f"{first}...")
        if repository.bare:
            raise Failure(f"“{repository.top}” is a bare repository, in which nothing is staged")
        index = TreeSnapshot(list_index(repository.git), self.blobs)
        files = GitFileSystem(index, repository.top, " in what is staged")
        head = repository.head()
        if head is None:
            return RevisionView(
                files, (GitFileSystem(TreeSnapshot({}, self.blobs), repository.top, ""),)
            )
        before = self.open_commit(head, "HEAD")
        if index.listing == before.snapshot.listing:
            # Git sets this while it makes a commit.
            if "GIT_INDEX_FILE" in repository.git.environment:
                return RevisionView(files, (files,))
            say("disarm-lint: nothing is staged, so the whole corpus is checked")
            return RevisionView()
        merged = tuple(
            self.open_commit(commit, "MERGE_HEAD") for commit in repository.list_merging()
        )
        changed = None if merged else list_edited(before.snapshot.listing, index.listing)
        return RevisionView(files, (before, *merged), _ALL, repository, changed)


def drop_older(
    view: RevisionView,
    opened: Sequence[Opened],
    linted: Sequence[Linted],
    session: Session,
) -> tuple[list[Linted], Older | None]:
    """Drop the findings that were there before, and count them; None without comparison."""
    if not view.before:
        return list(linted), None
    left: list[Linted] = []
    number = 0
    for item, result in zip(opened, linted, strict=True):
        known: set[str] = set()
        earlier = []
        for files in view.before:
            if files is view.files:
                known.update(shown.finding.fingerprint for shown in result.findings)
            else:
                state = _EarlierState(session.at(files), item, view.repository)
                known |= state.fingerprints
                earlier.append(state)
        for state in earlier:
            if any(shown.finding.fingerprint not in known for shown in result.findings):
                known |= state.find_renamed(result)
        kept = tuple(s for s in result.findings if s.finding.fingerprint not in known)
        number += len(result.findings) - len(kept)
        left.append(replace(result, findings=kept))
    return left, Older(number, view.all_files)


class _EarlierState:
    """A target as it was in a commit, which is read and linted only if need be, and once."""

    def __init__(self, session: Session, item: Opened, repository: Repository | None) -> None:
        self._session, self._item, self._repository = session, item, repository
        earlier = session.reopen(item)
        if earlier is not None and earlier.pages is None and item.pages is not None:
            earlier = None
        self._opened = earlier

    @cached_property
    def _linted(self) -> Linted | None:
        """What a linter run finds there; None if it cannot be linted."""
        try:
            return self._session.lint(self._opened) if self._opened is not None else None
        except Failure:
            return None

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprints of the findings there; none if it cannot be linted."""
        if self._opened is None:
            return frozenset()
        outcome = _find_outcome(self._session, self._opened, self._repository)
        known = outcome[0].read(outcome[1]) if outcome is not None else None
        if known is not None:
            return known
        if self._linted is None:
            return frozenset()
        found = frozenset(shown.finding.fingerprint for shown in self._linted.findings)
        if outcome is not None:
            outcome[0].write(outcome[1], found)
        return found

    def find_renamed(self, result: Linted) -> set[str]:
        """Return the fingerprints of findings that were there before a file or id was renamed."""
        if self._opened is None or not self._may_be_renamed(result):
            return set()
        return find_renamed(self._linted, result) if self._linted is not None else set()

    def _may_be_renamed(self, result: Linted) -> bool:
        """Tell whether one page or row was deleted and another added."""
        old, new = self._opened, self._item
        if old is None:
            return False
        pages = [
            {path for path in o.tree.walk(o.pages or "") if isinstance(path, str)}
            for o in (old, new)
        ]
        if pages[0] - pages[1] and pages[1] - pages[0]:
            return True
        corpus = result.corpus
        books = [book.path for book in corpus.workbooks] if corpus is not None else []
        try:
            contents = [
                [read_if_there(tree, path, SIZE_LIMIT) for path in books]
                for tree in (old.tree, new.tree)
            ]
        except Unreadable:
            return False
        return contents[0] != contents[1]


def remember_findings(
    session: Session, opened: Opened, repository: Repository | None, linted: Linted
) -> None:
    """Keep the fingerprints of the findings in a commit or in the index, if all of it was linted.

    The next commit is compared with them.
    """
    if "" not in opened.target.folders:
        return
    outcome = _find_outcome(session, opened, repository)
    if outcome is not None:
        outcome[0].write(outcome[1], {shown.finding.fingerprint for shown in linted.findings})


def _find_outcome(
    session: Session, opened: Opened, repository: Repository | None
) -> tuple[OutcomeCache, str] | None:
    """Return where the fingerprints of a state are kept; None if none are kept of it."""
    if repository is None:
        return None
    from disarm_lint.cli.outcomes import OutcomeCache

    cache = OutcomeCache.open_in_folder(session.cache, opened.target.root)
    key = cache.compute_key(session, opened, repository) if cache is not None else None
    return (cache, key) if cache is not None and key is not None else None


# The share of its lines that a renamed file keeps, as in git; of its cells, a renumbered row.
_ALIKE = 0.5
# How many pairs of files, or of rows, are compared; a person renames fewer in one change.
_MOST = 40_000


def find_renamed(before: Linted, after: Linted) -> set[str]:
    """Return the fingerprints of findings that were there before a file or an id was renamed.

    A deleted file is paired with a new one that has at least half of its lines, and a deleted
    row of a worksheet with a new one of the same sheet. If both are of different ids, the id
    counts as renamed too.
    """
    if before.corpus is None or after.corpus is None:
        return set()
    translate = _find_renames(before.corpus, after.corpus)
    if translate is None:
        return set()
    old = [shown.finding for shown in before.findings]
    known = {finding.fingerprint for finding in old}
    # A finding in a row in which nothing was renamed may well be new.
    moved = [finding for finding in old if _moves(finding, translate)]
    new = [s.finding for s in after.findings if s.finding.fingerprint not in known]
    return set(match_findings(moved, new, translate).values())


def _find_renames(before: Corpus, after: Corpus) -> Callable[[str], str] | None:
    """Return what translates the paths and ids that were renamed; None if none was."""
    old, new = _list_documents(before), _list_documents(after)
    come = {key: document for key, document in new.items() if key not in old}
    gone = {key: document for key, document in old.items() if key not in new}
    paths: dict[str, str] = {}
    ids: dict[str, str] = {}
    translate: Callable[[str], str] | None = None
    # A row that consists of renamed ids is found only when these are known.
    while pairs := _pair(gone, come, translate or str):
        for a, b in pairs:
            one, other = gone.pop(a), come.pop(b)
            if one.sheet is None:
                paths[one.path] = other.path
            if (one.kind is not None or one.sheet is not None) and one.id and other.id:
                ids[one.id] = other.id
        translate = _make_translator(paths, {a: b for a, b in ids.items() if a != b})
    return translate


def _make_translator(paths: Mapping[str, str], ids: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that replaces old paths and ids in a text by the new ones."""
    from disarm_lint.rename.numbers import IdTokens

    tokens = IdTokens(ids) if ids else None

    def translate(text: str) -> str:
        for old, new in paths.items():
            if old in text:
                return new.join(map(translate, text.split(old)))
        return tokens.replace(text) if tokens is not None else text

    return translate


def _moves(finding: Finding, translate: Callable[[str], str]) -> bool:
    return _identify_words(finding, translate) != _identify_words(finding, str)


def match_findings(
    old: Sequence[Finding], new: Sequence[Finding], translate: Callable[[str], str]
) -> dict[str, str]:
    """Return fingerprints from before a rename, each with that of the same finding after it.

    `translate` replaces the old words in a text by the new ones. Two findings are the same if
    they have one fingerprint, else if they have the same words after translation, else if
    one rule reports one subject in one row: where a wrong name ends depends on the right one.
    """
    found: dict[str, str] = {}
    for identify in (_identify, _identify_words, _identify_row):
        waiting: dict[tuple[str, ...], list[str]] = {}
        for finding in reversed(old):
            waiting.setdefault(identify(finding, translate), []).append(finding.fingerprint)
        left = []
        for finding in new:
            # Equal findings in one place are matched in their order.
            if same := waiting.get(identify(finding, str)):
                found[same.pop()] = finding.fingerprint
            else:
                left.append(finding)
        old, new = [finding for finding in old if finding.fingerprint not in found], left
    return found


def _identify(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    del translate
    return (finding.fingerprint,)


def _identify_words(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    return (*_identify_row(finding, translate), translate(finding.wrong))


def _identify_row(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    words = (finding.location.path, finding.subject, finding.origin)
    return finding.rule, *map(translate, words)


# The sheet of a row and its id, or the path of a page.
_Key = tuple[str, str]


def _list_documents(corpus: Corpus) -> dict[_Key, Document]:
    """Return the pages, and the rows of worksheets that have an id."""
    pages = {("", d.path): d for d in corpus.all_documents if isinstance(d.source, PageSource)}
    rows = {(d.sheet.name, d.id): d for d in corpus.rows if d.sheet is not None and d.id}
    return {**pages, **rows}


def _pair(
    gone: Mapping[_Key, Document],
    come: Mapping[_Key, Document],
    translate: Callable[[str], str],
) -> list[tuple[_Key, _Key]]:
    """Return the deleted documents, each with the new one that it became."""
    if len(gone) * len(come) > _MOST:
        return []
    before = {key: _count_lines(document, translate) for key, document in sorted(gone.items())}
    after = {key: _count_lines(document, str) for key, document in sorted(come.items())}
    likeness = sorted(
        (
            (-_measure_likeness(before[a], after[b]), a, b)
            for a in before
            for b in after
            if a[0] == b[0]
            and (gone[a].kind is come[b].kind or gone[a].kind is None or come[b].kind is None)
        ),
    )
    pairs: list[tuple[_Key, _Key]] = []
    taken = set[_Key]()
    for less, a, b in likeness:
        if -less < _ALIKE:
            break
        if a not in taken and b not in taken:
            taken |= {a, b}
            pairs.append((a, b))
    return pairs


def _count_lines(document: Document, translate: Callable[[str], str]) -> Counter[str]:
    """Count the lines of a page, or the cells of a row, in which its own id does not count."""
    if isinstance(document.source, PageSource):
        texts: Iterable[str] = document.source.text.splitlines()
    else:
        id_ = document.id or ""
        texts = (item.value.raw.replace(id_, "") for item in document.fields)
    return Counter(translate(text) for text in texts if text.strip())


def _measure_likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return how much two texts have in common, from 0 to 1."""
    whole = _measure_lines(one.elements()) + _measure_lines(other.elements())
    return 2 * _measure_lines((one & other).elements()) / whole if whole else 1.0


def _measure_lines(lines: Iterable[str]) -> int:
    return sum(map(len, lines))
