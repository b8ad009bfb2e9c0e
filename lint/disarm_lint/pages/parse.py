"""Parsing: a pure function of a file's text, its path and the profile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import parse_blocks
from disarm_lint.model.document import Document, Field, PageType
from disarm_lint.model.profile import FieldSpec, TableSpec
from disarm_lint.model.text import PageSource, Text
from disarm_lint.pages.classify import classify
from disarm_lint.pages.collect import Parts, clipped, collect, known_labels, split_at
from disarm_lint.pages.ignores import find_ignores
from disarm_lint.pages.labels import normal_label
from disarm_lint.pages.layout import choose_layout
from disarm_lint.pages.mentions import id_finder
from disarm_lint.pages.reading import Reading
from disarm_lint.pages.references import Reader
from disarm_lint.pages.tables import build_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.profile import IndexSpec, Kind, Layout, Profile

_NEARLY = 85


def _marker_offsets(text: str, marker: str) -> list[int]:
    offsets = []
    position = text.find(marker) if marker else -1
    while position >= 0:
        offsets.append(position)
        position = text.find(marker, position + len(marker))
    return offsets


def _damaged_marker(text: str, marker: str) -> int | None:
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
    notes_start = None
    if place.kind is not None:
        notes_start = offsets[0] if offsets else _damaged_marker(text, profile.edit_marker)
    if notes_start is not None:
        blocks = tuple(split_at(blocks, notes_start))
    parts = collect(clipped(blocks, source), place.kind, notes_start, place.kind is not None)
    kind, type_ = place.kind, place.type
    raw_fields = parts.fields
    blank = kind is not None and not text.strip() and _is_named(source.path, kind)
    if type_ is PageType.ENTITY and not _looks_like_a_page(parts, raw_fields, kind, offsets, blank):
        kind, type_ = None, PageType.OTHER
    layout = choose_layout(kind, raw_fields, parts.tables) if kind else None
    reader = Reading(Reader(id_finder(profile)), place.index)
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


def _is_named(path: str, kind: Kind) -> bool:
    stem = path.rpartition("/")[2].removesuffix(".md")
    return any(form.template.matches(stem) for form in kind.forms)


def _looks_like_a_page(
    parts: Parts, fields: list[Field], kind: Kind | None, markers: list[int], blank: bool
) -> bool:
    """Tell a damaged page from a file that only lies in a page folder."""
    if kind is None or markers or blank:
        # A blank file in a page's place is a page that was lost.
        return True
    heading = parts.headings[0] if parts.headings else None
    if heading and heading.word and heading.word.raw in kind.words:
        return True
    known = known_labels(kind)
    return any(normal_label(item.label.raw) in known for item in fields)
