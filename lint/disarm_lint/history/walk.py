"""Linting one commit after the other, straight from git."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import sha256
from os import fsencode
from sys import intern
from typing import TYPE_CHECKING, Any

from msgspec import structs

from disarm_lint.compare.fates import Coverage, read_coverage, share_parts
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.config.profile import BUILTIN, load_builtin_profile
from disarm_lint.corpus.release import ReleaseIndex, compare_releases, index_release
from disarm_lint.engine import compare_rules
from disarm_lint.model.config import ConfigError
from disarm_lint.project import DocumentParser, apply_config, find_pages_folder, lint, read_corpus
from disarm_lint.ruleset import Selection, choose_rules
from disarm_lint.sources.commit import GitFileSystem, TreeSnapshot, list_commit
from disarm_lint.sources.git import Blobs
from disarm_lint.sources.scope import PAGES, find_governing_config, find_workbooks

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.corpus.release import EntityState
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import Profile
    from disarm_lint.parse.workbook import Workbook
    from disarm_lint.project import LintRun
    from disarm_lint.ruleset import LoadedRule
    from disarm_lint.sources.commit import Listing
    from disarm_lint.sources.git import Git, Repository
    from disarm_lint.sources.log import Commit


class CachingBlobs(Blobs):
    """Contents from git's store; each is read once, and kept until `keep` drops it.

    `reads` are the paths that were read since it was last emptied, from the top
    of the repository, with the names of their contents.
    """

    def __init__(self, git: Git) -> None:
        super().__init__(git)
        self.reads: dict[str, str] = {}
        self._data: dict[str, bytes] = {}

    def read(self, path: str, name: str, limit: int) -> bytes:
        """Return the content of a blob; see Blobs."""
        self.reads[path] = name
        data = self._data.get(name)
        if data is None or len(data) > limit:
            data = self._data[name] = super().read(path, name, limit)
        return data

    def keep(self, names: Container[str]) -> list[bytes]:
        """Drop all contents but those in `names`, and return what stays."""
        self._data = {name: data for name, data in self._data.items() if name in names}
        return list(self._data.values())


# The part of a profile that is the same object in copies for other folders of pages.
_Key = tuple[str, bytes, int, str, bool]


def _make_key(path: str, data: bytes, profile: Profile, *, loose: bool = False) -> _Key:
    return path, data, id(profile.kinds), profile.pages, loose


class CachingParser(DocumentParser):
    """Parses each content at each path once, for each profile."""

    def __init__(self) -> None:
        # Profiles are kept alive, so that no other profile can get the address of one.
        self._profiles: dict[int, Profile] = {}
        self._pages: dict[_Key, Document] = {}
        self._workbooks: dict[_Key, Workbook] = {}

    def page(self, path: str, data: bytes, profile: Profile, *, loose: bool) -> Document:
        """Return the document of a text file."""
        key = _make_key(path, data, profile, loose=loose)
        found = self._pages.get(key)
        if found is None:
            self._profiles.setdefault(id(profile.kinds), profile)
            found = self._pages[key] = super().page(path, data, profile, loose=loose)
        return found

    def workbook(self, path: str, data: bytes, profile: Profile) -> Workbook:
        """Return the rows of a workbook, and what is wrong with it."""
        key = _make_key(path, data, profile)
        found = self._workbooks.get(key)
        if found is None:
            self._profiles.setdefault(id(profile.kinds), profile)
            found = self._workbooks[key] = super().workbook(path, data, profile)
        return found

    def keep(self, contents: Container[bytes]) -> None:
        """Drop what was parsed from other contents than these."""
        self._pages = {key: page for key, page in self._pages.items() if key[1] in contents}
        self._workbooks = {key: book for key, book in self._workbooks.items() if key[1] in contents}


@dataclass(frozen=True)
class CommitState:
    """A corpus at a commit, in short.

    `findings` and `causes` count by fingerprint and by cause; `examples` are the
    first findings of each cause. `reads` are the files that were read, from the
    top of the repository, with the names of their contents: if these and all file
    names are the same, so is the state. `coverage` says what was checked.
    """

    files: int = 0
    profile: str | None = None
    release: ReleaseIndex = field(default_factory=ReleaseIndex)
    findings: Mapping[str, int] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)
    by_severity: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Finding] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage, compare=False)

    @property
    def entities(self) -> Mapping[str, EntityState]:
        """The entities that there are, by id."""
        return self.release.entities

    @property
    def total(self) -> int:
        """How many findings there are."""
        return sum(self.findings.values())


NOTHING = CommitState()


@dataclass
class Ledger:
    """What is collected from all commits: the rule of each fingerprint.

    Equal findings, and equal entities, are kept once.
    """

    rules: dict[str, str] = field(default_factory=dict)
    _examples: dict[Finding, Finding] = field(default_factory=dict)
    _entities: dict[EntityState, EntityState] = field(default_factory=dict)
    _parts: dict[object, Any] = field(default_factory=dict)

    def note(
        self,
        run: LintRun,
        release: ReleaseIndex,
        reads: Mapping[str, str],
        reported: Iterable[str],
    ) -> CommitState:
        """Return the state of a corpus that was linted; see CommitState for `reads`.

        `reported` are the codes of the rules whose findings are shown.
        """
        findings: Counter[str] = Counter()
        causes: Counter[str] = Counter()
        by_rule: Counter[str] = Counter()
        by_severity: Counter[str] = Counter()
        examples: dict[str, Finding] = {}
        for finding in run.outcome.findings:
            cause = intern(finding.cause)
            if cause not in causes:
                example = _detach(finding)
                examples[cause] = self._examples.setdefault(example, example)
            fingerprint = intern(finding.fingerprint)
            self.rules[fingerprint] = finding.rule
            findings[fingerprint] += 1
            causes[cause] += 1
            by_rule[finding.rule] += 1
            by_severity[str(finding.severity)] += 1
        entities = {
            intern(entity_id): self._entities.setdefault(state, state)
            for entity_id, state in release.entities.items()
        }
        return CommitState(
            files=run.files,
            profile=run.corpus.profile.name,
            release=replace(release, entities=entities),
            findings=findings,
            causes=causes,
            by_rule=by_rule,
            by_severity=by_severity,
            examples=examples,
            reads={intern(path): intern(name) for path, name in reads.items()},
            coverage=share_parts(
                read_coverage([run.corpus], run.outcome.findings, reported), self._parts
            ),
        )


def _detach(finding: Finding) -> Finding:
    """Return a finding that holds no page in memory."""
    return structs.replace(finding, text=None)


@dataclass(frozen=True)
class HistoryRequest:
    """What is linted, and how: the options of `check` that change findings.

    `root` is the root of the corpus; `given` a configuration for all commits,
    None if each has its own.
    """

    repository: Repository
    root: Path
    rules: Sequence[LoadedRule]
    given: LoadedConfig | None = None
    selection: Selection = field(default_factory=Selection)
    include_orphans: bool = False
    shown: Callable[[Path], str] = str

    @property
    def folder(self) -> str:
        """The root from the top of the repository, empty for the top itself."""
        folder = self.root.relative_to(self.repository.top).as_posix()
        return "" if folder == "." else folder


@dataclass
class Walk:
    """The states of commits that were linted, by name, and what is known of their causes.

    `remarks` are the findings of rules that compare a commit with its parent;
    `unusable` are the commits whose configuration cannot be used, with the reason.
    """

    states: dict[str, CommitState] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    remarks: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)


def walk(
    request: HistoryRequest, commits: Sequence[Commit], progress: Callable[[int, int], None]
) -> Walk:
    """Lint commits in their order.

    Each distinct file is read and parsed once, and a commit is not linted if all that
    an earlier lint has read is the same in it. `progress` is
    called with the number of commits done and of all. Raises GitError where
    git fails, ConfigError where the configuration of the last commit is bad.
    """
    done = Walk()
    last = _find_last_uses(request, commits)
    blobs = CachingBlobs(request.repository.git)
    with blobs:
        linter = _Linter(request, blobs, done)
        for number, commit in enumerate(commits):
            linter.lint(commit, final=number + 1 == len(commits))
            linter.release({name for name, use in last.items() if use > number})
            progress(number + 1, len(commits))
    return done


def _find_last_uses(request: HistoryRequest, commits: Iterable[Commit]) -> dict[str, int]:
    """Return for each content the number of the last commit that holds it."""
    found: dict[str, int] = {}
    for number, commit in enumerate(commits):
        listing = list_commit(request.repository.git, commit.name)
        found.update((entry.name, number) for entry in listing.values())
    return found


def _digest(listing: Listing) -> bytes:
    """Return a digest of the paths of a commit, and of their modes."""
    lines = (fsencode(f"{entry.mode} {path}") for path, entry in listing.items())
    return sha256(b"\0".join(lines)).digest()


def _holds(listing: Listing, reads: Mapping[str, str]) -> bool:
    """Tell whether a commit holds the same contents at some paths."""
    entries = ((listing.get(path), name) for path, name in reads.items())
    return all(entry is not None and entry.name == name for entry, name in entries)


@dataclass
class _Linter:
    """Lints commits, and remembers what the next ones can use."""

    request: HistoryRequest
    blobs: CachingBlobs
    walk: Walk
    parser: CachingParser = field(default_factory=CachingParser)
    states: dict[bytes, list[CommitState]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    configs: list[tuple[Path, dict[str, str], LoadedConfig]] = field(default_factory=list)

    def lint(self, commit: Commit, *, final: bool) -> None:
        listing = list_commit(self.request.repository.git, commit.name)
        self.labels[commit.name] = f"{commit.day} ({commit.short})"
        alike = self.states.setdefault(_digest(listing), [])
        state = next((known for known in alike if _holds(listing, known.reads)), None)
        before = self._find_before(commit)
        if state is None or (before is not None and state is not before):
            files = GitFileSystem(
                TreeSnapshot(listing, self.blobs),
                self.request.repository.top,
                f" in {commit.short}",
            )
            state = self._lint_commit(commit, files, listing, before, final=final)
            if commit.name not in self.walk.unusable:
                alike.append(state)
        self.walk.states[commit.name] = state

    def _find_before(self, commit: Commit) -> CommitState | None:
        """Return the state of the one parent; None for a merge, which changes nothing itself."""
        parents = commit.parents
        return self.walk.states.get(parents[0]) if len(parents) == 1 else None

    def release(self, needed: set[str]) -> None:
        self.parser.keep(set(self.blobs.keep(needed)))

    def _lint_commit(
        self,
        commit: Commit,
        files: GitFileSystem,
        listing: Listing,
        before: CommitState | None,
        *,
        final: bool,
    ) -> CommitState:
        self.blobs.reads = {}
        request = self.request
        tree = files.tree(request.root)
        if tree.names("") is None:
            return NOTHING
        loaded = request.given or self._read_config(commit, files, listing, final=final)
        config = loaded.config
        pages = find_pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
        if pages is None:
            books = find_workbooks(
                tree, config, loaded.profile or load_builtin_profile(BUILTIN[0]), in_corpus=False
            )
            if not books.files:
                return NOTHING
        config = request.selection.apply(config)
        running, selected = choose_rules(request.rules, config)
        corpus = read_corpus(
            tree,
            config,
            profile=loaded.profile,
            include_orphans=request.include_orphans,
            parser=self.parser,
        )
        run = lint(corpus, running, config, selected=selected, options=loaded.options)
        release = index_release(corpus)
        if before is not None and before.entities:
            earlier = replace(before.release, label=self.labels[commit.parents[0]])
            changes = compare_releases(earlier, release)
            found = compare_rules(corpus, changes, running, loaded.options, selected=selected)
            self.walk.remarks[commit.name] = tuple(map(_detach, apply_config(found, config)))
        reported = [loaded.rule.code for loaded in running if selected(loaded.rule.code)]
        return self.walk.ledger.note(run, release, self.blobs.reads, reported)

    def _read_config(
        self, commit: Commit, files: GitFileSystem, listing: Listing, *, final: bool
    ) -> LoadedConfig:
        """Return the configuration of a commit; the defaults if it cannot be used."""
        root = self.request.root
        path = find_governing_config(root, files)
        if path is None:
            return LoadedConfig()
        for known, reads, loaded in self.configs:
            # A configuration that was loaded before has the very same profile object.
            if known == path and _holds(listing, reads):
                self.blobs.reads.update(reads)
                return loaded
        before = self.blobs.reads
        self.blobs.reads = {}
        try:
            loaded = load_config(
                path, root, self.request.rules, shown=self.request.shown, files=files
            )
        except ConfigError as error:
            if final:
                raise
            self.walk.unusable[commit.name] = str(error)
            return LoadedConfig()
        self.configs.append((path, self.blobs.reads, loaded))
        self.blobs.reads = {**before, **self.blobs.reads}
        return loaded
