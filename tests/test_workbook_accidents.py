"""Slips in workbooks: told once, at the cell, with what stood there, or with nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disarm_lint.model.finding import Repair, Severity
from support.mini_master import EVIDENCE, data, files, findings, framework, place

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding
    from support.mini_master import Sheets

HARBOUR, FIRE = "https://news.example/harbour", "https://news.example/fire"


def edited(sheet: str, ref: tuple[int, str], value: object) -> list[Finding]:
    """Return what is found with one cell changed: `ref` is the row, from 1, and the header."""
    frameworks, masters = framework(), data()
    _set(frameworks if sheet in frameworks else masters, sheet, ref, value)
    return _find(frameworks, masters)


def _set(sheets: Sheets, sheet: str, ref: tuple[int, str], value: object) -> None:
    rows = sheets[sheet]
    rows[ref[0]][rows[0].index(ref[1])] = value


def _find(frameworks: Sheets, masters: Sheets) -> list[Finding]:
    """Return the findings, without those that only say that pages are behind."""
    found = findings(files(frameworks=frameworks, masters=masters))
    return [item for item in found if item.root is None or not item.root.behind]


def at_cells(found: list[Finding]) -> list[tuple[str, str, str | None]]:
    return [(item.rule, place(item), item.suggestion) for item in found if item.location.cell]


@pytest.mark.parametrize(
    ("text", "at", "suggestion", "what"),
    [
        ("Accounts | more posted.", "9-10", r"\|", "|"),
        ("Accounts\nposted.", "8-9", "<br>", "line break"),
        ("Accounts posted.\n", "16-17", "", "line break"),
        (r"Accounts \| more" + "\r\nposted.", "16-17", "<br>", "line break"),
    ],
)
def test_what_breaks_a_row_is_told_at_its_cell_before_the_pages_are_made(
    text: str, at: str, suggestion: str, what: str
) -> None:
    found = [f for f in edited("incidenttechniques", (1, "name"), text) if f.rule == "M708"]
    assert at_cells(found) == [("M708", f"incidenttechniques!B2:{at}", suggestion)]
    act = f"write {suggestion}" if suggestion else "delete it"
    assert found[0].message == (
        f"the row of each page that shows this text ends at this {what}: {act}"
    )


def test_a_blank_line_breaks_the_html_table_of_an_index_and_a_pipe_does_not() -> None:
    found = edited("techniques", (1, "summary"), "One | two.\nThree.\n\nFour.")
    assert [(f.message, f.suggestion) for f in found if f.rule == "M708"] == [
        ("the table of the index page ends at this blank line: write <br><br>", "<br><br>")
    ]


def test_a_row_that_is_broken_already_is_told_at_its_cell_alone() -> None:
    text = "Accounts | more (T0146: Account Asset) posted."
    masters = data()
    _set(masters, "incidenttechniques", (1, "name"), text)
    contents = files(masters=masters)
    for path, page in contents.items():
        if path.endswith(("I00001.md", "T0146.md")):
            contents[path] = page.replace(EVIDENCE.encode(), text.encode())
    found = [f for f in findings(contents) if f.rule in ("M708", "S106")]
    assert at_cells(found) == [("M708", "incidenttechniques!B2:9-10", r"\|")]
    assert [related.location.path.rpartition("/")[2] for related in found[0].related] == [
        "I00001.md",
        "T0146.md",
    ]


@pytest.mark.parametrize(
    ("written", "message", "suggestion"),
    [
        ("I00001,", "“incident_id” holds an id alone, and “,” is after it here", "I00001"),
        (
            "I00001 The First Case",
            "“incident_id” holds an id alone, and “The First Case” is after it here",
            "I00001",
        ),
        (
            "I00001 of last year",
            "“incident_id” holds an id alone, and “of last year” is after it here",
            None,
        ),
    ],
)
def test_more_than_an_id_where_one_id_belongs(
    written: str, message: str, suggestion: str | None
) -> None:
    found = edited("incidenttechniques", (1, "incident_id"), written)
    told = [(f.message, f.suggestion) for f in found if f.rule == "M703"]
    assert told == [(message + (f"; write “{suggestion}”" if suggestion else ""), suggestion)]


@pytest.mark.parametrize("number", ["1", "00001", 1])
def test_the_number_of_an_id_is_read_as_the_id(number: object) -> None:
    found = edited("incidenttechniques", (1, "incident_id"), number)
    assert [(f.rule, f.suggestion) for f in found if f.location.cell] == [("R202", "I00001")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("T0146, TT0115", "T0146,T0115"),
        ("T0146,T0146,001", "T0146,T0146.001"),
        ("T0115 ,T0146:001", "T0115,T0146.001"),
    ],
)
def test_a_list_is_rewritten_with_the_ids_that_are_meant(written: str, meant: str) -> None:
    found = edited("incidenttechniques", (1, "technique_ids"), written)
    lists = [f.suggestion for f in found if f.rule == "M703"]
    assert lists in ([meant], [])
    assert [f.rule for f in found if f.rule == "R202"] == ["R202"]


def test_a_no_break_space_beside_an_id_is_one_finding() -> None:
    found = edited("incidenttechniques", (1, "incident_id"), "I00001\u00a0")
    assert {f.rule for f in found if f.location.cell} == {"M703"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["0115", "Post Content", "TA09", "What Post Content is.", ""],
            "malformed id: it has not the form of its kind's ids; write T0115",
        )
    ],
)
def test_the_id_of_a_row_that_has_lost_its_letter(row: list[object], message: str) -> None:
    frameworks = framework()
    frameworks["techniques"][1] = row
    found = _find(frameworks, data())
    assert [(f.rule, f.message, f.suggestion) for f in found] == [("R202", message, "T0115")]


def with_sources(addresses: str, rows: list[str]) -> list[Finding]:
    """Return what is found where an incident has sources, and its page shows two."""
    masters = data()
    _set(masters, "incidents", (1, "urls"), addresses)
    masters["urls"] += [[url, "2019-02-24", "", "", ""] for url in rows]
    contents = files(masters=masters)
    path = next(path for path in contents if path.endswith("I00001.md"))
    table = "| Reference | Pub Date | Authors | Org | Archive |\n| - | - | - | - | - |\n"
    shown = "".join(f"| [{url}]({url}) | 2019-02-24 |  |  |  |\n" for url in (HARBOUR, FIRE))
    page = contents[path].decode()
    assert "\n| Technique" in page
    empty = page.partition("\n| Technique")[0]
    head = empty[: empty.rindex("\n| Reference")] if "| Reference" in empty else empty
    contents[path] = page.replace(empty, f"{head}\n{table}{shown}", 1).encode()
    found = findings(contents)
    return [f for f in found if f.location.cell and not (f.root and f.root.behind)]


@pytest.mark.parametrize(
    ("written", "message", "meant"),
    [
        (HARBOUR[8:], "“https://” is missing: write “{}”", HARBOUR),
        (f"{HARBOUR},", "“,” stands behind this address: write “{}”", HARBOUR),
        (HARBOUR.replace("//", "/"), "two slashes belong after “https:”: write “{}”", HARBOUR),
        (HARBOUR.replace("https", "htps"), None, HARBOUR),
        (HARBOUR.replace("news.", "news. "), "there is a space in it", None),
    ],
)
def test_an_address_in_the_sheet_of_addresses(
    written: str, message: str | None, meant: str | None
) -> None:
    found = with_sources(f"{HARBOUR} {FIRE}", [written, FIRE])
    assert [(f.rule, f.suggestion) for f in found] == [("L305", meant)]
    if message is not None:
        assert found[0].message == message.format(meant)


def test_an_address_among_others_that_a_space_has_cut_in_two() -> None:
    cut = HARBOUR.replace("news.", "news. ")
    found = with_sources(f"{cut} {FIRE}", [HARBOUR, FIRE])
    assert [(f.rule, place(f), f.message) for f in found] == [
        (
            "L305",
            f"incidents!H2:0-{len(cut)}",
            f"a space stands inside this address; write “{HARBOUR}”",
        )
    ]


def test_the_row_of_an_address_that_a_page_still_shows_is_gone() -> None:
    found = with_sources(f"{HARBOUR} {FIRE}", [FIRE])
    assert [(f.rule, place(f), f.message) for f in found] == [
        (
            "M702",
            f"incidents!H2:0-{len(HARBOUR)}",
            "the sheet urls has no row for this address any more, so the page of I00001 loses it "
            "when it is generated anew: add the row again",
        )
    ]


def test_the_row_of_an_address_stands_twice() -> None:
    found = with_sources(f"{HARBOUR} {FIRE}", [FIRE, HARBOUR, FIRE])
    assert [(f.rule, place(f), f.message) for f in found] == [
        (
            "C601",
            f"urls!A4:0-{len(FIRE)}",
            "this address has a row already in urls!A2: delete one of the two",
        )
    ]


def test_an_address_with_a_space_behind_it() -> None:
    found = with_sources(f"{HARBOUR} {FIRE}", [f"{HARBOUR} ", FIRE])
    assert [(f.rule, f.suggestion, f.message) for f in found] == [
        (
            "M703",
            HARBOUR,
            "a space stands behind the address, and the generator takes it for a part of it; "
            "delete the space",
        )
    ]


def test_the_header_cell_that_was_emptied() -> None:
    frameworks = framework()
    frameworks["techniques"][0][2] = ""
    found = _find(frameworks, data())
    assert [(place(f), f.message) for f in found if f.rule == "X904"] == [
        (
            "techniques!C1:0-0",
            "the sheet “techniques” has no column “tactic_id”: write “tactic_id” in this header "
            "cell, which is empty",
        )
    ]


def test_a_row_without_its_evidence_where_all_others_have_some() -> None:
    masters = data()
    masters["incidenttechniques"] += [
        [f"IT000001{number:02}", f"{EVIDENCE} {number}", "I00001", "T0146"] for number in range(20)
    ]
    _set(masters, "incidenttechniques", (9, "name"), "")
    found = [f for f in _find(framework(), masters) if f.rule == "S108"]
    assert [(place(f), f.message, f.severity) for f in found] == [
        (
            "incidenttechniques!B10:0-0",
            "this row has no text, and nearly all of its like have one",
            Severity.WARNING,
        )
    ]


def leftover(change: str) -> list[Finding]:
    """Return what is found after an accident of the row of T0146.001, but that pages are behind."""
    frameworks = framework()
    rows = frameworks["techniques"]
    if change == "deleted":
        del rows[3]
    else:
        rows[3][0] = change
    masters = data()
    _set(masters, "incidenttechniques", (1, "technique_ids"), "T0146.001")
    return _find(frameworks, masters)


@pytest.mark.parametrize(
    ("change", "title", "action"),
    [
        (
            "deleted",
            "T0146.001 has no row in the sheet techniques any more; its page and what cites it "
            "are still there",
            "restore its row from an earlier version, or delete its page and what refers to it",
        ),
        (
            "",
            "the row of “Free Account Asset” has lost its id, T0146.001",
            "write T0146.001 in its row again",
        ),
        (
            "T0146.010",
            "the row of “Free Account Asset” says T0146.010, and its page and what cites it say "
            "T0146.001",
            "write T0146.001 in its row again, if T0146.010 is a slip; otherwise generate the "
            "pages anew, and write T0146.010 wherever T0146.001 is cited",
        ),
        (
            "T0115",
            "the row of “Free Account Asset” says T0115, the id of another; it was T0146.001",
            "write T0146.001 in its row again",
        ),
    ],
)
def test_a_row_that_lost_its_id_or_vanished_is_one_root_cause(
    change: str, title: str, action: str
) -> None:
    found = [f for f in leftover(change) if f.rule not in ("R212", "C603", "N401")]
    told = {(f.root.title, f.root.action) for f in found if f.root and f.root.shared}
    assert told == {(title, action)}
    assert {f.rule for f in found if f.root is None or not f.root.shared} <= {"M706"}
    assert "C602" in {f.rule for f in found}


def test_the_id_that_a_row_is_given_by_mistake_is_suggested_nowhere() -> None:
    for change in ("T0146.010", "T0115"):
        suggestions = {f.suggestion for f in leftover(change) if f.rule == "R208"}
        assert suggestions == {None}


def test_the_second_row_of_an_id_is_the_one_whose_page_has_another() -> None:
    found = [f for f in leftover("T0115") if f.rule == "C601"]
    assert [(place(f), f.message, f.suggestion) for f in found] == [
        (
            "techniques!A4:0-5",
            "T0115 is the id of another row, techniques!A2, and the page of T0146.001 has the "
            "name of this one. Write T0146.001",
            "T0146.001",
        )
    ]


@pytest.mark.parametrize("name", ["#REF!", "TODO", "undefined"])
def test_nothing_is_to_be_called_after_what_is_no_name(name: str) -> None:
    found = edited("techniques", (2, "name"), name)
    assert [f for f in found if f.rule in ("N401", "N402", "N403")] == []
    assert [(f.rule, place(f)) for f in found if f.location.cell] in (
        [("S112", f"techniques!B3:0-{len(name)}")],
        [("S114", f"techniques!B3:0-{len(name)}")],
    )


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ("technique_ids", "T0146 (see the notes of 2019)"),
        ("technique_ids", "see T0146"),
        ("incident_id", "Last summer I00001 "),
        ("incident_id", "see also I00001."),
    ],
)
def test_words_beside_an_id_are_never_deleted_safely(header: str, written: str) -> None:
    found = edited("incidenttechniques", (1, header), written)
    lists = [f for f in found if f.rule in ("M702", "M703") and f.location.cell]
    assert lists
    assert all(f.fix is None or f.fix.repair is not Repair.SAFE for f in lists)


def test_a_link_in_a_cell_gets_the_target_that_its_pages_need() -> None:
    found = edited("incidenttechniques", (1, "name"), f"{EVIDENCE} See [T0146]().")
    (link,) = [f for f in found if f.rule == "L305" and f.location.cell]
    assert link.suggestion == "[T0146](../../generated_pages/techniques/T0146.md)"
