"""Text for a terminal: harmless, in its character set, and of known width.

Nothing in a page or a path may reach the terminal as a command: controls and
invisible characters are shown by their number, as in <U+202E>.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_FALLBACK = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‘": "'", "’": "'", "‚": "'",
        "…": "...", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
        "→": "->", "×": "x", "·": "*", "•": "*", "\u00a0": " ",
    }
)  # fmt: skip
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A code point as shown, and how many columns of the terminal that takes."""

    text: str
    width: int


@dataclass(frozen=True, slots=True)
class Charset:
    """What a terminal or file can show: its encoding, as Python names it."""

    encoding: str = "utf-8"

    @property
    def unicode(self) -> bool:
        """Tell whether every character can be shown."""
        return self.encoding.lower().replace("-", "").replace("_", "").startswith("utf")

    def cell(self, char: str, *, exact: bool = False) -> Cell:
        """Return a code point of a page as shown.

        `exact` tells blanks apart too, and what the character set lacks.
        """
        return _cell(char, "" if self.unicode else self.encoding, blanks=exact, lossy=not exact)

    def line(self, text: str) -> str:
        """Return a text as shown, on one line."""
        if text.isascii() and text.isprintable():
            return text
        encoding = "" if self.unicode else self.encoding
        return "".join(_cell(char, encoding, blanks=False, lossy=False).text for char in text)


@lru_cache(maxsize=4096)
def _cell(char: str, encoding: str, *, blanks: bool, lossy: bool) -> Cell:
    if " " <= char <= "~":
        return Cell(char, 1)
    if char == "\t" and not blanks:
        return Cell(" ", 1)
    category = unicodedata.category(char)
    selector = "\ufe00" <= char <= "\ufe0f"
    if category in _INVISIBLE or (blanks and (selector or category == "Zs")):
        shown = f"<U+{ord(char):04X}>"
        return Cell(shown, len(shown))
    if selector:
        return Cell("", 0)
    if category == "Zs":
        return Cell(" ", 1)
    if encoding:
        try:
            char.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            shown = char.translate(_FALLBACK)
            if not shown.isascii():
                shown = "?" if lossy else f"<U+{ord(char):04X}>"
            return Cell(shown, len(shown))
    return Cell(char, _width(char, category))


def _width(char: str, category: str) -> int:
    if category in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Return how many columns a text takes that `Charset.line` has returned."""
    if text.isascii():
        return len(text)
    return sum(_cell(char, "", blanks=False, lossy=False).width for char in text)


def wrapped(text: str, columns: int, *, first: int = 0, hanging: int = 0) -> list[str]:
    """Break a text into lines of at most `columns`, at blanks where there are any.

    `first` columns of the first line are taken already; later lines are
    indented by `hanging`. A first word that does not fit starts a new line.
    """
    lines: list[str] = []
    current, used = "", first
    for word in text.split():
        rest = word
        while rest:
            gap = 1 if current.strip() else 0
            if used + gap + width(rest) <= columns:
                current += " " * gap + rest
                used += gap + width(rest)
                break
            fits = columns - hanging
            if width(rest) > fits:
                head, rest = _split(rest, columns - used - gap, fits)
                current += (" " * gap if head else "") + head
            lines.append(current)
            current, used = " " * hanging, hanging
    if current.strip() or not lines:
        lines.append(current)
    return lines


def _split(word: str, columns: int, at_least: int) -> tuple[str, str]:
    """Split a word that fits on no line; nothing of it goes into a short rest of a line."""
    if columns < at_least // 2:
        return "", word
    used = 0
    for end, char in enumerate(word):
        used += width(char)
        if used > columns:
            return word[:end], word[end:]
    return word, ""
