"""The rows of the tables: which entities a sheet puts on a page, and what their cells show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from disarm_lint.model.profile import ColumnSpec, Profile, SheetColumn, SheetSpec, TableSpec
    from disarm_lint.render.master import MasterData, Record


class NotRenderedError(Exception):
    """Something cannot be rendered; the message says why, as a clause."""


# Real pages have some hundred thousand characters, real workbooks some ten thousand ties.
MOST_PAGE = 4_000_000
MOST_TIES = 500_000
_TOO_MUCH = f"it would have more than {MOST_PAGE:,} characters"


@dataclass(frozen=True, slots=True)
class Tie:
    """A row of a sheet that puts one entity on the page of another; `there` is its id."""

    there: str
    record: Record
    sheet: SheetSpec


def describe_stray(profile: Profile, kind: str, said: str, whose: str) -> str:
    """Return what is wrong with a row (`whose`: its, a) that refers to no entity of a kind."""
    found = profile.kind(kind)
    title = found.title if found else kind
    if not said:
        return f"{whose} row does not say which {title} it belongs to"
    return f"{whose} row refers to “{said[:80]}”, and there is no such {title}"


def _list_sheets(profile: Profile) -> Iterator[SheetSpec]:
    return (sheet for workbook in profile.workbooks for sheet in workbook.sheets)


def split_cell(text: str, column: SheetColumn) -> list[str]:
    """Return the ids or addresses of a cell, parted letter by letter as the generator parts it."""
    parts = text.split(column.separator.char) if column.separator is not None else [text]
    if column.field.format in (Format.NAMED, Format.URLS):
        parts = [part.split(" ", 1)[0] for part in parts]
    return [part for part in parts if part]


class Ties:
    """All that the sheets tie together, by the kind, the table and the id of the page.

    Raises NotRenderedError where that is too much.
    """

    def __init__(self, master: MasterData) -> None:
        self._master = master
        self._ties: dict[tuple[str, str], dict[str, list[Tie]]] = {}
        self._sources: dict[tuple[str, str], list[tuple[SheetSpec, SheetColumn]]] = {}
        self._joined: set[tuple[str, str]] = set()
        self._count = 0
        for spec in _list_sheets(master.profile):
            for column in spec.columns:
                if column.field.refers_to is not None or column.matches is not None:
                    self._read(spec, column)

    def _read(self, spec: SheetSpec, column: SheetColumn) -> None:
        subject = spec.subject_column
        kind = subject.field.refers_to if subject is not None else spec.defines
        own = subject or spec.of_format(Format.ID)
        if column is subject or own is None or kind is None:
            return
        shown = (kind, column.field.key)
        self._sources.setdefault(shown, []).append((spec, column))
        listed: tuple[str, str] | None = None
        if column.listed_in is not None and column.field.refers_to is not None:
            listed = (column.field.refers_to, column.listed_in)
            self._sources.setdefault(listed, []).append((spec, column))
            self._joined.add(listed)
        sheet = self._master.sheets.get(spec.name)
        for record in sheet.records if sheet is not None else ():
            for here in split_cell(record.text(own.field.key), own):
                for there in split_cell(record.text(column.field.key), column):
                    self._add(shown, here, Tie(there, record, spec))
                    if listed is not None:
                        self._add(listed, there, Tie(here, record, spec))

    def _add(self, place: tuple[str, str], here: str, tie: Tie) -> None:
        self._count += 1
        if self._count > MOST_TIES:
            raise NotRenderedError(f"the workbooks tie more than {MOST_TIES:,} entities together")
        self._ties.setdefault(place, {}).setdefault(here, []).append(tie)

    def find_problem(self, kind: str, table: TableSpec) -> str | None:
        """Return why a table cannot be made; None for one that can, or that stays empty."""
        sources = self._sources.get((kind, table.key), [])
        needed = [spec for spec, _ in sources]
        names = {column.matches for _, column in sources if column.matches is not None}
        listed = {column.refers_to for column in table.columns if sources and column.refers_to}
        every = _list_sheets(self._master.profile)
        needed += [spec for spec in every if spec.name in names or spec.defines in listed]
        return next((p for spec in needed if (p := self._master.find_problem(spec))), None)

    def list_ties(self, kind: str, key: str, entity_id: str) -> Sequence[Tie]:
        """Return what stands in a table of a page, in the order of the sheet."""
        return self._ties.get((kind, key), {}).get(entity_id, ())

    def joins(self, kind: str, key: str) -> bool:
        """Tell whether a table lists from elsewhere, so that it has one row for each entity."""
        return (kind, key) in self._joined


@dataclass(frozen=True)
class TableMaker:
    """Makes the rows of tables; `prefix` is what links to pages begin with."""

    master: MasterData
    ties: Ties
    prefix: str

    @property
    def profile(self) -> Profile:
        """The profile of the pages."""
        return self.master.profile

    def make_rows(
        self, kind: str, table: TableSpec, entity_id: str, how: str, lines: Mapping[str, int]
    ) -> list[str]:
        """Return the rows of a table of a page, as lines without their ends.

        Rows stand in the order of their ids; `how` may say `stated`, the order of the
        cell, `by KEY`, first that of a column of the entities that are listed, or
        `keyed`, that texts begin with the id of their row. Where the workbooks leave
        the order open, that of `lines` stays: those of the page now, with their numbers.
        Raises NotRenderedError where they are too much for a page.
        """
        ties = self.ties.list_ties(kind, table.key, entity_id)
        link = table.columns[0]
        if link.refers_to is None:
            return list(_limit(row for tie in ties for row in self._match_addresses(table, tie)))
        found = [
            (tie, record)
            for tie in ties
            if (record := self.master.find(link.refers_to, tie.there)) is not None
        ]
        key = how.removeprefix("by ") if how.startswith("by ") else ""

        def order(pair: tuple[Tie, Record]) -> tuple[str, str]:
            tie, record = pair
            return ("", "") if how == "stated" else (record.text(key) if key else "", tie.there)

        found.sort(key=order)
        prose = next((c for c in table.columns[1:] if c.format is Format.PROSE), None)
        groups = [[pair] for pair in found]
        if prose is not None and self.ties.joins(kind, table.key):
            by_id: dict[str, list[tuple[Tie, Record]]] = {}
            for pair in found:
                by_id.setdefault(pair[0].there, []).append(pair)
            groups = list(by_id.values())
        size, rows = 0, []
        for group in groups:
            row = self._make_row(table, group, keyed=how == "keyed", most=MOST_PAGE - size)
            size += len(row)
            if size > MOST_PAGE:
                raise NotRenderedError(_TOO_MUCH)
            rows.append((order(group[0]), row))
        return [row for _, same in groupby(rows, itemgetter(0)) for row in _keep(same, lines)]

    def _make_row(
        self, table: TableSpec, group: Sequence[tuple[Tie, Record]], *, keyed: bool, most: int
    ) -> str:
        tie, record = group[0]
        cells = [self.make_link(table.columns[0].refers_to or "", tie.there, record)]
        for column in table.columns[1:]:
            if column.format is Format.PROSE:
                texts = []
                for each, _ in group:
                    texts.append(_show_prose(each, keyed=keyed))
                    most -= len(texts[-1])
                    if most < 0:
                        raise NotRenderedError(_TOO_MUCH)
                cells.append(", ".join(texts))
            else:
                cells.append(self._find_other(table.columns[0], column, record))
        return f"| {' | '.join(cells)} |"

    def make_link(self, kind: str, entity_id: str, record: Record) -> str:
        """Return the link to the page of an entity, with its id and name."""
        found = self.profile.kind(kind)
        folder = found.folder if found else None
        return f"[{entity_id} {record.name}]({self.prefix}{folder}/{entity_id}.md)"

    def _find_other(self, link: ColumnSpec, column: ColumnSpec, record: Record) -> str:
        """Return what the listed entity has in the column of its sheet that refers to the same."""
        sheet = self.master.find_defining(link.refers_to or "")
        columns = sheet.spec.columns if sheet else ()
        return next(
            (
                record.text(c.field.key)
                for c in columns
                if c.field.refers_to == column.refers_to and column.refers_to is not None
            ),
            "",
        )

    def _match_addresses(self, table: TableSpec, tie: Tie) -> Iterator[str]:
        """Yield the rows of an address: one for each row of the sheet that tells of addresses."""
        column = tie.sheet.column(table.key)
        sheet = self.master.sheets.get(column.matches or "") if column else None
        columns = sheet.spec.columns if sheet else ()
        for record in sheet.by_id.get(tie.there, ()) if sheet else ():
            cells = []
            for spec in columns[: len(table.columns)]:
                text = record.text(spec.field.key)
                cells.append(f"[{text}]({text})" if spec.field.format is Format.URLS else text)
            yield f"| {' | '.join(cells)} |"


def _keep(rows: Iterable[tuple[object, str]], lines: Mapping[str, int]) -> list[str]:
    """Return rows among which there is no order, as a page has them if it has them all."""
    texts = [text for _, text in rows]
    if any(text not in lines for text in texts):
        return texts
    return sorted(texts, key=lines.__getitem__)


def _limit(rows: Iterable[str]) -> Iterator[str]:
    """Yield rows; raise NotRenderedError if they are too much for a page."""
    left = MOST_PAGE
    for row in rows:
        left -= len(row)
        if left < 0:
            raise NotRenderedError(_TOO_MUCH)
        yield row


def _show_prose(tie: Tie, *, keyed: bool) -> str:
    column = tie.sheet.of_format(Format.PROSE)
    text = tie.record.text(column.field.key) if column else ""
    return f"{tie.record.id} {text}" if keyed else text
