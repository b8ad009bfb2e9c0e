"""What M703 knows of list cells: what is wrong with one, and how it has to be written."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Format, Separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.model.profile import SheetColumn

EXPECTED = {
    Separator.COMMA: "commas",
    Separator.LINE: "line breaks",
    Separator.BLANK: "single spaces",
}
_ONE = {Separator.COMMA: "a comma", Separator.LINE: "a line break", Separator.BLANK: "a space"}
# What parts two addresses beside a space: spaces of other kinds, or a comma between two.
_BETWEEN_URLS = re.compile(r"[,;]?\s+|[,;](?=https?://)")
# Flaws by which the generator may lose members.
SPACED, UNPARTED = "a space stands around a member", "there is none between two ids"
_AROUND = " \t\r\n\u00a0,;"


def find_list_flaws(raw: str, ids: Sequence[tuple[int, int]], column: SheetColumn) -> list[str]:
    """Return what is wrong with a list cell, each as a clause.

    `ids` are where the ids that the cell states begin and end.
    """
    if column.separator is None:
        return []
    if column.field.format is Format.URLS:
        return _of_urls(raw, column.separator)
    found = []
    one = _ONE[column.separator]
    starts = [start for start, _ in ids]
    blanks = empty = several = named = False
    for start, end in _members(raw, column.separator.char):
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
        found.append("more than an id stands in a member")
    return found


def _of_urls(raw: str, separator: Separator) -> list[str]:
    found: list[str] = []
    if separator is not Separator.BLANK:
        return found
    gaps = [match[0] for match in _BETWEEN_URLS.finditer(raw.strip())]
    if any(gap != " " and gap.strip(" ") for gap in gaps):
        found.append("something else stands between two addresses")
    if any(not gap.strip(" ") and len(gap) > 1 for gap in gaps) or raw != raw.strip():
        found.append("there is a space too many")
    return found


def rewrite_list(raw: str, ids: Sequence[tuple[int, int]], column: SheetColumn) -> str:
    """Return a list cell as its column has it; `ids` as in `find_list_flaws`."""
    if column.separator is None:
        return raw
    if column.field.format is Format.URLS:
        return " ".join(part for part in _BETWEEN_URLS.split(raw.strip()) if part)
    separator = column.separator.char
    ends = dict(ids)
    cuts = {0, *ends}
    if column.field.format is Format.IDS:
        cuts.update(start for start, _ in _members(raw, separator))
    edges = [*sorted(cuts), len(raw)]
    bare = column.field.format is Format.IDS
    pieces = (raw[a : ends.get(a, b) if bare else b].strip(_AROUND) for a, b in pairwise(edges))
    return separator.join(piece for piece in pieces if piece)


def _members(raw: str, separator: str) -> Iterator[tuple[int, int]]:
    start = 0
    while (end := raw.find(separator, start)) >= 0:
        yield start, end
        start = end + len(separator)
    yield start, len(raw)
