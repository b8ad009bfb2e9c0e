"""Entities: what the corpus knows under an id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.document import Document, Row
    from disarm_lint.model.profile import Kind
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class Definition:
    """A place that defines an entity: the heading of its page, or its row in an index."""

    document: Document
    id: Text
    name: Text | None
    row: Row | None = None

    @property
    def is_page(self) -> bool:
        """Tell whether the definition is the entity's page."""
        return self.row is None


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: its kind, its id, its name, and where each is defined."""

    kind: Kind
    id: str
    name: str
    definitions: tuple[Definition, ...]

    @property
    def page(self) -> Document | None:
        """The entity's page."""
        return next((d.document for d in self.definitions if d.is_page), None)


@dataclass(frozen=True, slots=True)
class Retired:
    """An id that once existed: its name and its successor, where they are known.

    `why` says what shows it, as a clause; `where` is the text that does.
    """

    id: str
    name: str | None
    successor: str | None
    why: str
    where: Text | None = None
