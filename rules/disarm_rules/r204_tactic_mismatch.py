"""The tactic of a technique does not exist, or its page does not list the technique.

A technique page names its tactic; the tactic's page lists its techniques. Both
come from one cell of the workbook, so if they differ, one of them is stale or was
edited by hand. An analyst who goes from tactic to technique
then sees another framework than one who goes the other way.

The finding stands at the technique's field, even if the tactic's page is wrong.

## Bad

```markdown generated_pages/tactics/TA15.md
# Tactic TA15: Establish Assets

* **Summary:** Establishing information assets.


| Techniques |
| ---------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) |
```

```markdown generated_pages/tactics/TA06.md
# Tactic TA06: Develop Content

* **Summary:** Create or acquire text, images, and other content.


| Techniques |
| ---------- |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**Tactic**: ⟦TA06⟧ Develop Content
```

```text findings
T0146 says TA06 “Develop Content”, but the page of TA15 “Establish Assets” lists it
```

## Good

```markdown generated_pages/tactics/TA15.md
# Tactic TA15: Establish Assets

* **Summary:** Establishing information assets.


| Techniques |
| ---------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**Tactic**: TA15 Establish Assets
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._ids import explain_unknown, explain_wrong_kind, is_row_damaged, read_field_id
from disarm_rules._leftovers import find_leftover
from disarm_rules._regeneration.renderings import find_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding, Related, Root
    from disarm_lint.model.profile import FieldSpec
    from disarm_lint.model.text import Text

RULE = Rule(
    code="R204",
    name="tactic-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M701", "M707"),
    harm=Harm.LOST,
    action="make the page and its tactic agree",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each technique whose tactic does not exist or does not list it."""
    del options
    if not corpus.known:
        return
    for document in corpus.pages:
        for spec in document.layout.fields if document.layout else ():
            if spec.listed_in is not None:
                listing = corpus.listed_by.get(document.id or "", {})
                yield from _check_field(corpus, document, spec, listing)
    for document in corpus.rows:
        for column in document.sheet.columns if document.sheet else ():
            if column.field.listed_in is not None:
                yield from _check_cell(corpus, document, column.field)


def _show(corpus: Corpus, entity_id: str) -> str:
    entity = corpus.entity(entity_id)
    return f"{entity_id} “{entity.name}”" if entity else entity_id


def _check_cell(corpus: Corpus, document: Document, spec: FieldSpec) -> Iterator[Finding]:
    """Yield a finding for each tactic in a worksheet cell that does not exist."""
    for reference in corpus.members(document, spec.key):
        if reference.status in (Status.MALFORMED, Status.SILENT):
            continue
        told = _explain_missing(corpus, reference)
        if told is not None:
            message, suggestion = told
            where = reference.mention.id
            yield RULE.at(
                document,
                where,
                message,
                subject=document.id,
                suggestion=suggestion,
                root=_find_root(corpus, reference),
            )


def _find_root(corpus: Corpus, reference: Reference) -> Root | None:
    leftover = find_leftover(corpus, reference.target)
    return leftover.root if leftover and reference.status is Status.RETIRED else None


def _explain_missing(corpus: Corpus, reference: Reference) -> tuple[str, str | None] | None:
    """Return a message and a suggestion for a reference to what is no tactic."""
    gone = corpus.retired(reference.target) if reference.status is Status.RETIRED else None
    if gone is not None and gone.successor is None:
        return f"{gone.id} is retired ({gone.why})", None
    if reference.status is not Status.DEFINED:
        hint = explain_unknown(corpus, reference)
        message = f"{reference.target} does not exist"
        return message + (f"; {hint.text}" if hint.text else ""), hint.id
    wrong = explain_wrong_kind(corpus, reference)
    return (wrong, None) if wrong is not None else None


def _check_field(
    corpus: Corpus, document: Document, spec: FieldSpec, listing: Mapping[str, Reference]
) -> Iterator[Finding]:
    own = document.id
    item = document.field(spec.key)
    if own is None or item is None or not item.value:
        return
    stated = [
        reference
        for reference in corpus.references_of(document)
        if reference.mention.relation is Relation.CONTAINER
        and item.text.start <= reference.mention.id.start < item.text.end
    ]
    if not stated and not _is_told_in_cell(corpus, own, item.value, spec):
        read = read_field_id(corpus, item.value, spec.refers_to or "")
        message, place = f"“{item.label.raw}” of {own} holds no id", item.value
        if read is not None:
            place, entity = read
            message = f"“{place.raw}” is not an id, and “{entity.name}” is {entity.id}"
        meant = read[1].id if read is not None else None
        message += f"; write {meant}" if meant else ""
        yield RULE.at(document, place, message, wrong="no id", suggestion=meant)
    targets = {reference.target for reference in stated}
    elsewhere = sorted(set(listing) - targets)
    yield from _check_stated(corpus, document, own, spec, stated, listing)
    if elsewhere and targets & set(listing):
        for other in elsewhere:
            place = listing[other].mention.id
            message = f"{own} is also listed by {_show(corpus, other)}, which it does not name"
            where = stated[0].mention.id
            also = [relate(place, f"{own} is listed here")]
            yield RULE.at(document, where, message, subject=own, wrong=other, related=also)


def _is_told_in_cell(corpus: Corpus, own: str, value: Text, spec: FieldSpec) -> bool:
    """Tell whether the cell that a field is made from says the same and is told to be wrong."""
    row = find_row(corpus, own)
    cell = row.field(spec.key) if row is not None else None
    if row is None or cell is None or squeeze(cell.value.raw) != squeeze(value.raw):
        return False
    return any(item.status is Status.MALFORMED for item in corpus.members(row, spec.key))


def _check_stated(
    corpus: Corpus,
    document: Document,
    own: str,
    spec: FieldSpec,
    stated: Sequence[Reference],
    listing: Mapping[str, Reference],
) -> Iterator[Finding]:
    """Yield a finding for each entity that a page names and that does not list it in turn."""
    elsewhere = sorted(set(listing) - {reference.target for reference in stated})
    for reference in stated:
        target = reference.target
        if reference.status in (Status.MALFORMED, Status.SILENT):
            continue
        also: list[Related] = []
        suggestion = None
        if (told := _explain_missing(corpus, reference)) is not None:
            message, suggestion = told
        elif target in listing:
            continue
        else:
            page = corpus.page(target)
            table = page.table(spec.listed_in or "") if page else None
            if page is None or table is None or is_row_damaged(corpus, page, table.key, own):
                continue
            message = f"{own} says {_show(corpus, target)}, but that page does not list it"
            also = [relate(page.top, f"{own} is not listed here")]
            if elsewhere:
                message = (
                    f"{own} says {_show(corpus, target)}, but the page of "
                    f"{_show(corpus, elsewhere[0])} lists it"
                )
                also = [relate(listing[elsewhere[0]].mention.id, f"{own} is listed here")]
        yield RULE.at(
            document,
            reference.mention.id,
            message,
            subject=own,
            suggestion=suggestion,
            related=also,
            root=_find_root(corpus, reference),
        )
