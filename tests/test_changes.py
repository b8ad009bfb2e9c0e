"""Change lists: what `fix --changes` writes, in three forms, and what `apply` makes of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from disarm_lint.audit.workbook import build_change_workbook
from disarm_lint.changes import (
    COLUMNS,
    BadChangeList,
    CellChange,
    decode_field,
    encode_field,
    format_csv,
    format_json,
    guard_field,
    parse_changes,
    unguard_field,
)
from disarm_lint.parse.cell_text import cut_edits
from disarm_schemas import validator
from support.cli import lint, write_files
from support.git import Repo
from support.mini_master import DATA, EVIDENCE, FRAMEWORK, data, files
from support.workbook_files import write_formula
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

# What a cell of a workbook may hold, and then anything.
CELL_TEXTS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("=+-@\t\r\n'\"\\;,_x0041 \u200b\xa0"))
)
ANY_TEXTS = st.one_of(CELL_TEXTS, st.text(), st.from_regex(r"\A(\\|')*[nrtxuU0-9]{0,9}\Z"))
NAMES = CELL_TEXTS.filter(lambda text: bool(text.strip()))
CHANGES = st.builds(
    CellChange,
    workbook=NAMES,
    sheet=NAMES,
    cell=st.from_regex(r"\A[A-Z]{1,3}[1-9][0-9]{0,5}\Z"),
    row=NAMES,
    old=CELL_TEXTS,
    new=CELL_TEXTS,
    column=CELL_TEXTS,
    rules=st.sampled_from([(), ("N401",), ("N401", "T503")]),
    reason=CELL_TEXTS,
)


@given(ANY_TEXTS)
@settings(deadline=None)
def test_a_field_gives_its_text_back(text: str) -> None:
    field = encode_field(text)
    assert decode_field(field) == text
    assert all(char.isprintable() or char == "\n" for char in field)
    guarded = guard_field(field)
    assert unguard_field(guarded) == field
    assert not guarded.startswith(tuple("=+-@\t\r\n＝＋－＠0123456789 "))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Post Content", "Post Content"),
        ("Post Content ", r"Post Content\x20"),
        ("a\u200bb\xa0c\td\\e", r"a\u200bb\xa0c\td\\e"),
        ("one\ntwo\n", "one\ntwo\\n"),
        ("one\r\ntwo", "one\\r\ntwo"),
        ("_x0041_", r"'\x5fx0041_"),
        ("=1+1", "'=1+1"),
        ("'tis", "''tis"),
        ("2016", "'2016"),
        ("1.50", "'1.50"),
        ("Mar 5", "'Mar 5"),
        ("TRUE", "'TRUE"),
        ("T0146, T0147", "T0146, T0147"),
        ("\U000e0041", r"'\U000e0041"),
        ("", ""),
    ],
)
def test_what_a_field_shows(text: str, field: str) -> None:
    assert guard_field(encode_field(text)) == field


@given(st.lists(CHANGES, max_size=4))
@settings(deadline=None)
def test_a_list_gives_its_changes_back(changes: list[CellChange]) -> None:
    expected = tuple(changes)
    assert parse_changes("a.JSON", format_json(changes, "1")) == expected
    assert parse_changes("a.csv", format_csv(changes)) == expected


@given(st.lists(CHANGES, max_size=3))
@settings(max_examples=25, deadline=None)
def test_a_sheet_of_cells_gives_its_changes_back(changes: list[CellChange]) -> None:
    book = build_change_workbook(changes)
    assert parse_changes("a.xlsx", book) == tuple(changes)
    # No text is a formula, there or in CSV that somebody makes of it.
    for row in load_workbook(io.BytesIO(book))["changes"].iter_rows():
        assert all(cell.data_type != "f" for cell in row)
        assert not any(str(cell.value or "").startswith(tuple("=+-@")) for cell in row)


@given(st.lists(CHANGES, max_size=3), st.sampled_from(";\t"))
@settings(deadline=None)
def test_a_list_that_a_spreadsheet_saved_is_read(changes: list[CellChange], sign: str) -> None:
    """Another separator, line ends of Windows inside fields too, columns and rows added."""
    rows = list(csv.reader(io.StringIO(format_csv(changes).decode("utf-8-sig"), newline="")))
    rows[0].append("my notes")
    rows += [[""] * len(rows[0])]
    stream = io.StringIO(newline="")
    for row in rows:
        csv.writer(stream, delimiter=sign, quoting=csv.QUOTE_ALL).writerow(
            field.replace("\n", "\r\n") for field in row
        )
    assert parse_changes("a.csv", stream.getvalue().encode()) == tuple(changes)


@given(CELL_TEXTS, CELL_TEXTS)
@settings(deadline=None)
def test_the_parts_that_change_make_the_new_text(old: str, new: str) -> None:
    edits = list(cut_edits(old, new))
    text = old
    for start, end, words in reversed(edits):
        text = text[:start] + words + text[end:]
    assert text == new
    # No two touch, so that their order does not matter.
    assert all(one[1] < other[0] for one, other in pairwise(edits))


def test_the_json_follows_its_schema() -> None:
    change = CellChange("m.xlsx", "s", "B2", "T0001", "old", "new", "name", ("N401",), "why")
    listed = json.loads(format_json([change], "1"))
    validator("changes").validate(listed)
    assert list(listed["changes"][0]) == list(COLUMNS)
    schema: Any = validator("changes").schema
    assert set(schema["$defs"]["change"]["required"]) == set(COLUMNS)
    assert not validator("changes").is_valid({**listed, "changes": [{"old": "a"}]})


WRONG = EVIDENCE.replace("Asset", "Aset")


def broken(root: Path, *rows: tuple[object, ...]) -> Path:
    """Write a corpus of which a cell, and the pages that show it, have wrong names."""
    masters = data()
    masters["incidenttechniques"][1][1] = WRONG
    masters["incidenttechniques"][1:1] = [list(row) for row in rows]
    write_files(root, files(masters=masters))
    for page in root.rglob("*.md"):
        page.write_text(page.read_text("utf-8").replace(EVIDENCE, WRONG), "utf-8")
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def listed(root: Path, form: str) -> Path:
    """Write the list of a broken corpus."""
    file = root.parent / f"list.{form}"
    done = lint("fix", "--select", "N401", "--changes", str(file), cwd=root)
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"{file}: changes of 1 cell of 1 workbook. `disarm-lint apply {file}` makes them.\n"
    )
    return file


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
def test_a_list_changes_nothing_and_is_applied_where_rows_have_moved(
    tmp_path: Path, form: str
) -> None:
    root = broken(tmp_path / "corpus")
    before = snapshot(root)
    file = listed(root, form)
    assert snapshot(root) == before
    (change,) = parse_changes(file.name, file.read_bytes())
    assert replace(change, reason="") == CellChange(
        DATA, "incidenttechniques", "B2", "IT00000001", WRONG, EVIDENCE, "name", ("N401",)
    )
    assert "Account Asset" in change.reason
    moved = broken(tmp_path / "moved", ("IT00000009", "Another.", "I00001", "T0115"), (None,))
    pages = {path: text for path, text in snapshot(moved).items() if path.endswith(".md")}
    shown = lint("apply", str(file), "--diff", cwd=moved)
    assert (shown.status, shown.out) == (
        1,
        f"--- {DATA}!incidenttechniques!B4\n+++ {DATA}!incidenttechniques!B4\n"
        f"-{WRONG}\n+{EVIDENCE}\nWould change 1 cell of 1 workbook.\n",
    )
    done = lint("apply", str(file), cwd=moved)
    assert (done.status, done.out) == (0, "Changed 1 cell of 1 workbook.\n")
    cells = load_workbook(moved / DATA)["incidenttechniques"]
    assert [row[1].value for row in cells.iter_rows()] == ["name", "Another.", None, EVIDENCE]
    assert {path: text for path, text in snapshot(moved).items() if path in pages} == pages
    again = lint("apply", str(file), cwd=moved)
    assert (again.status, again.out) == (0, "Nothing to change. 1 cell is so already.\n")


def test_a_workbook_outside_of_the_corpus_is_named(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    file = listed(root, "csv")
    elsewhere = tmp_path / "from Numbers"
    elsewhere.mkdir()
    shutil.copy(root / DATA, elsewhere / "my copy.xlsx")
    done = lint("apply", str(file), "my copy.xlsx", cwd=elsewhere)
    assert (done.status, done.out) == (0, "Changed 1 cell of 1 workbook.\n")
    assert load_workbook(elsewhere / "my copy.xlsx")["incidenttechniques"]["B2"].value == EVIDENCE
    shutil.copy(root / FRAMEWORK, elsewhere / "other.xlsx")
    done = lint("apply", str(file), "other.xlsx", cwd=elsewhere)
    assert done.status == 1
    assert done.lines[0].endswith(
        "not changed: no sheet “incidenttechniques” is read in “other.xlsx”"
    )


def test_a_download_with_another_name_is_known_by_its_sheets(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    about = CellChange(FRAMEWORK, "techniques", "B3", "T0146", "Account Asset", "Account", "name")
    other = CellChange(DATA, "incidenttechniques", "B2", "IT00000001", WRONG, EVIDENCE, "name")
    (tmp_path / "list.json").write_bytes(format_json([about, other], "1"))
    shutil.copy(root / DATA, tmp_path / "DATA_MASTER (1).xlsx")
    done = lint("apply", "list.json", "DATA_MASTER (1).xlsx", cwd=tmp_path)
    assert (done.status, done.lines) == (
        0,
        [
            "Changed 1 cell of 1 workbook.",
            f"1 change is about another workbook, and not made: {FRAMEWORK}.",
        ],
    )
    sheet = load_workbook(tmp_path / "DATA_MASTER (1).xlsx")["incidenttechniques"]
    assert sheet["B2"].value == EVIDENCE


def test_what_is_invisible_in_a_cell_shows_in_a_difference(tmp_path: Path) -> None:
    masters = data()
    masters["incidenttechniques"][1][1] = "A\u00a0place. " + EVIDENCE
    write_files(tmp_path / "corpus", files(masters=masters))
    done = lint("fix", "--diff", "--no-pages", cwd=tmp_path / "corpus")
    shown = f"place. {EVIDENCE}"
    assert done.lines[2:4] == [f"-A<U+00A0>{shown}", f"+A {shown}"]
    assert "Here, <U+00A0> is a no-break space." in done.lines
    assert done.lines[-1].startswith("Would fix 1 finding, in 1 cell of 1 workbook.")


def write_list(root: Path, *changes: CellChange) -> str:
    (root.parent / "list.json").write_bytes(format_json(changes, "1"))
    return str(root.parent / "list.json")


GOOD = CellChange(DATA, "incidenttechniques", "B2", "IT00000001", WRONG, EVIDENCE, "name")
UNFIT = [
    (replace(GOOD, row="IT7"), "there is no row “IT7”"),
    (replace(GOOD, row="IT7\x1b[2J"), "there is no row “IT7\x1b[2J”"),
    (replace(GOOD, sheet="other"), f"no sheet “other” is read in “{DATA}”"),
    (replace(GOOD, column="", cell="ZZ2"), "its row has no column “ZZ2”"),
    (replace(GOOD, old="What was."), f"the cell holds “{WRONG[:59]}…”, not “What was.”"),
    (replace(GOOD, new="a\x00b"), "the new text holds a character that no cell can hold"),
    (replace(GOOD, new="a\ud800b"), "the new text holds a character that no cell can hold"),
    (replace(GOOD, new="_x0041_"), "the new text holds a character that no cell can hold"),
    (replace(GOOD, new="a" * 32_768), "the new text is longer than 32,767 characters"),
    (
        replace(GOOD, workbook="../other.xlsx"),
        "no sheet “incidenttechniques” is read in “../other.xlsx”",
    ),
    (
        CellChange(DATA, "incidents", "F2", "I00001", "2016", "last year", "year_started"),
        "it holds no text but a number, a date or an error",
    ),
]


@pytest.mark.parametrize(("change", "reason"), UNFIT)
def test_what_does_not_fit_is_listed_and_nothing_is_written(
    tmp_path: Path, change: CellChange, reason: str
) -> None:
    root = broken(tmp_path / "corpus")
    good = CellChange(DATA, "incidents", "D2", "I00001", "What happened.", "What went on.")
    file = write_list(root, good, change)
    before = snapshot(root)
    done = lint("apply", file, cwd=root)
    assert (done.status, done.err) == (1, "")
    assert done.lines == [
        f"{change.place} ({change.row}): not changed: {reason}".replace("\x1b", "<U+001B>"),
        "Nothing was changed. 1 change does not fit; --skip-unmatched makes the 1 other one.",
    ]
    assert snapshot(root) == before
    done = lint("apply", file, "--skip-unmatched", cwd=root)
    assert done.status == 1
    assert done.lines[1] == "Changed 1 cell of 1 workbook. 1 change does not fit."
    book = load_workbook(root / DATA)
    assert book["incidents"]["D2"].value == "What went on."
    assert book["incidenttechniques"]["B2"].value == WRONG


def test_rows_of_one_name_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus", ("IT00000001", "Another.", "I00001", "T0115"))
    file = write_list(root, replace(GOOD, cell="B9"))
    assert lint("apply", file, cwd=root).out == "Changed 1 cell of 1 workbook.\n"
    cells = load_workbook(root / DATA)["incidenttechniques"]
    assert [row[1].value for row in cells.iter_rows()] == ["name", "Another.", EVIDENCE]
    twin = broken(tmp_path / "twin", ("IT00000001", WRONG, "I00001", "T0146"))
    file = write_list(twin, replace(GOOD, cell="B9"))
    done = lint("apply", file, cwd=twin)
    assert done.lines[0].endswith("not changed: 2 rows “IT00000001” hold the old text")
    file = write_list(twin, replace(GOOD, cell="B3"))
    assert lint("apply", file, cwd=twin).status == 0
    cells = load_workbook(twin / DATA)["incidenttechniques"]
    assert [row[1].value for row in cells.iter_rows()] == ["name", WRONG, EVIDENCE]


def test_a_row_that_goes_by_the_text_that_changes_is_found_again(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus", (None, "  Wrong  words.", "I00001", "T0146"))
    change = replace(GOOD, row="Wrong words.", old="  Wrong  words.", new="Right words. ")
    file = write_list(root, change)
    assert lint("apply", file, cwd=root).out == "Changed 1 cell of 1 workbook.\n"
    again = lint("apply", file, cwd=root)
    assert (again.status, again.out) == (0, "Nothing to change. 1 cell is so already.\n")


def test_a_formula_says_what_the_changed_cell_says(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    book = root / FRAMEWORK
    formula = 'A2&amp;" - "&amp;B2'
    book.write_bytes(write_formula(book.read_bytes(), "E2", formula, "T0115 - Post Content"))
    change = CellChange(FRAMEWORK, "techniques", "B2", "T0115", "Post Content", "Post It", "name")
    assert lint("apply", write_list(root, change), cwd=root).lines == [
        "Changed 1 cell of 1 workbook."
    ]
    sheet = load_workbook(book, data_only=True)["techniques"]
    assert (sheet["B2"].value, sheet["E2"].value) == ("Post It", "T0115 - Post It")


def test_two_changes_of_one_cell_do_not_fit(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    file = write_list(root, GOOD, replace(GOOD, new="Other."), replace(GOOD, reason="The same."))
    done = lint("apply", file, cwd=root)
    assert done.lines[0].endswith("not changed: another change of the list is about the same cell")
    assert len(done.lines) == 2


def test_a_text_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    file = write_list(root, replace(GOOD, new="=1+1\n'<&>"))
    assert lint("apply", file, cwd=root).status == 0
    cell = load_workbook(root / DATA)["incidenttechniques"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1\n'<&>", "s")


def test_uncommitted_changes_and_open_workbooks_are_refused(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    file = write_list(root, GOOD)
    lock = (root / DATA).with_name("~$DISARM_DATA_MASTER.xlsx")
    lock.write_bytes(b"")
    before = snapshot(root)
    done = lint("apply", file, cwd=root)
    assert (done.status, done.err) == (
        2,
        f"disarm-lint: “{DATA}” is open in a spreadsheet program; close it there, and run this "
        "again\n",
    )
    assert snapshot(root) == before
    lock.unlink()
    repo = Repo.create(root)
    repo.commit()
    masters = data()
    masters["incidenttechniques"][1][1] = WRONG
    masters["incidents"][1][3] = "Edited."
    (root / DATA).write_bytes(workbook(masters))
    done = repo.lint("apply", file)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"disarm-lint: “{DATA}” has uncommitted changes; ")
    assert repo.lint("apply", file, "--allow-dirty").status == 0


HEAD = "workbook,sheet,cell,row,old,new\n"
BAD_LISTS: list[tuple[str, Any, str]] = [
    ("l.txt", "", ""),
    ("l.json", "[", "it is not JSON"),
    ("l.json", "[" * 100_000, "it is not JSON"),
    ("l.json", "{}", "it is not a change list: it has no array “changes”"),
    ("l.json", '{"changes": []}', "its schema_version is not 1"),
    ("l.json", '{"schema_version": 1, "changes": [1]}', "change 1 is not an object"),
    ("l.json", '{"schema_version": 1, "changes": [{"old": 1}]}', "“old” of change 1 is not a text"),
    ("l.json", '{"schema_version": 1, "changes": [{}]}', "change 1 has no “workbook”"),
    (
        "l.json",
        '{"schema_version": 1, "changes": [{"rules": 1}]}',
        "“rules” of change 1 is not an array",
    ),
    (
        "l.json",
        '{"schema_version": 1, "changes": [{"rules": [1]}]}',
        "“rules” of change 1 is not a text",
    ),
    ("l.csv", "", "it has no column “workbook”, or more than one"),
    ("l.csv", "workbook,sheet,cell,row,old\n", "it has no column “new”, or more than one"),
    ("l.csv", HEAD.encode("utf-16"), "it is in UTF-16: save it as CSV in UTF-8"),
    ("l.csv", f"{HEAD}ä".encode("latin-1"), "it is not in UTF-8: save it as CSV in UTF-8"),
    (
        "l.csv",
        HEAD + "m,s,B2,r,a\\q,b\n",
        "in line 2 the backslash in “\\q” means nothing; write two for one",
    ),
    ("l.csv", f"{HEAD}m,s,B2,,a,b\n", "line 2 has no “row”"),
    ("l.xlsx", b"PK", "it is empty or cut short"),
    (
        "l.xlsx",
        workbook({"changes": [["old", "new"]]}),
        "it has no sheet with the columns workbook, sheet, cell, row, old, new",
    ),
    (
        "l.xlsx",
        workbook({"x": [["Table 1"], HEAD.strip().split(","), ["m", "s", "", "r", "a", "b"]]}),
        "row 3 of the sheet “x” has no “cell”",
    ),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD_LISTS)
def test_a_list_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: Any, reason: str
) -> None:
    write_files(tmp_path, {name: content})
    if name == "l.txt":
        done = lint("apply", name, cwd=tmp_path)
        assert (done.status, done.err) == (
            2,
            "disarm-lint: a change list is a file .xlsx, .csv, .json, not “l.txt”\n",
        )
        return
    with pytest.raises(BadChangeList) as told:
        parse_changes(name, (tmp_path / name).read_bytes())
    if name != "l.xlsx" or reason != "it is empty or cut short":
        assert str(told.value) == reason


def test_options_that_do_not_go_together_are_one_line(tmp_path: Path) -> None:
    root = broken(tmp_path / "corpus")
    before = snapshot(root)
    for arguments, message in (
        (("fix", "--changes", "l.txt"), "a change list is a file .xlsx, .csv, .json, not “l.txt”"),
        (
            ("fix", "--changes", "l.csv", "--diff"),
            "--changes lists changes of cells; it cannot be combined with --diff",
        ),
        (
            ("fix", "--changes", DATA),
            f"“{DATA}” is a workbook of the corpus; give the list another name",
        ),
        (("apply", "l.csv"), "there is no change list “l.csv”"),
    ):
        done = lint(*arguments, cwd=root)
        assert (done.status, done.out, done.err) == (2, "", f"disarm-lint: {message}\n")
    assert snapshot(root) == before
