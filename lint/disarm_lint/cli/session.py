"""One session: the rules and options that a command lints with, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.display import load_built_in_rules
from disarm_lint.cli.past import drop_ends_of_checkout, explain_gone_ids
from disarm_lint.cli.streams import (
    Failure,
    find_cache_folder,
    format_path,
    is_outside,
    read_current_folder,
    say,
)
from disarm_lint.cli.targets import (
    NEWCOMER,
    Opened,
    check_not_empty,
    group_paths,
    select_concerned,
    split_target,
)
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.model.config import ConfigError
from disarm_lint.model.document import Role
from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.project import PARSER, find_pages_folder, lint, read_corpus
from disarm_lint.report.report import ShownFinding, Tool, build_report, show_finding
from disarm_lint.ruleset import Selection, UnknownSelectorError, check_selectors, choose_rules
from disarm_lint.sources.filesystem import DISK, FileSystem, PartialTree
from disarm_lint.sources.scope import PAGES, find_governing_config, find_unread_configs
from disarm_lint.sources.witness import WitnessedDisk

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.history.history import History
    from disarm_lint.history.walk import HistoryRequest
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Span
    from disarm_lint.project import DocumentParser
    from disarm_lint.report.report import CorpusInfo, Older, Report
    from disarm_lint.ruleset import LoadedRule
    from disarm_lint.sources.git import Repository
    from disarm_lint.sources.witness import Witness

_PATH_SECTIONS = ("include", "exclude", "per-path-ignores", "per-path-severity")


def _ignore_progress(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True)
class Linted:
    """A linted target; the root, the configuration and the paths of findings are as shown.

    `matched` are the places in the config of path patterns that match a file
    here; `known` tells a corpus from loose files. `ran` are the rules that were
    reported, `unread` the files, from the root, that could not be read;
    `master_data` are the workbooks that were read, as shown. `complete` says
    that all was linted that a baseline speaks of. `baselined` findings are left
    out, and `stale` entries of the baseline match nothing. `corpus` is what was
    linted.
    """

    root: str
    config: str | None
    known: bool
    matched: frozenset[Span | None]
    profile: str
    findings: tuple[ShownFinding, ...]
    files: int
    entities: int
    citations: int
    suppressed: int
    partial: bool
    excluded: bool
    master_data: tuple[str, ...] = ()
    ran: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    complete: bool = False
    baselined: int = 0
    stale: int = 0
    corpus: Corpus | None = None


@dataclass(frozen=True)
class Session:
    """What a command lints with: its rules, the current folder, and its options.

    `config` is the configuration file of --config, which then governs everything; otherwise
    each corpus, in each state, has its own. `files` is where the session reads: the disk, a
    commit, or the index; `disk` is always the disk. `cache` is the folder for what is kept
    for other runs; None if nothing is kept. A `witness` notes what the run asks besides the
    files. `allow_empty` accepts a folder with nothing to lint; `allow_private` lets dead-url
    request addresses inside of networks.
    """

    rules: Sequence[LoadedRule]
    current: Path
    config: Path | None = None
    selection: Selection = field(default_factory=Selection)
    include_orphans: bool = False
    allow_empty: bool = False
    allow_private: bool = False
    files: FileSystem = DISK
    disk: FileSystem = DISK
    cache: Path | None = None
    witness: Witness | None = None
    progress: Callable[[int, int], None] = _ignore_progress

    def at(self, files: FileSystem) -> Session:
        """Return the same session with other files, for example those of a commit."""
        return replace(self, files=files)

    def show_path(self, path: Path) -> str:
        """Return a path as messages name it."""
        return format_path(path, self.current)

    def open(self, paths: Sequence[str]) -> list[Opened]:
        """Return what paths name, sorted by root; without any, the corpus around the folder.

        Raises Failure for a missing path, and if no path is given and there is no corpus;
        ConfigError for a configuration that cannot be used.
        """
        files = self.files
        targets = group_paths(paths, self.current, self.config, files)
        opened: dict[Path, Opened] = {}
        waiting = list(targets.values())
        while waiting:
            target = waiting.pop()
            loaded = self._load(target.config, target.root)
            tree = files.tree(target.root)
            pages = find_pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
            opened[target.root] = Opened(target, loaded, tree, pages, files)
            if pages is None:
                split_target(targets, target, self.config, files)
                waiting += [other for root, other in targets.items() if root not in opened]
                waiting = list({other.root: other for other in waiting}.values())
        if not paths and len(opened) == 1:
            (only,) = opened.values()
            if only.pages is None and only.target.config is None and not self.allow_empty:
                raise Failure(
                    f"there is no corpus in or around “{self.current.name}”{files.where}. "
                    f"{NEWCOMER}"
                )
        found = [opened[root] for root in sorted(opened)]
        if self.config is None:
            self._warn_of_unread_configs(found)
        return found

    def _warn_of_unread_configs(self, opened: Sequence[Opened]) -> None:
        """Warn of files that look like a configuration but are not read."""
        folders: dict[Path, Path | None] = {}
        for item in opened:
            used = item.target.config
            folders[item.target.root] = used
            if used is not None:
                folders.setdefault(used.parent, used)
        for folder, used in folders.items():
            for path, why in find_unread_configs(folder, used, self.files):
                say(f"disarm-lint: “{self.show_path(path)}”{why}")

    def _load(self, config: Path | None, root: Path) -> LoadedConfig:
        if config is None:
            return LoadedConfig()
        # The file of --config is read from the disk.
        files = self.files if self.config is None else self.disk
        return load_config(config, root, self.rules, shown=self.show_path, files=files)

    def reopen(self, opened: Opened) -> Opened | None:
        """Return a target in the files of this session; None if they contain no corpus.

        The whole corpus is returned, because a finding may have been on a page that was not
        named. It has its configuration of that state or, if that cannot be used, today's.
        """
        root, files = opened.target.root, self.files
        tree = files.tree(root)
        if tree.names("") is None:
            return None
        path, loaded = opened.target.config, opened.loaded
        if self.config is None:
            path = find_governing_config(root, files)
            try:
                loaded = self._load(path, root)
            except ConfigError as error:
                # The present change may be the one that fixes the configuration.
                say(
                    f"disarm-lint: the configuration{files.where} cannot be used, "
                    f"so today's is used: {error}"
                )
        pages = find_pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
        target = replace(
            opened.target,
            config=path,
            files={file for file in opened.target.files if files.is_file(root / file)},
            folders=opened.target.folders if opened.pages is None else {""},
        )
        return Opened(target, loaded, tree, pages, files)

    def read(self, opened: Opened, parser: DocumentParser = PARSER) -> Corpus:
        """Return the whole corpus of a target."""
        target, tree = opened.target, opened.tree
        if opened.pages is None:
            tree = PartialTree(tree, tuple(sorted(target.folders)), tuple(sorted(target.apart)))
        return read_corpus(
            tree,
            opened.loaded.config,
            profile=opened.loaded.profile,
            named=sorted(target.files),
            include_orphans=self.include_orphans,
            progress=self.progress,
            parser=parser,
        )

    def _open_parser(self, root: Path) -> DocumentParser:
        """Return a parser that uses the cache of parsed documents, if there is one."""
        if self.cache is None or not is_outside(self.cache, root):
            return PARSER
        from disarm_lint.cli.documents import DiskCachingParser

        return DiskCachingParser.open_in_folder(self.cache, root)

    def lint(self, opened: Opened) -> Linted:
        """Lint a target; raise Failure if it has nothing to lint."""
        parser = self._open_parser(opened.target.root)
        corpus = self.read(opened, parser)
        excluded = check_not_empty(opened, corpus, self.current, allow_empty=self.allow_empty)
        config = self.selection.apply(opened.loaded.config)
        running, selected = choose_rules(self.rules, config)
        if any(r.rule.online and selected(r.rule.code) for r in running):
            root = opened.target.root
            corpus = allow_network(corpus, root, self.cache, allow_private=self.allow_private)
            if self.witness is not None:
                self.witness.unsure = True
        run = lint(
            corpus,
            running,
            config,
            selected=selected,
            options=opened.loaded.options,
            clean=parser.clean,
        )
        parser.close()
        findings = run.outcome.findings
        if not opened.whole:
            findings = select_concerned(findings, opened, corpus)
        if not corpus.all_documents and corpus.unreadable and not findings:
            problem = corpus.unreadable[0]
            where = self.show_path(opened.target.root / problem.path)
            raise Failure(f"“{where}” cannot be read: {problem.reason}")
        findings = drop_ends_of_checkout(findings, opened.target.root, opened.files, self.witness)
        findings = explain_gone_ids(
            findings, corpus, opened.target.root, opened.files.commit, self.witness
        )
        whole = opened.whole if opened.pages is not None else "" in opened.target.folders
        return Linted(
            root=self.show_path(opened.target.root),
            config=self.show_path(opened.target.config) if opened.target.config else None,
            known=opened.pages is not None,
            matched=frozenset(
                entry.location.span
                for entry in corpus.context.entries
                if entry.matched and entry.section in _PATH_SECTIONS
            ),
            profile=corpus.profile.name,
            findings=_show_findings(findings, opened, corpus, self.current),
            files=run.files,
            entities=len(corpus.registry.entities),
            citations=sum(
                reference.mention.role is Role.PROSE and reference.written is not None
                for reference in corpus.references
            ),
            suppressed=run.outcome.suppressed,
            partial=not opened.whole,
            excluded=excluded,
            master_data=tuple(
                self.show_path(opened.target.root / workbook.path) for workbook in corpus.workbooks
            ),
            ran=frozenset(r.rule.code for r in running if selected(r.rule.code)),
            unread=frozenset(problem.path for problem in corpus.unreadable)
            | {workbook.path for workbook in corpus.workbooks if workbook.problems},
            complete=whole and not self.selection and not self.include_orphans,
            corpus=corpus,
        )

    def read_history(self, opened: Opened) -> History:
        """Return the history of a corpus, which lints each commit that touched it.

        Raises Failure if the corpus is not in a git repository.
        """
        from disarm_lint.history.history import read_history
        from disarm_lint.sources.git import GitError, find_repository

        root = opened.target.root
        try:
            repository = find_repository(root)
            if root != repository.top and repository.top not in root.parents:
                where = self.show_path(root)
                raise Failure(f"--blame: the corpus “{where}” begins above its git repository")
            request = self.request_history(repository, root)
            return read_history(request, request.folder, progress=self.progress)
        except GitError as error:
            raise Failure(f"--blame: {error}") from None

    def request_history(self, repository: Repository, root: Path) -> HistoryRequest:
        """Return a request for the history of a corpus; raise ConfigError as `open` does."""
        from disarm_lint.history.walk import HistoryRequest

        return HistoryRequest(
            repository=repository,
            root=root,
            rules=self.rules,
            given=self._load(self.config, root) if self.config is not None else None,
            selection=self.selection,
            include_orphans=self.include_orphans,
            shown=self.show_path,
        )


def start_session(  # noqa: PLR0913 - options, by keyword
    *,
    config: str | None,
    select: list[list[str]] | None = None,
    ignore: list[list[str]] | None = None,
    include_orphans: bool = False,
    allow_empty: bool = False,
    allow_private: bool = False,
    cache_dir: Path | None = None,
    no_cache: bool = False,
    witness: Witness | None = None,
    progress: Callable[[int, int], None] = _ignore_progress,
) -> Session:
    """Return a session with the options of a command, in the current folder.

    What other runs can use is kept in `cache_dir` (default: the user's cache folder). Raises
    Failure for a selector that fits no rule, and for a missing configuration file.
    """
    disk: FileSystem = WitnessedDisk(witness) if witness is not None else DISK
    rules = load_built_in_rules()
    selection = Selection(
        parse_given_selectors(select, "--select", rules),
        parse_given_selectors(ignore, "--ignore", rules),
    )
    given = disk.resolve(Path(config)) if config is not None else None
    if given is not None and not disk.is_file(given):
        raise Failure(f"there is no configuration file “{config}”")
    return Session(
        rules=rules,
        current=read_current_folder(),
        config=given,
        selection=selection,
        include_orphans=include_orphans,
        allow_empty=allow_empty,
        allow_private=allow_private,
        files=disk,
        disk=disk,
        cache=None if no_cache else cache_dir or find_cache_folder(),
        witness=witness,
        progress=progress,
    )


def start_linting(args: Namespace, progress: Callable[[int, int], None]) -> Session:
    """Return a session for a command with --config and the options of `add_choice_of_rules`."""
    return start_session(
        config=args.config,
        select=args.select,
        ignore=args.ignore,
        include_orphans=args.include_orphans,
        progress=progress,
    )


def parse_given_selectors(
    lists: list[list[str]] | None, option: str, rules: Sequence[LoadedRule]
) -> tuple[str, ...] | None:
    """Return the selectors of an option; None if it was not given.

    Raises Failure for an option without selectors, and for one that fits no rule.
    """
    if lists is None:
        return None
    words = tuple(word for part in lists for word in part if word)
    if not words:
        raise Failure(f"{option} needs a rule: a code, a name, the beginning of codes, or ALL")
    try:
        check_selectors(words, rules)
    except UnknownSelectorError as error:
        raise Failure(f"{option}: {error}") from None
    return words


def allow_network(corpus: Corpus, root: Path, cache: Path | None, *, allow_private: bool) -> Corpus:
    """Return the corpus at a root with a prober, for the rules that ask the web.

    Answers are kept in the folder `cache`, if it is given. Raises Failure if the libraries
    for this are not installed.
    """
    try:
        from disarm_lint.urls import WebProber
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "httpcore"):
            raise
        raise Failure(
            "the rule L306 dead-url requests URLs with httpx, which is not installed: install "
            "disarm-lint with its extra “urls” (pip install '.[urls]'), or --ignore L306"
        ) from None

    kept = cache if cache is not None and is_outside(cache, root) else None
    prober = WebProber(kept, allow_private=allow_private)
    return replace(corpus, context=replace(corpus.context, prober=prober))


def _show_findings(
    findings: Sequence[Finding], opened: Opened, corpus: Corpus, current: Path
) -> tuple[ShownFinding, ...]:
    sources = {
        document.path: document.source
        for document in corpus.all_documents
        if isinstance(document.source, PageSource)
    }
    sources |= {item.path: item.source for item in corpus.artefacts if item.source is not None}

    @cache
    def path(local: str) -> str:
        return format_path(opened.target.root / local, current)

    def source(finding: Finding) -> PageSource | None:
        text = finding.text
        if text is not None and isinstance(text.source, RowSource):
            cell = text.source.cell_text(text.source.cell(text.start))
            return PageSource(text.source.path, cell.raw)
        return sources.get(finding.location.path)

    return tuple(show_finding(finding, path, source(finding)) for finding in findings)


def merge_findings(linted: Sequence[Linted]) -> Iterator[ShownFinding]:
    """Yield the findings of all targets.

    If one configuration governs several corpora, what it names need not be in each. So a
    finding in the configuration is reported, once, if all of the corpora have it.
    """
    by_config: dict[str, list[Linted]] = {}
    for item in linted:
        if item.config:
            by_config.setdefault(item.config, []).append(item)
    for item in linted:
        governed = by_config.get(item.config or "", [])
        for shown in item.findings:
            shared = len(governed) > 1 and shown.path == item.config
            if not shared or (
                item is _select_speakers(governed)[0] and _holds_everywhere(shown, governed)
            ):
                yield shown


def drop_searched(linted: Sequence[Linted]) -> list[Linted]:
    """Return the corpora, without folders that were only searched for corpora."""
    return [item for item in linted if item.files or item.findings] or list(linted)


def report_findings(
    linted: Sequence[Linted],
    corpora: Sequence[CorpusInfo],
    findings: Iterable[ShownFinding],
    older: Older | None = None,
) -> Report:
    """Return the report on what was linted; `findings` are those of all targets."""
    return build_report(
        Tool("disarm-lint", __version__),
        corpora,
        findings,
        files=sum(item.files for item in linted),
        entities=sum(item.entities for item in linted),
        citations=sum(item.citations for item in linted),
        suppressed=sum(item.suppressed for item in linted),
        baselined=sum(item.baselined for item in linted),
        partial=any(item.partial for item in linted),
        older=older,
    )


def _select_speakers(governed: Sequence[Linted]) -> Sequence[Linted]:
    """Return the targets that are corpora, or else all."""
    return [item for item in governed if item.known] or governed


def _holds_everywhere(shown: ShownFinding, governed: Sequence[Linted]) -> bool:
    if any(shown.span in item.matched for item in governed):
        return False
    key = shown.sort_key
    return all(
        any(other.path == shown.path and other.sort_key == key for other in item.findings)
        for item in _select_speakers(governed)
    )
