"""A file or an id that got another name brings no finding that was there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import mini, mini_master
from support.cli import lint
from support.git import Repo

PAGES = mini.PAGES
NOTES = f"{PAGES}/notes.md"
LINES = "".join(f"Line {n} of a note that somebody has written.\n\n" for n in range(6))
SLIP = "Accounts (T0146: Accounts Asset) posted.\n\n"
INCIDENT, TECHNIQUE = f"{PAGES}/incidents/I00001.md", f"{PAGES}/techniques/T0146.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a repository with a finding in a note, on an incident's page and its technique's."""
    files = mini.corpus()
    files[NOTES] = f"# Notes\n\n{LINES}{SLIP}"
    for path in (INCIDENT, TECHNIQUE):
        files[path] = files[path].replace("T0146: Account Asset,", "T0146: Accounts Asset,")
    repo = Repo.create(tmp_path / "repo")
    repo.write(files)
    repo.commit("first")
    return repo


def new(repo: Repo, *arguments: str) -> list[str]:
    """Return the findings that are new, each as its rule and its page."""
    result = lint("check", "--output-format", "concise", *arguments, cwd=repo.folder)
    assert result.status in (0, 1), result.err
    parts = [line.split(" ") for line in result.lines if ".md:" in line]
    return [f"{part[2]} {part[0].split(':')[0].removeprefix(f'{PAGES}/')}" for part in parts]


def rewrite(repo: Repo, old: str, other: str) -> None:
    """Write another id wherever one stands in the pages."""
    for page in sorted((repo.folder / PAGES).rglob("*.md")):
        page.write_text(page.read_text("utf-8").replace(old, other), "utf-8")


def test_the_corpus_has_findings(repo: Repo) -> None:
    assert new(repo) == [
        "N401 incidents/I00001.md",
        "S111 notes.md",
        "N401 notes.md",
        "N401 techniques/T0146.md",
    ]


def test_a_file_that_is_renamed_brings_nothing_new(repo: Repo) -> None:
    repo.git("mv", NOTES, f"{PAGES}/remarks.md")
    assert new(repo, "--staged") == new(repo, "--changed-since", "HEAD") == []


def test_a_file_that_is_renamed_and_edited_brings_what_was_written(repo: Repo) -> None:
    repo.git("mv", NOTES, f"{PAGES}/remarks.md")
    remarks = repo.folder / PAGES / "remarks.md"
    remarks.write_text(remarks.read_text("utf-8") + "See T0146: Acount Asset.\n", "utf-8")
    repo.git("add", "--all")
    assert new(repo, "--staged") == ["N401 remarks.md"]


def test_another_file_in_the_place_of_one_is_new(repo: Repo) -> None:
    repo.git("rm", "--quiet", NOTES)
    repo.write({f"{PAGES}/remarks.md": f"# Other\n\nQuite another text.\n\n{SLIP}"})
    repo.git("add", "--all")
    assert new(repo, "--staged") == ["S111 remarks.md", "N401 remarks.md"]


def test_an_incident_that_gets_another_number_brings_nothing_new(repo: Repo) -> None:
    repo.git("mv", INCIDENT, INCIDENT.replace("1.md", "7.md"))
    rewrite(repo, "I00001", "I00007")
    repo.git("add", "--all")
    assert new(repo, "--staged") == new(repo, "--changed-since", "HEAD") == []


def test_ids_that_get_new_numbers_together_bring_nothing_new(repo: Repo) -> None:
    repo.git("mv", INCIDENT, INCIDENT.replace("1.md", "7.md"))
    for stem in ("T0146", "T0146.001"):
        repo.git("mv", f"{PAGES}/techniques/{stem}.md", f"{PAGES}/techniques/{stem[:-1]}7.md")
    rewrite(repo, "I00001", "I00007")
    rewrite(repo, "T0146.001", "T0146.007")
    repo.git("mv", f"{PAGES}/techniques/T0147.md", f"{PAGES}/techniques/T0346.md")
    repo.git("mv", f"{PAGES}/techniques/T0146.007.md", f"{PAGES}/techniques/T0346.007.md")
    rewrite(repo, "T0146", "T0346")
    repo.git("add", "--all")
    assert new(repo, "--staged") == []


def test_half_a_renumbering_is_told(repo: Repo) -> None:
    repo.git("mv", INCIDENT, INCIDENT.replace("1.md", "7.md"))
    page = repo.folder / INCIDENT.replace("1.md", "7.md")
    page.write_text(page.read_text("utf-8").replace("I00001", "I00007"), "utf-8")
    repo.git("add", "--all")
    assert new(repo, "--staged")


def test_what_a_baseline_accepts_stays_accepted_when_its_file_is_renamed(repo: Repo) -> None:
    lint("baseline", "create", cwd=repo.folder)
    repo.git("add", "--all")
    repo.commit("baseline")
    assert new(repo) == []
    repo.git("mv", NOTES, f"{PAGES}/remarks.md")
    assert new(repo) == new(repo, "--staged") == []


LISTED = "T0146, T0146.001"
EVIDENCE = mini_master.EVIDENCE.replace("Account Asset,", "Accounts Asset,")


def _files(ids: dict[str, str]) -> dict[str, bytes]:
    """Return a corpus with a wrong name and a lost list member; some ids are others."""

    def text(value: str) -> str:
        for old, new in ids.items():
            value = value.replace(old, new)
        return value

    def sheets(book: mini_master.Sheets) -> mini_master.Sheets:
        return {
            name: [[text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
            for name, rows in book.items()
        }

    data = mini_master.data()
    rows = data["incidenttechniques"]
    rows[1] = ["IT00000001", EVIDENCE, "I00001", LISTED, None]
    found = mini_master.files(sheets(mini_master.framework()), sheets(data))
    return {
        text(path): data
        if path.endswith(".xlsx")
        else text(data.decode().replace(mini_master.EVIDENCE, EVIDENCE)).encode()
        for path, data in found.items()
    }


@pytest.fixture
def workbooks(tmp_path: Path) -> Repo:
    """Return a repository with findings in the workbook and on the pages of its rows."""
    repo = Repo.create(tmp_path / "repo")
    repo.write(_files({}))
    repo.commit("first")
    return repo


def renumber(repo: Repo, ids: dict[str, str]) -> None:
    """Give entities other numbers in all pages, their names and both workbooks."""
    for page in (repo.folder / mini.PAGES).rglob("*.md"):
        page.unlink()
    repo.write(_files(ids))
    repo.git("add", "--all")


def test_the_workbook_and_its_pages_have_findings(workbooks: Repo) -> None:
    found = [place.rpartition("/")[2] for place in workbooks.told()]
    assert found == [
        "DISARM_DATA_MASTER.xlsx:incidenttechniques!B2:18 E N401",
        "DISARM_DATA_MASTER.xlsx:incidenttechniques!D2:7 E M702",
        "I00001.md:22:87 E N401",
        "T0146.md:15:89 E N401",
    ]


@pytest.mark.parametrize(
    "ids",
    [
        {"T0146.001": "T0146.007"},
        {"IT00000001": "IT00000012"},
        {"I00001": "I00007", "T0146": "T0346", "IT00000001": "IT00000012"},
        {"TA15": "TA25", "P01": "P07"},
    ],
    ids=lambda ids: " ".join(ids),
)
def test_an_id_with_another_number_everywhere_brings_nothing_new(
    workbooks: Repo, ids: dict[str, str]
) -> None:
    renumber(workbooks, ids)
    assert workbooks.told("--staged") == []


def test_what_goes_wrong_while_rows_are_renumbered_is_told(workbooks: Repo) -> None:
    renumber(workbooks, {"T0146": "T0346"})
    page = f"{PAGES}/techniques/T0346.md"
    workbooks.replace(page, " posted.", " posted (T0115: Post Contents).")
    workbooks.git("add", "--all")
    assert [p.rpartition("/")[2] for p in workbooks.told("--staged")] == ["T0346.md:15:136 E M701"]
