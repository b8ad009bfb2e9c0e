"""Workbooks that are damaged, or made to do harm: one clear reason, and nothing else."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.parse import xlsx as read
from disarm_lint.parse import xlsx_limits as limits
from disarm_lint.parse.xlsx import BadWorkbookError, read_workbook
from support.workbook_files import CELLS, packed, parts, sheet_xml, texts_xml

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SMALL = packed(parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts_xml("text")))
STORED = packed(
    parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts_xml("text")), zipfile.ZIP_STORED
)


def refusal(data: bytes) -> str:
    with pytest.raises(BadWorkbookError) as caught:
        read_workbook("x.xlsx", data, ["S"])
    return caught.value.reason


def problem(rows: str, texts: str | None = None, whole: str | bytes | None = None) -> str:
    made = parts(rows, texts)
    if whole is not None:
        made["xl/worksheets/sheet1.xml"] = whole
    book = read_workbook("x.xlsx", packed(made), ["S"])
    ((sheet, reason),) = book.problems
    assert sheet == "S"
    assert book.sheets == {}
    return reason


def at(ref: str, inside: str, attributes: str = "") -> str:
    row = ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'{CELLS}<row r="{row}"><c r="{ref}"{attributes}>{inside}</c></row>'


# ---- files that are something else -----------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (OLE, "it is an old .xls file: save it as .xlsx"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "it is encrypted: remove its password",
        ),
        (b"name,id\nT0001,Alpha\n", "it is not an .xlsx file, whatever its name"),
        (b"\n<!DOCTYPE html><html>", "it is an HTML page, not an .xlsx file"),
        (packed({"notes.txt": "x"}), "it is a plain .zip archive, not an .xlsx file"),
        (packed({"content.xml": "<x/>"}), "it is an .ods file: save it as .xlsx"),
        (packed({"xl/workbook.bin": b"x"}), "it is an .xlsb file: save it as .xlsx"),
        (
            packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}),
            "it is not a workbook, or the part that lists its sheets is missing",
        ),
    ],
)
def test_another_kind_of_file(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_cut_off(share: float) -> None:
    assert refusal(SMALL[: int(len(SMALL) * share)]).startswith("it is cut off or damaged: ")


def test_a_missing_part() -> None:
    made = parts()
    del made["xl/worksheets/sheet1.xml"]
    book = read_workbook("x.xlsx", packed(made), ["S"])
    assert book.names == ("S",)
    reason = "it is cut off or damaged: the part with its cells is missing"
    assert book.problems == (("S", reason),)
    assert read_workbook("x.xlsx", packed(made), []).problems == ()
    del made["xl/_rels/workbook.xml.rels"]
    assert refusal(packed(made)) == (
        "it is cut off or damaged: its part 'xl/_rels/workbook.xml.rels' is missing"
    )


# ---- archives --------------------------------------------------------------------


def test_a_part_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_TEXTS", 100_000)
    assert refusal(packed(parts(CELLS, texts_xml("a" * 100_001)))) == "it unpacks to more than 0 MB"
    assert problem(CELLS + " " * 65_000_000) == "it unpacks to more than 64 MB"


def claiming(data: bytes, name: str, size: int) -> bytes:
    """Return an archive whose table of contents claims another unpacked size for a part."""
    entry = data.rindex(name.encode()) - 46
    return data[: entry + 24] + struct.pack("<I", size) + data[entry + 28 :]


def test_a_size_that_lies() -> None:
    name = "xl/sharedStrings.xml"
    data = packed(parts(CELLS, texts_xml("a" * 1_000_000)))
    reason = f"it is cut off or damaged: its part {name!r} cannot be unpacked"
    assert refusal(claiming(data, name, 10)) == reason
    assert read_workbook("x.xlsx", claiming(data, name, 2_000_000_000), ["S"]).problems == ()
    bomb = packed(parts(CELLS, texts_xml("a" * 9_000_000)))
    assert refusal(claiming(bomb, name, 2_000_000_000)) == "it unpacks to more than 8 MB"
    assert refusal(claiming(bomb, name, 10)) == reason


def test_names_that_lead_out_or_come_twice() -> None:
    out = {**parts(), "../../etc/passwd": "x"}
    assert refusal(packed(out)) == "one of its parts has a path that leads out of it"
    twice = {**parts(), "XL/Workbook.xml": "x"}
    assert refusal(packed(twice)) == "it holds a part of the same name twice"
    buffer = io.BytesIO(SMALL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("xl/workbook.xml", "x")
    assert refusal(buffer.getvalue()) == "it holds a part of the same name twice"


def test_an_archive_of_too_many_parts_or_of_another_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strange = packed(parts(), zipfile.ZIP_LZMA)
    assert refusal(strange) == "it is packed in a way that .xlsx files are not"
    monkeypatch.setattr(limits, "MOST_PARTS", 3)
    assert refusal(SMALL) == "it has more than 3 parts"
    monkeypatch.setattr(limits, "MOST_BYTES", 100)
    assert refusal(SMALL) == "it is larger than 0 MB"


# ---- XML -------------------------------------------------------------------------


def test_entities() -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    reason = "the sheet has a document type, which no workbook needs"
    assert problem("", whole=doctype + "<worksheet>&a;</worksheet>") == reason
    assert refusal(packed(parts(CELLS, doctype + "<sst/>"))).startswith("its list of texts has a")
    listed = {**parts(), "xl/workbook.xml": doctype + "<workbook/>"}
    assert refusal(packed(listed)).startswith("its list of sheets has a document type")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + sheet_xml(CELLS)
    reason = problem("", whole=text.encode(encoding))
    assert reason == "it is cut off or damaged: the sheet is not in UTF-8"


def test_elements_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ELEMENTS", 1000)
    reason = "the sheet holds more than 1,000 elements"
    assert problem("<row/>" * 1001) == reason
    assert problem("<a>" * 1001 + "</a>" * 1001) == reason
    many = " ".join(f'a{number}="1"' for number in range(101))
    assert problem(f"<row {many}/>") == "the sheet has an element with too many attributes"
    assert problem("<row>") == "it is cut off or damaged: the sheet is not well-formed"


# ---- sheets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [
        ("<v>1</v>", ""),
        ("<v></v>", ' t="str"'),
        ("<v></v>", ' t="s"'),
        ("<is><t></t></is>", ' t="inlineStr"'),
        ("<is><rPh><t>x</t></rPh></is>", ' t="inlineStr"'),
        ("<x><v>1</v></x>", ""),
    ],
)
def test_a_value_far_away(inside: str, attributes: str) -> None:
    assert problem(at("XFD1048576", inside, attributes)) == (
        "a value is far from the others, at XFD1048576: delete it or move it"
    )


@pytest.mark.parametrize("inside", ["", " ", "text", "<f>A1</f>", "<f/>", "<v/>"])
def test_no_value_far_away(inside: str) -> None:
    book = read_workbook("x.xlsx", packed(parts(at("XFD1048576", inside))), ["S"])
    assert [[cell.text for cell in row] for row in book.sheets["S"].rows] == [["1"]]


def test_a_size_that_is_only_claimed() -> None:
    whole = sheet_xml(CELLS).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    book = read_workbook("x.xlsx", packed({**parts(), "xl/worksheets/sheet1.xml": whole}), ["S"])
    assert len(book.sheets["S"].rows) == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('<row r="2"/><row r="1"/>', "the rows of the sheet are out of order"),
        ('<row r="1048577"/>', "the rows of the sheet are out of order"),
        ('<row r="x"/>', "a number in the sheet is not one"),
        ('<row r="1"><c r="A2"><v>1</v></c></row>', "a cell of the sheet has a wrong address"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "a cell of the sheet has a wrong address"),
        (
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
            "a cell of the sheet refers to a text that is not there",
        ),
    ],
)
def test_a_sheet_that_contradicts_itself(rows: str, reason: str) -> None:
    assert problem(rows) == f"it is cut off or damaged: {reason}"


def test_too_much_in_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 102))
    monkeypatch.setattr(read, "MOST_CHARACTERS", 100_000)
    assert refusal(packed(parts(many, texts_xml("a" * 1000)))) == (
        "its cells hold more than 100,000 characters"
    )
    with monkeypatch.context() as small:
        small.setattr(read, "MOST_TOGETHER", 1000)
        assert problem(many, texts_xml("a")) == "its sheets hold more than 0 MB"
    monkeypatch.setattr(limits, "MOST_CELLS", 100)
    assert problem(many, texts_xml("a")) == "the sheet holds more than 100 filled cells"
    monkeypatch.setattr(limits, "MOST_CONTENT", 1000)
    assert problem(many, texts_xml("a")).endswith(" MB: its last value is at A101")
    monkeypatch.setattr(limits, "MOST_STRINGS", 5)
    assert refusal(packed(parts(CELLS, texts_xml(*"abcdef")))) == "it holds more than 5 texts"


def test_a_panic_of_the_library_stays_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Panicking:
        @staticmethod
        def from_filelike(_: object) -> None:
            raise PanicException("index out of\nbounds")

    monkeypatch.setattr("python_calamine.CalamineWorkbook", Panicking)
    assert refusal(SMALL) == "it is cut off or damaged: index out of bounds"


# ---- any bytes -------------------------------------------------------------------


def survives(data: bytes) -> None:
    with suppress(BadWorkbookError):
        read_workbook("x.xlsx", data, ["S"])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", OLE]))
def test_any_bytes(data: bytes, head: bytes) -> None:
    survives(head + data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([SMALL, STORED]), st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte(data: bytes, where: int, flip: int) -> None:
    where %= len(data)
    survives(data[:where] + bytes([data[where] ^ flip]) + data[where + 1 :])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(parts("", texts_xml("a")))), st.integers(0, 10_000), st.characters())
def test_any_changed_character_of_a_part(name: str, where: int, char: str) -> None:
    made = parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts_xml("a"))
    part = str(made[name])
    where %= len(part)
    made[name] = (part[:where] + char + part[where + 1 :]).encode("utf-8", "surrogatepass")
    survives(packed(made))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>/\"= rcvistf&;#A1x0'!-?[]", max_size=60))
def test_any_rows(rows: str) -> None:
    survives(packed(parts(rows)))
