"""The markers of a merge that was not finished.

Git writes both versions of what two people changed into the file, between
`<<<<<<<`, `=======` and `>>>>>>>`, and leaves it to a person to choose. Where
the markers are committed, readers see both versions, and tables fall apart.

Nothing else is said of the lines between the markers, nor of the rest of a table that they
damage. A marker that was left behind
when the others were deleted is reported too.

## Bad

```markdown generated_pages/techniques/T0151.md
# Technique T0151: Digital Community Hosting Asset

⟦<<<<<<< HEAD⟧
**Summary**: A place where people meet online.
=======
**Summary**: A place where people meet on line.
>>>>>>> typo
```

```text findings
a merge conflict was left here, in lines 3 to 7: keep one of the two versions, and delete the markers
```

## Good

```markdown generated_pages/techniques/T0151.md
# Technique T0151: Digital Community Hosting Asset

**Summary**: A place where people meet online.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import Regions, Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope
from disarm_rules._conflicts import MARKER, find_conflicts, may_conflict, widen_conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="T506",
    name="merge-conflict",
    severity=Severity.ERROR,
    dominant=True,
    harm=Harm.LOST,
    action="keep one of the two versions, and delete the markers",
    scope=RuleScope.PAGE,
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each conflict."""
    del options
    for document in corpus.checked_documents:
        if document.type is PageType.ROW or not may_conflict(document.source.text):
            continue
        for start, middle, end in find_conflicts(document.source.text):
            span = Text(document.source, start, end).location.span
            whole = Text(document.source, *widen_conflict(document.source.text, start, end))
            lines = f", in lines {span.line} to {span.end_line}" if span else ""
            yield RULE.at(
                document,
                Text(document.source, start, middle),
                f"a merge conflict was left here{lines}: keep one of the two versions, and "
                "delete the markers",
                subject=document.path,
                wrong="conflict",
                covers=[whole],
            )
        for start, end in _find_left(document.source.text):
            yield RULE.at(
                document,
                Text(document.source, start, end),
                "a merge marker was left here: delete this line, and keep one of the versions "
                "beside it",
                subject=document.path,
                wrong="marker",
            )


def _find_left(text: str) -> Iterator[tuple[int, int]]:
    """Yield the markers that belong to no whole conflict; `=======` may underline a heading."""
    whole = Regions([(start, end) for start, _, end in find_conflicts(text)])
    for match in MARKER.finditer(text):
        if not whole.overlap(match.span()) and match[0][0] != "=" and match[0][7:].strip():
            yield match.span()
