"""What took the place of an id that is gone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import fold_name
from disarm_lint.model.entity import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.entity import RetiredId


@dataclass(frozen=True, slots=True)
class Succession:
    """What took the place of an id, and what says so; None if nothing does.

    `evidence` may be there without `successor`: the configuration says that
    nothing took its place, or names what does not exist. `bearers` are the
    living ids that have its name: several of them are no evidence.
    """

    successor: str | None = None
    evidence: Evidence | None = None
    bearers: tuple[str, ...] = ()


def marks_of(retired: Iterable[RetiredId]) -> dict[str, Succession]:
    """Return what the configuration and living pages say of ids that are gone.

    That an orphan page is left says nothing of what became of its id.
    """
    return {
        gone.id: Succession(gone.successor, gone.evidence)
        for gone in retired
        if gone.evidence is not None
    }


class Successors:
    """The one rule for what took the place of an id.

    First the configuration counts, then what the text of a living page says,
    then a name that exactly one living entity of the kind bears. A successor
    that is itself gone leads on to its own; a chain that ends nowhere, or in a
    cycle, gives none.
    """

    def __init__(
        self, marks: Mapping[str, Succession], living: Iterable[tuple[str, str, str]]
    ) -> None:
        """Take the marks of a release, and id, kind and name of each entity that it has."""
        self._marks = marks
        self._living: set[str] = set()
        self._named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for entity_id, kind, name in living:
            self._living.add(entity_id)
            self._named[kind, fold_name(name)].append(entity_id)

    def bearers(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the living entities of a kind that bear a name, whatever its letter case."""
        folded = fold_name(name)
        return tuple(sorted(self._named.get((kind, folded), ()))) if folded else ()

    def find(self, entity_id: str, named: Mapping[str, tuple[str, str]]) -> Succession:
        """Return what took the place of an id that is gone.

        `named` gives kind and name of ids that are gone, as far as they are known.
        """
        found = first = self._step(entity_id, named)
        seen = {entity_id}
        while found.successor is not None and found.successor not in self._living:
            if found.successor in seen:
                return replace(first, successor=None)
            seen.add(found.successor)
            found = self._step(found.successor, named)
        return replace(first, successor=found.successor)

    def _step(self, entity_id: str, named: Mapping[str, tuple[str, str]]) -> Succession:
        """Return what follows next upon an id, whether it lives or not."""
        bearers = self.bearers(*named.get(entity_id, ("", "")))
        mark = self._marks.get(entity_id, Succession())
        if mark.successor or mark.evidence is Evidence.CONFIGURATION:
            return replace(mark, bearers=bearers)
        if len(bearers) == 1:
            return Succession(bearers[0], Evidence.NAME, bearers)
        return replace(mark, bearers=bearers)
