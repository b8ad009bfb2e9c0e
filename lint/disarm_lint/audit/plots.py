"""Plots, which take the colours of the page that they stand in."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from disarm_lint.audit.entries import clean_text, shorten
from disarm_lint.audit.graph import EdgeState
from disarm_lint.audit.model import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from networkx import Graph

    from disarm_lint.audit.graph import Edge, Network
    from disarm_lint.audit.model import Audit, FamilyRow, Heat, Release


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


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"

# Matplotlib wants colours; each of these stands for a variable of the style sheet.
INK, MUTED, GRID, GROUND, HEAT = "#010101", "#010102", "#010103", "#010104", "#010105"
ERROR, WARNING, OTHER = "#010106", "#010107", "#010108"
SERIES = tuple(f"#0102{number:02d}" for number in range(9))
_VARIABLES = {
    INK: "ink", MUTED: "muted", GRID: "line", GROUND: "ground", HEAT: "heat",
    ERROR: "error", WARNING: "warning", OTHER: "other",
    **{colour: f"k{number}" for number, colour in enumerate(SERIES)},
}  # fmt: skip
_COLOUR = re.compile(r"#010[12][0-9]{2}\b")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"font(?:-family)?:[^;]*;?\s*")
_SIZE = re.compile(r"font:[^;]*?([0-9.]+)px")
_MESSAGE = "disarm-lint"


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """Yield an empty figure of so many pixels, one pixel to a point."""
    import matplotlib
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.hashsalt": _MESSAGE,
        "svg.fonttype": "none",
        # A name may hold a dollar sign; it is no formula.
        "text.parse_math": False,
        "font.family": "DejaVu Sans",
        "font.size": 12,
        "text.color": INK,
        "axes.edgecolor": GRID,
        "axes.labelcolor": INK,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "legend.frameon": False,
        "hatch.color": GROUND,
    }
    # What has no glyph in the font that measures is drawn by the browser's all the same.
    with warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.simplefilter("ignore")
        yield Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")


def svg(fig: Figure, key: str, title: str, description: str) -> str:
    """Return a figure as an SVG element for a page of HTML; its ids begin with `key`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = BytesIO()
    FigureCanvasSVG(fig)
    fig.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _strip(root)
    used = _used(root)
    for element in root.iter():
        _mend(element, key, used)
    _flatten(root)
    for name in list(root.attrib):
        if name not in ("viewBox", "width", "height"):
            del root.attrib[name]
    width, height = (float(root.attrib.pop(name).rstrip("pt")) for name in ("width", "height"))
    root.set("width", f"{width:.0f}")
    root.set("height", f"{height:.0f}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-description")
    for number, (tag, text) in enumerate((("title", title), ("description", description))):
        label = ElementTree.Element("desc" if number else "title", {"id": f"{key}-{tag}"})
        label.text = text
        root.insert(number, label)
    return ElementTree.tostring(root, encoding="unicode")


def _strip(parent: ElementTree.Element) -> None:
    """Take out metadata and style sheets, which would apply to the page around."""
    for child in list(parent):
        if child.tag.rpartition("}")[2] in ("metadata", "style"):
            parent.remove(child)
        else:
            _strip(child)


def _used(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name in (_XLINK, "href"):
                found.add(value.removeprefix("#"))
            found.update(_REFERENCE.findall(value))
    return found


def _mend(element: ElementTree.Element, key: str, used: set[str]) -> None:
    element.tag = element.tag.rpartition("}")[2]
    attributes = element.attrib
    if (name := attributes.pop("id", None)) in used:
        attributes["id"] = f"{key}-{name}"
    if (target := attributes.pop(_XLINK, None)) is not None:
        attributes["href"] = f"#{key}-{target.removeprefix('#')}"
    for name in ("d", "x", "y", "width", "height", "transform", "points"):
        if name in attributes and element.tag != "svg":
            value = _NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), attributes[name])
            attributes[name] = " ".join(value.split())
    for name in ("style", "fill", "stroke", "clip-path"):
        if name not in attributes:
            continue
        value = _COLOUR.sub(lambda m: f"var(--{_VARIABLES[m[0]]})", attributes[name])
        if element.tag == "text":
            size = _SIZE.search(value)
            value = _FONT.sub("", value)
            value = f"font-size: {size[1]}px; {value}" if size else value
        attributes[name] = _REFERENCE.sub(rf"url(#{key}-\1)", value).replace("; ", ";").strip()


def _flatten(parent: ElementTree.Element) -> None:
    """Lift what stands in groups that say nothing."""
    children: list[ElementTree.Element] = []
    for child in list(parent):
        _flatten(child)
        children += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = children
    parent.text = parent.text if parent.tag == "text" else None
    for child in parent:
        child.tail = None


# A side (`i` for incidents, `t` for techniques) and an id.
Node = tuple[str, str]

_SEED = 16
_ROOM, _PULL = 3.2, -0.35


def layout(graph: Graph[Node]) -> dict[Node, tuple[float, float]]:
    """Place the nodes; what lies far out is drawn nearer, so that the crowd has more room."""
    import networkx

    # Sets have no order of their own, and the layout begins with that of the nodes.
    ordered: Graph[Node] = networkx.Graph()
    ordered.add_nodes_from(sorted(graph))
    ordered.add_edges_from(sorted((min(edge), max(edge)) for edge in graph.edges))
    # Parts that nothing joins would drift away from each other for ever.
    parts = sorted(networkx.connected_components(ordered), key=lambda p: (-len(p), min(p)))
    hubs = [max(sorted(part), key=ordered.degree) for part in parts]
    tied = ordered.copy()
    tied.add_edges_from((hubs[0], hub) for hub in hubs[1:])
    found = networkx.spring_layout(tied, k=_ROOM / len(tied) ** 0.5, iterations=250, seed=_SEED)
    middle = sum(found.values()) / len(found)
    places = {}
    for node, place in found.items():
        x, y = (float(part) for part in place - middle)
        far = (x * x + y * y) ** 0.5 or 1.0
        places[node] = (x * far**_PULL, y * far**_PULL)
    return places


def apart(
    nodes: Iterable[Node],
    places: Mapping[Node, tuple[float, float]],
    size: tuple[float, float],
    room: tuple[float, float],
) -> list[Node]:
    """Return the nodes whose names do not cover one another, the first ones first.

    `size` is that of the drawing, `room` what a name takes of it.
    """
    xs, ys = zip(*places.values(), strict=True)
    wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    kept: list[tuple[Node, float, float]] = []
    for node in nodes:
        x, y = places[node][0] / wide * size[0], places[node][1] / high * size[1]
        if all(abs(x - left) > room[0] or abs(y - top) > room[1] for _, left, top in kept):
            kept.append((node, x, y))
    return [node for node, _, _ in kept]


_BARS_WIDTH, _BAR_ROW = 900, 34
_TITLE = "Findings by family of rules and kind of page"


def plot_families(families: Sequence[FamilyRow]) -> Plot:
    """Draw a bar for each family, parted by kind of page; there is at least one family."""
    total: dict[str, int] = {}
    for family in families:
        for kind, number in family.by_kind:
            total[kind] = total.get(kind, 0) + number
    ranked = sorted(total, key=lambda kind: (-total[kind], kind))
    most = len(SERIES)
    kinds = ranked if len(ranked) <= most else [*ranked[: most - 1], "other kinds"]
    table = [_by_kind(family, kinds) for family in families]
    biggest = max(families, key=lambda family: family.counts.findings)
    description = (
        f"Stacked bars. Most findings are in {biggest.letter}, {biggest.title}: "
        f"{biggest.counts.findings:,} of {sum(total.values()):,}."
    )
    with figure(_BARS_WIDTH, 84 + _BAR_ROW * len(families)) as fig:
        axes = fig.add_subplot()
        places = range(len(families))
        left = [0] * len(families)
        for number, kind in enumerate(kinds):
            values = [row[number] for row in table]
            axes.barh(places, values, left=left, color=SERIES[number], height=0.62, label=kind)
            left = [one + other for one, other in zip(left, values, strict=True)]
        for place, end in zip(places, left, strict=True):
            axes.annotate(
                f"{end:,}",
                (end, place),
                xytext=(6, 0),
                textcoords="offset points",
                va="center_baseline",
            )
        axes.set_yticks(places, [f"{family.letter} {family.title}" for family in families])
        axes.invert_yaxis()
        axes.margins(x=0.09)
        axes.tick_params(length=0)
        axes.xaxis.set_visible(False)
        axes.spines[:].set_visible(False)
        fig.legend(
            loc="outside lower center",
            ncols=min(6, len(kinds)),
            fontsize=11,
            handlelength=1,
            handleheight=1,
            columnspacing=1.4,
        )
        drawn = svg(fig, "families", _TITLE, description)
    rows: list[tuple[str | int, ...]] = [
        (f"{family.letter} {family.title}", *row, family.counts.findings)
        for family, row in zip(families, table, strict=True)
    ]
    numbers = Numbers(("Family", *kinds, "all"), tuple(rows))
    return Plot("families", _TITLE, description, drawn, numbers, _BARS_WIDTH)


def _by_kind(family: FamilyRow, kinds: Sequence[str]) -> tuple[int, ...]:
    values = dict(family.by_kind)
    known = tuple(values.get(kind, 0) for kind in kinds)
    if kinds[-1] == "other kinds":
        return (*known[:-1], sum(values.values()) - sum(known[:-1]))
    return known


_GRAPH_WIDTH, _LOWEST, _HIGHEST = 1100, 420, 860
# As many nodes as a graph may have to be read; how much room a name takes.
_NODES = 420
_FEW = 40
_NAME = (66, 13)
_STYLES = {
    EdgeState.SOUND: (MUTED, 0.6, 0.35, "-"),
    EdgeState.TECHNIQUE_ONLY: (WARNING, 2.0, 1.0, "-."),
    EdgeState.INCIDENT_ONLY: (WARNING, 2.0, 1.0, "-"),
    EdgeState.LOST: (OTHER, 1.3, 0.85, "--"),
    EdgeState.DANGLING: (ERROR, 1.8, 1.0, ":"),
}


def plot_graph(network: Network) -> Plot:
    """Draw incidents as squares, techniques as dots; broken and one-way edges in colour."""
    import networkx

    edges, cut = _shown(network)
    labels = _labels(network)
    title = f"{network.incident.capitalize()}s and {network.technique}s"
    description = (
        f"Graph of {len(network.edges):,} references: "
        + ", ".join(
            f"{network.count(state):,} {labels[state]}"
            for state in EdgeState
            if network.count(state)
        )
        + "."
        + (f" Shown are {len(edges):,}: the coloured ones and what lies next to them." * cut)
    )
    graph: Graph[Node] = networkx.Graph()
    # Ids of the two kinds never meet: an id as written might be anything.
    for edge in edges:
        graph.add_edge(("i", edge.incident), ("t", edge.technique))
    places = layout(graph)
    height = min(_HIGHEST, _LOWEST + 4 * len(places))
    with figure(_GRAPH_WIDTH, height) as fig:
        axes = fig.add_subplot()
        axes.set_axis_off()
        for state in EdgeState:
            xs: list[float] = []
            ys: list[float] = []
            for edge in (edge for edge in edges if edge.state is state):
                one, other = places["i", edge.incident], places["t", edge.technique]
                xs += (one[0], other[0], float("nan"))
                ys += (one[1], other[1], float("nan"))
            colour, thick, alpha, dashes = _STYLES[state]
            number = network.count(state)
            if xs:
                axes.plot(
                    xs, ys, color=colour, linewidth=thick, alpha=alpha, linestyle=dashes,
                    label=f"{labels[state]} ({number:,})", zorder=1,
                )  # fmt: skip
        _nodes(axes, network, edges, places)
        _names(axes, edges, places, height)
        axes.margins(0.03)
        fig.legend(loc="outside lower center", ncols=4, fontsize=12)
        drawn = svg(fig, "graph", title, description)
    numbers = Numbers(
        (network.incident.capitalize(), network.technique.capitalize(), "State"),
        tuple(
            (clean_text(e.incident), clean_text(e.technique), labels[e.state])
            for e in network.faulty
        ),
    )
    return Plot("graph", title, description, drawn, numbers, _GRAPH_WIDTH)


def _labels(network: Network) -> dict[EdgeState, str]:
    return {
        EdgeState.SOUND: "stated on both pages",
        EdgeState.INCIDENT_ONLY: f"only on the page of the {network.incident}",
        EdgeState.TECHNIQUE_ONLY: f"only on the page of the {network.technique}",
        EdgeState.LOST: "in the workbook and on no page",
        EdgeState.DANGLING: "to an id that does not exist",
    }


def _shown(network: Network) -> tuple[Sequence[Edge], bool]:
    """Return the edges that are drawn, and whether there are more."""
    if _size(network.edges) <= _NODES:
        return network.edges, False
    chosen: list[Edge] = []
    seen: set[tuple[str, str]] = set()
    touched = {("i", e.incident) for e in network.faulty}
    touched |= {("t", e.technique) for e in network.faulty}
    near = [e for e in network.edges if e.state is EdgeState.SOUND and _touches(e, touched)]
    far = [e for e in network.edges if e.state is EdgeState.SOUND and not _touches(e, touched)]
    for edge in (*network.faulty, *near, *far):
        ends = {("i", edge.incident), ("t", edge.technique)}
        if len(seen | ends) <= _NODES:
            seen |= ends
            chosen.append(edge)
    return sorted(chosen), len(chosen) < len(network.edges)


def _size(edges: Sequence[Edge]) -> int:
    return len({e.incident for e in edges}) + len({e.technique for e in edges})


def _touches(edge: Edge, nodes: set[tuple[str, str]]) -> bool:
    return ("i", edge.incident) in nodes or ("t", edge.technique) in nodes


def _nodes(
    axes: Axes,
    network: Network,
    edges: Sequence[Edge],
    places: Mapping[Node, tuple[float, float]],
) -> None:
    gone = {("t", edge.technique) for edge in edges if edge.state is EdgeState.DANGLING}
    groups = (
        ("s", 26, SERIES[1], network.incident, [node for node in places if node[0] == "i"]),
        (
            "o",
            18,
            SERIES[0],
            network.technique,
            [n for n in places if n[0] == "t" and n not in gone],
        ),
        ("X", 46, ERROR, "no such id", [node for node in places if node in gone]),
    )
    scale = 2.2 if len(places) <= _FEW else 1.0
    for marker, size, colour, label, nodes in groups:
        if nodes:
            axes.scatter(
                [places[node][0] for node in nodes],
                [places[node][1] for node in nodes],
                s=size * scale,
                c=colour,
                marker=marker,
                linewidths=0,
                label=clean_text(label),
                zorder=2,
            )


def _names(
    axes: Axes,
    edges: Sequence[Edge],
    places: Mapping[Node, tuple[float, float]],
    height: float,
) -> None:
    """Write the ids at the ends of the edges that are not sound; in a small graph, all."""
    order = list(EdgeState)
    faulty = sorted(
        (edge for edge in edges if edge.state is not EdgeState.SOUND),
        key=lambda edge: -order.index(edge.state),
    )
    ends = [("t", edge.technique) for edge in faulty] + [("i", edge.incident) for edge in faulty]
    if len(places) <= _FEW:
        ends += sorted(places)
    for node in apart(dict.fromkeys(ends), places, (_GRAPH_WIDTH, height), _NAME):
        axes.annotate(
            shorten(clean_text(node[1]), 16),
            places[node],
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=10.5,
            zorder=3,
        )


_CELL, _HEAT_ROW, _LABEL, _LONGEST = 44, 27, 290, 40
# The strongest tint on which a number is still read well, in light and dark.
_FAINTEST, _STRONGEST = 0.10, 0.62


def plot_heat(heat: Heat, tactic: str) -> Plot:
    """Draw a cell for each tactic and rule, darker for more; there is at least one of each."""
    from math import log1p

    from matplotlib.patches import Rectangle

    width = _LABEL + _CELL * len(heat.rules) + 20
    height = 70 + _HEAT_ROW * len(heat.tactics)
    most, row, column = max(
        (number, row, column)
        for row, numbers in enumerate(heat.cells)
        for column, number in enumerate(numbers)
    )
    title = f"Findings by {tactic} and rule"
    description = (
        f"Heat map. Most are in {heat.tactics[row].id} {heat.tactics[row].name}, "
        f"{heat.rules[column].code} {heat.rules[column].name}: {most:,}."
    )
    with figure(width, height) as fig:
        axes = fig.add_subplot()
        for y, numbers in enumerate(heat.cells):
            for x, number in enumerate(numbers):
                if not number:
                    axes.plot([x], [y], ".", color=GRID, markersize=3)
                    continue
                share = log1p(number) / log1p(most)
                alpha = _FAINTEST + (_STRONGEST - _FAINTEST) * share
                box = Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, facecolor=HEAT, edgecolor="none")
                box.set_alpha(round(alpha, 2))
                axes.add_patch(box)
                axes.text(x, y, f"{number:,}", ha="center", va="center_baseline", fontsize=11.5)
        axes.set_xlim(-0.5, len(heat.rules) - 0.5)
        axes.set_ylim(len(heat.tactics) - 0.5, -0.5)
        axes.set_xticks(range(len(heat.rules)), [rule.code for rule in heat.rules])
        axes.set_yticks(
            range(len(heat.tactics)),
            [_label(f"{row.id} {row.name}") for row in heat.tactics],
        )
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=12, colors=INK)
        axes.spines[:].set_visible(False)
        drawn = svg(fig, "heat", title, description)
    table = Numbers(
        (tactic.capitalize(), *(rule.code for rule in heat.rules)),
        tuple(
            (f"{line.id} {line.name}", *numbers)
            for line, numbers in zip(heat.tactics, heat.cells, strict=True)
        ),
    )
    return Plot("heat", title, description, drawn, table, width)


def _label(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


_SERIES_WIDTH, _HEIGHT = 860, 340
_LABELS = 16


def plot_series(series: Sequence[Release]) -> Plot:
    """Draw the findings of each release, the oldest first; there is at least one release."""
    letters = [letter for letter in FAMILIES if any(r.findings.get(letter) for r in series)]
    totals = [sum(release.findings.values()) for release in series]
    title = "Findings over releases"
    description = (
        f"Stacked bars: {totals[0]:,} findings in {clean_text(series[0].label)}, "
        f"{totals[-1]:,} in {clean_text(series[-1].label)}; at most {max(totals):,}."
    )
    with figure(_SERIES_WIDTH, _HEIGHT) as fig:
        axes = fig.add_subplot()
        places = range(len(series))
        below = [0] * len(series)
        for number, letter in enumerate(letters):
            values = [release.findings.get(letter, 0) for release in series]
            axes.bar(
                places, values, bottom=below, width=0.8,
                color=SERIES[number % len(SERIES)], label=f"{letter} {FAMILIES[letter]}",
            )  # fmt: skip
            below = [one + other for one, other in zip(below, values, strict=True)]
        step = -(-len(series) // _LABELS)
        axes.set_xticks(
            list(places)[::step],
            [shorten(clean_text(release.label), 14) for release in series][::step],
            rotation=30 if len(series) > 8 else 0,
            ha="right" if len(series) > 8 else "center",
        )
        axes.yaxis.grid(visible=True, color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.spines[["top", "right", "left"]].set_visible(False)
        if letters:
            fig.legend(loc="outside right upper", fontsize=11, handlelength=1, handleheight=1)
        drawn = svg(fig, "series", title, description)
    rows: list[tuple[str | int, ...]] = [
        (
            f"{clean_text(release.label)} ({clean_text(release.date)})",
            *(release.findings.get(letter, 0) for letter in letters),
            total,
        )
        for release, total in zip(series, totals, strict=True)
    ]
    return Plot(
        "series",
        title,
        description,
        drawn,
        Numbers(("Release", *letters, "all"), tuple(rows)),
        _SERIES_WIDTH,
    )


def plots_of(audit: Audit) -> tuple[Plot, ...]:
    """Draw what a report has numbers for; needs matplotlib and networkx."""
    pass
    pass
    pass
    pass

    found = []
    if audit.series:
        found.append(plot_series(audit.series))
    if audit.families:
        found.append(plot_families(audit.families))
    if audit.heat.tactics:
        found.append(plot_heat(audit.heat, audit.tactic))
    if audit.network is not None:
        found.append(plot_graph(audit.network))
    return tuple(found)
