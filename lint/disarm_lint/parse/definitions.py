"""Definitions of reference-style links: `[label]: target "title"`.

A definition stands at the beginning of a paragraph, and so may others behind it. Their
offsets are those of the file; nothing of a definition is text that people read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it.common.utils import normalizeReference
from markdown_it.helpers import parseLinkDestination, parseLinkTitle

from disarm_lint.model.document import LinkDefinition
from disarm_lint.parse.blocks import BlockType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.text import Text
    from disarm_lint.parse.blocks import Block

# A definition may stand in a quotation or a list item.
_MARKS = r"(?:>[ \t]*+|[*+-][ \t]++|[0-9]{1,9}[.)][ \t]++)*+"
# `[^1]:` is a footnote.
_LABEL = re.compile(rf"[ \t]*+{_MARKS}\[(?!\^)(?P<label>(?:[^\[\]\\]|\\[\s\S]){{1,999}})\]:")
_SPACE = re.compile(r"[ \t]*+(?:(?:\r\n?|\n)[ \t]*+(?:>[ \t]*+)*+)?+")
_LINE_END = re.compile(r"[ \t]*+(?:\r\n?|\n|\Z)")
_LONGEST_TITLE = 2000


def normalise_reference(label: str) -> str:
    """Return a label in the form in which labels and definitions are compared."""
    return str(normalizeReference(label))


@dataclass(frozen=True)
class Definitions:
    """The definitions of a page: the first of each label counts, as in CommonMark."""

    found: tuple[LinkDefinition, ...] = ()
    by_label: Mapping[str, LinkDefinition] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    starts: tuple[int, ...] = ()

    def list_spans(self, leaf: Text) -> list[tuple[int, int]]:
        """Return where definitions stand in a leaf, as offsets from its start."""
        return [
            (item.text.start - leaf.start, item.text.end - leaf.start)
            for item in self.found[
                bisect_left(self.starts, leaf.start) : bisect_left(self.starts, leaf.end)
            ]
        ]


NO_DEFINITIONS = Definitions()


def find_definitions(blocks: Iterable[tuple[Block, Text]]) -> Definitions:
    """Return the definitions in the paragraphs among blocks."""
    found: list[LinkDefinition] = []
    for block, text in blocks:
        if block.type is BlockType.PARAGRAPH and "]:" in (raw := text.raw):
            position = 0
            while (item := _read_definition(text, raw, position)) is not None:
                found.append(item)
                position = item.text.end - text.start
                line_end = _LINE_END.match(raw, position)
                position = line_end.end() if line_end else len(raw)
    if not found:
        return NO_DEFINITIONS
    by_label = {item.label: item for item in reversed(found)}
    starts = tuple(item.text.start for item in found)
    return Definitions(tuple(found), by_label, frozenset(by_label), starts)


def _read_definition(text: Text, raw: str, position: int) -> LinkDefinition | None:
    """Return the definition that begins at an offset of a paragraph."""
    opening = _LABEL.match(raw, position)
    if opening is None or not opening["label"].strip():
        return None
    start = _skip(raw, opening.end())
    angled = raw[start : start + 1] == "<"
    target = parseLinkDestination(raw, start, len(raw))
    if not target.ok or (target.pos == start and not angled):
        return None
    title_end = _find_end_of_title(raw, target.pos)
    if title_end is None and _LINE_END.match(raw, target.pos) is None:
        return None
    end = target.pos if title_end is None else title_end
    inside = (start + 1, target.pos - 1) if angled else (start, target.pos)
    return LinkDefinition(
        text.part(opening.start("label") - 1, end),
        normalise_reference(opening["label"]),
        text.part(*inside),
        target.str,
    )


def _skip(raw: str, position: int) -> int:
    """Return where spaces, with at most one line end among them, end."""
    space = _SPACE.match(raw, position)
    return space.end() if space is not None else position


def _find_end_of_title(raw: str, position: int) -> int | None:
    """Return where the title behind a target ends; None if none stands there."""
    start = _skip(raw, position)
    if start == position:
        return None
    title = parseLinkTitle(raw, start, min(len(raw), start + _LONGEST_TITLE))
    if not title.ok or _LINE_END.match(raw, title.pos) is None:
        return None
    return int(title.pos)


@lru_cache(maxsize=256)
def build_references(labels: frozenset[str]) -> dict[str, dict[str, str]]:
    """Return labels as markdown-it wants to know them; what they lead to is not its matter."""
    return {label: {"href": "", "title": ""} for label in labels}
