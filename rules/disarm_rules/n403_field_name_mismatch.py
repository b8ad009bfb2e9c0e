"""A field or index cell `<ID> <name>` whose name is not the entity's name.

Fields such as `**Tactic**: TA15 Establish Assets`, and cells such as
`M004 - Friction` or `TA01 Plan Strategy` in an index, repeat the name of what
they refer to. After a rename they still show the old one.

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

from typing import TYPE_CHECKING

from disarm_lint.model.document import Role
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._names import find_mismatches, report_suspect_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
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
