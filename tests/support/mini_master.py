"""The small sound corpus of `mini`, with the workbooks that it is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.project import LintRun, lint_contents
from support import mini
from support.workbooks import workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.model.finding import Finding

FRAMEWORK = "DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx"
DATA = "DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx"
EVIDENCE = "Accounts (T0146: Account Asset, T0146.001: Free Account Asset) posted."

Sheets = dict[str, list[list[object]]]


def _sheet(header: str, *rows: Sequence[object]) -> list[list[object]]:
    return [list(header.split()), *(list(row) for row in rows)]


def framework() -> Sheets:
    """Return the sheets of the frameworks workbook."""
    named = "disarm_id name summary longname"
    return {
        "phases": _sheet(named, ("P01", "Plan", "To plan.", "P01 - Plan")),
        "tactics": _sheet(
            "disarm_id name phase_id summary longname",
            (
                "TA09",
                "Deliver Content",
                "P01",
                "What Deliver Content is.",
                "TA09 - Deliver Content",
            ),
            (
                "TA15",
                "Establish Assets",
                "P01",
                "What Establish Assets is.",
                "TA15 - Establish Assets",
            ),
        ),
        "techniques": _sheet(
            "disarm_id name tactic_id summary longname",
            ("T0115", "Post Content", "TA09", "What Post Content is.", "T0115 - Post Content"),
            ("T0146", "Account Asset", "TA15", "What Account Asset is.", "T0146 - Account Asset"),
            (
                "T0146.001",
                "Free Account Asset",
                "TA15",
                "A free account, as in T0146: Account Asset.",
                "T0146.001 - Free Account Asset",
            ),
        ),
        "tasks": _sheet("disarm_id name tactic_id summary longname"),
        "frameworks": _sheet("disarm_id name longname"),
        "detections": _sheet(
            "disarm_id name metatechnique summary tactic responsetype techniques longname"
        ),
        "countermeasures": _sheet(
            "disarm_id name metatechnique summary actortypes resources_needed tactic responsetype "
            "techniques longname"
        ),
        "responsetypes": _sheet(named),
        "metatechniques": _sheet(named),
        "actortypes": _sheet("disarm_id name summary sector_ids framework_ids longname"),
        "resources": _sheet("disarm_id name longname"),
        "sectors": _sheet("disarm_id name longname"),
    }


def data() -> Sheets:
    """Return the sheets of the data workbook."""
    return {
        "incidents": _sheet(
            "disarm_id name objecttype summary year_started attributions_seen found_in_country "
            "urls when_added found_via longname",
            (
                "I00001",
                "The First Case",
                "incident",
                "What happened.",
                2016,
                "Utopia",
                "Erewhon",
                None,
                "2019-02-24",
                None,
                "I00001 - The First Case",
            ),
        ),
        "urls": _sheet("url_id pub_date authors org archive_link"),
        "incidenttechniques": _sheet(
            "disarm_id name incident_id technique_ids summary",
            ("IT00000001", EVIDENCE, "I00001", "T0146"),
        ),
        "associatedtechniques": _sheet(
            "disarm_id description technique_id associated_technique_id"
        ),
    }


def files(
    frameworks: Sheets | None = None, masters: Sheets | None = None, **pages: str
) -> dict[str, bytes]:
    """Return the pages, some replaced (`T0146="..."`), with the workbooks of the given sheets."""
    found = {path: text.encode() for path, text in mini.corpus().items()}
    for name, text in pages.items():
        path = next(p for p in found if p.rpartition("/")[2] == f"{name.replace('_', '.')}.md")
        found[path] = text.encode()
    found[FRAMEWORK] = workbook(frameworks or framework())
    found[DATA] = workbook(masters or data())
    return found


def run(contents: dict[str, bytes]) -> LintRun:
    """Lint files in memory with the default rules."""
    chosen = [loaded for loaded in mini.rules() if loaded.rule.default]
    return lint_contents(dict(contents), chosen)


def findings(contents: dict[str, bytes]) -> list[Finding]:
    """Return what the default rules find."""
    return list(run(contents).outcome.findings)


def place(finding: Finding) -> str:
    """Return `techniques!B2:4` for a cell, `T0146.md:3:1` for a page."""
    cell, span = finding.location.cell, finding.location.span
    if cell is not None:
        return f"{cell.address}:{cell.offset}-{cell.end_offset}"
    file = finding.location.path.rpartition("/")[2]
    return f"{file}:{span.line}:{span.column}" if span else file
