"""What several commands take from the command line alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.selection import UnknownSelectorError, check_selectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.rule import LoadedRule


def given_selectors(
    lists: list[list[str]] | None, option: str, rules: Sequence[LoadedRule]
) -> tuple[str, ...] | None:
    """Return the selectors of an option; None where it was not given.

    Raises Failure for an option without one, and for one that fits no rule.
    """
    if lists is None:
        return None
    words = tuple(word for part in lists for word in part if word)
    if not words:
        raise Failure(f"{option} needs a rule: a code, a name, the beginning of codes, or ALL")
    try:
        check_selectors(words, rules)
    except UnknownSelectorError as error:
        raise Failure(f"{option}: {error}") from None
    return words
