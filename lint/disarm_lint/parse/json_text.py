"""JSON that knows where each of its values stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.text import Location

Path = tuple[str | int, ...]

# No published artefact nests deeper than ten; a parser that recurses must not run away.
DEPTH_LIMIT = 100
# Python refuses to read longer whole numbers.
_LONGEST_INTEGER = 4000

_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_BRACKET = re.compile(rf"{_STRING}|([\[{{])|[\]}}]", re.DOTALL)
_CONSTANT = re.compile(rf"{_STRING}|(NaN|-?Infinity)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r]*+")
_PIECE = re.compile(
    r"[^\\]++"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|\\.",
    re.DOTALL,
)
_REASONS = {
    "Expecting value": "a value is missing or is not valid JSON",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Illegal trailing comma before end of object": "there is a comma before the closing bracket",
    "Illegal trailing comma before end of array": "there is a comma before the closing bracket",
    "Unterminated string starting at": "the string has no closing quote",
    "Invalid control character at": "there is a control character in a string",
    "Invalid \\escape": "a string holds an escape that JSON does not know",
    "Invalid \\uXXXX escape": "a string holds an escape that JSON does not know",
    "Extra data": "there is something after the end",
}


class InvalidJson(Exception):  # noqa: N818 - a fact about a file that becomes a finding
    """A text that is no JSON: at which offset, and why, as a clause for the reader."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class _ConstantError(ValueError):
    """NaN or an infinity."""


def _refuse(written: str) -> NoReturn:
    raise _ConstantError(written)


def _parse_integer(written: str) -> int | float:
    return int(written) if len(written) <= _LONGEST_INTEGER else float(written)


_DECODER = json.JSONDecoder(parse_int=_parse_integer, parse_constant=_refuse)


def format_pointer(path: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) to a value; a path is keys and 0-based numbers."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


class JsonText:
    """A JSON text: its value, and where each part of the value stands.

    Offsets are code points from the start of the text. Of a key that stands
    twice in one object the last counts, as everywhere.
    """

    def __init__(self, text: str) -> None:
        """Parse a text; raise InvalidJson, also where it nests deeper than DEPTH_LIMIT."""
        self.text = text
        _check_depth(text)
        try:
            self.value: Any = _DECODER.decode(text)
        except json.JSONDecodeError as error:
            # A file with nothing but spaces in it says more than where they end.
            reason = _REASONS.get(error.msg, error.msg.lower()) if text.strip() else "it is empty"
            raise InvalidJson(error.pos, reason) from None
        except _ConstantError as error:
            raise InvalidJson(_find_constant(text), f"it has {error}") from None
        self._members: dict[int, dict[str | int, tuple[int, int, int]]] = {}

    def span(self, path: Path) -> tuple[int, int]:
        """Return where a value begins and ends (exclusive); raise KeyError if there is none."""
        start = self._skip(0)
        end = len(self.text.rstrip(" \t\n\r"))
        for part in path:
            _, start, end = self._find_children(start)[part]
        return start, end

    def key_span(self, path: Path) -> tuple[int, int]:
        """Return where the key of a value begins and ends (exclusive), its quotes included.

        The place of a member of an array, which has no key, is the value itself.
        """
        start, _ = self.span(path[:-1])
        key, value, _ = self._find_children(start)[path[-1]]
        if key == value:
            return self.span(path)
        return key, _DECODER.raw_decode(self.text, key)[1]

    def words_span(self, path: Path, start: int, end: int) -> tuple[int, int]:
        """Return where the code points `start` to `end` (exclusive) of a string stand.

        Both are counted in the string as a reader sees it, without its escapes.
        """
        first, last = self.span(path)
        raw = self.text[first + 1 : last - 1]
        return first + 1 + _find_raw_offset(raw, start), first + 1 + _find_raw_offset(raw, end)

    def _skip(self, offset: int) -> int:
        match = _BLANKS.match(self.text, offset)
        return match.end() if match else offset

    def _find_children(self, start: int) -> dict[str | int, tuple[int, int, int]]:
        """Return key offset, start and end of each member of what begins at `start`."""
        known = self._members.get(start)
        if known is None:
            known = self._members[start] = self._walk(start)
        return known

    def _walk(self, start: int) -> dict[str | int, tuple[int, int, int]]:
        found: dict[str | int, tuple[int, int, int]] = {}
        opening = self.text[start]
        if opening not in "[{":
            return found
        here = self._skip(start + 1)
        while self.text[here] not in "]}":
            place, name = here, len(found)
            key: str | int = name
            if opening == "{":
                key, end = _DECODER.raw_decode(self.text, here)
                here = self._skip(self._skip(end) + 1)
            _, end = _DECODER.raw_decode(self.text, here)
            found[key] = (place, here, end)
            here = self._skip(end)
            if self.text[here] == ",":
                here = self._skip(here + 1)
        return found


def _find_raw_offset(raw: str, offset: int) -> int:
    """Return where the code point `offset` of a string stands in its raw text."""
    here = 0
    for match in _PIECE.finditer(raw):
        count = 1 if match[0].startswith("\\") else len(match[0])
        if here + count > offset:
            return match.start() + offset - here
        here += count
    return len(raw)


def _check_depth(text: str) -> None:
    depth = 0
    for match in _BRACKET.finditer(text):
        if match[1]:
            depth += 1
            if depth > DEPTH_LIMIT:
                reason = f"it nests more than {DEPTH_LIMIT} levels deep"
                raise InvalidJson(match.start(), reason)
        elif text[match.start()] in "]}":
            depth -= 1


def _find_constant(text: str) -> int:
    return next((match.start() for match in _CONSTANT.finditer(text) if match[1]), 0)


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """What keeps a file, or a part of one, from being compared: where, and why, as a clause."""

    location: Location
    reason: str
    pointer: str | None = None
