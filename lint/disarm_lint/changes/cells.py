"""How a cell changed: the members of a list that came and went, or the words of a text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.changes.table import Column

_ID = re.compile(r"[A-Z]{1,4}[0-9]{2,10}(?:\.[0-9]{1,6})?(?!\w)")
_PART = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that differs: its column, and its text before and after, empty where it is blank.

    Of a list, `added` and `removed` are the members that came and went, with
    each `altered` one as it was and as it is; `listed` tells a list from a
    text. `note` says in words what differs where that is no member and no word.
    """

    column: str
    before: str
    after: str
    listed: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[tuple[str, str], ...] = ()
    note: str = ""


def cell_change(column: Column, before: str, after: str) -> CellChange | None:
    """Return how a cell changed; None where it did not."""
    if before == after:
        return None
    old, new = _lists(column, before, after)
    if not old and not new:
        note = "only blanks differ" if _squeezed(before) == _squeezed(after) else ""
        return CellChange(column.name, before, after, note=note)
    olds, news = [_name(member) for member in old], [_name(member) for member in new]
    gone, come = Counter(olds) - Counter(news), Counter(news) - Counter(olds)
    texts = dict(zip(olds, old, strict=True))
    altered = [
        (texts[name], member)
        for name, member in zip(news, new, strict=True)
        if name in texts and texts[name] != member and not column.ids_only
    ]
    if not (gone or come or altered):
        if column.ids_only:
            return None
        note = "only the order differs" if old != new else "only blanks differ"
        return CellChange(column.name, before, after, listed=True, note=note)
    return CellChange(
        column.name,
        before,
        after,
        listed=True,
        added=_of(come, news, new),
        removed=_of(gone, olds, old),
        altered=tuple(dict.fromkeys(altered)),
    )


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _lists(column: Column, before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the members of both, if the column holds lists or both look like lists of ids."""
    if column.separator is not None:
        return _members(before, column.separator), _members(after, column.separator)
    found = [[part for part in _PART.split(text) if part] for text in (before, after)]
    if max(map(len, found)) < 2 or not all(_ID.fullmatch(p) for parts in found for p in parts):
        return [], []
    return found[0], found[1]


def _members(text: str, separator: str) -> list[str]:
    """Return the members of a list; a comma in a name behind an id parts nothing."""
    parts = [_squeezed(part) for part in text.split(separator)]
    parts = [part for part in parts if part]
    if separator != "," or not (parts and _ID.match(parts[0])):
        return parts
    members: list[str] = []
    for part in parts:
        if _ID.match(part):
            members.append(part)
        else:
            members[-1] += f", {part}"
    return members


def _name(member: str) -> str:
    found = _ID.match(member)
    return found[0] if found else member


def _of(chosen: Counter[str], names: Iterable[str], members: Sequence[str]) -> tuple[str, ...]:
    left = chosen.copy()
    found = []
    for name, member in zip(names, members, strict=True):
        if left[name] > 0:
            left[name] -= 1
            found.append(member)
    return tuple(found)
