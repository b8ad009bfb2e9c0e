"""Building the report of a history: releases, commits, causes and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from disarm_lint.audit.history_model import (
    CauseRow,
    CommitRow,
    EntityRow,
    HistoryReport,
    Part,
    Point,
    ReleaseEntry,
    RuleChange,
    Told,
)
from disarm_lint.audit.model import Release
from disarm_lint.audit.snippets import clean, shortened
from disarm_lint.history.lives import Event
from disarm_lint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from disarm_lint.history.build import History, Step
    from disarm_lint.history.commits import Commit
    from disarm_lint.history.lives import Life
    from disarm_lint.history.state import Example
    from disarm_lint.output.report import Tool

T = TypeVar("T")

# What a file that is to be sent around can hold; the rest is said to be left out.
MOST_RELEASES, MOST_COMMITS, MOST_CAUSES, MOST_LISTED = 250, 1_000, 3_000, 500
MOST_TEXT, MOST_NAME = 300, 120
"""Code points of a message, and of a name, a path or the subject of a commit."""


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
    builder = _Builder(history, path)
    causes = builder.causes()
    by_key = dict(zip((life.example.cause for life in builder.ranked), causes, strict=True))
    releases = history.releases[-MOST_RELEASES:]
    commits = history.commits[-MOST_COMMITS:]
    days = [clean(step.commit.day) for step in history.commits] or [""]
    first = len(steps) - len(commits)
    returned = [cause for cause in causes if cause.returns]
    base = history.base[-1].commit if history.base else None
    return HistoryReport(
        title=_name(title),
        root=clean(root),
        profile=clean((last.profile if last else None) or "none"),
        when=when,
        tool=tool,
        span=(days[0], days[-1]),
        since=f"{clean(base.day)} ({base.short})" if base else "",
        tagged=history.tagged,
        shallow=history.shallow,
        notes=tuple(
            f"The configuration of {name[:7]} cannot be used, so it has none: {_text(what)}"
            for name, what in history.unusable.items()
        ),
        releases=Part(
            tuple(builder.release(n, step, by_key) for n, step in enumerate(releases, 1)),
            len(history.releases),
        ),
        commits=Part(
            tuple(builder.commit(number, step) for number, step in enumerate(commits, first)),
            len(history.commits),
        ),
        causes=Part(tuple(causes[:MOST_CAUSES]), len(causes)),
        returned=_part(returned),
        open=sum(cause.fixed is None for cause in causes),
        fixed=sum(cause.fixed is not None for cause in causes),
        series=series_of(releases, tagged=history.tagged),
    )


def series_of(releases: Iterable[Step], *, tagged: bool) -> tuple[Release, ...]:
    """Return the findings of releases by family; untagged ones are called by their day."""
    series = []
    for step in releases:
        families: Counter[str] = Counter()
        for code, number in step.state.by_rule.items():
            families[code[:1]] += number
        day, label = clean(step.commit.day), _label(step.commit)
        names = (label, day) if tagged else (day, label)
        series.append(Release(*names, dict(families)))
    return tuple(series)


@dataclass(frozen=True)
class _Builder:
    history: History
    path: Callable[[str], str]

    @property
    def ranked(self) -> list[Life]:
        """The causes: open before fixed, errors before the rest, the oldest first."""
        return sorted(
            self.history.causes,
            key=lambda life: (not life.open, Severity(life.example.severity).rank),
        )

    def causes(self) -> list[CauseRow]:
        steps = (*self.history.base, *self.history.commits)
        unlisted = len(steps) - min(MOST_COMMITS, len(self.history.commits))
        numbers = {step.commit.name: number for number, step in enumerate(steps)}
        commits = {step.commit.name: step.commit for step in steps}

        def point(name: str, event: Event | None = None) -> Point:
            number, commit = numbers[name], commits[name]
            listed, earlier = number >= unlisted, event is Event.BEFORE
            return Point(number, clean(commit.day), commit.short, listed, earlier)

        return [
            CauseRow(
                number=number,
                listed=number <= MOST_CAUSES,
                told=self._told(life.example),
                findings=life.places,
                introduced=point(life.introduced[1], life.introduced[0]),
                fixed=point(life.fixed) if life.fixed is not None else None,
                returns=life.returns,
                story=tuple((str(event), point(name, event)) for event, name in life.events)
                if life.returns
                else (),
            )
            for number, life in enumerate(self.ranked, 1)
        ]

    def commit(self, number: int, step: Step) -> CommitRow:
        commit = step.commit
        return CommitRow(
            number=number,
            day=clean(commit.day),
            short=commit.short,
            tags=_tags(commit),
            subject=_name(commit.subject),
            merge=len(commit.parents) > 1,
            main=step.main,
            findings=step.state.total,
            new=sum(step.changes.new.values()),
            fixed=sum(step.changes.fixed.values()),
        )

    def release(self, number: int, step: Step, causes: Mapping[str, CauseRow]) -> ReleaseEntry:
        commit, state, changed = step.commit, step.state, step.changes
        return ReleaseEntry(
            number=number,
            label=_label(commit),
            short=commit.short,
            day=clean(commit.day),
            subject=_name(commit.subject),
            files=state.files,
            entities=len(state.entities),
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
            new=_listed(changed.new_causes, causes),
            fixed=_listed(changed.fixed_causes, causes),
            added=_part([_entity(e.id, e.name) for e in changed.added]),
            renamed=_part([_entity(e.id, e.old, new=e.new) for e in changed.renamed]),
            retired=_part([_entity(e.id, e.name, successor=e.successor) for e in changed.retired]),
            remarks=_part([self._told(remark) for remark in step.remarks]),
        )

    def _told(self, example: Example) -> Told:
        place = clean(self.path(example.path))
        if example.cell is not None:
            place = f"{place}, {clean(example.sheet or '')}!{example.cell}"
        elif example.line is not None:
            place = f"{place}:{example.line}:{example.column}"
        return Told(
            Severity(example.severity),
            example.rule,
            example.name,
            _text(example.message),
            shortened(place, MOST_NAME),
        )


def _listed(keys: Sequence[str], causes: Mapping[str, CauseRow]) -> Part[CauseRow]:
    """Return causes, errors first and those with most findings first."""
    rows = [causes[key] for key in keys]
    return _part(sorted(rows, key=lambda row: (row.told.severity.rank, -row.findings, row.number)))


def _part(rows: Sequence[T]) -> Part[T]:
    return Part(tuple(rows[:MOST_LISTED]), len(rows))


def _entity(entity_id: str, name: str, *, new: str = "", successor: str | None = None) -> EntityRow:
    return EntityRow(_name(entity_id), _name(name), _name(new), _name(successor or ""))


def _label(commit: Commit) -> str:
    return _tags(commit) or commit.short


def _tags(commit: Commit) -> str:
    return _name(", ".join(commit.tags))


def _name(text: str) -> str:
    return shortened(clean(text), MOST_NAME)


def _text(text: str) -> str:
    return shortened(clean(text), MOST_TEXT)
