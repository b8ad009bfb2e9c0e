"""Ids in running text: the well-formed ones, and those that only nearly are."""

from __future__ import annotations

import pytest

from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.model.document import EvidenceNeeded
from disarm_lint.parse.mentions import RawMention, build_id_finder


def find(text: str, profile: str = "disarm-1") -> tuple[RawMention, ...]:
    return build_id_finder(load_builtin_profile(profile)).find(text)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("T0049", ["T0049"]),
        ("(T0049.001: Trolls Amplify and Manipulate)", ["T0049.001"]),
        ("T0049, T0050; T0051/T0052", ["T0049", "T0050", "T0051", "T0052"]),
        (
            "TA06, P02, I00096, C00071, M005, A002",
            ["TA06", "P02", "I00096", "C00071", "M005", "A002"],
        ),
        ("TK0006 F00012 D02 S001 R002 FW01", ["TK0006", "F00012", "D02", "S001", "R002", "FW01"]),
        ("T0049. The", ["T0049"]),
        ("T0049: 30 of", ["T0049"]),
        ("T0012 .5 percent", ["T0012"]),
        ("3/T0049", ["T0049"]),
        ("T1078.001", ["T1078.001"]),
    ],
)
def test_well_formed(text: str, ids: list[str]) -> None:
    found = find(text)
    assert [text[mention.start : mention.end] for mention in found] == ids
    assert [mention.target for mention in found] == ids
    assert not any(mention.malformation for mention in found)


@pytest.mark.parametrize(
    ("written", "target", "flaw"),
    [
        ("T0097:109", "T0097.109", "it has `:` instead of a full stop"),
        ("T0097_109", "T0097.109", "it has `_` instead of a full stop"),
        ("T0097-109", "T0097.109", "it has `-` instead of a full stop"),
        ("T0097..109", "T0097.109", "it has `..` instead of a full stop"),
        ("T0143 .002", "T0143.002", "there is a space in it"),
        ("T0143\u00a0.002", "T0143.002", "there is a space in it"),
        ("T00145.006", "T0145.006", "it has 5 digits instead of 4"),
        ("T143.002", "T0143.002", "it has 3 digits instead of 4"),
        ("T0097.10", "T0097.10", "its last part has 2 digits instead of 3"),
        ("T0097.1090", "T0097.1090", "its last part has 4 digits instead of 3"),
        ("TO097", "T0097", "it has the letter O instead of a zero"),
        ("T0O97", "T0097", "it has the letter O instead of a zero"),
        ("T0097.1O9", "T0097.109", "it has the letter O instead of a zero"),
        ("t0146", "T0146", "its letters belong in capitals"),
        ("I0096", "I00096", "it has 4 digits instead of 5"),
        ("C000071", "C00071", "it has 6 digits instead of 5"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "({}: Some Name)", "see {}, and", "😀 {}"])
def test_malformed(written: str, target: str, flaw: str, around: str) -> None:
    text = around.format(written)
    (mention,) = find(text)
    assert text[mention.start : mention.end] == written
    assert (mention.target, mention.malformation) == (target, flaw)


@pytest.mark.parametrize(
    ("written", "proof", "otherwise"),
    [
        # A name behind a colon or a count may follow a right id.
        ("T0097:109", EvidenceNeeded.KNOWN, "T0097"),
        ("T0097-109", EvidenceNeeded.KNOWN, "T0097"),
        ("T0143 .002", EvidenceNeeded.KNOWN, "T0143"),
        # `T143.002` can hardly be anything else; `T097` may be the name of a tank.
        ("T143.002", EvidenceNeeded.NONE, None),
        ("T00145.006", EvidenceNeeded.NONE, None),
        ("T097", EvidenceNeeded.NAMED, None),
        ("TA006", EvidenceNeeded.NAMED, None),
        ("T49", EvidenceNeeded.NAMED, None),
        ("P2", EvidenceNeeded.NAMED, None),
        ("TA6", EvidenceNeeded.NAMED, None),
        ("Ta06", EvidenceNeeded.NAMED, None),
        ("T0097 109", EvidenceNeeded.NAMED, "T0097"),
        ("T0097. 109", EvidenceNeeded.NAMED, "T0097"),
        ("T0097,109", EvidenceNeeded.NAMED, "T0097"),
        ("TO097", EvidenceNeeded.KNOWN, None),
        ("I0096", EvidenceNeeded.KNOWN, None),
    ],
)
def test_proof_that_a_malformed_id_needs(
    written: str, proof: EvidenceNeeded, otherwise: str | None
) -> None:
    (mention,) = find(written)
    assert mention.evidence_needed is proof
    assert (mention.fallback.target if mention.fallback else None) == otherwise


@pytest.mark.parametrize(
    "text",
    [
        "T0049,000 people",
        "XT0049",
        "T0049x",
        "T0049_x",
        "https://example.org/T0049",
        "techniques/T0049",
        "T0049.md",
        "T0049.html",
        r"C:\T0049",
        "id=T0049",
        "mail@T0049",
        "T 0049",
        "TO",
        "TOOO",
        "T",
        "",
    ],
)
def test_no_id(text: str) -> None:
    assert find(text) == ()


def test_two_kinds_that_share_a_letter() -> None:
    text = "A0001.001, A0001 and the actor A001"
    found = find(text, "disarm-2")
    assert [(mention.target, mention.malformation) for mention in found] == [
        ("A0001.001", None),
        ("A0001", None),
        ("A001", None),
    ]
