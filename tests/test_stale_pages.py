"""Pages that differ from the workbooks: each test changes one thing in a sound corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.mini import PAGES, corpus, link, tactic, technique
from support.mini_master import EVIDENCE, FRAMEWORK, Sheets, data, files, findings, framework, place

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding

INDEX = f"{PAGES}/techniques_index.md"
T0146 = f"{PAGES}/techniques/T0146.md"
I00001 = f"{PAGES}/incidents/I00001.md"
TA09 = f"{PAGES}/tactics/TA09.md"


def edited(path: str, old: str, new: str) -> list[Finding]:
    """Return what is found where a page was edited by hand."""
    contents = files()
    text = contents[path].decode()
    assert old in text
    contents[path] = text.replace(old, new, 1).encode()
    return findings(contents)


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, place(f), f.message) for f in found]


@pytest.mark.parametrize(
    ("path", "old", "new", "where", "message", "wrong", "suggestion"),
    [
        pytest.param(
            *(T0146, "T0146: Account Asset\n", "T0146: Account\n", "T0146.md:1:20"),
            *("the sheet techniques calls T0146 “Account Asset”", "Account", "Account Asset"),
            id="heading",
        ),
        pytest.param(
            *(T0146, "What Account Asset is.", "What an Account Asset is.", "T0146.md:3:19"),
            *("the sheet techniques says “What Account Asset is.” here", "an Account", "Account"),
            id="a word too many",
        ),
        pytest.param(
            *(T0146, "TA15 Establish Assets", "TA09 Deliver Content", "T0146.md:5:13"),
            *("the sheet techniques says TA15 here", "TA09", "TA15"),
            id="tactic",
        ),
        pytest.param(
            *(T0146, "TA15 Establish Assets", "TA15 Develop Assets", "T0146.md:5:18"),
            *("the sheet tactics calls TA15 “Establish Assets”", "Develop Assets"),
            "Establish Assets",
            id="tactic's name",
        ),
        pytest.param(
            *(I00001, "Utopia , Erewhon", "Utopia , Ruritania", "I00001.md:9:27"),
            "the sheet incidents says “Utopia , Erewhon” here",
            *("Ruritania", "Erewhon"),
            id="countries are made of two cells",
        ),
        pytest.param(
            *(I00001, "**Found via:** ", "**Found via:** a friend", "I00001.md:11:18"),
            *("the sheet incidents says nothing here", "a friend", None),
            id="blank cell",
        ),
        pytest.param(
            *(I00001, "**Date added:** 2019-02-24", "**Date added:** 2019-02-25"),
            *("I00001.md:13:19", "the sheet incidents says “2019-02-24” here"),
            *("2019-02-25", "2019-02-24"),
            id="date",
        ),
        pytest.param(
            *(I00001, ") posted. |", ") wrote. |", "I00001.md:22:133"),
            "the sheet incidenttechniques says “…Account Asset) posted.” here",
            *("wrote.", "posted."),
            id="evidence",
        ),
        pytest.param(
            *(I00001, "[T0146 Account Asset]", "[T0146 Account]", "I00001.md:22:10"),
            *("the sheet techniques calls T0146 “Account Asset”", "Account", "Account Asset"),
            id="label",
        ),
        pytest.param(
            *(INDEX, "<td>Account Asset</td>", "<td>Account</td>", "techniques_index.md:18:5"),
            *("the sheet techniques calls T0146 “Account Asset”", "Account", "Account Asset"),
            id="name in the index",
        ),
        pytest.param(
            *(INDEX, "<td>TA09</td>", "<td>TA15</td>", "techniques_index.md:14:5"),
            *("the sheet techniques says “TA09” here", "TA15", "TA09"),
            id="tactic in the index",
        ),
    ],
)
def test_page_that_differs_from_its_row(
    path: str, old: str, new: str, where: str, message: str, wrong: str, suggestion: str | None
) -> None:
    found = edited(path, old, new)
    assert told(found) == [("M701", where, f"stale page: {message}")]
    assert (found[0].wrong, found[0].suggestion) == (wrong, suggestion)


def test_row_that_nothing_states() -> None:
    rows = "\n".join(
        f"| {link('techniques', i, n)} |"
        for i, n in (("T0115", "Post Content"), ("T0146", "Account Asset"))
    )
    found = findings(files(TA09=tactic("TA09", "Deliver Content", rows)))
    message = "stale page: nothing in the workbook puts T0146 on the page of TA09"
    assert told(found) == [("M701", "TA09.md:17:4", message)]


def test_renamed_in_the_workbook_alone() -> None:
    sheets = framework()
    sheets["techniques"][2][1] = "Account"
    found = findings(files(frameworks=sheets))
    stale = [f for f in found if f.rule == "M701"]
    assert [place(f) for f in stale] == [
        "I00001.md:22:10",
        "TA15.md:16:10",
        "T0146.001.md:5:71",
        "T0146.md:1:20",
        "techniques_index.md:18:5",
    ]
    assert len({f.cause for f in stale}) == 1
    # The long name is no matter of the pages.
    assert {f.rule for f in found} == {"M701", "M706"}


def test_what_nearly_all_pages_show_otherwise_is_told_once() -> None:
    sheets, pages = framework(), files()
    for number in range(200, 212):
        name = f"Technique No. {number}"
        sheets["techniques"].append([f"T0{number}", name, "TA15", f"In the sheet: {name}", None])
        pages[f"{PAGES}/techniques/T0{number}.md"] = technique(
            f"T0{number}", name, "TA15 Establish Assets", summary=f"On the page: {name}"
        ).encode()
    pages[FRAMEWORK] = files(frameworks=sheets)[FRAMEWORK]
    found = [f for f in findings(pages) if f.rule == "M701"]
    # Three of the fifteen summaries are right.
    assert len(found) == 12
    for name in ("T0115", "T0146", "T0146.001"):
        path = f"{PAGES}/techniques/{name}.md"
        pages[path] = pages[path].replace(b"**Summary**: ", b"**Summary**: On the page: ")
    found = [f for f in findings(pages) if f.rule == "M701"]
    assert [place(f) for f in found] == ["T0115.md:3:14"]
    assert found[0].message.endswith("; 14 others differ here too, as if the generator had changed")


@pytest.mark.parametrize(
    ("cell", "shown"), [(2016, "2016.0"), ("2016.0", "2016.0"), ("n/a", ""), ("NA", "NA")]
)
def test_values_as_the_generator_writes_them(cell: object, shown: str) -> None:
    masters = data()
    masters["incidents"][1][4] = cell
    page = corpus()[I00001].replace("started:** 2016", f"started:** {shown}")
    assert "M701" not in {f.rule for f in findings(files(masters=masters, I00001=page))}


def with_row(sheet: str, *row: object) -> Sheets:
    sheets = data() if sheet in data() else framework()
    sheets[sheet].append(list(row))
    return sheets


def test_texts_of_several_rows_are_joined() -> None:
    more = "They also commented (T0146: Account Asset)."
    masters = with_row("incidenttechniques", "IT00000002", more, "I00001", "T0146")
    shown = link("techniques", "T0146", "Account Asset")
    text = corpus()[I00001]
    here = text.replace(f"| {shown} |", f"| {shown} | {more} |\n| {shown} |")
    there = corpus()[T0146].replace(EVIDENCE, f"{EVIDENCE}, {more}")
    assert findings(files(masters=masters, I00001=here, T0146=there)) == []
    stale = there.replace("also commented", "commented")
    assert [
        (f.rule, f.wrong) for f in findings(files(masters=masters, I00001=here, T0146=stale))
    ] == [("M701", "commented")]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        pytest.param(" posted.", " posted (T0115: Other).", "T0146.md:15:136", id="words more"),
        pytest.param(" posted.", ".", "T0146.md:15:129", id="a word less"),
        pytest.param("Accounts (", "Profiles (", "T0146.md:15:72", id="another word"),
    ],
)
def test_a_slip_of_the_cell_hides_no_other_difference_of_the_page(
    old: str, new: str, where: str
) -> None:
    slip = EVIDENCE.replace("T0146: Account A", "T0146: Accounts A")
    sheets = data()
    sheets["incidenttechniques"][1] = ["IT00000001", slip, "I00001", "T0146"]
    contents = files(masters=sheets)
    for path in (T0146, I00001):
        contents[path] = contents[path].replace(EVIDENCE.encode(), slip.encode())
    page = contents[T0146].decode()
    assert old in page
    contents[T0146] = page.replace(old, new).encode()
    stale = [place(finding) for finding in findings(contents) if finding.rule == "M701"]
    assert stale == [where]
    assert "incidenttechniques!B2:17-31" in [
        place(finding) for finding in findings(contents) if finding.rule == "N401"
    ]


def test_where_the_page_is_right_the_slip_of_the_cell_is_all() -> None:
    sheets = data()
    slip = EVIDENCE.replace("T0146: Account A", "T0146: Accounts A")
    sheets["incidenttechniques"][1] = ["IT00000001", slip, "I00001", "T0146"]
    assert {finding.rule for finding in findings(files(masters=sheets))} == {"N401"}


def test_a_row_that_an_index_has_lost() -> None:
    contents = files()
    text = contents[INDEX].decode()
    start = text.index("<tr>", text.index("T0115") - 60)
    contents[INDEX] = (text[:start] + text[text.index("</tr>", start) + 6 :]).encode()
    assert told(findings(contents)) == [
        (
            "M701",
            "techniques_index.md:1:1",
            "stale page: T0115 “Post Content” is not listed here, and the sheet techniques has it",
        )
    ]
