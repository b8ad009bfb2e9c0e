"""Markup of Word or of a web page that came along with a text that was pasted.

A text that is copied from Word, from a mail or from a web page brings its fonts along:
`<p class="MsoNormal">`, `<span style="...">`, `<o:p>`. GitHub shows none of it, other
readers show all of it, and nobody who edits the cell sees where the text begins. The tags
that the framework's texts use, such as `<i>` and `<br>`, have no attributes and are left
alone, and so is code. Paste as plain text (Ctrl+Shift+V).

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: ⟦<p class="MsoNormal">⟧An Account is ⟦<span lang="EN-GB">⟧user-specific</span>.</p>
```

```text findings
`<p class="MsoNormal">` is markup that was pasted along with the text: delete it, and paste as plain text
`<span lang="EN-GB">` is markup that was pasted along with the text: delete it, and paste as plain text
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is <i>user-specific</i>.<br>It is not `<p class="MsoNormal">`.
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.words import shorten
from disarm_lint.parse.inline import CoveredSpans, InlineType, parse_inline
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="S116",
    name="pasted-markup",
    severity=Severity.WARNING,
    superseded_by=("M708",),
    harm=Harm.HYGIENE,
    action="delete the markup, and paste texts without their formatting",
    repair=Repair.BY_HAND,
    scope=RuleScope.PAGE,
)

_PASTED = re.compile(
    r"<(?:p|span|div|font|h[1-6]|li|ul|ol|b|i)\s[^<>]{0,300}\b(?:class|style|lang|face|dir)="
    r"[^<>]{0,300}>|</?[ovw]:[a-z]{1,20}[^<>]{0,100}>|<meta\s[^<>]{0,300}>|</?xml\b[^<>]{0,100}>",
    re.IGNORECASE,
)
_LONGEST = 60
_ROOT = Root(
    "pasted markup",
    "markup of other programs stands in {places}",
    "delete it, and paste texts without their formatting",
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each tag that no text of the framework needs."""
    del options
    for document in corpus.checked_documents:
        if document.type is PageType.OTHER:
            continue
        for leaf in document.leaves:
            raw = leaf.raw
            found = list(_PASTED.finditer(raw)) if "<" in raw else []
            parts = parse_inline(raw) if found else ()
            code = CoveredSpans((p.start, p.end) for p in parts if p.type is InlineType.CODE)
            for match in found:
                if not code.holds(match.start()):
                    message = (
                        f"`{shorten(match[0], _LONGEST)}` is markup that was pasted along with "
                        "the text: delete it, and paste as plain text"
                    )
                    yield RULE.at(document, leaf.part(*match.span()), message, root=_ROOT)
