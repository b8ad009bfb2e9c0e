"""The pages of a kind as a table: a row for each page, a cell for each field and table row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.changes.table import Column, Row, Table
from disarm_lint.corpus.names import plain
from disarm_lint.model.document import PageType
from disarm_lint.model.profile import Format

if TYPE_CHECKING:
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.document import Table as PageTable

_LISTS = frozenset({Format.NAMED, Format.IDS})


def page_tables(corpus: Corpus) -> dict[str, Table]:
    """Return the pages of a corpus by their folder, as tables.

    Indexes repeat them and are left out; so is what the generator writes of
    another entity, the name behind its id in a field or a link.
    """
    folders: dict[str, list[Document]] = {}
    for document in corpus.everything:
        if document.type in (PageType.ENTITY, PageType.OTHER):
            folders.setdefault(document.path.rpartition("/")[0], []).append(document)
    marker = corpus.profile.edit_marker
    return {folder: _table(folder, folders[folder], marker) for folder in sorted(folders)}


def _table(folder: str, documents: list[Document], marker: str) -> Table:
    columns: dict[str, Column] = {}
    rows = [_row(document, columns, marker) for document in documents]
    return Table(folder.rpartition("/")[2], columns, tuple(rows))


def _row(document: Document, columns: dict[str, Column], marker: str) -> Row:
    file = document.path.rpartition("/")[2]
    if document.type is PageType.OTHER:
        return Row(file, "", {"text": document.source.text}, document.path)
    name = plain(document.name or "")
    cells = {"name": name} if name else {}
    for item in document.fields:
        label = item.spec.key if item.spec else " ".join(item.label.raw.split())
        value = item.value.raw.strip()
        if value and label not in cells:
            listed = item.spec and item.spec.refers_to and item.spec.format in _LISTS
            columns.setdefault(label, Column(label, "," if listed else None, ids_only=bool(listed)))
            cells[label] = value
    for table in document.tables:
        cells |= _table_cells(table, columns)
    if document.notes_start is not None:
        notes = document.source.text[document.notes_start :].replace(marker, "").strip()
        if notes:
            cells["notes"] = notes
    return Row(document.id or document.stem or file, name, cells, document.path)


def _table_cells(table: PageTable, columns: dict[str, Column]) -> dict[str, str]:
    """Return a cell for each row that says more than its id, and one that lists the others."""
    label = table.key or " ".join(table.header[0].raw.split() if table.header else ["table"])
    cells: dict[str, str] = {}
    listed = []
    for row in table.rows:
        texts = [cell.text.raw.strip() for cell in row.cells]
        said = " | ".join(text for text in texts[1:] if text)
        first = " ".join(texts[0].split()) if texts else ""
        key = row.key or first
        if said:
            place = f"{label} {key}"
            cells[place] = f"{cells[place]}\n{said}" if place in cells else said
        elif key:
            listed.append(key)
    if listed:
        separator = "\n"
        columns.setdefault(label, Column(label, separator, ids_only=True))
        cells[label] = separator.join(listed)
    return cells
