"""Matching findings with a baseline, by their fingerprints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.baseline.model import Entry, Listed
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Matched:
    """What a baseline makes of findings.

    `new` are the findings that it does not hold; `baselined` those that it
    does; `idle` its entries that no finding matches, in their order.
    """

    new: tuple[Finding, ...]
    baselined: tuple[Finding, ...]
    idle: tuple[Listed, ...]


def match(findings: Sequence[Finding], entries: Sequence[Listed]) -> Matched:
    """Hold findings against the entries of a baseline."""
    known = {listed.entry.fingerprint for listed in entries}
    found = {finding.fingerprint for finding in findings}
    return Matched(
        new=tuple(finding for finding in findings if finding.fingerprint not in known),
        baselined=tuple(finding for finding in findings if finding.fingerprint in known),
        idle=tuple(listed for listed in entries if listed.entry.fingerprint not in found),
    )


def judged(
    idle: Iterable[Listed],
    *,
    known: frozenset[str],
    ran: frozenset[str],
    unread: frozenset[str],
) -> tuple[Listed, ...]:
    """Return those of the idle entries that are known to be of no use.

    Nothing is known of an entry whose rule exists (is one of the codes
    `known`) and is not among those that `ran`, or whose file could not be read.
    """
    return tuple(
        listed
        for listed in idle
        if (listed.entry.rule not in known or listed.entry.rule in ran)
        and listed.entry.path not in unread
    )


def with_reasons(added: Iterable[Entry], removed: Iterable[Entry]) -> list[Entry]:
    """Give new entries the reasons of entries that they take the place of.

    When a page is renamed or a row gets another id, its findings get other
    fingerprints. The reason goes along where it is plain which is which: one
    entry went and one came for the same words of the same subject.
    """

    def key(entry: Entry) -> tuple[str, str, str]:
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
