"""Rows of Markdown and HTML tables, and the inline parts of their cells."""

from __future__ import annotations

import pytest

from disarm_lint.parse.blocks import split_html_rows, split_rows
from disarm_lint.parse.inline import InlineType, parse_inline

HEAD = "| a | b |\n| - | - |\n"


def rows(body: str, head: str = HEAD) -> list[tuple[list[str], int]]:
    text = head + body
    _, found = split_rows(text, 0, len(text))
    return [([text[start:end] for start, end in row.cells], row.lines) for row in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("| 1 | 2 |", [(["1", "2"], 1)], id="plain"),
        pytest.param("|1|2|\n|3|4|\n", [(["1", "2"], 1), (["3", "4"], 1)], id="no spaces"),
        pytest.param("1 | 2", [(["1", "2"], 1)], id="no outer pipes"),
        pytest.param("| 1 | 2 |  \n", [(["1", "2"], 1)], id="spaces behind"),
        pytest.param("|\t1\t| 2\u2028 |", [(["1", "2"], 1)], id="odd spaces"),
        pytest.param("| 1 \\| x | 2 |", [(["1 \\| x", "2"], 1)], id="escaped pipe"),
        pytest.param("| 1 | 2 | 3 |", [(["1", "2", "3"], 1)], id="too many"),
        pytest.param("| 1 |", [(["1"], 1)], id="too few"),
        pytest.param("| | |", [(["", ""], 1)], id="empty"),
        pytest.param("| 1 | 2\n3 |\n| 4 | 5 |", [(["1", "2\n3"], 2), (["4", "5"], 1)], id="broken"),
        pytest.param("| 1\nx | 2 |", [(["1\nx", "2"], 2)], id="broken in the first cell"),
        pytest.param("| 1 | 2\n\n3 |", [(["1", "2\n\n3"], 2)], id="broken by a blank line"),
        pytest.param("| 1 | 2 |\nx", [(["1", "2"], 1), (["x"], 1)], id="a line behind a row"),
        pytest.param("| 1 | a \\|\nb |", [(["1", "a \\|\nb"], 2)], id="closed by an escape: open"),
        pytest.param("| - | - |", [(["-", "-"], 1)], id="a second row of dashes is text"),
    ],
)
def test_split_rows(body: str, expected: list[tuple[list[str], int]]) -> None:
    assert rows(body) == expected
    windows = rows(body.replace("\n", "\r\n"), HEAD.replace("\n", "\r\n"))
    assert windows == [
        ([cell.replace("\n", "\r\n") for cell in cells], lines) for cells, lines in expected
    ]


def test_row_of_ten_thousand_characters() -> None:
    long = "é😀" * 5_000
    assert rows(f"| {long} | {long} |") == [([long, long], 1)]


def html_rows(text: str) -> list[tuple[list[str], bool]]:
    found = split_html_rows(text, 0, len(text))
    return [([text[start:end] for start, end in row.cells], row.header) for row in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<table><tr><td>a</td><td>b</td></tr></table>", [(["a", "b"], False)]),
        ("<table><tr><th>a</th></tr></table>", [(["a"], True)]),
        ("<TABLE><TR><TD CLASS='a>b'>x</TD></TR></TABLE>", [(["x"], False)]),
        ("<table><tr>\n<tr style='x'>\n<td>a\n<td>b", [(["a\n", "b"], False)]),
        ("<table><tr><td>a\n\nb</td></tr><tr></tr></table>", [(["a\n\nb"], False)]),
        ("<table><td>a</td><tr><td>b</table>", [(["a"], False), (["b"], False)]),
        ("<table><tr><td><!-- <td> -->a</td></tr>", [(["<!-- <td> -->a"], False)]),
        ("<table><tr><td><!-- a</td></tr>", [(["<!-- a"], False)]),
        ("<table><tr><td><a title='<td>'>a</a></td></tr>", [(["<a title='<td>'>a</a>"], False)]),
        ("<table><tr><td>1 < 2, <3, a<b</td></tr>", [(["1 < 2, <3, a<b"], False)]),
        ("<table><tr><td>&lt;td&gt; &amp;</td></tr>", [(["&lt;td&gt; &amp;"], False)]),
        ("<table></table>", []),
    ],
)
def test_split_html_rows(text: str, expected: list[tuple[list[str], bool]]) -> None:
    assert html_rows(text) == expected


def test_html_rows_have_offsets_in_the_file() -> None:
    text = "😀\n<table><tr><td>a</td></tr></table><td>no</td>"
    (row,) = split_html_rows(text, 2, text.index("</table>") + len("</table>"))
    assert text[row.start : row.end] == "<tr><td>a</td>"
    assert [text[start:end] for start, end in row.cells] == ["a"]


@pytest.mark.parametrize(
    ("text", "type_", "whole", "label", "target", "href"),
    [
        ("[a](b.md)", "link", "[a](b.md)", "a", "b.md", "b.md"),
        ("x [a](b(c)d.md).", "link", "[a](b(c)d.md)", "a", "b(c)d.md", "b(c)d.md"),
        (r"[a](b\)c.md)", "link", r"[a](b\)c.md)", "a", r"b\)c.md", "b)c.md"),
        ('[a](<b c.md> "t")', "link", '[a](<b c.md> "t")', "a", "b c.md", "b c.md"),
        ("[a]( b )", "link", "[a]( b )", "a", "b", "b"),
        ('[a](b "c) d")', "link", '[a](b "c) d")', "a", "b", "b"),
        ("[](-)", "link", "[](-)", "", "-", "-"),
        ("[]()", "link", "[]()", "", "", ""),
        (r"[a\]b](c)", "link", r"[a\]b](c)", r"a\]b", "c", "c"),
        ("[a](&amp;.md)", "link", "[a](&amp;.md)", "a", "&amp;.md", "&.md"),
        ("😀\t[a](b)", "link", "[a](b)", "a", "b", "b"),
        ("![i](x.png)", "image", "![i](x.png)", "i", "x.png", "x.png"),
        ("<https://a.b>", "autolink", "<https://a.b>", "https://a.b", "https://a.b", "https://a.b"),
        ("(https://a.b/c_(d)).", "bare_url", *["https://a.b/c_(d)"] * 4),
        ("see www.a.org, and", "bare_url", *["www.a.org"] * 4),
        ("<a href='x'>T</a>", "tag", "<a href='x'>", "", "x", "x"),
        ("<A class=k HREF=x.md>", "tag", "<A class=k HREF=x.md>", "", "x.md", "x.md"),
        ("`[a](b)`", "code", "`[a](b)`", "", "", ""),
    ],
)
def test_parse_inline(
    text: str, type_: str, whole: str, label: str, target: str, href: str
) -> None:
    part = parse_inline(text)[0]
    assert part.type == InlineType(type_)
    assert text[part.start : part.end] == whole
    assert text[slice(*part.label)] == label
    assert text[slice(*part.target)] == target
    assert part.href == href


@pytest.mark.parametrize(
    "text", ["[a][b]", "[a]", r"\[a](b)", "(text)[url]", "<a href='x", "T0001"]
)
def test_no_inline_part(text: str) -> None:
    assert parse_inline(text) == ()


def test_image_in_a_link() -> None:
    text = "[![i](x.png)](y.md)"
    outer, inner = parse_inline(text)
    assert (outer.type, outer.href) == (InlineType.LINK, "y.md")
    assert (inner.type, inner.href) == (InlineType.IMAGE, "x.png")


def test_url_in_a_link_is_no_second_link() -> None:
    parts = parse_inline("[https://a.b](https://a.b) https://c.d")
    assert [(part.type, part.href) for part in parts] == [
        (InlineType.LINK, "https://a.b"),
        (InlineType.BARE_URL, "https://c.d"),
    ]
