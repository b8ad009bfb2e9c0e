"""`disarm-lint rename OLD NEW`: another id, in every place, and the old one on record."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from ruamel.yaml import YAML

from disarm_lint.rename.numbers import IdTokens, record_retired
from support import artefacts, mini
from support.cli import lint, write_files
from support.mini_master import DATA, FRAMEWORK
from test_rename import contents, snapshot

if TYPE_CHECKING:
    from pathlib import Path

PAGES = mini.PAGES
CONFIG = """\
# What we agreed on.
retired:
  T0002: T0115
  # T0146 took its place.
  T0001: T0146  # in 2023

aliases:
  T0146: [Accounts]  # people say so
per-path-ignores:
  generated_pages/techniques/T0146.md: [S112]
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    write_files(root, {**contents(), ".disarm-lint.yaml": CONFIG})
    return root


def told(root: Path) -> list[str]:
    """Return the findings, in the words of the old ids."""
    lines = lint("check", "--output-format", "concise", cwd=root).lines
    return sorted(line.replace("T0147", "T0146") for line in lines)


def test_every_place_is_counted_by_its_role_and_nothing_is_written(corpus: Path) -> None:
    before = snapshot(corpus)
    done = lint("rename", "T0146", "T0147", cwd=corpus)
    assert (done.status, done.err) == (0, "")
    assert done.lines[:12] == [
        "T0146 “Account Asset” becomes T0147, and 1 below it with it: 46 places in 10 files.",
        "",
        "     2 headings",
        "     1 field",
        "     8 links",
        "     6 citations",
        "     5 index rows",
        "     4 grid cells",
        f"    11 workbook cells in {DATA}, {FRAMEWORK}",
        f"     9 artefacts in {artefacts.STIX}, {artefacts.RED}",
        "     2 file names",
        "       and what .disarm-lint.yaml says of them",
    ]
    shown = lint("rename", "T0146", "T0147", "--diff", cwd=corpus).lines
    at = shown.index(f"--- {PAGES}/techniques/T0146.001.md")
    assert shown[at + 1 : at + 5] == [
        f"+++ {PAGES}/techniques/T0147.001.md",
        "@@ -1 +1 @@",
        "-# Technique T0146.001: Free Account Asset",
        "+# Technique T0147.001: Free Account Asset",
    ]
    assert snapshot(corpus) == before


def test_write_renumbers_everywhere_and_causes_no_finding(corpus: Path) -> None:
    before, findings = snapshot(corpus), told(corpus)
    done = lint("rename", "T0146", "T0147", "--write", cwd=corpus)
    assert (done.status, done.err, done.lines[-1]) == (0, "", "Done.")
    assert told(corpus) == findings
    after = snapshot(corpus)
    assert [path for path in after if "T0146" in path] == []
    texts = {p: d for p, d in after.items() if not p.endswith((".xlsx", ".yaml"))}
    assert [path for path, data in texts.items() if b"T0146" in data] == []
    page = texts[f"{PAGES}/incidents/I00001.md"].decode()
    assert "[T0147 Account Asset](../../generated_pages/techniques/T0147.md)" in page
    assert "(T0147: Account Asset, T0147.001: Free Account Asset)" in page
    assert "[more](../techniques/T0147.md#technique-t0147-account-asset)" in page
    assert texts[artefacts.RED].decode() == "P01,P01\nTA09,TA15\nT0115,T0147\n,T0147.001\n"
    bundle = json.loads(texts[artefacts.STIX])
    ids = [o["external_references"][0]["external_id"] for o in bundle["objects"][2:5]]
    assert ids == ["T0115", "T0147", "T0147.001"]
    assert load_workbook(corpus / DATA)["incidenttechniques"]["D2"].value == "T0147"
    assert load_workbook(corpus / FRAMEWORK)["techniques"]["E4"].value == (
        "T0147.001 - Free Account Asset"
    )
    assert after[".disarm-lint.yaml"].decode() == (
        CONFIG.replace("T0001: T0146", "T0001: T0147")
        .replace("  T0146: [", "  T0147: [")
        .replace("techniques/T0146.md", "techniques/T0147.md")
        .replace("# in 2023\n", "# in 2023\n  T0146: T0147\n  T0146.001: T0147.001\n")
    )
    back = lint("rename", "T0147", "T0146", "--write", cwd=corpus)
    assert (back.status, back.err) == (0, "")
    assert snapshot(corpus) == before


def test_without_a_configuration_one_is_made_and_taken_away_again(corpus: Path) -> None:
    (corpus / ".disarm-lint.yaml").unlink()
    before = snapshot(corpus)
    assert lint("rename", "T0115", "T0200", "--write", cwd=corpus).status == 0
    assert (corpus / ".disarm-lint.yaml").read_text("utf-8") == "retired:\n  T0115: T0200\n"
    assert lint("rename", "T0200", "T0115", "--write", cwd=corpus).status == 0
    assert snapshot(corpus) == before


def test_a_baseline_accepts_what_it_did(corpus: Path) -> None:
    page = corpus / PAGES / "techniques" / "T0146.md"
    page.write_text(page.read_text("utf-8").replace("**Tactic**", "**Tactix**"), "utf-8")
    assert lint("baseline", "create", cwd=corpus).status == 0
    accepted = lint("check", "--output-format", "concise", cwd=corpus).out
    assert lint("rename", "T0146", "T0147", "--write", cwd=corpus).status == 0
    assert lint("check", "--output-format", "concise", cwd=corpus).out == accepted


def test_a_slip_is_renumbered_and_what_nobody_can_know_is_listed(corpus: Path) -> None:
    page = corpus / PAGES / "techniques" / "T0115.md"
    text = page.read_text("utf-8")
    more = "See T0146:001, t0146 and T0146.009, https://e.org/T0146 or https://e.org/T0146.md.\n"
    page.write_text(f"{text}\n{more}", "utf-8")
    done = lint("rename", "T0146", "T0147", "--write", cwd=corpus)
    assert done.status == 0, done.err
    line = page.read_text("utf-8").splitlines()[-1]
    assert line == (
        "See T0147:001, T0147 and T0146.009, https://e.org/T0146 or https://e.org/T0147.md."
    )
    path = f"{PAGES}/techniques/T0115.md"
    assert (
        "2 texts say an id that leads elsewhere or nowhere; left alone:\n"
        f"  {path}:24:26: “T0146.009”\n"
        f"  {path}:24:51: “T0146”\n"
    ) in done.out


def test_an_id_that_texts_say_already_is_told(corpus: Path) -> None:
    page = corpus / PAGES / "techniques" / "T0115.md"
    page.write_text(f"{page.read_text('utf-8')}\nSee T0147 and T0147.001.\n", "utf-8")
    done = lint("rename", "T0146", "T0147", cwd=corpus)
    assert (
        "Some texts already say T0147, though nothing had that id: "
        f"{PAGES}/techniques/T0115.md:24:5 and 1 more."
    ) in done.lines


def test_the_next_free_number_moves_on(corpus: Path) -> None:
    book = load_workbook(corpus / FRAMEWORK)
    sheet = book.create_sheet("FRAMEWORK_ADMIN CODES")
    for row in (["id_prefix", "next number on stack"], ["T", "T0147"], ["TA", "TA16"]):
        sheet.append(row)
    book.save(corpus / FRAMEWORK)
    assert lint("rename", "T0146", "T0147", "--write", cwd=corpus).status == 0
    cells = load_workbook(corpus / FRAMEWORK)["FRAMEWORK_ADMIN CODES"]
    assert [cells["B2"].value, cells["B3"].value] == ["T0148", "TA16"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("T0146", "T0115"), "T0115 is in use: it is “Post Content”"),
        (
            ("T0146", "T0002"),
            "T0002 is retired (the configuration says so), and must not be used again",
        ),
        (("T0146", "T0146"), "T0146 is the id of “Account Asset” already"),
        (
            ("T0146", "T146"),
            "“T146” is no technique id; one looks like T0000 or T0000.000",
        ),
        (
            ("T0146", "TA01"),
            "“TA01” is no technique id; one looks like T0000 or T0000.000",
        ),
        (
            ("T0146", "t0147"),
            "“t0147” is no technique id; one looks like T0000 or T0000.000",
        ),
        (("T0146.001", "T0115.001"), "T0146.001 belongs to T0146; its id must begin with that"),
        (("T0115", "T0146.002"), "T0115 belongs to no other; its id must not have a second part"),
        (
            ("T0001", "T0003"),
            "T0001 is retired (the configuration says so); it is T0146 “Account Asset” now",
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


def test_a_page_that_is_in_the_way_is_named(corpus: Path) -> None:
    write_files(corpus, {f"{PAGES}/techniques/T0147.md": "Notes.\n"})
    done = lint("rename", "T0146", "T0147", "--write", cwd=corpus)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"disarm-lint: “{PAGES}/techniques/T0147.md” is in the way; delete it, if it is a "
        "leftover\n"
    )


IDS = {"T0019": "T0901", "T0019.001": "T0901.001"}
BACK = {new: old for old, new in IDS.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "retired:\n  T0019: T0901\n  T0019.001: T0901.001\n"),
        ("a: 1 # T0019\n", "a: 1 # T0019\nretired:\n  T0019: T0901\n  T0019.001: T0901.001\n"),
        (
            "retired: {T0001: T0019} # why\na: 1\n",
            "retired: {T0001: T0901, T0019: T0901, T0019.001: T0901.001} # why\na: 1\n",
        ),
        (
            "retired:\r\n    T0001: T0002\r\n# end\r\n",
            "retired:\r\n    T0001: T0002\r\n    T0019: T0901\r\n    T0019.001: T0901.001\r\n"
            "# end\r\n",
        ),
        (
            '{"ignore": ["S112"]}\n',
            '{"ignore": ["S112"], retired: {T0019: T0901, T0019.001: T0901.001}}\n',
        ),
    ],
)
def test_a_configuration_keeps_its_lines_and_comments(text: str, expected: str) -> None:
    recorded = record_retired(text, IDS, IdTokens(IDS).replace)
    assert recorded == expected
    back = record_retired(recorded, BACK, IdTokens(BACK).replace)
    # What stands in braces on one line has its comment in the old column.
    assert re.sub(" +#", " #", back) == text


ids = st.from_regex(r"T000[0-4](\.00[1-3])?", fullmatch=True)
words = st.text(st.sampled_from("ab é#:'\"{}[]-,"), max_size=8)


@settings(deadline=None)
@given(st.dictionaries(ids, ids, max_size=4), st.dictionaries(words, words, max_size=3))
def test_any_configuration_says_the_same_and_more(
    retired: dict[str, str], glossary: dict[str, str]
) -> None:
    data = {"glossary": glossary, "retired": retired, "ignore": ["S112"]}
    stream = io.StringIO()
    YAML().dump(data, stream)
    for text in (json.dumps(data, ensure_ascii=False), stream.getvalue()):
        recorded = record_retired(text, IDS, IdTokens(IDS).replace)
        found = YAML(typ="safe").load(recorded)
        assert found["retired"] == {**retired, **IDS}
        assert (found["glossary"], found["ignore"]) == (glossary, ["S112"])


PARTS = ("T0019", "T0019.001", "T0019.002", "T00190", "x", " ", "/", ".md")


@given(st.lists(st.sampled_from(PARTS)))
def test_ids_are_replaced_and_put_back(parts: list[str]) -> None:
    text = "".join(parts)
    done = IdTokens(IDS).replace(text)
    assert IdTokens(BACK).replace(done) == text
    assert not any(own for *_, own in IdTokens(IDS).find(done))
