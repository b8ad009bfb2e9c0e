"""Root causes: one for what one act of a person fixes, in the order of the harm done."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from disarm_lint.corpus.removals import NotedId, Removal, read_removals
from disarm_lint.model.finding import Edit, Finding, Fix, Harm, Origin, Repair, Severity
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.project import lint_contents
from disarm_lint.report.report import ShownFinding, show_finding
from disarm_lint.report.roots import group_by_root
from support import mini, mini_master
from support.mini_master import DATA, FRAMEWORK
from support.workbooks import workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.report.roots import RootCause

IDS = [f"T{number:04}" for number in range(1, 41)]
TECHNIQUES = [["disarm_id", "name", "tactic_id", "summary"]] + [
    [one, f"Technique Number {one[1:]}", "TA01", "What."] for one in IDS
]
TEXTS: list[str | None] = [f"They did it ({one}: Technique Number {one[1:]})." for one in IDS]


def lint(texts: Sequence[str | None]) -> list[Finding]:
    rows: list[list[object]] = [["disarm_id", "name", "incident_id", "technique_ids"]]
    for number in range(max(len(texts), len(IDS))):
        text = texts[number] if number < len(texts) else None
        if number < len(IDS):
            rows.append([f"IT{number:08}", text, f"I{number // 4:05}", IDS[number]])
        else:
            rows.append([None, text, None, None])
    files = {
        FRAMEWORK: workbook({"techniques": TECHNIQUES}),
        DATA: workbook({"incidenttechniques": rows}),
    }
    rules = [r for r in mini.rules() if r.rule.code in ("M707", "R206", "R210", "M702")]
    return list(lint_contents(files, rules).outcome.findings)


def told(texts: Sequence[str | None]) -> list[str]:
    return [f"{finding.rule} {finding.message.partition(';')[0]}" for finding in lint(texts)]


def shifted(offset: int, first: int, last: int) -> str:
    number = abs(offset)
    rows = "row" if number == 1 else "rows"
    side = "below" if offset > 0 else "above"
    return (
        f"M707 from row {first} on, the texts of column B (“name”) stand {number} {rows} {side} "
        f"their rows ({first} to {last})"
    )


def test_a_sound_column_is_silent() -> None:
    assert told(TEXTS) == []


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("at", [0, 1, 7, 20])
def test_deleted_and_inserted_cells(at: int, number: int) -> None:
    up = [*TEXTS[:at], *TEXTS[at + number :]]
    assert told(up) == [shifted(-number, at + 2, 41 - number)]
    down = [*TEXTS[:at], *[None] * number, *TEXTS[at:]]
    assert told(down)[0] == shifted(number, at + number + 2, 41 + number)
    assert all(line.startswith("M707") for line in told(down))


def test_several_runs_are_one_finding() -> None:
    texts = [*TEXTS[:5], None, *TEXTS[5:20], None, None, *TEXTS[20:38]]
    assert told(texts) == [
        shifted(1, 8, 22) + ", then 3 rows below (25 to 42)",
    ]


def test_rows_without_citations_do_not_interrupt_a_run() -> None:
    texts = list(TEXTS)
    texts[12] = texts[18] = "They did something."
    assert told([*texts[:4], *texts[5:]]) == [shifted(-1, 6, 40)]


def test_a_column_that_was_sorted_alone() -> None:
    texts = list(TEXTS)
    random.Random(1).shuffle(texts)
    assert told(texts) == [
        "M707 the texts of column B (“name”) are in another order than the ids of their rows"
    ]


def test_texts_that_fit_no_row_belong_to_a_column_in_another_order() -> None:
    """Sorted by their letters, a few texts stand where chance would have them: that is no run."""
    texts = [f"{'zyxwvutsrq'[n % 10]} {text}" for n, text in enumerate(TEXTS)]
    texts[3] = "a They did something else (T0999: Gone Technique), (T0040: Technique Number 0040)."
    assert told(sorted(text for text in texts if text)) == [
        "M707 the texts of column B (“name”) are in another order than the ids of their rows"
    ]


def test_texts_whose_ids_were_pushed_out_of_the_sheet_belong_to_the_run() -> None:
    """The ids move down by two: those of the last two rows are gone."""
    rows: list[list[object]] = [["disarm_id", "name", "incident_id", "technique_ids"]]
    for number, text in enumerate(TEXTS):
        listed = IDS[number - 2] if number > 11 else IDS[number] if number < 10 else None
        rows.append([f"IT{number:08}", text, "I00001" if listed else None, listed])
    files = {
        FRAMEWORK: workbook({"techniques": TECHNIQUES}),
        DATA: workbook({"incidenttechniques": rows}),
    }
    rules = [r for r in mini.rules() if r.rule.code in ("M707", "R206")]
    found = list(lint_contents(files, rules).outcome.findings)
    assert [f.message.partition(";")[0] for f in found] == [
        "from row 12 on, the texts of column B (“name”) stand 2 rows above their rows (12 to 41)"
    ]


def test_ids_that_moved_up_are_told_where_their_last_cells_are_empty() -> None:
    """Two cells of ids were deleted, and those below moved up."""
    listed = [*IDS[:10], *IDS[12:], None, None]
    rows: list[list[object]] = [["disarm_id", "name", "incident_id", "technique_ids"]]
    for number, text in enumerate(TEXTS):
        rows.append([f"IT{number:08}", text, "I00001", listed[number]])
    files = {
        FRAMEWORK: workbook({"techniques": TECHNIQUES}),
        DATA: workbook({"incidenttechniques": rows}),
    }
    rules = [r for r in mini.rules() if r.rule.code in ("M707", "R206")]
    found = list(lint_contents(files, rules).outcome.findings)
    assert [f.message.partition(";")[0] for f in found] == [
        "from row 12 on, the ids of column D (“technique_ids”) stand 2 rows above their rows "
        "(12 to 39)"
    ]


@given(st.lists(st.integers(0, 39), max_size=4, unique=True), st.randoms())
@settings(max_examples=30, deadline=None)
def test_a_few_texts_that_cite_something_else_are_no_shift(
    places: list[int], chance: random.Random
) -> None:
    texts = list(TEXTS)
    for place in places:
        texts[place] = chance.choice(TEXTS)
    assert not any(line.startswith("M707") for line in told(texts))


def test_a_shift_has_one_root_cause_and_comes_first() -> None:
    (finding,) = lint(TEXTS[1:])
    assert finding.harm is Harm.LOST
    assert finding.root is not None
    assert "move rows 2 to 40 down by 1" in finding.root.action
    assert {f.root_cause for f in lint([*TEXTS[:3], *TEXTS[4:]])} == {finding.root_cause}


def note(text: str, living: Sequence[str] = ()) -> list[tuple[str, str | None]]:
    ids = [
        NotedId(match.start(), match.end(), match[0], match[0] in living)
        for match in re.finditer(r"T[0-9]{4}", text)
    ]
    return [(one.id.target, one.successor) for one in read_removals(text, ids)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Release 2.4 dropped these:\n- T0011: Hollow Drums\n- T0012: Paper Masks\n\n"
            "Record such cases under T0030.",
            [("T0011", "T0030"), ("T0012", "T0030")],
        ),
        (
            "T0013 and T0014 were merged into T0030 in May.",
            [("T0013", "T0030"), ("T0014", "T0030")],
        ),
        ("T0013 was removed; use T0030 instead.", [("T0013", "T0030")]),
        ("We retired T0013 (Old Thing). Record such cases as T0030.", [("T0013", "T0030")]),
        ("T0013 was removed. Boats as in T0030 were painted.", []),
        (
            "T0013 was replaced by T0014. T0014 was merged into T0030.",
            [("T0013", "T0014"), ("T0014", "T0030")],
        ),
        ("What used to be T0013 is covered by T0030.", [("T0013", "T0030")]),
        ("T0013 was merged with T0014.", [("T0013", "T0014")]),
        ("T0013 is gone: T0014 was removed as well.", []),
        ("Platforms removed the accounts (T0013: Paint Boats).", []),
        ("They used T0013 and T0014.", []),
    ],
)
def test_notes_on_what_left_the_framework(text: str, found: list[tuple[str, str | None]]) -> None:
    assert note(text, living=("T0030",)) == found


@given(st.text(max_size=200))
def test_any_text_can_be_a_note(text: str) -> None:
    ids = [NotedId(n, n + 1, "T0001", n % 2 == 0) for n in range(0, len(text), 7)]
    for one in read_removals(text, ids):
        assert isinstance(one, Removal)
        assert not one.id.living


def roots_of(contents: Mapping[str, str | bytes], *codes: str) -> list[RootCause]:
    rules = [loaded for loaded in mini.rules() if loaded.rule.code in codes]
    found = lint_contents(contents, rules).outcome.findings
    return group_by_root(ShownFinding(one, one.location.path, pages=one.reach) for one in found)


def test_a_wrong_id_in_the_text_and_in_the_list_of_a_row_has_one_root_cause() -> None:
    sheets = mini_master.data()
    sheets["incidenttechniques"][1][1:4] = [
        "They posted (T0999.001: Free Account Asset).",
        "I00001",
        "T0146,T0999.001",
    ]
    files = mini_master.files(masters=sheets)
    (root,) = roots_of(files, "R201")
    assert sorted(
        (i.cell.ref, i.finding.message, i.finding.suggestion) for i in root.findings if i.cell
    ) == [
        (
            "B2",
            "T0999.001 does not exist; “Free Account Asset” is T0146.001: the id is probably wrong",
            "T0146.001",
        ),
        (
            "D2",
            "T0999.001 does not exist; the text of this row calls it “Free Account Asset”, which "
            "is T0146.001: the id is probably wrong",
            "T0146.001",
        ),
    ]
    assert root.title.startswith("T0999.001 does not exist; “Free Account Asset” is T0146.001")
    sheets["incidenttechniques"][1][3] = "T0146.001,T0999.001"
    (root,) = roots_of(mini_master.files(masters=sheets), "R201")
    (listed,) = [i.finding for i in root.findings if i.cell and i.cell.ref == "D2"]
    assert listed.message.endswith("which is T0146.001 and listed here already")
    assert listed.suggestion is None


@pytest.mark.parametrize(
    ("members", "twice"),
    [
        ("T0146 - Account Asset\nT0146 - Account Asset", True),
        ("T0146 - Account Asset\nT0146 - Acount Asset", True),
        ("T0146 - Account Asset\nT0146 - Post Content", False),
        ("T0146 - Account Asset\nT0146 - Develop Networks", False),
    ],
)
def test_an_id_with_two_names_does_not_stand_twice(members: str, twice: bool) -> None:
    sheets = mini_master.framework()
    head = sheets["countermeasures"][0]
    row: list[object] = [None] * len(head)
    row[0:2] = ["C00001", "Counter It"]
    row[head.index("techniques")] = members
    sheets["countermeasures"].append(row)
    found = lint_contents(mini_master.files(sheets), mini.rules()).outcome.findings
    at = [f for f in found if f.location.cell and f.location.cell.sheet == "countermeasures"]
    assert any(f.rule == "R209" for f in at) == twice
    assert twice or any(f.rule == "N403" for f in at)


def test_names_from_before_a_renaming_have_one_root_cause_where_half_of_the_ids_have_them() -> None:
    """Eight of sixteen tactics in a column in which most rows are right all the same."""
    names = {f"TA{number:02}": f"Tactic Number {number:02}" for number in range(1, 17)}
    sheets = mini_master.framework()
    sheets["tactics"] = [
        ["disarm_id", "name", "phase_id", "summary"],
        *(list[object]([*item, "P01", "What."]) for item in names.items()),
    ]
    head = sheets["countermeasures"][0]
    for number in range(64):
        row: list[object] = [None] * len(head)
        row[0:2] = [f"C{number:05}", f"Counter Number {number}"]
        one = f"TA{number % 16 + 1:02}"
        old = number < 16 and number % 2
        row[head.index("tactic")] = f"{one} {'Quite Another' if old else names[one]}"
        sheets["countermeasures"].append(row)
    files = {FRAMEWORK: workbook(sheets), DATA: workbook(mini_master.data())}
    roots = [root for root in roots_of(files, "N403") if root.findings[0].finding.root]
    (root,) = [root for root in roots if "before a renumbering" in root.title]
    assert root.title == (
        "ids and names from before a renumbering or renaming are still in "
        "8 cells of countermeasures!G"
    )
    assert len(root.findings) == 8


def test_what_stands_on_pages_alone_is_fixed_in_what_they_are_generated_from() -> None:
    files = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    files[path] = re.sub(r"(Year started:\*\*).*", r"\1 2016.0", files[path])
    assert "2016.0" in files[path]
    (root,) = roots_of(files, "S112")
    assert root.action == (
        "format the cells as Text in the spreadsheet that the pages are generated from and type "
        "the years again: numbers come out with decimals where the column has empty cells"
    )


def incident_pages(texts: Sequence[str | None]) -> dict[str, str]:
    """Return pages without a workbook: five rows on each incident's, with these texts."""
    files = {
        f"{mini.PAGES}/techniques/{one}.md": f"# Technique {one}: Technique Number {one[1:]}\n"
        for one in IDS
    }
    for start in range(0, len(IDS), 5):
        incident = f"I{start // 5 + 1:05}"
        rows = "".join(
            f"| {mini.link('techniques', one, f'Technique Number {one[1:]}')} | {text or ''} |\n"
            for one, text in zip(IDS[start : start + 5], texts[start : start + 5], strict=True)
        )
        page = mini.incident(incident, f"Case {incident}", rows)
        files[f"{mini.PAGES}/incidents/{incident}.md"] = page
    return files


@pytest.mark.parametrize("number", [-3, -1, 1, 2])
@pytest.mark.parametrize("at", [0, 6, 20])
def test_a_shift_that_only_pages_show_has_one_root_cause(at: int, number: int) -> None:
    if number < 0:
        shifted_texts = [*TEXTS[:at], *TEXTS[at - number :], *[None] * -number]
    else:
        shifted_texts = [*TEXTS[:at], *[None] * number, *TEXTS[at:]][: len(TEXTS)]
    (root,) = roots_of(incident_pages(shifted_texts), "R206")
    assert len(root.findings) == len(TEXTS) - at - abs(number)
    assert root.title.startswith("a column of evidence is out of place: ")
    assert root.title.endswith(" were written for other rows")
    assert root.action.startswith("take the column of the texts from an earlier version")


def test_texts_of_sound_pages_and_a_few_that_cite_something_else_are_no_shift() -> None:
    assert roots_of(incident_pages(TEXTS), "R206") == []
    texts = list(TEXTS)
    for number in (3, 11, 12, 30):
        texts[number] = TEXTS[(number + 7) % len(TEXTS)]
    roots = roots_of(incident_pages(texts), "R206")
    assert len(roots) == 4
    assert not any("out of place" in root.title for root in roots)


def test_what_goes_with_a_fixed_finding_is_not_by_hand() -> None:
    at = Location(DATA, cell=CellSpan("countermeasures", "C2", 3, 4))
    fixed = Finding(
        "M703", "list-format", Severity.WARNING, at, "spaces", "C1", cause="a",
        fix=Fix(Repair.SAFE, (Edit(at, ""),)), root_cause="r",
    )  # fmt: skip
    source = Origin(DATA, CellSpan("countermeasures", "C2", 0, 2), "M5", "row", "C1")
    page = Finding(
        "R205", "one-way-reference", Severity.ERROR, Location("p.md"), "not back", "C1",
        cause="b", source=source, root_cause="r",
    )  # fmt: skip
    other = structs.replace(page, source=None, cause="c")
    told = [show_finding(item) for item in (fixed, page, other)]
    assert group_by_root(told[:2])[0].repair is Repair.SAFE
    assert group_by_root(told)[0].repair is Repair.BY_HAND
