r"""Lists of cell changes: their files, and applying them to workbooks.

A list is JSON, CSV or a sheet of cells. People open the tables in a spreadsheet program,
which must not damage a text. So a field shows what no reader can see (`\u200b`, `\t`, a space at
either end as `\x20`), and a backslash as two. A text that a spreadsheet could take for a
formula, a number or a date begins with an apostrophe; so does one that begins with an
apostrophe itself.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from disarm_lint.model.document import make_key
from disarm_lint.model.text import RowSource, split_ref
from disarm_lint.model.words import shorten
from disarm_lint.parse.cell_text import CellEdit, cut_edits
from disarm_lint.parse.layout import normalise_label
from disarm_lint.parse.workbook import load_workbook, normalise_sheet
from disarm_lint.parse.xlsx_edit import edit_cells
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.report.data import encode_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.fixes import FixPlan
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.parse.xlsx_edit import EditedWorkbook


# A workbook's path, the name of its sheet, the address of the cell.
CellPlace = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class CellChange:
    """The old and new text of a cell, and the reason for the change.

    `workbook` is a path from the root of the corpus; `row` is the key of the row, its id or
    the text of its first cell; `column` is the header cell, empty if it is not known. These
    find the cell even if rows have moved; `cell` is its former address. `rules` are codes.
    """

    workbook: str
    sheet: str
    cell: str
    row: str
    old: str
    new: str
    column: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""

    @property
    def place(self) -> str:
        """The former place of the cell, for messages."""
        return "!".join(map(shorten, (self.workbook, self.sheet, self.cell)))


def collect_changes(before: Corpus, after: Corpus, plans: Sequence[FixPlan]) -> list[CellChange]:
    """Return the changes of cells that fixes made, sorted by workbook, sheet, row and column."""
    findings: dict[CellPlace, list[Finding]] = defaultdict(list)
    for plan in plans:
        for finding in plan.fixed:
            for edit in finding.fix.edits if finding.fix else ():
                cell = edit.location.cell
                if cell is not None:
                    findings[edit.location.path, cell.sheet, cell.ref].append(finding)
    texts = {place: text for _, place, text in list_cells(after)}
    changes = []
    for document, place, old in list_cells(before):
        if place in findings and texts.get(place, old) != old:
            changes.append(_build_change(document, place, (old, texts[place]), findings[place]))
    return changes


def _build_change(
    document: Document, place: CellPlace, texts: tuple[str, str], findings: Sequence[Finding]
) -> CellChange:
    return CellChange(
        *place,
        row=document.key,
        old=texts[0],
        new=texts[1],
        column=find_columns(document).get(place[2], ""),
        rules=tuple(sorted({finding.rule for finding in findings})),
        reason="\n".join(dict.fromkeys(finding.message for finding in findings)),
    )


def list_cells(corpus: Corpus) -> Iterator[tuple[Document, CellPlace, str]]:
    """Yield the cells of all rows of the workbooks, with their rows and texts."""
    for document in corpus.all_documents:
        source = document.source
        if isinstance(source, RowSource):
            for number, ref in enumerate(source.refs):
                yield document, (source.path, source.sheet, ref), source.cell_text(number).raw


def find_columns(row: Document) -> dict[str, str]:
    """Return the header cells of a worksheet row, by the addresses of its cells."""
    found = {}
    for item in row.fields:
        cell = item.text.location.cell
        if cell is not None:
            found[cell.ref] = item.label.raw
    return found


_HIDDEN = re.compile(r"\A[ \n]|[ \n]\Z|\\|_(?=x[0-9A-Fa-f]{4}_)|[^ -~]")
_NAMES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPE = re.compile(
    r"\\(?:(?P<name>[\\nrt])|x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})"
    r"|U(?P<long>00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(?P<wrong>.?))",
    re.DOTALL,
)
_CHARS = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_LINE_END = re.compile(r"\r\n?")
_GUARD = "'"
# A word that spreadsheets read as a month or a currency, and a number after it.
_DATE_LIKE = re.compile(r"[^\W\d_]{3,}\.?[\s/-]*\d")
_BOOLEANS = frozenset({"true", "false"})


class BadEscape(ValueError):  # noqa: N818 - a fact about a field, which a message reports
    """A field has an unknown escape; the message is the backslash and what follows."""


def encode_field(text: str) -> str:
    """Return a text as a field shows it; `decode_field` is the inverse."""
    return _HIDDEN.sub(_encode, text)


def format_cell_diff(where: str, old: str, new: str) -> list[str]:
    """Return the lines of a diff that show a change of a cell, as if the cell were a file.

    `where` names the cell, as `book.xlsx!techniques!B37`. The texts are as people see them.
    """
    before = [f"-{line}" for line in old.split("\n")]
    after = [f"+{line}" for line in new.split("\n")]
    return [f"--- {where}", f"+++ {where}", *before, *after]


def _encode(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n" and 0 < match.start() < len(match.string) - 1:
        # A line end inside a field is one in the cell too.
        return char
    if char in _NAMES:
        return _NAMES[char]
    number = ord(char)
    if char.isprintable() and char not in " _":
        return char
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def decode_field(field: str) -> str:
    """Return the text of a field, with line feeds as line ends; raise BadEscape."""
    return _ESCAPE.sub(_decode, _LINE_END.sub("\n", field))


def _decode(match: re.Match[str]) -> str:
    if match["name"]:
        return _CHARS[match["name"]]
    digits = match["x"] or match["u"] or match["long"]
    if not digits:
        raise BadEscape(match[0])
    return chr(int(digits, 16))


def guard_field(field: str) -> str:
    """Return a field that every spreadsheet program reads as a text."""
    if not field or (
        field[0].isalpha()
        and not _DATE_LIKE.match(field)
        and field.strip().casefold() not in _BOOLEANS
    ):
        return field
    return _GUARD + field


def unguard_field(field: str) -> str:
    """Return a field without its guard."""
    return field.removeprefix(_GUARD)


SCHEMA_VERSION = 1
COLUMNS = ("workbook", "sheet", "cell", "column", "row", "old", "new", "rules", "reason")
SUFFIXES = (".xlsx", ".csv", ".json")
MOST_CHANGES = 100_000
LONGEST = 32_000_000
"""Bytes of a file that is read."""
_REQUIRED = ("workbook", "sheet", "cell", "row", "old", "new")
_DELIMITERS = ",;\t"
# In how many of the first rows of a sheet its header is looked for.
_HEADER_ROWS = 20


class BadChangeList(Exception):  # noqa: N818 - a fact about a file, which a message reports
    """A file is not a change list; the message says why, as a clause."""


def format_row(change: CellChange) -> list[str]:
    """Return a change as the fields of a row, in CSV or in a sheet of cells; see `COLUMNS`.

    Both have the same fields, because people convert one into the other.
    """
    values = [getattr(change, column) for column in COLUMNS]
    texts = [value if isinstance(value, str) else ", ".join(value) for value in values]
    return [guard_field(encode_field(text)) for text in texts]


def format_json(changes: Iterable[CellChange], version: str) -> bytes:
    """Return a change list as JSON; `version` is that of the linter."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": encode_tool(version),
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
    # The length of the longest text of a cell if each of its characters is escaped.
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
            if set(_REQUIRED) <= set(_read_labels(header)):
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


def _read_labels(header: Iterable[str]) -> list[str]:
    return [label.strip().casefold() for label in header]


def _parse_rows(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    where: Callable[[], str],
) -> Iterator[CellChange]:
    """Yield the changes of the rows below a header; `where` names the row that was read last."""
    labels = _read_labels(header)
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


# UTF-16 code units that a cell may hold.
_MOST_TEXT = 32_767
# What XML cannot contain, and what a workbook would read as an escaped character.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True)
class AppliedChanges:
    """The result of a change list: the new bytes of workbooks by path, and each change's outcome.

    `unfit` are the changes that cannot be made, with the reason as a clause; `same` are those
    whose cells already have the new text. `behind` are the formulas that may read changed cells
    and keep their old values.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    made: tuple[tuple[CellChange, CellPlace], ...] = ()
    same: tuple[CellChange, ...] = ()
    unfit: tuple[tuple[CellChange, str], ...] = ()
    behind: tuple[str, ...] = ()


def apply_changes(
    corpus: Corpus, changes: Iterable[CellChange], read: Callable[[str], bytes]
) -> AppliedChanges:
    """Make changes in the workbooks of a corpus, and return the new bytes.

    `workbook` of each change is the path of one of them. A change is made whole or not at
    all, and only if its row is found by its key and the cell has the old text. `read`
    returns the bytes of a workbook.
    """
    rows = _RowFinder(corpus)
    made: dict[CellPlace, CellChange] = {}
    same: list[CellChange] = []
    unfit: list[tuple[CellChange, str]] = []
    for change in dict.fromkeys(changes):
        try:
            place = rows.find(change)
            if place is None:
                same.append(change)
            elif place in made and made[place].new != change.new:
                raise _UnfitError("another change of the list is about the same cell")
            else:
                made.setdefault(place, change)
        except _UnfitError as reason:
            unfit.append((change, str(reason)))
    while True:
        files, behind, told = _edit(corpus, made, read)
        if not told:
            break
        unfit += [(made.pop(place), reason) for place, reason in told.items()]
    pairs = tuple((change, place) for place, change in made.items())
    return AppliedChanges(files, pairs, tuple(same), tuple(unfit), tuple(behind))


class _UnfitError(Exception):
    """A change cannot be made; the message says why."""


class _RowFinder:
    """The rows of the workbooks of a corpus, by their keys."""

    def __init__(self, corpus: Corpus) -> None:
        self._rows: dict[tuple[str, str, str], list[Document]] = defaultdict(list)
        self._sheets: set[tuple[str, str]] = set()
        for document in corpus.all_documents:
            if isinstance(document.source, RowSource):
                sheet = normalise_sheet(document.source.sheet)
                self._rows[document.path, sheet, document.key].append(document)
                self._sheets.add((document.path, sheet))

    def find(self, change: CellChange) -> CellPlace | None:
        """Return the cell that a change is about; None if it already has the new text."""
        if change.new == change.old:
            return None
        if _FORBIDDEN.search(change.new):
            raise _UnfitError("the new text holds a character that no cell can hold")
        if len(change.new.encode("utf-16-le")) > 2 * _MOST_TEXT:
            raise _UnfitError(f"the new text is longer than {_MOST_TEXT:,} characters")
        cells = self._find_cells(change)
        holding = [place for place, text in cells if text == change.old]
        here = [place for place in holding if place[2] == change.cell]
        if len(holding) == 1 or here:
            return (here or holding)[0]
        if holding:
            raise _UnfitError(f"{len(holding)} rows “{shorten(change.row)}” hold the old text")
        if any(text == change.new for _, text in cells):
            return None
        raise _UnfitError(f"the cell holds “{shorten(cells[0][1])}”, not “{shorten(change.old)}”")

    def _find_cells(self, change: CellChange) -> list[tuple[CellPlace, str]]:
        """Return the cells that a change may be about, with their texts, at least one."""
        sheet = normalise_sheet(change.sheet)
        if (change.workbook, sheet) not in self._sheets:
            raise _UnfitError(f"no sheet “{change.sheet}” is read in “{change.workbook}”")
        rows = self._rows.get((change.workbook, sheet, change.row), [])
        cells = [cell for row in rows if (cell := _find_cell(row, change)) is not None]
        if rows and not cells:
            raise _UnfitError(f"its row has no column “{change.column or change.cell}”")
        if not rows:
            # The changed text may be the key of its row, which then has the new text as its key.
            rows = self._rows.get((change.workbook, sheet, make_key(change.new)), [])
            found = [cell for row in rows if (cell := _find_cell(row, change)) is not None]
            cells = [(place, text) for place, text in found if text == change.new]
        if not cells:
            raise _UnfitError(f"there is no row “{shorten(change.row)}”")
        return cells


def _find_cell(row: Document, change: CellChange) -> tuple[CellPlace, str] | None:
    """Return the cell of a row that a change is about, by its header, else by its letters."""
    source = row.source
    if not isinstance(source, RowSource):
        return None
    column = normalise_label(change.column)
    refs = [
        ref
        for ref, label in find_columns(row).items()
        if column and normalise_label(label) == column
    ]
    if len(refs) != 1:
        letters, _ = split_ref(change.cell)
        refs = [ref for ref in source.refs if split_ref(ref)[0] == letters]
    if len(refs) != 1:
        return None
    text = source.cell_text(source.refs.index(refs[0])).raw
    return (source.path, source.sheet, refs[0]), text


def _edit(
    corpus: Corpus, made: Mapping[CellPlace, CellChange], read: Callable[[str], bytes]
) -> tuple[dict[str, bytes], list[str], dict[CellPlace, str]]:
    """Return the new bytes of the workbooks, formulas behind, and cells that cannot be edited."""
    by_file: dict[str, list[CellPlace]] = defaultdict(list)
    for place in made:
        by_file[place[0]].append(place)
    files: dict[str, bytes] = {}
    behind: list[str] = []
    told: dict[CellPlace, str] = {}
    for path, places in by_file.items():
        edits = [
            CellEdit(sheet, ref, made[path, sheet, ref].old, start, end, words)
            for _, sheet, ref in places
            for start, end, words in cut_edits(
                made[path, sheet, ref].old, made[path, sheet, ref].new
            )
        ]
        try:
            edited = edit_cells(read(path), edits)
        except BadWorkbookError as problem:
            told.update(dict.fromkeys(places, problem.reason))
            continue
        told.update(((path, *cell), reason) for cell, reason in edited.refused.items())
        told.update(_verify(corpus, path, edited, made) if not edited.refused else {})
        behind += [f"{path}!{sheet}!{ref}" for sheet, ref in edited.behind]
        files[path] = edited.data
    return files, behind, told


def _verify(
    corpus: Corpus, path: str, edited: EditedWorkbook, made: Mapping[CellPlace, CellChange]
) -> dict[CellPlace, str]:
    """Return the cells that would not read as intended, or that would change unintentionally."""
    then = _read_cells(load_workbook(path, edited.data, corpus.profile).documents)
    now = _read_cells([document for document in corpus.all_documents if document.path == path])
    wanted = {**now, **{place: change.new for place, change in made.items() if place[0] == path}}
    new = {(path, *cell): text for cell, text in edited.calculated.items()}
    wanted.update({place: text for place, text in new.items() if place in now})
    wrong = [place for place in wanted if then.get(place) != wanted[place]]
    reason = "the edited workbook would not hold the new text"
    if set(wrong) - set(made) or set(then) - set(wanted):
        wrong = [place for place in made if place[0] == path]
    return dict.fromkeys(wrong, reason)


def _read_cells(documents: Sequence[Document]) -> dict[CellPlace, str]:
    return {
        (source.path, source.sheet, ref): source.cell_text(number).raw
        for document in documents
        if isinstance(source := document.source, RowSource)
        for number, ref in enumerate(source.refs)
    }
