"""What the rules that compare two texts share: where they differ, and how that is shown."""

from __future__ import annotations

import re

from disarm_lint.model.words import squeeze

_SHOWN = 60
_WORD = re.compile(r"\S+")


def quote(text: str) -> str:
    """Return a text in quotation marks, shortened where it is long."""
    text = squeeze(text)
    return f"“{text}”" if len(text) <= _SHOWN else f"“{text[:_SHOWN].rstrip()}…”"


def find_difference(here: str, there: str) -> str:
    """Return the part of `there` in which the two begin to differ; `none` where it is empty."""
    if not there:
        return "none"
    start = next(
        (i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b),
        min(len(here), len(there)),
    )
    start = max(0, there.rfind(" ", 0, max(0, start - 10)) + 1)
    end = start + _SHOWN
    before, after = "…" if start else "", "…" if end < len(there) else ""
    return f"“{before}{there[start:end]}{after}”"


def find_changes(here: str, there: str) -> tuple[int, int, str]:
    """Return where the words of `here` differ from those of `there`: start, end, replacement.

    Spaces do not count. A word that one of them lacks is shown with the one
    beside it, so that the place is never empty unless `here` is.
    """
    old = [(match.start(), match.end()) for match in _WORD.finditer(here)]
    new = there.split()
    first = 0
    while first < min(len(old), len(new)) and here[slice(*old[first])] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and here[slice(*old[-last - 1])] == new[-last - 1]:
        last += 1
    if first + last == len(old) or first + last == len(new):
        if last:
            last -= 1
        elif first:
            first -= 1
    words = old[first : len(old) - last]
    replacement = " ".join(new[first : len(new) - last])
    return (words[0][0], words[-1][1], replacement) if words else (0, len(here), there)
