"""N407: misspelt words in names, from the dictionary of codespell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disarm_lint.model.finding import Repair
from disarm_lint.project import lint_contents
from disarm_rules._misspellings import find_corrections, read_dictionary
from disarm_rules.n407_name_spelling import NameSpellingOptions
from support import mini, mini_master
from support.cli import Result, lint, run, write_corpus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from disarm_lint.model.finding import Finding

RULES = [loaded for loaded in mini.rules() if loaded.rule.code == "N407"]


def named(name: str) -> dict[str, str]:
    """Return a page with a name, and nothing around it."""
    return {f"{mini.PAGES}/techniques/T0115.md": f"# Technique T0115: {name}\n"}


def found(contents: Mapping[str, str | bytes], *words: str) -> tuple[Finding, ...]:
    options = {"N407": NameSpellingOptions(words)}
    return lint_contents(contents, RULES, options=options).outcome.findings


@pytest.mark.parametrize(
    ("name", "at", "message", "suggestion"),
    [
        (
            "Server Adminstrator Goes",
            "Adminstrator",
            "“Adminstrator” is a common misspelling of “Administrator”",
            "Administrator",
        ),
        (
            "Detect an anomoly",
            "anomoly",
            "“anomoly” is a common misspelling of “anomaly”",
            "anomaly",
        ),
        (
            "Post abandonin Content",
            "abandonin",
            "“abandonin” is a common misspelling of “abandoning” or “abandon in”",
            None,
        ),
    ],
)
def test_a_misspelt_word_is_told_where_it_stands(
    name: str, at: str, message: str, suggestion: str | None
) -> None:
    (one,) = found(named(name))
    assert one.location.span is not None
    column = len("# Technique T0115: ") + name.index(at) + 1
    assert (one.location.span.column, one.location.span.end_column) == (column, column + len(at))
    assert (one.message, one.suggestion, one.subject) == (message, suggestion, "T0115")
    # Corrected in one place, it would be wrong in all others.
    assert one.fix is None
    assert RULES[0].rule.repair is Repair.BY_HAND


@pytest.mark.parametrize(
    "name",
    [
        "Post Content",
        "Organise Behaviour",  # British
        "Organize Behavior",  # American
        "Use ADMINSTRATOR",  # in capitals: an abbreviation, or so it may be
        "Use the adminstrator_x",  # a part of something
        "Use the adminstrator2",
        "Run teh aas",  # too short to tell
    ],
)
def test_what_is_left_alone(name: str) -> None:
    assert found(named(name)) == ()


def test_an_option_spares_words() -> None:
    assert found(named("Server Adminstrator"), "adminstrator") == ()


def test_a_name_is_told_once_at_its_cell() -> None:
    sheets = mini_master.framework()
    sheets["techniques"][1][1] = "Post Contnet"
    page = mini.corpus()[f"{mini.PAGES}/techniques/T0115.md"].replace(
        "Post Content", "Post Contnet"
    )
    (one,) = found(mini_master.files(sheets, T0115=page))
    assert one.location.cell is not None
    assert (one.location.cell.address, one.location.cell.offset) == ("techniques!B2", 5)
    assert one.message == "“Contnet” is a common misspelling of “Content” or “Continent”"


def test_texts_that_write_the_name_right_tell_it_better() -> None:
    """N403 suspects the name where most citations write it otherwise: no second finding."""
    sheets = mini_master.framework()
    head = sheets["actortypes"][0]
    sheets["actortypes"].append(["A001", "server adminstrator", *[None] * (len(head) - 2)])
    for number in range(4):
        row: list[object] = [None] * len(sheets["countermeasures"][0])
        row[0:2] = [f"C{number:05}", f"Counter Number {number}"]
        row[sheets["countermeasures"][0].index("actortypes")] = "A001 - server administrator"
        sheets["countermeasures"].append(row)
    rules = [loaded for loaded in mini.rules() if loaded.rule.code in ("N403", "N407")]
    files = mini_master.files(sheets)
    rules_of = [f.rule for f in lint_contents(files, rules).outcome.findings if f.subject == "A001"]
    assert "N403" in rules_of
    assert "N407" not in rules_of


def test_the_dictionary_is_read_whole() -> None:
    dictionary = read_dictionary()
    assert len(dictionary) > 50_000
    assert all(meant and all(meant) for meant in dictionary.values())
    assert find_corrections("accomodation") == ("accommodation",)
    assert find_corrections("word") == ()


def test_off_by_default_and_on_where_it_is_selected(tmp_path: Path) -> None:
    write_corpus(tmp_path, {"techniques/T0001.md": "# Technique T0001: Real Adminstrator\n"})
    assert "N407" not in lint("check", cwd=tmp_path).out
    done = lint("check", "--select", "name-spelling", cwd=tmp_path)
    assert "techniques/T0001.md:1:25: warning[N407] “Adminstrator” is a" in done.out
    assert "= help: write “Administrator”" in done.out


def without_codespell(tmp_path: Path, selector: str) -> Result:
    write_corpus(tmp_path)
    code = (
        "import sys; sys.modules['codespell_lib'] = None; from disarm_lint.cli.main import main; "
        f"sys.exit(main(['check', '--select', '{selector}']))"
    )
    return run(cwd=tmp_path, code=code)


@pytest.mark.parametrize("selector", ["N407", "name-spelling"])
def test_without_its_dictionary_the_rule_is_refused_in_one_line(
    tmp_path: Path, selector: str
) -> None:
    done = without_codespell(tmp_path, selector)
    assert (done.status, done.out, done.err) == (
        2,
        "",
        "disarm-lint: the rule N407 name-spelling knows misspellings from codespell, which is not "
        "installed: install disarm-lint with its extra “spelling” (pip install '.[spelling]'), or "
        "--ignore N407\n",
    )


def test_without_its_dictionary_a_family_of_rules_runs_all_the_same(tmp_path: Path) -> None:
    done = without_codespell(tmp_path, "N")
    assert (done.status, done.err) == (1, "")
    assert "N401" in done.out
