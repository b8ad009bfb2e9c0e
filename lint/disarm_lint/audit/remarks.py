"""What is said about one workbook cell: its findings, the same message once, as a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.cells import xml_text
from disarm_lint.audit.snippets import clean, snippet_of
from disarm_lint.model.finding import Severity
from disarm_lint.output.text import help_for, noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.output.report import Shown

MOST_NOTE = 1_600
"""UTF-16 code units of a note, about what fits on a screen."""
_MOST_REMARKS = 12
_AROUND = 30
_MESSAGE = 400
SHEET = "disarm-lint"
"""The sheet in front that lists all findings."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Findings of one cell that say the same; `text` is what the first of them stands at.

    `pages` are the pages on which they were found, with lines and columns;
    none where they were found in the cell itself.
    """

    severity: Severity
    rule: str
    name: str
    message: str
    help: str
    text: str
    count: int
    pages: tuple[str, ...]


def remarks_of(findings: Iterable[Shown]) -> tuple[Remark, ...]:
    """Group the findings of one cell by what they say: the worst first, then in their order."""
    groups: dict[tuple[str, str, str | None], list[Shown]] = {}
    for shown in findings:
        finding = shown.finding
        key = (finding.rule, finding.message, finding.suggestion)
        groups.setdefault(key, []).append(shown)
    found = [_remark(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda remark: remark.severity.rank))


def worst(remarks: Iterable[Remark]) -> Severity:
    """Return the worst severity of some remarks, at least one."""
    return min((remark.severity for remark in remarks), key=lambda severity: severity.rank)


def tally_line(remarks: Sequence[Remark]) -> str:
    """Return how many findings there are: `2 errors, 1 info`."""
    parts = []
    for severity in Severity:
        number = sum(remark.count for remark in remarks if remark.severity is severity)
        if number:
            parts.append(f"{number:,} {noun(severity, number)}")
    return ", ".join(parts)


def note_text(remarks: Sequence[Remark], most: int = MOST_NOTE) -> str:
    """Return a note about a cell, at most `most` UTF-16 code units."""
    head = f"disarm-lint: {tally_line(remarks)}"
    told, room = [head], most - len(head) - 80
    for number, remark in enumerate(remarks):
        text = xml_text(f"\n\n{_told(remark)}")
        size = len(text.encode("utf-16-le")) // 2
        if number and (number >= _MOST_REMARKS or size > room):
            rest = sum(later.count for later in remarks[number:])
            told.append(f"\n\n… and {rest:,} more, in the sheet “{SHEET}”")
            break
        told.append(text)
        room -= size
    return "".join(told)


def _remark(group: Sequence[Shown]) -> Remark:
    first = group[0].finding
    pages = [
        f"{clean(shown.finding.location.path)}{_line(shown)}"
        for shown in group
        if shown.finding.location.cell is None
    ]
    return Remark(
        severity=min((shown.finding.severity for shown in group), key=lambda s: s.rank),
        rule=first.rule,
        name=first.name,
        message=clean(first.message),
        help=clean(help_for(first.suggestion)) if first.suggestion is not None else "",
        text=_context(group[0]),
        count=len(group),
        pages=tuple(dict.fromkeys(pages)),
    )


def _line(shown: Shown) -> str:
    return f":{shown.span.line}:{shown.span.column}" if shown.span else ""


def _context(shown: Shown) -> str:
    """Return the wrong words between a little of what stands around them."""
    snippet = snippet_of(shown)
    if snippet is None or not snippet.marked:
        return ""
    before, after = snippet.before, snippet.after
    if len(before) > _AROUND:
        before = f"…{before[-_AROUND:]}"
    if len(after) > _AROUND:
        after = f"{after[:_AROUND]}…"
    return f"{before}⟦{snippet.marked}⟧{after}"


def _told(remark: Remark) -> str:
    message = remark.message
    if len(message) > _MESSAGE:
        message = f"{message[:_MESSAGE].rstrip()} …"
    times = f" ({remark.count:,} times)" if remark.count > 1 else ""
    lines = [f"{str(remark.severity).upper()} {remark.rule} {remark.name}{times}", message]
    if remark.help and remark.help not in message:
        lines.append(f"→ {remark.help}")
    if remark.text:
        lines.append(f"in: {remark.text}")
    if remark.pages:
        more = f" and on {len(remark.pages) - 1:,} more" if len(remark.pages) > 1 else ""
        lines.append(f"on the page {remark.pages[0]}{more}")
    return "\n".join(lines)
