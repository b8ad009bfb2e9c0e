"""The XML of one cell: its text, plain or of formatted parts, its number, the value of a formula.

The format is that of ECMA-376, Part 1, 18.3 (worksheets) and 18.4 (shared strings).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING

from disarm_lint.sources.decoding import splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class CellEdit:
    """What replaces the code points `start` to `end` (exclusive) of a cell's text.

    `text` is the whole text of the cell as it was read: where the file says
    otherwise, nothing is edited. A `derived` text may be the value of a formula:
    the cells that it is computed from are edited too. A `crossing` edit may reach
    over parts that are formatted each for itself: its words get the formatting of the
    first. `moved_from` is a cell of the sheet whose whole content takes the place of
    this one's, formatting of parts included; it is that of before all edits.
    """

    sheet: str
    ref: str
    text: str
    start: int
    end: int
    replacement: str
    derived: bool = False
    crossing: bool = False
    moved_from: str | None = None


class UneditableError(Exception):
    """A cell cannot be edited; the message says why."""


def is_number(text: str) -> bool:
    """Tell whether a text can take the place of a number in a cell."""
    return _NUMBER.fullmatch(text) is not None


def fits_run(lengths: Sequence[int], start: int, end: int) -> bool:
    """Tell whether an edit from one offset to another lies in one formatted part of a text."""
    return _find_run([0, *accumulate(lengths)], start, end) is not None


def _find_run(starts: Sequence[int], start: int, end: int) -> int | None:
    """Return the number of the first part into which an edit fits.

    Text that is inserted after a part gets the formatting of that part.
    """
    number = max(0, bisect_left(starts, start) - 1)
    last = len(starts) - 1
    while number < last and starts[number] <= start and starts[number + 1] < end:
        number += 1
    return number if number < last and starts[number] <= start else None


def cut_edits(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """Yield the changed parts of a text: start, end and new text.

    All other parts stay as they are, with their formatting.
    """
    from rapidfuzz.distance import Levenshtein

    if len(old) * len(new) > _COMPARABLE:
        yield 0, len(old), new
        return
    start = first = 0
    # All steps between two equal parts are one edit.
    for part in Levenshtein.opcodes(old, new):
        if part.tag == "equal":
            if (start, first) != (part.src_start, part.dest_start):
                yield start, part.src_start, new[first : part.dest_start]
            start, first = part.src_end, part.dest_end
    if (start, first) != (len(old), len(new)):
        yield start, len(old), new[first:]


# Up to which product of lengths the changed words of a text are looked for.
_COMPARABLE = 25_000_000


TAG = re.compile(
    rb"""<(?P<close>/?)(?P<name>(?:[\w.-]+:)?[\w.-]+)(?P<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*)>"""
)
ATTRIBUTE = re.compile(rb"""([\w.:-]+)\s*=\s*("[^"]*"|'[^']*')""")
_TEXT_PART = re.compile(
    rb"""<(?P<prefix>(?:[\w.-]+:)?)t(?P<attributes>(?:\s[^<>]*)?)(?:/>|>(?P<text>[^<]*)</(?P=prefix)t\s*>)"""
)
_ENTITY = re.compile(r"&(?:#(?P<number>[0-9]+)|#x(?P<hex>[0-9A-Fa-f]+)|(?P<name>\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class SharedStrings:
    """The shared strings of a workbook, as XML."""

    def __init__(self, xml: bytes) -> None:
        pattern = re.compile(
            rb"<(?P<p>(?:[\w.-]+:)?)si(?:\s[^<>]*)?(?:/>|>(?P<inner>.*?)</(?P=p)si\s*>)", re.DOTALL
        )
        self._found = [(m["p"], m["inner"] or b"") for m in pattern.finditer(xml)]

    def inner(self, index: int, prefix: bytes) -> bytes:
        """Return the XML of a string, with an element prefix; raise UneditableError."""
        if not 0 <= index < len(self._found):
            raise UneditableError("its text cannot be found")
        own, inner = self._found[index]
        if own != prefix:
            raise UneditableError("its text is written with another namespace prefix")
        return inner


def find_content(kind: bytes, inner: bytes, prefix: bytes, strings: SharedStrings | None) -> bytes:
    """Return the XML of a cell's text; raise UneditableError if it has none."""
    if kind == b"s" and strings is not None:
        value = re.search(rb"<(?:[\w.-]+:)?v\s*>\s*([0-9]+)\s*<", inner)
        if value is None:
            raise UneditableError("its text cannot be found")
        return strings.inner(int(value[1]), prefix)
    if kind == b"inlineStr":
        found = re.search(
            rb"<(?:[\w.-]+:)?is(?:\s[^<>]*)?>(.*)</(?:[\w.-]+:)?is\s*>", inner, re.DOTALL
        )
        if found is None:
            raise UneditableError("its text cannot be found")
        return found[1]
    raise UneditableError("it holds no text but a number, a date or an error")


def parse_attributes(written: bytes) -> dict[bytes, bytes]:
    """Return the attributes of a tag, with their values as they are written."""
    return {key: value[1:-1] for key, value in ATTRIBUTE.findall(written)}


def find_cells(
    xml: bytes, refs: Collection[str]
) -> Iterator[tuple[str, re.Match[bytes], dict[bytes, bytes]]]:
    """Yield the cells of a sheet with certain addresses: address, start tag, attributes."""
    left = set(refs)
    for match in TAG.finditer(xml):
        if not left:
            break
        if match["close"] or match["name"].rpartition(b":")[2] != b"c":
            continue
        attributes = parse_attributes(match["attributes"])
        ref = attributes.get(b"r", b"").decode("ascii", "replace")
        if ref in refs:
            left.discard(ref)
            yield ref, match, attributes


def format_cell(prefix: bytes, attributes: bytes, text: bytes) -> bytes:
    """Return the XML of a cell with its text as an inline string, or of an empty cell."""
    name = prefix + b"c"
    if not text:
        return b"<" + name + attributes + b"/>"
    return (
        b"<" + name + attributes + b' t="inlineStr"><' + prefix + b"is>" + text
        + b"</" + prefix + b"is></" + name + b">"
    )  # fmt: skip


FORMULA_MARK = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def edit_number(inner: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a cell with a new number."""
    value = VALUE.search(inner)
    written = value[2].decode("utf-8").strip() if value else ""
    new = splice(edits[0].text, [(edit.start, edit.end, edit.replacement) for edit in edits])
    same = written == edits[0].text or re.fullmatch(rf"{re.escape(edits[0].text)}\.0*", written)
    if value is None or not same or not is_number(new):
        raise UneditableError("it holds no text but a number, a date or an error")
    return inner[: value.start(2)] + new.encode() + inner[value.end() :]


_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f(?:\s[^<>]*)?>([^<]*)<")
VALUE = re.compile(rb"(<(?:[\w.-]+:)?v(?:\s[^<>]*)?>)([^<]*)(?=<)")


def edit_value(inner: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a formula and its value, with edits in the value only."""
    value = VALUE.search(inner)
    text = unescape_text(value[2].decode("utf-8")) if value else ""
    if value is None or text != edits[0].text:
        raise UneditableError("its text is not stored as it is read")
    formula = _FORMULA.search(inner)
    literal = unescape_text(formula[1].decode("utf-8")) if formula else ""
    if any(words in literal for words in {text[edit.start : edit.end] for edit in edits}):
        raise UneditableError("its formula holds these words")
    text = splice(text, [(edit.start, edit.end, edit.replacement) for edit in edits])
    return inner[: value.start(2)] + escape_text(text) + inner[value.end() :]


def read_text(content: bytes) -> str:
    """Return the text that `find_content` found, without its formatting; raise UneditableError."""
    return "".join(map(_read_part, _TEXT_PART.finditer(content)))


def _read_part(part: re.Match[bytes]) -> str:
    return unescape_text((part["text"] or b"").decode("utf-8"))


def edit_text(content: bytes, edits: Sequence[CellEdit]) -> tuple[bytes, bool]:
    """Return the XML of a text, plain or of several runs, with edits in its runs.

    It is empty if no text is left. The second part tells whether formatting was lost.
    """
    if re.search(rb"<(?:[\w.-]+:)?rPh[\s>]", content):
        raise UneditableError("it has a reading aid, which an edit would lose")
    parts = list(_TEXT_PART.finditer(content))
    texts = [_read_part(part) for part in parts]
    if "".join(texts) != edits[0].text:
        raise UneditableError("its text is not stored as it is read")
    starts = [0, *accumulate(map(len, texts))]
    by_part, faded = _assign_parts(_narrow(edits, starts), starts)
    for number, placed in by_part.items():
        texts[number] = splice(texts[number], placed)
    if not any(texts):
        return b"", faded
    out, position = bytearray(), 0
    for part, text in zip(parts, texts, strict=True):
        out += content[position : part.start()] + format_text(part["prefix"] + b"t", text)
        position = part.end()
    return bytes(out) + content[position:], faded


def _assign_parts(
    edits: Iterable[CellEdit], starts: Sequence[int]
) -> tuple[dict[int, list[tuple[int, int, str]]], bool]:
    """Return the edits of each part, and whether one crosses parts and loses formatting."""
    by_part: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    faded = False
    for edit in edits:
        number = _find_run(starts, edit.start, edit.end)
        if number is not None:
            begin = starts[number]
            by_part[number].append((edit.start - begin, edit.end - begin, edit.replacement))
            continue
        if not edit.crossing:
            raise UneditableError("parts of its text are formatted, and an edit would lose that")
        faded = True
        words = edit.replacement
        for number, begin in enumerate(starts[:-1]):
            first, last = max(edit.start, begin), min(edit.end, starts[number + 1])
            if first < last:
                by_part[number].append((first - begin, last - begin, words))
                words = ""
    return by_part, faded


def _narrow(edits: Sequence[CellEdit], starts: Sequence[int]) -> Iterator[CellEdit]:
    """Yield edits; an edit that crosses parts is split into those of the changed words."""
    for edit in edits:
        if _find_run(starts, edit.start, edit.end) is not None:
            yield edit
            continue
        for start, end, words in cut_edits(edit.text[edit.start : edit.end], edit.replacement):
            yield replace(edit, start=edit.start + start, end=edit.start + end, replacement=words)


def format_text(name: bytes, text: str) -> bytes:
    """Return the XML of a text in an element of this name."""
    space = b' xml:space="preserve"' if text != " ".join(text.split()) else b""
    return b"<" + name + space + b">" + escape_text(text) + b"</" + name + b">"


def escape_text(text: str) -> bytes:
    """Return a text as XML."""
    return escape(text, quote=False).replace("\r", "&#13;").encode("utf-8", "xmlcharrefreplace")


def unescape_text(text: str) -> str:
    """Return the text that is written so in XML; raise UneditableError if it cannot be one."""

    def decode(match: re.Match[str]) -> str:
        try:
            if match["number"]:
                return chr(int(match["number"]))
            if match["hex"]:
                return chr(int(match["hex"], 16))
        except (ValueError, OverflowError):
            raise UneditableError("it holds a character that does not exist") from None
        if match["name"] not in _NAMED:
            raise UneditableError("it holds an entity that no workbook needs")
        return _NAMED[match["name"]]

    # A line end in XML is a line feed, whatever the file contains.
    return _ENTITY.sub(decode, text.replace("\r\n", "\n").replace("\r", "\n"))
