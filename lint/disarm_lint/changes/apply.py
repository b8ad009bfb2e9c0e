"""Applying a change list: which cells are meant, and what their workbooks become."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.changes.formats import find_columns
from disarm_lint.model.document import make_key
from disarm_lint.model.text import RowSource
from disarm_lint.model.words import shorten
from disarm_lint.parse.layout import normalise_label
from disarm_lint.parse.workbook import load_workbook, normalise_sheet
from disarm_lint.parse.xlsx_edit import CellEdit, cut_edits, edit_cells
from disarm_lint.parse.xlsx_limits import BadWorkbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.changes.formats import CellChange, CellPlace
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document

# UTF-16 code units that a cell may hold.
_MOST_TEXT = 32_767
# What XML cannot hold, and what a workbook would take for a character by its number.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True)
class AppliedChanges:
    """What a change list makes of workbooks: the new bytes by path, and what became of each change.

    `unfit` are those that cannot be made, with the reason as a clause; `same` those whose
    cells hold the new text already.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    made: tuple[tuple[CellChange, CellPlace], ...] = ()
    same: tuple[CellChange, ...] = ()
    unfit: tuple[tuple[CellChange, str], ...] = ()


def apply_changes(
    corpus: Corpus, changes: Iterable[CellChange], read: Callable[[str], bytes]
) -> AppliedChanges:
    """Return what changes make of the workbooks of a corpus.

    `workbook` of each change is the path of one of them. A change is made whole or not at
    all, and only where its row is found by its key and the cell holds the old text. `read`
    returns the bytes of a workbook.
    """
    rows = _RowFinder(corpus)
    made: dict[CellPlace, CellChange] = {}
    same: list[CellChange] = []
    unfit: list[tuple[CellChange, str]] = []
    for change in dict.fromkeys(changes):
        try:
            place = rows.find(change)
            if place is None:
                same.append(change)
            elif place in made and made[place].new != change.new:
                raise _UnfitError("another change of the list is about the same cell")
            else:
                made.setdefault(place, change)
        except _UnfitError as reason:
            unfit.append((change, str(reason)))
    while True:
        files, told = _edit(corpus, made, read)
        if not told:
            break
        unfit += [(made.pop(place), reason) for place, reason in told.items()]
    pairs = tuple((change, place) for place, change in made.items())
    return AppliedChanges(files, pairs, tuple(same), tuple(unfit))


class _UnfitError(Exception):
    """A change that cannot be made; the message says why."""


class _RowFinder:
    """The rows of the workbooks of a corpus, by what they go by."""

    def __init__(self, corpus: Corpus) -> None:
        self._rows: dict[tuple[str, str, str], list[Document]] = defaultdict(list)
        self._sheets: set[tuple[str, str]] = set()
        for document in corpus.all_documents:
            if isinstance(document.source, RowSource):
                sheet = normalise_sheet(document.source.sheet)
                self._rows[document.path, sheet, document.key].append(document)
                self._sheets.add((document.path, sheet))

    def find(self, change: CellChange) -> CellPlace | None:
        """Return the cell that a change is about; None if it holds the new text already."""
        if change.new == change.old:
            return None
        if _FORBIDDEN.search(change.new):
            raise _UnfitError("the new text holds a character that no cell can hold")
        if len(change.new.encode("utf-16-le")) > 2 * _MOST_TEXT:
            raise _UnfitError(f"the new text is longer than {_MOST_TEXT:,} characters")
        cells = self._find_cells(change)
        holding = [place for place, text in cells if text == change.old]
        here = [place for place in holding if place[2] == change.cell]
        if len(holding) == 1 or here:
            return (here or holding)[0]
        if holding:
            raise _UnfitError(f"{len(holding)} rows “{shorten(change.row)}” hold the old text")
        if any(text == change.new for _, text in cells):
            return None
        raise _UnfitError(f"the cell holds “{shorten(cells[0][1])}”, not “{shorten(change.old)}”")

    def _find_cells(self, change: CellChange) -> list[tuple[CellPlace, str]]:
        """Return the cells that a change may be about, with their texts, at least one."""
        sheet = normalise_sheet(change.sheet)
        if (change.workbook, sheet) not in self._sheets:
            raise _UnfitError(f"no sheet “{change.sheet}” is read in “{change.workbook}”")
        rows = self._rows.get((change.workbook, sheet, change.row), [])
        cells = [cell for row in rows if (cell := _find_cell(row, change)) is not None]
        if rows and not cells:
            raise _UnfitError(f"its row has no column “{change.column or change.cell}”")
        if not rows:
            # A row may go by the text that changes: then it goes by the new one afterwards.
            rows = self._rows.get((change.workbook, sheet, make_key(change.new)), [])
            found = [cell for row in rows if (cell := _find_cell(row, change)) is not None]
            cells = [(place, text) for place, text in found if text == change.new]
        if not cells:
            raise _UnfitError(f"there is no row “{shorten(change.row)}”")
        return cells


def _find_cell(row: Document, change: CellChange) -> tuple[CellPlace, str] | None:
    """Return the cell of a row that a change is about, by its header, else by its letters."""
    source = row.source
    if not isinstance(source, RowSource):
        return None
    column = normalise_label(change.column)
    refs = [
        ref
        for ref, label in find_columns(row).items()
        if column and normalise_label(label) == column
    ]
    if len(refs) != 1:
        letters = change.cell.rstrip("0123456789")
        refs = [ref for ref in source.refs if ref.rstrip("0123456789") == letters]
    if len(refs) != 1:
        return None
    text = source.cell_text(source.refs.index(refs[0])).raw
    return (source.path, source.sheet, refs[0]), text


def _edit(
    corpus: Corpus, made: Mapping[CellPlace, CellChange], read: Callable[[str], bytes]
) -> tuple[dict[str, bytes], dict[CellPlace, str]]:
    """Return the new bytes of the workbooks, and the cells that cannot be edited."""
    by_file: dict[str, list[CellPlace]] = defaultdict(list)
    for place in made:
        by_file[place[0]].append(place)
    files: dict[str, bytes] = {}
    told: dict[CellPlace, str] = {}
    for path, places in by_file.items():
        edits = [
            CellEdit(sheet, ref, made[path, sheet, ref].old, start, end, words)
            for _, sheet, ref in places
            for start, end, words in cut_edits(
                made[path, sheet, ref].old, made[path, sheet, ref].new
            )
        ]
        try:
            edited = edit_cells(read(path), edits)
        except BadWorkbookError as problem:
            told.update(dict.fromkeys(places, problem.reason))
            continue
        told.update(((path, *cell), reason) for cell, reason in edited.refused.items())
        told.update(_verify(corpus, path, edited.data, made) if not edited.refused else {})
        files[path] = edited.data
    return files, told


def _verify(
    corpus: Corpus, path: str, data: bytes, made: Mapping[CellPlace, CellChange]
) -> dict[CellPlace, str]:
    """Return the cells that would not read as they should, or that change unasked for."""
    then = _read_cells(load_workbook(path, data, corpus.profile).documents)
    now = _read_cells([document for document in corpus.all_documents if document.path == path])
    wanted = {**now, **{place: change.new for place, change in made.items() if place[0] == path}}
    wrong = [place for place in wanted if then.get(place) != wanted[place]]
    reason = "the edited workbook would not hold the new text"
    if set(wrong) - set(made) or set(then) - set(wanted):
        wrong = [place for place in made if place[0] == path]
    return dict.fromkeys(wrong, reason)


def _read_cells(documents: Sequence[Document]) -> dict[CellPlace, str]:
    return {
        (source.path, source.sheet, ref): source.cell_text(number).raw
        for document in documents
        if isinstance(source := document.source, RowSource)
        for number, ref in enumerate(source.refs)
    }
