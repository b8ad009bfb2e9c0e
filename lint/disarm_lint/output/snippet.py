"""The source line of a finding, cut to a window, with carets under the wrong words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.text import PageSource, Span
    from disarm_lint.output.visible import Cell, Charset

# Columns before the wrong words, where there is room for them, and at the least.
_BEFORE, _LEAST = 26, 10
# Code points of each part that are looked at.
_MOST = 400


@dataclass(frozen=True, slots=True)
class Snippet:
    """A line as shown, and which of its columns (0-based, end exclusive) the carets take."""

    line: str
    start: int
    end: int


def snippet(source: PageSource, span: Span, columns: int, charset: Charset) -> Snippet:
    """Return the first line of a span, at most `columns` wide.

    Looks at no more of the line than can be shown: lines of many megabytes
    cost no more than short ones.
    """
    starts = source.line_starts
    line_start = min(starts[min(span.line, len(starts)) - 1], len(source.text))
    line_end = starts[span.line] if span.line < len(starts) else len(source.text)
    text = source.text
    while line_end > line_start and text[line_end - 1] in "\r\n":
        line_end -= 1
    start = min(line_start + span.column - 1, line_end)
    end = line_end
    if span.end_line == span.line:
        end = max(start, min(line_start + span.end_column - 1, line_end))
    inside_end = min(end, start + _MOST)
    first = max(line_start, start - _MOST)
    last = min(line_end, inside_end + _MOST)
    return _window(
        [charset.cell(char) for char in text[first:start]],
        [charset.cell(char, exact=True) for char in text[start:inside_end]],
        [charset.cell(char) for char in text[inside_end:last]],
        columns,
        charset.line("…"),
        cut=(first > line_start, last < line_end),
    )


def _total(cells: list[Cell]) -> int:
    return sum(cell.width for cell in cells)


def _text(cells: list[Cell]) -> str:
    return "".join(cell.text for cell in cells)


def _window(
    before: list[Cell],
    inside: list[Cell],
    after: list[Cell],
    columns: int,
    mark: str,
    *,
    cut: tuple[bool, bool],
) -> Snippet:
    """Fit three parts of a line into `columns`; `cut` says whether the line goes on either side."""
    cut_left, cut_right = cut
    if not cut_left:
        # Indentation says nothing here.
        indent = next((n for n, cell in enumerate(before) if cell.text != " "), len(before))
        before = before[indent:]
    room = columns - _total(inside)
    left = ""
    if cut_left or cut_right or _total(before) + _total(after) > room:
        reserve = len(mark) + 1
        behind = _total(after) + (reserve if cut_right else 0)
        before, left = _tail(
            before, max(min(_BEFORE, room - reserve), room - behind, _LEAST), mark, cut=cut_left
        )
    start = len(left) + _total(before)
    end = start + _total(inside)
    if end > columns:
        inside, after, right = _head(inside, columns - start - len(mark)), [], mark
        end = start + _total(inside)
    else:
        after, right = _rest(after, columns - end, mark, cut=cut_right)
    line = f"{left}{_text(before)}{_text(inside)}{_text(after)}{right}"
    return Snippet(line.rstrip(), start, max(end, start + 1))


def _rest(cells: list[Cell], room: int, mark: str, *, cut: bool) -> tuple[list[Cell], str]:
    """Return the beginning of some cells, at most `room` wide with the mark, up to a word's end."""
    if not cut and _total(cells) <= room:
        return cells, ""
    room -= len(mark) + 1
    if room < 0:
        return [], ""
    kept = _head(cells, room)
    if len(kept) < len(cells):
        blanks = (n for n in range(len(kept), len(kept) // 2, -1) if cells[n].text == " ")
        kept = kept[: next(blanks, len(kept))]
    return kept, f" {mark}"


def _tail(cells: list[Cell], limit: int, mark: str, *, cut: bool) -> tuple[list[Cell], str]:
    """Return the end of some cells, at most `limit` wide with the mark, from a word's start."""
    if not cut and _total(cells) <= limit:
        return cells, ""
    room = limit - len(mark) - 1
    first, used = len(cells), 0
    while first > 0 and used + cells[first - 1].width <= room:
        first -= 1
        used += cells[first].width
    kept = cells[first:]
    blank = next((n for n, cell in enumerate(kept[: len(kept) // 2]) if cell.text == " "), None)
    if blank is not None:
        return kept[blank + 1 :], f"{mark} "
    return kept, mark


def _head(cells: list[Cell], room: int) -> list[Cell]:
    """Return the beginning of some cells, at most `room` wide."""
    count, used = 0, 0
    while count < len(cells) and used + cells[count].width <= room:
        used += cells[count].width
        count += 1
    return cells[:count]
