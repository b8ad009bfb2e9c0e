"""A page refers to another whose page does not refer back.

An incident's page lists its techniques, a technique's page its incidents;
counters and actor types, counters and metatechniques, counters and tactics,
tasks and tactics, counters and techniques stand in the same relation. The
generator writes both sides from one row, so a reference that stands on one
side only was lost or left behind by an edit: an analyst who comes from the
other side never sees it.

Where pages are all there is, the missing row of evidence can be added from the other page
(`fix --unsafe-fixes`): the reference may also be the one that is wrong.

Associated techniques point in one direction and are never reported. Missing pages and
orphans are not compared.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

| Incident | Descriptions given for this incident |
| -------- | -------------------- |
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [⟦T0146⟧ Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
```

```text findings
I00064 refers to T0146, but the page of T0146 does not refer back
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

| Incident | Descriptions given for this incident |
| -------- | -------------------- |
| [I00064 Tinder nightmares](../../generated_pages/incidents/I00064.md) | They made accounts. |
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
```
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Edit, Fix, Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived, relate
from disarm_rules._ids import choose_target, is_row_damaged, list_possible_ids
from disarm_rules._members import build_lost_root, find_loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document, Table
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import Symmetry, TableSpec
    from disarm_lint.model.text import Text
    from disarm_rules._members import LostMember

RULE = Rule(
    code="R205",
    name="one-way-reference",
    severity=Severity.ERROR,
    superseded_by=("L308", "M701", "M707"),
    harm=Harm.LOST,
    action="let both pages say it, or neither: in the data, where the pages are made from it",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference that the other page does not return."""
    del options
    if not corpus.known:
        return
    stated = {
        (page.id or "", place): set().union(
            *(list_possible_ids(corpus, reference) for reference in corpus.members(page, place))
        )
        for page in corpus.live_pages
        for place in _list_places(page)
    }
    unsure = {
        (reference.document, reference.mention.place)
        for reference in corpus.references
        if reference.mention.member and reference.status is Status.UNKNOWN
    }
    found = [
        item
        for document in corpus.pages
        for place, symmetry in _list_symmetries(document)
        for item in _check_place(corpus, document, place, symmetry, stated, unsure)
    ]
    numbers = Counter(map(_identify_relation, found))
    for item in found:
        shared = numbers[_identify_relation(item)] >= _FEWEST
        yield _report(corpus, item, _build_root(item) if shared else None)


# So many references of one kind to another that are not returned are no slips: one fault of a
# list, a template or the generator hides them.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class _OneWay:
    """A reference in a field or table of a page that the other page does not return."""

    document: Document
    reference: Reference
    page: Document
    place: str
    symmetry: Symmetry


def _identify_relation(item: _OneWay) -> tuple[str, str, str]:
    own, other = item.document.kind, item.page.kind
    return own.key if own else "", item.place, other.key if other else ""


def _build_root(item: _OneWay) -> Root:
    own, place, other = _identify_relation(item)
    title = item.page.kind.title if item.page.kind else "other"
    return Root(
        f"one-way {own} {place} {other}",
        f"{title} pages do not refer back to what refers to them in {{places}}",
        "look for one cause in the data that the pages are generated from, such as a space after "
        "a comma in a list; else let both pages say it, or neither",
        by_place=False,
    )


def _list_places(document: Document) -> list[str]:
    if document.layout is None:
        return []
    fields = [spec.key for spec in document.layout.fields if spec.refers_to]
    return fields + [table.key for table in document.layout.tables]


def _list_symmetries(document: Document) -> Iterator[tuple[str, Symmetry]]:
    if document.layout is None:
        return
    for spec in document.layout.fields:
        if spec.symmetrical_with:
            yield spec.key, spec.symmetrical_with
    for table in document.layout.tables:
        if table.symmetrical_with:
            yield table.key, table.symmetrical_with


def _check_place(
    corpus: Corpus,
    document: Document,
    place: str,
    symmetry: Symmetry,
    stated: dict[tuple[str, str], set[str]],
    unsure: set[tuple[Document, str]],
) -> Iterator[_OneWay]:
    """Yield the references of one field or table that are not returned.

    `stated` are the ids that each field or table of a page, by the page's id,
    refers to; `unsure` are those with an id that does not exist: R201 says so,
    and it may be the one that was meant.
    """
    own = document.id
    done: set[str] = set()
    for reference in corpus.members(document, place):
        target = choose_target(reference)
        entity = corpus.entity(target)
        page = entity.page if entity else None
        if reference.status is not Status.DEFINED or own is None or target in done:
            continue
        if entity is None or page is None or entity.kind.key != symmetry.kind:
            continue
        if page.path in corpus.stale_layouts or not _has_any(page, symmetry.keys):
            continue
        done.add(target)
        if any(own in stated.get((target, key), ()) for key in symmetry.keys):
            continue
        if any((page, key) in unsure and page.field(key) is not None for key in symmetry.keys):
            continue
        if any(is_row_damaged(corpus, page, key, own) for key in symmetry.keys):
            continue
        yield _OneWay(document, reference, page, place, symmetry)


def _report(corpus: Corpus, item: _OneWay, root: Root | None) -> Finding:
    document, reference, page = item.document, item.reference, item.page
    own, target = document.id or "", choose_target(reference)
    message = f"{own} refers to {target}, but the page of {target} does not refer back"
    related = [relate(page.top, f"{own} is not listed here")]
    lost = _find_losses(corpus).get((own, target))
    if lost is not None:
        message = (
            f"{own} refers to {target}, but the page of {target} does not refer back: in the "
            f"workbook, {lost.message}"
        )
        related.append(relate(lost.place, "the workbook says so here"))
        root = build_lost_root(lost.name)
    finding = RULE.at(
        document,
        reference.mention.id,
        message,
        subject=own,
        wrong=target,
        related=related,
        root=root,
    )
    fix = None if corpus.workbooks else _add_row(item, target)
    return finding if fix is None else replace(finding, fix=fix)


def _add_row(item: _OneWay, target: str) -> Fix | None:
    """Return the fix that adds the row of evidence to the other page, as its template has it."""
    document = item.document
    own, stated = document.heading, document.table(item.place)
    tables = [table for key in item.symmetry.keys if (table := item.page.table(key)) is not None]
    if own is None or not own.name or stated is None or len(tables) != 1:
        return None
    table = tables[0]
    if not (_holds_evidence(stated.spec) and _holds_evidence(table.spec)):
        return None
    if table.html or table.fault or any(row.broken for row in (*stated.rows, *table.rows)):
        return None
    texts = [row.cells[1].text.raw for row in stated.rows if row.key == target]
    if not texts or not all(texts):
        return None
    if _UNSAFE_IN_LINK.search(own.name.raw):
        return None  # The row would be broken, or its link would end too early.
    line_end = "\r\n" if "\r\n" in table.text.raw else "\n"
    href = "../" * item.page.path.count("/") + document.path
    # A page has one row for an entity, though the other page may have several.
    row = f"| [{document.id} {own.name.raw}]({href}) | {', '.join(texts)} |"
    edit = Edit(_find_end(table, document.id or "").location, f"{line_end}{row}")
    return Fix(Repair.UNSAFE, (edit,))


_UNSAFE_IN_LINK = re.compile(r"[|\[\]]")
_EVIDENCE = (Format.LINK, Format.PROSE)


def _holds_evidence(spec: TableSpec | None) -> bool:
    """Tell whether the rows of a table are a link and a text, which the other page has too."""
    return spec is not None and tuple(column.format for column in spec.columns) == _EVIDENCE


def _find_end(table: Table, entity_id: str) -> Text:
    """Return the end of what stands before the row of an entity: rows are sorted by id."""
    keys = [row.key for row in table.rows]
    at = bisect_right(keys, entity_id) if keys == sorted(keys) else len(keys)
    before = table.rows[at - 1].text if at else table.text
    end = len(before.raw)
    if not at and table.rows:
        end = len(table.text.raw[: table.rows[0].text.start - table.text.start].rstrip())
    return before.part(end, end)


@derived
def _find_losses(corpus: Corpus) -> dict[tuple[str, str], LostMember]:
    """Return what hides references in the lists of the workbooks, by both ids."""
    found: dict[tuple[str, str], LostMember] = {}
    for item in corpus.statements:
        lost = find_loss(corpus, item.field, item.column, item.reference.mention)
        if lost is not None:
            found.setdefault((item.subject, item.target), lost)
    return found


def _has_any(page: Document, keys: tuple[str, ...]) -> bool:
    """Tell whether a page has one of the places; what is absent altogether is S103's or S105's."""
    return any(page.field(key) is not None or page.table(key) is not None for key in keys)
