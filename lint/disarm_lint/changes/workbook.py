"""All sheets of a workbook as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.changes.table import Table, table_of
from disarm_lint.workbooks.load import workbook_spec

if TYPE_CHECKING:
    from disarm_lint.model.profile import Profile, SheetSpec


def workbook_tables(path: str, data: bytes, profile: Profile | None = None) -> dict[str, Table]:
    """Return the sheets of a workbook by name, in its order; one that cannot be read says why.

    All sheets are read, whether the profile knows them or not. A file that is
    no workbook is one table without a name, whose problem says so.
    """
    from disarm_lint.workbooks.read import BadWorkbookError, read_workbook

    try:
        found = read_workbook(path, data, None)
    except BadWorkbookError as error:
        return {"": Table("", problem=error.reason)}
    specs = _specs(path, profile)
    problems = dict(found.problems)
    tables: dict[str, Table] = {}
    for name in found.names:
        sheet = found.sheets.get(name)
        if sheet is not None:
            tables[name] = table_of(sheet, specs.get(_normal(name)))
        else:
            tables[name] = Table(name, problem=problems.get(name, "it cannot be read"))
    return tables


def _normal(sheet: str) -> str:
    return sheet.strip().casefold()


def _specs(path: str, profile: Profile | None) -> dict[str, SheetSpec]:
    if profile is None:
        return {}
    spec = workbook_spec(path, profile)
    sheets = spec.sheets if spec else tuple(s for w in profile.workbooks for s in w.sheets)
    return {_normal(sheet.name): sheet for sheet in sheets}
