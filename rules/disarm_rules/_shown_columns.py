"""What the pages show of each column of a worksheet, to tell a column that has slipped.

Pages that were made before a column slipped still show each value beside its own ids.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import derived
from disarm_rules._evidence import read_evidence_rows
from disarm_rules._members import ShownAddresses, split_members
from disarm_rules._regeneration.renderings import list_renderings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import SheetColumn, SheetSpec
    from disarm_lint.model.text import Text

# A cell, what it says, and what the pages show in its place: nothing where they do not tell.
ShownCell = tuple["Document", "Text", frozenset[str], frozenset[str]]


def list_shown_columns(corpus: Corpus) -> Iterator[list[ShownCell]]:
    """Yield the columns of the sheets that define entities, as their pages show them."""
    known = {id(row) for row in corpus.rows}
    defining = [
        row
        for row in corpus.all_documents
        # A cell that was pushed below the last row stands in one without an id.
        if row.sheet is not None and row.sheet.defines and (not row.id or id(row) in known)
    ]
    for sheet, rows in _group_by_sheet(defining):
        yield from _read_names(corpus, rows, _find_shown_name)
        yield from _read_names(corpus, rows, _find_cited_name)
        for column in sheet.columns:
            read = _read_addresses if column.matches is not None else _read_plain
            read = _read_ids if column.field.refers_to is not None else read
            yield from _read_column(corpus, rows, column, read)


def _group_by_sheet(rows: Iterable[Document]) -> list[tuple[SheetSpec, list[Document]]]:
    found: dict[tuple[str, str], tuple[SheetSpec, list[Document]]] = {}
    for row in rows:
        if row.sheet is not None:
            found.setdefault((row.path, row.sheet.name), (row.sheet, []))[1].append(row)
    return list(found.values())


# What a cell says, and what the pages show in its place.
_Said = tuple[frozenset[str], frozenset[str]]


def _read_column(
    corpus: Corpus,
    rows: Iterable[Document],
    column: SheetColumn,
    read: Callable[[Corpus, Document, SheetColumn], _Said],
) -> Iterator[list[ShownCell]]:
    found: list[ShownCell] = []
    for row in rows:
        cell = row.field(column.field.key)
        if cell is not None:
            found.append((row, cell.text, *read(corpus, row, column)))
    if found:
        yield found


def _read_names(
    corpus: Corpus,
    rows: Iterable[Document],
    find: Callable[[Corpus, Document], frozenset[str]],
) -> Iterator[list[ShownCell]]:
    found: list[ShownCell] = []
    for row in rows:
        name = _find_name(row)
        if name is not None:
            found.append((row, name, _fold(name), find(corpus, row)))
    if found:
        yield found


def _find_page(corpus: Corpus, row: Document) -> Document | None:
    page = corpus.page(row.id or "")
    return None if page is None or page.path in corpus.stale_layouts else page


def _find_shown_name(corpus: Corpus, row: Document) -> frozenset[str]:
    page = _find_page(corpus, row)
    return _fold(page.heading.name if page is not None and page.heading else None)


def _find_name(row: Document) -> Text | None:
    if row.heading is not None:
        return row.heading.name
    fields = (f for f in row.fields if f.spec is not None and f.spec.format is Format.NAME)
    return next((field.text for field in fields), None)


def _find_cited_name(corpus: Corpus, row: Document) -> frozenset[str]:
    """Return the name that the other cells of the workbooks give the id of a row."""
    cited = _count_cited_names(corpus).get(row.id or "")
    usual = cited.most_common(1)[0][0] if cited else ""
    return frozenset({usual} if usual else ())


@derived
def _count_cited_names(corpus: Corpus) -> dict[str, Counter[str]]:
    """Return the names that cells give to each id, and how often."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for reference in corpus.references:
        written = reference.written
        if reference.document.sheet is not None and written is not None:
            found[reference.target][simplify_name(written.raw)] += 1
    return found


def _fold(name: Text | None) -> frozenset[str]:
    folded = simplify_name(name.raw) if name is not None else ""
    return frozenset({folded} if folded else ())


def _read_ids(corpus: Corpus, row: Document, column: SheetColumn) -> _Said:
    key = column.field.key
    page = _find_page(corpus, row)
    shown = corpus.members(page, key) if page is not None else ()
    # A list is known by all of its members: parts of it may stand in many rows.
    return _join(corpus.members(row, key)), _join(shown)


def _join(members: Iterable[Reference]) -> frozenset[str]:
    ids = sorted({item.target for item in members if item.status is Status.DEFINED})
    return frozenset({" ".join(ids)} if ids else ())


def _read_addresses(corpus: Corpus, row: Document, column: SheetColumn) -> _Said:
    key = column.field.key
    cell, page = row.field(key), _find_page(corpus, row)
    table = page.table(key) if page is not None else None
    # A page may show a part of its addresses, and hardly two cells have one in common.
    shown = ShownAddresses(table).list_first() if table is not None else frozenset()
    members = split_members(cell, column) if cell is not None else ()
    return frozenset(member.text.raw.strip() for member in members) - {""}, shown


def _read_plain(corpus: Corpus, row: Document, column: SheetColumn) -> _Said:
    key = column.field.key
    page = _find_page(corpus, row)
    item = page.field(key) if page is not None else None
    shown = squeeze(item.value.raw) if item is not None else ""
    return frozenset(list_renderings(row, key)) - {""}, frozenset({shown} if shown else ())


# A text that the pages show for more incidents than one says nothing of any.
_Pairs = dict[str, set[tuple[str, str]]]


def list_shown_subjects(corpus: Corpus) -> Iterator[list[ShownCell]]:
    """Yield the columns that say on whose page a text stands, as the pages of these show it."""
    rows = (document for document in corpus.all_documents if document.type is PageType.ROW)
    for sheet, found in _group_by_sheet(rows):
        if sheet.subject_column is not None:
            yield from _read_column(corpus, found, sheet.subject_column, _read_subject)


def list_shown_pairs(corpus: Corpus, row: Document) -> set[tuple[str, str]]:
    """Return the incidents and techniques beside which the pages show the text of a row."""
    text = _find_text(row)
    return _map_texts(corpus).get(simplify_name(text.raw), set()) if text else set()


@derived
def _map_texts(corpus: Corpus) -> _Pairs:
    found: _Pairs = defaultdict(set)
    for item in read_evidence_rows(corpus):
        if item.document.sheet is None and item.document.id == item.incident:
            found[simplify_name(item.text.raw)].add((item.incident, item.technique))
    return found


def _find_text(row: Document) -> Text | None:
    column = row.sheet.evidence_column if row.sheet else None
    field = row.field(column.field.key) if column is not None else None
    return field.value if field is not None and field.value else None


def _read_subject(corpus: Corpus, row: Document, column: SheetColumn) -> _Said:
    stated = frozenset(r.target for r in corpus.members(row, column.field.key))
    pairs = list_shown_pairs(corpus, row)
    incidents = {incident for incident, _ in pairs}
    # Whatever the cell says, and if it is empty.
    others = row.sheet.columns if row.sheet is not None else ()
    keys = [other.field.key for other in others if other.field.refers_to and other is not column]
    listed = {item.target for key in keys for item in corpus.members(row, key)}
    # Where the ids beside the text are not those of the pages, the text is out of place itself.
    told = len(incidents) == 1 and bool(listed & {technique for _, technique in pairs})
    return stated, frozenset(incidents if told else ())
