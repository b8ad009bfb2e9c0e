"""An evidence text that cites techniques, but not the one that its row stands for.

Each row of evidence ties an incident to a technique and quotes what shows it;
the quotation names the techniques in parentheses. Where it names others, but
neither the row's technique nor that one's parent or sub-techniques, the text
was most likely written for another row, or the row got the wrong id: whoever
counts evidence counts it wrongly.

A technique that is a sibling of the row's (`T0146.006` for `T0146.007`) does
not count as the same. A malformed id counts as the id that was meant. The
finding names what the text fits instead. Where only pages are there and the texts of many
rows fit the rows above or below, a cell was deleted or inserted in that column alone: these
findings have one root cause.

## Bad

```markdown generated_pages/techniques/T0146.007.md
# Technique T0146.007: Automated Account Asset

**Summary**: An account that acts by itself.
```

```markdown generated_pages/techniques/T0151.012.md
# Technique T0151.012: Image Board Platform

**Summary**: Image boards host threads of images.
```

```markdown generated_pages/incidents/I00104.md
# Incident I00104: Macron Campaign Hit

* **Summary:** A leak.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| ⟦[T0146.007 Automated Account Asset](../../generated_pages/techniques/T0146.007.md)⟧ | A post on 4chan (T0151.012: Image Board Platform). |
| [T0151.012 Image Board Platform](../../generated_pages/techniques/T0151.012.md) | A post on 4chan (T0151.012: Image Board Platform). |
```

```text findings
the text of this row cites T0151.012, not T0146.007; it fits the row of T0151.012 in I00104
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An account.
```

```markdown generated_pages/techniques/T0146.007.md
# Technique T0146.007: Automated Account Asset

**Summary**: An account that acts by itself.
```

```markdown generated_pages/incidents/I00104.md
# Incident I00104: Macron Campaign Hit

* **Summary:** A leak.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146.007 Automated Account Asset](../../generated_pages/techniques/T0146.007.md) | Bots (T0146: Account Asset) posted. |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They posted. |
```
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.reference import Status
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.model.words import join_words
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._alignment import list_displaced_on_pages, list_displaced_pairs
from disarm_rules._evidence import (
    MULTIPLIED,
    EvidenceRow,
    find_multiplied,
    read_evidence_rows,
)
from disarm_rules._ids import list_possible_ids
from disarm_rules._returns import fix_stray
from disarm_rules._shown_columns import list_shown_pairs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R206",
    name="evidence-mismatch",
    severity=Severity.ERROR,
    superseded_by=("M707",),
    harm=Harm.LOST,
    action="move the text to the row that it was written for",
)
_SHIFTED = Root(
    "shifted on pages",
    "a column of evidence is out of place: texts in {places} were written for other rows",
    "take the column of the texts from an earlier version of the spreadsheet, or move its texts "
    "back beside the ids that they cite, and regenerate the pages",
    by_place=False,
)
_SHOWN = 4
# Of what a text cites and of the incidents that show a technique, how many are looked at.
_MOST_CITED, _MOST_INCIDENTS = 40, 256


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each evidence row whose text cites other techniques only."""
    del options
    rows = list(read_evidence_rows(corpus)) if corpus.known else []
    tagged: dict[str, set[str]] = {}
    shown_by: dict[str, set[str]] = {}
    for row in rows:
        tagged.setdefault(row.incident, set()).add(row.technique)
        shown_by.setdefault(row.technique, set()).add(row.incident)
    witnesses = {one: sorted(those)[:_MOST_INCIDENTS] for one, those in shown_by.items()}
    displaced = list_displaced_pairs(corpus)
    shifted = list_displaced_on_pages(corpus)
    listed: dict[object, set[str]] = {}
    for row in rows:
        listed.setdefault(_identify_row(row), set()).add(row.technique)
    known: dict[int, tuple[list[Reference], list[str], _Branches]] = {}
    found: list[Finding] = []
    for item in rows:
        # The rows that a cell of several ids makes share what their text cites.
        if id(item.cited) not in known:
            defined = [r for r in item.cited if r.status in (Status.DEFINED, Status.MALFORMED)]
            cited = list(dict.fromkeys(reference.target for reference in defined))[:_MOST_CITED]
            known[id(item.cited)] = (defined, cited, _find_branches(corpus, item.cited))
        defined, cited, fitting = known[id(item.cited)]
        if not defined or corpus.entity(item.technique) is None or item.technique in fitting:
            continue
        if (item.incident, item.technique) in displaced:
            # M707 tells it once for the column.
            continue
        instead = _find_replaced(item, cited, listed[_identify_row(item)], witnesses)
        if instead is not None:
            message, root = _tell_replaced(item.technique, instead)
        else:
            before = _list_shown_before(corpus, item, cited)
            message, root = _tell_stray(item, cited, before)
            message += "" if before else _advise(item, cited, tagged, witnesses)
        shown = next((r for r in defined if r.target == instead), defined[0])
        if (item.incident, item.technique) in shifted:
            root = _SHIFTED
        if item.incident in find_multiplied(corpus):
            root = MULTIPLIED
        finding = RULE.at(
            item.document,
            item.place,
            message,
            subject=f"{item.incident}/{item.technique}",
            # Not what it cites: any edit of the text would make this another finding.
            wrong=f"{item.technique} is not cited",
            related=[relate(shown.mention.id, f"{shown.target} is cited here")],
            root=root,
        )
        found.append(replace(finding, fix=None if instead else fix_stray(corpus, item.document)))
    yield from _join_column(found)


def _tell_replaced(technique: str, instead: str) -> tuple[str, Root]:
    root = Root(
        f"{technique} for {instead}",
        f"a text cites {instead}, and {technique} is listed for it",
        f"list {instead} for this text instead of {technique}, if that is meant",
        by_place=False,
    )
    return f"{technique} is listed for this text, which cites {instead} instead", root


def _tell_stray(item: EvidenceRow, cited: Sequence[str], before: Sequence[str]) -> tuple[str, Root]:
    """Say that a text fits other rows; the pages still show it under the ids `before`."""
    message = f"the text of this row cites {_list_ids(cited)}, not {item.technique}"
    action = RULE.action
    if before:
        ids = _list_ids(before)
        message += f"; the pages still show it under {ids}"
        action = f"list {ids} for this text again, or write what fits {item.technique}"
    root = Root(
        f"{item.incident}/{item.technique}",
        f"the text under {item.technique} of {item.incident} cites {_list_ids(cited)}",
        action,
        by_place=False,
    )
    return message, root


# So many texts of a sheet that fit other rows were not written there one by one.
_FEWEST = 10


def _join_column(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings; those of a column that was moved as a whole have one root cause."""
    cells = [f.location.cell for f in found]
    numbers = Counter(cell.sheet for cell in cells if cell is not None)
    for finding, cell in zip(found, cells, strict=True):
        if cell is None or numbers[cell.sheet] < _FEWEST:
            yield finding
            continue
        root = Root(
            f"moved in {cell.sheet}",
            f"texts of the sheet {cell.sheet} stand beside the ids of other rows: the column was "
            "sorted or moved without the others",
            "take the column from an earlier version of the workbook, or sort it back",
            by_place=False,
        )
        yield replace(finding, root=root)


def _identify_row(row: EvidenceRow) -> object:
    """Return what the rows share that one row of the workbook makes, on pages or in its sheet."""
    if row.document.sheet is not None:
        return id(row.cited)
    # Some releases wrote the id of its own row before each text.
    return row.incident, tuple(reference.target for reference in row.cited)


def _list_shown_before(corpus: Corpus, item: EvidenceRow, cited: Sequence[str]) -> list[str]:
    """Return the cited ids under which the page of its incident still shows the text of a row."""
    if item.document.sheet is None:
        return []
    shown = list_shown_pairs(corpus, item.document)
    if (item.incident, item.technique) in shown:
        return []
    return [one for one in cited if (item.incident, one) in shown]


def _find_replaced(
    item: EvidenceRow,
    cited: Sequence[str],
    listed: Collection[str],
    witnesses: Mapping[str, Sequence[str]],
) -> str | None:
    """Return the id for which a row lists another, where its text fits the row in all else.

    None if the text fits another incident as well as its own, unless the two ids are siblings:
    it may have been written for that.
    """
    instead = [one for one in cited if one not in listed]
    siblings = [one for one in instead if find_stem(one) == find_stem(item.technique)]
    others = [one for one in listed if one != item.technique]
    if not others or not all(one in cited for one in others):
        return None
    if siblings:
        return siblings[0] if len(siblings) == 1 else None
    if len(instead) != 1:
        return None
    elsewhere = set.intersection(*(set(witnesses.get(one, ())) for one in cited))
    return instead[0] if elsewhere <= {item.incident} else None


@dataclass(frozen=True, slots=True)
class _Branches:
    """The ids that a text cites, and the parents of those that have one."""

    ids: frozenset[str]
    parents: frozenset[str]

    def __contains__(self, entity_id: str) -> bool:
        """Tell whether the text cites an id, its parent or a sub-entity of it."""
        if entity_id in self.ids or entity_id in self.parents:
            return True
        return is_sub(entity_id) and find_stem(entity_id) in self.ids


def _find_branches(corpus: Corpus, cited: Iterable[Reference]) -> _Branches:
    ids = frozenset().union(*(list_possible_ids(corpus, reference) for reference in cited))
    return _Branches(ids, frozenset(find_stem(one) for one in ids if is_sub(one)))


def _list_ids(ids: Sequence[str]) -> str:
    shown = list(ids[:_SHOWN])
    if len(ids) > _SHOWN:
        return f"{', '.join(shown)} and {len(ids) - _SHOWN} more"
    return join_words(shown)


def _advise(
    item: EvidenceRow,
    cited: list[str],
    tagged: Mapping[str, set[str]],
    shown_by: Mapping[str, Sequence[str]],
) -> str:
    """Say which rows of the corpus the text fits, and which id the row may be meant for.

    `tagged` are the techniques of each incident, `shown_by` the incidents of
    each technique.
    """
    own = tagged.get(item.incident, set())
    fits = [entity_id for entity_id in cited if entity_id in own]
    hits = Counter(incident for entity_id in cited for incident in shown_by.get(entity_id, ()))
    best = min(hits, key=lambda incident: (-hits[incident], incident), default=item.incident)
    advice = ""
    if hits[best] > len(fits) and hits[best] * 2 > len(cited):
        fits = [entity_id for entity_id in cited if entity_id in tagged[best]]
        advice = f"; it fits {_name_rows(fits)} in {best}"
    elif fits:
        advice = f"; it fits {_name_rows(fits)} in {item.incident}"
    siblings = [i for i in cited if i not in own and find_stem(i) == find_stem(item.technique)]
    if siblings:
        advice += f"; {siblings[0]} is cited and has no row: was it meant?"
    return advice


def _name_rows(ids: Sequence[str]) -> str:
    return f"the row{'s' if len(ids) > 1 else ''} of {_list_ids(ids)}"
