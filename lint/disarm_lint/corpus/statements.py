"""What the master data states: that one entity refers to another, and which pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus, Reference
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.profile import SheetColumn


@dataclass(frozen=True, slots=True)
class Statement:
    """A reference in a worksheet cell: `subject` refers to `target`.

    The page of the subject shows it in its field or table `shown_in`, the page
    of the target in its table `listed_in`, as far as they have one.
    """

    document: Document
    column: SheetColumn
    field: Field
    reference: Reference
    subject: str
    target: str

    @property
    def shown_in(self) -> str:
        """The key of the field or table on the page of the subject."""
        return self.column.field.key

    @property
    def listed_in(self) -> str | None:
        """The key of the table on the page of the target."""
        return self.column.listed_in


def subjects_of(corpus: Corpus, document: Document) -> list[str]:
    """Return the ids of the entities on whose pages a row stands."""
    sheet = document.sheet
    column = next((c for c in sheet.columns if c.subject), None) if sheet else None
    if column is None:
        return [document.id] if document.id else []
    return [reference.target for reference in corpus.members(document, column.field.key)]


def statements_of(corpus: Corpus, document: Document) -> Iterator[Statement]:
    """Yield what a row of a worksheet states."""
    subjects = subjects_of(corpus, document)
    for column in document.sheet.columns if document.sheet else ():
        field = document.field(column.field.key)
        if field is None or column.field.refers_to is None or column.subject:
            continue
        for reference in corpus.members(document, column.field.key):
            for subject in subjects:
                yield Statement(document, column, field, reference, subject, reference.target)


def by_place(
    statements: Iterable[Statement],
) -> Mapping[tuple[str, str, str], tuple[Statement, ...]]:
    """Return statements by the place that shows them: page, field or table, id there."""
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for item in statements:
        found.setdefault((item.subject, item.shown_in, item.target), []).append(item)
        if item.listed_in is not None:
            found.setdefault((item.target, item.listed_in, item.subject), []).append(item)
    return {place: tuple(items) for place, items in found.items()}
