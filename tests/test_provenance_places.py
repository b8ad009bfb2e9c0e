"""Which cell a finding comes from where its words stand in no cell."""

from __future__ import annotations

from support import mini
from support.mini_master import EVIDENCE, data, files, findings, framework, place


def sources(contents: dict[str, bytes], *rules: str) -> dict[str, str | None]:
    """Return the cell that each finding of some rules on a page comes from."""
    return {
        f"{f.rule} {place(f)}": f.source.cell.address if f.source else None
        for f in findings(contents)
        if f.location.cell is None and (not rules or f.rule in rules)
    }


def test_broken_row_is_told_at_the_cell_that_breaks_it() -> None:
    text = f"One | two. {EVIDENCE}"
    sheets = data()
    sheets["incidenttechniques"][1][1] = text
    contents = files(masters=sheets)
    for path, page in mini.corpus().items():
        contents[path] = page.replace(EVIDENCE, text).encode()
    assert sources(contents, "S106") == {}
    (broken,) = [item for item in findings(contents) if item.rule == "M708"]
    assert place(broken) == "incidenttechniques!B2:4-5"
    assert [related.location.path.rpartition("/")[2] for related in broken.related] == [
        "I00001.md",
        "T0146.md",
    ]


def test_wrong_name_in_a_grid_comes_from_its_own_row() -> None:
    grid = (
        '# DISARM Red Framework:\n\n<table border="1">\n<tr>\n<th>TA09 Deliver Content</th>\n'
        "<th>TA15 Establish Assets</th>\n</tr>\n<tr>\n"
        '<td><a href="techniques/T0115.md">T0115 Post Content</a></td>\n'
        '<td><a href="techniques/T0146.md">T0146 Acount Asset</a></td>\n</tr>\n<tr>\n<td> </td>\n'
        '<td><a href="techniques/T0146.001.md">T0146.001 Free Account Asset</a></td>\n'
        "</tr>\n</table>\n"
    )
    contents = files() | {"generated_pages/disarm_red_framework.md": grid.encode()}
    found = sources(contents, "N402")
    assert list(found.values()) == ["techniques!B3"]


def test_empty_name_of_a_heading_is_told_at_the_empty_cell() -> None:
    sheets = framework()
    sheets["techniques"][1][1] = None
    contents = files(frameworks=sheets)
    path = "generated_pages/techniques/T0115.md"
    contents[path] = contents[path].replace(b"T0115: Post Content", b"T0115: ")
    assert sources(contents, "S101") == {}
    told = [place(item) for item in findings(contents) if item.rule == "S108"]
    assert told == ["techniques!B2:0-0"]


def test_names_that_the_generator_adds_come_from_the_row_of_that_name() -> None:
    contents = files()
    path = "generated_pages/techniques/T0146.001.md"
    contents[path] = contents[path].replace(
        b"**Parent Technique:** T0146 Account Asset", b"**Parent Technique:** T0146 Acount Asset"
    )
    path = "generated_pages/incidents/I00001.md"
    contents[path] = contents[path].replace(b"[T0146 Account Asset]", b"[T0146 Account Aset]")
    found = sources(contents)
    assert {key.partition(":")[0] for key in found} == {"M701 T0146.001.md", "M701 I00001.md"}
    assert set(found.values()) == {"techniques!B3"}


def test_relatedin_an_index_comes_from_the_cell_under_its_header() -> None:
    index = mini.index(
        "Incidents",
        "incidents",
        "disarm_id name objecttype year_started found_in_country found_via",
        [("I00001", "The First Case", "incident", "2016.0", "Erewhon", "")],
    )
    contents = files() | {"generated_pages/incidents_index.md": index.encode()}
    assert list(sources(contents, "S112").values()) == ["incidents!E2"]
