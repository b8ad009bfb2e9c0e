"""A relative link that leads out of the corpus.

A path with one `..` too many climbs above the folder that holds the corpus.
Whatever lies there on the author's machine, readers do not have it. If one
file of the corpus fits, the suggestion is the path to it.

## Bad

```markdown generated_pages/tactics/TA02.md
# Tactic TA02: Plan Objectives

* **Summary:** See [T0075 Dismiss](⟦../../../generated_pages/techniques/T0075.md⟧).
```

```markdown generated_pages/techniques/T0075.md
# Technique T0075: Dismiss
```

```text findings
the path leads out of the corpus; write “../../generated_pages/techniques/T0075.md”
```

## Good

```markdown generated_pages/tactics/TA02.md
# Tactic TA02: Plan Objectives

* **Summary:** See [T0075 Dismiss](../../generated_pages/techniques/T0075.md).
```

```markdown generated_pages/techniques/T0075.md
# Technique T0075: Dismiss
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.links import LinkOutcome
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import (
    LinkFixer,
    build_page_key,
    is_label_gone,
    resolve_links,
    rewrite_target,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="L304",
    name="link-escapes",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="correct the target of the link",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each relative link whose resolved path leaves the corpus."""
    del options
    fixer = LinkFixer(corpus)
    for document, link, found in resolve_links(corpus):
        if found.fate is not LinkOutcome.ESCAPES or is_label_gone(corpus, document, link):
            continue
        path = fixer.find_path(document, link, found)
        suggestion = rewrite_target(corpus, document, link, path) if path else None
        hint = f"; write “{suggestion}”" if suggestion else ""
        folder = link.href.rpartition("/")[0]
        yield RULE.at(
            document,
            link.target,
            f"the path leads out of the corpus{hint}",
            subject=build_page_key(document),
            wrong=folder,
            suggestion=suggestion,
            breaks=path,
        )
