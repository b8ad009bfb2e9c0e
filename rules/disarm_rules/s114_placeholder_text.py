"""A placeholder (`TODO`, `TBD`, `lorem ipsum`, an id of zeros) where text is missing.

Readers take what a page says as the framework's position. Write the text, or leave the
field empty: an empty field at least shows that nothing is known.

A field, a cell or a sentence that is nothing but such a word is reported, and `TODO`,
`FIXME` and `TBD` in capitals, and `lorem ipsum`, wherever they stand in prose.

## Bad

```markdown generated_pages/counters/C00074.md
# Counter C00074: Identify And Delete Accounts

* **Summary**: ⟦TBD⟧
```

```markdown generated_pages/counters/C00075.md
# Counter C00075: Normalise Language

* **Summary**: Talk plainly. ⟦TODO⟧: say to whom.
```

```text findings
this is a placeholder: write the text
this is a placeholder: write what belongs here
```

## Good

```markdown generated_pages/counters/C00074.md
# Counter C00074: Identify And Delete Accounts

* **Summary**: Platforms remove accounts that act together.
```
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, RuleScope
from disarm_rules._placeholders import describe_program_text, is_nothing, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="S114",
    name="placeholder-text",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="write the text",
    repair=Repair.BY_HAND,
    scope=RuleScope.PAGE,
)

_INSIDE = re.compile(r"(?<![\w@#/-])(?:TODO|FIXME|TBD)(?![\w/-])|(?i:\blorem ipsum\b)")


_ROOT = Root(
    "placeholder",
    "placeholders stand where texts belong in {places}",
    "write the texts",
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each placeholder in a field, a cell or prose."""
    del options
    for document in corpus.checked_documents:
        done: set[int] = set()
        prose = _find_prose(document)
        for value in chain(_list_values(document), document.prose):
            if value.start in done:
                continue
            told = (value.start, value.end) in prose and is_nothing(value.raw)
            if describe_program_text(value.raw) is None and (told or is_placeholder(value.raw)):
                done.add(value.start)
                message = "this is a placeholder: write the text"
                yield RULE.at(document, value, message, root=_ROOT)
        if not _may_be_inside(document.source.text):
            continue
        for piece in document.prose:
            if piece.start in done:
                continue
            for match in _INSIDE.finditer(piece.raw):
                message = "this is a placeholder: write what belongs here"
                yield RULE.at(document, piece.part(*match.span()), message, root=_ROOT)


def _may_be_inside(text: str) -> bool:
    """Tell quickly whether a text holds one of the words, in whatever place."""
    return any(word in text for word in ("TODO", "FIXME", "TBD")) or "lorem" in text.lower()


def _find_prose(document: Document) -> frozenset[tuple[int, int]]:
    """Return where the fields and cells for running text begin and end."""
    fields = (f.value for f in document.fields if f.spec and f.spec.format is Format.PROSE)
    cells = (
        cell.text
        for table in document.tables
        for row in table.rows
        for cell in row.cells
        if cell.column is not None and cell.column.format is Format.PROSE
    )
    return frozenset((text.start, text.end) for text in chain(fields, cells))


def _list_values(document: Document) -> Iterator[Text]:
    """Yield the values of fields and the cells of tables, but ids and the index's."""
    for item in document.fields:
        refers = item.spec is not None and (item.spec.refers_to or item.spec.format == "id")
        if item.value and not refers:
            yield item.value
    if document.type is PageType.ENTITY:
        for table in document.tables:
            for row in table.rows:
                for cell in row.cells:
                    if cell.text and (cell.column is None or cell.column.refers_to is None):
                        yield cell.text
