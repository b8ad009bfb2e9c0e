"""Blocks of a Markdown page: paragraphs, tables and their rows, HTML."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

    from disarm_lint.model.text import PageSource

_LINE = re.compile(r"[^\r\n]+")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row: `start` to `end` (exclusive) in the file, and its cells without spaces around them.

    `lines` is the number of lines that the row stands on. Cells are pairs of
    offsets; the first and the last pipe of the row open and close it.
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    lines: int


def _split_cells(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    pipes = [match.start() for match in _PIPE.finditer(text, start, end)]
    if not pipes or text[start : pipes[0]].strip():
        pipes.insert(0, start - 1)
    if text[pipes[-1] + 1 : end].strip():
        pipes.append(end)
    cells = []
    for left, right in itertools.pairwise(pipes):
        cell = text[left + 1 : right]
        begin = left + 1 + len(cell) - len(cell.lstrip())
        cells.append((begin, max(begin, left + 1 + len(cell.rstrip()))))
    return tuple(cells)


def _continues_row(last: str, line: str, pipes: int) -> bool:
    """Tell whether `line` goes on with a row that ends in `last` and lacks `pipes` before that."""
    if not line.lstrip().startswith("|"):
        return is_open_row(last, pipes)
    # In a table of one column, two rows that are not closed look the same.
    return pipes > 2 and is_open_row(last, 0) and count_pipes(last) + count_pipes(line) == pipes


def split_rows(text: str, start: int, end: int) -> tuple[RawRow, tuple[RawRow, ...]]:
    """Split a table block into its header and its body rows.

    A line that does not begin with a pipe goes on with the row before it where
    that one is not closed or has fewer cells than the header; one that begins
    with a pipe does where it completes an unclosed row to the header's cells.
    """
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text, start, end)]
    lines = [(a, b) for a, b in lines if text[a:b].strip()]
    height = 2 if is_split_header([text[a:b] for a, b in lines[:3]]) else 1
    head = lines[0][0], lines[height - 1][1]
    header = RawRow(*head, _split_cells(text, *head), height)
    pipes = count_pipes(text[slice(*head)])
    body: list[tuple[int, int, int]] = []
    last, seen = "", 0
    for begin, stop in lines[height:]:
        if not body and begin == lines[height][0] and is_like_dashes(text[begin:stop]):
            continue
        line = text[begin:stop]
        # `seen` are the pipes of the row before its last line, so that no line is counted twice.
        if body and _continues_row(last, line, pipes - seen):
            body[-1] = (body[-1][0], stop, body[-1][2] + 1)
            seen += count_pipes(last)
        else:
            body.append((begin, stop, 1))
            seen = 0
        last = line
    return header, tuple(RawRow(a, b, _split_cells(text, a, b), count) for a, b, count in body)


# A tag longer than this is none; the bound keeps the search for its end linear.
_LONGEST_TAG = 4096
_OPENING = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9-]*+)")
_ATTRIBUTES = re.compile(r"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")


@dataclass(frozen=True, slots=True)
class HtmlRow:
    """A table row: `start` to `end` (exclusive) in the file, and its cells.

    Cells are pairs of offsets of what stands between the tags; `header` tells
    that the cells are `<th>`.
    """

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    header: bool


class _Rows:
    """Collects rows while the tags of a table pass by; what is left open is closed for it."""

    def __init__(self) -> None:
        self.found: list[HtmlRow] = []
        self._row_start: int | None = None
        self._cell_start: int | None = None
        self._cells: list[tuple[int, int]] = []
        self._header = False

    def open_tag(self, tag: str, start: int, end: int) -> None:
        """Take the start tag that stands at `start` to `end` (exclusive)."""
        if tag == "tr":
            self.close_row(start)
            self._row_start = start
        elif tag in ("td", "th"):
            self._close_cell(start)
            self._row_start = start if self._row_start is None else self._row_start
            self._header = tag == "th"
            self._cell_start = end

    def close_tag(self, tag: str, start: int) -> None:
        """Take the end tag that stands at `start`."""
        if tag in ("td", "th"):
            self._close_cell(start)
        elif tag in ("tr", "table"):
            self.close_row(start)

    def close_row(self, end: int) -> None:
        """Close the row that is open, if one is."""
        self._close_cell(end)
        if self._row_start is not None and self._cells:
            self.found.append(HtmlRow(self._row_start, end, tuple(self._cells), self._header))
        self._row_start = None
        self._cells = []

    def _close_cell(self, end: int) -> None:
        if self._cell_start is not None:
            self._cells.append((self._cell_start, end))
        self._cell_start = None


def split_html_rows(text: str, start: int, end: int) -> tuple[HtmlRow, ...]:
    """Return the rows of the HTML table that stands at `start` to `end` (exclusive).

    Rows without cells are left out; tags in comments and in attribute values
    are none. The time is linear, whatever the text (html.parser's is not: it
    looks for the end of each unclosed tag anew).
    """
    rows = _Rows()
    position = start
    comments = True
    while (opening := _OPENING.search(text, position, end)) is not None:
        here, position = opening.start(), opening.end()
        if opening[2] is None:
            close = text.find("-->", position, end) if comments else -1
            comments = close >= 0
            position = close + len("-->") if comments else position
            continue
        rest = _ATTRIBUTES.match(text, position, min(end, position + _LONGEST_TAG))
        if rest is None:
            continue
        position = rest.end()
        tag = opening[2].lower()
        if opening[1]:
            rows.close_tag(tag, here)
        else:
            rows.open_tag(tag, here, position)
    rows.close_row(end)
    return tuple(rows.found)


_DELIMITER = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+\Z")
_PIPE = re.compile(r"(?<!\\)\|")
_HTML_TABLE = re.compile(r"<table[\s>]", re.IGNORECASE)
_HTML_TABLE_END = re.compile(r"</table\s*>", re.IGNORECASE)


class BlockType(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    HTML = "html"
    HTML_TABLE = "html_table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A leaf block: the code points `start` to `end` (exclusive) of the file.

    `level` is the level of a heading; `bulleted` tells that the block is the
    first of an item of a bullet list.
    """

    type: BlockType
    start: int
    end: int
    level: int = 0
    bulleted: bool = False


def _read_line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def is_delimiter_row(line: str) -> bool:
    """Tell whether a line is the row of dashes under a table's header."""
    return "-" in line and _DELIMITER.match(line.strip()) is not None


_OF_DASHES = frozenset("-–—:| \t")


def is_like_dashes(line: str) -> bool:
    """Tell whether a line is the row of dashes, or what somebody left of it."""
    return "-" in line and _OF_DASHES.issuperset(line)


def is_open_row(line: str, pipes: int) -> bool:
    """Tell whether a row goes on behind `line`: not closed, or with fewer pipes than `pipes`."""
    stripped = line.rstrip()
    closed = stripped.endswith("|") and not stripped.endswith("\\|")
    return not closed or len(_PIPE.findall(stripped)) < pipes


def count_pipes(line: str) -> int:
    """Return the number of pipes in a line that no backslash escapes."""
    return len(_PIPE.findall(line))


def is_split_header(lines: Sequence[str]) -> bool:
    """Tell whether three lines are a header that was split in two, and its dashes."""
    if len(lines) < 3 or not lines[0].lstrip().startswith("|") or not is_open_row(lines[0], 0):
        return False
    if lines[1].lstrip().startswith("|") or not is_delimiter_row(lines[2]):
        return False
    pipes = count_pipes(lines[0]) + count_pipes(lines[1])
    return count_pipes(lines[1]) > 0 and count_pipes(lines[2]) == pipes


def _starts_split_table(state: StateBlock, line: int, end_line: int) -> bool:
    if line + 2 >= end_line or "|" not in _read_line(state, line):
        return False
    return is_split_header([_read_line(state, number) for number in range(line, line + 3)])


def _starts_table(state: StateBlock, line: int, end_line: int) -> bool:
    return (
        line + 1 < end_line
        and "|" in _read_line(state, line)
        and state.sCount[line + 1] - state.blkIndent < 4
        and is_delimiter_row(_read_line(state, line + 1))
        and "|" in _read_line(state, line + 1)
    )


def _find_closing_line(state: StateBlock, line: int, end_line: int) -> int | None:
    """Find the line on which a row that a blank line broke is closed."""
    for number in range(line, end_line):
        text = _read_line(state, number)
        if text.startswith(("#", "|")) or _starts_table(state, number, end_line):
            return None
        if not is_open_row(text, 1):
            return number
    return None


def _parse_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if start_line + 2 > end_line or state.is_code_block(start_line):
        return False
    split = _starts_split_table(state, start_line, end_line)
    if not split and not _starts_table(state, start_line, end_line):
        return False
    if silent:
        return True
    terminators = state.md.block.ruler.getRules("blockquote")
    body = start_line + (3 if split else 2)
    pipes = sum(count_pipes(_read_line(state, number)) for number in range(start_line, body - 1))
    line = body
    while line < end_line:
        if state.sCount[line] < state.blkIndent:
            break
        if not _read_line(state, line).strip():
            previous = _read_line(state, line - 1)
            open_row = line > body and is_open_row(previous, pipes)
            closing = _find_closing_line(state, line, end_line) if open_row else None
            if closing is None:
                break
            line = closing + 1
            continue
        if any(rule(state, line, end_line, True) for rule in terminators):
            break
        line += 1
    token = state.push("table_region", "", 0)
    token.map = [start_line, line]
    state.line = line
    return True


@lru_cache(maxsize=1)
def _build_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.block.ruler.at("table", _parse_table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.enableOnly(["normalize", "block"])
    # What a link definition would hide is text that must be read.
    parser.disable(["reference"])
    return parser


def _split_html(text: str, start: int, end: int) -> tuple[Block, ...]:
    match = _HTML_TABLE.search(text, start, end)
    if match is None:
        return (Block(BlockType.HTML, start, end),)
    close = _HTML_TABLE_END.search(text, match.end())
    table_end = close.end() if close else len(text)
    before = (Block(BlockType.HTML, start, match.start()),) if match.start() > start else ()
    return (*before, Block(BlockType.HTML_TABLE, match.start(), table_end))


_LEAVES = {
    "table_region": BlockType.TABLE,
    "code_block": BlockType.CODE,
    "fence": BlockType.CODE,
    "html_block": BlockType.HTML,
}


def _list_leaves(tokens: Sequence[Token]) -> list[tuple[Token, BlockType, int, bool]]:
    found: list[tuple[Token, BlockType, int, bool]] = []
    fresh_bullet = False
    for token in tokens:
        if token.type == "list_item_open":
            fresh_bullet = token.markup in "*-+"
        elif token.type == "heading_open":
            found.append((token, BlockType.HEADING, int(token.tag[1:]), False))
            fresh_bullet = False
        elif token.type == "paragraph_open":
            found.append((token, BlockType.PARAGRAPH, 0, fresh_bullet))
            fresh_bullet = False
        elif token.type in _LEAVES:
            found.append((token, _LEAVES[token.type], 0, fresh_bullet))
            fresh_bullet = False
    return found


def parse_blocks(source: PageSource) -> tuple[Block, ...]:
    """Return the leaf blocks of a file in their order.

    Blocks do not overlap; blank lines and list markers belong to none. An HTML
    table reaches to its end tag even where a blank line inside it ends the
    HTML block for Markdown.
    """
    starts = source.line_starts
    text = source.text
    size = len(text)
    blocks: list[Block] = []
    covered = 0
    for token, type_, level, bulleted in _list_leaves(_build_parser().parse(text)):
        if token.map is None:
            continue
        first, last = token.map
        start = starts[first] if first < len(starts) else size
        end = starts[last] if last < len(starts) else size
        if end <= covered:
            continue
        start = max(start, covered)
        found: tuple[Block, ...]
        if type_ is BlockType.HTML:
            found = _split_html(text, start, end)
        else:
            found = (Block(type_, start, end, level, bulleted),)
        blocks.extend(found)
        covered = max(covered, found[-1].end)
    return tuple(blocks)
