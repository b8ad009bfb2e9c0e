"""A page as the rules see it: heading, fields, tables, links and the ids it mentions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.profile import (
        ColumnSpec,
        FieldSpec,
        IndexSpec,
        Kind,
        Layout,
        SheetSpec,
        TableSpec,
    )
    from disarm_lint.model.text import Source, Text


# Code points that the key of a row without an id has at most: each finding in the row holds it.
_LONGEST_KEY = 400
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")


class Role(StrEnum):
    """In what role an id stands."""

    HEADING = "heading"
    FIELD = "field"
    LINK = "link"
    CELL = "cell"
    INDEX = "index"
    PROSE = "prose"


class EvidenceNeeded(StrEnum):
    """What a doubtful reading of an id needs before it may be believed.

    `SLIP` is what has not even the form of an id: which one was meant, only the name
    behind it tells.
    """

    NONE = "none"
    KNOWN = "known"
    NAMED = "named"
    SLIP = "slip"


class Relation(StrEnum):
    """What a stated reference says of the page: its parent, what it belongs to, or just a link."""

    NONE = ""
    PARENT = "parent"
    CONTAINER = "container"


class PageType(StrEnum):
    """What a document is: a page of an entity, an index, a worksheet row, or anything else."""

    ENTITY = "entity"
    INDEX = "index"
    ROW = "row"
    OTHER = "other"


class Heading(Struct, frozen=True):
    """The first heading of a page.

    `word`, `id` and `name` are None if the line is not
    `# <word> <id>: <name>`; `id` may be empty (a page without an id).
    """

    text: Text
    word: Text | None = None
    id: Text | None = None
    name: Text | None = None


class Field(Struct, frozen=True):
    """A labelled value: `text` is the whole, `label` the words between the asterisks.

    `value` may reach over several paragraphs; `paragraphs` are its parts.
    `spec` is None if no layout of the kind has the label.
    """

    text: Text
    label: Text
    value: Text
    paragraphs: tuple[Text, ...]
    bulleted: bool
    spec: FieldSpec | None = None


class Cell(Struct, frozen=True):
    """A table cell, without spaces around its text."""

    text: Text
    column: ColumnSpec | None


class Row(Struct, frozen=True):
    """A table row; `key` is the id that its first cell refers to, if any.

    A row whose text broke it over `lines` lines, or into more or fewer cells
    than the header has, is `broken`; the last declared cell then reaches to
    the end of the row. So is one that a blank line keeps `apart` from the rows
    above, and one that stands on the line of the row before it: `joint` are the
    pipes between the two.
    """

    text: Text
    cells: tuple[Cell, ...]
    key: str
    lines: int
    broken: bool
    cell_count: int
    apart: bool = False
    joint: Text | None = None


class Table(Struct, frozen=True):
    """A table: `spec` is None if the kind has no such table.

    `fault` is the line because of which Markdown shows no table here: the row of
    dashes below the header where it does not fit, or else the header. `width` is
    the number of cells that its rows need.
    """

    text: Text
    header: tuple[Text, ...]
    rows: tuple[Row, ...]
    spec: TableSpec | None = None
    html: bool = False
    fault: Text | None = None
    width: int = 0

    @property
    def key(self) -> str:
        """The key of the table in the profile, or an empty string."""
        return self.spec.key if self.spec else ""


class Link(Struct, frozen=True):
    """A link: in Markdown, in HTML (`<a href>`, `<img src>`), or a bare URL.

    `label` is empty for an image or a bare URL without words. `href` is the
    target with escapes undone, `target` where it stands: that of `[text][label]`
    in the definition of the label, which may be far from `text`.
    """

    text: Text
    label: Text
    target: Text
    href: str
    html: bool = False
    image: bool = False
    bare: bool = False

    @property
    def web_address(self) -> str | None:
        """The `http` or `https` address that the link leads to, without spaces around it."""
        href = self.href.strip()
        return href if href.lower().startswith(("http://", "https://")) else None

    @property
    def external(self) -> bool:
        """Tell whether the link has a scheme, or none but a host."""
        href = self.href.strip()
        scheme = _SCHEME.match(href)
        if scheme is not None:
            # `T0001:001.md` is a file; a scheme with a digit in it has slashes behind it.
            return (
                not any(char.isdecimal() for char in scheme[0]) or href[scheme.end() :][:2] == "//"
            )
        return href.startswith("//") or (self.bare and "." in href.partition("/")[0])


class LinkDefinition(Struct, frozen=True):
    """What a reference-style link leads to: `[label]: target`, with or without a title.

    `label` is in the form in which labels are compared, `href` the target with its
    escapes undone.
    """

    text: Text
    label: str
    target: Text
    href: str


class Mention(Struct, frozen=True):
    """An id that stands somewhere.

    `id` is the text as it stands; `target` the id that is meant: the same, or
    for a malformed id the one that it was most likely written for. `malformation`
    says what is malformed. `name` is the written name where the place delimits it
    (a field, a cell, a link label, an index row); in prose it is None. `leaf`
    is the paragraph or cell around; `place` the key of the field or table that
    it stands in; `member` says that the place states a reference of the page
    (a field or the first cell of a row) and is no mere prose.
    """

    role: Role
    id: Text
    target: str
    leaf: Text
    malformation: str | None = None
    evidence_needed: EvidenceNeeded = EvidenceNeeded.NONE
    fallback: Mention | None = None
    name: Text | None = None
    place: str = ""
    refers_to: str | None = None
    member: bool = False
    relation: Relation = Relation.NONE
    link: Link | None = None
    row: Row | None = None


class Ignore(Struct, frozen=True):
    """A suppression comment: which rules, on which line (None: in the whole file).

    One without `selectors` is not exactly right, and suppresses nothing; nor does one that
    is `generated`: it stands where the next generation deletes it.
    """

    text: Text
    selectors: tuple[str, ...]
    line: int | None
    reason: str
    generated: bool = False


@dataclass(frozen=True, eq=False)
class Document:
    """One page or one worksheet row; there is one object for each, compared by identity.

    `kind` and `layout` are set for entity pages, `index` for index pages and
    grids. `leaves` are all pieces of running text in their order; `strays` are
    those above the edit marker that no template writes; `notes_start` is the
    offset at which the part below the marker begins. `identity` is the id of
    the entity whose page this is, where the heading says otherwise. `opaque`
    are the offsets of code, URLs, tags and link targets in the leaves. `sheet` is
    set for rows; their heading holds the id and the name, as far as they have
    them, and the path is that of the workbook.
    """

    path: str
    source: Source
    type: PageType
    kind: Kind | None = None
    layout: Layout | None = None
    index: IndexSpec | None = None
    heading: Heading | None = None
    fields: tuple[Field, ...] = ()
    tables: tuple[Table, ...] = ()
    markers: tuple[Text, ...] = ()
    leaves: tuple[Text, ...] = ()
    strays: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    definitions: tuple[LinkDefinition, ...] = ()
    tags: tuple[tuple[Text, tuple[tuple[str, Text], ...]], ...] = ()
    opaque: tuple[tuple[int, int], ...] = ()
    mentions: tuple[Mention, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    notes_start: int | None = None
    identity: str | None = None
    sheet: SheetSpec | None = None

    @cached_property
    def id(self) -> str | None:
        """The id of the page's entity; None if there is none or it is empty.

        One that only spaces or letter case keep from being an id of the
        page's kind counts as that id.
        """
        if self.identity is not None:
            return self.identity
        if self.type not in (PageType.ENTITY, PageType.ROW):
            return None
        if self.heading is None or self.heading.id is None:
            return None
        written = self.heading.id.raw
        meant = "".join(written.split()).upper()
        if meant != written and self.kind is not None and self.kind.matches(meant):
            return meant
        return written or None

    @cached_property
    def key(self) -> str:
        """What a worksheet row goes by: its id, else the words of its first cell that has any."""
        if self.id:
            return self.id
        return make_key(next((f.value.raw for f in self.fields if f.value), ""))

    @property
    def name(self) -> str | None:
        """The name in the heading."""
        if self.heading is None or self.heading.name is None:
            return None
        return self.heading.name.raw

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return self.path.rpartition("/")[2].removesuffix(".md")

    @cached_property
    def prose(self) -> tuple[Text, ...]:
        """The running text as people read it: the leaves without code, URLs, tags and targets."""
        pieces: list[Text] = []
        for leaf in self.leaves:
            start = leaf.start
            first = bisect_left(self.opaque, (leaf.start,))
            for begin, end in self.opaque[first : bisect_left(self.opaque, (leaf.end,))]:
                if begin > start:
                    pieces.append(leaf.part(start - leaf.start, begin - leaf.start))
                start = max(start, end)
            if start < leaf.end:
                pieces.append(leaf.part(start - leaf.start, leaf.end - leaf.start))
        return tuple(pieces)

    def subject_at(self, offset: int) -> str:
        """Return what a text at an offset is about: the default subject of a finding there.

        In a row it is the row's key. The text that ties two entities, such as
        the evidence for a technique in an incident, is shown on the pages of
        both: its subject is both ids, the same on all of them. Elsewhere it is
        the page's own id; without one, what the document goes by.
        """
        _, row = self.row_at(offset)
        if row is None or not row.key:
            return self.id or (self.key if self.sheet else self.path)
        behind_key = bool(row.cells) and offset >= row.cells[0].text.end
        if self.type is PageType.ENTITY and self.id and behind_key:
            return "/".join(sorted((self.id, row.key)))
        return row.key

    @cached_property
    def _fields_by_key(self) -> dict[str, Field]:
        return {item.spec.key: item for item in reversed(self.fields) if item.spec}

    def field(self, key: str) -> Field | None:
        """Return the first field with the given key."""
        return self._fields_by_key.get(key)

    @cached_property
    def _tables_by_key(self) -> dict[str, Table]:
        return {table.key: table for table in reversed(self.tables)}

    def table(self, key: str) -> Table | None:
        """Return the first table with the given key."""
        return self._tables_by_key.get(key)

    @property
    def top(self) -> Text:
        """Where findings about the page as a whole stand: the heading, else the first line."""
        if self.heading is not None:
            return self.heading.text
        from disarm_lint.model.text import Text as TextPiece

        end = self.source.text.find("\n")
        return TextPiece(self.source, 0, len(self.source.text) if end < 0 else end)

    @cached_property
    def _links_by_place(self) -> list[Link]:
        return sorted(self.links, key=lambda link: link.text.start)

    @cached_property
    def _link_starts(self) -> list[int]:
        return [link.text.start for link in self._links_by_place]

    def links_in(self, text: Text) -> list[Link]:
        """Return the links that begin in a text, in their order."""
        first = bisect_left(self._link_starts, text.start)
        return self._links_by_place[first : bisect_left(self._link_starts, text.end)]

    @cached_property
    def _table_starts(self) -> list[int]:
        return [table.text.start for table in self.tables]

    @cached_property
    def _row_starts(self) -> dict[int, list[int]]:
        return {table.text.start: [row.text.start for row in table.rows] for table in self.tables}

    @cached_property
    def _field_starts(self) -> list[int]:
        return [item.text.start for item in self.fields]

    @cached_property
    def _row_keys(self) -> dict[int, str]:
        return {}

    def row_at(self, offset: int) -> tuple[Table | None, Row | None]:
        """Return the table and the row in which an offset lies, as far as it lies in them."""
        table = _find_holding(self.tables, self._table_starts, offset)
        if table is None:
            return None, None
        return table, _find_holding(table.rows, self._row_starts[table.text.start], offset)

    def field_at(self, offset: int) -> Field | None:
        """Return the field in which an offset lies."""
        return _find_holding(self.fields, self._field_starts, offset)

    def origin_at(self, offset: int) -> str:
        """Return the table and row key, or the field, that holds the given offset.

        A row without a key goes by the words of its first cell that has any:
        never by its number, which changes when a row is put before it.
        """
        if self.sheet is not None:
            return f"{self.sheet.name}/{self.key}"
        table, row = self.row_at(offset)
        if table is not None:
            name = table.key or "table"
            return f"{name}/{self._find_row_key(row)}" if row is not None else table.key or "table"
        item = self.field_at(offset)
        if item is None:
            return ""
        return item.spec.key if item.spec else "field"

    def _find_row_key(self, row: Row) -> str:
        key = self._row_keys.get(row.text.start)
        if key is None:
            first = next((cell.text for cell in row.cells if cell.text), row.text)
            key = self._row_keys[row.text.start] = row.key or make_key(first.raw)
        return key


def make_key(text: str) -> str:
    """Return the words of a text, as far as they make a key."""
    return " ".join(text.split())[:_LONGEST_KEY]


class _Placed(Protocol):
    @property
    def text(self) -> Text: ...


_P = TypeVar("_P", bound=_Placed)


def _find_holding(parts: Sequence[_P], starts: list[int], offset: int) -> _P | None:
    """Return the part, of parts that follow each other, in which an offset lies."""
    number = bisect_right(starts, offset) - 1
    return parts[number] if number >= 0 and offset < parts[number].text.end else None
