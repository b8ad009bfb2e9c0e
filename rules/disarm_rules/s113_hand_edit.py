"""Text above the edit marker that no template writes.

The generator rewrites everything above the line `DO NOT EDIT ABOVE THIS LINE` from the
spreadsheets. Text that was typed there by hand is lost in the next run. Move it below
the marker, or into the spreadsheet.

If a page has no marker, its parts cannot be told apart, and S107 reports the page.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

⟦Note: ask the red team for a better example.⟧

**Summary**: An Account is a user-specific profile.

**Tactic**: TA15 Establish Assets

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW
```

```text findings
this text comes from no template: the next generation removes it. Move it below the edit marker, or into the spreadsheet
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**Tactic**: TA15 Establish Assets

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

Note: ask the red team for a better example.
```
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.profile import Format
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S113",
    name="hand-edit",
    severity=Severity.WARNING,
    superseded_by=("M707",),
    harm=Harm.LOST,
    action="move the text below the marker, or into the workbook",
)

# What as many pages of a kind have word for word was not written by hand.
_MANY = 10
_MESSAGE = (
    "this text comes from no template: the next generation removes it. "
    "Move it below the edit marker, or into the spreadsheet"
)


def _lost_a_label(corpus: Corpus, document: Document) -> bool:
    """Tell whether a text is most likely the value of a field whose label is gone (S103)."""
    for error in corpus.structure.get(document.path, ()):
        spec = document.layout.field(error.detail) if document.layout else None
        if error.flaw is StructureFlaw.MISSING_FIELD and spec and spec.format is Format.PROSE:
            return True
    return False


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each piece of text that stands where only the generator writes."""
    del options
    written = Counter(
        (document.kind, stray.raw) for document in corpus.pages for stray in document.strays
    )
    for document in corpus.pages:
        if not document.markers:
            continue
        if _lost_a_label(corpus, document):
            continue
        for stray in document.strays:
            if stray.start <= document.top.start:
                # Text before the heading, or a heading that is none, is S101's.
                continue
            if written[document.kind, stray.raw] >= _MANY:
                continue
            line = stray.raw.splitlines()[0] if stray else ""
            yield RULE.at(document, stray.part(0, len(line)), _MESSAGE, wrong=stray.raw)
