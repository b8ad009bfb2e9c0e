"""Editing the texts of cells in an .xlsx file, and nothing else.

The format is that of ECMA-376, Part 1, 18.3 (worksheets) and 18.4 (shared
strings). An edited cell gets its text as an inline string, so that the table of shared
strings stays as it is and only the XML of edited cells differs. Libraries that write whole
workbooks lose what they do not know: openpyxl drops shapes, slicers, custom parts and the
formatting of parts of a text.

A cell can also be written where the sheet has none yet, be emptied, or get the content of
another cell with the formatting of its parts, as where a column is moved back.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING

from disarm_lint.parse.archive_edit import replace_parts
from disarm_lint.parse.xlsx import read_outline
from disarm_lint.parse.xlsx_limits import (
    MOST_PART,
    BadWorkbookError,
    Package,
    format_cell_ref,
    parse_column,
)
from disarm_lint.sources.decoding import splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


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


@dataclass(frozen=True)
class EditedWorkbook:
    """The bytes of a workbook, and the cells that were not edited, with the reasons.

    `faded` are the cells that lost the formatting of words that were replaced.
    """

    data: bytes
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    faded: frozenset[tuple[str, str]] = frozenset()


class _RefusedError(Exception):
    """A cell cannot be edited; the message says why."""


def edit_cells(data: bytes, edits: Sequence[CellEdit]) -> EditedWorkbook:
    """Return a workbook with edited cells; those that cannot be edited stay as they are.

    Edits of one cell must not overlap. Raises BadWorkbookError if the file cannot be read.
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
    faded: set[tuple[str, str]] = set()
    changed: dict[str, bytes] = {}
    for sheet, by_ref in by_sheet.items():
        part = parts.get(sheet)
        if part is None:
            refused.update({(sheet, ref): "there is no such sheet" for ref in by_ref})
            continue
        editor = _SheetEditor(package.read(part, MOST_PART), by_ref, strings)
        changed[names[part.lower()]] = editor.edit()
        refused.update({(sheet, ref): reason for ref, reason in editor.refused.items()})
        faded.update((sheet, ref) for ref in editor.faded)
    return EditedWorkbook(replace_parts(data, changed), refused, frozenset(faded))


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


_TAG = re.compile(
    rb"""<(?P<close>/?)(?P<name>(?:[\w.-]+:)?[\w.-]+)(?P<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*)>"""
)
_ATTRIBUTE = re.compile(rb"""([\w.:-]+)\s*=\s*("[^"]*"|'[^']*')""")
_TEXT_PART = re.compile(
    rb"""<(?P<prefix>(?:[\w.-]+:)?)t(?P<attributes>(?:\s[^<>]*)?)(?:/>|>(?P<text>[^<]*)</(?P=prefix)t\s*>)"""
)
_ENTITY = re.compile(r"&(?:#(?P<number>[0-9]+)|#x(?P<hex>[0-9A-Fa-f]+)|(?P<name>\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class _SharedStrings:
    """The shared strings of a workbook, as XML."""

    def __init__(self, xml: bytes) -> None:
        pattern = re.compile(
            rb"<(?P<p>(?:[\w.-]+:)?)si(?:\s[^<>]*)?(?:/>|>(?P<inner>.*?)</(?P=p)si\s*>)", re.DOTALL
        )
        self._found = [(m["p"], m["inner"] or b"") for m in pattern.finditer(xml)]

    def inner(self, index: int, prefix: bytes) -> bytes:
        """Return the XML of a string, with an element prefix; raise _RefusedError."""
        if not 0 <= index < len(self._found):
            raise _RefusedError("its text cannot be found")
        own, inner = self._found[index]
        if own != prefix:
            raise _RefusedError("its text is written with another namespace prefix")
        return inner


_REF = re.compile(r"([A-Z]+)([1-9][0-9]*)")
_DIMENSION = re.compile(
    rb"""(<(?:[\w.-]+:)?dimension\s[^<>]*?ref=["'])([A-Z]+[0-9]+)(?::([A-Z]+[0-9]+))?"""
)


def _split_ref(ref: str) -> tuple[int, int]:
    """Return row and column of a cell address, both from 1."""
    match = _REF.fullmatch(ref)
    if match is None:
        return 0, 0
    return int(match[2]), parse_column(match[1]) + 1


class _SheetEditor:
    """Edits the cells of one sheet's XML in one pass."""

    def __init__(
        self,
        xml: bytes,
        by_ref: Mapping[str, Sequence[CellEdit]],
        strings: _SharedStrings | None,
    ) -> None:
        self._xml = xml
        self._by_ref = by_ref
        self._strings = strings
        self._out = bytearray()
        self._position = 0
        self._prefix = b""
        self._styles: dict[int, bytes] = {}
        self._row = 0
        # The edited cells by place. A cell is removed when it is met; the rest are added.
        self._waiting = deque(sorted(by_ref, key=_split_ref))
        self._met: set[str] = set()
        self._left = len(by_ref)
        self._blind = 0
        self._sources = self._find_sources()
        self.refused = dict.fromkeys(by_ref, "the file has no such cell")
        self.faded: set[str] = set()
        self._added: list[str] = []

    def edit(self) -> bytes:
        """Return the XML with the edits that can be made."""
        for match in _TAG.finditer(self._xml):
            prefix, _, local = match["name"].rpartition(b":")
            if match.start() < self._position:
                continue
            # Some sheets have a million empty rows below the visible ones.
            if self._left <= 0:
                break
            if local == b"row":
                self._prefix = prefix + b":" if prefix else b""
                self._meet_row(match)
            elif local == b"c" and not match["close"]:
                self._meet_cell(match, _read_attributes(match))
            elif local == b"sheetData" and match["close"]:
                self._add_rows(match.start(), until=None)
        return self._widen(bytes(self._out) + self._xml[self._position :])

    def _find_sources(self) -> dict[str, tuple[bytes, bytes]]:
        """Return the attributes and the content of the cells that are moved, by address."""
        wanted = {e.moved_from for edits in self._by_ref.values() for e in edits} - {None}
        found: dict[str, tuple[bytes, bytes]] = {}
        for match in _TAG.finditer(self._xml):
            if len(found) == len(wanted):
                break
            if match["name"].rpartition(b":")[2] != b"c" or match["close"]:
                continue
            ref = _read_attributes(match).get(b"r", b"").decode("ascii", "replace")
            if ref in wanted:
                found[ref] = match["attributes"], self._inner(match)[0]
        return found

    def _inner(self, match: re.Match[bytes]) -> tuple[bytes, int]:
        """Return the content of a cell, and where the cell ends."""
        if match["attributes"].endswith(b"/"):
            return b"", match.end()
        close = b"</" + match["name"] + b">"
        end = self._xml.find(close, match.end())
        if end < 0:
            raise BadWorkbookError("a cell of it has no end")
        return self._xml[match.end() : end], end + len(close)

    def _meet_row(self, match: re.Match[bytes]) -> None:
        if match["close"]:
            self._add_cells(match.start(), until=None)
            return
        number = _read_attributes(match).get(b"r", b"")
        row = int(number) if number.isdigit() else self._row + 1
        self._add_rows(match.start(), until=row)
        self._row = row
        if match["attributes"].endswith(b"/") and (made := self._make_row(None)):
            start = match[0].rstrip(b"/>").rstrip() + b">"
            self._write(match.start(), match.end(), start + made + b"</" + match["name"] + b">")

    def _meet_cell(self, match: re.Match[bytes], attributes: Mapping[bytes, bytes]) -> None:
        ref = attributes.get(b"r", b"").decode("ascii", "replace")
        row, column = _split_ref(ref)
        if not row:
            # The cell has no address, so its neighbours are unknown.
            self._blind = self._row
            return
        self._add_cells(match.start(), until=column)
        self._styles[column] = attributes.get(b"s", b"")
        if ref not in self._by_ref:
            return
        if ref not in self._met:
            self._met.add(ref)
            self._left -= 1
        inner, end = self._inner(match)
        try:
            written = self._edit_cell(match, self._prefix, attributes, inner, self._by_ref[ref])
        except _RefusedError as reason:
            self.refused[ref] = str(reason)
            return
        self._write(match.start(), end, written)
        self.refused.pop(ref, None)

    def _write(self, start: int, end: int, written: bytes) -> None:
        self._out += self._xml[self._position : start] + written
        self._position = end

    def _next(self) -> tuple[int, int]:
        """Return row and column of the next cell to be added; (0, 0) if there is none."""
        while self._waiting:
            row, column = _split_ref(self._waiting[0])
            if self._waiting[0] not in self._met and row >= self._row and row != self._blind:
                return row, column
            self._waiting.popleft()
        return 0, 0

    def _add_cells(self, place: int, until: int | None) -> None:
        """Add the missing cells of the row before a column."""
        if made := self._make_row(until):
            self._write(place, place, made)

    def _make_row(self, until: int | None) -> bytes:
        """Return the XML of the missing cells of a row before a column."""
        out = b""
        while (place := self._next())[0] == self._row and (until is None or place[1] < until):
            out += self._make(self._waiting.popleft())
        return out

    def _add_rows(self, place: int, until: int | None) -> None:
        """Add the missing rows before a row number."""
        out = bytearray()
        name = self._prefix + b"row"
        while (row := self._next()[0]) and (until is None or row < until):
            if row == self._row:
                self._waiting.popleft()
                continue
            self._row = row
            if made := self._make_row(None):
                out += b'<%s r="%d">' % (name, row) + made + b"</" + name + b">"
        self._write(place, place, bytes(out))

    def _make(self, ref: str) -> bytes:
        """Return the XML of an added cell, in the style of the one above."""
        self._left -= 1
        style = self._styles.get(_split_ref(ref)[1], b"")
        attributes = b' r="%s"' % ref.encode() + (b' s="%s"' % style if style else b"")
        try:
            written = self._write_new(self._prefix, attributes, self._by_ref[ref])
        except _RefusedError as reason:
            self.refused[ref] = str(reason)
            return b""
        self.refused.pop(ref, None)
        self._added.append(ref)
        return written

    def _write_new(self, prefix: bytes, attributes: bytes, edits: Sequence[CellEdit]) -> bytes:
        """Return the XML of a cell that was empty."""
        if any(edit.text for edit in edits):
            raise _RefusedError("the file has no such cell")
        source = next((edit.moved_from for edit in edits if edit.moved_from), None)
        if source is not None:
            return self._move(prefix, attributes, source)
        text = splice("", [(edit.start, edit.end, edit.replacement) for edit in edits])
        return _format_cell(prefix, attributes, _format_text(prefix + b"t", text) if text else b"")

    def _move(self, prefix: bytes, attributes: bytes, source: str) -> bytes:
        """Return the XML of a cell with the content of another."""
        other, inner = self._sources.get(source, (b"", b""))
        if _FORMULA_MARK.search(inner):
            raise _RefusedError(f"cell {source}, whose text belongs here, holds a formula")
        kind = dict(_ATTRIBUTE.findall(other)).get(b"t", b"")
        kept = attributes + (b" t=" + kind if kind and inner else b"")
        name = prefix + b"c"
        if not inner:
            return b"<" + name + kept + b"/>"
        return b"<" + name + kept + b">" + inner + b"</" + name + b">"

    def _edit_cell(
        self,
        match: re.Match[bytes],
        prefix: bytes,
        attributes: Mapping[bytes, bytes],
        inner: bytes,
        edits: Sequence[CellEdit],
    ) -> bytes:
        kept = _ATTRIBUTE.sub(lambda m: b"" if m[1] == b"t" else m[0], match["attributes"])
        kept = re.sub(rb"\s{2,}", b" ", kept.rstrip(b"/").rstrip())
        kind = attributes.get(b"t", b"n")
        if not inner:
            return self._write_new(prefix, kept, edits)
        if _FORMULA_MARK.search(inner):
            if kind != b"str" or not all(edit.derived for edit in edits):
                raise _RefusedError("it holds a formula")
            return match[0] + _edit_value(inner, edits) + b"</" + match["name"] + b">"
        if kind == b"n":
            return match[0] + _edit_number(inner, edits) + b"</" + match["name"] + b">"
        text, faded = _edit_text(self._content(kind, inner, prefix), edits)
        source = next((edit.moved_from for edit in edits if edit.moved_from), None)
        if source is not None:
            return self._move(prefix, kept, source)
        if faded:
            self.faded.add(edits[0].ref)
        return _format_cell(prefix, kept, text)

    def _content(self, kind: bytes, inner: bytes, prefix: bytes) -> bytes:
        """Return the XML of a cell's text."""
        if kind == b"s" and self._strings is not None:
            value = re.search(rb"<(?:[\w.-]+:)?v\s*>\s*([0-9]+)\s*<", inner)
            if value is None:
                raise _RefusedError("its text cannot be found")
            return self._strings.inner(int(value[1]), prefix)
        if kind == b"inlineStr":
            found = re.search(
                rb"<(?:[\w.-]+:)?is(?:\s[^<>]*)?>(.*)</(?:[\w.-]+:)?is\s*>", inner, re.DOTALL
            )
            if found is None:
                raise _RefusedError("its text cannot be found")
            return found[1]
        raise _RefusedError("it holds no text but a number, a date or an error")

    def _widen(self, xml: bytes) -> bytes:
        """Return the XML with a dimension that includes the added cells."""
        if not self._added:
            return xml

        def widen(match: re.Match[bytes]) -> bytes:
            ends = [match[2], match[3] or match[2]]
            places = [_split_ref(one.decode()) for one in ends]
            added = [_split_ref(ref) for ref in self._added]
            rows = [row for row, _ in (*places, *added)]
            columns = [column for _, column in (*places, *added)]
            first = format_cell_ref(min(rows) - 1, min(columns) - 1)
            last = format_cell_ref(max(rows) - 1, max(columns) - 1)
            return match[1] + f"{first}:{last}".encode()

        return _DIMENSION.sub(widen, xml, count=1)


def _read_attributes(match: re.Match[bytes]) -> dict[bytes, bytes]:
    return {key: value[1:-1] for key, value in _ATTRIBUTE.findall(match["attributes"])}


def _format_cell(prefix: bytes, attributes: bytes, text: bytes) -> bytes:
    """Return the XML of a cell with its text as an inline string, or of an empty cell."""
    name = prefix + b"c"
    if not text:
        return b"<" + name + attributes + b"/>"
    return (
        b"<" + name + attributes + b' t="inlineStr"><' + prefix + b"is>" + text
        + b"</" + prefix + b"is></" + name + b">"
    )  # fmt: skip


_FORMULA_MARK = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def _edit_number(inner: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a cell with a new number."""
    value = _VALUE.search(inner)
    written = value[2].decode("utf-8").strip() if value else ""
    new = splice(edits[0].text, [(edit.start, edit.end, edit.replacement) for edit in edits])
    same = written == edits[0].text or re.fullmatch(rf"{re.escape(edits[0].text)}\.0*", written)
    if value is None or not same or not is_number(new):
        raise _RefusedError("it holds no text but a number, a date or an error")
    return inner[: value.start(2)] + new.encode() + inner[value.end() :]


_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f(?:\s[^<>]*)?>([^<]*)<")
_VALUE = re.compile(rb"(<(?:[\w.-]+:)?v(?:\s[^<>]*)?>)([^<]*)(?=<)")


def _edit_value(inner: bytes, edits: Sequence[CellEdit]) -> bytes:
    """Return the XML of a formula and its value, with edits in the value only."""
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


def _edit_text(content: bytes, edits: Sequence[CellEdit]) -> tuple[bytes, bool]:
    """Return the XML of a text, plain or of several runs, with edits in its runs.

    It is empty if no text is left. The second part tells whether formatting was lost.
    """
    if re.search(rb"<(?:[\w.-]+:)?rPh[\s>]", content):
        raise _RefusedError("it has a reading aid, which an edit would lose")
    parts = list(_TEXT_PART.finditer(content))
    texts = [_unescape((part["text"] or b"").decode("utf-8")) for part in parts]
    if "".join(texts) != edits[0].text:
        raise _RefusedError("its text is not stored as it is read")
    starts = [0, *accumulate(map(len, texts))]
    by_part, faded = _assign_parts(_narrow(edits, starts), starts)
    for number, placed in by_part.items():
        texts[number] = splice(texts[number], placed)
    if not any(texts):
        return b"", faded
    out, position = bytearray(), 0
    for part, text in zip(parts, texts, strict=True):
        out += content[position : part.start()] + _format_text(part["prefix"] + b"t", text)
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
            raise _RefusedError("parts of its text are formatted, and an edit would lose that")
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


def _format_text(name: bytes, text: str) -> bytes:
    space = b' xml:space="preserve"' if text != " ".join(text.split()) else b""
    return b"<" + name + space + b">" + _escape(text) + b"</" + name + b">"


def _escape(text: str) -> bytes:
    return escape(text, quote=False).replace("\r", "&#13;").encode("utf-8", "xmlcharrefreplace")


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

    # A line end in XML is a line feed, whatever the file contains.
    return _ENTITY.sub(decode, text.replace("\r\n", "\n").replace("\r", "\n"))


__all__ = ["BadWorkbookError", "CellEdit", "EditedWorkbook", "edit_cells"]
