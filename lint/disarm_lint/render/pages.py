"""The pages of entities: a template filled with a row, and what the sheets tie to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.ids import is_sub, stem
from disarm_lint.parse.page_template import (
    MARKER,
    SPACE,
    WORD,
    Optional,
    Part,
    Placeholder,
    parse_template,
)
from disarm_lint.render.rows import NotRenderedError, describe_stray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.profile import Kind, Layout
    from disarm_lint.render.master import MasterData, Record
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
            elif isinstance(part, Optional) and self._value(layout, part.key, record):
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
            rows = self.tables.rows(self.kind.key, table, record.id, place.how, lines)
            return "".join(f"{row}\n" for row in rows)
        value = self._value(layout, place.key, record)
        if place.how == "id":
            value = value.split(" ", 1)[0]
        elif place.how == "named":
            value = self._name(layout, place.key, value)
        return f"{value}{place.line_end}"

    def _value(self, layout: Layout, key: str, record: Record) -> str:
        """Return what a row says of a key, letter by letter."""
        if key == WORD:
            forms = self.kind.forms
            return next((f.word for f in forms if f.template.matches(record.id)), forms[0].word)
        spec = layout.field(key)
        if spec is not None and spec.parent:
            return stem(record.id) if is_sub(record.id) else ""
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
