"""Findings over releases, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.model import FAMILIES
from disarm_lint.audit.plots.canvas import GRID, MUTED, SERIES, figure, svg
from disarm_lint.audit.plots.model import Numbers, Plot
from disarm_lint.audit.snippets import clean, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.audit.model import Release

_WIDTH, _HEIGHT = 860, 340
_LABELS = 16


def plot_series(series: Sequence[Release]) -> Plot:
    """Draw the findings of each release, the oldest first; there is at least one release."""
    letters = [letter for letter in FAMILIES if any(r.findings.get(letter) for r in series)]
    totals = [sum(release.findings.values()) for release in series]
    title = "Findings over releases"
    description = (
        f"Stacked bars: {totals[0]:,} findings in {clean(series[0].label)}, "
        f"{totals[-1]:,} in {clean(series[-1].label)}; at most {max(totals):,}."
    )
    with figure(_WIDTH, _HEIGHT) as fig:
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
            [shortened(clean(release.label), 14) for release in series][::step],
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
            f"{clean(release.label)} ({clean(release.date)})",
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
        _WIDTH,
    )
