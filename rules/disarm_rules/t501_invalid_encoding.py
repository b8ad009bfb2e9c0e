r"""A file that is not plain UTF-8.

Pages are UTF-8 without a byte order mark. A file saved in another encoding shows wrong
letters or none on other systems, and a byte order mark hides the `#` of the heading from
some programs.

If all of its letters make sense in Windows-1252, Windows-1250, Mac Roman or DOS code page
437, the message names that encoding, and the other rules read the file in it: open the file
in that encoding, and save it as UTF-8 (in an editor: “UTF-8”, not “UTF-8 with BOM”). The
first two have much in common; where both make words, the message names both. Else, single
bytes count as Windows-1252.

There is one finding for each file: at the first byte that is not UTF-8, else
before the first letter.

## Bad

```markdown generated_pages/techniques/T0146.md {encoding=cp1252}
# Technique T0146: Account Asset

**Summary**: The caf⟦é⟧ was called “Café”.
```

```text findings
this file is not UTF-8 but, it seems, Windows-1252: the byte 0xE9 is “é”, and 3 others make sense too. Open it as Windows-1252 and save it as UTF-8
```

## Bad: a byte order mark

```markdown generated_pages/techniques/T0146.md {encoding=utf-8-sig}
⟦⟧# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```text findings
the file begins with a byte order mark. Save it as UTF-8 without one
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: The café was called “Café”.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import PageSource, Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="T501",
    name="invalid-encoding",
    severity=Severity.ERROR,
    dominant=True,
    harm=Harm.HYGIENE,
    action="save the file as UTF-8, without a byte order mark",
    scope=RuleScope.PAGE,
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield at most one finding for each file."""
    del options
    for document in corpus.checked_documents:
        source = document.source
        if not isinstance(source, PageSource):
            continue
        if source.invalid:
            yield _report(document, source)
        elif source.encoding != "utf-8":
            yield RULE.at(
                document,
                Text(source, 0, 0),
                f"the file is in {source.encoding}. Save it as UTF-8",
                wrong=source.encoding,
            )
        elif source.bom is not None:
            yield RULE.at(
                document,
                Text(source, 0, 0),
                "the file begins with a byte order mark. Save it as UTF-8 without one",
                wrong="byte order mark",
            )


def _report(document: Document, source: PageSource) -> Finding:
    start, byte = source.invalid[0]
    end = start + 1
    for offset, _ in source.invalid[1:]:
        if offset != end:
            break
        end += 1
    shown = source.text[start]
    others = len(source.invalid) - 1
    first, either, second = source.encoding.partition(" or ")
    if either:
        start, byte, other = _find_difference(source, second)
        end = start + 1
        message = (
            f"this file is not UTF-8 but {source.encoding}: the byte 0x{byte:02X} is "
            f"“{source.text[start]}” in {first} and “{other}” in {second}. Open it in the one "
            "in which its words are right, and save it as UTF-8"
        )
    elif source.encoding != "unknown":
        rest = f", and {others} other{'s make' if others > 1 else ' makes'} sense too"
        message = (
            f"this file is not UTF-8 but, it seems, {source.encoding}: the byte 0x{byte:02X} is "
            f"“{shown}”{rest if others else ''}. Open it as {source.encoding} and save it as UTF-8"
        )
    else:
        reading = f" (in Windows-1252 it is “{shown}”)" if shown.isprintable() else ""
        rest = f", nor {'are' if others > 1 else 'is'} {others} other" if others else ""
        rest += "s in this file" if others > 1 else " in this file" if others else ""
        message = f"the byte 0x{byte:02X} is not UTF-8{reading}{rest}. Save the file as UTF-8"
    if source.bom is not None:
        message += ", without a byte order mark"
    return RULE.at(document, Text(source, start, end), message, wrong="bytes that are not UTF-8")


def _find_difference(source: PageSource, encoding: str) -> tuple[int, int, str]:
    """Return the first byte that another encoding shows otherwise: where, the byte, its letter."""
    for offset, byte in source.invalid:
        other = bytes([byte]).decode(encoding, errors="replace")
        if other != source.text[offset]:
            return offset, byte, other
    offset, byte = source.invalid[0]
    return offset, byte, source.text[offset]
