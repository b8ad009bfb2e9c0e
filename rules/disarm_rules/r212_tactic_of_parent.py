"""A sub-technique under another tactic than its parent.

A sub-technique is a way of doing what its parent does, so it serves the same
end. Where nearly all sub-techniques of a corpus stand under the tactic of their
parent, one that does not was most likely left behind when its parent moved.

The rule applies only if most sub-techniques of the corpus agree with their parents: 98
in 100, of 50 or more. The options `share` and `fewest` change these numbers.

## Bad

```yaml .disarm-lint.yaml
rules:
  R212:
    share: 50
    fewest: 2
```

```markdown generated_pages/techniques/T0151.md
# Technique T0151: Digital Community Hosting Asset

* **Belongs to tactic stage**: TA15
```

```markdown generated_pages/techniques/T0151.001.md
# Technique T0151.001: Social Media Platform

* **Belongs to tactic stage**: TA15
```

```markdown generated_pages/techniques/T0151.002.md
# Technique T0151.002: Online Community Group

* **Belongs to tactic stage**: ⟦TA07⟧
```

```markdown generated_pages/tactics/TA07.md
# Tactic TA07: Select Channels and Affordances
```

```markdown generated_pages/tactics/TA15.md
# Tactic TA15: Establish Assets
```

```text findings
T0151.002 is under TA07, and its parent T0151 under TA15, unlike nearly all sub-techniques here
```

## Good

```markdown generated_pages/techniques/T0151.md
# Technique T0151: Digital Community Hosting Asset

* **Belongs to tactic stage**: TA15
```

```markdown generated_pages/techniques/T0151.001.md
# Technique T0151.001: Social Media Platform

* **Belongs to tactic stage**: TA15
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.ruleset import Rule, relate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True, slots=True)
class TacticOfParentOptions:
    """Options of R212: from which share, in 100, and from how many on sub-techniques bear witness."""

    share: int = 98
    fewest: int = 50


RULE = Rule(
    code="R212",
    name="tactic-of-parent",
    severity=Severity.WARNING,
    superseded_by=("R204", "M701", "M707"),
    harm=Harm.ASTRAY,
    action="give both the same tactic",
    options=TacticOfParentOptions,
)


def check(corpus: Corpus, options: TacticOfParentOptions) -> Iterator[Finding]:
    """Yield a finding for each sub-technique whose tactic is not that of its parent."""
    homes = {
        entity_id: home
        for entity_id, entity in corpus.registry.entities.items()
        if (home := _read_home(corpus, entity.master or entity.page)) is not None
    }
    pairs = [(one, find_stem(one)) for one in homes if is_sub(one) and find_stem(one) in homes]
    apart = [(one, parent) for one, parent in pairs if homes[one].target != homes[parent].target]
    if len(pairs) < options.fewest or 100 * (len(pairs) - len(apart)) < options.share * len(pairs):
        return
    for one, parent in apart:
        own, other = homes[one], homes[parent]
        yield RULE.at(
            own.document,
            own.mention.id,
            f"{one} is under {own.target}, and its parent {parent} under {other.target}, "
            "unlike nearly all sub-techniques here",
            subject=one,
            related=[relate(other.mention.id, f"{parent} is under {other.target}")],
        )


def _read_home(corpus: Corpus, document: Document | None) -> Reference | None:
    """Return the one reference by which an entity says to what it belongs."""
    if document is None or document.kind is None:
        return None
    listing = (
        {c.field.key for c in document.sheet.columns if c.listed_in} if document.sheet else set()
    )
    if document.type is not PageType.ROW:
        fields = document.layout.fields if document.layout else ()
        listing = {spec.key for spec in fields if spec.listed_in}
    found = [
        reference
        for reference in corpus.references_of(document)
        if reference.mention.member
        and reference.mention.place in listing
        and reference.status is Status.DEFINED
    ]
    return found[0] if len(found) == 1 else None
