"""Entries of a baseline, and how findings match them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.model.config import File
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location

BASELINE_NAME = ".disarm-lint-baseline.yaml"
SCHEMA_VERSION = 2

# How many code points of a text an entry keeps for the reader.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """A finding that is accepted for now.

    `fingerprint` is that of the finding; all else is for the reader. `subject`, the wrong
    `text` and `section` (table and row, or field) are cut to a readable length.
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
        """The page and the part of it, for a message."""
        return f"{self.path}, {self.section}" if self.section else self.path


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry in a file.

    `location` is that of its fingerprint. `notes` are the comments that are removed with the
    entry, `before` the comments and empty lines above those, which stay; both as lines
    without their ends.
    """

    entry: BaselineEntry
    location: Location
    before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """A baseline file that has been read; `text` has its line ends as they are.

    `head` are the lines above the entries, down to the key `entries`
    (exclusive), `tail` the comments and empty lines below them.
    """

    file: File
    text: str
    entries: tuple[ListedEntry, ...]
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings that were compared with a baseline.

    `new` are the findings that are not in it, `baselined` those that are; `idle` are the
    entries that no finding matches, in their order.
    """

    new: tuple[Finding, ...]
    baselined: tuple[Finding, ...]
    idle: tuple[ListedEntry, ...]


def match(findings: Sequence[Finding], entries: Sequence[ListedEntry]) -> Matched:
    """Compare findings with the entries of a baseline."""
    known = {listed.entry.fingerprint for listed in entries}
    found = {finding.fingerprint for finding in findings}
    return Matched(
        new=tuple(finding for finding in findings if finding.fingerprint not in known),
        baselined=tuple(finding for finding in findings if finding.fingerprint in known),
        idle=tuple(listed for listed in entries if listed.entry.fingerprint not in found),
    )


def judge_idle(
    idle: Iterable[ListedEntry],
    *,
    known: frozenset[str],
    ran: frozenset[str],
    unread: frozenset[str],
) -> tuple[ListedEntry, ...]:
    """Return the idle entries that are certainly no longer needed.

    That is not certain if the rule of an entry exists (is in the codes `known`) but is not
    among those that `ran`, or if the file of the entry could not be read.
    """
    return tuple(
        listed
        for listed in idle
        if (listed.entry.rule not in known or listed.entry.rule in ran)
        and listed.entry.path not in unread
    )


def keep_reasons(
    added: Iterable[BaselineEntry], removed: Iterable[BaselineEntry]
) -> list[BaselineEntry]:
    """Give new entries the reasons of the entries that they replace.

    When a page is renamed or a row gets another id, its findings get other fingerprints. The
    reason is kept if it is clear which is which: one entry was removed and one added for the
    same words of the same subject.
    """

    def key(entry: BaselineEntry) -> tuple[str, str, str]:
        return (entry.rule, entry.subject, entry.text)

    added, removed = list(added), list(removed)
    reasons = {key(entry): entry.reason for entry in removed}
    gone, come = Counter(map(key, removed)), Counter(map(key, added))
    return [
        replace(entry, reason=reasons[key(entry)])
        if gone[key(entry)] == come[key(entry)] == 1
        else entry
        for entry in added
    ]
