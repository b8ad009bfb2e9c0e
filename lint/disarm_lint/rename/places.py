"""Places that a rename touches, each in a role, and the texts in which they are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.corpus.links import make_slug
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.text import RowSource
from disarm_lint.parse.artefacts import SIZE_LIMIT
from disarm_lint.parse.xlsx_limits import format_cell_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.text import Text


class TouchedRole(StrEnum):
    """In what role a name or an id stands, in the order in which they are counted."""

    HEADING = "heading"
    FIELD = "field"
    LINK = "link"
    CITATION = "citation"
    INDEX = "index row"
    GRID = "grid cell"
    CELL = "workbook cell"
    ARTEFACT = "artefact"

    @property
    def plural(self) -> str:
        """The word for several of them."""
        return f"{self.value}s"


@dataclass(frozen=True, slots=True)
class TouchedPlace:
    """A text that a rename replaces, in a file or in a cell.

    `derived` says that the text may be the value of a formula: what the formula
    is made of is renamed too.
    """

    role: TouchedRole
    text: Text
    replacement: str
    derived: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        """File, cell (empty in a text file), and the offsets there, for order and identity."""
        source = self.text.source
        if not isinstance(source, RowSource):
            return source.path, "", self.text.start, self.text.end
        number = source.cell(self.text.start)
        start = source.starts[number]
        cell = f"{source.sheet}!{source.refs[number]}"
        return source.path, cell, self.text.start - start, self.text.end - start


def find_role(document: Document, role: Role) -> TouchedRole:
    """Return the role of what stands in a document in the role of a mention."""
    if document.type is PageType.ROW:
        return TouchedRole.CELL
    if document.index is not None:
        return TouchedRole.INDEX if document.index.lists else TouchedRole.GRID
    return _ON_PAGES.get(role, TouchedRole.FIELD)


_ON_PAGES = {
    Role.HEADING: TouchedRole.HEADING,
    Role.LINK: TouchedRole.LINK,
    Role.PROSE: TouchedRole.CITATION,
}


def sort_places(places: Iterable[TouchedPlace]) -> tuple[TouchedPlace, ...]:
    """Return places in the order of files and texts, without those that overlap one before them."""
    found: list[TouchedPlace] = []
    for place in sorted(places, key=lambda place: place.text.location.order):
        path, cell, start, _ = place.key
        if found and found[-1].key[:2] == (path, cell) and start < found[-1].key[3]:
            continue
        found.append(place)
    return tuple(found)


def list_references(corpus: Corpus, document: Document) -> Iterator[Reference]:
    """Yield the references of a document; also of one that rules do not look at, as an orphan."""
    if document in corpus.derive(_find_checked):
        yield from corpus.references_of(document)
        return
    heading = document.heading
    page = document.sheet is None
    named_to = heading.name.end if page and heading and heading.name else 0
    for mention in document.mentions:
        # An id in a heading's name is no citation.
        if mention.role is not Role.PROSE or mention.id.start >= named_to:
            yield corpus.resolve(document, mention)


def _find_checked(corpus: Corpus) -> frozenset[Document]:
    return frozenset(corpus.checked_documents)


def list_anchor_places(
    corpus: Corpus, pages: Iterable[Document], rewrite: Callable[[str], str]
) -> Iterator[TouchedPlace]:
    """Yield the fragments of links that lead to the headings of some pages.

    `rewrite` returns the heading that a page gets in place of the one that it has.
    """
    slugs: dict[str, tuple[str, str]] = {}
    for page in pages:
        if page.heading is not None:
            words = page.heading.text.raw.strip("#").strip()
            slugs[page.path] = (make_slug(words), make_slug(rewrite(words)))
    changed = {old for old, new in slugs.values() if old != new}
    for document in corpus.all_documents:
        for link in document.links if document.type is not PageType.ROW else ():
            head, sign, fragment = link.target.raw.partition("#")
            if not sign or fragment.casefold() not in changed or link.external:
                continue
            old, new = slugs.get(corpus.links.resolve(document, link).path, ("", ""))
            if fragment.casefold() == old:
                start = len(head) + 1
                yield TouchedPlace(
                    TouchedRole.LINK, link.target.part(start, start + len(fragment)), new
                )


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
