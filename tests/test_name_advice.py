"""What to write instead of a wrong name: only where one answer is left, else what may be meant."""

from __future__ import annotations

import pytest

from disarm_lint.model.finding import Finding, Harm
from support import mini
from support.mini_master import data, files, findings, framework

RIGHT = "T0146: Account Asset, T0146.001"


def cited(citation: str) -> list[Finding]:
    """Return what the rules on names find where the evidence of a page holds a citation."""
    contents = mini.corpus()
    for path in ("incidents/I00001.md", "techniques/T0146.md"):
        text = contents[f"{mini.PAGES}/{path}"]
        contents[f"{mini.PAGES}/{path}"] = text.replace(RIGHT, f"{citation}, T0146.001")
    return [f for f in mini.findings(contents) if f.rule == "N401"]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Acount Asset", "Account Asset"),
        ("Account", "Account Asset"),
        ("Post Content", "T0115"),
    ],
)
def test_one_answer_is_suggested(name: str, suggestion: str) -> None:
    found = cited(f"T0146: {name}")
    assert {f.suggestion for f in found} == {suggestion}


def test_a_name_that_has_nothing_in_common_leaves_two_answers() -> None:
    """The technique may have been renamed; or its id was that of something else."""
    (first, *_) = found = cited("T0146: Cow the Leaders")
    assert {(f.suggestion, f.fix) for f in found} == {(None, None)}
    choice = "write “Account Asset” if T0146 once had this name, otherwise the id of what is meant"
    assert first.message == f"T0146 is called “Account Asset” (the wording differs): {choice}"
    assert first.root is not None
    assert (first.root.action, first.harm) == (choice, Harm.ASTRAY)
    assert len({f.root_cause for f in found}) == 1


def test_a_slip_of_another_name_is_not_overwritten() -> None:
    (first, *_) = found = cited("T0146: Post Contents")
    assert {f.suggestion for f in found} == {None}
    assert first.message == (
        "T0146 is called “Account Asset” (the wording differs): write “T0115: Post Content” if "
        "that is meant, which it nearly says, or “Account Asset” if T0146 is"
    )


def test_a_common_word_makes_no_other_name_of_the_same_technique() -> None:
    """“Create” or “Asset” stands in the names of many: it says nothing about which is meant."""
    sheets = framework()
    for number in range(1, 9):
        name = f"Asset {'abcdefgh'[number - 1] * 5}"
        row: list[object] = [f"T020{number}", name, "TA15", "What.", f"T020{number} - {name}"]
        sheets["techniques"].append(row)
    head = sheets["countermeasures"][0]
    row = [None] * len(head)
    row[0:2] = ["C00001", "Counter It"]
    row[head.index("techniques")] = "T0146 - Borrowed Asset"
    sheets["countermeasures"].append(row)
    found = findings(files(frameworks=sheets, masters=data()))
    (item,) = [f for f in found if f.rule == "N403"]
    assert item.suggestion is None
    assert "otherwise the id of what is meant" in item.message


def test_a_page_that_still_has_the_old_name_shows_that_the_technique_was_renamed() -> None:
    sheets = framework()
    row = next(row for row in sheets["techniques"] if row[0] == "T0146")
    row[1] = "Borrowed Login"
    found = [f for f in findings(files(frameworks=sheets)) if f.rule == "N401"]
    assert {f.suggestion for f in found} == {"Borrowed Login"}


def test_a_link_shows_which_id_is_meant() -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/tactics/TA09.md"
    contents[path] = contents[path].replace("T0115 Post Content", "T0115 Ring the Bells")
    (item,) = [f for f in mini.findings(contents) if f.rule == "N402"]
    assert item.suggestion == "Post Content"


def test_a_malformed_id_with_the_name_of_another_one_leaves_two_answers() -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    contents[path] = contents[path].replace(RIGHT, "T00146: Post Content, T0146.001")
    (item,) = [f for f in mini.findings(contents) if f.rule == "R202"]
    assert item.suggestion is None
    assert item.message == (
        "malformed id: it has 5 digits instead of 4; write T0115, which is called “Post Content”, "
        "or T0146, whichever is meant"
    )


@pytest.mark.parametrize("written", ["T01466", "T01146", "TA0146", "T0146a"])
def test_a_character_too_many_in_an_id_is_seen_by_the_name_behind_it(written: str) -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    contents[path] = contents[path].replace(RIGHT, f"{written}: Account Asset, T0146.001")
    (item,) = [f for f in mini.findings(contents) if f.rule == "R202"]
    assert (item.suggestion, item.message) == (
        "T0146",
        "malformed id: a character is too many; write T0146",
    )


@pytest.mark.parametrize(
    ("citation", "told"),
    [
        ("T0147: Account Asset", "“Account Asset” is T0146: the id is probably wrong"),
        ("T0147: Acount Asset", "“Acount Asset” is nearly T0146 “Account Asset”"),
        ("T0147", "one slip away is T0146 “Account Asset”"),
        ("T0147: Ring Every Bell", ""),
    ],
)
def test_a_name_that_contradicts_the_closest_id_keeps_it_from_being_guessed(
    citation: str, told: str
) -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    contents[path] = contents[path].replace(RIGHT, f"{citation}, T0146.001")
    (item,) = [f for f in mini.findings(contents) if f.rule == "R201"]
    assert item.message == f"T0147 does not exist{'; ' if told else ''}{told}"


def with_note(text: str) -> dict[str, str]:
    """Return a corpus with a note on a technique's page, and an incident that did T0011."""
    contents = mini.corpus()
    for path in ("techniques/T0115.md", "techniques_index.md"):
        old = "What Post Content is."
        page = contents[f"{mini.PAGES}/{path}"]
        contents[f"{mini.PAGES}/{path}"] = page.replace(old, f"{old} {text}")
    path = f"{mini.PAGES}/incidents/I00001.md"
    contents[path] = contents[path].replace("What happened.", "They did T0011.")
    return contents


@pytest.mark.parametrize(
    "text",
    [
        "Release 2.4 dropped these: - T0011: Hollow Drums. Record such cases under T0146.",
        "T0011 and T0012 were merged into T0146 in May.",
        "We retired T0011 (Hollow Drums); use T0146 instead.",
        "What was T0011 is covered by T0146 now.",
        "As of version 3, T0011 no longer exists; its cases belong to T0146.",
        "T0011 was replaced by T0012. T0012 was merged into T0146.",
    ],
)
def test_a_note_says_what_took_the_place_of_an_id(text: str) -> None:
    (item,) = mini.findings(with_note(text))
    assert (item.rule, item.suggestion) == ("R208", "T0146")


def test_a_page_that_only_says_that_an_id_is_gone_does_not_take_its_place() -> None:
    (item,) = mini.findings(with_note("T0011 has been deprecated."))
    assert (item.rule, item.suggestion) == ("R208", None)


@pytest.mark.parametrize("row", ["| Post Content | T0146 |", "| T0146 | Post Content |"])
def test_a_name_and_an_id_beside_it_in_a_table_of_notes(row: str) -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    contents[path] += f"\n| One | Other |\n| --- | --- |\n{row}\n"
    (item,) = mini.findings(contents)
    assert (item.rule, item.message) == (
        "N406",
        "“Post Content” is T0115, and the id beside it is T0146 “Account Asset”",
    )


def test_an_id_that_has_its_own_name_beside_it_may_have_another_on_the_other_side() -> None:
    contents = mini.corpus()
    contents[f"{mini.PAGES}/incidents/I00001.md"] += (
        "\n| One | Two | Three |\n| --- | --- | --- |\n| Account Asset | T0146 | Post Content |\n"
    )
    assert mini.findings(contents) == []


def test_a_source_that_stands_twice_on_a_page() -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/incidents/I00001.md"
    dashes = "| --------- | -------- | ------- | --- | ------- |\n"
    source = "| [https://a.example/x](https://a.example/x) | 2020-01-02 | Ann | Org | |\n"
    contents[path] = contents[path].replace(dashes, dashes + source)
    assert mini.findings(contents) == []
    contents[path] = contents[path].replace(dashes, dashes + source)
    (item,) = mini.findings(contents)
    assert (item.rule, item.message) == ("R211", "this row stands in the table already")


def cited_in_row(text: str, listed: str) -> list[Finding]:
    """Return what N401 finds in a row of evidence with a text and a list."""
    sheets = data()
    sheets["incidenttechniques"][1][1] = text
    sheets["incidenttechniques"][1][3] = listed
    contents = files(masters=sheets)
    return [f for f in findings(contents) if f.rule == "N401" and f.location.cell is not None]


def test_a_wrong_id_changes_in_the_text_and_in_the_list_at_once() -> None:
    text = "They posted (T0146: Post Content) and posted (T0146: Post Content)."
    (first, second) = cited_in_row(text, "T0146,T0146.001")
    assert first.message.endswith("; “technique_ids” of this row lists T0146 too")
    for finding in (first, second):
        assert finding.fix is not None
        assert {
            (edit.location.cell.ref, edit.location.cell.offset, edit.replacement)
            for edit in finding.fix.edits
            if edit.location.cell is not None
        } == {("B2", 13, "T0115"), ("B2", 46, "T0115"), ("D2", 0, "T0115")}


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("They posted (T0146: Post Content) by accounts (T0146: Account Asset).", "T0146"),
        ("They posted (T0146: Post Content).", "T0146,T0115"),
    ],
)
def test_a_list_that_may_need_both_ids_is_for_a_person(text: str, listed: str) -> None:
    (found,) = cited_in_row(text, listed)
    assert (found.suggestion, found.fix) == ("T0115", None)


def test_a_row_with_the_id_of_another_is_not_taken_for_it() -> None:
    """The fix of its text would change the list of the other."""
    sheets = data()
    first = sheets["incidenttechniques"][1]
    second = [first[0], "They posted (T0146: Post Content).", "I00001", "T0146.001"]
    sheets["incidenttechniques"].append(second)
    found = findings(files(masters=sheets))
    (wrong,) = [f for f in found if f.rule == "N401" and f.location.cell is not None]
    assert "lists T0146 too" not in wrong.message
    assert wrong.fix is not None
    assert [e.location.cell.ref for e in wrong.fix.edits if e.location.cell] == ["B3"]
