"""Names: when two are the same, how two differ, how much they resemble."""

from __future__ import annotations

import pytest

from disarm_lint.corpus.names import (
    americanise,
    describe_difference,
    is_same_name,
    name_pattern,
    score_resemblance,
    simplify_name,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't Panic", "Don’t Panic"),
        ("“Quoted”", '"Quoted"'),
        ("AI-Generated", "AI\u2011Generated"),
        ("Hack & Leak", "Hack &amp; Leak"),
        ("Two  Spaces", "Two\u00a0Spaces"),
        (r"A \| B", "A | B"),
    ],
)
def test_same_to_a_reader(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert simplify_name(one) == simplify_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Fake News", "Fake news"), ("AI-Generated", "AI Generated"), ("Bot", "Bots"), ("A", "")],
)
def test_not_the_same(one: str, other: str) -> None:
    assert not is_same_name(one, other)


@pytest.mark.parametrize(
    ("written", "name", "how"),
    [
        ("fake experts", "Fake Experts", "letter case differs"),
        ("AI Generated Text", "AI-Generated Text", "punctuation differs"),
        ("Hash tag", "Hashtag", "words are joined or split differently"),
        ("Create Hashtag", "Create Hashtags", "singular and plural differ"),
        ("Organise Rallies", "Organize Rallies", "spelling variant differs"),
        ("Utilise Behaviour", "Utilize Behavior", "spelling variant differs"),
        ("Staged Rally", "Organise Staged Rally", "missing: Organise"),
        ("Create Fake Experts", "Fake Experts", "extra: Create"),
        ("Content Bocking", "Content Blocking", "has “Bocking” instead of “Blocking”"),
        ("Images and Text", "Text and Images", "the order of the words differs"),
        ("Something Else Entirely", "Fake Experts", "the wording differs"),
    ],
)
def test_difference(written: str, name: str, how: str) -> None:
    assert describe_difference(written, name) == how


@pytest.mark.parametrize(
    ("british", "us"),
    [
        ("organise", "organize"),
        ("analysed", "analyzed"),
        ("behaviour", "behavior"),
        ("centre", "center"),
        ("labelled", "labeled"),
        ("defence", "defense"),
        ("programme", "program"),
    ],
)
def test_spelling_variants(british: str, us: str) -> None:
    assert americanise(british) == americanise(us)


def test_resemblance_is_of_letters_or_of_words() -> None:
    assert score_resemblance("Fake Experts", "Fake Experts") == 1
    assert score_resemblance("Content Bocking", "Content Blocking") > 0.9
    assert score_resemblance("AI Generated Audio", "Develop AI-Generated Audio (Deepfakes)") > 0.6
    assert score_resemblance("the harbour at night", "Fake Experts") < 0.4


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Hack & Leak", "Hack &amp; Leak"),
        ("Don't Panic", "Don’t\u00a0 Panic"),
        ("AI-Generated", "AI\u2011Generated"),
        ("A (B/C), D", r"A \(B/C), D"),
        ("C++ [x]", "C++ [x]"),
    ],
)
def test_pattern_of_a_name(name: str, text: str) -> None:
    match = name_pattern(name).match(text + ", and more")
    assert match is not None
    assert match[0] == text


def test_pattern_ends_at_a_word_boundary() -> None:
    assert name_pattern("Post Content").match("Post Contents") is None
    assert name_pattern("Post Content").match("Post Content.") is not None
    assert name_pattern("Post (Content)").match("Post (Content)s") is not None
