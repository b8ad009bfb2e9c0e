"""An earlier release in short: what its ids named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity

_SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class EarlierEntity:
    """What an id named: the key of its kind, the entity's name and summary, as a reader sees them.

    `path` is the page or workbook that defined it.
    """

    kind: str
    name: str
    summary: str
    path: str


@dataclass(frozen=True)
class ReleaseIndex:
    """The entities of an earlier release, by id; `label` names it in messages."""

    label: str
    entities: Mapping[str, EarlierEntity] = field(default_factory=dict)


def index_release(corpus: Corpus, label: str) -> ReleaseIndex:
    """Return a corpus in short, to be compared with a later one."""
    entities = corpus.registry.entities.values()
    return ReleaseIndex(label, {entity.id: _was(entity) for entity in entities})


def _was(entity: Entity) -> EarlierEntity:
    document = entity.definitions[0].document
    return EarlierEntity(entity.kind.key, entity.name, find_summary(entity), document.path)


def find_summary(entity: Entity) -> str:
    """Return an entity's summary as a reader sees it: its row's, else its page's; else nothing."""
    for document in (entity.master, entity.page):
        item = document.field(_SUMMARY) if document is not None else None
        if item is not None and item.value:
            return plain_name(item.value.raw)
    return ""
