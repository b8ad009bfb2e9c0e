"""Entries of a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.config import File
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location

BASELINE_NAME = ".disarm-lint-baseline.yaml"
SCHEMA_VERSION = 1

# Code points of a text that are kept for the reader.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """A finding that is accepted for now.

    `fingerprint` is the finding's; all else is for the reader: `subject`, the
    wrong `text` and `section` (table and row, or field) are cut to a readable
    length.
    """

    fingerprint: str
    rule: str
    name: str
    subject: str
    text: str
    path: str
    section: str = ""
    reason: str = ""

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        """The order of entries."""
        return (self.path, self.rule, self.subject, self.fingerprint)

    @property
    def place(self) -> str:
        """The page and what of it, for a message."""
        return f"{self.path}, {self.section}" if self.section else self.path


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as it stands in a file.

    `location` is where its fingerprint stands; `first` and `last` are the
    1-based lines of the entry, None where it has no lines of its own.
    """

    entry: BaselineEntry
    location: Location
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Baseline:
    """A baseline file that has been read; `text` has its line ends as they are."""

    file: File
    text: str
    entries: tuple[ListedEntry, ...]


def make_entry(finding: Finding) -> BaselineEntry:
    """Return the entry for a finding, without a reason."""
    path, origin = finding.location.path, finding.origin
    section = "" if origin == path else origin.removeprefix(f"{path}#")
    return BaselineEntry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        name=finding.name,
        subject=_cut(finding.subject),
        text=_cut(finding.wrong),
        path=path,
        section=_cut(section.strip("/")),
    )


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
