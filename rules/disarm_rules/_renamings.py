"""Whether a name beside an id is that of its entity, in other words or from before a renaming."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import find_shared_words, is_slip, split_words
from disarm_lint.model.ids import stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity

# Words tell an entity from others of its kind if so few have them all, a technique and its
# sub-techniques counting as one: one in fifty, four at the most. “Create” or “Persona” tells nothing.
_RARE, _MOST_RARE = 50, 4
# Words that more entities have are not looked at.
_COMMON = 64
# How much a writing must resemble a name to be looked at as a slip of it.
_NEAR = 0.85


def is_same_entity(corpus: Corpus, written: str, entity: Entity) -> bool:
    """Tell whether a written name and the name of an entity are those of one and the same.

    They are where one is a slip or a rewording of the other, or where the
    entity's page still has the written name. A name that has nothing in common with
    the entity's may be its name of old as well as that of something that had its id
    in an earlier numbering.
    """
    if is_slip(written, entity.name) or _was_called(corpus, written, entity):
        return True
    shared = set(find_shared_words(written, entity.name))
    sizes = sorted((len(set(split_words(written))), len(set(split_words(entity.name)))))
    if 2 * len(shared) > sizes[1] or len(shared) == sizes[0] > 1:
        return True
    bearers = corpus.derive(_list_bearers).get(entity.kind.key)
    return bearers is not None and bearers.are_few(shared)


def find_nearest(corpus: Corpus, written: str, entity: Entity) -> Entity | None:
    """Return the other entity of the kind of whose name a writing is a slip."""
    if is_slip(written, entity.name):
        return None
    near = corpus.names(entity.kind.key).closest(written, cutoff=_NEAR)
    other = corpus.entity(near) if near is not None else None
    if other is None or other.id == entity.id or not is_slip(written, other.name):
        return None
    return other


def _was_called(corpus: Corpus, written: str, entity: Entity) -> bool:
    """Tell whether a page that is behind its row still has a name."""
    page = corpus.page(entity.id)
    return page is not None and page.name is not None and is_slip(written, page.name)


class _Bearers:
    """The entities of a kind that have each word in their names."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._bearers: dict[str, set[str]] = defaultdict(set)
        families = set()
        for entity in entities:
            family = stem(entity.id) or entity.id
            families.add(family)
            for word in split_words(entity.name):
                if len(self._bearers[word]) <= _COMMON:
                    self._bearers[word].add(family)
        self._few = max(1, min(_MOST_RARE, len(families) // _RARE))

    def are_few(self, words: Iterable[str]) -> bool:
        """Tell whether few entities have all of these words."""
        found = [self._bearers[word] for word in words if word in self._bearers]
        found = [bearers for bearers in found if len(bearers) <= _COMMON]
        return bool(found) and len(set.intersection(*found)) <= self._few


def _list_bearers(corpus: Corpus) -> Mapping[str, _Bearers]:
    kinds: dict[str, list[Entity]] = defaultdict(list)
    for entity in corpus.registry.entities.values():
        kinds[entity.kind.key].append(entity)
    return {kind: _Bearers(entities) for kind, entities in kinds.items()}
