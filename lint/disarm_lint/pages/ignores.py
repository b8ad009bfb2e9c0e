"""Suppression comments: `<!-- disarm-lint: ignore[N401] reason -->`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import Block, BlockType
from disarm_lint.markdown.inline import Covered
from disarm_lint.model.document import Ignore
from disarm_lint.model.text import PageSource, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING = re.compile(r"<!--[ \t]*+disarm-lint:[ \t]*+(ignore-file|ignore)")
_INSIDE = re.compile(r"[ \t]*+(?:\[(?P<rules>[^\]]*+)\])?+(?P<reason>.*)", re.DOTALL)


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
    code = Covered((b.start, b.end) for b in blocks if b.type is BlockType.CODE)
    starts = (*source.line_starts, len(text))
    found = []
    position, last = start, 0
    while (opening := _OPENING.search(text, position)) is not None:
        number = source.span(opening.start(), opening.start()).line
        first, last = number != last, number
        line_end = starts[number]
        close = text.find("-->", opening.end(), line_end)
        position = line_end if close < 0 else close + len("-->")
        if close < 0 or code.holds(opening.start()):
            continue
        where = Text(source, opening.start(), position)
        inside = _INSIDE.fullmatch(text, opening.end(), close)
        rules = (inside["rules"] if inside else None) or ""
        selectors = tuple(part.strip() for part in rules.split(",") if part.strip())
        line: int | None = None
        if opening[1] == "ignore":
            alone = first and source.line(number).strip() == where.raw
            line = number + 1 if alone else number
        found.append(Ignore(where, selectors, line, inside["reason"].strip() if inside else ""))
    return tuple(found)
