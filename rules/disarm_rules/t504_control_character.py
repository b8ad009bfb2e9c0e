r"""A control character in a text.

Controls (U+0000 to U+001F and U+007F to U+009F, save tab and line ends) come
from broken copies and exports; a vertical tab or form feed from a word
processor. They are invisible, some programs end the text at them, and no font
shows them. U+0080 to U+009F are most often Windows-1252 typography that was read
as Latin-1; the suggestion then is what Windows-1252 has in that place.

There is one finding for each run of them. Bytes that are not UTF-8 are T501's.

## Bad

```markdown generated_pages/techniques/T0146.md {escapes=yes}
# Technique T0146: Account Asset

**Summary**: An Account⟦\x00⟧ is a user⟦\x92⟧s profile.⟦\x0b⟧It has a name.
```

```text findings
there is a control character here: U+0000 (null). Delete it
there is a control character here: U+0092, probably “’” as Windows-1252 writes it
there is a control character here: U+000B (vertical tab). Write a space or <br> instead
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user’s profile.<br>It has a name.
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="T504",
    name="control-character",
    severity=Severity.ERROR,
    harm=Harm.HYGIENE,
    action="delete the character",
    repair=Repair.SAFE,
    scope=RuleScope.PAGE,
)

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_BLANKS = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"
_NAMES = {
    "\x00": "null",
    "\x08": "backspace",
    "\x0b": "vertical tab",
    "\x0c": "form feed",
    "\x1b": "escape",
    "\x7f": "delete",
}


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each run of control characters."""
    del options
    for document in corpus.checked_documents:
        text = document.source.text
        if _CONTROLS.search(text) is None:
            continue
        bytes_of_t501 = {offset for offset, _ in document.source.invalid}
        for match in _CONTROLS.finditer(text):
            if match.start() in bytes_of_t501:
                continue
            start, end = match.span()
            meant = _guess_meant(match[0], text[start - 1 : start], text[end : end + 1])
            yield RULE.at(
                document,
                Text(document.source, start, end),
                _describe(match[0], meant),
                wrong=" ".join(_show(char) for char in match[0][:8]),
                suggestion=meant,
            )


def _show(char: str) -> str:
    return f"U+{ord(char):04X}"


def _guess_meant(run: str, before: str, after: str) -> str:
    """Return what was probably meant: typography, a space, or nothing."""
    if all(char >= "\x80" for char in run):
        try:
            return run.encode("latin-1").decode("cp1252")
        except UnicodeDecodeError:
            return ""
    between_words = bool(before.strip() and after.strip())
    return " " if between_words and any(char in _BLANKS for char in run) else ""


def _describe(run: str, meant: str) -> str:
    named = f" ({_NAMES[run[0]]})" if run[0] in _NAMES else ""
    if len(run) == 1:
        what = f"there is a control character here: {_show(run)}{named}"
    else:
        what = f"there are {len(run)} control characters here, the first {_show(run[0])}{named}"
    if meant.strip():
        return f"{what}, probably “{meant[:20]}” as Windows-1252 writes it"
    if meant:
        return f"{what}. Write a space or <br> instead"
    return f"{what}. Delete {'it' if len(run) == 1 else 'them'}"
