"""A difference for people: as text at a terminal, and as Markdown for a pull request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.compare.rows import ChangeState, WordOp, cut, diff_words, shorten_name
from disarm_lint.compare.tables import read_workbook_tables
from disarm_lint.compare.wording import Tag, describe_column, entity_groups, format_tally, summarise
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
    """Write a difference to a stream; `old` and `new` say between what."""
    writer = _DiffWriter(look)
    for line in writer.lines(diff, old, new):
        stream.write(f"{line}\n")


@dataclass(frozen=True)
class _DiffWriter:
    look: DiffStyle

    def _line(self, text: str) -> str:
        return self.look.charset.line(_BLANKS.sub(" ", text))

    def _paint(self, text: str, name: str) -> str:
        return self.look.style.paint(self._line(text), name)

    def lines(self, diff: Diff, old: str, new: str) -> Iterator[str]:
        if not diff:
            yield self._line(f"Nothing changed between {old} and {new}.")
            return
        yield self._paint(f"{old} → {new}", "bold")
        for group in entity_groups(diff.entities):
            yield ""
            yield self._paint(group.title, "bold")
            for line in group.lines:
                yield f"  {self._entity(line)}"
        path = None
        for table in diff.tables:
            yield ""
            if table.path != path and not table.pages:
                path = table.path
                yield self._paint(self.look.path(path), "bold")
            yield from self._table(table)
        if diff.findings:
            yield ""
        for finding in diff.findings:
            yield self._finding(finding)
        yield ""
        yield self._line(summarise(diff))

    def _entity(self, line: EntityLine) -> str:
        sign = self.look.style.paint(line.sign, _COLOURS[line.sign])
        return f"{sign} {self._line(str(line))}"

    def _table(self, table: TableChange) -> Iterator[str]:
        name = self.look.path(table.path) if table.pages else table.name
        words = format_tally(table)
        yield self._paint(": ".join(part for part in (name, words) if part), "bold")
        for column in table.columns:
            yield f"  {self._line(f'column “{column.name}” {describe_column(column)}')}"
        for row in table.rows:
            yield from self._row(row)

    def _finding(self, finding: Finding) -> str:
        stands = finding.location
        where = format_place(self.look.path(stands.path), stands.span, stands.cell)
        label = self.look.style.severity(f"{finding.severity}[{finding.rule}]", finding.severity)
        return f"{self._line(where)}: {label} {self._line(finding.message)}"

    def _row(self, row: RowChange) -> Iterator[str]:
        sign = self.look.style.paint(_SIGNS[row.state], _COLOURS[_SIGNS[row.state]])
        name = "" if row.name in row.key else f" {row.name}"
        was = f" (was {shorten_name(row.was)})" if row.was is not None else ""
        yield f"  {sign} {self._line(f'{shorten_name(row.key)}{was}{name}')}"
        if row.state is ChangeState.REMOVED:
            return
        for cell in row.cells:
            if row.state is ChangeState.ADDED:
                if cell.column != "name" or row.name != cell.after.strip():
                    text = f"{shorten_name(cell.column)}: {cut(cell.after.strip())}"
                    yield f"      {self._line(text)}"
            else:
                yield f"      {self._line(shorten_name(cell.column))}: {self._change(cell)}"

    def _change(self, cell: CellDifference) -> str:
        if cell.note:
            return self._line(cell.note)
        if cell.listed:
            return self._line(", ".join(list_words(cell)))
        parts = []
        for piece in diff_words(cell.before, cell.after):
            if piece.op is WordOp.REMOVED:
                parts.append(self._paint(f"[-{show_line_breaks(piece.text)}-]", "red"))
            elif piece.op is WordOp.ADDED:
                parts.append(self._paint(f"{{+{show_line_breaks(piece.text)}+}}", "cyan"))
            else:
                parts.append(self._line(piece.text))
        return "".join(parts).strip()


def show_line_breaks(text: str) -> str:
    """Return a piece that changed so that line breaks in it show where there is nothing else."""
    return text if text.strip() else text.replace("\n", "\\n").replace("\t", "\\t")


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

    Rows are sorted by what they go by, so that sorting a sheet changes nothing.
    A file that cannot be read as a workbook is told by its digest, because git
    gives up a whole comparison where this fails.
    """
    tables = read_workbook_tables(path, data)
    for name, table in tables.items():
        if table.problem is not None:
            where = f"[{_line(name)}]" if name else "workbook"
            stream.write(f"{where} cannot be read: {_line(table.problem)}\n")
            stream.write(f"sha256: {sha256(data).hexdigest()}\n\n")
            continue
        for line in _lines(table):
            stream.write(f"{line}\n")


def _lines(table: ComparedTable) -> Iterator[str]:
    columns = ", ".join(_line(name) for name in table.columns)
    yield f"[{_line(table.name)}] columns: {columns}".rstrip()
    yield ""
    for row in sorted(table.rows, key=_order):
        yield f"[{_line(table.name)}] {_line(row.key)}"
        for column, text in row.cells.items():
            first, *rest = text.split("\n")
            yield f"{_line(column)}: {_line(first)}".rstrip(" ")
            for line in rest:
                yield f"{_HANGING}{_line(line)}".rstrip(" ")
        yield ""


def _order(row: ComparedRow) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what rows are sorted by: their key, numbers in it by size, then their cells."""
    key = _NUMBER.sub(lambda match: f"{len(match[0]):04}{match[0]}", row.key)
    return key, tuple(sorted(row.cells.items()))


def _line(text: str) -> str:
    return _SHOWN.line(text)


# A comment on GitHub holds 65,536 characters.
MOST = 60_000
_SYMBOLS = re.compile(r"[^\w\s,:()→-]")
# So many entries stand open; longer lists are folded, in parts of so many characters.
_FOLDED = 12
_BLOCK = 6_000


def render_diff_markdown(
    diff: Diff, old: str, new: str, stream: TextIO, *, path: Callable[[str], str] = str
) -> None:
    """Write a difference in GitHub's Markdown to a stream, of at most 60,000 characters.

    `old` and `new` say between what; `path` gives a path in the corpus as shown.
    """
    if not diff:
        stream.write(f"Nothing changed between {_code(old)} and {_code(new)}.\n")
        return
    stream.write(f"## {_code(old)} → {_code(new)}\n\n{summarise(diff)}\n")
    ending = list(_findings(diff))
    room = MOST - sum(map(len, ending))
    left = 0
    for block in _blocks(diff, path):
        if left or len(block) > room:
            left += 1
            continue
        room -= len(block)
        stream.write(block)
    if left:
        stream.write("\nThere is more than fits in here; `disarm-lint diff` shows all.\n")
    for block in ending:
        stream.write(block)


def _findings(diff: Diff) -> Iterator[str]:
    """Yield the findings, as far as they fit into a quarter of the room."""
    if not diff.findings:
        return
    yield "\n### Findings\n\n"
    room = MOST // 4
    for number, finding in enumerate(diff.findings):
        line = f"- **{finding.rule}** {finding.severity}: {_code(finding.message)}\n"
        room -= len(line)
        if room < 0:
            yield f"- and {len(diff.findings) - number:,} more\n"
            return
        yield line


def _blocks(diff: Diff, path: Callable[[str], str]) -> Iterator[str]:
    """Yield parts of the text, each of which can stand alone."""
    for group in entity_groups(diff.entities):
        title = _words(group.title)
        yield f"\n### {title[:1].upper()}{title[1:]}\n\n"
        lines = []
        for line in group.lines:
            words = "".join(
                _words(text) if tag is Tag.WORDS else _code(text) for tag, text in line.parts
            )
            lines.append(f"- {_code(line.id)} {words}")
        yield from _fold(lines)
    shown = None
    for table in diff.tables:
        if table.path != shown:
            shown = table.path
            yield f"\n### {_code(path(shown))}\n"
        yield from _table(table)


def _fold(lines: list[str]) -> Iterator[str]:
    """Yield a list; a long one is parted and folded."""
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


def _table(table: TableChange) -> Iterator[str]:
    words = f"not compared: {_code(table.problem)}" if table.problem else format_tally(table)
    named = bool(table.name) and not table.pages
    head = (_code(table.name) if named else "", words)
    yield f"\n{': '.join(part for part in head if part)}\n\n"
    lines = [f"- column {_code(column.name)} {describe_column(column)}" for column in table.columns]
    lines += ["\n".join(_row(row)) for row in table.rows]
    yield from _fold(lines)


def _row(row: RowChange) -> Iterator[str]:
    name = "" if row.name in row.key else f" {_code(row.name)}"
    was = f" (was {_code(shorten_name(row.was))})" if row.was is not None else ""
    word = "" if row.state is ChangeState.CHANGED else f"**{row.state}** "
    yield f"- {word}{_code(shorten_name(row.key))}{was}{name}"
    if row.state is ChangeState.REMOVED:
        return
    for cell in row.cells:
        if row.state is not ChangeState.ADDED:
            yield f"  - {_code(shorten_name(cell.column))}: {_change(cell)}"
        elif cell.column != "name" or row.name != cell.after.strip():
            yield f"  - {_code(shorten_name(cell.column))}: {_code(cut(cell.after.strip()))}"


def _change(cell: CellDifference) -> str:
    if cell.note:
        return cell.note
    if cell.listed:
        parts = [f"\\+ {_code(cut(member))}" for member in cell.added]
        parts += [f"\\- {_code(cut(member))}" for member in cell.removed]
        parts += [f"~~{_code(cut(a))}~~ **{_code(cut(b))}**" for a, b in cell.altered]
        return ", ".join(parts)
    parts = []
    for piece in diff_words(cell.before, cell.after):
        if piece.op is WordOp.GAP:
            parts.append("…")
        elif piece.op is WordOp.REMOVED:
            parts.append(f"~~{_code(show_line_breaks(piece.text))}~~")
        elif piece.op is WordOp.ADDED:
            parts.append(f"**{_code(show_line_breaks(piece.text))}**")
        elif piece.text.strip():
            parts.append(_code(piece.text.strip()))
    return " ".join(parts)


def _code(text: str) -> str:
    return format_code(_BLANKS.sub(" ", text))


def _words(text: str) -> str:
    """Return words of a profile without what means something in Markdown."""
    return _SYMBOLS.sub("", text)
