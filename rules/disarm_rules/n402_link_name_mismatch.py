"""A link labelled `<ID> <name>` whose name is not the entity's name.

The generator takes the labels from the names in the master data. A label with another
name means that the page was not regenerated after a rename, or was edited by hand.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 ⟦Account⟧](../../generated_pages/techniques/T0146.md) | They made accounts. |
```

```text findings
T0146 is called “Account Asset” (missing: Asset)
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import Role
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._names import find_mismatches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="N402",
    name="link-name-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M701", "M707"),
    harm=Harm.NAME,
    action="write the name that the entity has",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each link label whose name is wrong."""
    del options
    yield from find_mismatches(RULE, corpus, frozenset({Role.LINK}))
