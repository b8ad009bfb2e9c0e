"""Editing cells: only their XML differs, whatever the workbook is."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from disarm_lint.model.text import Regions
from disarm_lint.parse.archive_edit import replace_parts
from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.xlsx_edit import edit_cells
from disarm_lint.sources.decoding import splice
from support.workbooks import workbook

TEXT = "They (T0001: Paint Boat) rang <b>bells</b> & “horns”."


def book(text: str = TEXT) -> bytes:
    return workbook({"one": [["id", "name"], ["A1", text], [1, "=x"]], "two": [["id"], [text]]})


def edit(
    text: str, start: int, end: int, new: str, ref: str = "B2", sheet: str = "one"
) -> CellEdit:
    return CellEdit(sheet, ref, text, start, end, new)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_only_the_sheet_of_the_cell_differs() -> None:
    data = book()
    at = TEXT.index("Paint Boat") + len("Paint Boat")
    edited = edit_cells(data, [edit(TEXT, at, at, "s")])
    assert edited.refused == {}
    before, after = parts(data), parts(edited.data)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
    found = load_workbook(io.BytesIO(edited.data))
    assert found["one"]["B2"].value == TEXT.replace("Paint Boat", "Paint Boats")
    assert found["two"]["A2"].value == TEXT
    assert found["one"]["A3"].value == 1


def test_parts_that_stay_are_the_same_bytes_of_the_archive() -> None:
    data = book()
    edited = edit_cells(data, [edit(TEXT, 0, 4, "We")]).data
    with zipfile.ZipFile(io.BytesIO(data)) as one, zipfile.ZipFile(io.BytesIO(edited)) as other:
        for old in one.infolist():
            new = other.getinfo(old.filename)
            if old.filename != "xl/worksheets/sheet1.xml":
                assert (old.CRC, old.compress_size, old.date_time, old.flag_bits) == (
                    new.CRC,
                    new.compress_size,
                    new.date_time,
                    new.flag_bits,
                )


def test_styles_comments_and_runs_stay() -> None:
    source = load_workbook(io.BytesIO(book()))
    cell = source["one"]["B2"]
    cell.font, cell.comment = Font(bold=True), Comment("why", "me")
    rich = CellRichText("plain ", TextBlock(InlineFont(i=True), "slanted"), " end")
    source["one"]["B3"].value = rich
    buffer = io.BytesIO()
    source.save(buffer)
    edits = [edit(TEXT, 0, 4, "We"), edit("plain slanted end", 6, 13, "leaning", "B3")]
    edited = edit_cells(buffer.getvalue(), edits)
    assert edited.refused == {}
    found = load_workbook(io.BytesIO(edited.data), rich_text=True)["one"]
    assert found["B2"].font.bold
    assert found["B2"].comment.text == "why"
    assert str(found["B3"].value) == "plain leaning end"
    assert found["B3"].value[1].font.i


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (edit("1", 0, 1, "two", "A3"), "it holds no text but a number, a date or an error"),
        (edit("other", 0, 1, "x"), "its text is not stored as it is read"),
        (edit(TEXT, 0, 1, "x", "Z9"), "the file has no such cell"),
        (edit(TEXT, 0, 1, "x", sheet="none"), "there is no such sheet"),
    ],
)
def test_what_cannot_be_edited_is_left_and_told(change: CellEdit, reason: str) -> None:
    data = book()
    edited = edit_cells(data, [change])
    assert list(edited.refused.values()) == [reason]
    assert parts(edited.data) == parts(data)


def test_formulas_and_edits_over_runs_are_refused() -> None:
    source = load_workbook(io.BytesIO(book()))
    source["one"]["B2"].value = '="a"&"b"'
    source["one"]["B3"].value = CellRichText("ab", TextBlock(InlineFont(b=True), "cd"))
    buffer = io.BytesIO()
    source.save(buffer)
    edits = [edit("ab", 0, 1, "x"), edit("abcd", 1, 3, "x", "B3")]
    assert edit_cells(buffer.getvalue(), edits).refused == {
        ("one", "B2"): "it holds a formula",
        ("one", "B3"): "parts of its text are formatted, and an edit would lose that",
    }


SHEET = "xl/worksheets/sheet1.xml"
FORMULA = b'<c r="D2" t="str"><f>A2&amp;" - "&amp;B2</f><v>A1 - Paint &amp; Boat</v></c></row>'


def test_the_value_of_a_formula_follows_the_cells_that_it_is_made_of() -> None:
    data = book()
    sheet = parts(data)[SHEET]
    at = sheet.index(b"</row>", sheet.index(b'r="2"'))
    sheet = sheet[:at] + FORMULA + sheet[at + len(b"</row>") :]
    data = replace_parts(data, {SHEET: sheet})
    plain = edit("A1 - Paint & Boat", 5, 17, "Burn <Boat>", "D2")
    assert edit_cells(data, [plain]).refused == {("one", "D2"): "it holds a formula"}
    edited = edit_cells(data, [replace(plain, derived=True)])
    assert edited.refused == {}
    value = b"<v>A1 - Burn &lt;Boat&gt;</v>"
    assert parts(edited.data)[SHEET] == sheet.replace(b"<v>A1 - Paint &amp; Boat</v>", value)
    literal = replace(edit("A1 - Paint & Boat", 2, 5, " = ", "D2"), derived=True)
    assert edit_cells(data, [literal]).refused == {("one", "D2"): "its formula holds these words"}


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff_"), min_size=1
)


@settings(deadline=None)
@given(texts, st.text(st.sampled_from("ab <>&\"'é\n😀"), max_size=9), st.data())
def test_an_edit_does_what_it_says(text: str, new: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    edited = edit_cells(book(text), [edit(text, start, end, new)])
    expected = text[:start] + new + text[end:]
    assert edited.refused == {}
    assert (load_workbook(io.BytesIO(edited.data))["one"]["B2"].value or "") == expected


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.text("xy", max_size=2))),
)
def test_edits_that_touch_are_made_as_in_a_plain_text(
    runs: list[str], drawn: list[tuple[int, int, str]]
) -> None:
    """An insertion where a replacement begins stands before it, in a cell of several runs too."""
    text = "".join(runs)
    regions: list[tuple[int, int]] = []
    wanted: list[tuple[int, int, str]] = []
    taken = Regions(regions)
    for start, length, new in drawn:
        place = (start, start + length)
        inserts = [other for other in regions if other == place and not length]
        if start + length <= len(text) and not taken.overlap(place) and not inserts:
            wanted.append((*place, new))
            regions.append(place)
            taken = Regions(regions)
    source = load_workbook(io.BytesIO(book()))
    source["one"]["B2"].value = CellRichText(
        *(TextBlock(InlineFont(i=bool(number % 2)), run) for number, run in enumerate(runs))
    )
    stream = io.BytesIO()
    source.save(stream)
    edited = edit_cells(stream.getvalue(), [edit(text, *one) for one in wanted])
    found = load_workbook(io.BytesIO(edited.data))["one"]["B2"].value
    if edited.refused:
        assert str(found) == text
    else:
        assert (str(found) if found is not None else "") == splice(text, wanted)


def test_an_insertion_stands_before_a_replacement_at_its_offset() -> None:
    edited = edit_cells(book("abc"), [edit("abc", 1, 2, "X"), edit("abc", 1, 1, "-")])
    assert load_workbook(io.BytesIO(edited.data))["one"]["B2"].value == "a-Xc"
