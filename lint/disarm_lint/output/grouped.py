"""The format for people who mend: a cause, what to do about it, and its places."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from disarm_lint.output.causes import by_cause
from disarm_lint.output.places import by_file, origins, positions
from disarm_lint.output.text import WIDTH, Writer, counted, help_for
from disarm_lint.output.visible import width, wrapped

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.causes import Cause
    from disarm_lint.output.report import Report, Shown
    from disarm_lint.output.style import Style
    from disarm_lint.output.visible import Charset

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
    """Write the causes to a stream, the gravest and most frequent first.

    At most `limit` findings are shown; a cause of which nothing would be shown
    is left out.
    """
    writer = Writer(stream, style, charset, columns)
    room = len(report.findings) if limit is None else limit
    for cause in by_cause(report.findings):
        if room <= 0:
            break
        _cause(writer, cause, cause.findings[:room], style, columns)
        room -= len(cause.findings)
    writer.left_out(report, limit)
    if statistics and report.findings:
        writer.statistics(report.summary.by_rule)
        writer.line()
    writer.summary(report)


def _cause(
    writer: Writer, cause: Cause, shown: tuple[Shown, ...], style: Style, columns: int
) -> None:
    first = cause.findings[0]
    finding = first.finding
    label = f"{finding.severity}[{finding.rule}]"
    number = counted(len(cause.findings), "finding", "findings")
    head, *rest = wrapped(
        writer.clean(f"{number}: {finding.message}"),
        columns,
        first=len(label) + 1,
        hanging=_MARGIN,
    )
    writer.line(f"{style.severity(label, finding.severity)} {style.paint(head, 'bold')}")
    for line in rest:
        writer.line(" " * _MARGIN + style.paint(line[_MARGIN:], "bold"))
    if finding.suggestion is not None:
        writer.remark(_MARGIN, "help", help_for(finding.suggestion))
    for other in cause.related:
        writer.related(_MARGIN, other)
    if first.since is not None:
        writer.remark(_MARGIN, "note", f"since {first.since}")
    for cells in origins(cause):
        writer.remark(_MARGIN, "note", *cells)
    for path, items in by_file(shown):
        _file(writer, path, items, first, columns)
    if len(shown) < len(cause.findings):
        writer.line(" " * _MARGIN + f"and {len(cause.findings) - len(shown):,} more")
    writer.line()


def _file(writer: Writer, path: str, items: list[Shown], first: Shown, columns: int) -> None:
    """Write the places in a file: its path once, and below it where in it they are."""
    if len(items) <= _FEW:
        for item in items:
            _place(writer, item.place, _own_words(item, first), _MARGIN, columns)
        return
    writer.line(" " * _MARGIN + writer.clean(path))
    for words, alike in groupby(items, key=lambda item: _own_words(item, first)):
        found = list(positions(alike))
        if words:
            _place(writer, ", ".join(found), words, 2 * _MARGIN, columns)
            continue
        indent = 2 * _MARGIN
        listed = ", ".join(map(writer.clean, found))
        for number, line in enumerate(wrapped(listed, columns, first=indent, hanging=indent)):
            writer.line(line if number else " " * indent + line)


def _own_words(item: Shown, first: Shown) -> str:
    """Return what sets a finding apart from the first of its cause."""
    message, known = item.finding.message, first.finding.message
    own = []
    if message != known:
        # What stands behind the colon is often the reason, and said above.
        head, _, reason = message.partition(": ")
        own.append(head if reason and reason == known.partition(": ")[2] else message)
    suggestion = item.finding.suggestion
    if suggestion is not None and suggestion != first.finding.suggestion:
        help_text = help_for(suggestion)
        if help_text not in "".join(own):
            own.append(help_text)
    return "; ".join(own)


def _place(writer: Writer, place: str, words: str, indent: int, columns: int) -> None:
    where = writer.clean(place)
    if not words:
        writer.line(" " * indent + where)
        return
    taken = indent + width(where) + 2
    head, *rest = wrapped(writer.clean(words), columns, first=taken, hanging=indent + _MARGIN)
    writer.line(f"{' ' * indent}{where}: {head}".rstrip())
    for line in rest:
        writer.line(line)
