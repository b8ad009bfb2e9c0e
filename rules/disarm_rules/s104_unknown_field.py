"""A label that pages of this kind do not have.

Most often a slip of the keyboard in a label: the field is then missing for
everything that looks for it. Where the label nearly is that of a field which
the page lacks, the finding says which one was meant.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**⟦Tacitc⟧**: TA15 Establish Assets
```

```text findings
a technique has no field “Tacitc”; did you mean “Tactic”?
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**Tactic**: TA15 Establish Assets
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_article, add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S104",
    name="unknown-field",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="write the label as the other pages of the kind do",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each label that the kind of the page does not have."""
    del options
    for document, error in find_errors(corpus, StructureFlaw.UNKNOWN_FIELD):
        title = document.kind.title if document.kind else "page"
        message = f"{add_article(title)} has no field “{error.detail}”"
        if error.expected:
            message += f"; did you mean “{error.expected}”?"
        message = add_count(message, document, error)
        yield RULE.at(
            document,
            error.text,
            message,
            suggestion=error.expected or None,
            root=describe_template(document, error),
        )
