"""Sheets and pages as tables, whose rows are known by a key and never by their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.model.document import PageType
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.parse.layout import normalise_label
from disarm_lint.parse.workbook import find_workbook_spec, normalise_sheet
from disarm_lint.parse.xlsx_limits import format_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.document import Table as PageTable
    from disarm_lint.model.profile import Profile, SheetSpec
    from disarm_lint.parse.xlsx_limits import CellValue, SheetData

_HEADER_ROWS = 20
# A header cell is a label; a longer text means that the sheet has no header cells.
_LABEL = 60


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A column: its name, and the character that separates the members of its cells, if any.

    A `derived` column repeats others; only the ids in an `ids_only` column count.
    """

    name: str
    separator: str | None = None
    derived: bool = False
    ids_only: bool = False


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row: its key, its name, and its cells by column, without empty ones.

    `path` is the page that it stands for, if it stands for one. The cell of the
    `key_column` is left out if it is the key.
    """

    key: str
    name: str
    cells: Mapping[str, str]
    path: str | None = None
    key_column: str = ""


@dataclass(frozen=True)
class ComparedTable:
    """A sheet, or the pages of a kind: columns by name, and rows in their order.

    `problem` is a clause that says why it could not be read, else None.
    """

    name: str
    columns: Mapping[str, ComparedColumn] = field(default_factory=dict)
    rows: tuple[ComparedRow, ...] = ()
    problem: str | None = None


def read_table(data: SheetData, spec: SheetSpec | None = None) -> ComparedTable:
    """Return a sheet as a table; `spec` is its description in the profile, if it has one.

    The key of a row is its cell in the column of ids, or in the first column if there
    is none; if that cell is empty, it is the first one with a text. A row with nothing
    but `derived` cells is left out.
    """
    number = _find_header_row(data)
    head = data.rows[number] if number is not None else ()
    width = max((len(row) for row in data.rows), default=0)
    names = _name_columns(head, width)
    key = _find_key_column(names, spec)
    columns = {name: _make_column(name, spec) for name in names}
    rows = []
    for index, cells in enumerate(data.rows):
        if index == number:
            continue
        filled = {names[i]: cell.text for i, cell in enumerate(cells) if cell.text.strip()}
        if any(not columns[name].derived for name in filled):
            rows.append(_make_sheet_row(filled, names[key], spec))
    return ComparedTable(data.name, columns, tuple(rows))


def _find_header_row(data: SheetData) -> int | None:
    """Return the number, from 0, of the row of header cells; None if there is none.

    It is the first row in which half of the columns have a label, so that a title
    above it does not count.
    """
    filled = [sum(bool(cell.text.strip()) for cell in row) for row in data.rows]
    most = max(filled, default=0)
    for number, row in enumerate(data.rows[:_HEADER_ROWS]):
        if filled[number] < 2 or filled[number] * 2 < most:
            continue
        labels = [cell for cell in row if cell.text.strip()]
        short = all(isinstance(c.value, str) and len(c.text) <= _LABEL for c in labels)
        return number if short else None
    return None


def _name_columns(head: Sequence[CellValue], width: int) -> list[str]:
    """Return a name for each column, no two alike: its header cell, else its letters."""
    labels = [squeeze(cell.text) for cell in head]
    labels += [""] * (width - len(labels))
    counts = Counter(labels)
    return [
        label if label and counts[label] == 1 else f"{label} ({format_column(i)})".lstrip()
        for i, label in enumerate(labels)
    ]


def _find_key_column(names: Sequence[str], spec: SheetSpec | None) -> int:
    column = spec.of_format(Format.ID) if spec else None
    labels = {normalise_label(label) for label in column.field.labels} if column else set()
    return next((i for i, name in enumerate(names) if normalise_label(name) in labels), 0)


def _make_column(name: str, spec: SheetSpec | None) -> ComparedColumn:
    for column in spec.columns if spec else ():
        if normalise_label(name) in {normalise_label(label) for label in column.field.labels}:
            separator = column.separator.char if column.separator else None
            return ComparedColumn(name, separator, derived=column.field.format is Format.LONGNAME)
    return ComparedColumn(name)


def _make_sheet_row(filled: dict[str, str], key_column: str, spec: SheetSpec | None) -> ComparedRow:
    whole = filled.get(key_column, "")
    words = whole or next(iter(filled.values()))
    key = squeeze(words)
    if whole == key:
        filled = {name: text for name, text in filled.items() if name != key_column}
    named = spec.of_format(Format.NAME) if spec else None
    labels = {normalise_label(label) for label in named.field.labels} if named else {"name"}
    name = next((text for column, text in filled.items() if normalise_label(column) in labels), "")
    if spec is not None and named is None:
        name = ""
    return ComparedRow(key, squeeze(name), filled, key_column=key_column if whole else "")


def read_workbook_tables(
    path: str, data: bytes, profile: Profile | None = None
) -> dict[str, ComparedTable]:
    """Return the sheets of a workbook by name, in order; a sheet that cannot be read says why.

    All sheets are read, even if the profile does not know them. A file that is no
    workbook becomes one table without a name, whose problem says so.
    """
    from disarm_lint.parse.xlsx import BadWorkbookError, read_workbook

    try:
        found = read_workbook(path, data, None)
    except BadWorkbookError as error:
        return {"": ComparedTable("", problem=error.reason)}
    specs = _list_specs(path, profile)
    problems = dict(found.problems)
    tables: dict[str, ComparedTable] = {}
    for name in found.names:
        sheet = found.sheets.get(name)
        if sheet is not None:
            tables[name] = read_table(sheet, specs.get(normalise_sheet(name)))
        else:
            tables[name] = ComparedTable(name, problem=problems.get(name, "it cannot be read"))
    return tables


def _list_specs(path: str, profile: Profile | None) -> dict[str, SheetSpec]:
    if profile is None:
        return {}
    spec = find_workbook_spec(path, profile)
    sheets = spec.sheets if spec else tuple(s for w in profile.workbooks for s in w.sheets)
    return {normalise_sheet(sheet.name): sheet for sheet in sheets}


_LISTS = frozenset({Format.NAMED, Format.IDS})


def read_page_tables(corpus: Corpus) -> dict[str, ComparedTable]:
    """Return the pages of a corpus by their folder, as tables.

    Indexes are left out because they repeat the pages, and so are the names that the
    generator writes behind ids of other entities in fields and links.
    """
    folders: dict[str, list[Document]] = {}
    for document in corpus.all_documents:
        if document.type in (PageType.ENTITY, PageType.OTHER):
            folders.setdefault(document.path.rpartition("/")[0], []).append(document)
    marker = corpus.profile.edit_marker
    return {folder: _make_page_table(folder, folders[folder], marker) for folder in sorted(folders)}


def _make_page_table(folder: str, documents: list[Document], marker: str) -> ComparedTable:
    columns: dict[str, ComparedColumn] = {}
    rows = [_make_page_row(document, columns, marker) for document in documents]
    return ComparedTable(folder.rpartition("/")[2], columns, tuple(rows))


def _make_page_row(
    document: Document, columns: dict[str, ComparedColumn], marker: str
) -> ComparedRow:
    file = document.path.rpartition("/")[2]
    if document.type is PageType.OTHER:
        return ComparedRow(file, "", {"text": document.source.text}, document.path)
    name = simplify_name(document.name or "")
    cells = {"name": name} if name else {}
    for item in document.fields:
        label = item.spec.key if item.spec else squeeze(item.label.raw)
        value = item.value.raw.strip()
        if value and label not in cells:
            listed = item.spec and item.spec.refers_to and item.spec.format in _LISTS
            columns.setdefault(
                label, ComparedColumn(label, "," if listed else None, ids_only=bool(listed))
            )
            cells[label] = value
    for table in document.tables:
        cells |= _make_table_cells(table, columns)
    if document.notes_start is not None:
        notes = document.source.text[document.notes_start :].replace(marker, "").strip()
        if notes:
            cells["notes"] = notes
    return ComparedRow(document.id or document.stem or file, name, cells, document.path)


def _make_table_cells(table: PageTable, columns: dict[str, ComparedColumn]) -> dict[str, str]:
    """Return a cell for each row with more than an id, and one cell that lists the others."""
    label = table.key or " ".join(table.header[0].raw.split() if table.header else ["table"])
    cells: dict[str, str] = {}
    listed = []
    for row in table.rows:
        texts = [cell.text.raw.strip() for cell in row.cells]
        said = " | ".join(text for text in texts[1:] if text)
        first = squeeze(texts[0]) if texts else ""
        key = row.key or first
        if said:
            place = f"{label} {key}"
            cells[place] = f"{cells[place]}\n{said}" if place in cells else said
        elif key:
            listed.append(key)
    if listed:
        separator = "\n"
        columns.setdefault(label, ComparedColumn(label, separator, ids_only=True))
        cells[label] = separator.join(listed)
    return cells
