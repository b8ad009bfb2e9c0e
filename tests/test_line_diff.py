"""Differences of lines: they give the new text back, and cost little for hostile ones."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.compare.lines import compare_lines, format_line_diff

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=40)


@settings(deadline=None)
@given(old=LINES, new=LINES)
def test_the_blocks_make_the_new_text_of_the_old(old: list[str], new: list[str]) -> None:
    made, done = [], 0
    for start, end, begin, stop in compare_lines(old, new):
        assert start > done or done == 0 or start == end or begin == stop
        assert (start, begin) != (end, stop)
        made += old[done:start] + new[begin:stop]
        done = end
    assert made + old[done:] == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b c", "a x c"),
        ("a b c", "a c"),
        ("a c", "a b c"),
        ("", "a"),
        ("a", ""),
        ("a b c d e", "a x c y e"),
        ("a a a b", "a a a"),
    ],
)
def test_it_is_written_as_difflib_writes_it(old: str, new: str) -> None:
    one, other = old.split(), new.split()
    expected = list(difflib.unified_diff(one, other, "x", "y", n=0, lineterm=""))
    assert list(format_line_diff(one, other, "x", "y")) == expected


def test_equal_texts_have_no_difference() -> None:
    assert list(format_line_diff(["a"], ["a"], "x", "y")) == []


@pytest.mark.parametrize("moved", [0, 1], ids=["in place", "one more"])
def test_many_lines_that_are_alike_end_in_the_time_of_a_test(moved: int) -> None:
    old = [f"line {number % 350}" for number in range(100_000)]
    new = ["first"] * moved + [f"{line}!" if n % 2 else line for n, line in enumerate(old)]
    assert sum(1 for _ in compare_lines(old, new)) == (1 if moved else 50_000)
