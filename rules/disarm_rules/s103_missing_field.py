"""A field that every page of the kind has is absent.

The template writes all fields of a kind, empty ones too. Where a label is
absent the page was cut or edited by hand, and whoever reads the field (an
index, a STIX export, an analyst) finds nothing.

A label that is only misspelt is reported by S104 instead.

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

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S103",
    name="missing-field",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="add the field",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each required field that a page lacks."""
    del options
    for document, error in find_errors(corpus, StructureFlaw.MISSING_FIELD):
        message = f"the field “{error.expected}” is missing"
        message = add_count(message, document, error)
        root = describe_template(document, error)
        yield RULE.at(document, error.text, message, wrong=error.detail, root=root)
