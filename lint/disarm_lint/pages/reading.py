"""The running texts of a page: their links, their tags, and the ids that they mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.markdown.inline import InlineType, parse_inline
from disarm_lint.model.document import Field, Heading, Link, Mention, Relation, Role, Row, Table
from disarm_lint.model.profile import FieldSpec, Format
from disarm_lint.pages.links import find_links

if TYPE_CHECKING:
    from disarm_lint.model.profile import IndexSpec
    from disarm_lint.model.text import Text
    from disarm_lint.pages.references import Reader

_STYLE_TAGS = frozenset({"i", "b", "/i", "/b"})


def _relation(spec: FieldSpec) -> Relation:
    if spec.parent:
        return Relation.PARENT
    return Relation.CONTAINER if spec.listed_in else Relation.NONE


def _label(cell: Text) -> Text:
    """Return the label of what was meant as a link, else the whole cell.

    Its brackets are reversed (L307), or a blank stands in its target (L301).
    """
    raw = cell.raw
    end = raw.find(")[" if raw.startswith("(") else "](")
    return cell.part(1, end) if raw[:1] in ("(", "[") and end > 0 else cell


class Reading:
    """Collects leaves, links and mentions of one page."""

    def __init__(self, reader: Reader, index: IndexSpec | None) -> None:
        self._reader = reader
        self._index = index
        self.leaves: list[Text] = []
        self.links: list[Link] = []
        self.tags: list[tuple[Text, tuple[tuple[str, Text], ...]]] = []
        self.mentions: list[Mention] = []

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
                                _label(cell.text) if column.format is Format.LINK else cell.text,
                                column.format,
                                place=column.field or table.key,
                                refers_to=column.refers_to,
                                member=member,
                                row=row,
                            )
                        )

    def _labels(self, leaf: Text, links: tuple[Link, ...], table: Table, row: Row) -> None:
        for link in links:
            mention = self._reader.label(link, leaf, place=table.key, member=True, row=row)
            if mention is not None:
                self.mentions.append(mention)
