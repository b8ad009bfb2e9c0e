"""Documents as bytes and back, so that no file is parsed twice.

The bytes are MessagePack, whose types msgspec checks as it decodes; nothing in them can
run. A text becomes two offsets into its source. Rules compare parts of the profile by identity,
so each is a number in a list of all of them; so are a document's own links and rows, to
which mentions point. A document that cannot be written like this is not packed.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from disarm_lint.model.document import (
    Cell,
    Document,
    EvidenceNeeded,
    Field,
    Heading,
    Ignore,
    Link,
    LinkDefinition,
    Mention,
    PageType,
    Relation,
    Role,
    Row,
    Table,
)
from disarm_lint.model.profile import (
    ColumnSpec,
    FieldSpec,
    IndexSpec,
    Kind,
    Layout,
    SheetSpec,
    TableSpec,
)
from disarm_lint.model.text import RowSource, Text
from disarm_lint.parse.workbook import BadSheet, CellForms, Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.model.profile import Profile
    from disarm_lint.model.text import Source

_T = TypeVar("_T")

_ROLES, _EVIDENCE, _RELATIONS, _TYPES = (
    tuple(Role),
    tuple(EvidenceNeeded),
    tuple(Relation),
    tuple(PageType),
)
_Offsets = tuple[int, int]


_PackedHeading = tuple[_Offsets, _Offsets | None, _Offsets | None, _Offsets | None]


class UnpackableError(Exception):
    """A document cannot be written as bytes, or bytes are not those of a document."""


class _PackedField(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    label: _Offsets
    value: _Offsets
    paragraphs: list[_Offsets]
    bulleted: bool
    spec: int


class _PackedCell(msgspec.Struct, array_like=True, gc=False):
    start: int
    end: int
    column: int


class _PackedRow(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    cells: list[_PackedCell]
    key: str
    lines: int
    broken: bool
    cell_count: int
    apart: bool
    joint: _Offsets | None


class _PackedTable(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    header: list[_Offsets]
    rows: list[_PackedRow]
    spec: int
    html: bool
    fault: _Offsets | None
    width: int


class _PackedLink(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    label: _Offsets
    target: _Offsets
    href: str
    html: bool
    image: bool
    bare: bool


class _PackedLinkTarget(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    label: str
    target: _Offsets
    href: str


class _PackedMention(msgspec.Struct, array_like=True, gc=False):
    role: int
    id: _Offsets
    target: str
    leaf: _Offsets
    malformation: str | None
    evidence: int
    fallback: _PackedMention | None
    name: _Offsets | None
    place: str
    refers_to: str | None
    member: bool
    relation: int
    link: int | _PackedLink | None
    row: _Offsets | None


class _PackedIgnore(msgspec.Struct, array_like=True, gc=False):
    text: _Offsets
    selectors: list[str]
    line: int | None
    reason: str


class _PackedDocument(msgspec.Struct, array_like=True, gc=False):
    type: int
    kind: int
    layout: int
    index: int
    sheet: int
    heading: _PackedHeading | None
    fields: list[_PackedField]
    tables: list[_PackedTable]
    markers: list[_Offsets]
    leaves: list[_Offsets]
    strays: list[_Offsets]
    links: list[_PackedLink]
    definitions: list[_PackedLinkTarget]
    tags: list[tuple[_Offsets, list[tuple[str, int, int]]]]
    opaque: list[_Offsets]
    mentions: list[_PackedMention]
    ignores: list[_PackedIgnore]
    notes_start: int | None
    identity: str | None


class _PackedSource(msgspec.Struct, array_like=True, gc=False):
    sheet: str
    text: str
    starts: list[int]
    refs: list[str]


class _PackedWorkbook(msgspec.Struct, array_like=True, gc=False):
    heads: list[_PackedSource]
    rows: list[tuple[_PackedSource, int, _PackedDocument]]
    problems: list[tuple[str, str, str | None, str | None, str | None, str]]
    sheets: list[str]
    slips: list[tuple[str, str, str | None, str | None, str | None, str]]
    formulas: list[tuple[str, str]]
    numbers: list[tuple[str, str]]
    runs: list[tuple[str, str, tuple[int, ...]]]


_PAGE = msgspec.msgpack.Decoder(_PackedDocument)
_WORKBOOK = msgspec.msgpack.Decoder(_PackedWorkbook)
_NOT_THERE = -1
# An index has its columns in a table of its own, which is not in the profile.
_OF_INDEX = -2


def _list_parts(part: object) -> Iterator[object]:
    """Yield a part of a profile and all parts in it, always in the same order."""
    if isinstance(part, tuple):
        for item in part:
            yield from _list_parts(item)
    elif is_dataclass(part):
        yield part
        for item in fields(part):
            yield from _list_parts(getattr(part, item.name))


class Packer:
    """Packs and unpacks documents that were parsed with a profile."""

    def __init__(self, profile: Profile) -> None:
        self._parts = list(_list_parts(profile))
        self._numbers = {id(part): n for n, part in reversed(list(enumerate(self._parts)))}

    def pack_page(self, document: Document) -> bytes:
        """Return a page as bytes; raise UnpackableError if it cannot be packed."""
        return msgspec.msgpack.encode(_Writer(self, document, None).document())

    def unpack_page(self, data: bytes, source: Source) -> Document:
        """Return a page from bytes that `pack_page` made, and its decoded file.

        Raises UnpackableError for other bytes.
        """
        try:
            return _Reader(self, source, None).document(_PAGE.decode(data))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise UnpackableError from error

    def pack_workbook(self, workbook: Workbook) -> bytes:
        """Return a workbook as bytes; raise UnpackableError if it cannot be packed."""
        heads: list[RowSource] = []
        numbers: dict[int, int] = {}
        rows = []
        for document in workbook.documents:
            source, head = document.source, document.fields[0].label.source
            if not isinstance(source, RowSource) or not isinstance(head, RowSource):
                raise UnpackableError
            if id(head) not in numbers:
                numbers[id(head)] = len(heads)
                heads.append(head)
            if source.path != workbook.path or head.path != workbook.path:
                raise UnpackableError
            packed = _Writer(self, document, head).document()
            rows.append((_pack_source(source), numbers[id(head)], packed))
        whole = _PackedWorkbook(
            [_pack_source(head) for head in heads],
            rows,
            [_pack_problem(item) for item in workbook.problems],
            sorted(workbook.sheets),
            [_pack_problem(item) for item in workbook.slips],
            sorted(workbook.forms.formulas),
            sorted(workbook.forms.numbers),
            [(*cell, lengths) for cell, lengths in workbook.forms.runs.items()],
        )
        return msgspec.msgpack.encode(whole)

    def unpack_workbook(self, data: bytes, path: str) -> Workbook:
        """Return the workbook at a path from bytes that `pack_workbook` made.

        Raises UnpackableError for other bytes.
        """
        try:
            packed = _WORKBOOK.decode(data)
            heads = [_unpack_source(head, path) for head in packed.heads]
            documents = [
                _Reader(self, _unpack_source(source, path), heads[head]).document(row)
                for source, head, row in packed.rows
            ]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise UnpackableError from error
        return Workbook(
            path,
            tuple(documents),
            tuple(BadSheet(*item) for item in packed.problems),
            frozenset(packed.sheets),
            tuple(BadSheet(*item) for item in packed.slips),
            CellForms(
                frozenset(packed.formulas),
                frozenset(packed.numbers),
                {(sheet, ref): lengths for sheet, ref, lengths in packed.runs},
            ),
        )

    def number(self, part: object) -> int:
        """Return the number of a part of the profile; raise UnpackableError for another object."""
        if part is None:
            return _NOT_THERE
        number = self._numbers.get(id(part))
        if number is None:
            raise UnpackableError
        return number

    def part(self, number: int, sort: type[_T]) -> _T | None:
        """Return the number of the part that describes a table on a page or in an index."""
        if number == _NOT_THERE:
            return None
        part = self._parts[number] if number >= 0 else None
        if not isinstance(part, sort):
            raise UnpackableError
        return part

    def number_table(self, spec: TableSpec | None, index: IndexSpec | None) -> int:
        """Return the number of the profile's part for a table, which may be an index."""
        if spec is not None and index is not None and id(spec) not in self._numbers:
            if spec.key != index.key or spec.columns is not index.columns:
                raise UnpackableError
            return _OF_INDEX
        return self.number(spec)


class _Writer:
    """Packs one document; the labels of a row stand in the header row, `head`."""

    def __init__(self, packer: Packer, document: Document, head: Source | None) -> None:
        self.packer = packer
        self.whole = document
        self.own = document.source
        self.labelled = self.own if head is None else head
        self.links = {id(item): number for number, item in enumerate(document.links)}
        self.rows = {
            id(row): (t, r)
            for t, table in enumerate(document.tables)
            for r, row in enumerate(table.rows)
        }

    def text(self, item: Text) -> _Offsets:
        if item.source is not self.own:
            raise UnpackableError
        return item.start, item.end

    def maybe(self, item: Text | None) -> _Offsets | None:
        return None if item is None else self.text(item)

    def texts(self, items: Iterable[Text]) -> list[_Offsets]:
        return [self.text(item) for item in items]

    def label(self, item: Text) -> _Offsets:
        if item.source is not self.labelled:
            raise UnpackableError
        return item.start, item.end

    def heading(self, item: Heading | None) -> _PackedHeading | None:
        if item is None:
            return None
        return (
            self.text(item.text),
            self.maybe(item.word),
            self.maybe(item.id),
            self.maybe(item.name),
        )

    def field(self, item: Field) -> _PackedField:
        return _PackedField(
            self.text(item.text),
            self.label(item.label),
            self.text(item.value),
            self.texts(item.paragraphs),
            item.bulleted,
            self.packer.number(item.spec),
        )

    def row(self, item: Row) -> _PackedRow:
        return _PackedRow(
            self.text(item.text),
            [_PackedCell(*self.text(c.text), self.packer.number(c.column)) for c in item.cells],
            item.key,
            item.lines,
            item.broken,
            item.cell_count,
            item.apart,
            self.maybe(item.joint),
        )

    def table(self, item: Table) -> _PackedTable:
        return _PackedTable(
            self.text(item.text),
            self.texts(item.header),
            [self.row(row) for row in item.rows],
            self.packer.number_table(item.spec, self.whole.index),
            item.html,
            self.maybe(item.fault),
            item.width,
        )

    def link(self, item: Link) -> _PackedLink:
        return _PackedLink(
            self.text(item.text),
            self.text(item.label),
            self.text(item.target),
            item.href,
            item.html,
            item.image,
            item.bare,
        )

    def mention(self, item: Mention) -> _PackedMention:
        link: int | _PackedLink | None = None
        if item.link is not None:
            number = self.links.get(id(item.link))
            link = self.link(item.link) if number is None else number
        row = None if item.row is None else self.rows.get(id(item.row))
        if item.row is not None and row is None:
            raise UnpackableError
        return _PackedMention(
            _ROLES.index(item.role),
            self.text(item.id),
            item.target,
            self.text(item.leaf),
            item.malformation,
            _EVIDENCE.index(item.evidence_needed),
            None if item.fallback is None else self.mention(item.fallback),
            self.maybe(item.name),
            item.place,
            item.refers_to,
            item.member,
            _RELATIONS.index(item.relation),
            link,
            row,
        )

    def document(self) -> _PackedDocument:
        whole, number = self.whole, self.packer.number
        return _PackedDocument(
            _TYPES.index(whole.type),
            number(whole.kind),
            number(whole.layout),
            number(whole.index),
            number(whole.sheet),
            self.heading(whole.heading),
            [self.field(item) for item in whole.fields],
            [self.table(item) for item in whole.tables],
            self.texts(whole.markers),
            self.texts(whole.leaves),
            self.texts(whole.strays),
            [self.link(item) for item in whole.links],
            [
                _PackedLinkTarget(
                    self.text(item.text), item.label, self.text(item.target), item.href
                )
                for item in whole.definitions
            ],
            [
                (self.text(leaf), [(name, *self.text(part)) for name, part in tags])
                for leaf, tags in whole.tags
            ],
            list(whole.opaque),
            [self.mention(item) for item in whole.mentions],
            [
                _PackedIgnore(self.text(item.text), list(item.selectors), item.line, item.reason)
                for item in whole.ignores
            ],
            whole.notes_start,
            whole.identity,
        )


class _Reader:
    """Unpacks one document; see _Writer."""

    def __init__(self, packer: Packer, own: Source, head: Source | None) -> None:
        self.packer = packer
        self.own = own
        self.labelled = own if head is None else head
        self.links: list[Link] = []
        self.tables: list[Table] = []
        self.of_index: TableSpec | None = None

    def maybe(self, offsets: _Offsets | None) -> Text | None:
        return None if offsets is None else Text(self.own, *offsets)

    def texts(self, items: Iterable[_Offsets]) -> tuple[Text, ...]:
        own = self.own
        return tuple([Text(own, start, end) for start, end in items])

    def heading(self, item: _PackedHeading | None) -> Heading | None:
        if item is None:
            return None
        text, *others = item
        return Heading(Text(self.own, *text), *map(self.maybe, others))

    def field(self, item: _PackedField) -> Field:
        return Field(
            Text(self.own, *item.text),
            Text(self.labelled, *item.label),
            Text(self.own, *item.value),
            self.texts(item.paragraphs),
            item.bulleted,
            self.packer.part(item.spec, FieldSpec),
        )

    def row(self, item: _PackedRow) -> Row:
        own, part = self.own, self.packer.part
        cells = [
            Cell(Text(own, cell.start, cell.end), part(cell.column, ColumnSpec))
            for cell in item.cells
        ]
        return Row(
            Text(own, *item.text),
            tuple(cells),
            item.key,
            item.lines,
            item.broken,
            item.cell_count,
            item.apart,
            self.maybe(item.joint),
        )

    def table(self, item: _PackedTable) -> Table:
        of_index = item.spec == _OF_INDEX
        return Table(
            Text(self.own, *item.text),
            self.texts(item.header),
            tuple([self.row(row) for row in item.rows]),
            self.of_index if of_index else self.packer.part(item.spec, TableSpec),
            item.html,
            self.maybe(item.fault),
            item.width,
        )

    def link(self, item: _PackedLink) -> Link:
        own = self.own
        return Link(
            Text(own, *item.text),
            Text(own, *item.label),
            Text(own, *item.target),
            item.href,
            item.html,
            item.image,
            item.bare,
        )

    def mention(self, item: _PackedMention) -> Mention:
        link, row = item.link, item.row
        if isinstance(link, _PackedLink):
            known: Link | None = self.link(link)
        else:
            known = None if link is None else self.links[link]
        return Mention(
            _ROLES[item.role],
            Text(self.own, *item.id),
            item.target,
            Text(self.own, *item.leaf),
            item.malformation,
            _EVIDENCE[item.evidence],
            None if item.fallback is None else self.mention(item.fallback),
            self.maybe(item.name),
            item.place,
            item.refers_to,
            item.member,
            _RELATIONS[item.relation],
            known,
            None if row is None else self.tables[row[0]].rows[row[1]],
        )

    def document(self, packed: _PackedDocument) -> Document:
        own, part = self.own, self.packer.part
        index = part(packed.index, IndexSpec)
        self.of_index = None if index is None else TableSpec(index.key, index.columns)
        self.links = [self.link(item) for item in packed.links]
        self.tables = [self.table(item) for item in packed.tables]
        tags = [
            (Text(own, *leaf), tuple([(name, Text(own, s, e)) for name, s, e in tags]))
            for leaf, tags in packed.tags
        ]
        ignores = [
            Ignore(Text(own, *item.text), tuple(item.selectors), item.line, item.reason)
            for item in packed.ignores
        ]
        return Document(
            path=own.path,
            source=own,
            type=_TYPES[packed.type],
            kind=part(packed.kind, Kind),
            layout=part(packed.layout, Layout),
            index=index,
            heading=self.heading(packed.heading),
            fields=tuple([self.field(item) for item in packed.fields]),
            tables=tuple(self.tables),
            markers=self.texts(packed.markers),
            leaves=self.texts(packed.leaves),
            strays=self.texts(packed.strays),
            links=tuple(self.links),
            definitions=tuple(
                LinkDefinition(Text(own, *d.text), d.label, Text(own, *d.target), d.href)
                for d in packed.definitions
            ),
            tags=tuple(tags),
            opaque=tuple(packed.opaque),
            mentions=tuple([self.mention(item) for item in packed.mentions]),
            ignores=tuple(ignores),
            notes_start=packed.notes_start,
            identity=packed.identity,
            sheet=part(packed.sheet, SheetSpec),
        )


def _pack_source(source: RowSource) -> _PackedSource:
    return _PackedSource(source.sheet, source.text, list(source.starts), list(source.refs))


def _unpack_source(packed: _PackedSource, path: str) -> RowSource:
    starts, refs = tuple(packed.starts), tuple(packed.refs)
    return RowSource(path, packed.sheet, packed.text, starts, refs)


def _pack_problem(item: BadSheet) -> tuple[Any, ...]:
    return (item.path, item.reason, item.sheet, item.column, item.cell, item.written)
