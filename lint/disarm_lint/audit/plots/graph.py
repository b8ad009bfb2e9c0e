"""The graph of incidents and techniques; edges that are broken or one-way in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.network import State
from disarm_lint.audit.plots.canvas import ERROR, MUTED, OTHER, SERIES, WARNING, figure, svg
from disarm_lint.audit.plots.layout import apart, layout
from disarm_lint.audit.plots.model import Numbers, Plot
from disarm_lint.audit.snippets import clean, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from networkx import Graph

    from disarm_lint.audit.network import Edge, Network
    from disarm_lint.audit.plots.layout import Node

_WIDTH, _LOWEST, _HIGHEST = 1100, 420, 860
# As many nodes as a graph may have to be read; how much room a name takes.
_NODES = 420
_FEW = 40
_NAME = (66, 13)
_STYLES = {
    State.SOUND: (MUTED, 0.6, 0.35, "-"),
    State.TECHNIQUE_ONLY: (WARNING, 2.0, 1.0, "-."),
    State.INCIDENT_ONLY: (WARNING, 2.0, 1.0, "-"),
    State.LOST: (OTHER, 1.3, 0.85, "--"),
    State.DANGLING: (ERROR, 1.8, 1.0, ":"),
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
            f"{network.count(state):,} {labels[state]}" for state in State if network.count(state)
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
    with figure(_WIDTH, height) as fig:
        axes = fig.add_subplot()
        axes.set_axis_off()
        for state in State:
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
        tuple((clean(e.incident), clean(e.technique), labels[e.state]) for e in network.faulty),
    )
    return Plot("graph", title, description, drawn, numbers, _WIDTH)


def _labels(network: Network) -> dict[State, str]:
    return {
        State.SOUND: "stated on both pages",
        State.INCIDENT_ONLY: f"only on the page of the {network.incident}",
        State.TECHNIQUE_ONLY: f"only on the page of the {network.technique}",
        State.LOST: "in the workbook and on no page",
        State.DANGLING: "to an id that does not exist",
    }


def _shown(network: Network) -> tuple[Sequence[Edge], bool]:
    """Return the edges that are drawn, and whether there are more."""
    if _size(network.edges) <= _NODES:
        return network.edges, False
    chosen: list[Edge] = []
    seen: set[tuple[str, str]] = set()
    touched = {("i", e.incident) for e in network.faulty}
    touched |= {("t", e.technique) for e in network.faulty}
    near = [e for e in network.edges if e.state is State.SOUND and _touches(e, touched)]
    far = [e for e in network.edges if e.state is State.SOUND and not _touches(e, touched)]
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
    gone = {("t", edge.technique) for edge in edges if edge.state is State.DANGLING}
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
                label=clean(label),
                zorder=2,
            )


def _names(
    axes: Axes,
    edges: Sequence[Edge],
    places: Mapping[Node, tuple[float, float]],
    height: float,
) -> None:
    """Write the ids at the ends of the edges that are not sound; in a small graph, all."""
    order = list(State)
    faulty = sorted(
        (edge for edge in edges if edge.state is not State.SOUND),
        key=lambda edge: -order.index(edge.state),
    )
    ends = [("t", edge.technique) for edge in faulty] + [("i", edge.incident) for edge in faulty]
    if len(places) <= _FEW:
        ends += sorted(places)
    for node in apart(dict.fromkeys(ends), places, (_WIDTH, height), _NAME):
        axes.annotate(
            shortened(clean(node[1]), 16),
            places[node],
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=10.5,
            zorder=3,
        )
