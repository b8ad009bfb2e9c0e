"""Pages and citations of a row that vanished or got another id: one root cause for all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import fold_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Root
from disarm_lint.ruleset import derived

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document

# More pages of one kind without a row are not an accident, but an untidy release.
_MOST = 2


@dataclass(frozen=True, slots=True)
class EmptySheet:
    """A sheet without rows, while its kind has pages: `pages` of them."""

    path: str
    name: str
    header: str
    kind: str
    pages: int

    @property
    def root(self) -> Root:
        """The root cause of the empty sheet and of all that now stands on pages only."""
        return Root(
            f"empty sheet {self.kind}",
            f"the sheet {self.name} has no rows, while pages of its kind are still there",
            "restore the rows from an earlier version of the workbook, or delete the pages too",
            by_place=False,
            shared=True,
            harm=Harm.LOST,
        )


@derived
def list_empty_sheets(corpus: Corpus) -> tuple[EmptySheet, ...]:
    """Return the sheets without rows whose kinds have pages."""
    pages = Counter(
        document.kind.key
        for document in corpus.all_documents
        if document.type is PageType.ENTITY and document.kind is not None
    )
    filled = {(row.path, row.sheet.name) for row in corpus.all_documents if row.sheet is not None}
    specs = [spec for book in corpus.profile.workbooks for spec in book.sheets]
    return tuple(
        EmptySheet(workbook.path, spec.name, spec.columns[0].field.labels[0], spec.defines, number)
        for workbook in corpus.workbooks
        for spec in specs
        if spec.name in workbook.sheets and (workbook.path, spec.name) not in filled
        if spec.defines is not None and (number := pages[spec.defines])
    )


@dataclass(frozen=True, slots=True)
class Leftover:
    """An id that only its page, and what cites it, still have.

    `row` is the row with the name of the page, if it exists, and `new` its present id, None
    if it has none. `taken` is true if that id belongs to another row.
    """

    id: str
    root: Root
    row: Document | None = None
    new: str | None = None
    taken: bool = False


def find_leftover(corpus: Corpus, entity_id: str) -> Leftover | None:
    """Return what became of an id, which may be the old one or the one that its row has now."""
    return _find_leftovers(corpus).get(entity_id)


def map_rows(corpus: Corpus) -> dict[Document, Leftover]:
    """Return the rows with the name of a leftover page, each with the leftover."""
    found = _find_leftovers(corpus).values()
    return {leftover.row: leftover for leftover in found if leftover.row is not None}


def describe_witness(corpus: Corpus, document: Document) -> str:
    """Return what should list a page: the sheet of its kind, else the index."""
    key = document.kind.key if document.kind else ""
    if key in corpus.registry.kinds_from_workbooks:
        sheets = (s for workbook in corpus.profile.workbooks for s in workbook.sheets)
        return next((f"the sheet {s.name}" for s in sheets if s.defines == key), "the workbook")
    files = (index.file for index in corpus.profile.indexes if index.lists == key)
    return f"the index {next(files, '')}"


@derived
def _find_leftovers(corpus: Corpus) -> Mapping[str, Leftover]:
    cited = {
        reference.target for reference in corpus.references if reference.status is Status.RETIRED
    }
    pages = [
        document
        for document in corpus.registry.orphans
        if document.id in cited and any(item.value for item in document.fields)
    ]
    numbers = Counter(page.kind.key for page in pages if page.kind is not None)
    found: dict[str, Leftover] = {}
    for page in pages:
        if page.id is None or page.kind is None or numbers[page.kind.key] > _MOST:
            continue
        gone = corpus.retired(page.id)
        row = _find_row(corpus, page)
        if row is not None:
            left = _describe_row(corpus, page, page.id, row)
            found[page.id] = left
            if left.new is not None and not left.taken:
                found[left.new] = left
        elif gone is not None and gone.successor is None and gone.evidence is None:
            found[page.id] = Leftover(page.id, _build_gone(corpus, page))
    return found


def _find_row(corpus: Corpus, page: Document) -> Document | None:
    """Return the only row with the name of a page whose id has no page of that name."""
    name = fold_name(page.name or "")
    if not name or page.kind is None:
        return None
    listed = [
        listing.document
        for listing in corpus.registry.authoritative_listings
        if listing.kind.key == page.kind.key
        and listing.name is not None
        and fold_name(listing.name.raw) == name
        and not _has_page(corpus, listing.entity_id, name)
    ]
    blank = [
        document
        for document in corpus.registry.blank_cells
        if document.kind is page.kind and fold_name(document.name or "") == name
    ]
    rows = [document for document in (*listed, *blank) if document.sheet is not None]
    return rows[0] if len(rows) == 1 else None


def _has_page(corpus: Corpus, entity_id: str, name: str) -> bool:
    """Tell whether an entity has a page with this name."""
    page = corpus.page(entity_id)
    return page is not None and fold_name(page.name or "") == name


def _describe_row(corpus: Corpus, page: Document, old: str, row: Document) -> Leftover:
    new = row.id if row not in corpus.registry.blank_cells else None
    if new is None:
        title = f"the row of “{page.name}” has lost its id, {old}"
        action = f"write {old} in its row again"
    elif corpus.page(new) is not None:
        title = f"the row of “{page.name}” says {new}, the id of another; it was {old}"
        action = f"write {old} in its row again"
    else:
        title = f"the row of “{page.name}” says {new}, and its page and what cites it say {old}"
        action = (
            f"write {old} in its row again, if {new} is a slip; otherwise generate the pages "
            f"anew, and write {new} wherever {old} is cited"
        )
    root = Root(f"gone {old}", title, action, by_place=False, shared=True, harm=Harm.LOST)
    return Leftover(old, root, row, new, taken=new is not None and corpus.page(new) is not None)


def _build_gone(corpus: Corpus, page: Document) -> Root:
    return Root(
        f"gone {page.id}",
        f"{page.id} has no row in {describe_witness(corpus, page)} any more; its page and what "
        "cites it are still there",
        "restore its row from an earlier version, or delete its page and what refers to it",
        by_place=False,
        shared=True,
        harm=Harm.LOST,
    )
