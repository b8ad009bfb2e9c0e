"""A table that every page of the kind has is absent, or has other header cells.

Tables carry the references of a page: incidents, counters, techniques. The
template writes each table with its header even where it has no rows. Without its
header, GitHub does not show a table, and its rows refer to nothing.

## Bad

```markdown generated_pages/metatechniques/M001.md
# Metatechnique M001: Resilience

* **Summary:** Increase the resilience of the end subjects.


| ⟦Counters | Response⟧ |
| -------- | -------------- |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
the header of this table must be `| Counters | Response types |`
```

## Bad: no line of dashes that fits

```markdown generated_pages/metatechniques/M001.md
# Metatechnique M001: Resilience

* **Summary:** Increase the resilience of the end subjects.


| Counters | Response types |
⟦| -------- |⟧
| [C00001 Teach](../../generated_pages/counters/C00001.md) | D04 |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
the line of dashes does not fit the header above it, so GitHub shows no table here. Write `| --- | --- |`
```

## Bad: no table

```markdown generated_pages/metatechniques/M001.md
⟦# Metatechnique M001: Resilience⟧

* **Summary:** Increase the resilience of the end subjects.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
the table `| Counters | Response types |` is missing
```

## Good

```markdown generated_pages/metatechniques/M001.md
# Metatechnique M001: Resilience

* **Summary:** Increase the resilience of the end subjects.


| Counters | Response types |
| -------- | -------------- |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import PageSource, Text
from disarm_lint.parse.blocks import is_like_dashes
from disarm_lint.parse.layout import matches_header
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Table
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S105",
    name="missing-section",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="restore the table and its header",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each required table that is absent or has another heading."""
    del options
    for document, error in find_errors(
        corpus, StructureFlaw.MISSING_TABLE, StructureFlaw.TABLE_HEADER
    ):
        table = document.table(error.detail)
        if error.flaw is StructureFlaw.TABLE_HEADER and table is not None and _is_headless(table):
            message = f"this table has lost its header: above this line belongs `{error.expected}`"
        elif error.flaw is StructureFlaw.TABLE_HEADER:
            message = f"the header of this table must be `{error.expected}`"
        else:
            message = f"the table `{error.expected}` is missing"
        place = error.text
        if error.flaw is StructureFlaw.MISSING_TABLE:
            rest = _find_rest(document, error.expected or "")
            if rest is not None:
                place, message = rest
        message = add_count(message, document, error)
        root = describe_template(document, error)
        yield RULE.at(document, place, message, wrong=error.detail, root=root)
    for document in corpus.checked_documents:
        if document.type is PageType.INDEX:
            yield from _check_index(document)
        for table in document.tables:
            # Where the header is wrong, that is what is reported.
            wrong = table.spec is not None and not matches_header(table.spec, table)
            if table.fault is not None and not wrong:
                yield _report_fault(document, table, table.fault)


_PARTS = re.compile(r"[|\s]+")
# Lines of a page that are compared with a header.
_MOST_LINES = 2_000


def _find_rest(document: Document, expected: str) -> tuple[Text, str] | None:
    """Return what is left of a table on its page, and what is missing there."""
    source = document.source
    if not isinstance(source, PageSource) or not expected:
        return None
    wanted = _PARTS.sub(" ", expected).strip().casefold()
    dashes = f"| {' | '.join(['---'] * (expected.count('|') - 1))} |"
    for start in source.line_starts[:_MOST_LINES]:
        end = source.text.find("\n", start)
        line = Text(source, start, end if end >= 0 else len(source.text)).strip()
        if line.raw.startswith("|") and _PARTS.sub(" ", line.raw).strip().casefold() == wanted:
            message = f"GitHub shows no table here: right below belongs the line `{dashes}`"
            return line, message
    return None


def _is_headless(table: Table) -> bool:
    return all(is_like_dashes(cell.raw) for cell in table.header)


def _report_fault(document: Document, table: Table, fault: Text) -> Finding:
    """Report the line because of which Markdown shows no table."""
    if "\n" in fault.raw:
        return RULE.at(
            document,
            fault,
            "the header of this table is split over 2 lines, so GitHub shows no table here. "
            "Delete the line break in it",
            wrong=f"{table.key} header split",
            suggestion=" ".join(fault.raw.split()),
            own=True,
        )
    if _is_headless(table):
        message = "this table has lost its header: header cells belong above this line"
        return RULE.at(document, fault, message, wrong=f"{table.key} header", own=True)
    dashes = f"| {' | '.join(['---'] * len(table.header))} |"
    if is_like_dashes(fault.raw):
        message = (
            "the line of dashes does not fit the header above it, so GitHub shows no table "
            f"here. Write `{dashes}`"
        )
        return RULE.at(
            document, fault, message, wrong=f"{table.key} dashes", suggestion=dashes, own=True
        )
    message = f"GitHub shows no table here: below the header belongs the line `{dashes}`"
    return RULE.at(document, fault, message, wrong=f"{table.key} dashes", own=True)


def _check_index(document: Document) -> Iterator[Finding]:
    spec = document.index
    if spec is None or not spec.columns:
        return
    table = next((table for table in document.tables if table.header), None)
    expected = f"| {' | '.join(column.headers[0] for column in spec.columns)} |"
    if table is None:
        message = f"the table `{expected}` is missing"
        yield RULE.at(document, document.top, message, wrong=spec.key)
    elif table.spec is None or not matches_header(table.spec, table):
        first, last = table.header[0], table.header[-1]
        where = first.part(0, last.end - first.start)
        message = f"the header cells of this table must be `{expected}`"
        yield RULE.at(document, where, message, wrong=spec.key)
