"""Formulas that read edited cells: their values agree, or a program is asked to calculate."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.formulas import ask_to_calculate
from disarm_lint.parse.xlsx import read_workbook
from disarm_lint.parse.xlsx_edit import EditedWorkbook, edit_cells
from support.workbook_files import MAIN, packed, parts, texts_xml

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOK = "xl/workbook.xml"
STRINGS = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"


def text_cell(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def formula_cell(ref: str, formula: str, value: str, *, filled: str = "") -> str:
    return f'<c r="{ref}" t="str"><f{filled}>{formula}</f><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def make_parts(rows: str) -> dict[str, str | bytes]:
    """Return the parts of a workbook that openpyxl reads as well."""
    return {**parts(rows, ""), "[Content_Types].xml": TYPES, STRINGS: texts_xml()}


def book(*more: str) -> dict[str, str | bytes]:
    """Return the parts of a workbook whose first row has the id T1 and the name Boat."""
    return make_parts(row(1, text_cell("A1", "T1"), text_cell("B1", "Boat"), *more))


def rename(made: Mapping[str, str | bytes], new: str = "Ship &amp; Co") -> EditedWorkbook:
    plain = new.replace("&amp;", "&")
    edited = edit_cells(packed(dict(made)), [CellEdit("S", "B1", "Boat", 0, 4, plain)])
    assert edited.refused == {}
    return edited


def read_values(data: bytes) -> dict[str, object]:
    """Return what openpyxl reads as values, after a look whether calamine reads the same."""
    found: dict[str, object] = {
        cell.coordinate: cell.value
        for line in load_workbook(io.BytesIO(data), data_only=True)["S"].iter_rows()
        for cell in line
        if cell.value is not None
    }
    rows = read_workbook("", data, None).sheets["S"].rows
    texts = [cell.text for line in rows for cell in line if cell.text]
    assert texts == list(map(str, found.values()))
    return found


@pytest.mark.parametrize(
    ("formula", "old", "new"),
    [
        ('A1&amp;" - "&amp;B1', "T1 - Boat", "T1 - Ship & Co"),
        ('CONCATENATE(A1,": ",B1)', "T1: Boat", "T1: Ship & Co"),
        ('_xlfn.CONCAT(A1, " ", $B$1)', "T1 Boat", "T1 Ship & Co"),
        ("B1", "Boat", "Ship & Co"),
        ("S!B1", "Boat", "Ship & Co"),
        ('\'s\'!B1&amp;"""!"', 'Boat"!', 'Ship & Co"!'),
        ("(A1&amp;(B1))&amp;D1", "T1Boat7", "T1Ship & Co7"),
    ],
)
def test_a_formula_that_joins_texts_says_what_cells_say(formula: str, old: str, new: str) -> None:
    number = '<c r="D1"><v>7</v></c>'
    edited = rename(book(formula_cell("C1", formula, old), number))
    assert read_values(edited.data)["C1"] == new
    assert edited.calculated == {("S", "C1"): new}
    assert edited.behind == ()
    kept = load_workbook(io.BytesIO(edited.data))["S"]["C1"].value
    assert kept == f"={formula}".replace("&amp;", "&")


def test_a_formula_that_is_filled_down_reads_the_cells_of_its_row() -> None:
    made = make_parts(
        row(
            1,
            text_cell("A1", "T1"),
            text_cell("B1", "Boat"),
            formula_cell(
                "C1", 'A1&amp;" "&amp;B1', "T1 Boat", filled=' t="shared" ref="C1:C2" si="0"'
            ),
        )
        + row(
            2,
            text_cell("A2", "T2"),
            text_cell("B2", "Oar"),
            '<c r="C2" t="str"><f t="shared" si="0"/><v>T2 Oar</v></c>',
        )
    )
    edits = [CellEdit("S", "B1", "Boat", 0, 4, "Ship"), CellEdit("S", "B2", "Oar", 0, 3, "Sail")]
    values = read_values(edit_cells(packed(made), edits).data)
    assert (values["C1"], values["C2"]) == ("T1 Ship", "T2 Sail")
    values = read_values(edit_cells(packed(made), edits[1:]).data)
    assert (values["C1"], values["C2"]) == ("T1 Boat", "T2 Sail")


def test_formulas_that_read_each_other_are_calculated_in_turn() -> None:
    cells = [
        formula_cell("C1", "D1&amp;B1", "&lt;Boat&gt;Boat"),
        formula_cell("D1", '"&lt;"&amp;B1&amp;"&gt;"', "&lt;Boat&gt;"),
        formula_cell("E1", "C1", "&lt;Boat&gt;Boat"),
    ]
    values = read_values(rename(book(*cells), "Ship").data)
    assert [values[ref] for ref in ("C1", "D1", "E1")] == ["<Ship>Ship", "<Ship>", "<Ship>Ship"]


def test_what_reads_a_value_that_is_behind_is_behind_as_well() -> None:
    """Half of it would be new, and half as it was."""
    cells = [
        formula_cell("C1", "UPPER(B1)", "BOAT"),
        formula_cell("D1", '"A "&amp;C1', "A BOAT"),
        formula_cell("E1", 'B1&amp;" "&amp;C1', "Boat BOAT"),
        formula_cell("F1", "LOWER(E1)", "boat boat"),
        formula_cell("G1", "B1", "Boat"),
    ]
    edited = rename(book(*cells), "Ship")
    values = read_values(edited.data)
    kept = {"C1": "BOAT", "D1": "A BOAT", "E1": "Boat BOAT", "F1": "boat boat"}
    assert {ref: values[ref] for ref in kept} == kept
    assert values["G1"] == "Ship"
    assert edited.behind == tuple(("S", ref) for ref in kept)


@pytest.mark.parametrize(
    "source",
    ["SUM(1)+" + "'" * 20_000, "a." * 16_000 + "a(1)"],
    ids=["quotation marks", "dots"],
)
def test_a_long_formula_is_searched_once(source: str) -> None:
    escaped = source.replace("&", "&amp;")
    edited = rename(book(formula_cell("C1", escaped, "1")), "Ship")
    assert read_values(edited.data)["B1"] == "Ship"


def test_a_long_chain_of_formulas_and_one_that_reads_itself_come_to_an_end() -> None:
    rows = "".join(row(n, formula_cell(f"B{n}", f"B{n - 1}", "Boat")) for n in range(2, 5_000))
    made = make_parts(
        row(1, text_cell("B1", "Boat"), formula_cell("C1", "B1&amp;C1", "Boat")) + rows
    )
    edited = rename(made, "Ship")
    assert read_values(edited.data)["B4999"] == "Ship"
    assert edited.behind == (("S", "C1"),)


@pytest.mark.parametrize(
    ("formula", "may_read"),
    [
        ("UPPER(B1)", True),
        ("VLOOKUP(A9,$A$1:$B$9,2,FALSE)", True),
        ("COUNTA(B:B)", True),
        ("LEN(names)", True),
        ('INDIRECT("B1")', True),
        ("UPPER(A1)", False),
        ('COUNTIF(A1:A9,"B1")', False),
        ("SUM(D:F)", False),
        ("LOG10(4)&amp;TRUE", False),
    ],
)
def test_other_formulas_that_may_read_an_edited_cell_are_told(formula: str, may_read: bool) -> None:
    made = book(formula_cell("C1", formula, "old"))
    edited = rename(made)
    assert edited.behind == ((("S", "C1"),) if may_read else ())
    assert read_values(edited.data)["C1"] == "old"
    with zipfile.ZipFile(io.BytesIO(edited.data)) as archive:
        asks = b'fullCalcOnLoad="1"' in archive.read(BOOK)
        changed = {n for n in archive.namelist() if archive.read(n) != _bytes(made[n])}
    assert asks is may_read
    assert changed == ({SHEET, BOOK} if may_read else {SHEET})


def _bytes(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part


@pytest.mark.parametrize(
    ("settings", "after"),
    [
        ("", '<calcPr fullCalcOnLoad="1"/>'),
        ('<calcPr calcId="191029"/>', '<calcPr calcId="191029" fullCalcOnLoad="1"/>'),
        (
            '<calcPr fullCalcOnLoad="0" calcId="1"></calcPr>',
            '<calcPr calcId="1" fullCalcOnLoad="1"></calcPr>',
        ),
    ],
)
def test_a_workbook_asks_to_be_calculated_once(settings: str, after: str) -> None:
    names = "<definedNames><definedName>x</definedName></definedNames>"
    whole = f'<workbook xmlns="{MAIN}"><sheets><sheet/></sheets>{names}{{}}<oleSize/></workbook>'
    assert ask_to_calculate(whole.format(settings).encode()) == whole.format(after).encode()
    assert ask_to_calculate(whole.format(after).encode()) == whole.format(after).encode()


def test_a_formula_that_shows_a_date_in_its_own_way_is_left_to_a_program() -> None:
    made = book('<c r="D1"><v>43000.5</v></c>', formula_cell("E1", "B1&amp;D1", "Boat43000.5"))
    edited = rename(made)
    assert edited.behind == (("S", "E1"),)
    assert read_values(edited.data)["E1"] == "Boat43000.5"
