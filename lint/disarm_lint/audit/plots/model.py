"""A plot as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a plot as a table; the first cell of a row heads it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: a key for anchors, its title, what it shows in words, an SVG element, numbers."""

    key: str
    title: str
    description: str
    svg: str
    numbers: Numbers
    width: int
