"""A reference to an id that nothing defines.

No page and no index has the id: it was mistyped, or its entity was renumbered and
nothing recorded the change. A reader who follows it finds nothing, and counts of
evidence by technique miss the row.

If the text gives the id a name that belongs to another entity, the id is most likely
wrong, and the finding suggests the right one; otherwise it names the closest id. In a
field or table that holds ids of one kind, an id of another kind is reported too. Ids
of a kind that the corpus does not have at all (sectors, resources) are not reported,
nor are ids in a sentence about the past ("previously used the ID T0019"). A tactic field is judged by R204, a parent by
R203, an id that is known to have existed by R208.

## Bad

```markdown generated_pages/techniques/T0097.208.md
# Technique T0097.208: Social Cause Persona

**Summary**: People with this persona present as focused on a social cause.
```

```markdown generated_pages/incidents/I00108.md
# Incident I00108: How you thought you support the animals

* **Summary:** A network of pages (⟦T0143.208⟧: Social Cause Persona) asked for donations.
```

```text findings
T0143.208 does not exist; “Social Cause Persona” is T0097.208: the id is probably wrong
```

## Good

```markdown generated_pages/techniques/T0097.208.md
# Technique T0097.208: Social Cause Persona

**Summary**: This technique previously used the ID T0143.208.
```

```markdown generated_pages/incidents/I00108.md
# Incident I00108: How you thought you support the animals

* **Summary:** A network of pages (T0097.208: Social Cause Persona) asked for donations.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._ids import IdHint, explain_unknown, explain_wrong_kind
from disarm_rules._renumbering import find_left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R201",
    name="unknown-id",
    severity=Severity.ERROR,
    superseded_by=("M701", "S114"),
    harm=Harm.ASTRAY,
    action="write the id that is meant",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference to an id that nothing defines."""
    del options
    rows = _read_rows(corpus)
    for reference in corpus.references:
        mention = reference.mention
        if mention.relation is not Relation.NONE:
            continue
        wrong = explain_wrong_kind(corpus, reference)
        if wrong is not None:
            yield RULE.at(
                reference.document,
                mention.id,
                wrong,
                subject=reference.target,
                root=Root(
                    f"not {mention.refers_to}",
                    "{places} hold ids of another kind than belongs there: no page shows them",
                    "write these ids where ids of their kind belong, or take them out",
                    harm=Harm.LOST,
                ),
            )
        if reference.status is not Status.UNKNOWN:
            continue
        hint = explain_unknown(corpus, reference)
        row = rows.get((reference.document, reference.target))
        if row is not None and hint.id is None and (sure := _find_sure(corpus, row)):
            hint = sure
        message = f"{reference.target} does not exist"
        yield RULE.at(
            reference.document,
            mention.id,
            f"{message}; {hint.text}" if hint.text else message,
            subject=reference.target,
            gone=reference.target,
            suggestion=hint.id,
            wrong=f"{mention.id.raw} {reference.written.raw if reference.written else ''}",
            root=find_left_behind(corpus, reference) or _build_root(corpus, reference, row),
        )


def _read_rows(corpus: Corpus) -> dict[tuple[Document, str], list[IdHint]]:
    """Return what is known of each id that does not exist, each time that a row writes it."""
    found: dict[tuple[Document, str], list[IdHint]] = {}
    for reference in corpus.references:
        if reference.status is not Status.UNKNOWN or reference.document.sheet is None:
            continue
        # A column from before a renumbering is a root cause of its own.
        kept = find_left_behind(corpus, reference) is None
        if kept and reference.mention.relation is Relation.NONE:
            place = (reference.document, reference.target)
            found.setdefault(place, []).append(explain_unknown(corpus, reference))
    return found


def _find_sure(corpus: Corpus, row: list[IdHint]) -> IdHint | None:
    """Return the id that another text of the row shows to be meant."""
    meant = {hint.id for hint in row if hint.id is not None}
    entity = corpus.entity(meant.pop()) if len(meant) == 1 else None
    if entity is None:
        return None
    return IdHint(f"another cell of this row means {entity.id} “{entity.name}” by it", entity.id)


def _build_root(corpus: Corpus, reference: Reference, row: list[IdHint] | None) -> Root | None:
    """Return the one root cause of an id that several cells of a row write."""
    if row is None or len(row) < 2:
        return None
    sure = _find_sure(corpus, row)
    target, key = reference.target, reference.document.key
    meant = corpus.entity(sure.id) if sure is not None and sure.id is not None else None
    return Root(
        f"{target} in {key}",
        f"{target}, which does not exist, stands in {{places}} ({key})",
        f"write {meant.id} “{meant.name}” instead, if that is meant" if meant else RULE.action,
        by_place=False,
    )
