"""A change of a cell, and the changes that fixes make."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.text import RowSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.fixes import FixPlan
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

# A workbook's path, the name of its sheet, the address of the cell.
CellPlace = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class CellChange:
    """What becomes of the whole text of a cell, and why.

    `workbook` is a path from the root of the corpus; `row` is what the row goes by, its
    id or the words of its first cell; `column` is the header cell, empty if it is not
    known. By these the cell is found where rows have moved; `cell` is its address as it
    was. `rules` are codes.
    """

    workbook: str
    sheet: str
    cell: str
    row: str
    old: str
    new: str
    column: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""

    @property
    def place(self) -> str:
        """Where the cell was, for messages."""
        return f"{self.workbook}!{self.sheet}!{self.cell}"


def collect_changes(before: Corpus, after: Corpus, plans: Sequence[FixPlan]) -> list[CellChange]:
    """Return what fixes changed in the cells of a corpus, by workbook, sheet, row and column."""
    findings: dict[CellPlace, list[Finding]] = defaultdict(list)
    for plan in plans:
        for finding in plan.fixed:
            for edit in finding.fix.edits if finding.fix else ():
                cell = edit.location.cell
                if cell is not None:
                    findings[edit.location.path, cell.sheet, cell.ref].append(finding)
    texts = {place: text for _, place, text in list_cells(after)}
    changes = []
    for document, place, old in list_cells(before):
        if place in findings and texts.get(place, old) != old:
            changes.append(_change(document, place, (old, texts[place]), findings[place]))
    return changes


def _change(
    document: Document, place: CellPlace, texts: tuple[str, str], findings: Sequence[Finding]
) -> CellChange:
    return CellChange(
        *place,
        row=document.key,
        old=texts[0],
        new=texts[1],
        column=find_columns(document).get(place[2], ""),
        rules=tuple(sorted({finding.rule for finding in findings})),
        reason="\n".join(dict.fromkeys(finding.message for finding in findings)),
    )


def list_cells(corpus: Corpus) -> Iterator[tuple[Document, CellPlace, str]]:
    """Yield the cells of all rows of the workbooks, with their rows and texts."""
    for document in corpus.all_documents:
        source = document.source
        if isinstance(source, RowSource):
            for number, ref in enumerate(source.refs):
                yield document, (source.path, source.sheet, ref), source.cell_text(number).raw


def find_columns(row: Document) -> dict[str, str]:
    """Return the header cells of a worksheet row, by the addresses of its cells."""
    found = {}
    for item in row.fields:
        cell = item.text.location.cell
        if cell is not None:
            found[cell.ref] = item.label.raw
    return found
