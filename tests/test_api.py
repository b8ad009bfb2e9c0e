"""The linter from Python: what README and the docstrings promise."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import disarm_lint
from disarm_lint import Config, ConfigError, Finding, Rule, lint_files, lint_path, load_rules
from support.cli import PAGES, write_corpus
from support.published import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "generated_pages/techniques/T0002.md"


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{f.location.path}:{f.location.span}: {f.rule}" for f in findings]


def rules_of(findings: tuple[Finding, ...], code: str) -> list[str]:
    return [f.message for f in findings if f.rule == code]


def test_a_folder(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    run = lint_path(tmp_path)
    assert rules_of(run.outcome.findings, "N401") == [
        "T0001 is called “Real Name” (has “Reel” instead of “Real”)",
        "T0002 is called “Other Name” (has “Nome” instead of “Name”)",
        "T0001 is called “Real Name” (has “Reel” instead of “Real”)",
    ]
    assert run.files == len(PAGES)


def test_a_file_is_judged_by_its_corpus(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    found = lint_path(tmp_path / WRONG).outcome.findings
    assert {finding.location.path for finding in found} == {WRONG}
    assert lint_path(str((tmp_path / WRONG).parent)).outcome.findings[-1].rule


def test_the_configuration_counts(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    (tmp_path / ".disarm-lint.yaml").write_text("select: [S103]\n")
    assert {finding.rule for finding in lint_path(tmp_path).outcome.findings} == {"S103"}
    (tmp_path / ".disarm-lint.yaml").write_text("selct: [S103]\n")
    with pytest.raises(ConfigError, match="1:1: unknown key “selct”; did you mean “select”"):
        lint_path(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is nothing at"):
        lint_path(tmp_path / "none")


def test_files_in_memory_with_options() -> None:
    pages = {f"generated_pages/{path}": text for path, text in PAGES.items()}
    pages["generated_pages/tactics/TA01.md"] = "# Tactic TA01: Plan Ahead\n\nThey Plan Ahead.\n"
    select = Config(select=("N405",), options={"N405": {"kind": "tactic"}})
    run = lint_files(
        {**pages, WRONG: "# Technique T0002: Other Name\n\nFirst Plan Ahead.\n"}, config=select
    )
    assert [finding.message for finding in run.outcome.findings] == [
        "“Plan Ahead” is written without its id, TA01"
    ]
    with pytest.raises(ValueError, match="N405 has no option “kinds”; did you mean “kind”"):
        lint_files(pages, config=Config(options={"N405": {"kinds": "tactic"}}))


def test_all_names_of_the_interface() -> None:
    for name in disarm_lint.__all__:
        assert getattr(disarm_lint, name) is not None
    assert not hasattr(disarm_lint, "run_rules")
    assert all(isinstance(loaded.rule, Rule) for loaded in load_rules())


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, disarm_lint; print([m for m in sys.modules if m.startswith('disarm_')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['disarm_lint']\n"


def test_the_example_in_the_docstring() -> None:
    found = lint_path(ROOT / "examples").outcome.findings
    assert "generated_pages/techniques/T0001.md" in {f.location.path for f in found}
