"""The same reference twice in one place.

Two rows of a table have the same id and the same text, or a list has an id twice. One
of the two is left over from copying, and counts are wrong by one. A second row for the
same id with another text is fine: an incident may show a technique twice. So is, for
this rule, an id that a list gives two names (`TA15 - Establish Assets`, `TA15 - Develop
Networks`): nothing stands there twice, but one of the two is wrong (N403).

## Bad

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
| [⟦T0146⟧ Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They sold accounts. |
```

```text findings
T0146 is already in this table, with the same text
```

## Bad: in one list

```markdown generated_pages/actortypes/A001.md
# Actor A001: data scientist

* **Summary:** Person who can wrangle data.

* **Sector:** S001, S002, ⟦S001⟧

* **Viewpoint:** FW01
```

```text findings
S001 is already in this list
```

## Good

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made accounts. |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They sold accounts. |
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_slip, simplify_name
from disarm_lint.corpus.reference import find_subjects
from disarm_lint.model.document import Document, PageType, Role
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived, relate
from disarm_rules._difference import quote
from disarm_rules._evidence import MULTIPLIED, find_multiplied
from disarm_rules._lists import find_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Statement
    from disarm_lint.model.document import Mention, Row, Table
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="R209",
    name="duplicate-reference",
    severity=Severity.WARNING,
    superseded_by=("M707",),
    harm=Harm.HYGIENE,
    action="delete the second reference, or its row where it has no other",
)
_LISTS = (Role.FIELD, Role.CELL, Role.INDEX)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each row or list member that stands a second time."""
    del options
    for document in corpus.checked_documents:
        yield from _find_in_rows(corpus, document)
        yield from _find_in_lists(corpus, document)
        yield from _find_addresses(document)
    yield from _find_in_sheets(corpus)


def _build_root(title: str, one: str, other: str) -> Root:
    """Return the root cause of what ties two entities twice, wherever it shows."""
    key = f"twice {' '.join(sorted((one, other)))}"
    return Root(key, title, RULE.action, by_place=False)


def _find_owner(corpus: Corpus, document: Document, mention: Mention) -> str:
    """Return the entity whose list it is: in the row of an incident's evidence, the incident."""
    if document.sheet is not None:
        subjects = find_subjects(corpus.members, document)
        return subjects[0] if len(subjects) == 1 else document.key
    return document.subject_at(mention.id.start)


def _is_listed(corpus: Corpus, document: Document, table: Table, other: str) -> bool:
    """Tell whether the workbook states a row of a table in the row of the other entity."""
    stated = corpus.stated_at.get((document.id or "", table.key, other), ())
    return any(item.subject == other for item in stated)


def _find_in_rows(corpus: Corpus, document: Document) -> Iterator[Finding]:
    if document.type is not PageType.ENTITY:
        return
    heads = {
        mention.row.text.start: mention
        for mention in document.mentions
        if mention.member and mention.row is not None
    }
    for table in document.tables:
        first: dict[tuple[str, ...], Mention] = {}
        for row in table.rows:
            mention = heads.get(row.text.start)
            if mention is None:
                continue
            key = (mention.target, *(simplify_name(cell.text.raw) for cell in row.cells[1:]))
            before = first.setdefault(key, mention)
            if before is not mention:
                same = ", with the same text" if len(row.cells) > 1 else ""
                owner = document.id or document.path
                pair = "/".join(sorted((owner, mention.target)))
                listed = _is_listed(corpus, document, table, mention.target)
                yield RULE.at(
                    document,
                    # The cell that holds this id defines it: the second reference is not there.
                    row.cells[0].text if listed else mention.id,
                    f"{mention.target} is already in this table{same}",
                    subject=pair,
                    wrong="twice",
                    related=[relate(before.id, "the first time")],
                    root=MULTIPLIED
                    if owner in find_multiplied(corpus)
                    else _find_doubled_rows(corpus).get(pair)
                    or _build_text_root(document, row, mention.target),
                )


def _build_text_root(document: Document, row: Row, target: str) -> Root:
    """Return the root cause of a row that a table has twice.

    One text of evidence stands in a row for each technique, and on the page of each.
    """
    owner = document.id or document.path
    text = next((c.text for c in row.cells if c.column is not None and c.column.evidence), None)
    if text is None or not text.raw.strip():
        same = ", with the same text" if len(row.cells) > 1 else ""
        title = f"{target} appears twice in a table of {owner}{same}"
        return _build_root(title, owner, target)
    title = f"evidence appears twice: {quote(simplify_name(text.raw))}"
    return Root(f"twice {simplify_name(text.raw)}", title, RULE.action, by_place=False)


def _find_in_sheets(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each reference that an earlier row states with the same text."""
    doubled = _find_doubled_rows(corpus)
    for before, item in _find_doubled(corpus):
        pair = "/".join(sorted((item.subject, item.target)))
        yield RULE.at(
            item.document,
            item.reference.mention.id,
            f"{before.document.key} already says that {item.subject} refers to {item.target}, "
            f"with the same text: delete {_name_second(corpus, item)}",
            subject=pair,
            wrong="twice",
            related=[relate(before.reference.mention.id, "the first time")],
            root=doubled[pair],
        )


@derived
def _find_doubled_rows(corpus: Corpus) -> dict[str, Root]:
    """Return the root causes of what rows state twice with one text, by the ids that they tie."""
    found: dict[str, Root] = {}
    stated = set[tuple[Document, str, str]]()
    for item in corpus.statements:
        key = item.document, item.subject, item.target
        if key in stated:
            title = f"{item.target} appears twice in a list of {item.subject}"
            found["/".join(sorted(key[1:]))] = _build_root(title, item.subject, item.target)
        stated.add(key)
    for before, item in _find_doubled(corpus):
        rows = before.document.key, item.document.key
        title = f"{rows[0]} and {rows[1]} say the same of {item.subject}, with the same text"
        root = Root(f"twice {' '.join(rows)}", title, RULE.action, by_place=False)
        found["/".join(sorted((item.subject, item.target)))] = root
    return found


@derived
def _find_doubled(corpus: Corpus) -> list[tuple[Statement, Statement]]:
    """Return each reference that an earlier row states with the same text, behind that one's."""
    found = []
    first: dict[tuple[str, ...], Statement] = {}
    told: tuple[Document | None, tuple[str, ...]] = (None, ())
    for item in corpus.statements:
        sheet = item.document.sheet
        if sheet is None or sheet.subject_column is None:
            continue
        shown = sheet.evidence_column
        if shown is not None and item.document.field(shown.field.key) is None:
            # The column of the texts is lost (X904): which rows say the same, nobody knows.
            continue
        if told[0] is not item.document:
            prose = (f for f in item.document.fields if f.spec and f.spec.format is Format.PROSE)
            told = (item.document, tuple(simplify_name(field.value.raw) for field in prose))
        key = (sheet.name, item.subject, item.target, *told[1])
        before = first.setdefault(key, item)
        # A row that stands twice, id and all, is C601's.
        doubled = item.document.id is not None and before.document.id == item.document.id
        if before.document is not item.document and not doubled:
            found.append((before, item))
    return found


def _name_second(corpus: Corpus, item: Statement) -> str:
    """Return what to delete of a reference that an earlier row states: an empty list is no row."""
    listed = list(corpus.members(item.document, item.column.field.key))
    return f"{item.target} here" if len(listed) > 1 else "this row"


def _find_in_lists(corpus: Corpus, document: Document) -> Iterator[Finding]:
    first: dict[tuple[int, str], Mention] = {}
    for mention in document.mentions:
        if mention.role not in _LISTS:
            continue
        before = first.setdefault((mention.leaf.start, mention.target), mention)
        if before is not mention and not _are_named_apart(corpus, document, before, mention):
            owner = _find_owner(corpus, document, mention)
            yield RULE.at(
                document,
                mention.id,
                f"{mention.target} is already in this list",
                subject="/".join(sorted((owner, mention.target))),
                wrong="twice",
                related=[relate(before.id, "the first time")],
                root=_build_root(
                    f"{mention.target} appears twice in a list of {owner}",
                    *(owner, mention.target),
                ),
            )


def _find_addresses(row: Document) -> Iterator[Finding]:
    """Yield a finding for each address that a list of a worksheet row has a second time."""
    for item in row.fields if row.sheet is not None else ():
        if item.spec is None or item.spec.format is not Format.URLS:
            continue
        first: dict[str, Text] = {}
        for start, end in find_addresses(item.value.raw):
            place = item.value.part(start, end)
            before = first.setdefault(place.raw, place)
            if before is not place:
                yield RULE.at(
                    row,
                    place,
                    "this address is already in this list",
                    subject=row.key,
                    wrong=place.raw,
                    related=[relate(before, "the first time")],
                    root=Root(
                        "address twice",
                        "lists have an address twice in {places}",
                        "delete the second of each",
                    ),
                )


def _are_named_apart(corpus: Corpus, document: Document, one: Mention, other: Mention) -> bool:
    """Tell whether a list gives an id two names: then one of the ids is wrong, and none twice."""
    names = [
        reference.written.raw
        for mention in (one, other)
        for reference in corpus.references_in(document, mention.id)
        if reference.written is not None and reference.mention.id.start == mention.id.start
    ]
    return len(names) == 2 and not is_slip(*names)
