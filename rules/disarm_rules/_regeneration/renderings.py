"""What the generator makes of the workbook: the texts that a page or an index ought to show."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Root
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.parse.workbook import READ_AS_BLANK, TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile

_NUMBER = re.compile(r"-?[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The countries of an incident are made of two cells.
_COMPOSED = {"countries": ("attributions", "countries")}


def list_renderings(row: Document, key: str) -> tuple[str, ...]:
    """Return what a page may show for a cell, the likeliest first; nothing without the cell.

    A number in a column with spaces comes out as a float, a date with its time.
    """
    keys = [k for k in _COMPOSED.get(key, (key,)) if row.field(k) is not None]
    fields = [item for k in keys if (item := row.field(k)) is not None]
    if not fields:
        return ()
    if len(fields) > 1:
        values = [item.value.raw for item in fields]
        # Whoever takes an empty member out by hand fixes what the generator gets wrong (S112).
        repaired = ", ".join(squeeze(value) for value in values if value.strip())
        return (squeeze(" , ".join(values)), squeeze(", ".join(values)), repaired)
    return list_forms(
        fields[0].value.raw, fields[0].spec.format if fields[0].spec else Format.PLAIN
    )


def list_forms(written: str, format_: Format) -> tuple[str, ...]:
    """Return the forms in which a cell's text may come out."""
    text = squeeze(written)
    if text in READ_AS_BLANK:
        return (text, "")
    if text in TRUTH:
        return (text, TRUTH[text])
    if format_ is Format.PROSE:
        return (text,)
    if _NUMBER.fullmatch(text):
        return (text, f"{text}.0")
    if _DATE.fullmatch(text):
        return (text, f"{text} 00:00:00")
    return (text,)


STALE = Root(
    "stale",
    "pages are behind the workbooks: {places}",
    "regenerate the pages; where a page is right, correct its cell first",
    by_place=False,
    shared=True,
    behind=True,
)


def is_joined(shown: str, texts: Sequence[str]) -> bool:
    """Tell whether a text is made of some of `texts`, with commas between them."""
    parts = {squeeze(text) for text in texts} - {""}
    reached, done = [0], set[int]()
    while reached:
        start = reached.pop()
        if start in done:
            continue
        done.add(start)
        for part in parts:
            end = start + len(part)
            if not shown.startswith(part, start):
                continue
            if end == len(shown):
                return True
            gap = 2 if shown.startswith(" ,", end) else 1 if shown.startswith(",", end) else 0
            if gap:
                end += gap
                reached.append(end + 1 if shown.startswith(" ", end) else end)
    return False


@lru_cache(maxsize=8)
def list_feeding_sheets(profile: Profile) -> dict[tuple[str, str], frozenset[str]]:
    """Return the sheets that a field or table of the pages of a kind is made from."""
    found: dict[tuple[str, str], set[str]] = {}
    for sheet in (sheet for workbook in profile.workbooks for sheet in workbook.sheets):
        column = sheet.subject_column
        subject = column.field.refers_to if column is not None else sheet.defines
        for column in sheet.columns:
            target = column.field.refers_to
            if target is None or column.subject:
                continue
            found.setdefault((subject or "", column.field.key), set()).add(sheet.name)
            if column.listed_in is not None:
                found.setdefault((target, column.listed_in), set()).add(sheet.name)
    return {place: frozenset(sheets) for place, sheets in found.items()}


def is_stated(corpus: Corpus, page: Document, key: str) -> bool:
    """Tell whether all that a table shows is stated in sheets that were read whole."""
    sheets = list_feeding_sheets(corpus.profile).get((page.kind.key if page.kind else "", key))
    whole = {name for workbook in corpus.workbooks for name in workbook.sheets}
    return sheets is not None and sheets <= whole


def list_compared_pages(corpus: Corpus) -> Iterator[Document]:
    """Yield the pages that the generator would write anew: neither orphans nor in old layouts."""
    for page in corpus.live_pages:
        if corpus.page(page.id or "") is page and page.path not in corpus.stale_layouts:
            yield page


def find_row(corpus: Corpus, entity_id: str) -> Document | None:
    """Return the row of an entity, None if there is none or more than one."""
    entity = corpus.entity(entity_id)
    if entity is None or entity.kind.key not in corpus.registry.kinds_from_workbooks:
        return None
    return entity.master if len(entity.masters) == 1 else None
