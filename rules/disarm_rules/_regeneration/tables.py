"""What M701 finds in tables: rows that nothing states, and cells that say something else."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.parse.layout import normalise_label
from disarm_lint.ruleset import derived
from disarm_rules._regeneration.fields import (
    StalePlace,
    compare_name,
    compare_reference_name,
    compare_text,
)
from disarm_rules._regeneration.renderings import find_row, is_joined, is_stated, list_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference, Statement
    from disarm_lint.corpus.registry import Listing
    from disarm_lint.model.document import Cell, Document, Field, Row
    from disarm_lint.model.text import Text


# Texts of one technique in one incident with which a row is compared; a table that shows more of
# them is not looked at, since each row would be compared with each.
_MOST_STATED = 24


def compare_tables(corpus: Corpus, page: Document) -> Iterator[StalePlace]:
    """Yield the places at which the tables of a page differ from the workbook."""
    for table in page.tables:
        if not is_stated(corpus, page, table.key):
            continue
        for reference in corpus.members(page, table.key):
            # What is wrong with one row, one generation fixes: the first place says so.
            yield from islice(_compare_row(corpus, page, table.key, reference), 1)


def _compare_row(
    corpus: Corpus, page: Document, key: str, reference: Reference
) -> Iterator[StalePlace]:
    row, target = reference.mention.row, reference.target
    if reference.status is not Status.DEFINED or row is None:
        return
    stated = corpus.stated_at.get((page.id or "", key, target), ())
    if not stated:
        if any(
            squeeze(cell.text.raw) in _list_texts_of_flawed_rows(corpus) for cell in row.cells[1:]
        ):
            # The workbook has the row, and what is wrong with its ids is reported there.
            return
        message = f"nothing in the workbook puts {target} on the page of {page.id}"
        yield StalePlace(reference.mention.id, message, target=target)
        return
    if row.broken:
        yield from _compare_broken_row(corpus, row, target, stated)
        return
    yield from compare_reference_name(corpus, reference, None)
    for cell in row.cells[1:]:
        for place in _compare_cell(corpus, cell, target, stated, reference.mention.id):
            yield replace(place, target=target)


# What ends a row of a table, or begins another cell.
_BREAKS = re.compile(r"(?<!\\)\||[\r\n]")


def _compare_broken_row(
    corpus: Corpus, row: Row, target: str, stated: Sequence[Statement]
) -> Iterator[StalePlace]:
    """Yield a row that is broken on the page alone: its texts in the workbook break nothing."""
    sources = [item for s in stated for item in _list_prose(s.document)]
    named = find_row(corpus, target)
    name = named.heading.name if named is not None and named.heading is not None else None
    shown = [item.value.raw for item in sources] + ([name.raw] if name is not None else [])
    if not sources or any(_BREAKS.search(text) for text in shown):
        return
    cell = sources[0].text.location.cell
    message = f"nothing in the sheet {cell.sheet if cell else ''} breaks this row"
    yield StalePlace(row.text, message, sources[0].text, target=target)


@derived
def _list_texts_of_flawed_rows(corpus: Corpus) -> frozenset[str]:
    """Return the texts of worksheet rows that lack an id, or have one that is none."""
    flawed = {id(document) for document in corpus.registry.blank_cells}
    for document in corpus.rows:
        columns = document.sheet.columns if document.sheet else ()
        keys = [column.field.key for column in columns if column.field.refers_to]
        for key in keys:
            members = list(corpus.members(document, key))
            if not members or any(item.status is Status.MALFORMED for item in members):
                flawed.add(id(document))
    return frozenset(
        text
        for document in (*corpus.rows, *corpus.registry.blank_cells)
        if id(document) in flawed
        for item in _list_prose(document)
        if (text := squeeze(item.value.raw))
    )


def _compare_cell(
    corpus: Corpus, cell: Cell, target: str, stated: Sequence[Statement], instead: Text
) -> Iterator[StalePlace]:
    column = cell.column
    if column is None:
        return
    if column.format is Format.PROSE:
        if len(stated) > _MOST_STATED:
            return
        sources = [item for s in stated for item in _list_prose(s.document)]
        texts = [squeeze(item.value.raw) for item in sources]
        shown = squeeze(cell.text.raw)
        # Some releases wrote the row's id before its text.
        shown = next(
            (
                shown[len(key) + 1 :]
                for s in stated
                if shown.startswith(f"{(key := s.document.key)} ")
            ),
            shown,
        )
        if not texts or is_joined(shown, texts) or (not shown and "" in texts):
            return
        absent = [item for item in sources if squeeze(item.value.raw) not in shown]
        best = _find_nearest(absent or sources, shown)
        others = any(text and text in shown for text in texts)
        expected = ", ".join(texts) if others else squeeze(best.value.raw)
        sheet = best.text.location.cell
        yield compare_text(cell.text, instead, expected, best.text, sheet.sheet if sheet else "")
    elif column.format is Format.IDS:
        row = find_row(corpus, target)
        source = next(
            (
                item
                for item in (row.fields if row else ())
                if item.spec is not None and item.spec.refers_to == column.refers_to
            ),
            None,
        )
        if source is not None and squeeze(source.value.raw) != squeeze(cell.text.raw):
            yield from compare_plain_cell(cell.text, instead, source)


def compare_plain_cell(shown: Text, instead: Text, source: Field) -> Iterator[StalePlace]:
    """Yield a cell that shows none of the forms of its source."""
    format_ = source.spec.format if source.spec else Format.PLAIN
    expected = list_forms(source.value.raw, format_)
    if squeeze(shown.raw) not in expected:
        where = source.text.location.cell
        sheet = where.sheet if where else ""
        yield compare_text(shown, instead, expected[0], source.text, sheet)


def _list_prose(document: Document) -> list[Field]:
    return [f for f in document.fields if f.spec is not None and f.spec.format is Format.PROSE]


def _find_nearest(sources: Sequence[Field], shown: str) -> Field:
    from rapidfuzz import fuzz

    return max(sources, key=lambda item: fuzz.ratio(shown, squeeze(item.value.raw)))


def compare_listing(corpus: Corpus, listing: Listing) -> Iterator[StalePlace]:
    """Yield the cells of an index row that differ from the entity's row in the workbook."""
    row = find_row(corpus, listing.entity_id)
    if row is None or listing.row is None or listing.row.broken:
        return
    by_header = {normalise_label(item.label.raw): item for item in row.fields}
    for cell in listing.row.cells:
        column = cell.column
        if column is None or column.format is Format.ID:
            continue
        source = next(
            (by_header[h] for h in map(normalise_label, column.headers) if h in by_header), None
        )
        if source is None:
            continue
        if column.format is Format.NAME and cell.text and source.value:
            if squeeze(cell.text.raw) != squeeze(source.value.raw):
                yield compare_name(cell.text, source.value, listing.entity_id)
        else:
            yield from compare_plain_cell(cell.text, listing.id, source)
