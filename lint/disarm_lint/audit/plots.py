"""What the plots of a report show. The templates draw them, in the colours of the page.

Bars and the heat map become tables, which screen readers can read; the graph becomes one
SVG element. Nothing here is escaped, which the templates do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING

from disarm_lint.audit.entries import clean_text, cut_middle
from disarm_lint.audit.model import FAMILIES, EdgeState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from disarm_lint.audit.model import (
        Audit,
        Edge,
        FamilyRow,
        Heat,
        Network,
        Release,
        RuleRow,
        TacticRow,
    )

# How many colours the style sheet has for the parts of a bar.
_COLOURS = 9
_REST = "other kinds"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it stands for, the number of each of its parts, and their sum."""

    label: str
    values: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Stacked bars.

    `key` is for anchors, `what` says what a bar stands for; `parts` names the
    parts, which all bars have in this order.
    """

    key: str
    title: str
    description: str
    what: str
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]

    @property
    def most(self) -> int:
        """The largest total, at least 1."""
        return max((bar.total for bar in self.bars), default=0) or 1


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of findings by tactic and rule; those with most findings come first.

    Each row holds a tactic and, for each rule, a number and its tint, from 1
    for the faintest to 6; 0 is none.
    """

    title: str
    description: str
    what: str
    rules: tuple[RuleRow, ...]
    rows: tuple[tuple[TacticRow, tuple[tuple[int, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """An incident or a technique in the graph; `y` is in pixels from the top."""

    label: str
    y: int
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A reference in the graph, from the incident at `y1` to the technique at `y2`."""

    state: EdgeState
    y1: int
    y2: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Incidents on the left, techniques on the right, references between them.

    `legend` holds each state that is drawn, its name, and the number of its lines.
    `faulty` lists all references that are not sound: incident, technique, state.
    """

    title: str
    description: str
    incident: str
    technique: str
    incidents: tuple[Node, ...]
    techniques: tuple[Node, ...]
    lines: tuple[Line, ...]
    height: int
    legend: tuple[tuple[EdgeState, str, int], ...]
    faulty: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Plots:
    """The plots of a report; None for a plot without numbers."""

    series: BarChart | None = None
    families: BarChart | None = None
    heat: HeatMap | None = None
    graph: Graph | None = None

    def __bool__(self) -> bool:
        """Tell whether there is a plot."""
        return any((self.series, self.families, self.heat, self.graph))


def draw_plots(audit: Audit) -> Plots:
    """Return the plots for which a report has numbers."""
    return Plots(
        series=plot_series(audit.series) if audit.series else None,
        families=plot_families(audit.families) if audit.families else None,
        heat=plot_heat(audit.heat, audit.tactic) if audit.heat.tactics else None,
        graph=plot_graph(audit.network) if audit.network is not None else None,
    )


def plot_families(families: Sequence[FamilyRow]) -> BarChart:
    """Return a bar for each family, split by kind of page; there is at least one family."""
    total: Counter[str] = Counter()
    for family in families:
        total.update(dict(family.by_kind))
    kinds = tuple(sorted(total, key=lambda kind: (-total[kind], kind)))
    if len(kinds) > _COLOURS:
        kinds = (*kinds[: _COLOURS - 1], _REST)
    ranked = sorted(families, key=lambda family: -family.counts.findings)
    return BarChart(
        key="families",
        title="Findings by family of rules and kind of page",
        description=(
            f"Most findings are in {ranked[0].letter}, {ranked[0].title}: "
            f"{ranked[0].counts.findings:,} of {sum(total.values()):,}."
        ),
        what="Family",
        parts=kinds,
        bars=tuple(
            Bar(
                f"{family.letter} {family.title}",
                _count_by_kind(dict(family.by_kind), kinds),
                family.counts.findings,
            )
            for family in ranked
        ),
    )


def _count_by_kind(numbers: Mapping[str, int], kinds: Sequence[str]) -> tuple[int, ...]:
    known = [numbers.get(kind, 0) for kind in kinds]
    if kinds[-1] == _REST:
        known[-1] = sum(numbers.values()) - sum(known[:-1])
    return tuple(known)


def plot_series(series: Sequence[Release]) -> BarChart:
    """Return a bar for each release, the oldest first; there is at least one release."""
    letters = [letter for letter in FAMILIES if any(r.findings.get(letter) for r in series)]
    bars = []
    for release in series:
        label = cut_middle(clean_text(release.label), 40)
        values = tuple(release.findings.get(letter, 0) for letter in letters)
        bars.append(Bar(f"{label} ({clean_text(release.date)})", values, sum(values)))
    first, last = bars[0].total, bars[-1].total
    return BarChart(
        key="series",
        title="Findings over releases",
        description=(
            f"{first:,} findings in {clean_text(series[0].label)}, "
            f"{last:,} in {clean_text(series[-1].label)}; at most {max(b.total for b in bars):,}."
        ),
        what="Release",
        parts=tuple(f"{letter} {FAMILIES[letter]}" for letter in letters),
        bars=tuple(bars),
    )


_TINTS = 6


def plot_heat(heat: Heat, tactic: str) -> HeatMap:
    """Return the numbers of each tactic and rule with their tints; there is at least one."""
    across = [sum(column) for column in zip(*heat.cells, strict=True)]
    columns = sorted(range(len(heat.rules)), key=lambda x: -across[x])
    lines = sorted(range(len(heat.tactics)), key=lambda y: -sum(heat.cells[y]))
    most, row, column = max((heat.cells[y][x], y, x) for y in lines for x in columns)
    where, rule = heat.tactics[row], heat.rules[column]
    return HeatMap(
        title=f"Findings by {tactic} and rule",
        description=(
            f"The stronger the colour, the more; what has most comes first. The largest number is "
            f"{most:,}, of {rule.code} {rule.name} in {where.id} {where.name}."
        ),
        what=tactic.capitalize(),
        rules=tuple(heat.rules[x] for x in columns),
        rows=tuple(
            (
                heat.tactics[y],
                tuple((heat.cells[y][x], _choose_tint(heat.cells[y][x], most)) for x in columns),
            )
            for y in lines
        ),
    )


def _choose_tint(number: int, most: int) -> int:
    """Return the tint of a number, by its logarithm, because a few numbers dwarf the others."""
    return 1 + round((_TINTS - 1) * log1p(number) / log1p(most)) if number else 0


# A graph of more references than `_MOST` would be a hairball: then only the faulty ones of the
# `_WORST` incidents are drawn.
_MOST, _WORST = 150, 20
# Pixels between two names.
_ROW = 20
_GONE = EdgeState.DANGLING


def plot_graph(network: Network) -> Graph:
    """Return the graph with a place for each node; equal networks give equal graphs."""
    names = _state_names(network)
    edges = _select_drawn(network)
    counts, drawn = (Counter(edge.state for edge in some) for some in (network.edges, edges))
    told = ", ".join(f"{counts[state]:,} {names[state]}" for state in EdgeState if counts[state])
    incidents = _sort_by_faults(edges)
    rank = {incident: number for number, incident in enumerate(incidents)}
    # A technique is about as high as the incidents that cite it, so that few lines cross.
    # An id that does not exist is a node of its own: nobody knows which one was meant.
    heights: dict[tuple[str, bool], list[int]] = {}
    for edge in edges:
        heights.setdefault(_find_end(edge), []).append(rank[edge.incident])
    techniques = sorted(heights, key=lambda end: (sum(heights[end]) / len(heights[end]), end))
    height = _ROW * max(len(incidents), len(techniques))
    left, right = _spread_out(len(incidents), height), _spread_out(len(techniques), height)
    place = dict(zip(techniques, right, strict=True))
    return Graph(
        title=f"{network.incident.capitalize()}s and {network.technique}s",
        description=f"{len(network.edges):,} references: {told}.{_list_left_out(network, edges)}",
        incident=network.incident,
        technique=network.technique,
        incidents=tuple(
            Node(_shorten_label(incident), y) for incident, y in zip(incidents, left, strict=True)
        ),
        techniques=tuple(
            Node(_shorten_label(end[0]), y, missing=end[1]) for end, y in place.items()
        ),
        lines=tuple(
            Line(edge.state, left[rank[edge.incident]], place[_find_end(edge)]) for edge in edges
        ),
        height=height,
        legend=tuple((state, names[state], drawn[state]) for state in EdgeState if drawn[state]),
        faulty=tuple(
            (clean_text(e.incident), clean_text(e.technique), names[e.state])
            for e in network.faulty
        ),
    )


def _state_names(network: Network) -> dict[EdgeState, str]:
    return {
        EdgeState.SOUND: "stated on both pages",
        EdgeState.INCIDENT_ONLY: f"only on the page of the {network.incident}",
        EdgeState.TECHNIQUE_ONLY: f"only on the page of the {network.technique}",
        EdgeState.LOST: "in the workbook and on no page",
        EdgeState.DANGLING: "to an id that does not exist",
    }


def _sort_by_faults(edges: Iterable[Edge]) -> list[str]:
    """Return the incidents of references, those with most faulty ones first."""
    faults: Counter[str] = Counter()
    for edge in edges:
        faults[edge.incident] += edge.state is not EdgeState.SOUND
    return sorted(faults, key=lambda incident: (-faults[incident], incident))


def _select_drawn(network: Network) -> list[Edge]:
    """Return the references to draw, sound ones first, so that faulty ones are drawn over them."""
    edges: Sequence[Edge] = network.edges
    if len(edges) > _MOST:
        worst = {incident: n for n, incident in enumerate(_sort_by_faults(network.faulty)[:_WORST])}
        faulty = (edge for edge in network.faulty if edge.incident in worst)
        edges = sorted(faulty, key=lambda edge: worst[edge.incident])[:_MOST]
    order = {state: number for number, state in enumerate(EdgeState)}
    return sorted(edges, key=lambda edge: (order[edge.state], edge))


def _list_left_out(network: Network, edges: Sequence[Edge]) -> str:
    """Say what is not drawn, and why."""
    if len(edges) == len(network.edges):
        return ""
    if not edges:
        return " That is too many to draw, and all of them are sound."
    number = len({edge.incident for edge in edges})
    those = f"{number} {network.incident}{'s' if number > 1 else ''}"
    faulty = len(network.faulty)
    if len(edges) == faulty:
        return f" Too many to draw all: shown are the {faulty:,} faulty ones, of {those}."
    return (
        f" Too many to draw all: shown are {len(edges):,} of the {faulty:,} faulty ones, "
        f"those of the {those} that have most of them."
    )


def _find_end(edge: Edge) -> tuple[str, bool]:
    return edge.technique, edge.state is _GONE


def _shorten_label(node: str) -> str:
    return cut_middle(clean_text(node), 13)


def _spread_out(number: int, height: int) -> list[int]:
    """Return a number of places at equal distances over a height."""
    return [round((place + 0.5) * height / number) for place in range(number)]
