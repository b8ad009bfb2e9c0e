"""Entities: what the corpus knows under an id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType

if TYPE_CHECKING:
    from disarm_lint.model.document import Document, Row
    from disarm_lint.model.profile import Kind
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class Definition:
    """What defines an entity: its page's heading, a row of a workbook, or one of an index."""

    document: Document
    id: Text
    name: Text | None
    row: Row | None = None

    @property
    def is_page(self) -> bool:
        """Tell whether the definition is the entity's page."""
        return self.document.type is PageType.ENTITY

    @property
    def is_master(self) -> bool:
        """Tell whether the definition is a row of a master workbook."""
        return self.document.type is PageType.ROW


@dataclass(frozen=True)
class Entity:
    """An entity: its kind, its id, its name, and where each is defined."""

    kind: Kind
    id: str
    name: str
    definitions: tuple[Definition, ...]

    @cached_property
    def definition(self) -> Definition:
        """What decides how it is called: its row, where a workbook has one, else its page."""
        return next((d for d in self.definitions if d.is_master), self.definitions[0])

    @cached_property
    def page(self) -> Document | None:
        """The entity's page."""
        return next((d.document for d in self.definitions if d.is_page), None)

    @cached_property
    def masters(self) -> tuple[Document, ...]:
        """The rows of master workbooks that define the entity; more than one is a mistake."""
        return tuple(d.document for d in self.definitions if d.is_master)

    @property
    def master(self) -> Document | None:
        """The first row of a master workbook that defines the entity."""
        return self.masters[0] if self.masters else None


class Evidence(StrEnum):
    """What says what became of an id: the configuration, a text, or an equal name."""

    CONFIGURATION = "configuration"
    TEXT = "text"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class RetiredId:
    """An id that once existed: the key of its kind, its name and its successor, if known.

    `why` says what shows it, as a clause; `where` is the text that does.
    `evidence` is None where only an orphan page has the id.
    """

    id: str
    kind: str | None
    name: str | None
    successor: str | None
    why: str
    evidence: Evidence | None
    where: Text | None = None
