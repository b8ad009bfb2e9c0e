"""Workbooks from the command line: what each format says of a cell."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from disarm_schemas import validator
from support import mini
from support.cli import Result, lint, write_files
from support.formats import schema
from support.git import Repo
from support.mini_master import DATA, FRAMEWORK, data, files, framework
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "Accounts (T0146: Account Assets, T0146.001: Free Account Asset) posted."
EVIDENCE = "Accounts (T0146: Account Asset, T0146.001: Free Account Asset) posted."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    sheets = data()
    sheets["incidenttechniques"][1][1] = WRONG
    pages = {p: text.replace(EVIDENCE, WRONG).encode() for p, text in mini.corpus().items()}
    books = {p: c for p, c in files(masters=sheets).items() if p.endswith(".xlsx")}
    write_files(tmp_path, pages | books)
    return tmp_path


def told(corpus: Path, format_: str, *more: str) -> Result:
    done = lint("check", "--output-format", format_, *more, cwd=corpus)
    assert done.status == 1, done.err
    return done


def test_text_shows_the_cell_its_text_and_where_a_page_got_it(corpus: Path) -> None:
    out = told(corpus, "text").out
    cell, first, second, summary = out.split("\n\n")
    assert cell == (
        "DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx:incidenttechniques!B2:18: error[N401] [*]\n"
        "    T0146 is called “Account Asset” (singular and plural differ)\n"
        "  B2 | Accounts (T0146: Account Assets, T0146.001: Free Account Asset) posted.\n"
        "     |                  ^^^^^^^^^^^^^^\n"
        "     = help: write “Account Asset”\n"
        "     = note: T0146 is defined here:\n"
        "             DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx:techniques!B3"
    )
    for page, line in ((first, "incidents/I00001.md:22:87"), (second, "techniques/T0146.md:15:89")):
        assert page.startswith(f"generated_pages/{line}: error[N401] [*] ")
        assert page.endswith("\n     = note: from DISARM_DATA_MASTER.xlsx, incidenttechniques!B2")
    assert summary == (
        "Found 3 errors (1 cause) in 10 files, 8 entities, 9 citations.\n"
        "[*] 3 fixable with `disarm-lint fix`.\n"
    )


def test_grouped_names_the_cell_first(corpus: Path) -> None:
    lines = told(corpus, "grouped").lines
    assert lines[0] == "T0146 is called “Account Asset”, not “Account Assets”"
    head = "error[N401] 3 findings: T0146 is called “Account Asset” "
    first = next(number for number, line in enumerate(lines) if line.startswith(head))
    behind = lines.index("", first)
    assert lines[behind - 3 : behind] == [
        "    DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx:incidenttechniques!B2:18",
        "    generated_pages/incidents/I00001.md:22:87",
        "    generated_pages/techniques/T0146.md:15:89",
    ]


def test_concise(corpus: Path) -> None:
    what = "E N401 T0146 is called “Account Asset” (singular and plural differ)"
    assert told(corpus, "concise").lines == [
        f"DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx:incidenttechniques!B2:18: {what}",
        f"generated_pages/incidents/I00001.md:22:87: {what}",
        f"generated_pages/techniques/T0146.md:15:89: {what}",
    ]


def report(corpus: Path) -> dict[str, Any]:
    data = json.loads(told(corpus, "json").out)
    validator("report").validate(data)
    assert isinstance(data, dict)
    return data


def test_json_has_the_cell_and_the_source(corpus: Path) -> None:
    found = report(corpus)
    assert found["corpus"]["master_data"] == [DATA, FRAMEWORK]
    cell, page, _ = found["findings"]
    assert (cell["path"], cell["line"], cell["cell"]) == (
        DATA,
        None,
        {"sheet": "incidenttechniques", "ref": "B2", "offset": 17, "end_offset": 31},
    )
    assert cell["source"] is None
    assert page["cell"] is None
    assert page["source"] == {
        "path": DATA,
        "sheet": "incidenttechniques",
        "ref": "B2",
        "offset": 17,
        "text": "Account Assets",
    }
    assert cell["fingerprint"] == page["fingerprint"]
    assert found["summary"]["causes"] == 1


def test_formats_for_programs_name_the_cell(corpus: Path) -> None:
    sarif = json.loads(told(corpus, "sarif").out)
    schema("sarif-2.1.0.json").validate(sarif)
    (place,) = sarif["runs"][0]["results"][0]["locations"]
    assert place["logicalLocations"] == [{"fullyQualifiedName": "incidenttechniques!B2"}]
    rows = list(csv.DictReader(io.StringIO(told(corpus, "csv").out.removeprefix("\ufeff"))))
    assert (rows[0]["cell_ref"], rows[1]["source_ref"], rows[1]["source_text"]) == (
        "B2",
        "B2",
        "Account Assets",
    )
    assert "incidenttechniques!B2:18" in told(corpus, "github").out
    issues = json.loads(told(corpus, "gitlab").out)
    assert "incidenttechniques!B2" in issues[0]["description"]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    junit = ET.fromstring(told(corpus, "junit").out)
    assert any("incidenttechniques!B2" in "".join(case.itertext()) for case in junit.iter())
    assert "incidenttechniques!B2" in told(corpus, "markdown").out
    assert json.loads(told(corpus, "rdjson").out)["diagnostics"][0]["location"] == {"path": DATA}


def test_workbook_that_is_named_is_reported_alone(corpus: Path) -> None:
    done = lint("check", DATA, "--output-format", "concise", cwd=corpus)
    assert [line.partition(": ")[0] for line in done.lines] == [f"{DATA}:incidenttechniques!B2:18"]


def test_workbook_outside_of_any_corpus(tmp_path: Path) -> None:
    sheets = data()
    sheets["incidenttechniques"][1][1] = "See (T0146: Account Assets)."
    (tmp_path / "any.xlsx").write_bytes(workbook(framework() | sheets))
    done = lint("check", "any.xlsx", "--output-format", "concise", cwd=tmp_path)
    assert done.lines == [
        "any.xlsx:incidenttechniques!B2:13: E N401 "
        "T0146 is called “Account Asset” (singular and plural differ)"
    ]


def test_baseline_entry_covers_the_cell_and_its_pages(corpus: Path) -> None:
    assert lint("baseline", "create", cwd=corpus).status == 0
    text = (corpus / ".disarm-lint-baseline.yaml").read_text("utf-8")
    assert text.count('"fingerprint":') == 1
    assert '"section": "incidenttechniques/IT00000001"' in text
    done = lint("check", cwd=corpus)
    assert done.status == 0
    assert "3 in the baseline" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no workbook", "it is not an .xlsx file"),
        (b"", "it is empty"),
        (b"PK\x03\x04" + bytes(200), "it is cut off or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx"),
    ],
)
def test_damaged_workbook_is_a_finding_and_no_crash(
    corpus: Path, content: bytes, reason: str
) -> None:
    (corpus / DATA).write_bytes(content)
    done = lint("check", "--output-format", "concise", cwd=corpus)
    assert done.status == 1
    assert done.err == ""
    (first,) = [line for line in done.lines if DATA in line]
    assert first.startswith(f"{DATA}:1:1: E X904 ")
    assert reason in first


def test_history_tells_what_an_id_was(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    repo.write(mini.corpus())
    repo.write(
        {"generated_pages/techniques/T0008.md": "# Technique T0008: Post Contents\n\nOld.\n"}
    )
    repo.commit()
    (repo.folder / "generated_pages/techniques/T0008.md").unlink()
    gone = repo.commit()[:7]
    repo.replace("generated_pages/techniques/T0115.md", "What Post Content is.", "See T0008.")
    plain = lint("check", "--select", "R201", "--output-format", "concise", cwd=repo.folder)
    (line,) = plain.lines
    assert line.endswith(
        f"T0008 does not exist; it was “Post Contents” until 2025-01-01 ({gone}); "
        "that resembles T0115 “Post Content”"
    )
    # A text that gives the id a name of its own means something else by it.
    repo.replace("generated_pages/techniques/T0115.md", "See T0008.", "See T0008 - Use hashtag.")
    (line,) = lint("check", "--select", "R201", "--output-format", "concise", cwd=repo.folder).lines
    assert line.endswith(f"T0008 does not exist; it was “Post Contents” until 2025-01-01 ({gone})")
