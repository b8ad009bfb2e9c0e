"""Two entities of one kind with one name.

A citation of the name may mean either, and a search by name finds both. Most often
one of the two is left over from a renumbering. Names that differ only in letter case
count as the same.

## Bad

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.
```

```markdown generated_pages/techniques/T0074.md
# Technique T0074: ⟦Determine Target Audiences⟧

**Summary**: Determining the target audiences.
```

```text findings
T0073 and T0074 are both called “Determine Target Audiences”
```

## Good

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.
```

```markdown generated_pages/techniques/T0074.md
# Technique T0074: Determine Strategic Ends

**Summary**: Determining the ends.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule, relate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="N404",
    name="duplicate-name",
    severity=Severity.WARNING,
    superseded_by=("M707",),
    harm=Harm.NAME,
    action="give one of the two another name",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each entity whose name an earlier one of its kind has."""
    del options
    first: dict[tuple[str, str], Entity] = {}
    for entity_id in sorted(corpus.registry.entities):
        entity = corpus.registry.entities[entity_id]
        if not entity.name:
            continue
        key = (entity.kind.key, simplify_name(entity.name).casefold())
        before = first.setdefault(key, entity)
        place = next((d for d in entity.definitions if d.name), None)
        other = next((d for d in before.definitions if d.name), None)
        if before is entity or place is None or place.name is None:
            continue
        yield RULE.at(
            place.document,
            place.name,
            f"{before.id} and {entity.id} are both called “{before.name}”",
            subject=entity.id,
            related=[relate(other.name, before.id)] if other and other.name else (),
        )
