"""What differs between two states: findings, causes, entities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from disarm_lint.history.state import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from disarm_lint.corpus.earlier import Was
    from disarm_lint.history.state import State


@dataclass(frozen=True, slots=True)
class Added:
    """An entity that was not there before."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """An entity that has another name than before."""

    id: str
    kind: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Retired:
    """An entity that is gone; `successor` is the added one of its kind that has its name."""

    id: str
    kind: str
    name: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What became new, and what is gone.

    `new` and `fixed` count findings by rule; `new_causes` and `fixed_causes`
    are sorted.
    """

    new: Mapping[str, int]
    fixed: Mapping[str, int]
    new_causes: tuple[str, ...]
    fixed_causes: tuple[str, ...]
    added: tuple[Added, ...]
    renamed: tuple[Renamed, ...]
    retired: tuple[Retired, ...]


def changes(state: State, before: Sequence[State], rules: Mapping[str, str]) -> Changes:
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
    added, renamed, retired = _entities(state.entities, [b.entities for b in before])
    return Changes(
        new=_by_rule(found - most, rules),
        fixed=_by_rule(least - found, rules),
        new_causes=tuple(sorted(set(state.causes) - some_causes)),
        fixed_causes=tuple(sorted(all_causes - set(state.causes))),
        added=added,
        renamed=renamed,
        retired=retired,
    )


def _by_rule(findings: Mapping[str, int], rules: Mapping[str, str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for fingerprint, number in findings.items():
        counts[rules[fingerprint]] += number
    return dict(sorted(counts.items()))


def _entities(
    now: Mapping[str, Was], before: Sequence[Mapping[str, Was]]
) -> tuple[tuple[Added, ...], tuple[Renamed, ...], tuple[Retired, ...]]:
    added = [Added(i, e.kind, e.name) for i, e in now.items() if not _in_some(i, before)]
    renamed = []
    for entity_id, entity in now.items():
        olds = [b[entity_id] for b in before if entity_id in b]
        if olds and all(old.name != entity.name for old in olds):
            renamed.append(Renamed(entity_id, entity.kind, olds[0].name, entity.name))
    successors = {(item.kind, item.name.casefold()): item.id for item in added if item.name}
    retired = [
        Retired(i, e.kind, e.name, successors.get((e.kind, e.name.casefold())))
        for i, e in before[0].items()
        if i not in now and all(i in b for b in before)
    ]
    return (
        tuple(sorted(added, key=lambda item: item.id)),
        tuple(sorted(renamed, key=lambda item: item.id)),
        tuple(sorted(retired, key=lambda item: item.id)),
    )


def _in_some(entity_id: str, before: Iterable[Mapping[str, Was]]) -> bool:
    return any(entity_id in entities for entities in before)
