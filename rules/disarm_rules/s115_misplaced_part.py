"""A field or a table that appears twice, in another order, or without its bullet.

All pages of a kind are made from one template, so their fields and tables appear once
each and in one order. A page that differs was edited by hand: if a field appears twice,
readers believe one and tools the other, and the next generation drops both. A line that
is indented by four spaces, which Markdown shows as code, a row in a code fence or cut off
from its table by a line across the page, and a label with other capitals than the
template's are reported too.

A difference that most pages of a kind share comes from their template and is not
reported.

## Bad

```markdown generated_pages/metatechniques/M001.md
# Metatechnique M001: Resilience

* **Summary:** Increase the resilience of the end subjects.

* **⟦Summary⟧:** Increase their resilience.


| Counters | Response types |
| -------- | -------------- |


DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
the field “Summary” appears a second time
```

## Bad: without its bullet

```markdown generated_pages/incidents/I00002.md
# Incident I00002: #VaccinateUS

* **Summary:** Use both pro- and anti- topic messaging.

* **incident type**: campaign

**⟦Year started⟧:** 2014

* **Countries:** Russia

* **Found via:** media

* **Date added:** 2019-02-24
```

```text findings
the field “Year started” has lost its bullet; write `* **Year started:**`
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
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.text import Regions, Text
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import Layout

RULE = Rule(
    code="S115",
    name="misplaced-part",
    severity=Severity.WARNING,
    superseded_by=("S110",),
    harm=Harm.HYGIENE,
    action="put the fields and tables in the template's order, once each",
    repair=Repair.BY_HAND,
)

# What so many pages of a kind have, and so large a share, is the template's.
_MANY, _SHARE = 10, 0.5


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field and table out of its place."""
    del options
    pages = [d for d in corpus.live_pages if d.type is PageType.ENTITY and d.layout is not None]
    sizes = Counter(page.kind.key for page in pages if page.kind)
    found = [(page, *item) for page in pages if page.layout for item in _judge(page, page.layout)]
    counts = Counter((page.kind.key if page.kind else "", message) for page, _, message in found)
    for page, text, message in found:
        kind = page.kind.key if page.kind else ""
        number = counts[kind, message]
        if number < _MANY or number < _SHARE * sizes[kind]:
            yield RULE.at(page, text, message, wrong=message)


def _judge(page: Document, layout: Layout) -> Iterator[tuple[Text, str]]:
    yield from _find_indented(page)
    yield from _find_fenced(page)
    yield from _find_stray_rows(page)
    yield from _find_run_on(page)
    yield from _find_miscased(page)
    yield from _find_repeated(page)
    yield from _find_unordered(page, layout)
    fields = [item for item in page.fields if item.spec is not None]
    bulleted = sum(item.bulleted for item in fields)
    if layout.bulleted and bulleted * 2 > len(fields):
        for item in fields:
            if not item.bulleted:
                label = item.label.raw
                yield (
                    item.label,
                    f"the field “{label}” has lost its bullet; write `* **{label}:**`",
                )


# Four spaces, or a tab, make code of what begins a field, a row, a heading or the notes.
_INDENTED = re.compile(r"^(?: {4,}|\t[ \t]*)(?=\* \*\*|\*\*[^*\n]+\*\*:|\||#)", re.MULTILINE)


def _find_indented(page: Document) -> Iterator[tuple[Text, str]]:
    """Yield the spaces before lines of the template that Markdown shows as code for them."""
    source = page.source
    end = page.notes_start if page.notes_start is not None else len(source.text)
    places = [match.span() for match in _INDENTED.finditer(source.text, 0, end)]
    for marker in page.markers:
        start = source.text.rfind("\n", 0, marker.start) + 1
        if marker.start - start >= _CODE and not source.text[start : marker.start].strip():
            places.append((start, marker.start))
    for start, stop in sorted(places):
        yield (
            Text(source, start, stop),
            f"{stop - start} spaces stand before this line, and Markdown shows it as code: "
            "delete them",
        )


# A line that begins code, before one of the template.
_FENCE = re.compile(
    r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*+(?=\n\s*+(?:\* \*\*|\*\*[^*\n]+\*\*:|\||#))", re.MULTILINE
)


def _find_fenced(page: Document) -> Iterator[tuple[Text, str]]:
    """Yield the lines that make code of fields and rows."""
    text = page.source.text
    if "```" not in text and "~~~" not in text:
        return
    end = page.notes_start if page.notes_start is not None else len(text)
    for match in _FENCE.finditer(text, 0, end):
        yield (
            Text(page.source, *match.span()).strip(),
            "code begins at this line, and Markdown shows what follows as code: delete this line "
            "and the one that ends the code",
        )


# A row behind a line across the page, which ends a table. What S113 says of a heading is enough.
_STRAY_ROW = re.compile(
    r"^[ \t]*(?:(?:-[ \t]*+){3,}+|(?:\*[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)\n"
    r"(?:[ \t]*\n)*(?P<row>\|[ \t]*\[[^\n]*\|)[ \t]*$",
    re.MULTILINE,
)


def _find_stray_rows(page: Document) -> Iterator[tuple[Text, str]]:
    """Yield the rows that a line across the page has cut off from their table."""
    end = page.notes_start if page.notes_start is not None else len(page.source.text)
    tables = Regions([(t.text.start, t.text.end) for t in page.tables if t.key])
    for match in _STRAY_ROW.finditer(page.source.text, 0, end):
        if not tables.overlap(match.span("row")):
            yield (
                Text(page.source, *match.span("row")),
                "this row is in no table: delete the line across the page above it",
            )


_CODE = 4
# What stands before a label on its line: marks of a list and of bold, or a line break.
_BEFORE = re.compile(r"(?:.*<br\s*/?>)?[ \t>*+-]*", re.IGNORECASE | re.DOTALL)
# How much of the line before a field is looked at, in code points.
_MOST_BEFORE = 200


def _find_run_on(page: Document) -> Iterator[tuple[Text, str]]:
    """Yield the labels of fields that stand behind another field on one line."""
    text = page.source.text
    for item in page.fields:
        # Templates put the parent on the line of the tactic; some had no line break between.
        if item.spec is None or item.spec.parent:
            continue
        end = item.label.start
        start = max(0, end - _MOST_BEFORE)
        line = max(start, *(text.rfind(mark, start, end) + 1 for mark in "\n\r"))
        if not _BEFORE.fullmatch(text, line, end):
            yield (
                item.label,
                f"the field “{item.label.raw}” stands behind another text on one line: "
                "begin a new line before it",
            )


def _find_miscased(page: Document) -> Iterator[tuple[Text, str]]:
    """Yield the labels that have other capitals than the template's."""
    for item in page.fields:
        written = item.label.raw
        labels = item.spec.labels if item.spec is not None else (written,)
        if written not in labels and written.casefold() in {label.casefold() for label in labels}:
            yield item.label, f"the label of this field is “{labels[0]}”, not “{written}”"


def _find_repeated(page: Document) -> Iterator[tuple[Text, str]]:
    seen: set[str] = set()
    for item in page.fields:
        if item.spec is not None:
            if item.spec.key in seen:
                yield item.label, f"the field “{item.label.raw}” appears a second time"
            seen.add(item.spec.key)
    tables: set[str] = set()
    for table in page.tables:
        end = page.notes_start
        if table.spec is None or not table.header or (end is not None and table.text.start > end):
            continue
        if table.key in tables:
            first, last = table.header[0], table.header[-1]
            yield (
                first.part(0, last.end - first.start),
                f"the table “{first.raw}” appears a second time",
            )
        tables.add(table.key)
        headers = [cell.raw.strip() for cell in table.header]
        for row in table.rows:
            if [cell.text.raw.strip() for cell in row.cells] == headers:
                yield row.text, "the header of this table appears a second time"


def _find_unordered(page: Document, layout: Layout) -> Iterator[tuple[Text, str]]:
    """Yield the first field, and the first table, that stands behind one that follows it."""
    order = {spec.key: number for number, spec in enumerate(layout.fields)}
    fields = {item.spec.key: item for item in reversed(page.fields) if item.spec}
    placed = sorted(
        (item for item in fields.values() if item.spec and item.spec.key in order),
        key=lambda item: item.text.start,
    )
    for before, item in pairwise(placed):
        if before.spec and item.spec and order[before.spec.key] > order[item.spec.key]:
            yield item.label, f"the field “{item.label.raw}” belongs before “{before.label.raw}”"
            break
    rank = {spec.key: number for number, spec in enumerate(layout.tables)}
    tables = {table.key: table for table in reversed(page.tables) if table.key in rank}
    for earlier, table in pairwise(sorted(tables.values(), key=lambda item: item.text.start)):
        if rank[earlier.key] > rank[table.key] and table.header and earlier.header:
            first = table.header[0]
            yield first, f"the table “{first.raw}” belongs before “{earlier.header[0].raw}”"
            break
