"""References: ids in texts with what the corpus knows of them, and what rows state with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from disarm_lint.model.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from disarm_lint.model.document import Field, Mention
    from disarm_lint.model.profile import ForeignFramework, SheetColumn
    from disarm_lint.model.text import Location, Text


class UrlStatus(StrEnum):
    """What is known of a URL; only a definite failure makes it dead."""

    ALIVE = "alive"
    DEAD = "dead"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its reason, as a clause (`it answers 404 Not Found`)."""

    verdict: UrlStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Manners:
    """How URLs are asked.

    `timeout` and `pause` (between two requests to one host) are in seconds,
    `budget` is the number of seconds that all questions together may take,
    `at_most` the number of URLs that are asked in one run, `max_age` the
    number of days for which an answer is believed.
    """

    timeout: float = 15.0
    pause: float = 1.0
    budget: float = 900.0
    at_most: int = 5000
    max_age: float = 7.0


class Prober(Protocol):
    """Something that can tell whether URLs answer."""

    def ask(self, urls: Sequence[str], manners: Manners) -> Mapping[str, Answer]:
        """Return an answer for each URL."""


class Status(StrEnum):
    """What becomes of a reference: the first of these that applies."""

    FOREIGN = "foreign"
    MALFORMED = "malformed"
    DEFINED = "defined"
    RETIRED = "retired"
    UNKNOWN = "unknown"
    SILENT = "silent"


class Reference(Struct, frozen=True):
    """A mention with what the corpus knows of it.

    `written` is the name that the text gives to the id, and `right` says whether
    that is the entity's name; `named` is the id whose name it is, or most
    resembles, and `exactly` says whether it is exactly that id's name.
    """

    document: Document
    mention: Mention
    status: Status
    target: str
    written: Text | None = None
    right: bool = True
    named: str | None = None
    exactly: bool = False
    foreign: ForeignFramework | None = None


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """An entry of the config that ought to match something: where it stands, and what it is.

    `section` is `aliases`, `retired`, `glossary` or a key that holds path
    patterns; `matched` says whether a path pattern matched a file.
    """

    section: str
    value: str
    location: Location
    matched: bool = True


@dataclass(frozen=True)
class Context:
    """What the config says about ids and names.

    `retired` maps an old id to its successor, `aliases` an id to further
    accepted names, `glossary` a spelling to the one it stands for. There is a
    `prober` if rules that ask the network were selected. `today` is the day of the
    run: no event that is described can be later.
    """

    retired: Mapping[str, str | None] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    include_orphans: bool = False
    entries: tuple[ConfigEntry, ...] = ()
    prober: Prober | None = None
    today: date = field(default_factory=date.today)


# Yields the references that a field, a table or a column of a document states.
Members = Callable[[Document, str], Iterator[Reference]]

# The most entities on whose pages a row may be; each of its references is stated for each.
_MOST_SUBJECTS = 32


@dataclass(frozen=True, slots=True)
class Statement:
    """A reference in a worksheet cell: `subject` refers to `target`.

    The page of the subject shows it in its field or table `shown_in`, the page
    of the target in its table `listed_in`, if they have these.
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
    """Return the ids of the entities on whose pages a row appears."""
    sheet = document.sheet
    column = sheet.subject_column if sheet else None
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
    """Return statements by the place that shows them: page, field or table, and id there."""
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for item in statements:
        found.setdefault((item.subject, item.shown_in, item.target), []).append(item)
        if item.listed_in is not None:
            found.setdefault((item.target, item.listed_in, item.subject), []).append(item)
    return {place: tuple(items) for place, items in found.items()}
