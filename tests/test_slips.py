"""Ids that no longer look like ids: the exact name behind them tells which were meant."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.model.finding import Finding
from disarm_lint.model.ids import describe_slip
from disarm_lint.project import lint_contents
from support import mini

R202 = [loaded for loaded in mini.rules() if loaded.rule.code == "R202"]
PAGE = "generated_pages/incidents/I00001.md"
NAMES = {"T0146.001": "Free Account Asset", "T0146": "Account Asset"}


def found(text: str) -> list[Finding]:
    """Return what R202 says of a summary with this text in it."""
    files = mini.corpus()
    files[PAGE] = files[PAGE].replace("What happened.", f"What happened. {text} And more.")
    return list(lint_contents(files, R202).outcome.findings)


@pytest.mark.parametrize(
    ("written", "flaw"),
    [
        ("T0146001", "the full stop between its parts is missing"),
        ("TT0146.001", "the T at its beginning appears twice"),
        ("0146.001", "the T at its beginning is missing"),
        ("T 0146.001", "there is a space in it"),
        ("T01 46.001", "there is a space in it"),
        ("T-0146.001", "there is `-` in it"),
        ("T0146/001", "it has `/` instead of a full stop"),
        ("T0146.001.002", "it has a part too many"),
        ("T0l46.001", "it has the letter l instead of a one"),
        ("T014６.001", "“６” is a digit of another script (Fullwidth)"),
        ("Т0146.001", "“Т” is a letter of another script (Cyrillic)"),
        ("Τ0146.001", "“Τ” is a letter of another script (Greek)"),
        ("TA0146.001", "a character is too many"),
        ("I0146.001", "two of its characters are swapped, or one is wrong"),
        # What has the form of an id with a slip is told by that.
        ("T0146_001", "it has `_` instead of a full stop"),
        ("TO146.001", "it has the letter O instead of a zero"),
        ("t0146.001", "its letters belong in capitals"),
        ("T0146.01", "its last part has 2 digits instead of 3"),
    ],
)
@pytest.mark.parametrize("form", ["({}: {})", "{}: {} is seen.", "[{} {}](a.md)", "See {} {}."])
def test_a_garbled_id(written: str, flaw: str, form: str) -> None:
    (finding,) = found(form.format(written, "Free Account Asset"))
    assert finding.message == f"malformed id: {flaw}; write T0146.001"
    assert finding.suggestion == "T0146.001"
    assert finding.text is not None
    assert finding.text.raw == written


@pytest.mark.parametrize(
    "text",
    [
        "attack.t0146 is a tag.",
        'misp-galaxy:disarm="t0146" is a tag.',
        # Another name, a part of one, no name.
        "(0146: Account Assets and more)",
        "(TT0146: Account)",
        "T 0146 was there.",
        "In 2016 Russia sent 146 Account Asset managers.",
        "In 0146 Assets were sold.",
        # Another id that is no slip of it.
        "(T9999999: Account Asset)",
        "(0999: Account Asset)",
    ],
)
def test_what_is_no_garbled_id(text: str) -> None:
    assert found(text) == []


def test_a_row_with_a_garbled_id_is_still_that_entitys() -> None:
    files = mini.corpus()
    label = "[T0146 "
    assert label in files[PAGE]
    files[PAGE] = files[PAGE].replace(label, "[TT0146 ")
    assert [line for line in mini.told(files) if line.startswith(("R205", "R201", "C605"))] == []
    assert [line for line in mini.told(files) if line.startswith("R202")] != []


@pytest.mark.parametrize(
    ("written", "head", "advice"),
    [
        ("[T0146Account Asset](T0146.md)", "T0146", "T0146 "),
        ("[T0146.001Free Account Asset](T0146.001.md)", "T0146.001", "T0146.001 "),
        ('<a href="T0146.001.md">T0146.001Free Acount Asset</a>', "T0146.001", "T0146.001 "),
        ("[T0146.001.002 Post Contents](T0146.001.md)", "T0146.001.002", None),
    ],
)
def test_what_follows_an_id_at_once_begins_no_name(
    written: str, head: str, advice: str | None
) -> None:
    """The part of an id that was cut off went with the name, and so into its correction."""
    files = mini.corpus()
    sound = "[T0146 Account Asset](../../generated_pages/techniques/T0146.md)"
    assert sound in files[PAGE]
    files[PAGE] = files[PAGE].replace(sound, written)
    findings = [f for f in mini.findings(files) if f.rule in ("R202", "N401", "N402", "L302")]
    assert [(f.rule, f.wrong, f.suggestion) for f in findings] == [("R202", head, advice)]
    if advice is not None:
        assert findings[0].message == f"there is no space between {head} and the name behind it"


DIGITS = string.digits


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """Return an id of the corpus and a slip of one finger in it."""
    entity_id = draw(st.sampled_from(sorted(NAMES)))
    position = draw(st.integers(1, len(entity_id) - 1))
    kind = draw(st.sampled_from(["lost", "doubled", "swapped", "space"]))
    if kind == "lost":
        return entity_id, entity_id[:position] + entity_id[position + 1 :]
    if kind == "doubled":
        return entity_id, entity_id[:position] + entity_id[position - 1] + entity_id[position:]
    if kind == "space":
        return entity_id, f"{entity_id[:position]} {entity_id[position:]}"
    swapped = list(entity_id)
    swapped[position - 1], swapped[position] = swapped[position], swapped[position - 1]
    return entity_id, "".join(swapped)


@settings(max_examples=150, deadline=None)
@given(slips())
def test_no_slip_leads_to_another_id(case: tuple[str, str]) -> None:
    entity_id, written = case
    for finding in found(f"({written}: {NAMES[entity_id]})"):
        assert finding.suggestion in (entity_id, None)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=14), st.sampled_from(sorted(NAMES)))
def test_any_text_may_be_compared(written: str, entity_id: str) -> None:
    flaw = describe_slip(written, entity_id)
    assert flaw is None or flaw


def test_an_id_is_no_slip_of_itself() -> None:
    assert describe_slip("T0146", "T0146") is None
