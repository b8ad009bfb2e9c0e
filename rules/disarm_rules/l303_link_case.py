"""A link whose target exists only in another letter case, or another Unicode normal form.

Windows and macOS find the file anyway, so the author sees a link that works; on
GitHub and on Linux it is broken. The same holds for a letter with an accent, which may be one
character (NFC) or two (NFD, as macOS once named its files): they look the same. The listing of the folder decides,
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

import unicodedata
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
        message = f"this only works where letter case does not count; the file is “{right}”"
        if found.path.casefold() != found.actual.casefold():
            message = (
                "the file is named in another Unicode normal form: its accents are "
                f"{_describe_accents(found.actual)}, and not so here. Write “{right}”"
            )
        yield RULE.at(
            document,
            link.target,
            message,
            subject=read_file_id(corpus, found.actual),
            wrong=found.path,
            suggestion=escape_target(link, right),
            breaks=found.actual,
        )


def _describe_accents(path: str) -> str:
    """Say how a path writes letters with accents."""
    whole = unicodedata.is_normalized("NFC", path)
    return "parts of their letters (NFC)" if whole else "characters of their own (NFD)"
