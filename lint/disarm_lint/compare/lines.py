"""Comparing the lines of two texts, in time that grows little faster than the texts.

If many lines are alike, difflib takes time that grows with the square of their number, and
at worst with its cube: a stranger's page could keep it busy for minutes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.words import measure_common

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    # Line numbers of the old text, from and to, and the lines of the new text in their place.
    Block = tuple[int, int, int, int]

# The largest block, lines times lines, that difflib compares between two anchors.
_MOST = 10_000


def format_line_diff(
    old: Sequence[str], new: Sequence[str], before: str, after: str
) -> Iterator[str]:
    """Yield a unified diff without context, under two names; nothing if the texts are equal."""
    blocks = list(compare_lines(old, new))
    if not blocks:
        return
    yield f"--- {before}"
    yield f"+++ {after}"
    for start, end, begin, stop in blocks:
        yield f"@@ -{_format_range(start, end)} +{_format_range(begin, stop)} @@"
        yield from (f"-{line}" for line in old[start:end])
        yield from (f"+{line}" for line in new[begin:stop])


def _format_range(start: int, end: int) -> str:
    if end - start == 1:
        return str(start + 1)
    return f"{start + 1 if end > start else start},{end - start}"


def compare_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
    """Yield the blocks that differ, in order."""
    last: Block | None = None
    for block in _list_blocks(old, new):
        if last is not None and last[1] == block[0] and last[3] == block[2]:
            last = (last[0], block[1], last[2], block[3])
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def _list_blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
    done, made = 0, 0
    for one, other in [*_find_anchors(old, new), (len(old), len(new))]:
        yield from _compare_between(old, new, (done, one, made, other))
        done, made = one + 1, other + 1


def _find_anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest series of lines that occur once in each text, in the same order."""
    once = Counter(old)
    where = {line: number for number, line in enumerate(old) if once[line] == 1}
    again = Counter(new)
    pairs = [
        (where[line], number)
        for number, line in enumerate(new)
        if again[line] == 1 and line in where
    ]
    # For each length of an ascending series, the pair at its lowest end.
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (number, _) in enumerate(pairs):
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        last[at : at + 1] = [index]
        before.append(last[at - 1] if at else None)
    found: list[tuple[int, int]] = []
    here = last[-1] if last else None
    while here is not None:
        found.append(pairs[here])
        here = before[here]
    return found[::-1]


def _compare_between(old: Sequence[str], new: Sequence[str], block: Block) -> Iterator[Block]:
    start, end, begin, stop = block
    while start < end and begin < stop and old[start] == new[begin]:
        start, begin = start + 1, begin + 1
    while start < end and begin < stop and old[end - 1] == new[stop - 1]:
        end, stop = end - 1, stop - 1
    if (end - start) * (stop - begin) <= _MOST:
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(None, old[start:end], new[begin:stop], autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            if tag != "equal":
                yield start + i, start + j, begin + k, begin + m
    elif end - start == stop - begin:
        # Equally many lines: each replaces one.
        for number in range(end - start):
            if old[start + number] != new[begin + number]:
                yield start + number, start + number + 1, begin + number, begin + number + 1
    else:
        yield start, end, begin, stop


# How much is shown around changed words, and the length up to which all is, in code points.
_CONTEXT, _SHORT = 40, 120


def cut_alike(
    old: str, new: str, show: Callable[[str], str] = lambda text: text
) -> tuple[str, str]:
    """Return two texts; if they are long, shorten what they have in common at either end.

    `show` is applied to what is left of each, with an “…” where something was cut.
    """
    if max(len(old), len(new)) <= _SHORT:
        return show(old), show(new)
    start, end = measure_common(old, new)
    first, last = max(0, start - _CONTEXT), max(0, end - _CONTEXT)

    def cut(text: str) -> str:
        middle = text[first : len(text) - last]
        return show(f"{'…' if first else ''}{middle}{'…' if last else ''}")

    return cut(old), cut(new)
