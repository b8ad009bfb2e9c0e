"""Root causes: one for what one act of a person fixes, in the order of the harm done."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.corpus.removals import NotedId, Removal, read_removals
from disarm_lint.model.finding import Harm
from disarm_lint.project import lint_contents
from support import mini
from support.mini_master import DATA, FRAMEWORK
from support.workbooks import workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.finding import Finding

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
        ("T0013 was removed; use T0030 instead.", []),
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
