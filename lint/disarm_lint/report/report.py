"""A report: what a run found, as the formats see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import CellSpan, PageSource, Span


def format_place(path: str, span: Span | None, cell: CellSpan | None = None) -> str:
    """Return `path:line:column`, or the path alone for a file as a whole.

    In a workbook: `path:sheet!B37:12`, the last a 1-based column in code
    points within the cell; it is left out at the cell's beginning.
    """
    if cell is not None:
        column = f":{cell.offset + 1}" if cell.offset else ""
        return f"{path}:{cell.address}{column}"
    return path if span is None else f"{path}:{span.line}:{span.column}"


@dataclass(frozen=True, slots=True)
class Tool:
    """The linter."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """A corpus that was linted: its root as shown, its profile, the workbooks that were read."""

    root: str
    profile: str
    master_data: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A related place; `path` as shown. Lines and columns are as in Span."""

    path: str
    span: Span | None
    message: str
    cell: CellSpan | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """When a cause came into the corpus: a date such as `2024-11-22`, and a short commit id.

    `earlier` says that it was there before the first commit that is known.
    """

    date: str
    commit: str
    earlier: bool = False

    def __str__(self) -> str:
        """Return words that go with `since`."""
        if not self.commit:
            return self.date
        return f"{'before ' if self.earlier else ''}{self.date} ({self.commit})"


# The cause of a finding that no commit has.
NOT_COMMITTED = Since("a change that is not committed", "")


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding with its path as shown and the text that it stands in, if there is one.

    For a finding in a workbook that text is the cell's. `origin` is the path,
    as shown, of the workbook that the words on a page come from; `pages` are
    those on which it shows, as shown. `since` is there where the history was
    asked.
    """

    finding: Finding
    path: str
    related: tuple[ShownPlace, ...] = ()
    source: PageSource | None = None
    origin: str | None = None
    since: Since | None = None
    pages: tuple[str, ...] = ()

    @property
    def span(self) -> Span | None:
        """Where it stands in a page; None for a finding in a cell or about a file as a whole."""
        return self.finding.location.span

    @property
    def cell(self) -> CellSpan | None:
        """Where it stands in a workbook."""
        return self.finding.location.cell

    @property
    def excerpt(self) -> Span | None:
        """Where it stands in `source`: in a page, or in the text of a cell."""
        cell = self.cell
        if cell is None or self.source is None:
            return self.span
        return self.source.span(cell.offset, cell.end_offset)

    @property
    def place(self) -> str:
        """Where it stands, for people: `path:line:column`, or `path:sheet!B37:12`."""
        return format_place(self.path, self.span, self.cell)

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The order of findings: path as shown, line, column, code; pages before cells."""
        return self.finding.order(self.path)


def show_finding(
    finding: Finding, path: Callable[[str], str] = str, source: PageSource | None = None
) -> ShownFinding:
    """Return a finding as the formats see it; `path` gives a path in the corpus as shown."""
    return ShownFinding(
        finding=finding,
        path=path(finding.location.path),
        related=tuple(
            ShownPlace(path(o.location.path), o.location.span, o.message, o.location.cell)
            for o in finding.related
        ),
        source=source,
        origin=path(finding.source.path) if finding.source else None,
        pages=tuple(map(path, finding.reach)),
    )


def move_paths(report: Report, path: Callable[[str], str]) -> Report:
    """Return a report whose paths, which are as shown, are those that `path` gives for them."""

    def moved(item: ShownFinding) -> ShownFinding:
        return replace(
            item,
            path=path(item.path),
            related=tuple(replace(other, path=path(other.path)) for other in item.related),
            origin=path(item.origin) if item.origin is not None else None,
            pages=tuple(map(path, item.pages)),
        )

    return replace(report, findings=tuple(map(moved, report.findings)))


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings of one rule, and their distinct causes.

    `severity` is the worst of the `severities` that the findings have.
    """

    rule: str
    name: str
    severity: Severity
    findings: int
    causes: int
    severities: tuple[Severity, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers about a run. `by_rule` is sorted by code, and has rules with findings only."""

    files: int
    entities: int
    citations: int
    findings: int
    causes: int
    root_causes: int
    by_rule: tuple[Tally, ...]
    by_severity: tuple[tuple[Severity, int], ...]
    suppressed: int
    baselined: int = 0


@dataclass(frozen=True, slots=True)
class Older:
    """How many findings are not in the report since they stood before, and what shows them."""

    findings: int
    command: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a format needs; `partial` says that only named files were to be judged.

    `older` is there where the report is that of a change.
    """

    tool: Tool
    corpora: tuple[CorpusInfo, ...]
    findings: tuple[ShownFinding, ...]
    summary: Summary
    partial: bool = False
    older: Older | None = None


def tally_rules(findings: Iterable[Finding]) -> tuple[Tally, ...]:
    """Count findings and causes for each rule; the severity is the worst that the rule has."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return tuple(
        Tally(
            rule=code,
            name=found[0].name,
            severity=min((item.severity for item in found), key=lambda s: s.rank),
            findings=len(found),
            causes=len({item.cause for item in found}),
            severities=tuple(sorted({i.severity for i in found}, key=lambda s: s.rank)),
        )
        for code, found in sorted(by_rule.items())
    )


def build_report(  # noqa: PLR0913 - counts, by keyword
    tool: Tool,
    corpora: Sequence[CorpusInfo],
    findings: Iterable[ShownFinding],
    *,
    files: int,
    entities: int,
    citations: int,
    suppressed: int,
    baselined: int = 0,
    partial: bool = False,
    older: Older | None = None,
) -> Report:
    """Sort and count findings."""
    ordered = tuple(sorted(findings, key=lambda item: item.sort_key))
    plain = [item.finding for item in ordered]
    return Report(
        tool=tool,
        corpora=tuple(corpora),
        findings=ordered,
        summary=Summary(
            files=files,
            entities=entities,
            citations=citations,
            findings=len(plain),
            causes=len({item.cause for item in plain}),
            root_causes=len({item.root_cause or item.cause for item in plain}),
            by_rule=tally_rules(plain),
            by_severity=tuple(
                (severity, sum(item.severity is severity for item in plain))
                for severity in Severity
            ),
            suppressed=suppressed,
            baselined=baselined,
        ),
        partial=partial,
        older=older,
    )


@dataclass(frozen=True, slots=True)
class FindingKey:
    """A digest of a finding's fingerprint and path, and its number, from 1, among equals."""

    digest: str
    number: int

    def __str__(self) -> str:
        return f"{self.digest}:{self.number}"

    @property
    def hexadecimal(self) -> str:
        """The key as 32 hexadecimal digits."""
        return self.digest if self.number == 1 else _digest(str(self))


def assign_keys(findings: Sequence[ShownFinding]) -> list[FindingKey]:
    """Return a key for each finding, no two alike.

    Renderings of one cell share a fingerprint, so the path counts too. No line
    number does: text that moves keeps its keys.
    """
    seen: Counter[str] = Counter()
    found = []
    for item in findings:
        digest = _digest(f"{item.finding.fingerprint}\0{item.path}")
        seen[digest] += 1
        found.append(FindingKey(digest, seen[digest]))
    return found


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Cause:
    """The findings of one cause, at least one, in their order."""

    findings: tuple[ShownFinding, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity of its findings."""
        return min((item.finding.severity for item in self.findings), key=lambda s: s.rank)

    @property
    def related(self) -> tuple[ShownPlace, ...]:
        """The other places of which all of its findings speak."""
        first, *others = self.findings
        return tuple(
            place for place in first.related if all(place in item.related for item in others)
        )


def rank_by_harm(findings: Sequence[ShownFinding]) -> tuple[object, ...]:
    """Return what groups of findings are sorted by: the harm done, then how far they reach.

    What reaches no page comes last in its class.
    """
    # Findings on one row share one tuple of pages, which may be long.
    shared = {id(item.pages): item.pages for item in findings}
    pages = len(set[str]().union(*shared.values()))
    return (
        min(item.finding.harm for item in findings),
        pages == 0,
        -pages,
        min(item.finding.severity.rank for item in findings),
        -len(findings),
        sorted({item.finding.rule for item in findings}),
    )


def group_by_cause(findings: Iterable[ShownFinding]) -> list[Cause]:
    """Group findings, in the order of the harm that they do.

    A cause begins with the workbook cell where it can be fixed, else with its worst finding.
    """
    groups: dict[str, list[ShownFinding]] = {}
    for item in findings:
        groups.setdefault(item.finding.cause, []).append(item)
    causes = [
        Cause(tuple(sorted(group, key=lambda i: (i.cell is None, i.finding.severity.rank))))
        for group in groups.values()
    ]
    return sorted(causes, key=lambda cause: rank_by_harm(cause.findings))


def sort_by_severity(findings: Sequence[ShownFinding]) -> list[ShownFinding]:
    """Return findings, errors first; those of one severity keep their order."""
    return sorted(findings, key=lambda item: item.finding.severity.rank)


def select_most_severe(
    findings: Sequence[ShownFinding], limit: int | None
) -> Sequence[ShownFinding]:
    """Return the `limit` most severe findings (None: all), in the order in which they stand."""
    if limit is None or len(findings) <= limit:
        return findings
    ranked = sorted(range(len(findings)), key=lambda n: findings[n].finding.severity.rank)
    return [findings[n] for n in sorted(ranked[:limit])]


def describe_beyond_limit(report: Report, limit: int | None) -> str:
    """Return a sentence about the findings beyond `limit`, or nothing."""
    more = 0 if limit is None else len(report.findings) - limit
    if more <= 0:
        return ""
    noun = "finding is" if more == 1 else "findings are"
    return f"{more:,} more {noun} not shown (--max-findings {limit})."
