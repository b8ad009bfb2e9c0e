"""A difference as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.compare.rows import ChangeState, WordOp, cut, diff_words, shorten_name
from disarm_lint.compare.text import show_line_breaks
from disarm_lint.compare.wording import Tag, describe_column, entity_groups, format_tally, summarise
from disarm_lint.report.markdown import format_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from disarm_lint.compare.diff import Diff
    from disarm_lint.compare.rows import CellDifference, RowChange, TableChange

# A comment on GitHub holds 65,536 characters.
MOST = 60_000
_BLANKS = re.compile(r"\s+")
_SIGNS = re.compile(r"[^\w\s,:()→-]")
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
    return _SIGNS.sub("", text)
