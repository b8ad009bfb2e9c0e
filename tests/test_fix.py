"""`disarm-lint fix`: what is certain is fixed at its source, and nothing else is touched."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from ruamel.yaml import YAML

from disarm_lint.cli.fix import format_edit
from disarm_lint.fixes import FixChoice, ShownEdit, plan_fixes, preview_fixes
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.xlsx_edit import edit_cells
from disarm_lint.project import lint_contents
from disarm_lint.render.rendering import merge_change
from disarm_lint.report.terminal import Charset, explain_marks
from support.cli import environment, lint, write_corpus, write_files
from support.git import Repo
from support.mini import PAGES, rules
from support.mini import corpus as corpus_of_pages
from support.mini_master import DATA, EVIDENCE, FRAMEWORK, data, files, framework
from support.published import ROOT
from support.workbook_files import packed, parts, write_formula

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.model.finding import Finding


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def master(tmp_path: Path) -> Path:
    """Write a corpus with workbooks, one of whose cells has a wrong name, which a page shows."""
    root = tmp_path / "master"
    write_files(root, files())
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_wrong_name_is_fixed_on_its_page_and_nothing_else_changes(corpus: Path) -> None:
    before = snapshot(corpus)
    done = lint("fix", cwd=corpus)
    assert done.status == 0
    assert done.out.startswith("Fixed 3 findings, in 2 pages. ")
    after = snapshot(corpus)
    changed = [path for path in before if before[path] != after[path]]
    assert all(
        before[path].replace(b"Reel Name", b"Real Name").replace(b"Other Nome", b"Other Name")
        == after[path]
        for path in changed
    )
    assert lint("--select", "N401", cwd=corpus).status == 0


def test_diff_shows_and_changes_nothing(corpus: Path) -> None:
    before = snapshot(corpus)
    done = lint("fix", "--diff", cwd=corpus)
    assert done.status == 1
    assert "-" in done.out
    assert "Real Name" in done.out
    assert snapshot(corpus) == before
    lint("fix", cwd=corpus)
    again = lint("fix", "--diff", cwd=corpus)
    assert again.status == 0
    assert again.out.startswith("Nothing to fix. ")


def test_a_root_cause_can_be_fixed_alone(corpus: Path) -> None:
    import json

    roots = json.loads(lint("--output-format", "json", cwd=corpus).out)["root_causes"]
    safe = [root for root in roots if root["fix"] == "safe"]
    done = lint("fix", "--root", safe[0]["id"], cwd=corpus)
    assert done.out.startswith(f"Fixed {safe[0]['findings']} finding")
    done = lint("fix", "--root", "0" * 16, cwd=corpus)
    assert (done.status, done.err) == (
        2,
        "disarm-lint: there is no root cause “0000000000000000”; "
        "`disarm-lint check --output-format grouped` shows their ids\n",
    )


def test_the_cell_and_the_pages_are_fixed_together(tmp_path: Path) -> None:
    root = master(tmp_path)
    book = root / DATA
    source = load_workbook(book)
    cell = source["incidenttechniques"]["B2"]
    right = str(cell.value)
    wrong = right.replace("Asset", "Aset")
    assert wrong != right
    cell.value = wrong
    source.save(book)
    pages = [p for p in root.rglob("*.md") if right in p.read_text("utf-8")]
    assert pages
    texts = {page: page.read_text("utf-8") for page in pages}
    for page, text in texts.items():
        page.write_text(text.replace(right, wrong), "utf-8")
    done = lint("fix", "--select", "N401", cwd=root)
    assert done.status == 0
    assert done.out.split("in ")[1].startswith("1 cell of 1 workbook and ")
    assert load_workbook(book)["incidenttechniques"]["B2"].value == right
    assert {page: page.read_text("utf-8") for page in pages} == texts
    assert lint("fix", "--select", "N401", cwd=root).out.startswith("Nothing to fix.")


@pytest.mark.parametrize("lock", ["~${}", ".~lock.{}#"], ids=["Excel", "LibreOffice"])
def test_a_workbook_that_is_open_is_refused(tmp_path: Path, lock: str) -> None:
    root = master(tmp_path)
    book = root / DATA
    source = load_workbook(book)
    sheet = source["incidenttechniques"]
    sheet["B2"].value = f"{sheet['B2'].value} A\u200bword."
    source.save(book)
    book.with_name(lock.format(book.name)).write_bytes(b"")
    before = snapshot(root)
    done = lint("fix", "--select", "T503", cwd=root)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"disarm-lint: “{DATA}” is open in a spreadsheet program; "
        "close it there, and run this again\n"
    )
    assert snapshot(root) == before
    book.with_name(lock.format(book.name)).unlink()
    done = lint("fix", "--select", "T503", cwd=root)
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook. ")
    assert "\u200b" not in str(load_workbook(book)["incidenttechniques"]["B2"].value)


def test_check_fixes_first_and_reports_what_is_left(corpus: Path) -> None:
    done = lint("check", "--fix", "--output-format", "concise", cwd=corpus)
    assert done.err.startswith("disarm-lint: Fixed 3 findings, in 2 pages. ")
    assert "N401" not in done.out
    assert done.status == 1
    done = lint("check", "--unsafe-fixes", cwd=corpus)
    assert (done.status, done.err) == (2, "disarm-lint: --unsafe-fixes is an option of --fix\n")
    done = lint("check", "--fix", "--staged", cwd=corpus)
    assert done.err == (
        "disarm-lint: --fix edits files on the disk; it cannot be combined with --at or --staged\n"
    )


@pytest.mark.parametrize("command", [("fix",), ("check", "--fix")])
def test_uncommitted_changes_are_refused(corpus: Path, command: tuple[str, ...]) -> None:
    repo = Repo.create(corpus)
    repo.commit()
    page = next(p for p in sorted(corpus.rglob("*.md")) if "Reel Name" in p.read_text("utf-8"))
    page.write_text(f"{page.read_text('utf-8')}\nMore.\n", "utf-8")
    before = snapshot(corpus)
    done = repo.lint(*command)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"disarm-lint: “{page.relative_to(corpus)}” has uncommitted changes; commit them first, "
        "or use --allow-dirty to edit all the same\n"
    )
    assert snapshot(corpus) == before
    assert repo.lint("fix", "--diff").status == 1
    assert repo.lint(*command, "--allow-dirty").status != 2
    assert "Reel Name" not in page.read_text("utf-8")


def test_pages_with_other_line_ends_than_git_holds_are_not_uncommitted(corpus: Path) -> None:
    repo = Repo.create(corpus)
    repo.commit()
    for page in corpus.rglob("*.md"):
        page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    assert repo.lint("fix").out.startswith("Fixed 3 findings, in 2 pages. ")


def test_the_hook_fails_where_it_fixed_something_and_then_no_more(corpus: Path) -> None:
    hooks = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    entry = next(hook["entry"] for hook in hooks if hook["id"] == "disarm-lint-fix")
    program, *arguments = entry.split()
    assert program == "disarm-lint"
    repo = Repo.create(corpus)
    repo.git("add", "--all")
    first = repo.lint(*arguments)
    assert first.status == 1
    assert first.out.startswith("Fixed 3 findings, in 2 pages. ")
    again = repo.lint(*arguments)
    assert again.status == 0
    assert again.out.startswith("Nothing to fix. ")


def changed_while_fixing(corpus: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> Path:
    """Fix a corpus, one of whose pages a person edits at a moment; return that page."""
    import disarm_lint.cli.fix as command

    page = corpus / "generated_pages/incidents/I00001.md"
    original = getattr(command, moment)

    def edit_first(*given: Any, **named: Any) -> Any:
        page.write_text(f"\ufeff{page.read_text('utf-8')}\nA person's words.\n", "utf-8")
        return original(*given, **named)

    monkeypatch.setattr(command, moment, edit_first)
    monkeypatch.chdir(corpus)
    return page


@pytest.mark.parametrize("moment", ["plan_fixes", "apply_fixes"])
def test_what_a_person_writes_meanwhile_is_not_lost(
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    moment: str,
) -> None:
    from disarm_lint.cli.main import main

    page = changed_while_fixing(corpus, monkeypatch, moment)
    before = snapshot(corpus)
    assert main(["fix"]) == 2
    assert capsys.readouterr().err == (
        "disarm-lint: “generated_pages/incidents/I00001.md” was changed by another program "
        "meanwhile; nothing was written, run this again\n"
    )
    name = str(page.relative_to(corpus))
    assert page.read_bytes().endswith(b"\nA person's words.\n")
    assert b"Reel Name" in page.read_bytes()
    assert {**snapshot(corpus), name: b""} == {**before, name: b""}


def counters(tmp_path: Path, lists: list[str]) -> Path:
    """Write a corpus of workbooks with a counter for each list of techniques."""
    sheets = framework()
    for number, techniques in enumerate(lists, start=1):
        one, name = f"C0000{number}", f"Counter {number}"
        row: list[object] = [
            one,
            name,
            None,
            "What.",
            None,
            None,
            None,
            None,
            techniques,
            f"{one} - {name}",
        ]
        sheets["countermeasures"].append(row)
    root = tmp_path / "master"
    write_files(root, files(frameworks=sheets))
    return root


def test_a_fix_that_would_bring_a_finding_is_not_made_and_the_others_are(tmp_path: Path) -> None:
    lists = ["T0999 - Account Asset\nT0146 - Account Asset", "T0998 - Post Content"]
    root = counters(tmp_path, lists)
    done = lint("fix", "--unsafe-fixes", "--no-pages", cwd=root)
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook. ")
    assert (
        "1 fix was not made, because it would cause new findings. Fix it by hand: R201 at "
        "countermeasures!I2."
    ) in done.out
    assert "--unsafe-fixes" not in done.out
    sheet = load_workbook(root / FRAMEWORK)["countermeasures"]
    assert [sheet["I2"].value, sheet["I3"].value] == [lists[0], "T0115 - Post Content"]


def test_a_finding_on_a_page_alone_keeps_back_the_fixes_of_its_row_alone(tmp_path: Path) -> None:
    lists = ["T0999 - Account Asset\nT0999 - Account Asset", "T0998 - Post Content"]
    root = counters(tmp_path, lists)
    assert lint("render", cwd=root).status == 0
    done = lint("fix", "--unsafe-fixes", cwd=root)
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook and 2 pages. ")
    assert "2 fixes were not made, because they would cause new findings." in done.out
    sheet = load_workbook(root / FRAMEWORK)["countermeasures"]
    assert [sheet["I2"].value, sheet["I3"].value] == [lists[0], "T0115 - Post Content"]


def test_a_row_that_its_cell_broke_is_no_new_finding_once_the_cell_is_right(tmp_path: Path) -> None:
    masters = data()
    text = "Accounts | more (T0146: Account Asset) posted."
    masters["incidenttechniques"][1][1] = text
    contents = files(masters=masters)
    for path, page in contents.items():
        if path.endswith(("I00001.md", "T0146.md")):
            contents[path] = page.replace(EVIDENCE.encode(), text.encode())
    write_files(tmp_path / "master", contents)
    done = lint("fix", "--no-pages", cwd=tmp_path / "master")
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook. ")
    sheet = load_workbook(tmp_path / "master" / DATA)["incidenttechniques"]
    assert sheet["B2"].value == text.replace("|", "\\|")


def test_lost_line_breaks_are_put_back_before_each_id(tmp_path: Path) -> None:
    sheets = framework()
    written = "T0146 - Account Asset T0146.001 - Free Account Asset T0115 - Post Content"
    row: list[object] = ["C00001", "Ban", None, "What.", None, None, None, None, written, None]
    sheets["countermeasures"].append(row)
    root = tmp_path / "master"
    write_files(root, files(frameworks=sheets))
    assert lint("fix", "--no-pages", cwd=root).status == 0
    sheet = load_workbook(root / FRAMEWORK)["countermeasures"]
    assert sheet["I2"].value.split("\n") == [
        "T0146 - Account Asset",
        "T0146.001 - Free Account Asset",
        "T0115 - Post Content",
    ]


@pytest.mark.parametrize("unit", ["a\u200bb ", "a\u200bb\n\n"], ids=["one line", "lines"])
def test_many_fixes_of_one_page_end_in_the_time_of_a_test(unit: str) -> None:
    path, text = (
        "generated_pages/techniques/T0001.md",
        "# Technique T0001: Name\n\n" + unit * 30_000,
    )
    run = lint_contents({path: text}, [r for r in rules() if r.rule.code == "T503"])
    choice = FixChoice(unsafe=True)
    plan = plan_fixes(run.corpus, run.outcome.findings, choice, lambda path: text.encode())
    assert len(plan.fixed) == 30_000
    assert plan.files[path] == text.replace("\u200b", "").encode()


def test_many_edits_of_one_cell_of_many_runs_end_in_the_time_of_a_test() -> None:
    number = 10_000
    runs = "".join(f"<r><t>a&#x200b;{n % 10} </t></r>" for n in range(number))
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is>{runs}</is></c></row>'
    text = "".join(f"a\u200b{n % 10} " for n in range(number))
    edits = [CellEdit("S", "A1", text, at, at + 1, "") for at in range(1, len(text), 4)]
    edited = edit_cells(packed(parts(rows)), edits)
    assert edited.refused == {}
    with zipfile.ZipFile(io.BytesIO(edited.data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "a0 " in xml
    assert "\u200b" not in xml
    assert xml.count("<r>") == number


def shifted(tmp_path: Path, texts: list[str | None], names: dict[int, str] | None = None) -> Path:
    """Write a corpus whose evidence column holds these texts, and whose rows cite in order."""
    sheets, masters = framework(), data()
    for number in range(len(texts)):
        one, name = f"T02{number:02}", f"Paint {chr(65 + number) * 3}"
        sheets["techniques"].append([one, name, "TA15", "What.", f"{one} - {name}"])
    del masters["incidenttechniques"][1:]
    for n, text in enumerate(texts):
        masters["incidenttechniques"].append([f"IT0000{n:04}", text, "I00001", f"T02{n:02}", None])
    write_files(tmp_path / "master", files(frameworks=sheets, masters=masters))
    return tmp_path / "master"


def cite(number: int) -> str:
    return f"They painted (T02{number:02}: Paint {chr(65 + number) * 3})."


def read_column(root: Path) -> list[object]:
    sheet = load_workbook(root / DATA)["incidenttechniques"]
    return [row[1].value for row in sheet.iter_rows(min_row=2)]


FULL: list[str | None] = [cite(number) for number in range(12)]
SHIFTS = {
    "a cell inserted": ([*FULL[:3], None, *FULL[3:]], [*FULL, None]),
    "two cells inserted": ([*FULL[:3], None, None, *FULL[3:]], [*FULL, None, None]),
    "an empty cell deleted": (
        [*FULL[:3], *FULL[4:], None],
        [*FULL[:3], None, *FULL[4:]],
    ),
    "cells inserted in two places": (
        [*FULL[:2], None, *FULL[2:7], None, *FULL[7:]],
        [*FULL, None, None],
    ),
    "a text without ids in the middle of the run": (
        [*FULL[:3], None, *FULL[3:6], "They went on.", *FULL[7:]],
        [*FULL[:6], "They went on.", *FULL[7:], None],
    ),
}


@pytest.mark.parametrize(("texts", "wanted"), SHIFTS.values(), ids=SHIFTS)
def test_a_shifted_column_is_put_back(
    tmp_path: Path, texts: list[str | None], wanted: list[str | None]
) -> None:
    import json

    root = shifted(tmp_path, texts)
    report = json.loads(lint("--output-format", "json", cwd=root).out)
    (found,) = [finding for finding in report["findings"] if finding["rule"] == "M707"]
    assert found["fix"]["applicability"] == "unsafe"
    assert lint("fix", cwd=root).out.startswith("Nothing to fix. ")
    done = lint("fix", "--unsafe-fixes", "--root", found["root_cause"], cwd=root)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Fixed 1 finding, in ")
    assert read_column(root) == wanted
    assert "M707" not in lint("--select", "M707", cwd=root).out


def test_a_shift_whose_beginning_nothing_shows_is_left_to_a_person(tmp_path: Path) -> None:
    # Either text without ids may be the one behind which a cell was deleted.
    texts = [*FULL[:3], "They went on.", *FULL[5:], None]
    root = shifted(tmp_path, texts)
    assert "M707" in lint("--select", "M707", cwd=root).out
    assert lint("fix", "--unsafe-fixes", "--select", "M707", cwd=root).out.startswith(
        "Nothing to fix. "
    )


def test_a_stray_text_and_the_one_in_its_row_change_places(tmp_path: Path) -> None:
    texts = [*FULL]
    texts[2], texts[9] = texts[9], texts[2]
    root = shifted(tmp_path, texts)
    done = lint("fix", "--unsafe-fixes", "--select", "R206", cwd=root)
    assert done.out.startswith("Fixed 2 findings, in 2 cells of 1 workbook")
    assert read_column(root) == FULL


def test_texts_move_with_the_formatting_of_their_parts(tmp_path: Path) -> None:
    texts = [*FULL[:3], None, *FULL[3:]]
    root = shifted(tmp_path, texts)
    book = load_workbook(root / DATA)
    rich = CellRichText("They ", TextBlock(InlineFont(i=True), "painted"), cite(5)[12:])
    book["incidenttechniques"]["B8"].value = rich
    book.save(root / DATA)
    assert lint("fix", "--unsafe-fixes", "--select", "M707", cwd=root).status == 0
    sheet = load_workbook(root / DATA, rich_text=True)["incidenttechniques"]
    assert str(sheet["B7"].value) == cite(5)
    assert sheet["B7"].value[1].font.i


@pytest.mark.parametrize("page", ["incidents/I00001.md", "techniques/T0146.md"])
@pytest.mark.parametrize("others", [(), ("T0115",), ("T0146.001",), ("T0115", "T0146.001")])
def test_evidence_that_one_page_lacks_is_added_from_the_other(
    page: str, others: tuple[str, ...]
) -> None:
    pages = corpus_of_pages()
    incident = f"{PAGES}/incidents/I00001.md"
    own = next(line for line in pages[incident].splitlines() if "[T0146 " in line)
    names = {"T0115": "Post Content", "T0146.001": "Free Account Asset"}
    rows = {own, *(own.replace("T0146", i).replace("Account Asset", names[i]) for i in others)}
    pages[incident] = pages[incident].replace(own, "\n".join(sorted(rows)))
    page = f"{PAGES}/{page}"
    whole = pages[page]
    gone = next(line for line in whole.splitlines() if "[I00001 " in line or "[T0146 " in line)
    pages[page] = whole.replace(f"{gone}\n", "")
    run = lint_contents(pages, rules())
    findings = [finding for finding in run.outcome.findings if finding.rule == "R205"]
    assert plan_fixes(run.corpus, findings, FixChoice(), lambda _: b"").files == {}
    choice = FixChoice(unsafe=True)
    plan = plan_fixes(run.corpus, findings, choice, lambda path: pages[path].encode())
    assert plan.files[page].decode() == whole


def drop_evidence(pages: dict[str, str]) -> list[Finding]:
    """Take the row of the incident from the technique's page, and return what R205 finds."""
    page = f"{PAGES}/techniques/T0146.md"
    gone = next(line for line in pages[page].splitlines(keepends=True) if "[I00001 " in line)
    pages[page] = pages[page].replace(gone, "")
    run = lint_contents(pages, rules())
    return [finding for finding in run.outcome.findings if finding.rule == "R205"]


def test_an_added_row_has_the_line_ends_of_its_page() -> None:
    pages = {path: text.replace("\n", "\r\n") for path, text in corpus_of_pages().items()}
    (finding,) = drop_evidence(pages)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert edit.replacement.startswith("\r\n| [I00001 ")
    assert edit.replacement.count("\n") == 1


@pytest.mark.parametrize("name", ["The [First] Case", "The First | Case"])
def test_a_name_that_would_break_the_row_or_its_link_is_left_to_a_person(name: str) -> None:
    pages = corpus_of_pages()
    incident = f"{PAGES}/incidents/I00001.md"
    pages[incident] = pages[incident].replace("I00001: The First Case", f"I00001: {name}")
    found = drop_evidence(pages)
    assert [finding.fix for finding in found] == [None]


def test_where_workbooks_make_the_pages_no_row_is_added_to_a_page() -> None:
    contents: dict[str, str | bytes] = {**files()}
    page = f"{PAGES}/techniques/T0146.md"
    text = files()[page].decode()
    row = next(line for line in text.splitlines() if "[I00001 " in line)
    contents[page] = text.replace(f"{row}\n", "")
    only = [loaded for loaded in rules() if loaded.rule.code == "R205"]
    assert [finding.fix for finding in lint_contents(contents, only).outcome.findings] == [None]


def test_an_orphan_page_is_deleted_unless_it_has_notes(tmp_path: Path) -> None:
    contents = files()
    page = next(path for path in contents if path.endswith("T0146.001.md"))
    text = contents[page].decode().replace("T0146.001", "T0146.002")
    write_files(tmp_path / "master", contents)
    root = tmp_path / "master"
    assert lint("render", cwd=root).status == 0
    text = (root / page).read_text("utf-8").replace("T0146.001", "T0146.002")
    orphan = root / page.replace("T0146.001", "T0146.002")
    noted = root / page.replace("T0146.001", "T0146.003")
    orphan.write_text(text, "utf-8")
    noted.write_text(text.replace("T0146.002", "T0146.003") + "\nA note.\n", "utf-8")
    assert "C602" in lint("--select", "C602", cwd=root).out
    done = lint("fix", "--unsafe-fixes", "--select", "C602", "--diff", cwd=root)
    assert done.lines[:2] == [f"deleted: {orphan.relative_to(root).as_posix()}", ""]
    assert done.lines[2].startswith("Would fix 1 finding, in 1 deleted page.")
    assert orphan.exists()
    assert lint("fix", "--select", "C602", cwd=root).out.startswith("Nothing to fix. ")
    assert orphan.exists()
    done = lint("fix", "--unsafe-fixes", "--select", "C602", cwd=root)
    assert done.out == "Fixed 1 finding, in 1 deleted page. 1 finding is left.\n"
    assert not orphan.exists()
    assert noted.exists()


def test_an_orphan_that_is_still_cited_stays_and_all_else_is_fixed(tmp_path: Path) -> None:
    root = tmp_path / "master"
    write_files(root, files())
    assert lint("render", cwd=root).status == 0
    pages = root / "generated_pages/techniques"
    text = (pages / "T0146.001.md").read_text("utf-8").replace("T0146.001", "T0146.002")
    (pages / "T0146.002.md").write_text(text, "utf-8")
    place = pages / "T0115.md"
    text = place.read_text("utf-8")
    place.write_text(f"{text}\nSee T0146.002, and T0146: Acount Asset.\n", "utf-8")
    done = lint("fix", "--unsafe-fixes", cwd=root)
    assert "1 fix was not made, because it would cause new findings." in done.out
    assert (pages / "T0146.002.md").exists()
    assert "T0146: Account Asset.\n" in place.read_text("utf-8")


def test_a_date_with_an_empty_time_and_a_name_with_spaces_are_fixed(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus")
    page = root / "generated_pages/incidents/I00001.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        "# Incident I00001: One\n\n* **Year started:** 2014.0\n\n"
        "* **Date added:** 2019-02-24 00:00:00\n",
        "utf-8",
    )
    done = lint("fix", "--select", "S112", cwd=root)
    assert done.out.startswith("Fixed 2 findings, in 1 page. ")
    text = page.read_text("utf-8")
    assert text.endswith("* **Year started:** 2014\n\n* **Date added:** 2019-02-24\n")
    sheets = framework()
    next(row for row in sheets["techniques"] if row[0] == "T0115")[1] = " Post  Content "
    other = tmp_path / "master"
    write_files(other, files(frameworks=sheets))
    done = lint("fix", "--select", "S112", cwd=other)
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook")
    names = [row[1].value for row in load_workbook(other / FRAMEWORK)["techniques"].iter_rows()]
    assert "Post Content" in names


def test_the_sample_of_the_readme_is_fixed_beside_what_somebody_edited(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    shutil.copytree(ROOT / "examples" / "master-data", root)
    page = root / "generated_pages/techniques/T0003.md"
    old = page.read_text("utf-8").splitlines()
    done = lint("fix", cwd=root)
    assert done.out.startswith("Fixed 2 findings, in 2 cells of 2 workbooks and 4 pages. ")
    row = (
        "| [C00001 Archive pictures with their dates](../../generated_pages/counters/C00001.md)"
        " | D01 |"
    )
    new = page.read_text("utf-8").splitlines()
    assert row in new
    assert [line for line in new if line != row] == old
    assert lint("fix", cwd=root).out.startswith("Nothing to fix. ")


def answer(cwd: Path, *answers: str) -> str:
    """Run `fix --interactive` on a terminal, answer its questions, and return what it shows."""
    pty = pytest.importorskip("pty", reason="the system has no terminals of this kind")
    main, end = pty.openpty()
    command = [sys.executable, "-m", "disarm_lint", "fix", "--unsafe-fixes", "--interactive"]
    with subprocess.Popen(
        command, cwd=cwd, env=environment(), stdin=end, stdout=end, stderr=end
    ) as process:
        os.close(end)
        shown, waiting = b"", list(answers)
        with suppress(OSError):
            while part := os.read(main, 4096):
                shown += part
                if shown.endswith(b"[?] help: ") and waiting:
                    os.write(main, waiting.pop(0).encode() + b"\n")
        os.close(main)
    assert process.returncode == 0
    return shown.decode("utf-8").replace("\r\n", "\n")


def test_on_a_terminal_each_root_cause_is_asked_about(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    shutil.copytree(ROOT / "examples" / "master-data", root)
    shown = answer(root, "n", "what", "y", "q")
    assert "[1 of 3] there are no line breaks between ids in cell I2" in shown
    assert "“T0002 - Recycle Footage↵T0003 - Flood Comment Sections”" in shown
    assert "[2 of 3] " in shown
    assert shown.count("Fix this? [y]es, [n]o, [a]ll from here, [q]uit, [?] help: ") == 4
    assert "n  leave it as it is\n" in shown
    assert "Fixed 1 finding, in 1 cell of 1 workbook and 2 pages. " in shown
    assert load_workbook(root / DATA)["incidenttechniques"]["D3"].value == "T0003,T0001.001"
    shown = answer(root, "a")
    assert "Nothing to fix" not in shown
    assert "[2 of 2]" not in shown
    assert lint("fix", "--unsafe-fixes", cwd=root).out.startswith("Nothing to fix. ")


def test_a_cell_of_several_lines_shows_its_line_breaks(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    shutil.copytree(ROOT / "examples" / "master-data", root)
    done = lint("fix", "--diff", cwd=root)
    at = done.lines.index("-T0002 - Recycle Footage T0003 - Flood Comment Sections")
    assert done.lines[at + 1] == "+T0002 - Recycle Footage↵T0003 - Flood Comment Sections"
    assert "Here, ↵ is a line break." in done.lines


@given(
    st.lists(st.sampled_from([b"a\n", b"b\n", b"\n"]), max_size=8),
    st.lists(st.sampled_from([b"a\n", b"c\n", b"\n"]), max_size=8),
    st.lists(st.sampled_from([b"b\n", b"d\n", b"\n"]), max_size=8),
)
def test_a_change_goes_into_a_page_whole_or_not_at_all(
    base: list[bytes], new: list[bytes], page: list[bytes]
) -> None:
    one, other, own = b"".join(base), b"".join(new), b"".join(page)
    assert merge_change(one, other, one) == other
    assert merge_change(one, one, own) == own
    merged = merge_change(one, other, own)
    if merged is not None:
        assert set(merged.splitlines()) <= {*other.splitlines(), *own.splitlines()}
    with_note = merge_change(one + b"x\n", other + b"x\n", one + b"x\nnote")
    assert with_note == other + b"x\nnote"


def test_a_change_does_not_overwrite_a_line_that_somebody_edited() -> None:
    assert merge_change(b"a\nb\nc\n", b"a\nB\nc\n", b"a\nmine\nc\n") is None
    assert merge_change(b"a\nb\nc\n", b"a\nB\nc\n", b"a\nB\nc\nd\n") == b"a\nB\nc\nd\n"
    assert merge_change(b"a\nb\nc\n", b"a\nb\nx\nc\n", b"A\nb\nc\n") == b"A\nb\nx\nc\n"


def spaced(tmp_path: Path) -> tuple[Path, Path]:
    """Write a corpus in which the id of a row has a space, and its pages as they are generated."""
    root = tmp_path / "master"
    write_files(root, files())
    assert lint("render", cwd=root).status == 0
    sheets = framework()
    row = next(row for row in sheets["techniques"] if row[0] == "T0115")
    row[0] = "T0115 "
    (root / FRAMEWORK).write_bytes(files(frameworks=sheets)[FRAMEWORK])
    pages = root / "generated_pages/techniques"
    text = (pages / "T0115.md").read_text("utf-8")
    (pages / "T0115.md").unlink()
    (pages / "T0115 .md").write_text(text.replace("# Technique T0115:", "# Technique T0115 :"))
    return root, pages


def test_a_page_whose_id_has_a_space_gets_its_name_with_the_cell(tmp_path: Path) -> None:
    root, pages = spaced(tmp_path)
    old = (pages / "T0115 .md").read_text("utf-8")
    done = lint("fix", "--select", "R202,S102", cwd=root)
    assert done.out.startswith("Fixed 2 findings, in 1 cell of 1 workbook, ")
    assert "1 deleted page" in done.out
    assert not (pages / "T0115 .md").exists()
    assert (pages / "T0115.md").read_text("utf-8").splitlines()[0] == (
        old.splitlines()[0].replace("T0115 ", "T0115")
    )
    assert lint("render", "--check", cwd=root).status == 0
    assert lint("fix", cwd=root).out.startswith("Nothing to fix. ")


def test_a_leftover_page_in_the_way_of_a_name_is_a_matter_of_choice(tmp_path: Path) -> None:
    root, pages = spaced(tmp_path)
    text = (pages / "T0115 .md").read_text("utf-8").replace("T0115 ", "T0115")
    other = text.replace("Post Content", "Prepare Something")
    (pages / "T0115.md").write_text(f"{other}\nA note.\n", "utf-8")
    assert "T0115 .md" not in lint("fix", "--select", "R202,S102", "--diff", cwd=root).out
    done = lint("fix", "--unsafe-fixes", "--select", "R202,S102", cwd=root)
    assert "1 deleted page" in done.out
    now = (pages / "T0115.md").read_text("utf-8")
    assert now.startswith("# Technique T0115: Post Content\n")
    assert now.endswith("\nA note.\n")
    assert not (pages / "T0115 .md").exists()


def test_a_formula_says_what_the_fixed_cell_says(tmp_path: Path) -> None:
    sheets = framework()
    sheets["techniques"][1][1] = "Post  Content"
    contents = files(frameworks=sheets)
    contents[FRAMEWORK] = write_formula(
        contents[FRAMEWORK], "E2", 'A2&amp;" - "&amp;B2', "T0115 - Post  Content"
    )
    root = tmp_path / "master"
    write_files(root, contents)
    assert lint("fix", "--select", "S112", cwd=root).err == ""
    book = load_workbook(root / FRAMEWORK, data_only=True)
    assert book["techniques"]["E2"].value == "T0115 - Post Content"


def test_a_formula_that_only_a_program_can_calculate_is_told(tmp_path: Path) -> None:
    sheets = framework()
    sheets["techniques"][1][1] = "Post  Content"
    contents = files(frameworks=sheets)
    contents[FRAMEWORK] = write_formula(contents[FRAMEWORK], "E2", "TRIM(B2)", "Post Content")
    root = tmp_path / "master"
    write_files(root, contents)
    assert lint("fix", "--select", "S112", cwd=root).err == (
        f"disarm-lint: {FRAMEWORK}!techniques!E2 has a formula that may read edited cells: "
        "programs such as pandas see the old values until the workbook is opened and saved in a "
        "spreadsheet program.\n"
    )


def test_what_a_formula_makes_is_not_promised(tmp_path: Path) -> None:
    contents = files()
    contents[FRAMEWORK] = write_formula(contents[FRAMEWORK], "E2", "A1", "T0115 - Post Contents")
    root = tmp_path / "master"
    write_files(root, contents)
    done = lint("--select", "M706", cwd=root)
    assert "M706" in done.out
    assert "[*]" not in done.out
    assert "fixable" not in done.out
    assert lint("fix", "--select", "M706", cwd=root).out.startswith("Nothing to fix. ")


def test_a_question_shows_an_edit_between_the_words_around_it() -> None:
    location = Location(FRAMEWORK, cell=CellSpan("techniques", "B2", 17, 18))
    shown = ShownEdit(location, "…Real Name", " ", "\n", "T0001.001 - Other", more=2)
    assert format_edit(shown, {FRAMEWORK: "book.xlsx"}) == (
        "book.xlsx:techniques!B2:18: “…Real Name T0001.001 - Other” → "
        "“…Real Name↵T0001.001 - Other”, and 2 more with it"
    )


def test_the_first_edit_of_a_fix_is_previewed(corpus: Path) -> None:
    contents = {str(p.relative_to(corpus)): p.read_bytes() for p in corpus.rglob("*.md")}
    linted = lint_contents(contents, rules())
    wrong = [finding for finding in linted.outcome.findings if finding.rule == "N401"]
    first = next(preview_fixes(linted.corpus, wrong, around=5))
    assert (first.old, first.new, first.more) == ("Reel Name", "Real Name", 0)
    assert first.before.startswith("…")
    assert len(first.before) == 6


@pytest.mark.parametrize(
    ("text", "shown", "explained"),
    [
        ("a\nb\r\nc", "a↵b↵c", "Here, ↵ is a line break."),
        (" a  b ", "␣a  b␣", "Here, ␣ is a space at an end of a text."),
        ("a\u00a0b\u200b", "a<U+00A0>b<U+200B>", "Here, <U+00A0> is a no-break space and "
         "<U+200B> a zero width space."),
        ("plain", "plain", ""),
    ],
)  # fmt: skip
def test_what_is_invisible_shows_and_is_explained(text: str, shown: str, explained: str) -> None:
    assert Charset().show_exactly(text) == shown
    assert explain_marks(shown) == explained
