"""Words of messages: how much a finding matters, a stranger's text as it is shown, likely words.

Every command needs some of it before anything is read, so it imports nothing heavy.
"""

from __future__ import annotations

from enum import StrEnum
from os.path import commonprefix
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Severity(StrEnum):
    """How much a finding matters, from most to least."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for an error, 1 for a warning, 2 for an info."""
        return list(Severity).index(self)


def squeeze(text: str) -> str:
    """Return a text on one line, with single spaces and none around it."""
    return " ".join(text.split())


def shorten(text: str, limit: int = 60) -> str:
    """Return at most `limit` code points of a text on one line, with an ellipsis if cut."""
    line = squeeze(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def measure_common(one: str, other: str) -> tuple[int, int]:
    """Return how many code points two texts have in common at their beginning and at their end.

    The two parts do not overlap.
    """
    first = len(commonprefix([one, other]))  # noqa: RUF071 - texts, letter by letter
    most = min(len(one), len(other)) - first
    last = len(commonprefix([one[::-1], other[::-1]]))  # noqa: RUF071 - likewise
    return first, min(most, last)


def join_words(parts: Sequence[str]) -> str:
    """Return parts as one text: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def pluralise(noun: str) -> str:
    """Return the plural of a noun, such as the title of a kind."""
    if " or " in noun:
        return " or ".join(map(pluralise, noun.split(" or ")))
    if noun.endswith("y") and not noun.endswith(("ay", "ey", "oy")):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def format_count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, of which `many` is the plural: `1 row`, `3,000 rows`."""
    return f"{number:,} {one if number == 1 else many or pluralise(one)}"


LINE_BREAK = "↵"
"""What people are shown for a line break in a cell."""


def show_line_breaks(text: str) -> str:
    """Return a text on one line, with `LINE_BREAK` for each line break."""
    return text.replace("\r\n", "\n").replace("\n", LINE_BREAK)


def show_invisible(text: str) -> str:
    """Return a text with a code in place of each character that cannot be seen."""
    return "".join(
        char if char.isprintable() else f"<U+{ord(char):04X}>" for char in show_line_breaks(text)
    )


def suggest_word(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean “x”?` for the known word that is most like `word`, or nothing."""
    from difflib import get_close_matches

    best = get_close_matches(word.casefold(), known, n=1, cutoff=0.6) if len(word) < 80 else []
    return f"; did you mean “{best[0]}”?" if best else ""
