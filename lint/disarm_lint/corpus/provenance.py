"""What the workbooks state, and which cell a text on a page comes from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Origin
from disarm_lint.model.profile import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Statement
    from disarm_lint.model.document import Document, Field, Row, Table
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

_BLANKS = re.compile(r"\s+")
# How many rows with the same incident and technique are read one by one.
_MOST_STATING = 8
# How many cells are searched for the words of one text.
_MOST_CANDIDATES = 64
# Words this short occur everywhere.
_LEAST = 3


class Alignment:
    """A text of a page beside a cell that it may be made of.

    The generator may have joined several cells to one text, added a name or
    trimmed spaces. So the whole text is searched for first, then the cell within
    the text, then the words alone, with as many equal words before them. What does
    not depend on the words is searched for once.
    """

    def __init__(self, leaf: str, cell: str) -> None:
        self._leaf = leaf
        self._cell = cell
        trimmed, body = leaf.strip(), cell.strip()
        self._lead = len(leaf) - len(leaf.lstrip())
        long = len(trimmed) >= _LEAST or trimmed == body
        self._whole = cell.find(trimmed) if trimmed and long else -1
        self._at = leaf.find(body) if self._whole < 0 and len(body) >= _LEAST else -1
        self._behind = self._at + len(body)
        self._shift = len(cell) - len(cell.lstrip()) - self._at
        self._places: dict[str, tuple[list[int], list[int]]] = {}

    def find(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the code points `start` to `end` of the text stand in the cell."""
        if self._whole >= 0:
            at = self._whole - self._lead
            return _limit_span(at + start, at + end, len(self._cell))
        if 0 <= self._at <= start and end <= self._behind:
            return start + self._shift, end + self._shift
        words = self._leaf[start:end]
        if len(words.strip()) < _LEAST:
            return None
        if len(words) > 200 and (squeezed := _squeeze(words, self._cell)) is not None:
            return squeezed
        if words not in self._places:
            self._places[words] = (
                list(_find_occurrences(self._leaf, words, len(words))),
                list(_find_occurrences(self._cell, words, 1)),
            )
        above, here = self._places[words]
        if not here:
            return None
        before = bisect_right(above, start - len(words))
        position = here[min(before, len(here) - 1)]
        return position, position + len(words)


def align(leaf: str, start: int, end: int, cell: str) -> tuple[int, int] | None:
    """Return where the code points `start` to `end` of `leaf` stand in `cell`, else None."""
    return Alignment(leaf, cell).find(start, end)


def _find_occurrences(text: str, words: str, step: int) -> Iterator[int]:
    """Yield where words stand in a text, each at least `step` behind the one before."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + step)


def _limit_span(start: int, end: int, length: int) -> tuple[int, int]:
    start = min(max(0, start), length)
    return start, min(max(start, end), length)


def _squeeze(words: str, cell: str) -> tuple[int, int] | None:
    """Return the whole cell where it differs from the words in spaces alone."""
    if _BLANKS.sub(" ", words).strip() == _BLANKS.sub(" ", cell).strip():
        return 0, len(cell)
    return None


# What cuts the row of a table that it ends up in.
_BREAKING = re.compile(r"(?<!\\)\||\n")


class _Candidates:
    """The cells that a text of a page may be made of, the likeliest first."""

    def __init__(self, leaf: Text, cells: Iterator[tuple[Document, Text]]) -> None:
        self._raw = leaf.raw
        self._list_cells = islice(cells, _MOST_CANDIDATES)
        self._aligned: list[tuple[Document, Text, Alignment]] = []

    def find(self, start: int, end: int) -> Origin | None:
        """Return the cell that the code points `start` to `end` of the text come from."""
        for document, cell, alignment in self._list_all():
            found = alignment.find(start, end)
            if found is not None:
                return _make_origin(document, cell.part(*found))
        return None

    def _list_all(self) -> Iterator[tuple[Document, Text, Alignment]]:
        """Yield the cells; each is only read if the words are in none before it."""
        yield from self._aligned
        for document, cell in self._list_cells:
            self._aligned.append((document, cell, Alignment(self._raw, cell.raw)))
            yield self._aligned[-1]


class Tracer:
    """Finds the cells that the texts of a corpus come from."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._pages = {d.path: d for d in corpus.checked_documents if d.type is not PageType.ROW}
        self._pages.update((d.path, d) for d in corpus.registry.orphans)
        self._candidates: tuple[tuple[str, int, int], _Candidates] | None = None
        self._last: tuple[tuple[str, int], list[tuple[Document, Text, int]]] = (("", -1), [])
        self._turns: dict[tuple[str, int], tuple[dict[int, int], Counter[tuple[str, ...]]]] = {}
        self._by_text: dict[tuple[str, str, str, str], dict[str, list[Statement]]] = {}

    def trace(self, finding: Finding) -> Origin | None:
        """Return the cell that the words of a finding come from; None if it is not known."""
        text = finding.text
        page = self._pages.get(finding.location.path) if text is not None else None
        if text is None or page is None or page.type not in (PageType.ENTITY, PageType.INDEX):
            return None
        below = page.notes_start is not None and text.start >= page.notes_start
        if below or page in self._corpus.registry.orphans:
            return None
        unfilled = self._find_unfilled(page, text)
        if unfilled is not None:
            return unfilled
        around = self._find_around(page, text)
        if around is not None:
            leaf, cells = around
            place = (page.path, leaf.start, leaf.end)
            if self._candidates is None or self._candidates[0] != place:
                # Those of the last text are kept, because findings come in the order of texts.
                self._candidates = (place, _Candidates(leaf, cells))
            found = self._candidates[1].find(text.start - leaf.start, text.end - leaf.start)
            if found is not None:
                return found
        owner, whole = self._find_cause(page, text)
        if owner is None or whole is None:
            return None
        return _make_origin(owner, whole, exact=_makes_words(text.raw, whole.raw))

    def _find_unfilled(self, page: Document, text: Text) -> Origin | None:
        """Return the empty cell that a field without a value is made of, at its label."""
        own, item = self._find_row(page.id), page.field_at(text.start)
        if own is None or item is None or item.spec is None:
            return None
        if item.value or not is_within(text, item.label):
            return None
        cell = own.field(item.spec.key)
        return _make_origin(own, cell.text) if cell is not None and not cell.value else None

    def _find_around(
        self, page: Document, text: Text
    ) -> tuple[Text, Iterator[tuple[Document, Text]]] | None:
        """Return the running text around a finding, with the cells that may hold it."""
        heading = page.heading
        if heading is not None and text.start < heading.text.end:
            leaf = next(
                (p for p in (heading.id, heading.name) if p and is_within(text, p)), heading.text
            )
            return leaf, self._list_cells(self._find_row(page.id), ("name", "id"))
        item = page.field_at(text.start)
        if item is not None and is_within(text, item.text):
            leaf = item.value if is_within(text, item.value) else item.text
            return leaf, self._list_of_field(page, item)
        table, row = page.row_at(text.start)
        if table is None or row is None:
            return None
        cell = next((c for c in row.cells if is_within(text, c.text)), None)
        return cell.text if cell else row.text, self._list_of_row(page, table, row, text)

    def _list_of_field(self, page: Document, item: Field) -> Iterator[tuple[Document, Text]]:
        own = self._find_row(page.id)
        key = item.spec.key if item.spec else ""
        yield from self._list_cells(own, (key,))
        for reference in self._corpus.members(page, key):
            # The generator adds the name to the id that the cell holds.
            yield from self._list_cells(self._find_row(reference.target), ("name",))
        yield from self._list_cells(own, None)

    def _list_of_row(
        self, page: Document, table: Table, row: Row, text: Text
    ) -> Iterator[tuple[Document, Text]]:
        if page.type is PageType.INDEX:
            yield from self._list_of_index(page, table, row, text)
            return
        first = row.cells[0].text if row.cells else row.text
        stated = self._list_stating(page, table, row)
        if is_within(text, first):
            yield from ((doc, cell) for doc, cell, _ in stated)
            yield from self._list_cells(self._find_row(row.key), ("name",))
            yield from self._list_urls(first.raw)
        for doc, cell, _ in stated:
            yield from (pair for pair in self._list_cells(doc, None) if pair[1].start != cell.start)
        yield from self._list_cells(self._find_row(row.key), None)
        yield from self._list_urls(first.raw)

    def _list_of_index(
        self, page: Document, table: Table, row: Row, text: Text
    ) -> Iterator[tuple[Document, Text]]:
        own = self._find_row(row.key)
        if own is None or is_grid(page):
            yield from self._list_cells(self._find_in_grid(page, row, text), ("id", "name"))
            return
        item = find_under_header(own, table, row, text)
        if item is not None:
            yield own, item.text
        yield from self._list_cells(own, None)

    def _list_stating(
        self, page: Document, table: Table, row: Row
    ) -> list[tuple[Document, Text, int]]:
        """Return the rows that state what a table row shows; rows with its texts come first."""
        place = (page.path, row.text.start)
        if self._last[0] != place:
            self._last = (place, self._rank_rows(page, table, row))
        return self._last[1]

    def _rank_rows(
        self, page: Document, table: Table, row: Row
    ) -> list[tuple[Document, Text, int]]:
        places = self._corpus.stated_at
        found = places.get((page.id or "", table.key, row.key), ())
        if not found and row.cells:
            # A malformed id in the row counts as the id that was meant.
            meant = (r.target for r in self._corpus.references_in(page, row.cells[0].text))
            keys = ((page.id or "", table.key, target) for target in meant)
            found = next((places[key] for key in keys if key in places), ())
        if len(found) > _MOST_STATING:
            found = self._select_likely(found, row)
        texts = [cell.text.raw.strip() for cell in row.cells[1:] if len(cell.text.raw) > 8]
        scored = []
        for item in found:
            whole = item.document.source.text
            hits = sum(align(text, 0, len(text), whole) is not None for text in texts)
            scored.append((item.document, item.reference.mention.id, hits))
        scored.sort(key=lambda item: -item[2])
        # If two rows state the same with the same text, the table shows both.
        turn, same = self._count_equal_rows(page, table, row)
        best = [item for item in scored if item[2] == scored[0][2]]
        turn = turn if same <= len(best) else 0
        return best[turn:] + best[:turn] + scored[len(best) :]

    def _count_equal_rows(self, page: Document, table: Table, row: Row) -> tuple[int, int]:
        """Return how many rows above a table row have its words, and how many rows do in all."""
        place = (page.path, table.text.start)
        if place not in self._turns:
            seen: Counter[tuple[str, ...]] = Counter()
            turns = {}
            for other in table.rows:
                turns[other.text.start] = seen[tuple(list_row_words(other))]
                seen[tuple(list_row_words(other))] += 1
            self._turns[place] = (turns, seen)
        turns, seen = self._turns[place]
        return turns[row.text.start], seen[tuple(list_row_words(row))]

    def _select_likely(self, found: tuple[Statement, ...], row: Row) -> tuple[Statement, ...]:
        """Return, of very many equal statements, those that have a text of the row."""
        place = found[0].document.path, found[0].subject, found[0].shown_in, found[0].target
        if place not in self._by_text:
            by_text: dict[str, list[Statement]] = {}
            for item in found:
                for field in item.document.fields:
                    by_text.setdefault(field.value.raw, []).append(item)
            self._by_text[place] = by_text
        by_text = self._by_text[place]
        same = [
            item
            for text in list_row_words(row)[1:]
            for item in by_text.get(text, ())[:_MOST_STATING]
        ]
        return tuple(same[:_MOST_STATING]) or found[:_MOST_STATING]

    def _find_row(self, entity_id: str | None) -> Document | None:
        entity = self._corpus.entity(entity_id) if entity_id else None
        return entity.master if entity else None

    def _list_cells(
        self, document: Document | None, keys: tuple[str, ...] | None
    ) -> Iterator[tuple[Document, Text]]:
        """Yield the cells of a row that have any text: those of some keys, or all."""
        for item in document.fields if document is not None else ():
            key = item.spec.key if item.spec else ""
            format_ = item.spec.format if item.spec else Format.PLAIN
            if item.value and (key in keys if keys is not None else format_ is not Format.LONGNAME):
                assert document is not None
                yield document, item.text

    @cached_property
    def _by_url(self) -> Mapping[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in self._corpus.rows:
            for item in document.fields:
                if item.spec is not None and item.spec.format is Format.URLS:
                    for url in item.value.raw.split():
                        found.setdefault(url, []).append(document)
        return found

    def _list_urls(self, written: str) -> Iterator[tuple[Document, Text]]:
        urls = {part.strip("[]()<>") for part in written.replace("](", " ").split()}
        for url in sorted(urls):
            for document in self._by_url.get(url, ()):
                yield from self._list_cells(document, None)

    def _find_in_grid(self, page: Document, row: Row, text: Text) -> Document | None:
        """Return the worksheet row of the entity in a cell of a grid."""
        cell = next((c.text for c in row.cells if is_within(text, c.text)), None)
        inside = self._corpus.references_in(page, cell) if cell is not None else []
        return next((own for r in inside if (own := self._find_row(r.target)) is not None), None)

    def _find_named(self, page: Document, row: Row, text: Text) -> tuple[Document, Text] | None:
        """Return the cell of the name beside the id in the first cell of a table row."""
        first = row.cells[0].text if row.cells else row.text
        for reference in self._corpus.references_in(page, first):
            written, own = reference.mention.name, self._find_row(reference.target)
            name = own.field("name") if own else None
            if own is not None and name is not None and written and is_within(text, written):
                return own, name.text
        return None

    def _find_address_row(self, row: Row) -> Document | None:
        """Return the worksheet row that a row of a table of addresses is made of."""
        written = row.cells[0].text.raw.removeprefix("[").partition("](")[0] if row.cells else ""
        for document in self._by_url.get(written, ()):
            first = document.fields[0]
            if first.value.raw == written:
                return document
        return None

    def _find_cause(self, page: Document, text: Text) -> tuple[Document | None, Text | None]:
        """Return the cell that caused a place whose words are in no cell."""
        table, row = page.row_at(text.start)
        if table is not None and row is not None and is_grid(page):
            entity = self._find_in_grid(page, row, text)
            named = entity.heading.name or entity.heading.id if entity and entity.heading else None
            return entity, named
        if table is not None and row is not None:
            found = self._find_behind_row(page, table, row, text)
            if found is not None:
                return found
            if page.type is PageType.INDEX:
                return self._find_beside(page, text, row.key, in_row=True)
        return self._find_beside(page, text, page.id, in_row=row is not None)

    def _find_behind_row(
        self, page: Document, table: Table, row: Row, text: Text
    ) -> tuple[Document, Text] | None:
        """Return the cell that caused a place in a row of a table."""
        stated = self._list_stating(page, table, row)
        made_of = stated[0][0] if stated else self._find_address_row(row)
        if page.type is PageType.INDEX:
            made_of = self._find_row(row.key)
        if made_of is not None and covers(text, row):
            broken = next((f for f in made_of.fields if _BREAKING.search(f.text.raw)), None)
            if broken is not None:
                return made_of, broken.text
        if stated:
            stating, stated_at, _ = stated[0]
            beside_id = self._find_named(page, row, text)
            if beside_id is not None:
                return beside_id
            prose = [f for f in stating.fields if f.spec and f.spec.format is Format.PROSE]
            beside = not (row.cells and is_within(text, row.cells[0].text))
            return stating, prose[0].text if beside and prose else stated_at
        if made_of is not None:
            item = find_under_header(made_of, table, row, text)
            if item is not None or page.type is not PageType.INDEX:
                return made_of, (item or made_of.fields[0]).text
        return None

    def _find_beside(
        self, page: Document, text: Text, key: str | None, *, in_row: bool
    ) -> tuple[Document | None, Text | None]:
        """Return the cell of the row `key` that a heading or a field of a page is made of."""
        item = next((f for f in page.fields if is_within(text, f.text)), None)
        owner = self._find_row(key)
        if page.heading is not None and is_within(text, page.heading.text):
            name = owner.field("name") if owner else None
            return (owner, name.text) if name else (None, None)
        if owner is None or (item is None and not in_row):
            return None, None
        cell = owner.field(item.spec.key) if item is not None and item.spec else None
        if cell is not None:
            return owner, cell.text
        for reference in self._corpus.members(page, item.spec.key) if item and item.spec else ():
            # The row has no such cell: the generator fills the field with the name of another row.
            other = self._find_row(reference.target)
            name = other.field("name") if other else None
            if name is not None:
                return other, name.text
        heading = owner.heading
        return owner, heading.id if heading else None


def _makes_words(words: str, cell: str) -> bool:
    """Tell whether the generator made some words from a cell that does not contain them.

    An empty cell makes an empty list, a number one with decimals, and a pipe or
    a line break breaks its row.
    """
    if not cell.strip():
        return not any(char.isalnum() for char in words)
    return words.startswith(cell.strip()) or _BREAKING.search(cell) is not None


def _make_origin(document: Document, text: Text, *, exact: bool = True) -> Origin | None:
    cell = text.location.cell
    if cell is None:
        return None
    row = f"{document.path}#{document.origin_at(text.start)}"
    return Origin(document.path, cell, text.raw, row, document.key, exact)


def is_grid(page: Document) -> bool:
    """Tell whether a page is a grid, whose cells are entities of their own."""
    return page.index is not None and page.index.lists is None


def is_within(text: Text, place: Text) -> bool:
    """Tell whether a text lies in a place."""
    return place.start <= text.start and text.end <= place.end


def covers(text: Text, row: Row) -> bool:
    """Tell whether a finding is about a whole broken row: then it is at the first cell."""
    first = row.cells[0].text if row.cells else row.text
    return row.broken and text.start <= first.start and text.end >= first.end


def find_under_header(document: Document, table: Table, row: Row, text: Text) -> Field | None:
    """Return the cell of a worksheet row with the same header as a text of a table."""
    number = next((n for n, c in enumerate(row.cells) if is_within(text, c.text)), None)
    if number is None or number >= len(table.header):
        return None
    header = _read_header(table.header[number])
    return next(
        (
            item
            for item in document.fields
            if header in (_read_header(item.label), item.spec and item.spec.key)
        ),
        None,
    )


def _read_header(text: Text) -> str:
    return " ".join(text.raw.replace("_", " ").split()).casefold()


def list_row_words(row: Row) -> list[str]:
    """Return the texts of a row, cell by cell."""
    return [cell.text.raw for cell in row.cells]
