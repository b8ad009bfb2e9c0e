"""An index page that disagrees with an entity's page about its name or its fields.

Index pages repeat the name, the summary and a field or two of each entity.
If they differ from the page, one of the two was not regenerated, or was
edited by hand.

The finding stands at the first cell that differs.

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
<td><a href="phases/P02.md">P02</a></td>
<td>⟦Preparation⟧</td>
<td>Activities conducted before execution.</td>
</tr>
</table>
```

```markdown generated_pages/phases/P02.md
# Phase P02: Prepare

* **Summary:** Activities conducted before execution.
```

```text findings
the page of P02 has another name: “Prepare”
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
<td><a href="phases/P02.md">P02</a></td>
<td>Prepare</td>
<td>Activities conducted before execution.</td>
</tr>
</table>
```

```markdown generated_pages/phases/P02.md
# Phase P02: Prepare

* **Summary:** Activities conducted before execution.
```
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_same_name, simplify_name
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived, relate
from disarm_rules._difference import find_difference
from disarm_rules._names import list_dashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.registry import Listing
    from disarm_lint.model.document import Cell, Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="C603",
    name="stale-index",
    severity=Severity.ERROR,
    # A summary that differs in the words that another finding is about.
    superseded_by=(
        "T504",
        "S103",
        "S106",
        "S108",
        "S109",
        "S112",
        "R201",
        "R202",
        "R207",
        "R208",
        "R209",
        "L307",
        "N401",
        "M701",
        "M707",
        "S114",
        "T503",
    ),
    harm=Harm.LOST,
    action="make the index and the page agree",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each index row that differs from the entity's page."""
    del options
    found = list(_find(corpus))
    numbers = Counter((item.listing.document.path, item.what) for item in found)
    for item in found:
        number = numbers[item.listing.document.path, item.what]
        yield _report(corpus, item, _build_root(item, number) if number >= _FEWEST else None)


# So many rows that differ in one column are no slips: index and pages are not of one generation.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class _Difference:
    """A cell of an index whose page says something else, at `where`; `what` it is about."""

    listing: Listing
    cell: Cell
    where: Text
    what: str
    message: str


def _find(corpus: Corpus) -> Iterator[_Difference]:
    """Yield the first difference of each row of an index."""
    for listing in corpus.registry.listings:
        page = corpus.page(listing.entity_id)
        if page is None or page.path in corpus.stale_layouts:
            continue
        for cell in listing.row.cells if listing.row else ():
            told = None if _is_r204s(corpus, page, cell) else _find_difference(page, cell)
            if told is not None:
                yield _Difference(listing, cell, *told)
                break


def _is_r204s(corpus: Corpus, page: Document, cell: Cell) -> bool:
    """Tell whether it is the page that stands alone: its field against index and other page."""
    key = cell.column.field if cell.column else None
    spec = page.layout.field(key) if page.layout and key else None
    if spec is None or spec.listed_in is None:
        return False
    item = page.field(spec.key)
    if item is None or not item.value:
        return True
    return set(_list_ids(cell.text.raw)) <= set(corpus.listed_by.get(page.id or "", {}))


def _build_root(item: _Difference, number: int) -> Root:
    file = item.listing.document.path.rpartition("/")[2]
    return Root(
        f"{item.listing.document.path} {item.what}",
        f"{number:,} rows of {file} have another {item.what} than the pages",
        "generate index and pages again from the same data",
        by_place=False,
    )


def _report(corpus: Corpus, item: _Difference, root: Root | None) -> Finding:
    listing, cell = item.listing, item.cell
    return RULE.at(
        listing.document,
        cell.text or listing.id,
        f"the page of {listing.entity_id} has {item.message}",
        subject=listing.entity_id,
        wrong=cell.text.raw,
        suggestion=_name_meant(corpus, listing, cell),
        related=[relate(item.where, "the page says this")],
        root=root,
    )


def _name_meant(corpus: Corpus, listing: Listing, cell: Cell) -> str | None:
    """Return the name that a cell has to say, where it says that of another entity."""
    page = corpus.page(listing.entity_id)
    if cell.column is None or cell.column.format is not Format.NAME or page is None:
        return None
    written = simplify_name(cell.text.raw)
    name = simplify_name(page.name or "")
    named = _map_names(corpus).get(written, ())
    return name if name and any(other != listing.entity_id for other in named) else None


@derived
def _map_names(corpus: Corpus) -> dict[str, list[str]]:
    """Return the ids of the entities that have a name."""
    found: dict[str, list[str]] = {}
    for entity in corpus.registry.entities.values():
        found.setdefault(simplify_name(entity.name), []).append(entity.id)
    return found


def _find_difference(page: Document, cell: Cell) -> tuple[Text, str, str] | None:
    """Return where the page says something else than a cell, what of, and what.

    None if the two agree.
    """
    column, heading = cell.column, page.heading
    if column is None or heading is None:
        return None
    if column.format is Format.NAME:
        if not heading.name:
            return None
        if is_same_name(cell.text.raw, heading.name.raw):
            here, there = list_dashes(cell.text.raw), list_dashes(heading.name.raw)
            if here == there or len(here) != len(there):
                return None
            return heading.name, "name", f"another kind of hyphen: “{heading.name.raw.strip()}”"
        return heading.name, "name", f"another name: “{simplify_name(heading.name.raw)}”"
    item = page.field(column.field) if column.field else None
    if item is None:
        return None
    if column.format in (Format.IDS, Format.NAMED):
        here = _list_ids(cell.text.raw)
        there = _list_ids(item.value.raw)
        if here == there:
            return None
        message = f"another {item.label.raw}: {', '.join(there) or 'none'}"
        return item.value or item.label, item.label.raw, message
    if simplify_name(cell.text.raw) == simplify_name(item.value.raw):
        return None
    how = find_difference(simplify_name(cell.text.raw), simplify_name(item.value.raw))
    return item.value or item.label, item.label.raw, f"another {item.label.raw}: {how}"


def _list_ids(value: str) -> list[str]:
    heads = (part.strip().partition(" ")[0] for part in value.split(","))
    return [head for head in heads if any(char.isdecimal() for char in head)]
