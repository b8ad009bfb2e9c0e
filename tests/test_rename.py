"""`disarm-lint rename`: all that says a name is changed, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from disarm_lint.sources.decoding import decode_source, replace_texts
from support import artefacts, mini
from support.cli import lint, write_files
from support.git import Repo
from support.mini_master import DATA, FRAMEWORK, data, files, framework

if TYPE_CHECKING:
    from pathlib import Path

NAME = "Bought Account"
PAGES = mini.PAGES


def contents() -> dict[str, bytes]:
    """Return a corpus with workbooks and artefacts, in which one name stands in every role."""
    sheets = framework()
    sheets["notes"] = [["T0146: Account Asset, and a T0146 without", "Account Asset"]]
    masters = data()
    masters["incidents"][1][3] = "One had an account asset. See (T0146: Account Assets)."
    found = files(sheets, masters)
    found[artefacts.STIX] = json.dumps(artefacts.bundle(), indent=1).encode()
    found[artefacts.RED] = artefacts.RED_TEXT.encode()
    page = found[f"{PAGES}/incidents/I00001.md"].decode()
    told = page.replace("What happened.", str(masters["incidents"][1][3]))
    told += "\n[more](../techniques/T0146.md#technique-t0146-account-asset)\n"
    found[f"{PAGES}/incidents/I00001.md"] = told.encode()
    found[f"{PAGES}/disarm_red_framework.md"] = (
        b'# DISARM Red framework: Latest Framework\n\n<table border="1">\n<tr>\n'
        b'<tr style="background-color:blue;color:white;">\n'
        b'<td><a href="tactics/TA09.md">TA09 Deliver Content</a></td>\n'
        b'<td><a href="tactics/TA15.md">TA15 Establish Assets</a></td>\n</tr>\n<tr>\n'
        b'<td><a href="techniques/T0115.md">T0115 Post Content</a></td>\n'
        b'<td><a href="techniques/T0146.md">T0146 Account Asset</a></td>\n</tr>\n<tr>\n'
        b"<td> </td>\n"
        b'<td><a href="techniques/T0146.001.md">T0146.001 Free Account Asset</a></td>\n'
        b"</tr>\n</table>\n"
    )
    return found


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    write_files(root, contents())
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def told(root: Path) -> list[str]:
    """Return the findings by rule and place."""
    lines = lint("check", "--output-format", "concise", cwd=root).lines
    return [line.replace(NAME, "Account Asset").partition(" (")[0] for line in lines]


def test_every_place_is_counted_by_its_role_and_nothing_is_written(corpus: Path) -> None:
    before = snapshot(corpus)
    done = lint("rename", "T0146", NAME, cwd=corpus)
    assert (done.status, done.err) == (0, "")
    assert done.lines[:11] == [
        "T0146 “Account Asset” becomes “Bought Account”: 18 places in 9 files.",
        "",
        "     1 heading",
        "     1 field",
        "     3 links",
        "     3 citations",
        "     2 index rows",
        "     1 grid cell",
        f"     5 workbook cells in {DATA}, {FRAMEWORK}",
        f"     2 artefacts in {artefacts.STIX}",
        "",
    ]
    assert done.lines[-1] == "Nothing is written yet: add --write to rename."
    assert snapshot(corpus) == before


def test_the_diff_shows_lines_and_cells(corpus: Path) -> None:
    lines = lint("rename", "T0146", NAME, cwd=corpus).lines
    at = lines.index(f"--- {PAGES}/tactics/TA15.md")
    assert lines[at + 1 : at + 5] == [
        f"+++ {PAGES}/tactics/TA15.md",
        "@@ -16 +16 @@",
        "-| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) |",
        "+| [T0146 Bought Account](../../generated_pages/techniques/T0146.md) |",
    ]
    at = lines.index(f"--- {FRAMEWORK}!techniques!E3")
    assert lines[at + 2 : at + 4] == ["-T0146 - Account Asset", "+T0146 - Bought Account"]
    at = lines.index(f"--- {FRAMEWORK}!notes!A1")
    assert lines[at + 2 : at + 4] == [
        "-T0146: Account Asset, and a T0146 without",
        "+T0146: Bought Account, and a T0146 without",
    ]


def test_texts_that_are_merely_like_the_name_are_listed(corpus: Path) -> None:
    out = lint("rename", "T0146", NAME, cwd=corpus).out
    assert (
        "5 texts say another name, or the name without the id; left alone:\n"
        f"  {DATA}:incidents!D2:12: “account asset”\n"
        f"  {DATA}:incidents!D2:39: “Account Assets”\n"
        f"  {FRAMEWORK}:notes!B1: “Account Asset”\n"
        f"  {FRAMEWORK}:techniques!D3:6: “Account Asset”\n"
        f"  {PAGES}/incidents/I00001.md:3:54: “Account Assets”\n"
    ) in out


def test_write_renames_everywhere_and_causes_no_finding(corpus: Path) -> None:
    before, findings = snapshot(corpus), told(corpus)
    done = lint("rename", "T0146", NAME, "--write", cwd=corpus)
    assert (done.status, done.err) == (0, "")
    assert done.lines[-1] == "Done."
    assert "@@" not in done.out
    assert told(corpus) == findings
    book = load_workbook(corpus / FRAMEWORK)
    assert book["techniques"]["B3"].value == NAME
    assert book["techniques"]["E3"].value == "T0146 - Bought Account"
    assert book["techniques"]["B4"].value == "Free Account Asset"
    assert book["notes"]["A1"].value == "T0146: Bought Account, and a T0146 without"
    page = (corpus / PAGES / "incidents" / "I00001.md").read_text("utf-8")
    assert "(../techniques/T0146.md#technique-t0146-bought-account)" in page
    assert "(T0146: Bought Account, T0146.001: Free Account Asset)" in page
    back = lint("rename", "T0146", "Account Asset", "--write", cwd=corpus)
    assert back.status == 0
    assert snapshot(corpus) == before


def test_the_short_name_of_a_tactic_follows(corpus: Path) -> None:
    done = lint("rename", "TA15", "Set Up Things", "--write", cwd=corpus)
    assert done.status == 0, done.err
    bundle = json.loads((corpus / artefacts.STIX).read_text("utf-8"))
    tactic = next(o for o in bundle["objects"] if o.get("x_mitre_shortname", "").startswith("set"))
    assert (tactic["name"], tactic["x_mitre_shortname"]) == ("Set Up Things", "set-up-things")
    phases = [o["kill_chain_phases"][0]["phase_name"] for o in bundle["objects"][2:5]]
    assert phases == ["deliver-content", "set-up-things", "set-up-things"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("T0999", "X"), "the corpus has no “T0999”"),
        (("T0146.002", "X"), "the corpus has no “T0146.002”; did you mean T0146.001?"),
        (("t0146", "X"), "the corpus has no “t0146”; did you mean T0146?"),
        (("account asset", "X"), "the corpus has no “account asset”; did you mean T0146?"),
        (("T0146", " "), "the new name is empty"),
        (("T0146", "Account  Asset"), "T0146 is called “Account Asset” already"),
        (("T0146", "a\nb"), "the new name has a line break or another control character"),
        (("T0146", "a|b"), "the new name has a “|”, which would split the rows of tables"),
        (("T0146", "a" * 301), "the new name has 301 characters; at most 300 are allowed"),
        (
            ("T0146", "X", "nowhere"),
            "there is no file or folder “nowhere”; put a name of several words in quotation "
            'marks: `disarm-lint rename T0146 "X nowhere"`',
        ),
        (
            ("T0146", "X", "nowhere", "at", "all"),
            "put a name of several words in quotation marks: `disarm-lint rename T0146 "
            '"X nowhere at all"`',
        ),
        (
            ("T0146", "X", "nowhere", "generated_pages"),
            "put a name of several words in quotation marks: `disarm-lint rename T0146 "
            '"X nowhere" generated_pages`',
        ),
        (
            ("T0146",),
            "the following arguments are required: NEW; "
            "`disarm-lint rename --help` lists the options",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    corpus: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = snapshot(corpus)
    done = lint("rename", "--write", *arguments, cwd=corpus)
    assert (done.status, done.out, done.err) == (2, "", f"disarm-lint: {message}\n")
    assert snapshot(corpus) == before


def test_the_folder_above_stands_for_a_corpus_where_it_holds_only_one(tmp_path: Path) -> None:
    write_files(tmp_path / "one", contents())
    done = lint("rename", "T0146", "Assets of Accounts", ".", cwd=tmp_path)
    assert done.out.startswith("T0146 “Account Asset”")
    write_files(tmp_path / "two", contents())
    done = lint("rename", "T0146", "Assets of Accounts", ".", cwd=tmp_path)
    assert (done.status, done.err) == (
        2,
        "disarm-lint: a rename is that of one corpus; name one of “one”, “two”\n",
    )


def test_a_name_that_another_has_is_refused_unless_it_is_wanted(corpus: Path) -> None:
    before = snapshot(corpus)
    done = lint("rename", "T0146", "Post Content", cwd=corpus)
    assert done.status == 0
    assert "This causes " in done.out
    done = lint("rename", "T0146", "Post Content", "--write", cwd=corpus)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("disarm-lint: this would cause ")
    assert "N404 T0115 and T0146 are both called “Post Content”; nothing was written." in done.err
    assert snapshot(corpus) == before
    done = lint("rename", "T0146", "Post Content", "--write", "--force", cwd=corpus)
    assert (done.status, done.lines[-1]) == (0, "Done.")


def test_uncommitted_changes_are_refused(corpus: Path) -> None:
    repo = Repo.create(corpus)
    repo.commit()
    page = corpus / PAGES / "tactics" / "TA15.md"
    page.write_text(page.read_text("utf-8") + "\nA note.\n", "utf-8")
    done = repo.lint("rename", "T0146", NAME, "--write")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"disarm-lint: “{PAGES}/tactics/TA15.md” has uncommitted changes; commit them first, "
        "or use --allow-dirty to edit all the same\n"
    )
    assert repo.lint("rename", "T0146", NAME).status == 0
    assert repo.lint("rename", "T0146", NAME, "--write", "--allow-dirty").status == 0
    assert "T0146 Bought Account" in page.read_text("utf-8")


def test_a_workbook_that_is_open_is_refused(corpus: Path) -> None:
    book = corpus / DATA
    book.with_name(f"~${book.name}").write_bytes(b"")
    before = snapshot(corpus)
    done = lint("rename", "T0146", NAME, "--write", cwd=corpus)
    assert (done.status, done.out) == (2, "")
    assert "is open in a spreadsheet program" in done.err
    assert snapshot(corpus) == before


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff")), st.data())
def test_edits_at_once_are_edits_one_by_one_from_the_end(text: str, data: st.DataObject) -> None:
    points = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(points[::2], points[1::2], strict=False))
    edits = [(start, end, data.draw(st.text(max_size=4))) for start, end in pairs]
    written = b"\xef\xbb\xbf" + text.encode()
    done = replace_texts(decode_source("a.md", written), written, edits)
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    assert done == b"\xef\xbb\xbf" + text.encode()
