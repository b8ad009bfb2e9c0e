"""Field labels in a paragraph: `**Summary**: ...`, `**Parent Technique:** ...`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(
    r"(?P<lead>^[ \t]*(?:[*+-][ \t]+)?|<br\s*/?>[ \t]*)?"
    r"\*\*(?P<label>[^*\n:]{1,60}?)[ \t]*(?:(?P<inner>:)[ \t]*\*\*|\*\*[ \t]*(?P<outer>:))",
    re.MULTILINE | re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RawField:
    """A label and its value, as offsets from the start of the text, ends exclusive."""

    start: int
    label: tuple[int, int]
    value: tuple[int, int]


def normal_label(label: str) -> str:
    """Return a label in the form in which labels are compared."""
    return " ".join(label.split()).casefold()


def split_fields(text: str, known: frozenset[str]) -> tuple[RawField, ...]:
    """Return the fields in a paragraph.

    A bold label counts at the start of a line and behind `<br>`; elsewhere
    only where it is one of `known`, normal labels of the page's kind, because
    a text may well stress a word.
    """
    matches = [
        match
        for match in _LABEL.finditer(text)
        if match["lead"] is not None or normal_label(match["label"]) in known
    ]
    found = []
    for index, match in enumerate(matches):
        limit = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        raw = text[match.end() : limit]
        start = match.end() + len(raw) - len(raw.lstrip())
        end = _without_breaks(text, start, limit)
        found.append(RawField(match.start(), match.span("label"), (start, end)))
    return tuple(found)


def _without_breaks(text: str, start: int, end: int) -> int:
    """Return where the text ends without the blanks and `<br>` at its end.

    Written backwards: a pattern with an end anchor tries each run of blanks anew.
    """
    while end > start:
        if text[end - 1].isspace():
            end -= 1
            continue
        opening = text.rfind("<", start, end) if text[end - 1] == ">" else -1
        if opening < 0 or not _BREAK.fullmatch(text, opening, end):
            return end
        end = opening
    return start
