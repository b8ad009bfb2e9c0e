"""Parsing ends without an exception, whatever the page; how long it takes: tests/hostile."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.model.text import PageSource
from disarm_lint.parse.page import parse_page

if TYPE_CHECKING:
    from disarm_lint.model.document import Document

TABLE = (
    "# Incident I00001: One\n\n"
    "| Technique | Description given for this incident |\n| --------- | ---- |\n"
)


def parse(text: str, path: str) -> Document:
    return parse_page(PageSource(path, text), load_builtin_profile("disarm-1"))


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
