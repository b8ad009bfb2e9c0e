"""Change lists as files: JSON (changes.schema.json), CSV (RFC 4180) and sheets of cells."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from disarm_lint.changes.change import CellChange
from disarm_lint.changes.fields import (
    BadEscape,
    decode_field,
    encode_field,
    guard_field,
    unguard_field,
)
from disarm_lint.report.data import tool_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SCHEMA_VERSION = 1
COLUMNS = ("workbook", "sheet", "cell", "column", "row", "old", "new", "rules", "reason")
SUFFIXES = (".xlsx", ".csv", ".json")
MOST_CHANGES = 100_000
LONGEST = 32_000_000
"""Bytes of a file that is read."""
_REQUIRED = ("workbook", "sheet", "cell", "row", "old", "new")
_DELIMITERS = ",;\t"
# The header of a sheet stands in one of its first rows.
_HEADER_ROWS = 20


class BadChangeList(Exception):  # noqa: N818 - a fact about a file, which a message reports
    """A file that is no change list; the message is a clause that says why."""


def format_row(change: CellChange) -> list[str]:
    """Return a change as the fields of a row, in CSV or in a sheet of cells; see `COLUMNS`.

    Both have the same: people make one of the other.
    """
    values = [getattr(change, column) for column in COLUMNS]
    texts = [value if isinstance(value, str) else ", ".join(value) for value in values]
    return [guard_field(encode_field(text)) for text in texts]


def format_json(changes: Iterable[CellChange], version: str) -> bytes:
    """Return a change list as JSON; `version` is that of the linter."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": tool_data(version),
        "changes": [{column: getattr(change, column) for column in COLUMNS} for change in changes],
    }
    return f"{json.dumps(data, indent=2)}\n".encode("ascii")


def format_csv(changes: Iterable[CellChange]) -> bytes:
    """Return a change list as CSV in UTF-8, with a byte order mark, for Excel."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for change in changes:
        writer.writerow(format_row(change))
    return stream.getvalue().encode("utf-8-sig")


def parse_changes(name: str, data: bytes) -> tuple[CellChange, ...]:
    """Return the changes that a file lists, by the suffix of its name; raise BadChangeList."""
    parse = _PARSERS[next(suffix for suffix in SUFFIXES if name.lower().endswith(suffix))]
    if len(data) > LONGEST:
        raise BadChangeList(f"it has more than {LONGEST // 1_000_000} MB")
    changes = []
    for number, change in enumerate(parse(data), 1):
        if number > MOST_CHANGES:
            raise BadChangeList(f"it lists more than {MOST_CHANGES:,} changes")
        changes.append(change)
    return tuple(changes)


def _parse_json(data: bytes) -> Iterator[CellChange]:
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        raise BadChangeList("it is not JSON") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("changes"), list):
        raise BadChangeList("it is not a change list: it has no array “changes”")
    if whole.get("schema_version") != SCHEMA_VERSION:
        raise BadChangeList(f"its schema_version is not {SCHEMA_VERSION}")
    for number, item in enumerate(whole["changes"], 1):
        yield _parse_item(item, f"change {number:,}")


def _parse_item(item: Any, where: str) -> CellChange:
    if not isinstance(item, dict):
        raise BadChangeList(f"{where} is not an object")
    values = {key: item.get(key, "") for key in COLUMNS if key != "rules"}
    rules = item.get("rules", [])
    if not isinstance(rules, list):
        raise BadChangeList(f"“rules” of {where} is not an array")
    texts = [*values.items(), *(("rules", rule) for rule in rules)]
    if bad := next((key for key, value in texts if not isinstance(value, str)), None):
        raise BadChangeList(f"“{bad}” of {where} is not a text")
    if missing := next((key for key in _REQUIRED if key not in item), None):
        raise BadChangeList(f"{where} has no “{missing}”")
    return CellChange(rules=tuple(rules), **values)


def _parse_csv(data: bytes) -> Iterator[CellChange]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadChangeList("it is in UTF-16: save it as CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadChangeList("it is not in UTF-8: save it as CSV in UTF-8") from None
    # A text of the longest that a cell may hold, each of its characters by number.
    csv.field_size_limit(500_000)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        yield from _parse_rows(header, reader, lambda: f"line {reader.line_num:,}")
    except csv.Error as error:
        raise BadChangeList(f"line {reader.line_num:,} is not CSV: {error}") from None


def _parse_xlsx(data: bytes) -> Iterator[CellChange]:
    from disarm_lint.parse.xlsx import BadWorkbookError, read_workbook

    try:
        sheets = read_workbook("", data, None).sheets.values()
    except BadWorkbookError as problem:
        raise BadChangeList(problem.reason) from None
    for sheet in sheets:
        rows = [[cell.text for cell in row] for row in sheet.rows]
        for number, header in enumerate(rows[:_HEADER_ROWS], 1):
            if set(_REQUIRED) <= set(_labels(header)):
                yield from _parse_sheet(sheet.name, header, rows[number:], number)
                return
    raise BadChangeList(f"it has no sheet with the columns {', '.join(_REQUIRED)}")


def _parse_sheet(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str]], above: int
) -> Iterator[CellChange]:
    here = above

    def count() -> Iterator[Sequence[str]]:
        nonlocal here
        for row in rows:
            here += 1
            yield row

    return _parse_rows(header, count(), lambda: f"row {here:,} of the sheet “{name}”")


def _labels(header: Iterable[str]) -> list[str]:
    return [label.strip().casefold() for label in header]


def _parse_rows(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    where: Callable[[], str],
) -> Iterator[CellChange]:
    """Yield the changes of the rows below a header; `where` names the row that was read last."""
    labels = _labels(header)
    if missing := [key for key in _REQUIRED if labels.count(key) != 1]:
        raise BadChangeList(f"it has no column “{missing[0]}”, or more than one")
    for row in rows:
        if not any(field.strip() for field in row):
            continue
        fields = dict(zip(labels, row, strict=False))
        try:
            values = {key: decode_field(unguard_field(fields.get(key, ""))) for key in COLUMNS}
        except BadEscape as bad:
            raise BadChangeList(
                f"in {where()} the backslash in “{bad}” means nothing; write two for one"
            ) from None
        if empty := next((key for key in _REQUIRED[:4] if not values[key]), None):
            raise BadChangeList(f"{where()} has no “{empty}”")
        rules = tuple(rule for part in values.pop("rules").split(",") if (rule := part.strip()))
        yield CellChange(rules=rules, **values)


_PARSERS: dict[str, Callable[[bytes], Iterator[CellChange]]] = {
    ".json": _parse_json,
    ".csv": _parse_csv,
    ".xlsx": _parse_xlsx,
}
