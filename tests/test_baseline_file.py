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

from disarm_lint.baseline import (
    HEADER,
    format_baseline,
    parse_baseline,
    read_lines,
    rewrite_baseline,
)
from disarm_lint.config.settings import read_schema_text
from disarm_lint.model.baseline import Baseline, BaselineEntry
from disarm_lint.model.config import ConfigError, File
from disarm_lint.model.text import Span
from support.git import Repo

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
    assert isinstance(read_lines(FILE, f"---\n{text}"), Span)
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
    written = format_baseline([wanted])
    assert isinstance(read_lines(FILE, written), Baseline)
    assert entries_of(written) == [wanted]
    assert slowly(written) == [wanted]
    # Whoever reviews the file sees what is there.
    assert all(char.isprintable() or char == "\n" for char in written)
    assert len(written.splitlines()) == len(format_baseline([entry(1)]).splitlines())


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\U0010ffff" not in text])
def test_other_readers_of_yaml_read_the_same(text: str) -> None:
    data = YAML(typ="rt").load(format_baseline([entry(1, text=text, reason=text)]))["entries"][0]
    assert (data["text"], data["reason"]) == (text, text)


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
    written = format_baseline(listed)
    ordered = sorted(listed, key=lambda item: item.sort_key)
    assert entries_of(written) == ordered
    assert slowly(written) == ordered
    assert isinstance(read_lines(FILE, written), Baseline)
    data = YAML(typ="safe", pure=True).load(written)
    Draft202012Validator(json.loads(read_schema_text("baseline"))).validate(data)


WORDS = r"""
a yes é 1 ~ [ ] { } | > &x *x !!str - # : , " ' \ \\ \n \/ \b \f \v \x41 \u00e9 \q
\ud83d\ude00 \ud800 \udc00 \N true null NaN 1e5 "" "a" {"a":"b"} ["a"] # #x ," ":
"""
PIECES = [
    *WORDS.split(),
    *(" ", "\t", "\n", "\r", "\u2028", "\x85", "\ufeff", "\x7f", "𝔗", "\ud800"),
    *('"reason": "x"', '"reason":"x"', '"other": ""', '"rule": 5', '"fingerprint": "0"'),
]  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
    st.sampled_from(
        [
            ('"reason": "x"', '"reason": "@"'),
            ('"reason": "x"', '"reason": @'),
            ('"reason": "x"', '"reason": "x", @'),
            ('"reason": "x"}', '"reason": "x"@'),
            ('"reason": "x"}', '"reason": "x"}@'),
            ('- {"path"', '@- {"path"'),
            ('- {"path"', '- @{"path"'),
            ('- {"path"', '- {@"path"'),
            ("entries:", "@entries:"),
            ("entries:", "entries:@"),
            ("schema_version: 2", "@schema_version: 2"),
            ("schema_version: 2", "schema_version: 2@"),
        ]
    ),
)
def test_quick_reading_is_that_of_the_parser(value: str, place: tuple[str, str]) -> None:
    """Whatever people write: what is read quickly, is what the parser and the schema make of it."""
    old, new = place
    written = format_baseline([entry(1, reason="x"), entry(2)]).replace(
        old, new.replace("@", value), 1
    )
    quick = read_lines(FILE, written)
    if isinstance(quick, Baseline):
        slow = parsed(f"{written}\n...\n")
        assert isinstance(read_lines(FILE, f"{written}\n...\n"), Span)
        assert [(e.entry, e.location) for e in quick.entries] == [
            (e.entry, e.location) for e in slow.entries
        ]
        comments = [[line.strip() for line in e.notes] for e in quick.entries]
        assert comments == [list(e.notes) for e in slow.entries]


def test_entries_know_their_places() -> None:
    text = format_baseline([entry(1), entry(2)])
    for found in (parsed(text), parsed(f"{text}...\n")):
        assert len(found.entries) == 2
        for number, listed in enumerate(found.entries, 1):
            span = listed.location.span
            assert span is not None
            cut = text.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]
            assert cut == f'"{number:016x}"'


def test_a_key_within_a_text_is_no_place() -> None:
    nasty = '"fingerprint": "aaaaaaaaaaaaaaaa"'
    for text in (
        format_baseline([entry(1, path=nasty, text=nasty[1:])]),
        format_baseline([entry(1, path="\\")]),
    ):
        (listed,) = parsed(text).entries
        assert listed.location.span is not None
        column = listed.location.span.column - 1
        assert text.splitlines()[-1][column:].startswith(f'"{1:016x}"')


GOOD = format_baseline([entry(1), entry(2)])


LINE = len(GOOD.splitlines()) - 1
COLUMN = GOOD.splitlines()[LINE - 1].index(f'"{1:016x}"') + 1
# As earlier versions wrote it.
OLD = """\
# Findings of disarm-lint.
#
# Text may move.
schema_version: 1
entries:
  - fingerprint: "0000000000000001"
    rule: N401
    name: name-mismatch
    subject: T0001
    text: Reel Name
    place:
      path: generated_pages/techniques/T0001.md
      section: incidents/I00001
    reason:

  - fingerprint: "0000000000000002"
    rule: N401
    name: name-mismatch
    subject: T0001
    text: Reel Name
    place:
      path: generated_pages/techniques/T0002.md
      section: incidents/I00001
    reason:
"""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "1:1: the file is empty; `disarm-lint baseline create --force` fills it"),
        ("entries: []\n", "1:1: the key “schema_version” is missing in the file"),
        ("schema_version: 3\nentries: []\n", "1:17: “schema_version” must be one of 1, 2, not 3"),
        ("schema_version: 2\nentrys: []\n", "2:1: unknown key “entrys”; did you mean “entries”?"),
        ("schema_version: 2\nentries: {}\n", "2:10: “entries” must be a list, not keys"),
        ("schema_version: 2\nentries:\n", "3:1: “entries” must be a list, not empty"),
        (
            GOOD.replace('"rule"', '"rul"', 1),
            f"{LINE}:51: unknown key “rul”; did you mean “rule”?",
        ),
        (
            GOOD.replace(f'"{1:016x}"', f"{1:016}", 1),
            f"{LINE}:{COLUMN}: “fingerprint” must be text, not 1; put it in quotes",
        ),
        (
            GOOD.replace(f'"{1:016x}"', '"xyz"', 1),
            f"{LINE}:{COLUMN}: “fingerprint” cannot be “xyz”",
        ),
        (
            GOOD.replace(f"{2:016x}", f"{1:016x}"),
            f"{LINE + 1}:{COLUMN}: this fingerprint appears a second time, "
            f"first in line {LINE}; delete one of the two entries",
        ),
        (
            GOOD.replace('"reason": ""', '"reason": ["a"]', 1),
            f"{LINE}:{COLUMN + 30}: “reason” must be text or nothing",
        ),
        (GOOD.replace('"reason": ""', '"reason": "a" b', 1), f"{LINE}:{COLUMN + 34}: this is not"),
        (GOOD.replace('"reason": ""', '"reason": !!python/x ""', 1), f"{LINE}:{COLUMN + 30}: the"),
        (GOOD.replace("entries:", "entries: &a [*a]\nx:", 1), f"{LINE - 1}:10: this refers to"),
        (GOOD + "\x00", f"{LINE + 2}:1: the character U+0000 cannot be here"),
        (GOOD.replace("- ", "<<<<<<< HEAD\n- ", 1), f"{LINE}:1: a merge conflict was left here"),
        (
            GOOD.replace('"reason": ""', f'"reason": {"[" * 3000}{"]" * 3000}', 1),
            f"{LINE}:{COLUMN + 77}: the file nests more than 50 levels deep",
        ),
        (GOOD.replace('""', "9" * 5000, 1), f"{LINE}:{COLUMN + 30}: this number is too large"),
        (OLD.replace("    rule: N401", "    rul: N401", 1), "7:5: unknown key “rul”"),
        (OLD.replace(f"{2:016x}", f"{1:016x}"), "16:18: this fingerprint appears a second"),
        (OLD.replace("reason:", "reason: [a]", 1), "14:13: “reason” must be text or nothing"),
        (OLD.replace("reason:", "reason: a: b", 1), "14:14: this is not valid YAML"),
        (OLD.replace("version: 1", "version: 2"), "11:5: unknown key “place”"),
        (GOOD.replace("version: 2", "version: 1"), f"{LINE}:4: unknown key “path”"),
    ],
)
def test_errors_have_line_and_column(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_baseline(FILE, text)
    assert str(caught.value).startswith(f"b.yaml:{error}")
    assert "\n" not in str(caught.value)


def test_large_files_of_another_form_are_refused_at_their_place() -> None:
    text = format_baseline(entry(n) for n in range(30_000)).replace(
        '"reason": ""', "reason: why", 1
    )
    with pytest.raises(ConfigError) as caught:
        parse_baseline(FILE, text)
    assert str(caught.value) == (
        f"b.yaml:{LINE}:1: the file is larger than 4 MB, and this is not of the usual form; "
        'write it as - {"path": "…", "rule": "…", …} in one line'
    )


@pytest.mark.parametrize(
    "line",
    [
        "- {" + " " * 2_000_000 + ":",
        '- {"a": "b"' + " " * 2_000_000 + ":",
        "- {" + '"fingerprint" ' * 200_000,
        "#" * 2_000_000 + "\x00",
        " " * 2_000_000 + "x",
        '- {"a": ' + "[" * 2_000_000,
    ],
)
def test_odd_lines_are_read_in_linear_time(line: str) -> None:
    # Otherwise this would take hours.
    assert isinstance(read_lines(FILE, format_baseline([entry(1)]) + line), Span)


def test_a_long_baseline_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    text = format_baseline(entry(n) for n in range(20_000))
    assert len(text) > 4_000_000
    monkeypatch.setattr("disarm_lint.config.settings.read_yaml", None)
    assert len(parsed(text).entries) == 20_000


def test_form_of_the_file() -> None:
    lines = format_baseline(
        [entry(2, section=""), entry(1, text="“a”:\n\u200b𝔗\U000e0041")]
    ).splitlines()
    assert all(line.startswith("#") for line in lines[:-4])
    assert lines[-4:] == [
        "schema_version: 2",
        "entries:",
        '- {"path": "generated_pages/techniques/T0001.md", "rule": "N401", '
        '"name": "name-mismatch", "subject": "T0001", '
        r'"text": "“a”:\n\u200b𝔗\udb40\udc41", "section": "incidents/I00001", '
        '"fingerprint": "0000000000000001", "reason": ""}',
        '- {"path": "generated_pages/techniques/T0002.md", "rule": "N401", '
        '"name": "name-mismatch", "subject": "T0001", "text": "Reel Name", '
        '"fingerprint": "0000000000000002", "reason": ""}',
    ]


# --- changing ---


def commented() -> str:
    text = format_baseline([entry(n, reason="it: stays") for n in (1, 2, 3)])
    first, second, third = (f'- {{"path": "generated_pages/techniques/T000{n}' for n in (1, 2, 3))
    text = text.replace(first, f"# above one\n{first}")
    text = text.replace(second, f"# of the chapter\n\n# above two\n{second}")
    text = text.replace(third, f"# above three\n{third}")
    return text + "\n# the end\n"


def without(text: str, *numbers: int) -> str:
    return rewrite_baseline(parsed(text), {f"{n:016x}" for n in numbers})


def test_comments_stay_with_what_they_stand_above() -> None:
    text = commented()
    changed = without(text, 2)
    assert [e.fingerprint[-1] for e in entries_of(changed)] == ["1", "3"]
    removed = [line for line in text.splitlines() if line not in changed.splitlines()]
    assert removed == ["# above two", text.splitlines()[-5]]
    assert "\n\n\n" not in changed
    assert {e.reason for e in entries_of(changed)} == {"it: stays"}
    assert changed.startswith("# Findings of disarm-lint")
    assert changed.endswith("\n# the end\n")
    assert without(text) == text


def test_a_comment_behind_an_entry_is_put_above_it() -> None:
    text = GOOD.replace('""}\n', '""}  # why "not"\n', 1)
    assert isinstance(read_lines(FILE, text), Baseline)
    lines = without(text).splitlines()
    assert lines[-3:] == ['# why "not"', *GOOD.splitlines()[-2:]]
    assert without(text, 1) == without(GOOD, 1)


@pytest.mark.parametrize("gone", [(1,), (3,), (1, 2), (2, 3), (1, 3), (1, 2, 3)])
@pytest.mark.parametrize(
    "make", [commented, lambda: format_baseline([entry(1), entry(2), entry(3)])]
)
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
        assert ("# above" in text) is (f"# above {['one', 'two', 'three'][kept - 1]}" in changed)
    assert ("# of the chapter\n\n" in text) is ("# of the chapter\n\n" in changed)


def test_removing_all_of_a_fresh_file_gives_an_empty_one() -> None:
    assert without(GOOD, 1, 2) == format_baseline([])
    assert entries_of(format_baseline([])) == []


def test_adding_to_a_fresh_file_is_writing_it_anew() -> None:
    for new in (0, 2, 9):
        text = format_baseline([entry(1), entry(3)])
        assert rewrite_baseline(parsed(text), set(), [entry(new)]) == format_baseline(
            [entry(1), entry(3), entry(new)]
        )
    empty = parsed(format_baseline([]))
    assert rewrite_baseline(empty, set(), [entry(1), entry(2)]) == GOOD
    assert rewrite_baseline(
        parsed(GOOD), {f"{1:016x}", f"{2:016x}"}, [entry(5)]
    ) == format_baseline([entry(5)])


def test_lines_in_another_order_are_sorted() -> None:
    *head, one, two = GOOD.splitlines()
    assert without("\n".join([*head, two, one, ""])) == GOOD


def test_line_ends_stay_as_they_are() -> None:
    text = GOOD.replace("\n", "\r\n")
    changed = rewrite_baseline(parsed(text), {f"{1:016x}"}, [entry(3)])
    assert changed == format_baseline([entry(2), entry(3)]).replace("\n", "\r\n")


def test_the_schema_of_an_editor_is_kept() -> None:
    text = GOOD.replace("schema_version", '$schema: "https://x.org/#s"\nschema_version')
    assert isinstance(read_lines(FILE, text), Baseline)
    assert without(text) == text
    assert without(text.replace('"https://x.org/#s"', "'https://x.org/#s'")) == text


def test_an_old_file_is_written_anew() -> None:
    head = OLD[: OLD.index("schema_version")]
    new = head + GOOD[GOOD.index("schema_version") :]
    assert isinstance(read_lines(FILE, OLD), Span)
    assert entries_of(OLD) == entries_of(GOOD)
    assert without(OLD) == new
    assert without(OLD.replace("\n", "\r\n")) == new.replace("\n", "\r\n")
    assert rewrite_baseline(parsed(OLD), {f"{1:016x}"}, [entry(3)]) == head + format_baseline(
        [entry(2), entry(3)]
    ).removeprefix(HEADER)


def test_what_people_wrote_into_an_old_file_is_kept() -> None:
    first, second = (f'  - fingerprint: "{n:016x}"' for n in (1, 2))
    text = (
        OLD.replace("reason:", 'reason: "it: \\u2019s #1"  # why', 1)
        .replace("    subject", "    # within\n    subject", 1)
        .replace(first, f"  # of one chapter\n\n  # above one\n{first}  # behind one")
        .replace(second, f"  # of the chapter\n\n\n  # above two\n{second}")
        .replace("schema_version: 1", "schema_version: 1  # the form")
        .replace("entries:", "entries:  # those")
    )
    lines = without(f"{text}\n# the end\n").splitlines()
    one, two = GOOD.splitlines()[-2:]
    assert lines == [
        *OLD.splitlines()[:3],
        "# the form",
        "# those",
        "schema_version: 2",
        "entries:",
        "# of one chapter",
        "",
        "# above one",
        "# behind one",
        "# within",
        "# why",
        one.replace('"reason": ""', '"reason": "it: ’s #1"'),
        "# of the chapter",
        "",
        "",
        "# above two",
        two,
        "",
        "# the end",
    ]


FLOW = (
    "schema_version: 2  # one\n"
    "entries: [{fingerprint: '0000000000000001', rule: N401, path: a.md},  # first\n"
    "  {fingerprint: '0000000000000002', rule: N401, path: b.md, reason: 'why # not'}]  # last\n"
)
FOLDED = (
    "entries:\n"
    "-\n"
    "    place:\n"
    "        path: a.md\n"
    "    rule: N401\n"
    "    reason: >-\n"
    "        a long\n"
    "        # reason\n"
    "\n"
    "    fingerprint: '0000000000000001'\n"
    "# of two\n"
    "- {rule: N401, fingerprint: '0000000000000002',\n"
    "   # within\n"
    "   reason: why, place: {path: b.md}\n"
    "  }  # last\n"
    "- rule: N401\n"
    "  fingerprint: '0000000000000003'\n"
    "  place: {path: c.md}\n"
    "  reason:\n"
    "# the end\n"
    "schema_version: 1  # one\n"
)
ANCHORED = (
    "schema_version: 1\n"
    "entries:\n"
    "- fingerprint: '0000000000000001'\n"
    "  rule: N401\n"
    "  place: &here {path: a.md}\n"
    "- fingerprint: '0000000000000002'\n"
    "  rule: N401\n"
    "  place: *here  # that\n"
    "  reason: why\n"
)
FORMATTED = (
    "# prettier\n"
    "schema_version: 2\n"
    "entries:\n"
    "  - {\n"
    '      "path": "a.md",\n'
    '      "rule": "N401",\n'
    '      "fingerprint": "0000000000000001",\n'
    '      "reason": "",\n'
    "    }\n"
    "  # of two\n"
    '  - { "path": "b\\ud83d\\ude00.md", "rule": "N401", "fingerprint": "0000000000000002" }\n'
)


@pytest.mark.parametrize("text", [FLOW, FOLDED, ANCHORED, FORMATTED])
def test_files_in_another_style_can_be_changed(text: str) -> None:
    before = {e.fingerprint: e for e in entries_of(text)}
    changed = rewrite_baseline(parsed(text), {f"{2:016x}"}, [entry(7)])
    assert isinstance(read_lines(FILE, changed), Baseline)
    after = {e.fingerprint: e for e in entries_of(changed)}
    assert after.pop(f"{7:016x}") == entry(7)
    before.pop(f"{2:016x}")
    assert after == before
    for comment in ("# one", "# first", "# the end", "# prettier"):
        assert (comment in changed) is (comment in text)
    assert "# of two" not in changed
    assert "# within" not in changed
    for comment in ("# of two", "# within", "# last", "# that"):
        assert (comment in without(text, 1)) is (comment in text)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(entries, max_size=5, unique_by=lambda item: item.fingerprint),
    st.sets(st.integers(0, 4)),
    st.integers(0, 5),
)
def test_changes_are_exact(listed: list[BaselineEntry], gone: set[int], split: int) -> None:
    old, new = listed[:split], listed[split:]
    removed = {e.fingerprint for n, e in enumerate(old) if n in gone}
    changed = rewrite_baseline(parsed(format_baseline(old)), removed, new)
    wanted = [e for e in old if e.fingerprint not in removed] + new
    assert changed == format_baseline(wanted)


def test_an_entry_that_is_repeated_as_it_is_counts_once() -> None:
    *head, one, two = GOOD.splitlines()
    text = "\n".join([*head, "# a", one, two, "# b", one, "# a", one, ""])
    assert len(entries_of(text)) == 2
    assert without(text) == "\n".join([*head, "# a", "# b", one, two, ""])
    with pytest.raises(ConfigError, match="appears a second time"):
        parsed("\n".join([*head, one, two, one.replace('"reason": ""', '"reason": "x"'), ""]))


def test_git_can_keep_what_both_sides_of_a_merge_added(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    file = repo.folder / "b.yaml"

    def commit(*numbers: int) -> None:
        file.write_text(format_baseline(entry(n) for n in numbers), encoding="utf-8")
        repo.git("add", "-A")
        repo.git("commit", "-qm", f"{numbers}")

    (repo.folder / ".gitattributes").write_text("b.yaml merge=union\n")
    commit(1, 5)
    repo.git("checkout", "-qb", "side")
    commit(1, 3, 4, 5)
    repo.git("checkout", "-q", "-")
    commit(1, 2, 3, 5)
    repo.git("merge", "-q", "--no-edit", "side")
    text = file.read_text(encoding="utf-8")
    assert rewrite_baseline(parsed(text), set()) == format_baseline(
        entry(n) for n in (1, 2, 3, 4, 5)
    )
