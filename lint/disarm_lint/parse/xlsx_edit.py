"""Editing the texts of cells in an .xlsx file, and nothing else.

The format is that of ECMA-376, Part 1, 18.3 (worksheets) and 18.4 (shared
strings). An edited cell gets its text as an inline string, so that the table of shared
strings stays as it is and only the XML of edited cells differs. Libraries that write whole
workbooks lose what they do not know: openpyxl drops shapes, slicers, custom parts and the
formatting of parts of a text.

A formula that joins the texts of edited cells gets its new value with them, for programs that
only read; where others may read edited cells, programs that calculate are asked to do so.

A cell can also be written where the sheet has none yet, be emptied, or get the content of
another cell with the formatting of its parts, as where a column is moved back.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from disarm_lint.parse.archive_edit import replace_parts
from disarm_lint.parse.cell_text import (
    ATTRIBUTE,
    FORMULA_MARK,
    TAG,
    CellEdit,
    SharedStrings,
    UneditableError,
    edit_number,
    edit_text,
    edit_value,
    find_cells,
    find_content,
    format_cell,
    format_text,
    parse_attributes,
)
from disarm_lint.parse.formulas import Recalculation, ask_to_calculate, recalculate
from disarm_lint.parse.xlsx import read_outline
from disarm_lint.parse.xlsx_limits import (
    MOST_PART,
    BadWorkbookError,
    Package,
    format_cell_ref,
    parse_cell_ref,
)
from disarm_lint.sources.decoding import splice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from disarm_lint.parse.formulas import CellName
    from disarm_lint.parse.xlsx import WorkbookOutline


@dataclass(frozen=True)
class EditedWorkbook:
    """The bytes of a workbook, and the cells that were not edited, with the reasons.

    `faded` are the cells that lost the formatting of words that were replaced. `calculated`
    are the new values of formulas that read edited cells; `behind` are the formulas that may
    read such cells and have their old values, until a spreadsheet program calculates them.
    """

    data: bytes
    refused: Mapping[CellName, str] = field(default_factory=dict)
    faded: frozenset[CellName] = frozenset()
    calculated: Mapping[CellName, str] = field(default_factory=dict)
    behind: tuple[CellName, ...] = ()


def edit_cells(data: bytes, edits: Sequence[CellEdit]) -> EditedWorkbook:
    """Return a workbook with edited cells; those that cannot be edited stay as they are.

    Edits of one cell must not overlap. Raises BadWorkbookError if the file cannot be read.
    """
    package = Package(data)
    outline = read_outline(package)
    parts = {sheet.name: sheet.part for sheet in outline.sheets}
    strings = SharedStrings(package.read(outline.strings)) if outline.strings else None
    by_sheet: dict[str, dict[str, list[CellEdit]]] = defaultdict(lambda: defaultdict(list))
    for edit in edits:
        by_sheet[edit.sheet][edit.ref].append(edit)
    refused: dict[CellName, str] = {}
    faded: set[CellName] = set()
    sheets: dict[str, bytes] = {}
    for sheet, by_ref in by_sheet.items():
        part = parts.get(sheet)
        if part is None:
            refused.update({(sheet, ref): "there is no such sheet" for ref in by_ref})
            continue
        editor = _SheetEditor(package.read(part, MOST_PART), by_ref, strings)
        sheets[sheet] = editor.edit()
        refused.update({(sheet, ref): reason for ref, reason in editor.refused.items()})
        faded.update((sheet, ref) for ref in editor.faded)
    edited = {(edit.sheet, edit.ref) for edit in edits} - refused.keys()
    new = _recalculate(package, outline, sheets, strings, edited)
    changed = {parts[sheet]: xml for sheet, xml in {**sheets, **new.sheets}.items()}
    if new.behind:
        changed[outline.book] = ask_to_calculate(package.read(outline.book, MOST_PART))
    names = {name.lower(): name for name in package.names}
    written = replace_parts(data, {names[part.lower()]: xml for part, xml in changed.items()})
    return EditedWorkbook(written, refused, frozenset(faded), new.texts, new.behind)


def _recalculate(
    package: Package,
    outline: WorkbookOutline,
    sheets: Mapping[str, bytes],
    strings: SharedStrings | None,
    edited: Collection[CellName],
) -> Recalculation:
    """Calculate what reads edited cells; a sheet that cannot be read has no formulas."""
    whole = dict(sheets)
    for sheet in outline.sheets:
        if sheet.name not in whole and sheet.part in package:
            try:
                whole[sheet.name] = package.read(sheet.part, MOST_PART)
            except BadWorkbookError:
                continue
    if not edited or not any(map(FORMULA_MARK.search, whole.values())):
        return Recalculation()
    return recalculate(whole, strings, edited)


_DIMENSION = re.compile(
    rb"""(<(?:[\w.-]+:)?dimension\s[^<>]*?ref=["'])([A-Z]+[0-9]+)(?::([A-Z]+[0-9]+))?"""
)


class _SheetEditor:
    """Edits the cells of one sheet's XML in one pass."""

    def __init__(
        self,
        xml: bytes,
        by_ref: Mapping[str, Sequence[CellEdit]],
        strings: SharedStrings | None,
    ) -> None:
        self._xml = xml
        self._by_ref = by_ref
        self._strings = strings
        self._out = bytearray()
        self._position = 0
        self._prefix = b""
        self._styles: dict[int, bytes] = {}
        # The row that was met last, from 0, and the latest one with a cell without an address.
        self._row = self._blind = -1
        # The edited cells by place. A cell is removed when it is met; the rest are added.
        self._waiting = deque(sorted(by_ref, key=parse_cell_ref))
        self._met: set[str] = set()
        self._left = len(by_ref)
        self._sources = self._find_sources()
        self.refused = dict.fromkeys(by_ref, "the file has no such cell")
        self.faded: set[str] = set()
        self._added: list[str] = []

    def edit(self) -> bytes:
        """Return the XML with the edits that can be made."""
        for match in TAG.finditer(self._xml):
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
                self._meet_cell(match, parse_attributes(match["attributes"]))
            elif local == b"sheetData" and match["close"]:
                self._add_rows(match.start(), until=None)
        return self._widen(bytes(self._out) + self._xml[self._position :])

    def _find_sources(self) -> dict[str, tuple[bytes, bytes]]:
        """Return the attributes and the content of the cells that are moved, by address."""
        edits = chain.from_iterable(self._by_ref.values())
        wanted = {edit.moved_from for edit in edits if edit.moved_from is not None}
        cells = find_cells(self._xml, wanted)
        return {ref: (match["attributes"], self._inner(match)[0]) for ref, match, _ in cells}

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
        number = parse_attributes(match["attributes"]).get(b"r", b"")
        row = int(number) - 1 if number.isdigit() else self._row + 1
        self._add_rows(match.start(), until=row)
        self._row = row
        if match["attributes"].endswith(b"/") and (made := self._make_row(None)):
            start = match[0].rstrip(b"/>").rstrip() + b">"
            self._write(match.start(), match.end(), start + made + b"</" + match["name"] + b">")

    def _meet_cell(self, match: re.Match[bytes], attributes: Mapping[bytes, bytes]) -> None:
        ref = attributes.get(b"r", b"").decode("ascii", "replace")
        row, column = parse_cell_ref(ref)
        if row < 0:
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
        except UneditableError as reason:
            self.refused[ref] = str(reason)
            return
        self._write(match.start(), end, written)
        self.refused.pop(ref, None)

    def _write(self, start: int, end: int, written: bytes) -> None:
        self._out += self._xml[self._position : start] + written
        self._position = end

    def _find_next(self) -> tuple[int, int] | None:
        """Return row and column of the next cell to be added, if there is one."""
        while self._waiting:
            row, column = parse_cell_ref(self._waiting[0])
            if self._waiting[0] not in self._met and row >= self._row and row != self._blind:
                return row, column
            self._waiting.popleft()
        return None

    def _add_cells(self, place: int, until: int | None) -> None:
        """Add the missing cells of the row before a column."""
        if made := self._make_row(until):
            self._write(place, place, made)

    def _make_row(self, until: int | None) -> bytes:
        """Return the XML of the missing cells of a row before a column."""
        out = b""
        while (found := self._find_next()) and found[0] == self._row:
            if until is not None and found[1] >= until:
                break
            out += self._make(self._waiting.popleft())
        return out

    def _add_rows(self, place: int, until: int | None) -> None:
        """Add the missing rows before a row number."""
        out = bytearray()
        name = self._prefix + b"row"
        while (found := self._find_next()) and (until is None or found[0] < until):
            row = found[0]
            if row == self._row:
                self._waiting.popleft()
                continue
            self._row = row
            if made := self._make_row(None):
                out += b'<%s r="%d">' % (name, row + 1) + made + b"</" + name + b">"
        self._write(place, place, bytes(out))

    def _make(self, ref: str) -> bytes:
        """Return the XML of an added cell, in the style of the one above."""
        self._left -= 1
        style = self._styles.get(parse_cell_ref(ref)[1], b"")
        attributes = b' r="%s"' % ref.encode() + (b' s="%s"' % style if style else b"")
        try:
            written = self._write_new(self._prefix, attributes, self._by_ref[ref])
        except UneditableError as reason:
            self.refused[ref] = str(reason)
            return b""
        self.refused.pop(ref, None)
        self._added.append(ref)
        return written

    def _write_new(self, prefix: bytes, attributes: bytes, edits: Sequence[CellEdit]) -> bytes:
        """Return the XML of a cell that was empty."""
        if any(edit.text for edit in edits):
            raise UneditableError("the file has no such cell")
        source = next((edit.moved_from for edit in edits if edit.moved_from), None)
        if source is not None:
            return self._move(prefix, attributes, source)
        text = splice("", [(edit.start, edit.end, edit.replacement) for edit in edits])
        return format_cell(prefix, attributes, format_text(prefix + b"t", text) if text else b"")

    def _move(self, prefix: bytes, attributes: bytes, source: str) -> bytes:
        """Return the XML of a cell with the content of another."""
        other, inner = self._sources.get(source, (b"", b""))
        if FORMULA_MARK.search(inner):
            raise UneditableError(f"cell {source}, whose text belongs here, holds a formula")
        kind = dict(ATTRIBUTE.findall(other)).get(b"t", b"")
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
        kept = ATTRIBUTE.sub(lambda m: b"" if m[1] == b"t" else m[0], match["attributes"])
        kept = re.sub(rb"\s{2,}", b" ", kept.rstrip(b"/").rstrip())
        kind = attributes.get(b"t", b"n")
        if not inner:
            return self._write_new(prefix, kept, edits)
        if FORMULA_MARK.search(inner):
            if kind != b"str" or not all(edit.derived for edit in edits):
                raise UneditableError("it holds a formula")
            return match[0] + edit_value(inner, edits) + b"</" + match["name"] + b">"
        if kind == b"n":
            return match[0] + edit_number(inner, edits) + b"</" + match["name"] + b">"
        text, faded = edit_text(find_content(kind, inner, prefix, self._strings), edits)
        source = next((edit.moved_from for edit in edits if edit.moved_from), None)
        if source is not None:
            return self._move(prefix, kept, source)
        if faded:
            self.faded.add(edits[0].ref)
        return format_cell(prefix, kept, text)

    def _widen(self, xml: bytes) -> bytes:
        """Return the XML with a dimension that includes the added cells."""
        if not self._added:
            return xml

        def widen(match: re.Match[bytes]) -> bytes:
            ends = [match[2], match[3] or match[2]]
            places = [parse_cell_ref(one.decode()) for one in ends]
            added = [parse_cell_ref(ref) for ref in self._added]
            rows = [row for row, _ in (*places, *added)]
            columns = [column for _, column in (*places, *added)]
            first = format_cell_ref(min(rows), min(columns))
            last = format_cell_ref(max(rows), max(columns))
            return match[1] + f"{first}:{last}".encode()

        return _DIMENSION.sub(widen, xml, count=1)
