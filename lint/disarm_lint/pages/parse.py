"""Parsing: a pure function of a file's text, its path and the profile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import Block, BlockType, parse_blocks
from disarm_lint.markdown.inline import InlineType, parse_inline
from disarm_lint.model.document import (
    Document,
    Field,
    Heading,
    Link,
    Mention,
    PageType,
    Relation,
    Role,
    Row,
    Table,
)
from disarm_lint.model.profile import FieldSpec, Format, TableSpec
from disarm_lint.model.text import PageSource, Text
from disarm_lint.pages.classify import classify
from disarm_lint.pages.ignores import find_ignores
from disarm_lint.pages.labels import normal_label, split_fields
from disarm_lint.pages.layout import choose_layout
from disarm_lint.pages.links import find_links
from disarm_lint.pages.mentions import id_finder
from disarm_lint.pages.references import Reader
from disarm_lint.pages.tables import RawTable, build_table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.profile import IndexSpec, Kind, Layout, Profile

_HEADING = re.compile(
    r"#[ \t]++(?P<word>[^\W\d_]++)(?:[ \t]++(?P<id>[^\s:]*(?:[ \t]?\.[0-9]+)?))?"
    r"[ \t]*+:[ \t]*+(?P<name>.*)"
)
_BULLET = re.compile(r"[ \t]*(?:[*+-]|\d+[.)])[ \t]+")
_STYLE_TAGS = frozenset({"i", "b", "/i", "/b"})


@dataclass(slots=True)
class _OpenField:
    """A field whose value may go on in the next paragraph; `end` is where it ends so far."""

    start: int
    label: Text
    value: Text
    paragraphs: list[Text]
    bulleted: bool
    end: int

    def closed(self) -> Field:
        source = self.label.source
        return Field(
            Text(source, self.start, self.end),
            self.label,
            Text(source, self.value.start, self.end),
            tuple(self.paragraphs),
            self.bulleted,
        )


@dataclass(slots=True)
class _Parts:
    """What has been found so far, while a page is read from top to bottom."""

    headings: list[Heading] = field(default_factory=list)
    open_fields: list[_OpenField] = field(default_factory=list)
    tables: list[RawTable] = field(default_factory=list)
    strays: list[Text] = field(default_factory=list)
    loose: list[Text] = field(default_factory=list)

    @property
    def fields(self) -> list[Field]:
        """The fields, as far as they have been read."""
        return [item.closed() for item in self.open_fields]


def _heading(text: Text) -> Heading:
    match = _HEADING.fullmatch(text.raw)
    if match is None:
        return Heading(text)
    name = text.part(*match.span("name")).strip()
    if match["id"] is None:
        # `# Incident : ` is a page without an id; its place is behind the word.
        entity_id = text.part(match.end("word"), match.end("word"))
    else:
        entity_id = text.part(*match.span("id"))
    return Heading(text, text.part(*match.span("word")), entity_id, name)


def _known_labels(kind: Kind | None) -> frozenset[str]:
    if kind is None:
        return frozenset()
    return frozenset(
        normal_label(label)
        for layout in kind.layouts
        for spec in layout.fields
        for label in spec.labels
    )


def _marker_offsets(text: str, marker: str) -> list[int]:
    offsets = []
    position = text.find(marker) if marker else -1
    while position >= 0:
        offsets.append(position)
        position = text.find(marker, position + len(marker))
    return offsets


def _clipped(blocks: Iterable[Block], source: PageSource) -> list[tuple[Block, Text]]:
    """Return the blocks with their text: without blanks around it and without list markers."""
    found = []
    for block in blocks:
        text = Text(source, block.start, block.end).strip()
        if block.bulleted and (match := _BULLET.match(text.raw)):
            text = text.part(match.end(), len(text.raw))
        if text:
            found.append((block, text))
    return found


def _split_at(blocks: Iterable[Block], offset: int) -> Iterable[Block]:
    for block in blocks:
        if block.start < offset < block.end:
            yield Block(block.type, block.start, offset, block.level, block.bulleted)
            yield Block(BlockType.PARAGRAPH, offset, block.end)
        else:
            yield block


def _read_paragraph(parts: _Parts, text: Text, known: frozenset[str], bulleted: bool) -> None:
    raw = text.raw
    found = split_fields(raw, known)
    head = text.part(0, found[0].start if found else len(raw)).strip()
    if head:
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
        parts.open_fields.append(
            _OpenField(start, label, value, paragraphs, bulleted, value.end)
        )
        bulleted = bulleted and item is not found[0]


def _collect(
    blocks: list[tuple[Block, Text]], kind: Kind | None, notes_start: int | None, is_page: bool
) -> _Parts:
    parts = _Parts()
    known = _known_labels(kind)
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
            parts.headings.append(_heading(text))
        elif below or not is_page:
            parts.loose.append(text)
        elif block.type is BlockType.PARAGRAPH:
            _read_paragraph(parts, text, known, block.bulleted)
        else:
            parts.strays.append(text)
    return parts


def _spec_by_label(layouts: Iterable[Layout]) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for layout in layouts:
        for spec in layout.fields:
            for label in spec.labels:
                found.setdefault(normal_label(label), spec)
    return found


def _with_specs(
    fields: Iterable[Field], kind: Kind | None, layout: Layout | None
) -> tuple[Field, ...]:
    if kind is None:
        return tuple(fields)
    layouts = ([layout] if layout else []) + list(kind.layouts)
    specs = _spec_by_label(layouts)
    return tuple(
        Field(
            item.text,
            item.label,
            item.value,
            item.paragraphs,
            item.bulleted,
            specs.get(normal_label(item.label.raw)),
        )
        for item in fields
    )


def _relation(spec: FieldSpec) -> Relation:
    if spec.parent:
        return Relation.PARENT
    return Relation.CONTAINER if spec.listed_in else Relation.NONE


def _table_specs(
    kind: Kind | None, layout: Layout | None, index: IndexSpec | None
) -> tuple[TableSpec, ...]:
    if index is not None:
        return (TableSpec(index.key, index.columns),) if index.columns else ()
    if kind is None:
        return ()
    first = layout.tables if layout else ()
    rest = [table for other in kind.layouts for table in other.tables if other is not layout]
    return (*first, *rest)


def parse_page(source: PageSource, profile: Profile, *, loose: bool = False) -> Document:
    """Parse a file into a Document.

    A pure function of the text, the path and the profile: `source.path` tells
    the kind of page by its folder. A `loose` file stands outside of any
    corpus: its heading alone tells its kind.
    """
    text = source.text
    offsets = _marker_offsets(text, profile.edit_marker)
    place = classify(source, profile, loose=loose)
    blocks = parse_blocks(source)
    notes_start = offsets[0] if offsets and place.kind is not None else None
    if notes_start is not None:
        blocks = tuple(_split_at(blocks, notes_start))
    parts = _collect(_clipped(blocks, source), place.kind, notes_start, place.kind is not None)
    kind, type_ = place.kind, place.type
    raw_fields = parts.fields
    if type_ is PageType.ENTITY and not _looks_like_a_page(parts, raw_fields, kind, offsets):
        kind, type_ = None, PageType.OTHER
    layout = choose_layout(kind, raw_fields, parts.tables) if kind else None
    reader = _Reading(Reader(id_finder(profile)), profile, place.index)
    heading = parts.headings[0] if parts.headings else None
    fields = _with_specs(raw_fields, kind, layout)
    specs = _table_specs(kind, layout, place.index)
    tables = tuple(build_table(table, specs) for table in parts.tables)
    for item in fields:
        reader.read_field(item)
    for leaf in (*parts.strays, *parts.loose):
        reader.read_prose(leaf)
    for table in tables:
        reader.read_table(table)
    if heading is not None:
        reader.read_heading(heading)
    ignore_from = 0 if type_ is PageType.OTHER else notes_start
    return Document(
        path=source.path,
        source=source,
        type=type_,
        kind=kind,
        layout=layout,
        index=place.index,
        heading=heading,
        fields=fields,
        tables=tables,
        markers=tuple(Text(source, o, o + len(profile.edit_marker)) for o in offsets),
        leaves=tuple(sorted(reader.leaves, key=lambda leaf: leaf.start)),
        strays=tuple(parts.strays) if type_ is PageType.ENTITY else (),
        links=tuple(sorted(reader.links, key=lambda link: link.text.start)),
        tags=tuple(reader.tags),
        mentions=tuple(sorted(reader.mentions, key=lambda mention: mention.id.start)),
        ignores=find_ignores(source, blocks, ignore_from),
        notes_start=notes_start,
    )


def _looks_like_a_page(
    parts: _Parts, fields: list[Field], kind: Kind | None, markers: list[int]
) -> bool:
    """Tell a damaged page from a file that only lies in a page folder."""
    if kind is None or markers:
        return True
    heading = parts.headings[0] if parts.headings else None
    if heading and heading.word and heading.word.raw in kind.words:
        return True
    known = _known_labels(kind)
    return any(normal_label(item.label.raw) in known for item in fields)


class _Reading:
    """Collects leaves, links and mentions of one page."""

    def __init__(self, reader: Reader, profile: Profile, index: IndexSpec | None) -> None:
        self._reader = reader
        self._index = index
        self.leaves: list[Text] = []
        self.links: list[Link] = []
        self.tags: list[tuple[Text, tuple[tuple[str, Text], ...]]] = []
        self.mentions: list[Mention] = []
        del profile

    def _leaf(self, leaf: Text) -> tuple[Link, ...]:
        self.leaves.append(leaf)
        raw = leaf.raw
        if not any(char in raw for char in "[<`") and "://" not in raw and "www." not in raw:
            return ()
        links = find_links(leaf)
        self.links.extend(links)
        tags = tuple(
            (part.tag, leaf.part(part.start, part.end))
            for part in parse_inline(raw)
            if part.type is InlineType.TAG and part.tag in _STYLE_TAGS
        )
        if tags:
            self.tags.append((leaf, tags))
        return links

    def read_heading(self, heading: Heading) -> None:
        """Read the ids in the name of a heading, or in the whole of another heading."""
        leaf = heading.text if heading.name is None else heading.name
        if leaf:
            self.read_prose(leaf)

    def read_prose(self, leaf: Text) -> None:
        """Read a paragraph."""
        self.mentions.extend(self._reader.prose(leaf, self._leaf(leaf)))

    def read_field(self, item: Field) -> None:
        """Read a field by its format."""
        spec = item.spec
        if spec is None or spec.refers_to is None:
            for paragraph in item.paragraphs:
                self.read_prose(paragraph)
            return
        self._leaf(item.value)
        self.mentions.extend(
            self._reader.listed(
                Role.FIELD,
                item.value,
                spec.format,
                place=spec.key,
                refers_to=spec.refers_to,
                member=True,
                relation=_relation(spec),
            )
        )

    def read_table(self, table: Table) -> None:
        """Read the cells of a table by the formats of their columns."""
        for row in table.rows:
            for number, cell in enumerate(row.cells):
                if not cell.text:
                    continue
                column = cell.column
                links = self._leaf(cell.text)
                if column is None or column.format is Format.PROSE:
                    role = Role.INDEX if self._index and not column else Role.PROSE
                    if role is Role.INDEX and links:
                        self._labels(cell.text, links, table, row)
                    else:
                        self.mentions.extend(self._reader.prose(cell.text, links, row=row))
                elif column.format is Format.ID:
                    self._labels(cell.text, links, table, row)
                elif column.refers_to is not None:
                    member = number == 0 or self._index is not None
                    if column.format is Format.LINK and links:
                        for link in links:
                            mention = self._reader.label(
                                link,
                                cell.text,
                                place=table.key,
                                refers_to=column.refers_to,
                                member=member,
                                row=row,
                            )
                            if mention is not None:
                                self.mentions.append(mention)
                    else:
                        self.mentions.extend(
                            self._reader.listed(
                                Role.INDEX if self._index else Role.CELL,
                                cell.text,
                                column.format,
                                place=column.field or table.key,
                                refers_to=column.refers_to,
                                member=member,
                                row=row,
                            )
                        )

    def _labels(
        self, leaf: Text, links: tuple[Link, ...], table: Table, row: Row
    ) -> None:
        for link in links:
            mention = self._reader.label(link, leaf, place=table.key, member=True, row=row)
            if mention is not None:
                self.mentions.append(mention)
