"""What M701 finds in tables of addresses, whose cells come from a sheet of their own."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import derived
from disarm_rules._difference import quote
from disarm_rules._regeneration.fields import StalePlace
from disarm_rules._regeneration.tables import compare_plain_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Link, Row
    from disarm_lint.model.profile import SheetColumn


def compare_addresses(corpus: Corpus, page: Document, row: Document) -> Iterator[StalePlace]:
    """Yield the rows of a page's tables of addresses that differ from the workbook."""
    for column in row.sheet.columns if row.sheet else ():
        table = page.table(column.field.key) if column.matches else None
        field = row.field(column.field.key)
        if table is None or field is None:
            continue
        stated = set(field.value.raw.split())
        links = sorted(page.links, key=lambda link: link.text.start)
        starts = [link.text.start for link in links]
        for shown in table.rows:
            first = shown.cells[0].text if shown.cells else shown.text
            number = bisect_left(starts, first.start)
            link = links[number] if number < len(links) else None
            if link is not None and link.text.start < first.end and not shown.broken:
                yield from _compare_in_row(corpus, page, shown, link, column, stated)


def _compare_in_row(
    corpus: Corpus,
    page: Document,
    shown: Row,
    link: Link,
    column: SheetColumn,
    stated: set[str],
) -> Iterator[StalePlace]:
    first = shown.cells[0].text if shown.cells else shown.text
    address = link.target.raw
    if address not in stated:
        yield StalePlace(link.label or link.text, f"nothing in the workbook puts this on {page.id}")
        return
    if squeeze(link.label.raw) != address:
        message = f"the workbook has {quote(address)} here"
        yield StalePlace(link.label or link.text, message, suggestion=address)
    sources = _list_by_address(corpus).get(column.matches or "", {}).get(address, [])
    for number, cell in enumerate(shown.cells[1:], 1):
        if len(sources) != 1 or cell.column is None or number >= len(sources[0].fields):
            continue
        key = cell.column.headers[0].casefold().replace(" ", "_")
        source = sources[0].field(key)
        if source is not None and _strip_label(cell.text.raw) != source.value.raw:
            yield from compare_plain_cell(cell.text, first, source)


def _strip_label(cell: str) -> str:
    """Return the address of a link whose label is its address, else the text itself."""
    label, gap, target = cell.removeprefix("[").removesuffix(")").partition("](")
    return target if gap and label == target else cell


@derived
def _list_by_address(corpus: Corpus) -> dict[str, dict[str, list[Document]]]:
    """Return the rows of each sheet by the address in their first column."""
    found: dict[str, dict[str, list[Document]]] = {}
    for document in corpus.rows:
        spec = document.sheet
        if spec is not None and spec.columns:
            first = document.field(spec.columns[0].field.key)
            if first is not None and first.value:
                found.setdefault(spec.name, {}).setdefault(first.value.raw, []).append(document)
    return found
