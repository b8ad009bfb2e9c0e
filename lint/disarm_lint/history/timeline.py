"""When each cause came, went and came back, and what differs between two states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING

from disarm_lint.compare.fates import Fate, Judge
from disarm_lint.corpus.release import compare_with_each
from disarm_lint.history.walk import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

    from disarm_lint.compare.fates import Fault, Verdict
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.history.walk import CommitState
    from disarm_lint.model.finding import Finding


class Event(StrEnum):
    """What a commit did with a cause.

    `before` means that the first commit that was linted already had it. See Fate for
    what became of a cause that a commit does not have any more.
    """

    BEFORE = "before"
    INTRODUCED = "introduced"
    FIXED = "fixed"
    ALTERED = "altered"
    GONE = "gone"
    UNCOMPARED = "not compared"
    RETURNED = "returned"


ENDS = frozenset(Event(str(fate)) for fate in Fate)
"""The events after which a cause is gone."""


@dataclass(frozen=True, slots=True)
class CauseTimeline:
    """A cause through time.

    `last` is the last commit that has it, in the order of the commits; `example` is
    the first of its findings there, and `places` counts them. `events` are those of
    all branches, parents first, with the names of the commits; `open` says whether
    the last commit of all has it.
    """

    example: Finding
    places: int
    last: str
    events: tuple[tuple[Event, str], ...]
    open: bool

    @property
    def introduced(self) -> tuple[Event, str]:
        """The first event: the commit that introduced the cause, or that had it already."""
        return self.events[0]

    @property
    def since(self) -> tuple[Event, str]:
        """The event that last brought the cause in, and its commit."""
        return next(item for item in reversed(self.events) if item[0] not in ENDS)

    @property
    def end(self) -> tuple[Event, str] | None:
        """What became of the cause, and in which commit; None if it is still there."""
        if self.open:
            return None
        return next((item for item in reversed(self.events) if item[0] in ENDS), None)

    @property
    def state(self) -> Event | None:
        """What became of the cause; None if it is still there."""
        if self.open:
            return None
        return self.end[0] if self.end is not None else Event.UNCOMPARED

    @property
    def fixed(self) -> str | None:
        """The commit that fixed the cause for good; None if no commit is known to have."""
        return self.end[1] if self.end is not None and self.end[0] is Event.FIXED else None

    @property
    def returns(self) -> int:
        """How many times the cause came back."""
        return sum(event is Event.RETURNED for event, _ in self.events)


@dataclass(frozen=True, slots=True)
class CommitNode:
    """A commit, its parents and its state; causes of one `before` the range are older."""

    name: str
    parents: tuple[str, ...]
    state: CommitState
    before: bool = False


def trace_causes(
    nodes: Sequence[CommitNode], superseding: Mapping[str, frozenset[str]] | None = None
) -> tuple[CauseTimeline, ...]:
    """Return the timeline of each cause, in the order in which they came; nodes have parents first.

    A commit introduces a cause that it has and none of its parents has; the cause
    returns if an earlier commit had it. A commit ends a cause that it lacks and its
    parents have: see Judge for how, and for `superseding`. If only some parents of a
    merge have it, the others lack it either because an earlier commit ended it, or
    because they never had it. Only in the second case it is the merge that ends it.
    A cause that a commit merely did not show does not return.
    """
    numbers = {node.name: number for number, node in enumerate(nodes)}
    above: list[int] = []
    having: dict[str, int] = {}
    last: dict[str, CommitNode] = {}
    events: dict[str, list[tuple[Event, str]]] = {}
    for number, node in enumerate(nodes):
        parents = [numbers[parent] for parent in node.parents if parent in numbers]
        above.append(_collect_ancestors(parents, above))
        held = [nodes[parent].state.causes for parent in parents]
        for cause in sorted(node.state.causes):
            if not any(cause in causes for causes in held):
                came = Event.RETURNED if above[number] & having.get(cause, 0) else Event.INTRODUCED
                story = events.setdefault(cause, [])
                if story and story[-1][0] is Event.UNCOMPARED and came is Event.RETURNED:
                    story.pop()
                    continue
                if came is Event.RETURNED or not story:
                    story.append((Event.BEFORE if node.before else came, node.name))
        for cause, event in _list_ends(
            node, [nodes[parent] for parent in parents], superseding or {}
        ):
            lacking = [p for p, causes in zip(parents, held, strict=True) if cause not in causes]
            if all(not above[parent] & having[cause] for parent in lacking):
                events[cause].append((event, node.name))
        for cause in node.state.causes:
            having[cause] = having.get(cause, 0) | 1 << number
            last[cause] = node
    present: Set[str] = frozenset(nodes[-1].state.causes) if nodes else frozenset()
    return tuple(
        _trace_cause(cause, last[cause], story, still=cause in present)
        for cause, story in events.items()
    )


def _trace_cause(
    cause: str, last: CommitNode, story: Sequence[tuple[Event, str]], *, still: bool
) -> CauseTimeline:
    state = last.state
    return CauseTimeline(state.examples[cause], state.causes[cause], last.name, tuple(story), still)


def _collect_ancestors(parents: Sequence[int], above: Sequence[int]) -> int:
    found = 0
    for parent in parents:
        found |= above[parent] | 1 << parent
    return found


def _list_ends(
    node: CommitNode, parents: Sequence[CommitNode], superseding: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Event]]:
    """Yield the causes that parents have and a commit lacks, and what became of them."""
    ended: dict[str, Event] = {}
    for parent in parents:
        causes = [c for c in parent.state.causes if c not in node.state.causes and c not in ended]
        verdicts = judge_causes(parent.state, node.state, causes, superseding)
        ended.update((cause, Event(str(one.fate))) for cause, one in verdicts.items())
    yield from sorted(ended.items())


def judge_causes(
    before: CommitState,
    after: CommitState,
    causes: Iterable[str],
    superseding: Mapping[str, frozenset[str]],
) -> dict[str, Verdict]:
    """Return what became of causes that one state has and a later one lacks."""
    judge = Judge(before.coverage, after.coverage, superseding)
    found = _group_faults(before, causes, lambda fault: fault.cause)
    return {cause: judge.judge_cause(faults) for cause, faults in found.items()}


def _group_faults(
    state: CommitState, keys: Iterable[str], key: Callable[[Fault], str]
) -> dict[str, list[Fault]]:
    """Return the faults of a state that have one of the keys, by key."""
    found: dict[str, list[Fault]] = {name: [] for name in keys}
    for fault in state.coverage.list_faults():
        if (name := key(fault)) in found:
            found[name].append(fault)
    return found


@dataclass(frozen=True, slots=True)
class Departed:
    """Findings and causes with the same fate: findings counted by rule, causes sorted.

    `reasons` counts the causes that were not compared by the reason for that.
    """

    by_rule: Mapping[str, int] = field(default_factory=dict)
    causes: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StateChanges:
    """What is new, and what is gone.

    `new` counts findings by rule, `new_causes` are sorted; `departed` holds what is
    gone by its fate.
    """

    new: Mapping[str, int]
    new_causes: tuple[str, ...]
    departed: Mapping[Fate, Departed]
    entities: ReleaseChanges

    @property
    def fixed(self) -> Mapping[str, int]:
        """The findings that are fixed, by rule."""
        return self.departed[Fate.FIXED].by_rule


def compare_states(
    state: CommitState,
    before: Sequence[CommitState],
    rules: Mapping[str, str],
    superseding: Mapping[str, frozenset[str]] | None = None,
) -> StateChanges:
    """Return what a state has and no earlier one has, and what it lacks and all of them have.

    The earlier ones are the parents of a commit, or the release before; no state
    stands for an empty corpus. `rules` gives the code of each fingerprint; see Judge
    for `superseding`. A finding that occurs several times counts as often.
    """
    before = before or (NOTHING,)
    found = Counter(state.findings)
    most = reduce(lambda one, other: one | other, (Counter(b.findings) for b in before))
    least = reduce(lambda one, other: one & other, (Counter(b.findings) for b in before))
    some_causes = set().union(*(b.causes for b in before))
    all_causes = set(before[0].causes).intersection(*(b.causes for b in before))
    return StateChanges(
        new=_count_by_rule(found - most, rules),
        new_causes=tuple(sorted(set(state.causes) - some_causes)),
        departed=_split(
            before[0],
            state,
            least - found,
            all_causes - set(state.causes),
            rules,
            superseding or {},
        ),
        entities=compare_with_each([b.release for b in before], state.release),
    )


def _split(
    before: CommitState,
    after: CommitState,
    findings: Mapping[str, int],
    causes: Iterable[str],
    rules: Mapping[str, str],
    superseding: Mapping[str, frozenset[str]],
) -> dict[Fate, Departed]:
    """Split findings (counted by fingerprint) and causes by what became of them."""
    judge = Judge(before.coverage, after.coverage, superseding)
    faults = _group_faults(before, findings, lambda fault: fault.fingerprint)
    by_rule: dict[Fate, dict[str, int]] = {fate: {} for fate in Fate}
    for fingerprint, number in findings.items():
        fate = judge.judge_cause(faults[fingerprint]).fate
        by_rule[fate][fingerprint] = number
    verdicts = judge_causes(before, after, causes, superseding)
    ended = {fate: [c for c, one in verdicts.items() if one.fate is fate] for fate in Fate}
    return {
        fate: Departed(
            _count_by_rule(by_rule[fate], rules),
            tuple(sorted(ended[fate])),
            dict(Counter(verdicts[c].reason for c in ended[fate] if verdicts[c].reason)),
        )
        for fate in Fate
    }


def _count_by_rule(findings: Mapping[str, int], rules: Mapping[str, str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for fingerprint, number in findings.items():
        counts[rules[fingerprint]] += number
    return dict(sorted(counts.items()))
