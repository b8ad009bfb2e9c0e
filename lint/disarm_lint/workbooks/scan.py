"""A look at a sheet's XML before a library lays it out: how far its values reach.

Libraries lay out a sheet as one rectangle, so one value far away costs memory
for millions of cells, and a failed allocation ends the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.workbooks.guard import MEGABYTE, BadWorkbookError, damaged
from disarm_lint.workbooks.markup import walk
from disarm_lint.workbooks.raw import cell_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_AREA = 2_000_000
"""Cells in the rectangle from A1 to the last value of a sheet."""
MOST_STRINGS = 150_000
MOST_CELLS = 150_000
"""Filled cells of all sheets that are read."""
MOST_CONTENT = 8 * MEGABYTE
"""Bytes of a sheet's XML up to its last value."""
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
MOST_MERGED = 10_000

_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.IGNORECASE)
_RANGE = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}:[A-Z]{1,3}[1-9][0-9]{0,6}")
_CELL = re.compile(rb'<c [^<>]{0,100}?r="([A-Z]{1,3}[0-9]{1,7})"')
_ERROR = re.compile(rb'(<c [^<>]{0,100}?)\bt="e"')
_VALUE_ENDS = (b"</v", b"</is", b"</f")


@dataclass(slots=True)
class SheetScan:
    """What a sheet holds: filled cells, their text's length, extent, errors, merged ranges.

    `rows` and `columns` count from A1 to the last value; `pending` are the
    formulas that no program has computed yet.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    characters: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    pending: list[tuple[int, int]] = field(default_factory=list)


def trimmed(part: bytes) -> bytes:
    """Return a sheet's XML without the rows behind its last value, which are style alone.

    Real sheets style a million rows and fill a hundred.
    """
    close = part.rfind(b"</sheetData")
    last = max((part.rfind(end, 0, close) for end in _VALUE_ENDS), default=-1) if close > 0 else -1
    cut = part.find(b"</row>", last, close) if last > 0 else -1
    if cut > 0 and b"<!" not in part:
        part = part[: cut + len(b"</row>")] + part[close:]
    if len(part) > MOST_CONTENT:
        where = _CELL.match(part, part.rfind(b"<c ", 0, last)) if last > 0 else None
        hint = f": its last value is at {where[1].decode()}" if where else ""
        raise BadWorkbookError(f"the sheet holds more than {MOST_CONTENT // MEGABYTE} MB{hint}")
    return part


def cells_only(part: bytes) -> bytes:
    """Return a sheet's XML without what follows the cells, if that can be cut off safely."""
    close = part.rfind(b"</sheetData>")
    if close < 0 or b"<!" in part or not part.rstrip().endswith(b"</worksheet>"):
        return part
    return part[:close] + b"</sheetData></worksheet>"


def errors_as_texts(part: bytes) -> bytes:
    """Return a sheet's XML with its error cells turned into texts.

    The library gives up a whole sheet for an error that it does not know, such
    as `#SPILL!` or the `#ERROR!` of Google Sheets.
    """
    return _ERROR.sub(rb'\1t="str"', part)


def string_lengths(part: bytes) -> Sequence[int]:
    """Return the length of each shared string, in characters."""
    lengths: list[int] = []

    def start(name: str, _: Mapping[str, str]) -> None:
        if name == "si":
            lengths.append(0)
            if len(lengths) > MOST_STRINGS:
                raise BadWorkbookError(f"it holds more than {MOST_STRINGS:,} texts")

    def text(value: str) -> None:
        if lengths:
            lengths[-1] += len(value)

    walk(part, "its list of texts", start, text=text)
    return lengths


def scan_sheet(part: bytes, lengths: Sequence[int]) -> SheetScan:
    """Measure a sheet; `lengths` are those of the shared strings.

    Raises BadWorkbookError where the XML is bad or the values reach too far.
    """
    scanner = _Scanner(lengths)
    walk(part, "the sheet", scanner.start, scanner.end, scanner.text)
    scanner.scan.merged = tuple(scanner.merged)
    return scanner.scan


class _Scanner:
    def __init__(self, lengths: Sequence[int]) -> None:
        self.scan = SheetScan()
        self.merged: list[str] = []
        self.lengths = lengths
        self.row = self.column = -1
        self.kind: str | None = None
        self.where: str | None = None
        self.depth = 0
        self.value: list[str] = []
        self.formula = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self.kind = attributes.get("t")
            self.value = []
            where = attributes.get("r")
            if where is None:
                self._arrive()
                self.column += 1
            self.where = where
        elif name in {"v", "is"}:
            self.depth += 1
            self.value.append("")  # an empty value counts: the library keeps an empty text
        elif name == "f":
            self.formula = True
        elif name == "row":
            row = attributes.get("r")
            before = self.row
            self.row = self.row + 1 if row is None else _number(row) - 1
            if self.row <= before or self.row >= LAST_ROW:
                raise damaged("the rows of the sheet are out of order")
            self.column, self.where = -1, None
        elif name == "mergeCell" and len(self.merged) < MOST_MERGED:
            where = attributes.get("ref", "")
            if _RANGE.fullmatch(where):
                self.merged.append(where)

    def text(self, value: str) -> None:
        if self.depth > 0:
            self.value.append(value)

    def end(self, name: str) -> None:
        if name in {"v", "is"}:
            self.depth -= 1
        elif name == "c":
            value = "".join(self.value)
            if self.value:
                self._filled(value)
            # A formula whose value is an empty text says so by its type.
            if self.formula and not value and self.kind != "str":
                self._arrive()
                self.scan.pending.append((self.row, self.column))
            self.kind, self.formula = None, False

    def _arrive(self) -> None:
        """Work out where the latest cell stands; styled blanks, the most by far, are spared it."""
        if self.where is not None:
            match = _ADDRESS.fullmatch(self.where)
            if match is None or int(match[2]) - 1 != self.row:
                raise damaged("a cell of the sheet has a wrong address")
            self.column = -1
            for letter in match[1].upper():
                self.column = (self.column + 1) * 26 + ord(letter) - 65
            self.where = None
        if self.column >= LAST_COLUMN:
            raise damaged("a cell of the sheet has a wrong address")

    def _filled(self, value: str) -> None:
        self._arrive()
        scan = self.scan
        if self.kind == "s" and value:
            index = _number(value)
            if index >= len(self.lengths):
                raise damaged("a cell of the sheet refers to a text that is not there")
            scan.characters += self.lengths[index]
        else:
            scan.characters += len(value)
            if self.kind == "e":
                scan.errors[self.row, self.column] = value.strip()
        scan.cells += 1
        if scan.cells > MOST_CELLS:
            raise BadWorkbookError(f"the sheet holds more than {MOST_CELLS:,} filled cells")
        scan.rows = max(scan.rows, self.row + 1)
        scan.columns = max(scan.columns, self.column + 1)
        if scan.rows * scan.columns > MOST_AREA:
            raise BadWorkbookError(
                f"a value stands far from the others, at {cell_ref(self.row, self.column)}: "
                "delete it or move it"
            )


def _number(text: str) -> int:
    text = text.strip()
    if len(text) > 9 or not (text.isascii() and text.isdigit()):
        raise damaged("a number in the sheet is none")
    return int(text)
