"""Markdown: a summary for a CI job or a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.words import format_count
from disarm_lint.report.roots import group_by_root
from disarm_lint.report.terminal import Charset
from disarm_lint.report.text import format_help, format_older, format_summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from disarm_lint.report.report import Report
    from disarm_lint.report.roots import RootCause

# GitHub takes 1 MiB from a step, other programs' writing included.
_BYTES = 512 * 1024
_ROOTS, _PLACES = 40, 10
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
    for line in _list_rules(report):
        stream.write(f"{line}\n")
    roots = group_by_root(report.findings)
    stream.write("\n### What to fix first\n\n")
    room, shown = _BYTES, 0
    for root in roots[:_ROOTS]:
        text = "".join(f"{line}\n" for line in _format_root(root))
        room -= len(text.encode("utf-8", "surrogatepass"))
        if room < 0:
            break
        stream.write(text)
        shown += 1
    if shown < len(roots):
        more = len(roots) - shown
        verb = "is" if more == 1 else "are"
        number = format_count(more, "more root cause")
        stream.write(f"\n{number} {verb} not shown here.\n")
    stream.write("\n")


def _list_rules(report: Report) -> Iterator[str]:
    yield "| Rule | Severity | Findings | Causes |"
    yield "| --- | --- | ---: | ---: |"
    for item in sorted(
        report.summary.by_rule, key=lambda t: (t.severity.rank, -t.findings, t.rule)
    ):
        yield (
            f"| {item.rule} {item.name} | {item.severity} | {item.findings:,} | {item.causes:,} |"
        )


def _format_root(root: RootCause) -> Iterator[str]:
    first = root.first.finding
    number = format_count(len(root.findings), "finding")
    pages = f" on {format_count(len(root.pages), 'page')}" if root.pages else ""
    told = root.title == first.message
    action = _format_help(first.suggestion) if told else f": {format_code(root.action)}"
    yield (
        f"- **{', '.join(root.rules)}** {root.severity}, {number}{pages}: "
        f"{format_code(root.title)}{action}"
    )
    places: dict[str, list[str]] = {}
    for item in root.findings[:_PLACES]:
        found = places.setdefault(item.path, [])
        if item.cell is not None:
            found.append(item.cell.address)
        elif item.span is not None:
            found.append(f"{item.span.line}:{item.span.column}")
    for path, found in places.items():
        yield f"  - {format_code(path)}{': ' if found else ''}{', '.join(found)}"
    if len(root.findings) > _PLACES:
        yield f"  - and {len(root.findings) - _PLACES:,} more"


def _format_help(suggestion: str | None) -> str:
    if suggestion is None:
        return ""
    if not suggestion or suggestion.isspace():
        return f"; {format_help(suggestion)}"
    return f"; write {format_code(suggestion)}"


def format_code(text: str) -> str:
    """Return a text as a code span on one line, cut where it is very long."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    shown = _TEXT.show_line(text)
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    # A renderer takes one space away on both sides, if there is one on both and a word between.
    outer = shown.startswith(("`", " ")) or shown.endswith(("`", " "))
    pad = " " if outer and shown.strip() else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"
