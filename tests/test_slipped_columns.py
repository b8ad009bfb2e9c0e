"""Columns other than evidence that slipped: the pages, or other cells, show each value's row."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from disarm_lint.project import lint_contents
from support import mini, mini_master
from support.cli import lint as run_lint
from support.cli import write_files
from support.mini_master import DATA, FRAMEWORK
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.model.finding import Finding

WORDS = [
    "Boats",
    "Charts",
    "Bells",
    "Flags",
    "Drums",
    "Masks",
    "Ropes",
    "Kites",
    "Coins",
    "Seals",
    "Stamps",
    "Torches",
]
IDS = [f"T02{number:02}" for number in range(1, len(WORDS) + 1)]
NAMES = [f"Paint {word}" for word in WORDS]
COLUMNS = {"name": "B", "tactic_id": "C", "summary": "D"}
# The row of the first of them in the sheet.
FIRST = 5
# The rules that speak of what a column says.
QUIET = (
    "M701",
    "M702",
    "R206",
    "N401",
    "N402",
    "N403",
    "N404",
    "R201",
    "R203",
    "R204",
    "C603",
    "A802",
)


def build(column: str, values: list[str | None], *, pages: bool = True) -> dict[str, bytes]:
    """Return the small corpus with twelve techniques more, one column of which was replaced."""
    tactics = [("TA09", "TA15")[number % 2] for number in range(len(IDS))]
    summaries = [f"What {name} is." for name in NAMES]
    frameworks = mini_master.framework()
    shown: dict[str, list[str] | list[str | None]] = {
        "name": NAMES,
        "tactic_id": tactics,
        "summary": summaries,
    }
    shown[column] = values
    for number, entity_id in enumerate(IDS):
        row = [shown[key][number] for key in COLUMNS]
        frameworks["techniques"].append([entity_id, *row, f"{entity_id} - {NAMES[number]}"])
    files = {path: text.encode() for path, text in mini.corpus().items()}
    named = {"TA09": "Deliver Content", "TA15": "Establish Assets"}
    for entity_id, name, tactic in zip(IDS, NAMES, tactics, strict=True) if pages else ():
        page = mini.technique(entity_id, name, f"{tactic} {named[tactic]}")
        files[f"{mini.PAGES}/techniques/{entity_id}.md"] = page.encode()
    files[FRAMEWORK] = workbook(frameworks)
    files[DATA] = workbook(mini_master.data())
    return files


def lint(files: dict[str, bytes]) -> list[Finding]:
    rules = [r for r in mini.rules() if r.rule.code in ("M707", *QUIET)]
    return list(lint_contents(dict(files), rules).outcome.findings)


def shift(values: list[str], at: int, number: int) -> list[str | None]:
    """Return values of which `number` were deleted at a place, or as many empty cells inserted."""
    if number < 0:
        return [*values[:at], *values[at - number :], *[None] * -number]
    return [*values[:at], *[None] * number, *values[at:]][: len(values)]


@pytest.mark.parametrize(("at", "number"), [(0, -1), (3, -1), (3, -2), (2, 1), (4, 2)])
@pytest.mark.parametrize("column", ["name", "summary"])
def test_a_column_that_slipped_against_its_pages(column: str, at: int, number: int) -> None:
    values = NAMES if column == "name" else [f"What {name} is." for name in NAMES]
    found = lint(build(column, shift(values, at, number)))
    first = FIRST + at + max(number, 0)
    last = FIRST + len(IDS) - 1 + min(number, 0)
    side, rows = ("below", "row") if number > 0 else ("above", "row")
    rows = "row" if abs(number) == 1 else "rows"
    value = values[at if number > 0 else at - number]
    home = IDS[at if number > 0 else at - number]
    assert [finding.message for finding in found if finding.rule == "M707"] == [
        f"from row {first} on, the cells of column {COLUMNS[column]} (“{column}”) stand "
        f"{abs(number)} {rows} {side} their rows ({first} to {last}); “{value}” in row {first} "
        f"belongs to {home} in row {first - number}, as the pages or other cells show"
    ]


def test_nothing_else_speaks_of_what_slipped() -> None:
    sound = {(f.rule, f.message) for f in lint(build("name", list(NAMES)))}
    assert not any(rule == "M707" for rule, _ in sound)
    slipped = lint(build("name", shift(NAMES, 3, -1)))
    new = {f.rule for f in slipped if (f.rule, f.message) not in sound}
    assert new == {"M707"}


@pytest.mark.parametrize(("at", "number"), [(3, -1), (2, 1)])
def test_a_fix_puts_the_cells_back(tmp_path: Path, at: int, number: int) -> None:
    lost = at if number < 0 else len(NAMES) - 1
    names = [*NAMES[:lost], "", *NAMES[lost + 1 :]]
    write_files(tmp_path, build("name", shift(names, at, number)))
    done = run_lint("fix", "--unsafe-fixes", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    sheet = openpyxl.load_workbook(tmp_path / FRAMEWORK)["techniques"]
    found = [row[1].value or "" for row in sheet.iter_rows(min_row=FIRST)]
    assert found == names


@pytest.mark.parametrize("column", ["name", "summary"])
def test_cells_that_were_pushed_below_the_last_row_come_back(tmp_path: Path, column: str) -> None:
    values = NAMES if column == "name" else [f"What {name} is." for name in NAMES]
    contents = build(column, shift([*values], 3, 1))
    write_files(tmp_path, contents)
    book = openpyxl.load_workbook(tmp_path / FRAMEWORK)
    sheet = book["techniques"]
    sheet[f"{COLUMNS[column]}{FIRST + len(IDS)}"] = values[-1]
    book.save(tmp_path / FRAMEWORK)
    done = run_lint("fix", "--unsafe-fixes", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    sheet = openpyxl.load_workbook(tmp_path / FRAMEWORK)["techniques"]
    found = [cell.value for cell in sheet[COLUMNS[column]][FIRST - 1 :]]
    assert found[: len(IDS)] == values
    assert not any(found[len(IDS) :])


def test_an_id_that_is_meant_by_a_name_out_of_place_is_no_new_finding(tmp_path: Path) -> None:
    contents = build("name", shift(NAMES, 3, -1))
    cited = f"T0999: {NAMES[6]}"
    page = f"{mini.PAGES}/techniques/T0201.md"
    contents[page] = contents[page].replace(b"What Paint Boats is.", cited.encode())
    book = openpyxl.load_workbook(io.BytesIO(contents[FRAMEWORK]))
    book["techniques"][f"D{FIRST}"] = cited
    write_files(tmp_path, contents)
    book.save(tmp_path / FRAMEWORK)
    only = ("--select", "M707,R201")
    told = json.loads(run_lint("check", *only, "--output-format", "json", cwd=tmp_path).out)[
        "findings"
    ]
    (root,) = {finding["root_cause"] for finding in told if finding["rule"] == "M707"}
    done = run_lint("fix", "--unsafe-fixes", *only, "--root", root, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    sheet = openpyxl.load_workbook(tmp_path / FRAMEWORK)["techniques"]
    found = [row[1].value or "" for row in sheet.iter_rows(min_row=FIRST)]
    assert found == [*NAMES[:3], "", *NAMES[4:]]


def test_what_two_rows_share_belongs_to_the_run_that_ends_at_an_empty_cell() -> None:
    tactics = ["TA09", "TA15"] * 5 + ["TA15", "TA15"]
    files = build("tactic_id", list(tactics))
    for entity_id, tactic in zip(IDS, tactics, strict=True):
        path = f"{mini.PAGES}/techniques/{entity_id}.md"
        text = files[path].decode()
        named = "TA09 Deliver Content" if tactic == "TA09" else "TA15 Establish Assets"
        line = next(line for line in text.splitlines() if line.startswith("**Tactic**"))
        files[path] = text.replace(line, f"**Tactic**: {named} ").encode()
    slipped = {**files, FRAMEWORK: build("tactic_id", shift(tactics, 0, -1))[FRAMEWORK]}
    (found,) = [f.message for f in lint(slipped) if f.rule == "M707"]
    assert "stand 1 row above their rows (5 to 15);" in found


def test_names_that_other_cells_give_show_a_slip_that_was_generated_already() -> None:
    files = build("name", shift(NAMES, 0, -1), pages=False)
    masters = mini_master.data()
    text = ", ".join(f"{i}: {name}" for i, name in zip(IDS, NAMES, strict=True))
    masters["incidenttechniques"].append(["IT00000002", f"They ({text}).", "I00001", "T0115"])
    files[DATA] = workbook(masters)
    (found,) = [f for f in lint(files) if f.rule == "M707"]
    assert found.message.startswith("from row 5 on, the cells of column B (“name”) stand 1 row")
    assert not [f for f in lint(files) if f.rule.startswith("N4")]


@pytest.mark.parametrize("number", [1, 4])
def test_a_few_names_that_changed_places_are_no_slip(number: int) -> None:
    values: list[str | None] = list(NAMES)
    values[:number] = values[1 : number + 1]
    assert not [f for f in lint(build("name", values)) if f.rule == "M707"]


@pytest.mark.parametrize("moved", [5, 6])
def test_neighbours_that_got_the_value_of_those_below_are_no_slip(moved: int) -> None:
    tactics = ["TA09"] * 6 + ["TA15"] * 6
    files = build("tactic_id", list(tactics))
    for entity_id, tactic in zip(IDS, tactics, strict=True):
        named = "TA09 Deliver Content" if tactic == "TA09" else "TA15 Establish Assets"
        page = mini.technique(entity_id, NAMES[IDS.index(entity_id)], named)
        files[f"{mini.PAGES}/techniques/{entity_id}.md"] = page.encode()
    edited = ["TA09"] * (6 - moved) + ["TA15"] * (6 + moved)
    found = lint({**files, FRAMEWORK: build("tactic_id", list(edited))[FRAMEWORK]})
    assert not [f for f in found if f.rule == "M707"]
    assert {f.subject for f in found if f.rule == "M701"} >= set(IDS[6 - moved : 6])


def test_columns_that_slipped_together_have_one_root_cause() -> None:
    files = build("name", list(NAMES))
    frameworks = mini_master.framework()
    names = shift(NAMES, 2, -1)
    summaries = shift([f"What {name} is." for name in NAMES], 2, -1)
    for number, entity_id in enumerate(IDS):
        tactic = ("TA09", "TA15")[number % 2]
        row: list[object] = [entity_id, names[number], tactic, summaries[number], None]
        frameworks["techniques"].append(row)
    found = [f for f in lint({**files, FRAMEWORK: workbook(frameworks)}) if f.rule == "M707"]
    assert [f.location.cell.ref for f in found if f.location.cell] == ["B7", "D7"]
    (root,) = {f.root for f in found if f.root is not None and f is found[0]}
    assert root is not None
    assert root.title.startswith(
        "columns B and D of the sheet techniques have slipped together, or the column of their "
        "ids has: "
    )
    assert len({f.root_cause for f in found}) == 1


def build_cases(cases: list[str], stated: list[str | None]) -> dict[str, bytes]:
    """Return evidence of cases as their pages show it, and beside it what a column says instead."""
    masters = mini_master.data()
    files = {path: text.encode() for path, text in mini.corpus().items()}
    incidents = masters["incidents"]
    link = mini.link("techniques", "T0146", "Account Asset")
    for case in dict.fromkeys(cases):
        name = f"Case {case[-2:]}"
        incidents.append([case, name, *incidents[1][2:]])
        texts = [f"They sold {n} boats." for n, one in enumerate(cases) if one == case]
        page = mini.incident(case, name, "\n".join(f"| {link} | {text} |" for text in texts))
        files[f"{mini.PAGES}/incidents/{case}.md"] = page.encode()
    for number, case_said in enumerate(stated):
        row_id = f"IT000000{number + 10}" if number < len(cases) else None
        text, ids = (f"They sold {number} boats.", "T0146") if row_id else (None, None)
        masters["incidenttechniques"].append([row_id, text, case_said, ids])
    return files | {FRAMEWORK: workbook(mini_master.framework()), DATA: workbook(masters)}


CASES = [f"I000{number}" for number in range(10, 20)]


def test_the_column_that_says_whose_evidence_it_is() -> None:
    found = lint(build_cases(CASES, [CASES[0], *CASES[:-1]]))
    assert [f.message for f in found if f.rule in ("M707", "M701", "M702")] == [
        "from row 4 on, the cells of column C (“incident_id”) stand 1 row below their rows "
        "(4 to 12); “I00010” in row 4 belongs to IT00000010 in row 3, as the pages or other "
        "cells show"
    ]


def test_the_empty_cell_shows_where_that_column_slipped(tmp_path: Path) -> None:
    cases = [*CASES[:3], CASES[3], CASES[3], CASES[3], *CASES[4:]]
    write_files(tmp_path, build_cases(cases, [*cases[:3], None, *cases[3:]]))
    done = run_lint("fix", "--unsafe-fixes", "--select", "M707", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    sheet = openpyxl.load_workbook(tmp_path / DATA)["incidenttechniques"]
    assert [cell.value for cell in sheet["C"][2:]] == [*cases, None]


def build_addresses(urls: list[str | None], shown: list[str]) -> dict[str, bytes]:
    """Return twelve incidents, the addresses in their cells and those that their pages show."""
    masters = mini_master.data()
    files = {path: text.encode() for path, text in mini.corpus().items()}
    table = "| --------- | -------- | ------- | --- | ------- |\n"
    incidents = masters["incidents"]
    for number, url in enumerate(urls):
        case = f"I000{number + 10}"
        row: list[object] = [case, f"Case {number}", *incidents[1][2:]]
        row[7] = url
        row[10] = f"{case} - Case {number}"
        incidents.append(row)
        page = mini.incident(case, f"Case {number}", "")
        if shown[number]:
            line = f"| [{shown[number]}]({shown[number]}) | 2019-01-01 |  | Org |  |\n"
            page = page.replace(table, table + line)
            masters["urls"].append([shown[number], "2019-01-01", None, "Org", None])
        files[f"{mini.PAGES}/incidents/{case}.md"] = page.encode()
    return files | {FRAMEWORK: workbook(mini_master.framework()), DATA: workbook(masters)}


URLS = [f"https://news.example/{word.lower()}" for word in WORDS]


def test_addresses_that_slipped_against_the_tables_of_their_pages() -> None:
    found = lint(build_addresses(shift(URLS, 3, -1), URLS))
    assert [f.message for f in found if f.rule in ("M707", "M701", "M702")] == [
        "from row 6 on, the cells of column H (“urls”) stand 1 row above their rows (6 to 13); "
        "“https://news.example/drums” in row 6 belongs to I00014 in row 7, as the pages or other "
        "cells show"
    ]


def test_a_run_does_not_reach_into_rows_of_which_the_pages_show_nothing() -> None:
    shown = [*[""] * 5, *URLS[5:]]
    (found,) = [f for f in lint(build_addresses(shift(URLS, 1, -1), shown)) if f.rule == "M707"]
    # The fourth row of those that moved is the first whose address a page shows.
    assert found.message.startswith("from row 7 on, ")
    # Where the column begins to be out of place is not known.
    assert found.fix is None


def build_evidence(lists: list[str | None]) -> dict[str, bytes]:
    """Return the small corpus with twelve pieces of evidence, each of an incident of its own."""
    masters = mini_master.data()
    frameworks = mini_master.framework()
    incidents = masters["incidents"]
    for number, (entity_id, name) in enumerate(zip(IDS, NAMES, strict=True)):
        case = f"I000{number + 10}"
        frameworks["techniques"].append([entity_id, name, "TA15", f"What {name} is."])
        incidents.append([case, f"Case {number}", *incidents[1][2:]])
        text = f"They did it in town {number} ({entity_id}: {name})."
        row: list[object] = [f"IT000000{number + 10}", text, case, lists[number]]
        masters["incidenttechniques"].append(row)
    files = {path: text.encode() for path, text in mini.corpus().items()}
    return files | {FRAMEWORK: workbook(frameworks), DATA: workbook(masters)}


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        (
            [*IDS[:3], *IDS[4:], None],
            "from row 6 on, the ids of column D (“technique_ids”) stand 1 row above their rows "
            "(6 to 13); the text of row 7 cites T0205, which row 6 lists",
        ),
        (
            [*IDS[:3], None, None, *IDS[3:10]],
            "from row 8 on, the ids of column D (“technique_ids”) stand 2 rows below their rows "
            "(8 to 14); the text of row 6 cites T0204, which row 8 lists",
        ),
    ],
)
def test_ids_that_slipped_beside_texts_in_their_place(
    lists: list[str | None], message: str
) -> None:
    files = build_evidence(lists)
    found = [f for f in lint(files) if f.rule in ("M707", "R206", "M702")]
    assert [f.message for f in found if f.rule != "M702"] == [message]
    assert found[0].fix is not None
    assert found[0].root is not None
    assert found[0].root.title.startswith("the ids of {where} are beside the texts of other rows")
    # No page was made of the rows: these findings are on other rows than the run.
    said = {f.location.cell.ref for f in found if f.rule == "M702" and f.location.cell}
    assert not said & {f"D{number}" for number in range(6, 15)}


def test_names_that_were_sorted_alone() -> None:
    """What follows from it, hundreds of wrong names and their fixes, is not said."""
    found = lint(build("name", list(reversed(NAMES))))
    (told,) = [f for f in found if f.rule == "M707"]
    assert told.message == (
        "the cells of column B (“name”) are in another order than the ids of their rows; “Paint "
        "Torches” in row 5 belongs to T0212 in row 16, as the pages or other cells show"
    )
    assert told.fix is None
    assert told.root is not None
    assert told.root.action.endswith(" or sort its cells as the ids are")
    sound = {(f.rule, f.message) for f in lint(build("name", list(NAMES)))}
    assert {f.rule for f in found if (f.rule, f.message) not in sound} == {"M707"}
