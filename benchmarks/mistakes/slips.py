"""Slips of the hand: what people make of an id, a name, a link."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Slip = Callable[[str, random.Random], str | None]

_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_CYRILLIC = str.maketrans("ACTPM", "АСТРМ")


def _split(id_: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([A-Z]+)([0-9]+)((?:\.[0-9]+)?)", id_)
    assert match, id_
    return match[1], match[2], match[3]


def _sub(change: Callable[[str, str, str], str]) -> Slip:
    """Return a slip that only an id with a part behind the dot can have."""

    def slip(id_: str, _: random.Random) -> str | None:
        prefix, digits, sub = _split(id_)
        return change(prefix, digits, sub[1:]) if sub else None

    return slip


def _any(change: Callable[[str, str, str], str | None]) -> Slip:
    def slip(id_: str, _: random.Random) -> str | None:
        new = change(*_split(id_))
        return new if new != id_ else None

    return slip


# An id that is visibly none: a reader knows which one is meant.
MALFORMED: dict[str, Slip] = {
    "letter twice": _any(lambda p, d, s: p[0] + p + d + s),
    "no letter": _any(lambda _, d, s: d + s),
    "lower case": _any(lambda p, d, s: p.lower() + d + s),
    "a space behind the letter": _any(lambda p, d, s: f"{p} {d}{s}"),
    "a hyphen behind the letter": _any(lambda p, d, s: f"{p}-{d}{s}"),
    "letter O for zero": _any(lambda p, d, s: p + d.replace("0", "O", 1) + s),
    "letter l for one": _any(lambda p, d, s: p + d.replace("1", "l", 1) + s),
    "full-width digits": _any(lambda p, d, s: p + (d + s).translate(_FULLWIDTH)),
    "a Cyrillic letter": _any(lambda p, d, s: p.translate(_CYRILLIC) + d + s),
    "a zero too many": _any(lambda p, d, s: f"{p}0{d}{s}"),
    "a zero too few": _any(lambda p, d, s: p + d[1:] + s if d[0] == "0" else None),
    "no dot": _sub(lambda p, d, s: p + d + s),
    "a comma for the dot": _sub(lambda p, d, s: f"{p}{d},{s}"),
    "a hyphen for the dot": _sub(lambda p, d, s: f"{p}{d}-{s}"),
    "an underscore for the dot": _sub(lambda p, d, s: f"{p}{d}_{s}"),
    "a colon for the dot": _sub(lambda p, d, s: f"{p}{d}:{s}"),
    "a slash for the dot": _sub(lambda p, d, s: f"{p}{d}/{s}"),
    "two dots": _sub(lambda p, d, s: f"{p}{d}..{s}"),
    "a space before the dot": _sub(lambda p, d, s: f"{p}{d} .{s}"),
    "a space behind the dot": _sub(lambda p, d, s: f"{p}{d}. {s}"),
    "two digits behind the dot": _sub(lambda p, d, s: f"{p}{d}.{s[1:]}"),
    "four digits behind the dot": _sub(lambda p, d, s: f"{p}{d}.0{s}"),
}


def swap_digits(id_: str, random_: random.Random) -> str | None:
    """Return an id with two digits in the other order."""
    places = [n for n in range(len(id_) - 1) if id_[n : n + 2].isdigit() and id_[n] != id_[n + 1]]
    if not places:
        return None
    n = random_.choice(places)
    return id_[:n] + id_[n + 1] + id_[n] + id_[n + 2 :]


def change_digit(id_: str, random_: random.Random) -> str | None:
    """Return an id with another digit somewhere."""
    n = random_.choice([n for n, char in enumerate(id_) if char.isdigit()])
    return id_[:n] + random_.choice("123456789".replace(id_[n], "")) + id_[n + 1 :]


def _inner_letter(name: str, random_: random.Random) -> int | None:
    places = [n for n in range(1, len(name) - 1) if name[n - 1 : n + 2].isalpha()]
    return random_.choice(places) if places else None


def _letter(change: Callable[[str, int], str]) -> Slip:
    def slip(name: str, random_: random.Random) -> str | None:
        n = _inner_letter(name, random_)
        new = change(name, n) if n is not None else name
        return new if new != name else None

    return slip


def _whole(change: Callable[[str], str | None]) -> Slip:
    def slip(name: str, _: random.Random) -> str | None:
        new = change(name)
        return new if new and new != name else None

    return slip


def _words(change: Callable[[list[str]], list[str]]) -> Slip:
    return _whole(lambda n: " ".join(change(n.split(" "))) if n.count(" ") >= 2 else None)


NAMES: dict[str, Slip] = {
    "a letter lost": _letter(lambda s, n: s[:n] + s[n + 1 :]),
    "a letter twice": _letter(lambda s, n: s[:n] + s[n] + s[n:]),
    "two letters swapped": _letter(lambda s, n: s[:n] + s[n + 1] + s[n] + s[n + 2 :]),
    "another letter": _letter(lambda s, n: s[:n] + ("e" if s[n] != "e" else "a") + s[n + 1 :]),
    "a plural": _whole(lambda s: s[:-1] if s.endswith("s") else s + "s" if s[-1].isalpha() else ""),
    "two spaces": _whole(lambda s: s.replace(" ", "  ", 1)),
    "a space lost": _whole(lambda s: s.replace(" ", "", 1)),
    "a space for the hyphen": _whole(lambda s: s.replace("-", " ", 1)),
    "a hyphen lost": _whole(lambda s: s.replace("-", "", 1)),
    "an en dash for the hyphen": _whole(lambda s: s.replace("-", "–", 1)),
    "a hyphen for a space": _whole(lambda s: s.replace(" ", "-", 1)),
    "another letter case": _whole(lambda s: s.capitalize()),
    "capitals": _whole(lambda s: s.upper()),
    "first word lost": _words(lambda words: words[1:]),
    "last word lost": _words(lambda words: words[:-1]),
    "a word twice": _words(lambda words: [words[0], words[0], *words[1:]]),
    "two words swapped": _words(lambda words: [words[1], words[0], *words[2:]]),
    "an added word": _whole(lambda s: s.replace(" ", " Online ", 1)),
    "and for the ampersand, or back": _whole(
        lambda s: s.replace(" & ", " and ") if "&" in s else s.replace(" and ", " & ")
    ),
    "a slash with spaces": _whole(lambda s: s.replace("/", " / ") if " /" not in s else None),
    "a bracket lost": _whole(lambda s: s.replace("(", "", 1)),
    "an accent": _letter(lambda s, _: s.replace("a", "á", 1).replace("e", "é", 1)),
}

# What is at fault in a link `[label](target)`: label, target, and the whole that comes of it.
LINKS: dict[str, tuple[Callable[[str, str], str], tuple[str, ...]]] = {
    "no closing parenthesis": (lambda a, b: f"[{a}]({b}", ("L308",)),
    "no opening parenthesis": (lambda a, b: f"[{a}]{b})", ("L308",)),
    "no closing bracket": (lambda a, b: f"[{a}({b})", ("L308",)),
    "no opening bracket": (lambda a, b: f"{a}]({b})", ("L308",)),
    "a space between the halves": (lambda a, b: f"[{a}] ({b})", ("L308",)),
    "halves the wrong way round": (lambda a, b: f"({a})[{b}]", ("L307", "L308")),
    "curly brackets for parentheses": (lambda a, b: f"[{a}]{{{b}}}", ("L308",)),
    "curly brackets for brackets": (lambda a, b: f"{{{a}}}({b})", ("L308",)),
    "two pairs of brackets": (lambda a, b: f"[{a}][{b}]", ("L308", "L301", "L307")),
    "parentheses for brackets": (lambda a, b: f"({a})({b})", ("L308", "L307")),
    "a mixed pair": (lambda a, b: f"[{a}]({b}]", ("L308",)),
    "bare text": (lambda a, _: a, ("L308",)),
    "an empty target": (lambda a, _: f"[{a}]()", ("L301", "L305", "L308", "L302")),
    "an empty label": (lambda _, b: f"[]({b})", ("L302", "L308", "N402", "S108")),
    "an absolute path": (lambda a, b: f"[{a}]({b[5:]})", ("L301", "L304", "L308")),
    "a file URL": (lambda a, b: f"[{a}](file://{b[5:]})", ("L301", "L304", "L305")),
    "a path of a local disk": (
        lambda a, b: f"[{a}](C:\\Users\\me\\{b[6:]})",
        ("L301", "L304", "L305"),
    ),
    "another suffix": (lambda a, b: f"[{a}]({b[:-3]}.html)", ("L301",)),
    "no suffix": (lambda a, b: f"[{a}]({b[:-3]})", ("L301",)),
    "suffix in capitals": (lambda a, b: f"[{a}]({b[:-3]}.MD)", ("L301", "L303")),
    "a level too many": (lambda a, b: f"[{a}](../{b})", ("L301", "L304")),
    "a level too few": (lambda a, b: f"[{a}]({b[3:]})", ("L301",)),
    "backslashes": (lambda a, b: f"[{a}]({b.replace('/', chr(92))})", ("L301", "L305")),
    "another folder": (lambda a, b: f"[{a}]({b.replace('generated', 'generate')})", ("L301",)),
    "a space in the target": (
        lambda a, b: f"[{a}]({b.replace('pages/', 'pages/ ')})",
        ("L301", "L308"),
    ),
    "folder in capitals": (lambda a, b: f"[{a}]({b.replace('pages', 'Pages')})", ("L301", "L303")),
    "a stray anchor": (lambda a, b: f"[{a}]({b}#nowhere)", ("L301",)),
}
