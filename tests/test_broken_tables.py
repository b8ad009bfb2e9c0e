"""Tables whose header, dashes, rows or line ends somebody damaged: one finding, at its place.

Whatever is damaged, the references in the rows are still read: no page is then
said to lack them.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.model.finding import Finding
from disarm_lint.project import lint_contents
from support import mini
from support.mini import rules

HEADER = "| Technique | Description given for this incident |"
DASHES = "| --------- | ------------------------- |"
FIRST = "| [T0001 Paint Boats](../../generated_pages/techniques/T0001.md) | They painted. |"
SECOND = "| [T0002 Sink Boats](../../generated_pages/techniques/T0002.md) | They sank. |"
PAGE = "generated_pages/incidents/I00001.md"
END = "\n\n\nDO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"
TABLE = f"{HEADER}\n{DASHES}\n{FIRST}\n{SECOND}"
HEADING = "# Incident I00001: The Regatta\n\n* **Summary:** A regatta.\n\n"


def technique(id_: str, name: str, text: str) -> str:
    return (
        f"# Technique {id_}: {name}\n\n**Summary**: {name}.\n\n"
        "| Incident | Descriptions given for this incident |\n| --- | --- |\n"
        f"| [I00001 The Regatta](../../generated_pages/incidents/I00001.md) | {text} |{END}"
    )


def corpus(table: str) -> dict[str, str]:
    return {
        PAGE: f"{HEADING}{table}{END}",
        "generated_pages/techniques/T0001.md": technique("T0001", "Paint Boats", "They painted."),
        "generated_pages/techniques/T0002.md": technique("T0002", "Sink Boats", "They sank."),
    }


CODES = ("S105", "S106", "R205", "R206", "R209", "S113", "S104")


def found(table: str) -> list[Finding]:
    chosen = [loaded for loaded in rules() if loaded.rule.code in CODES]
    run = lint_contents(corpus(table), chosen)
    before = {(f.rule, f.message) for f in lint_contents(corpus(TABLE), chosen).outcome.findings}
    return [f for f in run.outcome.findings if (f.rule, f.message) not in before]


def told(table: str) -> list[str]:
    return [
        f"{f.location.span.line}:{f.location.span.column}: {f.rule} {f.message}"
        for f in found(table)
        if f.location.span
    ]


NEEDED = f"the header of this table must be `{HEADER}`"


@pytest.mark.parametrize(
    ("table", "finding"),
    [
        (TABLE.replace("Technique |", "Techn|ique |"), f"5:3: S105 {NEEDED}"),
        (TABLE.replace("Technique |", "Technique"), f"5:3: S105 {NEEDED}"),
        (
            TABLE.replace(f"{HEADER}\n", ""),
            f"5:3: S105 this table has lost its header: above this line belongs `{HEADER}`",
        ),
        (
            f"{FIRST}\n{SECOND}",
            f"5:1: S105 this table has lost its header: above this line belongs `{HEADER}`",
        ),
        (
            TABLE.replace(DASHES, "| --------- |"),
            "6:1: S105 the line of dashes does not fit the header above it, so GitHub shows no "
            "table here. Write `| --- | --- |`",
        ),
        (
            TABLE.replace(DASHES, "| --------- -------- | -- |"),
            "6:1: S105 the line of dashes does not fit the header above it, so GitHub shows no "
            "table here. Write `| --- | --- |`",
        ),
        (
            TABLE.replace(f"{DASHES}\n", ""),
            "5:1: S105 GitHub shows no table here: below the header belongs the line "
            "`| --- | --- |`",
        ),
        (
            TABLE.replace(f"{FIRST}\n", f"{FIRST}\n\n"),
            "9:3: S106 there is a blank line above this row, and GitHub ends the table there. "
            "Delete the blank line",
        ),
        (
            TABLE.replace("|\n| [T0002", "|| [T0002"),
            "7:82: S106 two rows are on one line: begin a new line between them",
        ),
        (
            TABLE.replace("|\n| [T0002", "| [T0002"),
            "7:82: S106 two rows are on one line: begin a new line between them",
        ),
        (
            TABLE.replace("| [T0002", "[T0002"),
            "8:1: S106 this row has lost the | at its beginning",
        ),
        (
            TABLE.replace("They sank", "They | sank"),
            "8:72: S106 this row has 3 cells, its table 2: a | inside the text cuts it, and GitHub "
            "shows nothing after cell 2. Write \\| for each | that belongs to a text",
        ),
    ],
)
def test_one_finding_and_no_lost_reference(table: str, finding: str) -> None:
    assert told(table) == [finding]


@pytest.mark.parametrize(
    ("table", "fixed"),
    [
        (TABLE.replace("|\n| [T0002", "|| [T0002"), TABLE),
        (TABLE.replace("|\n| [T0002", "| [T0002"), TABLE),
        (TABLE.replace("| [T0002", "[T0002"), TABLE),
        (TABLE.replace(DASHES, "| --- |"), TABLE.replace(DASHES, "| --- | --- |")),
    ],
)
def test_a_fix_makes_the_table_that_was_meant(table: str, fixed: str) -> None:
    (finding,) = found(table)
    assert finding.suggestion is not None
    place, source = finding.location.span, corpus(table)[PAGE]
    assert place is not None
    lines = source.splitlines(keepends=True)
    start = sum(map(len, lines[: place.line - 1])) + place.column - 1
    end = sum(map(len, lines[: place.end_line - 1])) + place.end_column - 1
    whole = source[:start] + finding.suggestion + source[end:]
    squeezed = whole.replace("|\n|[", "|\n| [").replace(". |\n|  [", ". |\n| [")
    assert squeezed == corpus(fixed)[PAGE]


ROWS = st.sampled_from([HEADER, DASHES, FIRST, SECOND, "", "|", "||", "| a |", "text", "| --- |"])


@settings(max_examples=200, deadline=None)
@given(st.lists(ROWS, max_size=9))
def test_any_lines_are_read_without_loss(lines: list[str]) -> None:
    run = lint_contents(corpus("\n".join(lines)), [])
    (page,) = (d for d in run.corpus.all_documents if d.path == PAGE)
    for table in page.tables:
        starts = [row.text.start for row in table.rows]
        assert starts == sorted(starts)
        for row in table.rows:
            assert table.text.start <= row.text.start <= row.text.end <= table.text.end
            assert all(
                row.text.start <= c.text.start <= c.text.end <= row.text.end for c in row.cells
            )


@pytest.mark.parametrize(
    ("page", "header", "broken"),
    [
        (
            "incidents/I00001.md",
            "| Technique | Description given for this incident |",
            "| Technique | Description given\nfor this incident |",
        ),
        (
            "incidents/I00001.md",
            "| Reference | Pub Date | Authors | Org | Archive |",
            "| Reference | Pub\nDate | Authors | Org | Archive |",
        ),
        ("techniques/T0146.md", "| Counters | Response types |", "| Counters | Response\ntypes |"),
    ],
)
def test_a_header_that_is_split_is_one_finding(page: str, header: str, broken: str) -> None:
    files = mini.corpus()
    path = f"{mini.PAGES}/{page}"
    assert files[path].count(header) == 1
    files[path] = files[path].replace(header, broken)
    (finding,) = mini.findings(files)
    assert (finding.rule, finding.suggestion) == ("S105", header)
    assert finding.message == (
        "the header of this table is split over 2 lines, so GitHub shows no table here. "
        "Delete the line break in it"
    )
