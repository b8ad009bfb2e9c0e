"""A field or index cell `<ID> <name>` whose name is not the entity's name.

Fields such as `**Tactic**: TA15 Establish Assets`, and cells such as
`M004 - Friction` or `TA01 Plan Strategy` in an index, repeat the name of what
they refer to. After a rename they still show the old one. A field that has lost the name
behind its id, where nearly all others have one, is a warning.

## Bad

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.
```

```markdown generated_pages/counters_index.md
# DISARM Counters:

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
<th>metatechnique</th>
<th>tactic</th>
<th>responsetype</th>
</tr>
<tr>
<td><a href="counters/C00006.md">C00006</a></td>
<td>Charge for social media</td>
<td>Include a paid-for privacy option.</td>
<td></td>
<td>TA01 ⟦Strategic Planning⟧</td>
<td>D02</td>
</tr>
</table>
```

```text findings
TA01 is called “Plan Strategy” (the wording differs)
```

## Good

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.

**Tactic**: TA01 Plan Strategy
```
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.profile import Format
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._names import find_mismatches, report_suspect_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="N403",
    name="field-name-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M701", "L308", "M707"),
    harm=Harm.NAME,
    action="write the name that the entity has",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field or cell whose name is wrong."""
    del options
    yield from find_mismatches(RULE, corpus, frozenset({Role.FIELD, Role.CELL, Role.INDEX}))
    yield from report_suspect_names(RULE, corpus)
    yield from _find_nameless(corpus)


# Where so many fields, and so large a share of them, have a name behind the id, one without it
# has lost it.
_FEWEST, _SHARE = 3, 0.75


def _find_nameless(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each field that has lost the name behind its id."""
    gaps: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    bare: dict[tuple[str, str, str], list[Reference]] = defaultdict(list)
    for key, reference in _list_named(corpus):
        mention = reference.mention
        if mention.name is None:
            bare[key].append(reference)
        elif mention.name.start > mention.id.end:
            gaps[key][Text(mention.id.source, mention.id.end, mention.name.start).raw] += 1
    for key, references in bare.items():
        named = gaps[key].total()
        if named < max(_FEWEST, _SHARE * (named + len(references))):
            continue
        ((gap, _),) = gaps[key].most_common(1)
        for reference in references:
            yield from _report_nameless(corpus, reference, gap)


def _list_named(corpus: Corpus) -> Iterator[tuple[tuple[str, str, str], Reference]]:
    """Yield the references of fields for ids with names, each with the column or field."""
    for document in corpus.checked_documents:
        place = document.sheet.name if document.sheet else ""
        kind = document.kind.key if document.kind else ""
        for item in document.fields if document.type is not PageType.OTHER else ():
            if item.spec is not None and item.spec.format is Format.NAMED:
                # Layouts differ in whether they have names.
                key = place or f"{kind} {item.label.raw}", kind, item.spec.key
                for reference in corpus.references_in(document, item.value):
                    yield key, reference


def _report_nameless(corpus: Corpus, reference: Reference, gap: str) -> Iterator[Finding]:
    entity = corpus.entity(reference.target)
    if reference.status is not Status.DEFINED or entity is None or not entity.name:
        return
    meant = f"{entity.id}{gap}{entity.name}"
    yield RULE.at(
        reference.document,
        reference.mention.id,
        f"the name of {entity.id} is missing here; write “{meant}”",
        subject=entity.id,
        wrong=f"{entity.id} without a name",
        suggestion=meant,
        severity=Severity.WARNING,
    )
