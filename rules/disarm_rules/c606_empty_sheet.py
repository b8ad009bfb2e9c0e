"""A worksheet without rows, although pages of its kind exist.

The generator makes a page for each row and deletes none. If somebody empties
a sheet, or saves it with a filter that hides all rows, its pages stay, and
nothing keeps them up to date.

Restore the rows from an earlier version of the workbook. If the kind is to go,
delete its pages too.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| ⟦disarm_id⟧ | name | tactic_id | summary |
```

```markdown generated_pages/techniques/T0001.md
# Technique T0001: Paint Boats

**Summary**: Boats.
```

```text findings
the sheet techniques has no rows, and 1 page of its kind is still there: restore the rows from an earlier version of the workbook, or delete the pages too
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0001 | Paint Boats | TA01 | Boats. |
```

```markdown generated_pages/techniques/T0001.md
# Technique T0001: Paint Boats

**Summary**: Boats.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="C606",
    name="empty-sheet",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="restore the rows of the sheet from an earlier version of the workbook",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each sheet without rows of whose kind there are pages."""
    del options
    pages: dict[str, int] = {}
    for document in corpus.all_documents:
        if document.type is PageType.ENTITY and document.kind is not None:
            pages[document.kind.key] = pages.get(document.kind.key, 0) + 1
    filled = {(row.path, row.sheet.name) for row in corpus.all_documents if row.sheet is not None}
    for workbook in corpus.workbooks:
        for spec in (s for book in corpus.profile.workbooks for s in book.sheets):
            number = pages.get(spec.defines or "", 0)
            if spec.name not in workbook.sheets or (workbook.path, spec.name) in filled:
                continue
            if not number or spec.defines is None:
                continue
            left = f"{number:,} pages of its kind are" if number > 1 else "1 page of its kind is"
            header = spec.columns[0].field.labels[0]
            yield RULE.in_file(
                Location(workbook.path, cell=CellSpan(spec.name, "A1", 0, len(header))),
                f"the sheet {spec.name} has no rows, and {left} still there: restore the rows "
                "from an earlier version of the workbook, or delete the pages too",
                subject=spec.defines,
                wrong="empty",
                root=empty_sheet_root(spec.name, spec.defines),
            )


def empty_sheet_root(sheet: str, kind: str) -> Root:
    """Return the root cause of an empty sheet and of the pages that it left."""
    return Root(
        f"empty sheet {kind}",
        f"the sheet {sheet} has no rows, while pages of its kind are still there",
        "restore the rows from an earlier version of the workbook, or delete the pages too",
        by_place=False,
        shared=True,
    )
