"""Fields and tables of a page, and the layout that they follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.model.document import Cell, Field, Heading, Row, Table
from disarm_lint.model.text import PageSource, Text
from disarm_lint.model.words import squeeze
from disarm_lint.parse.blocks import (
    Block,
    BlockType,
    is_delimiter_row,
    is_like_dashes,
    split_html_rows,
    split_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import ColumnSpec, Kind, Layout, TableSpec
    from disarm_lint.model.text import Source
    from disarm_lint.parse.blocks import RawRow

_LABEL = re.compile(
    r"(?P<lead>^[ \t]*(?:[*+-][ \t]+)?|<br\s*/?>[ \t]*)?"
    r"\*\*(?P<label>[^*\n:]{1,60}?)[ \t]*(?:(?P<inner>:)[ \t]*\*\*|\*\*[ \t]*(?P<outer>:))",
    re.MULTILINE | re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*[^\s][^\r\n]*")


@dataclass(frozen=True, slots=True)
class RawField:
    """A label and its value, as offsets from the start of the text, ends exclusive."""

    start: int
    label: tuple[int, int]
    value: tuple[int, int]


@lru_cache(maxsize=1024)
def normalise_label(label: str) -> str:
    """Return a label or a header cell in the form in which they are compared."""
    return squeeze(label).casefold()


def split_fields(text: str, known: frozenset[str]) -> tuple[RawField, ...]:
    """Return the fields in a paragraph.

    A bold label counts at the start of a line and behind `<br>`; elsewhere
    only where it is one of `known`, normal labels of the page's kind, because
    a text may well stress a word.
    """
    matches = [
        match
        for match in _LABEL.finditer(text)
        if match["lead"] is not None or normalise_label(match["label"]) in known
    ]
    found = []
    for index, match in enumerate(matches):
        limit = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        raw = text[match.end() : limit]
        start = match.end() + len(raw) - len(raw.lstrip())
        end = _trim_breaks(text, start, limit)
        found.append(RawField(match.start(), match.span("label"), (start, end)))
    return tuple(found)


def _trim_breaks(text: str, start: int, end: int) -> int:
    """Return where the text ends without the spaces and `<br>` at its end.

    Written backwards: a pattern with an end anchor tries each run of spaces anew.
    """
    while end > start:
        if text[end - 1].isspace():
            end -= 1
            continue
        opening = text.rfind("<", start, end) if text[end - 1] == ">" else -1
        if opening < 0 or not _BREAK.fullmatch(text, opening, end):
            return end
        end = opening
    return start


_KEY = re.compile(r"(?:<a\b[^>]*>|\[)?\s*([A-Za-z]{1,4}[0-9][0-9.:]*[0-9]|[A-Za-z]{1,4}[0-9])\b")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table before its kind is known: texts of the header cells, and rows."""

    text: Text
    header: tuple[Text, ...]
    rows: tuple[RawCells, ...]
    html: bool = False
    fault: Text | None = None


@dataclass(frozen=True, slots=True)
class RawCells:
    """A row's cell texts, and on how many lines it stands; `apart` and `joint` as in `Row`."""

    text: Text
    cells: tuple[Text, ...]
    lines: int
    apart: bool = False
    joint: Text | None = None


def read_table(text: Text, *, html: bool = False) -> RawTable:
    """Split a table block into cells."""
    source = text.source

    def piece(start: int, end: int) -> Text:
        return Text(source, start, end).strip()

    if not html:
        header, body = split_rows(source.text, text.start, text.end)
        rows = tuple(_read_cells(source, row) for row in body)
        cells = tuple(Text(source, a, b) for a, b in header.cells)
        split = Text(source, header.start, header.end) if header.lines > 1 else None
        return RawTable(text, cells, rows, fault=split or _find_fault(text, len(cells)))
    found = split_html_rows(source.text, text.start, text.end)
    head = found[0] if found and found[0].header else None
    html_rows = []
    for row in found[1:] if head else found:
        # Only a blank line breaks an HTML table in Markdown.
        raw = source.text[row.cells[0][0] : row.cells[-1][1]]
        lines = 1 + len(_BLANK_LINE.findall(raw))
        cells = tuple(piece(a, b) for a, b in row.cells)
        html_rows.append(RawCells(Text(source, row.start, row.end), cells, lines))
    return RawTable(
        text,
        tuple(piece(a, b) for a, b in head.cells) if head else (),
        tuple(html_rows),
        html=True,
    )


def _read_cells(source: Source, row: RawRow, *, apart: bool = False) -> RawCells:
    cells = tuple(Text(source, a, b) for a, b in row.cells)
    return RawCells(Text(source, row.start, row.end), cells, row.lines, apart)


_JOINT = re.compile(r"\|[ \t]*+\|?")
_LINKED_ID = re.compile(r"\[\s*+[A-Z]{1,4}[0-9]")


def _split_joined(row: RawCells, width: int) -> list[RawCells]:
    """Return the rows that stand on one line: each has its cells, and begins with an id's link."""
    count = len(row.cells)
    if row.lines > 1 or width < 2 or count not in (2 * width, 2 * width + 1):
        return [row]
    first, second = row.cells[:width], row.cells[count - width :]
    pipes = Text(row.text.source, first[-1].end, second[0].start).strip()
    joined = _JOINT.fullmatch(pipes.raw) and _LINKED_ID.match(second[0].raw)
    if not joined or not _LINKED_ID.match(first[0].raw):
        return [row]
    return [
        RawCells(Text(row.text.source, row.text.start, first[-1].end), first, 1),
        RawCells(Text(row.text.source, second[0].start, row.text.end), second, 1, joint=pipes),
    ]


def _find_fault(table: Text, width: int) -> Text | None:
    """Return the line that keeps Markdown from seeing a table: its dashes, or its header."""
    lines = list(islice(_LINE.finditer(table.raw), 2))
    second = lines[1] if len(lines) > 1 else None
    if second is None or not is_like_dashes(second[0]):
        return table.part(*lines[0].span()) if lines else None
    dashes = second[0].strip().removeprefix("|").removesuffix("|").split("|")
    if is_delimiter_row(second[0]) and len(dashes) == width:
        return None
    return table.part(*second.span()).strip()


def _add_tails(table: RawTable, tails: Sequence[Text]) -> RawTable:
    """Return a table with rows that blank lines cut off from it."""
    if not tails:
        return table
    source = table.text.source
    rows = list(table.rows)
    for tail in tails:
        first, others = split_rows(source.text, tail.start, tail.end)
        rows.append(_read_cells(source, first, apart=True))
        rows += (_read_cells(source, row) for row in others)
    return replace(table, text=Text(source, table.text.start, tails[-1].end), rows=tuple(rows))


@lru_cache(maxsize=1024)
def _list_accepted(column: ColumnSpec) -> frozenset[str]:
    return frozenset(normalise_label(header) for header in column.headers)


def _list_headers(table: RawTable | Table) -> tuple[str, ...]:
    return tuple(normalise_label(cell.raw) for cell in table.header)


def matches_header(spec: TableSpec, table: RawTable | Table) -> bool:
    """Tell whether a table has exactly the header cells that the profile asks for."""
    return _fits(spec, _list_headers(table))


@lru_cache(maxsize=4096)
def _fits(spec: TableSpec, headers: tuple[str, ...]) -> bool:
    return len(spec.columns) == len(headers) and all(
        cell in _list_accepted(column) for column, cell in zip(spec.columns, headers, strict=True)
    )


@lru_cache(maxsize=4096)
def _assign_columns(
    specs: tuple[TableSpec, ...], headers: tuple[str, ...]
) -> tuple[TableSpec | None, tuple[ColumnSpec | None, ...]]:
    """Return the table that a header is most likely of, and the column of each header cell."""
    spec = next((spec for spec in specs if _fits(spec, headers)), None)
    if spec is None:
        # A pipe too many or too few cuts the same letters into other cells.
        letters = _squeeze(headers)
        spec = next(
            (s for s in specs if letters and _squeeze(_list_first_headers(s)) == letters), None
        )
    if spec is None and headers:
        score = 0
        for candidate in specs:
            hits = sum(
                not _list_accepted(column).isdisjoint(headers) for column in candidate.columns
            )
            if hits > score:
                spec, score = candidate, hits
    columns = spec.columns if spec else ()
    named = [
        next((column for column in columns if cell in _list_accepted(column)), None)
        for cell in headers
    ]
    if len(columns) == len(headers):
        # A header cell with another word is still the column that stands in its place.
        for number, column in enumerate(columns):
            if named[number] is None and column not in named:
                named[number] = column
    return spec, tuple(named)


def _list_first_headers(spec: TableSpec) -> tuple[str, ...]:
    return tuple(normalise_label(column.headers[0]) for column in spec.columns)


def _squeeze(headers: tuple[str, ...]) -> str:
    return "".join("".join(headers).split())


def _join_link(cells: tuple[Text, ...], width: int) -> list[Text]:
    """Return the cells, the first one whole where a pipe in its link's label cuts it."""
    first = cells[0].raw if cells else ""
    if width and len(cells) > width and first.startswith("[") and "](" not in first:
        for number in range(1, len(cells) - width + 1):
            if "](" in cells[number].raw:
                whole = Text(cells[0].source, cells[0].start, cells[number].end)
                return [whole, *cells[number + 1 :]]
    return list(cells)


def build_tables(
    tables: Sequence[RawTable], specs: Sequence[TableSpec], layout: Layout | None
) -> tuple[Table, ...]:
    """Give each table its kind and each cell its column.

    A table that has lost its header is the one that the layout has and the page
    has not, where only one is of that width.
    """
    own = tuple(specs)
    exact = {spec.key for table in tables for spec in specs if matches_header(spec, table)}
    left = tuple(spec for spec in specs if spec.key not in exact)
    found = []
    for table in tables:
        headers = _list_headers(table)
        # What a page has already is not meant a second time, if something else may be.
        meant = _assign_columns(left, headers) if left else (None, ())
        if meant[0] is None or any(_fits(spec, headers) for spec in specs):
            meant = _assign_columns(own, headers)
        if meant[0] is not None and meant[0].key in exact and not _fits(meant[0], headers):
            wide = [s for s in layout.tables if s in left] if layout else []
            wide = [s for s in wide if len(s.columns) == len(headers)]
            meant = (wide[0], wide[0].columns) if len(wide) == 1 else meant
        found.append(meant)
    there = {spec.key for spec, _ in found if spec is not None}
    absent = [spec for spec in layout.tables if spec.key not in there] if layout else []
    built = []
    for table, (spec, columns) in zip(tables, found, strict=True):
        lost = table.rows and all(is_like_dashes(cell.raw) for cell in table.header)
        fitting = [s for s in absent if lost and _is_usual_width(table, len(s.columns))]
        if spec is None and len(fitting) == 1:
            spec, columns = fitting[0], fitting[0].columns
        built.append(_build_table(table, spec, columns))
    return tuple(built)


def _build_table(
    table: RawTable, spec: TableSpec | None, columns: tuple[ColumnSpec | None, ...]
) -> Table:
    """Give each cell its column; keep a row whole that its text broke."""
    width = len(table.header)
    if (
        spec is not None
        and width != len(spec.columns)
        and _is_usual_width(table, len(spec.columns))
    ):
        # The header lost or gained a pipe, and the rows are right.
        width, columns = len(spec.columns), spec.columns
    rows = []
    for row in (part for whole in table.rows for part in _split_joined(whole, width)):
        text, cells, lines = row.text, row.cells, row.lines
        count = len(cells)
        shown = _join_link(cells, width)
        if width and len(shown) > width:
            shown[width - 1 :] = [Text(text.source, shown[width - 1].start, cells[-1].end)]
        built = tuple(
            Cell(cell, columns[number] if number < len(columns) else None)
            for number, cell in enumerate(shown)
        )
        key = _KEY.match(cells[0].raw) if cells else None
        broken = lines > 1 or row.apart or row.joint is not None or bool(width and count != width)
        rows.append(
            Row(text, built, key[1] if key else "", lines, broken, count, row.apart, row.joint)
        )
    return Table(table.text, table.header, tuple(rows), spec, table.html, table.fault, width)


def _is_usual_width(table: RawTable, width: int) -> bool:
    fitting = sum(len(row.cells) == width for row in table.rows)
    return fitting * 2 > len(table.rows)


@dataclass(frozen=True, slots=True, order=True)
class PageShape:
    """A layout's name, and whether the fields of a page really are bulleted."""

    layout: str
    bulleted: bool


def detect_shape(document: Document) -> PageShape | None:
    """Return the shape of a page; None if it has no layout."""
    if document.layout is None:
        return None
    fields = [item for item in document.fields if item.spec and not item.spec.parent]
    bullets = sum(item.bulleted for item in fields)
    plain = len(fields) - bullets
    bulleted = document.layout.bulleted if bullets == plain else bullets > plain
    return PageShape(document.layout.name, bulleted)


def _score_layout(
    layout: Layout, fields: Sequence[Field], tables: Sequence[RawTable]
) -> tuple[int, int]:
    labels = {normalise_label(item.label.raw) for item in fields}
    own = [{normalise_label(label) for label in spec.labels} for spec in layout.fields]
    score = sum(bool(names & labels) for names in own)
    score -= len(labels - set().union(*own))
    score += sum(any(matches_header(spec, table) for table in tables) for spec in layout.tables)
    bulleted = sum(item.bulleted == layout.bulleted for item in fields)
    return score, bulleted


def choose_layout(kind: Kind, fields: Sequence[Field], tables: Sequence[RawTable]) -> Layout | None:
    """Return the layout that fits a page best; the first of equals, None if there is none."""
    if len(kind.layouts) < 2:
        return kind.layouts[0] if kind.layouts else None
    return max(kind.layouts, key=lambda layout: _score_layout(layout, fields, tables))


_HEADING = re.compile(
    r"#[ \t]++(?P<word>[^\W\d_]++)(?:[ \t]++"
    # A space or another mark than a full stop in an id is a slip in it, and no end of it.
    r"(?P<id>(?:[A-Za-z]{1,3}[ \t](?=[0-9]))?[^\s:]*"
    r"(?:[ \t]?\.[ \t]?[0-9]+|:[0-9]{1,4}(?=[ \t]*:))?))?"
    r"[ \t]*+:[ \t]*+(?P<name>.*)"
)
_BULLET = re.compile(r"[ \t]*(?:[*+-]|\d+[.)])[ \t]+")


@dataclass(slots=True)
class _OpenField:
    """A field whose value may go on in the next paragraph; `end` is where it ends so far."""

    start: int
    label: Text
    value: Text
    paragraphs: list[Text]
    bulleted: bool
    end: int

    def close(self) -> Field:
        source = self.label.source
        return Field(
            Text(source, self.start, self.end),
            self.label,
            Text(source, self.value.start, self.end),
            tuple(self.paragraphs),
            self.bulleted,
        )


@dataclass(slots=True)
class Parts:
    """What has been found so far, while a page is read from top to bottom."""

    headings: list[Heading] = field(default_factory=list)
    open_fields: list[_OpenField] = field(default_factory=list)
    tables: list[RawTable] = field(default_factory=list)
    tails: dict[int, list[Text]] = field(default_factory=dict)
    strays: list[Text] = field(default_factory=list)
    loose: list[Text] = field(default_factory=list)

    @property
    def fields(self) -> list[Field]:
        """The fields, as far as they have been read."""
        return [item.close() for item in self.open_fields]


# What exports and people write behind a heading to lead to it; no part of a name.
_ATTRIBUTES = re.compile(
    r"(?:\{[#.][^{}\n]{0,300}\}|<a\s(?:id|name)=[^<>\n]{0,300}>(?:</a>)?)[ \t]*\Z", re.IGNORECASE
)


def _parse_heading(text: Text, kind: Kind | None) -> Heading:
    match = _HEADING.fullmatch(text.raw)
    if match is None:
        return Heading(text)
    words = {form.word.casefold() for form in kind.forms} if kind else {match["word"].casefold()}
    has_id = any(char.isdecimal() for char in match["id"] or "")
    if match["word"].casefold() not in words and not has_id:
        # `# Fog Bank: Second Wave` is a name, and its colon part of it.
        return Heading(text, None, None, text.part(match.start("word"), len(text.raw)).strip())
    begin, end = match.span("name")
    # `{#technique-t0146}` is what pandoc writes.
    attributes = _ATTRIBUTES.search(text.raw, begin, end)
    name = text.part(begin, attributes.start() if attributes else end).strip()
    if match["id"] is None:
        # `# Incident : ` is a page without an id; its place is behind the word.
        entity_id = text.part(match.end("word"), match.end("word"))
    else:
        entity_id = text.part(*match.span("id"))
    return Heading(text, text.part(*match.span("word")), entity_id, name)


def list_known_labels(kind: Kind | None) -> frozenset[str]:
    """Return the labels that any layout of a kind has, in the form in which they are compared."""
    if kind is None:
        return frozenset()
    return frozenset(
        normalise_label(label)
        for layout in kind.layouts
        for spec in layout.fields
        for label in spec.labels
    )


def clip_text(blocks: Iterable[Block], source: PageSource) -> list[tuple[Block, Text]]:
    """Return the blocks with their text: without spaces around it and without list markers."""
    found = []
    for block in blocks:
        text = Text(source, block.start, block.end).strip()
        if block.bulleted and (match := _BULLET.match(text.raw)):
            text = text.part(match.end(), len(text.raw))
        if text:
            found.append((block, text))
    return found


def split_at(blocks: Iterable[Block], offset: int) -> Iterable[Block]:
    """Yield the blocks, the one across `offset` in two."""
    for block in blocks:
        if block.start < offset < block.end:
            yield Block(block.type, block.start, offset, block.level, block.bulleted)
            yield Block(BlockType.PARAGRAPH, offset, block.end)
        else:
            yield block


def _read_paragraph(parts: Parts, text: Text, known: frozenset[str], bulleted: bool) -> None:
    raw = text.raw
    found = split_fields(raw, known)
    head = text.part(0, found[0].start if found else len(raw)).strip()
    if head and head.raw.startswith("|"):
        _read_rows(parts, head)
    elif head:
        last = parts.open_fields[-1] if parts.open_fields else None
        if last is not None and not parts.tables:
            last.paragraphs.append(head)
            last.end = head.end
        else:
            parts.strays.append(head)
    for item in found:
        value = text.part(*item.value)
        label = text.part(*item.label)
        start = text.start + item.start
        paragraphs = [value] if value else []
        parts.open_fields.append(_OpenField(start, label, value, paragraphs, bulleted, value.end))
        bulleted = bulleted and item is not found[0]


def _read_rows(parts: Parts, text: Text) -> None:
    """Read lines that look like rows of a table, but are none to Markdown."""
    source = text.source
    first, others = split_rows(source.text, text.start, text.end)
    linked = [
        bool(row.cells) and _LINKED_ID.match(source.text, row.cells[0][0]) is not None
        for row in (first, *others[:1])
    ]
    # A header, and rows right below it, are a table that has lost its line of dashes.
    headed = linked == [False, True]
    if parts.tables and not parts.tables[-1].html and not headed:
        table, tails = parts.tables[-1], parts.tails.setdefault(len(parts.tables) - 1, [])
        end = tails[-1].end if tails else table.text.end
        if len(first.cells) == len(table.header) and not source.text[end : text.start].strip():
            tails.append(text)
            return
    if linked[0]:
        # The header and the line of dashes are gone.
        rows = tuple(_read_cells(source, row) for row in (first, *others))
        parts.tables.append(RawTable(text, (), rows))
    elif others:
        parts.tables.append(read_table(text))
    else:
        parts.loose.append(text)


def collect(
    blocks: list[tuple[Block, Text]], kind: Kind | None, notes_start: int | None, is_page: bool
) -> Parts:
    """Sort the blocks of a file into its parts.

    What stands below the edit marker (from the offset `notes_start`), and all
    text of a file that `is_page` says is none, is loose text.
    """
    parts = Parts()
    known = list_known_labels(kind)
    for block, text in blocks:
        below = notes_start is not None and block.start >= notes_start
        if block.type is BlockType.TABLE:
            table = read_table(text)
            parts.tables.append(table)
        elif block.type is BlockType.HTML_TABLE:
            parts.tables.append(read_table(text, html=True))
        elif block.type is BlockType.CODE:
            continue
        elif block.type is BlockType.HEADING and not parts.headings and not below:
            parts.headings.append(_parse_heading(text, kind))
        elif below or not is_page:
            parts.loose.append(text)
        elif block.type in (BlockType.PARAGRAPH, BlockType.HTML):
            _read_paragraph(parts, text, known, block.bulleted)
        else:
            parts.strays.append(text)
    parts.tables = [
        _add_tails(table, parts.tails.get(number, ())) for number, table in enumerate(parts.tables)
    ]
    return parts
