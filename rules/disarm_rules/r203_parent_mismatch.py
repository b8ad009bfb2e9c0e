"""The parent of a sub-technique is not the one that its id says.

`T0166.001` is a sub-technique of `T0166`, and of nothing else. A page puts it into the
wrong branch if it states another parent, a parent that does not exist, or no parent
although its kind has a field for one. A technique without a sub-id has no parent.

## Bad

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique T0166.001: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content <br><br>**Parent Technique:** ⟦T0165⟧ AI-Generated Content
```

```text findings
the parent of T0166.001 is T0166, not T0165
```

## Bad: no parent

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique ⟦T0166.001⟧: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content
```

```text findings
T0166.001 states no parent; it belongs to T0166 “AI-Generated Content”
```

## Good

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique T0166.001: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content <br><br>**Parent Technique:** T0166 AI-Generated Content
```
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._ids import read_field_id
from disarm_rules._leftovers import find_leftover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="R203",
    name="parent-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M707",),
    harm=Harm.ASTRAY,
    action="write the parent that the id names",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each wrong, surplus or missing parent."""
    del options
    if not corpus.known:
        return
    pages = [
        document
        for document in corpus.pages
        if document.layout and any(spec.parent for spec in document.layout.fields)
    ]
    for document in pages:
        yield from _check_page(corpus, document)
    silent = [document for document in pages if _lacks_parent(corpus, document)]
    templates = _find_templates(pages, silent)
    reported: set[str] = set()
    for document in silent:
        key = document.kind.key if document.kind else ""
        if key not in reported:
            yield _report_no_parent(corpus, document, templates.get(key))
        if key in templates:
            reported.add(key)


# A page's own slip, or the template's: as many pages, and so many of ten, share what it lacks.
_MANY, _OF_TEN = 10, 9


def _find_templates(pages: list[Document], silent: list[Document]) -> dict[str, int]:
    """Return the kinds whose template has no parent, with how many pages state none."""
    subs = Counter(page.kind.key for page in pages if page.kind and is_sub(page.id or ""))
    lacking = Counter(page.kind.key for page in silent if page.kind)
    return {
        key: count
        for key, count in lacking.items()
        if count >= _MANY and count * 10 >= subs[key] * _OF_TEN
    }


def _lacks_parent(corpus: Corpus, document: Document) -> bool:
    heading = document.heading
    if not is_sub(document.id or "") or heading is None or heading.id is None:
        return False
    return not _list_parents(corpus, document) and not _is_label_misspelt(corpus, document)


def _report_no_parent(corpus: Corpus, document: Document, pages: int | None) -> Finding:
    """Return the finding of a page that states no parent, for so many `pages` of one template."""
    own = document.id or ""
    right = corpus.entity(find_stem(own))
    message = f"{own} states no parent; it belongs to {find_stem(own)}"
    if right is None:
        message = f"{own} states no parent, and {find_stem(own)} does not exist"
    else:
        message += f" “{right.name}”"
    where = document.heading.id if document.heading else None
    suggestion, read = None, _read_parent(corpus, document)
    if read is not None and right is not None and read[1].id == right.id:
        where, suggestion = read[0], right.id
        message = f"“{where.raw}” is not an id, and “{right.name}” is {right.id}; write {right.id}"
    root = None
    if pages is not None and document.kind is not None:
        kind = document.kind
        message += f" (as on {pages} {kind.title} pages: their template has no parent)"
        root = Root(
            f"template of {kind.key}: parent",
            f"the template of {pages:,} {kind.title} pages has no parent",
            "generate the pages with today's template, or describe theirs in a profile",
            by_place=False,
            harm=Harm.HYGIENE,
        )
    return RULE.at(
        document,
        where or document.top,
        message,
        wrong="no parent",
        suggestion=suggestion,
        root=root,
    )


def _read_parent(corpus: Corpus, document: Document) -> tuple[Text, Entity] | None:
    """Return what stands for an id in the field of the parent, and whom its name names."""
    field = next((f for f in document.fields if f.spec is not None and f.spec.parent), None)
    if field is None or field.spec is None or not field.value:
        return None
    return read_field_id(corpus, field.value, field.spec.refers_to or "")


def _list_parents(corpus: Corpus, document: Document) -> list[Reference]:
    return [
        reference
        for reference in corpus.references_of(document)
        if reference.mention.relation is Relation.PARENT
    ]


def _is_label_misspelt(corpus: Corpus, document: Document) -> bool:
    """Tell whether the page states its parent under another label (S104 says so)."""
    fields = document.fields
    specs = document.layout.fields if document.layout else ()
    if any(
        item.spec is None and _begins_with(item, find_stem(document.id or "")) for item in fields
    ):
        return True
    labels = {label for spec in specs if spec.parent for label in spec.labels}
    errors = corpus.structure.get(document.path, ())
    return any(e.flaw is StructureFlaw.UNKNOWN_FIELD and e.expected in labels for e in errors)


def _begins_with(item: Field, entity_id: str) -> bool:
    return re.match(rf"{re.escape(entity_id)}\b", item.value.raw) is not None


def _check_page(corpus: Corpus, document: Document) -> Iterator[Finding]:
    own = document.id
    if own is None:
        return
    right = corpus.entity(find_stem(own))
    for reference in _list_parents(corpus, document):
        target = reference.target
        if reference.status is Status.MALFORMED:
            continue
        suggestion = None
        if not is_sub(own):
            message = f"{own} is not a sub-technique and has no parent; this says {target}"
        elif target != find_stem(own):
            message = f"the parent of {own} is {find_stem(own)}, not {target}"
            suggestion = find_stem(own)
        elif right is None:
            gone = corpus.retired(target)
            what = f"is retired ({gone.why})" if gone is not None else "does not exist"
            message = f"{target}, the parent of {own}, {what}"
        else:
            continue
        where = reference.mention.id
        leftover = find_leftover(corpus, find_stem(own)) if right is None else None
        root = leftover.root if leftover is not None else None
        yield RULE.at(document, where, message, subject=own, suggestion=suggestion, root=root)
