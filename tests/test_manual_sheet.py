"""Worksheets in the examples of rules' manuals."""

from __future__ import annotations

import importlib.util

import pytest

from disarm_lint.manual import format_manual, parse_examples, read_sheet
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.parse.xlsx import read_workbook
from support.published import ROOT
from support.workbooks import workbook

BOOK = "DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx"
MANUAL = rf"""Something.

## Bad

```sheet {BOOK}!incidenttechniques
| disarm_id | name | technique_ids |
| IT01 | a \| b\nc \\n ⟦d⟧ | T0151.017,⟦ T0146⟧ |
|  |  | ⟦⟧x |
```

```sheet {BOOK}!urls
| url_id |
```

```text findings
one
```
"""


def test_cells_and_marks() -> None:
    (example,) = parse_examples(MANUAL)
    assert example.files == ()
    assert example.messages == ("one",)
    assert example.workbooks == {
        BOOK: {
            "incidenttechniques": (
                ("disarm_id", "name", "technique_ids"),
                ("IT01", "a | b\nc \\n d", "T0151.017, T0146"),
                ("", "", "x"),
            ),
            "urls": (("url_id",),),
        }
    }
    assert example.marks == (
        Location(BOOK, cell=CellSpan("incidenttechniques", "B2", 11, 12)),
        Location(BOOK, cell=CellSpan("incidenttechniques", "C2", 10, 16)),
        Location(BOOK, cell=CellSpan("incidenttechniques", "C3", 0, 0)),
    )


def test_workbook_of_an_example_reads_as_it_is_written() -> None:
    (example,) = parse_examples(MANUAL)
    read = read_workbook(BOOK, workbook(example.workbooks[BOOK]), ["incidenttechniques", "urls"])
    assert read.problems == ()
    assert [[cell.text for cell in row] for row in read.sheets["incidenttechniques"].rows] == [
        list(row) for row in example.workbooks[BOOK]["incidenttechniques"]
    ]


@pytest.mark.parametrize("target", ["book.xlsx", "book.xlsx!", "!sheet"])
def test_target_without_a_sheet(target: str) -> None:
    with pytest.raises(ValueError, match="is not <path of a workbook>!<sheet>"):
        read_sheet(target, "| a |\n")


@pytest.mark.parametrize("line", ["a | b", "| a", "a |", "|", ""])
def test_line_that_is_no_row(line: str) -> None:
    with pytest.raises(ValueError, match="it needs a pipe at both ends"):
        read_sheet("book.xlsx!sheet", f"| a |\n{line}\n| b |\n")


def test_shown_to_readers() -> None:
    lines = format_manual(MANUAL).split("\n")
    at = lines.index("| IT01 | a \\| b\\nc \\\\n d | T0151.017, T0146 |")
    carets = [number for number, char in enumerate(lines[at + 1]) if char == "^"]
    first, second = lines[at].index("d |"), lines[at].index(" T0146")
    assert carets == [first, *range(second, second + 6)]
    path = ROOT / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("docs_generate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.build_manual(MANUAL)
    assert f"`{BOOK}`, sheet `incidenttechniques`:\n\n```text\n| disarm_id |" in page
