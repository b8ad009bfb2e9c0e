"""What became of the entities between two states of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import describe_difference, is_same_name
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import PageType, Relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity


@dataclass(frozen=True, slots=True)
class AddedEntity:
    """An entity: its id, the title of its kind, its name."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class RenamedEntity:
    """An entity that has another name; `how` says in a few words how they differ."""

    id: str
    kind: str
    old: str
    new: str
    how: str


@dataclass(frozen=True, slots=True)
class RetiredEntity:
    """An entity that is gone, and its successor as far as anything names one."""

    id: str
    kind: str
    name: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class MovedEntity:
    """An entity that belongs to other ones than before, such as a technique to another tactic."""

    id: str
    kind: str
    name: str
    home: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityChanges:
    """What became of the entities, each sorted by kind and id."""

    added: tuple[AddedEntity, ...] = ()
    renamed: tuple[RenamedEntity, ...] = ()
    moved: tuple[MovedEntity, ...] = ()
    retired: tuple[RetiredEntity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.renamed or self.moved or self.retired)


def compare_entities(old: Corpus, new: Corpus) -> EntityChanges:
    """Return what became of the entities that have names."""
    before, after = old.registry.entities, new.registry.entities
    order = {kind.key: number for number, kind in enumerate(new.profile.kinds)}

    def ordered(entities: Iterator[Entity]) -> list[Entity]:
        return sorted(entities, key=lambda e: (order.get(e.kind.key, len(order)), e.id))

    come = ordered(e for e in after.values() if e.id not in before and e.name)
    gone = ordered(e for e in before.values() if e.id not in after and e.name)
    stayed = [(before[e.id], e) for e in ordered(e for e in after.values() if e.id in before)]
    return EntityChanges(
        added=tuple(AddedEntity(e.id, e.kind.title, e.name) for e in come),
        renamed=tuple(
            RenamedEntity(
                e.id, e.kind.title, was.name, e.name, describe_difference(was.name, e.name)
            )
            for was, e in stayed
            if was.name and e.name and not is_same_name(was.name, e.name)
        ),
        moved=tuple(_find_moved(old, new, stayed)),
        retired=tuple(
            RetiredEntity(e.id, e.kind.title, e.name, find_successor(new, e)) for e in gone
        ),
    )


def find_successor(corpus: Corpus, was: Entity) -> str | None:
    """Return what took the place of an entity that is gone; None where nothing says so."""
    retired = corpus.retired(was.id)
    if retired is not None and retired.successor:
        return retired.successor
    same = [
        e.id
        for e in corpus.registry.entities.values()
        if e.kind.key == was.kind.key and e.name and is_same_name(e.name, was.name)
    ]
    return same[0] if len(same) == 1 else None


def _find_moved(
    old: Corpus, new: Corpus, stayed: list[tuple[Entity, Entity]]
) -> Iterator[MovedEntity]:
    for was, entity in stayed:
        before, after = _homes(old, was), _homes(new, entity)
        if before and after and set(before) != set(after):
            kind = find_kind(after[0], new.profile)
            home = kind.title if kind else ""
            yield MovedEntity(entity.id, entity.kind.title, entity.name, home, before, after)


def _homes(corpus: Corpus, entity: Entity) -> tuple[str, ...]:
    """Return the ids of what an entity belongs to, as its row says, without one its page."""
    document = entity.master or entity.page
    if document is None:
        return ()
    found = {
        mention.target
        for mention in document.mentions
        if mention.member
        and mention.malformation is None
        and _is_home(document, mention.relation)
        and _states_home(document, mention.place)
        and find_kind(mention.target, corpus.profile) is not None
    }
    return tuple(sorted(found))


def _is_home(document: Document, relation: Relation) -> bool:
    return document.type is PageType.ROW or relation is Relation.CONTAINER


def _states_home(document: Document, place: str) -> bool:
    """Tell whether a column says what the row belongs to: one thing, which lists it in turn."""
    if document.sheet is None:
        return True
    column = document.sheet.column(place)
    return column is not None and column.listed_in is not None and column.separator is None
