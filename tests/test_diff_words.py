"""Cells, rows and words that differ, in memory."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.compare.rows import (
    ChangeState,
    TableChange,
    WordOp,
    compare_cells,
    compare_tables,
    diff_words,
)
from disarm_lint.compare.tables import ComparedColumn, ComparedRow, ComparedTable
from disarm_lint.compare.text import render_plain
from disarm_lint.model.words import format_count
from support.workbooks import workbook


def words(old: str, new: str) -> str:
    signs = {WordOp.REMOVED: "-{}-", WordOp.ADDED: "+{}+", WordOp.SAME: "{}", WordOp.GAP: "{}"}
    return "".join(signs[piece.op].format(piece.text) for piece in diff_words(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Reuse old footage", "Recycle old footage", "-Reuse-+Recycle+ old footage"),
        ("Post Content", "Post Content.", "Post Content+.+"),
        ("a b c", "a c", "a -b -c"),
        ("", "new text", "+new text+"),
        ("one two", "three four", "-one two-+three four+"),
        ("same", "same", "…"),
        (
            "one two three four five six seven eight nine ten",
            "one two three four five six SEVEN eight nine ten",
            "… two three four five six -seven-+SEVEN+ eight nine ten",
        ),
    ],
)
def test_words(old: str, new: str, expected: str) -> None:
    assert words(old, new) == expected


def test_what_is_far_from_a_change_is_a_gap() -> None:
    filler = " ".join(f"w{n}" for n in range(40))
    told = words(f"{filler} old {filler} end", f"{filler} new {filler} END")
    assert told == (
        "… w35 w36 w37 w38 w39 -old-+new+ w0 w1 w2 w3 w4 … w35 w36 w37 w38 w39 -end-+END+"
    )


@settings(max_examples=200, deadline=None)
@given(st.text("ab .\n", max_size=30), st.text("ab .\n", max_size=30))
def test_short_texts_are_told_whole(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    if any(piece.op is WordOp.GAP for piece in pieces):
        return
    assert "".join(p.text for p in pieces if p.op is not WordOp.ADDED) == old
    assert "".join(p.text for p in pieces if p.op is not WordOp.REMOVED) == new


def test_a_long_hostile_text_is_compared_all_the_same() -> None:
    told = diff_words("a " * 16_000, "b " + "a " * 15_000 + "b")
    assert sum(len(piece.text) for piece in told) < 2_000


def test_members_of_a_list() -> None:
    listed = ComparedColumn("technique_ids", ",")
    change = compare_cells(listed, "T0043, T0115", "T0115,T0146")
    assert change is not None
    assert (change.added, change.removed, change.altered) == (("T0146",), ("T0043",), ())


def test_a_list_without_a_declaration_is_known_by_its_ids() -> None:
    change = compare_cells(ComparedColumn("notes"), "T0043", "T0043 T0146.001")
    assert change is not None
    assert (change.listed, change.added) == (True, ("T0146.001",))
    single = compare_cells(ComparedColumn("tactic_id"), "TA06", "TA15")
    assert single is not None
    assert not single.listed


def test_a_comma_in_the_name_of_a_member_parts_nothing() -> None:
    listed = ComparedColumn("actortypes", ",")
    change = compare_cells(listed, "A001 - media, press,A002 - x", "A001 - media, radio,A002 - x")
    assert change is not None
    assert change.altered == (("A001 - media, press", "A001 - media, radio"),)
    assert (change.added, change.removed) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("T0001,T0002", "T0002,T0001", "only the order differs"),
        ("T0001,T0002", "T0001, T0002", "only spaces differ"),
    ],
)
def test_lists_that_have_the_same_members(old: str, new: str, note: str) -> None:
    change = compare_cells(ComparedColumn("technique_ids", ","), old, new)
    assert change is not None
    assert change.note == note


def test_a_text_of_which_only_blanks_differ() -> None:
    change = compare_cells(ComparedColumn("summary"), "a b", "a  b\n")
    assert change is not None
    assert change.note == "only spaces differ"


def table(*rows: tuple[str, dict[str, str]], name: str = "S") -> ComparedTable:
    columns = {column: ComparedColumn(column) for _, cells in rows for column in cells}
    return ComparedTable(name, columns, tuple(ComparedRow(key, "", cells) for key, cells in rows))


def changed(old: ComparedTable, new: ComparedTable) -> TableChange:
    change = compare_tables("book.xlsx", old, new, {})
    assert change is not None
    return change


def test_to_insert_and_to_sort_is_no_change() -> None:
    rows = [(f"T{n:04}", {"name": f"Name {n}", "summary": "x"}) for n in range(5)]
    assert compare_tables("b", table(*rows), table(*reversed(rows)), {}) is None
    change = changed(table(*rows), table(rows[0], ("T0009", {"name": "New"}), *rows[1:]))
    assert [(row.key, row.state) for row in change.rows] == [("T0009", ChangeState.ADDED)]


def test_rows_of_one_key_are_paired_by_what_they_say() -> None:
    old = table(("-", {"a": "1", "b": "x"}), ("-", {"a": "2", "b": "y"}))
    new = table(("-", {"a": "2", "b": "z"}), ("-", {"a": "1", "b": "x"}))
    (row,) = changed(old, new).rows
    assert [(c.column, c.before, c.after) for c in row.cells] == [("b", "y", "z")]


def test_a_row_under_another_key_is_renumbered() -> None:
    cells = {"name": "Some text", "incident_id": "I00001"}
    (row,) = changed(table(("IT1", cells)), table(("IT2", cells))).rows
    assert (row.state, row.was, row.key) == (ChangeState.RENUMBERED, "IT1", "IT2")


@pytest.mark.parametrize(
    ("heir", "states"),
    [
        ("T2", [ChangeState.RENUMBERED]),
        ("T3", [ChangeState.ADDED, ChangeState.REMOVED]),
        (None, [ChangeState.ADDED, ChangeState.REMOVED]),
    ],
)
def test_the_row_of_a_retired_entity_goes_on_under_its_successor_alone(
    heir: str | None, states: list[ChangeState]
) -> None:
    cells = {"name": "Some text", "summary": "Other text"}
    change = compare_tables("b", table(("T1", cells)), table(("T2", cells)), {"T1": heir})
    assert change is not None
    assert [row.state for row in change.rows] == states


def test_rows_whose_long_keys_begin_alike_are_two() -> None:
    long = "https://example.org/" + "x" * 200
    change = changed(table((f"{long}1", {"a": "1"})), table((f"{long}2", {"a": "2"})))
    assert [row.state for row in change.rows] == [ChangeState.ADDED, ChangeState.REMOVED]


def test_a_column_of_which_all_cells_are_new_is_told_once() -> None:
    old = table(*((f"T{n}", {"name": "x"}) for n in range(6)))
    new = table(*((f"T{n}", {"name": "x", "name_FR": "y"}) for n in range(6)))
    change = changed(old, new)
    assert change.rows == ()
    assert [(c.state, c.name, c.cells) for c in change.columns] == [
        (ChangeState.ADDED, "name_FR", 6)
    ]


def plain(sheets: dict[str, list[list[object]]]) -> str:
    stream = io.StringIO()
    render_plain("any.xlsx", workbook(sheets), stream)
    return stream.getvalue()


def test_a_workbook_as_text() -> None:
    assert plain(
        {
            "techniques": [
                ["disarm_id", "name", "summary", "year", "when", "name"],
                ["T0010", "Ten", "First line\nsecond line", 2016, date(2019, 2, 24), "again"],
                ["T0002", "Two", None, 1.5, datetime(2019, 2, 24, 10, 0)],
                [None, "No id"],
            ],
            "notes": [["Only one cell"], [], ["and another"]],
            "empty": [],
        }
    ) == (
        "[techniques] columns: disarm_id, name (B), summary, year, when, name (F)\n\n"
        "[techniques] No id\nname (B): No id\n\n"
        "[techniques] T0002\nname (B): Two\nyear: 1.5\nwhen: 2019-02-24 10:00:00\n\n"
        "[techniques] T0010\nname (B): Ten\nsummary: First line\n    second line\nyear: 2016\n"
        "when: 2019-02-24\nname (F): again\n\n"
        "[notes] columns: (A)\n\n[notes] Only one cell\n\n[notes] and another\n\n"
        "[empty] columns:\n\n"
    )


def test_a_title_above_the_header_cells_is_a_row() -> None:
    told = plain({"S": [["The title"], ["id", "name", "note"], ["X1", "One", "n"]]})
    assert told == "[S] columns: id, name, note\n\n[S] The title\n\n[S] X1\nname: One\nnote: n\n\n"


def test_rows_in_another_order_are_the_same_text() -> None:
    rows: list[list[object]] = [["id", "name"], ["T2", "b"], ["T10", "a"], ["T1", "c"]]
    assert plain({"S": rows}) == plain({"S": [rows[0], *reversed(rows[1:])]})
    assert [line for line in plain({"S": rows}).split("\n") if line.startswith("[S] T")] == [
        "[S] T1",
        "[S] T2",
        "[S] T10",
    ]


def test_nothing_in_a_workbook_moves_the_terminal() -> None:
    told = plain({"S\u202e": [["id", "na\u200bme"], ["T1", "a\u009b31mb\u202ec"]]})
    assert "na<U+200B>me: a<U+009B>31mb<U+202E>c\n" in told
    assert told.replace("\n", "").isprintable()


@pytest.mark.parametrize("data", [b"", b"no workbook", workbook({"S": [["a"]]})[:200]])
def test_a_file_that_is_no_workbook_is_told_by_its_digest(data: bytes) -> None:
    stream = io.StringIO()
    render_plain("any.xlsx", data, stream)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("workbook cannot be read: it is ")
    assert lines[1].startswith("sha256: ")


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (1, "entity", "1 entity"),
        (2, "entity", "2 entities"),
        (3, "observation or assessment", "3 observations or assessments"),
        (2, "actor type", "2 actor types"),
    ],
)
def test_counts_in_words(number: int, noun: str, expected: str) -> None:
    assert format_count(number, noun) == expected
