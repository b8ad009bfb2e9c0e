"""What M703 and R209 know of list cells: their members, and how they have to be written."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Format, Separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from disarm_lint.model.profile import SheetColumn

EXPECTED = {
    Separator.COMMA: "commas",
    Separator.LINE: "line breaks",
    Separator.BLANK: "single spaces",
}
_ONE = {Separator.COMMA: "a comma", Separator.LINE: "a line break", Separator.BLANK: "a space"}
# What loses members: a space that becomes a part of an id, and two ids that are read as one.
SPACED = "there is a space beside a member"
UNPARTED = "there is none between two ids"
NAMED = "a member holds more than an id"
# What parts two addresses beside a space: spaces of other kinds, or a comma between two.
_BETWEEN_URLS = re.compile(r"[,;]?\s+|[,;](?=https?://)")
# What people write between ids, or around a list of them, and what holds none.
_JOINING = re.compile(r"(?:[^\w]|\b(?:and|or|und|oder|et|ou|y)\b)*", re.IGNORECASE)
_AROUND = " \t\r\n\u00a0,;"


def find_list_flaws(raw: str, ids: Sequence[tuple[int, int]], column: SheetColumn) -> list[str]:
    """Return what is wrong with a list cell, each as a clause.

    `ids` are where the ids that the cell states begin and end.
    """
    if column.separator is None:
        return []
    if column.field.format is Format.URLS:
        return _find_url_flaws(raw, column.separator)
    found = []
    one = _ONE[column.separator]
    starts = [start for start, _ in ids]
    blanks = empty = several = named = False
    for start, end in _find_members(raw, column.separator.char, ids):
        member = raw[start:end]
        inside = ids[bisect_left(starts, start) : bisect_left(starts, end)]
        within = len(inside)
        several = several or within > 1
        if within == 1 and column.field.format is Format.IDS:
            rest = raw[start : inside[0][0]] + raw[inside[0][1] : end]
            named = named or bool(rest.strip())
        empty = empty or not member.strip()
        # A member of named ones that has no id is a part of a name with a comma in it.
        if member.strip() and (within or column.field.format is Format.IDS):
            blanks = blanks or member != member.strip()
    if blanks:
        found.append(SPACED)
    if empty:
        found.append(f"there is {one} too many")
    if several:
        found.append(UNPARTED)
    if named:
        found.append(NAMED)
    return found


def _find_url_flaws(raw: str, separator: Separator) -> list[str]:
    found: list[str] = []
    if separator is not Separator.BLANK:
        return found
    gaps = [match[0] for match in _BETWEEN_URLS.finditer(raw.strip())]
    if any(gap != " " and gap.strip(" ") for gap in gaps):
        found.append("there is something else between two addresses")
    if any(not gap.strip(" ") and len(gap) > 1 for gap in gaps) or raw != raw.strip():
        found.append("there is an extra space")
    return found


def find_addresses(raw: str) -> Iterator[tuple[int, int]]:
    """Yield where the addresses of a list begin and end, whatever stands between them."""
    start = 0
    for gap in (*_BETWEEN_URLS.finditer(raw), None):
        end = gap.start() if gap is not None else len(raw)
        if "://" in raw[start:end]:
            yield start, end
        start = gap.end() if gap is not None else end


def rewrite_list(raw: str, ids: Mapping[tuple[int, int], str], column: SheetColumn) -> str:
    """Return a list cell as its column has it; `ids` are those to write where ids stand."""
    if column.separator is None:
        return raw
    if column.field.format is Format.URLS:
        return " ".join(part for part in _BETWEEN_URLS.split(raw.strip()) if part)
    separator = column.separator.char
    ends = {start: (end, text) for (start, end), text in ids.items()}
    bare = column.field.format is Format.IDS
    cuts = {0, *ends}
    if bare:
        cuts.update(start for start, _ in _find_members(raw, separator, sorted(ids)))
    pieces = []
    for start, end in pairwise([*sorted(cuts), len(raw)]):
        behind, text = ends.get(start, (start, ""))
        between = raw[behind:end]
        if bare and (text or _JOINING.fullmatch(between)):
            between = ""
        pieces.append(text + between)
    return separator.join(stripped for piece in pieces if (stripped := piece.strip(_AROUND)))


def _find_members(
    raw: str, separator: str, ids: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield where members begin and end; a separator inside of an id is a slip in that id."""
    starts = [start for start, _ in ids]
    start = at = 0
    while (end := raw.find(separator, at)) >= 0:
        at = end + len(separator)
        last = bisect_left(starts, end) - 1
        if last >= 0 and end < ids[last][1]:
            continue
        yield start, end
        start = at
    yield start, len(raw)
