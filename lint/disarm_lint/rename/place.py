"""Places that a rename touches, each in a role, and places that a person must look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.document import Role as MentionRole
from disarm_lint.model.text import RowSource

if TYPE_CHECKING:
    from disarm_lint.model.document import Document
    from disarm_lint.model.text import Text


class TouchedRole(StrEnum):
    """In what role a name or an id stands, in the order in which they are counted."""

    HEADING = "heading"
    FIELD = "field"
    LINK = "link"
    CITATION = "citation"
    INDEX = "index row"
    GRID = "grid cell"
    CELL = "workbook cell"
    ARTEFACT = "artefact"

    @property
    def plural(self) -> str:
        """The word for several of them."""
        return f"{self.value}s"


@dataclass(frozen=True, slots=True)
class TouchedPlace:
    """A text that a rename replaces, in a file or in a cell.

    `derived` says that the text may be the value of a formula: what the formula
    is made of is renamed too.
    """

    role: TouchedRole
    text: Text
    replacement: str
    derived: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        """File, cell (empty in a text file), and the offsets there, for order and identity."""
        source = self.text.source
        if not isinstance(source, RowSource):
            return source.path, "", self.text.start, self.text.end
        number = source.cell(self.text.start)
        start = source.starts[number]
        cell = f"{source.sheet}!{source.refs[number]}"
        return source.path, cell, self.text.start - start, self.text.end - start


def find_role(document: Document, role: MentionRole) -> TouchedRole:
    """Return the role of what stands in a document in the role of a mention."""
    if document.type is PageType.ROW:
        return TouchedRole.CELL
    if document.index is not None:
        return TouchedRole.INDEX if document.index.lists else TouchedRole.GRID
    return _ON_PAGES.get(role, TouchedRole.FIELD)


_ON_PAGES = {
    MentionRole.HEADING: TouchedRole.HEADING,
    MentionRole.LINK: TouchedRole.LINK,
    MentionRole.PROSE: TouchedRole.CITATION,
}
