"""A reference to an id that nothing defines.

No page and no index has the id: it was mistyped, or its entity was renumbered and
nothing recorded the change. A reader who follows it finds nothing, and counts of
evidence by technique miss the row.

If the text gives the id a name that belongs to another entity, the id is most likely
wrong, and the finding suggests the right one, in the id list of its row too; otherwise
it names the closest id. In a
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
from disarm_lint.model.document import PageType, Relation
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule, derived
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
    superseded_by=("M701", "S114", "M707"),
    harm=Harm.ASTRAY,
    action="write the id that is meant",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference to an id that nothing defines."""
    del options
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
                    "ids in {places} are of another kind than belongs there: no page shows them",
                    "write these ids where ids of their kind belong, or remove them",
                    harm=Harm.LOST,
                ),
            )
        if reference.status is not Status.UNKNOWN:
            continue
        hint = explain_unknown(corpus, reference)
        twin = _find_twin(corpus, reference)
        if twin is not None and not hint.text:
            hint = _explain_by_twin(corpus, reference, twin)
        message = f"{reference.target} does not exist"
        message = f"{message}; {hint.text}" if hint.text else message
        yield RULE.at(
            reference.document,
            mention.id,
            message,
            subject=reference.target,
            gone=reference.target,
            suggestion=hint.id,
            wrong=f"{mention.id.raw} {reference.written.raw if reference.written else ''}",
            root=find_left_behind(corpus, reference)
            or (_build_row_root(corpus, twin, message) if twin is not None else None),
        )


def _find_twin(corpus: Corpus, reference: Reference) -> Reference | None:
    """Return the same unknown id in another cell of a worksheet row: one hand wrote both."""
    document, mention = reference.document, reference.mention
    if document.type is not PageType.ROW:
        return None
    places = _group_unknown(corpus).get((document, reference.target), {})
    twins = (other for place, other in places.items() if place != mention.place)
    return max(twins, key=lambda other: other.written is not None, default=None)


@derived
def _group_unknown(corpus: Corpus) -> dict[tuple[Document, str], dict[str, Reference]]:
    """Return one unknown id for each cell of each worksheet row, one with a name where it has one."""
    found: dict[tuple[Document, str], dict[str, Reference]] = {}
    for reference in corpus.references:
        if reference.document.type is PageType.ROW and reference.status is Status.UNKNOWN:
            places = found.setdefault((reference.document, reference.target), {})
            known = places.setdefault(reference.mention.place, reference)
            if known.written is None and reference.written is not None:
                places[reference.mention.place] = reference
    return found


@derived
def _list_cited(corpus: Corpus) -> frozenset[tuple[Document, str, str]]:
    """Return which ids stand in which column of which worksheet row."""
    return frozenset(
        (r.document, r.mention.place, r.target)
        for r in corpus.references
        if r.document.type is PageType.ROW
    )


def _explain_by_twin(corpus: Corpus, reference: Reference, twin: Reference) -> IdHint:
    """Say what an id in a list was meant for, where the text of its row names it."""
    meant = explain_unknown(corpus, twin).id
    entity = corpus.entity(meant or "")
    if entity is None:
        return IdHint("", None)
    place = reference.mention.place
    listed = (reference.document, place, entity.id) in _list_cited(corpus)
    told = f"the text of this row calls it “{entity.name}”, which is {entity.id}"
    if listed:
        return IdHint(f"{told} and listed here already", None)
    return IdHint(f"{told}: the id is probably wrong", entity.id)


def _build_row_root(corpus: Corpus, twin: Reference, message: str) -> Root:
    """Return the root cause of an id that stands in several cells of a row."""
    key = f"unknown {twin.target} in row {twin.document.key}"
    return find_left_behind(corpus, twin) or Root(key, message, RULE.action, by_place=False)
