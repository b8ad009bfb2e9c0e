"""A suppression comment that is not exactly right suppresses nothing, and is reported."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.project import lint_contents
from support.mini import rules

PAGE = "generated_pages/techniques/T0001.md"
HEAD = (
    "# Technique T0001: Real Name\n\n**Summary**: Text.\n\n"
    "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW\n\n"
)
RULES = [loaded for loaded in rules() if loaded.rule.code in ("N401", "X902", "T505")]
WRONG = "See (T0001: Reel Name)."


def told(notes: str) -> list[str]:
    run = lint_contents({PAGE: HEAD + notes}, RULES)
    return [
        f"{f.rule} {f.location.span.line if f.location.span else 0}" for f in run.outcome.findings
    ]


@pytest.mark.parametrize(
    "notes",
    [
        f"<!-- disarm-lint: ignore[N401] quoted -->\n{WRONG}\n",
        f"<!-- disarm-lint: ignore[N401] -->\n{WRONG}\n",
        f"<!--disarm-lint:ignore[ N401 , R201 ]-->\n{WRONG}\n",
        f"{WRONG} <!-- disarm-lint: ignore[name-mismatch] quoted -->\n",
        f"{WRONG}\n\n<!-- disarm-lint: ignore-file[N4] quoted -->\n",
    ],
)
def test_the_form_that_counts(notes: str) -> None:
    assert [line for line in told(notes) if line.startswith("N401")] == []


@pytest.mark.parametrize(
    "directive",
    [
        "ignore N401",
        "ignore(N401)",
        "ignore: N401",
        "ignore[N401",
        "ignore[]",
        "ignore[ , ]",
        "ignored by me",
        "ignore",
        "ignore-file",
        "ignore-file N401",
        "ignore-files[N401]",
        "ignore [N401]",
        "ignore[N401]because",
        "ignroe[N401]",
        "disable[N401]",
        "",
    ],
)
def test_another_form_suppresses_nothing_and_is_reported(directive: str) -> None:
    assert told(f"<!-- disarm-lint: {directive} -->\n{WRONG}\n") == ["X902 7", "N401 8"]
    assert told(f"{WRONG} <!-- disarm-lint: {directive} -->\n") == ["N401 7", "X902 7"]


def test_a_comment_that_is_not_closed_is_reported() -> None:
    assert told(f"<!-- disarm-lint: ignore[N401]\n{WRONG}\n")[:1] == ["X902 7"]


def test_a_comment_in_code_is_text() -> None:
    assert told(f"Write `<!-- disarm-lint: ignore[N401] -->` before.\n{WRONG}\n") == ["N401 8"]
    assert told(f"{WRONG} See ``a ` <!-- disarm-lint: ignore[N401] -->``.\n") == ["N401 7"]
    assert told(f"    <!-- disarm-lint: ignore -->\n\n{WRONG}\n") == ["N401 9"]


def explained(notes: str) -> list[str]:
    run = lint_contents({PAGE: HEAD + notes}, RULES)
    return [f.message for f in run.outcome.findings if f.rule == "X902"]


def test_a_rule_that_does_not_exist_suppresses_nothing_and_the_message_says_so() -> None:
    assert told(f"<!-- disarm-lint: ignore[N999] -->\n{WRONG}\n") == ["X902 7", "N401 8"]
    for word, message in (
        ("N999", "no rule is called N999; `disarm-lint rules` lists them"),
        ("name-mismach", "no rule is called name-mismach; did you mean “name-mismatch”?"),
        ("N401;R201", "no rule is called N401;R201; separate rules by commas"),
        ("N999, N401", "no rule is called N999; `disarm-lint rules` lists them"),
    ):
        assert explained(f"<!-- disarm-lint: ignore[{word}] -->\n{WRONG}\n") == [message]


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- Disarm-Lint: ignore[N401] -->",
        "<!-- disarm-lint ignore[N401] -->",
        "<!-- disarmlint: ignore[N401] -->",
        "<!-- disarm_lint: ignore[N401] -->",
    ],
)
def test_a_comment_that_is_meant_for_the_linter_and_misspelt_is_reported(comment: str) -> None:
    assert told(f"{WRONG} {comment}\n") == ["N401 7", "X902 7"]


def test_a_comment_that_speaks_of_the_linter_is_no_directive() -> None:
    assert told(f"{WRONG} <!-- disarm-lint found this -->\n") == ["N401 7"]


@pytest.mark.parametrize("mark", ["* ", "- ", "1. ", "> ", "> * "])
def test_a_comment_alone_behind_a_mark_stands_for_the_next_line(mark: str) -> None:
    assert told(f"{mark}<!-- disarm-lint: ignore[N401] -->\n{mark}{WRONG}\n") == []


def test_what_a_comment_lacks_is_said() -> None:
    form = "this comment suppresses nothing: "
    assert explained("<!-- disarm-lint: ignore[N401]\nbecause -->\n") == [
        form + "it has to end on its line, with `-->`"
    ]
    assert explained("<!-- disarm-lint: ignore-next-line[N401] -->\n") == [
        form + "there is no “ignore-next-line”, only `ignore[…]` and `ignore-file[…]`"
    ]


def test_a_comment_above_the_marker_suppresses_nothing_and_is_reported() -> None:
    comment = f"{WRONG} <!-- disarm-lint: ignore[N401] -->"
    page = HEAD.replace("Text.", comment)
    found = lint_contents({PAGE: page}, RULES).outcome.findings
    assert [finding.rule for finding in found] == ["N401", "X902"]
    assert found[1].message == (
        "this comment suppresses nothing: the next generation of this page deletes it. "
        "Put the exception into the configuration or the baseline"
    )


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ignore-fl[]N401 ,:>", max_size=24))
def test_nothing_but_the_form_suppresses(directive: str) -> None:
    right = re.fullmatch(r" *ignore(?:-file)?\[[^\[\]]*\](?: .*)?", directive)
    if right is None:
        assert any(
            line.startswith("N401") for line in told(f"<!-- disarm-lint:{directive} -->\n{WRONG}\n")
        )
