r"""Texts as fields of a table that people open in a spreadsheet, and back, without loss.

A field shows what no reader can see (`\u200b`, `\t`, a space at either end as `\x20`), and
a backslash as two. One that a spreadsheet could take for a formula, a number or a date
begins with an apostrophe; so does one that begins with an apostrophe itself.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile(r"\A[ \n]|[ \n]\Z|\\|_(?=x[0-9A-Fa-f]{4}_)|[^ -~]")
_NAMES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPE = re.compile(
    r"\\(?:(?P<name>[\\nrt])|x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})"
    r"|U(?P<long>00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(?P<wrong>.?))",
    re.DOTALL,
)
_CHARS = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_LINE_END = re.compile(r"\r\n?")
_GUARD = "'"
# A word that spreadsheets take for a month or a currency, and a number behind it.
_DATE_LIKE = re.compile(r"[^\W\d_]{3,}\.?[\s/-]*\d")
_BOOLEANS = frozenset({"true", "false"})


class BadEscape(ValueError):  # noqa: N818 - a fact about a field, which a message reports
    """A field in which a backslash stands for nothing; the message is it, with what follows."""


def encode_field(text: str) -> str:
    """Return a text as a field shows it; `decode_field` gives the text back."""
    return _HIDDEN.sub(_encode, text)


def format_cell_diff(where: str, old: str, new: str) -> list[str]:
    """Return the lines that show a change of a cell as a diff does: the cell as a file of a line.

    `where` names the cell, as `book.xlsx!techniques!B37`. The texts are as `encode_field`
    writes them.
    """
    return [f"--- {where}", f"+++ {where}", f"-{old}", f"+{new}"]


def _encode(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n" and 0 < match.start() < len(match.string) - 1:
        # A line end inside is a line end in a cell, too.
        return char
    if char in _NAMES:
        return _NAMES[char]
    number = ord(char)
    if char.isprintable() and char not in " _":
        return char
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def decode_field(field: str) -> str:
    """Return the text that a field shows, its line ends as line feeds; raise BadEscape."""
    return _ESCAPE.sub(_decode, _LINE_END.sub("\n", field))


def _decode(match: re.Match[str]) -> str:
    if match["name"]:
        return _CHARS[match["name"]]
    digits = match["x"] or match["u"] or match["long"]
    if not digits:
        raise BadEscape(match[0])
    return chr(int(digits, 16))


def guard_field(field: str) -> str:
    """Return a field that a spreadsheet takes for nothing but a text."""
    if not field or (
        field[0].isalpha()
        and not _DATE_LIKE.match(field)
        and field.strip().casefold() not in _BOOLEANS
    ):
        return field
    return _GUARD + field


def unguard_field(field: str) -> str:
    """Return a field without its guard."""
    return field.removeprefix(_GUARD)
