"""From a master workbook to a Document for each row, and what of it cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from disarm_lint.model.document import Document, Field, Heading, Mention, PageType, Role
from disarm_lint.model.ids import read_digits, strip_id
from disarm_lint.model.profile import Format, Need
from disarm_lint.model.text import RowSource
from disarm_lint.parse.layout import normalise_label
from disarm_lint.parse.mentions import MentionReader, build_id_finder
from disarm_lint.parse.page import PageReader
from disarm_lint.parse.xlsx_limits import format_cell_ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.model.ids import IdTemplate
    from disarm_lint.model.profile import Kind, Profile, SheetColumn, SheetSpec, WorkbookSpec
    from disarm_lint.model.text import Text
    from disarm_lint.parse.xlsx_limits import CellValue, SheetData


def read_id(cell: Field, kind: Kind) -> tuple[Text, Mention | None]:
    """Return the id of a row, and a mention with its flaw where the cell is not the id alone.

    A cell in which no id of the kind stands is returned as it is, without spaces around.
    """
    value = cell.value
    meant = "".join(value.raw.split()).upper()
    if kind.matches(meant):
        if value.raw != meant:
            capitals = value.raw.upper() == meant
            flaw = "its letters belong in capitals" if capitals else "there is a space in it"
            return value, _build_slip(value, meant, cell, kind, flaw)
        # Nothing is called after an id without a page; other spaces are told as characters.
        if kind.folder is not None and cell.text.raw.strip(" \t\r\n") != cell.text.raw:
            behind = cell.text.raw.startswith(meant)
            where = "after" if behind else "before"
            flaw = f"there is a space {where} it, and its page would be called “{cell.text.raw}.md”"
            return value, _build_slip(cell.text, meant, cell, kind, flaw)
        return value, None
    for form in kind.forms:
        found = re.match(form.template.pattern.removesuffix("$") + _ALONE, value.raw)
        if found:
            entity_id = value.part(0, found.end())
            flaw = "the id alone belongs in this cell"
            return entity_id, _build_slip(value, entity_id.raw, cell, kind, flaw)
    if (likely := _restore_id(value.raw, kind)) is not None:
        return value, _build_slip(
            value, likely, cell, kind, "it has not the form of its kind's ids"
        )
    return value, None


# What the generator takes for an empty cell, error values among them; its words for truth values.
READ_AS_BLANK = frozenset({
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
})  # fmt: skip
TRUTH = {"TRUE": "True", "FALSE": "False"}
# What stands behind an id that has something beside it: no further part of an id.
_ALONE = r"(?![\w.]|\s*[.:,_/-]\s*[0-9])"
_TWO_PARTS = re.compile(r"(?P<stem>.*?[0-9])\s*[.:,_/-]+\s*(?P<sub>[0-9OolI]{1,4})")


def _restore_id(written: str, kind: Kind) -> str | None:
    """Return the id of a kind that a malformed one was written for, where only one can be."""
    if len(written) > _LONGEST_ID:
        return None
    parts = _TWO_PARTS.fullmatch(written)
    if parts is not None:
        return _restore_sub(parts["stem"], read_digits(parts["sub"].upper()), kind)
    plain = strip_id(written)
    letters = plain[: len(plain) - len(plain.lstrip(_CAPITALS))]
    found = set()
    for template in (form.template for form in kind.forms):
        own = template.letters
        # The prefix stands once or twice, or it is lost; an O or l behind it stands for a digit.
        doubled = letters == own * 2
        lost = not letters and len(plain) >= template.digits
        once = letters.startswith(own) and set(letters[len(own) :]) <= _OF_DIGITS
        if not (doubled or lost or once):
            continue
        digits = plain[len(own) * (0 if lost else 2 if doubled else 1) :]
        for stem, sub in _split_digits(read_digits(digits), template):
            found.add(f"{template.prefix}{stem}{f'.{sub}' if sub else ''}")
    return found.pop() if len(found) == 1 else None


def _restore_sub(written: str, sub: str, kind: Kind) -> str | None:
    """Return the id of a sub-entity, whose two parts are told apart."""
    stem = _restore_id(written, kind)
    digits = {form.template.sub_digits for form in kind.forms if form.template.sub_digits}
    for number in digits:
        if stem is not None and "." not in stem and len(sub.lstrip("0")) <= number:
            return f"{stem}.{sub.lstrip('0').rjust(number, '0')}"
    return None


_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OF_DIGITS = frozenset("OIL")
_LONGEST_ID = 24


def _split_digits(digits: str, template: IdTemplate) -> Iterator[tuple[str, str]]:
    """Yield the digits of the stem and of the sub-id, with zeros that were lost put back."""
    fixed = template.prefix[len(template.letters) :]
    if not digits.isdecimal() or not digits.startswith(fixed):
        return
    rest = digits[len(fixed) :]
    if template.sub_digits and len(rest) == template.digits + template.sub_digits:
        yield rest[: template.digits], rest[template.digits :]
    elif 0 < len(rest) <= template.digits:
        yield rest.rjust(template.digits, "0"), ""
    elif len(rest) == template.digits + 1 and rest.startswith("0"):
        yield rest[1:], ""


def _build_slip(place: Text, meant: str, cell: Field, kind: Kind, flaw: str) -> Mention:
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
    first cell whose formula has no value yet: then no row is read. `slips` are
    header cells that are read as declared ones, or were probably meant for them,
    and are not those letter by letter. `above` is the first cell with a text in the
    rows above the header, and the text.
    """

    documents: tuple[Document, ...]
    missing: tuple[str, ...] = ()
    header: bool = True
    pending: str | None = None
    slips: tuple[HeaderSlip, ...] = ()
    above: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class HeaderSlip:
    """A header cell, such as `D1`, that is nearly the one that belongs there."""

    label: str
    cell: str
    written: str


def read_rows(path: str, data: SheetData, spec: SheetSpec, profile: Profile) -> Sheet:
    """Return the rows of a worksheet, as the profile says how to read them."""
    number = find_header_row(data, spec)
    if number is None:
        return Sheet((), header=False)
    head = _build_source(path, data.name, number, data.rows[number])
    places = find_columns([head.cell_text(n).raw for n in range(len(head.starts))], spec)
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
            source = _build_source(path, data.name, row, cells, width=len(head.refs))
            documents.append(_build_document(source, head, places, spec, kind, reader))
    known = {document.id for document in documents if document.identity is None}
    documents = [
        # An id that another row has is not the one that was meant.
        replace(document, identity=None, mentions=document.mentions[1:])
        if document.identity is not None and document.identity in known
        else document
        for document in documents
    ]
    slips = [*_find_slips(head, places, missing)]
    slips += _find_emptied(data, number, head, places, {*missing} - {slip.label for slip in slips})
    above = _find_above(data, number)
    return Sheet(tuple(documents), missing, slips=tuple(slips), above=above)


def _find_emptied(
    data: SheetData,
    number: int,
    head: RowSource,
    places: Mapping[SheetColumn, int],
    missing: Collection[str],
) -> Iterator[HeaderSlip]:
    """Yield the header cell that was emptied: the only one above texts, where one is missing."""
    below = {
        column
        for row in data.rows[number + 1 :]
        for column, cell in enumerate(row)
        if cell.text.strip()
    }
    free = [n for n in sorted(below - {*places.values()}) if not _read_header(head, n)]
    if len(missing) == 1 and len(free) == 1:
        (label,) = missing
        yield HeaderSlip(label, format_cell_ref(number, free[0]), "")


def _read_header(head: RowSource, column: int) -> str:
    return head.cell_text(column).raw.strip() if column < len(head.refs) else ""


def _find_above(data: SheetData, header: int) -> tuple[str, str] | None:
    """Return the first cell above the header that holds a text, and the text."""
    cells = (
        (format_cell_ref(row, column), cell.text)
        for row in range(header)
        for column, cell in enumerate(data.rows[row])
    )
    return next(((ref, text) for ref, text in cells if text.strip()), None)


# How like the declared header cell an unknown one must be to be meant for it.
_LIKE = 0.75


def _find_slips(
    head: RowSource, places: Mapping[SheetColumn, int], missing: Sequence[str]
) -> Iterator[HeaderSlip]:
    """Yield the header cells that differ from what the generator looks for letter by letter."""
    for column, number in places.items():
        written = head.cell_text(number).raw
        if written not in column.field.labels:
            label = next(
                lb for lb in column.field.labels if normalise_label(lb) == normalise_label(written)
            )
            yield HeaderSlip(label, head.refs[number], written)
    taken = set(places.values())
    free = [
        (head.refs[n], written)
        for n in range(len(head.refs))
        if n not in taken and (written := head.cell_text(n).raw).strip()
    ]
    for label in missing:
        from difflib import SequenceMatcher

        scored = [
            (SequenceMatcher(None, _squeeze_header(label), _squeeze_header(written)).ratio(), item)
            for item in free[:_MOST_HEADERS]
            for written in item[1:]
        ]
        score, (cell, written) = max(scored, default=(0.0, ("", "")))
        if score >= _LIKE:
            yield HeaderSlip(label, cell, written)


_MOST_HEADERS = 64


def _squeeze_header(header: str) -> str:
    return "".join(char for char in header.casefold()[:80] if char.isalnum())


def find_header_row(data: SheetData, spec: SheetSpec) -> int | None:
    """Return the number, from 0, of the row that holds most of the declared header cells."""
    wanted = {normalise_label(label) for column in spec.columns for label in column.field.labels}
    best, score = None, 0
    for number, row in enumerate(data.rows[:_HEADER_ROWS]):
        hits = len(wanted & {normalise_label(cell.text) for cell in row})
        if hits > score:
            best, score = number, hits
    return best


def _build_source(
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


def find_columns(headers: Sequence[str], spec: SheetSpec) -> dict[SheetColumn, int]:
    """Return the number, from 0, of each declared column that header cells have."""
    found: dict[str, int] = {}
    for number, header in enumerate(headers):
        found.setdefault(normalise_label(header), number)
    places = {}
    for column in spec.columns:
        number = next(
            (found[n] for lb in column.field.labels if (n := normalise_label(lb)) in found), -1
        )
        if number >= 0:
            places[column] = number
    return places


def _build_document(
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
    heading, slip = _read_heading(fields, source, kind)
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
        identity=_find_identity(slip, kind),
        sheet=spec,
    )


def _find_identity(slip: Mention | None, kind: Kind | None) -> str | None:
    """Return the id that a row counts as, where its cell holds none of its kind."""
    if slip is None or kind is None or kind.matches("".join(slip.id.raw.split()).upper()):
        return None
    return slip.target


# What these hold is no running text, and is judged by rules of its own.
_UNREAD = frozenset({Format.ID, Format.NAME, Format.LONGNAME, Format.PREFIX, Format.NEXT})


def _read_heading(
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
MISNAMED = "it is called otherwise"
ABOVE_HEADER = "there is text above its header"


@dataclass(frozen=True, slots=True)
class BadSheet:
    """Something of a workbook that cannot be read, and why.

    `sheet` is None for the whole of it; `column` is set where only the column
    with that header cell is missing. `written` is what stands instead: in the
    header cell `cell`, or as the name of a sheet.
    """

    path: str
    reason: str
    sheet: str | None = None
    column: str | None = None
    cell: str | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class CellForms:
    """Cells that cannot be edited like any other, by sheet and address.

    `formulas` hold one, `numbers` hold a number, a date or an error; `runs` are the lengths
    of the parts of a text that are formatted each for itself.
    """

    formulas: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[tuple[str, str]] = frozenset()
    runs: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A master workbook: its path, its rows, and what of it cannot be read.

    `sheets` are the names of the sheets that were read whole; `slips` are names of
    sheets and header cells that were read, though the generator does not know them so.
    `forms` says which cells are no plain texts.
    """

    path: str
    documents: tuple[Document, ...]
    problems: tuple[BadSheet, ...] = ()
    sheets: frozenset[str] = frozenset()
    slips: tuple[BadSheet, ...] = ()
    forms: CellForms = CellForms()


def normalise_sheet(sheet: str) -> str:
    """Return the name of a sheet in the form in which they are compared."""
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
    broken = {normalise_sheet(sheet) for sheet, _ in found.problems}
    contents = {normalise_sheet(name): content for name, content in found.sheets.items()}
    documents: list[Document] = []
    slips: list[BadSheet] = []
    whole = []
    for sheet in sheets:
        content = contents.get(normalise_sheet(sheet.name))
        if content is None:
            expected = spec is not None and sheet.presence is Need.REQUIRED
            if expected and normalise_sheet(sheet.name) not in broken:
                near = _find_near(sheet.name, found.names, sheets)
                problems.append(BadSheet(path, NO_SHEET, sheet.name, written=near))
            continue
        if content.name != sheet.name:
            slips.append(BadSheet(path, MISNAMED, sheet.name, written=content.name))
        rows = read_rows(path, content, sheet, profile)
        documents += rows.documents
        bad, misnamed = _judge_sheet(path, sheet, rows)
        problems += bad
        slips += misnamed
        if rows.header and not rows.missing and rows.pending is None:
            whole.append(sheet.name)
    if not problems and not whole:
        reason = "it has none of the sheets that the framework's pages are made from"
        problems.append(BadSheet(path, reason))
    forms = _read_forms([contents[name] for name in contents])
    return Workbook(path, tuple(documents), tuple(problems), frozenset(whole), tuple(slips), forms)


def _read_forms(sheets: Iterable[SheetData]) -> CellForms:
    formulas: set[tuple[str, str]] = set()
    numbers: set[tuple[str, str]] = set()
    runs: dict[tuple[str, str], tuple[int, ...]] = {}
    for sheet in sheets:
        formulas.update((sheet.name, format_cell_ref(*place)) for place in sheet.formulas)
        runs.update({(sheet.name, format_cell_ref(*at)): found for at, found in sheet.runs.items()})
        numbers.update(
            (sheet.name, format_cell_ref(row, column))
            for row, cells in enumerate(sheet.rows)
            for column, cell in enumerate(cells)
            if cell.value is not None and not isinstance(cell.value, str)
        )
    return CellForms(frozenset(formulas), frozenset(numbers), runs)


def _judge_sheet(path: str, sheet: SheetSpec, rows: Sheet) -> tuple[list[BadSheet], list[BadSheet]]:
    """Return what of a sheet cannot be read, and which header cells have another name."""
    problems: list[BadSheet] = []
    if not rows.header:
        reason = "it has none of the header cells that belong there"
        problems.append(BadSheet(path, reason, sheet.name))
    if rows.pending is not None:
        reason = (
            f"the formula in {rows.pending} has no value yet; open the workbook in a "
            "spreadsheet program and save it"
        )
        problems.append(BadSheet(path, reason, sheet.name))
    meant = {slip.label: slip for slip in rows.slips}
    for header in rows.missing:
        slip = meant.pop(header, None)
        cell, written = (slip.cell, slip.written) if slip else (None, "")
        reason = f"it has no column “{header}”"
        problems.append(BadSheet(path, reason, sheet.name, header, cell, written))
    slips = [
        BadSheet(path, MISNAMED, sheet.name, slip.label, slip.cell, slip.written)
        for slip in meant.values()
    ]
    if rows.above is not None:
        cell, written = rows.above
        slips.append(BadSheet(path, ABOVE_HEADER, sheet.name, None, cell, written))
    return problems, slips


def _find_near(name: str, names: Sequence[str], sheets: Sequence[SheetSpec]) -> str:
    """Return the name that a missing sheet most likely has now, else an empty text."""
    from difflib import get_close_matches

    known = {normalise_sheet(sheet.name) for sheet in sheets}
    free = [other for other in names if normalise_sheet(other) not in known]
    return next(iter(get_close_matches(name, free, 1, _LIKE)), "")


def fits_spec(workbook: Workbook) -> bool:
    """Tell whether most ids of a workbook have the shapes that its profile asks for."""
    judged = [
        document.kind.matches(document.id)
        for document in workbook.documents
        if document.kind is not None and document.id
    ]
    return sum(judged) * 2 >= len(judged)
