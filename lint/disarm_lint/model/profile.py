"""Framework profiles: what a page of each kind must look like, as data.

Parts of a profile are compared by identity: there is one of each, and they
are keys of caches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.ids import IdTemplate


class Need(StrEnum):
    """Whether a label or a value must be there."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class Format(StrEnum):
    """How a field, cell or column writes what it holds.

    `prose` is running text that may cite ids; `named` is `<ID> <name>` or
    `<ID> - <name>`, or a comma-separated list of them; `ids` is a list of bare
    ids; `link` is a Markdown link labelled `<ID> <name>`; `id` and `name` are
    the two halves of an index row; `date`, `year` and `list` are plain values
    whose shape is checked; `plain` is anything else. Worksheets have besides
    `urls`, a list of addresses, `longname`, an id and a name that repeat two
    other cells, and, in the sheet of free numbers, the `prefix` of a kind's
    ids and the `next` of them.
    """

    PROSE = "prose"
    NAMED = "named"
    IDS = "ids"
    LINK = "link"
    ID = "id"
    NAME = "name"
    DATE = "date"
    YEAR = "year"
    LIST = "list"
    PLAIN = "plain"
    URLS = "urls"
    LONGNAME = "longname"
    PREFIX = "prefix"
    NEXT = "next"


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """A page that is referred to from here must refer back from one of these places."""

    kind: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FieldSpec:
    """A labelled value of a page.

    `listed_in` names the table of the target's page that must list this page;
    `parent` marks the field that states the parent of a sub-entity.
    """

    key: str
    labels: tuple[str, ...]
    label: Need = Need.REQUIRED
    value: Need = Need.OPTIONAL
    format: Format = Format.PLAIN
    refers_to: str | None = None
    listed_in: str | None = None
    parent: bool = False
    symmetrical_with: Symmetry | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSpec:
    """A column of a table: its accepted header cells and what its cells hold.

    `evidence` marks the texts that show an entity of the given kind: the page
    or the row is of that kind, and the text ought to cite it.
    """

    headers: tuple[str, ...]
    format: Format = Format.PLAIN
    refers_to: str | None = None
    field: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TableSpec:
    """A table of a page: its columns and where the pages it lists refer back."""

    key: str
    columns: tuple[ColumnSpec, ...]
    symmetrical_with: Symmetry | None = None
    lists_members: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One way in which the pages of a kind are laid out.

    `templates` are the texts that the generator fills, the present one first:
    see `render/templates.py`.
    """

    name: str
    bulleted: bool
    fields: tuple[FieldSpec, ...]
    tables: tuple[TableSpec, ...]
    templates: tuple[str, ...] = ()

    def field(self, key: str) -> FieldSpec | None:
        """Return the field with the given key."""
        return next((spec for spec in self.fields if spec.key == key), None)

    def table(self, key: str) -> TableSpec | None:
        """Return the table with the given key."""
        return next((spec for spec in self.tables if spec.key == key), None)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A heading word with the ids that go with it."""

    word: str
    template: IdTemplate


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of entity: its heading forms, folder, layouts and edit marker."""

    key: str
    title: str
    forms: tuple[Form, ...]
    folder: str | None = None
    layouts: tuple[Layout, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The heading words of the kind."""
        return tuple(form.word for form in self.forms)

    def matches(self, entity_id: str) -> bool:
        """Tell whether an id has a shape that ids of this kind have."""
        return any(form.template.matches(entity_id) for form in self.forms)

    def has_form(self, word: str, entity_id: str) -> bool:
        """Tell whether a heading word and an id belong together in this kind."""
        return any(form.word == word and form.template.matches(entity_id) for form in self.forms)


@dataclass(frozen=True, slots=True, eq=False)
class GridSpec:
    """What a grid shows: below each entity of a kind those that refer to it.

    Where `by` names a kind, there are numbers instead: how many of the `cells`
    refer to a head and to an entity of that kind.
    """

    heads: str
    cells: str
    by: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IndexSpec:
    """A page that lists entities in an HTML table; a grid lists several kinds.

    `titles` are what stands in its heading, the present one first; `links` is the
    folder to which the links of its rows lead, where that is not the kind's.
    """

    key: str
    file: str
    lists: str | None
    columns: tuple[ColumnSpec, ...] = ()
    titles: tuple[str, ...] = ()
    links: str | None = None
    grid: GridSpec | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ForeignFramework:
    """Another framework whose ids turn up in texts.

    `ids` are told apart by shape alone; `mentioned_ids` only count in a
    sentence that names the framework by one of `mentions`.
    """

    name: str
    url: str
    mentions: tuple[str, ...]
    ids: tuple[IdTemplate, ...]
    mentioned_ids: tuple[IdTemplate, ...]

    def is_shown_at(self, href: str, entity_id: str) -> bool:
        """Tell whether a link leads to this framework, and an id may be one of its own."""
        templates = (*self.ids, *self.mentioned_ids)
        return href.startswith(self.url) and any(t.matches(entity_id) for t in templates)


class Separator(StrEnum):
    """What stands between the members of a list cell, for the generator."""

    COMMA = "comma"
    LINE = "line"
    BLANK = "blank"

    @property
    def char(self) -> str:
        """The character that the generator splits at."""
        return {"comma": ",", "line": "\n", "blank": " "}[self.value]


@dataclass(frozen=True, slots=True, eq=False)
class SheetColumn:
    """A column of a worksheet.

    `field` says how its cells read; its key is that of the field or table of
    the page of the row's subject that shows them. `listed_in` is the table of
    the page of what a cell refers to that shows the row in turn. `subject`
    marks the column that says whose page that is: in a sheet that has none,
    the row's own id does. `separator` parts the members of a list.
    `matches` is the sheet in which each member needs a row to be shown;
    `evidence` is as in ColumnSpec.
    """

    field: FieldSpec
    listed_in: str | None = None
    subject: bool = False
    separator: Separator | None = None
    matches: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SheetSpec:
    """A worksheet from which something is generated; `defines` is the kind of its rows.

    The rows of a `sorted` one are taken in the order of their ids, not in their own.
    """

    name: str
    columns: tuple[SheetColumn, ...]
    defines: str | None = None
    presence: Need = Need.REQUIRED
    sorted: bool = False

    @property
    def subject_column(self) -> SheetColumn | None:
        """The column that says on whose page a row stands; None where its own id does."""
        return next((column for column in self.columns if column.subject), None)

    @property
    def evidence_column(self) -> SheetColumn | None:
        """The column that holds the texts of evidence."""
        return next((column for column in self.columns if column.evidence), None)

    def column(self, key: str) -> SheetColumn | None:
        """Return the column with the given key."""
        return next((column for column in self.columns if column.field.key == key), None)

    def of_format(self, format_: Format) -> SheetColumn | None:
        """Return the first column of a format."""
        return next((column for column in self.columns if column.field.format is format_), None)


@dataclass(frozen=True, slots=True, eq=False)
class WorkbookSpec:
    """A master workbook: its file name and the sheets that are read."""

    file: str
    sheets: tuple[SheetSpec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A framework profile."""

    name: str
    title: str
    pages: str
    files: str | None
    edit_marker: str
    kinds: tuple[Kind, ...]
    indexes: tuple[IndexSpec, ...] = ()
    foreign: tuple[ForeignFramework, ...] = field(default=())
    master_data: str = ""
    workbooks: tuple[WorkbookSpec, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the pages; empty if the root itself holds them."""
        return "" if self.pages == "." else self.pages

    @property
    def prefix(self) -> str:
        """What the paths of all pages begin with."""
        return f"{self.folder}/" if self.folder else ""

    def kind(self, key: str) -> Kind | None:
        """Return the kind with the given key."""
        return next((kind for kind in self.kinds if kind.key == key), None)
