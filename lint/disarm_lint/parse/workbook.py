"""From a master workbook to a Document for each row, and what of it cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.document import Document, Field, Heading, Mention, PageType, Role
from disarm_lint.model.profile import Format, Need
from disarm_lint.model.text import RowSource
from disarm_lint.parse.mentions import MentionReader, build_id_finder
from disarm_lint.parse.page import PageReader
from disarm_lint.parse.xlsx_limits import format_cell_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.profile import Kind, Profile, SheetColumn, SheetSpec, WorkbookSpec
    from disarm_lint.model.text import Text
    from disarm_lint.parse.xlsx_limits import CellValue, SheetData


def read_id(cell: Field, kind: Kind) -> tuple[Text, Mention | None]:
    """Return the id of a row, and a mention with its flaw where the cell is not the id alone.

    A cell in which no id of the kind stands is returned as it is, without spaces around.
    """
    value = cell.value
    meant = "".join(value.raw.split()).upper()
    if _fits(meant, kind):
        if value.raw != meant:
            capitals = value.raw.upper() == meant
            flaw = "its letters belong in capitals" if capitals else "a space stands inside it"
            return value, _slip(value, meant, cell, kind, flaw)
        # Nothing is called after an id without a page; other spaces are told as characters.
        if kind.folder is not None and cell.text.raw.strip(" \t\r\n") != cell.text.raw:
            behind = cell.text.raw.startswith(meant)
            where = "behind" if behind else "before"
            flaw = f"a space stands {where} it, and its page would be called “{cell.text.raw}.md”"
            return value, _slip(cell.text, meant, cell, kind, flaw)
        return value, None
    for form in kind.forms:
        found = re.match(form.template.pattern.removesuffix("$") + r"(?![\w.])", value.raw)
        if found:
            entity_id = value.part(0, found.end())
            flaw = "the id alone belongs in this cell"
            return entity_id, _slip(value, entity_id.raw, cell, kind, flaw)
    return value, None


def _fits(written: str, kind: Kind) -> bool:
    return any(form.template.matches(written) for form in kind.forms)


def _slip(place: Text, meant: str, cell: Field, kind: Kind, flaw: str) -> Mention:
    return Mention(
        role=Role.FIELD,
        id=place,
        target=meant,
        leaf=cell.text,
        malformation=flaw,
        place=cell.spec.key if cell.spec else "",
        refers_to=kind.key,
    )


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
        return Sheet((), missing, pending=format_cell_ref(*pending))
    kind = profile.kind(spec.defines) if spec.defines else None
    reader = MentionReader(build_id_finder(profile))
    documents = []
    for row in range(number + 1, len(data.rows)):
        cells = data.rows[row]
        # Notes in a column that nothing is made from are no entity.
        if any(cells[number].text.strip() for number in places.values() if number < len(cells)):
            source = _source(path, data.name, row, cells, width=len(head.refs))
            documents.append(_document(source, head, places, spec, kind, reader))
    return Sheet(tuple(documents), missing)


def _normal_column(header: str) -> str:
    return " ".join(header.split()).casefold()


def _header_row(data: SheetData, spec: SheetSpec) -> int | None:
    """Return the number, from 0, of the row that holds most of the declared header cells."""
    wanted = {_normal_column(label) for column in spec.columns for label in column.field.labels}
    best, score = None, 0
    for number, row in enumerate(data.rows[:_HEADER_ROWS]):
        hits = len(wanted & {_normal_column(cell.text) for cell in row})
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
    refs = tuple(format_cell_ref(row, number) for number in range(len(texts)))
    return RowSource(path, sheet, "\n".join(texts), tuple(starts), refs)


def _places(head: RowSource, spec: SheetSpec) -> dict[SheetColumn, int]:
    """Return the number, from 0, of each declared column that the header has."""
    found: dict[str, int] = {}
    for number in range(len(head.starts)):
        found.setdefault(_normal_column(head.cell_text(number).raw), number)
    places = {}
    for column in spec.columns:
        number = next(
            (found[n] for lb in column.field.labels if (n := _normal_column(lb)) in found), -1
        )
        if number >= 0:
            places[column] = number
    return places


def _document(
    source: RowSource,
    head: RowSource,
    places: dict[SheetColumn, int],
    spec: SheetSpec,
    kind: Kind | None,
    reader: MentionReader,
) -> Document:
    fields = []
    for column, number in places.items():
        cell = source.cell_text(number)
        value = cell.strip()
        paragraphs = (value,) if value else ()
        label = head.cell_text(number).strip()
        fields.append(Field(cell, label, value, paragraphs, bulleted=False, spec=column.field))
    fields.sort(key=lambda item: item.text.start)
    reading = PageReader(reader, None)
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
        opaque=tuple(sorted(reading.opaque)),
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


NO_SHEET = "the workbook has no such sheet"


@dataclass(frozen=True, slots=True)
class BadSheet:
    """Something of a workbook that cannot be read, and why.

    `sheet` is None for the whole of it; `column` is set where only the column
    with that header cell is missing.
    """

    path: str
    reason: str
    sheet: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Workbook:
    """A master workbook: its path, its rows, and what of it cannot be read.

    `sheets` are the names of the sheets that were read whole.
    """

    path: str
    documents: tuple[Document, ...]
    problems: tuple[BadSheet, ...] = ()
    sheets: frozenset[str] = frozenset()


def _normal_sheet(sheet: str) -> str:
    return sheet.strip().casefold()


def find_workbook_spec(path: str, profile: Profile) -> WorkbookSpec | None:
    """Return what the profile says of a workbook, by its file name."""
    file = path.rpartition("/")[2].casefold()
    return next((spec for spec in profile.workbooks if spec.file.casefold() == file), None)


def load_workbook(path: str, data: bytes, profile: Profile) -> Workbook:
    """Read the sheets of a workbook that the profile declares.

    A workbook whose file name the profile does not know is read for the
    declared sheets of all workbooks: names of sheets tell more than names of files.
    """
    from disarm_lint.parse.xlsx import BadWorkbookError, read_workbook

    spec = find_workbook_spec(path, profile)
    sheets = spec.sheets if spec else tuple(s for w in profile.workbooks for s in w.sheets)
    try:
        found = read_workbook(path, data, [sheet.name for sheet in sheets])
    except BadWorkbookError as error:
        return Workbook(path, (), (BadSheet(path, error.reason),))
    problems = [BadSheet(path, reason, sheet) for sheet, reason in found.problems]
    broken = {_normal_sheet(sheet) for sheet, _ in found.problems}
    contents = {_normal_sheet(name): content for name, content in found.sheets.items()}
    documents: list[Document] = []
    whole = []
    for sheet in sheets:
        content = contents.get(_normal_sheet(sheet.name))
        if content is None:
            expected = spec is not None and sheet.presence is Need.REQUIRED
            if expected and _normal_sheet(sheet.name) not in broken:
                problems.append(BadSheet(path, NO_SHEET, sheet.name))
            continue
        rows = read_rows(path, content, sheet, profile)
        documents += rows.documents
        if not rows.header:
            reason = "it has none of the header cells that belong there"
            problems.append(BadSheet(path, reason, sheet.name))
        if rows.pending is not None:
            reason = (
                f"the formula in {rows.pending} has no value yet; open the workbook in a "
                "spreadsheet program and save it"
            )
            problems.append(BadSheet(path, reason, sheet.name))
        problems += [
            BadSheet(path, f"it has no column “{header}”", sheet.name, header)
            for header in rows.missing
        ]
        if rows.header and not rows.missing and rows.pending is None:
            whole.append(sheet.name)
    if not problems and not whole:
        reason = "it has none of the sheets that the framework's pages are made from"
        problems.append(BadSheet(path, reason))
    return Workbook(path, tuple(documents), tuple(problems), frozenset(whole))


def fits_spec(workbook: Workbook) -> bool:
    """Tell whether most ids of a workbook have the shapes that its profile asks for."""
    judged = [
        any(form.template.matches(document.id) for form in document.kind.forms)
        for document in workbook.documents
        if document.kind is not None and document.id
    ]
    return sum(judged) * 2 >= len(judged)
