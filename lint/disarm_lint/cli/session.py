"""Linting what the command line names: its corpora, what of them was named, and what to report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.past import explain_gone_ids
from disarm_lint.cli.streams import Failure, format_path
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.project import find_pages_folder, lint, read_corpus
from disarm_lint.report.report import ShownFinding, show_finding
from disarm_lint.ruleset import UnknownSelectorError, build_selection, check_selectors
from disarm_lint.sources.filesystem import DISK, FileSystem, PartialTree, is_below
from disarm_lint.sources.scope import PAGES, find_config, find_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Span
    from disarm_lint.ruleset import LoadedRule
    from disarm_lint.sources.filesystem import Tree

_DEPTH = 6
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})

NEWCOMER = (
    "A corpus is a folder that holds generated_pages/, the Markdown pages of the DISARM "
    "framework; name it, or some pages, as in `disarm-lint path/to/DISARMframeworks`"
)


@dataclass
class LintTarget:
    """A corpus, or a folder outside of any, and what of it was named.

    `files` and `folders` are relative to the root; the empty folder is all of
    it. `apart` are folders below it that are corpora of their own.
    """

    root: Path
    config: Path | None
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    apart: set[str] = field(default_factory=set)

    def names(self, path: str) -> bool:
        """Tell whether a path is named, or lies in a folder that is."""
        return path in self.files or any(is_below(path, folder) for folder in self.folders)


def group(
    paths: Sequence[str], current: Path, config: Path | None, look: FileSystem = DISK
) -> dict[Path, LintTarget]:
    """Return the corpora that paths belong to, by root; no path means that around `current`.

    `config` governs all of them, where it is given. Raises Failure for a path
    at which there is nothing.
    """
    targets: dict[Path, LintTarget] = {}
    if not paths:
        root, found = find_root(current, look)
        target = LintTarget(root, config or found, folders={""})
        pages = look.is_folder(root / PAGES)
        if found is None and not pages and find_config(root, look) is None:
            # Not a corpus: only what lies in the current folder can be meant.
            target = LintTarget(current, config, folders={""})
        targets[target.root] = target
    for text in paths:
        path = current / text
        if not text or look.is_missing(path):
            raise Failure(f"there is no file or folder “{text}”{look.where}")
        folder = look.is_folder(path)
        place = path.resolve() if folder else path.parent.resolve() / path.name
        root, found = find_root(path, look)
        target = targets.setdefault(root, LintTarget(root, config or found))
        local = place.relative_to(root).as_posix()
        if folder:
            target.folders.add("" if local == "." else local)
        else:
            target.files.add(local)
    return targets


def find_corpora(folder: Path, look: FileSystem = DISK, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield the folders below a folder that hold generated pages, sorted, none within another."""
    for name in look.folders(folder) if depth else ():
        here = folder / name
        if name.startswith(".") or name in _SKIPPED:
            continue
        if look.is_folder(here / PAGES):
            yield here
        else:
            yield from find_corpora(here, look, depth - 1)


def split(targets: dict[Path, LintTarget], target: LintTarget, look: FileSystem = DISK) -> None:
    """Make the corpora in the named folders of a target that is none targets of their own."""
    for folder in sorted(target.folders):
        for place in find_corpora(target.root / folder, look):
            local = place.relative_to(target.root).as_posix()
            target.apart.add(local)
            root, found = find_root(place, look)
            own = targets.setdefault(root, LintTarget(root, target.config or found))
            own.folders.add("")


def parse_given_selectors(
    lists: list[list[str]] | None, option: str, rules: Sequence[LoadedRule]
) -> tuple[str, ...] | None:
    """Return the selectors of an option; None where it was not given.

    Raises Failure for an option without one, and for one that fits no rule.
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


_PATH_SECTIONS = ("include", "exclude", "per-path-ignores", "per-path-severity")


@dataclass(frozen=True)
class Opened:
    """A target with its configuration and its files; `pages` is None outside of a corpus."""

    target: LintTarget
    loaded: LoadedConfig
    tree: Tree
    pages: str | None
    look: FileSystem = DISK

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


def allow_network(corpus: Corpus) -> Corpus:
    """Return the corpus with a prober, for the rules that ask the web."""
    from disarm_lint.urls import WebProber, user_cache_folder

    prober = WebProber(user_cache_folder())
    return replace(corpus, context=replace(corpus.context, prober=prober))


def open_targets(
    paths: Sequence[str],
    current: Path,
    config: str | None,
    rules: Sequence[LoadedRule],
    *,
    allow_empty: bool = False,
    look: FileSystem = DISK,
) -> list[Opened]:
    """Return the targets that paths name, as they stand where `look` looks, sorted by root.

    Raises Failure for a missing path and where no path is given and there is
    no corpus; ConfigError for a configuration that cannot be used.
    """
    given = Path(config).resolve() if config is not None else None
    if given is not None and not DISK.is_file(given):
        raise Failure(f"there is no configuration file “{config}”")

    def shown(path: Path) -> str:
        return format_path(path, current)

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
            else LoadedConfig()
        )
        tree = look.tree(target.root)
        pages = find_pages_folder(tree, loaded.profile.pages if loaded.profile else PAGES)
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
    selected = build_selection(rules, config.select, config.ignore)
    running = [r for r in rules if r.rule.default or selected(r.rule.code)]
    if any(r.rule.online and selected(r.rule.code) for r in running):
        corpus = allow_network(corpus)
    run = lint(corpus, running, config, selected=selected, options=opened.loaded.options)
    findings = run.outcome.findings
    if not opened.whole:
        findings = _select_concerned(findings, opened, corpus)
    if not corpus.all_documents and corpus.unreadable and not findings:
        problem = corpus.unreadable[0]
        where = format_path(opened.target.root / problem.path, current)
        raise Failure(f"“{where}” cannot be read: {problem.reason}")
    return Linted(
        root=format_path(opened.target.root, current),
        config=format_path(opened.target.config, current) if opened.target.config else None,
        known=opened.pages is not None,
        matched=frozenset(
            entry.location.span
            for entry in corpus.context.entries
            if entry.matched and entry.section in _PATH_SECTIONS
        ),
        profile=corpus.profile.name,
        findings=_shown(
            explain_gone_ids(findings, corpus, opened.target.root, opened.look.commit),
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
            format_path(opened.target.root / workbook.path, current)
            for workbook in corpus.workbooks
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
    found = {d.path for d in corpus.all_documents} | {p.path for p in corpus.unreadable}
    found |= {workbook.path for workbook in corpus.workbooks}
    found |= {artefact.path for artefact in corpus.artefacts}
    for folder in sorted(target.folders):
        if any(is_below(path, folder) for path in found) or "." in found or allow_empty:
            continue
        if any(is_below(path, folder) for path in target.apart):
            continue
        where = format_path(target.root / folder, current)
        if opened.pages is None or not folder:
            raise Failure(f"there is nothing to lint in “{where}”. {NEWCOMER}")
        raise Failure(
            f"there is nothing to lint in “{where}”: of a corpus, the pages in {opened.pages} are "
            "linted, and what `include` in the configuration names; a file that you name is "
            "linted wherever it lies"
        )
    return not target.folders and not found & target.files


def _select_concerned(
    findings: Sequence[Finding], opened: Opened, corpus: Corpus
) -> tuple[Finding, ...]:
    """Return the findings in the named files, and those about what the named files define."""
    target = opened.target
    pages = (d for d in corpus.all_documents if d.type is not PageType.ROW)
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

    Where one configuration governs several corpora, what it names need not be
    in each: a finding at the configuration is reported, once, if all of the
    corpora have it.
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
                item is _speakers(governed)[0] and _holds_everywhere(shown, governed)
            ):
                yield shown


def _speakers(governed: Sequence[Linted]) -> Sequence[Linted]:
    """Return the corpora, which know their ids, or else all."""
    return [item for item in governed if item.known] or governed


def _holds_everywhere(shown: ShownFinding, governed: Sequence[Linted]) -> bool:
    if any(shown.span in item.matched for item in governed):
        return False
    key = shown.sort_key
    return all(
        any(other.path == shown.path and other.sort_key == key for other in item.findings)
        for item in _speakers(governed)
    )
