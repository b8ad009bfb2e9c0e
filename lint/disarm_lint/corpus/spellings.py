"""Names to look for: the one that a text spells out, and the one that a writing comes closest to.

Both cost about the same however many names there are, and however alike they
are: who can add pages chooses the names.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import LONGEST_NAME, name_pattern, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# An entity, or a word with the accents that stand behind its letters.
_TOKEN = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|[^\W_](?:[^\W_]|[\u0300-\u036f])*+"
)
_WORD = re.compile(r"[^\W_]+")
# How many names that differ in punctuation alone are looked for.
_MOST_VARIANTS = 8
# Up to so many names are all compared; of more, those that share a rare word or the beginning
# or the end, half as many at the most from each.
_ALL = 512
_NEIGHBOURS = 32


def _words_from(text: str, start: int) -> Iterator[str]:
    """Yield the words of a text from an offset on, entities undone."""
    for match in _TOKEN.finditer(text, start):
        if match[0][0] == "&":
            yield from _WORD.findall(unescape(match[0]))
        elif match[0].isascii():
            yield match[0]
        else:
            yield from _WORD.findall(unicodedata.normalize("NFC", match[0]))


class _Node:
    """The names that begin with the same words: those that end here, and the words that follow."""

    __slots__ = ("following", "names")

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self.following: dict[str, _Node] = {}


class SpelledNames:
    """Names by their words; of each goes the id with it. Names that are too long are left out."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._root = _Node()
        seen: set[str] = set()
        for entity_id, name in sorted(names, key=_longest_first):
            spelt = plain_name(name)
            if len(name) > LONGEST_NAME or spelt in seen:
                continue
            seen.add(spelt)
            node = self._root
            for word in _WORD.findall(spelt):
                node = node.following.setdefault(word, _Node())
            if len(node.names) < _MOST_VARIANTS:
                node.names.append((entity_id, name))

    def at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where the longest name ends that a text spells out at `start`, and its id."""
        node = self._root
        found = list(node.names)
        for word in _words_from(text, start):
            following = node.following.get(word)
            if following is None:
                break
            node = following
            found += node.names
        for entity_id, name in sorted(found, key=_longest_first):
            match = name_pattern(name).match(text, start)
            if match:
                return match.end(), entity_id
        return None


def _longest_first(entry: tuple[str, str]) -> tuple[int, str]:
    return -len(entry[1]), entry[0]


class NearNames:
    """Folded names by id, to be asked for the one that a writing comes closest to."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {i: name for i, name in names.items() if len(name) <= LONGEST_NAME}
        self._ids = tuple(self._names)
        self.closest = lru_cache(maxsize=4096)(self._closest)
        if len(self._names) <= _ALL:
            return
        self._by_word: dict[str, list[int]] = {}
        for number, name in enumerate(self._names.values()):
            for word in set(_WORD.findall(name)):
                self._by_word.setdefault(word, []).append(number)
        self._forwards = sorted((name, n) for n, name in enumerate(self._names.values()))
        self._backwards = sorted((name[::-1], n) for n, name in enumerate(self._names.values()))

    def _closest(self, written: str, cutoff: float) -> str | None:
        """Return the id of the name whose likeness to a folded one, 0 to 100, is highest."""
        from rapidfuzz import fuzz, process

        if len(written) > LONGEST_NAME:
            return None
        names: Mapping[str, str] = self._names
        if len(names) > _ALL:
            names = {i: names[i] for i in map(self._ids.__getitem__, self._candidates(written))}
        best = process.extractOne(written, names, scorer=fuzz.ratio, score_cutoff=cutoff)
        return best[2] if best else None

    def _candidates(self, written: str) -> list[int]:
        """Return the numbers of names that share a rare word with a writing, or stand beside it."""
        found: set[int] = set()
        for ordered, key in ((self._forwards, written), (self._backwards, written[::-1])):
            middle = bisect_left(ordered, (key, 0))
            beside = ordered[max(0, middle - _NEIGHBOURS) : middle + _NEIGHBOURS]
            found.update(number for _, number in beside)
        sharing = (self._by_word.get(word, []) for word in set(_WORD.findall(written)))
        left = _ALL // 2
        for numbers in sorted(sharing, key=len):
            found.update(numbers[:left])
            left -= len(numbers[:left])
        return sorted(found)
