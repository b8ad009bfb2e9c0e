"""An id of another framework.

MITRE ATT&CK numbers its techniques `T1078`, much like DISARM does. Such an id
in a text is right where it is meant, but a reader (or a tool) may take it for
one of ours, and a mistyped one (`T1708`) goes unnoticed, because nothing here
defines it. This is a hint, not an error.

Ids of the form `T1###` count wherever this corpus has none of its own of that
form; ids of other forms (`TA0043`, `S0154`) only beside the framework's name.

## Bad

```markdown generated_pages/techniques/T0150.005.md
# Technique T0150.005: Compromised Asset

**Summary**: An asset taken over. See also MITRE ATT&CK ⟦T1078⟧: Valid Accounts.
```

```text findings
T1078 looks like an id of MITRE ATT&CK, not of this framework
```

## Good

```markdown generated_pages/techniques/T0150.005.md
# Technique T0150.005: Compromised Asset

**Summary**: An asset taken over. See also [Valid Accounts](https://attack.mitre.org/techniques/T1078/).
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R207",
    name="foreign-id",
    severity=Severity.INFO,
    harm=Harm.HYGIENE,
    action="say which framework the id belongs to",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id of another framework."""
    del options
    for reference in corpus.references:
        if reference.status is Status.FOREIGN and reference.foreign is not None:
            name = reference.foreign.name
            message = (
                f"{reference.mention.id.raw} looks like an id of {name}, not of this framework"
            )
            yield RULE.at(
                reference.document, reference.mention.id, message, subject=reference.target
            )
