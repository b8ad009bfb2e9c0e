"""Findings: what a rule says, where, and what would fix it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

# Rules import it from here, with all else that a finding has.
from disarm_lint.model.words import Severity as Severity  # noqa: TC001 - for their use

if TYPE_CHECKING:
    from disarm_lint.model.text import CellSpan, Location, Text


class Confidence(StrEnum):
    """How sure a rule is that a finding is a defect."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Harm(IntEnum):
    """What a defect does to the framework, the gravest first."""

    LOST = 0
    """Data is lost, or is under the wrong entity."""
    ASTRAY = 1
    """A reference leads nowhere, or to something else."""
    NAME = 2
    """A name is wrong."""
    HYGIENE = 3
    """The text is not as it should be, and still says the right thing."""

    @property
    def title(self) -> str:
        """What it is called in reports."""
        return _HARMS[self]


_HARMS = {
    Harm.LOST: "lost or misplaced data",
    Harm.ASTRAY: "references that lead nowhere or elsewhere",
    Harm.NAME: "wrong names",
    Harm.HYGIENE: "hygiene",
}


class Repair(StrEnum):
    """How the tool can fix something: without changing a meaning, with a guess, or not at all."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    BY_HAND = "by hand"


class Edit(Struct, frozen=True):
    """What replaces the text at a location, in a page or in a cell.

    `moved_from` is a cell of the same sheet that holds the replacement now, with its formatting.
    """

    location: Location
    replacement: str
    moved_from: str | None = None


class Fix(Struct, frozen=True):
    """Edits that fix a finding: SAFE, where the meaning cannot change, or UNSAFE.

    `deletes` are the paths of files that are deleted. `loses` says, as a noun, what is lost
    beside the words that are replaced; such a fix is unsafe.
    """

    repair: Repair
    edits: tuple[Edit, ...]
    deletes: tuple[str, ...] = ()
    loses: str = ""


class Root(Struct, frozen=True):
    """What one act of a person fixes: findings with one `key` share it.

    `title` says what happened and `action` what to do, in plain words. In both
    `{places}` stands for all places in words, with `{where}` (the column, or
    the folder of pages) as their common part, and `{column}` for the column that
    the words come from. Where `by_place`, each column, or folder, has a root
    cause of its own. Where `shared`, findings of several
    rules may have the same one. `harm` takes the place of the rule's. `behind`
    says that a generated file is behind its source: generating it anew is all
    there is to do. `template` says that one finding stands for most pages of a folder.
    """

    key: str
    title: str
    action: str
    by_place: bool = True
    shared: bool = False
    harm: Harm | None = None
    behind: bool = False
    template: bool = False


class Related(Struct, frozen=True):
    """Another place that a finding speaks of."""

    location: Location
    message: str


class Origin(Struct, frozen=True):
    """The workbook cell that a text on a generated page comes from.

    `path` is that of the workbook, relative to the corpus root; `cell` covers
    the same words as the finding, where they stand in the cell as they do on
    the page, else the whole cell; `text` is what the cell says there. `key`
    is what the row goes by, its id, and `row` the same with workbook and sheet.
    One that is not `exact` does not hold the words: it merely led to them, and
    there is nothing to fix in it.
    """

    path: str
    cell: CellSpan
    text: str
    row: str
    key: str
    exact: bool = True


class Finding(Struct, frozen=True):
    """One defect at one place.

    `subject` is the id that the finding is about, or the path where there is
    none. `suggestion` replaces exactly the text at `location`. `wrong` is the
    wrong text as it stands, and `origin` the row or section that holds it:
    from the two come `cause` and `fingerprint`, which the engine fills in.
    `breaks` is the path of the page that a broken link points at. `text` is
    the text that the finding stands at; `own` says that the subject is just
    whose page or row it is. `source` is the workbook cell that the words come
    from, and `pointer` a JSON pointer into an artefact. `gone` is the id that
    the finding says does not exist, `covers` are further places about which it
    speaks, and `silences` the subjects of which it speaks everywhere. `fix` holds the
    edits that fix it, at its source too. `root` is what the rule says of the root
    cause (default: the cause itself); `root_cause` is
    that one's id, `harm` what it does, and `reach` the pages on which it shows,
    all three filled in by the engine.
    """

    rule: str
    name: str
    severity: Severity
    location: Location
    message: str
    subject: str
    wrong: str = ""
    suggestion: str | None = None
    confidence: Confidence = Confidence.HIGH
    related: tuple[Related, ...] = ()
    origin: str = ""
    breaks: str | None = None
    cause: str = ""
    fingerprint: str = ""
    text: Text | None = None
    own: bool = False
    source: Origin | None = None
    pointer: str | None = None
    gone: str | None = None
    covers: tuple[Location, ...] = ()
    silences: frozenset[str] = frozenset()
    fix: Fix | None = None
    root: Root | None = None
    root_cause: str = ""
    harm: Harm = Harm.HYGIENE
    reach: tuple[str, ...] = ()

    @property
    def written_in(self) -> Origin | None:
        """The cell that holds the words, where they come from one."""
        return self.source if self.source is not None and self.source.exact else None

    @property
    def named(self) -> frozenset[str]:
        """The ids that it is about, and the one that it suggests.

        A finding of the whole column of names silences others that name one of its ids.
        """
        return frozenset((*self.subject.split("/"), self.suggestion or ""))

    def order(self, path: str | None = None) -> tuple[object, ...]:
        """Return what findings are sorted by: path, line and column or cell, code, what is left.

        `path` takes the place of the finding's own; pages come before cells.
        """
        place = self.location
        path = place.path if path is None else path
        left = (self.subject, self.message)
        if place.cell is not None:
            return (path, 1, *place.cell.order, self.rule, *left)
        span = place.span
        start = (span.line, span.column) if span else (0, 0)
        end = (span.end_line, span.end_column) if span else (0, 0)
        return (path, 0, *start, self.rule, *end, *left)
