"""What differs on Windows: line ends, letter case, paths and consoles. Runs everywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.cli import PAGES, lint, write_corpus
from support.git import Repo

if TYPE_CHECKING:
    from support.cli import Result

HERE = "generated_pages/incidents/I00001.md"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def places(done: Result) -> list[tuple[str, str]]:
    return [(item["rule"], item["path"]) for item in json.loads(done.out)["findings"]]


@pytest.mark.parametrize(
    "shape", ["generated_pages{0}incidents{0}I00001.md", ".{0}generated_pages"]
)
def test_a_path_has_the_separator_of_the_system(corpus: Path, shape: str) -> None:
    done = lint("check", "--output-format", "json", shape.format(os.sep), cwd=corpus)
    assert ("N401", HERE) in places(done)
    assert "\\\\" not in done.out


def test_an_absolute_path_with_its_drive_and_a_space(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "A folder")
    elsewhere = tmp_path / "here"
    elsewhere.mkdir()
    done = lint("check", "--output-format", "json", str(root), cwd=elsewhere)
    assert ("N401", f"../A folder/{HERE}") in places(done)


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
@pytest.mark.parametrize("name", ["text", "grouped", "concise"])
def test_a_console_with_few_characters_shows_all_findings(
    corpus: Path, encoding: str, name: str
) -> None:
    page = corpus / HERE
    page.write_bytes(page.read_bytes() + "\nŁódź “→” 👩 (T0001: Reel Náme)\n".encode())
    done = lint("check", "--output-format", name, cwd=corpus, PYTHONIOENCODING=encoding)
    assert (done.status, done.raw_errors) == (1, b"")
    assert "Traceback" not in done.raw.decode(encoding)
    assert done.raw.decode(encoding).count("N401") >= 3


@pytest.mark.parametrize("command", [("rules",), ("explain", "T502"), ("check", "--help")])
def test_a_console_with_few_characters_shows_all_help(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = lint(*command, cwd=tmp_path, PYTHONIOENCODING="cp1252")
    assert (done.status, done.raw_errors) == (0, b"")


def test_letter_case_counts_where_the_disk_does_not_tell_it(corpus: Path) -> None:
    page = corpus / "generated_pages/techniques/T0001.md"
    page.write_bytes(page.read_bytes() + b"\nSee [the event](../Incidents/i00001.MD).\n")
    done = lint("check", "--output-format", "json", cwd=corpus)
    (found,) = [item for item in json.loads(done.out)["findings"] if item["rule"] == "L303"]
    assert found["suggestion"] == "../incidents/I00001.md"


def test_a_target_with_backslashes(corpus: Path) -> None:
    page = corpus / "generated_pages/techniques/T0001.md"
    page.write_bytes(page.read_bytes() + b"\nSee [the event](..\\incidents\\I00001.md).\n")
    done = lint("check", "--output-format", "json", cwd=corpus)
    (found,) = [item for item in json.loads(done.out)["findings"] if item["rule"] == "L301"]
    assert found["suggestion"] == "../incidents/I00001.md"


def test_a_checkout_with_other_line_ends_has_no_new_findings(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    write_corpus(repo.folder)
    repo.commit("First")
    repo.git("config", "core.autocrlf", "true")
    for path in PAGES:
        (repo.folder / "generated_pages" / path).unlink()
    repo.git("checkout", "--", ".")
    assert b"\r\n" in (repo.folder / HERE).read_bytes()
    done = lint("check", "--output-format", "json", "--changed-since", "HEAD", cwd=repo.folder)
    assert (done.status, places(done)) == (0, [])
    whole = lint("check", "--output-format", "json", cwd=repo.folder)
    assert "T505" not in {rule for rule, _ in places(whole)}


def test_a_fix_keeps_the_line_ends_of_a_file(corpus: Path) -> None:
    page = corpus / HERE
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    before = page.read_bytes()
    lint("fix", "--allow-dirty", "--select", "N401", ".", cwd=corpus)
    after = page.read_bytes()
    assert after == before.replace(b"Reel", b"Real").replace(b"Nome", b"Name")


def test_a_report_is_written_with_line_feeds(corpus: Path) -> None:
    lint("check", "--output-format", "json", "--output-file", "out.json", cwd=corpus)
    assert b"\r" not in (corpus / "out.json").read_bytes()
