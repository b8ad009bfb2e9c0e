r"""A list cell of a worksheet that is not written as its column has to be.

The generator splits a cell in the simplest way: only at commas, only at line breaks, or
at single spaces, depending on the column. A space after a comma then becomes part of the
next id, line breaks that a copy turned into spaces merge many members into one, two
spaces between addresses make an empty member, and a name beside an id hides the id where
only ids are expected. Nothing may be lost today, but the next edit may lose a reference.
M702 reports references that are already lost.

The finding covers the whole cell, and its suggestion is what to write there.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts in a group. | I00064 | ⟦T0146, T0151⟧ |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!countermeasures
| disarm_id | name | metatechnique | summary | actortypes | resources_needed | tactic | responsetype | techniques |
| C00006 | Charge for social media | M004 - Friction | Fees. | ⟦A018 - government,⟧ |  | TA01 | D02 | ⟦T0146 - Account Asset T0151 - Digital Community⟧ |
```

```text findings
the generator splits “technique_ids” at commas alone, and a space stands around a member; write “T0146,T0151”
the generator splits “actortypes” at commas alone, and there is a comma too many; write “A018 - government”
the generator splits “techniques” at line breaks alone, and there is none between two ids; write “T0146 - Account Asset↵T0151 - Digital Community”
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts in a group. | I00064 | T0146,T0151 |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!countermeasures
| disarm_id | name | metatechnique | summary | actortypes | resources_needed | tactic | responsetype | techniques |
| C00006 | Charge for social media | M004 - Friction | Fees. | A018 - government |  | TA01 | D02 | T0146 - Account Asset\nT0151 - Digital Community |
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format, Separator
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._lists import EXPECTED, SPACED, UNPARTED, find_list_flaws, rewrite_list
from disarm_rules._members import build_lost_root, find_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import SheetColumn

RULE = Rule(
    code="M703",
    name="list-format",
    severity=Severity.WARNING,
    superseded_by=(
        "M702",
        "M707",
    ),
    harm=Harm.HYGIENE,
    action="write the list as its column is read",
    repair=Repair.SAFE,
)
_SHOWN = 60


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each list cell that is not in its column's format."""
    del options
    cells = list(_read_cells(corpus))
    # A column that loses members in one cell is cured as a whole.
    losing = {
        (*_column_key(cell), loss)
        for cell in cells
        for loss in _name_losses(cell)
        if _is_lost(corpus, cell.document, cell.field)
    }
    for cell in cells:
        lost = [loss for loss in _name_losses(cell) if (*_column_key(cell), loss) in losing]
        yield RULE.at(
            cell.document,
            cell.field.text,
            cell.message,
            subject=_column_key(cell)[0],
            wrong=f"{cell.field.label.raw}: {' and '.join(cell.flaws)}",
            suggestion=cell.suggestion,
            root=build_lost_root(lost[0]) if lost else _build_root(cell.flaws),
        )


@dataclass(frozen=True, slots=True)
class _Cell:
    """A list cell that is not in its column's format: what is wrong, and what to write."""

    document: Document
    field: Field
    column: SheetColumn
    flaws: tuple[str, ...]
    message: str
    suggestion: str | None


def _read_cells(corpus: Corpus) -> Iterator[_Cell]:
    for document in corpus.rows:
        for column in document.sheet.columns if document.sheet else ():
            field = document.field(column.field.key)
            if field is None or not field.value:
                continue
            cell = _in_cell(corpus, document, field, column)
            if cell is not None:
                yield cell


def _column_key(cell: _Cell) -> tuple[str, str]:
    sheet, header = cell.document.sheet, cell.field.label.raw
    return sheet.name if sheet else header, header


def _name_losses(cell: _Cell) -> list[str]:
    """Return what M702 calls the flaws by which the generator may lose members."""
    lines = cell.column.separator is Separator.LINE
    names = {SPACED: "blank", UNPARTED: "line breaks" if lines else "separator"}
    return [names[flaw] for flaw in cell.flaws if flaw in names]


def _build_root(flaws: Sequence[str]) -> Root:
    """Return the root cause of cells with these flaws in one column."""
    if all(flaw == SPACED or flaw.endswith("too many") for flaw in flaws):
        return Root(
            "stray",
            "the lists in {places} have spaces or separators too many",
            "delete the spaces and separators that are too many in {where}",
        )
    told = " and ".join(flaws)
    return Root(
        told,
        f"the lists in {{places}} are not in the form that the generator reads: {told}",
        "write these lists as their column is read",
    )


def _is_lost(corpus: Corpus, document: Document, field: Field) -> bool:
    """Tell whether the page of a member of the list lacks what the cell says."""
    for item in corpus.statements_of(document):
        if item.field is not field or item.listed_in is None:
            continue
        page = corpus.page(item.target)
        lost = find_loss(item.field, item.column, item.reference.mention) is not None
        if page is not None and lost:
            shown = corpus.members(page, item.listed_in)
            if all(reference.target != item.subject for reference in shown):
                return True
    return False


def _is_spaced(field: Field, column: SheetColumn) -> bool:
    return column.field.format is Format.IDS and field.text.raw != field.text.raw.strip()


def _in_cell(corpus: Corpus, document: Document, field: Field, column: SheetColumn) -> _Cell | None:
    ids = [reference.mention.id for reference in corpus.members(document, column.field.key)]
    begin = field.text.start
    places = sorted((text.start - begin, text.end - begin) for text in ids)
    header = field.label.raw
    if column.separator is None and len(places) == 1 and _is_spaced(field, column):
        only = field.text.raw.strip()
        message = (
            f"a space stands {'before' if field.text.raw[:1].isspace() else 'behind'} the id, and "
            f"the generator only finds “{only}” without it; delete the space"
        )
        return _Cell(document, field, column, ("a space around an id",), message, only)
    if column.separator is None:
        if len(places) < 2 or not (column.subject or column.listed_in):
            return None
        message = f"“{header}” holds one id, and here are {len(places)}"
        return _Cell(document, field, column, ("several ids",), message, None)
    flaws = tuple(find_list_flaws(field.text.raw, places, column))
    if not flaws:
        return None
    suggestion = rewrite_list(field.text.raw, places, column)
    shown = suggestion.replace("\n", "↵")
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN].rstrip()}…"
    message = (
        f"the generator splits “{header}” at {EXPECTED[column.separator]} alone, "
        f"and {' and '.join(flaws)}; write “{shown}”"
    )
    return _Cell(document, field, column, flaws, message, suggestion)
