"""Writing of a baseline: YAML in a form that shows every character and always reads back."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from disarm_lint.baseline.model import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.baseline.model import Entry

HEADER = """\
# Findings of disarm-lint that are accepted for now: `disarm-lint check` reports
# what is not listed here, so that only what is new stops a change.
#
# When something has been mended, `disarm-lint baseline update` takes its entry
# out. Fill in a `reason` where a finding is to stay, and comment as you like: a
# comment right above an entry goes with it, one above an empty line stays.
#
# A finding is known by its fingerprint, which holds no line number: text may
# move. The other words are for the reader.
"""

# What stands without quotes: words that YAML takes for nothing but text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/().'-]*(?: [A-Za-z0-9_/(][A-Za-z0-9_/().'-]*)*")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"})


def scalar(text: str) -> str:
    """Return a text as YAML on one line; invisible characters are shown by their number."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NO_TEXT:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text as YAML in double quotes, on one line."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if " " <= char <= "~" or unicodedata.category(char) not in _HIDDEN:
        return char
    number = ord(char)
    if number > 0xFFFF:
        return f"\\U{number:08X}"
    return f"\\u{number:04X}" if number > 0xFF else f"\\x{number:02X}"


def entry_lines(entry: Entry, indent: int = 2) -> list[str]:
    """Return the lines of an entry, its dash indented by so many blanks; no line ends."""
    lines = [
        # Never bare: digits alone, or with an `e` among them, would be a number.
        f"fingerprint: {quoted(entry.fingerprint)}",
        f"rule: {scalar(entry.rule)}",
        f"name: {scalar(entry.name)}",
        f"subject: {scalar(entry.subject)}",
        f"text: {scalar(entry.text)}",
        "place:",
        f"  path: {scalar(entry.path)}",
    ]
    if entry.section:
        lines.append(f"  section: {scalar(entry.section)}")
    lines.append(f"reason: {scalar(entry.reason)}" if entry.reason else "reason:")
    margin = " " * indent
    return [f"{margin}{'  ' if number else '- '}{line}" for number, line in enumerate(lines)]


def document(entries: Iterable[Entry]) -> str:
    """Return the text of a new baseline, its entries sorted."""
    lines = [HEADER.rstrip("\n"), f"schema_version: {SCHEMA_VERSION}"]
    ordered = sorted(entries, key=lambda entry: entry.sort_key)
    lines.append("entries:" if ordered else "entries: []")
    for number, entry in enumerate(ordered):
        lines += ["", *entry_lines(entry)] if number else entry_lines(entry)
    return "".join(f"{line}\n" for line in lines)
