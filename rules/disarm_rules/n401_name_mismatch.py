"""A citation `<ID>: <name>` whose name is not the entity's name.

Evidence texts cite techniques inline, as in `(T0146: Account Asset)`. When a
technique is renamed, the texts that cite it keep the old name. Readers who know the
old name then see two techniques where there is one, and a search for the new name
misses the evidence.

The name that counts is that in the entity's row of the workbook, without workbooks the
one in the heading of its page. Differences in letter case, hyphens and the plural count;
typographic quotes do not. The finding stands at the written name and suggests the right
one. If the written name belongs to another entity, the finding stands at the id and
suggests that of the name, which is what people mean, and the message names both. If the
written name has nothing in common with the entity's, nothing is suggested: the entity may
have been renamed, or something else may have had its id, and the message says what to
write in either case.

In a bracketed list, as in the example, whatever stands behind an id in capitals
is its name. Elsewhere prose has no delimiters, and only what resembles a known
name counts as one: in “T0049: the flood began in May” nothing does.

A name that is right but for its dashes or its spaces, or that stands behind another mark
than a colon and one space (`T0146 : Account Asset`), is a warning: no search finds it.

Names that are accepted beside the real one can be listed in the config under
`aliases`, spellings that are accepted for one another under `glossary`.

## Bad

```markdown generated_pages/techniques/T0088.001.md
# Technique T0088.001: Develop AI-Generated Audio (Deepfakes)
```

```markdown generated_pages/incidents/I00103.md
# Incident I00103: The racist AI deepfake that fooled and divided a community

* **Summary:** They posted a clip (T0088.001: ⟦AI Generated Audio (Deepfakes)⟧).
```

```text findings
T0088.001 is called “Develop AI-Generated Audio (Deepfakes)” (missing: Develop)
```

## Good

```markdown generated_pages/techniques/T0088.001.md
# Technique T0088.001: Develop AI-Generated Audio (Deepfakes)
```

```markdown generated_pages/incidents/I00103.md
# Incident I00103: The racist AI deepfake that fooled and divided a community

* **Summary:** They posted a clip (T0088.001: Develop AI-Generated Audio (Deepfakes)).
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
    code="N401",
    name="name-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M701", "M707"),
    harm=Harm.NAME,
    action="write the name that the entity has",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each citation in prose whose name is wrong."""
    del options
    yield from find_mismatches(RULE, corpus, frozenset({Role.PROSE}))
