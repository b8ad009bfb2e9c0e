"""Linting one target: the corpus, what of it was named, and what to report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.cli.past import with_past
from disarm_lint.cli.targets import NEWCOMER, Target, group, shown_path, split
from disarm_lint.config.load import Loaded, load_config
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.output.report import Place, Shown
from disarm_lint.project import lint, pages_folder, read_corpus
from disarm_lint.reading.look import DISK, Look
from disarm_lint.reading.part import PartialTree, is_below
from disarm_lint.reading.scope import PAGES
from disarm_lint.selection import selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location, Span
    from disarm_lint.reading.tree import Tree
    from disarm_lint.rule import LoadedRule

_PATH_SECTIONS = ("include", "exclude", "per-path-ignores", "per-path-severity")


@dataclass(frozen=True)
class Opened:
    """A target with its configuration and its files; `pages` is None outside of a corpus."""

    target: Target
    loaded: Loaded
    tree: Tree
    pages: str | None
    look: Look = DISK

    @property
    def whole(self) -> bool:
        """Tell whether all of the corpus was named."""
        return self.pages is None or any(
            is_below(self.pages, folder) for folder in self.target.folders
        )


@dataclass(frozen=True)
class Linted:
    """What became of one target; the root, the config and the paths of findings are as shown.

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
    findings: tuple[Shown, ...]
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


def online(corpus: Corpus) -> Corpus:
    """Return the corpus with a prober, for the rules that ask the web."""
    from disarm_lint.net.cache import user_cache_folder
    from disarm_lint.net.probe import WebProber

    prober = WebProber(user_cache_folder())
    return replace(corpus, context=replace(corpus.context, prober=prober))


def open_targets(
    paths: Sequence[str],
    current: Path,
    config: str | None,
    rules: Sequence[LoadedRule],
    *,
    allow_empty: bool = False,
    look: Look = DISK,
) -> list[Opened]:
    """Return the targets that paths name, as they stand where `look` looks, sorted by root.

    Raises Failure for a missing path and where no path is given and there is
    no corpus; ConfigError for a configuration that cannot be used.
    """
    given = Path(config).resolve() if config is not None else None
    if given is not None and not DISK.is_file(given):
        raise Failure(f"there is no configuration file “{config}”")

    def shown(path: Path) -> str:
        return shown_path(path, current)

    targets = group(paths, current, given, look)
    opened: dict[Path, Opened] = {}
    waiting = list(targets.values())
    while waiting:
        target = waiting.pop()
        # A configuration that is named is read where it lies.
        reader = look if given is None else DISK
        loaded = (
            load_config(target.config, target.root, rules, shown=shown, look=reader)
            if target.config
            else Loaded()
        )
        tree = look.tree(target.root)
        pages = pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
        opened[target.root] = Opened(target, loaded, tree, pages, look)
        if pages is None:
            split(targets, target, look)
            waiting += [other for root, other in targets.items() if root not in opened]
            waiting = list({other.root: other for other in waiting}.values())
    if not paths and len(opened) == 1:
        (only,) = opened.values()
        if only.pages is None and only.target.config is None and not allow_empty:
            raise Failure(
                f"there is no corpus in or around “{current.name}”{look.where}. {NEWCOMER}"
            )
    return [opened[root] for root in sorted(opened)]


def lint_target(
    opened: Opened,
    rules: Sequence[LoadedRule],
    current: Path,
    *,
    select: tuple[str, ...] | None = None,
    ignore: tuple[str, ...] | None = None,
    include_orphans: bool = False,
    allow_empty: bool = False,
    progress: Callable[[int, int], None],
) -> Linted:
    """Lint a target.

    `select` and `ignore` are those of the command line, None where it has
    none: a selection there takes the place of that in the configuration.
    """
    corpus = _read(opened, include_orphans=include_orphans, progress=progress)
    excluded = _check_not_empty(opened, corpus, current, allow_empty=allow_empty)
    config = opened.loaded.config
    if select is not None:
        config = replace(config, select=select, ignore=ignore or ())
    elif ignore is not None:
        config = replace(config, ignore=(*config.ignore, *ignore))
    selected = selection(rules, config.select, config.ignore)
    running = [r for r in rules if r.rule.default or selected(r.rule.code)]
    if any(r.rule.online and selected(r.rule.code) for r in running):
        corpus = online(corpus)
    run = lint(corpus, running, config, selected=selected, options=opened.loaded.options)
    findings = run.outcome.findings
    if not opened.whole:
        findings = _concerned(findings, opened, corpus)
    if not corpus.everything and corpus.unreadable and not findings:
        problem = corpus.unreadable[0]
        where = shown_path(opened.target.root / problem.path, current)
        raise Failure(f"“{where}” cannot be read: {problem.reason}")
    return Linted(
        root=shown_path(opened.target.root, current),
        config=shown_path(opened.target.config, current) if opened.target.config else None,
        known=opened.pages is not None,
        matched=frozenset(
            entry.location.span
            for entry in corpus.context.entries
            if entry.matched and entry.section in _PATH_SECTIONS
        ),
        profile=corpus.profile.name,
        findings=_shown(
            with_past(findings, corpus, opened.target.root, opened.look.commit),
            opened,
            corpus,
            current,
        ),
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
            shown_path(opened.target.root / workbook.path, current) for workbook in corpus.workbooks
        ),
        ran=frozenset(r.rule.code for r in running if selected(r.rule.code)),
        unread=frozenset(problem.path for problem in corpus.unreadable)
        | {workbook.path for workbook in corpus.workbooks if workbook.problems},
        complete=(opened.whole if opened.pages is not None else "" in opened.target.folders)
        and (select, ignore, include_orphans) == (None, None, False),
        corpus=corpus,
    )


def _read(opened: Opened, *, include_orphans: bool, progress: Callable[[int, int], None]) -> Corpus:
    target, tree = opened.target, opened.tree
    if opened.pages is None:
        tree = PartialTree(tree, tuple(sorted(target.folders)), tuple(sorted(target.apart)))
    return read_corpus(
        tree,
        opened.loaded.config,
        profile=opened.loaded.profile,
        named=sorted(target.files),
        include_orphans=include_orphans,
        progress=progress,
    )


def _check_not_empty(opened: Opened, corpus: Corpus, current: Path, *, allow_empty: bool) -> bool:
    """Raise Failure for a named folder that holds nothing to lint.

    Returns whether the configuration excludes all that was named.
    """
    target = opened.target
    found = {d.path for d in corpus.everything} | {p.path for p in corpus.unreadable}
    found |= {workbook.path for workbook in corpus.workbooks}
    found |= {artefact.path for artefact in corpus.artefacts}
    for folder in sorted(target.folders):
        if any(is_below(path, folder) for path in found) or "." in found or allow_empty:
            continue
        if any(is_below(path, folder) for path in target.apart):
            continue
        where = shown_path(target.root / folder, current)
        if opened.pages is None or not folder:
            raise Failure(f"there is nothing to lint in “{where}”. {NEWCOMER}")
        raise Failure(
            f"there is nothing to lint in “{where}”: of a corpus, the pages in {opened.pages} are "
            "linted, and what `include` in the configuration names; a file that you name is "
            "linted wherever it lies"
        )
    return not target.folders and not found & target.files


def _concerned(findings: Sequence[Finding], opened: Opened, corpus: Corpus) -> tuple[Finding, ...]:
    """Return the findings in the named files, and those about what the named files define."""
    target = opened.target
    pages = (d for d in corpus.everything if d.type is not PageType.ROW)
    ids = {page.id for page in pages if page.id and target.names(page.path)}
    for entity in corpus.registry.entities.values():
        # Every index names the entities that have pages; it defines those that have none. A
        # workbook defines all there are: who names one wants to hear of its cells.
        places = [d.document.path for d in entity.definitions if not d.is_master]
        if entity.page is None and any(target.names(path) for path in places):
            ids.add(entity.id)
    return tuple(
        finding
        for finding in findings
        if target.names(finding.location.path)
        or (finding.breaks is not None and target.names(finding.breaks))
        or any(part in ids for part in finding.subject.split("/"))
    )


def _shown(
    findings: Sequence[Finding], opened: Opened, corpus: Corpus, current: Path
) -> tuple[Shown, ...]:
    sources = {
        document.path: document.source
        for document in corpus.everything
        if isinstance(document.source, PageSource)
    }
    sources |= {item.path: item.source for item in corpus.artefacts if item.source is not None}

    @cache
    def path(local: str) -> str:
        return shown_path(opened.target.root / local, current)

    def place(location: Location, message: str) -> Place:
        return Place(path(location.path), location.span, message, location.cell)

    def source(finding: Finding) -> PageSource | None:
        text = finding.text
        if text is not None and isinstance(text.source, RowSource):
            cell = text.source.cell_text(text.source.cell(text.start))
            return PageSource(text.source.path, cell.raw)
        return sources.get(finding.location.path)

    return tuple(
        Shown(
            finding=finding,
            path=path(finding.location.path),
            related=tuple(place(other.location, other.message) for other in finding.related),
            source=source(finding),
            origin=path(finding.source.path) if finding.source else None,
        )
        for finding in findings
    )
