"""Whatever is edited without harm, no other finding changes its fingerprint and becomes new."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.parse.xlsx import read_workbook
from support import mini, mini_master
from support.workbooks import workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1] / "examples" / "master-data"
MORE = " Another plain sentence ends this text."
Files = dict[str, bytes]
Sheets = dict[str, list[list[object]]]


@lru_cache(maxsize=1)
def read_files() -> Mapping[str, bytes]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in ROOT.rglob("*")
        if path.suffix in (".md", ".xlsx") and path.name != "README.md"
    }


def read_sheets(data: bytes) -> Sheets:
    book = read_workbook("book.xlsx", data, None)
    return {
        name: [[cell.value for cell in row] for row in sheet.rows]
        for name, sheet in book.sheets.items()
    }


def fingerprints(files: Files) -> set[str]:
    """Return the fingerprints; the places of one cause, such as a cell and its pages, share one."""
    return {finding.fingerprint for finding in mini_master.findings(files)}


@lru_cache(maxsize=1)
def known() -> set[str]:
    return fingerprints(rebuild({}))


def rebuild(changed: Mapping[str, Sheets]) -> Files:
    """Return the files with all workbooks written anew, some with other sheets."""
    files: Files = dict(read_files())
    for path, data in read_files().items():
        if path.endswith(".xlsx"):
            files[path] = workbook(changed.get(path) or read_sheets(data))
    return files


def list_edits(path: str) -> Iterator[Sheets]:
    """Yield the sheets of a workbook with a text longer, a row inserted or two columns swapped."""
    whole = read_sheets(read_files()[path])
    for name, rows in whole.items():
        if len(rows) < 2:
            continue
        yield {**whole, name: [rows[0], [None] * len(rows[0]), *rows[1:]]}
        yield {**whole, name: [[*row[1:2], *row[:1], *row[2:]] for row in rows]}
        for column, header in enumerate(rows[0]):
            if header in ("summary", "description") or (name, header) == (
                "incidenttechniques",
                "name",
            ):
                longer = [
                    [*row[:column], f"{row[column]}{MORE}", *row[column + 1 :]]
                    if len(row) > column and row[column]
                    else row
                    for row in rows[1:]
                ]
                yield {**whole, name: [rows[0], *longer]}


@pytest.mark.parametrize("name", ["DISARM_DATA_MASTER.xlsx", "DISARM_FRAMEWORKS_MASTER.xlsx"])
def test_a_workbook_that_is_edited_elsewhere(name: str) -> None:
    path = f"DISARM_MASTER_DATA/{name}"
    assert known()
    for sheets in list_edits(path):
        assert not known() - fingerprints(rebuild({path: sheets}))


def test_a_page_that_is_edited_elsewhere() -> None:
    files = rebuild({})
    for path, data in read_files().items():
        if path.endswith(".md"):
            text = data.decode()
            noted = f"{text.rstrip()}\n\nA note of an editor, in plain words.\n"
            longer = noted.replace(". |", f".{MORE} |", 1)
            assert not known() - fingerprints({**files, path: longer.encode()}), path


@pytest.mark.parametrize("sheet", ["incidents", "incidenttechniques", "techniques"])
def test_a_sheet_that_is_not_read_makes_nothing_of_its_pages_new(sheet: str) -> None:
    """What is wrong in its cells is not told of the pages that were made from them."""
    frameworks, masters = mini_master.framework(), mini_master.data()
    masters["incidents"][1][4] = "2016.0"
    masters["incidenttechniques"][1][1] = mini_master.EVIDENCE.replace("Free", "Fre")
    frameworks["techniques"][1][3] = "What\u00a0Post Content is."
    pages = {
        path: text.replace("Free Account Asset)", "Fre Account Asset)")
        for path, text in mini.corpus().items()
    }
    incident, technique = (f"{mini.PAGES}/{n}.md" for n in ("incidents/I00001", "techniques/T0115"))
    pages[incident] = pages[incident].replace("2016", "2016.0")
    pages[technique] = pages[technique].replace("What Post", "What\u00a0Post")

    def find() -> dict[str, str]:
        books = {mini_master.FRAMEWORK: workbook(frameworks), mini_master.DATA: workbook(masters)}
        files = {path: text.encode() for path, text in pages.items()} | books
        return {f.fingerprint: f"{f.rule} {f.message}" for f in mini_master.findings(files)}

    before = find()
    assert {told[:4] for told in before.values()} >= {"S112", "N401", "T503"}
    for sheets in (frameworks, masters):
        if sheet in sheets:
            sheets["old"] = sheets.pop(sheet)
    after = find()
    (new,) = [told for key, told in after.items() if key not in before]
    assert new.startswith(f"X904 the workbook has no sheet “{sheet}”")
