"""What one act fixes is one root cause, whatever rules find of it, and says what that act is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disarm_lint.model.finding import Harm
from support import mini
from support.mini_master import EVIDENCE, data, files, findings, framework

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding


def listed(*cells: str) -> list[Finding]:
    """Return what is found with these lists of techniques in rows of an incident."""
    masters = data()
    masters["incidenttechniques"][1:] = [
        [f"IT{number:08}", f"{EVIDENCE} {number}", "I00001", cell]
        for number, cell in enumerate(cells, start=1)
    ]
    return findings(files(masters=masters))


def test_spaces_and_separators_too_many_in_one_column_are_one_act() -> None:
    found = [f for f in listed("T0146,", "T0146 ", "T0146 ,,") if f.rule == "M703"]
    assert {f.location.cell.ref for f in found if f.location.cell} == {"D2", "D3", "D4"}
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert found[0].root.title == "the lists in {places} have spaces or separators too many"


def test_a_column_that_loses_members_in_one_cell_is_cured_as_a_whole() -> None:
    found = [f for f in listed("T0146, T0115", "T0146, T0999") if f.rule in ("M702", "M703")]
    assert {f.rule for f in found} == {"M702", "M703"}
    assert len({f.root_cause for f in found}) == 1


def test_a_successor_of_another_name_is_not_said_to_have_the_name() -> None:
    contents = mini.corpus()
    path = f"{mini.PAGES}/techniques/T0999.md"
    contents[path] = mini.technique("T0999", "Old Account", "TA15 Establish Assets")
    living = f"{mini.PAGES}/techniques/T0146.md"
    old = "What Account Asset is."
    index = f"{mini.PAGES}/techniques_index.md"
    for page in (living, index):
        assert old in contents[page]
        contents[page] = contents[page].replace(
            old, f"{old} This technique previously used the ID T0999."
        )
    found = [f for f in mini.findings(contents) if f.rule == "C602"]
    assert [f.message for f in found] == [
        "orphan page: the index techniques_index.md does not list T0999; T0146 took its place. "
        "Delete the page, or list T0999 again"
    ]


def without_parents(count: int, stated: int) -> list[Finding]:
    """Return what R203 finds of sub-techniques of which only so many state their parent."""
    contents = mini.corpus()
    ids = [f"T0146.{number:03}" for number in range(2, 2 + count)]
    row = contents[f"{mini.PAGES}/techniques_index.md"]
    for number, entity_id in enumerate(ids):
        contents[f"{mini.PAGES}/techniques/{entity_id}.md"] = mini.technique(
            entity_id,
            f"Account Number {number}",
            "TA15 Establish Assets",
            parent="T0146 Account Asset" if number < stated else "",
        )
        cells = f'<td><a href="techniques/{entity_id}.md">{entity_id}</a></td>\n'
        cells += f"<td>Account Number {number}</td>\n<td>What.</td>\n<td>TA15</td>\n"
        row = row.replace("</table>", f"<tr>\n{cells}</tr>\n</table>")
    contents[f"{mini.PAGES}/techniques_index.md"] = row
    return [f for f in mini.findings(contents) if f.rule == "R203"]


def test_a_template_without_a_parent_is_one_finding() -> None:
    found = without_parents(19, 0)
    assert [f.message for f in found] == [
        "T0146.002 states no parent; it belongs to T0146 “Account Asset” (as on 19 technique "
        "pages: their template has no parent)"
    ]
    assert found[0].root is not None
    assert found[0].root.title == "the template of 19 technique pages has no parent"


def test_pages_that_lost_their_parent_are_told_one_by_one() -> None:
    assert len(without_parents(19, 12)) == 7
    assert len(without_parents(5, 0)) == 5


def test_an_id_that_does_not_exist_in_two_cells_of_a_row_is_one_act() -> None:
    masters = data()
    masters["incidenttechniques"].append(
        ["IT00000002", "Accounts (T0999: Post Content) posted.", "I00001", "T0999"]
    )
    found = [f for f in findings(files(masters=masters)) if f.rule == "R201"]
    assert [(f.message, f.suggestion) for f in found] == [
        ("T0999 does not exist; “Post Content” is T0115: the id is probably wrong", "T0115"),
        (
            "T0999 does not exist; the text of this row calls it “Post Content”, which is T0115: "
            "the id is probably wrong",
            "T0115",
        ),
    ]
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert found[0].root.title == found[0].message


def test_a_space_around_an_id_in_its_own_row_is_one_act() -> None:
    sheets = framework()
    sheets["techniques"][1][0] = "T0115 "
    masters = data()
    masters["incidenttechniques"][1][3] = "T0146,T0115"
    contents = files(frameworks=sheets, masters=masters)
    contents[f"{mini.PAGES}/techniques/T0115 .md"] = mini.technique(
        "T0115 ", "Post Content", "TA09 Deliver Content"
    ).encode()
    found = [f for f in findings(contents) if f.rule in ("M702", "R202", "S102")]
    assert {f.rule for f in found} == {"M702", "R202", "S102"}
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert found[0].root.action.startswith("delete the space in cell A2 of the sheet techniques")


def test_a_page_with_a_space_beside_the_proper_one_is_a_leftover() -> None:
    contents = mini.corpus()
    contents[f"{mini.PAGES}/techniques/T0115 .md"] = mini.technique(
        "T0115 ", "Post Contents", "TA09 Deliver Content"
    )
    (found,) = [f for f in mini.findings(contents) if f.rule == "S102"]
    assert found.message == (
        "there is a space after the id, in the heading and in the file name “T0115 .md”: this "
        "page is left over, since T0115 has its page, “T0115.md”. Delete this file"
    )
    assert found.root is not None
    assert found.root.action == "delete “T0115 .md”"


def named(actor: str, *others: str) -> list[tuple[str, str | None]]:
    """Return what N403 finds where a counter calls an actor `server admin`."""
    sheets = framework()
    for number, name in enumerate((actor, *others), start=1):
        one = f"A{number:03}"
        sheets["actortypes"].append([one, name, "Who.", None, None, f"{one} - {name}"])
    row: list[object] = [
        "C00001",
        "Ban",
        None,
        "What.",
        "A001 - server admin",
        None,
        None,
        None,
        None,
        None,
    ]
    sheets["countermeasures"].append(row)
    found = [f for f in findings(files(frameworks=sheets)) if f.rule == "N403"]
    return [(f.location.cell.address if f.location.cell else "", f.suggestion) for f in found]


def test_the_one_name_with_underscores_is_suspected_and_not_what_cites_it() -> None:
    assert named("server_admin", "data scientist") == [("actortypes!B2", "server admin")]
    assert named("server_admin", "data_scientist") == [("countermeasures!E2", "server_admin")]


def test_rows_that_a_wrong_join_has_multiplied_are_one_act() -> None:
    texts = ["They paid (T0115: Post Content).", "They used it (T0146.001: Free Account Asset)."]
    names = {"T0146.001": "Free Account Asset", "T0115": "Post Content"}
    rows = [
        f"| {mini.link('techniques', one, name)} | {text} |\n"
        for one, name in names.items()
        for text in texts
        for _ in range(3)
    ]
    contents = mini.corpus()
    contents[f"{mini.PAGES}/incidents/I00001.md"] = mini.incident(
        "I00001", "The First Case", "".join(rows).rstrip("\n")
    )
    found = [f for f in mini.findings(contents) if f.rule in ("R206", "R209")]
    assert {f.rule for f in found} == {"R206", "R209"}
    assert len({f.root_cause for f in found}) == 1


def one_way(*pairs: tuple[str, str]) -> list[Finding]:
    """Return what R205 finds where incidents list techniques whose pages do not list them."""
    names = {"T0115": "Post Content", "T0146.001": "Free Account Asset"}
    contents = mini.corpus()
    for number in {number for number, _ in pairs}:
        rows = [
            f"| {mini.link('techniques', one, names[one])} | They did it in {number}. |\n"
            for case, one in pairs
            if case == number
        ]
        page = mini.incident(number, f"Case {number}", "".join(rows))
        contents[f"{mini.PAGES}/incidents/{number}.md"] = page
    return [f for f in mini.findings(contents) if f.rule == "R205"]


def test_many_references_of_a_kind_that_are_not_returned_have_one_fault() -> None:
    pairs = [("I00002", "T0115"), ("I00003", "T0115"), ("I00003", "T0146.001")]
    found = one_way(*pairs)
    assert len(found) == 3
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert (
        found[0].root.title
        == "technique pages do not refer back to what refers to them in {places}"
    )
    assert len({f.root_cause for f in one_way(*pairs[:2])}) == 2


def test_a_line_that_is_missing_on_pages_of_a_folder_is_restored_in_one_go() -> None:
    contents = mini.corpus()
    for path in ("techniques/T0146.md", "techniques/T0115.md", "tactics/TA15.md"):
        path = f"{mini.PAGES}/{path}"
        contents[path] = contents[path].replace(mini.MARKER, "")
    found = [f for f in mini.findings(contents) if f.rule == "S107"]
    assert len(found) == 3
    assert len({f.root_cause for f in found}) == 2
    assert {f.root.title for f in found if f.root} == {
        f"the line “{mini.MARKER}” is missing in {{places}}: the next generation doubles what is "
        "there"
    }


def test_an_index_of_another_generation_is_one_act() -> None:
    contents = mini.corpus()
    for entity_id in ("T0146", "T0115", "T0146.001"):
        path = f"{mini.PAGES}/techniques/{entity_id}.md"
        old = "What" if entity_id != "T0146.001" else "A free account"
        contents[path] = contents[path].replace(f"**Summary**: {old}", f"**Summary**: New. {old}")
    found = [f for f in mini.findings(contents) if f.rule == "C603"]
    assert len(found) == 3
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert found[0].root.title == (
        "3 rows of techniques_index.md have another Summary than the pages"
    )


def test_one_malformed_id_has_one_root_cause_that_names_it() -> None:
    masters = data()
    masters["incidenttechniques"][1:] = [
        ["IT00000001", "Accounts (T0146:001: Free Account Asset) posted.", "I00001", "T0146.001"],
        ["IT00000002", "Others (T0146:001: Free Account Asset) read.", "I00001", "T0146"],
    ]
    found = [f for f in findings(files(masters=masters)) if f.rule == "R202"]
    assert {f.location.cell.ref for f in found if f.location.cell} == {"B2", "B3"}
    assert len({f.root_cause for f in found}) == 1
    assert found[0].root is not None
    assert found[0].root.title == (
        "“T0146:001” is no proper id: it has `:` instead of a full stop; write T0146.001"
    )


def test_an_empty_field_names_the_cells_to_fill_in() -> None:
    sheets = framework()
    for row in sheets["techniques"][1:3]:
        row[3] = None
    pages = {
        one: mini.corpus()[f"{mini.PAGES}/techniques/{one}.md"].replace(f"What {name} is.", "")
        for one, name in (("T0115", "Post Content"), ("T0146", "Account Asset"))
    }
    found = [f for f in findings(files(sheets, data(), **pages)) if f.rule == "S108"]
    assert [f.written_in.cell.ref for f in found if f.written_in] == ["D2", "D3"]
    assert len({f.root_cause for f in found}) == 1


def counter(members: str) -> list[Finding]:
    """Return what is found where a counter has these members in its list of techniques."""
    sheets = framework()
    head = sheets["countermeasures"][0]
    row: list[object] = [None] * len(head)
    row[0:2] = ["C00001", "Counter It"]
    row[head.index("techniques")] = members
    sheets["countermeasures"].append(row)
    contents = files(frameworks=sheets)
    page = f"# Counter C00001: Counter It\n\n* **Summary:** What.\n\n{mini.MARKER}\n"
    contents[f"{mini.PAGES}/counters/C00001.md"] = page.encode()
    return findings(contents)


def test_ids_of_another_kind_get_lines_of_their_own_too() -> None:
    """What does not belong there is for a person to move; that it is joined is for the fix."""
    found = counter("TA09 - Deliver Content TA15 - Establish Assets")
    (item,) = [f for f in found if f.rule in ("M702", "M703")]
    assert item.suggestion == "TA09 - Deliver Content\nTA15 - Establish Assets"
    found = counter(
        "TA09 - Deliver Content TA15 - Establish Assets T0115 - Post Content T0146 - Account Asset"
    )
    edits = {
        edit.location.cell.offset
        for f in found
        if f.rule in ("M702", "M703") and f.fix is not None
        for edit in f.fix.edits
        if edit.location.cell is not None
    }
    assert len(edits) == 3


def test_what_an_empty_sheet_leaves_on_pages_is_not_to_be_generated_away() -> None:
    sheets = framework()
    sheets["techniques"] = sheets["techniques"][:1]
    found = [f for f in findings(files(frameworks=sheets)) if f.rule in ("C606", "M701")]
    assert [f.rule for f in found] == ["C606", "M701", "M701", "M701"]
    assert len({f.root_cause for f in found}) == 1
    assert found[1].root is not None
    assert found[1].root.action.startswith("restore the rows from an earlier version")


def test_an_address_that_a_list_has_twice() -> None:
    masters = data()
    masters["incidents"][1][7] = "https://a.example/x https://a.example/y https://a.example/x"
    (item,) = [f for f in findings(files(masters=masters)) if f.rule == "R209"]
    assert item.message == "this address is already in this list"
    assert item.location.cell is not None
    assert (item.location.cell.ref, item.location.cell.offset) == ("H2", 40)


def test_a_row_of_evidence_that_stands_twice_is_one_act() -> None:
    masters = data()
    row = masters["incidenttechniques"][1]
    for number in (1, 2):
        masters["incidenttechniques"][number:] = [
            [f"IT0000000{number}", EVIDENCE, row[2], "T0146,T0146.001"]
        ]
    found = [f for f in findings(files(masters=masters)) if f.rule == "R209"]
    assert [f.location.cell.ref for f in found if f.location.cell] == ["D3", "D3"]
    assert len({f.root_cause for f in found}) == 1


def test_an_id_that_a_list_has_twice_is_one_act_with_the_rows_that_it_makes() -> None:
    masters, page = data(), f"{mini.PAGES}/incidents/I00001.md"
    masters["incidenttechniques"][1][3] = "T0146,T0146"
    contents = files(masters=masters)
    line = next(line for line in contents[page].splitlines(True) if line.startswith(b"| [T0146 "))
    contents[page] = contents[page].replace(line, line * 2)
    found = [f for f in findings(contents) if f.rule == "R209"]
    assert {f.location.cell is None for f in found} == {True, False}
    assert len({f.root_cause for f in found}) == 1


@pytest.mark.parametrize("between", [",", ";\n", "\n", "  ", ", "])
def test_an_address_twice_is_found_whatever_stands_between(between: str) -> None:
    masters, url = data(), "https://a.example/b"
    masters["incidents"][1][7] = f"{url}{between}{url}"
    found = [f for f in findings(files(masters=masters)) if f.rule == "R209"]
    assert [f.message for f in found] == ["this address is already in this list"]


_CONFLICT = "<<<<<<< HEAD\n{}=======\n{}>>>>>>> branch\n"


@pytest.mark.parametrize(
    ("path", "line", "other"),
    [
        ("techniques/T0146.md", "| [I00001 ", "posted|shared"),
        ("techniques/T0146.md", "| [I00001 ", ""),
        ("techniques/T0146.md", "| -------- | ---", "--|---"),
        ("techniques/T0146.md", "**Summary", "What|Which"),
        ("techniques/T0146.md", "# Technique", "Asset|Assets"),
        ("techniques_index.md", "<td>Account Asset</td>", "Asset|Assets"),
        ("techniques_index.md", "<td>TA15</td>", "TA15|TA09"),
        ("tactics/TA15.md", "| [T0146 ", "Asset|Assets"),
    ],
)
@pytest.mark.parametrize("workbooks", [True, False])
def test_a_merge_conflict_is_one_act_wherever_it_stands(
    path: str, line: str, other: str, *, workbooks: bool
) -> None:
    contents = files() if workbooks else {k: v.encode() for k, v in mini.corpus().items()}
    path = f"{mini.PAGES}/{path}"
    lines = contents[path].decode().splitlines(keepends=True)
    at = next(n for n, text in enumerate(lines) if text.startswith(line))
    old, _, new = other.partition("|")
    theirs = lines[at].replace(old, new) if other else ""
    lines[at] = _CONFLICT.format(lines[at], theirs)
    contents[path] = "".join(lines).encode()
    assert [(f.rule, f.location.path) for f in findings(contents)] == [("T506", path)]


def test_a_name_that_changed_in_the_workbook_is_one_act() -> None:
    frameworks = framework()
    frameworks["techniques"][2][1] = "Account Assets"
    frameworks["techniques"][2][4] = "T0146 - Account Assets"
    contents = files(frameworks)
    contents[f"{mini.PAGES}/disarm_red_framework.md"] = (
        b"# Red framework\n\n| TA15 Establish Assets |\n| --- |\n"
        b"| [T0146 Account Asset](techniques/T0146.md) |\n"
    )
    found = [f for f in findings(contents) if f.rule in ("M701", "N402")]
    assert {f.rule for f in found} == {"M701", "N402"}
    assert len({f.root_cause for f in found}) == 1


def test_a_tactic_that_changed_in_the_workbook_is_one_act() -> None:
    frameworks = framework()
    frameworks["techniques"][2][2] = "TA09"
    found = [f for f in findings(files(frameworks)) if f.rule in ("M701", "M702")]
    assert {f.rule for f in found} == {"M701", "M702"}
    assert len({f.root_cause for f in found}) == 1


@pytest.mark.parametrize(("old", "new"), [("posted", "pos|ted"), (" posted", "\nposted")])
def test_a_row_that_is_broken_on_the_page_alone_is_to_be_generated_anew(old: str, new: str) -> None:
    contents, page = files(), f"{mini.PAGES}/incidents/I00001.md"
    contents[page] = contents[page].replace(old.encode(), new.encode())
    assert [(f.rule, f.message) for f in findings(contents)] == [
        ("M701", "stale page: nothing in the sheet incidenttechniques breaks this row")
    ]


def test_many_texts_beside_the_ids_of_other_rows_are_one_act() -> None:
    few, many = (listed(*["T0115"] * number) for number in (3, 12))
    roots = [{f.root_cause for f in found if f.rule == "R206"} for found in (few, many)]
    assert len(roots[1]) == 1
    assert not roots[0] & roots[1]


def test_of_ids_in_each_others_columns_only_that_is_told() -> None:
    masters = data()
    masters["incidenttechniques"].append(["IT00000002", f"{EVIDENCE} Again.", "T0146", "I00001"])
    masters["incidenttechniques"].append(["IT00000003", f"{EVIDENCE} Again.", "T0115", "I00001"])
    assert {f.rule for f in findings(files(masters=masters))} == {"R201"}


def test_a_page_with_carriage_returns_is_one_finding() -> None:
    contents, path = mini.corpus(), f"{mini.PAGES}/tactics/TA15.md"
    contents[path] = contents[path].replace("\n", "\r")
    assert [f.rule for f in mini.findings(contents)] == ["T505"]


def list_other_ids(listed: str) -> list[Finding]:
    """Return what R206 finds where a row of evidence lists other ids than its pages show."""
    masters = data()
    masters["incidenttechniques"][1][3] = listed
    found = findings(files(masters=masters))
    return [f for f in found if f.rule == "R206" and f.location.cell is not None]


def test_an_id_that_was_exchanged_in_a_list_is_named_with_the_one_that_the_text_cites() -> None:
    (found,) = list_other_ids("T0115,T0146.001")
    assert found.message == "T0115 is listed for this text, which cites T0146 instead"
    assert found.root is not None
    assert found.root.action == "list T0146 for this text instead of T0115, if that is meant"


def test_a_list_whose_ids_were_all_exchanged_is_told_by_what_the_pages_show() -> None:
    (found,) = list_other_ids("T0115")
    assert found.message == (
        "the text of this row cites T0146 and T0146.001, not T0115; the pages still show it under "
        "T0146"
    )
    assert found.root is not None
    assert found.root.action == "list T0146 for this text again, or write what fits T0115"


def test_a_name_that_was_emptied_makes_no_page_stale() -> None:
    """Regenerating the pages, as for a page that is behind, would delete the name there too."""
    sheets = framework()
    sheets["techniques"][1][1] = None
    found = findings(files(frameworks=sheets))
    assert [(f.rule, f.message) for f in found if f.subject == "T0115"] == [
        ("S108", "“name” is empty: the page of T0115 needs it")
    ]
    # The name is lost: that comes before fields that nobody has written yet.
    assert [f.root.harm for f in found if f.rule == "S108" and f.root] == [Harm.LOST]
