r"""A list cell of a worksheet that is not written as its column has to be.

The generator splits a cell in the simplest way: only at commas, only at line breaks, or
at single spaces, depending on the column. A space after a comma then becomes part of the
next id, line breaks that a copy turned into spaces merge many members into one, two
spaces between addresses make an empty member, and a name beside an id hides the id where
only ids are expected. Nothing may be lost today, but the next edit may lose a reference.
M702 reports references that are already lost. A cell that holds one id has to hold it alone:
a comma, a name or a space beside it hides it as well, and so does a space beside an address.

The finding covers the whole cell, and its suggestion is what to write there.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts in a group. | I00064 | ⟦T0146, T0151⟧ |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!countermeasures
| disarm_id | name | metatechnique | summary | actortypes | resources_needed | tactic | responsetype | techniques |
| C00006 | Charge for social media | M004 - Friction | Fees. | ⟦A018 - government,⟧ |  | TA01 | D02 | ⟦T0146 - Account Asset T0151 - Digital Community⟧ |
```

```text findings
the generator splits “technique_ids” at commas alone, and there is a space beside a member; write “T0146,T0151”
the generator splits “actortypes” at commas alone, and there is a comma too many; write “A018 - government”
the generator splits “techniques” at line breaks alone, and there is none between two ids; write “T0146 - Account Asset↵T0151 - Digital Community”
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000214 | They made accounts in a group. | I00064 | T0146,T0151 |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!countermeasures
| disarm_id | name | metatechnique | summary | actortypes | resources_needed | tactic | responsetype | techniques |
| C00006 | Charge for social media | M004 - Friction | Fees. | A018 - government |  | TA01 | D02 | T0146 - Account Asset\nT0151 - Digital Community |
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format, Separator
from disarm_lint.model.words import shorten
from disarm_lint.ruleset import NoOptions, Rule, derived
from disarm_rules._ids import find_meant, has_same_number
from disarm_rules._lists import EXPECTED, NAMED, SPACED, UNPARTED, find_list_flaws, rewrite_list
from disarm_rules._members import build_lost_root, find_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import SheetColumn

RULE = Rule(
    code="M703",
    name="list-format",
    severity=Severity.WARNING,
    superseded_by=("M702", "M707"),
    harm=Harm.HYGIENE,
    action="write the list as its column is read",
    repair=Repair.SAFE,
)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Flawed:
    """A cell that is not in its column's format: how, in clauses, and what to write."""

    document: Document
    field: Field
    column: SheetColumn
    clauses: tuple[str, ...]
    message: str
    suggestion: str | None
    repair: Repair | None = Repair.SAFE

    @property
    def losses(self) -> list[tuple[str, str, str]]:
        """By what the generator may lose members (see M702), and in which sheet and column."""
        lines = self.column.separator is Separator.LINE
        names = {SPACED: "blank", UNPARTED: "line breaks" if lines else "separator"}
        sheet = self.document.sheet.name if self.document.sheet else ""
        return [
            (names[clause], sheet, self.column.field.key)
            for clause in self.clauses
            if clause in names
        ]


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each list cell that is not in its column's format."""
    del options
    found = []
    for document in corpus.rows:
        for column in document.sheet.columns if document.sheet else ():
            field = document.field(column.field.key)
            if field is None or not field.value:
                continue
            flawed = _judge_list(corpus, document, field, column)
            if flawed is not None:
                found.append(flawed)
    # A column that loses members in one cell is cured as a whole.
    losing = {loss for item in found for loss in item.losses if _is_lost(corpus, item)}
    for item in found:
        yield _report(item, [loss[0] for loss in item.losses if loss in losing])


def _is_lost(corpus: Corpus, flawed: _Flawed) -> bool:
    """Tell whether the page of a member of the list lacks what the cell says."""
    for item in corpus.statements_of(flawed.document):
        if item.field is not flawed.field or item.listed_in is None:
            continue
        page = corpus.page(item.target)
        lost = find_loss(corpus, item.field, item.column, item.reference.mention) is not None
        shown = _list_shown(corpus)
        if page is not None and lost and (page, item.listed_in, item.subject) not in shown:
            return True
    return False


@derived
def _list_shown(corpus: Corpus) -> frozenset[tuple[Document, str, str]]:
    """Return what the fields and tables of pages refer to."""
    return frozenset(
        (reference.document, reference.mention.place, reference.target)
        for reference in corpus.references
        if reference.mention.member and reference.document.sheet is None
    )


def _report(flawed: _Flawed, losses: Sequence[str]) -> Finding:
    document, header = flawed.document, flawed.field.label.raw
    what = " and ".join(flawed.clauses)
    return RULE.at(
        document,
        flawed.field.text,
        flawed.message,
        subject=document.sheet.name if document.sheet else header,
        wrong=f"{header}: {what}",
        suggestion=flawed.suggestion,
        repair=flawed.repair,
        root=build_lost_root(losses[0]) if losses else _build_root(flawed.clauses),
    )


def _build_root(clauses: Sequence[str]) -> Root:
    """Return the root cause of cells with these flaws in one column."""
    if all(clause == SPACED or clause.endswith("too many") for clause in clauses):
        return Root(
            "stray",
            "the lists in {places} have spaces or separators too many",
            "delete the spaces and separators that are too many in {where}",
        )
    what = " and ".join(clauses)
    return Root(
        what,
        f"the lists in {{places}} are not in the form that the generator reads: {what}",
        "write these lists as their column is read",
    )


def _judge_list(
    corpus: Corpus, document: Document, field: Field, column: SheetColumn
) -> _Flawed | None:
    begin = field.text.start
    members = [
        (item.mention.id.start - begin, item.mention.id.end - begin, _write_id(corpus, item))
        for item in corpus.members(document, column.field.key)
    ]
    ids = {(start, end): text for start, end, text in sorted(members)}
    if column.separator is None:
        single = _judge_address if column.field.format is Format.URLS else _judge_single
        return single(corpus, document, field, column)
    clauses = tuple(find_list_flaws(field.text.raw, list(ids), column))
    if not clauses:
        return None
    suggestion = rewrite_list(field.text.raw, ids, column)
    shown = suggestion.replace("\n", "↵")
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN].rstrip()}…"
    message = (
        f"the generator splits “{field.label.raw}” at {EXPECTED[column.separator]} alone, "
        f"and {' and '.join(clauses)}; write “{shown}”"
    )
    sure = NAMED not in clauses or _has_names_alone(corpus, document, field, column)
    repair = Repair.SAFE if sure else Repair.BY_HAND
    return _Flawed(document, field, column, clauses, message, suggestion, repair)


def _has_names_alone(corpus: Corpus, document: Document, field: Field, column: SheetColumn) -> bool:
    """Tell whether no words stand beside the ids of a list but their names."""
    members = sorted(
        corpus.members(document, column.field.key), key=lambda item: item.mention.id.start
    )
    raw, begin = field.text.raw, field.text.start
    starts = [item.mention.id.start - begin for item in members]
    if any(map(str.isalnum, raw[: starts[0]] if starts else raw)):
        return False
    return all(
        _is_no_word(corpus, item, raw[item.mention.id.end - begin : end])
        for item, end in zip(members, [*starts[1:], len(raw)], strict=True)
    )


def _is_no_word(corpus: Corpus, reference: Reference, beside: str) -> bool:
    """Tell whether what stands beside an id is its name, or marks alone."""
    entity = corpus.entity(reference.target)
    named = simplify_name(beside.strip(" \t\r\n,;:-–—")).casefold()
    return not any(map(str.isalnum, beside)) or (
        entity is not None and simplify_name(entity.name).casefold() == named
    )


def _write_id(corpus: Corpus, reference: Reference) -> str:
    """Return an id as it is written, or as it is meant where only its form is wrong (R202)."""
    written = reference.mention.id.raw
    if reference.status is not Status.MALFORMED:
        return written
    meant = find_meant(corpus, reference, reference.target)
    return meant if meant and has_same_number(written, meant) else written


def _judge_address(
    corpus: Corpus, document: Document, field: Field, column: SheetColumn
) -> _Flawed | None:
    """Return what is wrong with a cell that holds one address: the space around it."""
    del corpus
    raw, address = field.text.raw, field.value.raw
    if raw == address:
        return None
    where = "before" if raw[:1].isspace() else "behind"
    message = (
        f"a space stands {where} the address, and the generator takes it for a part of it; "
        "delete the space"
    )
    return _Flawed(document, field, column, ("a space around an address",), message, address)


def _judge_single(
    corpus: Corpus, document: Document, field: Field, column: SheetColumn
) -> _Flawed | None:
    """Return what is wrong with a cell that holds one id."""
    members = list(corpus.members(document, column.field.key))
    header, raw = field.label.raw, field.text.raw
    if len(members) > 1 and (column.subject or column.listed_in):
        message = f"“{header}” holds one id, but this cell has {len(members)}"
        return _Flawed(document, field, column, ("several ids",), message, None)
    if len(members) != 1 or column.field.format is not Format.IDS:
        return None
    (member,) = members
    written = member.mention.id.raw
    before, _, behind = raw.partition(written)
    where, more = ("after", behind) if behind.strip() else ("before", before)
    if not before and not behind:
        return None
    if not more.strip():
        where = "after" if behind else "before"
        message = (
            f"there is a space {where} the id, and the generator only finds “{written}” without it; "
            "delete the space"
        )
        return _Flawed(document, field, column, ("a space around an id",), message, written)
    message = f"“{header}” holds an id alone, and “{shorten(more.strip(), 40)}” is {where} it here"
    others = before if where == "after" else behind
    sure = _is_no_word(corpus, member, more) and not any(map(str.isalnum, others))
    message += f"; write “{written}”" if sure else ""
    return _Flawed(
        document, field, column, ("more than an id",), message, written if sure else None
    )
