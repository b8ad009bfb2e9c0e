"""What the rules on texts share: whose text a place holds, and how a piece of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType

if TYPE_CHECKING:
    from disarm_lint.model.document import Document, Row


def subject_at(document: Document, offset: int) -> str | None:
    """Return the id whose text stands at an offset; None where it is the page's own.

    The text that ties two entities, such as the evidence for a technique in an
    incident, is shown on the pages of both: its subject is both ids, the same
    on all of them.
    """
    _, row = document.row_at(offset)
    return _subject(document, row, offset) if row is not None and row.key else None


def _subject(document: Document, row: Row, offset: int) -> str:
    behind_key = bool(row.cells) and offset >= row.cells[0].text.end
    if document.type is PageType.ENTITY and document.id and behind_key:
        return "/".join(sorted((document.id, row.key)))
    return row.key


def shorten(text: str, width: int = 40) -> str:
    """Return at most `width` code points of a text on one line, with an ellipsis if cut."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def show_invisible(text: str) -> str:
    """Return a text with a code in place of each character that cannot be seen."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)
