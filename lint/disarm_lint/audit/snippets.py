"""The text around a finding, cut to a window, harmless to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.model import Snippet
from disarm_lint.output.visible import Charset

if TYPE_CHECKING:
    from disarm_lint.model.text import PageSource, Span
    from disarm_lint.output.report import Shown

# Code points of context on each side, and of the wrong words themselves.
_AROUND, _INSIDE = 80, 160
_ALL = Charset()


def clean(text: str) -> str:
    """Return a text on one line, its control and invisible characters shown by number."""
    return _ALL.line(text.replace("\r\n", " ").replace("\n", " "))


def shortened(text: str, most: int) -> str:
    """Return at most `most` code points of a text, cut in the middle."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head].rstrip()} … {text[len(text) - (most - head - 3) :].lstrip()}"


def snippet_of(shown: Shown) -> Snippet | None:
    """Return the text that a finding stands in; None where it stands at no words."""
    finding, span = shown.finding, shown.span
    if finding.location.cell is not None:
        piece = finding.text
        return _snippet(piece.source.text, piece.start, piece.end) if piece is not None else None
    if span is not None and shown.source is not None:
        start, end = _offsets(shown.source, span)
        return _snippet(shown.source.text, start, end)
    return None


def _offsets(source: PageSource, span: Span) -> tuple[int, int]:
    starts, length = source.line_starts, len(source.text)

    def offset(line: int, column: int) -> int:
        return min(starts[min(line, len(starts)) - 1] + column - 1, length)

    start = offset(span.line, span.column)
    return start, max(start, offset(span.end_line, span.end_column))


def _snippet(text: str, start: int, end: int) -> Snippet:
    """Cut a window that does not leave the lines in which the words begin and end."""
    first = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    newline = text.find("\n", end, end + _AROUND)
    last = min(len(text), end + _AROUND) if newline < 0 else newline
    before, after = text[first:start].lstrip("\r"), text[end:last].rstrip("\r")
    if first > 0 and text[first - 1] != "\n":
        before = f"…{_from_word(before)}"
    if newline < 0 and last < len(text):
        after = f"{_to_word(after)}…"
    return Snippet(clean(before), _marked(shortened(text[start:end], _INSIDE)), clean(after))


def _marked(text: str) -> str:
    """Show the wrong words themselves; here blanks are told apart too."""
    return "".join(
        char if char in " \t" else _ALL.cell(char, exact=True).text
        for char in text.replace("\r\n", " ").replace("\n", " ")
    )


def _from_word(text: str) -> str:
    """Drop a word that is cut off at the front."""
    head, blank, rest = text.partition(" ")
    return rest if blank and len(head) < 20 and rest.strip() else text


def _to_word(text: str) -> str:
    """Drop a word that is cut off at the end."""
    rest, blank, tail = text.rpartition(" ")
    return rest if blank and len(tail) < 20 and rest.strip() else text
