"""A difference for people: as text at a terminal, and as Markdown for a pull request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.compare.rows import ChangeState, WordOp, cut, diff_words, shorten_name
from disarm_lint.compare.tables import read_workbook_tables
from disarm_lint.compare.wording import (
    Tag,
    describe_column,
    format_tally,
    group_entities,
    summarise,
)
from disarm_lint.model.words import show_line_breaks
from disarm_lint.report.markdown import format_code
from disarm_lint.report.report import format_place
from disarm_lint.report.terminal import Charset, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from disarm_lint.compare.diff import Diff
    from disarm_lint.compare.rows import CellDifference, RowChange, TableChange
    from disarm_lint.compare.tables import ComparedRow, ComparedTable
    from disarm_lint.compare.wording import EntityLine
    from disarm_lint.model.finding import Finding


_SIGNS = {
    ChangeState.ADDED: "+",
    ChangeState.REMOVED: "-",
    ChangeState.CHANGED: "~",
    ChangeState.RENUMBERED: "~",
}
_COLOURS = {"+": "cyan", "-": "red", "~": "yellow"}
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class DiffStyle:
    """How text is written; `path` gives a path in the corpus as shown."""

    charset: Charset = field(default_factory=Charset)
    style: Style = field(default_factory=Style)
    path: Callable[[str], str] = str


def render_diff_text(diff: Diff, old: str, new: str, stream: TextIO, look: DiffStyle) -> None:
    """Write the difference between the states called `old` and `new` to a stream."""
    writer = _DiffWriter(look)
    for line in writer.write_lines(diff, old, new):
        stream.write(f"{line}\n")


@dataclass(frozen=True)
class _DiffWriter:
    look: DiffStyle

    def _format_line(self, text: str) -> str:
        return self.look.charset.show_line(_BLANKS.sub(" ", text))

    def _paint(self, text: str, name: str) -> str:
        return self.look.style.paint(self._format_line(text), name)

    def write_lines(self, diff: Diff, old: str, new: str) -> Iterator[str]:
        if not diff:
            yield self._format_line(f"Nothing changed between {old} and {new}.")
            return
        yield self._paint(f"{old} → {new}", "bold")
        for group in group_entities(diff.entities):
            yield ""
            yield self._paint(group.title, "bold")
            for line in group.lines:
                yield f"  {self._format_entity(line)}"
        path = None
        for table in diff.tables:
            yield ""
            if table.path != path and not table.pages:
                path = table.path
                yield self._paint(self.look.path(path), "bold")
            yield from self._write_table(table)
        if diff.findings:
            yield ""
        for finding in diff.findings:
            yield self._format_finding(finding)
        yield ""
        yield self._format_line(summarise(diff))

    def _format_entity(self, line: EntityLine) -> str:
        sign = self.look.style.paint(line.sign, _COLOURS[line.sign])
        return f"{sign} {self._format_line(str(line))}"

    def _write_table(self, table: TableChange) -> Iterator[str]:
        name = self.look.path(table.path) if table.pages else table.name
        words = format_tally(table)
        yield self._paint(": ".join(part for part in (name, words) if part), "bold")
        for column in table.columns:
            yield f"  {self._format_line(f'column “{column.name}” {describe_column(column)}')}"
        for row in table.rows:
            yield from self._write_row(row)

    def _format_finding(self, finding: Finding) -> str:
        stands = finding.location
        where = format_place(self.look.path(stands.path), stands.span, stands.cell)
        label = self.look.style.paint_severity(
            f"{finding.severity}[{finding.rule}]", finding.severity
        )
        return f"{self._format_line(where)}: {label} {self._format_line(finding.message)}"

    def _write_row(self, row: RowChange) -> Iterator[str]:
        sign = self.look.style.paint(_SIGNS[row.state], _COLOURS[_SIGNS[row.state]])
        name = "" if row.name in row.key else f" {row.name}"
        was = f" (was {shorten_name(row.was)})" if row.was is not None else ""
        yield f"  {sign} {self._format_line(f'{shorten_name(row.key)}{was}{name}')}"
        if row.state is ChangeState.REMOVED:
            return
        for cell in row.cells:
            column = shorten_name(cell.column)
            if row.state is not ChangeState.ADDED:
                yield f"      {self._format_line(column)}: {self._format_change(cell)}"
            elif cell.column != "name" or row.name != cell.after.strip():
                yield f"      {self._format_line(f'{column}: {cut(cell.after.strip())}')}"

    def _format_change(self, cell: CellDifference) -> str:
        if cell.note:
            return self._format_line(cell.note)
        if cell.listed:
            return self._format_line(", ".join(list_words(cell)))
        parts = []
        for piece in diff_words(cell.before, cell.after):
            if piece.op is WordOp.REMOVED:
                parts.append(self._paint(f"[-{show_blanks(piece.text)}-]", "red"))
            elif piece.op is WordOp.ADDED:
                parts.append(self._paint(f"{{+{show_blanks(piece.text)}+}}", "cyan"))
            else:
                parts.append(self._format_line(piece.text))
        return "".join(parts).strip()


def show_blanks(text: str) -> str:
    """Return a changed piece; if it is nothing but space, its line breaks are shown."""
    return text if text.strip() else show_line_breaks(text).replace("\t", "\\t")


def list_words(cell: CellDifference) -> Iterable[str]:
    """Yield what became of the members of a list: `+ T0146`, `- T0043`."""
    yield from (f"+ {cut(member)}" for member in cell.added)
    yield from (f"- {cut(member)}" for member in cell.removed)
    yield from (f"“{cut(one)}” → “{cut(other)}”" for one, other in cell.altered)


_SHOWN = Charset()
_NUMBER = re.compile(r"\d+")
_HANGING = "    "


def render_plain(path: str, data: bytes, stream: TextIO) -> None:
    """Write a workbook to a stream in UTF-8: every sheet, one block for each row.

    Rows are sorted by their keys, so that sorting a sheet changes nothing. For a file
    that cannot be read as a workbook, its digest is written, because git gives up a whole
    comparison if this fails.
    """
    tables = read_workbook_tables(path, data)
    for name, table in tables.items():
        if table.problem is not None:
            where = f"[{_format_line(name)}]" if name else "workbook"
            stream.write(f"{where} cannot be read: {_format_line(table.problem)}\n")
            stream.write(f"sha256: {sha256(data).hexdigest()}\n\n")
            continue
        for line in _write_lines(table):
            stream.write(f"{line}\n")


def _write_lines(table: ComparedTable) -> Iterator[str]:
    columns = ", ".join(_format_line(name) for name in table.columns)
    yield f"[{_format_line(table.name)}] columns: {columns}".rstrip()
    yield ""
    for row in sorted(table.rows, key=_build_sort_key):
        yield f"[{_format_line(table.name)}] {_format_line(row.key)}"
        for column, text in row.cells.items():
            first, *rest = text.split("\n")
            yield f"{_format_line(column)}: {_format_line(first)}".rstrip(" ")
            for line in rest:
                yield f"{_HANGING}{_format_line(line)}".rstrip(" ")
        yield ""


def _build_sort_key(row: ComparedRow) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the sort key of a row: its key, with numbers by size, then its cells."""
    key = _NUMBER.sub(lambda match: f"{len(match[0]):04}{match[0]}", row.key)
    return key, tuple(sorted(row.cells.items()))


def _format_line(text: str) -> str:
    return _SHOWN.show_line(text)


# A comment on GitHub holds 65,536 characters.
MOST = 60_000
_SYMBOLS = re.compile(r"[^\w\s,:()→-]")
# Lists of up to this many entries are open; longer ones are folded, in parts of this length.
_FOLDED = 12
_BLOCK = 6_000


def render_diff_markdown(
    diff: Diff, old: str, new: str, stream: TextIO, *, path: Callable[[str], str] = str
) -> None:
    """Write a difference in GitHub's Markdown to a stream, of at most 60,000 characters.

    `old` and `new` name the states; `path` gives a path in the corpus as shown.
    """
    if not diff:
        stream.write(
            f"Nothing changed between {_format_as_code(old)} and {_format_as_code(new)}.\n"
        )
        return
    stream.write(f"## {_format_as_code(old)} → {_format_as_code(new)}\n\n{summarise(diff)}\n")
    ending = list(_write_findings(diff))
    room = MOST - sum(map(len, ending))
    left = 0
    for block in _write_blocks(diff, path):
        if left or len(block) > room:
            left += 1
            continue
        room -= len(block)
        stream.write(block)
    if left:
        stream.write("\nThere is more than fits in here; `disarm-lint diff` shows all.\n")
    for block in ending:
        stream.write(block)


def _write_findings(diff: Diff) -> Iterator[str]:
    """Yield as many findings as fit into a quarter of the room."""
    if not diff.findings:
        return
    yield "\n### Findings\n\n"
    room = MOST // 4
    for number, finding in enumerate(diff.findings):
        line = f"- **{finding.rule}** {finding.severity}: {_format_as_code(finding.message)}\n"
        room -= len(line)
        if room < 0:
            yield f"- and {len(diff.findings) - number:,} more\n"
            return
        yield line


def _write_blocks(diff: Diff, path: Callable[[str], str]) -> Iterator[str]:
    """Yield parts of the text, each of which can stand alone."""
    for group in group_entities(diff.entities):
        title = _format_words(group.title)
        yield f"\n### {title[:1].upper()}{title[1:]}\n\n"
        lines = []
        for line in group.lines:
            words = "".join(
                _format_words(text) if tag is Tag.WORDS else _format_as_code(text)
                for tag, text in line.parts
            )
            lines.append(f"- {_format_as_code(line.id)} {words}")
        yield from _fold(lines)
    shown = None
    for table in diff.tables:
        if table.path != shown:
            shown = table.path
            yield f"\n### {_format_as_code(path(shown))}\n"
        yield from _write_table(table)


def _fold(lines: list[str]) -> Iterator[str]:
    """Yield a list; a long one is split into folded parts."""
    if len(lines) <= _FOLDED and sum(map(len, lines)) < _BLOCK:
        yield "".join(f"{line}\n" for line in lines)
        return
    first, size, chosen = 1, 0, []
    for number, line in enumerate(lines, 1):
        chosen.append(line)
        size += len(line)
        if size >= _BLOCK or number == len(lines):
            body = "".join(f"{line}\n" for line in chosen)
            head = f"{first:,} to {number:,} of {len(lines):,}" if first < number else f"{first:,}"
            yield f"<details><summary>{head}</summary>\n\n{body}\n</details>\n"
            first, size, chosen = number + 1, 0, []


def _write_table(table: TableChange) -> Iterator[str]:
    words = (
        f"not compared: {_format_as_code(table.problem)}" if table.problem else format_tally(table)
    )
    named = bool(table.name) and not table.pages
    head = (_format_as_code(table.name) if named else "", words)
    yield f"\n{': '.join(part for part in head if part)}\n\n"
    lines = [
        f"- column {_format_as_code(column.name)} {describe_column(column)}"
        for column in table.columns
    ]
    lines += ["\n".join(_write_row(row)) for row in table.rows]
    yield from _fold(lines)


def _write_row(row: RowChange) -> Iterator[str]:
    name = "" if row.name in row.key else f" {_format_as_code(row.name)}"
    was = f" (was {_format_as_code(shorten_name(row.was))})" if row.was is not None else ""
    word = "" if row.state is ChangeState.CHANGED else f"**{row.state}** "
    yield f"- {word}{_format_as_code(shorten_name(row.key))}{was}{name}"
    if row.state is ChangeState.REMOVED:
        return
    for cell in row.cells:
        column = _format_as_code(shorten_name(cell.column))
        if row.state is not ChangeState.ADDED:
            yield f"  - {column}: {_format_change(cell)}"
        elif cell.column != "name" or row.name != cell.after.strip():
            yield f"  - {column}: {_format_as_code(cut(cell.after.strip()))}"


def _format_change(cell: CellDifference) -> str:
    if cell.note:
        return cell.note
    if cell.listed:
        parts = [f"\\+ {_format_as_code(cut(member))}" for member in cell.added]
        parts += [f"\\- {_format_as_code(cut(member))}" for member in cell.removed]
        parts += [
            f"~~{_format_as_code(cut(a))}~~ **{_format_as_code(cut(b))}**" for a, b in cell.altered
        ]
        return ", ".join(parts)
    parts = []
    for piece in diff_words(cell.before, cell.after):
        if piece.op is WordOp.GAP:
            parts.append("…")
        elif piece.op is WordOp.REMOVED:
            parts.append(f"~~{_format_as_code(show_blanks(piece.text))}~~")
        elif piece.op is WordOp.ADDED:
            parts.append(f"**{_format_as_code(show_blanks(piece.text))}**")
        elif piece.text.strip():
            parts.append(_format_as_code(piece.text.strip()))
    return " ".join(parts)


def _format_as_code(text: str) -> str:
    return format_code(_BLANKS.sub(" ", text))


def _format_words(text: str) -> str:
    """Return words of a profile without characters that mean something in Markdown."""
    return _SYMBOLS.sub("", text)
