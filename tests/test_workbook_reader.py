"""Reading workbooks: each cell at its address, with the text that a person sees."""

from __future__ import annotations

import io
import warnings
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from disarm_lint.parse.xlsx import read_workbook
from disarm_lint.parse.xlsx_limits import (
    EMPTY,
    CellValue,
    SheetData,
    format_cell_ref,
    format_cell_value,
)
from support.published import CORPORA
from support.workbook_files import packed, parts, sheet_xml, texts_xml

openpyxl: Any = pytest.importorskip("openpyxl", reason="openpyxl writes the workbooks")

MASTERS = [
    f"{corpus}/DISARM_MASTER_DATA/{name}"
    for corpus in ("disarm-1.6", "disarm-2.0-assessments")
    for name in ("DISARM_DATA_MASTER.xlsx", "DISARM_FRAMEWORKS_MASTER.xlsx")
]


def saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def filled(sheet: SheetData) -> dict[str, str]:
    return {
        format_cell_ref(row, column): cell.text
        for row, cells in enumerate(sheet.rows)
        for column, cell in enumerate(cells)
        if cell is not EMPTY
    }


def read_by_hand(rows: str, texts: str | None = None) -> SheetData:
    book = read_workbook("x.xlsx", packed(parts(rows, texts)), ["S"])
    assert book.problems == ()
    return book.sheets["S"]


@pytest.mark.parametrize(
    ("row", "column", "ref"),
    [(0, 0, "A1"), (36, 1, "B37"), (0, 25, "Z1"), (9, 26, "AA10"), (1048575, 16383, "XFD1048576")],
)
def test_addresses(row: int, column: int, ref: str) -> None:
    assert format_cell_ref(row, column) == ref


def test_cells_as_a_person_sees_them() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "incidents"
    values: dict[str, Any] = {
        "C3": " text\n\twith spaces ",
        "D3": 2016,
        "E3": 1.5,
        "C4": True,
        "D4": datetime(2019, 2, 24),
        "E4": datetime(2019, 2, 24, 10),
        "C6": time(10, 5),
        "D6": timedelta(hours=30),
        "E6": 0,
        "C7": False,
        "D7": "#REF!",
        "E7": "=A1",
    }
    for ref, value in values.items():
        sheet[ref] = value
    data = read_workbook("x.xlsx", saved(book), ["incidents"]).sheets["incidents"]
    assert filled(data) == {
        "C3": " text\n\twith spaces ",
        "D3": "2016",
        "E3": "1.5",
        "C4": "TRUE",
        "D4": "2019-02-24",
        "E4": "2019-02-24 10:00:00",
        "C6": "10:05:00",
        "D6": "30:00:00",
        "E6": "0",
        "C7": "FALSE",
        "D7": "#REF!",
    }
    assert data.rows[0] == data.rows[1] == data.rows[4] == ()
    assert [len(row) for row in data.rows] == [0, 0, 5, 5, 0, 5, 5]
    assert data.cell(3, 3).value == date(2019, 2, 24)
    assert data.cell(6, 4) is EMPTY  # a formula that nothing has computed
    assert data.cell(4, 0) is data.cell(99, 99) is EMPTY


def test_a_formula_gives_its_cached_value() -> None:
    sheet = read_by_hand(
        '<row r="2"><c r="B2" t="str"><f>X!A1</f><v>a &amp; b</v></c>'
        '<c r="C2" t="e"><f>X!A2</f><v>#N/A</v></c><c r="D2"><f>A1</f></c></row>'
    )
    assert filled(sheet) == {"B2": "a & b", "C2": "#N/A"}


def test_errors_keep_their_text() -> None:
    texts = ("#REF!", "#SPILL!", "#ERROR!", "#CALC!")
    rows = (
        f'<row r="{n}"><c r="B{n}" s="0" t="e"><v>{text}</v></c></row>'
        for n, text in enumerate(texts, 2)
    )
    assert filled(read_by_hand("".join(rows))) == {f"B{n}": t for n, t in enumerate(texts, 2)}


def test_texts_in_runs_shared_and_inline() -> None:
    runs = "<r><t xml:space='preserve'>one </t></r><r><t>two</t></r>"
    sheet = read_by_hand(
        '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c>'
        f'<c r="C1" t="inlineStr"><is>{runs}</is></c></row>',
        texts_xml("zero", "ONE").replace("<t>ONE</t>", runs),
    )
    assert filled(sheet) == {"A1": "one two", "B1": "zero", "C1": "one two"}


def test_cells_without_addresses_follow_one_another() -> None:
    sheet = read_by_hand(
        '<row><c><v>1</v></c><c r="D1"/><c><v>2</v></c></row>'
        '<row r="4"><c t="e"><v>#REF!</v></c></row>'
    )
    assert filled(sheet) == {"A1": "1", "E1": "2", "A4": "#REF!"}


def test_merged_cells_and_styled_blanks() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B2"] = "wide"
    sheet.merge_cells("B2:D3")
    sheet["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    data = read_workbook("x.xlsx", saved(book), [sheet.title]).sheets[sheet.title]
    assert data.merged == ("B2:D3",)
    assert filled(data) == {"B2": "wide"}
    assert len(data.rows) == 2


def test_a_million_styled_rows_behind_the_data() -> None:
    blank = "".join(f'<row r="{row}"><c r="A{row}" s="0"/></row>' for row in range(2, 400_000))
    assert filled(read_by_hand('<row r="1"><c r="A1"><v>1</v></c></row>' + blank)) == {"A1": "1"}


def test_formulas_behind_the_cells_do_not_count_as_values() -> None:
    made = parts()
    made["xl/worksheets/sheet1.xml"] = sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="A9"/></row>',
        "<conditionalFormatting><cfRule><formula>A1</formula></cfRule></conditionalFormatting>",
    )
    sheet = read_workbook("x.xlsx", packed(made), ["S"]).sheets["S"]
    assert len(sheet.rows) == 1


def test_which_sheets_are_wanted() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Tactics "
    for title in ("urls", "URLs2", "examples"):
        book.create_sheet(title)["A1"] = title
    data = read_workbook("x.xlsx", saved(book), ["tactics", "URLS2", "nowhere", "urls"])
    assert data.path == "x.xlsx"
    assert data.names == ("Tactics ", "urls", "URLs2", "examples")
    assert list(data.sheets) == ["Tactics ", "urls", "URLs2"]
    assert data.sheets["Tactics "].rows == ()
    assert data.problems == ()


def test_the_calendar_that_begins_in_1904() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["A1"] = datetime(2019, 2, 24)
    data = read_workbook("x.xlsx", saved(book), [book.active.title])
    assert data.sheets[book.active.title].cell(0, 0) == CellValue("2019-02-24", date(2019, 2, 24))


@pytest.mark.corpus
@pytest.mark.parametrize("master", MASTERS)
def test_published_workbooks_agree_with_another_reader(master: str) -> None:
    data = (CORPORA / master).read_bytes()
    book = read_workbook(master, data, read_workbook(master, data, []).names)
    assert book.problems == ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        assert tuple(other.sheetnames) == book.names
        for name in book.names:
            sheet = book.sheets[name]
            last = len(sheet.rows) + 50
            theirs = {
                format_cell_ref(row, column): format_cell_value(value)
                for row, values in enumerate(other[name].iter_rows(max_row=last, values_only=True))
                for column, value in enumerate(values)
                if value not in (None, "")
            }
            assert filled(sheet) == theirs, name
        other.close()
