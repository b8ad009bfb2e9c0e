"""Id lists and framework grids as the same thing: columns of ids, each below its tactic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import PageType
from disarm_rules._artefacts import find_container_key
from disarm_rules._ids import list_possible_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Table
    from disarm_lint.model.text import Text
    from disarm_lint.parse.artefacts import IdList


@dataclass(frozen=True, slots=True)
class GridPlace:
    """A cell: the id in it, and all ids that it may have been meant for.

    Of a `settled` one another rule says what is wrong with it, if anything is.
    """

    text: Text
    id: str
    ids: frozenset[str]
    settled: bool = False


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column: the places of its tactic, of its phase where the grid has them, and of its ids."""

    head: GridPlace | None
    above: GridPlace | None
    places: tuple[GridPlace, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of an id list or a framework grid; `top` is where it begins."""

    columns: tuple[GridColumn, ...]
    top: Text

    def heads(self) -> Iterator[GridPlace]:
        """Yield the heads of the columns."""
        return (column.head for column in self.columns if column.head)

    def above(self) -> Iterator[GridPlace]:
        """Yield what stands above the heads."""
        return (column.above for column in self.columns if column.above)

    def places(self) -> Iterator[GridPlace]:
        """Yield the places below the heads."""
        return (place for column in self.columns for place in column.places)


def find_usual_kind(corpus: Corpus, places: Iterable[GridPlace]) -> str | None:
    """Return the key of the kind that most of some places hold."""
    kinds = (find_kind(place.id, corpus.profile) for place in places)
    counts = Counter(kind.key for kind in kinds if kind is not None)
    return max(sorted(counts), key=counts.__getitem__) if counts else None


def build_list_grid(ids: IdList) -> Grid:
    """Return the columns of an id list."""

    def build_place(text: Text) -> GridPlace:
        return GridPlace(text, text.raw, frozenset((text.raw,)))

    columns = tuple(
        GridColumn(
            build_place(column.tactic) if column.tactic else None,
            build_place(column.phase) if column.phase else None,
            tuple(build_place(text) for text in column.ids),
        )
        for column in ids.columns
    )
    return Grid(columns, ids.top)


def find_page_grids(corpus: Corpus) -> Iterator[tuple[Document, Grid]]:
    """Yield the framework grids among the index pages, each with its page."""
    for document in corpus.checked_documents:
        if document.type is PageType.INDEX and document.index and not document.index.lists:
            for table in document.tables:
                grid = _read_grid(corpus, document, table)
                if grid is not None:
                    yield document, grid


def _read_grid(corpus: Corpus, document: Document, table: Table) -> Grid | None:
    """Return a table as a grid; None unless ids of one kind alone stand in its first row."""
    rows = [table.header, *(tuple(cell.text for cell in row.cells) for row in table.rows)]
    rows = [row for row in rows if row]
    if not rows:
        return None
    heads = [_read_place(corpus, document, text) for text in rows[0] if text]
    named = [head for head in heads if head is not None]
    kinds = {find_kind(head.id, corpus.profile) for head in named}
    if not named or len(named) < len(heads) or len(kinds) > 1:
        return None
    columns: list[list[GridPlace]] = [[] for _ in rows[0]]
    for row in rows[1:]:
        for column, text in zip(columns, row, strict=False):
            place = _read_place(corpus, document, text)
            if place is not None:
                column.append(place)
    found = zip(rows[0], columns, strict=True)
    grid = Grid(
        tuple(
            GridColumn(_read_place(corpus, document, head), None, tuple(places))
            for head, places in found
        ),
        named[0].text,
    )
    head_kind = find_usual_kind(corpus, named)
    member = next((corpus.entity(place.id) for place in grid.places()), None)
    belongs = member is not None and head_kind and find_container_key(corpus, member, head_kind)
    return grid if belongs else None


def _read_place(corpus: Corpus, document: Document, text: Text) -> GridPlace | None:
    found = corpus.references_in(document, text)
    if not found:
        return None
    first = found[0]
    ids = frozenset(list_possible_ids(corpus, first)) or frozenset((first.target,))
    settled = first.status is not Status.DEFINED or len(ids) > 1
    return GridPlace(first.mention.id, first.target, ids, settled)
