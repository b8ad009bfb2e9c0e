"""What the rules on artefacts share: what an artefact ought to say of an entity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.profile import Format
from disarm_lint.model.words import show_invisible
from disarm_lint.ruleset import relate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Related

# When more than half of a file differs, and more than this, the file as a whole is another's.
FEW = 20
_HEAD = re.compile(r"\s*([A-Z]{1,4}[0-9]{1,10}(?:\.[0-9]{1,6})?)(?![0-9A-Za-z])")
_BREAK = re.compile(r"<br[ \t]{0,4}/?>", re.IGNORECASE)


def format_entity(corpus: Corpus, entity_id: str) -> str:
    """Return an id with its entity's name."""
    entity = corpus.entity(entity_id)
    return f"{entity_id} “{show_invisible(entity.name)}”" if entity else show_invisible(entity_id)


def describe_gone(corpus: Corpus, entity_id: str) -> str:
    """Say that an id does not exist, or that it is retired, and what to use instead."""
    retired = corpus.retired(entity_id)
    if retired is None:
        return f"{show_invisible(entity_id)} does not exist"
    successor = corpus.entity(retired.successor or "")
    message = f"{entity_id} is retired ({show_invisible(retired.why)})"
    return f"{message}; use {format_entity(corpus, successor.id)}" if successor else message


def list_definitions(entity: Entity | None) -> list[Related]:
    """Return where an entity is defined, for the findings on its artefacts."""
    if entity is None:
        return []
    definition = entity.definition
    return [relate(definition.name or definition.id, f"{entity.id} is defined here")]


def list_values(corpus: Corpus, entity: Entity, key: str) -> tuple[str, ...]:
    """Return what a field of an entity may be, as it is written; nothing if nobody says.

    The row of the master workbook is the only voice where there is one. Else
    the page speaks, and so does the index: where the two differ, an artefact
    that agrees with either is not to blame.
    """
    if entity.master is not None and (field := entity.master.field(key)) is not None:
        return (field.value.raw,)
    return tuple(dict.fromkeys(_list_authoritative(corpus, entity, key)))


def _list_authoritative(corpus: Corpus, entity: Entity, key: str) -> Iterator[str]:
    page = entity.page
    if page is not None and page.path not in corpus.stale_layouts:
        field = page.field(key)
        if field is not None:
            yield field.value.raw
    for definition in entity.definitions:
        for cell in definition.row.cells if definition.row else ():
            if cell.column is not None and cell.column.field == key:
                yield cell.text.raw


def list_containers(corpus: Corpus, entity: Entity, kind: str) -> frozenset[str] | None:
    """Return the ids of a kind that an entity belongs to; None if nobody says for sure.

    A technique belongs to its tactic, a tactic to its phase.
    """
    key = find_container_key(corpus, entity, kind)
    found = (
        {_parse_ids(corpus, value, kind) for value in list_values(corpus, entity, key)}
        if key
        else ()
    )
    if len(found) != 1:
        return None
    (only,) = found
    listed = frozenset(corpus.listed_by.get(entity.id, ())) if entity.master is None else None
    # R204 tells where an entity's page and that of its tactic contradict each other.
    return None if listed and only != listed else only


def find_container_key(corpus: Corpus, entity: Entity, kind: str) -> str | None:
    """Return the field in which entities like this one say what they belong to."""
    for layout in entity.kind.layouts:
        for spec in layout.fields:
            if spec.refers_to == kind and spec.format in (Format.NAMED, Format.IDS):
                return spec.key
    for index in corpus.profile.indexes:
        if index.lists == entity.kind.key:
            for column in index.columns:
                if column.refers_to == kind and column.field:
                    return column.field
    return None


def _parse_ids(corpus: Corpus, value: str, kind: str) -> frozenset[str] | None:
    ids = set()
    for part in value.split(","):
        match = _HEAD.match(part)
        found = find_kind(match[1], corpus.profile) if match else None
        if match is not None and found is not None and found.key == kind:
            ids.add(match[1])
    # A value without an id, or with one that nothing defines, is other rules' matter.
    sound = ids and all(corpus.entity(item) is not None for item in ids)
    return frozenset(ids) if sound else None


def split_words(text: str) -> list[tuple[int, int, str]]:
    """Return the words of a text: start, end (exclusive), and the word as a reader sees it.

    A line break is white space, whether it is written as such or as `<br>`:
    exporters turn one into the other.
    """
    blanked = _BREAK.sub(lambda match: " " * len(match[0]), text)
    found = ((m.start(), m.end(), simplify_name(m[0])) for m in re.finditer(r"\S+", blanked))
    return [word for word in found if word[2]]


def count_shared_words(here: list[str], there: list[str]) -> tuple[int, int, int]:
    """Return how many words two texts share at their beginning, and where each differs to.

    The last two are the ends (exclusive) of the differing words of each.
    """
    first = 0
    while first < min(len(here), len(there)) and here[first] == there[first]:
        first += 1
    end, other = len(here), len(there)
    while min(end, other) > first and here[end - 1] == there[other - 1]:
        end, other = end - 1, other - 1
    return first, end, other
