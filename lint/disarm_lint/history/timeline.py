"""When each cause came, went and came back, and what differs between two states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING

from disarm_lint.corpus.release import compare_with_each
from disarm_lint.history.walk import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.history.walk import CommitState
    from disarm_lint.model.finding import Finding


class Event(StrEnum):
    """What a commit did with a cause.

    `before` says that it was there in the first commit that was looked at.
    """

    BEFORE = "before"
    INTRODUCED = "introduced"
    FIXED = "fixed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class CauseTimeline:
    """A cause through time.

    `last` is the last commit that has it, in the order of the commits;
    `example` is the first of its findings there, and `places` are its findings there.
    `events` are those of all branches, parents first, with the names of the
    commits; `open` says that the last commit of all has it.
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
        """Where the cause last came to be there."""
        return next(item for item in reversed(self.events) if item[0] is not Event.FIXED)

    @property
    def fixed(self) -> str | None:
        """The commit that fixed the cause for good; None for one that is still there."""
        if self.open:
            return None
        return next(
            (commit for event, commit in reversed(self.events) if event is Event.FIXED), None
        )

    @property
    def returns(self) -> int:
        """How many times the cause came back."""
        return sum(event is Event.RETURNED for event, _ in self.events)


@dataclass(frozen=True, slots=True)
class CommitNode:
    """A commit, its parents and its state; what one `before` the range has is older than it."""

    name: str
    parents: tuple[str, ...]
    state: CommitState
    before: bool = False


def trace_causes(nodes: Sequence[CommitNode]) -> tuple[CauseTimeline, ...]:
    """Return the life of each cause, in the order in which they came; nodes have parents first.

    A commit introduces a cause that it has and none of its parents has; it
    returns, where a commit before that had it. A commit fixes a cause that it
    lacks and its parents have. Where only some parents of a merge have it, the
    others lack it because a commit before them fixed it, or never had it: only
    in the second case it is the merge that drops it.
    """
    numbers = {node.name: number for number, node in enumerate(nodes)}
    above: list[int] = []
    having: dict[str, int] = {}
    last: dict[str, CommitNode] = {}
    events: dict[str, list[tuple[Event, str]]] = {}
    for number, node in enumerate(nodes):
        parents = [numbers[parent] for parent in node.parents if parent in numbers]
        above.append(_ancestors(parents, above))
        held = [nodes[parent].state.causes for parent in parents]
        for cause in sorted(node.state.causes):
            if not any(cause in causes for causes in held):
                came = Event.RETURNED if above[number] & having.get(cause, 0) else Event.INTRODUCED
                story = events.setdefault(cause, [])
                if came is Event.RETURNED or not story:
                    story.append((Event.BEFORE if node.before else came, node.name))
        for cause in _gone(node.state.causes, held):
            lacking = [p for p, causes in zip(parents, held, strict=True) if cause not in causes]
            if all(not above[parent] & having[cause] for parent in lacking):
                events[cause].append((Event.FIXED, node.name))
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


def _ancestors(parents: Sequence[int], above: Sequence[int]) -> int:
    found = 0
    for parent in parents:
        found |= above[parent] | 1 << parent
    return found


def _gone(now: Mapping[str, int], held: Sequence[Mapping[str, int]]) -> Iterator[str]:
    yield from sorted({cause for causes in held for cause in causes if cause not in now})


@dataclass(frozen=True, slots=True)
class StateChanges:
    """What became new, and what is gone.

    `new` and `fixed` count findings by rule; `new_causes` and `fixed_causes`
    are sorted.
    """

    new: Mapping[str, int]
    fixed: Mapping[str, int]
    new_causes: tuple[str, ...]
    fixed_causes: tuple[str, ...]
    entities: ReleaseChanges


def compare_states(
    state: CommitState, before: Sequence[CommitState], rules: Mapping[str, str]
) -> StateChanges:
    """Return what a state has that none of some others has, and lacks that they all have.

    These are the parents of a commit, or the release before; none stands for
    an empty corpus. `rules` gives the code of each fingerprint. Where a
    finding stands several times, each counts.
    """
    before = before or (NOTHING,)
    found = Counter(state.findings)
    most = reduce(lambda one, other: one | other, (Counter(b.findings) for b in before))
    least = reduce(lambda one, other: one & other, (Counter(b.findings) for b in before))
    some_causes = set().union(*(b.causes for b in before))
    all_causes = set(before[0].causes).intersection(*(b.causes for b in before))
    return StateChanges(
        new=_by_rule(found - most, rules),
        fixed=_by_rule(least - found, rules),
        new_causes=tuple(sorted(set(state.causes) - some_causes)),
        fixed_causes=tuple(sorted(all_causes - set(state.causes))),
        entities=compare_with_each([b.release for b in before], state.release),
    )


def _by_rule(findings: Mapping[str, int], rules: Mapping[str, str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for fingerprint, number in findings.items():
        counts[rules[fingerprint]] += number
    return dict(sorted(counts.items()))
