"""Selectors: a code, a prefix of codes, a rule's name, or ALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from disarm_lint.rule import LoadedRule


class UnknownSelectorError(ValueError):
    """A selector that fits no rule; the message says what was probably meant."""


def matches(code: str, name: str, selectors: Iterable[str]) -> bool:
    """Tell whether a rule fits one of the selectors."""
    return any(
        selector == "ALL" or selector == name or code.startswith(selector.upper())
        for selector in selectors
    )


def check_selectors(selectors: Iterable[str], rules: Sequence[LoadedRule]) -> None:
    """Raise UnknownSelectorError for the first selector that fits no rule."""
    for selector in selectors:
        if selector and any(matches(r.rule.code, r.rule.name, (selector,)) for r in rules):
            continue
        raise UnknownSelectorError(_unknown(selector, rules))


def _unknown(selector: str, rules: Sequence[LoadedRule]) -> str:
    from rapidfuzz import fuzz, process

    known = [word for r in rules for word in (r.rule.code, r.rule.name)]
    word = selector[:60]
    best = process.extractOne(
        word, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60
    )
    hint = f"did you mean “{best[0]}”?" if best else "`disarm-lint rules` lists them"
    return f"no rule is called “{word}”; {hint}"


def selection(
    rules: Sequence[LoadedRule], select: Sequence[str], ignore: Sequence[str]
) -> Callable[[str], bool]:
    """Return the predicate on codes for a selection.

    `select` replaces the default set and so turns on rules that are off by
    default; `ignore` subtracts.
    """
    chosen = {
        r.rule.code
        for r in rules
        if (matches(r.rule.code, r.rule.name, select) if select else r.rule.default)
        and not matches(r.rule.code, r.rule.name, ignore)
    }
    return chosen.__contains__
