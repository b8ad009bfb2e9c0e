"""Texts that stand for a text that is not there: of people, of programs, of spreadsheets."""

from __future__ import annotations

import re

_LONGEST = 80
_WHOLE = re.compile(
    r"\W*(?:to-?do|tbd|tba|t\.b\.[dac]\.?|fix-?me|xxx+(?:\s+xxx+)*|wip|asdf+|qwert[yz]|place-?holder(?: text)?|coming soon"
    r"|to be (?:done|determined|decided|defined|added|written|completed|confirmed|announced)"
    r"|(?:insert|add|put|write) (?:the )?(?:text|summary|description|name|title) here"
    r"|(?:your |the )?(?:text|summary|description|name|title)(?: goes)? here"
    r"|(?<=[\[<{(])(?:insert|add|enter|your) (?:the |a )?(?:text|summary|description|name|title)(?=\W)"
    r"|(?:fill|write) (?:me|this|it) (?:in|later)|work in progress|lorem ipsum\b.*|\?{2,}"
    r"|[A-Z]{1,3}0+(?:\.0+)?)\W*",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING = re.compile(
    r"\W{0,3}(?:n/?a|none|null|nil|nothing|not applicable|ditto|same(?: as)? (?:above|before)"
    r"|(?:see|as) (?:above|before|previous)|tbc)?\W{0,3}",
    re.IGNORECASE,
)
_PROGRAM_EMPTY = frozenset({"undefined", "[object Object]", "#UNDEFINED"})
# References to cells, texts and functions, and nothing else: `=A2&" - "&B2`.
_FORMULA = re.compile(
    r"=(?:\$?[A-Z]{1,3}\$?[0-9]{1,7}|\"[^\"\n]{0,40}\"|[A-Z]{2,12}\(|[&+*/():;,! -]){2,60}"
)
_FORMULA_ERROR = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


def is_placeholder(raw: str) -> bool:
    """Tell whether a text holds the place of one that is to be written."""
    return len(raw) <= _LONGEST and _WHOLE.fullmatch(raw) is not None


def is_nothing(raw: str) -> bool:
    """Tell whether a text that ought to tell something says that there is nothing: `N/A`."""
    return _NOTHING.fullmatch(raw) is not None


def describe_program_text(raw: str) -> tuple[str, str] | None:
    """Return the sort of what a program wrote for a value that it does not have, and a message."""
    if raw in _PROGRAM_EMPTY:
        return raw, f"“{raw}” is what a program writes for a value that it does not have"
    if _FORMULA.fullmatch(raw):
        return "formula", f"“{raw}” is a formula that was never computed"
    if raw in _FORMULA_ERROR:
        return raw, f"“{raw}” is what a broken formula leaves in a cell"
    return None


def is_no_name(name: str) -> bool:
    """Tell whether what stands for a name is none: nothing is to be called so."""
    return is_placeholder(name) or describe_program_text(name) is not None
