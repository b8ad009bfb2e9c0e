"""The short cut for plain texts says what the Markdown parser says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.parse.inline import _parse_parts, _split_plain

PIECES = st.sampled_from(
    [
        "<i>",
        "</i>",
        "<br>",
        "<br />",
        "<br/>",
        "</i/>",
        "< i>",
        "<i",
        ">",
        "[",
        "]",
        "(",
        ")",
        "!",
        "](",
        "`",
        "\\",
        '<a href="x/T0001.md">',
        "</a>",
        "<!--",
        "-->",
        "<http://a.b>",
        "<a@b.c>",
        "T0001 Name",
        "../../x/T0001.md",
        "a.md",
        " ",
        "\n",
        "&amp;",
        "<1>",
        "<é>",
        "</I>",
        "<B>",
    ]
)


def same(text: str) -> bool:
    plain = _split_plain(text)
    return plain is None or plain == sorted(_parse_parts(text), key=lambda p: (p.start, -p.end))


@given(st.lists(PIECES, max_size=8).map("".join))
def test_on_pieces_of_markup(text: str) -> None:
    assert same(text)


@given(st.text(alphabet="<>/ib a[]()!.-`\\&\n", max_size=24))
def test_on_marks(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        "[T0001 Name](../../generated_pages/techniques/T0001.md)",
        '<a href="techniques/T0001.md">T0001</a>',
        '<a href="incidents/.md"></a>',
        "<i>They posted.</i><br><br>More (T0001: Name).",
    ],
)
def test_is_taken_for_what_pages_hold(text: str) -> None:
    assert _split_plain(text) is not None
    assert same(text)
