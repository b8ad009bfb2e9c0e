"""Names in bracketed lists of citations, which need not resemble the real one."""

from __future__ import annotations

import pytest

from disarm_lint.corpus.citations import NameIndex, find_listed_name

NAMES = NameIndex(
    {"T0146": "Login", "T0150": "Origin of Asset", "T0088": "Synthetic Voices (Deepfakes)"}, {}, {}
)


def written(text: str, entity_id: str) -> str | None:
    start = text.index(entity_id)
    found = NAMES.read(text, start + len(entity_id), entity_id, id_start=start)
    return text[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("They posted (T0146: Account Asset).", "Account Asset"),
        ("(T0146: Account Asset, T0150: Origin of Asset)", "Account Asset"),
        ("(T0150: Origin of Asset, T0146: Account Asset)", "Account Asset"),
        ("(T0150: Origin of Asset; T0146: Account Asset, Used Twice; T0088: X)",
         "Account Asset, Used Twice"),
        ("(T0150: Origin of Asset and T0146: Account Asset)", "Account Asset"),
        ("(T0088: Old (Deepfakes), T0146: Account in the Dark)", "Account in the Dark"),
    ],
)  # fmt: skip
def test_old_name_in_a_list(text: str, name: str) -> None:
    assert written(text, "T0146") == name


@pytest.mark.parametrize(
    "text",
    [
        "T0146: Account Asset was used.",
        "(see T0146: Account Asset)",
        "(T0146: they made accounts)",
        "(T0146: Russia. It made accounts)",
        "(T0146: Account Asset",
        "(T0146: Account <i>Asset</i>)",
        "(in 2016, T0146: Account Asset)",
        "(T0146)",
    ],
)
def test_prose_stays_prose(text: str) -> None:
    assert written(text, "T0146") is None


def test_unknown_ids_need_a_known_name() -> None:
    assert written("(T0999: Account Asset)", "T0999") is None


def test_the_reach_is_bounded() -> None:
    text = "(" + "x" * 100_000 + "T0146: Account Asset)"
    start = text.index("T0146")
    assert find_listed_name(text, start, start + 7) is None
