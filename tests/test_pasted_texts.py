"""What a paste brings along, and what a hand leaves half done, in texts, rows and fields."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

import disarm_rules
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules

if TYPE_CHECKING:
    from disarm_lint.ruleset import LoadedRule

CODES = ("L305", "L308", "R211", "S106", "S112", "S115", "S116", "T502", "T503")
HERE = "generated_pages/incidents/I00001.md"
SOURCE = "| [News](https://example.org/{n}) | {date} | A. Writer | - | - |\n"
PAGE = """# Incident I00001: A case

* **Summary:** {summary}

* **incident type**: incident

* **Year started:** 2021

* **Countries:** Norland , Southland

* **Found via:**

* **Date added:** 2021-03-04

| Reference | Pub Date | Authors | Org | Archive |
| --------- | -------- | ------- | --- | ------- |
{sources}

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0001 Alpha Beta](../../generated_pages/techniques/T0001.md) | {text} |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
"""
LONG = "They told the same story to three towns, and nobody in any of them had heard of it before."


@lru_cache(maxsize=1)
def _rules() -> tuple[LoadedRule, ...]:
    return tuple(rule for rule in load_rules(disarm_rules) if rule.rule.code in CODES)


def build(summary: str = "A text.", text: str = "A story.", dates: tuple[str, ...] = ()) -> str:
    sources = "".join(SOURCE.format(n=n, date=date) for n, date in enumerate(dates))
    return PAGE.format(summary=summary, text=text, sources=sources)


def says(page: str) -> list[tuple[str, str, str | None]]:
    technique = "# Technique T0001: Alpha Beta\n\n**Summary**: A text.\n"
    pages = {HERE: page, "generated_pages/techniques/T0001.md": technique}
    found = lint_contents(pages, _rules()).outcome.findings
    return [
        (f.rule, f.text.raw if f.text else "", f.suggestion)
        for f in found
        if f.location.path == HERE
    ]


def test_the_page_itself_is_well() -> None:
    assert says(build()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<p class="MsoNormal">A</p>', [("S116", '<p class="MsoNormal">', None)]),
        ("A<o:p></o:p>", [("S116", "<o:p>", None), ("S116", "</o:p>", None)]),
        (
            '<span style="font-size: 11pt">A</span>',
            [("S116", '<span style="font-size: 11pt">', None)],
        ),
        ("`<p class='x'>` <p> <i>A</i><br>", []),
        ("A&nbsp;B", [("T503", "&nbsp;", " ")]),
        ("A&#xa0;B&shy;C", [("T503", "&#xa0;", " "), ("T503", "&shy;", "")]),
        ("`&nbsp;` &amp; R&D &lt;", []),
        ("A &NBSP; B &Shy; C", []),
        ("A&#XA0;B", [("T503", "&#XA0;", " ")]),
        ("A &amp;amp; B", [("T502", "&amp;amp;", "&amp;")]),
        ("A &amp;quot;B&amp;quot;", [("T502", "&amp;quot;", "&quot;")] * 2),
        ("A &amp;c.; &amp;nothing;", []),
        ("See https:// for more", [("L305", "https://", None)]),
        ("See (http:///)", [("L305", "http:///", None)]),
        ("[A](attachment:1234:a.pdf)", [("L305", "attachment:1234:a.pdf", None)]),
        (f"{LONG} {LONG}", [("R211", LONG, None)]),
        (f"A word. {LONG} {LONG} The end.", [("R211", LONG, None)]),
        (f"{LONG} But: {LONG}", []),
        ("No. No. No. No. No. No. No. No. No. No. No. No. No. No. No. No. No. No.", []),
    ],
)
def test_what_a_paste_brings_along(text: str, found: list[tuple[str, str, str | None]]) -> None:
    assert says(build(summary=text)) == found
    assert says(build(text=text)) == found or found[0][0] == "R211"


def test_a_row_without_its_last_pipe() -> None:
    page = build().replace("| A story. |", "| A story.")
    assert says(page) == [("S106", "A story.", "A story. |")]


def test_a_field_behind_another_on_its_line() -> None:
    page = build().replace("incident\n\n* **Year", "incident * **Year")
    assert ("S115", "Year started", None) in says(page)


def test_a_parent_on_the_line_of_its_tactic_is_as_templates_had_it() -> None:
    page = (
        "# Technique T0001.001: Gamma\n\n**Summary**: A text.\n\n"
        "**Tactic**: TA01 Plan Strategy **Parent Technique:** T0001 Alpha Beta\n"
    )
    found = lint_contents({"generated_pages/techniques/T0001.001.md": page}, _rules())
    assert [item.message for item in found.outcome.findings] == []


@pytest.mark.parametrize(
    ("before", "found"), [("", True), ("<br>", False), ("<br /> ", False), ("<br><br>", False)]
)
def test_a_field_behind_a_long_line(before: str, found: bool) -> None:
    page = build().replace("incident\n\n* **Year", f"{'A story of boats. ' * 20}{before}**Year")
    pages = {HERE: page, "generated_pages/techniques/T0001.md": "# Technique T0001: Alpha Beta\n"}
    said = [f.message for f in lint_contents(pages, _rules()).outcome.findings]
    assert any("stands behind another text on one line" in text for text in said) is found


def test_a_target_that_stands_twice() -> None:
    target = "(../../generated_pages/techniques/T0001.md)"
    link = f"[T0001 Alpha Beta]{target}"
    assert says(build().replace(link, link + target)) == [("L308", link + target, link)]


@pytest.mark.parametrize("date", ["24-02-2019", "02/24/2019", "19-02-24", "yesterday"])
def test_a_date_in_another_form_than_the_few_others(date: str) -> None:
    found = says(build(dates=("2021-01-02", date)))
    assert [item[:2] for item in found] == [("S112", date)]


@pytest.mark.parametrize("date", ["2021/01/03", "2020", "2020-05", "-"])
def test_a_date_that_may_be_right(date: str) -> None:
    assert says(build(dates=("2021-01-02", date))) == []
