"""From a folder to findings: the stages of a run, each of which can be called alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from disarm_lint.config.model import Config
from disarm_lint.corpus.corpus import ConfigEntry, Context, Corpus
from disarm_lint.engine import Outcome, run_rules
from disarm_lint.model.document import PageType
from disarm_lint.model.text import PageSource
from disarm_lint.pages.parse import parse_page
from disarm_lint.profiles.detect import detect_profile
from disarm_lint.reading.decode import decode, is_binary
from disarm_lint.reading.scope import PAGES, find_files
from disarm_lint.reading.tree import MemoryTree, Tree, Unreadable
from disarm_lint.selection import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.config.model import Pattern
    from disarm_lint.model.finding import Finding, Severity
    from disarm_lint.model.profile import Profile
    from disarm_lint.net.answers import Prober
    from disarm_lint.rule import LoadedRule

T = TypeVar("T")

SIZE_LIMIT = 32_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """A corpus that has been linted."""

    corpus: Corpus
    outcome: Outcome
    files: int


def _ignore_progress(done: int, total: int) -> None:
    del done, total


def read_corpus(
    tree: Tree,
    config: Config,
    *,
    profile: Profile | None = None,
    named: Iterable[str] = (),
    include_orphans: bool = False,
    progress: Callable[[int, int], None] = _ignore_progress,
) -> Corpus:
    """Read and parse the corpus under a tree.

    `profile` overrides detection; `named` are files to lint whatever their
    suffix; `progress` is called with the number of files parsed and of all.
    """
    named = tuple(named)
    pages = pages_folder(tree, profile.pages if profile else PAGES)
    in_corpus = pages is not None
    scope = find_files(tree, config, pages or "", in_corpus=in_corpus, named=named)
    contents: dict[str, bytes] = {}
    unreadable = list(scope.unreadable)
    for path in scope.files:
        try:
            data = tree.read(path, SIZE_LIMIT)
        except Unreadable as problem:
            unreadable.append(problem)
            continue
        if is_binary(data):
            unreadable.append(Unreadable(path, "it is binary, not text"))
        else:
            contents[path] = data
    used = profile or detect_profile(contents)
    if pages is not None and pages != used.pages:
        used = replace(used, pages=pages)
    documents = []
    for number, (path, data) in enumerate(contents.items()):
        text = decode(data)
        source = PageSource(path, text.text, text.encoding, text.bom, text.invalid)
        documents.append(parse_page(source, used, loose=not in_corpus))
        progress(number + 1, len(contents))
    matched = {pattern.text for pattern in scope.unmatched}
    return Corpus(
        profile=used,
        everything=tuple(documents),
        tree=tree,
        known=in_corpus and any(d.type is not PageType.OTHER for d in documents),
        context=_context(config, matched, contents, include_orphans=include_orphans),
        unreadable=tuple(unreadable),
    )


def pages_folder(tree: Tree, pages: str) -> str | None:
    """Return the folder of the pages, `.` where the root itself is it, None where there is none.

    `pages` is what the profile calls it.
    """
    if tree.names(pages) is not None:
        return pages
    names = tree.names("") or frozenset()
    # A copy of the pages folder under another name is a corpus all the same.
    return "." if {"techniques", "tactics"} <= names or "techniques_index.md" in names else None


def _context(
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
) -> Run:
    """Run rules on a corpus and apply the severities and per-path ignores of the config."""
    outcome = run_rules(corpus, rules, options, selected=selected)
    findings = configured(outcome.findings, config)
    suppressed = outcome.suppressed + len(outcome.findings) - len(findings)
    return Run(corpus, Outcome(findings, suppressed), len(corpus.everything))


def configured(findings: Sequence[Finding], config: Config) -> tuple[Finding, ...]:
    """Return findings with the severities of the config, without those that it ignores."""
    if config.severity:
        findings = [
            replace(finding, severity=config.severity.get(finding.rule, finding.severity))
            for finding in findings
        ]
    if config.per_path_severity:
        by_path = _by_path(config.per_path_severity)
        findings = [_with_severity(finding, by_path(finding.location.path)) for finding in findings]
    if config.per_path_ignores:
        ignored = _by_path(config.per_path_ignores)
        findings = [
            finding
            for finding in findings
            if not any(
                matches(finding.rule, finding.name, selectors)
                for selectors in ignored(finding.location.path)
            )
        ]
    return tuple(findings)


def _with_severity(finding: Finding, choices: Iterable[Iterable[tuple[str, Severity]]]) -> Finding:
    """Give a finding the severity of the last selector that fits it."""
    for selector, severity in (pair for pairs in choices for pair in pairs):
        if matches(finding.rule, finding.name, (selector,)):
            finding = replace(finding, severity=severity)
    return finding


def _by_path(entries: Iterable[tuple[Pattern, T]]) -> Callable[[str], list[T]]:
    """Return what gives the values of the patterns that match a path, in their order."""
    from pathspec import GitIgnoreSpec

    specs = [(GitIgnoreSpec.from_lines([pattern.text]), value) for pattern, value in entries]

    @cache
    def values(path: str) -> list[T]:
        return [value for spec, value in specs if spec.match_file(path)]

    return values


def lint_files(
    files: Mapping[str, str | bytes],
    rules: Sequence[LoadedRule],
    *,
    config: Config | None = None,
    profile: Profile | None = None,
    options: Mapping[str, Any] | None = None,
    prober: Prober | None = None,
) -> Run:
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
