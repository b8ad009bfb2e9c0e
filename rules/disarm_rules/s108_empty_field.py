"""A field that needs a value has none.

Some fields are empty by design (Playbooks, Resources needed). A Summary and
the field that puts a page into its tactic, category or phase are not: without
them a reader cannot tell what the entity is, or where it belongs. A row of evidence
without a text counts as well, where nearly all rows of its sheet or table have one.

## Bad

```markdown generated_pages/actortypes/A004.md
# Actor A004: activist

* **⟦Summary⟧:**

* **Sector:** S002

* **Viewpoint:**
```

```text findings
the field “Summary” is empty
```

## Good

```markdown generated_pages/actortypes/A004.md
# Actor A004: activist

* **Summary:** A person who campaigns for change.

* **Sector:** S002

* **Viewpoint:**
```
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format, Need
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import SheetSpec
    from disarm_lint.model.text import Text

RULE = Rule(
    code="S108",
    name="empty-field",
    severity=Severity.WARNING,
    superseded_by=("M701", "M707"),
    harm=Harm.HYGIENE,
    action="fill in the value",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field without a value that needs one."""
    del options
    for document, error in find_errors(corpus, StructureFlaw.EMPTY_FIELD):
        item = document.field(error.detail)
        if item is not None and item.value and item.spec and item.spec.format is Format.PROSE:
            # Of dots and dashes in the place of a text, S114 speaks.
            continue
        message = f"the field “{error.expected}” is empty"
        root = Root(
            f"empty {error.detail}",
            f"“{error.expected}” is empty in {{places}}",
            f"fill in “{error.expected}”",
        )
        yield RULE.at(document, error.text, message, wrong=error.detail, root=root)
    for row in corpus.rows:
        yield from _find_empty_cells(corpus, row)
    yield from _find_empty_evidence(corpus)


# A sheet has texts in all of its rows, where so few of so many rows have none.
_FEWEST, _FEW = 10, 0.05


def _find_empty_evidence(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each row without evidence, where nearly all rows of its like have it."""
    total: Counter[str] = Counter()
    empty: dict[str, list[tuple[Document, Text]]] = {}
    for document, place, text, value in _list_evidence(corpus):
        total[place] += 1
        if not value:
            empty.setdefault(place, []).append((document, text))
    for place, rows in empty.items():
        if total[place] >= _FEWEST and len(rows) <= _FEW * total[place]:
            for document, text in rows:
                message = "this row has no text, and nearly all of its like have one"
                yield RULE.at(document, text, message, wrong=f"text of {place}")


def _list_evidence(corpus: Corpus) -> Iterator[tuple[Document, str, Text, bool]]:
    """Yield the cells for evidence of sheets and pages: where, and whether they hold any."""
    for row in corpus.rows:
        for item in row.fields:
            if row.sheet is not None and _is_evidence(row.sheet, item):
                yield row, row.sheet.name, item.text, bool(item.value)
    for page in () if corpus.rows else corpus.live_pages:
        for table in page.tables:
            for line in table.rows:
                for cell in () if line.broken else line.cells[1:]:
                    if cell.column is not None and cell.column.evidence is not None:
                        place = f"{page.kind.key if page.kind else ''} {table.key}"
                        yield page, place, cell.text or line.cells[0].text, bool(cell.text)


def _is_evidence(sheet: SheetSpec, item: Field) -> bool:
    column = sheet.column(item.spec.key) if item.spec is not None else None
    return column is not None and column.evidence is not None


def _find_empty_cells(corpus: Corpus, row: Document) -> Iterator[Finding]:
    """Yield a finding for each cell of a row from which a page's name or place is made."""
    layouts = row.kind.layouts if row.kind is not None else ()
    if not row.id or not layouts:
        return
    page = corpus.page(row.id)
    for item in row.fields:
        if item.value or item.spec is None:
            continue
        shown = [spec for layout in layouts if (spec := layout.field(item.spec.key))]
        placed = any(spec.refers_to and spec.value is Need.REQUIRED for spec in shown)
        if item.spec.format is Format.NAME or placed:
            yield RULE.at(
                row,
                item.text,
                f"“{item.label.raw}” is empty: the page of {row.id} needs it",
                wrong=f"{item.spec.key} of a row",
                severity=Severity.ERROR,
                root=Root(
                    f"empty {item.spec.key}",
                    f"“{item.label.raw}” is empty in {{places}}: pages need it",
                    f"fill in “{item.label.raw}”; take the column from an earlier version of the "
                    "workbook if it was emptied by mistake",
                    harm=Harm.LOST,
                ),
                # The heading of its page lacks the name too.
                covers=[page.top] if page is not None else [],
            )
