"""An evidence text cites a technique that no row of its incident lists.

The text says that the incident shows a technique, but the incident has no row
for it: a count of incidents by technique misses it. Many texts cite a whole
chain of techniques of which only one was tagged, so this rule is off by
default; an audit turns it on with `--select R210`.

## Bad

```markdown generated_pages/techniques/T0115.md
# Technique T0115: Post Content

**Summary**: Posting.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | Accounts posted (⟦T0115⟧: Post Content). |
```

```text findings
the text cites T0115 “Post Content”, but I00064 has no row for it
```

## Good

```markdown generated_pages/techniques/T0115.md
# Technique T0115: Post Content

**Summary**: Posting.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0115 Post Content](../../generated_pages/techniques/T0115.md) | Accounts posted (T0115: Post Content). |
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._evidence import read_evidence_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R210",
    name="untagged-citation",
    severity=Severity.INFO,
    default=False,
    superseded_by=("M707",),
    harm=Harm.HYGIENE,
    action="list the technique, or leave it",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each technique that an incident's texts cite and its rows lack."""
    del options
    rows = [row for row in read_evidence_rows(corpus) if row.document.id == row.incident]
    tagged: dict[str, set[str]] = {}
    for row in rows:
        tagged.setdefault(row.incident, set()).add(row.technique)
    for row in rows:
        for reference in row.cited:
            entity = corpus.entity(reference.target)
            if reference.status is not Status.DEFINED or entity is None:
                continue
            if entity.id in tagged[row.incident]:
                continue
            tagged[row.incident].add(entity.id)
            message = (
                f"the text cites {entity.id} “{entity.name}”, but {row.incident} has no row for it"
            )
            subject = f"{row.incident}/{entity.id}"
            yield RULE.at(row.document, reference.mention.id, message, subject=subject)
