"""Bracketed lists of citations: `(T0146: Account Asset, T0150.001: Newly Created Asset)`.

In such a list each id is followed by a name, whatever the name is: it is the
one place in prose that delimits names. A name there that resembles none that
is known is an old one.
"""

from __future__ import annotations

import re

from disarm_lint.corpus.names import SMALL_WORDS

_REACH = 600
_LONGEST = 120
_ID = r"[A-Z]{1,4}[0-9]{2,5}(?:\.[0-9]{1,4})?"
_FIRST = re.compile(rf"\s*{_ID}\s*:")
_BEFORE = re.compile(r"(?:[,;/]|\band)\s*\Z")
_NEXT = re.compile(rf"[,;/]\s*(?:and\s+)?(?={_ID}\b)")
_STOP = re.compile(r"[<>|\r\n\[\]{}]|[.!?](?=\s)")
_WORD = re.compile(r"[^\W_]+")


def listed_name(text: str, id_start: int, start: int) -> int | None:
    """Return where the name ends that begins at `start`, if its id stands in a list of citations.

    `id_start` is where the id begins. None where the id is not the first thing
    in a bracket or behind another citation in one, or where what follows is
    not spelt like a name, with capitals.
    """
    opening = _opening_bracket(text, id_start)
    if opening is None:
        return None
    before = text[opening + 1 : id_start]
    if before.strip() and not (_FIRST.match(before) and _BEFORE.search(before)):
        return None
    end = _end(text, start)
    if end is None or not _is_title(text[start:end]):
        return None
    return end


def _opening_bracket(text: str, position: int) -> int | None:
    depth = 0
    for offset in range(position - 1, max(-1, position - _REACH), -1):
        char = text[offset]
        if char == ")":
            depth += 1
        elif char == "(":
            if depth == 0:
                return offset
            depth -= 1
        elif char in "<>|\n":
            return None
    return None


def _end(text: str, start: int) -> int | None:
    """Return where a name ends: before the next citation or the bracket that closes the list."""
    limit = min(len(text), start + _LONGEST)
    following = _NEXT.search(text, start, limit)
    depth = 0
    for offset in range(start, limit):
        char = text[offset]
        if following is not None and offset == following.start():
            return offset
        if char == "(":
            depth += 1
        elif char == ")":
            if depth == 0:
                return offset
            depth -= 1
        elif _STOP.match(text, offset):
            return None
    return None


def _is_title(written: str) -> bool:
    words = _WORD.findall(written)
    return bool(words) and all(
        not word[0].islower() or (number > 0 and word in SMALL_WORDS)
        for number, word in enumerate(words)
    )
