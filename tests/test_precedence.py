"""One defect, one finding: each test breaks one thing in a sound corpus."""

from __future__ import annotations

from support.mini import PAGES, corpus, findings, told

T0146 = f"{PAGES}/techniques/T0146.md"
T0146_001 = f"{PAGES}/techniques/T0146.001.md"
T0115 = f"{PAGES}/techniques/T0115.md"
I00001 = f"{PAGES}/incidents/I00001.md"
TA15 = f"{PAGES}/tactics/TA15.md"
INDEX = f"{PAGES}/techniques_index.md"


def broken(path: str, old: str, new: str) -> dict[str, str]:
    files = corpus()
    assert old in files[path]
    files[path] = files[path].replace(old, new, 1)
    return files


def test_the_corpus_is_sound() -> None:
    assert told(corpus()) == []


def test_heading_of_another_entity_is_not_also_a_missing_page_and_an_orphan() -> None:
    files = broken(T0115, "# Technique T0115:", "# Technique T0999:")
    assert told(files) == ["S102 techniques/T0115.md:1:13"]


def test_heading_of_an_existing_entity_says_both_what_it_is_and_what_it_breaks() -> None:
    files = broken(T0115, "# Technique T0115:", "# Technique T0146:")
    assert told(files) == ["C601 techniques/T0115.md:1:13", "S102 techniques/T0115.md:1:13"]


def test_heading_that_cannot_be_read_still_leaves_a_page() -> None:
    files = broken(T0115, "T0115: Post", "T0115 Post")
    assert told(files) == ["S101 techniques/T0115.md:1:1"]


def test_blank_before_the_colon_is_s102_alone() -> None:
    files = broken(T0115, "T0115: Post", "T0115 : Post")
    assert told(files) == ["S102 techniques/T0115.md:1:13"]


def test_page_whose_file_name_has_a_blank_beside_the_real_page() -> None:
    files = corpus()
    files[f"{PAGES}/techniques/T0115 .md"] = files[T0115].replace("T0115:", "T0115 :")
    assert told(files) == ["S102 techniques/T0115 .md:1:13"]


def test_a_page_that_was_left_behind_when_its_id_was_corrected_is_to_be_deleted() -> None:
    files = corpus()
    spaced = files[T0115].replace("T0115:", "T0115 :")
    files[f"{PAGES}/techniques/T0115 .md"] = spaced.replace("Post Content", "Post Old Content", 1)
    (found,) = findings(files)
    assert found.message == (
        "there is a space after the id, in the heading and in the file name “T0115 .md”: this page "
        "is left over, since T0115 has its page, “T0115.md”. Delete this file"
    )
    assert found.root is not None
    assert found.root.action == "delete “T0115 .md”"
    files[f"{PAGES}/techniques/T0115 .md"] = spaced
    (found,) = findings(files)
    assert found.message.endswith("Write “T0115” in the spreadsheet, and delete this file")


def test_misspelt_label_is_not_also_a_missing_field() -> None:
    assert told(broken(T0115, "**Tactic**", "**Tacitc**")) == ["S104 techniques/T0115.md:5:3"]


def test_misspelt_parent_label_is_not_also_a_missing_parent() -> None:
    files = broken(T0146_001, "**Parent Technique:**", "**Parent Tehcnique:**")
    assert [item.split(":")[0] for item in told(files)] == ["S104 techniques/T0146.001.md"]


def test_lost_label_is_not_also_a_hand_edit() -> None:
    files = broken(T0115, "**Summary**: ", "")
    assert told(files) == ["S103 techniques/T0115.md:1:1"]


def test_page_in_the_old_layout_is_stale_and_nothing_else() -> None:
    files = corpus()
    for number in range(5):
        files[f"{PAGES}/techniques/T020{number}.md"] = ""
        del files[f"{PAGES}/techniques/T020{number}.md"]
    files[T0115] = (
        files[T0115]
        .replace("**Summary**", "* **Summary**")
        .replace("**Tactic**: TA09 Deliver Content", "* **Belongs to tactic stage**: TA09")
    )
    assert told(files) == ["S110 techniques/T0115.md:1:1"]


def test_wrong_parent_with_the_right_name_is_one_finding() -> None:
    files = broken(T0146_001, "T0146 Account", "T0115 Account")
    assert [item.split(":")[0] for item in told(files)] == ["R203 techniques/T0146.001.md"]


def test_wrong_tactic_is_neither_a_wrong_name_nor_a_stale_index() -> None:
    files = broken(T0115, "TA09 Deliver Content", "TA15 Deliver Content")
    assert told(files) == ["R204 techniques/T0115.md:5:13"]


def test_tactic_page_that_lost_a_technique_is_said_at_the_technique() -> None:
    files = corpus()
    lines = files[TA15].split("\n")
    files[TA15] = "\n".join(line for line in lines if not line.startswith("| [T0146.001"))
    assert told(files) == ["R204 techniques/T0146.001.md:5:13"]


def test_tactic_page_whose_row_has_a_wrong_id_is_said_at_that_row_alone() -> None:
    files = broken(TA15, "| [T0146.001 ", "| [T0999.001 ")
    assert told(files) == ["R201 tactics/TA15.md:17:4"]


def test_tactic_that_does_not_exist_is_r204_and_not_r201() -> None:
    files = broken(T0115, "TA09 Deliver Content", "TA88 Deliver Content")
    assert told(files) == ["R204 techniques/T0115.md:5:13"]


def test_lost_row_is_said_at_the_page_that_still_has_it() -> None:
    files = corpus()
    lines = files[I00001].split("\n")
    files[I00001] = "\n".join(line for line in lines if not line.startswith("| [T0146"))
    assert told(files) == ["R205 techniques/T0146.md:15:4"]


def test_unknown_id_in_a_row_is_not_also_a_one_way_reference() -> None:
    files = broken(I00001, "[T0146 Account Asset](../../generated_pages/techniques/T0146.md)",
                   "[T0164 Account Asset](../../generated_pages/techniques/T0164.md)")  # fmt: skip
    assert [item.split(":")[0] for item in told(files)] == ["R201 incidents/I00001.md"]


def test_link_without_a_page_is_reported_once_each_and_c604_in_the_index() -> None:
    files = corpus()
    del files[T0115]
    assert [item.split(":")[0] for item in told(files)] == [
        "L301 tactics/TA09.md",
        "C604 techniques_index.md",
    ]


def test_entity_gone_from_the_index_is_an_orphan_and_its_references_are_retired() -> None:
    files = corpus()
    start = files[INDEX].index('<tr>\n<td><a href="techniques/T0115.md">')
    end = files[INDEX].index("</tr>\n", start) + len("</tr>\n")
    files[INDEX] = files[INDEX][:start] + files[INDEX][end:]
    assert [item.split(":")[0] for item in told(files)] == [
        "R208 tactics/TA09.md",
        "C602 techniques/T0115.md",
    ]


def test_garbled_heading_is_not_also_a_wrong_name_everywhere() -> None:
    files = broken(
        T0146, "# Technique T0146: Account Asset", "# Technique T0146: Accountâ€™s Asset"
    )
    assert told(files) == ["T502 techniques/T0146.md:1:27"]


def test_invalid_bytes_are_said_once() -> None:
    files = {path: text.encode() for path, text in corpus().items()}
    files[T0115] = files[T0115].replace(b"What Post", b"Wh\xe4t Post")
    assert told(files) == ["T501 techniques/T0115.md:3:16"]


def test_broken_row_is_still_read_whole() -> None:
    files = broken(I00001, "Accounts (", "Accounts | (")
    assert told(files) == ["S106 incidents/I00001.md:22:79"]


def test_wrong_name_in_a_summary_is_not_also_a_stale_index() -> None:
    files = broken(T0146_001, "as in T0146: Account Asset", "as in T0146: Acount Asset")
    assert told(files) == ["N401 techniques/T0146.001.md:3:43"]


def test_renamed_technique_is_found_in_all_that_names_it() -> None:
    files = broken(T0146, "# Technique T0146: Account Asset", "# Technique T0146: User Account")
    found = {(f.rule, f.location.path.removeprefix(f"{PAGES}/")) for f in findings(files)}
    assert found == {
        ("C603", "techniques_index.md"),
        ("N401", "incidents/I00001.md"),
        ("N401", "techniques/T0146.md"),
        ("N401", "techniques/T0146.001.md"),
        ("N401", "techniques_index.md"),
        ("N402", "incidents/I00001.md"),
        ("N402", "tactics/TA15.md"),
        ("N403", "techniques/T0146.001.md"),
    }
    assert {f.subject for f in findings(files)} == {"T0146"}
