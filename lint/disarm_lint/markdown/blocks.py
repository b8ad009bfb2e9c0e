"""Blocks of a Markdown file: headings, paragraphs, tables and HTML, with offsets.

markdown-it-py finds the blocks; one block rule of our own stands in for its
table rule, because a row that its text broke over several lines must stay one
row, and because cells beyond the header must not be lost.
"""

from __future__ import annotations

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


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def is_delimiter_row(line: str) -> bool:
    """Tell whether a line is the row of dashes under a table's header."""
    return "-" in line and _DELIMITER.match(line.strip()) is not None


def is_open_row(line: str, pipes: int) -> bool:
    """Tell whether a row goes on behind `line`: not closed, or with fewer pipes than `pipes`."""
    stripped = line.rstrip()
    closed = stripped.endswith("|") and not stripped.endswith("\\|")
    return not closed or len(_PIPE.findall(stripped)) < pipes


def count_pipes(line: str) -> int:
    """Return the number of pipes in a line that no backslash escapes."""
    return len(_PIPE.findall(line))


def _starts_table(state: StateBlock, line: int, end_line: int) -> bool:
    return (
        line + 1 < end_line
        and "|" in _line(state, line)
        and state.sCount[line + 1] - state.blkIndent < 4
        and is_delimiter_row(_line(state, line + 1))
        and "|" in _line(state, line + 1)
    )


def _closing_line(state: StateBlock, line: int, end_line: int) -> int | None:
    """Find the line on which a row that a blank line broke is closed."""
    for number in range(line, end_line):
        text = _line(state, number)
        if text.startswith(("#", "|")) or _starts_table(state, number, end_line):
            return None
        if not is_open_row(text, 1):
            return number
    return None


def _table_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if start_line + 2 > end_line or state.is_code_block(start_line):
        return False
    if not _starts_table(state, start_line, end_line):
        return False
    if silent:
        return True
    terminators = state.md.block.ruler.getRules("blockquote")
    pipes = count_pipes(_line(state, start_line))
    line = start_line + 2
    while line < end_line:
        if state.sCount[line] < state.blkIndent:
            break
        if not _line(state, line).strip():
            previous = _line(state, line - 1)
            open_row = line > start_line + 2 and is_open_row(previous, pipes)
            closing = _closing_line(state, line, end_line) if open_row else None
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
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.block.ruler.at("table", _table_rule, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.enableOnly(["normalize", "block"])
    # What a link definition would hide is text that must be read.
    parser.disable(["reference"])
    return parser


def _html_blocks(text: str, start: int, end: int) -> tuple[Block, ...]:
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


def _leaves(tokens: Sequence[Token]) -> list[tuple[Token, BlockType, int, bool]]:
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
    for token, type_, level, bulleted in _leaves(_parser().parse(text)):
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
            found = _html_blocks(text, start, end)
        else:
            found = (Block(type_, start, end, level, bulleted),)
        blocks.extend(found)
        covered = max(covered, found[-1].end)
    return tuple(blocks)
