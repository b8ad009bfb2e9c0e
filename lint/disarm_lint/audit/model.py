"""What a report says: plain data, ready for a template.

Nothing here is escaped for HTML, which the templates do. Texts from pages and workbooks
have no control or invisible characters any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Repair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from disarm_lint.compare.wording import EntityLine
    from disarm_lint.model.finding import Severity
    from disarm_lint.report.report import Report, ShownFinding, Since

FAMILIES = {
    "S": "Structure of pages",
    "R": "References",
    "L": "Links",
    "N": "Names",
    "T": "Text",
    "C": "Pages and indexes",
    "M": "Master data",
    "A": "Other artefacts",
    "X": "Files and settings",
}


@dataclass(frozen=True, slots=True)
class MarkedSnippet:
    """Wrong words in their context: the text before them, the words, the text behind them."""

    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class Release:
    """One point of the series of findings over releases; `findings` counts them by family."""

    label: str
    date: str
    findings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A finding in the report.

    `number` counts from 1 and is its anchor; `page` and `cause` are those of
    its page and cause. `where` is the path from the corpus root (from the
    current folder if there are several corpora), `at` the line and column or
    the cell in a workbook. `cell` is the workbook cell that a text of a page
    comes from. `kind` says what sort of page it is on, `tactic` is an id or empty.
    """

    number: int
    shown: ShownFinding
    page: int
    cause: int
    where: str
    at: str
    kind: str
    tactic: str
    message: str
    help: str
    snippet: MarkedSnippet | None = None
    cell: str = ""


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """A cause: `number` is its rank, from 1, and its anchor; `key` is the same in all runs.

    `replacement` takes the place of the marked words; None if `help` says all that is
    known, or if there is nothing to suggest.
    """

    number: int
    key: str
    severity: Severity
    rule: str
    name: str
    message: str
    help: str
    snippet: MarkedSnippet | None
    replacement: str | None
    entries: tuple[AuditEntry, ...]
    cells: tuple[str, ...]
    pages: int
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A root cause: what happened, what to do, at which cells, and how far it reaches.

    `repair` says how the linter can fix it; `key` is the id for `fix --root`.
    """

    number: int
    key: str
    title: str
    action: str
    severity: Severity
    harm: str
    repair: Repair
    rules: str
    findings: int
    causes: int
    pages: int
    cells: tuple[str, ...]

    @property
    def fixed_by(self) -> str:
        """How it is fixed, in words: by hand, or by a command."""
        if self.repair is Repair.BY_HAND:
            return "by hand"
        unsafe = " --unsafe-fixes" if self.repair is Repair.UNSAFE else ""
        return f"disarm-lint fix --root {self.key}{unsafe}"


@dataclass(frozen=True, slots=True)
class SeverityCounts:
    """Findings by severity, and their distinct causes."""

    errors: int
    warnings: int
    infos: int
    causes: int

    @property
    def findings(self) -> int:
        """All findings."""
        return self.errors + self.warnings + self.infos


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page, or a sheet of a workbook, with findings; `number` is its anchor."""

    number: int
    where: str
    title: str
    kind: str
    counts: SeverityCounts
    entries: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with findings."""

    code: str
    name: str
    severity: Severity
    summary: str
    pages: int
    counts: SeverityCounts


@dataclass(frozen=True, slots=True)
class TacticRow:
    """A tactic with findings; its id is empty for findings that belong to no tactic."""

    id: str
    name: str
    counts: SeverityCounts


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A family of rules: its letter and subject, and its findings by kind of page."""

    letter: str
    title: str
    counts: SeverityCounts
    by_kind: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class EntityPart:
    """Entities with the same change: those that are shown, and how many there are."""

    change: str
    lines: tuple[EntityLine, ...]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.lines)


@dataclass(frozen=True, slots=True)
class RanRule:
    """A rule that ran."""

    code: str
    name: str
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True)
class Heat:
    """Findings by tactic and rule: `cells[tactic][rule]`."""

    tactics: tuple[TacticRow, ...]
    rules: tuple[RuleRow, ...]
    cells: tuple[tuple[int, ...], ...]


class EdgeState(StrEnum):
    """Who states a reference between an incident and a technique."""

    SOUND = "sound"
    INCIDENT_ONLY = "incident-only"
    TECHNIQUE_ONLY = "technique-only"
    LOST = "lost"
    DANGLING = "dangling"


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A pair of ids; in a dangling edge, the technique is the id as written."""

    incident: str
    technique: str
    state: EdgeState


@dataclass(frozen=True, slots=True)
class Network:
    """Incidents and techniques: their edges, sorted, and what the framework calls the two."""

    incident: str
    technique: str
    edges: tuple[Edge, ...]

    @property
    def faulty(self) -> tuple[Edge, ...]:
        """The edges that are not sound."""
        return tuple(edge for edge in self.edges if edge.state is not EdgeState.SOUND)


@dataclass(frozen=True)
class Audit:
    """A report.

    `title` says what was audited; `when` is the time of the run. `tactic` is
    what the framework calls a tactic. `clean` counts the files without an
    error.
    """

    title: str
    when: datetime
    report: Report
    workbooks: tuple[str, ...]
    ran: tuple[RanRule, ...]
    tactic: str
    clean: int
    entries: tuple[AuditEntry, ...]
    roots: tuple[RootEntry, ...]
    causes: tuple[CauseEntry, ...]
    pages: tuple[PageEntry, ...]
    rules: tuple[RuleRow, ...]
    tactics: tuple[TacticRow, ...]
    families: tuple[FamilyRow, ...]
    heat: Heat
    network: Network | None = None
    series: tuple[Release, ...] = ()
