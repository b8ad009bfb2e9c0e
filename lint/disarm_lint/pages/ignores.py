"""Suppression comments: `<!-- disarm-lint: ignore[N401] reason -->`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import Block, BlockType
from disarm_lint.model.document import Ignore
from disarm_lint.model.text import PageSource, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMENT = re.compile(
    r"<!--[ \t]*disarm-lint:[ \t]*(?P<what>ignore-file|ignore)[ \t]*"
    r"(?:\[(?P<rules>[^\]\n]*)\])?[ \t]*(?P<reason>.*?)[ \t]*-->"
)


def find_ignores(
    source: PageSource, blocks: Sequence[Block], start: int | None
) -> tuple[Ignore, ...]:
    """Return the suppression comments from `start` on; there are none where it is None.

    A comment alone on its line stands for the next line, another for its own.
    Comments in code are text.
    """
    text = source.text
    if start is None or "disarm-lint:" not in text:
        return ()
    code = [(b.start, b.end) for b in blocks if b.type is BlockType.CODE]
    found = []
    for match in _COMMENT.finditer(text, start):
        if any(begin <= match.start() < end for begin, end in code):
            continue
        selectors = tuple(part.strip() for part in (match["rules"] or "").split(",") if part.strip())
        line: int | None = None
        if match["what"] == "ignore":
            line = source.span(match.start(), match.end()).line
            if source.line(line).strip() == match[0]:
                line += 1
        where = Text(source, match.start(), match.end())
        found.append(Ignore(where, selectors, line, match["reason"]))
    return tuple(found)
