"""From the text of a page to a Document."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING

from disarm_lint.model.document import (
    Document,
    Field,
    Heading,
    Ignore,
    Link,
    Mention,
    PageType,
    Relation,
    Role,
    Table,
)
from disarm_lint.model.profile import FieldSpec, Format, TableSpec
from disarm_lint.model.text import PageSource, Text
from disarm_lint.parse.blocks import Block, BlockType, parse_blocks
from disarm_lint.parse.definitions import NO_DEFINITIONS, Definitions, find_definitions
from disarm_lint.parse.inline import CoveredSpans, InlineType, find_opaque, parse_inline
from disarm_lint.parse.layout import (
    Parts,
    build_tables,
    choose_layout,
    clip_text,
    collect,
    list_known_labels,
    normalise_label,
    split_at,
)
from disarm_lint.parse.mentions import MentionReader, Slot, build_id_finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.model.profile import IndexSpec, Kind, Layout, Profile
    from disarm_lint.model.text import PageSource

_HEADING = re.compile(r"\A\s*#[ \t]+(\w+)[ \t]+([A-Za-z]+[0-9.]*[0-9])[ \t]*:")


@dataclass(frozen=True, slots=True)
class PagePath:
    """What a file is taken for."""

    type: PageType
    kind: Kind | None = None
    index: IndexSpec | None = None


def classify(source: PageSource, profile: Profile, *, loose: bool) -> PagePath:
    """Return what a file is; see `parse_page` for `loose`."""
    if loose:
        match = _HEADING.match(source.text)
        if match:
            for kind in profile.kinds:
                if kind.folder and kind.has_form(match[1], match[2]):
                    return PagePath(PageType.ENTITY, kind)
        return PagePath(PageType.OTHER)
    *folders, file = source.path.split("/")
    pages = profile.folder.split("/") if profile.folder else []
    if folders[: len(pages)] != pages:
        return PagePath(PageType.OTHER)
    inside = folders[len(pages) :]
    if not inside:
        index = next((index for index in profile.indexes if index.file == file), None)
        return PagePath(PageType.INDEX, index=index) if index else PagePath(PageType.OTHER)
    folder = "/".join(inside)
    found = next((kind for kind in profile.kinds if kind.folder == folder), None)
    return PagePath(PageType.ENTITY, found) if found else PagePath(PageType.OTHER)


# Tags that show what they lead to.
_IMAGE_TAGS = frozenset(("img", "video", "audio", "source", "track", "iframe", "embed"))


def find_links(leaf: Text, definitions: Definitions = NO_DEFINITIONS) -> tuple[Link, ...]:
    """Return the links of a paragraph or cell, in their order.

    The address in a definition is none, but what leads there by its label is.
    """
    raw = leaf.raw
    parts = parse_inline(raw, definitions.labels)
    anchors = [part for part in parts if part.tag in ("a", "/a")]
    closings = dict(zip((part.start for part in anchors), anchors[1:], strict=False))
    defined = CoveredSpans(definitions.list_spans(leaf))
    found = []
    for part in parts:
        if defined.holds(part.start):
            continue
        if part.type is InlineType.TAG:
            if part.tag in _IMAGE_TAGS and part.target != (0, 0):
                found.append(
                    Link(
                        text=leaf.part(part.start, part.end),
                        label=leaf.part(part.end, part.end),
                        target=leaf.part(*part.target),
                        href=unescape(part.href),
                        html=True,
                        image=True,
                    )
                )
            elif part.tag in ("a", "area") and part.target != (0, 0):
                close = closings.get(part.start)
                label_end = close.start if close else part.end
                end = close.end if close and close.tag == "/a" else label_end
                found.append(
                    Link(
                        text=leaf.part(part.start, end),
                        label=leaf.part(part.end, label_end).strip(),
                        target=leaf.part(*part.target),
                        href=unescape(part.href),
                        html=True,
                    )
                )
        elif part.type is not InlineType.CODE:
            definition = definitions.by_label.get(part.reference)
            found.append(
                Link(
                    text=leaf.part(part.start, part.end),
                    label=leaf.part(*part.label).strip(),
                    target=definition.target if definition else leaf.part(*part.target),
                    href=definition.href if definition else part.href,
                    image=part.type is InlineType.IMAGE,
                    bare=part.type in (InlineType.AUTOLINK, InlineType.BARE_URL),
                )
            )
    return tuple(found)


# What is meant as a directive; `_TOOL` and `_DIRECTIVE` say what is one.
_OPENING = re.compile(
    r"<!--[ \t]*+(?P<tool>disarm[-_ ]?lint)(?=[ \t]*:|[ \t]++ignore)", re.IGNORECASE
)
_TOOL = "disarm-lint"
# A comment that alone stands behind the mark of a quotation or a list item is alone on its line.
_MARKS = re.compile(r"(?:>[ \t]*+|[*+-][ \t]++|[0-9]{1,9}[.)][ \t]++)*+")
_DIRECTIVE = re.compile(
    r"[ \t]*+:[ \t]*+(?P<word>ignore-file|ignore)\[(?P<rules>[^\[\]]++)\]"
    r"(?:[ \t]++(?P<reason>.*))?[ \t]*",
    re.DOTALL,
)


def find_ignores(
    source: PageSource, blocks: Sequence[Block], start: int | None
) -> tuple[Ignore, ...]:
    """Return the suppression comments; those before `start`, and all where it is None, are void.

    A comment alone on its line stands for the next line, another for its own.
    Comments in code are text. One that is not exactly right suppresses nothing.
    """
    text = source.text
    if "<!--" not in text:
        return ()
    start = len(text) if start is None else start
    code = CoveredSpans((b.start, b.end) for b in blocks if b.type is BlockType.CODE)
    starts = (*source.line_starts, len(text))
    found = []
    position, last = 0, 0
    while (opening := _OPENING.search(text, position)) is not None:
        number = source.span(opening.start(), opening.start()).line
        first, last = number != last, number
        line_start, line_end = starts[number - 1], starts[number]
        close = text.find("-->", opening.end(), line_end)
        position = line_end if close < 0 else close + len("-->")
        if code.holds(opening.start()) or _is_in_code(
            text[line_start:line_end], opening.start() - line_start
        ):
            continue
        where = Text(source, opening.start(), position).strip()
        written = opening["tool"] == _TOOL and close >= 0
        inside = _DIRECTIVE.fullmatch(text, opening.end(), close) if written else None
        selectors = [part.strip() for part in inside["rules"].split(",")] if inside else []
        selectors = [part for part in selectors if part]
        line: int | None = number
        if inside is not None and inside["word"] == "ignore-file":
            line = None
        elif first and _MARKS.sub("", source.line(number).strip(), count=1) == where.raw:
            line = number + 1
        reason = (inside["reason"] or "").strip() if inside else ""
        void = opening.start() < start
        found.append(Ignore(where, () if void else tuple(selectors), line, reason, void))
    return tuple(found)


def _is_in_code(line: str, offset: int) -> bool:
    """Tell whether a place in a line stands in inline code."""
    if "`" not in line[:offset]:
        return False
    parts = parse_inline(line)
    return any(p.type is InlineType.CODE and p.start <= offset < p.end for p in parts)


# Elements that have to be closed, and stay open over all that follows if they are not.
PAIRED_TAGS = (
    *("i", "b", "em", "strong", "u", "s", "del", "ins", "sup", "sub", "mark", "small", "font"),
    *("span", "div", "center", "blockquote", "pre", "script", "style", "details", "table"),
)
_STYLE_TAGS = frozenset(f"{end}{name}" for name in PAIRED_TAGS for end in ("", "/"))


def _find_relation(spec: FieldSpec) -> Relation:
    if spec.parent:
        return Relation.PARENT
    return Relation.CONTAINER if spec.listed_in else Relation.NONE


def _find_label(cell: Text) -> Text:
    """Return the label of what was meant as a link, else the whole cell.

    Its brackets are reversed (L307) or damaged (L308), or a space stands in its
    target (L301).
    """
    raw = cell.raw
    if raw[:1] not in ("(", "[", "{"):
        return cell
    match = _LABEL_END.search(raw)
    return cell.part(1, match.start()) if match is not None else cell


_LABEL_END = re.compile(r"[\])}][ \t]*[\[({]")


class PageReader:
    """Collects leaves, links and mentions of one page."""

    def __init__(
        self,
        reader: MentionReader,
        index: IndexSpec | None,
        definitions: Definitions = NO_DEFINITIONS,
    ) -> None:
        self._reader = reader
        self._definitions = definitions
        self._index = index
        self.leaves: list[Text] = []
        self.links: list[Link] = []
        self.tags: list[tuple[Text, tuple[tuple[str, Text], ...]]] = []
        self.mentions: list[Mention] = []
        self.opaque: list[tuple[int, int]] = []

    def _read_leaf(self, leaf: Text) -> tuple[Link, ...]:
        self.leaves.append(leaf)
        raw = leaf.raw
        if not any(char in raw for char in "[<`") and "://" not in raw and "www." not in raw:
            return ()
        links = find_links(leaf, self._definitions)
        self.links.extend(links)
        opaque = find_opaque(raw, self._definitions.labels)
        opaque += self._definitions.list_spans(leaf)
        self.opaque += ((leaf.start + s, leaf.start + e) for s, e in opaque)
        tags = tuple(
            (part.tag, leaf.part(part.start, part.end))
            for part in parse_inline(raw, self._definitions.labels)
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
        self.mentions.extend(self._reader.read_prose(leaf, self._read_leaf(leaf)))

    def read_field(self, item: Field) -> None:
        """Read a field by its format."""
        spec = item.spec
        if spec is None or spec.refers_to is None:
            for paragraph in item.paragraphs:
                self.read_prose(paragraph)
            return
        self._read_leaf(item.value)
        self.mentions.extend(
            self._reader.read_listed(
                Role.FIELD,
                item.value,
                spec.format,
                Slot(spec.key, spec.refers_to, member=True, relation=_find_relation(spec)),
            )
        )

    def read_table(self, table: Table) -> None:
        """Read the cells of a table by the formats of their columns."""
        for row in table.rows:
            for number, cell in enumerate(row.cells):
                if not cell.text:
                    continue
                column = cell.column
                links = self._read_leaf(cell.text)
                if column is None or column.format is Format.PROSE:
                    role = Role.INDEX if self._index and not column else Role.PROSE
                    if role is Role.INDEX and links:
                        self._read_labels(cell.text, links, Slot(table.key, member=True, row=row))
                    else:
                        self.mentions.extend(self._reader.read_prose(cell.text, links, row=row))
                elif column.format is Format.ID:
                    self._read_labels(cell.text, links, Slot(table.key, member=True, row=row))
                elif column.refers_to is not None:
                    member = number == 0 or self._index is not None
                    slot = Slot(table.key, column.refers_to, member, row=row)
                    if column.format is Format.LINK and links:
                        self._read_labels(cell.text, links, slot)
                        continue
                    role = Role.INDEX if self._index else Role.CELL
                    text = _find_label(cell.text) if column.format is Format.LINK else cell.text
                    slot = replace(slot, place=column.field or table.key)
                    self.mentions.extend(self._reader.read_listed(role, text, column.format, slot))

    def _read_labels(self, leaf: Text, links: tuple[Link, ...], slot: Slot) -> None:
        for link in links:
            mention = self._reader.read_label(link, leaf, slot)
            if mention is not None:
                self.mentions.append(mention)


_NEARLY = 85


def _find_markers(text: str, marker: str) -> list[int]:
    offsets = []
    position = text.find(marker) if marker else -1
    while position >= 0:
        offsets.append(position)
        position = text.find(marker, position + len(marker))
    return offsets


def _find_damaged_marker(text: str, marker: str) -> int | None:
    """Return where a line stands that nearly is the marker: what is below it is no field."""
    if not marker:
        return None
    from rapidfuzz import fuzz

    wanted, size = marker.casefold(), len(marker)
    for line in re.finditer(rf"^.{{{size // 2},{size * 3 // 2}}}$", text, re.MULTILINE):
        written = line[0].strip().casefold()
        cut = len(written) >= size // 2 and wanted.startswith(written)
        if cut or fuzz.ratio(written, wanted) >= _NEARLY:
            return line.start()
    return None


def _map_specs(layouts: Iterable[Layout]) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for layout in layouts:
        for spec in layout.fields:
            for label in spec.labels:
                found.setdefault(normalise_label(label), spec)
    return found


def _assign_specs(
    fields: Iterable[Field], kind: Kind | None, layout: Layout | None
) -> tuple[Field, ...]:
    if kind is None:
        return tuple(fields)
    layouts = ([layout] if layout else []) + list(kind.layouts)
    specs = _map_specs(layouts)
    return tuple(
        Field(
            item.text,
            item.label,
            item.value,
            item.paragraphs,
            item.bulleted,
            specs.get(normalise_label(item.label.raw)),
        )
        for item in fields
    )


def _list_table_specs(
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
    offsets = _find_markers(text, profile.edit_marker)
    place = classify(source, profile, loose=loose)
    blocks = parse_blocks(source)
    notes_start = None
    if place.kind is not None:
        notes_start = offsets[0] if offsets else _find_damaged_marker(text, profile.edit_marker)
    if notes_start is not None:
        blocks = tuple(split_at(blocks, notes_start))
    clipped = clip_text(blocks, source)
    definitions = find_definitions(clipped)
    parts = collect(clipped, place.kind, notes_start, place.kind is not None)
    kind, type_ = place.kind, place.type
    raw_fields = parts.fields
    blank = kind is not None and not text.strip() and _is_named(source.path, kind)
    if type_ is PageType.ENTITY and not _looks_like_a_page(parts, raw_fields, kind, offsets, blank):
        kind, type_ = None, PageType.OTHER
    layout = choose_layout(kind, raw_fields, parts.tables) if kind else None
    mentions = MentionReader(build_id_finder(profile), definitions)
    reader = PageReader(mentions, place.index, definitions)
    heading = parts.headings[0] if parts.headings else None
    fields = _assign_specs(raw_fields, kind, layout)
    specs = _list_table_specs(kind, layout, place.index)
    tables = build_tables(parts.tables, specs, layout)
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
        definitions=definitions.found,
        tags=tuple(reader.tags),
        opaque=tuple(sorted(reader.opaque)),
        mentions=tuple(sorted(reader.mentions, key=lambda mention: mention.id.start)),
        ignores=find_ignores(source, blocks, ignore_from),
        notes_start=notes_start,
    )


def _is_named(path: str, kind: Kind) -> bool:
    stem = path.rpartition("/")[2].removesuffix(".md")
    return kind.matches(stem)


def _looks_like_a_page(
    parts: Parts, fields: list[Field], kind: Kind | None, markers: list[int], blank: bool
) -> bool:
    """Tell a damaged page from a file that only lies in a page folder."""
    if kind is None or markers or blank:
        # An empty file in a page's place is a page that was lost.
        return True
    heading = parts.headings[0] if parts.headings else None
    if heading and heading.word and heading.word.raw in kind.words:
        return True
    known = list_known_labels(kind)
    return any(normalise_label(item.label.raw) in known for item in fields)
