"""The baseline file: written, read back exactly, refused where it is wrong, changed in place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from disarm_lint.baseline import document, load_baseline, parse_baseline, read_canonical, updated
from disarm_lint.config.settings import read_schema_text
from disarm_lint.model.baseline import Baseline, BaselineEntry
from disarm_lint.model.config import ConfigError, File

FILE = File("b.yaml", "b.yaml")


def entry(number: int, **values: str) -> BaselineEntry:
    found = BaselineEntry(
        fingerprint=f"{number:016x}",
        rule="N401",
        name="name-mismatch",
        subject="T0001",
        text="Reel Name",
        path=f"generated_pages/techniques/T{number:04}.md",
        section="incidents/I00001",
    )
    return replace(found, **values)


def entries_of(text: str) -> list[BaselineEntry]:
    return [listed.entry for listed in parse_baseline(FILE, text).entries]


def parsed(text: str) -> Baseline:
    return parse_baseline(FILE, text)


def slowly(text: str) -> list[BaselineEntry]:
    """Read through the YAML parser: a document marker is not of the usual form."""
    assert read_canonical(FILE, f"---\n{text}") is None
    return entries_of(f"---\n{text}")


HOSTILE = [
    "it's \"quoted\": yes # no comment",
    "- a\n- b: c\r\n\td",
    "\x1b[31mred\x1b[0m \x07\x00",
    "\u202egnp.exe\u2069 \u200b\ufeff\u2028\u2029\x85",
    "!!python/object/apply:os.system [ls]",
    "&a *b %c @d `e` {f: g} [h] |i >j ?k",
    "𝔗𝔢𝔵𝔱 😀 \U0010ffff e\u0301",
    "\\x41 \\u0041 \\",
    "true", "No", "null", "~", "1e5", "0x10", "2016-01-01", ".inf", "=", "<<", "", " ", "---",
    "a" * 5000,
    " leading and trailing ",
    "a  b", "a:b", "a: b", "a #b", "a#b", "-", "---", "...", "? a",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_read_back_exactly(text: str) -> None:
    wanted = entry(1, text=text, subject=text, section=text, reason=text, path=text or "x")
    written = document([wanted])
    assert entries_of(written) == [wanted]
    assert slowly(written) == [wanted]
    plain = YAML(typ="rt").load(written)["entries"][0]
    assert (plain["text"], plain["reason"] or "") == (text, text)
    # Whoever reviews the file sees what is there.
    assert all(char.isprintable() or char == "\n" for char in written)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
entries = st.builds(
    BaselineEntry,
    fingerprint=st.text("0123456789abcdef", min_size=16, max_size=16),
    rule=st.sampled_from(["N401", "X902", "S1"]).map(lambda code: f"{code}01"[:4]),
    name=texts,
    subject=texts,
    text=texts,
    path=texts.filter(bool),
    section=texts,
    reason=texts,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(entries, max_size=4, unique_by=lambda item: item.fingerprint))
def test_what_is_written_is_read(listed: list[BaselineEntry]) -> None:
    written = document(listed)
    ordered = sorted(listed, key=lambda item: item.sort_key)
    assert entries_of(written) == ordered
    assert slowly(written) == ordered
    quick = read_canonical(FILE, written)
    assert quick is not None or not listed
    data = YAML(typ="safe", pure=True).load(written)
    Draft202012Validator(json.loads(read_schema_text("baseline"))).validate(data)


WORDS = r"""a yes true é 1 ~ [ ] { | > &x *x !!str - # : " ' \ \\ \n \x41 \u00e9 \q"""
pieces = st.sampled_from([*WORDS.split(), " ", "\t", "\n", "\r", "\u2028", "\x85"])


@settings(deadline=None, max_examples=400)
@given(st.lists(pieces, max_size=7).map("".join), st.sampled_from(["reason", "text", "name"]))
def test_quick_reading_is_that_of_the_parser(value: str, key: str) -> None:
    """Whatever people write behind a key: quickly read is rightly read."""
    written = document([entry(1, reason="x"), entry(2)]).replace(
        {"reason": "reason: x", "text": "text: Reel Name", "name": "name: name-mismatch"}[key],
        f"{key}: {value}",
        1,
    )
    quick = read_canonical(FILE, written)
    if quick is not None:
        assert list(quick) == list(parsed(f"{written}...\n").entries)
        assert read_canonical(FILE, f"{written}...\n") is None


def test_entries_know_their_places() -> None:
    text = document([entry(1), entry(2)])
    for found in (parsed(text), parsed(f"{text}...\n")):
        for listed in found.entries:
            span = listed.location.span
            assert span is not None
            assert listed.first is not None
            lines = text.split("\n")
            cut = lines[span.line - 1][span.column - 1 : span.end_column - 1]
            assert cut == f'"{listed.entry.fingerprint}"'
            own = lines[listed.first - 1 : listed.last]
            assert own[0].startswith("  - fingerprint")
            assert own[-1] == "    reason:"


GOOD = document([entry(1), entry(2)])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "1:1: the file is empty; `disarm-lint baseline create --force` fills it"),
        ("entries: []\n", "1:1: the key “schema_version” is missing in the file"),
        ("schema_version: 2\nentries: []\n", "1:17: “schema_version” must be 1, not 2"),
        ("schema_version: 1\nentrys: []\n", "2:1: unknown key “entrys”; did you mean “entries”?"),
        ("schema_version: 1\nentries: {}\n", "2:10: “entries” must be a list, not keys"),
        (
            GOOD.replace("    rule: N401", "    rul: N401", 1),
            "13:5: unknown key “rul”; did you mean “rule”?",
        ),
        (
            GOOD.replace(f'"{1:016x}"', f"{1:016}", 1),
            "12:18: “fingerprint” must be text, not 1; put it in quotes",
        ),
        (GOOD.replace(f'"{1:016x}"', '"xyz"', 1), "12:18: “fingerprint” cannot be “xyz”"),
        (
            GOOD.replace(f"{2:016x}", f"{1:016x}"),
            "22:18: this fingerprint stands here a second time, first in line 12",
        ),
        (GOOD.replace("reason:", "reason: [a]", 1), "20:13: “reason” must be text or nothing"),
        (GOOD.replace("reason:", "reason: a: b", 1), "20:14: this is not valid YAML"),
        (GOOD.replace("reason:", "reason: !!python/object:os.system x", 1), "20:13: the tag"),
        (GOOD.replace("entries:", "entries: &a [*a]\nx:", 1), "11:10: this refers to itself"),
        (GOOD + "\x00", "31:1: the character U+0000 cannot stand here"),
        (GOOD.replace("  - ", "<<<<<<< HEAD\n  - ", 1), "12:1: a merge left its conflict here"),
    ],
)
def test_errors_have_line_and_column(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_baseline(FILE, text)
    assert str(caught.value).startswith(f"b.yaml:{error}")
    assert "\n" not in str(caught.value)


def test_large_files_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(document([entry(1)]) + "x: [" + "[" * 5_000_000)
    with pytest.raises(ConfigError, match=r"larger than 4 MB and not in the usual form"):
        load_baseline(FILE, path)


def test_a_long_baseline_needs_no_parser() -> None:
    text = document(entry(n) for n in range(20_000))
    assert len(text) > 4_000_000
    assert len(parsed(text).entries) == 20_000


def test_form_of_the_file() -> None:
    lines = document([entry(2, section=""), entry(1, text="“a”: b")]).splitlines()
    assert all(line.startswith("#") for line in lines[:9])
    assert lines[9:] == [
        "schema_version: 1",
        "entries:",
        '  - fingerprint: "0000000000000001"',
        "    rule: N401",
        "    name: name-mismatch",
        "    subject: T0001",
        '    text: "“a”: b"',
        "    place:",
        "      path: generated_pages/techniques/T0001.md",
        "      section: incidents/I00001",
        "    reason:",
        "",
        '  - fingerprint: "0000000000000002"',
        "    rule: N401",
        "    name: name-mismatch",
        "    subject: T0001",
        "    text: Reel Name",
        "    place:",
        "      path: generated_pages/techniques/T0002.md",
        "    reason:",
    ]


# --- changing ---


def commented() -> str:
    text = document([entry(1), entry(2), entry(3)])
    first, second, third = (f'  - fingerprint: "{n:016x}"' for n in (1, 2, 3))
    text = text.replace(first, f"  # above one\n{first}  # behind one")
    text = text.replace(second, f"  # of the chapter\n\n  # above two\n{second}  # behind two")
    text = text.replace(third, f"  # above three\n{third}")
    return text.replace("reason:", 'reason: "it: stays"  # why') + "\n# the end\n"


def without(text: str, *numbers: int) -> str:
    return updated(parsed(text), {f"{n:016x}" for n in numbers})


def test_comments_stay_with_what_they_stand_above() -> None:
    text = commented()
    changed = without(text, 2)
    assert [e.fingerprint[-1] for e in entries_of(changed)] == ["1", "3"]
    removed = [line for line in text.splitlines() if line not in changed.splitlines()]
    assert removed == [
        "  # above two",
        f'  - fingerprint: "{2:016x}"  # behind two',
        "      path: generated_pages/techniques/T0002.md",
    ]
    assert "\n\n\n" not in changed
    assert {e.reason for e in entries_of(changed)} == {"it: stays"}
    assert changed.startswith("# Findings of disarm-lint")
    assert changed.endswith("\n# the end\n")


@pytest.mark.parametrize("gone", [(1,), (3,), (1, 2), (2, 3), (1, 3), (1, 2, 3)])
@pytest.mark.parametrize("make", [commented, lambda: document([entry(1), entry(2), entry(3)])])
def test_any_entries_can_go(make: object, gone: tuple[int, ...]) -> None:
    assert callable(make)
    text = make()
    changed = without(text, *gone)
    assert [int(e.fingerprint, 16) for e in entries_of(changed)] == [
        n for n in (1, 2, 3) if n not in gone
    ]
    assert "\n\n\n" not in changed
    assert "entries:\n\n" not in changed
    for kept in {1, 2, 3} - set(gone):
        assert ("  # above" in text) is (f"# above {['one', 'two', 'three'][kept - 1]}" in changed)


def test_removing_all_of_a_fresh_file_gives_an_empty_one() -> None:
    assert without(GOOD, 1, 2) == document([])
    assert entries_of(document([])) == []


def test_adding_to_a_fresh_file_is_writing_it_anew() -> None:
    for new in (0, 2, 9):
        text = document([entry(1), entry(3)])
        assert updated(parsed(text), set(), [entry(new)]) == document(
            [entry(1), entry(3), entry(new)]
        )
    empty = parsed(document([]))
    assert updated(empty, set(), [entry(1), entry(2)]) == GOOD
    assert updated(parsed(GOOD), {f"{1:016x}", f"{2:016x}"}, [entry(5)]) == document([entry(5)])


def test_line_ends_stay_as_they_are() -> None:
    text = GOOD.replace("\n", "\r\n")
    changed = updated(parsed(text), {f"{1:016x}"}, [entry(3)])
    assert changed == document([entry(2), entry(3)]).replace("\n", "\r\n")


FLOW = (
    "schema_version: 1  # one\n"
    "entries: [{fingerprint: '0000000000000001', rule: N401, place: {path: a.md}},\n"
    "  {fingerprint: '0000000000000002', rule: N401, place: {path: b.md}, reason: 'why'}]\n"
)
FOLDED = (
    "entries:\n"
    "-\n"
    "    place:\n"
    "        path: a.md\n"
    "    rule: N401\n"
    "    reason: >-\n"
    "        a long\n"
    "        reason\n"
    "\n"
    "    fingerprint: '0000000000000001'\n"
    "# of two\n"
    "- {rule: N401, fingerprint: '0000000000000002',\n"
    "   reason: why, place: {path: b.md}}\n"
    "- rule: N401\n"
    "  fingerprint: '0000000000000003'\n"
    "  place: {path: c.md}\n"
    "  reason:\n"
    "# the end\n"
    "schema_version: 1\n"
)
ANCHORED = (
    "schema_version: 1\n"
    "entries:\n"
    "- fingerprint: '0000000000000001'\n"
    "  rule: N401\n"
    "  place: &here {path: a.md}\n"
    "- fingerprint: '0000000000000002'\n"
    "  rule: N401\n"
    "  place: *here\n"
    "  reason: why\n"
)


@pytest.mark.parametrize("text", [FLOW, FOLDED, ANCHORED])
def test_files_in_another_style_can_be_changed(text: str) -> None:
    before = {e.fingerprint: e for e in entries_of(text)}
    changed = updated(parsed(text), {f"{1:016x}"}, [entry(7)])
    after = {e.fingerprint: e for e in entries_of(changed)}
    assert after.pop(f"{7:016x}") == entry(7)
    before.pop(f"{1:016x}")
    assert after == before
    assert ("# one" in changed) is ("# one" in text)
    assert ("# the end" in changed) is ("# the end" in text)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(entries, max_size=5, unique_by=lambda item: item.fingerprint),
    st.sets(st.integers(0, 4)),
    st.integers(0, 5),
)
def test_changes_are_exact(listed: list[BaselineEntry], gone: set[int], split: int) -> None:
    old, new = listed[:split], listed[split:]
    removed = {e.fingerprint for n, e in enumerate(old) if n in gone}
    changed = updated(parsed(document(old)), removed, new)
    wanted = [e for e in old if e.fingerprint not in removed] + new
    assert changed == document(wanted)
