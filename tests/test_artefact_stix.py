"""The STIX bundle against the pages, and against the workbooks of the published release."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from disarm_lint.model.config import Config
from disarm_lint.model.text import PageSource
from disarm_lint.parse.artefacts import read_bundle
from disarm_lint.project import lint, lint_contents, read_corpus
from disarm_lint.sources.filesystem import DiskTree
from disarm_rules._stix.consistency import check_chains
from disarm_rules._stix.objects import NamedObject
from support import mini, mini_master
from support.artefacts import ATTACK, STIX, bundle, findings, item, told
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Callable

    from disarm_lint.model.finding import Finding


Objects = list[dict[str, Any]]


def broken(breaking: Callable[[Objects], object]) -> list[tuple[str | None, str, str]]:
    """Return pointer, subject and message of what is found once a sound bundle was broken."""
    content = bundle()
    breaking(content["objects"])
    return [(f.pointer, f.subject, f.message) for f in findings({STIX: content})]


def test_a_right_bundle() -> None:
    assert told({STIX: bundle()}) == []
    assert told({STIX: json.dumps(bundle(), ensure_ascii=False)}) == []


def matrix(*tactics: str) -> dict[str, Any]:
    refs = [f"x-mitre-tactic--{tactic}" for tactic in tactics]
    return item("x-mitre-matrix", "DISARM", "DISARM Framework", "All of it.", tactic_refs=refs)


T0146 = "T0146 “Account Asset”"
TA15 = "TA15 “Establish Assets”"
CASES: list[tuple[Callable[[Objects], object], str, str, str]] = [
    (lambda o: o.pop(2), "/objects", "T0115", "T0115 “Post Content” is missing"),
    (lambda o: o.pop(3), "/objects", "T0146", f"{T0146} is missing"),
    (lambda o: o.pop(1), "/objects", "TA15", f"{TA15} is missing"),
    (
        lambda o: o.append(item("attack-pattern", "T0999", "Nothing", "")),
        "/objects/6/external_references/0/external_id",
        "T0999",
        "T0999 does not exist",
    ),
    (
        lambda o: o[3]["external_references"][0].update(external_id="T0147"),
        "/objects/3/external_references/0/external_id",
        "T0147",
        "T0147 does not exist; “Account Asset” is T0146",
    ),
    (
        lambda o: o.append({**o[3], "id": "attack-pattern--2"}),
        "/objects/6/external_references/0/external_id",
        "T0146",
        f"a second object describes {T0146}",
    ),
    (
        lambda o: o[3].update(revoked=True),
        "/objects/3/revoked",
        "T0146",
        f"{T0146} is revoked here, but exists",
    ),
    (
        lambda o: o[3].update(x_mitre_deprecated=True),
        "/objects/3/x_mitre_deprecated",
        "T0146",
        f"{T0146} is deprecated here, but exists",
    ),
    (
        lambda o: o[3].update(name="Account Assets\x1b[31m"),
        "/objects/3/name",
        "T0146",
        "T0146 is called “Account Asset”; this says “Account Assets<U+001B>[31m”",
    ),
    (
        lambda o: o[3].pop("name"),
        "/objects/3/external_references/0/external_id",
        "T0146",
        "T0146 has no name; it is called “Account Asset”",
    ),
    (
        lambda o: o[3]["external_references"][0].update(url="https://x/techniques/T0115.md"),
        "/objects/3/external_references/0/url",
        "T0146",
        f"the URL of {T0146} leads to the page of T0115",
    ),
    (
        lambda o: o[3]["kill_chain_phases"][0].update(phase_name="deliver-content"),
        "/objects/3/kill_chain_phases/0/phase_name",
        "T0146",
        f"{T0146} is under TA09 “Deliver Content”; its tactic is {TA15}",
    ),
    (
        lambda o: o[3].pop("kill_chain_phases"),
        "/objects/3/external_references/0/external_id",
        "T0146",
        f"{T0146} is under no phase of the kill chain",
    ),
    (
        lambda o: o[1].update(x_mitre_shortname="assets"),
        "/objects/3/kill_chain_phases/0/phase_name",
        "T0146",
        "no tactic has the short name “establish-assets”, which 2 objects name",
    ),
    (
        lambda o: o[5].update(target_ref="attack-pattern--T0115"),
        "/objects/5/target_ref",
        "T0146.001",
        f"T0146.001 “Free Account Asset” is a sub-technique of T0115 here; it belongs to {T0146}",
    ),
    (
        lambda o: o[5].update(target_ref="attack-pattern--9"),
        "/objects/5/target_ref",
        "attack-pattern--9",
        "no object has the id attack-pattern--9",
    ),
    (
        lambda o: o[4].update(x_mitre_is_subtechnique=False),
        "/objects/4/x_mitre_is_subtechnique",
        "T0146.001",
        "T0146.001 “Free Account Asset” is a sub-technique; this says it is not",
    ),
    (
        lambda o: o.append(matrix("TA15")),
        "/objects/6/tactic_refs",
        "TA09",
        "this matrix has no column for TA09 “Deliver Content”: platforms show neither it nor its "
        "techniques",
    ),
    (
        lambda o: o.append(matrix()),
        "/objects/6/tactic_refs",
        "matrix",
        "this matrix has none of the 2 tactics: platforms show nothing",
    ),
    (
        lambda o: o.append(matrix("TA09", "TA15", "TA09")),
        "/objects/6/tactic_refs/2",
        "TA09",
        "TA09 “Deliver Content” stands in this matrix before",
    ),
    (
        lambda o: o.append(matrix("TA09", "TA15", "TA16")),
        "/objects/6/tactic_refs/2",
        "x-mitre-tactic--TA16",
        "no object has the id x-mitre-tactic--TA16",
    ),
    (
        lambda o: o.append({**matrix("TA09", "TA15"), "tactic_refs": ["x-mitre-tactic--TA09", 5]}),
        "/objects/6/tactic_refs/1",
        STIX,
        "a string belongs here",
    ),
    (
        lambda o: o[3].update(external_references="T0146"),
        "/objects/3/external_references",
        STIX,
        "an array belongs here for “external_references”",
    ),
]


@pytest.mark.parametrize(("breaking", "pointer", "subject", "message"), CASES)
def test_what_a_bundle_says_otherwise(
    breaking: Callable[[Objects], object], pointer: str, subject: str, message: str
) -> None:
    assert broken(breaking) == [(pointer, subject, message)]


@pytest.mark.parametrize(
    "harmless",
    [
        lambda o: o[3].update(description="What  Account<br><br>Asset\nis. "),
        lambda o: o.append(item("attack-pattern", "T0999", "Old", "", revoked=True)),
        lambda o: o.append({**o[3], "id": "attack-pattern--2", "revoked": True}),
        lambda o: o[3]["external_references"].insert(
            0, {"source_name": "mitre-attack", "external_id": "T1078", "url": ATTACK}
        ),
        lambda o: o.append({"type": "identity", "id": "identity--1", "name": "DISARM"}),
        lambda o: o.append(matrix("TA09", "TA15")),
        lambda o: o.extend([matrix("TA09"), {**matrix("TA15"), "id": "x-mitre-matrix--2"}]),
    ],
)
def test_what_is_no_difference(harmless: Callable[[Objects], object]) -> None:
    assert broken(harmless) == []


@pytest.mark.parametrize(
    ("description", "words", "message"),
    [
        (
            "What \\u00e9\\ud83d\\ude00 Asset is.",
            "\\u00e9\\ud83d\\ude00",
            "this says “é😀”, its summary “Account”",
        ),
        ("What Account Asset really is.", "really", "its summary does not say “really”"),
        ("What Asset is.", "Asset", "“Account” is missing, which its summary says"),
        ("", '""', "this says nothing, its summary “What Account Asset is.”"),
    ],
)
def test_where_a_description_differs(description: str, words: str, message: str) -> None:
    text = json.dumps(bundle(), indent=1).replace("What Account Asset is.", description)
    (found,) = findings({STIX: text})
    span = found.location.span
    assert span is not None
    line = text.split("\n")[span.line - 1]
    assert line[span.column - 1 : span.end_column - 1] == words
    assert found.pointer == "/objects/3/description"
    assert found.message == f"{T0146} has another description: {message}"


WHOLE = "this bundle was not compared: "
JSON = f"{WHOLE}it is not JSON: "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"1:1 {JSON}it is empty"),
        ("[" * 100_000, f"1:101 {JSON}it nests more than 100 levels deep"),
        ('{"type":\n "bundle", "objects": [NaN]}', f"2:24 {JSON}it has NaN"),
        ("[]", f"1:1 {WHOLE}an object belongs here"),
        ('{"type": "bundle", "objects": {}}', f"1:31 {WHOLE}an array belongs here"),
        ('{"type": "bundle"}', "1:1 this bundle holds no objects"),
        (
            json.dumps({"type": "bundle", "objects": [[]] * 100_000}),
            "1:32 an object belongs here (and at 99999 more places)",
        ),
        (
            json.dumps({"type": "bundle", "objects": [0] * 200_001}),
            f"1:31 {WHOLE}it has more than 200,000 objects",
        ),
        (
            b'{"type": "bundle",\n"objects": "\xff"}',
            f"2:13 {WHOLE}it is not UTF-8: it holds the byte 0xFF",
        ),
    ],
    ids=range(9),
)
def test_a_bundle_that_cannot_be_read(text: str | bytes, expected: str) -> None:
    assert told({STIX: text}) == [expected]


def test_a_name_that_the_config_accepts() -> None:
    files: dict[str, str] = dict(mini.corpus())
    files[STIX] = json.dumps(bundle()).replace('"Account Asset"', '"An Account"')
    chosen = [loaded for loaded in mini.rules() if loaded.rule.code == "A802"]
    aliased = Config(aliases={"T0146": ("An Account",)})
    assert lint_contents(files, chosen, config=aliased).outcome.findings == ()
    (found,) = lint_contents(files, chosen).outcome.findings
    assert found.message == "T0146 is called “Account Asset”; this says “An Account”"


def test_many_objects_and_lone_surrogates() -> None:
    content = bundle()
    content["objects"] += [{"type": "tool", "id": f"tool--{number}"} for number in range(100_000)]
    content["objects"][3]["name"] = "\ud800"
    assert [message for _, message in (line.split(" ", 1) for line in told({STIX: content}))] == [
        "T0146 is called “Account Asset”; this says “<U+D800>”"
    ]


def test_a_bundle_of_another_release_is_one_finding() -> None:
    content = bundle()
    content["objects"] += [
        item("attack-pattern", f"T1{number:03}", "Other", "Other.") for number in range(50)
    ]
    assert told({STIX: content}) == [
        "3:2 50 differences on 55 objects: it is probably from another release"
    ]


@lru_cache(maxsize=1)
def of_the_published_release() -> tuple[Finding, ...]:
    chosen = [loaded for loaded in mini.rules() if loaded.rule.code.startswith("A80")]
    return lint(
        read_corpus(DiskTree(CORPORA / "disarm-1.6"), Config()), chosen, Config()
    ).outcome.findings


@pytest.mark.corpus
def test_the_published_release_has_stale_descriptions_and_two_names_of_its_source() -> None:
    from python_calamine import CalamineWorkbook

    workbook = CORPORA / "disarm-1.6/DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx"
    rows = CalamineWorkbook.from_path(workbook).get_sheet_by_name("techniques").to_python()
    summaries = {row[0]: str(row[rows[0].index("summary")]) for row in rows[1:]}
    objects = json.loads((CORPORA / "disarm-1.6" / STIX).read_text("utf-8"))["objects"]
    stale = {
        f"/objects/{number}/description"
        for number, one in enumerate(objects)
        for reference in one.get("external_references", [])
        if reference["external_id"] in summaries
        and one["description"].split() != summaries[reference["external_id"]].split()
    }
    found = {(f.rule, f.pointer): f for f in of_the_published_release()}
    named = found.pop(("A802", "/objects/16/external_references/0/source_name"))
    counts = Counter(
        reference["source_name"]
        for one in objects
        for reference in one.get("external_references", [])
    )
    assert counts == {"mitre-attack": 391, "DISARM": 17}
    # The matrix itself is no entity.
    assert "“mitre-attack”, as those of 391 objects are; the ids of 16 others" in named.message
    assert len(stale) == 26
    assert set(found) == {("A802", pointer) for pointer in stale}
    assert all(
        "has another description: its summary does not say" in f.message for f in found.values()
    )


def test_two_objects_with_one_id() -> None:
    (found,) = broken(
        lambda o: o.append({"type": "identity", "id": o[3]["id"], "name": "Somebody"})
    )
    assert found[0] == "/objects/6/id"
    assert found[2].endswith("too: platforms keep one of them")


def test_an_object_that_was_copied_whole_is_one_finding() -> None:
    (found,) = broken(lambda o: o.append(dict(o[3])))
    assert (found[0] or "").startswith("/objects/6")
    assert "second" in found[2]


def test_a_succession_that_leads_nowhere() -> None:
    def add(objects: Objects) -> None:
        objects.append(
            {
                "type": "relationship",
                "id": "relationship--9",
                "relationship_type": "revoked-by",
                "source_ref": objects[3]["id"],
                "target_ref": "attack-pattern--gone",
            }
        )

    assert broken(add) == [
        (
            "/objects/6/target_ref",
            "attack-pattern--gone",
            "no object has the id attack-pattern--gone",
        )
    ]


def test_a_technique_in_another_kill_chain() -> None:
    def phase(chain: str) -> list[dict[str, str]]:
        return [{"kill_chain_name": chain, "phase_name": "establish-assets"}]

    objects = [
        {
            "type": "attack-pattern",
            "id": f"attack-pattern--{number}",
            "external_references": [{"source_name": "DISARM", "external_id": f"T{number:04}"}],
            "kill_chain_phases": phase("other" if number == 10 else "usual"),
        }
        for number in range(1, 11)
    ]
    source = PageSource(STIX, json.dumps({"type": "bundle", "objects": objects}))
    read, _ = read_bundle(source)
    assert read is not None
    named = [NamedObject(one, one.references[0]) for one in read.objects]
    (found,) = check_chains(read, named)
    assert found.path == ("objects", 9, "kill_chain_phases", 0, "kill_chain_name")
    assert found.message == ("T0010 is in the kill chain “other”; the other objects are in “usual”")


def test_a_source_name_that_others_do_not_have_is_told_once() -> None:
    def rename(objects: Objects) -> None:
        for one in objects[2:5]:
            one["external_references"][0]["source_name"] = "mitre-attack"

    assert broken(rename) == [
        (
            "/objects/2/external_references/0/source_name",
            "T0115",
            "the id of T0115 is under the source_name “mitre-attack”, as those of 3 objects "
            "are; the ids of 2 others are under “DISARM”. A program that looks for one name does "
            "not see the ids under the other, and “mitre-attack” is the name of another framework",
        )
    ]


@pytest.mark.parametrize(
    "sources",
    [
        ["mitre-attack"] * 5,
        ["DISARM", "DISARM", "DISARM", "DISARM", ("mitre-attack", "DISARM")],
    ],
)
def test_source_names_that_agree(sources: list[Any]) -> None:
    """One name for all is right, whichever it is; and so is an id under two names."""

    def rename(objects: Objects) -> None:
        for one, names in zip(objects[:5], sources, strict=True):
            (reference,) = one["external_references"]
            names = [names] if isinstance(names, str) else names
            one["external_references"] = [{**reference, "source_name": name} for name in names]

    assert broken(rename) == []


def test_a_source_without_a_name_stands_at_its_reference() -> None:
    ((pointer, subject, message),) = broken(
        lambda o: o[3]["external_references"][0].pop("source_name")
    )
    assert (pointer, subject) == ("/objects/3/external_references/0", "T0146")
    assert message == (
        "the id of T0146 is under the source_name nothing at all; the ids of 4 others are under "
        "“DISARM”. A program that looks for one name does not see the ids under the other"
    )


@pytest.mark.parametrize(
    ("order", "ranks", "expected"),
    [
        ("TA09 TA15", None, None),
        ("TA15 TA09", (2, 1), None),
        ("TA09 TA15", (2, 1), None),
        ("TA15 TA09", ("", 1), "(by row) that is TA09 “Deliver Content”"),
        ("TA15 TA09", (1, 2), "(by rank) that is TA09 “Deliver Content”"),
    ],
)
def test_the_columns_of_a_matrix_stand_in_the_order_of_rows_or_ranks(
    order: str, ranks: tuple[object, object] | None, expected: str | None
) -> None:
    sheets = mini_master.framework()
    if ranks is not None:
        sheets["tactics"][0].append("rank")
        for row, rank in zip(sheets["tactics"][1:], ranks, strict=True):
            row.append(rank)
    content = bundle()
    content["objects"].append(matrix(*order.split()))
    files = mini_master.files(sheets)
    files[STIX] = json.dumps(content).encode()
    found = [f.message for f in mini_master.findings(files) if f.rule == "A802"]
    start = "TA15 “Establish Assets” is column 1 of this matrix; in the order of the sheet tactics "
    assert found == ([] if expected is None else [start + expected])


def test_three_columns_out_of_order_name_the_first_by_rank() -> None:
    sheets = mini_master.framework()
    head, deliver, assets = sheets["tactics"]
    plan = ["TA01", "Plan Strategy", "P01", "To plan.", "TA01 - Plan Strategy"]
    ranked = [[*deliver, 3], [*assets, 2], [*plan, 1]]
    sheets["tactics"] = [[*head, "rank"], *ranked]
    content = bundle()
    content["objects"] += [
        item("x-mitre-tactic", "TA01", "Plan Strategy", "To plan.", x_mitre_shortname="plan"),
        matrix("TA01", "TA09", "TA15"),
    ]
    files = mini_master.files(sheets)
    files[STIX] = json.dumps(content).encode()
    (found,) = [f for f in mini_master.findings(files) if f.rule == "A802"]
    assert found.pointer == "/objects/7/tactic_refs/1"
    assert found.message == (
        "TA09 “Deliver Content” is column 2 of this matrix; in the order of the sheet tactics "
        "(by rank) that is TA15 “Establish Assets”"
    )


@pytest.mark.parametrize(
    ("breaking", "action"),
    [
        (lambda o: o.append({"type": "identity", "id": o[3]["id"]}), "it writes the same id again"),
        (lambda o: o.append({**o[3], "id": "attack-pattern--2"}), "it writes them twice"),
        (
            lambda o: o[3]["external_references"][0].update(source_name="X"),
            "one source_name for all kinds of objects",
        ),
        (lambda o: o.append(matrix("TA15")), "if the matrix stays as it is, correct the script"),
    ],
)
def test_what_the_script_does_wrong_is_not_cured_by_running_it_again(
    breaking: Callable[[Objects], object], action: str
) -> None:
    content = bundle()
    breaking(content["objects"])
    (found,) = findings({STIX: content})
    assert found.root is not None
    assert action in found.root.action
    assert not found.root.behind


def test_a_script_that_gives_all_objects_one_id_is_one_finding() -> None:
    content = bundle()
    content["objects"] += [{"type": "tool", "id": "tool--1"} for _ in range(50)]
    (found,) = findings({STIX: content})
    assert found.message == (
        "an earlier object has the id tool--1 too: platforms keep one of them "
        "(49 objects have the id of an earlier one)"
    )
