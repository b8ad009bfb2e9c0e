"""What M701 finds: the differences between a page and the row that it is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.ids import find_stem
from disarm_lint.model.profile import Format
from disarm_lint.model.words import measure_common, squeeze
from disarm_rules._difference import find_changes, find_difference
from disarm_rules._regeneration.renderings import list_renderings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.profile import FieldSpec
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class StalePlace:
    """A place on a page that regenerating would change.

    `message` is what the workbook says there, as a clause; `cell` where it does.
    `subject` is the id that it is about, where that is not the page's, `target` the one in
    whose row of a table it stands. `template` says that most pages differ there,
    and are reported once.
    """

    place: Text
    message: str
    cell: Text | None = None
    suggestion: str | None = None
    subject: str | None = None
    target: str | None = None
    template: bool = False


def compare_text(value: Text, instead: Text, expected: str, cell: Text, sheet: str) -> StalePlace:
    """Return where a value differs from what is expected; it stands at `instead` if empty."""
    if not value:
        message = f"the sheet {sheet} says {find_difference('', expected)} here"
        return StalePlace(instead, message, cell)
    start, end, replacement = find_changes(value.raw, expected)
    if expected:
        message = f"the sheet {sheet} says {find_difference(squeeze(value.raw), expected)} here"
    else:
        message = f"the sheet {sheet} says nothing here"
    there = _find_changed_part(cell, value.raw) if squeeze(cell.raw) == expected else cell
    return StalePlace(value.part(start, end), message, there, replacement or None)


# What breaks a page may be wrong elsewhere than where page and cell differ.
_BREAKING = re.compile(r"[<>|\r\n]")


def _find_changed_part(cell: Text, shown: str) -> Text:
    """Return the part of a cell that differs from a page, so that a fault elsewhere is another."""
    start, end, there = find_changes(cell.raw, shown)
    here = cell.raw[start:end]
    if not cell or _BREAKING.search(here + there):
        return cell
    before, behind = measure_common(here, there)
    start, end = start + before, end - behind
    # Where the page says more, the character at which it does stands for the place.
    return cell.part(min(start, max(len(cell.raw) - 1, 0)), max(end, start + 1))


def compare_name(here: Text, there: Text, entity_id: str) -> StalePlace:
    """Return a name beside an id that is not the one in the workbook."""
    cell = there.location.cell
    name = squeeze(there.raw)
    message = f"the sheet {cell.sheet if cell else ''} calls {entity_id} “{name}”"
    return StalePlace(here, message, there, name, subject=entity_id)


def compare_heading(page: Document, row: Document) -> Iterator[StalePlace]:
    """Yield the name of a page's heading where the row has another."""
    here = page.heading.name if page.heading else None
    there = row.heading.name if row.heading else None
    if here and there and squeeze(here.raw) != squeeze(there.raw):
        yield compare_name(here, there, page.id or "")


def compare_fields(corpus: Corpus, page: Document, row: Document) -> Iterator[StalePlace]:
    """Yield the places at which the fields of a page differ from the row."""
    for spec in page.layout.fields if page.layout else ():
        item = page.field(spec.key)
        if item is None:
            continue
        if spec.parent:
            yield from _compare_parent(corpus, page, spec)
        elif spec.refers_to is not None:
            yield from _compare_references(corpus, page, row, item, spec)
        else:
            expected = list_renderings(row, spec.key)
            cell = row.field(spec.key)
            shown = squeeze(item.value.raw)
            if expected and cell is not None and shown not in expected:
                sheet = row.sheet.name if row.sheet else ""
                yield compare_text(item.value, item.label, expected[0], cell.text, sheet)


def _compare_parent(corpus: Corpus, page: Document, spec: FieldSpec) -> Iterator[StalePlace]:
    for reference in corpus.members(page, spec.key):
        if reference.target == find_stem(page.id or ""):
            yield from compare_reference_name(corpus, reference, None)


def _compare_references(
    corpus: Corpus, page: Document, row: Document, item: Field, spec: FieldSpec
) -> Iterator[StalePlace]:
    cell = row.field(spec.key)
    if cell is None or squeeze(cell.value.raw) == squeeze(item.value.raw):
        return
    here = list(corpus.members(page, spec.key))
    there = list(corpus.members(row, spec.key))
    if any(reference.status is not Status.DEFINED for reference in there):
        # The generator drops what it does not know; R201 or R208 stands at the cell.
        return
    sheet = row.sheet.name if row.sheet else ""
    stated = [reference.mention.id.raw for reference in there]
    shown = [reference.mention.id.raw for reference in here]
    if shown != stated:
        message = f"the sheet {sheet} says {', '.join(stated) or 'nothing'} here"
        odd = next((r.mention.id for r in here if r.mention.id.raw not in stated), None)
        alone = odd is not None and len(shown) == len(stated) == 1
        place = odd or item.value or item.label
        yield StalePlace(place, message, cell.text, stated[0] if alone else None)
        return
    if not here or (spec.format is Format.IDS and _has_more(item.value, here)):
        yield compare_text(item.value, item.label, squeeze(cell.value.raw), cell.text, sheet)
        return
    for reference, source in zip(here, there, strict=True):
        yield from compare_reference_name(corpus, reference, source)


def _has_more(value: Text, ids: Sequence[Reference]) -> bool:
    """Tell whether words stand in a list of ids."""
    parts = [reference.mention.id for reference in ids]
    edges = [value.start, *(at for part in parts for at in (part.start, part.end)), value.end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return any(value.source.text[start:end].strip(" ,;\r\n\t") for start, end in gaps)


def compare_reference_name(
    corpus: Corpus, reference: Reference, source: Reference | None
) -> Iterator[StalePlace]:
    """Yield the name beside an id where it is neither the target's nor that of `source`."""
    entity = corpus.entity(reference.target)
    written = reference.mention.name
    row = entity.master if entity else None
    own = row.heading.name if row and row.heading else None
    if entity is None or written is None or not own:
        return
    names = {simplify_name(entity.name)}
    if source is not None and source.mention.name is not None:
        names.add(simplify_name(source.mention.name.raw))
    if simplify_name(written.raw) not in names:
        yield compare_name(written, own, entity.id)
