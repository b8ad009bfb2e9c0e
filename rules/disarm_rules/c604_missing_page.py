"""An entity that an index lists, of a kind that has pages, has no page.

The index links to a page that does not exist: it was deleted or never
committed, or the entity is gone and the index was not regenerated.

Kinds that have no pages at all in the corpus (detections, response types) are
not reported here; L301 reports links to their pages.

## Bad

```markdown generated_pages/phases_index.md
# DISARM Phases:

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
</tr>
<tr>
<td><a href="phases/P01.md">P01</a></td>
<td>Plan</td>
<td>Envision the desired outcome.</td>
</tr>
<tr>
<td><a href="phases/P02.md">⟦P02⟧</a></td>
<td>Prepare</td>
<td>Activities conducted before execution.</td>
</tr>
</table>
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```

```text findings
P02 “Prepare” is listed, but has no page; expected generated_pages/phases/P02.md
```

## Good

```markdown generated_pages/phases_index.md
# DISARM Phases:

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
</tr>
<tr>
<td><a href="phases/P01.md">P01</a></td>
<td>Plan</td>
<td>Envision the desired outcome.</td>
</tr>
</table>
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._leftovers import find_leftover
from disarm_rules._links import build_missing_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.registry import Listing
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="C604",
    name="missing-page",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="generate the page, or remove its entity from the list",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each listed entity without a page."""
    del options
    if not corpus.known:
        return
    for listing in corpus.registry.authoritative_listings:
        kind, entity = listing.kind, corpus.entity(listing.entity_id)
        if kind.folder is None or kind.key not in corpus.kinds_with_pages:
            continue
        if entity is None or entity.page is not None or not _is_first(entity, listing):
            continue
        folder = f"{corpus.profile.prefix}{kind.folder}"
        path = f"{folder}/{entity.id}.md"
        if f"{entity.id}.md" in (corpus.tree.names(folder) or ()):
            continue
        leftover = find_leftover(corpus, entity.id)
        message = f"{entity.id} “{entity.name}” is listed, but has no page; expected {path}"
        if leftover is not None:
            message += f". The page of {leftover.id} has this name: was {leftover.id} meant?"
        yield RULE.at(
            listing.document,
            listing.id,
            message,
            subject=entity.id,
            wrong="no page",
            breaks=path,
            root=leftover.root if leftover is not None else build_missing_root(corpus, kind),
        )


def _is_first(entity: Entity, listing: Listing) -> bool:
    """Tell whether a listing is the first to define the entity in the list that counts."""
    same = (d for d in entity.definitions if d.document.sheet is listing.document.sheet)
    return next((d.id for d in same), None) == listing.id
