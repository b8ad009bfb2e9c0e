"""A page that differs from the master data that it was generated from.

The pages are generated from the workbooks. If a page differs from its row, either the
row was changed and the page not regenerated, or somebody edited the page by hand, and
the next generation silently discards that edit. Make changes in the workbook, and
regenerate the pages.

The rule compares the heading, the fields, the rows of tables with their evidence, and
the rows of index pages, also those that are missing; spaces do not count. M702 reports
what the workbook states and no page shows. Pages without a row, pages in an old layout,
and text below the edit marker are not compared. If nearly all pages of a kind differ in the same place, one
finding says so: the generator then writes that place differently.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0146 | Account Asset | TA15 | An Account is a user-specific profile. |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made ten accounts. | I00064 | T0146 |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: ⟦Account⟧

**Summary**: An Account is ⟦any⟧ profile.

**Tactic**: TA15 Establish Assets


| Incident | Descriptions given for this incident |
| -------- | -------------------- |
| [I00064 Tinder nightmares](../../generated_pages/incidents/I00064.md) | They made ten accounts. |
| [⟦I00065⟧ Ghostwriter](../../generated_pages/incidents/I00065.md) | They wrote. |
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made ⟦two⟧ accounts. |
```

```markdown generated_pages/incidents/I00065.md
# Incident I00065: Ghostwriter

* **Summary:** Hacked sites.
```

```text findings
stale page: the sheet incidenttechniques says “They made ten accounts.” here
stale page: the sheet techniques calls T0146 “Account Asset”
stale page: the sheet techniques says “…Account is a user-specific profile.” here
stale page: nothing in the workbook puts I00065 on the page of T0146
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0146 | Account Asset | TA15 | An Account is a user-specific profile. |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

**Tactic**: TA15 Establish Assets
```
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._alignment import list_displaced_ids, list_displaced_pairs
from disarm_rules._leftovers import list_empty_sheets
from disarm_rules._regeneration.addresses import compare_addresses
from disarm_rules._regeneration.fields import StalePlace, compare_fields, compare_heading
from disarm_rules._regeneration.renderings import STALE, find_row, list_compared_pages
from disarm_rules._regeneration.tables import compare_listing, compare_tables
from disarm_rules._regeneration.templates import (
    FoundStale,
    PagePlace,
    drop_templates,
    find_place,
    list_places,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding, Related
    from disarm_lint.model.text import Text

RULE = Rule(
    code="M701",
    name="stale-page",
    severity=Severity.ERROR,
    superseded_by=("T504", "M707"),
    # Where the cell is wrong, that is said there: the page must not copy it.
    superseded_at_source=(
        "R202",
        "R204",
        "S108",
        "S109",
        "S112",
        "S114",
        "M703",
        "M708",
        "N401",
        "N403",
        "R201",
        "R207",
        "T502",
    ),
    harm=Harm.ASTRAY,
    action="regenerate the page, or correct the workbook",
    repair=Repair.BY_HAND,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each place at which a page differs from the master data."""
    del options
    if not corpus.rows:
        return
    sizes: Counter[PagePlace] = Counter()
    found: list[FoundStale] = []
    for page in list_compared_pages(corpus):
        sizes.update(list_places(page))
        found += [
            FoundStale(page, page.id or "", find_place(page, stale), stale)
            for stale in _compare_page(corpus, page)
        ]
    for listing in corpus.registry.listings:
        document, row = listing.document, listing.row
        sizes.update((document.path, str(n)) for n in range(len(row.cells) if row else 0))
        found += [
            FoundStale(document, listing.entity_id, find_place(document, stale, row), stale)
            for stale in compare_listing(corpus, listing)
        ]
    found += _find_unlisted(corpus)
    emptied = {sheet.kind: sheet.root for sheet in list_empty_sheets(corpus)}
    found = [item for item in found if not _is_displaced(corpus, item)]
    for item in drop_templates(found, sizes):
        # Regenerating would delete what the sheet has lost.
        kind = find_kind(item.stale.target or item.owner, corpus.profile)
        root = emptied.get(kind.key) if kind is not None else None
        yield _report(item.document, item.stale, item.owner, root)


def _find_unlisted(corpus: Corpus) -> Iterator[FoundStale]:
    """Yield the indexes that have lost the rows of entities which the workbook has."""
    listed: dict[Document, set[str]] = defaultdict(set)
    for listing in corpus.registry.listings:
        if listing.row is not None:
            listed[listing.document].add(listing.entity_id)
    for document, ids in listed.items():
        kind = document.index.lists if document.index is not None else None
        stated = [e for e in corpus.registry.entities.values() if kind and e.kind.key == kind]
        lost = [e for e in stated if e.master is not None and e.id not in ids]
        # An index that lacks most of them lists something else, or is of another generation.
        for entity in lost if len(lost) * 2 < len(stated) else ():
            if entity.page is None or entity.master is None or entity.master.sheet is None:
                continue
            told = (
                f"{entity.id} “{entity.name}” is not listed here, and the sheet "
                f"{entity.master.sheet.name} has it"
            )
            stale = StalePlace(document.top, told, entity.definition.id, subject=entity.id)
            yield FoundStale(document, entity.id, find_place(document, stale), stale)


def _is_displaced(corpus: Corpus, item: FoundStale) -> bool:
    """Tell whether a column that is out of place is why a page differs: then M707 says so."""
    ids, pairs = list_displaced_ids(corpus), list_displaced_pairs(corpus)
    owner, target = item.owner, item.stale.target or ""
    if {owner, target, item.stale.subject} & ids:
        return True
    return (owner, target) in pairs or (target, owner) in pairs


def _compare_page(corpus: Corpus, page: Document) -> Iterator[StalePlace]:
    row = find_row(corpus, page.id or "")
    if row is not None:
        yield from compare_heading(page, row)
        yield from compare_fields(corpus, page, row)
        yield from compare_addresses(corpus, page, row)
    yield from compare_tables(corpus, page)


def _report(document: Document, stale: StalePlace, owner: str, root: Root | None = None) -> Finding:
    return RULE.at(
        document,
        stale.place,
        f"stale page: {stale.message}",
        subject=stale.subject or owner,
        suggestion=stale.suggestion,
        related=list(_relate_cell(stale.cell)),
        root=root or replace(STALE, template=stale.template),
    )


def _relate_cell(cell: Text | None) -> Iterator[Related]:
    if cell is not None:
        yield relate(cell, "the workbook says this" if cell else "this cell is empty")
