"""From the bytes of a master workbook to documents, and what of it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.profile import Need
from disarm_lint.workbooks.rows import read_rows

if TYPE_CHECKING:
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile, WorkbookSpec

SUFFIX = ".xlsx"
NO_SHEET = "the workbook has no such sheet"


@dataclass(frozen=True, slots=True)
class BadSheet:
    """Something of a workbook that cannot be read, and why.

    `sheet` is None for the whole of it; `column` is set where only the column
    with that header cell is missing.
    """

    path: str
    reason: str
    sheet: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Workbook:
    """A master workbook: its path, its rows, and what of it cannot be read.

    `sheets` are the names of the sheets that were read whole.
    """

    path: str
    documents: tuple[Document, ...]
    problems: tuple[BadSheet, ...] = ()
    sheets: frozenset[str] = frozenset()


def _normal(sheet: str) -> str:
    return sheet.strip().casefold()


def workbook_spec(path: str, profile: Profile) -> WorkbookSpec | None:
    """Return what the profile says of a workbook, by its file name."""
    file = path.rpartition("/")[2].casefold()
    return next((spec for spec in profile.workbooks if spec.file.casefold() == file), None)


def load_workbook(path: str, data: bytes, profile: Profile) -> Workbook:
    """Read the sheets of a workbook that the profile declares.

    A workbook whose file name the profile does not know is read for the
    declared sheets of all workbooks: names of sheets tell more than names of files.
    """
    from disarm_lint.workbooks.read import BadWorkbookError, read_workbook

    spec = workbook_spec(path, profile)
    sheets = spec.sheets if spec else tuple(s for w in profile.workbooks for s in w.sheets)
    try:
        found = read_workbook(path, data, [sheet.name for sheet in sheets])
    except BadWorkbookError as error:
        return Workbook(path, (), (BadSheet(path, error.reason),))
    problems = [BadSheet(path, reason, sheet) for sheet, reason in found.problems]
    broken = {_normal(sheet) for sheet, _ in found.problems}
    contents = {_normal(name): content for name, content in found.sheets.items()}
    documents: list[Document] = []
    whole = []
    for sheet in sheets:
        content = contents.get(_normal(sheet.name))
        if content is None:
            expected = spec is not None and sheet.presence is Need.REQUIRED
            if expected and _normal(sheet.name) not in broken:
                problems.append(BadSheet(path, NO_SHEET, sheet.name))
            continue
        rows = read_rows(path, content, sheet, profile)
        documents += rows.documents
        if not rows.header:
            reason = "it has none of the header cells that belong there"
            problems.append(BadSheet(path, reason, sheet.name))
        if rows.pending is not None:
            reason = (
                f"the formula in {rows.pending} has no value yet; open the workbook in a "
                "spreadsheet program and save it"
            )
            problems.append(BadSheet(path, reason, sheet.name))
        problems += [
            BadSheet(path, f"it has no column “{header}”", sheet.name, header)
            for header in rows.missing
        ]
        if rows.header and not rows.missing and rows.pending is None:
            whole.append(sheet.name)
    if not problems and not whole:
        reason = "it has none of the sheets that the framework's pages are made from"
        problems.append(BadSheet(path, reason))
    return Workbook(path, tuple(documents), tuple(problems), frozenset(whole))
