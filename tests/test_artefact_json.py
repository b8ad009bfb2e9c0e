"""JSON positions: where each value of a text stands, and what is said of a text that is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.parse.json_text import DEPTH_LIMIT, InvalidJson, JsonText, format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.parse.json_text import Path

KEYS = st.text(max_size=6) | st.sampled_from(["/", "~", "a/b", "\\", '"', "ключ", "\ud800"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
LAYOUTS = st.sampled_from([None, 0, 1, "\t", "\r\n  "])


def paths(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    yield path, value
    members: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    for key, member in members:
        yield from paths(member, (*path, key))


def resolved(value: object, written: str) -> object:
    """Resolve a JSON pointer as RFC 6901 says, by means of its text alone."""
    for part in written.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(key)]
        else:
            assert isinstance(value, dict)
            value = value[key]
    return value


@given(VALUES, LAYOUTS, st.booleans())
def test_each_value_stands_where_it_is_said_to(
    value: object, indent: int | str | None, escaped: bool
) -> None:
    text = f" {json.dumps(value, indent=indent, ensure_ascii=escaped)}\n"
    parsed = JsonText(text)
    assert parsed.value == value
    for path, member in paths(value):
        start, end = parsed.span(path)
        assert json.loads(text[start:end]) == member
        assert resolved(value, format_pointer(path)) == member
        if path and isinstance(path[-1], str):
            start, end = parsed.key_span(path)
            assert json.loads(text[start:end]) == path[-1]
        elif path:
            assert parsed.key_span(path) == (start, end)


@given(st.text(max_size=20), st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_the_words_of_a_string_stand_where_they_are_said_to(
    value: str, one: int, other: int, escaped: bool
) -> None:
    text = json.dumps({"key": value}, ensure_ascii=escaped)
    first, last = sorted((min(one, len(value)), min(other, len(value))))
    start, end = JsonText(text).words_span(("key",), first, last)
    assert json.loads(f'"{text[start:end]}"') == value[first:last]


@given(st.text(alphabet='[]{}",:\\u0dn1 ', max_size=30))
def test_any_text_is_json_or_has_one_reason_why_not(text: str) -> None:
    parsed, problem = None, None
    try:
        parsed = JsonText(text)
    except InvalidJson as error:
        problem = error
    if problem is not None:
        assert 0 <= problem.offset <= len(text)
        assert problem.reason
    elif parsed is not None:
        assert parsed.value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("", 0, "it is empty"),
        ("{1: 2}", 1, "a key in double quotes is missing"),
        ('{"a" 1}', 5, "a colon is missing"),
        ("[1 2]", 3, "a comma or a closing bracket is missing"),
        ("[nul]", 1, "a value is missing or is not valid JSON"),
        ('["NaN", NaN]', 8, "it has NaN"),
        ("[-Infinity]", 1, "it has -Infinity"),
        ('["a]', 1, "the string has no closing quote"),
        ('["a\nb"]', 3, "there is a control character in a string"),
        ("[] []", 3, "there is something after the end"),
    ],
)
def test_why_a_text_is_no_json(text: str, offset: int, reason: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        JsonText(text)
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 101 + "]" * 101])
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(InvalidJson, match=f"it nests more than {DEPTH_LIMIT} levels deep"):
        JsonText(text)


def test_brackets_in_strings_are_no_depth() -> None:
    assert JsonText(json.dumps(["[" * 1000, '"{\\' * 1000])).value[0] == "[" * 1000


def test_a_string_without_end() -> None:
    with pytest.raises(InvalidJson, match="the string has no closing quote"):
        JsonText('["' + '\\"' * 500)


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    text = '{"a": 1, "a": [2]}'
    parsed = JsonText(text)
    assert parsed.value == {"a": [2]}
    assert parsed.span(("a", 0)) == (15, 16)


def test_long_numbers_do_not_stop_it() -> None:
    assert JsonText(f"[{'9' * 10_000}]").value == [float("inf")]


def test_there_is_no_place_for_what_is_not_there() -> None:
    parsed = JsonText('{"a": "text"}')
    for path in (("b",), ("a", 0), ("a", "t")):
        with pytest.raises(KeyError):
            parsed.span(path)
