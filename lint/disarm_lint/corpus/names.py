"""Names: when two are the same, how two differ, and how much they resemble."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

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


@lru_cache(maxsize=8192)
def plain_name(name: str) -> str:
    """Return a name as a reader sees it: entities and escapes undone, spaces single.

    Typographic quotes and hyphens count as their plain forms, because editors
    set them unasked.
    """
    if "&" in name:
        name = unescape(name)
    if "\\" in name:
        name = _ESCAPE.sub(r"\1", name)
    if not name.isascii():
        # Who types on a Mac writes an accent as a code point of its own.
        name = unicodedata.normalize("NFC", name)
    return " ".join(name.translate(_FOLD).split())


def fold_name(name: str) -> str:
    """Return a name as a reader sees it, whatever its letter case."""
    return plain_name(name).casefold()


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same to a reader."""
    return one == other or plain_name(one) == plain_name(other)


@lru_cache(maxsize=8192)
def split_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without what has no meaning of its own."""
    found = tuple(_WORD.findall(plain_name(name).casefold()))
    return tuple(word for word in found if word not in SMALL_WORDS) or found


def _singular(word: str) -> str:
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

    if _singular(one) == _singular(other):
        return True
    return min(len(one), len(other)) >= 4 and (
        fuzz.ratio(one, other) >= 80 or one.startswith(other) or other.startswith(one)
    )


@lru_cache(maxsize=16384)
def _has_alike(word: str, others: tuple[str, ...]) -> bool:
    return word in others or any(_are_alike(word, other) for other in others)


def comparable(name: str) -> str:
    """Return what of a name is compared: a text of any length costs no more than a long name."""
    return name[:LONGEST_NAME]


def score_resemblance(written: str, name: str) -> float:
    """Return how much a written name resembles a name, from 0 to 1.

    The better of two views: the letters in their order, and the share of
    words that the two have in common. Of what is longer than any name, the
    beginning counts.
    """
    from rapidfuzz import fuzz

    written, name = comparable(written), comparable(name)
    one, other = plain_name(written).casefold(), plain_name(name).casefold()
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
    mine = split_words(comparable(written))[:_MOST_WORDS]
    theirs = split_words(comparable(name))[:_MOST_WORDS]
    return tuple(word for word in theirs if _has_alike(word, mine))


# The letters of a name for one of which a slip may stand.
_LETTERS_A_SLIP = 10


def is_slip(written: str, name: str) -> bool:
    """Tell whether a writing is a name with a slip of the finger, or another spelling of it.

    One letter in ten may be wrong; words that merely are alike are no slip.
    """
    from rapidfuzz.distance import OSA

    one, other = plain_name(written).casefold(), plain_name(name).casefold()
    mine, theirs = split_words(written)[:_MOST_WORDS], split_words(name)[:_MOST_WORDS]
    if "".join(mine) == "".join(theirs):
        return True
    if [_singular(americanise(w)) for w in mine] == [_singular(americanise(w)) for w in theirs]:
        return True
    most = max(1, min(len(one), len(other)) // _LETTERS_A_SLIP)
    return OSA.distance(one, other, score_cutoff=most) <= most


def describe_difference(written: str, name: str) -> str:  # noqa: C901 - a list of answers, the first that applies
    """Say in a few words how a written name differs from the right one."""
    one, other = plain_name(comparable(written)), plain_name(comparable(name))
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
    if [_singular(word) for word in mine] == [_singular(word) for word in theirs]:
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

    It allows for what `plain_name` folds: entities, escapes, quotes, hyphens and
    any spaces between words.
    """
    parts = []
    for char in plain_name(name):
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
