"""Where a merge conflict was left in a page, and how far the damage that it does reaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?=[ \r\n]|\Z)[^\r\n]*", re.MULTILINE)
# Code points between the tag of a row and a conflict in it.
_FARTHEST = 20_000


def may_conflict(text: str) -> bool:
    """Tell quickly whether a text holds the characters of a marker, in whatever place."""
    return any(char * 7 in text for char in "<=>")


def find_conflicts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each conflict begins, where its first marker ends, and where it ends."""
    opened: tuple[int, int] | None = None
    parted = False
    for match in MARKER.finditer(text):
        char = match[0][0]
        if char == "<":
            opened, parted = match.span(), False
        elif char == "=":
            parted = opened is not None
        elif opened is not None and parted:
            yield (*opened, match.end())
            opened, parted = None, False


def widen_conflict(text: str, start: int, end: int) -> tuple[int, int]:
    """Return what a conflict damages: of a table, its header and the rows behind the markers."""
    opened = text.rfind("<tr", max(start - _FARTHEST, 0), start)
    if opened >= 0 and "</tr" not in text[opened:start]:
        closed = text.find("</tr>", end, end + _FARTHEST)
        return opened, closed + len("</tr>") if closed >= 0 else end
    header = text.rfind("\n", 0, max(start - 1, 0)) + 1
    above = text.rfind("\n", 0, max(header - 1, 0)) + 1
    if text.startswith("|", header) and not text.startswith("|", above):
        start = header
    while (following := text.find("\n", end) + 1) and text.startswith("|", following):
        line_end = text.find("\n", following)
        end = line_end if line_end >= 0 else len(text)
    return start, end
