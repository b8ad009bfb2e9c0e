"""From a workbook file to sheets of plain cells, within limits."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.parse.xlsx_limits import (
    EMPTY,
    MEGABYTE,
    MOST_AREA,
    MOST_CELLS,
    BadWorkbookError,
    CellValue,
    Package,
    SheetData,
    StringScan,
    WorkbookData,
    build_damage,
    convert_errors,
    cut_after_cells,
    format_cell_value,
    measure_strings,
    scan_sheet,
    trim_sheet,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from python_calamine import CalamineWorkbook

    from disarm_lint.parse.xlsx_limits import SheetScan, Value

MOST_SHEETS = 1_000
MOST_OUTLINE = 4 * MEGABYTE

_ODS = "content.xml"
_XLSB = "xl/workbook.bin"
_USUAL = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it: its name, and its part, if it has one."""

    name: str
    part: str
    kind: str


@dataclass(frozen=True, slots=True)
class WorkbookOutline:
    """The sheets in order; the part that lists them, and those of shared strings and styles."""

    book: str
    sheets: tuple[SheetEntry, ...]
    strings: str | None
    styles: str | None
    epoch_1904: bool


def read_outline(package: Package) -> WorkbookOutline:
    """Read what a workbook lists; raise BadWorkbookError if it is none."""
    book = _find_workbook_part(package)
    folder, _, file = book.rpartition("/")
    related = _read_relationships(package, f"{folder}/_rels/{file}.rels".lstrip("/"), folder)
    listed: list[tuple[str, str]] = []
    epoch_1904 = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal epoch_1904
        if name == "sheet":
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            listed.append((attributes.get("name", ""), key))
            if len(listed) > MOST_SHEETS:
                raise BadWorkbookError(f"it lists more than {MOST_SHEETS:,} sheets")
        elif name == "workbookPr":
            epoch_1904 = attributes.get("date1904") in {"1", "true"}

    walk(package.read(book, MOST_OUTLINE), "its list of sheets", start)
    if not listed:
        raise build_damage("it lists no sheet")
    sheets = []
    for name, key in listed:
        kind, part = related.get(key, ("", ""))
        sheets.append(SheetEntry(name, part, kind))
    by_kind = {kind: part for kind, part in related.values() if part in package}
    strings, styles = by_kind.get("sharedStrings"), by_kind.get("styles")
    return WorkbookOutline(book, tuple(sheets), strings, styles, epoch_1904)


def _find_workbook_part(package: Package) -> str:
    if _ODS in package and _USUAL not in package:
        raise BadWorkbookError("it is an .ods file: save it as .xlsx")
    if _XLSB in package:
        raise BadWorkbookError("it is an .xlsb file: save it as .xlsx")
    if _USUAL in package:
        return _USUAL
    if "_rels/.rels" in package:
        for kind, part in _read_relationships(package, "_rels/.rels", "").values():
            if kind == "officeDocument" and part in package:
                return part
    if "[content_types].xml" in package:
        raise BadWorkbookError("it is not a workbook, or the part that lists its sheets is missing")
    raise BadWorkbookError("it is a plain .zip archive, not an .xlsx file")


def _read_relationships(package: Package, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return what relationships there are: the last word of the kind, and the part, by id."""
    related: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.join("/" + folder, attributes.get("Target", ""))
            kind = attributes.get("Type", "").rpartition("/")[2]
            related[attributes.get("Id", "")] = (kind, posixpath.normpath(target).lstrip("/"))

    walk(package.read(part, MOST_OUTLINE), "its list of parts", start)
    return related


__all__ = ["BadWorkbookError", "read_workbook"]

MOST_CHARACTERS = 10_000_000
"""The length of their texts together; one shared text counts where it is used."""
MOST_TEXTS = 8 * MEGABYTE
MOST_TOGETHER = 16 * MEGABYTE
"""Bytes of all sheets that are parsed, good or bad, without their blank tails."""
MOST_STYLES = 4 * MEGABYTE

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def read_workbook(path: str, data: bytes, wanted: Collection[str] | None) -> WorkbookData:
    """Read the wanted sheets of an .xlsx file, all where `wanted` is None.

    A sheet that is not there is left out. Names match exactly, else ignoring
    case and surrounding spaces. Raises BadWorkbookError for a file that is no
    workbook, or that is hostile; what is wrong with one sheet alone goes to
    `problems`. Takes bounded time and memory for any bytes.
    """
    package = Package(data)
    outline = read_outline(package)
    parts: dict[str, bytes] = {}
    strings = StringScan()
    if outline.strings:
        parts["sharedStrings.xml"] = package.read(outline.strings, MOST_TEXTS)
        strings = measure_strings(parts["sharedStrings.xml"])
    if outline.styles:
        parts["styles.xml"] = package.read(outline.styles, MOST_STYLES)
        walk(parts["styles.xml"], "its list of styles", lambda _name, _attributes: None)
    problems: list[tuple[str, str]] = []
    scans: list[tuple[str, SheetScan]] = []
    spent, held = 0, _SheetSum()
    for sheet in outline.sheets if wanted is None else _select_sheets(outline.sheets, wanted):
        try:
            part = _part(package, sheet)
            spent += len(part)
            if spent > MOST_TOGETHER:
                raise BadWorkbookError(f"its sheets hold more than {MOST_TOGETHER // MEGABYTE} MB")
            scan = scan_sheet(part, strings)
        except BadWorkbookError as problem:
            problems.append((sheet.name, problem.reason))
        else:
            part = cut_after_cells(part)
            parts[f"worksheets/s{len(scans)}.xml"] = convert_errors(part) if scan.errors else part
            scans.append((sheet.name, scan))
            held = held.add(scan)
    sheets: dict[str, SheetData] = {}
    if scans:
        book = _open(_build_archive(parts, outline, len(scans)))
        for index, (name, scan) in enumerate(scans):
            try:
                rows = _make_rows(_read_cells(book, index), scan)
                sheets[name] = SheetData(
                    name,
                    rows,
                    scan.merged,
                    tuple(scan.pending),
                    frozenset(scan.formulas),
                    scan.runs,
                )
            except BadWorkbookError as problem:
                problems.append((name, problem.reason))
    names = tuple(sheet.name for sheet in outline.sheets)
    return WorkbookData(path, names, sheets, tuple(problems))


def _select_sheets(sheets: Sequence[SheetEntry], wanted: Collection[str]) -> list[SheetEntry]:
    """Return the sheets that are wanted, in the workbook's order."""
    exact = {sheet.name: sheet for sheet in reversed(sheets)}
    loose = {sheet.name.strip().casefold(): sheet for sheet in reversed(sheets)}
    chosen = {exact.get(name) or loose.get(name.strip().casefold()) for name in wanted}
    return [sheet for sheet in dict.fromkeys(sheets) if sheet in chosen]


def _part(package: Package, sheet: SheetEntry) -> bytes:
    if sheet.kind and sheet.kind != "worksheet":
        raise BadWorkbookError("it is a chart or a macro, not a sheet of cells")
    if not sheet.part or sheet.part not in package:
        raise build_damage("the part with its cells is missing")
    return trim_sheet(package.read(sheet.part))


@dataclass(frozen=True, slots=True)
class _SheetSum:
    """How much the sheets of a workbook hold together."""

    cells: int = 0
    characters: int = 0
    area: int = 0

    def add(self, scan: SheetScan) -> _SheetSum:
        """Return what they hold with one more; raise BadWorkbookError where that is too much."""
        cells = self.cells + scan.cells
        characters = self.characters + scan.characters
        area = self.area + scan.rows * scan.columns
        if cells > MOST_CELLS:
            raise BadWorkbookError(f"it holds more than {MOST_CELLS:,} filled cells")
        if characters > MOST_CHARACTERS:
            raise BadWorkbookError(f"its cells hold more than {MOST_CHARACTERS:,} characters")
        if area > 2 * MOST_AREA:
            raise BadWorkbookError(f"its sheets reach over more than {2 * MOST_AREA:,} cells")
        return _SheetSum(cells, characters, area)


def _build_archive(parts: Mapping[str, bytes], outline: WorkbookOutline, count: int) -> io.BytesIO:
    """Return a plain workbook archive of checked parts; sheet 0 is named `s0`."""
    relations = [
        f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>'
        for i in range(count)
    ]
    relations += [
        f'<Relationship Id="{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for name in ("sharedStrings", "styles")
        if f"{name}.xml" in parts
    ]
    sheets = [f'<sheet name="s{i}" sheetId="{i + 1}" r:id="r{i}"/>' for i in range(count)]
    epoch = '<workbookPr date1904="1"/>' if outline.epoch_1904 else ""
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{epoch}'
        f"<sheets>{''.join(sheets)}</sheets></workbook>"
    )
    made = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r0" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f"{''.join(relations)}</Relationships>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in made.items():
            archive.writestr(name, text)
        for name, part in parts.items():
            archive.writestr(f"xl/{name}", part)
    buffer.seek(0)
    return buffer


def _open(archive: io.BytesIO) -> CalamineWorkbook:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_filelike(archive)
    except BaseException as problem:
        if not _is_fault(problem):
            raise
        raise _report_unparsed(problem) from problem


def _read_cells(book: CalamineWorkbook, index: int) -> Sequence[Sequence[Value]]:
    try:
        return book.get_sheet_by_name(f"s{index}").to_python(skip_empty_area=False)
    except BaseException as problem:
        if not _is_fault(problem):
            raise
        raise _report_unparsed(problem) from problem


def _is_fault(problem: BaseException) -> bool:
    """Tell whether the library failed; its panics are no Exception, yet mean only bad data."""
    return isinstance(problem, Exception) or type(problem).__name__ == "PanicException"


def _report_unparsed(problem: BaseException) -> BadWorkbookError:
    text = " ".join(str(problem).split())[:120] or "it cannot be parsed"
    return build_damage("".join(char if char.isprintable() else "?" for char in text))


def _make_rows(
    cells: Sequence[Sequence[Value]], scan: SheetScan
) -> tuple[tuple[CellValue, ...], ...]:
    """Turn what the library gives, with "" for space and error cells, into rows of cells."""
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in scan.errors.items():
        errors.setdefault(row, []).append((column, text))
    rows: list[tuple[CellValue, ...]] = []
    last = 0
    for index, values in enumerate(cells):
        faulty = errors.get(index, ())
        if not faulty and values.count("") == len(values):
            rows.append(())
            continue
        made = [
            EMPTY if value == "" else CellValue(format_cell_value(value), value) for value in values
        ]
        for column, text in faulty:
            made[column] = CellValue(text, text)
        rows.append(tuple(made))
        last = index + 1
    return tuple(rows[:last])
