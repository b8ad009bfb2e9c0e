"""Pages, indexes and grids: templates filled with a row, and tables of what the sheets list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.model.profile import Format
from disarm_lint.parse.page_template import (
    MARKER,
    SPACE,
    WORD,
    Optional,
    Part,
    Placeholder,
    parse_template,
)
from disarm_lint.render.rows import NotRenderedError, describe_stray, split_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from disarm_lint.model.profile import ColumnSpec, GridSpec, IndexSpec, Kind, Layout, SheetColumn
    from disarm_lint.render.master import MasterData, MasterSheet, Record
    from disarm_lint.render.rows import TableMaker


@dataclass(frozen=True)
class PageMaker:
    """Fills the templates of the pages of one kind."""

    kind: Kind
    master: MasterData
    tables: TableMaker

    def make(self, layout: Layout, template: str, record: Record, published: str = "") -> str:
        """Return a page without its notes; raise NotRenderedError if the row does not say it.

        `published` is the page as it stands.
        """
        lines = {line: number for number, line in enumerate(published.split("\n"))}
        return self._fill(layout, parse_template(template), record, lines)

    def _fill(
        self, layout: Layout, parts: Iterable[Part], record: Record, lines: Mapping[str, int]
    ) -> str:
        pieces = []
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
            elif isinstance(part, Placeholder):
                pieces.append(self._place(layout, part, record, lines))
            elif isinstance(part, Optional) and self._fill_value(layout, part.key, record):
                pieces.append(self._fill(layout, part.parts, record, lines))
        return "".join(pieces)

    def _place(
        self, layout: Layout, place: Placeholder, record: Record, lines: Mapping[str, int]
    ) -> str:
        if place.key in (SPACE, MARKER):
            words = " " if place.key == SPACE else self.master.profile.edit_marker
            return f"{words}{place.line_end}"
        table = layout.table(place.key)
        if table is not None:
            rows = self.tables.make_rows(self.kind.key, table, record.id, place.how, lines)
            return "".join(f"{row}\n" for row in rows)
        value = self._fill_value(layout, place.key, record)
        if place.how == "id":
            value = value.split(" ", 1)[0]
        elif place.how == "named":
            value = self._name(layout, place.key, value)
        return f"{value}{place.line_end}"

    def _fill_value(self, layout: Layout, key: str, record: Record) -> str:
        """Return what a row says of a key, letter by letter."""
        if key == WORD:
            forms = self.kind.forms
            return next((f.word for f in forms if f.template.matches(record.id)), forms[0].word)
        spec = layout.field(key)
        if spec is not None and spec.parent:
            return find_stem(record.id) if is_sub(record.id) else ""
        return record.text(key)

    def _name(self, layout: Layout, key: str, value: str) -> str:
        """Return an id with the name of what it is the id of."""
        spec = layout.field(key)
        kind = (spec.refers_to if spec is not None else None) or key
        sheet = self.master.find_defining(kind)
        if sheet is not None and sheet.problem is not None:
            raise NotRenderedError(sheet.problem)
        target = self.master.find(kind, value)
        if target is None:
            raise NotRenderedError(describe_stray(self.master.profile, kind, value, "its"))
        return f"{value} {target.name}"


# Real grids have some two thousand cells.
MOST_AREA = 200_000
_HEAD_ROW = '<tr style="background-color:blue;color:white;">'


@dataclass(frozen=True)
class IndexMaker:
    """Makes indexes and grids; raises NotRenderedError where the sheets leave them open."""

    master: MasterData

    def make(self, index: IndexSpec, published: str) -> str:
        """Return an index page; of words that mean the same it takes those that stand there now."""
        title = _choose(index.titles, published, "# {}\n")
        if index.grid is not None and index.grid.by is not None:
            body = self._count_members(index.grid, index.grid.by)
        elif index.grid is not None:
            body = self._render_grid(index.grid)
        else:
            body = self._list(index, published)
        return f'# {title}\n\n<table border="1">\n<tr>\n{"".join(body)}</table>\n'

    def _find_sheet(self, kind: str) -> MasterSheet:
        sheet = self.master.find_defining(kind)
        if sheet is None:
            raise NotRenderedError("the workbooks have no sheet that says what is listed in it")
        if sheet.problem is not None:
            raise NotRenderedError(sheet.problem)
        return sheet

    def _find_folder(self, kind: str) -> str:
        found = self.master.profile.kind(kind)
        return (found.folder if found else None) or f"{kind}s"

    def _list(self, index: IndexSpec, published: str) -> Iterator[str]:
        kind = index.lists or ""
        sheet = self._find_sheet(kind)
        folder = index.links or self._find_folder(kind)
        for column in index.columns:
            yield f"<th>{_choose(column.headers, published, '<th>{}</th>')}</th>\n"
        yield "</tr>\n"
        keys = [_find_key(sheet, column) for column in index.columns]
        for record in sheet.records:
            yield "<tr>\n"
            for column, key in zip(index.columns, keys, strict=True):
                text = record.text(key)
                if column.format is Format.ID:
                    text = f'<a href="{folder}/{record.id}.md">{record.id}</a>'
                yield f"<td>{text}</td>\n"
            yield "</tr>\n"

    def _list_belonging(self, kind: str, to: str) -> list[tuple[str, Record]]:
        """Return the entities of a kind, each with the id that it belongs to."""
        sheet = self._find_sheet(kind)
        column = _find_column(sheet, to)
        return [(_choose_first(record, column), record) for record in sheet.records]

    def _render_grid(self, grid: GridSpec) -> Iterator[str]:
        heads = self._find_sheet(grid.heads).records
        columns: dict[str, list[Record]] = {record.id: [] for record in heads}
        for head, record in self._list_belonging(grid.cells, grid.heads):
            columns.get(head, []).append(record)
        depth = max(map(len, columns.values()), default=0)
        _check_area(depth, len(heads))
        yield f"{_HEAD_ROW}\n"
        folder = self._find_folder(grid.heads)
        for record in heads:
            yield _fill_cell(f"{folder}/", record.id, record.name)
        yield "</tr>\n<tr>\n"
        folder = self._find_folder(grid.cells)
        for number in range(depth):
            for record in heads:
                below = columns[record.id]
                if number < len(below):
                    yield _fill_cell(f"{folder}/", below[number].id, below[number].name)
                else:
                    yield "<td> </td>\n"
            yield "</tr>\n<tr>\n"
        yield "</tr>\n"

    def _count_members(self, grid: GridSpec, by: str) -> Iterator[str]:
        column = _find_column(self._find_sheet(grid.cells), by)
        numbers: dict[str, dict[str, int]] = {}
        for head, record in self._list_belonging(grid.cells, grid.heads):
            row = numbers.setdefault(head, {})
            row[_choose_first(record, column)] = row.get(_choose_first(record, column), 0) + 1
        kinds = sorted({each for row in numbers.values() for each in row})
        _check_area(len(numbers), len(kinds))
        # The generator breaks a line behind its first cell, and none behind the last.
        cells = "".join(f"<td>{each}</td>\n" for each in kinds)
        yield f"<td> </td>\n    {cells}<td>TOTALS</td></tr><tr>\n"
        folder = f"../{self.master.profile.prefix}{self._find_folder(grid.heads)}/"
        for head, row in sorted(numbers.items()):
            found = self.master.find(grid.heads, head)
            if found is None:
                raise NotRenderedError(describe_stray(self.master.profile, grid.heads, head, "a"))
            yield _fill_cell(folder, head, found.name)
            yield _number_cells([row.get(each, 0) for each in kinds])
            yield "</tr>\n<tr>\n"
        yield "<td>TOTALS</td>\n"
        # The sum of no numbers is a decimal, for the generator.
        sums = [sum(row.get(each, 0) for row in numbers.values()) for each in kinds]
        yield _number_cells(sums) if numbers else "<td>0.0</td>\n"
        yield "</tr>\n"


def _check_area(rows: int, columns: int) -> None:
    """Raise NotRenderedError for a grid that would be nearly all gaps, and huge."""
    if rows * columns > MOST_AREA:
        raise NotRenderedError(f"it would have more than {MOST_AREA:,} cells")


def _choose(words: Sequence[str], published: str, around: str) -> str:
    """Return the words that a page has now, of those that it may have, or else the first."""
    return next((word for word in words if around.format(word) in published), words[0])


def _fill_cell(folder: str, entity_id: str, name: str) -> str:
    return f'<td><a href="{folder}{entity_id}.md">{entity_id} {name}</a></td>\n'


def _number_cells(numbers: Sequence[int]) -> str:
    return "".join(f"<td>{number}</td>\n" for number in (*numbers, sum(numbers)))


def _find_key(sheet: MasterSheet, column: ColumnSpec) -> str:
    """Return the key of the column of a sheet that a column of its index repeats."""
    by_header = {label: c.field.key for c in sheet.spec.columns for label in c.field.labels}
    for header in column.headers:
        if header in by_header:
            return by_header[header]
    raise NotRenderedError(
        f"the profile knows no column “{column.headers[0]}” of the sheet {sheet.spec.name}"
    )


def _find_column(sheet: MasterSheet, kind: str) -> SheetColumn:
    for column in sheet.spec.columns:
        if column.field.refers_to == kind:
            return column
    raise NotRenderedError(
        f"the profile knows no column of the sheet {sheet.spec.name} that refers to a {kind}"
    )


def _choose_first(record: Record, column: SheetColumn) -> str:
    return next(iter(split_cell(record.text(column.field.key), column)), "")
