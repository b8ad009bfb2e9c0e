"""HTML tables inside a Markdown file, with the offsets of their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A tag longer than this is none; the bound keeps the search for its end linear.
_LONGEST_TAG = 4096
_OPENING = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9-]*+)")
_ATTRIBUTES = re.compile(r"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")


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


class _Rows:
    """Collects rows while the tags of a table pass by; what is left open is closed for it."""

    def __init__(self) -> None:
        self.found: list[HtmlRow] = []
        self._row_start: int | None = None
        self._cell_start: int | None = None
        self._cells: list[tuple[int, int]] = []
        self._header = False

    def opening(self, tag: str, start: int, end: int) -> None:
        """Take the start tag that stands at `start` to `end` (exclusive)."""
        if tag == "tr":
            self.close_row(start)
            self._row_start = start
        elif tag in ("td", "th"):
            self._close_cell(start)
            self._row_start = start if self._row_start is None else self._row_start
            self._header = tag == "th"
            self._cell_start = end

    def closing(self, tag: str, start: int) -> None:
        """Take the end tag that stands at `start`."""
        if tag in ("td", "th"):
            self._close_cell(start)
        elif tag in ("tr", "table"):
            self.close_row(start)

    def close_row(self, end: int) -> None:
        """Close the row that is open, if one is."""
        self._close_cell(end)
        if self._row_start is not None and self._cells:
            self.found.append(HtmlRow(self._row_start, end, tuple(self._cells), self._header))
        self._row_start = None
        self._cells = []

    def _close_cell(self, end: int) -> None:
        if self._cell_start is not None:
            self._cells.append((self._cell_start, end))
        self._cell_start = None


def split_html_rows(text: str, start: int, end: int) -> tuple[HtmlRow, ...]:
    """Return the rows of the HTML table that stands at `start` to `end` (exclusive).

    Rows without cells are left out; tags in comments and in attribute values
    are none. The time is linear, whatever the text (html.parser's is not: it
    looks for the end of each unclosed tag anew).
    """
    rows = _Rows()
    position = start
    comments = True
    while (opening := _OPENING.search(text, position, end)) is not None:
        here, position = opening.start(), opening.end()
        if opening[2] is None:
            close = text.find("-->", position, end) if comments else -1
            comments = close >= 0
            position = close + len("-->") if comments else position
            continue
        rest = _ATTRIBUTES.match(text, position, min(end, position + _LONGEST_TAG))
        if rest is None:
            continue
        position = rest.end()
        tag = opening[2].lower()
        if opening[1]:
            rows.closing(tag, here)
        else:
            rows.opening(tag, here, position)
    rows.close_row(end)
    return tuple(rows.found)
