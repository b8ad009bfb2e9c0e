"""An id of another framework.

MITRE ATT&CK numbers its techniques `T1078`, much like DISARM does. Such an id
in a text is right where it is meant, but a reader (or a tool) may take it for
one of ours. This is a hint, not an error.

The techniques of ATT&CK 17 are known: a mistyped id is a warning, where the name behind it
is that of another one (`T1708: Valid Accounts`). An id beyond the last one of that version
is told as such.

Ids of the form `T1###` count wherever this corpus has none of its own of that
form; ids of other forms (`TA0043`, `S0154`) only beside the framework's name.

## Bad

```markdown generated_pages/techniques/T0150.005.md
# Technique T0150.005: Compromised Asset

**Summary**: An asset taken over. See also MITRE ATT&CK ⟦T1078⟧: Valid Accounts.
```

```text findings
T1078 “Valid Accounts” is an id of MITRE ATT&CK, not of this framework
```

## Bad: a mistyped id

```markdown generated_pages/techniques/T0150.005.md
# Technique T0150.005: Compromised Asset

**Summary**: An asset taken over. See also MITRE ATT&CK ⟦T1708⟧: Valid Accounts.
```

```text findings
MITRE ATT&CK 17 has no T1708; “Valid Accounts” is T1078
```

## Good

```markdown generated_pages/techniques/T0150.005.md
# Technique T0150.005: Compromised Asset

**Summary**: An asset taken over. See also [T1078: Valid Accounts](https://attack.mitre.org/techniques/T1078/).
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._foreign import read_foreign_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R207",
    name="foreign-id",
    severity=Severity.INFO,
    harm=Harm.HYGIENE,
    action="make it a link to its page in that framework",
)
# Code points behind an id in which its name is looked for.
_FAR = 120


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id of another framework."""
    del options
    for reference in corpus.references:
        if reference.status is Status.FOREIGN and reference.foreign is not None:
            finding = _judge(reference, reference.foreign.name)
            if finding.severity is not Severity.INFO or not _is_linked(reference):
                yield finding


def _is_linked(reference: Reference) -> bool:
    """Tell whether an id is in the text of a link to its framework, where all is said."""
    url = reference.foreign.url if reference.foreign is not None else ""
    at = reference.mention.id
    return any(
        link.label.start <= at.start < link.label.end and link.href.startswith(url)
        for link in reference.document.links
    )


def _judge(reference: Reference, framework: str) -> Finding:
    document, place, target = reference.document, reference.mention.id, reference.target
    known = read_foreign_ids().get(framework)
    message = f"{place.raw} looks like an id of {framework}, not of this framework"
    if known is None:
        return RULE.at(document, place, message, subject=target)
    leaf = reference.mention.leaf
    behind = leaf.source.text[place.end : min(leaf.end, place.end + _FAR)]
    name = known.names.get(target)
    told = known.read_name(behind)
    if told is not None and target not in told[1]:
        first = f"{framework} {known.version} has no {target}"
        if name is not None:
            first = f"{target} is “{name}” in {framework}"
        elif not known.is_beyond(target):
            first = f"{framework} {known.version} does not list {target}"
        meant = " or ".join(told[1])
        message = f"{first}; “{told[0]}” is {meant}"
        return RULE.at(
            document,
            place,
            message,
            subject=target,
            suggestion=told[1][0] if len(told[1]) == 1 else None,
            severity=Severity.WARNING,
            root=Root(
                f"foreign {target}: {told[0]}",
                message,
                f"write {meant} instead of {target}, if “{told[0]}” is meant",
                by_place=False,
                harm=Harm.ASTRAY,
            ),
        )
    if name is not None:
        message = f"{place.raw} “{name}” is an id of {framework}, not of this framework"
    elif known.is_beyond(target):
        message += f"; {framework} {known.version} has none so high"
    return RULE.at(document, place, message, subject=target)
