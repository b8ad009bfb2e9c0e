"""A workbook, a sheet or a column of it that cannot be read.

The master workbooks say what exists. A part that cannot be read is not checked, and the
pages decide instead: if the sheet of techniques is missing, the technique pages say
which techniques exist.

A sheet that older releases lack counts as missing only if the pages show its rows. A
formula without a value, as scripts write it, counts as unreadable: no program has
computed it yet.

A text above the header is reported: the linter finds the header below it, the generator
takes the first row.

What pages show of such a part is not checked until it can be read: what is wrong there stands
in its cells, and old findings would be reported as new. This is so for nothing that is
written by hand, below the edit marker.

The finding stands at the beginning of the workbook, or in the first cell of
the sheet. If sheets or columns have other names in your workbooks, describe
them in a profile of your own.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidents
| ⟦⟧disarm_id | name | objecttype | summary | year | found_in_country | urls | when_added | found_via |
| I00064 | Tinder nightmares | incident | Bots on Tinder. | 2017 | UK |  |  |  |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!urls
| url_id | pub_date | authors | org | archive_link |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts. | I00064 | T0146 |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!associatedtechniques
| disarm_id | description | technique_id | associated_technique_id |
```

```text DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx
⟦⟧<!DOCTYPE html><title>Sign in</title>
```

```text findings
the sheet “incidents” has no column “year_started”: put its header cell back under this name
this workbook was not read: it is an HTML page, not an .xlsx file
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidents
| disarm_id | name | objecttype | summary | year_started | found_in_country | urls | when_added | found_via |
| I00064 | Tinder nightmares | incident | Bots on Tinder. | 2017 | UK |  |  |  |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!urls
| url_id | pub_date | authors | org | archive_link |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts. | I00064 | T0146 |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!associatedtechniques
| disarm_id | description | technique_id | associated_technique_id |
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.profile import Need
from disarm_lint.model.text import CellSpan, Location, Span, Text
from disarm_lint.model.words import format_count, join_words
from disarm_lint.parse.workbook import (
    ABOVE_HEADER,
    MISNAMED,
    NO_SHEET,
    BadSheet,
    find_workbook_spec,
)
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._regeneration.renderings import list_feeding_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding, Related
    from disarm_lint.model.profile import SheetSpec
    from disarm_lint.parse.workbook import Workbook

RULE = Rule(
    code="X904",
    name="unreadable-workbook",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="restore the sheet or the column",
    dominant=True,
)


# What a workbook is saved as by mistake.
_OTHERS = (".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".numbers")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each workbook, sheet and column that could not be read."""
    del options
    for workbook in corpus.workbooks:
        for problem in (
            *workbook.problems,
            *_find_missing_sheets(corpus, workbook),
            *workbook.slips,
        ):
            read = problem in workbook.slips
            shown = [] if read else list(_list_dependent(corpus, problem))
            finding = RULE.in_file(
                _locate(problem),
                _describe(problem),
                subject=problem.sheet or problem.path,
                wrong=f"{problem.reason} {problem.column}"
                if problem.reason == MISNAMED
                else problem.reason,
                origin=f"{problem.path}#{problem.sheet}" if problem.sheet else problem.path,
                related=list(_relate_shown(shown)),
            )
            yield replace(finding, covers=tuple(text.location for text in shown))
    yield from _find_missing_workbooks(corpus)


def _find_missing_workbooks(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each workbook that is not there, where it or another is meant to be."""
    profile, tree = corpus.profile, corpus.tree
    if any(entry.section == "master-data" for entry in corpus.context.entries):
        return
    folder = profile.master_data
    names = sorted(tree.names(folder) or ()) if tree is not None and corpus.known else []
    read = {workbook.path.rpartition("/")[2].casefold() for workbook in corpus.workbooks}
    for spec in profile.workbooks:
        kinds = {sheet.defines for sheet in spec.sheets}
        stem = spec.file.rpartition(".")[0].casefold()
        like = [
            name
            for name in names
            if name.casefold().rpartition(".")[0] == stem and name.casefold().endswith(_OTHERS)
        ]
        if spec.file.casefold() in read or spec.file.casefold() in map(str.casefold, names):
            continue
        if like:
            path = f"{folder}/{like[0]}".lstrip("/")
            message = f"this workbook was not read: save it as {spec.file}"
        elif read and any(
            document.type is PageType.ENTITY and document.kind and document.kind.key in kinds
            for document in corpus.all_documents
        ):
            path = f"{folder}/{spec.file}".lstrip("/")
            others = [w.path.rpartition("/")[2] for w in corpus.workbooks]
            message = (
                f"this workbook is missing, so its data could not be checked: put it beside "
                f"{join_words(sorted(others))}"
            )
        else:
            continue
        yield RULE.in_file(Location(path), message, subject=spec.file, wrong="missing", origin=path)


def _find_missing_sheets(corpus: Corpus, workbook: Workbook) -> Iterator[BadSheet]:
    """Yield the sheets that a workbook need not have, but whose rows the pages show."""
    spec = find_workbook_spec(workbook.path, corpus.profile)
    if spec is None or any(problem.sheet is None for problem in workbook.problems):
        return
    known = {*workbook.sheets, *(problem.sheet for problem in workbook.problems)}
    for sheet in spec.sheets:
        if sheet.presence is Need.OPTIONAL and sheet.name not in known and _is_shown(corpus, sheet):
            yield BadSheet(workbook.path, NO_SHEET, sheet.name)


def _is_shown(corpus: Corpus, sheet: SheetSpec) -> bool:
    """Tell whether a page has a table with rows that only this sheet can bring about."""
    fed = [
        place
        for place, sheets in list_feeding_sheets(corpus.profile).items()
        if sheets == {sheet.name}
    ]
    return any(
        page.kind is not None
        and page.kind.key == kind
        and (table := page.table(key))
        and table.rows
        for kind, key in fed
        for page in corpus.live_pages
    )


def _relate_shown(shown: Sequence[Text]) -> Iterator[Related]:
    """Say that what the pages show of a sheet is not checked, and where that begins."""
    if shown:
        pages = format_count(len({text.location.path for text in shown}), "page")
        yield relate(shown[0], f"until then, what {pages} show of it is not checked; here first")


def _list_dependent(corpus: Corpus, problem: BadSheet) -> Iterator[Text]:
    """Yield what is generated from a sheet or a column that was not read.

    What is wrong there stands in cells that nobody sees now, and would be told of the pages
    as if it were new.
    """
    spec = find_workbook_spec(problem.path, corpus.profile)
    for sheet in spec.sheets if spec is not None else ():
        if problem.sheet in (None, sheet.name):
            columns = [c.field.key for c in sheet.columns if c.field.key == problem.column]
            yield from _list_shown(corpus, sheet, columns)


def _list_shown(corpus: Corpus, sheet: SheetSpec, columns: Sequence[str]) -> Iterator[Text]:
    """Yield what pages show of the columns of a sheet, of all of them if none is given."""
    subject = sheet.subject_column
    kind = subject.field.refers_to if subject is not None else sheet.defines
    places = {(kind, column) for column in columns}
    if not columns:
        fed = list_feeding_sheets(corpus.profile)
        places = {place for place, sheets in fed.items() if sheet.name in sheets}
    for document in corpus.checked_documents:
        own = document.kind.key if document.kind is not None else None
        whole = sheet.defines is not None and not columns
        if whole and sheet.defines in (own, document.index and document.index.lists):
            # What stands below the edit marker is written by hand.
            end = document.notes_start
            yield Text(document.source, 0, len(document.source.text) if end is None else end)
            continue
        fields = (
            field.text
            for field in document.fields
            if field.spec and (own, field.spec.key) in places
        )
        tables = (table.text for table in document.tables if (own, table.key) in places)
        yield from (*fields, *tables) if document.kind is not None else ()


def _locate(problem: BadSheet) -> Location:
    unnamed = problem.reason == MISNAMED and problem.column is None
    if problem.sheet is None or problem.reason == NO_SHEET or unnamed:
        return Location(problem.path, Span(1, 1, 1, 1))
    cell = CellSpan(problem.sheet, problem.cell or "A1", 0, len(problem.written))
    return Location(problem.path, cell=cell)


def _describe(problem: BadSheet) -> str:
    sheet = problem.sheet
    if sheet is None:
        return f"this workbook was not read: {problem.reason}"
    written = problem.written.replace(" ", "␣")
    if problem.reason == MISNAMED:
        what = "a header cell" if problem.column else "a sheet"
        name = problem.column or sheet
        return (
            f"“{written}” is not “{name}”, which the generator looks for letter by letter: "
            f"rename {what} of this name"
        )
    if problem.reason == ABOVE_HEADER:
        return (
            f"there is text above the header of the sheet “{sheet}”, and the generator takes the "
            "first row for the header: delete the rows above the header"
        )
    if problem.reason == NO_SHEET:
        meant = f"; “{written}” is probably it: rename that sheet" if written else ""
        return f"the workbook has no sheet “{sheet}”{meant or ': put it back under this name'}"
    if problem.column is not None and problem.cell is not None:
        instead = f"instead of “{written}”" if written else "which is empty"
        return (
            f"the sheet “{sheet}” has no column “{problem.column}”: write “{problem.column}” in "
            f"this header cell{'' if written else ','} {instead}"
        )
    if problem.column is not None:
        return (
            f"the sheet “{sheet}” has no column “{problem.column}”: "
            "put its header cell back under this name"
        )
    return f"the sheet “{sheet}” was not read: {problem.reason}"
