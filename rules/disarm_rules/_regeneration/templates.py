"""What M701 does where nearly all pages of a kind differ in one place: the template does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from disarm_lint.model.document import Document, Row
    from disarm_rules._regeneration.fields import StalePlace

_MANY = 10

# A kind or index, and a field, table, or column of it; the unit is a page, or a row of an index.
PagePlace = tuple[str, str]


def list_places(page: Document) -> Iterator[PagePlace]:
    """Yield the places of a page in which something stands."""
    kind = page.kind.key if page.kind else ""
    yield kind, ""
    yield from {(kind, item.spec.key) for item in page.fields if item.spec and item.value}
    yield from {(kind, table.key) for table in page.tables if table.rows}


def find_place(document: Document, stale: StalePlace, row: Row | None = None) -> PagePlace:
    """Return the place in which a page differs, or a row of an index page does."""
    if row is not None:
        cells = (n for n, cell in enumerate(row.cells) if stale.place.end <= cell.text.end)
        return document.path, str(next(cells, 0))
    kind = document.kind.key if document.kind else ""
    return kind, document.origin_at(stale.place.start).partition("/")[0]


@dataclass(frozen=True, slots=True)
class FoundStale:
    """A difference: its place, and whose page or index row it is on (`owner` is the id)."""

    document: Document
    owner: str
    place: PagePlace
    stale: StalePlace


def drop_templates(found: Sequence[FoundStale], sizes: Counter[PagePlace]) -> Iterator[FoundStale]:
    """Yield what differs, once where nearly all do: then the generator is another one.

    `sizes` says on how many pages or index rows something stands in a place.
    """
    owners: dict[PagePlace, set[str]] = {}
    for item in found:
        owners.setdefault(item.place, set()).add(item.owner)
    shared = {
        place: len(those)
        for place, those in owners.items()
        if len(those) >= _MANY and len(those) * 10 >= sizes[place] * 9
    }
    reported: set[PagePlace] = set()
    for item in found:
        if item.place not in shared:
            yield item
        elif item.place not in reported:
            reported.add(item.place)
            more = f"; {shared[item.place] - 1} others differ here too, as if the generator had changed"
            yield replace(
                item, stale=replace(item.stale, message=item.stale.message + more, template=True)
            )
