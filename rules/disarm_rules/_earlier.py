"""What the rules share that compare a corpus with an earlier release of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_same_name, plain_name

if TYPE_CHECKING:
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity


def find_bearers(corpus: Corpus, kind: str, name: str) -> list[Entity]:
    """Return the entities of a kind that bear a name."""
    if not plain_name(name):
        return []
    entities = corpus.registry.entities.values()
    return [e for e in entities if e.kind.key == kind and e.name and is_same_name(e.name, name)]
