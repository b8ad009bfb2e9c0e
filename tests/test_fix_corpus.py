"""Fixing the published corpus: what is certain is right afterwards, and all else is the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from disarm_lint.changes import collect_changes
from disarm_lint.cli.fix import apply_fixes, fix_corpus
from disarm_lint.cli.session import start_session
from disarm_lint.fixes import FixChoice
from disarm_lint.model.finding import Repair
from disarm_lint.parse.xlsx_limits import format_cell_ref
from support.git import Repo
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from disarm_lint.model.finding import Finding

pytestmark = pytest.mark.corpus("corpora")

FOLDER = "DISARM_MASTER_DATA"
BOOKS = (f"{FOLDER}/DISARM_DATA_MASTER.xlsx", f"{FOLDER}/DISARM_FRAMEWORKS_MASTER.xlsx")
ORIGINAL = CORPORA / "disarm-1.6"
_PAIR = re.compile(r"no page shows that (\S+) refers to (\S+?):")
_Place = tuple[str, str]


class Corpus:
    """A copy of release 1.6 in git that was fixed, with what was found before and after.

    `cells` are the texts of the cells that were changed, by workbook, sheet and address.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ORIGINAL, root)
        for path in (root, *root.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
        self.repo = Repo.create(root)
        self.repo.commit("published")
        session = start_session(config=None)
        (opened,) = session.open([str(root)])
        fixed = fix_corpus(session, opened, FixChoice())
        self.before = [shown.finding for shown in fixed.before.findings]
        self.after = [shown.finding for shown in fixed.after.findings]
        assert fixed.before.corpus is not None
        assert fixed.after.corpus is not None
        self.cells: dict[str, dict[_Place, str]] = {book: {} for book in BOOKS}
        for change in collect_changes(fixed.before.corpus, fixed.after.corpus, fixed.plans):
            self.cells[change.workbook][change.sheet, change.cell] = change.new
        assert self.repo.git("status", "--porcelain") == ""
        apply_fixes(session, opened, fixed, allow_dirty=False)
        self.status = self.repo.git("status", "--porcelain")


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("fixed") / "corpus")


def is_certain(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.repair is Repair.SAFE


def list_dropped(findings: Iterable[Finding]) -> set[tuple[str, ...]]:
    """Return the pairs of which M702 says that no page shows them, as it names them."""
    found = (_PAIR.match(f.message) for f in findings if f.rule == "M702")
    return {match.groups() for match in found if match}


def test_all_that_is_certain_is_fixed_and_a_second_run_changes_nothing(fixed: Corpus) -> None:
    assert sum(map(is_certain, fixed.before)) > 700
    assert [f for f in fixed.after if is_certain(f)] == []
    session = start_session(config=None)
    (opened,) = session.open([str(fixed.root)])
    again = fix_corpus(session, opened, FixChoice())
    assert again.files == {}
    known = {finding.fingerprint for finding in fixed.after}
    assert {shown.finding.fingerprint for shown in again.before.findings} == known


def test_dropped_references_are_on_their_pages(fixed: Corpus) -> None:
    pairs = list_dropped(filter(is_certain, fixed.before))
    assert len(pairs) > 60
    assert pairs & list_dropped(fixed.after) == set()
    pages = {path.stem: path for path in (fixed.root / "generated_pages").glob("*/*.md")}
    for one, other in pairs:
        assert f"/{other}.md)" in pages[one].read_text("utf-8")
        assert f"/{one}.md)" in pages[other].read_text("utf-8")


def read_with_openpyxl(path: Path) -> Iterator[tuple[_Place, Any]]:
    with closing(load_workbook(path, read_only=True)) as book:
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is not None:
                        yield (sheet.title, cell.coordinate), cell.value


def read_with_calamine(path: Path) -> Iterator[tuple[_Place, Any]]:
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        for row, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
            for column, value in enumerate(cells):
                if value != "":
                    yield (name, format_cell_ref(row, column)), value


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("read", [read_with_openpyxl, read_with_calamine])
def test_every_other_value_of_a_workbook_is_the_same(fixed: Corpus, book: str, read: Any) -> None:
    old, new = dict(read(ORIGINAL / book)), dict(read(fixed.root / book))
    assert len(old) > 1000
    changed = {place for place in {*old, *new} if old.get(place) != new.get(place)}
    # Formulas join the id and the name of their row.
    joined = changed - set(fixed.cells[book])
    assert [new[place] for place in joined] == [
        f"{new[sheet, f'A{row}']} - {new[sheet, f'B{row}']}"
        for sheet, ref in joined
        for row in [ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    ]
    changed -= joined
    assert changed == set(fixed.cells[book])
    for place, text in fixed.cells[book].items():
        assert new.get(place, "") == text


@pytest.mark.parametrize("book", BOOKS)
def test_every_other_part_of_a_workbook_keeps_its_bytes_and_its_place(
    fixed: Corpus, book: str
) -> None:
    edited = {sheet for sheet, _ in fixed.cells[book]}
    with zipfile.ZipFile(ORIGINAL / book) as old, zipfile.ZipFile(fixed.root / book) as new:
        assert new.namelist() == old.namelist()
        differing = [name for name in old.namelist() if old.read(name) != new.read(name)]
        assert all(name.startswith("xl/worksheets/sheet") for name in differing)
        assert len(differing) == len(edited)
        for one in old.infolist():
            other = new.getinfo(one.filename)
            assert (other.date_time, other.external_attr) == (one.date_time, one.external_attr)


@pytest.mark.program("soffice")
@pytest.mark.parametrize("book", BOOKS)
def test_a_spreadsheet_program_opens_a_fixed_workbook_and_converts_it(
    fixed: Corpus, book: str, tmp_path: Path
) -> None:
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", "ods"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(fixed.root / book)],
        check=True,
        capture_output=True,
        timeout=600,
    )
    found = dict(read_with_calamine(next(tmp_path.glob("*.ods"))))
    for place, text in fixed.cells[book].items():
        assert " ".join(str(found.get(place, "")).split()) == " ".join(text.split())
