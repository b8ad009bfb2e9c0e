"""The rows of a worksheet as documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.document import Document, Field, Heading, PageType
from disarm_lint.model.profile import Format, Need
from disarm_lint.model.text import RowSource
from disarm_lint.pages.mentions import id_finder
from disarm_lint.pages.reading import Reading
from disarm_lint.pages.references import Reader
from disarm_lint.workbooks.ids import read_id
from disarm_lint.workbooks.raw import cell_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.document import Mention
    from disarm_lint.model.profile import Kind, Profile, SheetColumn, SheetSpec
    from disarm_lint.workbooks.raw import CellValue, SheetData

# A sheet's header stands in one of its first rows.
_HEADER_ROWS = 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet as documents, one for each row that says anything.

    `missing` are the header cells of declared columns that it does not have;
    with `header` False it has no row of header cells at all. `pending` is the
    first cell whose formula has no value yet: then no row is read.
    """

    documents: tuple[Document, ...]
    missing: tuple[str, ...] = ()
    header: bool = True
    pending: str | None = None


def read_rows(path: str, data: SheetData, spec: SheetSpec, profile: Profile) -> Sheet:
    """Return the rows of a worksheet, as the profile says how to read them."""
    number = _header_row(data, spec)
    if number is None:
        return Sheet((), header=False)
    head = _source(path, data.name, number, data.rows[number])
    places = _places(head, spec)
    missing = tuple(
        column.field.labels[0]
        for column in spec.columns
        if column not in places and column.field.label is Need.REQUIRED
    )
    needed = {places[c] for c in places if c.field.label is Need.REQUIRED}
    pending = next((at for at in data.pending if at[0] > number and at[1] in needed), None)
    if pending is not None:
        return Sheet((), missing, pending=cell_ref(*pending))
    kind = profile.kind(spec.defines) if spec.defines else None
    reader = Reader(id_finder(profile))
    documents = []
    for row in range(number + 1, len(data.rows)):
        cells = data.rows[row]
        # Notes in a column that nothing is made from are no entity.
        if any(cells[number].text.strip() for number in places.values() if number < len(cells)):
            source = _source(path, data.name, row, cells, width=len(head.refs))
            documents.append(_document(source, head, places, spec, kind, reader))
    return Sheet(tuple(documents), missing)


def _normal(header: str) -> str:
    return " ".join(header.split()).casefold()


def _header_row(data: SheetData, spec: SheetSpec) -> int | None:
    """Return the number, from 0, of the row that holds most of the declared header cells."""
    wanted = {_normal(label) for column in spec.columns for label in column.field.labels}
    best, score = None, 0
    for number, row in enumerate(data.rows[:_HEADER_ROWS]):
        hits = len(wanted & {_normal(cell.text) for cell in row})
        if hits > score:
            best, score = number, hits
    return best


def _source(
    path: str, sheet: str, row: int, cells: Sequence[CellValue], width: int = 0
) -> RowSource:
    texts = [cell.text for cell in cells]
    texts += [""] * (width - len(texts))
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text) + 1
    refs = tuple(cell_ref(row, number) for number in range(len(texts)))
    return RowSource(path, sheet, "\n".join(texts), tuple(starts), refs)


def _places(head: RowSource, spec: SheetSpec) -> dict[SheetColumn, int]:
    """Return the number, from 0, of each declared column that the header has."""
    found: dict[str, int] = {}
    for number in range(len(head.starts)):
        found.setdefault(_normal(head.cell_text(number).raw), number)
    places = {}
    for column in spec.columns:
        number = next((found[n] for lb in column.field.labels if (n := _normal(lb)) in found), -1)
        if number >= 0:
            places[column] = number
    return places


def _document(
    source: RowSource,
    head: RowSource,
    places: dict[SheetColumn, int],
    spec: SheetSpec,
    kind: Kind | None,
    reader: Reader,
) -> Document:
    fields = []
    for column, number in places.items():
        cell = source.cell_text(number)
        value = cell.strip()
        paragraphs = (value,) if value else ()
        label = head.cell_text(number).strip()
        fields.append(Field(cell, label, value, paragraphs, bulleted=False, spec=column.field))
    fields.sort(key=lambda item: item.text.start)
    reading = Reading(reader, None)
    for item in fields:
        if item.value and item.spec is not None and item.spec.format not in _UNREAD:
            reading.read_field(item)
    heading, slip = _heading(fields, source, kind)
    if slip is not None:
        reading.mentions.append(slip)
    return Document(
        path=source.path,
        source=source,
        type=PageType.ROW,
        kind=kind,
        heading=heading,
        fields=tuple(fields),
        leaves=tuple(reading.leaves),
        links=tuple(reading.links),
        tags=tuple(reading.tags),
        mentions=tuple(sorted(reading.mentions, key=lambda mention: mention.id.start)),
        sheet=spec,
    )


# What these hold is no running text, and is judged by rules of its own.
_UNREAD = frozenset({Format.ID, Format.NAME, Format.LONGNAME, Format.PREFIX, Format.NEXT})


def _heading(
    fields: Sequence[Field], source: RowSource, kind: Kind | None
) -> tuple[Heading, Mention | None]:
    """Return the id and name of a row, and the id as a slip where its cell is not the id alone."""
    by_format: dict[Format, Field] = {}
    for item in fields:
        if item.spec is not None:
            by_format.setdefault(item.spec.format, item)
    name = by_format.get(Format.NAME)
    cell = by_format.get(Format.ID)
    entity_id, slip = cell.value if cell else None, None
    if cell is not None and kind is not None:
        entity_id, slip = read_id(cell, kind)
    whole = source.cell_text(0)
    return Heading(entity_id or whole, None, entity_id, name.value if name else None), slip
