"""A link whose target exists only in another letter case.

Windows and macOS find the file anyway, so the author sees a link that works; on
GitHub and on Linux it is broken. The listing of the folder decides,
never the system's own search, so the result is the same everywhere. The
suggestion is the target as the folders write it.

## Bad

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** See [T0073](⟦../Techniques/t0073.md⟧).
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences
```

```text findings
this only works where letter case does not count; the file is “../techniques/T0073.md”
```

## Good

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** See [T0073](../techniques/T0073.md).
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.links import LinkOutcome
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import (
    escape_target,
    is_label_gone,
    is_page_renamed,
    read_file_id,
    resolve_links,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="L303",
    name="link-case",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="write the target in the letter case of the file",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each link that is right but for letter case."""
    del options
    for document, link, found in resolve_links(corpus):
        if found.fate is not LinkOutcome.OTHER_CASE or is_label_gone(corpus, document, link):
            continue
        if is_page_renamed(corpus, found.path):
            continue
        right = corpus.links.respell(document.path, link.href, found.actual)
        yield RULE.at(
            document,
            link.target,
            f"this only works where letter case does not count; the file is “{right}”",
            subject=read_file_id(corpus, found.actual),
            wrong=found.path,
            suggestion=escape_target(link, right),
            breaks=found.actual,
        )
