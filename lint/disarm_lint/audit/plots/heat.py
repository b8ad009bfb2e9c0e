"""A heat map: which rules find most in which tactics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.plots.canvas import GRID, HEAT, INK, figure, svg
from disarm_lint.audit.plots.model import Numbers, Plot

if TYPE_CHECKING:
    from disarm_lint.audit.model import Heat

_CELL, _ROW, _LABEL, _LONGEST = 44, 27, 290, 40
# The strongest tint on which a number is still read well, in light and dark.
_FAINTEST, _STRONGEST = 0.10, 0.62


def plot_heat(heat: Heat, tactic: str) -> Plot:
    """Draw a cell for each tactic and rule, darker for more; there is at least one of each."""
    from math import log1p

    from matplotlib.patches import Rectangle

    width = _LABEL + _CELL * len(heat.rules) + 20
    height = 70 + _ROW * len(heat.tactics)
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
