"""Texts with their places: spans, cells, and sources that know where their lines begin."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

_NEWLINE = re.compile(r"\r\n|\n|\r")


class Span(Struct, frozen=True, order=True, gc=False):
    """A region of a text file.

    Lines and columns are 1-based; columns count Unicode code points, never
    bytes or UTF-16 units; the end is exclusive. A byte order mark at the start
    of a file is no column.
    """

    line: int
    column: int
    end_line: int
    end_column: int


def split_ref(ref: str) -> tuple[str, int]:
    """Return the column's letters and the number of the row of a cell: `B37` is B and 37."""
    column = ref.rstrip("0123456789")
    return column, int(ref[len(column) :] or 0)


class CellSpan(Struct, frozen=True, gc=False):
    """A region of a worksheet cell; offsets are 0-based code points, the end exclusive."""

    sheet: str
    ref: str
    offset: int
    end_offset: int

    @property
    def address(self) -> str:
        """Sheet and cell as a formula writes them: `incidenttechniques!B37`."""
        sheet = self.sheet if self.sheet.isidentifier() else f"'{self.sheet}'"
        return f"{sheet}!{self.ref}"

    @property
    def order(self) -> tuple[str, int, int, str, int, int]:
        """What cells are sorted by: sheet, row, column, and the offsets."""
        letters, row = split_ref(self.ref)
        return (self.sheet, row, len(letters), letters, self.offset, self.end_offset)


class Location(Struct, frozen=True, gc=False):
    """Where something stands: a span of a text file or a span of a cell."""

    path: str
    span: Span | None = None
    cell: CellSpan | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """What places are sorted by: path, then where in the file."""
        if self.cell is not None:
            return (self.path, 1, *self.cell.order)
        span = self.span
        if span is None:
            return (self.path, 0, 0, 0, 0, 0)
        return (self.path, 0, span.line, span.column, span.end_line, span.end_column)


class Source(Protocol):
    """What holds a text and can say where each part of it stands."""

    @property
    def path(self) -> str:
        """Path relative to the corpus root, with forward slashes."""

    @property
    def text(self) -> str:
        """The whole text."""

    @property
    def invalid(self) -> tuple[tuple[int, int], ...]:
        """Where bytes stand that could not be decoded, and which."""

    def locate(self, start: int, end: int) -> Location:
        """Return where the code points `start` to `end` (exclusive) stand."""


@dataclass(frozen=True)
class PageSource:
    """A decoded text file.

    `path` is relative to the corpus root, with forward slashes; `text` is the
    whole text without a byte order mark, its line ends as they are. For
    `encoding`, `bom` and `invalid` see `disarm_lint.sources.decoding.Decoded`.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: str | None = None
    invalid: tuple[tuple[int, int], ...] = ()

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Return the offset at which each line begins (lines end as in CommonMark)."""
        return (0, *(match.end() for match in _NEWLINE.finditer(self.text)))

    def span(self, start: int, end: int) -> Span:
        """Return the span of the code points `start` to `end` (exclusive)."""
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end) if end > start else line
        if end > start and starts[end_line - 1] == end:
            # An end just behind a line break belongs to the line before it.
            end_line -= 1
        return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def locate(self, start: int, end: int) -> Location:
        """Return where the code points `start` to `end` (exclusive) stand."""
        return Location(self.path, self.span(start, end))

    def line(self, number: int) -> str:
        """Return the text of the 1-based line `number`, without its line end."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


@dataclass(frozen=True)
class RowSource:
    """A row of a worksheet: the texts of its cells, each behind the other.

    `starts` are the offsets at which the cells begin, `refs` their addresses
    (`B37`). A line break stands between two cells.
    """

    path: str
    sheet: str
    text: str
    starts: tuple[int, ...]
    refs: tuple[str, ...]

    @property
    def invalid(self) -> tuple[tuple[int, int], ...]:
        """Nothing: what a workbook holds has been decoded."""
        return ()

    def cell(self, offset: int) -> int:
        """Return the number of the cell, from 0, in which an offset lies."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def cell_text(self, number: int) -> Text:
        """Return the whole text of a cell."""
        last = number + 1 == len(self.starts)
        end = len(self.text) if last else self.starts[number + 1] - 1
        return Text(self, self.starts[number], end)

    def locate(self, start: int, end: int) -> Location:
        """Return the cell in which `start` lies, and the offsets in it; see Source."""
        number = self.cell(start)
        whole = self.cell_text(number)
        first = start - whole.start
        cell = CellSpan(
            self.sheet, self.refs[number], first, max(first, min(end, whole.end) - whole.start)
        )
        return Location(self.path, cell=cell)


_P = TypeVar("_P", bound=Any)


class Regions(Generic[_P]):
    """Regions, each from a point to another (exclusive), to be asked for an overlap."""

    def __init__(self, regions: list[tuple[_P, _P]]) -> None:
        ordered = sorted(regions)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))

    def overlap(self, region: tuple[_P, _P]) -> bool:
        """Tell whether one of the regions has a point in common with another."""
        start, end = region
        before = bisect_left(self._starts, end)
        return before > 0 and self._furthest[before - 1] > start


class Text(Struct, frozen=True, gc=False):
    """The code points `start` to `end` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def raw(self) -> str:
        """The text as it stands in the source."""
        return self.source.text[self.start : self.end]

    @property
    def location(self) -> Location:
        """Where the text stands."""
        return self.source.locate(self.start, self.end)

    def part(self, start: int, end: int) -> Text:
        """Return the part from `start` to `end`, both counted from this text's start."""
        return Text(self.source, self.start + start, self.start + end)

    def strip(self) -> Text:
        """Return the text without spaces around it."""
        raw = self.raw
        left = len(raw) - len(raw.lstrip())
        return Text(self.source, self.start + left, self.start + max(left, len(raw.rstrip())))

    def __bool__(self) -> bool:
        return self.end > self.start
