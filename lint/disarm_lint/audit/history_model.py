"""What the report of a history says: plain data, ready for a template.

Nothing here is escaped for HTML; that is the template's task. Texts from git,
pages and workbooks are already without control and invisible characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from disarm_lint.audit.model import Release
    from disarm_lint.model.finding import Severity
    from disarm_lint.output.report import Tool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """What is shown of a list, and how long it is."""

    shown: tuple[T, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


@dataclass(frozen=True, slots=True)
class Point:
    """A commit at which something came about.

    `number` is its place among all commits, from 0; `listed` says that it has
    a row with the anchor `k` and that number. `earlier`: it was so before.
    """

    number: int
    day: str
    short: str
    listed: bool
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A rule's message and where it stands."""

    severity: Severity
    rule: str
    name: str
    message: str
    place: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause through time.

    `number` is its rank, from 1, and its anchor where `listed`. `told` tells
    it as it was in the last commit that has it, `findings` are its findings
    there. `fixed` is None for one that is still there. `story` holds each
    event with its commit, `returns` counts how many times it came back.
    """

    number: int
    listed: bool
    told: Told
    findings: int
    introduced: Point
    fixed: Point | None
    returns: int
    story: tuple[tuple[str, Point], ...]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The findings of a rule in a release, and how many of them are new, how many gone."""

    code: str
    findings: int
    new: int
    fixed: int


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity that came, went, or is called `new` now; `successor` has its name today."""

    id: str
    name: str
    new: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A commit and what it changed against its parents; `number` is its anchor."""

    number: int
    day: str
    short: str
    tags: str
    subject: str
    merge: bool
    main: bool
    findings: int
    new: int
    fixed: int


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release and what it changed against the one before it; `number` is its anchor."""

    number: int
    label: str
    short: str
    day: str
    subject: str
    files: int
    entities: int
    findings: int
    causes: int
    new_findings: int
    fixed_findings: int
    rules: tuple[RuleChange, ...]
    new: Part[CauseRow]
    fixed: Part[CauseRow]
    added: Part[EntityRow]
    renamed: Part[EntityRow]
    retired: Part[EntityRow]
    remarks: Part[Told]

    @property
    def moved(self) -> int:
        """How many entities came, went or changed their name."""
        return self.added.total + self.renamed.total + self.retired.total

    @property
    def quiet(self) -> bool:
        """Tell whether it changed nothing that is told here."""
        causes = self.new.total + self.fixed.total + self.remarks.total
        return not (self.new_findings or self.fixed_findings or self.moved or causes)


@dataclass(frozen=True)
class HistoryReport:
    """A report of a history.

    `title` says whose history it is, `when` is the time of the run. `span` is
    the day of the first and of the last commit, `since` what came before the
    range that was asked for. `open` and `fixed` count causes; `series` holds
    the findings of the releases for a plot.
    """

    title: str
    root: str
    profile: str
    when: datetime
    tool: Tool
    span: tuple[str, str]
    since: str
    tagged: bool
    shallow: bool
    notes: tuple[str, ...]
    releases: Part[ReleaseEntry]
    commits: Part[CommitRow]
    causes: Part[CauseRow]
    returned: Part[CauseRow]
    open: int
    fixed: int
    series: tuple[Release, ...]
