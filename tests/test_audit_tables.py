"""Findings and causes as tables: what stands in them, and that none of it can do harm."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from disarm_lint.audit.tables import CAUSE_COLUMNS, render_causes, report_workbook
from disarm_lint.audit.workbook import MOST_TEXT, escape_xml_text, put
from disarm_lint.cli.audit import run_audit
from disarm_lint.cli.streams import Failure
from disarm_lint.report.data import format_csv_field
from support.audit import HOSTILE, audit_of, hostile_corpus
from support.cli import lint, write_corpus

ATTACKS = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\n=1", "#N/A", "<script>", "a\0b")


@pytest.fixture(scope="module")
def hostile() -> Workbook:
    return load_workbook(io.BytesIO(report_workbook(audit_of(hostile_corpus(), title="=1+1"))))


@pytest.mark.parametrize("text", ATTACKS)
def test_a_text_stays_a_text_in_a_workbook(text: str) -> None:
    book = Workbook()
    put(book.worksheets[0]["A1"], text)
    buffer = io.BytesIO()
    book.save(buffer)
    cell = load_workbook(buffer).worksheets[0]["A1"]
    part = zipfile.ZipFile(buffer).read("xl/worksheets/sheet1.xml")
    assert b't="inlineStr"' in part
    assert b"<f>" not in part
    assert cell.value == text.replace("\0", "<U+0000>").replace("\t", " ")


@pytest.mark.parametrize("text", ATTACKS[:6])
def test_csv_holds_no_formula(text: str) -> None:
    assert str(format_csv_field(text)).startswith("'")


def test_controls_are_shown_by_number() -> None:
    assert escape_xml_text("a\x0b\u200b\ud800\uffff\r\nb") == "a<U+000B><U+200B><U+D800><U+FFFF>\nb"


def test_what_a_workbook_would_read_as_a_character_is_escaped() -> None:
    assert escape_xml_text("_x003D_1") == "_x005F_x003D_1"


@pytest.mark.parametrize("char", ["a", "\U0001f600"])
def test_long_texts_are_cut_with_a_note(char: str) -> None:
    text = escape_xml_text(char * 40_000)
    assert text.endswith(" … (cut)")
    assert MOST_TEXT - 2 <= len(text.encode("utf-16-le")) // 2 <= MOST_TEXT


def test_no_cell_of_a_report_is_a_formula_or_leads_out(hostile: Workbook) -> None:
    assert hostile.sheetnames == ["Summary", "Root causes", "Causes", "Findings"]
    texts = []
    for sheet in hostile.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), cell.coordinate
                assert cell.hyperlink is None
                texts.append(str(cell.value))
    assert "Audit of =1+1" in texts
    assert any(HOSTILE[0] in text for text in texts)


def test_tables_can_be_read_and_filtered(hostile: Workbook) -> None:
    for name in ("Root causes", "Causes", "Findings"):
        sheet = hostile[name]
        assert sheet.freeze_panes == "A2"
        assert str(sheet.auto_filter.ref).startswith("A1:")
        assert str(sheet.auto_filter.ref).endswith(str(sheet.max_row))
        titles = [cell.value for cell in sheet[1]]
        column = titles.index("Severity") + 1
        for row in range(2, sheet.max_row + 1):
            cell = sheet.cell(row, column)
            assert (cell.value, cell.fill.start_color.rgb) in {
                ("error", "00FFC7CE"),
                ("warning", "00FFEB9C"),
                ("info", "00DDEBF7"),
            }


def test_a_finding_has_its_place_and_its_cause() -> None:
    pages = {
        "generated_pages/techniques/T0001.md": "# Technique T0001: Real Name\n",
        "generated_pages/techniques/T0002.md": "# Technique T0002: B\n\nSee (T0001: Reel Name).\n",
    }
    audit = audit_of(pages)
    book = load_workbook(io.BytesIO(report_workbook(audit)))
    sheet = book["Findings"]
    rows = list(sheet.iter_rows(min_row=1, values_only=True))
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    (finding,) = (row for row in found if row["Rule"] == "N401")
    assert (finding["File"], finding["Place"]) == ("generated_pages/techniques/T0002.md", "3:13")
    assert finding["What to do"] == "write “Real Name”"
    assert finding["Text"] == "See (T0001: ⟦Reel Name⟧)."
    stream = io.StringIO()
    render_causes(audit.causes, stream)
    table = list(csv.DictReader(io.StringIO(stream.getvalue().removeprefix("\ufeff"))))
    (cause,) = (row for row in table if row["rule"] == "N401")
    assert int(cause["number"]) == finding["Cause"]
    assert (cause["wrong"], cause["suggestion"]) == ("Reel Name", "Real Name")
    assert cause["places"] == "generated_pages/techniques/T0002.md:3:13"


def test_equal_findings_give_equal_bytes() -> None:
    one, other = (report_workbook(audit_of(hostile_corpus())) for _ in range(2))
    assert one == other
    core = zipfile.ZipFile(io.BytesIO(one)).read("docProps/core.xml")
    assert core.count(b"1980-01-01T00:00:00Z") == 2


def test_the_causes_lie_beside_the_findings(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    done = lint("audit", "corpus", "--csv", "r.csv", "--xlsx", "r.xlsx", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("r.csv, r-causes.csv, r.xlsx: Found ")
    assert sorted(p.name for p in tmp_path.glob("r*")) == ["r-causes.csv", "r.csv", "r.xlsx"]
    text = (tmp_path / "r-causes.csv").read_text("utf-8-sig")
    assert text.splitlines()[0] == ",".join(CAUSE_COLUMNS)
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfrule,name,")


@pytest.mark.parametrize("option", ["--xlsx", "--annotate"])
def test_what_is_not_installed_is_named(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "disarm_lint.cli.audit.find_spec", lambda name: None if name == "openpyxl" else name
    )
    with pytest.raises(Failure) as caught:
        run_audit([option, "there"])
    assert str(caught.value) == (
        f"{option} needs openpyxl; install it with `pip install 'disarm-lint[audit]'`"
    )


def test_a_workbook_does_not_go_to_stdout(tmp_path: Path) -> None:
    done = lint("audit", "--xlsx", "-", cwd=tmp_path)
    message = "disarm-lint: --xlsx cannot go to stdout; name a place on disk\n"
    assert (done.status, done.err) == (2, message)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (("--html", "-", "--csv", "-"), "--html and --csv would both write to stdout; name a file"),
        (("--html", "a", "--xlsx", "a"), "--html and --xlsx would both write “a”; name two files"),
        (
            ("--csv", "a.csv", "--xlsx", "a-causes.csv"),
            "--csv and --xlsx would both write “a-causes.csv”; name two files",
        ),
    ],
)
def test_outputs_do_not_replace_each_other(
    tmp_path: Path, outputs: tuple[str, ...], said: str
) -> None:
    write_corpus(tmp_path / "corpus", hostile_corpus())
    done = lint("audit", "corpus", *outputs, cwd=tmp_path)
    assert (done.status, done.err) == (2, f"disarm-lint: {said}\n")
    assert not list(tmp_path.glob("a*"))


def test_a_root_cause_says_what_to_do_where_and_how() -> None:
    pages = {
        "generated_pages/techniques/T0001.md": "# Technique T0001: Real Name\n",
        "generated_pages/techniques/T0002.md": "# Technique T0002: B\n\nSee (T0001: Reel Name).\n",
    }
    audit = audit_of(pages)
    sheet = load_workbook(io.BytesIO(report_workbook(audit)))["Root causes"]
    titles, *rows = sheet.iter_rows(values_only=True)
    found = [dict(zip(titles, row, strict=True)) for row in rows]
    assert [row["Root cause"] for row in found] == list(range(1, len(audit.roots) + 1))
    (root,) = (row for row in found if row["Rules"] == "N401")
    assert root["What happened"] == "T0001 is called “Real Name”, not “Reel Name”"
    assert root["What to do"] == "write “Real Name”"
    key = next(item.key for item in audit.roots if item.rules == "N401")
    assert root["Fix"] == f"disarm-lint fix --root {key}"
