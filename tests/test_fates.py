"""What became of a fault: "fixed" is only said where its place was looked at and is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.compare.fates import (
    Coverage,
    Fate,
    Judge,
    Verdict,
    map_superseding,
    read_coverage,
    read_fault,
)
from disarm_lint.project import LintRun, lint_contents
from support import mini, mini_master
from support.mini import PAGES, corpus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.finding import Finding

I00001 = f"{PAGES}/incidents/I00001.md"
INDEX = f"{PAGES}/techniques_index.md"
T0115 = f"{PAGES}/techniques/T0115.md"
T0146 = f"{PAGES}/techniques/T0146.md"
RULES = [loaded for loaded in mini.rules() if loaded.rule.default]
CODES = [loaded.rule.code for loaded in RULES]


def covered(run: LintRun, codes: Iterable[str] = CODES) -> Coverage:
    return read_coverage([run.corpus], run.outcome.findings, codes)


def judge(
    before: Mapping[str, str | bytes],
    after: Mapping[str, str | bytes],
    *,
    codes: Iterable[str] = CODES,
    unsure: str = "",
) -> dict[str, Verdict]:
    """Return what became of each cause that the later corpus lacks, by rule."""
    old, new = lint_contents(before, RULES), lint_contents(after, RULES)
    seen = replace(covered(new, codes), unsure=unsure)
    decide = Judge(covered(old), seen, map_superseding(loaded.rule for loaded in RULES))
    left = {finding.cause for finding in new.outcome.findings}
    gone: dict[str, list[Finding]] = {}
    for finding in old.outcome.findings:
        if finding.cause not in left:
            gone.setdefault(finding.cause, []).append(finding)
    return {
        found[0].rule: decide.judge_cause(read_fault(finding) for finding in found)
        for found in gone.values()
    }


def broken(path: str, old: str, new: str) -> dict[str, str]:
    files = corpus()
    assert old in files[path]
    files[path] = files[path].replace(old, new, 1)
    return files


MISNAMED = broken(I00001, "Free Account Asset) posted", "Free Acount Asset) posted")


def test_a_place_that_is_there_and_right_is_fixed() -> None:
    assert judge(MISNAMED, corpus())["N401"].fate is Fate.FIXED


def test_a_place_that_is_wrong_in_another_way_is_altered() -> None:
    later = broken(I00001, "Free Account Asset) posted", "Free Acccount Asset) posted")
    assert judge(MISNAMED, later)["N401"].fate is Fate.ALTERED


def test_a_place_whose_entity_is_no_more_is_gone_with_it() -> None:
    later = corpus()
    del later[I00001]
    later[T0146] = "\n".join(line for line in later[T0146].splitlines() if "I00001" not in line)
    assert judge(MISNAMED, later)["N401"].fate is Fate.GONE


def test_a_citation_of_an_entity_that_is_no_more_is_gone_with_it() -> None:
    before = broken(T0115, "What Post Content is.", "As T0146.001: Fre Account Asset is.")
    later = {path: text for path, text in corpus().items() if "T0146.001" not in path}
    later[INDEX] = "\n".join(line for line in later[INDEX].splitlines() if "T0146.001" not in line)
    later[I00001] = later[I00001].replace(", T0146.001: Free Account Asset", "")
    assert judge(before, later)["N401"].fate is Fate.GONE


def test_a_row_that_is_no_more_is_not_fixed() -> None:
    later = corpus()
    later[I00001] = "\n".join(
        line for line in later[I00001].splitlines() if "techniques/T0146.md" not in line
    )
    assert judge(MISNAMED, later)["N401"].fate is Fate.GONE


def test_a_page_that_is_not_there_though_its_entity_lives_was_not_compared() -> None:
    text = corpus()[T0115].replace("What Post Content is", "What a Post Content is")
    later = mini_master.files()
    del later[T0115]
    found = judge(mini_master.files(T0115=text), later)
    assert found["M701"] == Verdict(Fate.UNCOMPARED, f"has no {T0115}")


def test_nothing_in_a_cell_is_fixed_where_there_are_no_workbooks() -> None:
    sheets = mini_master.framework()
    sheets["techniques"][1][1] = "Post  Content"
    found = judge(mini_master.files(sheets), corpus())
    assert {one.reason for one in found.values()} == {"has no DISARM_MASTER_DATA"}
    assert {one.fate for one in found.values()} == {Fate.UNCOMPARED}


def test_a_sheet_that_is_not_there_was_not_compared() -> None:
    sheets = mini_master.data()
    sheets["incidents"][1][1] = "The First  Case"
    later = mini_master.data()
    del later["incidents"]
    found = judge(mini_master.files(masters=sheets), mini_master.files(masters=later))
    assert found["S112"].reason == f"has no sheet incidents in {mini_master.DATA}"


def test_a_deleted_leftover_is_fixed_and_not_where_no_workbook_says_that_it_is_one() -> None:
    before = mini_master.files()
    leftover = f"{PAGES}/techniques/T0999.md"
    before[leftover] = corpus()[T0115].replace("T0115", "T0999").encode()
    assert judge(before, mini_master.files())["C602"].fate is Fate.FIXED
    later: dict[str, str | bytes] = {**corpus(), leftover: before[leftover]}
    del later[INDEX]
    assert judge(before, later)["C602"] == Verdict(Fate.UNCOMPARED, "has no DISARM_MASTER_DATA")


def test_a_rule_that_did_not_run_fixes_nothing() -> None:
    found = judge(MISNAMED, corpus(), codes=["T503"])
    assert found["N401"] == Verdict(Fate.UNCOMPARED, "did not report N401")


def test_a_comment_that_silences_a_rule_fixes_nothing() -> None:
    before = broken(T0115, "What Post Content is.", "As T0146: Acount Asset is.")
    later = dict(before)
    later[T0115] += "\n<!-- disarm-lint: ignore-file[N401] a reason -->\n"
    found = judge(before, later)
    assert found["N401"] == Verdict(Fate.UNCOMPARED, f"silences N401 in {T0115}")


def test_what_was_checked_in_part_fixes_nothing() -> None:
    found = judge(MISNAMED, corpus(), unsure="was checked in part")
    assert found["N401"] == Verdict(Fate.UNCOMPARED, "was checked in part")


def test_what_is_told_once_for_a_template_is_not_fixed_on_the_other_pages() -> None:
    pages = {
        f"{PAGES}/techniques/T0{number}.md": corpus()[T0115].replace("T0115", f"T0{number}")
        for number in range(200, 240)
    }
    before = {**corpus(), **pages}
    del before[INDEX]
    later = before.copy()
    last = f"{PAGES}/techniques/T0214.md"
    before[last] = before[last].replace("**Summary**: ", "")
    later = {
        path: text.replace("**Summary**: ", "") if "/techniques/" in path else text
        for path, text in later.items()
    }
    found = judge(before, later)
    reason = "tells S103 once for all pages of a template"
    assert found["S103"] == Verdict(Fate.UNCOMPARED, reason)
