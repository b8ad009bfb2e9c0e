"""Text for a terminal or a CI log: harmless, of known width, in colour, with source lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from disarm_lint.model.words import LINE_BREAK, Severity, join_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.text import PageSource, Span


_FALLBACK = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‘": "'", "’": "'", "‚": "'",
        "…": "...", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
        "→": "->", "×": "x", "·": "*", "•": "*", "\u00a0": " ",
    }
)  # fmt: skip
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class TextCell:
    """A code point as shown, and how many columns of the terminal that takes."""

    text: str
    width: int


@dataclass(frozen=True, slots=True)
class Charset:
    """What a terminal or file can show: its encoding, as Python names it."""

    encoding: str = "utf-8"

    @property
    def unicode(self) -> bool:
        """Tell whether every character can be shown."""
        return self.encoding.lower().replace("-", "").replace("_", "").startswith("utf")

    def split_cells(self, text: str, *, exact: bool = False) -> list[TextCell]:
        """Return the code points of a text of a page as shown.

        `exact` tells spaces apart too, and what the character set lacks.
        """
        if _is_plain(text):
            return [_PLAIN[char] for char in text]
        encoding = "" if self.unicode else self.encoding
        return [
            _PLAIN.get(char) or _make_cell(char, encoding, blanks=exact, lossy=not exact)
            for char in text
        ]

    def show_line(self, text: str) -> str:
        """Return a text as shown, on one line."""
        if _is_plain(text):
            return text
        encoding = "" if self.unicode else self.encoding
        return _NOT_PLAIN.sub(
            lambda match: _make_cell(match[0], encoding, blanks=False, lossy=False).text, text
        )

    def show_exactly(self, text: str) -> str:
        """Return a text on one line in which all that is invisible shows, spaces at the ends too.

        `explain_marks` says what the marks mean.
        """
        shown = "".join(
            cell.text for cell in self.split_cells(text.replace("\r\n", "\n"), exact=True)
        )
        inner = shown.strip(" ")
        start = len(shown) - len(shown.lstrip(" "))
        return f"{SPACE * start}{inner}{SPACE * (len(shown) - start - len(inner))}"


@lru_cache(maxsize=4096)
def _make_cell(char: str, encoding: str, *, blanks: bool, lossy: bool) -> TextCell:
    if " " <= char <= "~":
        return TextCell(char, 1)
    if char == "\n":
        return TextCell(LINE_BREAK, 1) if not encoding else TextCell("<U+000A>", 8)
    if char == "\t" and not blanks:
        return TextCell(" ", 1)
    category = unicodedata.category(char)
    selector = "\ufe00" <= char <= "\ufe0f"
    if category in _INVISIBLE or (blanks and (selector or category == "Zs")):
        shown = f"<U+{ord(char):04X}>"
        return TextCell(shown, len(shown))
    if selector:
        return TextCell("", 0)
    if category == "Zs":
        return TextCell(" ", 1)
    if encoding:
        try:
            char.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            shown = char.translate(_FALLBACK)
            if not shown.isascii():
                shown = "?" if lossy else f"<U+{ord(char):04X}>"
            return TextCell(shown, len(shown))
    return TextCell(char, _measure_width(char, category))


# The characters that every terminal shows as they are, and all others.
_NOT_PLAIN = re.compile(r"[^ -~]")
_PLAIN = {chr(number): TextCell(chr(number), 1) for number in range(0x20, 0x7F)}


SPACE = "␣"
"""What people are shown for a space at the beginning or end of a text that changes."""
_CODE = re.compile(r"<U\+([0-9A-F]{4,6})>")
# Of more kinds of invisible characters than these, the names are left out.
_MOST_NAMED = 6


def explain_marks(shown: str) -> str:
    """Return a sentence on the marks in what `Charset.exact` returned; empty if it has none."""
    meanings = {LINE_BREAK: "a line break", SPACE: "a space at an end of a text"}
    told = [(mark, meaning) for mark, meaning in meanings.items() if mark in shown]
    for number in sorted({int(code, 16) for code in _CODE.findall(shown)})[:_MOST_NAMED]:
        name = unicodedata.name(chr(number), "").lower()
        told.append((f"<U+{number:04X}>", f"a {name}" if name else "an invisible character"))
    if not told:
        return ""
    (mark, meaning), *others = told
    first = f"{mark} is {meaning}"
    return f"Here, {join_words([first, *(' '.join(other) for other in others)])}."


def _measure_width(char: str, category: str) -> int:
    if category in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def measure_width(text: str) -> int:
    """Return how many columns a text takes that `Charset.line` has returned."""
    if text.isascii():
        return len(text)
    widths = (
        _make_cell(char, "", blanks=False, lossy=False).width for char in _NOT_PLAIN.findall(text)
    )
    return len(_NOT_PLAIN.sub("", text)) + sum(widths)


def wrap_text(text: str, columns: int, *, first: int = 0, hanging: int = 0) -> list[str]:
    """Break a text into lines of at most `columns`, at spaces where there are any.

    `first` columns of the first line are taken already; later lines are
    indented by `hanging`. A first word that does not fit starts a new line.
    """
    lines: list[str] = []
    current, used = "", first
    words = text.split()
    whole = " ".join(words)
    if whole and first + measure_width(whole) <= columns:
        return [whole]
    for word in words:
        rest = word
        while rest:
            gap = 1 if current.strip() else 0
            width = measure_width(rest)
            if used + gap + width <= columns:
                current += " " * gap + rest
                used += gap + width
                break
            fits = columns - hanging
            if width > fits:
                head, rest = _split(rest, columns - used - gap, fits)
                current += (" " * gap if head else "") + head
            lines.append(current)
            current, used = " " * hanging, hanging
    if current.strip() or not lines:
        lines.append(current)
    return lines


def _split(word: str, columns: int, at_least: int) -> tuple[str, str]:
    """Split a word that fits on no line; nothing of it goes into a short rest of a line."""
    if columns < at_least // 2:
        return "", word
    used = 0
    for end, char in enumerate(word):
        used += measure_width(char)
        if used > columns:
            return word[:end], word[end:]
    return word, ""


_CODES = {"bold": "1", "red": "1;31", "yellow": "1;33", "cyan": "1;36", "blue": "1;34", "dim": "2"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text, or leaves it as it is."""

    colour: bool = False

    def paint(self, text: str, name: str) -> str:
        """Return a text in a colour: bold, red, yellow, cyan, blue or dim."""
        if not self.colour or not text:
            return text
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m"

    def paint_severity(self, text: str, severity: Severity) -> str:
        """Return a text in the colour of a severity."""
        return self.paint(text, _SEVERITIES[severity])


# Columns before the wrong words, where there is room for them, and at the least.
_BEFORE, _LEAST = 26, 10
# Code points of each part that are looked at.
_MOST = 400
# Columns beyond those of a line that plain text is looked at for.
_SPARE = 40


@dataclass(frozen=True, slots=True)
class TextSnippet:
    """A line as shown, and which of its columns (0-based, end exclusive) the carets take."""

    line: str
    start: int
    end: int


def cut_snippet(source: PageSource, span: Span, columns: int, charset: Charset) -> TextSnippet:
    """Return the first line of a span, at most `columns` wide.

    Looks at no more of the line than can be shown: lines of many megabytes
    cost no more than short ones.
    """
    starts = source.line_starts
    line_start = min(starts[min(span.line, len(starts)) - 1], len(source.text))
    line_end = starts[span.line] if span.line < len(starts) else len(source.text)
    text = source.text
    while line_end > line_start and text[line_end - 1] in "\r\n":
        line_end -= 1
    start = min(line_start + span.column - 1, line_end)
    end = line_end
    if span.end_line == span.line:
        end = max(start, min(line_start + span.end_column - 1, line_end))
    inside_end = min(end, start + _MOST)
    first = max(line_start, start - _MOST)
    last = min(line_end, inside_end + _MOST)
    before, after = text[first:start], text[inside_end:last]
    cut_left, cut_right = first > line_start, last < line_end
    # Of plain characters, each a column wide, no more can be shown: what is not looked at is cut.
    most = columns + _SPARE
    if _is_plain(before):
        before = before if cut_left else before.lstrip(" ")
        cut_left = cut_left or len(before) > most
        before = before[-most:]
    if _is_plain(after):
        cut_right = cut_right or len(after) > most
        after = after[:most]
    return _fit_window(
        charset.split_cells(before),
        charset.split_cells(text[start:inside_end], exact=True),
        charset.split_cells(after),
        columns,
        charset.show_line("…"),
        cut=(cut_left, cut_right),
    )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


_get_width, _get_text = attrgetter("width"), attrgetter("text")


def _measure_cells(cells: list[TextCell]) -> int:
    return sum(map(_get_width, cells))


def _join_cells(cells: list[TextCell]) -> str:
    return "".join(map(_get_text, cells))


def _fit_window(
    before: list[TextCell],
    inside: list[TextCell],
    after: list[TextCell],
    columns: int,
    mark: str,
    *,
    cut: tuple[bool, bool],
) -> TextSnippet:
    """Fit three parts of a line into `columns`; `cut` says whether the line goes on either side."""
    cut_left, cut_right = cut
    if not cut_left:
        # Indentation says nothing here.
        indent = next((n for n, cell in enumerate(before) if cell.text != " "), len(before))
        before = before[indent:]
    room = columns - _measure_cells(inside)
    left = ""
    if cut_left or cut_right or _measure_cells(before) + _measure_cells(after) > room:
        reserve = len(mark) + 1
        behind = _measure_cells(after) + (reserve if cut_right else 0)
        before, left = _cut_tail(
            before, max(min(_BEFORE, room - reserve), room - behind, _LEAST), mark, cut=cut_left
        )
    start = len(left) + _measure_cells(before)
    end = start + _measure_cells(inside)
    if end > columns:
        inside, after, right = _cut_head(inside, columns - start - len(mark)), [], mark
        end = start + _measure_cells(inside)
    else:
        after, right = _cut_rest(after, columns - end, mark, cut=cut_right)
    line = f"{left}{_join_cells(before)}{_join_cells(inside)}{_join_cells(after)}{right}"
    return TextSnippet(line.rstrip(), start, max(end, start + 1))


def _cut_rest(
    cells: list[TextCell], room: int, mark: str, *, cut: bool
) -> tuple[list[TextCell], str]:
    """Return the beginning of some cells, at most `room` wide with the mark, up to a word's end."""
    if not cut and _measure_cells(cells) <= room:
        return cells, ""
    room -= len(mark) + 1
    if room < 0:
        return [], ""
    kept = _cut_head(cells, room)
    if len(kept) < len(cells):
        blanks = (n for n in range(len(kept), len(kept) // 2, -1) if cells[n].text == " ")
        kept = kept[: next(blanks, len(kept))]
    return kept, f" {mark}"


def _cut_tail(
    cells: list[TextCell], limit: int, mark: str, *, cut: bool
) -> tuple[list[TextCell], str]:
    """Return the end of some cells, at most `limit` wide with the mark, from a word's start."""
    if not cut and _measure_cells(cells) <= limit:
        return cells, ""
    room = limit - len(mark) - 1
    first, used = len(cells), 0
    while first > 0 and used + cells[first - 1].width <= room:
        first -= 1
        used += cells[first].width
    kept = cells[first:]
    blank = next((n for n, cell in enumerate(kept[: len(kept) // 2]) if cell.text == " "), None)
    if blank is not None:
        return kept[blank + 1 :], f"{mark} "
    return kept, mark


def _cut_head(cells: list[TextCell], room: int) -> list[TextCell]:
    """Return the beginning of some cells, at most `room` wide."""
    count, used = 0, 0
    while count < len(cells) and used + cells[count].width <= room:
        used += cells[count].width
        count += 1
    return cells[:count]


# GitHub, Gitea and Forgejo; Azure Pipelines; TeamCity.
_SERVERS = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
# A bracket that makes a command; Azure Pipelines does not care for capitals.
_BRACKET = r"(?<=##)\[|(?<=##vso)\[|(?<=##teamcity)\["
_COMMAND = re.compile(rf"(?P<start>^[^\S\r\n]*):(?=:)|{_BRACKET}", re.MULTILINE | re.IGNORECASE)
_BRACKETS = re.compile(_BRACKET, re.IGNORECASE)

# In the style of a report, a line may begin with `::` but holds no second one.
_HTML_COMMAND = re.compile(
    rf"(?P<start>^[^\S\r\n]*):(?=:[^\r\n]*::)|{_BRACKET}", re.MULTILINE | re.IGNORECASE
)


def is_ci_log(environment: Mapping[str, str]) -> bool:
    """Tell whether a CI server reads the output for commands."""
    return any(environment.get(name) for name in _SERVERS)


def neutralise_commands(text: str) -> str:
    """Return a text in which no line is a command to a CI server.

    `::` at the beginning of a line and `##[` anywhere are such; one character
    of them is shown by its number, as in <U+003A>:error.
    """
    return _COMMAND.sub(
        lambda match: f"{match['start'] or ''}<U+{ord(match[0][-1]):04X}>",
        text,
    )


def neutralise_brackets(text: str) -> str:
    """Return a text in which no bracket makes a command, for what has to begin with `::`."""
    return _BRACKETS.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def neutralise_address(address: str) -> str:
    """Return a web address that means the same and holds no such command."""
    return _COMMAND.sub(lambda match: f"{match['start'] or ''}%{ord(match[0][-1]):02X}", address)


def neutralise_html(html: str) -> str:
    """Return an HTML document that looks the same, and in which nothing is such a command."""
    return _HTML_COMMAND.sub(lambda match: f"{match['start'] or ''}&#{ord(match[0][-1])};", html)
