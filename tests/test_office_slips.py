"""What spreadsheets, pastes and exports leave behind: each is one finding, at its place."""

from __future__ import annotations

import pytest

from support import mini, mini_master
from support.mini import findings

PAGES = mini.PAGES
INCIDENT = f"{PAGES}/incidents/I00001.md"
EVIDENCE = "Accounts (T0146: Account Asset, T0146.001: Free Account Asset) posted."
LINK = "[T0146 Account Asset](../../generated_pages/techniques/T0146.md)"


def edited(path: str, old: str, new: str) -> list[tuple[str, str]]:
    """Return the rules and suggestions of what an edit of a sound corpus brings about."""
    files = mini.corpus()
    assert old in files[path], old
    files[path] = files[path].replace(old, new)
    return [(f.rule, f.suggestion or "") for f in findings(files) if f.location.path == path]


@pytest.mark.parametrize("text", ["-", "?", "…", "see above", "Ditto", "as above", "N/A"])
def test_a_text_that_tells_nothing_is_a_placeholder(text: str) -> None:
    files = mini.corpus()
    for path in (INCIDENT, f"{PAGES}/techniques/T0146.md"):
        files[path] = files[path].replace(EVIDENCE, text)
    told = {(f.rule, f.location.path) for f in findings(files)}
    assert ("S114", INCIDENT) in told


@pytest.mark.parametrize(
    "cell",
    [
        f'[**T0146 Account Asset]({LINK.split("(")[1][:-1]} "a title)',
        "[T0146 Account Asset][1]",
        "[T0146 Account Asset][]",
        f"`{LINK}`",
    ],
)
def test_the_first_cell_of_a_row_is_one_link(cell: str) -> None:
    assert edited(INCIDENT, LINK, cell)[:1] == [("L308", LINK)]


@pytest.mark.parametrize("mark", ["**{}**", "*{}*"])
def test_a_link_in_bold_is_a_link(mark: str) -> None:
    assert "L308" not in [rule for rule, _ in edited(INCIDENT, LINK, mark.format(LINK))]


@pytest.mark.parametrize("tag", ['<span style="color:red">', "<script>", "<div>", "<u>"])
def test_a_tag_that_is_never_closed(tag: str) -> None:
    found = edited(f"{PAGES}/phases/P01.md", "To plan.", f"To {tag}plan.")
    assert "S109" in [rule for rule, _ in found]


def test_what_is_left_of_a_table_is_where_it_is_told() -> None:
    files = mini.corpus()
    path = f"{PAGES}/techniques/T0115.md"
    head = "| Associated Technique | Description |\n"
    files[path] = files[path].replace(head + "| --------- | ------------------------- |\n", head)
    (found,) = (f for f in findings(files) if f.location.path == path)
    assert found.rule == "S105"
    assert found.text is not None
    assert found.text.raw == head.strip()


def test_a_heading_of_pandoc() -> None:
    name = "# Technique T0115: Post Content"
    found = edited(f"{PAGES}/techniques/T0115.md", name, name + " {#technique-t0115}")
    assert found == [("S101", name)]


def test_a_file_in_mac_roman() -> None:
    files: dict[str, bytes] = {path: text.encode() for path, text in mini.corpus().items()}
    path = f"{PAGES}/phases/P01.md"
    text = files[path].decode().replace("To plan.", "Où “était” l’été – déjà ?")
    files[path] = text.encode("mac-roman")
    (found,) = (f for f in findings(files) if f.location.path == path)
    assert found.rule == "T501"
    assert found.message == (
        "this file is not UTF-8 but, it seems, Mac Roman: the byte 0x9D is “ù”, and 9 others make "
        "sense too. Open it as Mac Roman and save it as UTF-8"
    )


def told(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(f.location.path, f.message) for f in mini_master.findings(files) if f.rule == "X904"]


def books(files: dict[str, bytes]) -> tuple[str, str]:
    first, second = sorted(path for path in files if path.endswith(".xlsx"))
    return first, second


def test_one_of_the_workbooks_is_missing() -> None:
    files = mini_master.files()
    first, second = books(files)
    assert told(files) == []
    del files[first]
    ((path, message),) = told(files)
    assert path == first
    assert message == (
        "this workbook is missing, so its data could not be checked: put it beside "
        f"{second.rpartition(chr(47))[2]}"
    )
    assert second in files


@pytest.mark.parametrize("suffix", [".xlsm", ".xls", ".ods"])
def test_a_workbook_in_another_format(suffix: str) -> None:
    files = mini_master.files()
    first, _ = books(files)
    other = first.replace(".xlsx", suffix)
    files[other] = files.pop(first)
    name = first.rpartition("/")[2]
    assert told(files) == [(other, f"this workbook was not read: save it as {name}")]


def test_a_pointer_of_git_lfs() -> None:
    files = mini_master.files()
    first, _ = books(files)
    files[first] = b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n"
    ((path, message),) = told(files)
    assert path == first
    assert "run `git lfs pull`" in message
