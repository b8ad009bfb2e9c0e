"""Severities that hang on the path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.cli import PAGES, lint, write_corpus

NOTES = {**PAGES, "notes/a.md": "See (T0001: Reel Name) and (T0777: Nothing).\n"}


def run(root: Path, config: str, *arguments: str) -> tuple[int, list[str]]:
    (root / ".disarm-lint.yaml").write_text(config)
    done = lint("check", "--output-format", "json", *arguments, cwd=root)
    assert done.status in (0, 1), done.err
    found = json.loads(done.raw)["findings"]
    return done.status, [
        f"{f['rule']} {f['severity']} {f['path'].removeprefix('generated_pages/')}" for f in found
    ]


@pytest.mark.parametrize(
    ("config", "of_name", "of_id"),
    [
        ("per-path-severity: {notes/: {ALL: info}}", "info", "info"),
        ("per-path-severity: {notes/: {N: info, R201: warning}}", "info", "warning"),
        ("per-path-severity: {notes/: {name-mismatch: info}}", "info", "error"),
        ("severity: {N401: warning}\nper-path-severity: {notes/: {R: info}}", "warning", "info"),
        ("severity: {N401: info}\nper-path-severity: {notes/: {ALL: error}}", "error", "error"),
        ("per-path-severity:\n  '*.md': {ALL: warning}\n  notes/: {N: info}", "info", "warning"),
        ("per-path-severity:\n  notes/: {N: info}\n  '*.md': {ALL: warning}", "warning", "warning"),
        ("per-path-severity: {notes/: {N401: info, N: warning}}", "warning", "error"),
    ],
)
def test_the_last_that_fits_counts(tmp_path: Path, config: str, of_name: str, of_id: str) -> None:
    root = write_corpus(tmp_path, NOTES)
    _, found = run(root, config + "\n")
    assert f"N401 {of_name} notes/a.md" in found
    assert f"R201 {of_id} notes/a.md" in found


def test_notes_can_be_milder(tmp_path: Path) -> None:
    pages = {path: text for path, text in NOTES.items() if path.startswith(("notes", "tech"))}
    pages["techniques/T0002.md"] = pages["techniques/T0002.md"].replace("Reel", "Real")
    root = write_corpus(tmp_path, pages)
    config = "select: [N401, R201, X]\nper-path-severity:\n  notes/:\n    ALL: warning\n"
    status, found = run(root, config)
    assert (status, found) == (0, ["N401 warning notes/a.md", "R201 warning notes/a.md"])
    assert run(root, config, "--fail-on", "warning")[0] == 1
    (root / "generated_pages/techniques/T0002.md").write_text(
        "# Technique T0002: Other Name\n\n(T0001: Reel Name)\n"
    )
    assert run(root, config)[0] == 1


def test_a_pattern_that_matches_nothing_is_told(tmp_path: Path) -> None:
    root = write_corpus(tmp_path, NOTES)
    done = lint("check", "--output-format", "json", cwd=root)
    (root / ".disarm-lint.yaml").write_text("per-path-severity:\n  nots/: {ALL: info}\n")
    done = lint("check", "--select", "X903", "--output-format", "json", cwd=root)
    (finding,) = json.loads(done.raw)["findings"]
    assert (finding["path"], finding["line"], finding["column"]) == (".disarm-lint.yaml", 2, 3)
    assert finding["message"] == "“nots/” under per-path-severity matches no file"


def test_one_config_for_two_corpora_need_not_match_in_both(tmp_path: Path) -> None:
    write_corpus(tmp_path / "one", NOTES)
    write_corpus(tmp_path / "two")
    (tmp_path / ".disarm-lint.yaml").write_text("per-path-severity: {notes/: {ALL: info}}\n")
    done = lint("check", "--select", "X903", "--fail-on", "warning", cwd=tmp_path)
    assert done.status == 0


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ("per-path-severity: [a]\n", "1:20: “per-path-severity” must be keys with values"),
        ("per-path-severity: {a: info}\n", "1:24: “a” must be keys with values"),
        ("per-path-severity: {a: {N401: eror}}\n", "1:31: “N401” must be one of error, warning"),
        ("per-path-severity: {a: {N4o1: error}}\n", "1:25: no rule is called “N4o1”"),
        ("per-path-severity: {'!a': {N401: error}}\n", "1:21: a pattern cannot begin with “!”"),
        ("per-path-severity: {'*a*b*c*d*e': {N: info}}\n", "1:21: a pattern can hold at most"),
    ],
)
def test_errors_have_line_and_column(tmp_path: Path, config: str, error: str) -> None:
    root = write_corpus(tmp_path)
    (root / ".disarm-lint.yaml").write_text(config)
    done = lint("check", cwd=root)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f".disarm-lint.yaml:{error}")


def test_config_show_has_them(tmp_path: Path) -> None:
    root = write_corpus(tmp_path)
    (root / ".disarm-lint.yaml").write_text("per-path-severity: {notes/: {ALL: info}}\n")
    out = lint("config", "show", cwd=root).out
    assert "per-path-severity:\n  notes/:\n    ALL: info\n" in out
