"""Parsing ends in linear time and without an exception, whatever the page."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.model.text import PageSource
from disarm_lint.parse.page import parse_page

if TYPE_CHECKING:
    from disarm_lint.model.document import Document

SIZE = 100_000
FIELD = "# Incident I00001: One\n\n* **Summary:** "
TABLE = (
    "# Incident I00001: One\n\n"
    "| Technique | Description given for this incident |\n| --------- | ---- |\n"
)
HTML = "<table>\n<tr><th>disarm_id</th><th>name</th></tr>\n<tr><td>"
COMMENT = "<!-- disarm-lint: ignore"

# Each of these made a pattern or a loop of the parser, of markdown-it-py or of
# html.parser run for minutes, or would make a careless one do so. A test that
# hangs here has found the next.
IN_A_FIELD = {
    "blanks": "a" + " " * SIZE + "b",
    "breaks": "a" + "<br>" * (SIZE // 4) + "b",
    "letters O": "TO" + "0" * SIZE + "x",
    "digits": "T" + "0" * SIZE + "x",
    "ids": "T0001 " * (SIZE // 6),
    "ids and code": "`T0001` T0001 " * (SIZE // 14),
    "ids and links": "T0001 [T0002 a](b) " * (SIZE // 19),
    "urls and links": "https://example.org [a](b) " * (SIZE // 27),
    "url of parentheses": "https://example.org/" + ")" * SIZE,
    "brackets": "[a" * (SIZE // 8),
    "open links": "[a](<b" * (SIZE // 6),
    "nested links": "[" * (SIZE // 20) + "](b)" * (SIZE // 20),
    "tags": "<" * SIZE,
    "open anchors": "<a " * (SIZE // 3),
    "anchors": "<a href='x'>" * (SIZE // 12),
    "attributes": "<a" + " a" * (SIZE // 2),
    "quotes": "<a x='" * (SIZE // 6),
    "backticks": "".join("`" * (number % 300) + "a" for number in range(SIZE // 150)),
    "labels": "**a" + " " * SIZE,
    "stars": "**" * (SIZE // 2),
    "paragraphs": "a\n\n" * (SIZE // 6),
    "backslashes": "\\" * SIZE,
    "entities": "&" * SIZE,
}
IN_A_TABLE = {
    "a row of many lines": "| T0001 | x\n" + "more\n" * (SIZE // 5),
    "rows that blank lines break": "| T0001 | x\n\n" * (SIZE // 13),
    "a row of blank lines": "| T0001 | x\n\n" + "more\n\n" * (SIZE // 12),
    "pipes": "|" * SIZE,
    "delimiter": "| a |\n|-" + " " * SIZE + "x",
}
IN_HTML = {
    "open tags": "<a " * (SIZE // 3),
    "open quotes": "<a '" * (SIZE // 4),
    "open comments": "<!--" * (SIZE // 4),
    "declarations": "<!" * (SIZE // 2),
    "instructions": "<?" * (SIZE // 2),
    "sections": "<![CDATA[" * (SIZE // 9),
    "end tags": "</" * (SIZE // 2),
    "cells": "<td>a" * (SIZE // 5),
    "scripts": "<script>" * (SIZE // 8),
}
WHOLE = {
    "heading of blanks": "# Incident" + " " * SIZE + "x",
    "heading of an id": "# Incident " + "I." * (SIZE // 2) + "x",
    "comments": COMMENT * (SIZE // len(COMMENT)),
    "open lists of rules": (COMMENT + "[") * (SIZE // len(COMMENT)),
    "blank comment": COMMENT + " " * SIZE,
    "closed comments": f"{COMMENT}[N401] -->" * (SIZE // 40),
    "quotes": ">" * SIZE,
    "lists": "- " * (SIZE // 2),
    "carriage returns": "\r" * SIZE,
    "NUL": "\x00" * SIZE,
}


def parse(text: str, path: str) -> Document:
    return parse_page(PageSource(path, text), load_builtin_profile("disarm-1"))


@pytest.mark.parametrize("text", IN_A_FIELD.values(), ids=IN_A_FIELD.keys())
def test_in_a_field(text: str) -> None:
    document = parse(FIELD + text, "generated_pages/incidents/I00001.md")
    assert document.id == "I00001"
    assert document.fields[0].label.raw == "Summary"


@pytest.mark.parametrize("text", IN_A_TABLE.values(), ids=IN_A_TABLE.keys())
def test_in_a_table(text: str) -> None:
    document = parse(TABLE + text, "generated_pages/incidents/I00001.md")
    assert document.table("techniques") is not None


@pytest.mark.parametrize("text", IN_HTML.values(), ids=IN_HTML.keys())
def test_in_html(text: str) -> None:
    document = parse(HTML + text, "generated_pages/techniques_index.md")
    assert document.tables[0].html


@pytest.mark.parametrize("path", ["generated_pages/incidents/I00001.md", "notes.md"])
@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_whole(text: str, path: str) -> None:
    assert parse(text, path).source.text == text


def test_a_hundred_thousand_rows() -> None:
    row = "| T0001 A | x |\n"
    document = parse(TABLE + row * 100_000, "generated_pages/incidents/I00001.md")
    table = document.table("techniques")
    assert table is not None
    assert len(table.rows) == 100_000
    assert table.rows[-1].text.location.span is not None
    assert table.rows[-1].text.location.span.line == 100_004
    assert document.origin_at(table.rows[-1].cells[1].text.start) == "techniques/T0001"


PAGE = """\
# Incident I00001: A parade that never was

* **Summary:** They announced it (T0001: Alpha, T0001.001: Beta (Two)).<br><br><i>“Quoted”</i>

* **incident type**: incident

* **Year started:** 2021


| Reference | Pub Date | Authors | Org | Archive |
| --------- | -------- | ------- | --- | ------- |
| [https://example.org/a_(b)](https://example.org/a_(b)) | 2021/01/02 | N. N. | Gazette | |


| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0001 Alpha](../../generated_pages/techniques/T0001.md) | one \\| and &amp; (T0001: Alpha) |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

<!-- disarm-lint: ignore[N401] why -->
"""


def test_mutated_pages() -> None:
    chance = random.Random(20240101)
    for _ in range(400):
        chars = list(PAGE)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(chars))
            match chance.randrange(4):
                case 0:
                    del chars[at : at + chance.randint(1, 40)]
                case 1:
                    chars.insert(at, chance.choice("\n\r|`[]()<>*#\\&\t \x00\u2028😀"))
                case 2:
                    chars[at] = chance.choice("\n|`[]()<>*#:")
                case _:
                    chars[at:at] = chars[: chance.randint(1, 200)]
            chars = chars or ["x"]
        document = parse("".join(chars), "generated_pages/incidents/I00001.md")
        for mention in document.mentions:
            assert mention.leaf.start <= mention.id.start < mention.id.end <= mention.leaf.end
