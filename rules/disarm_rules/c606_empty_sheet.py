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

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._leftovers import list_empty_sheets

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
    for sheet in list_empty_sheets(corpus):
        left = (
            f"{sheet.pages:,} pages of its kind are" if sheet.pages > 1 else "1 page of its kind is"
        )
        yield RULE.in_file(
            Location(sheet.path, cell=CellSpan(sheet.name, "A1", 0, len(sheet.header))),
            f"the sheet {sheet.name} has no rows, and {left} still there: restore the rows "
            "from an earlier version of the workbook, or delete the pages too",
            subject=sheet.kind,
            wrong="empty",
            root=sheet.root,
        )
