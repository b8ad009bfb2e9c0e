r"""A file or folder that cannot be read.

It is too large, it is binary, reading it is not permitted, or its symbolic links lead
nowhere, in a circle or out of the repository. Nothing in it was checked, and ids that
it defines count as unknown. Fix it, or list it under `exclude` in the config.

The finding stands at the beginning of the file.

## Bad

```markdown generated_pages/techniques/T0146.md {encoding=latin-1 escapes=yes}
⟦⟧\x89PNG\r\n\x1a\n\x00\x00\x00
```

```text findings
this file was not checked: it is binary, not text
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import Location, Span
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="X901",
    name="unreadable-file",
    severity=Severity.ERROR,
    harm=Harm.HYGIENE,
    action="make the file readable, or exclude it",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each file and folder that could not be read."""
    del options
    for problem in corpus.unreadable:
        yield RULE.in_file(
            Location(problem.path, Span(1, 1, 1, 1)),
            f"this file was not checked: {problem.reason}",
            subject=problem.path,
            wrong=problem.reason,
        )
