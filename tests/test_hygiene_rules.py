"""Rows, tags, values, file names and suppression comments: cases beyond the manuals' examples."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

import disarm_rules
from disarm_lint.engine import run_rules
from disarm_lint.model.config import Config
from disarm_lint.project import lint_contents, read_corpus
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.filesystem import MemoryTree

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import LoadedRule

TECHNIQUE = "generated_pages/techniques/{}.md"
INCIDENT = "generated_pages/incidents/I00001.md"
MARKER = "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"


@cache
def rules() -> dict[str, LoadedRule]:
    return {loaded.rule.code: loaded for loaded in load_rules(disarm_rules)}


def found(code: str, files: dict[str, str]) -> list[Finding]:
    return list(lint_contents(files, [rules()[code]]).outcome.findings)


def text_at(finding: Finding, text: str) -> str:
    span = finding.location.span
    assert span is not None
    assert span.line == span.end_line
    return text.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]


def page(body: str, notes: str = "") -> dict[str, str]:
    text = f"# Incident I00001: Case\n\n* **Summary:** A case.\n\n{body}\n\n{MARKER}\n{notes}"
    return {INCIDENT: text}


TABLE = "| Technique | Description given for this incident |\n| --- | --- |\n"


@pytest.mark.parametrize(
    ("file", "heading", "span", "suggestion"),
    [
        ("T0087", "T0087", None, None),
        ("T0087", "t0087", "t0087", "T0087"),
        ("T0087", "T0087 ", "T0087 ", "T0087"),
        ("T0087 ", "T0087", "T0087", None),
        ("T0087 ", "T0087 ", "T0087 ", None),
        ("t0087", "T0087", "T0087", None),
        ("T0087.001", "T0087 .001", "T0087 .001", "T0087.001"),
        ("T0088", "T0087", "T0087", None),
        ("T0087", "T00087", None, None),
        ("T0087", "TA01", None, None),
    ],
)
def test_heading_and_file_name(
    file: str, heading: str, span: str | None, suggestion: str | None
) -> None:
    text = f"# Technique {heading}: Name\n\n**Summary**: What it is.\n"
    findings = found("S102", {TECHNIQUE.format(file): text})
    assert [text_at(finding, text) for finding in findings] == ([span] if span else [])
    assert [finding.suggestion for finding in findings] == ([suggestion] if span else [])


def test_an_incident_and_its_technique_share_the_cause_of_a_broken_row() -> None:
    row = "| [{0} x](../../generated_pages/{1}/{0}.md) | a | b |\n"
    files = page(TABLE + row.format("T0087", "techniques"))
    files[TECHNIQUE.format("T0087")] = (
        "# Technique T0087: x\n\n**Summary**: y\n\n"
        "| Incident | Descriptions given for this incident |\n| --- | --- |\n"
        + row.format("I00001", "incidents")
    )
    findings = found("S106", files)
    assert len(findings) == 2
    assert len({finding.cause for finding in findings}) == 1


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("| a | b |\n| c | d |\n", 0),
        ("| a | b \\| c |\n", 0),
        ("| a | b\n | \n| c | d |\n", 1),
        ("| a | b\nmore |\n", 1),
        ("| a |\n", 1),
        ("| a | b | c |\n", 1),
    ],
)
def test_broken_rows(rows: str, count: int) -> None:
    assert len(found("S106", page(TABLE + rows))) == count


def test_a_wrong_header_is_no_broken_row() -> None:
    table = "| Technique | Description given for this incident | Note |\n| --- | --- | --- |\n"
    assert found("S106", page(f"{table}| a | b |\n")) == []


@pytest.mark.parametrize(
    ("notes", "count"),
    [
        ("\n| a | b |\n| - | - |\n| 1 |\ntext\n", 0),
        ("\na | b\n- | -\n1 | 2\n3 | 4\n", 0),
        ("\n| a | b |\n| - | - |\n| 1 | 2 | 3 |\n", 1),
    ],
)
def test_rows_of_notes(notes: str, count: int) -> None:
    assert len(found("S106", page("", notes))) == count


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("<i>a</I> <B>b</b>", []),
        ("<i>a <b>b</i> c</b>", []),
        ("`<i>` \\<b>", []),
        ("<i>a<br><i>b</i>", ["<i>"]),
        ("<i>a”<i><br>b", ["<i>"]),
        ("<i>a”<i><br>b <i>c</i>", ["<i>"]),
        ("a</i> b</b>", ["</i>", "</b>"]),
        ("x </b>a</b> y", ["</b>"]),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    body = f"{TABLE}| a | {text} |\n"
    files = page(body)
    findings = found("S109", files)
    assert [text_at(finding, files[INCIDENT]) for finding in findings] == tags


@pytest.mark.parametrize(
    ("field", "value", "suggestion"),
    [
        ("Year started", "2016.0", "2016"),
        ("Year started", "#REF!", None),
        ("Date added", "2023-10-30 00:00:00", "2023-10-30"),
        ("Date added", "2023-10-30T00:00:00.000", "2023-10-30"),
        ("Date added", "45229", "2023-10-30"),
        ("Date added", "45229.0", "2023-10-30"),
        ("Countries", ",", ""),
        ("Countries", ", France", "France"),
        ("incident type", "nan", ""),
        ("incident type", "None", ""),
    ],
)
def test_malformed_values(field: str, value: str, suggestion: str | None) -> None:
    files = page(f"* **{field}:** {value}")
    (finding,) = found("S112", files)
    assert text_at(finding, files[INCIDENT]) == value
    assert finding.suggestion == suggestion
    assert finding.subject.startswith("incident.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Year started", "2016"),
        ("Year started", "2016-2018"),
        ("Date added", "2019-02-24"),
        ("Date added", "2019-02-24 10:15:00"),
        ("Date added", "2019"),
        ("Countries", "Russia , USA"),
        ("Found via", "N/A"),
    ],
)
def test_sound_values(field: str, value: str) -> None:
    assert found("S112", page(f"* **{field}:** {value}")) == []


def test_none_is_a_word_in_prose() -> None:
    text = f"{TABLE}| [T0001 x](../../generated_pages/techniques/T0001.md) | None |\n"
    assert found("S112", page(text)) == []


NOTES = "\n<!-- disarm-lint: ignore[T504, N401] why -->\nA note\x07.\n"


def test_a_comment_is_reported_for_the_rules_that_it_does_not_need() -> None:
    run = lint_contents(page("", NOTES), list(rules().values()))
    messages = [f.message for f in run.outcome.findings if f.rule == "X902"]
    assert len(messages) == 1
    assert "N401" in messages[0]
    assert "T504" not in messages[0]


def test_a_selection_does_not_make_a_comment_unused() -> None:
    files = page("", NOTES.replace(", N401", ""))
    corpus = read_corpus(
        MemoryTree({path: text.encode() for path, text in files.items()}), Config()
    )
    outcome = run_rules(corpus, list(rules().values()), selected={"X902"}.__contains__)
    assert outcome.findings == ()
    assert outcome.suppressed == 0


def test_ignore_all_and_unknown_rules() -> None:
    notes = "\n<!-- disarm-lint: ignore[X999] why -->\ntext\n"
    run = lint_contents(page("", notes), list(rules().values()))
    assert [f.rule for f in run.outcome.findings if f.rule == "X902"] == ["X902"]


def test_outside_of_a_corpus_aliases_are_not_judged() -> None:
    config = Config(aliases={"T0001": ("x",)})
    run = lint_contents({"notes.md": "text"}, [rules()["X903"]], config=config)
    assert run.outcome.findings == ()


def test_not_a_page_is_said_once_and_shows_little() -> None:
    text = "\n\n  " + "word " * 5000
    (finding,) = found("S111", {"notes.md": text})
    span = finding.location.span
    assert span is not None
    assert (span.line, span.column) == (3, 3)
    assert span.end_column <= 83


def test_a_comment_for_a_rule_that_asks_the_web_is_left_alone() -> None:
    notes = "\n<!-- disarm-lint: ignore[L306] it is down at night -->\nhttps://example.org/\n"
    run = lint_contents(page("", notes), list(rules().values()))
    assert [f for f in run.outcome.findings if f.rule == "X902"] == []
