"""The parts of a page, read from top to bottom: heading, fields, tables, other text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import Block, BlockType
from disarm_lint.model.document import Field, Heading
from disarm_lint.model.text import PageSource, Text
from disarm_lint.pages.labels import normal_label, split_fields
from disarm_lint.pages.tables import RawTable, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.profile import Kind

_HEADING = re.compile(
    r"#[ \t]++(?P<word>[^\W\d_]++)(?:[ \t]++(?P<id>[^\s:]*(?:[ \t]?\.[0-9]+)?))?"
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
class Parts:
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


def known_labels(kind: Kind | None) -> frozenset[str]:
    """Return the labels that any layout of a kind has, in the form in which they are compared."""
    if kind is None:
        return frozenset()
    return frozenset(
        normal_label(label)
        for layout in kind.layouts
        for spec in layout.fields
        for label in spec.labels
    )


def clipped(blocks: Iterable[Block], source: PageSource) -> list[tuple[Block, Text]]:
    """Return the blocks with their text: without blanks around it and without list markers."""
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
        # Rows of a table whose header is gone (S105 says so) are read as text.
        parts.loose.append(head)
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


def collect(
    blocks: list[tuple[Block, Text]], kind: Kind | None, notes_start: int | None, is_page: bool
) -> Parts:
    """Sort the blocks of a file into its parts.

    What stands below the edit marker (from the offset `notes_start`), and all
    text of a file that `is_page` says is none, is loose text.
    """
    parts = Parts()
    known = known_labels(kind)
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
        elif block.type in (BlockType.PARAGRAPH, BlockType.HTML):
            _read_paragraph(parts, text, known, block.bulleted)
        else:
            parts.strays.append(text)
    return parts
