"""Markdown: a summary for a CI job or a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.report.report import group_by_cause
from disarm_lint.report.terminal import Charset
from disarm_lint.report.text import format_count, format_help, format_older, format_summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from disarm_lint.report.report import Cause, Report

# GitHub takes 1 MiB from a step, other programs' writing included.
_BYTES = 512 * 1024
_CAUSES, _PLACES = 40, 10
# Code points of a message or a path.
_LONGEST = 300

_TICKS = re.compile("`+")
_TEXT = Charset()


def render_markdown(report: Report, stream: TextIO) -> None:
    """Write a summary in GitHub's Markdown to a stream in UTF-8, of at most half a MiB.

    What comes from pages stands in code spans, where nothing is a mention, a
    link, an image or HTML.
    """
    stream.write(f"## disarm-lint\n\n{format_summary(report)}\n\n")
    if sentence := format_older(report):
        number, _, command = sentence.partition("; ")
        stream.write(f"{number}; {format_code(command)}\n\n")
    if not report.findings:
        return
    for line in _rules(report):
        stream.write(f"{line}\n")
    causes = group_by_cause(report.findings)
    stream.write("\n### What to mend first\n\n")
    room, shown = _BYTES, 0
    for cause in causes[:_CAUSES]:
        text = "".join(f"{line}\n" for line in _cause(cause))
        room -= len(text.encode("utf-8", "surrogatepass"))
        if room < 0:
            break
        stream.write(text)
        shown += 1
    if shown < len(causes):
        more = len(causes) - shown
        verb = "is" if more == 1 else "are"
        stream.write(
            f"\n{format_count(more, 'more cause', 'more causes')} {verb} not shown here.\n"
        )
    stream.write("\n")


def _rules(report: Report) -> Iterator[str]:
    yield "| Rule | Severity | Findings | Causes |"
    yield "| --- | --- | ---: | ---: |"
    for item in sorted(
        report.summary.by_rule, key=lambda t: (t.severity.rank, -t.findings, t.rule)
    ):
        yield (
            f"| {item.rule} {item.name} | {item.severity} | {item.findings:,} | {item.causes:,} |"
        )


def _cause(cause: Cause) -> Iterator[str]:
    finding = cause.findings[0].finding
    number = format_count(len(cause.findings), "finding", "findings")
    yield (
        f"- **{finding.rule}** {finding.severity}, {number}: {format_code(finding.message)}"
        f"{_help(finding.suggestion)}"
    )
    places: dict[str, list[str]] = {}
    for item in cause.findings[:_PLACES]:
        found = places.setdefault(item.path, [])
        if item.cell is not None:
            found.append(item.cell.address)
        elif item.span is not None:
            found.append(f"{item.span.line}:{item.span.column}")
    for path, found in places.items():
        yield f"  - {format_code(path)}{': ' if found else ''}{', '.join(found)}"
    if len(cause.findings) > _PLACES:
        yield f"  - and {len(cause.findings) - _PLACES:,} more"


def _help(suggestion: str | None) -> str:
    if suggestion is None:
        return ""
    if not suggestion or suggestion.isspace():
        return f"; {format_help(suggestion)}"
    return f"; write {format_code(suggestion)}"


def format_code(text: str) -> str:
    """Return a text as a code span on one line, cut where it is very long."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    shown = _TEXT.line(text)
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    # A renderer takes one blank away on both sides, where there is one on both and a word between.
    outer = shown.startswith(("`", " ")) or shown.endswith(("`", " "))
    pad = " " if outer and shown.strip() else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"
