"""A reference that the workbook states, and that no page shows.

The generator splits lists in a simple way: the techniques of an incident only at
commas, those of a counter only at line breaks, URLs at single spaces. It silently drops
every member that then has no match in the other sheet. One space after a comma, or line
breaks that a copy turned into spaces, and the evidence is in the workbook but on no
page. Regenerating drops it again and so reveals nothing.

The finding stands in the cell, at the member that is lost, and says why. R201 and R208
report ids that do not exist, R205 pairs that only one of two pages shows. A row that
lacks its incident or its techniques, or has a space beside its incident, is lost as a
whole and gets one finding.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary | longname |
| T0146 | Account Asset | TA15 | An account. | T0146 - Account Asset |
| T0151 | Digital Community | TA07 | A community. | T0151 - Digital Community |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts in a group. | I00064 | T0146,⟦ T0151⟧ |
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts in a group. |
```

```text findings
no page shows that I00064 refers to T0151: the space after the comma makes the generator drop it; delete the space
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary | longname |
| T0146 | Account Asset | TA15 | An account. | T0146 - Account Asset |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts. | I00064 | T0146 |
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
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.reference import Reference, Status
from disarm_lint.model.finding import Edit, Fix, Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._ids import explain_wrong_kind
from disarm_rules._members import (
    LostMember,
    Member,
    ShownAddresses,
    build_lost_root,
    build_spaced_root,
    find_loss,
    find_spaced_id,
    format_cell,
    split_members,
)
from disarm_rules._regeneration.renderings import STALE
from disarm_rules._urls import find_cell_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Statement
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="M702",
    name="dropped-reference",
    severity=Severity.ERROR,
    superseded_by=("L305", "R201", "R208", "M707"),
    harm=Harm.LOST,
    action="correct the cell, so that the generator sees the reference",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference of the workbook that no page shows."""
    del options
    pages = _Pages(corpus)
    # An id that stands twice in a cell is lost once; R209 speaks of the second.
    done: set[tuple[str, str, str, str]] = set()
    for item in corpus.statements:
        if item.reference.status is not Status.DEFINED or corpus.entity(item.subject) is None:
            continue
        # R201 says that an id of this kind does not belong there.
        if explain_wrong_kind(corpus, item.reference) is not None or not pages.lacks(item):
            continue
        pair = (item.document.key, item.shown_in, item.subject, item.target)
        if pair not in done:
            done.add(pair)
            yield from _check_statement(corpus, item, done)
    yield from _find_incomplete(corpus)
    yield from _find_urls(corpus)


class _Pages:
    """What the pages show: the ids in each field and table of each page."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._shown: dict[tuple[str, str], set[str]] = {}
        for page in corpus.live_pages:
            for reference in corpus.references_of(page):
                mention = reference.mention
                if mention.member and page.id:
                    self._shown.setdefault((page.id, mention.place), set()).add(reference.target)

    def lacks(self, item: Statement) -> bool:
        """Tell whether there are pages to show a statement, and none of them does."""
        places = [(item.subject, item.shown_in, item.target)]
        if item.listed_in is not None:
            places.append((item.target, item.listed_in, item.subject))
        places = [place for place in places if self._can_show(place[0], place[1])]
        return bool(places) and not any(
            other in self._shown.get((owner, key), ()) for owner, key, other in places
        )

    def _can_show(self, owner: str, key: str) -> bool:
        page = self._corpus.page(owner)
        if page is None or page.path in self._corpus.stale_layouts:
            return False
        return page.field(key) is not None or page.table(key) is not None


def _check_statement(
    corpus: Corpus, item: Statement, done: set[tuple[str, str, str, str]]
) -> Iterator[Finding]:
    mention = item.reference.mention
    cause = find_loss(corpus, item.field, item.column, mention)
    if cause is None and (whole := _find_lost_row(corpus, item)) is not None:
        # The generator does not know whose row it is: all that it states is lost at once.
        row = (item.document.key, "", item.subject, "")
        if row not in done:
            done.add(row)
            yield RULE.at(
                item.document,
                whole.place,
                f"no page shows what this row says of {item.subject}: {whole.message}",
                subject=item.document.key,
                wrong=whole.name,
                suggestion=whole.suggestion,
                root=build_lost_root(whole.name),
            )
        return
    what = f"no page shows that {item.subject} refers to {item.target}"
    if cause is None and (flawed := _find_flawed_id(corpus, item)) is not None:
        # A page that was generated before the space came in may be left over, and show it still.
        yield RULE.at(
            item.document,
            mention.id,
            f"no page that is generated now shows that {item.subject} refers to {item.target}: "
            f"there is a space beside {flawed.raw.strip()} in {format_cell(flawed)}",
            subject=item.document.key,
            wrong=f"row of {flawed.raw.strip()}",
            related=[relate(flawed, "there is a space beside this id")],
            root=build_spaced_root(flawed),
        )
        return
    place = cause.place if cause else mention.id
    finding = RULE.at(
        item.document,
        place,
        f"{what}: {cause.message}"
        if cause
        else f"{what}, although the list is right: regenerate the pages",
        subject=item.document.key,
        wrong=cause.name if cause else f"{item.subject} {item.target}",
        suggestion=cause.suggestion if cause else None,
        repair=Repair.SAFE if cause and cause.name == "blank" else None,
        root=build_lost_root(cause.name) if cause else STALE,
    )
    if cause is None or cause.name != "line breaks":
        yield finding
        return
    # The first finding of a cell has all edits of it: ids that do not exist stand in between.
    cell = (item.document.key, item.shown_in, "", "")
    ids = [mention.id]
    if cell not in done:
        done.add(cell)
        ids = [r.mention.id for r in _list_unparted(corpus, item)]
    edits = tuple(_begin_line(item.field.text, one) for one in ids)
    yield replace(finding, fix=Fix(Repair.SAFE, edits))


def _list_unparted(corpus: Corpus, item: Statement) -> Iterator[Reference]:
    """Yield the references of a cell before which a line break is lost."""
    for reference in corpus.members(item.document, item.column.field.key):
        loss = find_loss(corpus, item.field, item.column, reference.mention)
        if loss is not None and loss.name == "line breaks":
            yield reference


def _begin_line(cell: Text, entity_id: Text) -> Edit:
    """Return the edit that begins a new line before an id in a cell."""
    before = cell.raw[: entity_id.start - cell.start]
    return Edit(cell.part(len(before.rstrip()), len(before)).location, "\n")


def _find_flawed_id(corpus: Corpus, item: Statement) -> Text | None:
    """Return the id cell that a space keeps the generator from matching: of either entity."""
    spaced = (find_spaced_id(corpus.entity(one)) for one in (item.target, item.subject))
    return next((text for text in spaced if text is not None), None)


def _find_lost_row(corpus: Corpus, item: Statement) -> LostMember | None:
    """Return what hides the id of the entity on whose page a row stands."""
    sheet = item.document.sheet
    column = sheet.subject_column if sheet else None
    field = item.document.field(column.field.key) if column else None
    if column is None or field is None:
        return None
    for reference in corpus.members(item.document, column.field.key):
        if reference.target == item.subject:
            return find_loss(corpus, field, column, reference.mention)
    return None


def _find_incomplete(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each row with a text that lacks one of the ids that would place it."""
    for document in corpus.rows:
        sheet = document.sheet
        if sheet is None or sheet.subject_column is None:
            continue
        keys = [column.field.key for column in sheet.columns if column.field.refers_to]
        fields = [document.field(key) for key in keys]
        told = any(f.value for f in document.fields if f.spec and f.spec.format is Format.PROSE)
        empty = next((item for item in fields if item is not None and not item.value), None)
        if empty is not None and told and any(item and item.value for item in fields):
            yield RULE.at(
                document,
                empty.text,
                f"no page shows this row: its “{empty.label.raw}” is empty",
                subject=document.key,
                wrong=f"{empty.label.raw} empty",
                root=Root(
                    f"empty {empty.label.raw}",
                    f"rows have a text and no “{empty.label.raw}” in {{places}}: no page shows them",
                    f"fill in “{empty.label.raw}”",
                ),
            )


def _find_urls(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each URL that has no row in the sheet that it needs one in."""
    rows = _list_keys(corpus)
    for document in corpus.rows:
        page = corpus.page(document.id or "")
        for column in document.sheet.columns if document.sheet else ():
            field = document.field(column.field.key)
            if column.matches is None or field is None or page is None:
                continue
            table = page.table(column.field.key)
            if table is None or column.matches not in rows:
                continue
            shown = ShownAddresses(table)
            for member in split_members(field, column):
                written = member.text.raw
                if not written:
                    continue
                if not shown.holds(written):
                    yield _report_url(document, member, column.matches, rows)
                elif written not in rows[column.matches]:
                    yield _report_future_loss(document, member, column.matches)


def _list_keys(corpus: Corpus) -> dict[str, set[str]]:
    """Return, for each sheet, what stands or is meant in the first column of its rows."""
    rows: dict[str, set[str]] = {
        sheet: set() for workbook in corpus.workbooks for sheet in workbook.sheets
    }
    for document in corpus.rows:
        sheet = document.sheet
        if sheet is not None and sheet.columns:
            first = document.field(sheet.columns[0].field.key)
            written = first.value.raw.strip() if first else ""
            keys = rows.setdefault(sheet.name, set())
            keys.add(written)
            if first is not None and first.spec and first.spec.format is Format.URLS:
                # What is wrong with the address of a row is reported there, by L305.
                fault = find_cell_fault(written, ())
                keys.update(((fault and fault.suggestion) or "", "".join(written.split())))
    return rows


def _report_future_loss(document: Document, member: Member, sheet: str) -> Finding:
    """Return the finding for an address that a page shows and whose row has been gone since."""
    return RULE.at(
        document,
        member.text,
        f"the sheet {sheet} has no row for this address any more, so the page of {document.id} "
        f"loses it when it is generated anew: add the row again",
        subject=document.key,
        wrong=f"{sheet} gone",
        root=Root(
            f"row gone from {sheet}",
            f"addresses in {{places}} have no row in the sheet {sheet} any more: their pages lose "
            "them when they are generated anew",
            f"add the rows to the sheet {sheet} again",
        ),
    )


# Two addresses in one, or the code of a space.
_UNSOUND = re.compile(r"%20|\s|(?i:https?:/.*[^=/:]https?:/)")


def _report_url(
    document: Document, member: Member, sheet: str, rows: dict[str, set[str]]
) -> Finding:
    listed = member.text.raw in rows[sheet]
    if not listed and _UNSOUND.search(member.text.raw):
        return RULE.at(
            document,
            member.text,
            f"the page of {document.id} does not show this address, which is not valid: correct "
            f"it, and add a row for it to the sheet {sheet}",
            subject=document.key,
            wrong=f"{sheet} unsound",
            root=Root(
                f"unsound for {sheet}",
                "addresses in {places} are not valid: no page shows them",
                f"correct these addresses, and add a row to the sheet {sheet} for each",
            ),
        )
    why = (
        f", although the sheet {sheet} has a row for it: regenerate the pages"
        if listed
        else f": the sheet {sheet} has no row for it; add one"
    )
    return RULE.at(
        document,
        member.text,
        f"the page of {document.id} does not show this address{why}",
        subject=document.key,
        wrong=f"{sheet} {listed}",
        root=STALE
        if listed
        else Root(
            f"no row in {sheet}",
            f"addresses in {{places}} have no row in the sheet {sheet}: no page shows them",
            f"add a row to the sheet {sheet} for each of these addresses, with all of its columns: "
            "an empty address is shown as a link to nothing",
        ),
    )
