"""Quick reading of a baseline in the form in which it is written.

A YAML parser takes longer over a long baseline than the linter over the pages.
This reads what `disarm_lint.baseline.write` writes, with comments and simple
reasons that people add; anything else is left to the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.baseline.model import SCHEMA_VERSION, Entry, Listed
from disarm_lint.model.text import Span

if TYPE_CHECKING:
    from disarm_lint.config.place import File

# What YAML forbids or takes for the end of a line, and blanks that it treats apart.
_UNUSUAL = re.compile(
    "[^\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)
_HEX = "[0-9A-Fa-f]"
_CODE = rf"x{_HEX}{{2}}|u{_HEX}{{4}}|U00(?:0{_HEX}|10){_HEX}{{4}}"
_QUOTED = rf'"(?P<quoted>(?:[^"\\]|\\(?:["\\nrt]|{_CODE}))*+)"'
_BARE = r"(?P<bare>[A-Za-z](?: *[^:# ])*+)"
_LINE = re.compile(
    rf"(?P<margin> *(?:- )?)(?P<key>[a-z_]+):(?: +(?:{_QUOTED}|{_BARE}))?(?: +#.*| *)"
)
_SKIPPED = re.compile(r" *(?:#.*)?")
_ESCAPE = re.compile(rf"\\(?:{_CODE}|[\"\\nrt])")
_SHORT = {"n": "\n", "r": "\r", "t": "\t"}
# YAML takes no other word that begins with a letter for anything but text.
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FORM = (
    ("fingerprint", 0),
    ("rule", 0),
    ("name", 0),
    ("subject", 0),
    ("text", 0),
    ("place", 0),
    ("path", 2),
    ("section", 2),
    ("reason", 0),
)
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_RULE = re.compile(r"[A-Z]{1,2}[0-9]{3}")
_HEAD = f"schema_version: {SCHEMA_VERSION}"


def read_canonical(file: File, text: str) -> tuple[Listed, ...] | None:
    """Return the entries of a baseline, None where it has another form.

    What is returned is what the YAML parser and the schema would make of it.
    """
    if _UNUSUAL.search(text):
        return None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    rows = [(n, line) for n, line in enumerate(lines, 1) if not _SKIPPED.fullmatch(line)]
    if [line.rstrip() for _, line in rows[:2]] != [_HEAD, "entries:"]:
        return None
    entries: list[Listed] = []
    margin: int | None = None
    position = 2
    while position < len(rows):
        values: dict[str, tuple[str | None, int, int]] = {}
        first = rows[position][0]
        for key, deeper in _FORM:
            match = _LINE.fullmatch(rows[position][1]) if position < len(rows) else None
            if match is None or match["key"] != key:
                if key == "section":
                    continue
                return None
            dash = match["margin"].endswith("- ")
            if dash is not (key == "fingerprint"):
                return None
            if margin is None:
                margin = len(match["margin"])
            if len(match["margin"]) != margin + deeper:
                return None
            value = _value(match)
            if (value is None) is not (key == "place") and (key, value) != ("reason", None):
                return None
            if match["bare"] and match["bare"].casefold() in _NO_TEXT:
                return None
            values[key] = (value, rows[position][0], match.start(match.lastgroup or 0))
            position += 1
        listed = _listed(file, values, first, lines)
        if listed is None:
            return None
        entries.append(listed)
    return tuple(entries) or None


def _value(match: re.Match[str]) -> str | None:
    """Return the text behind a key, None where there is none."""
    quoted: str | None = match["quoted"]
    if quoted is not None:
        return _ESCAPE.sub(_unescaped, quoted) if "\\" in quoted else quoted
    bare: str | None = match["bare"]
    return bare


def _unescaped(match: re.Match[str]) -> str:
    code = match[0][1:]
    return chr(int(code[1:], 16)) if len(code) > 1 else _SHORT.get(code, code)


def _listed(
    file: File, values: dict[str, tuple[str | None, int, int]], first: int, lines: list[str]
) -> Listed | None:
    found = {key: value or "" for key, (value, _, _) in values.items()}
    if not _FINGERPRINT.fullmatch(found["fingerprint"]) or not _RULE.fullmatch(found["rule"]):
        return None
    if not found["path"]:
        return None
    _, number, start = values["fingerprint"]
    # The span of a text in quotes holds the quotes.
    quotes = lines[number - 1][start - 1] == '"'
    column = start if quotes else start + 1
    width = len(found["fingerprint"]) + (2 if quotes else 0)
    span = Span(number, column, number, column + width)
    entry = Entry(
        fingerprint=found["fingerprint"],
        rule=found["rule"],
        name=found["name"],
        subject=found["subject"],
        text=found["text"],
        path=found["path"],
        section=found.get("section", ""),
        reason=found["reason"],
    )
    return Listed(entry, file.location(span), first, max(line for _, line, _ in values.values()))
