"""The formats for people: `text` and `concise` by finding, `grouped` by root cause."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Repair, Severity
from disarm_lint.model.words import LINE_BREAK, format_count, show_line_breaks
from disarm_lint.report.report import (
    describe_beyond_limit,
    format_place,
    group_by_cause,
    select_most_severe,
)
from disarm_lint.report.roots import format_ranges, group_by_root
from disarm_lint.report.terminal import cut_snippet, measure_width, wrap_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from disarm_lint.model.finding import Finding
    from disarm_lint.report.report import Cause, Report, ShownFinding, ShownPlace, Tally
    from disarm_lint.report.roots import RootCause
    from disarm_lint.report.terminal import Charset, Style


WIDTH = 80
# Code points of a message, and of a suggestion, that are shown.
_LONGEST, _SUGGESTED = 800, 180
_TYPED = f" ({LINE_BREAK} is a line break: Alt+Enter)"
_HANGING = 4
# Root causes that are told at the end, and findings from which on they are.
_FIRST, _FEW = 3, 10


def render_text(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    columns: int = WIDTH,
    statistics: bool = False,
    limit: int | None = None,
) -> None:
    """Write a report for people to a stream, with at most `limit` findings."""
    writer = TextWriter(stream, style, charset, columns)
    for item in select_most_severe(report.findings, limit):
        writer.write_finding(item)
    writer.write_left_out(report, limit)
    if statistics and report.findings:
        writer.write_statistics(report.summary.by_rule)
        stream.write("\n")
    writer.write_gravest(report)
    writer.write_summary(report)


def format_origin(item: ShownFinding) -> str:
    """Return `from DISARM_DATA_MASTER.xlsx, incidenttechniques!B37`; empty if it is unknown."""
    source = item.finding.written_in
    if source is None:
        return ""
    return f"from {source.path.rpartition('/')[2]}, {source.cell.address}"


def _names_origin(item: ShownFinding) -> bool:
    """Tell whether the cell that the words come from is one of the related places."""
    source = item.finding.written_in
    return source is not None and any(
        place.cell is not None
        and (place.cell.sheet, place.cell.ref) == (source.cell.sheet, source.cell.ref)
        for place in item.related
    )


def format_more(number: int) -> str:
    """Return what stands behind the first of so many: ` and 3 more`, or nothing behind one."""
    return f" and {number - 1:,} more" if number > 1 else ""


class TextWriter:
    """Writes the parts of a report for people, each line at most `columns` wide."""

    def __init__(self, stream: TextIO, style: Style, charset: Charset, columns: int) -> None:
        self._stream = stream
        self._style = style
        self._charset = charset
        self._columns = columns

    def write_line(self, line: str = "") -> None:
        """Write a line as it is."""
        self._stream.write(f"{line}\n")

    def clean(self, text: str) -> str:
        """Return a text as shown, cut where it is very long."""
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        return self._charset.show_line(cut)

    def write_finding(self, item: ShownFinding) -> None:
        """Write a finding and an empty line."""
        finding, style = item.finding, self._style
        where = self._charset.show_line(item.place)
        mark = " [*]" if finding.fix is not None and finding.fix.repair is Repair.SAFE else ""
        label = f"{finding.severity}[{finding.rule}]{mark}"
        taken = measure_width(where) + 2 + len(label)
        first, *rest = wrap_text(
            self.clean(finding.message), self._columns, first=taken + 1, hanging=_HANGING
        )
        head = f"{style.paint(where, 'bold')}: {style.paint_severity(label, finding.severity)}"
        self.write_line(f"{head} {style.paint(first, 'bold')}" if first else head)
        for line in rest:
            self.write_line(" " * _HANGING + style.paint(line[_HANGING:], "bold"))
        margin = self._write_source(item)
        if help_text := find_help(finding, in_cell=item.cell is not None):
            self.write_remark(margin, "help", help_text)
        for other in item.related:
            self.write_related(margin, other)
        if (origin := format_origin(item)) and not _names_origin(item):
            self.write_remark(margin, "note", origin)
        if item.since is not None:
            self.write_remark(margin, "note", f"since {item.since}")
        self.write_line()

    def _write_source(self, item: ShownFinding) -> int:
        """Write the source line and its carets; return the width of the margin."""
        span = item.excerpt
        if span is None or item.source is None:
            return _HANGING
        cell = item.cell
        number = cell.ref if cell is not None else str(span.line)
        margin = max(_HANGING, len(number))
        bar = self._style.paint("|", "blue")
        shown = cut_snippet(item.source, span, self._columns - margin - 3, self._charset)
        self.write_line(
            f"{self._style.paint(number.rjust(margin), 'blue')} {bar} {shown.line}".rstrip()
        )
        carets = self._style.paint_severity("^" * (shown.end - shown.start), item.finding.severity)
        self.write_line(f"{' ' * margin} {bar} {' ' * shown.start}{carets}")
        return margin

    def write_remark(self, margin: int, label: str, *texts: str, then: str = "") -> None:
        """Write what helps to understand or fix a finding, with commas between the texts.

        `then` is a place behind them. It is never broken, so that it can be copied.
        """
        hanging = margin + 3 + len(label) + 2
        text = ", ".join(map(self.clean, texts))
        first, *rest = wrap_text(text, self._columns, first=hanging, hanging=hanging)
        sign = self._style.paint("=", "blue")
        lines = [f"{' ' * margin} {sign} {self._style.paint(label, 'bold')}: {first}".rstrip()]
        lines += rest
        if where := self._charset.show_line(then):
            taken = measure_width(rest[-1]) if rest else hanging + measure_width(first)
            if taken + 1 + measure_width(where) <= self._columns:
                lines[-1] += f" {where}"
            else:
                fits = hanging + measure_width(where) <= self._columns
                lines.append(" " * (hanging if fits else 2 * _HANGING) + where)
        for line in lines:
            self.write_line(line)

    def write_related(self, margin: int, other: ShownPlace) -> None:
        """Write another place that a finding speaks of."""
        where = format_place(other.path, other.span, other.cell)
        self.write_remark(margin, "note", f"{other.message}:", then=where)

    def write_statistics(self, tallies: tuple[Tally, ...]) -> None:
        """Write the table of rules, those with most findings first."""
        ordered = sorted(tallies, key=lambda item: (-item.findings, item.rule))
        for line in format_statistics(ordered):
            self.write_line(line)

    def write_left_out(self, report: Report, limit: int | None) -> None:
        """Say how many findings are not shown, where that is so."""
        if sentence := describe_beyond_limit(report, limit):
            self.write_line(sentence)
            self.write_line()

    def write_gravest(self, report: Report) -> None:
        """Write which root causes are to be fixed first, where there are more than those."""
        roots = group_by_root(report.findings)
        if len(roots) <= _FIRST or len(report.findings) <= _FEW:
            return
        self.write_line("To fix first:")
        for number, root in enumerate(roots[:_FIRST], 1):
            reach = format_count(len(root.findings), "finding")
            text = f"{number}. {root.title} ({reach}): {root.action}"
            for line in wrap_text(self.clean(text), self._columns, hanging=3):
                self.write_line(line)
        more = format_count(len(roots) - _FIRST, "root cause")
        self.write_line(f"`--output-format grouped` shows these and the other {more}.")
        self.write_line()

    def write_summary(self, report: Report) -> None:
        """Write the closing sentence."""
        for line in wrap_text(format_summary(report), self._columns):
            self.write_line(line)
        if sentence := format_fixable(report):
            for line in wrap_text(sentence, self._columns):
                self.write_line(line)
        for line in wrap_text(format_older(report), self._columns) if format_older(report) else ():
            self.write_line(line)


def format_for_cell(item: ShownFinding) -> str:
    """Return a message for formats that know no cells: it begins with the cell.

    It ends with what to write there, in full if the message only says the beginning.
    """
    finding, cell = item.finding, item.cell
    if cell is None:
        return finding.message
    help_text = find_help(finding, in_cell=True)
    message = f"{_split_advice(finding)[0]}; {help_text}" if help_text else finding.message
    return f"{cell.address}: {message}"


def find_help(finding: Finding, *, in_cell: bool = False) -> str:
    """Return what to do with the words of a finding; nothing where its message says so."""
    if finding.suggestion is None:
        return ""
    text = format_help(finding.suggestion, in_cell=in_cell)
    said = _split_advice(finding)[1]
    # A message does not say how a line break is typed.
    told = said and said == show_line_breaks(finding.suggestion) and _TYPED not in text
    return "" if told or text in finding.message else text


def _split_advice(finding: Finding) -> tuple[str, str]:
    """Return a message without what to write, and what it says of that: its beginning, if long."""
    head, found, written = finding.message.rpartition("write ")
    written = written.strip("“”…")
    wanted = show_line_breaks(finding.suggestion or "")
    said = found and written and wanted.startswith(written)
    return (head.rstrip(";: "), written) if said else (finding.message, "")


def format_help(suggestion: str, *, in_cell: bool = False) -> str:
    """Return what to do: write the suggestion, or delete the words.

    `in_cell` says that it is written in a cell, where a line break takes a key of its own.
    """
    if not suggestion:
        return "delete it"
    if suggestion.isspace():
        return "write an ordinary space" if suggestion == " " else "write ordinary white space"
    shown = show_line_breaks(suggestion)
    how = _TYPED if in_cell and LINE_BREAK in shown else ""
    if len(shown) <= _SUGGESTED:
        return f"write “{shown}”{how}"
    return f"write “{shown[:_SUGGESTED].rstrip()} …”{how} (the csv format has all of it)"


def format_statistics(tallies: list[Tally]) -> list[str]:
    """Return a table of findings and causes for each rule."""
    count = max(8, *(len(f"{item.findings:,}") for item in tallies))
    shown = [", ".join(item.severities or (item.severity,)) for item in tallies]
    width = max(8, *map(len, shown))
    lines = [f"{'findings':>{count}}  causes  {'severity':<{width}}  rule"]
    lines += [
        f"{t.findings:>{count},}  {t.causes:>6,}  {severity:<{width}}  {t.rule} {t.name}"
        for t, severity in zip(tallies, shown, strict=True)
    ]
    return lines


_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("info", "infos"),
}


def name_severity(severity: Severity, number: int) -> str:
    """Return what so many findings of a severity are called: `error`, `errors`."""
    return _NOUNS[severity][number != 1]


def format_summary(report: Report) -> str:
    """Return the closing sentence."""
    summary = report.summary
    read = [format_count(summary.files, "file")]
    if summary.entities:
        read.append(format_count(summary.entities, "entity"))
        read.append(format_count(summary.citations, "citation"))
    where = ", ".join(read)
    tail = f"; {summary.suppressed:,} suppressed" if summary.suppressed else ""
    tail += f"; {summary.baselined:,} in the baseline" if summary.baselined else ""
    if report.partial and summary.entities:
        where = f"what you named (read for it: {where})"
    them = "it" if summary.files == 1 else "them"
    alone = ""
    if summary.files and not summary.entities:
        alone = f"nothing was compared with other pages, since there is no corpus around {them}."
    if not summary.findings and report.older is not None:
        return f"Nothing new to report in {where}{tail}."
    if not summary.findings:
        if alone:
            return f"Nothing to report in {where}{tail}: {alone}"
        return f"All good: nothing to report in {where}{tail}."
    numbers = ", ".join(
        format_count(number, *_NOUNS[severity])
        for severity, number in summary.by_severity
        if number
    )
    causes = format_count(summary.causes, "cause")
    if summary.root_causes < summary.causes:
        causes += f" from {format_count(summary.root_causes, 'root cause')}"
    if not summary.files:
        return f"Found {numbers} ({causes}); no file could be read{tail}."
    note = f" {alone[0].upper()}{alone[1:]}" if alone else ""
    return f"Found {numbers} ({causes}) in {where}{tail}.{note}"


def format_fixable(report: Report) -> str:
    """Return the sentence on what `fix` can do; empty if that is nothing."""
    fixes = [item.finding.fix for item in report.findings if item.finding.fix is not None]
    safe = sum(fix.repair is Repair.SAFE for fix in fixes)
    unsafe = len(fixes) - safe
    if safe and unsafe:
        return f"[*] {safe:,} fixable with `disarm-lint fix`, {unsafe:,} more with --unsafe-fixes."
    if safe:
        return f"[*] {safe:,} fixable with `disarm-lint fix`."
    return f"{unsafe:,} fixable with `disarm-lint fix --unsafe-fixes`." if unsafe else ""


def format_older(report: Report) -> str:
    """Return the sentence on findings that stood before a change; empty if there are none."""
    if report.older is None or not report.older.findings:
        return ""
    number = format_count(report.older.findings, "older finding is", "older findings are")
    return f"{number} not shown; run `{report.older.command}` for all."


def render_concise(
    report: Report,
    stream: TextIO,
    *,
    style: Style,
    charset: Charset,
    statistics: bool = False,
    limit: int | None = None,
) -> None:
    """Write a line for each finding to a stream, for at most `limit` of them."""
    for item in select_most_severe(report.findings, limit):
        finding = item.finding
        where = item.place
        label = f"{finding.severity[0].upper()} {finding.rule}"
        stream.write(
            f"{style.paint(charset.show_line(where), 'bold')}: "
            f"{style.paint_severity(label, finding.severity)} "
            f"{charset.show_line(finding.message)}\n"
        )
    if sentence := describe_beyond_limit(report, limit):
        stream.write(f"{sentence}\n")
    if statistics and report.findings:
        ordered = sorted(report.summary.by_rule, key=lambda item: (-item.findings, item.rule))
        stream.write("\n" + "\n".join(format_statistics(ordered)) + "\n")


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
_SHORT_LIST = 2


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
            _write_root(writer, root, style, columns)
        for cause in causes[:_CAUSES]:
            if room <= 0:
                break
            _write_cause(writer, cause, cause.findings[:room], style, columns)
            room -= len(cause.findings)
        if len(causes) > _CAUSES:
            rest = sum(len(cause.findings) for cause in causes[_CAUSES:])
            more = format_count(len(causes) - _CAUSES, "more cause")
            number = format_count(rest, "finding")
            writer.write_line(f"{' ' * _MARGIN}and {more} with {number} of this root cause")
            writer.write_line()
            room -= rest
    writer.write_left_out(report, limit)
    if statistics and report.findings:
        writer.write_statistics(report.summary.by_rule)
        writer.write_line()
    writer.write_summary(report)


# Causes of one root cause that are shown.
_CAUSES = 5


def _write_root(writer: TextWriter, root: RootCause, style: Style, columns: int) -> None:
    """Write what happened, how far it reaches, what to do, and at which cells."""
    number = format_count(len(root.findings), "finding")
    causes = format_count(root.causes, "cause")
    pages = format_count(len(root.pages), "page")
    reach = f"{number} in {causes}, on {pages}" if root.pages else f"{number} in {causes}"
    for line in wrap_text(writer.clean(root.title), columns):
        writer.write_line(style.paint_severity(line, root.severity))
    writer.write_remark(_MARGIN, "note", f"{', '.join(root.rules)}: {reach}")
    writer.write_remark(_MARGIN, "help", root.action)
    if root.repair is not Repair.BY_HAND:
        unsafe = " --unsafe-fixes" if root.repair is Repair.UNSAFE else ""
        writer.write_remark(_MARGIN, "fix", f"disarm-lint fix --root {root.id}{unsafe}")
    for _, sheet, ranges in root.cells:
        shown = ", ".join(ranges[:_RANGES])
        more = f" and {len(ranges) - _RANGES} more" if len(ranges) > _RANGES else ""
        writer.write_remark(_MARGIN, "cells", f"{sheet}!{shown}{more}")
    writer.write_line()


_RANGES = 12


def _write_cause(
    writer: TextWriter, cause: Cause, shown: tuple[ShownFinding, ...], style: Style, columns: int
) -> None:
    first = cause.findings[0]
    finding = first.finding
    label = f"{finding.severity}[{finding.rule}]"
    number = format_count(len(cause.findings), "finding")
    head, *rest = wrap_text(
        writer.clean(f"{number}: {finding.message}"),
        columns,
        first=len(label) + 1,
        hanging=_MARGIN,
    )
    writer.write_line(
        f"{style.paint_severity(label, finding.severity)} {style.paint(head, 'bold')}"
    )
    for line in rest:
        writer.write_line(" " * _MARGIN + style.paint(line[_MARGIN:], "bold"))
    if help_text := find_help(finding, in_cell=first.cell is not None):
        writer.write_remark(_MARGIN, "help", help_text)
    for other in cause.related:
        writer.write_related(_MARGIN, other)
    if first.since is not None:
        writer.write_remark(_MARGIN, "note", f"since {first.since}")
    for cells in list_origins(cause):
        writer.write_remark(_MARGIN, "note", *cells)
    for path, items in group_by_file(shown):
        _write_file(writer, path, items, first, columns)
    if len(shown) < len(cause.findings):
        writer.write_line(" " * _MARGIN + f"and {len(cause.findings) - len(shown):,} more")
    writer.write_line()


def _write_file(
    writer: TextWriter, path: str, items: list[ShownFinding], first: ShownFinding, columns: int
) -> None:
    """Write the places in a file: its path once, and below it where in it they are."""
    if len(items) <= _SHORT_LIST:
        for item in items:
            _write_place(writer, item.place, _find_own_words(item, first), _MARGIN, columns)
        return
    writer.write_line(" " * _MARGIN + writer.clean(path))
    for words, alike in groupby(items, key=lambda item: _find_own_words(item, first)):
        found = list(format_positions(alike))
        if words:
            _write_place(writer, ", ".join(found), words, 2 * _MARGIN, columns)
            continue
        indent = 2 * _MARGIN
        listed = ", ".join(map(writer.clean, found))
        for number, line in enumerate(wrap_text(listed, columns, first=indent, hanging=indent)):
            writer.write_line(line if number else " " * indent + line)


def _find_own_words(item: ShownFinding, first: ShownFinding) -> str:
    """Return what sets a finding apart from the first of its cause."""
    message, known = _split_advice(item.finding)[0], _split_advice(first.finding)[0]
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


def _write_place(writer: TextWriter, place: str, words: str, indent: int, columns: int) -> None:
    where = writer.clean(place)
    if not words:
        writer.write_line(" " * indent + where)
        return
    taken = indent + measure_width(where) + 2
    head, *rest = wrap_text(writer.clean(words), columns, first=taken, hanging=indent + _MARGIN)
    writer.write_line(f"{' ' * indent}{where}: {head}".rstrip())
    for line in rest:
        writer.write_line(line)
