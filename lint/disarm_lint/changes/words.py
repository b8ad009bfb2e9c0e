"""The words in which two texts differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# An id, a number or a word with a hyphen is one word.
_TOKEN = re.compile(r"\w+(?:[.'’-]\w+)*|\s+|[^\w\s]")
# difflib takes the square of this at the least, and its cube at the worst.
_MOST = 60_000
# So many words around a change are shown, and so short a stretch between two changes is one.
_AROUND = 5
_LONGEST = 160
_BRIEF = 100


class Op(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; of a gap, which stands for equal words, the text is an ellipsis."""

    op: Op
    text: str


_GAP = Piece(Op.GAP, "…")


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return the words that differ, with some around them; what is between is a gap.

    Long stretches are cut to their beginning and end. Takes bounded time.
    """
    return tuple(_short(_whole_words(_merged(_pieces(old, new)))))


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    yield Piece(Op.SAME, "".join(before[:start]))
    yield from _middle(before[start : len(before) - end], after[start : len(after) - end])
    yield Piece(Op.SAME, "".join(before[len(before) - end :]))


def _middle(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for tag, i, j, k, m in _opcodes(before, after):
        if tag == "equal":
            yield Piece(Op.SAME, "".join(before[i:j]))
        else:
            yield Piece(Op.REMOVED, "".join(before[i:j]))
            yield Piece(Op.ADDED, "".join(after[k:m]))


def _opcodes(
    before: Sequence[str], after: Sequence[str]
) -> Iterable[tuple[str, int, int, int, int]]:
    if len(before) * len(after) <= _MOST:
        from difflib import SequenceMatcher

        return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    from rapidfuzz.distance import Indel

    found = Indel.opcodes(before, after)
    return [(o.tag, o.src_start, o.src_end, o.dest_start, o.dest_end) for o in found]


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Make one change of those between which nothing but a blank or a sign is equal."""
    removed = added = held = ""
    for piece in pieces:
        if not piece.text:
            continue
        if piece.op is Op.REMOVED:
            removed, added, held = removed + held + piece.text, added + held, ""
        elif piece.op is Op.ADDED:
            removed, added, held = removed + held, added + held + piece.text, ""
        elif (removed or added) and not held and not any(map(str.isalnum, piece.text)):
            held = piece.text
        else:
            yield from _change(removed, added)
            yield Piece(Op.SAME, held + piece.text)
            removed = added = held = ""
    yield from _change(removed, added)
    if held:
        yield Piece(Op.SAME, held)


def _change(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece(Op.REMOVED, removed)
    if added:
        yield Piece(Op.ADDED, added)


def _whole_words(pieces: Iterable[Piece]) -> list[Piece]:
    """Join equal pieces that follow each other."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].op is piece.op is Op.SAME:
            found[-1] = Piece(Op.SAME, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


def _short(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for number, piece in enumerate(pieces):
        first, last = number == 0, number + 1 == len(pieces)
        if piece.op is not Op.SAME:
            yield Piece(piece.op, cut(piece.text))
            continue
        tokens = _TOKEN.findall(piece.text)
        # A word and the blank behind it are two.
        room = 2 * _AROUND
        if first and last:
            yield _GAP
        elif len(tokens) > room * (2 - first - last) + 1:
            if not first:
                yield Piece(Op.SAME, f"{''.join(tokens[:room]).rstrip()} ")
            yield _GAP
            if not last:
                yield Piece(Op.SAME, f" {''.join(tokens[-room:]).lstrip()}")
        else:
            yield Piece(Op.SAME, cut(piece.text))


def brief(text: str) -> str:
    """Return what a row or a column goes by, cut where it is a long text."""
    return cut(text, _BRIEF)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Return a text, of a long one its beginning and its end."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"
