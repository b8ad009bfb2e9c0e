"""What the rows of worksheets state, and which places on pages show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Reference
from disarm_lint.model.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.document import Field
    from disarm_lint.model.profile import SheetColumn

# Yields the references that a field, a table or a column of a document states.
Members = Callable[[Document, str], Iterator[Reference]]

# How many entities a row may stand on the pages of; each of its references is stated for each.
_MOST_SUBJECTS = 32


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


def find_subjects(members: Members, document: Document) -> list[str]:
    """Return the ids of the entities on whose pages a row stands."""
    sheet = document.sheet
    column = next((c for c in sheet.columns if c.subject), None) if sheet else None
    if column is None:
        return [document.id] if document.id else []
    stated = members(document, column.field.key)
    return [reference.target for reference in islice(stated, _MOST_SUBJECTS)]


def read_statements(members: Members, document: Document) -> Iterator[Statement]:
    """Yield what a row of a worksheet states; `members` gives the references of its columns."""
    subjects = find_subjects(members, document)
    for column in document.sheet.columns if document.sheet else ():
        field = document.field(column.field.key)
        if field is None or column.field.refers_to is None or column.subject:
            continue
        for reference in members(document, column.field.key):
            for subject in subjects:
                yield Statement(document, column, field, reference, subject, reference.target)


def group_by_place(
    statements: Iterable[Statement],
) -> Mapping[tuple[str, str, str], tuple[Statement, ...]]:
    """Return statements by the place that shows them: page, field or table, id there."""
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for item in statements:
        found.setdefault((item.subject, item.shown_in, item.target), []).append(item)
        if item.listed_in is not None:
            found.setdefault((item.target, item.listed_in, item.subject), []).append(item)
    return {place: tuple(items) for place, items in found.items()}
