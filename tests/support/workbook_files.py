"""Workbooks made by hand: quickly, or as no spreadsheet program would write them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

CELLS = '<row r="1"><c r="A1"><v>1</v></c></row>'


def sheet_xml(rows: str, after: str = "") -> str:
    """Return a sheet's XML with some rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def texts_xml(*texts: str) -> str:
    """Return the XML of shared strings."""
    return f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>'


def parts(rows: str = CELLS, texts: str | None = None) -> dict[str, str | bytes]:
    """Return the parts of a workbook with the sheet S."""
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet_xml(rows),
    }
    if texts is not None:
        made["xl/sharedStrings.xml"] = texts
    return made


def packed(made: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, part in made.items():
            # Always of the same time, so that the same parts are the same bytes.
            archive.writestr(zipfile.ZipInfo(name), part, method)
    return buffer.getvalue()


def write_formula(book: bytes, ref: str, formula: str, value: str) -> bytes:
    """Give the third sheet of a workbook a formula in a cell that it has, with its value."""
    cell = f'<c r="{ref}" t="str"><f>{formula}</f><v>{value}</v></c>'
    pattern = re.compile(rb'<c r="%s"[^>]*>.*?</c>' % ref.encode())
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        made: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        sheet = archive.read("xl/worksheets/sheet3.xml")
    made["xl/worksheets/sheet3.xml"] = pattern.sub(lambda _: cell.encode(), sheet)
    return packed(made)


def quick_workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return what `workbook` does, of texts and numbers alone, in a tenth of the time."""
    texts: dict[str, int] = {}
    made = parts()
    listed, related = "", ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        listed += f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="s{number}"/>'
        part = f"worksheets/sheet{number}.xml"
        related += f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="{part}"/>'
        written = "".join(_row_xml(place, row, texts) for place, row in enumerate(rows, 1))
        made[f"xl/{part}"] = sheet_xml(written)
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    made[book] = re.sub("<sheet .*?/>", lambda _: listed, str(made[book]))
    made[relations] = re.sub(
        "<Relationship .*?/>", lambda _: related, str(made[relations]), count=1
    )
    kept = map(_text_xml, texts)
    made["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{"".join(kept)}</sst>'
    return packed(made)


def _text_xml(text: str) -> str:
    return f'<si><t xml:space="preserve">{escape(text, {chr(13): "&#13;"})}</t></si>'


def _row_xml(number: int, row: Sequence[object], texts: dict[str, int]) -> str:
    cells = ""
    for column, value in enumerate(row):
        place = f"{_letters(column)}{number}"
        if isinstance(value, str) and value:
            cells += f'<c r="{place}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'
        elif isinstance(value, int | float):
            cells += f'<c r="{place}"><v>{value}</v></c>'
    return f'<row r="{number}">{cells}</row>'


def _letters(column: int) -> str:
    """Return the letters of a column, of which the first has the number 0."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
