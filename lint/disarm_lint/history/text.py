"""A history as text, for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.compare.fates import Fate
from disarm_lint.compare.wording import group_entities
from disarm_lint.history.history import Introduced
from disarm_lint.history.timeline import Event
from disarm_lint.model.finding import Severity
from disarm_lint.model.words import format_count
from disarm_lint.report.report import format_place
from disarm_lint.report.terminal import Charset, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from disarm_lint.compare.wording import EntityGroup
    from disarm_lint.history.history import CommitStep, History
    from disarm_lint.history.timeline import CauseTimeline, Departed
    from disarm_lint.model.finding import Finding
    from disarm_lint.sources.log import Commit

_HEAD = (
    "date", "commit", "files", "entities", "findings", "errors", "warnings", "infos", "causes",
    "new", "fixed", "tags",
)  # fmt: skip
_WORDS = ("date", "commit", "tags")


def render_steps_table(steps: Sequence[CommitStep], charset: Charset) -> Iterator[str]:
    """Yield the lines of a table: its head, then a row for each step."""
    rows = [_HEAD, *(_format_row(step, charset) for step in steps)]
    columns = range(len(_HEAD) if any(row[-1] for row in rows[1:]) else len(_HEAD) - 1)
    widths = [max(len(row[number]) for row in rows) for number in columns]
    for row in rows:
        cells = (
            f"{row[n]:<{widths[n]}}" if _HEAD[n] in _WORDS else f"{row[n]:>{widths[n]}}"
            for n in columns
        )
        yield "  ".join(cells).rstrip()


def _format_row(step: CommitStep, charset: Charset) -> tuple[str, ...]:
    commit, state = step.commit, step.state
    numbers = (
        state.files,
        len(state.entities),
        state.total,
        *(state.by_severity.get(str(severity), 0) for severity in Severity),
        len(state.causes),
        sum(step.changes.new.values()),
        sum(step.changes.fixed.values()),
    )
    tags = charset.show_line(", ".join(commit.tags))
    return (commit.day, commit.short, *(f"{number:,}" for number in numbers), tags)


_FATES = {Fate.GONE: "gone with its entity or row"}
_CAUSES, _ENTITIES, _OLDEST = 3, 6, 10
_LONGEST = 110


@dataclass(frozen=True)
class HistoryStyle:
    """How text is written; `path` gives a path in the corpus as shown.

    With `every`, all commits are shown instead of the releases; with `full`,
    no list is cut.
    """

    charset: Charset = field(default_factory=Charset)
    style: Style = field(default_factory=Style)
    path: Callable[[str], str] = str
    every: bool = False
    full: bool = False


def render_history_text(history: History, root: str, stream: TextIO, look: HistoryStyle) -> None:
    """Write a history to a stream."""
    for line in _write_lines(history, root, look):
        stream.write(f"{line}\n")


def _write_lines(history: History, root: str, look: HistoryStyle) -> Iterator[str]:
    steps = history.commits if look.every else history.releases
    if not steps:
        base = history.base[-1].commit if history.base else None
        when = f" since {base.day} ({base.short})" if base else ""
        yield look.charset.show_line(f"No commit touched the corpus in {root}{when}.")
        return
    first, last = history.commits[0].commit, history.commits[-1].commit
    number = len(history.commits)
    yield look.charset.show_line(
        f"{number:,} {'commit' if number == 1 else 'commits'} touched the corpus in {root}, "
        f"{first.day} to {last.day}."
    )
    yield _describe_scope(history, look)
    yield ""
    for number, line in enumerate(render_steps_table(steps, look.charset)):
        yield look.style.paint(line, "bold") if number == 0 else line
    timelines = {timeline.example.cause: timeline for timeline in history.causes}
    commits = {s.commit.name: s.commit for s in (*history.base, *history.commits)}
    writer = _HistoryWriter(look, timelines, commits)
    for step in steps:
        yield from writer.write_step(step)
    yield from writer.write_returned(history.causes)
    yield from writer.write_oldest(history.causes)


def _describe_scope(history: History, look: HistoryStyle) -> str:
    if look.every:
        return "Each is compared with its parents; of a merge, what no parent has is new."
    if history.tagged:
        return "The tagged ones are shown, and the last; each is compared with the one before it."
    return (
        "Those of the main line are shown, each compared with the one before it; "
        "--commits shows all."
    )


@dataclass(frozen=True)
class _HistoryWriter:
    look: HistoryStyle
    timelines: Mapping[str, CauseTimeline]
    commits: Mapping[str, Commit]

    def write_step(self, step: CommitStep) -> Iterator[str]:
        changed, commit = step.changes, step.commit
        told = [
            *self._write_differing("new", changed.new, changed.new_causes),
            *(
                line
                for fate, departed in changed.departed.items()
                for line in self._write_departed(fate, departed)
            ),
            *(self._format_entities(group) for group in group_entities(changed.entities)),
        ]
        shown = step.remarks if self.look.full else step.remarks[:_CAUSES]
        told += [f"    {self._format_example(remark)}" for remark in shown]
        if len(shown) < len(step.remarks):
            rest = len(step.remarks) - len(shown)
            told.append(f"    and {format_count(rest, 'more remark')} on ids")
        if not told:
            return
        names = "".join(f"  {tag}" for tag in commit.tags)
        yield ""
        head = self._format_line(f"{commit.day}  {commit.short}{names}")
        yield f"{self.look.style.paint(head, 'bold')}  {self._format_line(commit.subject)}"
        yield from told

    def _write_differing(
        self, word: str, by_rule: Mapping[str, int], causes: Sequence[str]
    ) -> Iterator[str]:
        if not by_rule and not causes:
            return
        rules = sorted(by_rule.items(), key=lambda item: (-item[1], item[0]))
        shown = rules if self.look.full else rules[:8]
        listed = ", ".join(f"{rule} {number:,}" for rule, number in shown)
        more = "" if len(shown) == len(rules) else ", …"
        findings = format_count(sum(by_rule.values()), "finding")
        yield self._format_line(
            f"  {word}: {findings}{f' ({listed}{more})' if listed else ''}, "
            f"{format_count(len(causes), 'cause')}"
        )
        ranked = sorted(
            (self.timelines[cause] for cause in causes),
            key=lambda timeline: (timeline.example.severity.rank, -timeline.places),
        )
        chosen = ranked if self.look.full else ranked[:_CAUSES]
        for timeline in chosen:
            yield f"    {self._format_cause(timeline)}"
        if len(chosen) < len(ranked):
            yield f"    and {format_count(len(ranked) - len(chosen), 'more cause')}"

    def _write_departed(self, fate: Fate, departed: Departed) -> Iterator[str]:
        yield from self._write_differing(
            _FATES.get(fate, str(fate)), departed.by_rule, departed.causes
        )
        reasons = sorted(departed.reasons.items(), key=lambda item: (-item[1], item[0]))
        for reason, number in reasons if self.look.full else reasons[:_CAUSES]:
            yield self._format_line(f"    {format_count(number, 'cause')}: it {reason}")
        if not self.look.full and len(reasons) > _CAUSES:
            yield f"    and {format_count(len(reasons) - _CAUSES, 'more reason')}"

    def _format_cause(self, timeline: CauseTimeline) -> str:
        return self._format_example(timeline.example)

    def _format_example(self, example: Finding) -> str:
        message = example.message
        if len(message) > _LONGEST and not self.look.full:
            message = f"{message[:_LONGEST]}…"
        code = self.look.style.paint_severity(example.rule, example.severity)
        stands = example.location
        where = format_place(self.look.path(stands.path), stands.span, stands.cell)
        return f"{code} {self._format_line(f'{where}: {message}')}"

    def _format_entities(self, group: EntityGroup) -> str:
        lines = group.lines
        chosen = lines if self.look.full else lines[:_ENTITIES]
        more = len(lines) - len(chosen)
        rest = f"; and {more:,} more" if more else ""
        shown = "; ".join(map(str, chosen))
        return self._format_line(f"  {group.change}: {len(lines):,} ({shown}{rest})")

    def write_returned(self, causes: Iterable[CauseTimeline]) -> Iterator[str]:
        """Yield the causes that came back."""
        found = [timeline for timeline in causes if timeline.returns]
        if not found:
            return
        yield ""
        yield self.look.style.paint("Causes that came back", "bold")
        for timeline in found:
            story = ", ".join(
                f"{event} {self._format_date(commit)}" for event, commit in timeline.events
            )
            yield f"  {self._format_cause(timeline)}"
            yield self._format_line(f"    {story}")

    def write_oldest(self, causes: Iterable[CauseTimeline]) -> Iterator[str]:
        """Yield the oldest causes that are still there, errors first."""
        found = [timeline for timeline in causes if timeline.open]
        if not found:
            return
        # Causes come in the order of the commits.
        ranked = sorted(found, key=lambda timeline: timeline.example.severity.rank)
        chosen = ranked if self.look.full else ranked[:_OLDEST]
        yield ""
        yield self.look.style.paint(
            f"Still there: {format_count(len(found), 'cause')}; errors first, then by age", "bold"
        )
        for timeline in chosen:
            event, name = timeline.since
            since = Introduced(self.commits[name], event is Event.BEFORE)
            yield f"  {self._format_cause(timeline)}"
            yield self._format_line(f"    {format_count(timeline.places, 'finding')}, {since}")
        if len(chosen) < len(ranked):
            yield f"  and {format_count(len(ranked) - len(chosen), 'more cause')}"

    def _format_date(self, name: str) -> str:
        commit = self.commits[name]
        return f"{commit.day} ({commit.short})"

    def _format_line(self, text: str) -> str:
        return self.look.charset.show_line(text)
