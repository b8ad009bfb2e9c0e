"""Opening a workbook to annotate it: within bounds, and with a list of what a copy leaves out."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.package import Made, made, packed
from disarm_lint.workbooks.guard import BadWorkbookError, Package
from disarm_lint.workbooks.markup import walk
from disarm_lint.workbooks.outline import read_outline
from disarm_lint.workbooks.scan import trimmed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl import Workbook

MOST_CELLS = 600_000
"""Cells of all sheets, without the blank rows at their ends."""
MOST_SPREAD = 200_000
"""Cells that merged ranges and ranges with a link cover together."""

_BLANK_ROWS = "the style of the blank rows below the last value of a sheet"
_PARTS = (
    (re.compile(r"xl/threadedcomments/"), "threads of comments (their texts stay, as notes)"),
    (re.compile(r"xl/(slicers|timelines)/"), "slicers and timelines"),
    (re.compile(r"xl/(ctrlprops|activex)/"), "form controls"),
    (re.compile(r"xl/embeddings/"), "embedded objects"),
    (re.compile(r"xl/diagrams/"), "diagrams"),
    (re.compile(r"xl/(connections\.xml|querytables/)"), "connections to data elsewhere"),
    (re.compile(r"xl/vbaproject\.bin"), "macros"),
    (re.compile(r"xl/media/.*\.(emf|wmf|svg)$"), "pictures in EMF, WMF and SVG"),
)
_DRAWING = re.compile(r"xl/drawings/[^/]+\.xml")
_SHAPE = re.compile(rb"<(?:\w+:)?(?:sp|grpSp|cxnSp)[ >]")
_EXTENSION = re.compile(r"([\w ]{1,60}) extension is not supported")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A workbook in memory, and what a copy of it leaves out, in words."""

    book: Workbook
    lost: tuple[str, ...]


def open_book(data: bytes) -> OpenBook:
    """Open a workbook file; needs openpyxl.

    Blank rows below the last value of a sheet are left out: real sheets style
    a million of them. Raises BadWorkbookError for a file that cannot be opened
    in bounded time and memory, and for an annotated copy.
    """
    package = Package(data)
    if made(data) is not Made.ELSEWHERE:
        raise BadWorkbookError("it is an annotated copy itself; name the original")
    parts, lost = _parts(data, package)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        book = _loaded(packed(parts, level=1))
    for warning in told:
        if found := _EXTENSION.match(str(warning.message)):
            lost.append(f"{found[1].lower()} of newer versions of Excel")
    return OpenBook(book, tuple(dict.fromkeys(lost)))


def _loaded(data: bytes) -> Workbook:
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(data), rich_text=True)
    except RecursionError:
        raise BadWorkbookError("its parts are nested too deeply") from None
    except Exception as problem:  # openpyxl raises many kinds for what it does not expect
        raise BadWorkbookError(f"openpyxl cannot open it ({type(problem).__name__})") from problem


def _parts(data: bytes, package: Package) -> tuple[dict[str, bytes], list[str]]:
    """Return the parts to open, checked, and what is left out of them."""
    sheets = {sheet.part.lower() for sheet in read_outline(package).sheets}
    parts: dict[str, bytes] = {}
    lost: list[str] = []
    counts = _Counts()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    for name in names:
        part, lower = package.read(name), name.lower()
        if lower in sheets:
            whole, part = part, trimmed(part)
            lost += [_BLANK_ROWS] if len(part) < len(whole) else []
        if lower.endswith((".xml", ".rels")):
            walk(part, f"its part {name[:80]!r}", counts.start)
        lost += [what for pattern, what in _PARTS if pattern.match(lower)]
        if _DRAWING.fullmatch(lower) and _SHAPE.search(part):
            lost.append("shapes and text boxes")
        parts[name] = part
    return parts, lost


class _Counts:
    """Counts what costs memory once it is opened."""

    def __init__(self) -> None:
        self._cells = 0
        self._spread = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Count an element; raise BadWorkbookError where there are too many."""
        if name == "c":
            self._cells += 1
            if self._cells > MOST_CELLS:
                raise BadWorkbookError(f"its sheets hold more than {MOST_CELLS:,} cells")
        elif name in ("mergeCell", "hyperlink"):
            self._spread += _area(attributes.get("ref", ""))
            if self._spread > MOST_SPREAD:
                raise BadWorkbookError(
                    f"its merged and linked ranges cover more than {MOST_SPREAD:,} cells"
                )


def _area(ref: str) -> int:
    """Return how many cells a range has; 1 for a cell, and too many for columns or rows."""
    if ":" not in ref:
        return 1
    found = _RANGE.fullmatch(ref)
    if found is None:
        return MOST_SPREAD + 1
    first, top, last, bottom = found.groups()
    return (abs(_column(last) - _column(first)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
