"""The master workbooks as the framework's generator reads them: rows of texts.

The generator takes a cell for what it holds, letter by letter, where the linter reads
what was meant. What it would make of a cell is what is rendered: `list_forms` in the
rules (M701) and `write_column` here know its reader by the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Format, Need
from disarm_lint.parse.workbook import (
    READ_AS_BLANK,
    TRUTH,
    find_columns,
    find_header_row,
    find_workbook_spec,
)
from disarm_lint.parse.xlsx_limits import BadWorkbookError, format_cell_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.model.profile import Profile, SheetSpec
    from disarm_lint.parse.xlsx_limits import CellValue, SheetData, Value

_NUMBER = re.compile(
    r"\s*[+-]?(?:[0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?\s*"
)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a worksheet: its id and name, and its texts by the keys of the columns.

    The `id` is what stands in the first column where the sheet has none of ids.
    """

    id: str
    name: str
    values: Mapping[str, str]

    def text(self, key: str) -> str:
        """Return what the generator takes from a column; nothing if it is not there."""
        return self.values.get(key, "")


@dataclass(frozen=True)
class MasterSheet:
    """A worksheet: its rows in the generator's order, or why it cannot be used."""

    spec: SheetSpec
    records: tuple[Record, ...] = ()
    problem: str | None = None
    columns: frozenset[str] = frozenset()
    by_id: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class MasterData:
    """The worksheets by name; those that no workbook has are absent."""

    profile: Profile
    sheets: Mapping[str, MasterSheet]

    def find_defining(self, kind: str) -> MasterSheet | None:
        """Return the sheet whose rows define a kind."""
        return next((s for s in self.sheets.values() if s.spec.defines == kind), None)

    def find_problem(self, spec: SheetSpec) -> str | None:
        """Return why a declared sheet cannot be used, as a clause; None if it can."""
        sheet = self.sheets.get(spec.name)
        return f"the workbooks have no sheet {spec.name}" if sheet is None else sheet.problem

    def find(self, kind: str, entity_id: str) -> Record | None:
        """Return the first row of an entity."""
        sheet = self.find_defining(kind)
        found = sheet.by_id.get(entity_id, ()) if sheet else ()
        return found[0] if found else None


def read_master(files: Mapping[str, bytes], profile: Profile) -> MasterData:
    """Read the sheets that a profile declares from workbooks, given by path.

    A sheet that cannot be read has its `problem`, a clause. Takes bounded time and
    memory for any bytes.
    """
    from disarm_lint.parse.xlsx import read_workbook

    sheets: dict[str, MasterSheet] = {}
    # A workbook whose name the profile has goes before one that only has such sheets.
    for path in sorted(files, key=lambda path: (find_workbook_spec(path, profile) is None, path)):
        data, book = files[path], find_workbook_spec(path, profile)
        specs = book.sheets if book else tuple(s for w in profile.workbooks for s in w.sheets)
        try:
            found = read_workbook(path, data, [spec.name for spec in specs])
        except BadWorkbookError as error:
            for spec in specs:
                sheets.setdefault(spec.name, MasterSheet(spec, problem=f"{path}: {error.reason}"))
            continue
        contents = {name.strip().casefold(): content for name, content in found.sheets.items()}
        reasons = {name.strip().casefold(): reason for name, reason in found.problems}
        for spec in specs:
            name = spec.name.strip().casefold()
            if name in contents:
                sheets.setdefault(spec.name, _read_sheet(contents[name], spec))
            elif name in reasons:
                problem = f"the sheet {spec.name} cannot be read: {reasons[name]}"
                sheets.setdefault(spec.name, MasterSheet(spec, problem=problem))
    return MasterData(profile, sheets)


def _read_sheet(data: SheetData, spec: SheetSpec) -> MasterSheet:
    number = find_header_row(data, spec)
    if number is None:
        return MasterSheet(spec, problem=f"the sheet {spec.name} has no header cells")
    places = find_columns([cell.text for cell in data.rows[number]], spec)
    for column in spec.columns:
        if column not in places and column.field.label is Need.REQUIRED:
            problem = f"the sheet {spec.name} has no column “{column.field.labels[0]}”"
            return MasterSheet(spec, problem=problem)
    needed = {places[c] for c in places if c.field.label is Need.REQUIRED}
    pending = next((at for at in data.pending if at[0] > number and at[1] in needed), None)
    if pending is not None:
        problem = (
            f"the formula in {spec.name}!{format_cell_ref(*pending)} has no value yet; open the "
            "workbook in a spreadsheet program and save it"
        )
        return MasterSheet(spec, problem=problem)
    rows = range(number + 1, len(data.rows))
    texts = {
        column.field.key: write_column([data.cell(row, place) for row in rows])
        for column, place in places.items()
    }
    ids = spec.of_format(Format.ID) or spec.columns[0]
    names = spec.of_format(Format.NAME)
    records = []
    for at in range(len(rows)):
        values = {key: column[at] for key, column in texts.items()}
        name = values.get(names.field.key, "") if names else ""
        records.append(Record(values.get(ids.field.key, ""), name, values))
    if spec.sorted:
        records.sort(key=lambda record: record.id)
    by_id: dict[str, list[Record]] = {}
    for record in records:
        by_id.setdefault(record.id, []).append(record)
    return MasterSheet(
        spec,
        tuple(records),
        columns=frozenset(texts),
        by_id={entity_id: tuple(found) for entity_id, found in by_id.items()},
    )


def write_column(cells: Sequence[CellValue]) -> list[str]:
    """Return the texts that the generator writes for the cells of a column.

    A column of numbers alone is one type: with spaces between them, all come out as
    decimals.
    """
    values = [
        None if cell.text == "" or cell.text in READ_AS_BLANK else cell.value for cell in cells
    ]
    held = [value for value in values if value is not None]
    numbers = [_read_number(value) for value in held]
    if not held or any(number is None for number in numbers):
        return ["" if value is None else _write(value) for value in values]
    whole = len(held) == len(values) and all(isinstance(number, int) for number in numbers)
    given = iter(numbers)
    return [
        "" if value is None else str(next(given) if whole else float(next(given) or 0))
        for value in values
    ]


def _read_number(value: Value) -> int | float | None:
    """Return a cell of a number, or a text that reads as one, as a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        text = value.strip()
        return int(text) if text.lstrip("+-").isdecimal() and len(text) < 19 else float(text)
    return None


def _write(value: Value) -> str:
    """Return a value of a column of several types as a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return TRUTH["TRUE" if value else "FALSE"]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return str(datetime.combine(value, time()))
    return str(value)
