"""The report as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.plots import draw_plots
from disarm_lint.model.words import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from disarm_lint.audit.build import ReleaseComparison
    from disarm_lint.audit.model import Audit, AuditEntry, MarkedSnippet

# How many causes are shown in full; the others are in a table.
_FIRST = 10
_TEMPLATE = "report.html.j2"


def render_html(audit: Audit, comparison: ReleaseComparison | None = None) -> str:
    """Return the report; needs Jinja2.

    Everything that comes from a page, a workbook or the command line is
    escaped by the template.
    """
    first = audit.causes[:_FIRST]
    return build_environment().get_template(_TEMPLATE).render(
        audit=audit,
        comparison=comparison,
        plots=draw_plots(audit),
        first=first,
        told=_find_repeated(audit.entries),
        cured=sum(root.findings for root in audit.roots[:_FIRST]),
        roots=audit.roots[:_FIRST],
        shares=compute_shares([number for _, number in audit.report.summary.by_severity]),
        names={tactic.id: tactic.name for tactic in audit.tactics},
        cells=any(cause.cells for cause in audit.causes),
        since=any(cause.since for cause in audit.causes),
    )  # fmt: skip


def build_environment() -> Environment:
    """Return the environment of the templates: it escapes everything, and has our filters."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("disarm_lint.audit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = lambda number: f"{number:,}"
    environment.filters["s"] = format_count
    environment.filters["cells"] = _list_cells
    environment.filters["code"] = _mark_code
    environment.filters["alike"] = _group_alike
    return environment


# A shorter context is repeated, because a reference to it would be as long.
_LONG = 60


def _find_repeated(entries: Iterable[AuditEntry]) -> dict[int, int]:
    """Return the findings with the same context as an earlier one of their cause, and its number.

    Texts that a workbook shares with several pages would fill half of the file.
    """
    seen: dict[tuple[int, MarkedSnippet], int] = {}
    told = {}
    for entry in entries:
        text = entry.snippet
        if text is None or len(text.before) + len(text.marked) + len(text.after) < _LONG:
            continue
        first = seen.setdefault((entry.cause, text), entry.number)
        if first != entry.number:
            told[entry.number] = first
    return told


def _group_alike(entries: Iterable[AuditEntry]) -> Iterator[list[AuditEntry]]:
    """Yield the entries of a page in groups of equal messages, in the order of their firsts."""
    groups: dict[tuple[str | int, ...], list[AuditEntry]] = {}
    for entry in entries:
        key = (entry.cause, entry.tactic, entry.message, entry.help, entry.shown.finding.severity)
        groups.setdefault(key, []).append(entry)
    yield from groups.values()


def _mark_code(text: str) -> Markup:
    """Return an escaped text, with the words between backticks as code."""
    from markupsafe import Markup, escape

    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    shown = (
        Markup("<code>{}</code>").format(p) if n % 2 else escape(p) for n, p in enumerate(parts)
    )
    return Markup("").join(shown)


def compute_shares(numbers: Sequence[int]) -> list[float]:
    """Return percentages with one decimal; if all numbers are 0, so are these."""
    total = sum(numbers) or 1
    return [round(100 * number / total, 1) for number in numbers]


def _list_cells(cells: Sequence[str], most: int) -> list[str]:
    """Return the first cells by sheet: `BOOK.xlsx, sheet!B2, B5`."""
    by_sheet: dict[str, list[str]] = {}
    for cell in cells[:most]:
        sheet, _, ref = cell.rpartition("!")
        by_sheet.setdefault(sheet, []).append(ref)
    return [f"{sheet}!{', '.join(refs)}" for sheet, refs in by_sheet.items()]
