"""How an id list or a framework grid differs from the entities of the corpus."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.ids import is_sub
from disarm_lint.model.words import shorten, show_invisible
from disarm_rules._artefacts import (
    describe_gone,
    find_container_key,
    format_entity,
    list_containers,
)
from disarm_rules._grid.grids import find_usual_kind
from disarm_rules._structure import add_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.text import Text
    from disarm_rules._grid.grids import Grid, GridColumn, GridPlace


@dataclass(frozen=True, slots=True)
class GridDifference:
    """One thing that is wrong in a grid: where, what, about which id, and what for the cause."""

    text: Text
    message: str
    subject: str
    wrong: str


def compare_grid(corpus: Corpus, grid: Grid) -> Iterator[GridDifference]:
    """Yield the differences between a grid and what the corpus knows."""
    kind = find_usual_kind(corpus, grid.heads())
    if kind is not None and kind in corpus.registry.kinds:
        yield from _GridComparison(corpus, grid, kind).find_differences()


class _GridComparison:
    """Compares one grid; `kind` is that of its heads: tactics."""

    def __init__(self, corpus: Corpus, grid: Grid, kind: str) -> None:
        self._corpus = corpus
        self._grid = grid
        self._kind = kind
        self._heads: dict[str, Text] = {}
        self._title = self._find_kind_title(kind)

    def _find_kind_title(self, kind: str) -> str:
        found = self._corpus.profile.kind(kind)
        return found.title if found else kind

    def find_differences(self) -> Iterator[GridDifference]:
        """Yield what differs: the heads, what stands above them, the ids below."""
        mistaken = self._find_mistaken()
        upper = find_usual_kind(self._corpus, self._grid.above())
        placed: list[tuple[str | None, GridPlace]] = []
        for number, column in enumerate(self._grid.columns):
            head, meant = column.head, mistaken.get(number)
            if head is not None and meant is not None and not head.settled:
                message = (
                    f"{format_entity(self._corpus, head.id)} is above the ids of "
                    f"{format_entity(self._corpus, meant)}"
                )
                yield GridDifference(head.text, message, meant, f"under {head.id}")
            elif head is not None and meant is None:
                yield from self._compare_head(head)
                if upper is not None and upper in self._corpus.registry.kinds:
                    yield from self._compare_above(column, head, upper)
            under = meant or self._find_known(head)
            if head is not None and under is not None:
                self._heads.setdefault(under, head.text)
            placed += [(under, place) for place in column.places]
        for entity in self._list_entities(self._kind):
            if entity.id not in self._heads:
                message = f"{format_entity(self._corpus, entity.id)} has no column"
                where = next(self._grid.heads()).text
                yield GridDifference(where, message, entity.id, "no column")
        yield from self._compare_members(placed)

    def _find_known(self, head: GridPlace | None) -> str | None:
        if head is None or len(head.ids) > 1:
            return None
        entity = self._corpus.entity(head.id)
        return head.id if entity is not None and entity.kind.key == self._kind else None

    def _find_owners(self) -> list[str | None]:
        """Return for each column the tactic to which most of its ids belong."""
        owners: list[str | None] = []
        for column in self._grid.columns:
            counts: Counter[str] = Counter()
            for place in column.places:
                entity = self._corpus.entity(place.id)
                if entity is not None:
                    counts.update(list_containers(self._corpus, entity, self._kind) or ())
            usual = (t for t, n in counts.items() if n > 1 and n * 2 > len(column.places))
            owners.append(next(usual, None))
        return owners

    def _find_mistaken(self) -> dict[int, str]:
        """Return the tactics that were meant at heads which stand above the ids of another.

        That is so where no column of that other's own is there: else it is the
        ids that stand in the wrong place.
        """
        owners = self._find_owners()
        heads = [column.head.id if column.head else None for column in self._grid.columns]
        at_home = {head for head, owner in zip(heads, owners, strict=True) if head == owner}
        return {
            number: owner
            for number, (head, owner) in enumerate(zip(heads, owners, strict=True))
            if head is not None and owner is not None and owner not in at_home
        }

    def _compare_head(self, head: GridPlace) -> Iterator[GridDifference]:
        if self._find_known(head) is None and not head.settled:
            yield self._report_stranger(head, self._kind)

    def _report_stranger(self, place: GridPlace, expected: str) -> GridDifference:
        """Return what is said of an id that is none, or of another kind than belongs there."""
        entity = self._corpus.entity(place.id)
        if entity is not None:
            message = (
                f"{format_entity(self._corpus, entity.id)} is {add_article(entity.kind.title)}; "
                f"{add_article(self._find_kind_title(expected))} belongs here"
            )
        elif find_kind(place.id, self._corpus.profile) is None:
            message = f"“{show_invisible(shorten(place.id, 40))}” is not an id"
        else:
            message = describe_gone(self._corpus, place.id)
        return GridDifference(place.text, message, show_invisible(shorten(place.id, 40)), "extra")

    def _compare_above(
        self, column: GridColumn, head: GridPlace, upper: str
    ) -> Iterator[GridDifference]:
        """Compare what stands above a head with the phase of its tactic."""
        entity = self._corpus.entity(head.id)
        wanted = list_containers(self._corpus, entity, upper) if entity else None
        if wanted is None:
            return
        names = ", ".join(format_entity(self._corpus, item) for item in sorted(wanted))
        told = f"its {self._find_kind_title(upper)} is {names}"
        if column.above is None:
            message = f"nothing is above {format_entity(self._corpus, head.id)}; {told}"
            yield GridDifference(head.text, message, head.id, "under nothing")
        elif column.above.id not in wanted:
            here = column.above.id
            message = f"{format_entity(self._corpus, head.id)} is under {format_entity(self._corpus, here)}; {told}"
            yield GridDifference(column.above.text, message, head.id, f"under {here}")

    def _list_entities(self, kind: str) -> list[Entity]:
        entities = self._corpus.registry.entities.values()
        return sorted((e for e in entities if e.kind.key == kind), key=lambda e: e.id)

    def _find_held(self) -> tuple[str | None, set[str]]:
        """Return the kind that the grid mostly holds, and the ids that it ought to hold.

        Of another kind it holds all where it holds half; it may be without
        sub-techniques altogether.
        """
        usual = find_usual_kind(self._corpus, self._grid.places())
        present = {item for place in self._grid.places() for item in place.ids}
        held: set[str] = set()
        for kind in sorted(self._corpus.registry.kinds):
            entities = self._list_entities(kind)
            if not find_container_key(self._corpus, entities[0], self._kind):
                continue
            ids = [entity.id for entity in entities]
            for group in ([i for i in ids if not is_sub(i)], [i for i in ids if is_sub(i)]):
                here = len(present.intersection(group))
                if here * 2 >= len(group) > 0 or (kind == usual and (here or len(group) < 5)):
                    held.update(group)
        return usual, held

    def _compare_members(
        self, placed: list[tuple[str | None, GridPlace]]
    ) -> Iterator[GridDifference]:
        usual, held = self._find_held()
        if usual is None or usual not in self._corpus.registry.kinds:
            return
        found: dict[str, list[tuple[str | None, GridPlace]]] = {}
        for under, place in placed:
            for item in place.ids:
                found.setdefault(item, []).append((under, place))
            entity = self._corpus.entity(place.id)
            known = entity is not None and (entity.id in held or entity.kind.key == usual)
            if not known and not place.settled:
                yield self._report_stranger(place, usual)
        for item in sorted(held | found.keys()):
            entity = self._corpus.entity(item)
            if entity is not None and (item in held or entity.kind.key == usual):
                yield from self._compare_member(entity, found.get(item, []))

    def _compare_member(
        self, entity: Entity, places: list[tuple[str | None, GridPlace]]
    ) -> Iterator[GridDifference]:
        """Compare where an id stands with where it belongs."""
        wanted = list_containers(self._corpus, entity, self._kind)
        if wanted is None or any(under is None for under, _ in places):
            return
        if len(places) == 1 and wanted == {places[0][0]}:
            return
        name = format_entity(self._corpus, entity.id)
        here: dict[str, Text] = {}
        for under, place in places:
            if under is None or place.settled:
                here.setdefault(under or "", place.text)
            elif under in here:
                message = f"{name} is listed twice under {format_entity(self._corpus, under)}"
                yield GridDifference(place.text, message, entity.id, f"twice under {under}")
            else:
                here[under] = place.text
        missing = sorted(item for item in wanted - here.keys() if item in self._heads)
        extra = sorted(here.keys() - wanted)
        settled = {place.text for _, place in places if place.settled}
        tactics = ", ".join(format_entity(self._corpus, item) for item in sorted(wanted))
        for under in extra:
            if here[under] not in settled:
                message = (
                    f"{name} is under {format_entity(self._corpus, under)}; "
                    f"its {self._title} is {tactics}"
                )
                yield GridDifference(here[under], message, entity.id, f"under {under}")
        for under in missing if len(extra) < len(missing) or not extra else ():
            message = f"{name} is missing under {format_entity(self._corpus, under)}"
            yield GridDifference(self._heads[under], message, entity.id, f"missing under {under}")
