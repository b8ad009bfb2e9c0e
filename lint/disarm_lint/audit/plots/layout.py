"""Where the nodes of a graph stand, and which of their names are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from networkx import Graph

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
