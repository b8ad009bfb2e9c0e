"""Findings by family of rules, and on what they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.plots.canvas import SERIES, figure, svg
from disarm_lint.audit.plots.model import Numbers, Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.audit.model import FamilyRow

_WIDTH, _ROW = 900, 34
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
    with figure(_WIDTH, 84 + _ROW * len(families)) as fig:
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
    return Plot("families", _TITLE, description, drawn, numbers, _WIDTH)


def _by_kind(family: FamilyRow, kinds: Sequence[str]) -> tuple[int, ...]:
    values = dict(family.by_kind)
    known = tuple(values.get(kind, 0) for kind in kinds)
    if kinds[-1] == "other kinds":
        return (*known[:-1], sum(values.values()) - sum(known[:-1]))
    return known
