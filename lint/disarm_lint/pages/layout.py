"""Which of its kind's layouts a page has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.pages.labels import normal_label
from disarm_lint.pages.tables import header_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.profile import Kind, Layout
    from disarm_lint.pages.tables import RawTable


@dataclass(frozen=True, slots=True, order=True)
class PageShape:
    """A layout's name, and whether the fields of a page really are bulleted."""

    layout: str
    bulleted: bool


def page_shape(document: Document) -> PageShape | None:
    """Return the shape of a page; None where it has no layout."""
    if document.layout is None:
        return None
    fields = [item for item in document.fields if item.spec and not item.spec.parent]
    bullets = sum(item.bulleted for item in fields)
    plain = len(fields) - bullets
    bulleted = document.layout.bulleted if bullets == plain else bullets > plain
    return PageShape(document.layout.name, bulleted)


def _score(layout: Layout, fields: Sequence[Field], tables: Sequence[RawTable]) -> tuple[int, int]:
    labels = {normal_label(item.label.raw) for item in fields}
    own = [{normal_label(label) for label in spec.labels} for spec in layout.fields]
    score = sum(bool(names & labels) for names in own)
    score -= len(labels - set().union(*own))
    score += sum(any(header_matches(spec, table) for table in tables) for spec in layout.tables)
    bulleted = sum(item.bulleted == layout.bulleted for item in fields)
    return score, bulleted


def choose_layout(kind: Kind, fields: Sequence[Field], tables: Sequence[RawTable]) -> Layout | None:
    """Return the layout that fits a page best; the first of equals, None where there is none."""
    if len(kind.layouts) < 2:
        return kind.layouts[0] if kind.layouts else None
    return max(kind.layouts, key=lambda layout: _score(layout, fields, tables))
