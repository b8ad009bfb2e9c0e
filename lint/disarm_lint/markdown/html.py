"""HTML tables inside a Markdown file, with the offsets of their cells."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True)
class HtmlRow:
    """A table row: `start` to `end` (exclusive) in the file, and its cells.

    Cells are pairs of offsets of what stands between the tags; `header` tells
    that the cells are `<th>`.
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    header: bool


class _TableParser(HTMLParser):
    def __init__(self, base: int, line_starts: list[int]) -> None:
        super().__init__(convert_charrefs=False)
        self.rows: list[HtmlRow] = []
        self._base = base
        self._starts = line_starts
        self._row_start: int | None = None
        self._cell_start: int | None = None
        self._cells: list[tuple[int, int]] = []
        self._header = False

    def _here(self) -> int:
        line, column = self.getpos()
        return self._base + self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self._close_row(self._here())
            self._row_start = self._here()
        elif tag in ("td", "th"):
            self._close_cell(self._here())
            self._row_start = self._here() if self._row_start is None else self._row_start
            self._header = tag == "th"
            self._cell_start = self._here() + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._close_cell(self._here())
        elif tag in ("tr", "table"):
            self._close_row(self._here())

    def close(self) -> None:
        super().close()
        self._close_row(self._here())

    def _close_cell(self, end: int) -> None:
        if self._cell_start is not None:
            self._cells.append((self._cell_start, end))
        self._cell_start = None

    def _close_row(self, end: int) -> None:
        self._close_cell(end)
        if self._row_start is not None and self._cells:
            self.rows.append(HtmlRow(self._row_start, end, tuple(self._cells), self._header))
        self._row_start = None
        self._cells = []


def split_html_rows(text: str, start: int, end: int) -> tuple[HtmlRow, ...]:
    """Return the rows of the HTML table that stands at `start` to `end` (exclusive).

    Rows without cells are left out. HTMLParser counts lines by line feeds
    alone, and so does this.
    """
    part = text[start:end]
    line_starts = [0]
    position = part.find("\n")
    while position >= 0:
        line_starts.append(position + 1)
        position = part.find("\n", position + 1)
    parser = _TableParser(start, line_starts)
    parser.feed(part)
    parser.close()
    return tuple(parser.rows)
