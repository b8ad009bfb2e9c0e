"""What one act fixes is one root cause, whatever rules find of it, and says what that act is."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
