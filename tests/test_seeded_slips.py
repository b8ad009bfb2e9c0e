"""Slips that the generator of seeded mistakes found untold, or told badly."""

from __future__ import annotations

import re

import pytest

from disarm_lint.model.finding import Finding
from support import mini, mini_master

INCIDENT = "generated_pages/incidents/I00001.md"
TECHNIQUE = "generated_pages/techniques/T0146.001.md"
INDEX = "generated_pages/techniques_index.md"


def edited(path: str, old: str, new: str) -> list[Finding]:
    """Return what is found with one text of a sound corpus replaced."""
    files = mini.corpus()
    assert old in files[path]
    files[path] = files[path].replace(old, new, 1)
    return mini.findings(files)


def applied(finding: Finding) -> str:
    """Return the line of a finding with its suggestion in place."""
    assert finding.suggestion is not None
    assert finding.location.span is not None
    span = finding.location.span
    assert finding.text is not None
    line = finding.text.source.text.split("\n")[span.line - 1]
    return line[: span.column - 1] + finding.suggestion + line[span.end_column - 1 :]


@pytest.mark.parametrize(
    "written",
    [
        "t0146.001",
        "TT0146.001",
        "0146.001",
        "T-0146.001",
        "T 0146.001",
        "TO146.001",
        "T0l46.001",
        "T０１４６.００１",
        "Т0146.001",
        "T0146,001",
        "T0146..001",
        "T0146.01",
        "T0146.0001",
        "T0146001",
    ],
)
def test_a_row_of_an_index_whose_id_is_malformed_is_read_as_the_id_that_is_meant(
    written: str,
) -> None:
    found = edited(INDEX, ">T0146.001<", f">{written}<")
    assert {item.rule for item in found} in ({"R202"}, {"C605"})
    assert applied(found[0]).startswith('<td><a href="techniques/T0146.001.md">T0146.001</a></td>')


def test_a_row_without_an_id_is_told_to_get_the_one_that_its_link_leads_to() -> None:
    (finding,) = edited(INDEX, ">T0146.001<", ">C-9<")
    assert finding.message == (
        "“C-9” is not the id of a technique, and the link of this row leads to the page of "
        "T0146.001. Write T0146.001"
    )


def test_an_id_that_nothing_has_is_that_of_the_page_behind_its_link() -> None:
    found = edited(INDEX, ">T0146.001<", ">T0416.001<")
    assert [(item.rule, item.location.path) for item in found] == [("R201", INDEX)]


def test_a_second_row_for_a_listed_entity_is_no_slip() -> None:
    row = (
        '<tr>\n<td><a href="techniques/T0146.md">x9</a></td>\n<td>Other</td>\n'
        "<td>Another.</td>\n<td>TA15</td>\n</tr>\n</table>"
    )
    found = edited(INDEX, "</table>", row)
    assert "C605" in {item.rule for item in found}
    assert all(item.suggestion != "T0146" for item in found)


@pytest.mark.parametrize(
    "written",
    ["0146.001", "T-0146.001", "T０１４６.００１", "Т0146.001", "T0146/001", "T0146,001", "TT-146"],
)
def test_a_heading_is_suggested_without_what_stands_for_its_id(written: str) -> None:
    found = edited(TECHNIQUE, "# Technique T0146.001:", f"# Technique {written}:")
    (heading,) = [item for item in found if item.rule == "S101"]
    assert applied(heading) == "# Technique T0146.001: Free Account Asset"


@pytest.mark.parametrize("colon", [" : ", ":", "; ", "：", ":: ", " :", " ; "])
def test_what_stands_for_the_colon_of_a_citation(colon: str) -> None:
    (finding,) = edited(INCIDENT, "(T0146: Account Asset,", f"(T0146{colon}Account Asset,")
    gap = f"“{colon}”"
    assert finding.rule == "N401"
    assert finding.message == (
        f"a colon and one space belong between an id and its name, not {gap}; "
        "write “T0146: Account Asset”"
    )
    assert "(T0146: Account Asset, T0146.001: Free Account Asset)" in applied(finding)


@pytest.mark.parametrize("text", ["(T0146; Account holders)", "(T0146;T0115)", "T0146; it was"])
def test_a_semicolon_before_other_words_is_one(text: str) -> None:
    assert edited(INCIDENT, "What happened.", f"What happened. {text}") == []


@pytest.mark.parametrize(
    ("dash", "what"),
    [("–", "an en dash"), ("−", "a minus sign"), ("‑", "another kind of hyphen")],
)
@pytest.mark.parametrize("place", ["citation", "label", "parent"])
def test_another_dash_for_the_hyphen_of_a_name(dash: str, what: str, place: str) -> None:
    files = {
        path: text.replace("Account Asset", "Sign-up Asset") for path, text in mini.corpus().items()
    }
    assert mini.findings(files) == []
    path, before = {
        "citation": (INCIDENT, "T0146: Sign-up"),
        "label": (INCIDENT, "[T0146 Sign-up"),
        "parent": (TECHNIQUE, "** T0146 Sign-up"),
    }[place]
    assert before in files[path]
    files[path] = files[path].replace(before, before.replace("-", dash), 1)
    found = [item for item in mini.findings(files) if item.rule in {"N401", "N402", "N403"}]
    assert [item.message for item in found] == [
        f"{what} is in this name where T0146 has a hyphen; write “Sign-up Asset”"
    ]
    assert before in applied(found[0])


@pytest.mark.parametrize("written", ["T0146.01", "T0146.1", "T0146.0001", "T0146.00001"])
def test_a_last_part_with_other_zeros_is_the_one_that_exists(written: str) -> None:
    text = f"See {written}, of which more is told."
    (finding,) = edited(INCIDENT, "What happened.", f"What happened. {text}")
    assert finding.suggestion == "T0146.001"
    assert finding.message.startswith("malformed id: its last part has ")


@pytest.mark.parametrize(
    ("written", "flaw"),
    [
        ("TTA15", "the T at its beginning appears twice"),
        ("TATA15", "the TA at its beginning appears twice"),
        ("15", "the TA at its beginning is missing"),
        ("TA１５", "“１” is a digit of another script (Fullwidth)"),
        ("ТА15", "“Т” is a letter of another script (Cyrillic)"),
    ],
)
def test_a_slip_in_the_only_id_of_a_field(written: str, flaw: str) -> None:
    files = mini.corpus()
    path = "generated_pages/tasks/TK0001.md"
    files[path] = (
        "# Task TK0001: Plan\n\n* **Summary:** To plan.\n\n"
        f"* **Belongs to tactic stage:** {written}\n\n{mini.MARKER}\n"
    )
    (finding,) = [item for item in mini.findings(files) if item.location.path == path]
    assert finding.message == f"malformed id: {flaw}; write TA15"
    assert finding.suggestion == "TA15"


LINK = "[T0146 Account Asset](../../generated_pages/techniques/T0146.md)"
TARGET = "../../generated_pages/techniques/T0146.md"


@pytest.mark.parametrize(
    "written",
    [
        f"[T0146 Account Asset]{TARGET})",
        f"[T0146 Account Asset({TARGET})",
        f"T0146 Account Asset]({TARGET})",
        f"[T0146 Account Asset]({TARGET}",
        f"[T0146 Account Asset]({TARGET}]",
        f"[T0146 Account Asset][{TARGET}]",
        f"(T0146 Account Asset)({TARGET})",
        f"[T0146 Account Asset] ({TARGET})",
        f"[T0146 Account Asset]{{{TARGET}}}",
        f"{{T0146 Account Asset}}({TARGET})",
        f"T0146 Account Asset {TARGET}",
    ],
)
def test_a_link_of_a_row_whatever_became_of_its_brackets(written: str) -> None:
    found = [item for item in edited(INCIDENT, LINK, written) if item.rule in {"L307", "L308"}]
    assert len(found) == 1
    assert applied(found[0]).startswith(f"| {LINK} | ")


def test_an_absolute_path_among_relative_ones() -> None:
    (finding,) = edited(INCIDENT, TARGET, "/generated_pages/techniques/T0146.md")
    assert finding.rule == "L301"
    assert finding.suggestion == TARGET
    assert "the other links here are relative" in finding.message


def test_a_corpus_that_writes_absolute_paths() -> None:
    files = {
        path: text.replace("../../generated_pages/", "/generated_pages/")
        for path, text in mini.corpus().items()
    }
    assert mini.findings(files) == []


@pytest.mark.parametrize("text", ["undefined", "[object Object]", '=A2&" - "&B2', "=SUM(A1:B2)"])
def test_what_a_program_writes_for_a_text(text: str) -> None:
    found = edited(TECHNIQUE, "A free account, as in T0146: Account Asset.", text)
    assert "S112" in {item.rule for item in found}


@pytest.mark.parametrize("text", ["= 5 accounts", "=)", "An undefined number"])
def test_what_people_write_with_such_characters(text: str) -> None:
    found = edited(TECHNIQUE, "A free account, as in T0146: Account Asset.", text)
    assert "S112" not in {item.rule for item in found}


@pytest.mark.parametrize(("char", "meant"), [("\u2009", " "), ("\u3000", " "), ("a\ufe0f", "a")])
def test_characters_that_readers_do_not_see(char: str, meant: str) -> None:
    found = edited(INCIDENT, "What happened.", f"What{char}happened.")
    (odd,) = [item for item in found if item.rule == "T503"]
    assert applied(odd) == f"* **Summary:** What{meant}happened."


def test_what_a_private_character_was_to_be_is_not_guessed() -> None:
    found = edited(INCIDENT, "What happened.", "What \uf0b7 happened.")
    (odd,) = [item for item in found if item.rule == "T503"]
    assert odd.suggestion is None
    assert odd.message == (
        "each machine shows U+F0B7, a private-use character, as something else or not at all. "
        "Write the character that was meant, or delete it"
    )


@pytest.mark.parametrize("text", ["❤\ufe0f", "漢\u3000字"])
def test_characters_that_are_right_where_they_stand(text: str) -> None:
    assert edited(INCIDENT, "What happened.", f"What happened. {text}") == []


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> branch"])
def test_a_marker_that_a_merge_left(marker: str) -> None:
    found = edited(INCIDENT, f"\n{mini.MARKER}", f"\n{marker}\n{mini.MARKER}")
    (left,) = [item for item in found if item.rule == "T506"]
    assert left.message.startswith("a merge marker was left here: delete this line")


def test_a_row_above_the_header_of_a_sheet() -> None:
    sheets = mini_master.framework()
    width = len(sheets["techniques"][0])
    sheets["techniques"].insert(0, ["", "Master copy", *[""] * (width - 2)])
    found = mini_master.findings(mini_master.files(frameworks=sheets))
    assert [(item.rule, item.message) for item in found if item.rule == "X904"] == [
        (
            "X904",
            "there is text above the header of the sheet “techniques”, and the generator takes "
            "the first row for the header: delete the rows above the header",
        )
    ]
    assert mini_master.place(next(f for f in found if f.rule == "X904")) == "techniques!B1:0-11"


@pytest.mark.parametrize("date", ["2019-13-24", "2019-02-31", "2219-02-24"])
def test_a_date_of_a_source_that_cannot_be(date: str) -> None:
    sheets = mini_master.data()
    sheets["urls"].append(["https://news.example/a", date, "A. Writer", "News", None])
    found = mini_master.findings(mini_master.files(masters=sheets))
    (told,) = [item for item in found if item.rule == "S112"]
    assert mini_master.place(told).startswith("urls!B2:")
    assert "is impossible" in told.message or "future" in told.message or "year" in told.message


@pytest.mark.parametrize("label", ["Summary:", "*Summary**:", "**Summary*:"])
def test_a_damaged_label_is_where_its_field_is_missing(label: str) -> None:
    found = edited(TECHNIQUE, "**Summary**:", label)
    (missing,) = [item for item in found if item.rule == "S103"]
    assert missing.message == (
        "the field “Summary” is missing: this line is probably meant for it, but "
        f"“{label.strip()}” is not its label"
    )
    assert missing.location.span is not None
    assert missing.location.span.line == 3


def test_an_indented_field_is_told_once() -> None:
    found = edited(TECHNIQUE, "**Summary**:", "    **Summary**:")
    told = [item for item in found if item.rule in ("S103", "S115")]
    assert [item.message for item in told] == [
        "4 spaces stand before this line, and Markdown shows it as code: delete them"
    ]


def test_a_field_that_is_gone_is_missing_at_the_heading() -> None:
    found = edited(TECHNIQUE, "**Summary**: A free account, as in T0146: Account Asset.\n\n", "")
    (missing,) = [item for item in found if item.rule == "S103"]
    assert missing.message == "the field “Summary” is missing"


def test_a_name_is_suggested_with_the_quotes_and_dashes_that_it_has() -> None:
    files = {
        path: text.replace("Account Asset", "‘Anna’s’ Asset – One")
        for path, text in mini.corpus().items()
    }
    assert mini.findings(files) == []
    files[INCIDENT] = files[INCIDENT].replace("Asset – One]", "Aset – One]", 1)
    (finding,) = mini.findings(files)
    assert finding.suggestion == "‘Anna’s’ Asset – One"


SUB = "generated_pages/techniques/T0146.001.md"
TACTIC = "generated_pages/tactics/TA15.md"


@pytest.mark.parametrize(
    "written", ["T0146:001", "T0146/001", "T0146. 001", "T 0146.001", "T0146_001"]
)
def test_a_heading_with_a_slip_in_its_id_is_one_finding(written: str) -> None:
    found = edited(SUB, "T0146.001:", f"{written}:")
    assert {item.rule for item in found} <= {"S101", "S102"}
    assert len(found) == 1
    assert applied(found[0]) == "# Technique T0146.001: Free Account Asset"


def test_a_slash_in_the_id_of_an_index_row_is_no_other_entity() -> None:
    (found,) = edited(INDEX, ">T0146.001<", ">T0146/001<")
    assert (found.rule, found.suggestion) == ("C605", "T0146.001")


@pytest.mark.parametrize("written", ["15", "TA１５", "ТА15"])
def test_a_field_whose_id_is_garbled_beside_its_name(written: str) -> None:
    (found,) = edited(SUB, "TA15 Establish", f"{written} Establish")
    assert found.rule in ("R202", "R204")
    assert found.suggestion == "TA15"
    assert applied(found).startswith("**Tactic**: TA15 Establish Assets")


@pytest.mark.parametrize("written", ["0146", "T０１４６"])
def test_a_parent_whose_id_is_garbled_beside_its_name(written: str) -> None:
    (found,) = edited(SUB, "Technique:** T0146 ", f"Technique:** {written} ")
    assert found.rule in ("R202", "R203")
    assert applied(found).endswith("**Parent Technique:** T0146 Account Asset")


def test_the_row_of_a_link_without_a_text_gets_the_name_of_its_page() -> None:
    (found,) = edited(TACTIC, "[T0146.001 Free Account Asset]", "[]")
    assert found.rule == "L308"
    assert found.message.startswith("this link has no text; write “[T0146.001 Free Account Asset](")
    assert "T0146.001 Free Account Asset](../../generated_pages/" in applied(found)


def test_a_link_without_a_target_gets_the_page_of_the_id_in_its_text() -> None:
    target = "(../../generated_pages/techniques/T0146.001.md)"
    (found,) = edited(TACTIC, target, "()")
    assert found.rule == "L305"
    assert applied(found) == f"| [T0146.001 Free Account Asset]{target} |"


def test_a_misspelt_folder_is_put_right_as_the_other_links_write_it() -> None:
    target = "../../generated_pages/techniques/T0146.001.md"
    (found,) = edited(TACTIC, target, target.replace("generated", "generate"))
    assert (found.rule, found.suggestion) == ("L301", target)


def test_a_page_that_is_gone_is_one_root_cause() -> None:
    files = mini.corpus()
    del files[SUB]
    found = mini.findings(files)
    assert {item.rule for item in found} == {"C604", "L301"}
    assert {item.root.title for item in found if item.root} == {
        "pages are missing from generated_pages/techniques/ that are listed or linked in {places}"
    }


def test_a_page_with_another_file_name_is_one_root_cause() -> None:
    files = mini.corpus()
    files["generated_pages/techniques/T0146.001-new.md"] = files.pop(SUB)
    found = mini.findings(files)
    assert {item.rule for item in found} == {"S102", "L301"}
    assert len({item.root_cause for item in found}) == 1
    assert {item.suggestion for item in found} == {None}


def test_a_copy_of_a_page_is_one_finding() -> None:
    files = mini.corpus()
    files["generated_pages/techniques/T0146.001 - Copy.md"] = files[SUB]
    assert [item.rule for item in mini.findings(files)] == ["C601"]


@pytest.mark.parametrize(
    ("old", "indent"),
    [(mini.MARKER, "    "), ("**Summary**:", "    "), ("| [T0146 Account", "\t")],
)
def test_what_is_indented_so_far_that_it_is_code(old: str, indent: str) -> None:
    path = SUB if old != "| [T0146 Account" else INCIDENT
    found = edited(path, old, indent + old)
    (odd,) = [item for item in found if item.rule == "S115"]
    assert odd.message == (
        f"{len(indent)} spaces stand before this line, and Markdown shows it as code: delete them"
    )
    assert odd.location.span is not None
    assert (odd.location.span.column, odd.location.span.end_column) == (1, 1 + len(indent))


def test_a_label_in_other_capitals_than_the_templates() -> None:
    (found,) = edited(INCIDENT, "**Summary:**", "**SUMMARY:**")
    assert found.message == "the label of this field is “Summary”, not “SUMMARY”"


@pytest.mark.parametrize("text", ["N/A", "n/a", "None", "null", "[none]"])
def test_a_text_that_says_that_there_is_none(text: str) -> None:
    found = edited(INCIDENT, "What happened.", text)
    assert [item.rule for item in found] == ["S114"]


@pytest.mark.parametrize("mark", ["—", "…", "\ufeff", "["])
def test_a_mark_before_markup_is_no_text_that_says_nothing(mark: str) -> None:
    found = edited(INCIDENT, "What happened.", f"{mark}<i>What happened.</i>")
    assert "S114" not in [item.rule for item in found]


ROW = next(line for line in mini.corpus()[INCIDENT].splitlines(True) if "[T0146 " in line)
LINK, TEXT = (cell.strip() for cell in ROW.strip().strip("|").split(" | "))


@pytest.mark.parametrize(
    ("new", "rule", "message"),
    [
        (f"```\n{ROW}```\n", "S115", "code begins at this line"),
        (f"~~~text\n{ROW}~~~\n", "S115", "code begins at this line"),
        (f"\n---\n\n{ROW}", "S115", "this row is in no table"),
        (f"\n* * *\n{ROW}", "S115", "this row is in no table"),
        (f"| {TEXT} | {LINK} |\n", "L308", "two cells of this row are swapped"),
        (f"| [{LINK}]({LINK.split('(')[1]} | {TEXT} |\n", "L308", "a link stands in the text of"),
        (ROW.replace("[T0146", "[**T0146"), "S109", "** is never closed here"),
        (ROW.replace("[T0146", "**[T0146"), "S109", "** is never closed here"),
        (ROW.replace(" posted", " posted**"), "S109", "** closes bold text that is not open"),
        (f"| {LINK} |  |\n", "R213", "the page of T0146 says"),
        (ROW.replace("posted", "posed"), "R213", "the page of T0146 says"),
    ],
)
def test_a_row_of_evidence_that_is_damaged_is_one_finding(
    new: str, rule: str, message: str
) -> None:
    (finding,) = edited(INCIDENT, ROW, new)
    assert (finding.rule, finding.location.path) == (rule, INCIDENT)
    assert finding.message.startswith(message)


@pytest.mark.parametrize("new", ["<!-- {} -->", "> {}"])
def test_a_row_that_is_no_row_any_more_is_told_on_its_page_alone(new: str) -> None:
    found = edited(INCIDENT, ROW, f"{new.format(ROW.strip())}\n")
    assert {finding.location.path for finding in found} == {INCIDENT}


@pytest.mark.parametrize(
    "text",
    ["**posted** twice", "2**3 posted", "`**` posted", r"\*\* posted", "posted ** twice", "***"],
)
def test_asterisks_that_have_a_partner_or_are_no_marks_are_fine(text: str) -> None:
    files = mini.corpus()
    for path in (INCIDENT, "generated_pages/techniques/T0146.md"):
        files[path] = files[path].replace(" posted", f" {text}")
    assert mini.findings(files) == []


def test_of_two_texts_the_one_that_other_rows_have_is_right() -> None:
    files = mini.corpus()
    row = ROW.replace("T0146 Account Asset]", "T0115 Post Content]").replace("T0146.md", "T0115.md")
    files[INCIDENT] = files[INCIDENT].replace(ROW, ROW + row)
    path = "generated_pages/techniques/T0115.md"
    head = "| -------- | -------------------- |\n"
    cell = f"| [I00001 The First Case](../../{INCIDENT}) | {TEXT} |\n"
    files[path] = files[path].replace(head, head + cell, 1)
    assert {finding.rule for finding in mini.findings(files)} <= {"R206"}
    files[INCIDENT] = files[INCIDENT].replace("posted", "posed", 1)
    (finding,) = (item for item in mini.findings(files) if item.rule == "R213")
    assert (finding.location.path, finding.suggestion) == (INCIDENT, "posted.")


def test_rows_without_a_text_do_not_outvote_one() -> None:
    files = mini.corpus()
    row = f"| {LINK} |  |\n"
    for entity_id, name in (("T0115", "Post Content"), ("T0146.001", "Free Account Asset")):
        more = row.replace("T0146 Account Asset]", f"{entity_id} {name}]")
        row += more.replace("T0146.md", f"{entity_id}.md").splitlines()[-1] + "\n"
        path = f"generated_pages/techniques/{entity_id}.md"
        head = "| -------- | -------------------- |\n"
        cell = f"| [I00001 The First Case](../../{INCIDENT}) |  |\n"
        files[path] = files[path].replace(head, head + cell, 1)
    files[INCIDENT] = files[INCIDENT].replace(ROW, row)
    (finding,) = (item for item in mini.findings(files) if item.rule == "R213")
    assert (finding.location.path, finding.suggestion) == (INCIDENT, None)


def test_a_field_that_has_lost_the_name_behind_its_id() -> None:
    files, path = mini.corpus(), "generated_pages/techniques/T0147.md"
    files[path] = mini.technique("T0147", "Other Asset", "TA15")
    row = re.search(r"<tr>\n<td><a [^\n]*T0146\.md.*?</tr>\n", files[INDEX], re.DOTALL)
    assert row is not None
    other = row[0].replace("T0146", "T0147").replace("Account Asset", "Other Asset")
    files[INDEX] = files[INDEX].replace(row[0], row[0] + other)
    (finding,) = (item for item in mini.findings(files) if item.rule == "N403")
    assert (finding.location.path, finding.suggestion) == (path, "TA15 Establish Assets")
    assert applied(finding).strip() == "**Tactic**: TA15 Establish Assets"


@pytest.mark.parametrize("unseen", ["\u00ad", "\ufe0f", "\u200b", "\u2060"])
@pytest.mark.parametrize("place", ["Account{} Asset", "Acc{}ount Asset", "Account Asset{}"])
def test_what_nobody_sees_in_a_name_is_all_that_is_told(unseen: str, place: str) -> None:
    found = edited(INCIDENT, "T0146: Account Asset", f"T0146: {place.format(unseen)}")
    assert {item.rule for item in found} <= {"T503"}


@pytest.mark.parametrize(
    "heading",
    [
        "# []{#_Toc12 .anchor}Technique T0146.001: Free Account Asset",
        "# Technique T0146.001: Free Account Asset {#technique-t0146-001}",
        '# Technique T0146.001: Free Account Asset <a id="t0146"></a>',
        '# Technique T0146.001: Free Account Asset <a name="t0146">',
        "Technique T0146.001: Free Account Asset\n=======================================",
    ],
)
def test_what_an_export_leaves_around_a_heading_is_one_finding(heading: str) -> None:
    (finding,) = edited(TECHNIQUE, "# Technique T0146.001: Free Account Asset", heading)
    assert finding.rule == "S101"
    assert finding.suggestion == "# Technique T0146.001: Free Account Asset"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("](", "]\u200b("),
        ("](", "](("),
        ("[T0146", "［T0146"),
        ("](../../", "](/home/me/"),
        ("](../../", "](\\\\server\\"),
        ("](../../", "](/"),
    ],
)
def test_a_damaged_link_of_a_row_gets_its_own_target_back(old: str, new: str) -> None:
    (finding,) = edited(INCIDENT, LINK, LINK.replace(old, new, 1))
    assert finding.rule in {"L308", "L301"}
    assert f"| {LINK} |" in applied(finding)


@pytest.mark.parametrize(
    "text", ["Text here", "[insert summary]", "<your description>", "asdf", "XXX XXX", "...", "…"]
)
def test_more_texts_that_stand_for_one_are_one_finding(text: str) -> None:
    assert [item.rule for item in edited(INCIDENT, "What happened.", text)] == ["S114"]


@pytest.mark.parametrize("text", ["A <b>test</b>.", "Add text.", "A text here and there."])
def test_texts_that_only_hold_such_words_are_texts(text: str) -> None:
    assert edited(INCIDENT, "What happened.", text) == []


@pytest.mark.parametrize(
    ("written", "flaw"),
    [
        ("T0146·001", "it has `·` instead of a full stop"),
        ("T0146.OO1", "it has the letter O instead of a zero"),
        ("T_0146_001", "there is `_` in it"),
    ],
)
def test_more_ids_in_prose_that_no_longer_look_like_ids(written: str, flaw: str) -> None:
    (finding,) = (
        item
        for item in edited(INCIDENT, "T0146.001: Free", f"{written}: Free")
        if item.location.path == INCIDENT
    )
    assert finding.message == f"malformed id: {flaw}; write T0146.001"


HEAD = "| Incident | Descriptions given for this incident |\n| -------- | -------------------- |\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("T0146", "| -------- | -------------------- |\n", "", "S105"),
        (
            "T0146",
            "| Incident | Descriptions given for",
            "| Incidents | What was given for",
            "S105",
        ),
        ("T0146", "**Tactic**:", "*Tactic*:", "S103"),
        ("T0146", "**Tactic**:", "__Tactic__:", "S103"),
    ],
)
def test_a_part_that_is_no_longer_one_is_one_finding(
    path: str, old: str, new: str, rule: str
) -> None:
    found = edited(f"generated_pages/techniques/{path}.md", old, new)
    assert [item.rule for item in found] == [rule]
