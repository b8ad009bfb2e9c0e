"""A file that is not a page of the framework.

An article, a glossary or a note among the pages has no heading, fields and
tables that could be checked. Its texts, links and citations are checked all
the same; this finding only says that nothing else was. A page whose heading was
damaged beyond recognition gets it too.

The finding stands at the first line with text. To keep such a file out, list
it under `exclude` in the config.

## Bad

```markdown generated_pages/techniques/glossary.md
⟦Deepfake⟧

A technology that uses AI to create convincingly realistic fake images.
```

```text findings
this file is not a framework page, so only its text was checked, not its structure
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="S111",
    name="not-a-page",
    severity=Severity.INFO,
    harm=Harm.HYGIENE,
    action="move the file out of the pages, if it does not belong there",
    scope=RuleScope.PAGE,
)

_FIRST_WORDS = re.compile(r"\S[^\r\n]{0,79}")


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each document that is neither an entity's page nor an index."""
    del options
    for document in corpus.checked_documents:
        if document.type is not PageType.OTHER:
            continue
        words = _FIRST_WORDS.search(document.source.text)
        start, end = words.span() if words else (0, 0)
        yield RULE.at(
            document,
            Text(document.source, start, end).strip(),
            "this file is not a framework page, so only its text was checked, not its structure",
            subject=document.path,
            wrong="not a page",
        )
