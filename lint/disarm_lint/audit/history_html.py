"""The report of a history as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.history import MOST_NAME, MOST_TEXT
from disarm_lint.audit.render import environment, shares

if TYPE_CHECKING:
    from disarm_lint.audit.history_model import HistoryReport

_TEMPLATE = "history/report.html.j2"
# A list of at most so many lines is open from the start.
_OPEN = 12


def render_history_html(report: HistoryReport) -> str:
    """Return the report; needs Jinja2 and matplotlib.

    Everything that comes from a page, a workbook, git or the command line is
    escaped by the template.
    """
    from disarm_lint.audit.plots.series import plot_series

    return environment().get_template(_TEMPLATE).render(
        report=report,
        tool=report.tool,
        plot=plot_series(report.series) if report.series else None,
        shares=shares([report.open, report.fixed]),
        most_open=_OPEN,
        most_text=MOST_TEXT,
        most_name=MOST_NAME,
    )  # fmt: skip
