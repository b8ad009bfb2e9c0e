"""Common misspellings of English words, from the dictionary of codespell."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from disarm_lint.model.config import MissingLibraryError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of several words that may be meant, so many are named.
_MOST = 4


@cache
def read_dictionary() -> Mapping[str, tuple[str, ...]]:
    """Return what may be meant by each misspelling, in small letters.

    Raises MissingLibraryError where codespell is not installed.
    """
    try:
        text = (files("codespell_lib") / "data/dictionary.txt").read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise MissingLibraryError(
            "the rule N407 name-spelling knows misspellings from codespell, which is not "
            "installed: install disarm-lint with its extra “spelling” "
            "(pip install '.[spelling]'), or --ignore N407"
        ) from None
    found = {}
    for line in text.splitlines():
        wrong, arrow, right = line.partition("->")
        # A list ends with a comma, and behind that a reason may stand.
        words = right.rpartition(",")[0].split(",") if "," in right else [right]
        if arrow:
            found[wrong.casefold()] = tuple(word.strip() for word in words if word.strip())
    return found


def find_corrections(word: str) -> tuple[str, ...]:
    """Return what a misspelt word may be meant for, in its letter case; nothing for others."""
    meant = read_dictionary().get(word.casefold(), ())
    if word[:1].isupper():
        meant = tuple(one[:1].upper() + one[1:] for one in meant)
    return meant[:_MOST]
