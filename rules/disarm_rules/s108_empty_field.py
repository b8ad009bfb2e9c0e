"""A field that needs a value has none.

Some fields are empty by design (Playbooks, Resources needed). A Summary and
the field that puts a page into its tactic, category or phase are not: without
them a reader cannot tell what the entity is, or where it belongs.

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

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format, Need
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S108",
    name="empty-field",
    severity=Severity.WARNING,
    superseded_by=("M701",),
    harm=Harm.HYGIENE,
    action="fill in the value",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field without a value that needs one."""
    del options
    for document, error in find_errors(corpus, StructureFlaw.EMPTY_FIELD):
        message = f"the field “{error.expected}” is empty"
        root = Root(
            f"empty {error.detail}",
            f"“{error.expected}” is empty in {{places}}",
            f"fill in “{error.expected}”",
        )
        yield RULE.at(document, error.text, message, wrong=error.detail, root=root)
    for row in corpus.rows:
        yield from _find_empty_cells(row)


def _find_empty_cells(row: Document) -> Iterator[Finding]:
    """Yield a finding for each cell of a row from which a page's name or place is made."""
    layouts = row.kind.layouts if row.kind is not None else ()
    if not row.id or not layouts:
        return
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
            )
