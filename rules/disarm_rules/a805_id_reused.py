"""An id that names something else now than in an earlier release.

A report that was tagged with the id meant the old entity; now it refers to the new
one, although nothing in the report has changed. Never reuse an id: give the new
entity a new one, and list the old one under `retired`.

A rename is not a reuse. An id is reported if its new name has next to nothing in
common with the old one, its summary was replaced too, and either the old name now
belongs to another id, or the names share no word and the summaries hardly one. A name
that `aliases` in the configuration gives to the id is accepted.

The rule needs an earlier release to compare with: it runs in `disarm-lint diff` and
`disarm-lint history`, never in `check`.

## Bad

```markdown generated_pages/techniques/T0043.001.md {earlier=yes}
# Technique T0043.001: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```markdown generated_pages/techniques/T0043.001.md
# Technique T0043.001: ⟦Bait Influencer⟧

**Summary**: To lure prominent people into spreading an invented claim.
```

```markdown generated_pages/techniques/T0151.004.md
# Technique T0151.004: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```text findings
T0043.001 was “Use Encrypted Chat Apps” in the earlier release and names something else now; its old name is T0151.004 now. Give “Bait Influencer” an id of its own
```

## Good

```markdown generated_pages/techniques/T0043.001.md {earlier=yes}
# Technique T0043.001: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```markdown generated_pages/techniques/T0043.001.md
# Technique T0043.001: Closed Messengers

**Summary**: Examples include Signal, WhatsApp, Wire and others.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.words import shorten, show_invisible
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="A805",
    name="id-reused",
    severity=Severity.WARNING,
    harm=Harm.ASTRAY,
    action="give the new entity an id that was never used",
)


def compare(corpus: Corpus, changes: ReleaseChanges, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id that names something else."""
    del options
    for change in changes.reused:
        entity = corpus.entity(change.id)
        if entity is not None:
            heirs = change.succession.bearers
            yield _report(entity, change.old_name or "", heirs, changes.old.label)


def _report(entity: Entity, was: str, heirs: Sequence[str], label: str) -> Finding:
    definition = entity.definition
    message = (
        f"{entity.id} was “{show_invisible(shorten(was, 80))}” in {show_invisible(label)} "
        "and names something else now"
    )
    if heirs:
        message += f"; its old name is {' and '.join(heirs[:3])} now"
    message += f". Give “{show_invisible(shorten(entity.name, 80))}” an id of its own"
    where = definition.name or definition.id
    return RULE.at(definition.document, where, message, subject=entity.id, wrong=was)
