"""A field that every page of the kind has is absent.

The template writes all fields of a kind, empty ones too. Where a label is
absent the page was cut or edited by hand, and whoever reads the field (an
index, a STIX export, an analyst) finds nothing.

The finding stands at the heading; where a line begins with the label, but without its
asterisks, colon or place at the line's beginning, it stands there. A label that is only
misspelt is reported by S104 instead.

## Bad

```markdown generated_pages/tasks/TK0001.md
⟦# Task TK0001: Goal setting⟧

* **Summary:** Set the goals for this incident.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
the field “Belongs to tactic stage” is missing
```

## Good

```markdown generated_pages/tasks/TK0001.md
# Task TK0001: Goal setting

* **Summary:** Set the goals for this incident.

* **Belongs to tactic stage:** TA01

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import Text
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S103",
    name="missing-field",
    severity=Severity.ERROR,
    superseded_by=("S115",),
    harm=Harm.LOST,
    action="add the field",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each required field that a page lacks."""
    del options
    for document, error in find_errors(corpus, StructureFlaw.MISSING_FIELD):
        message = f"the field “{error.expected}” is missing"
        place = _find_label(document, error.expected) if error.pages == 1 else None
        if place is not None:
            message += (
                f": this line is probably meant for it, but “{place.raw.strip()}” is not its label"
            )
        message = add_count(message, document, error)
        root = describe_template(document, error)
        yield RULE.at(document, place or error.text, message, wrong=error.detail, root=root)


def _find_label(document: Document, label: str) -> Text | None:
    """Return where a line begins with a field's label and marks of one, if one line does."""
    pattern = re.compile(
        rf"^[ \t*_+-]{{0,12}}{re.escape(label)}[ \t]{{0,3}}[*_:]{{1,5}}",
        re.MULTILINE | re.IGNORECASE,
    )
    end = document.notes_start
    text = document.source.text[:end] if end is not None else document.source.text
    found = [match.span() for match in pattern.finditer(text)]
    return Text(document.source, *found[0]) if len(found) == 1 else None
