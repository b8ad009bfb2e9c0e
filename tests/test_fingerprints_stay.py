"""Whatever is edited without harm, no other finding changes its fingerprint and becomes new."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.parse.xlsx import read_workbook
from support import mini_master
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
