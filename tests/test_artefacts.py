"""Published artefacts: which files are read, and what id lists and grids are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_lint.model.config import Config
from disarm_lint.parse.artefacts import ArtefactKind, read_artefacts
from disarm_lint.project import read_corpus
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from support import mini
from support.artefacts import RED, RED_TEXT, STIX, bundle, findings, told
from support.mini import PAGES
from support.published import CORPORA

UUID = "f1a0f560-2d9e-4c5d-bf47-7e96e805de82"


def test_which_files_are_artefacts() -> None:
    files = {
        STIX: b'{"type": "bundle", "objects": []}',
        f"generated_files/DISARM_STIX/identity/identity--{UUID}.json": b"not read",
        f"generated_files/DISARM_STIX/tool/tool--{UUID}/20240101T000000Z.json": b"not read",
        RED: b"P01\nTA01\nT0001\n",
        "generated_files/list.csv": b"P01\nTA01\nT0001\n",
        "generated_files/names.csv": b"id,name\nT0001,Post\n",
        "generated_files/layer.json": b'{"domain": "disarm"}',
        "generated_files/readme.txt": b"nothing",
        "elsewhere/other_ids.csv": b"P01\nTA01\n",
    }
    found, unreadable = read_artefacts(MemoryTree(files), "generated_files")
    assert unreadable == ()
    assert [(a.path.rpartition("/")[2], str(a.kind), a.object_id) for a in found] == [
        ("DISARM.json", "stix-bundle", None),
        (f"identity--{UUID}.json", "stix-object", f"identity--{UUID}"),
        ("20240101T000000Z.json", "stix-object", f"tool--{UUID}"),
        ("layer.json", "other", None),
        ("list.csv", "id-list", None),
        ("names.csv", "other", None),
        ("red_framework_ids.csv", "id-list", None),
    ]


def test_what_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "generated_files"
    folder.mkdir()
    (folder / "a_ids.csv").write_text("P01\nTA01\n")
    (folder / "b_ids.csv").write_text("P01,P01,P01\nTA01\n")
    (folder / "c_ids.csv").write_bytes(b"\x89PNG" + bytes(20))
    tree = DiskTree(tmp_path)
    found, unreadable = read_artefacts(
        tree, "generated_files", excluded=lambda path: path.endswith("a_ids.csv"), limit=15
    )
    assert found == ()
    assert [(item.path, item.reason) for item in unreadable] == [
        ("generated_files/b_ids.csv", "it has 0 MB; the limit is 0 MB"),
        ("generated_files/c_ids.csv", "it has 0 MB; the limit is 0 MB"),
    ]
    binary = read_artefacts(tree, "generated_files")[1]
    assert [(item.path, item.reason) for item in binary] == [
        ("generated_files/c_ids.csv", "it is binary, not text")
    ]
    assert read_artefacts(tree, None) == ((), ())
    assert read_artefacts(tree, "absent") == ((), ())


QUOTED = "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in RED_TEXT.split("\n"))


@pytest.mark.parametrize(
    "text", [RED_TEXT, RED_TEXT.replace("\n", "\r\n"), f"\ufeff{RED_TEXT}", QUOTED]
)
def test_a_right_list(text: str) -> None:
    assert told({RED: text}) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "T0146\n",
            "\n",
            ["2:6 T0146 “Account Asset” is missing under TA15 “Establish Assets”"],
        ),
        (
            "T0115,T0146\n,",
            "T0115,\nT0146,",
            [
                "4:1 T0146 “Account Asset” is under TA09 “Deliver Content”; "
                "its tactic is TA15 “Establish Assets”"
            ],
        ),
        (",T0146.001\n", ',T0146.001\n,"T0999"\n', ["5:3 T0999 does not exist"]),
        (
            ",T0146.001\n",
            ",T0146.001\nT0115,\n",
            ["5:1 T0115 “Post Content” is listed twice under TA09 “Deliver Content”"],
        ),
        (",T0146.001\n", ",T0146.001\n,T01 46\n", ["5:2 “T01 46” is not an id"]),
        (
            ",T0146.001\n",
            ",T0146.001\n,I00001\n",
            ["5:2 I00001 “The First Case” is an incident; a technique belongs here"],
        ),
        (
            "P01,P01",
            "P01,P02",
            ["1:5 TA15 “Establish Assets” is under P02; its phase is P01 “Plan”"],
        ),
        (
            "P01,P01",
            "P01,",
            ["2:6 nothing is above TA15 “Establish Assets”; its phase is P01 “Plan”"],
        ),
        (
            "TA09,TA15",
            "TA09,TA06",
            ["2:6 TA06 is above the ids of TA15 “Establish Assets”"],
        ),
        (RED_TEXT, "P01\nTA15\nT0146\nT0146.001\n", ["2:1 TA09 “Deliver Content” has no column"]),
    ],
)
def test_what_a_list_says_otherwise(old: str, new: str, expected: list[str]) -> None:
    assert told({RED: RED_TEXT.replace(old, new)}) == expected


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "1:1", "an id list has a row of phases, one of tactics, and ids below"),
        ("P01,P01\n", "1:1", "an id list has a row of phases, one of tactics, and ids below"),
        ("P01;P01\nTA09;TA15\n", "1:4", "its cells are separated by “;”; commas belong there"),
        (RED_TEXT.replace("T0115", '"T0115'), "3:1", "this quoted cell has no closing quote"),
        (
            RED_TEXT.replace("T0115", '"T0115"x'),
            "3:7",
            "there is something between this closing quote and the next comma",
        ),
        (
            RED_TEXT.replace("T0115", "T0\x00115"),
            "3:3",
            "it has the control character U+0000",
        ),
        ("T0146," * 200_001, "1:1200001", "it has more than 200,000 cells"),
    ],
)
def test_a_list_that_cannot_be_read(text: str, where: str, reason: str) -> None:
    assert told({RED: text}) == [f"{where} this list was not compared: {reason}"]


def test_a_list_that_is_not_utf8() -> None:
    assert told({RED: b"P01\nTA\xff\n"}) == [
        "2:3 this list was not compared: it is not UTF-8: it holds the byte 0xFF"
    ]


def test_a_list_of_another_release_is_one_finding() -> None:
    rows = "".join(f"T1{number:03},\n" for number in range(50))
    assert told({RED: f"P01,P01\nTA09,TA15\n{rows}"}) == [
        "1:1 53 differences on 50 ids: it is probably from another release"
    ]


def test_an_endless_row_of_empty_cells() -> None:
    assert told({RED: RED_TEXT + "," * 10_000_000}) == []


def grid(*rows: tuple[str, ...]) -> str:
    lines = ["# DISARM Red framework: Latest Framework\n", '<table border="1">']
    for row in rows:
        links = (
            f'<a href="{cell.partition(" ")[0]}.md">{cell}</a>' if cell else " " for cell in row
        )
        cells = "".join(f"<td>{link}</td>\n" for link in links)
        lines.append(f"<tr>\n{cells}</tr>")
    return "\n".join([*lines, "</table>\n"])


def test_a_framework_grid() -> None:
    page = f"{PAGES}/disarm_red_framework.md"
    heads = ("TA09 Deliver Content", "TA15 Establish Assets")
    right = [("T0115 Post Content", "T0146 Account Asset")]
    assert told({page: grid(heads, *right, ("", "T0146.001 Free Account Asset"))}) == []
    moved = told({page: grid(heads, *right, ("T0146.001 Free Account Asset", ""))})
    assert moved == [
        "13:28 T0146.001 “Free Account Asset” is under TA09 “Deliver Content”; "
        "its tactic is TA15 “Establish Assets”"
    ]
    # An id that does not exist is R201's.
    assert (
        told({page: grid(heads, *right, ("T0999 Nothing", "T0146.001 Free Account Asset"))}) == []
    )


def test_equal_differences_of_list_and_grid_have_one_cause() -> None:
    page = f"{PAGES}/disarm_red_framework.md"
    shown = grid(("TA09 Deliver Content", "TA15 Establish Assets"), ("T0115 Post Content", ""))
    found = findings({page: shown, RED: "P01,P01\nTA09,TA15\nT0115,\n"})
    assert {f.subject for f in found} == {"T0146", "T0146.001"}
    assert len({f.cause for f in found}) == 2
    assert len({f.fingerprint for f in found}) == 4


def test_outside_a_corpus_nothing_is_compared() -> None:
    corpus = read_corpus(MemoryTree({RED: b"P01\nTA01\nT0001\n", STIX: b"{"}), Config())
    chosen = [loaded for loaded in mini.rules() if loaded.rule.code in ("A801", "A802")]
    assert [f for loaded in chosen if loaded.check for f in loaded.check(corpus, None)] == []


def leftovers(*names: str) -> list[str]:
    folder = "generated_files/DISARM_STIX/attack-pattern"
    singles = {f"{folder}/attack-pattern--{name}-{UUID[9:]}.json": "{}" for name in names}
    content = bundle()
    content["objects"][2]["id"] = f"attack-pattern--00000001-{UUID[9:]}"
    return told({STIX: json.dumps(content), **singles})


def test_files_of_single_objects() -> None:
    assert leftovers("00000001") == []
    assert leftovers("00000001", "00000002", "00000003") == [
        "1:1 DISARM.json does not hold this object; "
        "2 of the 3 files of single objects are left over"
    ]


@pytest.mark.corpus
def test_the_artefacts_of_the_published_release() -> None:
    found, unreadable = read_artefacts(DiskTree(CORPORA / "disarm-1.6"), "generated_files")
    assert unreadable == ()
    assert [(item.kind, item.problems) for item in found] == [
        (ArtefactKind.BUNDLE, ()),
        (ArtefactKind.ID_LIST, ()),
        (ArtefactKind.ID_LIST, ()),
    ]
