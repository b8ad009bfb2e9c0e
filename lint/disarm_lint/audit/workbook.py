"""Workbooks for a spreadsheet program: cells, limits, and the same bytes for the same content."""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from disarm_lint.changes import COLUMNS, format_row
from disarm_lint.parse.xlsx import read_outline
from disarm_lint.parse.xlsx_limits import (
    MEGABYTE,
    MOST_BYTES,
    BadWorkbookError,
    Package,
    parse_column,
    trim_sheet,
    walk,
)
from disarm_lint.report.terminal import Charset
from disarm_lint.sources.filesystem import explain_os_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.packaging.custom import CustomPropertyList
    from openpyxl.styles import Font
    from openpyxl.worksheet.worksheet import Worksheet

    from disarm_lint.changes import CellChange
    from disarm_lint.model.finding import Severity
    from disarm_lint.report.report import ShownFinding

MOST_TEXT = 32_767
"""UTF-16 code units in a cell or a note, the limit of Excel."""
MOST_ROWS = 50_000
"""Findings or causes that a sheet lists."""
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7"}
# The widths of the columns of a change list, in characters.
_CHANGE_WIDTHS = (30, 20, 9, 16, 18, 60, 60, 12, 50)
_INK = {"error": "9C0006", "warning": "7F4F00", "info": "1F4E79"}
_HEAD = "1F3864"
_FONT = "Calibri"
# The height of a line, and of the highest row, in points.
_LINE_HEIGHT, _HIGHEST = 15, 400

_LINES = re.compile("(\n)")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CUT = " … (cut)"
_ALL = Charset()


def show_controls(text: str) -> str:
    """Return a text with line feeds as line ends, and codes for invisible characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(part if part == "\n" else _ALL.show_line(part) for part in _LINES.split(text))


def cut_to_cell(text: str, most: int = MOST_TEXT) -> str:
    """Return at most `most` UTF-16 code units of a text, with a note if it was cut."""
    if len(text) * 2 <= most or _count_units(text) <= most:
        return text
    kept, left = [], most - len(_CUT)
    for char in text[:most]:
        left -= _count_units(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + _CUT


def _count_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape_xml_text(text: str, most: int = MOST_TEXT) -> str:
    """Return a text with `_x0041_` escaped, which a spreadsheet would read as a character."""
    shown = show_controls(text)
    escaped = _ESCAPED.sub("_x005F_", shown)
    return cut_to_cell(escaped if escaped == shown else escaped[:most], most)


def put_cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return a cell of a sheet without merged cells."""
    return cast("Cell", sheet.cell(row, column))


def put(cell: Cell, value: str | int | None) -> None:
    """Set the value of a cell; a text stays a text, even if it begins with `=`."""
    if value == "":
        return
    if isinstance(value, str):
        cell.value = escape_xml_text(value)
        cell.data_type = "s"
        if not value[:1].isalnum():
            cell.quotePrefix = True
    elif value is not None:
        cell.value = value


def copy_look(model: Cell, cell: Cell) -> None:
    """Give a cell the look of another one of its workbook.

    That is quick: to set a property, openpyxl looks for one like it among all that there are.
    """
    cast("Any", cell)._style = cast("Any", model)._style


def fill_severity(cell: Cell, severity: Severity, *, ink: bool = True) -> None:
    """Colour a cell by a severity; `ink` colours its letters too."""
    from openpyxl.styles import PatternFill

    colour = COLOURS[str(severity)]
    cell.fill = PatternFill("solid", start_color=colour, end_color=colour)
    if ink:
        cell.font = build_font(bold=True, color=_INK[str(severity)])


def build_font(*, size: int = 11, bold: bool = False, color: str = "000000") -> Font:
    """Return a font of the one family that all sheets use."""
    from openpyxl.styles import Font

    return Font(name=_FONT, size=size, bold=bold, color=color)


def write_header(sheet: Worksheet, row: int, titles: Sequence[str]) -> None:
    """Write the titles of a table's columns."""
    from openpyxl.styles import Alignment, PatternFill

    for column, title in enumerate(titles, 1):
        cell = put_cell(sheet, row, column)
        put(cell, title)
        cell.font = build_font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_HEAD, end_color=_HEAD)
        cell.alignment = Alignment(vertical="center", wrap_text=True)


def fit_row(
    sheet: Worksheet, row: int, values: Sequence[str | int | None], widths: Sequence[float]
) -> None:
    """Make a row high enough for its wrapped texts; `widths` are in characters."""
    lines = max(
        sum(max(1, ceil(len(line) / (width * 0.95))) for line in str(value).split("\n"))
        for value, width in zip(values, widths, strict=True)
    )
    if lines > 1:
        sheet.row_dimensions[row].height = min(_HIGHEST, lines * _LINE_HEIGHT)


def format_table(sheet: Worksheet, row: int, widths: Sequence[float], last: int) -> None:
    """Set widths, in characters; freeze the rows to `row`, and filter from there to `last`."""
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{row + 1}"
    sheet.auto_filter.ref = f"A{row}:{get_column_letter(len(widths))}{max(row, last)}"
    set_up_print(sheet)
    sheet.print_title_rows = f"{row}:{row}"


def set_up_print(sheet: Worksheet) -> None:
    """Set a sheet up for printing in landscape, with all columns on one page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


MARK = "disarm-lint"
"""The name of the document property by which an annotated copy is known."""
_PROPERTIES = "docProps/custom.xml"
_CORE = "docProps/core.xml"
_OPEN = "disarm-lint-fingerprint-of-this-copy"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOMENT = b"1980-01-01T00:00:00Z"
_MODIFIED = re.compile(rb"(<dcterms:modified[^<>]*>)[^<>]*(</dcterms:modified>)")
_CREATED = re.compile(rb"(<dcterms:created[^<>]*>)[^<>]*(</dcterms:created>)")


class Made(Enum):
    """Who made a file: somebody else, the linter, or the linter and then somebody else."""

    ELSEWHERE = "elsewhere"
    HERE = "here"
    CHANGED = "changed"


def mark(book: Workbook) -> None:
    """Mark a workbook as an annotated copy; saving it sets its fingerprint."""
    from openpyxl.packaging.custom import StringProperty

    # The type stubs of openpyxl lack these properties.
    properties = cast("CustomPropertyList[str]", vars(book)["custom_doc_props"])
    properties.append(StringProperty(name=MARK, value=_OPEN))


def save_workbook(book: Workbook, *, created: bool = True) -> bytes:
    """Return a workbook as a file without times; `created` keeps its date of creation."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.save(buffer)
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(buffer) as archive:
        for info in archive.infolist():
            parts[info.filename] = archive.read(info)
    core = _MODIFIED.sub(rb"\g<1>" + _MOMENT + rb"\g<2>", parts[_CORE])
    parts[_CORE] = core if created else _CREATED.sub(rb"\g<1>" + _MOMENT + rb"\g<2>", core)
    if _PROPERTIES in parts:
        found = _digest_parts((name, zlib.crc32(data), len(data)) for name, data in parts.items())
        parts[_PROPERTIES] = parts[_PROPERTIES].replace(_OPEN.encode(), found.encode())
    return pack_archive(parts)


def pack_archive(parts: Mapping[str, bytes], level: int = 6) -> bytes:
    """Return a zip archive of parts, all with the same date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, data, compresslevel=level)
    return buffer.getvalue()


def detect_maker(data: bytes) -> Made:
    """Return who made a file; a file that is not a workbook was made by somebody else."""
    try:
        package = Package(data)
        if _PROPERTIES not in package:
            return Made.ELSEWHERE
        told = _mark_in(package.read(_PROPERTIES, MEGABYTE))
    except BadWorkbookError:
        return Made.ELSEWHERE
    if told is None:
        return Made.ELSEWHERE
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = [(info.filename, info.CRC, info.file_size) for info in archive.infolist()]
    return Made.HERE if told == _digest_parts(listed) else Made.CHANGED


def _digest_parts(parts: Iterable[tuple[str, int, int]]) -> str:
    lines = sorted(f"{name} {crc} {size}\n" for name, crc, size in parts if name != _PROPERTIES)
    return hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()


def _mark_in(properties: bytes) -> str | None:
    """Return the text of the property that marks a copy; None if there is none."""
    inside = False
    told: list[str] | None = None

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside, told
        if name == "property":
            inside = attributes.get("name") == MARK
            told = [] if inside else told

    def text(data: str) -> None:
        if inside and told is not None:
            told.append(data)

    walk(properties, "its list of properties", start, text=text)
    return None if told is None else "".join(told).strip()


MOST_CELLS = 600_000
"""Cells of all sheets, without the blank rows at their ends."""
MOST_SPREAD = 200_000
"""Cells that merged ranges and ranges with a link cover together."""
MOST_COPIED = 2_000_000
"""Characters of the shared formulas, each counted in every cell that has it: openpyxl writes
it out in each."""

_BLANK_ROWS = "the style of the empty rows below the last value of a sheet"
_PARTS = (
    (re.compile(r"xl/threadedcomments/"), "threads of comments (their texts stay, as notes)"),
    (re.compile(r"xl/(slicers|timelines)/"), "slicers and timelines"),
    (re.compile(r"xl/(ctrlprops|activex)/"), "form controls"),
    (re.compile(r"xl/embeddings/"), "embedded objects"),
    (re.compile(r"xl/diagrams/"), "diagrams"),
    (re.compile(r"xl/(connections\.xml|querytables/)"), "connections to data elsewhere"),
    (re.compile(r"xl/externallinks/"), "links to other files and programs"),
    (re.compile(r"xl/vbaproject\.bin"), "macros"),
    (re.compile(r"xl/media/.*\.(emf|wmf|svg)$"), "pictures in EMF, WMF and SVG"),
)
_DRAWING = re.compile(r"xl/drawings/[^/]+\.xml")
_SHAPE = re.compile(rb"<(?:\w+:)?(?:sp|grpSp|cxnSp)[ >]")
_EXTENSION = re.compile(r"([\w ]{1,60}) extension is not supported")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A workbook in memory, and descriptions of what a copy leaves out."""

    book: Workbook
    lost: tuple[str, ...]


def open_book(data: bytes) -> OpenBook:
    """Open a workbook file; needs openpyxl.

    Empty rows below the last value of a sheet are left out, because real sheets have
    styles for a million of them. Raises BadWorkbookError for a file that cannot be opened
    in bounded time and memory, and for an annotated copy.
    """
    package = Package(data)
    if detect_maker(data) is not Made.ELSEWHERE:
        raise BadWorkbookError("it is an annotated copy itself; name the original")
    parts, lost = _check_parts(data, package)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        book = _load(pack_archive(parts, level=1))
    for warning in told:
        if found := _EXTENSION.match(str(warning.message)):
            lost.append(f"{found[1].lower()} of newer versions of Excel")
    if _take_out_calls(book):
        lost.append(_CALLS)
    return OpenBook(book, tuple(dict.fromkeys(lost)))


_CALLS = "formulas that start a program, load code or ask a server (they stay, as texts)"
# A topic of another program (DDE), as in `cmd|'/c calc'!A1`, and functions that reach out
# of the workbook; a number in brackets is another file. HYPERLINK waits for a click, as every
# link does.
_REACHES_OUT = re.compile(
    r"""[\w.\]']\s*\||\b(?:CALL|DDE|DDEINIT|EVALUATE|EXEC|FILTERXML|IMAGE|IMPORT(?:DATA|FEED"""
    r"""|HTML|RANGE|XML)|REGISTER(?:\.ID)?|RTD|WEBSERVICE|PY|CUBE\w+)\s*\(|\[[0-9]+\][^\[\]!]*!""",
    re.IGNORECASE,
)


def _take_out_calls(book: Workbook) -> bool:
    """Turn formulas that reach out of a workbook into texts; tell whether there were any.

    A copy is made on this machine, so a spreadsheet program does not warn of it as it does
    of a file that was downloaded.
    """
    found = False
    for sheet in book.worksheets:
        for cell in list_cells(sheet):
            if cell.data_type != "f":
                continue
            # The text of an array formula is in an attribute.
            formula = str(getattr(cell.value, "text", None) or cell.value)
            if _REACHES_OUT.search(formula):
                put(cell, formula)
                found = True
    # The formulas of names and of validation are computed as well.
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [n for n, item in names.items() if _REACHES_OUT.search(item.attr_text or "")]:
            del names[name]
            found = True
    for sheet in book.worksheets:
        rules = sheet.data_validations.dataValidation
        kept = [r for r in rules if not _REACHES_OUT.search(f"{r.formula1} {r.formula2}")]
        found |= len(kept) < len(rules)
        sheet.data_validations.dataValidation = kept
    return found


def list_cells(sheet: Worksheet) -> list[Cell]:
    """Return the cells that a sheet holds.

    The `iter_rows` of openpyxl also makes every cell between them: with a cell in the last
    column of each row, that is a thousand million.
    """
    return list(cast("dict[tuple[int, int], Cell]", sheet._cells).values())


def _load(data: bytes) -> Workbook:
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(data), rich_text=True, keep_links=False)
    except RecursionError:
        raise BadWorkbookError("its parts are nested too deeply") from None
    except Exception as problem:  # openpyxl raises many kinds of errors for what it does not expect
        raise BadWorkbookError(f"openpyxl cannot open it ({type(problem).__name__})") from problem


def _check_parts(data: bytes, package: Package) -> tuple[dict[str, bytes], list[str]]:
    """Check the parts of a workbook; return those to open, and what is left out."""
    sheets = {sheet.part.lower() for sheet in read_outline(package).sheets}
    parts: dict[str, bytes] = {}
    lost: list[str] = []
    counts = _SheetCounts()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    for name in names:
        part, lower = package.read(name), name.lower()
        if lower in sheets:
            whole, part = part, trim_sheet(part)
            lost += [_BLANK_ROWS] if len(part) < len(whole) else []
        if lower.endswith((".xml", ".rels")):
            walk(part, f"its part {name[:80]!r}", counts.start, text=counts.text)
            counts.end_part()
        lost += [what for pattern, what in _PARTS if pattern.match(lower)]
        if _DRAWING.fullmatch(lower) and _SHAPE.search(part):
            lost.append("shapes and text boxes")
        parts[name] = part
    return parts, lost


class _SheetCounts:
    """Counts the elements that cost memory once a workbook is opened."""

    def __init__(self) -> None:
        self._cells = 0
        self._spread = 0
        self._copied = 0
        # The lengths of the shared formulas of a sheet, and the one that is being read.
        self._lengths: dict[str, int] = {}
        self._shared: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Count an element; raise BadWorkbookError if there are too many."""
        self._shared = None
        if name == "c":
            self._cells += 1
            if self._cells > MOST_CELLS:
                raise BadWorkbookError(f"its sheets hold more than {MOST_CELLS:,} cells")
        elif name in ("mergeCell", "hyperlink"):
            self._spread += _count_cells(attributes.get("ref", ""))
            if self._spread > MOST_SPREAD:
                raise BadWorkbookError(
                    f"its merged and linked ranges cover more than {MOST_SPREAD:,} cells"
                )
        elif name == "f" and attributes.get("t") == "shared":
            self._shared = attributes.get("si", "")
            self._copied += self._lengths.setdefault(self._shared, 0)
            if self._copied > MOST_COPIED:
                raise BadWorkbookError(
                    f"its shared formulas, written out, hold more than {MOST_COPIED:,} characters"
                )

    def text(self, value: str) -> None:
        """Count the text of a shared formula."""
        if self._shared is not None:
            self._lengths[self._shared] += len(value)

    def end_part(self) -> None:
        """Forget the formulas of a part: each has its own."""
        self._lengths.clear()
        self._shared = None


def _count_cells(ref: str) -> int:
    """Return how many cells a range has; 1 for a cell, and too many for columns or rows."""
    if ":" not in ref:
        return 1
    found = _RANGE.fullmatch(ref)
    if found is None:
        return MOST_SPREAD + 1
    first, top, last, bottom = found.groups()
    columns = abs(parse_column(last.upper()) - parse_column(first.upper())) + 1
    return columns * (abs(int(bottom) - int(top)) + 1)


def check_folder(folder: Path, masters: Sequence[AnnotatedMaster]) -> str | None:
    """Return why copies of workbooks may not go to a folder, in one line; None if they may."""
    names: dict[str, str] = {}
    for master in masters:
        other = names.setdefault(master.name.casefold(), master.path)
        if other != master.path or sum(m.name == master.name for m in masters) > 1:
            return f"there are two workbooks “{master.name}”; annotate one corpus at a time"
        if any(_is_same_file(folder, place) for place in (master.folder, *master.folder.parents)):
            return (
                f"“{folder}” holds the originals (“{master.path}”), "
                "which are never written to; name a folder beside them"
            )
    for master in masters:
        if reason := _is_occupied(folder / master.name):
            return reason
    return None


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _is_occupied(file: Path) -> str | None:
    if file.is_symlink():
        return f"“{file}” is a link; remove it, or name another folder"
    if not file.exists():
        return None
    if not file.is_file():
        return f"“{file}” is not a file; name another folder"
    try:
        with file.open("rb") as stream:
            found = detect_maker(stream.read(MOST_BYTES + 1))
    except OSError as error:
        reason = explain_os_error(error)
        return f"“{file}” cannot be read: {reason}; name another folder"
    if found is Made.ELSEWHERE:
        return f"“{file}” is not an annotated copy; move it away, or name another folder"
    if found is Made.CHANGED:
        return (
            f"“{file}” was changed since it was written, perhaps by an analyst; "
            "move it away, or name another folder"
        )
    return None


@dataclass(frozen=True)
class AnnotatedMaster:
    """A workbook to annotate.

    `path` is relative to the corpus root, as in its findings; `folder` is where
    it lies, `data` its bytes.
    """

    path: str
    folder: Path
    data: bytes
    findings: tuple[ShownFinding, ...]

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.rpartition("/")[2]


def build_change_workbook(changes: Iterable[CellChange]) -> bytes:
    """Return a workbook with a change list; needs openpyxl.

    Each cell is a text. Raises ValueError for a text that is too long for a cell.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    book = Workbook()
    book.properties.creator = "disarm-lint"
    sheet = book.worksheets[0]
    sheet.title = "changes"
    write_header(sheet, 1, COLUMNS)
    number = 1
    for number, change in enumerate(changes, 2):
        fields = format_row(change)
        for column, text in enumerate(fields, 1):
            if len(text.encode("utf-16-le")) > 2 * MOST_TEXT:
                raise ValueError(change.place)
            if text:
                cell = put_cell(sheet, number, column)
                # The value is set directly, because openpyxl would read some texts as formulas.
                cell.value = text
                cell.data_type = "s"
                cell.quotePrefix = not text[0].isalnum()
                cell.alignment = Alignment(vertical="top", wrap_text=True)
        fit_row(sheet, number, fields, _CHANGE_WIDTHS)
    format_table(sheet, 1, _CHANGE_WIDTHS, number)
    return save_workbook(book, created=False)
