"""The entities that changed as entries: a sign, an id, and what there is to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from disarm_lint.changes.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.changes.entities import EntityChanges, Moved, Named, Renamed, Retired


class Tag(Enum):
    """Where words come from: from us, or as a name or as ids from the corpus."""

    WORDS = "words"
    NAME = "name"
    IDS = "ids"


_ARROW = (Tag.WORDS, " → ")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entity in short."""

    sign: str
    id: str
    parts: tuple[tuple[Tag, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Entities to which the same happened."""

    title: str
    entries: tuple[Entry, ...]


def groups(changes: EntityChanges) -> Iterator[Group]:
    """Yield what became of the entities, in groups that are not empty."""
    if changes.added:
        entries = [Entry("+", e.id, (_name(e.name),)) for e in changes.added]
        yield Group(f"{_kinds(changes.added)} added", tuple(entries))
    if changes.renamed:
        entries = [Entry("~", e.id, (_name(e.old), _ARROW, _name(e.new))) for e in changes.renamed]
        yield Group(f"{_kinds(changes.renamed)} renamed", tuple(entries))
    if changes.moved:
        entries = [Entry("~", e.id, tuple(_move(e))) for e in changes.moved]
        yield Group(f"{_kinds(changes.moved)} moved", tuple(entries))
    if changes.retired:
        entries = [Entry("-", e.id, tuple(_end(e))) for e in changes.retired]
        yield Group(f"{_kinds(changes.retired)} retired", tuple(entries))


def _name(name: str) -> tuple[Tag, str]:
    return Tag.NAME, name


def _move(moved: Moved) -> Iterator[tuple[Tag, str]]:
    yield _name(moved.name)
    yield Tag.WORDS, f": {moved.home} "
    yield Tag.IDS, ", ".join(moved.old)
    yield _ARROW
    yield Tag.IDS, ", ".join(moved.new)


def _end(retired: Retired) -> Iterator[tuple[Tag, str]]:
    yield _name(retired.name)
    if retired.successor is not None:
        yield _ARROW
        yield Tag.IDS, retired.successor


def _kinds(entities: Sequence[Named | Renamed | Moved | Retired]) -> str:
    """Return how many there are of each kind: `2 techniques, 1 tactic`."""
    counts: dict[str, int] = {}
    for entity in entities:
        counts[entity.kind] = counts.get(entity.kind, 0) + 1
    return ", ".join(counted(number, kind) for kind, number in counts.items())
