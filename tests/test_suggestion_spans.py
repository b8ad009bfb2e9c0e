"""A slip in a name of any signs is found, and its suggestion replaces the name and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.project import lint_contents
from support.mini import rules

PAGE = "generated_pages/techniques/T0001.md"
NOTES = "generated_pages/phases/P01.md"
MARKER = "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"
RULES = [loaded for loaded in rules() if loaded.rule.code in ("N401", "N402", "N403")]
WORDS = ("Boycott", "Cancel", "Opponents", "Harbour", "Content", "Málaga", "Deepfakes", "Label")
WRAPPED = ("{}", '"{}"', "“{}”", "‘{}’", "({})", "{}’s", "{}'s")
BETWEEN = (" ", " ", " ", "/", "-", " & ", ", ", " – ", " and ", " of ")
CONTEXTS = (
    "Some text ({id}: {name}) and more.",
    "Some text ({id}: {name}, T0002: Other Thing) and more.",
    "* an item with {id}: {name}",
    "See [{id} {name}](../techniques/T0001.md) there.",
    "| A | B |\n| - | - |\n| x | shown ({id}: {name}) |",
)


@st.composite
def names(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=4, unique=True))
    name = draw(st.sampled_from(WRAPPED)).format(words[0])
    for word in words[1:]:
        name += draw(st.sampled_from(BETWEEN)) + draw(st.sampled_from(WRAPPED)).format(word)
    return name


def lint(name: str, text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the notes of a page, and the suggestions on them with where they stand."""
    notes = f"# Phase P01: Plan\n\n* **Summary:** To plan.\n\n{MARKER}\n\n"
    files = {
        PAGE: f"# Technique T0001: {name}\n\n**Summary**: What it is.\n\n{MARKER}\n",
        PAGE.replace("T0001", "T0002"): (
            f"# Technique T0002: Other Thing\n\n**Summary**: What it is.\n\n{MARKER}\n"
        ),
        NOTES: f"{notes}{text}\n",
    }
    found = []
    for finding in lint_contents(files, RULES).outcome.findings:
        span = finding.location.span
        if finding.location.path == NOTES and span is not None:
            assert finding.suggestion is not None, finding.message
            lines = files[NOTES].split("\n")
            start = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
            end = start + span.end_column - span.column
            found.append((start - len(notes), end - len(notes), finding.suggestion))
    return f"{text}\n", found


@settings(max_examples=120, deadline=None)
@given(names(), st.sampled_from(CONTEXTS), st.data())
def test_a_slip_in_any_name(name: str, context: str, data: st.DataObject) -> None:
    inner = [
        n
        for n in range(1, len(name) - 1)
        if name[n - 1 : n + 2].isalpha() and name[n - 1 : n + 2].isascii()
    ]
    where = data.draw(st.sampled_from(inner))
    slip = name[:where] + name[where + 1 :]
    if slip == name:
        return
    text, found = lint(name, context.format(id="T0001", name=slip))
    assert len(found) == 1, (text, found)
    start, end, suggestion = found[0]
    fixed = text[:start] + suggestion + text[end:]
    assert _plain(fixed) == _plain(context.format(id="T0001", name=name) + "\n")
    assert lint(name, fixed.rstrip("\n"))[1] == []


@settings(max_examples=60, deadline=None)
@given(names(), st.sampled_from(CONTEXTS))
def test_a_name_that_is_right_is_no_finding(name: str, context: str) -> None:
    assert lint(name, context.format(id="T0001", name=name))[1] == []


def _plain(text: str) -> str:
    return text.translate(str.maketrans("“”‘’–", "\"\"''-"))


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("apart", [True, False])
def test_names_of_other_code_points_are_the_same(context: str, apart: bool) -> None:
    mine = unicodedata.normalize("NFC", "Pré-Électoral Post")
    theirs = unicodedata.normalize("NFD", mine)
    if apart:
        mine, theirs = theirs, mine
    assert lint(mine, context.format(id="T0001", name=theirs))[1] == []
    assert len(lint(mine, context.format(id="T0001", name=theirs.replace("Post", "Pst")))[1]) == 1


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        ('Boycott/"Cancel" Opponents', 'Boycott/"Cancel" Opponent'),
        ('Boycott/"Cancel" Opponents', 'Boycott / "Cancel" Opponents'),
        ('Boycott/"Cancel" Opponents', 'Boycott/"Cancel Opponents'),
        ('Boycott/"Cancel" Opponents', "Boycott/&quot;Cancel&quot; Opponent"),
        ("Label as “Hoax” Early", "Label it “Hoax” Early"),
        ("Develop Images (Deepfakes)", "Develop Images Deepfakes)"),
    ],
)
def test_a_suggestion_covers_the_name(name: str, slip: str) -> None:
    text, ((start, end, suggestion),) = lint(name, f"Some text (T0001: {slip}) and more.")
    assert text[:start] + suggestion + text[end:] == f"Some text (T0001: {name}) and more.\n"
