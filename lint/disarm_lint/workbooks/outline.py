"""Which sheets a workbook lists, and in which parts they stand."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.workbooks.guard import MEGABYTE, BadWorkbookError, damaged
from disarm_lint.workbooks.markup import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.workbooks.guard import Package

MOST_SHEETS = 1_000
MOST_OUTLINE = 4 * MEGABYTE

_ODS = "content.xml"
_XLSB = "xl/workbook.bin"
_USUAL = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class Listed:
    """A sheet as the workbook lists it: its name, and its part, where it has one."""

    name: str
    part: str
    kind: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The sheets in order; the parts of the shared strings and styles, where there are any."""

    sheets: tuple[Listed, ...]
    strings: str | None
    styles: str | None
    epoch_1904: bool


def read_outline(package: Package) -> Outline:
    """Read what a workbook lists; raise BadWorkbookError where it is none."""
    book = _workbook_part(package)
    folder, _, file = book.rpartition("/")
    related = _related(package, f"{folder}/_rels/{file}.rels".lstrip("/"), folder)
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
        raise damaged("it lists no sheet")
    sheets = []
    for name, key in listed:
        kind, part = related.get(key, ("", ""))
        sheets.append(Listed(name, part, kind))
    by_kind = {kind: part for kind, part in related.values() if part in package}
    return Outline(tuple(sheets), by_kind.get("sharedStrings"), by_kind.get("styles"), epoch_1904)


def _workbook_part(package: Package) -> str:
    if _ODS in package and _USUAL not in package:
        raise BadWorkbookError("it is an .ods file: save it as .xlsx")
    if _XLSB in package:
        raise BadWorkbookError("it is an .xlsb file: save it as .xlsx")
    if _USUAL in package:
        return _USUAL
    if "_rels/.rels" in package:
        for kind, part in _related(package, "_rels/.rels", "").values():
            if kind == "officeDocument" and part in package:
                return part
    if "[content_types].xml" in package:
        raise BadWorkbookError("it is no workbook, or the part that lists its sheets is missing")
    raise BadWorkbookError("it is a plain .zip archive, not an .xlsx file")


def _related(package: Package, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return what relationships there are: the last word of the kind, and the part, by id."""
    related: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.join("/" + folder, attributes.get("Target", ""))
            kind = attributes.get("Type", "").rpartition("/")[2]
            related[attributes.get("Id", "")] = (kind, posixpath.normpath(target).lstrip("/"))

    walk(package.read(part, MOST_OUTLINE), "its list of parts", start)
    return related
