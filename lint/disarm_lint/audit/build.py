"""Building the report: findings by cause, page, rule, tactic and family, and who refers to whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from disarm_lint.audit.entries import (
    CorpusFindings,
    build_entries,
    clean_text,
    list_cells,
    list_entity_parts,
    read_tactics,
)
from disarm_lint.audit.model import (
    FAMILIES,
    Audit,
    CauseEntry,
    Edge,
    EdgeState,
    FamilyRow,
    Heat,
    Network,
    PageEntry,
    RanRule,
    RootEntry,
    RuleRow,
    SeverityCounts,
    TacticRow,
)
from disarm_lint.compare.fates import Coverage, Fate, Judge, read_fault
from disarm_lint.corpus.reference import Status
from disarm_lint.corpus.release import compare_releases
from disarm_lint.model.document import Role
from disarm_lint.model.finding import Severity
from disarm_lint.report.report import group_by_cause
from disarm_lint.report.roots import group_by_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from disarm_lint.audit.model import AuditEntry, EntityPart, Release
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.corpus.release import ReleaseIndex
    from disarm_lint.model.document import Document
    from disarm_lint.report.report import Cause, Report
    from disarm_lint.ruleset import LoadedRule


_INCIDENT, _TECHNIQUE = "incident", "technique"
_MOST_INCIDENTS = 8
_GONE = (Status.UNKNOWN, Status.MALFORMED, Status.RETIRED)


def build_network(corpus: Corpus) -> Network | None:
    """Return the graph of a corpus; None if no incident and technique refer to each other.

    An incident's page lists techniques, and a technique's page incidents; an edge
    that only one of them has is one-way. A pair that a worksheet row states and no
    page shows is lost. An id that the evidence of an incident cites and that does
    not exist is a dangling edge.
    """
    incident, technique = corpus.profile.kind(_INCIDENT), corpus.profile.kind(_TECHNIQUE)
    if incident is None or technique is None:
        return None
    here = set(_list_pairs(corpus, _INCIDENT, _TECHNIQUE))
    there = {(other, own) for own, other in _list_pairs(corpus, _TECHNIQUE, _INCIDENT)}
    gone = set(_list_dangling(corpus))
    lost = _collect_stated(corpus) - here - there
    edges = [Edge(*pair, EdgeState.SOUND) for pair in here & there]
    edges += [Edge(*pair, EdgeState.INCIDENT_ONLY) for pair in here - there]
    edges += [Edge(*pair, EdgeState.TECHNIQUE_ONLY) for pair in there - here]
    edges += [Edge(*pair, EdgeState.LOST) for pair in lost]
    edges += [Edge(*pair, EdgeState.DANGLING) for pair in gone - here]
    if not edges:
        return None
    return Network(clean_text(incident.title), clean_text(technique.title), tuple(sorted(edges)))


def _list_pages(corpus: Corpus, kind: str) -> Iterator[tuple[str, Document]]:
    """Yield the living pages of a kind with their ids."""
    for page in corpus.live_pages:
        if page.kind is not None and page.kind.key == kind and page.id is not None:
            yield page.id, page


def _list_pairs(corpus: Corpus, kind: str, other: str) -> Iterator[tuple[str, str]]:
    """Yield the entities of a kind with those of another kind that their pages list."""
    for own, page in _list_pages(corpus, kind):
        for reference in _list_references(corpus, page, other):
            if reference.status is Status.DEFINED:
                yield own, reference.target


def _list_dangling(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield incidents with the ids of techniques that their pages cite and that do not exist."""
    for own, page in _list_pages(corpus, _INCIDENT):
        for reference in corpus.references_of(page):
            if (
                reference.status in _GONE
                and reference.mention.role is not Role.HEADING
                and _is_like_technique(reference, corpus)
            ):
                yield own, reference.mention.id.raw


def _collect_stated(corpus: Corpus) -> set[tuple[str, str]]:
    """Return the pairs of an incident and a technique that one worksheet row states."""
    found: set[tuple[str, str]] = set()
    for row in corpus.rows:
        places = {f.spec.key: f.spec.refers_to for f in row.fields if f.spec and f.spec.refers_to}
        if not {_INCIDENT, _TECHNIQUE} <= set(places.values()):
            continue
        sides: dict[str, list[str]] = {_INCIDENT: [], _TECHNIQUE: []}
        for reference in corpus.references_of(row):
            side = sides.get(places.get(reference.mention.place) or "")
            known = reference.status is Status.DEFINED and corpus.page(reference.target)
            if side is not None and reference.mention.member and known:
                side.append(reference.target)
        # A row of evidence belongs to one incident; of a row that names very many, few count.
        for one in sides[_INCIDENT][:_MOST_INCIDENTS]:
            found.update((one, other) for other in sides[_TECHNIQUE])
    return found


def _list_references(corpus: Corpus, page: Document, kind: str) -> Iterator[Reference]:
    for table in page.layout.tables if page.layout else ():
        symmetry = table.symmetrical_with
        if symmetry is not None and symmetry.kind == kind:
            yield from corpus.members(page, table.key)


def _is_like_technique(reference: Reference, corpus: Corpus) -> bool:
    kind = corpus.profile.kind(_TECHNIQUE)
    return kind is not None and kind.matches(reference.target)


@dataclass(frozen=True, slots=True)
class ReleaseColumn:
    """A corpus, or several, to compare: its label, its report, its entities if it is one.

    `coverage` says what was checked in it.
    """

    label: str
    audit: Audit
    release: ReleaseIndex | None = None
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with the number of findings in each corpus, in their order."""

    code: str
    name: str
    severity: Severity
    findings: tuple[int, ...]

    @property
    def change(self) -> int:
        """How many more findings the last corpus has than the first."""
        return self.findings[-1] - self.findings[0]


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """What became of the causes, and of the entities, from one corpus to the next.

    Of the causes that the later one does not have, `fixed` are those whose places are
    right now, `altered` those whose places say something else, and `gone` those whose
    entity or row is gone; `uncompared` have the reason why nothing is known of them,
    the most frequent reason first.
    """

    before: str
    after: str
    fixed: tuple[CauseEntry, ...]
    altered: tuple[CauseEntry, ...]
    gone: tuple[CauseEntry, ...]
    uncompared: tuple[tuple[str, tuple[CauseEntry, ...]], ...]
    new: tuple[CauseEntry, ...]
    stayed: tuple[tuple[CauseEntry, int], ...]
    entities: tuple[EntityPart, ...] = ()

    @property
    def unknown(self) -> int:
        """How many causes were not compared."""
        return sum(len(causes) for _, causes in self.uncompared)


@dataclass(frozen=True, slots=True)
class ReleaseComparison:
    """Corpora in the order in which they were named, the oldest first.

    `stayed` of a step holds causes of the later corpus with the number of
    places that they had in the earlier one.
    """

    columns: tuple[ReleaseColumn, ...]
    rules: tuple[RuleLine, ...]
    steps: tuple[ReleaseStep, ...]

    @property
    def title(self) -> str:
        """The corpora in their order: `1.6 → 1.7`."""
        return " → ".join(clean_text(column.label) for column in self.columns)


def compare_columns(
    columns: Sequence[ReleaseColumn], superseding: Mapping[str, frozenset[str]] | None = None
) -> ReleaseComparison:
    """Compare corpora, each with the one before it; see Judge for `superseding`."""
    tallies = [{t.rule: t for t in column.audit.report.summary.by_rule} for column in columns]
    every = {code: tally for tallied in tallies for code, tally in tallied.items()}
    rules = [
        RuleLine(
            code,
            tally.name,
            tally.severity,
            tuple(tallied[code].findings if code in tallied else 0 for tallied in tallies),
        )
        for code, tally in sorted(every.items())
    ]
    return ReleaseComparison(
        tuple(columns),
        # Rules with most findings in the last corpus come first.
        tuple(sorted(rules, key=lambda rule: -rule.findings[-1])),
        tuple(_build_step(one, other, superseding or {}) for one, other in pairwise(columns)),
    )


def _build_step(
    one: ReleaseColumn, other: ReleaseColumn, superseding: Mapping[str, frozenset[str]]
) -> ReleaseStep:
    before = {cause.key: cause for cause in one.audit.causes}
    after = {cause.key: cause for cause in other.audit.causes}
    judge = Judge(one.coverage, other.coverage, superseding)
    fates: dict[Fate, list[CauseEntry]] = {fate: [] for fate in Fate}
    reasons: dict[str, list[CauseEntry]] = {}
    for key, cause in before.items():
        if key not in after:
            faults = (read_fault(entry.shown.finding) for entry in cause.entries)
            verdict = judge.judge_cause(faults)
            fates[verdict.fate].append(cause)
            if verdict.fate is Fate.UNCOMPARED:
                reasons.setdefault(verdict.reason, []).append(cause)
    return ReleaseStep(
        one.label,
        other.label,
        fixed=tuple(fates[Fate.FIXED]),
        altered=tuple(fates[Fate.ALTERED]),
        gone=tuple(fates[Fate.GONE]),
        uncompared=tuple(
            (clean_text(reason), tuple(causes))
            for reason, causes in sorted(reasons.items(), key=lambda item: -len(item[1]))
        ),
        new=tuple(cause for key, cause in after.items() if key not in before),
        stayed=tuple(
            (cause, len(before[key].entries)) for key, cause in after.items() if key in before
        ),
        entities=list_entity_parts(compare_releases(one.release, other.release))
        if one.release is not None and other.release is not None
        else (),
    )


def build_audit(
    report: Report,
    parts: Sequence[CorpusFindings],
    rules: Iterable[LoadedRule],
    *,
    title: str,
    when: datetime,
    workbooks: Sequence[str] = (),
    series: Sequence[Release] = (),
) -> Audit:
    """Return what the report says.

    `parts` hold exactly the findings of `report`; `rules` are those that ran.
    `series` says how many findings earlier releases had.
    """
    causes = group_by_cause(report.findings)
    numbers = {c.findings[0].finding.cause: number for number, c in enumerate(causes, 1)}
    entries, titles = build_entries(parts, report.findings, numbers)
    ran = tuple(_build_ran_rule(loaded) for loaded in rules)
    rows = _build_rules(entries, {rule.code: rule.summary for rule in ran})
    by_part = [read_tactics(part.corpus) for part in parts]
    names = {clean_text(tactic): name for known in by_part for tactic, name in known.names.items()}
    tactics = _build_tactics(entries, names)
    faulty = {e.shown.path for e in entries if e.shown.finding.severity is Severity.ERROR}
    return Audit(
        title=clean_text(title),
        when=when,
        report=report,
        workbooks=tuple(clean_text(path) for path in workbooks),
        ran=ran,
        tactic=clean_text(by_part[0].title) if by_part else "tactic",
        clean=max(0, report.summary.files - len(faulty)),
        entries=entries,
        roots=_build_roots(report),
        causes=_build_causes(causes, entries),
        pages=_build_pages(entries, titles),
        rules=rows,
        tactics=tactics,
        families=_build_families(entries),
        heat=_build_heat(entries, rows, tactics),
        network=build_network(parts[0].corpus) if len(parts) == 1 else None,
        series=tuple(series),
    )


def _build_ran_rule(loaded: LoadedRule) -> RanRule:
    rule = loaded.rule
    return RanRule(rule.code, rule.name, rule.severity, loaded.summary)


def count_findings(entries: Iterable[AuditEntry]) -> SeverityCounts:
    """Count findings by severity, and their causes."""
    entries = list(entries)
    number = Counter(entry.shown.finding.severity for entry in entries)
    return SeverityCounts(
        number[Severity.ERROR],
        number[Severity.WARNING],
        number[Severity.INFO],
        len({entry.cause for entry in entries}),
    )


def _group(
    entries: Iterable[AuditEntry], key: Callable[[AuditEntry], str]
) -> dict[str, list[AuditEntry]]:
    groups: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def _build_causes(causes: Sequence[Cause], entries: Sequence[AuditEntry]) -> tuple[CauseEntry, ...]:
    by_finding = {id(entry.shown): entry for entry in entries}
    found = []
    for number, cause in enumerate(causes, 1):
        own = tuple(by_finding[id(shown)] for shown in cause.findings)
        first, finding = own[0], own[0].shown.finding
        suggestion = finding.suggestion
        found.append(
            CauseEntry(
                number=number,
                key=finding.cause,
                severity=cause.severity,
                rule=finding.rule,
                name=finding.name,
                message=first.message,
                help=first.help,
                snippet=first.snippet,
                replacement=clean_text(suggestion) if suggestion and suggestion.strip() else None,
                entries=own,
                cells=list_cells(own),
                pages=len({entry.where for entry in own}),
                since=own[0].shown.since,
            )
        )
    return tuple(found)


def _build_roots(report: Report) -> tuple[RootEntry, ...]:
    return tuple(
        RootEntry(
            number=number,
            key=root.id,
            title=clean_text(root.title),
            action=clean_text(root.action),
            severity=root.severity,
            harm=root.harm.title,
            repair=root.repair,
            rules=", ".join(root.rules),
            findings=len(root.findings),
            causes=root.causes,
            pages=len(root.pages),
            cells=tuple(
                clean_text(f"{path.rpartition('/')[2]}, {sheet}!{', '.join(ranges)}")
                for path, sheet, ranges in root.cells
            ),
        )
        for number, root in enumerate(group_by_root(report.findings), 1)
    )


def _build_pages(entries: Sequence[AuditEntry], titles: Mapping[int, str]) -> tuple[PageEntry, ...]:
    return tuple(
        PageEntry(
            number=own[0].page,
            where=_format_place(own[0]),
            title=titles[own[0].page],
            kind=own[0].kind,
            counts=count_findings(own),
            entries=tuple(own),
        )
        for own in _group(entries, lambda entry: str(entry.page)).values()
    )


def _format_place(entry: AuditEntry) -> str:
    cell = entry.shown.finding.location.cell
    return f"{entry.where}, {clean_text(cell.sheet)}" if cell is not None else entry.where


def _build_rules(
    entries: Sequence[AuditEntry], summaries: Mapping[str, str]
) -> tuple[RuleRow, ...]:
    groups = _group(entries, lambda entry: entry.shown.finding.rule)
    return tuple(
        RuleRow(
            code=code,
            name=own[0].shown.finding.name,
            severity=min((e.shown.finding.severity for e in own), key=lambda s: s.rank),
            summary=summaries.get(code, ""),
            pages=len({entry.page for entry in own}),
            counts=count_findings(own),
        )
        for code, own in sorted(groups.items())
    )


def _build_tactics(
    entries: Sequence[AuditEntry], names: Mapping[str, str]
) -> tuple[TacticRow, ...]:
    groups = _group(entries, lambda entry: entry.tactic)
    return tuple(
        TacticRow(tactic, clean_text(names.get(tactic, "")), count_findings(own))
        for tactic, own in sorted(groups.items(), key=lambda item: (not item[0], item[0]))
    )


def _build_families(entries: Sequence[AuditEntry]) -> tuple[FamilyRow, ...]:
    groups = _group(entries, lambda entry: entry.shown.finding.rule[:1])
    order = {letter: number for number, letter in enumerate(FAMILIES)}
    return tuple(
        FamilyRow(
            letter,
            FAMILIES.get(letter, letter),
            count_findings(own),
            tuple(sorted(Counter(entry.kind for entry in own).items())),
        )
        for letter, own in sorted(groups.items(), key=lambda item: order.get(item[0], len(order)))
    )


def _build_heat(
    entries: Sequence[AuditEntry], rules: Sequence[RuleRow], tactics: Sequence[TacticRow]
) -> Heat:
    number = Counter((e.tactic, e.shown.finding.rule) for e in entries if e.tactic)
    rows = tuple(tactic for tactic in tactics if tactic.id)
    columns = tuple(rule for rule in rules if any(number[t.id, rule.code] for t in rows))
    cells = tuple(tuple(number[t.id, rule.code] for rule in columns) for t in rows)
    return Heat(rows, columns, cells)
