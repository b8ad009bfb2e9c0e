"""Words of a message about a word that somebody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def suggest_word(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean “x”?` for the known word that is most like `word`, or nothing."""
    from difflib import get_close_matches

    best = get_close_matches(word.casefold(), known, n=1, cutoff=0.6) if len(word) < 80 else []
    return f"; did you mean “{best[0]}”?" if best else ""


def shorten_value(value: str, limit: int = 60) -> str:
    """Return a value for a message: cut where it is long, on one line."""
    flat = " ".join(value.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
