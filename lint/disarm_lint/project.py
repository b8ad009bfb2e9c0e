"""From a folder to findings: the stages of a run, each of which can be called alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import structs

from disarm_lint.config.profile import BUILTIN, detect_profile, load_builtin_profile
from disarm_lint.corpus.corpus import Corpus
from disarm_lint.corpus.reference import ConfigEntry, Context
from disarm_lint.engine import Outcome, run_rules
from disarm_lint.model.config import Config
from disarm_lint.model.document import PageType
from disarm_lint.parse.artefacts import read_artefacts
from disarm_lint.parse.page import parse_page
from disarm_lint.parse.workbook import fits_spec, load_workbook
from disarm_lint.ruleset import matches_selector
from disarm_lint.sources.decoding import decode_source, is_binary
from disarm_lint.sources.filesystem import MemoryTree, Tree, Unreadable
from disarm_lint.sources.scope import PAGES, find_files, find_workbooks, is_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.corpus.reference import Prober
    from disarm_lint.engine import CleanDocuments
    from disarm_lint.model.config import Pattern
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding, Severity
    from disarm_lint.model.profile import Profile
    from disarm_lint.parse.artefacts import Artefact
    from disarm_lint.parse.workbook import Workbook
    from disarm_lint.ruleset import LoadedRule

T = TypeVar("T")

SIZE_LIMIT = 32_000_000


@dataclass(frozen=True, slots=True)
class LintRun:
    """A corpus that has been linted."""

    corpus: Corpus
    outcome: Outcome
    files: int


class DocumentParser:
    """Parses files; it is pure, so that a subclass can keep what it returns."""

    def page(self, path: str, data: bytes, profile: Profile, *, loose: bool) -> Document:
        """Return the document of a text file."""
        return read_page(path, data, profile, loose=loose)

    def workbook(self, path: str, data: bytes, profile: Profile) -> Workbook:
        """Return the rows of a workbook, and what is wrong with it."""
        return load_workbook(path, data, profile)

    @property
    def clean(self) -> CleanDocuments | None:
        """The documents in which rules of the scope PAGE find nothing; None if it is not known."""
        return None

    def close(self) -> None:
        """Write what is kept, if anything is."""


PARSER = DocumentParser()


def _ignore_progress(done: int, total: int) -> None:
    del done, total


# What a spreadsheet or word processor saves, and what can be read instead.
_SPREADSHEETS = (".xls", ".xlsb", ".xlsm", ".ods", ".numbers")
_DOCUMENTS = (".doc", ".docx", ".odt", ".rtf", ".pdf", ".pages")


def _describe_binary(path: str) -> str:
    """Return why a binary file is not read, as a clause, with what to save it as."""
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    if f"{dot}{suffix}".lower() in _SPREADSHEETS:
        return f"it is a spreadsheet of another format; save it as {stem}.xlsx"
    if f"{dot}{suffix}".lower() in _DOCUMENTS:
        return f"it is a document of a word processor; save it as Markdown or text, {stem}.md"
    return "it is binary, not text"


def read_corpus(
    tree: Tree,
    config: Config,
    *,
    profile: Profile | None = None,
    named: Iterable[str] = (),
    include_orphans: bool = False,
    progress: Callable[[int, int], None] = _ignore_progress,
    parser: DocumentParser = PARSER,
) -> Corpus:
    """Read and parse the corpus under a tree.

    `profile` overrides detection; `named` are files to lint whatever their
    suffix; `progress` is called with the number of files parsed and of all.
    Another `parser` may return what it has kept.
    """
    named = tuple(named)
    pages = find_pages_folder(tree, profile.pages if profile else PAGES)
    in_corpus = pages is not None
    master = find_workbooks(
        tree, config, profile or load_builtin_profile(BUILTIN[0]), in_corpus=in_corpus
    )
    scope = find_files(
        tree, config, pages or "", in_corpus=in_corpus, named=(*named, *master.files)
    )
    contents: dict[str, bytes] = {}
    unreadable = {problem.path: problem for problem in (*master.unreadable, *scope.unreadable)}
    for path in scope.files:
        try:
            data = tree.read(path, SIZE_LIMIT)
        except Unreadable as problem:
            unreadable.setdefault(path, problem)
            continue
        if is_binary(data) and not is_workbook(path):
            unreadable[path] = Unreadable(path, _describe_binary(path))
        else:
            contents[path] = data
    used = profile or _detect_profile(contents, parser)
    artefacts, unread = _read_artefacts(tree, config, used) if in_corpus else ((), ())
    unreadable.update((problem.path, problem) for problem in unread)
    published = {artefact.path for artefact in artefacts}
    if pages is not None and pages != used.pages:
        used = replace(used, pages=pages)
    documents: list[Document] = []
    workbooks: list[Workbook] = []
    for number, (path, data) in enumerate(contents.items()):
        if is_workbook(path):
            workbooks.append(parser.workbook(path, data, used))
        elif path not in published:
            documents.append(parser.page(path, data, used, loose=not in_corpus))
        progress(number + 1, len(contents))
    # Pages come first: if both define something, people read the pages.
    documents += [document for workbook in workbooks for document in workbook.documents]
    unmatched = {pattern.text for pattern in (*scope.unmatched, *master.unmatched)}
    return Corpus(
        profile=used,
        all_documents=tuple(documents),
        tree=tree,
        known=any(_is_witness(document, in_corpus=in_corpus) for document in documents),
        context=_make_context(config, unmatched, contents, include_orphans=include_orphans),
        unreadable=tuple(unreadable.values()),
        workbooks=tuple(workbooks),
        artefacts=artefacts,
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a run reads: some by name, and all in the folder of the artefacts."""

    files: frozenset[str]
    folder: str | None


def list_inputs(
    tree: Tree, config: Config, profile: Profile | None, named: Iterable[str] = ()
) -> Inputs:
    """Return what `read_corpus` would read of a tree, without reading any of it."""
    pages = find_pages_folder(tree, profile.pages if profile else PAGES)
    used = profile or load_builtin_profile(BUILTIN[0])
    in_corpus = pages is not None
    master = find_workbooks(tree, config, used, in_corpus=in_corpus)
    scope = find_files(
        tree, config, pages or "", in_corpus=in_corpus, named=(*named, *master.files)
    )
    return Inputs(frozenset(scope.files), used.files)


def _detect_profile(contents: Mapping[str, bytes], parser: DocumentParser) -> Profile:
    """Return the profile that the pages follow, or the workbooks if there are no pages."""
    books = {path: data for path, data in contents.items() if is_workbook(path)}
    if len(books) < len(contents):
        return detect_profile({p: data for p, data in contents.items() if p not in books})
    fitting = (
        profile
        for profile in map(load_builtin_profile, BUILTIN)
        if all(fits_spec(parser.workbook(path, data, profile)) for path, data in books.items())
    )
    return next(fitting, load_builtin_profile(BUILTIN[0]))


def _read_artefacts(
    tree: Tree, config: Config, profile: Profile
) -> tuple[tuple[Artefact, ...], tuple[Unreadable, ...]]:
    """Return the published artefacts, without those that the config excludes."""
    if not config.exclude:
        return read_artefacts(tree, profile.files)
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines([pattern.text for pattern in config.exclude])
    return read_artefacts(tree, profile.files, excluded=spec.match_file)


def read_page(path: str, data: bytes, profile: Profile, *, loose: bool = False) -> Document:
    """Return the document of a text file; see `parse_page`."""
    return parse_page(decode_source(path, data), profile, loose=loose)


def _is_witness(document: Document, *, in_corpus: bool) -> bool:
    """Tell whether a document can define entities: a page of the corpus, or a worksheet row."""
    if document.type is PageType.ROW:
        return True
    return in_corpus and document.type is not PageType.OTHER


def find_pages_folder(tree: Tree, pages: str) -> str | None:
    """Return the folder of the pages: `.` if it is the root itself, None if there is none.

    `pages` is what the profile calls it.
    """
    if tree.names(pages) is not None:
        return pages
    names = tree.names("") or frozenset()
    # A copy of the pages folder under another name is a corpus, too.
    return "." if {"techniques", "tactics"} <= names or "techniques_index.md" in names else None


def _make_context(
    config: Config, unmatched: set[str], files: Iterable[str], *, include_orphans: bool
) -> Context:
    entries = [
        ConfigEntry("include", pattern.text, pattern.location, pattern.text not in unmatched)
        for pattern in config.include
    ]
    entries += [
        ConfigEntry("exclude", pattern.text, pattern.location, pattern.text not in unmatched)
        for pattern in config.exclude
    ]
    entries += [
        ConfigEntry("master-data", pattern.text, pattern.location, pattern.text not in unmatched)
        for pattern in config.master_data
    ]
    by_path = [("per-path-ignores", pattern) for pattern, _ in config.per_path_ignores]
    by_path += [("per-path-severity", pattern) for pattern, _ in config.per_path_severity]
    if by_path:
        from pathspec import GitIgnoreSpec

        known = list(files)
        for section, pattern in by_path:
            hits = any(True for _ in GitIgnoreSpec.from_lines([pattern.text]).match_files(known))
            entries.append(ConfigEntry(section, pattern.text, pattern.location, hits))
    for (section, value), location in config.locations.items():
        entries.append(ConfigEntry(section, value, location))
    return Context(
        retired=config.retired,
        aliases=config.aliases,
        glossary=config.glossary,
        include_orphans=include_orphans,
        entries=tuple(entries),
    )


def lint(
    corpus: Corpus,
    rules: Sequence[LoadedRule],
    config: Config,
    *,
    selected: Callable[[str], bool] = lambda _: True,
    options: Mapping[str, Any] | None = None,
    clean: CleanDocuments | None = None,
) -> LintRun:
    """Run rules on a corpus and apply the severities and per-path ignores of the config.

    Rules of the scope PAGE find nothing in documents that are `clean`.
    """
    outcome = run_rules(corpus, rules, options, selected=selected, clean=clean)
    findings = apply_config(outcome.findings, config)
    suppressed = outcome.suppressed + len(outcome.findings) - len(findings)
    paths = {document.path for document in corpus.all_documents}
    paths |= {artefact.path for artefact in corpus.artefacts}
    paths |= {workbook.path for workbook in corpus.workbooks}
    return LintRun(corpus, Outcome(findings, suppressed), len(paths))


def apply_config(findings: Sequence[Finding], config: Config) -> tuple[Finding, ...]:
    """Return findings with the severities of the config, without those that it ignores."""
    if config.severity:
        findings = [
            structs.replace(finding, severity=config.severity.get(finding.rule, finding.severity))
            for finding in findings
        ]
    if config.per_path_severity:
        by_path = _choose_by_path(config.per_path_severity)
        findings = [_set_severity(finding, by_path(finding.location.path)) for finding in findings]
    if config.per_path_ignores:
        ignored = _choose_by_path(config.per_path_ignores)
        findings = [
            finding
            for finding in findings
            if not any(
                matches_selector(finding.rule, finding.name, selectors)
                for selectors in ignored(finding.location.path)
            )
        ]
    return tuple(findings)


def _set_severity(finding: Finding, choices: Iterable[Iterable[tuple[str, Severity]]]) -> Finding:
    """Give a finding the severity of the last selector that fits it."""
    for selector, severity in (pair for pairs in choices for pair in pairs):
        if matches_selector(finding.rule, finding.name, (selector,)):
            finding = structs.replace(finding, severity=severity)
    return finding


def _choose_by_path(entries: Iterable[tuple[Pattern, T]]) -> Callable[[str], list[T]]:
    """Return a function that gives the values of the patterns that match a path, in order."""
    from pathspec import GitIgnoreSpec

    specs = [(GitIgnoreSpec.from_lines([pattern.text]), value) for pattern, value in entries]

    @cache
    def values(path: str) -> list[T]:
        return [value for spec, value in specs if spec.match_file(path)]

    return values


def lint_contents(
    files: Mapping[str, str | bytes],
    rules: Sequence[LoadedRule],
    *,
    config: Config | None = None,
    profile: Profile | None = None,
    options: Mapping[str, Any] | None = None,
    prober: Prober | None = None,
) -> LintRun:
    """Lint files that are held in memory: paths relative to the root, to text or bytes.

    A `prober` answers for the web to the rules that ask it.
    """
    data = {
        path: text.encode("utf-8") if isinstance(text, str) else text
        for path, text in files.items()
    }
    used = config or Config()
    corpus = read_corpus(MemoryTree(data), used, profile=profile)
    if prober is not None:
        corpus = replace(corpus, context=replace(corpus.context, prober=prober))
    return lint(corpus, rules, used, options=options)
