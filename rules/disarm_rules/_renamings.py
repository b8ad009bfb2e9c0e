"""Whether a name beside an id means its entity, in other words or by its former name."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import find_shared_words, is_slip, split_words
from disarm_lint.model.ids import find_stem
from disarm_lint.ruleset import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity

# Words identify an entity if at most one in fifty of its kind, and at most four, have them all.
# A technique and its sub-techniques count as one. “Create” or “Persona” identifies nothing.
_RARE, _MOST_RARE = 50, 4
# Words that more entities have are ignored.
_COMMON = 64
# How much a text must resemble a name to be compared with it as a slip.
_NEAR = 0.85


def is_same_entity(corpus: Corpus, written: str, entity: Entity) -> bool:
    """Tell whether a written name means an entity.

    It does if it is a slip or a rewording of the entity's name, or if the entity's page still
    has it. A name that has nothing in common with the entity's may be its former name, but
    also the name of another entity that had its id in an earlier numbering.
    """
    if is_slip(written, entity.name) or _has_old_name(corpus, written, entity):
        return True
    shared = set(find_shared_words(written, entity.name))
    sizes = sorted((len(set(split_words(written))), len(set(split_words(entity.name)))))
    if 2 * len(shared) > sizes[1] or len(shared) == sizes[0] > 1:
        return True
    bearers = _list_bearers(corpus).get(entity.kind.key)
    return bearers is not None and bearers.are_few(shared)


def find_nearest(corpus: Corpus, written: str, entity: Entity) -> Entity | None:
    """Return the other entity of the same kind whose name a text misspells."""
    if is_slip(written, entity.name):
        return None
    near = corpus.names(entity.kind.key).find_closest(written, cutoff=_NEAR)
    other = corpus.entity(near) if near is not None else None
    if other is None or other.id == entity.id or not is_slip(written, other.name):
        return None
    return other


def _has_old_name(corpus: Corpus, written: str, entity: Entity) -> bool:
    """Tell whether the entity's page, which may be behind its row, has this name."""
    page = corpus.page(entity.id)
    return page is not None and page.name is not None and is_slip(written, page.name)


class _Bearers:
    """The entities of a kind, by the words of their names."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._bearers: dict[str, set[str]] = defaultdict(set)
        families = set()
        for entity in entities:
            family = find_stem(entity.id) or entity.id
            families.add(family)
            for word in split_words(entity.name):
                if len(self._bearers[word]) <= _COMMON:
                    self._bearers[word].add(family)
        self._few = max(1, min(_MOST_RARE, len(families) // _RARE))

    def are_few(self, words: Iterable[str]) -> bool:
        """Tell whether only few entities have all of these words in their names."""
        found = [self._bearers[word] for word in words if word in self._bearers]
        found = [bearers for bearers in found if len(bearers) <= _COMMON]
        return bool(found) and len(set.intersection(*found)) <= self._few


@derived
def _list_bearers(corpus: Corpus) -> Mapping[str, _Bearers]:
    kinds: dict[str, list[Entity]] = defaultdict(list)
    for entity in corpus.registry.entities.values():
        kinds[entity.kind.key].append(entity)
    return {kind: _Bearers(entities) for kind, entities in kinds.items()}
