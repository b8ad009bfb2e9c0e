"""Where on a page a text stands: the questions that tracing it asks of tables and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.document import Document, Field, Row, Table
    from disarm_lint.model.text import Text


def is_grid(page: Document) -> bool:
    """Tell whether a page is a grid, whose cells are entities of their own."""
    return page.index is not None and page.index.lists is None


def is_within(text: Text, place: Text) -> bool:
    """Tell whether a text lies in a place."""
    return place.start <= text.start and text.end <= place.end


def covers(text: Text, row: Row) -> bool:
    """Tell whether a finding is about a broken row as a whole: it stands at the first cell."""
    first = row.cells[0].text if row.cells else row.text
    return row.broken and text.start <= first.start and text.end >= first.end


def find_under_header(document: Document, table: Table, row: Row, text: Text) -> Field | None:
    """Return the cell of a worksheet row whose header a text of a table is under."""
    number = next((n for n, c in enumerate(row.cells) if is_within(text, c.text)), None)
    if number is None or number >= len(table.header):
        return None
    header = _header(table.header[number])
    return next(
        (
            item
            for item in document.fields
            if header in (_header(item.label), item.spec and item.spec.key)
        ),
        None,
    )


def _header(text: Text) -> str:
    return " ".join(text.raw.replace("_", " ").split()).casefold()


def list_row_words(row: Row) -> list[str]:
    """Return the texts of a row, cell by cell."""
    return [cell.text.raw for cell in row.cells]


def find_row(page: Document, text: Text) -> tuple[Table | None, Row | None]:
    """Return the table and the row in which a text begins."""
    return page.row_at(text.start)
