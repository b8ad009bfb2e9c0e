"""Other corpora than those at hand: other templates, other names, other slips."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from support.mini import MARKER, PAGES, corpus, findings, index, link, tactic, technique, told

NOTES = f"{PAGES}/techniques/T0146.md"
ROW = f"{PAGES}/incidents/I00001.md"


class Told(NamedTuple):
    """A finding: the rule, the words it stands at, what is suggested."""

    rule: str
    words: str
    suggestion: str | None


def noted(text: str) -> list[Told]:
    """Return what is found in a note."""
    files = corpus()
    files[NOTES] += f"\n{text}\n"
    lines = files[NOTES].split("\n")
    shown = []
    for finding in findings(files):
        span = finding.location.span
        assert span is not None
        assert finding.location.path == NOTES
        words = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        shown.append(Told(finding.rule, words, finding.suggestion))
    return shown


def many(count: int = 12) -> dict[str, str]:
    """Return a sound corpus with many techniques below one tactic and one parent."""
    names = {"T0200": "Build Props", **{f"T0200.{n:03}": f"Prop Number {n}" for n in range(count)}}
    members = "\n".join(f"| {link('techniques', i, n)} |" for i, n in names.items())
    files = {
        f"{PAGES}/techniques/{i}.md": technique(
            i, n, "TA15 Establish Assets", parent="T0200 Build Props" if "." in i else ""
        )
        for i, n in names.items()
    }
    rows: list[tuple[str, ...]] = [(i, n, f"What {n} is.", "TA15") for i, n in names.items()]
    columns = "disarm_id name summary tactic_id"
    files[f"{PAGES}/techniques_index.md"] = index("Techniques", "techniques", columns, rows)
    files[f"{PAGES}/tactics/TA15.md"] = tactic("TA15", "Establish Assets", members)
    files[f"{PAGES}/phases/P01.md"] = f"# Phase P01: Plan\n\n* **Summary:** To plan.\n\n{MARKER}\n"
    return files


def changed(files: dict[str, str], folder: str, old: str, new: str) -> dict[str, str]:
    return {
        path: text.replace(old, new) if f"/{folder}/" in path else text
        for path, text in files.items()
    }


# --- citations in prose ---


@pytest.mark.parametrize(
    "text",
    [
        "**T0146:** Account Asset was bought.",
        "T0146: **Account Asset** was bought.",
        "T0146: “Account Asset” was bought.",
        "T0146: The accounts were bought.",
        "T0146 Account was bought.",
        "T0146: Accounting of it failed.",
        "T0115: posting is free.",
        "T0997 (deprecated) was once here.",
        "Formerly T0996, now T0146: Account Asset.",
        "the A15 company, the P2 plan and the M1",
        "T0146, 001 of them, and T0146 146 times",
    ],
)
def test_what_is_right_or_mere_prose(text: str) -> None:
    assert noted(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**T0146:** Acount Asset was bought.", "Acount Asset"),
        ("T0146: **Acount Asset** was bought.", "Acount Asset"),
        ("T0146: “Acount Asset” was bought.", "Acount Asset"),
        ("(T0146: Assets, T0115: Post Content)", "Assets"),
        ("(T0146: Account of Some Asset, T0115: Post Content)", "Account of Some Asset"),
        ("T0146: Acount Asset and T0115: Post Content", "Acount Asset"),
        ("T0146: Acount Asset &amp; T0115: Post Content", "Acount Asset"),
    ],
)
def test_where_a_wrong_name_begins_and_ends(text: str, words: str) -> None:
    assert noted(text) == [Told("N401", words, "Account Asset")]


@pytest.mark.parametrize(
    ("text", "written", "meant"),
    [
        ("T0146.01: Free Account Asset", "T0146.01", "T0146.001"),
        ("T0146.0001: Free Account Asset", "T0146.0001", "T0146.001"),
        ("T0146 001: Free Account Asset", "T0146 001", "T0146.001"),
        ("T0146. 001: Free Account Asset", "T0146. 001", "T0146.001"),
        ("T0146,001: Free Account Asset", "T0146,001", "T0146.001"),
        ("TA9: Deliver Content", "TA9", "TA09"),
        ("Ta09: Deliver Content", "Ta09", "TA09"),
        ("TA0009: Deliver Content", "TA0009", "TA09"),
    ],
)
def test_malformed_ids_that_a_name_proves(text: str, written: str, meant: str) -> None:
    assert noted(text) == [Told("R202", written, meant)]


def test_an_id_inside_a_name_is_no_citation() -> None:
    files = corpus()
    page = f"{PAGES}/techniques/T0115.md"
    files = {p: t.replace("Post Content", "Answer T0146: A Reply") for p, t in files.items()}
    files[page] = files[page].replace("What Answer T0146: A Reply is.", "Of posts.")
    where = f"{PAGES}/techniques_index.md"
    files[where] = files[where].replace("What Answer T0146: A Reply is.", "Of posts.")
    files[NOTES] += "\nSee T0115: Answer T0146: A Reply.\n"
    assert told(files) == []


def test_only_a_page_of_its_kind_is_the_successor_of_an_old_id() -> None:
    files = corpus()
    files[ROW] = files[ROW].replace("What happened.", "It previously used the ID T0998.")
    files[NOTES] += "\nSee T0998 for it.\n"
    (finding,) = findings(files)
    assert (finding.rule, finding.suggestion) == ("R208", None)


# --- templates ---


def test_many_is_sound() -> None:
    assert told(many()) == []


def test_a_renamed_column_is_read_by_its_place() -> None:
    files = corpus()
    files[ROW] = files[ROW].replace("| Technique | Description", "| Techniques used | Description")
    assert [item.split(":")[0] for item in told(files)] == ["S105 incidents/I00001.md"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("**Parent Technique:**", "**Parent:**", "S104"),
        ("**Parent Technique:**", "**Belongs under:**", "S104"),
        ("**Tactic**", "**Stage of work**", "S104"),
        ("**Summary**", "**Status**: living\n\n**Summary**", "S104"),
        (MARKER, "EDIT BELOW", "S107"),
        (": Prop", " - Prop", "S101"),
    ],
)
def test_what_most_pages_share_is_told_once(old: str, new: str, rule: str) -> None:
    assert [item.split()[0] for item in told(changed(many(), "techniques", old, new))] == [rule]


def test_a_label_in_the_place_of_a_missing_field_is_one_finding() -> None:
    files = corpus()
    files[NOTES] = files[NOTES].replace("**Tactic**", "**Category**")
    (finding,) = findings(files)
    assert (finding.rule, finding.suggestion) == ("S104", "Tactic")


def test_a_text_that_many_pages_have_comes_from_the_template() -> None:
    files = changed(many(), "techniques", "| Incident |", "## Seen in\n\n| Incident |")
    assert told(files) == []
    page = f"{PAGES}/techniques/T0200.md"
    files[page] = files[page].replace("## Seen in", "## Seen there")
    assert [item.split()[0] for item in told(files)] == ["S113"]


def test_a_misspelt_marker_still_ends_the_page() -> None:
    files = corpus()
    page = f"{PAGES}/phases/P01.md"
    files[f"{PAGES}/phases_index.md"] = index(
        "Phases", "phases", "disarm_id name summary", [("P01", "Plan", "To plan.")]
    )
    files[page] = files[page].replace("ABOVE THIS LINE", "ABOVE TIS LINE")
    assert [item.split()[0] for item in told(files)] == ["S107"]


# --- one defect, one finding ---


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("# Technique T0115", "#Technique T0115", ["S101"]),
        ("# Technique T0115", "Draft.\n\n# Technique T0115", ["S101"]),
        (": Post Content\n", ":\n", ["S101"]),
        ("What Post Content is.", "", ["S108"]),
    ],
)
def test_a_broken_heading_or_summary(old: str, new: str, rules: list[str]) -> None:
    files = corpus()
    page = f"{PAGES}/techniques/T0115.md"
    assert old in files[page]
    files[page] = files[page].replace(old, new)
    assert [item.split()[0] for item in told(files)] == rules


def test_a_blank_page_is_a_lost_one() -> None:
    files = corpus()
    files[f"{PAGES}/techniques/T0115.md"] = "\n"
    assert [item.split()[0] for item in told(files)] == ["S101"]


@pytest.mark.parametrize("stem", ["T0115 ", "t0115"])
def test_a_page_with_a_wrong_file_name_is_not_also_broken_links(stem: str) -> None:
    files = corpus()
    files[f"{PAGES}/techniques/{stem}.md"] = files.pop(f"{PAGES}/techniques/T0115.md")
    assert [item.split()[0] for item in told(files)] == ["S102"]


def test_of_two_pages_of_one_id_the_one_that_the_index_names_lives() -> None:
    files = corpus()
    page = f"{PAGES}/techniques/T0115.md"
    for path in (f"{PAGES}/tactics/TA09.md", f"{PAGES}/techniques_index.md"):
        files[path] = files[path].replace("techniques/T0115.md", "techniques/T0115 .md")
        files[path] = files[path].replace("T0115 Post", "T0115  Post")
    files[f"{PAGES}/techniques/T0115 .md"] = files[page].replace("T0115:", "T0115 :")
    files[page] = technique("T0115", "Leave", "TA15 Establish Assets")
    assert told(files) == ["S102 techniques/T0115 .md:1:13"]


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("[T0146 Account Asset]", "[T0146 Account | Asset]", ["S106"]),
        ("[T0146 Account Asset]", "[T0115 Account Asset]", ["L302"]),
        (
            link("techniques", "T0146", "Account Asset"),
            f"(T0146 Account Asset)[../../{PAGES}/techniques/T0146.md]",
            ["L307"],
        ),
    ],
)
def test_a_row_whose_link_is_damaged(old: str, new: str, rules: list[str]) -> None:
    files = corpus()
    assert old in files[ROW]
    files[ROW] = files[ROW].replace(old, new)
    assert [item.split()[0] for item in told(files)] == rules


def test_an_unknown_id_in_a_field_is_not_also_a_one_way_reference() -> None:
    files = corpus()
    task = "# Task TK0001: Begin\n\n* **Summary:** To begin.\n\n"
    files[f"{PAGES}/tasks/TK0001.md"] = f"{task}* **Belongs to tactic stage:** TA88\n\n{MARKER}\n"
    page = f"{PAGES}/tactics/TA15.md"
    row = f"| Tasks |\n| ----- |\n| {link('tasks', 'TK0001', 'Begin')} |\n"
    files[page] = files[page].replace("| Tasks |\n| ----- |\n", row)
    assert [item.split()[0] for item in told(files)] == ["R201"]
