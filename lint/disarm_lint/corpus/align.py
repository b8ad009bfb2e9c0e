"""Finding a text of a page in the cell that it was made from."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"\s+")
# Words as short as these stand anywhere.
_LEAST = 3


def align(leaf: str, start: int, end: int, cell: str) -> tuple[int, int] | None:
    """Return where the code points `start` to `end` of `leaf` stand in `cell`, else None.

    The generator may have joined several cells to one text, added a name or
    trimmed blanks: the whole is looked for first, then the cell in the whole,
    then the words alone, with as many of their like before them.
    """
    trimmed = leaf.strip()
    lead = len(leaf) - len(leaf.lstrip())
    if trimmed and (at := cell.find(trimmed)) >= 0:
        return _clipped(at + start - lead, at + end - lead, len(cell))
    body = cell.strip()
    at = leaf.find(body) if len(body) >= _LEAST else -1
    if 0 <= at <= start and end <= at + len(body):
        shift = len(cell) - len(cell.lstrip()) - at
        return start + shift, end + shift
    words = leaf[start:end]
    if len(words.strip()) < _LEAST:
        return None
    if len(words) > 200 and (squeezed := _squeezed(words, cell)) is not None:
        return squeezed
    position = -1
    for _ in range(leaf.count(words, 0, start) + 1):
        following = cell.find(words, position + 1)
        if following < 0:
            break
        position = following
    return (position, position + len(words)) if position >= 0 else None


def _clipped(start: int, end: int, length: int) -> tuple[int, int]:
    start = min(max(0, start), length)
    return start, min(max(start, end), length)


def _squeezed(words: str, cell: str) -> tuple[int, int] | None:
    """Return the whole cell where it differs from the words in blanks alone."""
    if _BLANKS.sub(" ", words).strip() == _BLANKS.sub(" ", cell).strip():
        return 0, len(cell)
    return None
