"""Names: when two are the same, how two differ, and which one a text spells or comes close to.

Looking a name up costs about the same however many names there are, and however alike they
are: whoever can add pages chooses the names.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_FOLD = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "“": '"',
        "”": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2212": "-",
        "–": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u200b": None,
        "\u00ad": None,
    }
)
_WORD = re.compile(r"[^\W_]+")
# Code points beyond which nothing is compared as a name. Published names have at most 159; the
# cost of comparing two grows with the product of their lengths.
LONGEST_NAME = 300
# How many words of a name are compared one by one.
_MOST_WORDS = 40
SMALL_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "per"}
    | {"the", "to", "via", "with", "within"}
)
_VARIANTS = (
    (re.compile(r"isation(s?)\b"), r"ization\1"),
    (re.compile(r"is(e|es|ed|ing|er|ers)\b"), r"iz\1"),
    (re.compile(r"ys(e|es|ed|ing|er|ers)\b"), r"yz\1"),
    (re.compile(r"our(s|ed|ing|ful|able|ite|ites)?\b"), r"or\1"),
    (re.compile(r"(cent|fib|theat|lit|met)re(s?)\b"), r"\1er\2"),
    (re.compile(r"ll(ed|ing|er|ers)\b"), r"l\1"),
    (re.compile(r"(def|off|lic)ence(s?)\b"), r"\1ense\2"),
    (re.compile(r"gue(s?)\b"), r"g\1"),
    (re.compile(r"programme(s?)\b"), r"program\1"),
)


# What nobody sees in a name; T503 reports it.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]+")


@lru_cache(maxsize=8192)
def simplify_name(name: str) -> str:
    """Return a name as a reader sees it: entities and escapes undone, spaces single.

    Typographic quotes and hyphens count as their plain forms, because editors
    set them unasked.
    """
    if "&" in name:
        name = unescape(name)
    if "\\" in name:
        name = _ESCAPE.sub(r"\1", name)
    if not name.isascii():
        name = _UNSEEN.sub("", name)
        # Who types on a Mac writes an accent as a code point of its own.
        name = unicodedata.normalize("NFC", name)
    return " ".join(name.translate(_FOLD).split())


def fold_name(name: str) -> str:
    """Return a name as a reader sees it, whatever its letter case."""
    return simplify_name(name).casefold()


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same to a reader."""
    return one == other or simplify_name(one) == simplify_name(other)


@lru_cache(maxsize=8192)
def split_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without words such as “the” and “of”."""
    found = tuple(_WORD.findall(simplify_name(name).casefold()))
    return tuple(word for word in found if word not in SMALL_WORDS) or found


def _make_singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def americanise(text: str) -> str:
    """Return a lower-case text with the usual British spellings turned American."""
    for pattern, replacement in _VARIANTS:
        text = pattern.sub(replacement, text)
    return text


def _are_alike(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    if _make_singular(one) == _make_singular(other):
        return True
    return min(len(one), len(other)) >= 4 and (
        fuzz.ratio(one, other) >= 80 or one.startswith(other) or other.startswith(one)
    )


@lru_cache(maxsize=16384)
def _has_alike(word: str, others: tuple[str, ...]) -> bool:
    return word in others or any(_are_alike(word, other) for other in others)


def cut_name(name: str) -> str:
    """Return the part of a name that is compared: no text costs more than a long name."""
    return name[:LONGEST_NAME]


def score_resemblance(written: str, name: str) -> float:
    """Return how much a written name resembles a name, from 0 to 1.

    The better of two views: the letters in their order, and the share of
    words that the two have in common. Of what is longer than any name, the
    beginning counts.
    """
    from rapidfuzz import fuzz

    written, name = cut_name(written), cut_name(name)
    one, other = simplify_name(written).casefold(), simplify_name(name).casefold()
    letters = fuzz.ratio(one, other) / 100
    mine, theirs = split_words(written)[:_MOST_WORDS], split_words(name)[:_MOST_WORDS]
    common = sum(_has_alike(word, theirs) for word in mine)
    back = sum(_has_alike(word, mine) for word in theirs)
    if not mine or not theirs:
        return letters
    shared = (common / len(mine) + back / len(theirs)) / 2
    return max(letters, shared)


def find_shared_words(written: str, name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case, that a writing has too, in one form or another."""
    mine = split_words(cut_name(written))[:_MOST_WORDS]
    theirs = split_words(cut_name(name))[:_MOST_WORDS]
    return tuple(word for word in theirs if _has_alike(word, mine))


# One of so many letters of a name may be wrong.
_LETTERS_A_SLIP = 10


def is_slip(written: str, name: str) -> bool:
    """Tell whether a writing is a name with a slip of the finger, or another spelling of it.

    One letter in ten may be wrong; words that are merely similar are no slip.
    """
    from rapidfuzz.distance import OSA

    one, other = simplify_name(written).casefold(), simplify_name(name).casefold()
    mine, theirs = split_words(written)[:_MOST_WORDS], split_words(name)[:_MOST_WORDS]
    if "".join(mine) == "".join(theirs):
        return True
    if [_make_singular(americanise(w)) for w in mine] == [
        _make_singular(americanise(w)) for w in theirs
    ]:
        return True
    most = max(1, min(len(one), len(other)) // _LETTERS_A_SLIP)
    return OSA.distance(one, other, score_cutoff=most) <= most


def describe_difference(written: str, name: str) -> str:  # noqa: C901 - a list of answers, the first that applies
    """Say in a few words how a written name differs from the right one."""
    one, other = simplify_name(cut_name(written)), simplify_name(cut_name(name))
    low, high = one.casefold(), other.casefold()
    if low == high and written != name and max(len(written), len(name)) > LONGEST_NAME:
        return "the wording differs"
    if low == high:
        return "letter case differs"
    mine, theirs = _WORD.findall(low), _WORD.findall(high)
    if mine == theirs:
        return "punctuation differs"
    if "".join(mine) == "".join(theirs):
        return "words are joined or split differently"
    if [_make_singular(word) for word in mine] == [_make_singular(word) for word in theirs]:
        return "singular and plural differ"
    if [americanise(word) for word in mine] == [americanise(word) for word in theirs]:
        return "spelling variant differs"
    missing = [word for word in _format_words(other) if word.casefold() not in mine]
    extra = [word for word in _format_words(one) if word.casefold() not in theirs]
    if missing and not extra:
        return f"missing: {' '.join(missing)}"
    if extra and not missing:
        return f"extra: {' '.join(extra)}"
    if len(missing) == len(extra) == 1:
        return f"has “{extra[0]}” instead of “{missing[0]}”"
    if not missing and not extra:
        return "the order of the words differs"
    return "the wording differs"


def _format_words(name: str) -> list[str]:
    return _WORD.findall(name)


@lru_cache(maxsize=8192)
def name_pattern(name: str) -> re.Pattern[str]:
    """Return a pattern that matches a name where a text spells it out.

    It allows for what `simplify_name` folds: entities, escapes, quotes, hyphens and
    any spaces between words.
    """
    parts = []
    for char in simplify_name(name):
        if char == " ":
            parts.append(r"[\s\u00a0\u202f]+")
        elif char == "'":
            parts.append(r"(?:['‘’ʼ]|&#39;|&apos;|&[lr]squo;)")
        elif char == '"':
            parts.append(r"(?:[\"“”]|&quot;|&[lr]dquo;)")
        elif char == "-":
            parts.append("\\\\?[-\u2010\u2011\u2212–]")
        elif char == "&":
            parts.append(r"&(?:amp;)?")
        elif char in "<>":
            parts.append(f"(?:{char}|&{'lt' if char == '<' else 'gt'};)")
        elif char.isalnum():
            apart = unicodedata.normalize("NFD", char) if char > "\x7f" else char
            parts.append(char if apart == char else f"(?:{char}|{apart})")
        else:
            parts.append(rf"\\?{re.escape(char)}")
    end = r"(?!\w)" if name and (name[-1].isalnum() or name[-1] == "_") else ""
    return re.compile("".join(parts) + end)


# An entity, or a word with the accents that stand behind its letters.
_TOKEN = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|[^\W_](?:[^\W_]|[\u0300-\u036f])*+"
)
# How many names that differ in punctuation alone are looked for.
_MOST_VARIANTS = 8
# Up to this many names are all compared. Of more, only those are that share a rare word with
# the writing, or its beginning or end: at most half as many for each reason.
_ALL = 512
_NEIGHBOURS = 32


def _list_words_from(text: str, start: int) -> Iterator[str]:
    """Yield the words of a text from an offset on, entities undone."""
    for match in _TOKEN.finditer(text, start):
        if match[0][0] == "&":
            yield from _WORD.findall(unescape(match[0]))
        elif match[0].isascii():
            yield match[0]
        else:
            yield from _WORD.findall(unicodedata.normalize("NFC", match[0]))


class _TrieNode:
    """The names that begin with the same words: those that end here, and the words that follow."""

    __slots__ = ("following", "names")

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self.following: dict[str, _TrieNode] = {}


class SpelledNames:
    """Names and their ids, by the words of the names; names that are too long are left out."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._root = _TrieNode()
        seen: set[str] = set()
        for entity_id, name in sorted(names, key=_sort_longest_first):
            spelt = simplify_name(name)
            if len(name) > LONGEST_NAME or spelt in seen:
                continue
            seen.add(spelt)
            node = self._root
            for word in _WORD.findall(spelt):
                node = node.following.setdefault(word, _TrieNode())
            if len(node.names) < _MOST_VARIANTS:
                node.names.append((entity_id, name))

    def find_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return the end and the id of the longest name that a text spells out at `start`."""
        node = self._root
        found = list(node.names)
        for word in _list_words_from(text, start):
            following = node.following.get(word)
            if following is None:
                break
            node = following
            found += node.names
        for entity_id, name in sorted(found, key=_sort_longest_first):
            match = name_pattern(name).match(text, start)
            if match:
                return match.end(), entity_id
        return None


def _sort_longest_first(entry: tuple[str, str]) -> tuple[int, str]:
    return -len(entry[1]), entry[0]


class NearNames:
    """Folded names by id, to look up the one that a writing comes closest to."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {i: name for i, name in names.items() if len(name) <= LONGEST_NAME}
        self._ids = tuple(self._names)
        self.closest = lru_cache(maxsize=4096)(self._find_closest)
        if len(self._names) <= _ALL:
            return
        self._by_word: dict[str, list[int]] = {}
        for number, name in enumerate(self._names.values()):
            for word in set(_WORD.findall(name)):
                self._by_word.setdefault(word, []).append(number)
        self._forwards = sorted((name, n) for n, name in enumerate(self._names.values()))
        self._backwards = sorted((name[::-1], n) for n, name in enumerate(self._names.values()))

    def _find_closest(self, written: str, cutoff: float) -> str | None:
        """Return the id of the name whose likeness to a folded one, 0 to 100, is highest."""
        from rapidfuzz import fuzz, process

        if len(written) > LONGEST_NAME:
            return None
        names: Mapping[str, str] = self._names
        if len(names) > _ALL:
            names = {
                i: names[i] for i in map(self._ids.__getitem__, self._list_candidates(written))
            }
        best = process.extractOne(written, names, scorer=fuzz.ratio, score_cutoff=cutoff)
        return best[2] if best else None

    def _list_candidates(self, written: str) -> list[int]:
        """Return the numbers of names that share a rare word with a writing, or sort next to it."""
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
