"""Kinds of mistakes, and mistakes: what they change, and what the linter ought to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from mistakes.world import State


class Suggest(StrEnum):
    """What a suggestion has to be."""

    INVERSE = "inverse"
    """There is one, and it gives back what stood there."""
    HARMLESS = "harmless"
    """There may be one; if so, it gives back what stood there."""
    FREE = "free"
    """Several are right; not judged."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in a state: where it is, and what stood there.

    `path` and the code points from `start` to `end` (exclusive) of the page as it is now, or
    `sheet` and `ref`; `before` and `after` are the whole page, or the cell. `also` are other
    files in which a finding is as right, whatever the line.
    """

    state: State
    path: str = ""
    start: int = 0
    end: int = 0
    sheet: str = ""
    ref: str = ""
    before: str = ""
    after: str = ""
    also: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class MistakeKind:
    """A kind of mistake: `make` returns one, or None if the corpus has no place for it.

    `rules` are those that may rightly tell it. With `line`, any place on the lines of the
    change is right, and the lines beside them; with `page`, any on the page.
    """

    name: str
    mode: str
    make: Callable[[State, random.Random], Mistake | None]
    rules: tuple[str, ...]
    suggest: Suggest = Suggest.HARMLESS
    line: bool = False
    page: bool = False
