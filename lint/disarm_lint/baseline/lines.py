"""Changing a baseline line by line.

A YAML round trip ties a comment to the entry before it, so that it would be
lost with that one; here comments stay with what they stand above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.baseline.write import entry_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from disarm_lint.baseline.model import Baseline, Entry

_ENTRIES = re.compile(r"entries:(?P<none> *\[ *\])?(?P<rest> *(?:#.*)?)")


@dataclass(slots=True)
class _Block:
    """Lines of an entry with the comments right above it, and the lines before those."""

    before: list[str]
    lines: list[str]
    entry: Entry


def changed_lines(
    baseline: Baseline, removed: Collection[str], added: Sequence[Entry]
) -> str | None:
    """Return the text of a baseline without some entries, and with others, sorted.

    None where entries do not stand on lines of their own.
    """
    # Not splitlines: that would also split at what YAML takes for no line end.
    lines = baseline.text.split("\n")
    end = "\r" if "\r\n" in baseline.text else ""
    lines = [line.removesuffix("\r") for line in lines]
    place = next((n for n, line in enumerate(lines) if _ENTRIES.fullmatch(line)), None)
    if place is None:
        return None
    head, position = lines[:place], place + 1
    blocks: list[_Block] = []
    for listed in baseline.entries:
        if listed.first is None or listed.last is None or listed.first <= position:
            return None
        lead = lines[position : listed.first - 1]
        own = next((n for n in range(len(lead), 0, -1) if not _is_comment(lead[n - 1])), 0)
        blocks.append(
            _Block(lead[:own], lead[own:] + lines[listed.first - 1 : listed.last], listed.entry)
        )
        position = listed.last
    tail = lines[position:]
    spaced = len(blocks) < 2 or any("" in block.before for block in blocks[1:])
    gap = [""] if spaced else []
    indent = _indent(blocks)
    blocks, tail = _without(blocks, removed, tail)
    for entry in added:
        _insert(blocks, entry, gap, indent)
    comment = (_ENTRIES.fullmatch(lines[place]) or {"rest": ""})["rest"].rstrip()
    word = "entries:" if blocks else "entries: []"
    inner = [line for block in blocks for line in (*block.before, *block.lines)]
    return f"{end}\n".join([*head, word + comment, *inner, *tail])


def _is_comment(line: str) -> bool:
    return line.lstrip(" ").startswith("#")


def _indent(blocks: Sequence[_Block]) -> int:
    """Return by how many blanks the dashes are indented."""
    for line in blocks[0].lines if blocks else ():
        if not _is_comment(line):
            return len(line) - len(line.lstrip(" "))
    return 2


def _without(
    blocks: Sequence[_Block], removed: Collection[str], tail: list[str]
) -> tuple[list[_Block], list[str]]:
    """Return the blocks that stay, and the lines behind them; the last of these ends the file."""
    kept: list[_Block] = []
    left: list[str] | None = None
    for block in blocks:
        if left is not None:
            block.before = _joined(left, block.before, at_start=not kept)
        if block.entry.fingerprint in removed:
            left = block.before
        else:
            kept.append(block)
            left = None
    if left is None:
        return kept, tail
    behind = _joined(left, tail[:-1], at_start=not kept)
    if len(tail) == 1 and behind and not behind[-1]:
        # No empty line at the end of the file.
        behind.pop()
    return kept, behind + tail[-1:]


def _joined(one: list[str], other: list[str], *, at_start: bool) -> list[str]:
    """Join lines between which an entry stood, without an empty line too many."""
    if other and not other[0] and (not one[-1] if one else at_start):
        other = other[1:]
    return one + other


def _insert(blocks: list[_Block], entry: Entry, gap: list[str], indent: int) -> None:
    """Put an entry before the first block that sorts behind it."""
    new = _Block(list(gap) if blocks else [], entry_lines(entry, indent), entry)
    number = next((n for n, b in enumerate(blocks) if b.entry.sort_key > entry.sort_key), None)
    if number is None:
        blocks.append(new)
        return
    follower = blocks[number]
    new.before, follower.before = follower.before, list(gap)
    blocks.insert(number, new)
