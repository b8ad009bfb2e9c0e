"""An earlier release in short: what its ids named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity

_SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Was:
    """What an id named: the key of its kind, the entity's name and summary, as a reader sees them.

    `path` is the page or workbook that defined it.
    """

    kind: str
    name: str
    summary: str
    path: str


@dataclass(frozen=True)
class Earlier:
    """The entities of an earlier release, by id; `label` names it in messages."""

    label: str
    entities: Mapping[str, Was] = field(default_factory=dict)


def earlier_of(corpus: Corpus, label: str) -> Earlier:
    """Return a corpus in short, to be compared with a later one."""
    entities = corpus.registry.entities.values()
    return Earlier(label, {entity.id: _was(entity) for entity in entities})


def _was(entity: Entity) -> Was:
    document = entity.definitions[0].document
    return Was(entity.kind.key, entity.name, summary_of(entity), document.path)


def summary_of(entity: Entity) -> str:
    """Return an entity's summary as a reader sees it: its row's, else its page's; else nothing."""
    for document in (entity.master, entity.page):
        item = document.field(_SUMMARY) if document is not None else None
        if item is not None and item.value:
            return plain(item.value.raw)
    return ""
