r"""A cell whose text will break the row, or the table, of the page that is generated from it.

The generator copies texts as they are. A `|` in a text that comes to stand in a table of
a page begins a new cell there, and a line break ends the row: readers lose what follows.
In the HTML table of an index page a blank line ends the table.

The finding stands at the character in the cell, before the page is generated as well as
after; S106 reports broken rows that have no workbook behind them. Tags that are never
closed are S109's.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!tactics
| disarm_id | name | phase_id | summary |
| TA01 | Plan Strategy | P01 | Define the end state.⟦\n\n⟧Then plan for it. |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000001 | A photo from “Stock ⟦\|⟧ Photos”. | I00064 | T0146 |
| IT00000002 | They made accounts,⟦\n⟧and posted. | I00064 | T0151 |
```

```text findings
the row of each page that shows this text ends at this |: write \|
the row of each page that shows this text ends at this line break: write <br>
the table of the index page ends at this blank line: write <br><br>
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!tactics
| disarm_id | name | phase_id | summary |
| TA01 | Plan Strategy | P01 | Define the end state.<br><br>Then plan for it. |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000001 | A photo from “Stock \\\| Photos”. | I00064 | T0146 |
| IT00000002 | They made accounts,<br>and posted. | I00064 | T0151 |
```
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived, relate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field, Row
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import SheetSpec
    from disarm_lint.model.text import Text

RULE = Rule(
    code="M708",
    name="breaks-page",
    severity=Severity.ERROR,
    superseded_by=("M703", "M707", "T506"),
    harm=Harm.LOST,
    action="escape the character that ends the row",
    repair=Repair.SAFE,
)

# What ends a cell or a row of a Markdown table, and what ends a table in HTML.
_IN_ROW = re.compile(r"(?<!\\)\||(?<!\s)\s*\n\s*")
_IN_HTML = re.compile(r"\n\s*\n\s*")
# A text is known again on a page by so many characters before and behind a break.
_KNOWN_BY = 30
_LEAST = 12
# With so many breaks in the workbooks, the pages are not searched for more.
_MOST_SOUGHT = 256
# So many texts in whole rows show that the generator copes: one may have been edited since.
_ENOUGH = 3
_SPACE = r"\s*(?:<br\s*/?>)?\s*"


@dataclass(frozen=True, slots=True)
class _Break:
    """A text that ends a row (`what`), and the rows of pages that it has broken already."""

    document: Document
    text: Text
    what: str
    broken: tuple[Row, ...] = ()
    coped: bool = False


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each character in a cell that breaks what is generated from it."""
    del options
    found = [
        _Break(document, field.text.part(*match.span()), _describe_character(match, html=html))
        for document in corpus.rows
        for field, html in _list_fields(corpus, document)
        for match in (_IN_HTML if html else _IN_ROW).finditer(field.text.raw)
    ]
    rows = _list_rows(corpus) if found else []
    found = [_compare(item, rows) for item in found[:_MOST_SOUGHT]] + found[_MOST_SOUGHT:]
    coped = Counter(item.what for item in found if item.coped)
    broken = {item.what for item in found if item.broken}
    # Where pages show such texts in whole rows, their generator copes with them.
    whole = {what for what, number in coped.items() if number >= _ENOUGH and what not in broken}
    for item in found:
        if item.what not in whole:
            yield _report(item)


def _describe_character(match: re.Match[str], *, html: bool) -> str:
    return "|" if match[0] == "|" else "blank line" if html else "line break"


def _compare(item: _Break, rows: Sequence[tuple[str, Row]]) -> _Break:
    """Say which rows of pages a break has broken, or whether one shows its text unbroken."""
    field = item.document.field_at(item.text.start)
    cell = field.text if field is not None else item.text
    start, end = item.text.start - cell.start, item.text.end - cell.start
    before = " ".join(cell.raw[:start].split())[-_KNOWN_BY:].strip()
    behind = " ".join(cell.raw[end:].split())[:_KNOWN_BY].strip()
    if len(before) + len(behind) < _LEAST:
        return item
    kept = re.compile(
        re.escape(before) + (r"\s*\\\|\s*" if item.what == "|" else _SPACE) + re.escape(behind)
    )
    alike = [(text, row) for text, row in rows if before in text and behind in text]
    broken = tuple(row for _, row in alike if row.broken)
    coped = any(not row.broken and kept.search(text) for text, row in alike)
    return replace(item, broken=broken, coped=coped)


def _report(item: _Break) -> Finding:
    what, instead = item.what, _write_instead(item)
    where = "the row of each page that shows this text"
    if what == "blank line":
        where = "the table of the index page"
    act = f"write {instead}" if instead.strip() else "write a space" if instead else "delete it"
    return RULE.at(
        item.document,
        item.text,
        f"{where} ends at this {what}: {act}",
        wrong=what,
        suggestion=instead,
        related=[relate(row.text, "this row is broken by it") for row in item.broken],
        covers=[row.text for row in item.broken],
        root=Root(
            f"breaks {what}",
            f"a {what} in {{places}} breaks the rows that are generated from there",
            _ACTIONS[what],
        ),
    )


_ACTIONS = {
    "|": "write \\| for each |",
    "line break": "write <br> for each line break, or delete it",
    "blank line": "write <br><br> for each blank line",
}


def _write_instead(item: _Break) -> str:
    """Return what a text has to have in place of what breaks its row."""
    if item.what == "|":
        return r"\|"
    field = item.document.field_at(item.text.start)
    if field is None or item.text.start <= field.value.start or item.text.end >= field.value.end:
        return ""
    if field.spec is not None and field.spec.format is not Format.PROSE:
        return " "
    return "<br>" if item.what == "line break" else "<br><br>"


def _list_fields(corpus: Corpus, document: Document) -> Iterator[tuple[Field, bool]]:
    """Yield the cells of a row that come to stand in a table, and whether it is one in HTML."""
    places = _find_places(corpus).get(document.sheet.name if document.sheet else "", {})
    for field in document.fields:
        if field.spec is not None and field.spec.key in places:
            yield field, places[field.spec.key]


@derived
def _find_places(corpus: Corpus) -> dict[str, dict[str, bool]]:
    """Return, by sheet and column, what comes to stand in a table, and whether in HTML."""
    sheets = [sheet for workbook in corpus.profile.workbooks for sheet in workbook.sheets]
    matched = {column.matches for sheet in sheets for column in sheet.columns}
    found: dict[str, dict[str, bool]] = {}
    for sheet in sheets:
        places = found.setdefault(sheet.name, _find_indexed(corpus, sheet))
        for column in sheet.columns:
            format_ = column.field.format
            told = format_ is Format.PROSE and any(item.subject for item in sheet.columns)
            if told or format_ is Format.NAME or sheet.name in matched:
                places[column.field.key] = False
    return found


def _find_indexed(corpus: Corpus, sheet: SheetSpec) -> dict[str, bool]:
    """Return the columns of a sheet that an index page shows, and whether in an HTML table."""
    index = next((i for i in corpus.profile.indexes if i.lists and i.lists == sheet.defines), None)
    if index is None:
        return {}
    tables = [table for page in corpus.pages if page.index is index for table in page.tables]
    html = all(table.html for table in tables)
    shown = {header.casefold() for column in index.columns for header in column.headers}
    return {
        column.field.key: html
        for column in sheet.columns
        if column.field.format is Format.PROSE
        and any(label.casefold() in shown for label in column.field.labels)
    }


def _list_rows(corpus: Corpus) -> list[tuple[str, Row]]:
    """Return the rows of all tables of pages, each with its text in single spaces."""
    return [
        (" ".join(row.text.raw.split()), row)
        for page in corpus.checked_documents
        if page.sheet is None and page.type is not PageType.OTHER
        for table in page.tables
        for row in table.rows
    ]
