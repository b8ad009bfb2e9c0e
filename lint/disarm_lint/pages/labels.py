"""Field labels in a paragraph: `**Summary**: ...`, `**Parent Technique:** ...`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(
    r"(?P<lead>^[ \t]*(?:[*+-][ \t]+)?|<br\s*/?>[ \t]*)?"
    r"\*\*(?P<label>[^*\n:]{1,60}?)[ \t]*(?:(?P<inner>:)[ \t]*\*\*|\*\*[ \t]*(?P<outer>:))",
    re.MULTILINE | re.IGNORECASE,
)
_BREAKS_AT_END = re.compile(r"(?:\s|<br\s*/?>)+\Z", re.IGNORECASE)


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
        trailing = _BREAKS_AT_END.search(text, start, limit)
        end = max(start, trailing.start() if trailing else limit)
        found.append(RawField(match.start(), match.span("label"), (start, end)))
    return tuple(found)
