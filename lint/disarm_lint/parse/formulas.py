"""Formulas whose values follow the cells that were edited.

A workbook stores the value of each formula, and programs that only read, such as pandas,
know nothing else. A formula that joins texts, as `A2&" - "&B2` and `CONCATENATE(A2,": ",B2)`
do, is calculated here. Of all other formulas it is known merely whether they may read a cell
that was edited: a spreadsheet program has to calculate them.

The format is that of ECMA-376, Part 1, 18.3.1.40 (formulas) and 18.2.2 (how a program is asked
to calculate them).
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from disarm_lint.parse.cell_text import (
    VALUE,
    SharedStrings,
    UneditableError,
    escape_text,
    find_cells,
    find_content,
    parse_attributes,
    read_text,
    unescape_text,
)
from disarm_lint.parse.xlsx_limits import format_cell_ref, parse_cell_ref, parse_column

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

# The name of a sheet, and the address of a cell.
CellName = tuple[str, str]


@dataclass(frozen=True)
class Recalculation:
    """The XML of sheets with new values of formulas, by the sheets' names.

    `texts` are the new values by cell. `behind` are the cells whose formulas may read edited
    cells, and have the values of before.
    """

    sheets: Mapping[str, bytes] = field(default_factory=dict)
    texts: Mapping[CellName, str] = field(default_factory=dict)
    behind: tuple[CellName, ...] = ()


def recalculate(
    sheets: Mapping[str, bytes], strings: SharedStrings | None, edited: Collection[CellName]
) -> Recalculation:
    """Calculate the formulas that read edited cells, directly or through each other.

    `sheets` is the XML of the sheets of a workbook, after the edits, by name.
    """
    # Sheets are named without regard to case.
    names = {sheet.casefold(): sheet for sheet in sheets}
    formulas = {
        (formula.sheet, formula.ref): formula
        for sheet, xml in sheets.items()
        for formula in _list_formulas(sheet, xml, names)
    }
    readers: dict[CellName, list[CellName]] = defaultdict(list)
    for name, formula in formulas.items():
        for read in formula.reads:
            readers[read].append(name)
    affected = _find_affected(edited, readers)
    stale = _find_stale({*edited, *affected}, formulas, readers, names)
    new: dict[CellName, str] = {}
    left = _MOST_TEXTS
    if affected:
        texts = _read_texts(sheets, strings, {r for name in affected for r in formulas[name].reads})
        for name in _sort_by_need(affected, formulas, readers):
            text = formulas[name].calculate(lambda r: (new if r in affected else texts).get(r))
            # What reads a value that is not known anew would be half old and half new.
            if text is not None and name not in stale and len(text) <= left:
                new[name] = text
                left -= len(text)
    changed: dict[str, bytes] = {}
    for sheet, xml in sheets.items():
        own = {formulas[name]: text for name, text in new.items() if name[0] == sheet}
        if own:
            changed[sheet] = _write_values(xml, own)
    behind = [
        name for name in {*affected, *stale} if formulas[name].value is not None and name not in new
    ]
    return Recalculation(changed, new, tuple(sorted(behind, key=_sort_cell)))


def _sort_cell(name: CellName) -> tuple[str, tuple[int, int]]:
    return name[0], parse_cell_ref(name[1])


def _find_affected(
    edited: Collection[CellName], readers: Mapping[CellName, Iterable[CellName]]
) -> frozenset[CellName]:
    """Return the joining formulas that read edited cells, or what is made of these."""
    found: set[CellName] = set()
    waiting = deque(edited)
    while waiting:
        for name in readers.get(waiting.popleft(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


# How many formulas read each other in turn before all are taken to be behind.
_MOST_ROUNDS = 8


def _find_stale(
    touched: Collection[CellName],
    formulas: Mapping[CellName, _Formula],
    readers: Mapping[CellName, Iterable[CellName]],
    names: Mapping[str, str],
) -> frozenset[CellName]:
    """Return the formulas that may read touched cells and are not calculated, and their readers."""
    others = {name: f for name, f in formulas.items() if f.joined is None and f.value is not None}
    found: set[CellName] = set()
    for number in range(_MOST_ROUNDS):
        cells = _TouchedCells({*touched, *found})
        last = number == _MOST_ROUNDS - 1
        more = [name for name, f in others.items() if last or cells.may_be_read(f, names)]
        if not more:
            break
        for name in more:
            del others[name]
        found.update(more, _find_affected(more, readers))
    return frozenset(found)


def _sort_by_need(
    affected: Collection[CellName],
    formulas: Mapping[CellName, _Formula],
    readers: Mapping[CellName, Iterable[CellName]],
) -> Iterator[CellName]:
    """Yield formulas, each after those that it reads; one that reads itself never."""
    needs = {name: sum(read in affected for read in formulas[name].reads) for name in affected}
    waiting = deque(name for name, number in needs.items() if not number)
    while waiting:
        name = waiting.popleft()
        yield name
        for reader in readers.get(name, ()):
            needs[reader] -= 1
            if not needs[reader]:
                waiting.append(reader)


@dataclass(frozen=True, slots=True)
class _Read:
    """A cell that a formula reads; `fixed_row` and `fixed_column` stay where it is filled down."""

    sheet: str
    row: int
    column: int
    fixed_row: bool
    fixed_column: bool

    @property
    def name(self) -> CellName:
        return self.sheet, format_cell_ref(self.row, self.column)

    def shift(self, rows: int, columns: int) -> _Read:
        return replace(
            self,
            row=max(0, self.row + (0 if self.fixed_row else rows)),
            column=max(0, self.column + (0 if self.fixed_column else columns)),
        )


# The parts of a text that a formula joins: texts, and cells with texts.
_Joined = tuple[str | _Read, ...]
_MOST_TEXT = 32_767
# How many parts a formula may join, and how long all new values may be together.
_MOST_JOINED, _MOST_TEXTS = 64, 16_000_000


@dataclass(frozen=True, eq=False)
class _Formula:
    """A cell with a formula: where its value stands in the XML, and what it joins, if it does.

    `source` is the text of the formula; where it was `filled` down, that of its first cell.
    """

    sheet: str
    ref: str
    source: str
    filled: bool
    value: tuple[int, int] | None
    joined: _Joined | None

    @property
    def reads(self) -> frozenset[CellName]:
        """The cells that the formula joins."""
        return frozenset(part.name for part in self.joined or () if isinstance(part, _Read))

    def calculate(self, look: Callable[[CellName], str | None]) -> str | None:
        """Return the value, with the texts of cells that `look` knows; None if that is unknown."""
        texts = [part if isinstance(part, str) else look(part.name) for part in self.joined or ()]
        known = [text for text in texts if text is not None]
        if self.value is None or len(known) < len(texts) or sum(map(len, known)) > _MOST_TEXT:
            return None
        return "".join(known)


_STRING = re.compile(r'"(?:[^"]|"")*+"')
# A quotation mark begins no more than a name of a sheet: of 31 characters, some of them doubled.
_SHEET = r"(?:(?P<sheet>[^\W\d][\w.]*+)!|'(?P<other>(?:[^']|''){1,62}+)'!)?"
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_LINE = r"\$?[A-Za-z]{1,3}|\$?[0-9]{1,7}"
# A cell or an area: `B2`, `B2:C9`, `B:B`, `2:2`, `techniques!B2`.
_PLACE = re.compile(
    rf"(?<![\w.$]){_SHEET}(?:(?P<first>{_CELL})(?::(?P<last>{_CELL}))?|(?P<from>{_LINE}):(?P<to>{_LINE}))"
    r"(?![\w(!.])"
)
# What may stand for any cell: a name that somebody defined, a table, the function of an address.
_NAME = re.compile(
    r"(?i)\[|\b(?:INDIRECT|OFFSET)\(|(?<![\w.])(?!TRUE\b|FALSE\b)[^\W\d][\w.]*+(?!\()"
)


def _read_sheet(place: re.Match[str]) -> str:
    """Return the sheet that a place in a formula names; an empty text if none."""
    return place["sheet"] or (place["other"] or "").replace("''", "'")


class _TouchedCells:
    """The cells of a workbook whose texts are new."""

    def __init__(self, cells: Iterable[CellName]) -> None:
        self._cells = {(sheet, *parse_cell_ref(ref)) for sheet, ref in cells}
        self._known: dict[tuple[str, str, bool], bool] = {}
        rows: dict[str, list[int]] = defaultdict(list)
        columns: dict[str, list[int]] = defaultdict(list)
        for sheet, row, column in self._cells:
            rows[sheet].append(row)
            columns[sheet].append(column)
        # The least area around the cells of a sheet.
        self._areas = {
            s: (min(rows[s]), max(rows[s]), min(columns[s]), max(columns[s])) for s in rows
        }

    def may_be_read(self, formula: _Formula, names: Mapping[str, str]) -> bool:
        """Tell whether a formula that is more than texts may read one: rather once too often."""
        if formula.joined is not None:
            return False
        # A formula that was filled down is the same text in thousands of cells.
        key = formula.sheet, formula.source, formula.filled
        if key not in self._known:
            self._known[key] = self._search(formula, names)
        return self._known[key]

    def _search(self, formula: _Formula, names: Mapping[str, str]) -> bool:
        text = _STRING.sub('""', formula.source)
        if _NAME.search(_PLACE.sub(" ", text)):
            return True
        for place in _PLACE.finditer(text):
            named = _read_sheet(place)
            sheet = names.get(named.casefold(), "") if named else formula.sheet
            if sheet in self._areas and (formula.filled or self._lie_in(place, sheet)):
                return True
        return False

    def _lie_in(self, place: re.Match[str], sheet: str) -> bool:
        """Tell whether one of the cells may lie in a cell or an area of a sheet."""
        first = _split_end(place["first"] or place["from"])
        last = _split_end(place["last"] or place["to"] or place["first"])
        if first == last and None not in first:
            return (sheet, *first) in self._cells
        rows = sorted(row for row, _ in (first, last) if row is not None) or [0, _FAR]
        columns = sorted(column for _, column in (first, last) if column is not None) or [0, _FAR]
        top, bottom, left, right = self._areas[sheet]
        return rows[0] <= bottom and top <= rows[-1] and columns[0] <= right and left <= columns[-1]


_FAR = 10_000_000


def _split_end(end: str) -> tuple[int | None, int | None]:
    """Return row and column of an end of an area, from 0: one is None in `B:B` and `2:2`."""
    end = end.replace("$", "").upper()
    letters = end.rstrip("0123456789")
    digits = end[len(letters) :]
    return int(digits) - 1 if digits else None, parse_column(letters) if letters else None


_TOKEN = re.compile(
    rf"""\s*+(?:(?P<text>"(?:[^"]|"")*+")|(?P<join>&)|(?P<comma>,)|(?P<close>\))
    |(?P<open>(?:(?:_xlfn\.)?CONCAT(?:ENATE)?)?\()
    |(?P<read>{_SHEET}(?P<column>\$?[A-Z]{{1,3}})(?P<row>\$?[1-9][0-9]{{0,6}})(?![\w(:!.])))\s*+""",
    re.VERBOSE,
)


def _parse_joined(source: str, sheet: str, names: Mapping[str, str]) -> _Joined | None:
    """Return the texts and cells that a formula of a sheet joins; None if it does anything else."""
    parts: list[str | _Read] = []
    # Whether each open bracket is that of a function, whose commas join as `&` does.
    brackets: list[bool] = []
    position, wanted = 0, True
    while position < len(source):
        token = _TOKEN.match(source, position)
        begins = token is not None and bool(token["open"] or token["text"] or token["read"])
        if token is None or begins is not wanted:
            return None
        position = token.end()
        if token["open"]:
            brackets.append(len(token["open"]) > 1)
        elif token["close"]:
            if not brackets:
                return None
            brackets.pop()
        elif token["comma"] and not (brackets and brackets[-1]):
            return None
        elif begins:
            parts.append(_make_part(token, sheet, names))
            wanted = False
        else:
            wanted = True
    whole = parts and not brackets and not wanted
    return tuple(parts) if whole and len(parts) <= _MOST_JOINED else None


def _make_part(token: re.Match[str], sheet: str, names: Mapping[str, str]) -> str | _Read:
    if token["text"]:
        return str(token["text"][1:-1].replace('""', '"'))
    named, column, row = _read_sheet(token), token["column"], token["row"]
    return _Read(
        names.get(named.casefold(), named) if named else sheet,
        int(row.lstrip("$")) - 1,
        parse_column(column.lstrip("$")),
        row.startswith("$"),
        column.startswith("$"),
    )


_FORMULA_CELL = re.compile(
    rb"""<(?P<p>(?:[\w.-]+:)?)c(?P<cell>\s[^<>]*)>\s*<(?P=p)f(?P<attributes>\s[^<>]*?)?"""
    rb"""(?:/>|>(?P<source>[^<]*)</(?P=p)f\s*>)\s*(?:<(?P=p)v(?:\s[^<>]*)?>(?P<value>[^<]*)</)?"""
)


def _list_formulas(sheet: str, xml: bytes, names: Mapping[str, str]) -> Iterator[_Formula]:
    """Yield the formulas of a sheet; one that was filled down is written at its first cell only."""
    shared: dict[bytes, tuple[str, _Joined | None, tuple[int, int]]] = {}
    for match in _FORMULA_CELL.finditer(xml):
        cell = parse_attributes(match["cell"])
        settings = parse_attributes(match["attributes"] or b"")
        ref = cell.get(b"r", b"").decode("ascii", "replace")
        row, column = parse_cell_ref(ref)
        try:
            source = unescape_text((match["source"] or b"").decode("utf-8", "replace"))
        except UneditableError:
            source = ""
        kind, number = settings.get(b"t", b"normal"), settings.get(b"si", b"")
        joined = _parse_joined(source, sheet, names) if kind in (b"normal", b"shared") else None
        filled = kind == b"shared" and not source and number in shared
        if filled:
            source, first, (above, before) = shared[number]
            joined = first and _shift(first, row - above, column - before)
        elif kind == b"shared":
            shared[number] = source, joined, (row, column)
        value = match.span("value") if match["value"] is not None else None
        text = cell.get(b"t") == b"str"
        yield _Formula(sheet, ref, source, filled, value, joined if text else None)


def _shift(joined: _Joined, rows: int, columns: int) -> _Joined:
    return tuple(p if isinstance(p, str) else p.shift(rows, columns) for p in joined)


def _read_texts(
    sheets: Mapping[str, bytes], strings: SharedStrings | None, wanted: Iterable[CellName]
) -> dict[CellName, str]:
    """Return the texts of cells, as a formula joins them, without those that it shows otherwise."""
    by_sheet: dict[str, set[str]] = defaultdict(set)
    for sheet, ref in wanted:
        if sheet in sheets:
            by_sheet[sheet].add(ref)
    texts: dict[CellName, str] = {}
    for sheet, refs in by_sheet.items():
        found = dict(_read_cells(sheets[sheet], refs, strings))
        texts.update(((sheet, r), text) for r in refs if (text := found.get(r, "")) is not None)
    return texts


def _read_cells(
    xml: bytes, refs: Collection[str], strings: SharedStrings | None
) -> Iterator[tuple[str, str | None]]:
    """Yield the texts of cells of a sheet; None for what a formula shows in a way of its own."""
    for ref, match, attributes in find_cells(xml, refs):
        prefix = match["name"].removesuffix(b"c")
        close = xml.find(b"</" + match["name"] + b">", match.end())
        empty = match["attributes"].endswith(b"/") or close < 0
        inner = b"" if empty else xml[match.end() : close]
        yield ref, _read_cell(attributes.get(b"t", b"n"), inner, prefix, strings)


_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,10}")


def _read_cell(
    kind: bytes, inner: bytes, prefix: bytes, strings: SharedStrings | None
) -> str | None:
    value = VALUE.search(inner)
    try:
        if kind in (b"n", b"str"):
            text = unescape_text(value[2].decode("utf-8", "replace")) if value else ""
            return text if kind == b"str" or not text or _WHOLE.fullmatch(text) else None
        return read_text(find_content(kind, inner, prefix, strings)) if inner else ""
    except UneditableError:
        return None


def _write_values(xml: bytes, texts: Mapping[_Formula, str]) -> bytes:
    """Return the XML of a sheet with other values of formulas."""
    out, position = bytearray(), 0
    for (start, end), text in sorted((f.value, text) for f, text in texts.items() if f.value):
        out += xml[position:start] + escape_text(text)
        position = end
    return bytes(out) + xml[position:]


_CALCULATION = re.compile(rb"<(?P<p>(?:[\w.-]+:)?)calcPr(?P<attributes>(?:\s[^<>]*?)?)(?P<end>/?>)")
_FULL = re.compile(rb"""\sfullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')""")
# The end of what stands before the settings of calculation in the list of a workbook.
_PARTS = rb"(?:sheets|functionGroups|externalReferences|definedNames)"
_BEFORE = re.compile(
    rb"<(?:/(?P<p>(?:[\w.-]+:)?)"
    + _PARTS
    + rb"\s*|(?P<q>(?:[\w.-]+:)?)"
    + _PARTS
    + rb"(?:\s[^<>]*)?/)>"
)


def ask_to_calculate(book: bytes) -> bytes:
    """Return the list of a workbook (`xl/workbook.xml`) that makes programs calculate all of it.

    They do so when they open it. Otherwise they trust the values that the file has.
    """
    found = _CALCULATION.search(book)
    if found is not None:
        kept = _FULL.sub(b"", found["attributes"])
        setting = b"<" + found["p"] + b"calcPr" + kept + b' fullCalcOnLoad="1"' + found["end"]
        return book[: found.start()] + setting + book[found.end() :]
    ends = list(_BEFORE.finditer(book))
    if not ends:
        return book
    last = ends[-1]
    setting = b"<" + (last["p"] or last["q"] or b"") + b'calcPr fullCalcOnLoad="1"/>'
    return book[: last.end()] + setting + book[last.end() :]
