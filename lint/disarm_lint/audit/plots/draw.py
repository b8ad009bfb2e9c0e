"""All plots of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.audit.model import Audit
    from disarm_lint.audit.plots.model import Plot


def plots_of(audit: Audit) -> tuple[Plot, ...]:
    """Draw what a report has numbers for; needs matplotlib and networkx."""
    from disarm_lint.audit.plots.families import plot_families
    from disarm_lint.audit.plots.graph import plot_graph
    from disarm_lint.audit.plots.heat import plot_heat
    from disarm_lint.audit.plots.series import plot_series

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
