"""A reference to an id that once existed.

The id is gone, but something remembers it: an orphan page, the config
(`retired:`), or a text ("This Technique previously used the ID T0019"). The
finding names the successor where one is known.

A sentence that itself speaks of the past is right to name the old id.

## Bad

```markdown generated_pages/techniques/T0049.008.md
# Technique T0049.008: Generate Information Pollution

**Summary**: Flooding. This Technique previously used the ID T0019.
```

```markdown generated_pages/counters/C00012.md
# Counter C00012: Platform regulation

* **Summary**: Counters ⟦T0019⟧ on large platforms.
```

```text findings
T0019 is retired (the page of T0049.008 says so); use T0049.008 “Generate Information Pollution”
```

## Good

```markdown generated_pages/techniques/T0049.008.md
# Technique T0049.008: Generate Information Pollution

**Summary**: Flooding. This Technique previously used the ID T0019.
```

```markdown generated_pages/counters/C00012.md
# Counter C00012: Platform regulation

* **Summary**: Counters T0049.008 on large platforms.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._renumbering import find_left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R208",
    name="retired-id",
    severity=Severity.ERROR,
    superseded_by=("T501", "T502", "M701"),
    harm=Harm.ASTRAY,
    action="write the id that took its place",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference to a retired id."""
    del options
    for reference in corpus.references:
        mention = reference.mention
        gone = corpus.retired(reference.target)
        if reference.status is not Status.RETIRED or gone is None:
            continue
        if mention.relation is not Relation.NONE:
            continue
        named = corpus.entity(reference.named) if reference.named else None
        successor = corpus.entity(gone.successor) if gone.successor else None
        message = f"{gone.id} is retired ({gone.why})"
        if reference.exactly and named is not None:
            message += f"; “{named.name}” is {named.id} now"
            successor = named
        elif successor is not None:
            message += f"; use {successor.id} “{successor.name}”"
        also = [relate(gone.where, f"what is left of {gone.id}")] if gone.where else []
        yield RULE.at(
            reference.document,
            mention.id,
            message,
            subject=gone.id,
            gone=gone.id,
            suggestion=successor.id if successor else None,
            related=also,
            root=find_left_behind(corpus, reference),
        )
