"""The report of a history: plain data, and one HTML file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from disarm_lint.audit.entries import (
    MOST_LISTED,
    MOST_NAME,
    clean_text,
    cut_middle,
    list_entity_parts,
)
from disarm_lint.audit.html import build_environment, compute_shares
from disarm_lint.audit.model import EntityPart, Release
from disarm_lint.audit.plots import plot_series
from disarm_lint.compare.fates import Fate
from disarm_lint.history.timeline import Event
from disarm_lint.report.report import format_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from disarm_lint.history.history import CommitStep, History
    from disarm_lint.history.timeline import CauseTimeline
    from disarm_lint.model.finding import Finding, Severity
    from disarm_lint.report.report import Tool
    from disarm_lint.sources.log import Commit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartialList(Generic[T]):
    """The part of a list that is shown, and the length of the list."""

    shown: tuple[T, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


@dataclass(frozen=True, slots=True)
class Point:
    """A commit at which something happened.

    `number` is its place among all commits, from 0; `listed` says whether it has a
    row with the anchor `k` and that number. `earlier` if it happened before that.
    """

    number: int
    day: str
    short: str
    listed: bool
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class CauseSummary:
    """A rule's message and its place."""

    severity: Severity
    rule: str
    name: str
    message: str
    place: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause through time.

    `number` is its rank, from 1, and if it is `listed` its anchor. `summary` summarises
    it as in the last commit that has it, and `findings` counts its findings there.
    `state` is what became of it, and `ended` where; both are None if it is still
    there. `story` holds each event with its commit, and `returns` counts how often
    it came back.
    """

    number: int
    listed: bool
    summary: CauseSummary
    findings: int
    introduced: Point
    state: str
    ended: Point | None
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
class CommitRow:
    """A commit and what it changed compared with its parents; `number` is its anchor."""

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
    """A release and what it changed compared with the one before; `number` is its anchor."""

    number: int
    label: str
    short: str
    day: str
    subject: str
    files: int
    living: int
    findings: int
    causes: int
    new_findings: int
    fixed_findings: int
    rules: tuple[RuleChange, ...]
    new: PartialList[CauseRow]
    departed: tuple[tuple[str, PartialList[CauseRow]], ...]
    entities: tuple[EntityPart, ...]
    remarks: PartialList[CauseSummary]

    @property
    def moved(self) -> int:
        """How many entities came, went, moved or changed their name."""
        return sum(part.total for part in self.entities)

    def number_of(self, change: str) -> int:
        """Return how many entities were changed in a way, such as `added`."""
        return next((part.total for part in self.entities if part.change == change), 0)

    @property
    def quiet(self) -> bool:
        """Tell whether it changed nothing that is shown here."""
        causes = self.new.total + self.remarks.total + sum(p.total for _, p in self.departed)
        return not (self.new_findings or self.fixed_findings or self.moved or causes)


@dataclass(frozen=True)
class HistoryReport:
    """A report of a history.

    `title` says whose history it is, and `when` is the time of the run. `span` holds
    the days of the first and the last commit, `since` what came before the range that
    was asked for. `open` and `fixed` count causes, and `ended` the others by what
    became of them; `series` holds the findings of the releases for a plot.
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
    releases: PartialList[ReleaseEntry]
    commits: PartialList[CommitRow]
    causes: PartialList[CauseRow]
    returned: PartialList[CauseRow]
    open: int
    fixed: int
    ended: tuple[tuple[str, int], ...]
    series: tuple[Release, ...]


_OPEN_STATE = "open"
_FATES = {
    Fate.FIXED: "fixed",
    Fate.ALTERED: "altered",
    Fate.GONE: "gone with entity or row",
    Fate.UNCOMPARED: "not compared",
}
# The most that a file for sending around can hold; it says how much is left out.
MOST_RELEASES, MOST_COMMITS, MOST_CAUSES = 250, 1_000, 3_000
MOST_TEXT = 300
"""Code points of a message."""


def build_history_report(
    history: History,
    *,
    title: str,
    root: str,
    when: datetime,
    tool: Tool,
    path: Callable[[str], str] = str,
) -> HistoryReport:
    """Return what the report says; `path` gives a path in the corpus as shown."""
    steps = (*history.base, *history.commits)
    last = steps[-1].state if steps else None
    builder = _ReportBuilder(history, path)
    causes = builder.build_causes()
    by_key = dict(zip((timeline.example.cause for timeline in builder.ranked), causes, strict=True))
    releases = history.releases[-MOST_RELEASES:]
    commits = history.commits[-MOST_COMMITS:]
    days = [clean_text(step.commit.day) for step in history.commits] or [""]
    first = len(steps) - len(commits)
    returned = [cause for cause in causes if cause.returns]
    base = history.base[-1].commit if history.base else None
    return HistoryReport(
        title=_clean_name(title),
        root=clean_text(root),
        profile=clean_text((last.profile if last else None) or "none"),
        when=when,
        tool=tool,
        span=(days[0], days[-1]),
        since=f"{clean_text(base.day)} ({base.short})" if base else "",
        tagged=history.tagged,
        shallow=history.shallow,
        notes=tuple(
            f"The configuration of {name[:7]} cannot be used, so it was linted without one: "
            f"{_clean_text(what)}"
            for name, what in history.unusable.items()
        ),
        releases=PartialList(
            tuple(builder.build_release(n, step, by_key) for n, step in enumerate(releases, 1)),
            len(history.releases),
        ),
        commits=PartialList(
            tuple(builder.build_commit(number, step) for number, step in enumerate(commits, first)),
            len(history.commits),
        ),
        causes=PartialList(tuple(causes[:MOST_CAUSES]), len(causes)),
        returned=_cut_list(returned),
        open=sum(cause.state == _OPEN_STATE for cause in causes),
        fixed=sum(cause.state == str(Event.FIXED) for cause in causes),
        ended=tuple(
            (name, sum(cause.state == str(fate) for cause in causes))
            for fate, name in _FATES.items()
            if fate is not Fate.FIXED
        ),
        series=count_series(releases, tagged=history.tagged),
    )


def count_series(releases: Iterable[CommitStep], *, tagged: bool) -> tuple[Release, ...]:
    """Return the findings of releases by family; a release without a tag is called by its day."""
    series = []
    for step in releases:
        families: Counter[str] = Counter()
        for code, number in step.state.by_rule.items():
            families[code[:1]] += number
        day, label = clean_text(step.commit.day), _build_label(step.commit)
        names = (label, day) if tagged else (day, label)
        series.append(Release(*names, dict(families)))
    return tuple(series)


@dataclass(frozen=True)
class _ReportBuilder:
    history: History
    path: Callable[[str], str]

    @property
    def ranked(self) -> list[CauseTimeline]:
        """The causes: open before fixed, errors before the rest, the oldest first."""
        return sorted(
            self.history.causes,
            key=lambda timeline: (not timeline.open, timeline.example.severity.rank),
        )

    def build_causes(self) -> list[CauseRow]:
        steps = (*self.history.base, *self.history.commits)
        unlisted = len(steps) - min(MOST_COMMITS, len(self.history.commits))
        numbers = {step.commit.name: number for number, step in enumerate(steps)}
        commits = {step.commit.name: step.commit for step in steps}

        def build_point(name: str, event: Event | None = None) -> Point:
            number, commit = numbers[name], commits[name]
            listed, earlier = number >= unlisted, event is Event.BEFORE
            return Point(number, clean_text(commit.day), commit.short, listed, earlier)

        return [
            CauseRow(
                number=number,
                listed=number <= MOST_CAUSES,
                summary=self._summarize_example(timeline.example),
                findings=timeline.places,
                introduced=build_point(timeline.introduced[1], timeline.introduced[0]),
                state=_OPEN_STATE if timeline.state is None else str(timeline.state),
                ended=build_point(timeline.end[1]) if timeline.end is not None else None,
                returns=timeline.returns,
                story=tuple(
                    (str(event), build_point(name, event)) for event, name in timeline.events
                )
                if timeline.returns
                else (),
            )
            for number, timeline in enumerate(self.ranked, 1)
        ]

    def build_commit(self, number: int, step: CommitStep) -> CommitRow:
        commit = step.commit
        return CommitRow(
            number=number,
            day=clean_text(commit.day),
            short=commit.short,
            tags=_list_tags(commit),
            subject=_clean_name(commit.subject),
            merge=len(commit.parents) > 1,
            main=step.main,
            findings=step.state.total,
            new=sum(step.changes.new.values()),
            fixed=sum(step.changes.fixed.values()),
        )

    def build_release(
        self, number: int, step: CommitStep, causes: Mapping[str, CauseRow]
    ) -> ReleaseEntry:
        commit, state, changed = step.commit, step.state, step.changes
        return ReleaseEntry(
            number=number,
            label=_build_label(commit),
            short=commit.short,
            day=clean_text(commit.day),
            subject=_clean_name(commit.subject),
            files=state.files,
            living=len(state.entities),
            findings=state.total,
            causes=len(state.causes),
            new_findings=sum(changed.new.values()),
            fixed_findings=sum(changed.fixed.values()),
            rules=tuple(
                RuleChange(
                    code,
                    state.by_rule.get(code, 0),
                    changed.new.get(code, 0),
                    changed.fixed.get(code, 0),
                )
                for code in sorted({*state.by_rule, *changed.new, *changed.fixed})
            ),
            new=_list_causes(changed.new_causes, causes),
            departed=tuple(
                (name.capitalize(), _list_causes(changed.departed[fate].causes, causes))
                for fate, name in _FATES.items()
            ),
            entities=list_entity_parts(changed.entities),
            remarks=_cut_list([self._summarize_example(remark) for remark in step.remarks]),
        )

    def _summarize_example(self, example: Finding) -> CauseSummary:
        stands = example.location
        where = clean_text(format_place(self.path(stands.path), stands.span, stands.cell))
        return CauseSummary(
            example.severity,
            example.rule,
            example.name,
            _clean_text(example.message),
            cut_middle(where, MOST_NAME),
        )


def _list_causes(keys: Sequence[str], causes: Mapping[str, CauseRow]) -> PartialList[CauseRow]:
    """Return causes, errors first and those with most findings first."""
    rows = [causes[key] for key in keys]
    return _cut_list(
        sorted(rows, key=lambda row: (row.summary.severity.rank, -row.findings, row.number))
    )


def _cut_list(rows: Sequence[T]) -> PartialList[T]:
    return PartialList(tuple(rows[:MOST_LISTED]), len(rows))


def _build_label(commit: Commit) -> str:
    return _list_tags(commit) or commit.short


def _list_tags(commit: Commit) -> str:
    return _clean_name(", ".join(commit.tags))


def _clean_name(text: str) -> str:
    return cut_middle(clean_text(text), MOST_NAME)


def _clean_text(text: str) -> str:
    return cut_middle(clean_text(text), MOST_TEXT)


_TEMPLATE = "history/report.html.j2"
# Lists of at most this many lines are open from the start.
_OPEN = 12


def render_history_html(report: HistoryReport) -> str:
    """Return the report; needs Jinja2.

    Everything that comes from a page, a workbook, git or the command line is
    escaped by the template.
    """
    return build_environment().get_template(_TEMPLATE).render(
        report=report,
        tool=report.tool,
        plot=plot_series(report.series) if report.series else None,
        shares=compute_shares([report.open, report.fixed, sum(n for _, n in report.ended)]),
        most_open=_OPEN,
        most_text=MOST_TEXT,
        most_name=MOST_NAME,
    )  # fmt: skip
