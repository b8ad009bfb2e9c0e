"""Editing the texts of cells in an .xlsx file, and nothing else.

The format is that of ECMA-376, Part 1, 18.3 (worksheets) and 18.4 (shared
strings). A cell that changes holds its text itself from then on (an inline
string), so that the table of shared strings stays as it is, and only the XML of
the touched cells differs. Libraries that write whole workbooks lose what they
do not know: openpyxl drops shapes, slicers, custom parts and the formatting of
parts of a text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from disarm_lint.parse.archive_edit import replace_parts
from disarm_lint.parse.xlsx import read_outline
from disarm_lint.parse.xlsx_limits import MOST_PART, BadWorkbookError, Package
from disarm_lint.sources.decoding import splice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class CellEdit:
    """What replaces the code points `start` to `end` (exclusive) of a cell's text.

    `text` is the whole text of the cell as it was read: where the file says
    otherwise, nothing is edited. A `derived` text may be the value of a formula:
    the cells that it is computed from are edited too.
    """

    sheet: str
    ref: str
    text: str
    start: int
    end: int
    replacement: str
    derived: bool = False


@dataclass(frozen=True)
class EditedWorkbook:
    """The bytes of a workbook, and the cells that were left alone, with the reasons."""

    data: bytes
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)


class _RefusedError(Exception):
    """A cell that cannot be edited; the message says why."""


def edit_cells(data: bytes, edits: Sequence[CellEdit]) -> EditedWorkbook:
    """Return a workbook with edited cells; those that cannot be edited stay as they are.

    Edits of one cell must not overlap. Raises BadWorkbookError where the file
    cannot be taken apart.
    """
    package = Package(data)
    outline = read_outline(package)
    parts = {sheet.name: sheet.part for sheet in outline.sheets}
    strings = _SharedStrings(package.read(outline.strings)) if outline.strings else None
    names = {name.lower(): name for name in package.names}
    by_sheet: dict[str, dict[str, list[CellEdit]]] = defaultdict(lambda: defaultdict(list))
    for edit in edits:
        by_sheet[edit.sheet][edit.ref].append(edit)
    refused: dict[tuple[str, str], str] = {}
    changed: dict[str, bytes] = {}
    for sheet, by_ref in by_sheet.items():
        part = parts.get(sheet)
        if part is None:
            refused.update({(sheet, ref): "there is no such sheet" for ref in by_ref})
            continue
        xml, told = _edit_sheet(package.read(part, MOST_PART), by_ref, strings)
        refused.update({(sheet, ref): reason for ref, reason in told.items()})
        changed[names[part.lower()]] = xml
    return EditedWorkbook(replace_parts(data, changed), refused)


_TAG = re.compile(
    rb"""<(?P<name>(?:[\w.-]+:)?[\w.-]+)(?P<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*)>"""
)
_ATTRIBUTE = re.compile(rb"""([\w.:-]+)\s*=\s*("[^"]*"|'[^']*')""")
_TEXT_PART = re.compile(
    rb"""<(?P<prefix>(?:[\w.-]+:)?)t(?P<attributes>(?:\s[^<>]*)?)(?:/>|>(?P<text>[^<]*)</(?P=prefix)t\s*>)"""
)
_ENTITY = re.compile(r"&(?:#(?P<number>[0-9]+)|#x(?P<hex>[0-9A-Fa-f]+)|(?P<name>\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class _SharedStrings:
    """The shared strings of a workbook, as they stand in its XML."""

    def __init__(self, xml: bytes) -> None:
        pattern = re.compile(
            rb"<(?P<p>(?:[\w.-]+:)?)si(?:\s[^<>]*)?(?:/>|>(?P<inner>.*?)</(?P=p)si\s*>)", re.DOTALL
        )
        self._found = [(m["p"], m["inner"] or b"") for m in pattern.finditer(xml)]

    def inner(self, index: int, prefix: bytes) -> bytes:
        """Return the XML of a string, to stand under an element prefix; raise _RefusedError."""
        if not 0 <= index < len(self._found):
            raise _RefusedError("its text cannot be found")
        own, inner = self._found[index]
        if own != prefix:
            raise _RefusedError("its text is written with another namespace prefix")
        return inner


def _edit_sheet(
    xml: bytes, by_ref: Mapping[str, Sequence[CellEdit]], strings: _SharedStrings | None
) -> tuple[bytes, dict[str, str]]:
    """Return a sheet's XML with edited cells, and the cells that were left alone."""
    out = bytearray()
    position = 0
    refused = dict.fromkeys(by_ref, "the file has no such cell")
    for match in _TAG.finditer(xml):
        prefix, _, local = match["name"].rpartition(b":")
        if local != b"c" or match.start() < position:
            continue
        attributes = {key: value[1:-1] for key, value in _ATTRIBUTE.findall(match["attributes"])}
        ref = attributes.get(b"r", b"").decode("ascii", "replace")
        if ref not in by_ref:
            continue
        prefix = prefix + b":" if prefix else b""
        if match["attributes"].endswith(b"/"):
            refused[ref] = "it is empty"
            continue
        close = b"</" + match["name"] + b">"
        end = xml.find(close, match.end())
        if end < 0:
            break
        inner = xml[match.end() : end]
        try:
            written = _edit_cell(match, prefix, attributes, inner, by_ref[ref], strings)
        except _RefusedError as reason:
            refused[ref] = str(reason)
            continue
        out += xml[position : match.start()] + written
        position = end + len(close)
        del refused[ref]
    return bytes(out) + xml[position:], refused


def _edit_cell(
    match: re.Match[bytes],
    prefix: bytes,
    attributes: Mapping[bytes, bytes],
    inner: bytes,
    edits: Sequence[CellEdit],
    strings: _SharedStrings | None,
) -> bytes:
    kind = attributes.get(b"t", b"n")
    if re.search(rb"<(?:[\w.-]+:)?f[\s/>]", inner):
        if kind != b"str" or not all(edit.derived for edit in edits):
            raise _RefusedError("it holds a formula")
        return match[0] + _edit_value(inner, edits) + b"</" + match["name"] + b">"
    if kind == b"s" and strings is not None:
        value = re.search(rb"<(?:[\w.-]+:)?v\s*>\s*([0-9]+)\s*<", inner)
        if value is None:
            raise _RefusedError("its text cannot be found")
        content = strings.inner(int(value[1]), prefix)
    elif kind == b"inlineStr":
        found = re.search(
            rb"<(?:[\w.-]+:)?is(?:\s[^<>]*)?>(.*)</(?:[\w.-]+:)?is\s*>", inner, re.DOTALL
        )
        if found is None:
            raise _RefusedError("its text cannot be found")
        content = found[1]
    else:
        raise _RefusedError("it holds no text but a number, a date or an error")
    text = _edit_text(content, edits)
    kept = _ATTRIBUTE.sub(lambda m: b"" if m[1] == b"t" else m[0], match["attributes"]).rstrip()
    kept = re.sub(rb"\s{2,}", b" ", kept)
    return (
        b"<" + match["name"] + kept + b' t="inlineStr"><' + prefix + b"is>" + text
        + b"</" + prefix + b"is></" + match["name"] + b">"
    )  # fmt: skip


_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f(?:\s[^<>]*)?>([^<]*)<")
_VALUE = re.compile(rb"(<(?:[\w.-]+:)?v(?:\s[^<>]*)?>)([^<]*)(?=<)")


def _edit_value(inner: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a formula and its value with edits in the value alone."""
    value = _VALUE.search(inner)
    text = _unescape(value[2].decode("utf-8")) if value else ""
    if value is None or text != edits[0].text:
        raise _RefusedError("its text is not stored as it is read")
    formula = _FORMULA.search(inner)
    literal = _unescape(formula[1].decode("utf-8")) if formula else ""
    if any(words in literal for words in {text[edit.start : edit.end] for edit in edits}):
        raise _RefusedError("its formula holds these words")
    text = splice(text, [(edit.start, edit.end, edit.replacement) for edit in edits])
    return inner[: value.start(2)] + _escape(text) + inner[value.end() :]


def _edit_text(content: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a text, plain or of several runs, with edits in its runs."""
    if re.search(rb"<(?:[\w.-]+:)?rPh[\s>]", content):
        raise _RefusedError("it has a reading aid, which an edit would lose")
    parts = list(_TEXT_PART.finditer(content))
    texts = [_unescape((part["text"] or b"").decode("utf-8")) for part in parts]
    if "".join(texts) != edits[0].text:
        raise _RefusedError("its text is not stored as it is read")
    starts = [0, *accumulate(map(len, texts))]
    by_part: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for edit in edits:
        # The first part that the edit fits in: what is put behind a part takes its form.
        number = max(0, bisect_left(starts, edit.start) - 1)
        while (
            number < len(texts) and starts[number] <= edit.start and starts[number + 1] < edit.end
        ):
            number += 1
        if number >= len(texts) or starts[number] > edit.start:
            raise _RefusedError("parts of its text are formatted, and an edit would lose that")
        begin = starts[number]
        by_part[number].append((edit.start - begin, edit.end - begin, edit.replacement))
    for number, placed in by_part.items():
        texts[number] = splice(texts[number], placed)
    out, position = bytearray(), 0
    for part, text in zip(parts, texts, strict=True):
        out += content[position : part.start()]
        space = b' xml:space="preserve"' if text != " ".join(text.split()) else b""
        name = part["prefix"] + b"t"
        out += b"<" + name + space + b">" + _escape(text) + b"</" + name + b">"
        position = part.end()
    return bytes(out) + content[position:]


def _escape(text: str) -> bytes:
    return escape(text).replace("\r", "&#13;").encode("utf-8", "xmlcharrefreplace")


def _unescape(text: str) -> str:
    def decode(match: re.Match[str]) -> str:
        try:
            if match["number"]:
                return chr(int(match["number"]))
            if match["hex"]:
                return chr(int(match["hex"], 16))
        except (ValueError, OverflowError):
            raise _RefusedError("it holds a character that does not exist") from None
        if match["name"] not in _NAMED:
            raise _RefusedError("it holds an entity that no workbook needs")
        return _NAMED[match["name"]]

    # A line end in XML is a line feed, however the file writes it.
    return _ENTITY.sub(decode, text.replace("\r\n", "\n").replace("\r", "\n"))


__all__ = ["BadWorkbookError", "CellEdit", "EditedWorkbook", "edit_cells"]
