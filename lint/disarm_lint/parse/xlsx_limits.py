"""What is refused of a workbook file, before and while it is read."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MEGABYTE = 1_000_000
MOST_BYTES = 50 * MEGABYTE
"""The largest file that is read."""
MOST_PARTS = 10_000
MOST_UNPACKED = 96 * MEGABYTE
"""What all parts that are read may unpack to, together."""
MOST_PART = 64 * MEGABYTE

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadWorkbookError(Exception):
    """A workbook cannot be read; `reason` is one clause for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def build_damage(detail: str) -> BadWorkbookError:
    """Return the error for a file that is no whole workbook."""
    return BadWorkbookError(f"it is cut off or damaged: {detail}")


def check_kind(data: bytes) -> None:
    """Raise BadWorkbookError where bytes are visibly no .xlsx file."""
    if not data:
        raise BadWorkbookError("it is empty")
    if len(data) > MOST_BYTES:
        raise BadWorkbookError(f"it is larger than {MOST_BYTES // MEGABYTE} MB")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise BadWorkbookError("it is encrypted: remove its password")
        raise BadWorkbookError("it is an old .xls file: save it as .xlsx")
    if not data.startswith(b"PK"):
        if data.startswith(b"version https://git-lfs"):
            raise BadWorkbookError(
                "it is a pointer of Git LFS, and not the file itself: run `git lfs pull`"
            )
        head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if head.startswith((b"<!doctype html", b"<html")):
            raise BadWorkbookError("it is an HTML page, not an .xlsx file")
        raise BadWorkbookError("it is not an .xlsx file, whatever its name")


class Package:
    """The parts of a workbook file, unpacked one by one; names ignore case."""

    def __init__(self, data: bytes) -> None:
        """Open a file; raise BadWorkbookError if it is no workbook archive."""
        check_kind(data)
        if data.count(_ENTRY) > MOST_PARTS:
            raise BadWorkbookError(f"it has more than {MOST_PARTS:,} parts")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except Exception as problem:  # zipfile raises many kinds for bytes that are no archive
            raise build_damage("its table of contents cannot be read") from problem
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/").lstrip("/").lower()
            if ".." in name.split("/"):
                raise BadWorkbookError("one of its parts has a path that leads out of it")
            if name in self._parts:
                raise BadWorkbookError("it holds a part of the same name twice")
            self._parts[name] = info
        self._left = MOST_UNPACKED

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts, as the archive writes them."""
        return tuple(info.filename for info in self._parts.values())

    def read(self, name: str, most: int = MOST_PART) -> bytes:
        """Return a part's bytes.

        Raises BadWorkbookError where it is missing, damaged, encrypted, or
        unpacks to more than `most` bytes.
        """
        info = self._parts.get(name.lower())
        if info is None:
            raise build_damage(f"its part {name[:80]!r} is missing")
        if info.flag_bits & 0x1:
            raise BadWorkbookError("it is encrypted: remove its password")
        if info.compress_type not in _METHODS:
            raise BadWorkbookError("it is packed in a way that .xlsx files are not")
        limit = min(most, self._left)
        try:
            with self._archive.open(info) as part:
                data = part.read(limit + 1)
        except Exception as problem:  # as above; also zlib.error, EOFError, NotImplementedError
            raise build_damage(f"its part {name[:80]!r} cannot be unpacked") from problem
        if len(data) > limit:
            size = MOST_UNPACKED if limit < most else most
            raise BadWorkbookError(f"it unpacks to more than {size // MEGABYTE} MB")
        self._left -= len(data)
        return data


Value: TypeAlias = "str | float | int | bool | datetime | date | time | timedelta | None"


@dataclass(frozen=True, slots=True)
class CellValue:
    """A cell: its text as a person sees it, and the value behind it.

    Strings are verbatim. Numbers and dates come without their cell format:
    `2016`, `2019-02-24`, `2019-02-24 10:00:00`, `TRUE`. An error cell has its
    text, such as `#REF!`.
    """

    text: str
    value: Value


EMPTY = CellValue("", None)


@dataclass(frozen=True, slots=True)
class SheetData:
    """A sheet, counted from A1: `rows[i][j]` stands in sheet row i + 1, column j (from 0).

    A blank row is `()`, any other is as wide as the sheet; trailing blank rows
    are cut. `merged` are merged ranges, as in `A1:B2`; `pending` the cells, by
    row and column, whose formula has no value yet. `formulas` are the cells that
    hold one; `runs` are the lengths of the parts of a text that are formatted each for
    itself, where it has several.
    """

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    merged: tuple[str, ...] = ()
    pending: tuple[tuple[int, int], ...] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()
    runs: Mapping[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)

    def cell(self, row: int, column: int) -> CellValue:
        """Return the cell at a row and column, both from 0; EMPTY where there is none."""
        cells = self.rows[row] if 0 <= row < len(self.rows) else ()
        return cells[column] if 0 <= column < len(cells) else EMPTY


@dataclass(frozen=True, slots=True)
class WorkbookData:
    """A workbook: all sheet names in order, and the sheets that were wanted.

    `sheets` are those that could be read, under the names that they have in the
    workbook; `problems` pairs each of the others with the reason.
    """

    path: str
    names: tuple[str, ...]
    sheets: Mapping[str, SheetData]
    problems: tuple[tuple[str, str], ...] = ()


def format_column(column: int) -> str:
    """Return the letters of a column, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_column(letters: str) -> int:
    """Return the number of a column, counted from 0, by its capital letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def format_cell_ref(row: int, column: int) -> str:
    """Return the address of a cell, both counted from 0: (36, 1) is B37."""
    return f"{format_column(column)}{row + 1}"


def parse_cell_ref(ref: str) -> tuple[int, int]:
    """Return row and column of a cell by its address, both counted from 0: B37 is (36, 1).

    What is no address, in capital letters and without `$`, is (-1, -1).
    """
    match = _CELL_REF.fullmatch(ref)
    return (int(match[2]) - 1, parse_column(match[1])) if match else (-1, -1)


_CELL_REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def format_cell_value(value: Value) -> str:  # noqa: C901 - one answer for each type
    """Return a value's text as a person sees it, as far as that needs no cell format."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.15g}".upper()
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


MOST_ELEMENTS = 500_000
"""In one part. Real parts have some ten thousand once the blank tail of a sheet is cut."""
MOST_ATTRIBUTES = 100
"""On one element: some parsers compare each with each."""

_UTF8 = {"utf-8", "utf8", "us-ascii"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def walk(  # noqa: C901 - the handlers of one parser, which share a count
    data: bytes,
    what: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for each element, with its name without prefix, and for text.

    Raises BadWorkbookError where the part, `what` in words, is not well-formed,
    is not UTF-8, has a document type (and so could have entities), or is too large.
    """
    from xml.parsers import expat

    if data.startswith(_UTF16):
        raise build_damage(f"{what} is not in UTF-8")
    seen = 0

    def open_element(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal seen
        seen += 1
        if seen > MOST_ELEMENTS:
            raise BadWorkbookError(f"{what} holds more than {MOST_ELEMENTS:,} elements")
        if len(attributes) > MOST_ATTRIBUTES:
            raise BadWorkbookError(f"{what} has an element with too many attributes")
        start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def close_element(name: str) -> None:
        if end is not None:
            end(name.rpartition(":")[2] if ":" in name else name)

    def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _UTF8:
            raise build_damage(f"{what} is not in UTF-8")

    def refuse_doctype(*_: object) -> None:
        raise BadWorkbookError(f"{what} has a document type, which no workbook needs")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = open_element
    parser.XmlDeclHandler = check_encoding
    parser.StartDoctypeDeclHandler = refuse_doctype
    if end is not None:
        parser.EndElementHandler = close_element
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as problem:
        raise build_damage(f"{what} is not well-formed") from problem


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
    formulas that no program has computed yet. See `SheetData` for `formulas` and `runs`.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    characters: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    pending: list[tuple[int, int]] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    runs: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StringScan:
    """What the shared strings are: the length of each, in characters.

    `runs` are the lengths of the formatted parts of those that have several, by number.
    """

    lengths: Sequence[int] = ()
    runs: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def trim_sheet(part: bytes) -> bytes:
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


def cut_after_cells(part: bytes) -> bytes:
    """Return a sheet's XML without what follows the cells, if that can be cut off safely."""
    close = part.rfind(b"</sheetData>")
    if close < 0 or b"<!" in part or not part.rstrip().endswith(b"</worksheet>"):
        return part
    return part[:close] + b"</sheetData></worksheet>"


def convert_errors(part: bytes) -> bytes:
    """Return a sheet's XML with its error cells turned into texts.

    The library gives up a whole sheet for an error that it does not know, such
    as `#SPILL!` or the `#ERROR!` of Google Sheets.
    """
    return _ERROR.sub(rb'\1t="str"', part)


def measure_strings(part: bytes) -> StringScan:
    """Return what the shared strings are."""
    lengths: list[int] = []
    runs: dict[int, tuple[int, ...]] = {}
    starts: list[int] = []

    def start(name: str, _: Mapping[str, str]) -> None:
        if name == "t":
            starts.append(lengths[-1] if lengths else 0)
        elif name == "si":
            lengths.append(0)
            starts.clear()
            if len(lengths) > MOST_STRINGS:
                raise BadWorkbookError(f"it holds more than {MOST_STRINGS:,} texts")

    def end(name: str) -> None:
        if name == "si" and len(starts) > 1:
            runs[len(lengths) - 1] = _part_lengths(starts, lengths[-1])

    def text(value: str) -> None:
        if lengths:
            lengths[-1] += len(value)

    walk(part, "its list of texts", start, end, text)
    return StringScan(lengths, runs)


def _part_lengths(starts: Sequence[int], end: int) -> tuple[int, ...]:
    return tuple(after - before for before, after in pairwise((*starts, end)))


def scan_sheet(part: bytes, strings: StringScan) -> SheetScan:
    """Measure a sheet; `strings` are the shared ones.

    Raises BadWorkbookError where the XML is bad or the values reach too far.
    """
    scanner = _Scanner(strings)
    walk(part, "the sheet", scanner.start, scanner.end, scanner.text)
    scanner.scan.merged = tuple(scanner.merged)
    return scanner.scan


class _Scanner:
    def __init__(self, strings: StringScan) -> None:
        self.scan = SheetScan()
        self.merged: list[str] = []
        self.strings = strings
        # Where the formatted parts of the text of a cell begin, and how long it is so far.
        self.starts: list[int] = []
        self.size = 0
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
            self.size = 0
            where = attributes.get("r")
            if where is None:
                self._enter_cell()
                self.column += 1
            self.where = where
        elif name in {"v", "is"}:
            self.depth += 1
            self.value.append("")  # an empty value counts: the library keeps an empty text
        elif name == "t":
            self.starts.append(self.size)
        elif name == "f":
            self.formula = True
        elif name == "row":
            row = attributes.get("r")
            before = self.row
            self.row = self.row + 1 if row is None else _number(row) - 1
            if self.row <= before or self.row >= LAST_ROW:
                raise build_damage("the rows of the sheet are out of order")
            self.column, self.where = -1, None
        elif name == "mergeCell" and len(self.merged) < MOST_MERGED:
            where = attributes.get("ref", "")
            if _RANGE.fullmatch(where):
                self.merged.append(where)

    def text(self, value: str) -> None:
        if self.depth > 0:
            self.value.append(value)
            self.size += len(value)

    def end(self, name: str) -> None:
        if name in {"v", "is"}:
            self.depth -= 1
        elif name == "c":
            value = "".join(self.value)
            if self.value:
                self._count_filled(value)
            # A formula whose value is an empty text says so by its type.
            if self.formula and not value and self.kind != "str":
                self._enter_cell()
                self.scan.pending.append((self.row, self.column))
            if self.value:
                self._note_form(self.size)
            self.kind, self.formula = None, False
            self.starts.clear()

    def _note_form(self, size: int) -> None:
        """Note what keeps the text of the latest cell from being edited like any other."""
        if self.formula:
            self.scan.formulas.add((self.row, self.column))
        if len(self.starts) > 1:
            self.scan.runs[self.row, self.column] = _part_lengths(self.starts, size)

    def _enter_cell(self) -> None:
        """Work out where the latest cell stands; styled spaces, the most by far, are spared it."""
        if self.where is not None:
            match = _ADDRESS.fullmatch(self.where)
            if match is None or int(match[2]) - 1 != self.row:
                raise build_damage("a cell of the sheet has a wrong address")
            self.column = -1
            for letter in match[1].upper():
                self.column = (self.column + 1) * 26 + ord(letter) - 65
            self.where = None
        if self.column >= LAST_COLUMN:
            raise build_damage("a cell of the sheet has a wrong address")

    def _count_filled(self, value: str) -> None:
        self._enter_cell()
        scan = self.scan
        if self.kind == "s" and value:
            index = _number(value)
            if index >= len(self.strings.lengths):
                raise build_damage("a cell of the sheet refers to a text that is not there")
            scan.characters += self.strings.lengths[index]
            if index in self.strings.runs:
                scan.runs[self.row, self.column] = self.strings.runs[index]
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
                f"a value is far from the others, at {format_cell_ref(self.row, self.column)}: "
                "delete it or move it"
            )


def _number(text: str) -> int:
    text = text.strip()
    if len(text) > 9 or not (text.isascii() and text.isdigit()):
        raise build_damage("a number in the sheet is not one")
    return int(text)
