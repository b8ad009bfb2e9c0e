r"""Text that was decoded with the wrong encoding.

`â€™` and `‚Äô` are what becomes of an apostrophe `’` when UTF-8 is read as
Windows-1252 or Mac Roman; `√©` was an `é`. Such damage comes from exports and
copies, and it can be undone: the suggestion is the text as it was. Where letters
are lost for good, shown as U+FFFD, there is no suggestion.

There is one finding for each damaged line, from its first to its last damaged
letter. The text of a whole page is judged together, by the library ftfy: a
sequence that might be meant is left alone.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: A user’s caf⟦Ã© in ZÃ¼⟧rich.
```

```text findings
this text was decoded with the wrong encoding: “Ã©” should be “é”
```

## Bad: one sequence in a sound page

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An “Account” is the user⟦‚Äô⟧s profile, in Zürich – or elsewhere.
```

```text findings
this text was decoded with the wrong encoding: “‚Äô” should be “’”
```

## Bad: a letter is lost

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: The user⟦�⟧s profile.
```

```text findings
a letter was lost in decoding, and “�” is in its place; type it again
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: « L’été à Łódź », “Привет”, Việt Nam, ΑΘΗΝΑ: 👩‍💻 and café’s – all right…
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._display import shorten, show_invisible
from disarm_rules._mojibake import find_damage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_rules._mojibake import Damage

RULE = Rule(
    code="T502",
    name="mojibake",
    severity=Severity.ERROR,
    dominant=True,
    harm=Harm.HYGIENE,
    action="write the repaired text",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each line with damaged text."""
    del options
    for document in corpus.checked_documents:
        for damage in find_damage(document.source.text):
            if any(damage.start <= at < damage.end for at, _ in document.source.invalid):
                continue
            yield _finding(document, damage)


def _finding(document: Document, damage: Damage) -> Finding:
    text = Text(document.source, damage.start, damage.end)
    wrong, right = damage.sample
    if wrong == right:
        message = f"a letter was lost in decoding, and “{wrong[:4]}” is in its place; type it again"
    else:
        message = (
            "this text was decoded with the wrong encoding: "
            f"“{show_invisible(shorten(wrong))}” should be {_quoted(right)}"
        )
        if damage.repaired is None:
            message += ", and letters are lost; type them again"
    return RULE.at(
        document,
        text,
        message,
        suggestion=damage.repaired,
    )


def _quoted(right: str) -> str:
    return f"“{show_invisible(shorten(right))}”" if right.strip() else "a space"
