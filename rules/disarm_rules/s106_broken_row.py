r"""A table row that is split over lines or has the wrong number of cells.

A table row in Markdown is one line, and each `|` in it begins a new cell. A
`|` inside a text, or a line break in the spreadsheet's cell, therefore breaks
the row: GitHub drops everything after the last cell of the
header, and an empty line ends the whole table. In the HTML tables of the index
pages, an empty line does the same harm.

Write `\|` for a `|` that belongs to a text, and `<br>` for a line break.

The finding stands at the first superfluous `|`, or else at the row's first cell. All
other rules read a broken row as the one row that was meant. If the header of a table is
wrong and its rows are right, S105 reports the header, and this rule is silent. Below the edit
marker only rows with too many cells are reported, because there Markdown fills
up rows that are too short.

## Bad: a pipe in a text

```markdown generated_pages/incidents/I00080.md
# Incident I00080: Hundreds Of Propaganda Accounts

* **Summary:** Accounts were removed.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0145.007 Stock Image](../../generated_pages/techniques/T0145.007.md) | A photo from “Stock ⟦|⟧ Photos” was used. |

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
this row has 3 cells, its table 2: a | inside the text cuts it, and GitHub shows nothing after cell 2. Write \| for each | that belongs to a text
```

## Bad: a line break in a text

```markdown generated_pages/incidents/I00096.md
# Incident I00096: China ramps up use of AI misinformation

* **Summary:** A report.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| ⟦[T0115 Post Content](../../generated_pages/techniques/T0115.md)⟧ | Posted
in 2024. |

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
this row is split over 2 lines, and GitHub ends it at the first. Write <br> where its text breaks
```

## Bad: two rows on one line

```markdown generated_pages/incidents/I00096.md
# Incident I00096: China ramps up use of AI misinformation

* **Summary:** A report.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0115 Post Content](../../generated_pages/techniques/T0115.md) | Posted. ⟦||⟧ [T0116 Comment or Reply on Content](../../generated_pages/techniques/T0116.md) | Answered. |

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
two rows are on one line: begin a new line between them
```

## Bad: a blank line between two rows

```markdown generated_pages/incidents/I00096.md
# Incident I00096: China ramps up use of AI misinformation

* **Summary:** A report.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0115 Post Content](../../generated_pages/techniques/T0115.md) | Posted. |

| ⟦[T0116 Comment or Reply on Content](../../generated_pages/techniques/T0116.md)⟧ | Answered. |

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
there is a blank line above this row, and GitHub ends the table there. Delete the blank line
```

## Bad: a blank line in an HTML table

```markdown generated_pages/tactics_index.md
<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
<th>phase_id</th>
</tr>
<tr>
<td>⟦<a href="tactics/TA15.md">TA15</a>⟧</td>
<td>Establish Assets</td>
<td>Establishing information assets generates messaging tools.

It includes social media accounts.</td>
<td>P02</td>
</tr>
</table>
```

```text findings
there is a blank line in this row, and GitHub ends the table there. Write <br><br> instead
```

## Good

```markdown generated_pages/incidents/I00080.md
# Incident I00080: Hundreds Of Propaganda Accounts

* **Summary:** Accounts were removed.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0145.007 Stock Image](../../generated_pages/techniques/T0145.007.md) | A photo from “Stock \| Photos” was<br>used. |

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.document import Document, Row, Table
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="S106",
    name="broken-row",
    severity=Severity.ERROR,
    superseded_by=("C605", "M701", "M708", "S105"),
    harm=Harm.LOST,
    action="write the row on one line, with as many cells as its table has columns",
    scope=RuleScope.PAGE,
)


_PIPE = re.compile(r"(?<!\\)\|")
# A line break right behind or before the pipe of a cell.
_EDGE_BREAK = re.compile(r"\|[ \t]*\r?\n|\n[ \t]*\|")


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each broken row in the tables of entity and index pages."""
    del options
    for document in corpus.checked_documents:
        if document.type is PageType.OTHER:
            continue
        for table in document.tables:
            for row in table.rows:
                if row.broken:
                    if _is_broken(document, table, row):
                        yield _report(document, table, row)
                elif _lacks_pipe(document, table, row):
                    yield _report(document, table, row)
                elif _lacks_last_pipe(document, table, row):
                    yield _report_open(document, row)


def _report(document: Document, table: Table, row: Row) -> Finding:
    cell = row.cells[0].text if row.cells else row.text
    # The text that broke the row stands behind its first cell.
    subject = document.subject_at(cell.end) if row.key else None
    wrong = _classify(table, row) if row.key else f"{_classify(table, row)} {cell.raw}"
    if row.joint is not None:
        message = "two rows are on one line: begin a new line between them"
        return RULE.at(
            document, row.joint, message, subject=subject, wrong="joined rows", suggestion="|\n|"
        )
    if not row.broken:
        message = "this row has lost the | at its beginning"
        return RULE.at(
            document,
            cell,
            message,
            subject=subject,
            wrong="no pipe at the beginning",
            suggestion=f"| {cell.raw}",
            severity=Severity.WARNING,
            repair=Repair.SAFE,
        )
    where = _find_pipe(table, row) or cell or row.text.part(0, 1)
    sort = _classify(table, row)
    return RULE.at(
        document,
        where,
        _describe(table, row),
        subject=subject,
        wrong=wrong,
        root=Root(f"rows {sort}", f"rows are {_TITLES[sort]} in {{places}}", _ACTIONS[sort]),
    )


_TITLES = {
    "split over lines": "split over lines",
    "too many cells": "cut by a | in their texts",
    "too few cells": "short of a cell",
    "apart from its table": "cut off from their table by a blank line",
}
_ACTIONS = {
    "split over lines": "remove the line breaks from the texts, or write <br> for them",
    "too many cells": "write \\| for each | in these texts",
    "too few cells": "fill in the missing cells, or separate those that have run together",
    "apart from its table": "delete the blank lines",
}


def _find_pipe(table: Table, row: Row) -> Text | None:
    """Return the pipe behind the last cell that belongs to the table."""
    if table.html or row.lines > 1 or row.apart or row.cell_count <= table.width:
        return None
    pipes = [match.start() for match in _PIPE.finditer(row.text.raw)]
    first = 0 if row.text.raw.startswith("|") else -1
    return row.text.part(pipes[first + table.width], pipes[first + table.width] + 1)


def _has_generated_cells(document: Document, table: Table, row: Row) -> bool:
    """Tell whether a row has cells in Markdown, above the notes, where the template has pipes."""
    start = document.notes_start
    generated = start is None or table.text.start < start
    return generated and not table.html and bool(row.cells)


def _lacks_pipe(document: Document, table: Table, row: Row) -> bool:
    """Tell whether a row of a generated table has lost its first pipe, without being broken."""
    return (
        _has_generated_cells(document, table, row)
        and bool(row.cells[0].text)
        and not row.text.raw.lstrip().startswith("|")
        and table.text.raw.lstrip().startswith("|")
    )


def _lacks_last_pipe(document: Document, table: Table, row: Row) -> bool:
    """Tell whether a row of a generated table has lost its last pipe, which the others have."""
    return (
        _has_generated_cells(document, table, row)
        and not _is_closed(row.text.raw)
        # A row that is joined with the next has its pipe between the two.
        and not _goes_on(document, row)
        and _has_pipes(table.text)
    )


def _goes_on(document: Document, row: Row) -> bool:
    """Tell whether anything stands behind a row on its line."""
    text = document.source.text
    end = text.find("\n", row.text.end)
    return bool(text[row.text.end : end if end >= 0 else len(text)].strip())


def _is_closed(line: str) -> bool:
    line = line.rstrip()
    return line.endswith("|") and not line.endswith("\\|")


def _report_open(document: Document, row: Row) -> Finding:
    cell = row.cells[-1].text or row.text
    return RULE.at(
        document,
        cell,
        "this row has lost the | at its end",
        subject=document.subject_at(cell.start) if row.key else None,
        wrong="no pipe at the end",
        suggestion=f"{cell.raw} |",
        severity=Severity.WARNING,
        repair=Repair.SAFE,
    )


def _is_broken(document: Document, table: Table, row: Row) -> bool:
    """Tell whether the row is broken, rather than its table written in another way."""
    width = table.width
    start = document.notes_start
    if table.spec is not None or start is None or table.text.start < start:
        return True
    return row.lines == 1 and row.cell_count > width and _has_pipes(table.text)


def _has_pipes(table: Text) -> bool:
    text = table.source.text
    end = text.find("\n", table.start, table.end)
    first_line = text[table.start : end if end >= 0 else table.end].strip()
    return first_line.startswith("|") and first_line.endswith("|")


def _classify(table: Table, row: Row) -> str:
    if row.lines > 1:
        return "split over lines"
    if row.apart:
        return "apart from its table"
    return "too many cells" if row.cell_count > table.width else "too few cells"


def _describe(table: Table, row: Row) -> str:
    found, width = row.cell_count, table.width
    if row.lines > 1 and table.html:
        return (
            "there is a blank line in this row, and GitHub ends the table there. "
            "Write <br><br> instead"
        )
    if row.lines > 1:
        what = f"this row is split over {row.lines} lines, and GitHub ends it at the first. "
        if _EDGE_BREAK.search(row.text.raw):
            return what + "Delete the line break at the end of a cell's text"
        return what + "Write <br> where its text breaks"
    if row.apart:
        return (
            "there is a blank line above this row, and GitHub ends the table there. "
            "Delete the blank line"
        )
    cells = f"this row has {found} cell{'s' if found != 1 else ''}, its table {width}"
    if found < width:
        return f"{cells}: a cell is missing, or two have run together"
    if table.html:
        return f"{cells}: the cells after the last column belong to nothing"
    return (
        f"{cells}: a | inside the text cuts it, and GitHub shows nothing after cell {width}. "
        "Write \\| for each | that belongs to a text"
    )
