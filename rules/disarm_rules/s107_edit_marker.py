"""The edit marker is missing, or stands twice.

The generator keeps everything below `DO NOT EDIT ABOVE THIS LINE` and rewrites
everything above it. Without the marker it takes the whole old page for notes and
appends it below the new one, so that the page is doubled. If the marker stands twice,
the same happens to everything between the two.

## Bad

```markdown generated_pages/phases/P01.md
⟦# Phase P01: Plan⟧

* **Summary:** Envision the desired outcome.
```

```text findings
the line “DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW” is missing: the next generation will append this whole page below the new one
```

## Bad: twice

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

⟦DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW⟧
```

```text findings
the edit marker appears 2 times; what is between them would be kept as notes: remove all but one
```

## Good

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S107",
    name="edit-marker",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="restore the line that marks where editing may begin",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each page without exactly one edit marker."""
    del options
    marker = corpus.profile.edit_marker
    if not marker:
        return
    for document, error in find_errors(corpus, StructureFlaw.MARKER):
        count = len(document.markers)
        if count:
            message = (
                f"the edit marker appears {count} times; what is between them would be kept "
                "as notes: remove all but one"
            )
        else:
            message = (
                f"the line “{marker}” is missing: the next generation will append this "
                "whole page below the new one"
            )
        message = add_count(message, document, error)
        wrong = "twice" if count else "missing"
        root = describe_template(document, error) or _build_root(marker, missing=not count)
        yield RULE.at(document, error.text, message, wrong=wrong, root=root)


def _build_root(marker: str, *, missing: bool) -> Root:
    if missing:
        return Root(
            "missing",
            f"the line “{marker}” is missing in {{places}}: the next generation doubles what is there",
            "restore the line that marks where editing may begin",
        )
    return Root(
        "twice",
        f"the line “{marker}” stands more than once in {{places}}",
        "leave one line that marks where editing may begin",
    )
