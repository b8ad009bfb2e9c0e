"""`disarm-lint render`: the pages and indexes that the workbooks make, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.parse.page_template import (
    Optional,
    Placeholder,
    TemplateError,
    fits_template,
    list_placeholders,
    parse_template,
)
from disarm_lint.parse.xlsx_limits import CellValue, Value, format_cell_value
from disarm_lint.render.master import read_master, write_column
from disarm_lint.render.rendering import Rendering, render
from disarm_lint.render.rows import NotRenderedError
from support.cli import lint, write_files
from support.git import Repo
from support.mini import MARKER, PAGES
from support.mini_master import DATA, FRAMEWORK, Sheets, data, files, framework
from support.published import CORPORA
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

DISARM = load_builtin_profile("disarm-1")
INDEXES = len(DISARM.indexes)


def rendered(contents: dict[str, bytes]) -> Rendering:
    books = {path: content for path, content in contents.items() if path.endswith(".xlsx")}
    return render(read_master(books, DISARM), contents.get)


def settled(frameworks: Sheets | None = None, masters: Sheets | None = None) -> dict[str, bytes]:
    """Return a corpus whose pages are what its workbooks make."""
    contents = files(frameworks, masters)
    return {**contents, **rendered(contents).new}


def write(root: Path, contents: dict[str, bytes]) -> Path:
    write_files(root, contents)
    return root


def page(contents: dict[str, bytes], path: str) -> str:
    return rendered(contents).new[f"{PAGES}/{path}.md"].decode()


def test_what_is_rendered_is_as_the_workbooks_say(tmp_path: Path) -> None:
    root = write(tmp_path / "corpus", files())
    first = lint("render", cwd=root)
    assert (first.status, first.err) == (0, "")
    assert first.out.startswith("Wrote ")
    again = lint("render", "--check", cwd=root)
    assert (again.status, again.out, again.err) == (0, "21 files are as the workbooks say.\n", "")
    assert lint("check", cwd=root).status == 0


def test_a_cell_shows_on_every_page_that_names_it(tmp_path: Path) -> None:
    root = write(tmp_path / "corpus", settled())
    sheets = framework()
    sheets["techniques"][2][1] = "Account"
    (root / FRAMEWORK).write_bytes(workbook(sheets))
    checked = lint("render", "--check", cwd=root)
    assert checked.status == 1
    assert "-# Technique T0146: Account Asset\n+# Technique T0146: Account\n" in checked.out
    assert checked.out.endswith("Would write 6 of 21 files.\n")
    shown = lint("render", "--diff", cwd=root)
    assert (shown.status, shown.err) == (1, "Would write 6 of 21 files.\n")
    changed = [line[4:] for line in shown.out.splitlines() if line.startswith("+++ ")]
    assert changed == [
        f"{PAGES}/disarm_red_framework.md",
        f"{PAGES}/incidents/I00001.md",
        f"{PAGES}/tactics/TA15.md",
        f"{PAGES}/techniques/T0146.001.md",
        f"{PAGES}/techniques/T0146.md",
        f"{PAGES}/techniques_index.md",
    ]
    assert lint("render", cwd=root).out == "Wrote 6 of 21 files.\n"
    text = (root / PAGES / "incidents/I00001.md").read_text("utf-8")
    assert "| [T0146 Account](../../generated_pages/techniques/T0146.md) | " in text


def test_only_what_is_named_is_rendered(tmp_path: Path) -> None:
    contents = settled()
    sheets = framework()
    sheets["techniques"][2][1] = "Account"
    root = write(tmp_path / "corpus", {**contents, FRAMEWORK: workbook(sheets)})
    done = lint("render", f"{PAGES}/techniques", cwd=root)
    assert done.out == "Wrote 2 of 3 files.\n"
    assert (root / PAGES / "tactics/TA15.md").read_bytes() == contents[f"{PAGES}/tactics/TA15.md"]


def test_notes_and_the_way_of_writing_stay() -> None:
    path = f"{PAGES}/techniques/T0146.md"
    contents = settled()
    notes = "\nA note.\r\n\r\nAnother, with what is above the marker:\n\n# Technique T0146\n"
    made = contents[path].decode().removesuffix("\n")
    for text in (f"{made}{notes}", f"\ufeff{made}{notes}"):
        sheets = framework()
        sheets["techniques"][2][3] = "What it is now."
        new = rendered({**contents, path: text.encode(), FRAMEWORK: workbook(sheets)}).new[path]
        assert new.decode() == text.replace("What Account Asset is.", "What it is now.")
    text = f"{made}".replace("\n", "\r\n") + "\r\nA note.\r\n"
    changed = {**contents, path: text.encode()}
    assert path not in rendered(changed).changed


def test_a_new_row_makes_a_page_and_a_folder(tmp_path: Path) -> None:
    contents = settled()
    sheets = framework()
    sheets["tasks"].append(["TK0001", "Set goals", "TA15", "To set goals.", None])
    root = write(tmp_path / "corpus", {**contents, FRAMEWORK: workbook(sheets)})
    assert lint("render", cwd=root).out == "Wrote 3 of 22 files.\n"
    assert (root / PAGES / "tasks/TK0001.md").read_text("utf-8") == (
        "# Task TK0001: Set goals\n\n* **Summary:** To set goals.\n\n"
        f"* **Belongs to tactic stage:** TA15\n\n{MARKER}"
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (MARKER.encode(), b"", f"it has no line “{MARKER}”, so nothing shows where its notes"),
        (b"What", b"\xff", "it is not UTF-8, so its notes cannot be kept"),
        (b"What", b"\n<<<<<<< HEAD\n", "a merge left its conflict in it; resolve that first"),
    ],
)
def test_what_cannot_be_rendered_is_left_and_named(
    tmp_path: Path, old: bytes, new: bytes, reason: str
) -> None:
    path = f"{PAGES}/techniques/T0146.md"
    contents = settled()
    contents[path] = contents[path].replace(old, new)
    root = write(tmp_path / "corpus", contents)
    done = lint("render", cwd=root)
    assert done.status == 0
    assert done.err.startswith(f"disarm-lint: “{path}” not rendered: {reason}")
    assert (root / path).read_bytes() == contents[path]


def test_rows_that_say_too_little_are_named() -> None:
    sheets = framework()
    sheets["techniques"] += [
        ["T0115", "Again", "TA09", "Twice.", None],
        ["T0200", "Lost", "TA99", "Nowhere.", None],
        ["T0201", "Homeless", None, "Nowhere.", None],
        ["../../../etc/passwd", "Out", "TA09", "Out.", None],
        ["T0146/x", "Out", "TA09", "Out.", None],
    ]
    told = {item.path.rpartition("/")[2]: item.reason for item in rendered(files(sheets)).left}
    assert told == {
        "T0115.md": "2 rows of the sheet techniques have its id",
        "T0200.md": "its row refers to “TA99”, and there is no such tactic",
        "T0201.md": "its row does not say which tactic it belongs to",
        "": "2 rows of the sheet techniques have no id to name a page after",
    }


def test_a_page_is_never_emptied_for_want_of_a_workbook(tmp_path: Path) -> None:
    contents = settled()
    del contents[DATA]
    root = write(tmp_path / "corpus", contents)
    done = lint("render", cwd=root)
    assert done.status == 0
    assert (
        "disarm-lint: “generated_pages/techniques/” not rendered: the workbooks have no sheet "
        "associatedtechniques\n"
    ) in done.err
    for path, content in contents.items():
        assert (root / path).read_bytes() == content


def test_a_cell_with_the_words_of_the_edit_marker_is_not_rendered() -> None:
    sheets = framework()
    sheets["phases"][1][2] = f"To plan. {MARKER} To plan again."
    (left,) = rendered(files(sheets)).left
    assert (left.path, left.reason) == (
        f"{PAGES}/phases/P01.md",
        f"a cell that it shows holds the words “{MARKER}”",
    )


def test_a_workbook_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    contents = settled()
    root = write(tmp_path / "corpus", {**contents, FRAMEWORK: b"no workbook", DATA: b"nor this"})
    done = lint("render", "--check", cwd=root)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("disarm-lint: nothing in “corpus” can be rendered: ")
    assert done.err.count("\n") == 1


def test_without_workbooks_there_is_one_clear_line(tmp_path: Path) -> None:
    contents = settled()
    root = write(tmp_path / "corpus", {p: c for p, c in contents.items() if p.endswith(".md")})
    done = lint("render", cwd=root)
    assert (done.status, done.out, done.err) == (
        2,
        "",
        "disarm-lint: there are no workbooks in “corpus” that pages could be rendered from; they "
        "belong in DISARM_MASTER_DATA\n",
    )


def test_pages_of_another_layout_are_left() -> None:
    contents = settled()
    changed = {
        path: content.replace(b"**Summary**", b"**Abstract**")
        if "/techniques/" in path
        else content
        for path, content in contents.items()
    }
    (left,) = rendered(changed).left
    assert left.path == f"{PAGES}/techniques/"
    assert left.reason == (
        "most of these pages have another layout than the profile disarm-1 has for them"
    )


def test_changes_that_git_could_not_give_back_are_refused(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path)
    repo.write(settled())
    repo.commit()
    path = f"{PAGES}/techniques/T0146.md"
    repo.replace(path, "What Account Asset is.", "Half a thought.")
    refused = repo.lint("render")
    assert (refused.status, refused.out, refused.err) == (
        2,
        "",
        f"disarm-lint: “{path}” has uncommitted changes; commit them first, or use --allow-dirty "
        "to edit all the same\n",
    )
    assert "Half a thought." in (tmp_path / path).read_text("utf-8")
    assert repo.lint("render", "--allow-dirty").out == "Wrote 1 of 21 files.\n"
    assert repo.git("status", "--porcelain") == ""


def test_orphans_are_listed_and_deleted_unless_somebody_wrote_on_them(tmp_path: Path) -> None:
    contents = settled()
    sheets = framework()
    row = ["T0115", "Post Content", "TA09", "What Post Content is.", "T0115 - Post Content"]
    for number in range(1, 4):
        sheets["techniques"].append([f"T030{number}", "Short-lived", *row[2:4], None])
    contents.update(rendered({**contents, FRAMEWORK: workbook(sheets)}).new)
    contents[f"{PAGES}/techniques/T0302.md"] += b"\nA note.\n"
    contents[f"{PAGES}/techniques/T0303.md"] = b"# Technique T0303: By hand\n"
    root = write(tmp_path / "corpus", contents)
    again = lint("render", "--check", "--prune", cwd=root)
    assert again.status == 1
    assert again.out.endswith("Would write 3 of 21 files. Would delete 1 page without a row.\n")
    assert "+++ /dev/null\n" in again.out
    done = lint("render", "--prune", cwd=root)
    gone = f"{PAGES}/techniques/T0301.md"
    assert done.out == (
        f"Pages without a row:\n  {gone}\nWrote 3 of 21 files. Deleted 1 page without a row.\n"
    )
    assert done.err == (
        f"disarm-lint: “{PAGES}/techniques/T0302.md” not deleted: it has notes\n"
        f"disarm-lint: “{PAGES}/techniques/T0303.md” not deleted: it does not follow its "
        "template, so somebody may have written it by hand\n"
    )
    left = sorted(file.name for file in (root / PAGES / "techniques").iterdir())
    assert left == ["T0115.md", "T0146.001.md", "T0146.md", "T0302.md", "T0303.md"]


def test_fix_writes_anew_what_an_edited_cell_shows_on(tmp_path: Path) -> None:
    masters = data()
    # The generator drops T0115 because of the space before it.
    masters["incidenttechniques"].append(["IT00000002", "They posted.", "I00001", "T0146, T0115"])
    contents = settled(None, masters)
    root = write(tmp_path / "corpus", contents)
    assert "They posted." not in (root / PAGES / "techniques/T0115.md").read_text("utf-8")
    done = lint("fix", cwd=root)
    assert done.out.startswith("Fixed 1 finding, in 1 cell of 1 workbook and 2 pages. ")
    assert "They posted." in (root / PAGES / "techniques/T0115.md").read_text("utf-8")
    assert "[T0115 Post Content]" in (root / PAGES / "incidents/I00001.md").read_text("utf-8")
    assert lint("render", "--check", cwd=root).status == 0
    changed = [path for path, old in contents.items() if (root / path).read_bytes() != old]
    assert sorted(changed) == [
        DATA,
        f"{PAGES}/incidents/I00001.md",
        f"{PAGES}/techniques/T0115.md",
    ]


def test_fix_keeps_what_somebody_wrote_on_a_page(tmp_path: Path) -> None:
    masters = data()
    masters["incidenttechniques"][1][1] = "They made (T0146: Acount Asset)."
    contents = settled(None, masters)
    path, other = f"{PAGES}/techniques/T0146.md", f"{PAGES}/incidents/I00001.md"
    contents[path] = contents[path].replace(b"What Account Asset is.", b"A thought.")
    root = write(tmp_path / "corpus", contents)
    lint("fix", "--select", "N401", cwd=root)
    for name in (path, other):
        right = contents[name].replace(b"Acount", b"Account")
        assert right != contents[name]
        assert (root / name).read_bytes() == right
    assert b"A thought." in (root / path).read_bytes()


def test_fix_writes_no_page_anew_where_no_page_is_to_be_edited(tmp_path: Path) -> None:
    masters = data()
    masters["incidenttechniques"].append(["IT00000002", "They posted.", "I00001", "T0146, T0115"])
    contents = settled(None, masters)
    root = write(tmp_path / "corpus", contents)
    lint("fix", "--no-pages", cwd=root)
    changed = [path for path, old in contents.items() if (root / path).read_bytes() != old]
    assert changed == [DATA]


def test_a_fix_is_made_though_pages_stay_behind(tmp_path: Path) -> None:
    sheets = framework()
    # No page shows T0115 for the space in its cell; that its list has a line too many is kept back.
    sheets["techniques"][1][0] = "T0115 "
    sheets["metatechniques"].append(["M001", "Resilience", "To bear it.", "M001 - Resilience"])
    sheets["responsetypes"].append(["D02", "Deny", "No.", "D02 - Deny"])
    listed = "T0115 - Post Content\n\nT0146 - Account Asset"
    sheets["countermeasures"].append(
        [
            "C00001",
            "Ask",
            "M001 - Resilience",
            "To ask.",
            None,
            None,
            "TA15 Establish Assets",
            "D02",
            listed,
            "C00001 - Ask",
        ]
    )
    root = write(tmp_path / "corpus", settled(sheets))
    # That page would say what the page of T0115, which stays as it is, does not.
    (root / f"{PAGES}/counters/C00001.md").unlink()
    told = json.loads(lint("--output-format", "json", cwd=root).out)["findings"]
    assert "M703" not in {finding["rule"] for finding in told}
    cause = next(finding["root_cause"] for finding in told if finding["rule"] == "R202")
    lint("fix", "--root", cause, cwd=root)
    assert load_workbook(root / FRAMEWORK)["techniques"]["A2"].value == "T0115"
    left = json.loads(lint("--output-format", "json", cwd=root).out)["findings"]
    assert "R202" not in {finding["rule"] for finding in left}


def test_fix_leaves_a_page_that_was_not_made_from_its_row(tmp_path: Path) -> None:
    sheets = framework()
    sheets["techniques"][1][0] = "T0115 "
    root = write(tmp_path / "corpus", settled(sheets))
    page = root / f"{PAGES}/techniques/T0115.md"
    edited = page.read_bytes().replace(b"What Post Content is.", b"What a person wrote.")
    assert edited != page.read_bytes()
    page.write_bytes(edited)
    done = lint("fix", cwd=root)
    assert done.status == 0
    assert page.read_bytes() == edited
    page.unlink()
    assert "internal error" not in lint("fix", cwd=root).err


def test_workbooks_that_make_too_much_are_refused() -> None:
    masters = data()
    text = "x" * 30_000
    masters["incidenttechniques"] += [[f"IT{n:08}", text, "I00001", "T0146"] for n in range(2, 140)]
    (left, *more) = rendered(files(None, masters)).left
    assert (left.path, left.reason) == (
        f"{PAGES}/techniques/T0146.md",
        "it would have more than 4,000,000 characters",
    )
    assert [item.path for item in more] == [f"{PAGES}/incidents/I00001.md"]
    masters = data()
    masters["incidenttechniques"] += [
        [f"IT{n:08}", "Many.", "I00001", "T0146," * 5_000] for n in range(2, 60)
    ]
    with pytest.raises(NotRenderedError) as error:
        rendered(files(None, masters))
    assert str(error.value) == "the workbooks tie more than 500,000 entities together"


def test_control_characters_of_cells_are_shown_and_not_sent(tmp_path: Path) -> None:
    sheets = framework()
    sheets["techniques"] += [
        [f"T03{n:02}", "Lost", f"TA9\u202e{n}\u0085", "Nowhere.", None] for n in range(30)
    ]
    root = write(tmp_path / "corpus", settled(sheets))
    done = lint("render", cwd=root)
    assert done.status == 0
    assert len(done.err.splitlines()) == 21
    assert done.err.endswith("disarm-lint: 10 more not rendered or deleted, for other reasons\n")
    assert done.err.replace("\n", "").isprintable()


def test_lists_are_parted_as_the_generator_parts_them() -> None:
    masters = data()
    masters["incidenttechniques"] += [
        ["IT00000002", "Dropped.", "I00001", "T0115; T0146.001"],
        ["IT00000003", "With a space.", "I00001", "T0146, T0115"],
        ["IT00000004", "Once more.", "I00001", "T0146"],
    ]
    contents = files(None, masters)
    rows = [line for line in page(contents, "incidents/I00001").splitlines() if "[T0" in line]
    assert [row.split("| ")[-1] for row in rows] == [
        "Accounts (T0146: Account Asset, T0146.001: Free Account Asset) posted. |",
        "With a space. |",
        "Once more. |",
    ]
    assert "posted., With a space., Once more. |\n" in page(contents, "techniques/T0146")
    assert "I00001" not in page(contents, "techniques/T0115")


def test_counters_stand_in_every_place_that_they_refer_to() -> None:
    sheets = framework()
    sheets["metatechniques"].append(["M001", "Resilience", "To bear it.", None])
    sheets["responsetypes"] += [["D02", "Deny", "No.", None], ["D03", "Disrupt", "Stop.", None]]
    sheets["actortypes"].append(["A001", "coder", "Codes.", "S001", "FW01", None])
    listed = "T0146 - Account Asset\nT0115 - Post Content"
    for number, kind in ((2, "D02"), (1, "D03")):
        sheets["countermeasures"].append(
            [
                f"C0000{number}",
                f"Counter {number}",
                "M001 - Resilience",
                "To counter.",
                "A001 - coder",
                "R001",
                "TA15 Old name",
                kind,
                listed,
                None,
            ]
        )
    contents = files(sheets)
    link = "| [C0000{0} Counter {0}](../../generated_pages/counters/C0000{0}.md) | D0{1} |\n"
    first, second = link.format(1, 3), link.format(2, 2)
    assert second + first in page(contents, "tactics/TA15")
    assert second + first in page(contents, "metatechniques/M001")
    assert first + second in page(contents, "techniques/T0115")
    assert first + second in page(contents, "actortypes/A001")
    counter = page(contents, "counters/C00001")
    assert "* **Belongs to tactic stage**: TA15\n" in counter
    assert "* **Metatechnique**: M001 - Resilience\n" in counter
    assert "| [A001 coder](../../generated_pages/actortypes/A001.md) | S001 |\n" in counter
    assert counter.index("[T0146 ") < counter.index("[T0115 ")
    counts = page(contents, "tactics_by_responsetype_table")
    assert "<td>D02</td>\n<td>D03</td>\n<td>TOTALS</td></tr><tr>\n" in counts
    assert counts.endswith(
        "TA15 Establish Assets</a></td>\n<td>1</td>\n<td>1</td>\n<td>2</td>\n</tr>\n<tr>\n"
        "<td>TOTALS</td>\n<td>1</td>\n<td>1</td>\n<td>2</td>\n</tr>\n</table>\n"
    )
    grid = page(contents, "disarm_blue_framework")
    assert grid.index("C00001 Counter 1") < grid.index("C00002 Counter 2")
    index = page(contents, "counters_index")
    assert index.index("C00001.md") < index.index("C00002.md")


def test_addresses_show_what_the_sheet_of_addresses_says() -> None:
    masters = data()
    masters["incidents"][1][7] = "https://a.example/1 https://b.example/2  https://c.example/3"
    masters["urls"] += [
        ["https://b.example/2", date(2024, 10, 5), "B", None, "https://arch.example/b"],
        ["https://a.example/1", None, "A", "Org", None],
    ]
    rows = [r for r in page(files(None, masters), "incidents/I00001").splitlines() if "http" in r]
    assert rows == [
        "| [https://a.example/1](https://a.example/1) |  | A | Org | []() |",
        "| [https://b.example/2](https://b.example/2) | 2024-10-05 00:00:00 | B |  | "
        "[https://arch.example/b](https://arch.example/b) |",
    ]


def test_rows_without_an_order_stay_as_they_are() -> None:
    masters = data()
    masters["incidenttechniques"].append(["IT00000002", "A second.", "I00001", "T0146"])
    path = f"{PAGES}/incidents/I00001.md"
    contents = settled(None, masters)
    rows = [line for line in contents[path].decode().splitlines(keepends=True) if "[T0146 " in line]
    contents[path] = contents[path].replace("".join(rows).encode(), "".join(rows[::-1]).encode())
    assert not rendered(contents).changed


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ((2016.0, 2017.0), ["2016", "2017"]),
        ((2016.0, None), ["2016.0", ""]),
        (("2016", None, 3.5), ["2016.0", "", "3.5"]),
        ((2016.0, "about 2017", None), ["2016", "about 2017", ""]),
        ((date(2024, 1, 2), "2023"), ["2024-01-02 00:00:00", "2023"]),
        (("n/a", "#REF!", "a"), ["", "", "a"]),
        ((True, "TRUE", "x"), ["True", "TRUE", "x"]),
        ((None, None), ["", ""]),
        ((" x ", "y\n"), [" x ", "y\n"]),
    ],
)
def test_cells_are_written_as_the_generator_writes_them(
    values: tuple[Value, ...], written: list[str]
) -> None:
    cells = [CellValue(format_cell_value(value), value) for value in values]
    assert write_column(cells) == written


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8), st.floats(), st.booleans())))
def test_any_column_can_be_written(values: list[Value]) -> None:
    cells = [CellValue(format_cell_value(value), value) for value in values]
    written = write_column(cells)
    assert len(written) == len(cells)
    assert all(isinstance(text, str) for text in written)


def test_templates_have_places() -> None:
    parts = parse_template("# {id}: {name}\n\n{?parent}of {parent:named}{/}\n{rows:by kind}\n\n")
    assert parts == (
        "# ",
        Placeholder("id"),
        ": ",
        Placeholder("name", "", "\n"),
        "\n",
        Optional("parent", ("of ", Placeholder("parent", "named"))),
        "\n",
        Placeholder("rows", "by kind", "\n"),
        "\n",
    )
    assert [place.key for place in list_placeholders(parts)] == [
        "id",
        "name",
        "parent",
        "parent",
        "rows",
    ]
    assert fits_template(parts, "# T0001: Name\n\n\nsome rows\n\n")
    assert not fits_template(parts, "T0001: Name")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{", "the brace in line 2 begins no place"),
        ("{Id}", "the brace in line 1 begins no place"),
        ("{/}", "{/} in line 1 closes nothing"),
        ("{?a}b", "{?a} is not closed by {/}"),
    ],
)
def test_a_template_that_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as error:
        parse_template(text)
    assert str(error.value) == message


@settings(deadline=None)
@given(st.text(alphabet="{}?/:ab \n", max_size=40))
def test_any_text_is_a_template_or_none(text: str) -> None:
    try:
        parts = parse_template(text)
    except TemplateError:
        return
    assert fits_template(parts, "".join(part for part in parts if isinstance(part, str)))


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "profile", "files_made"),
    [
        ("disarm-1.6", "disarm-1", 783),
        ("disarm-2022-07", "disarm-1", 583),
        ("disarm-2.0-assessments", "disarm-2", 163),
    ],
)
def test_the_published_releases_come_out_byte_for_byte(
    name: str, profile: str, files_made: int
) -> None:
    root = CORPORA / name
    folder = root / "DISARM_MASTER_DATA"
    books = {f"{folder.name}/{file.name}": file.read_bytes() for file in folder.glob("*.xlsx")}

    def read(path: str) -> bytes | None:
        return (root / path).read_bytes() if (root / path).exists() else None

    found = render(read_master(books, load_builtin_profile(profile)), read)
    assert sorted(found.changed) == []
    assert len(found.new) == files_made
    made = {f"{PAGES}/{file.relative_to(root / PAGES).as_posix()}" for file in
            (root / PAGES).rglob("*.md")}  # fmt: skip
    # What is not rendered are pages of rows that are gone, or have no id.
    assert len(made - found.new.keys()) == {"disarm-1.6": 3, "disarm-2022-07": 40}.get(name, 0)


@pytest.mark.corpus
def test_new_pages_are_what_the_old_ones_were() -> None:
    root = CORPORA / "disarm-1.6"
    folder = root / "DISARM_MASTER_DATA"
    books = {f"{folder.name}/{file.name}": file.read_bytes() for file in folder.glob("*.xlsx")}
    found = render(read_master(books, DISARM), lambda _: None)
    for path, content in found.new.items():
        published = (root / path).read_bytes()
        assert published.removesuffix(os.linesep.encode()).startswith(content.rstrip(b"\n"))


@pytest.mark.corpus
def test_workbooks_and_pages_agree_after_fix(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    shutil.copytree(CORPORA / "disarm-1.6", root)
    fixed = lint("fix", cwd=root)
    assert (fixed.status, fixed.out.partition(" ")[0]) == (0, "Fixed")
    assert lint("render", "--check", cwd=root).status == 0
    dropped = lint("--select", "M702", "--output-format", "concise", cwd=root).lines
    # What spaces behind commas had dropped stands on its pages now.
    assert dropped
    assert not [line for line in dropped if "incidenttechniques!" in line]
    assert lint("fix", cwd=root).out.startswith("Nothing to fix.")
