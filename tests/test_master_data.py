"""What the workbooks define, and what they state that no page shows."""

from __future__ import annotations

import pytest

from disarm_lint.model.config import Config, Pattern
from disarm_lint.model.text import Location
from disarm_lint.project import lint_contents
from support import mini
from support.mini_master import DATA, FRAMEWORK, data, files, findings, framework, place, run
from support.workbooks import workbook


def test_workbook_defines_what_the_index_does_not_list() -> None:
    sheets = framework()
    sheets["techniques"].append(["T0200", "New Technique", "TA15", "What is new.", None])
    found = {(f.rule, place(f)): f.message for f in findings(files(frameworks=sheets))}
    assert found["C604", "techniques!A5:0-5"] == (
        "T0200 “New Technique” is listed, but has no page; "
        "expected generated_pages/techniques/T0200.md"
    )
    assert all(rule in ("C604", "C603", "M702") for rule, _ in found)


def test_page_that_the_sheet_does_not_list_is_an_orphan_and_its_id_retired() -> None:
    sheets = framework()
    del sheets["techniques"][1]
    found = findings(files(frameworks=sheets))
    orphan = next(f for f in found if f.rule == "C602")
    assert (orphan.subject, orphan.message) == (
        "T0115",
        "orphan page: the sheet techniques does not list T0115. Delete the page, "
        "or list T0115 again",
    )
    assert {f.rule for f in found} <= {"C602", "R208", "M701"}
    assert {f.subject for f in found if f.rule == "R208"} == {"T0115"}


def test_row_without_an_id_gets_one_finding() -> None:
    sheets = framework()
    sheets["techniques"].append([None, "No id", "TA15", "What.", " - "])
    assert [(f.rule, place(f), f.message) for f in findings(files(frameworks=sheets))] == [
        (
            "C605",
            "techniques!A5:0-0",
            "this row has no id; a page without a name is generated from it. "
            "Fill in its id; do not delete it, since its text may be the only copy",
        )
    ]


def test_id_that_stands_in_two_rows() -> None:
    sheets = framework()
    sheets["techniques"].append(["T0115", "Post Content", "TA09", "What Post Content is.", None])
    assert [(f.rule, place(f), f.message) for f in findings(files(frameworks=sheets))] == [
        (
            "C601",
            "techniques!A5:0-5",
            "T0115 is defined a second time; the first is in techniques!A2",
        )
    ]


@pytest.mark.parametrize(
    ("cell", "where", "message"),
    [
        (
            "T0146, T0115",
            "incidenttechniques!D2:6-12",
            "no page shows that I00001 refers to T0115: the space after the comma "
            "makes the generator drop it; delete the space",
        ),
        (
            "T0146;T0115",
            "incidenttechniques!D2:6-11",
            "no page shows that I00001 refers to T0115: "
            "the generator needs a comma between two ids",
        ),
    ],
)
def test_reference_that_no_page_shows(cell: str, where: str, message: str) -> None:
    sheets = data()
    sheets["incidenttechniques"][1][3] = cell
    found = [f for f in findings(files(masters=sheets)) if f.rule == "M702"]
    assert [(place(f), f.message) for f in found] == [(where, message)]


def test_dead_id_in_a_cell_is_no_dropped_reference() -> None:
    sheets = data()
    sheets["incidenttechniques"][1][3] = "T0146, T0999"
    found = findings(files(masters=sheets))
    assert [(f.rule, place(f)) for f in found if f.rule != "M703"] == [
        ("R201", "incidenttechniques!D2:7-12")
    ]


def test_address_without_a_row_in_its_sheet() -> None:
    sheets = data()
    sheets["incidents"][1][7] = "https://a.example/1"
    (found,) = findings(files(masters=sheets))
    assert (found.rule, place(found), found.message) == (
        "M702",
        "incidents!H2:0-19",
        "the page of I00001 does not show this address: the sheet urls has no row for it; add one",
    )


def test_second_row_with_the_same_pair_and_text() -> None:
    sheets = data()
    sheets["incidenttechniques"].append(["IT00000002", *sheets["incidenttechniques"][1][1:]])
    found = findings(files(masters=sheets))
    assert [(f.rule, place(f), f.message) for f in found] == [
        (
            "R209",
            "incidenttechniques!D3:0-5",
            "IT00000001 already says that I00001 refers to T0146, with the same text: delete "
            "this row",
        )
    ]


def test_tactic_that_does_not_exist_is_told_at_the_cell() -> None:
    sheets = framework()
    sheets["techniques"][1][2] = "TA99"
    found = [f for f in findings(files(frameworks=sheets)) if f.location.cell is not None]
    assert [(f.rule, place(f), f.message) for f in found] == [
        (
            "R204",
            "techniques!C2:0-4",
            "TA99 does not exist; one slip away is TA09 “Deliver Content”",
        )
    ]


def test_rows_may_be_put_before_others_without_another_fingerprint() -> None:
    sheets = data()
    sheets["incidenttechniques"][1][3] = "T0146, T0115"
    (before,) = [f for f in findings(files(masters=sheets)) if f.rule == "M702"]
    sheets["incidenttechniques"].insert(1, ["IT00000000", None, None, None])
    (after,) = [f for f in findings(files(masters=sheets)) if f.rule == "M702"]
    assert place(before) != place(after)
    assert before.fingerprint == after.fingerprint


def test_header_below_empty_rows_and_columns_keeps_its_addresses() -> None:
    sheets = framework()
    sheets["techniques"] = [[], [], *([None, *row] for row in sheets["techniques"])]
    sheets["techniques"][3][2] = "Post Contents"
    found = [f for f in findings(files(frameworks=sheets)) if f.location.cell]
    assert {(f.location.cell.sheet, f.location.cell.ref) for f in found if f.location.cell} <= {
        ("techniques", "C4"),
        ("techniques", "F4"),
    }


def test_kind_whose_sheet_is_gone_falls_back_to_the_index() -> None:
    sheets = framework()
    del sheets["techniques"]
    found = findings(files(frameworks=sheets))
    assert {f.rule for f in found} == {"X904"}


def test_workbook_is_found_under_another_name_where_the_config_says_so() -> None:
    contents = {path: text.encode() for path, text in mini.corpus().items()}
    contents["sheets/master.xlsx"] = workbook(framework() | data())
    config = Config(master_data=(Pattern("sheets/*.xlsx", Location(".disarm-lint.yaml")),))
    chosen = [loaded for loaded in mini.rules() if loaded.rule.default]
    done = lint_contents(dict(contents), chosen, config=config)
    assert [book.path for book in done.corpus.workbooks] == ["sheets/master.xlsx"]
    assert done.outcome.findings == ()
    assert "evidence" in done.corpus.registry.kinds


def test_pattern_that_matches_no_workbook_is_reported() -> None:
    where = Location(".disarm-lint.yaml")
    config = Config(master_data=(Pattern("nowhere/*.xlsx", where),))
    chosen = [loaded for loaded in mini.rules() if loaded.rule.default]
    (found,) = lint_contents(dict(mini.corpus()), chosen, config=config).outcome.findings
    assert (found.rule, found.message) == (
        "X903",
        "“nowhere/*.xlsx” under master-data matches no file",
    )


def test_workbooks_alone_are_linted_against_what_they_define() -> None:
    sheets = data()
    sheets["incidenttechniques"][1][1] = "Accounts (T0146: Account Assets) posted."
    contents = {DATA: workbook(sheets), FRAMEWORK: workbook(framework())}
    done = run(contents)
    assert [(f.rule, place(f)) for f in done.outcome.findings] == [
        ("N401", "incidenttechniques!B2:17-31")
    ]


def test_old_releases_in_folders_below_are_not_read() -> None:
    contents = files()
    contents["DISARM_MASTER_DATA/2023-01/DISARM_DATA_MASTER.xlsx"] = b"not a workbook"
    contents["DISARM_MASTER_DATA/~$DISARM_DATA_MASTER.xlsx"] = b"a lock file"
    assert findings(contents) == []
