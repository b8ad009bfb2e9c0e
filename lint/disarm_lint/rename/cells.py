"""The cells of workbooks: all, and those that no page is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.text import RowSource
from disarm_lint.parse.artefacts import SIZE_LIMIT
from disarm_lint.parse.xlsx_limits import format_cell_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.text import Text


def list_cells(corpus: Corpus) -> tuple[Text, ...]:
    """Return the texts of all cells of the workbooks of a corpus that have any.

    Raises BadWorkbookError for a workbook that cannot be read at all; a sheet that
    cannot is left out.
    """
    return corpus.derive(_read_cells)


def _read_cells(corpus: Corpus) -> tuple[Text, ...]:
    from disarm_lint.parse.xlsx import read_workbook

    found = []
    for workbook in corpus.workbooks:
        data = read_workbook(workbook.path, corpus.tree.read(workbook.path, SIZE_LIMIT), None)
        for name, sheet in data.sheets.items():
            for row, cells in enumerate(sheet.rows):
                for column, cell in enumerate(cells):
                    if cell.text:
                        ref = format_cell_ref(row, column)
                        source = RowSource(workbook.path, name, cell.text, (0,), (ref,))
                        found.append(source.cell_text(0))
    return tuple(found)


def list_other_cells(corpus: Corpus) -> Iterator[Text]:
    """Yield those of `list_cells` that are no part of a document of the corpus."""
    known = {
        (document.path, document.source.sheet, document.source.refs[document.source.cell(start)])
        for document in corpus.all_documents
        if document.type is PageType.ROW and isinstance(document.source, RowSource)
        for start in (field.text.start for field in document.fields)
    }
    for text in list_cells(corpus):
        source = text.source
        assert isinstance(source, RowSource)
        if (source.path, source.sheet, source.refs[0]) not in known:
            yield text
