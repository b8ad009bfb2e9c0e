"""A link whose brackets are the wrong way round: `(text)[url]`.

Markdown links are written `[text](url)`. The other way round there is no link: readers
see the brackets and have to copy the URL. Only brackets that hold something like
a URL or a path count: `(Smith 2020)[3]` is not a link, and code is left alone.

## Bad

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder ⟦(a report)[https://www.example.org/report]⟧.
```

```text findings
the brackets are reversed, so this is not a link; write “[a report](https://www.example.org/report)”
```

## Good

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder [a report](https://www.example.org/report).
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.ruleset import NoOptions, Rule, RuleScope
from disarm_rules._links import parse_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Regions, Text
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="L307",
    name="reversed-link",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="put the text in square brackets and the target in round ones",
    repair=Repair.SAFE,
    scope=RuleScope.PAGE,
)

_BRACKETS = re.compile(r"\)\[([^\[\]\s()]{1,2000})\](?![(\[:])")
_TARGET = re.compile(
    r"(?:https?|ftp)://.|mailto:.|www\.\w|\.{1,2}/.|/?(?:[\w%.-]+/)*[\w%.-]+\.(?:md|html?|pdf)(?:#.*)?\Z",
    re.IGNORECASE,
)
_LONGEST_TEXT = 300


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each `(text)[url]`."""
    del options
    for document in corpus.checked_documents:
        for leaf in document.leaves:
            for start, end, suggestion in _find_reversed(leaf):
                text = leaf.part(start, end)
                message = f"the brackets are reversed, so this is not a link; write “{suggestion}”"
                yield RULE.at(document, text, message, suggestion=suggestion)


def _find_reversed(leaf: Text) -> Iterator[tuple[int, int, str]]:
    raw = leaf.raw
    if ")[" not in raw:
        return
    parsed: Regions[int] | None = None
    for match in _BRACKETS.finditer(raw):
        if not _TARGET.match(match[1]):
            continue
        start = _find_opening(raw, match.start())
        if start is None:
            continue
        parsed = parsed or parse_spans(raw)
        if parsed.overlap((start, match.end())):
            continue
        yield start, match.end(), f"[{raw[start + 1 : match.start()]}]({match[1]})"


def _find_opening(raw: str, close: int) -> int | None:
    """Return where the parenthesis opens that closes at `close`, if a text stands in it."""
    depth = 0
    for position in range(close, max(-1, close - _LONGEST_TEXT), -1):
        if raw[position] == ")":
            depth += 1
        elif raw[position] == "(":
            depth -= 1
            if depth == 0:
                # Behind a bracket it is the target of a link.
                linked = position > 0 and raw[position - 1] == "]"
                return None if linked or not raw[position + 1 : close].strip() else position
        elif raw[position] in "|\n":
            return None
    return None
