"""The format `grouped`: a root cause, what to do about it, its causes and their places."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from disarm_lint.report.report import format_place, group_by_cause
from disarm_lint.report.roots import format_ranges, group_by_root
from disarm_lint.report.terminal import measure_width, wrap_text
from disarm_lint.report.text import WIDTH, TextWriter, format_count, format_help

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from disarm_lint.report.report import Cause, Report, ShownFinding
    from disarm_lint.report.roots import RootCause
    from disarm_lint.report.terminal import Charset, Style


def list_origins(cause: Cause) -> list[list[str]]:
    """Return the cells that the words of a cause come from, where these are no places of its own.

    A list for each sheet: `from DISARM_DATA_MASTER.xlsx, incidents!C2:C9` and
    further cells, `C14`. Neighbours in a column are one range.
    """
    own = {
        (item.finding.location.path, item.cell.sheet, item.cell.ref)
        for item in cause.findings
        if item.cell is not None
    }
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for item in cause.findings:
        source = item.finding.written_in
        if item.cell is not None or source is None:
            continue
        if (source.path, source.cell.sheet, source.cell.ref) not in own:
            there = cells.setdefault((source.path, source.cell.sheet), {})
            there[source.cell.ref] = source.cell.address
    found = []
    for (path, _), addresses in cells.items():
        first, *others = format_ranges(addresses)
        address = addresses[first.partition(":")[0]]
        sheet = address.rpartition("!")[0]
        found.append([f"from {path.rpartition('/')[2]}", f"{sheet}!{first}", *others])
    return found


def group_by_file(findings: Iterable[ShownFinding]) -> list[tuple[str, list[ShownFinding]]]:
    """Return findings by the file that they stand in, in their order."""
    return [(path, list(items)) for path, items in groupby(findings, key=lambda item: item.path)]


def format_positions(findings: Iterable[ShownFinding]) -> Iterator[str]:
    """Return where findings stand in their file: `13:14`, or `incidents!C2:7`.

    A cell of the same sheet as the one before is named without it: `C3:7`.
    """
    sheet = None
    for item in findings:
        where = format_place("", item.span, item.cell).removeprefix(":")
        if item.cell is not None and item.cell.sheet == sheet:
            where = where.rpartition("!")[2]
        sheet = item.cell.sheet if item.cell is not None else None
        yield where


_MARGIN = 4
# Places in one file that stand on lines of their own, each with the path.
_FEW = 2


def render_grouped(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    columns: int = WIDTH,
    statistics: bool = False,
    limit: int | None = None,
) -> None:
    """Write the root causes to a stream, the gravest first, each with its causes.

    At most `limit` findings are shown; a cause of which nothing would be shown
    is left out.
    """
    writer = TextWriter(stream, style, charset, columns)
    room = len(report.findings) if limit is None else limit
    for root in group_by_root(report.findings):
        if room <= 0:
            break
        causes = group_by_cause(root.findings)
        several = len(causes) > 1 or root.title != root.first.finding.message
        if several:
            _root(writer, root, style, columns)
        for cause in causes[:_CAUSES]:
            if room <= 0:
                break
            _cause(writer, cause, cause.findings[:room], style, columns)
            room -= len(cause.findings)
        if len(causes) > _CAUSES:
            rest = sum(len(cause.findings) for cause in causes[_CAUSES:])
            more = format_count(len(causes) - _CAUSES, "more cause", "more causes")
            number = format_count(rest, "finding", "findings")
            writer.line(f"{' ' * _MARGIN}and {more} with {number} of this root cause")
            writer.line()
            room -= rest
    writer.left_out(report, limit)
    if statistics and report.findings:
        writer.statistics(report.summary.by_rule)
        writer.line()
    writer.summary(report)


# Causes of one root cause that are shown.
_CAUSES = 5


def _root(writer: TextWriter, root: RootCause, style: Style, columns: int) -> None:
    """Write what happened, how far it reaches, what to do, and at which cells."""
    number = format_count(len(root.findings), "finding", "findings")
    causes = format_count(root.causes, "cause", "causes")
    pages = format_count(len(root.pages), "page", "pages")
    reach = f"{number} in {causes}, on {pages}" if root.pages else f"{number} in {causes}"
    for line in wrap_text(writer.clean(root.title), columns):
        writer.line(style.severity(line, root.severity))
    writer.remark(_MARGIN, "note", f"{', '.join(root.rules)}: {reach}")
    writer.remark(_MARGIN, "help", root.action)
    for _, sheet, ranges in root.cells:
        shown = ", ".join(ranges[:_RANGES])
        more = f" and {len(ranges) - _RANGES} more" if len(ranges) > _RANGES else ""
        writer.remark(_MARGIN, "cells", f"{sheet}!{shown}{more}")
    writer.line()


_RANGES = 12


def _cause(
    writer: TextWriter, cause: Cause, shown: tuple[ShownFinding, ...], style: Style, columns: int
) -> None:
    first = cause.findings[0]
    finding = first.finding
    label = f"{finding.severity}[{finding.rule}]"
    number = format_count(len(cause.findings), "finding", "findings")
    head, *rest = wrap_text(
        writer.clean(f"{number}: {finding.message}"),
        columns,
        first=len(label) + 1,
        hanging=_MARGIN,
    )
    writer.line(f"{style.severity(label, finding.severity)} {style.paint(head, 'bold')}")
    for line in rest:
        writer.line(" " * _MARGIN + style.paint(line[_MARGIN:], "bold"))
    if finding.suggestion is not None and not _says(finding.message, finding.suggestion):
        writer.remark(_MARGIN, "help", format_help(finding.suggestion))
    for other in cause.related:
        writer.related(_MARGIN, other)
    if first.since is not None:
        writer.remark(_MARGIN, "note", f"since {first.since}")
    for cells in list_origins(cause):
        writer.remark(_MARGIN, "note", *cells)
    for path, items in group_by_file(shown):
        _file(writer, path, items, first, columns)
    if len(shown) < len(cause.findings):
        writer.line(" " * _MARGIN + f"and {len(cause.findings) - len(shown):,} more")
    writer.line()


def _says(message: str, suggestion: str) -> bool:
    """Tell whether a message ends with what to write, or with the beginning of it."""
    written = message.rpartition("write ")[2].strip("“”…")
    return bool(written) and suggestion.replace("\n", "↵").startswith(written)


def _file(
    writer: TextWriter, path: str, items: list[ShownFinding], first: ShownFinding, columns: int
) -> None:
    """Write the places in a file: its path once, and below it where in it they are."""
    if len(items) <= _FEW:
        for item in items:
            _place(writer, item.place, _own_words(item, first), _MARGIN, columns)
        return
    writer.line(" " * _MARGIN + writer.clean(path))
    for words, alike in groupby(items, key=lambda item: _own_words(item, first)):
        found = list(format_positions(alike))
        if words:
            _place(writer, ", ".join(found), words, 2 * _MARGIN, columns)
            continue
        indent = 2 * _MARGIN
        listed = ", ".join(map(writer.clean, found))
        for number, line in enumerate(wrap_text(listed, columns, first=indent, hanging=indent)):
            writer.line(line if number else " " * indent + line)


def _own_words(item: ShownFinding, first: ShownFinding) -> str:
    """Return what sets a finding apart from the first of its cause."""
    message, known = item.finding.message, first.finding.message
    own = []
    if message != known:
        # What stands behind the colon is often the reason, and said above.
        head, _, reason = message.partition(": ")
        own.append(head if reason and reason == known.partition(": ")[2] else message)
    suggestion = item.finding.suggestion
    if suggestion is not None and suggestion != first.finding.suggestion:
        help_text = format_help(suggestion)
        if help_text not in "".join(own):
            own.append(help_text)
    return "; ".join(own)


def _place(writer: TextWriter, place: str, words: str, indent: int, columns: int) -> None:
    where = writer.clean(place)
    if not words:
        writer.line(" " * indent + where)
        return
    taken = indent + measure_width(where) + 2
    head, *rest = wrap_text(writer.clean(words), columns, first=taken, hanging=indent + _MARGIN)
    writer.line(f"{' ' * indent}{where}: {head}".rstrip())
    for line in rest:
        writer.line(line)
