"""Rows of a Markdown table, with the offsets of their cells."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from disarm_lint.markdown.blocks import count_pipes, is_delimiter_row, is_open_row

_LINE = re.compile(r"[^\r\n]+")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row: `start` to `end` (exclusive) in the file, and its cells without blanks around them.

    `lines` is the number of lines that the row stands on. Cells are pairs of
    offsets; the first and the last pipe of the row open and close it.
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    lines: int


def _cells(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    pipes = [match.start() for match in _PIPE.finditer(text, start, end)]
    if not pipes or text[start : pipes[0]].strip():
        pipes.insert(0, start - 1)
    if text[pipes[-1] + 1 : end].strip():
        pipes.append(end)
    cells = []
    for left, right in itertools.pairwise(pipes):
        cell = text[left + 1 : right]
        begin = left + 1 + len(cell) - len(cell.lstrip())
        cells.append((begin, max(begin, left + 1 + len(cell.rstrip()))))
    return tuple(cells)


def _goes_on(last: str, line: str, pipes: int) -> bool:
    """Tell whether `line` goes on with a row that ends in `last` and lacks `pipes` before that."""
    if not line.lstrip().startswith("|"):
        return is_open_row(last, pipes)
    # In a table of one column, two rows that are not closed look the same.
    return pipes > 2 and is_open_row(last, 0) and count_pipes(last) + count_pipes(line) == pipes


def split_rows(text: str, start: int, end: int) -> tuple[RawRow, tuple[RawRow, ...]]:
    """Split a table block into its header and its body rows.

    A line that does not begin with a pipe goes on with the row before it where
    that one is not closed or has fewer cells than the header; one that begins
    with a pipe does where it completes an unclosed row to the header's cells.
    """
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text, start, end)]
    lines = [(a, b) for a, b in lines if text[a:b].strip()]
    header = RawRow(*lines[0], _cells(text, *lines[0]), 1)
    pipes = count_pipes(text[slice(*lines[0])])
    body: list[tuple[int, int, int]] = []
    last, seen = "", 0
    for begin, stop in lines[1:]:
        if not body and is_delimiter_row(text[begin:stop]) and begin == lines[1][0]:
            continue
        line = text[begin:stop]
        # `seen` are the pipes of the row before its last line, so that no line is counted twice.
        if body and _goes_on(last, line, pipes - seen):
            body[-1] = (body[-1][0], stop, body[-1][2] + 1)
            seen += count_pipes(last)
        else:
            body.append((begin, stop, 1))
            seen = 0
        last = line
    return header, tuple(RawRow(a, b, _cells(text, a, b), count) for a, b, count in body)
