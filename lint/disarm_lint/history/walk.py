"""Linting one commit after the other, straight from git."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from os import fsencode
from typing import TYPE_CHECKING

from disarm_lint.config.load import Loaded, load_config
from disarm_lint.config.model import ConfigError
from disarm_lint.corpus.earlier import Earlier
from disarm_lint.engine import compare_rules
from disarm_lint.git.listing import list_commit
from disarm_lint.git.look import GitLook
from disarm_lint.git.snapshot import Snapshot
from disarm_lint.history.kept import KeptBlobs, KeptParser
from disarm_lint.history.state import NOTHING, Example, Ledger, State, example_of
from disarm_lint.project import configured, lint, pages_folder, read_corpus
from disarm_lint.reading.scope import PAGES, config_in
from disarm_lint.selection import selection
from disarm_lint.workbooks.find import find_workbooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.git.listing import Listing
    from disarm_lint.git.repository import Repository
    from disarm_lint.history.commits import Commit
    from disarm_lint.rule import LoadedRule


@dataclass(frozen=True)
class Request:
    """What is linted, and how: the options of `check` that change findings.

    `root` is the root of the corpus; `given` a configuration for all commits,
    None where each has its own. `select` and `ignore` are those of the command
    line, None where it has none.
    """

    repository: Repository
    root: Path
    rules: Sequence[LoadedRule]
    given: Loaded | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    include_orphans: bool = False
    shown: Callable[[Path], str] = str


@dataclass
class Walk:
    """The states of commits that were linted, by name, and what is known of their causes.

    `remarks` are what rules say of a commit in the light of its parent;
    `unusable` are the commits whose configuration cannot be used, with what is wrong.
    """

    states: dict[str, State] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    remarks: dict[str, tuple[Example, ...]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)


def walk(request: Request, commits: Sequence[Commit], progress: Callable[[int, int], None]) -> Walk:
    """Lint commits in their order.

    Each distinct file is read and parsed once, and a commit in which nothing
    differs that a run before has read is not linted again. `progress` is
    called with the number of commits done and of all. Raises GitError where
    git fails, ConfigError where the configuration of the last commit is bad.
    """
    done = Walk()
    last = _last_uses(request, commits)
    blobs = KeptBlobs(request.repository.git)
    with blobs:
        linter = _Linter(request, blobs, done)
        for number, commit in enumerate(commits):
            linter.lint(commit, final=number + 1 == len(commits))
            linter.release({name for name, use in last.items() if use > number})
            progress(number + 1, len(commits))
    return done


def _last_uses(request: Request, commits: Iterable[Commit]) -> dict[str, int]:
    """Return for each content the number of the last commit that holds it."""
    found: dict[str, int] = {}
    for number, commit in enumerate(commits):
        listing = list_commit(request.repository.git, commit.name)
        found.update((entry.name, number) for entry in listing.values())
    return found


def _digest(listing: Listing) -> bytes:
    """Return a digest of the paths of a commit, and of what kind each is."""
    lines = (fsencode(f"{entry.mode} {path}") for path, entry in listing.items())
    return sha256(b"\0".join(lines)).digest()


def _holds(listing: Listing, reads: Mapping[str, str]) -> bool:
    """Tell whether a commit holds the same contents at some paths."""
    entries = ((listing.get(path), name) for path, name in reads.items())
    return all(entry is not None and entry.name == name for entry, name in entries)


@dataclass
class _Linter:
    """Lints commits, and remembers what may serve the next one."""

    request: Request
    blobs: KeptBlobs
    walk: Walk
    parser: KeptParser = field(default_factory=KeptParser)
    states: dict[bytes, list[State]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    configs: list[tuple[Path, dict[str, str], Loaded]] = field(default_factory=list)

    def lint(self, commit: Commit, *, final: bool) -> None:
        listing = list_commit(self.request.repository.git, commit.name)
        self.labels[commit.name] = f"{commit.day} ({commit.short})"
        alike = self.states.setdefault(_digest(listing), [])
        state = next((known for known in alike if _holds(listing, known.reads)), None)
        before = self._before(commit)
        if state is None or (before is not None and state is not before):
            look = GitLook(
                Snapshot(listing, self.blobs), self.request.repository.top, f" in {commit.short}"
            )
            state = self._linted(commit, look, listing, before, final=final)
            if commit.name not in self.walk.unusable:
                alike.append(state)
        self.walk.states[commit.name] = state

    def _before(self, commit: Commit) -> State | None:
        """Return the state of the one parent; None for a merge, which brings nothing of its own."""
        parents = commit.parents
        return self.walk.states.get(parents[0]) if len(parents) == 1 else None

    def release(self, needed: set[str]) -> None:
        self.parser.keep(set(self.blobs.keep(needed)))

    def _linted(
        self,
        commit: Commit,
        look: GitLook,
        listing: Listing,
        before: State | None,
        *,
        final: bool,
    ) -> State:
        self.blobs.reads = {}
        request = self.request
        tree = look.tree(request.root)
        if tree.names("") is None:
            return NOTHING
        loaded = request.given or self._config(commit, look, listing, final=final)
        config = loaded.config
        pages = pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
        if pages is None:
            books = find_workbooks(tree, config, loaded.profile, in_corpus=False)
            if not books.files:
                return NOTHING
        if request.select is not None:
            config = replace(config, select=request.select, ignore=request.ignore or ())
        elif request.ignore is not None:
            config = replace(config, ignore=(*config.ignore, *request.ignore))
        selected = selection(request.rules, config.select, config.ignore)
        running = [r for r in request.rules if r.rule.default or selected(r.rule.code)]
        corpus = read_corpus(
            tree,
            config,
            profile=loaded.profile,
            include_orphans=request.include_orphans,
            parser=self.parser,
        )
        run = lint(corpus, running, config, selected=selected, options=loaded.options)
        if before is not None and before.entities:
            earlier = Earlier(self.labels[commit.parents[0]], before.entities)
            found = compare_rules(corpus, earlier, running, loaded.options, selected=selected)
            self.walk.remarks[commit.name] = tuple(map(example_of, configured(found, config)))
        return self.walk.ledger.note(run, self.blobs.reads)

    def _config(self, commit: Commit, look: GitLook, listing: Listing, *, final: bool) -> Loaded:
        """Return the configuration of a commit; the defaults where it cannot be used."""
        root = self.request.root
        path = next((p for place in (root, *root.parents) if (p := config_in(place, look))), None)
        if path is None:
            return Loaded()
        for known, reads, loaded in self.configs:
            # One that was loaded before has the same profile, by identity.
            if known == path and _holds(listing, reads):
                self.blobs.reads.update(reads)
                return loaded
        before = self.blobs.reads
        self.blobs.reads = {}
        try:
            loaded = load_config(
                path, root, self.request.rules, shown=self.request.shown, look=look
            )
        except ConfigError as error:
            if final:
                raise
            self.walk.unusable[commit.name] = str(error)
            return Loaded()
        self.configs.append((path, self.blobs.reads, loaded))
        self.blobs.reads = {**before, **self.blobs.reads}
        return loaded
