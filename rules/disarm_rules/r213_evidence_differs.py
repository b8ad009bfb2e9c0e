"""Evidence that the page of an incident and that of a technique tell in different words.

The row that ties an incident to a technique stands on both pages, with one text. If the texts
differ, one of the pages was edited by hand, or only one was generated anew, and readers
learn two things. If other rows of the incident have the same text, the text that most of them
have is taken for the right one; else the finding stands on the page of the incident.

With master data, M701 compares each page with the workbook instead, and this rule is silent.
A row that only one of the two pages has is R205's.

## Bad

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made ⟦two⟧ accounts. |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An account.

| Incident | Descriptions given for this incident |
| -------- | -------------------- |
| [I00064 Tinder nightmares](../../generated_pages/incidents/I00064.md) | They made three accounts. |
```

```text findings
the page of T0146 says “They made three accounts.” here: let both pages say the same
```

## Good

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made two accounts. |
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An account.

| Incident | Descriptions given for this incident |
| -------- | -------------------- |
| [I00064 Tinder nightmares](../../generated_pages/incidents/I00064.md) | They made two accounts. |
```
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._difference import find_changes, find_difference
from disarm_rules._evidence import find_multiplied, read_evidence_rows
from disarm_rules._regeneration.renderings import is_joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_rules._evidence import EvidenceRow

RULE = Rule(
    code="R213",
    name="evidence-differs",
    severity=Severity.ERROR,
    # What is wrong with the words in which the two differ is the better reason.
    superseded_by=(
        *("M701", "M707", "L301", "L302", "L305", "L307", "L308", "N401", "N406", "R201"),
        *("R202", "R206", "R207", "R208", "R211", "S106", "S109", "S112", "S114", "S116"),
        *("T502", "T503", "T504"),
    ),
    harm=Harm.LOST,
    action="let both pages say the same",
)
# Some releases wrote the id of its row before each text, on one of the pages.
_ROW_ID = re.compile(r"[A-Z]{1,3}[0-9]{6,}\s+")
# Texts of one technique in one incident that are compared.
_MOST = 24


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each row whose text the page of the other entity has otherwise."""
    del options
    if corpus.rows:
        return
    multiplied = find_multiplied(corpus)
    told: dict[tuple[str, str], tuple[list[EvidenceRow], list[EvidenceRow]]] = {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for found in read_evidence_rows(corpus, blank=True):
        row = _drop_row_id(found)
        if text := squeeze(row.text.raw):
            counts[row.incident][text] += 1
        sides = told.setdefault((row.incident, row.technique), ([], []))
        sides[row.document.id != row.incident].append(row)
    for (incident, _), (here, there) in told.items():
        if incident in multiplied or not 0 < len(here) <= _MOST or len(there) != 1:
            continue
        if is_joined(squeeze(there[0].text.raw), [row.text.raw for row in here]):
            continue
        yield from _compare(here, there[0], counts[incident])


def _drop_row_id(row: EvidenceRow) -> EvidenceRow:
    match = _ROW_ID.match(row.text.raw)
    if match is None:
        return row
    return replace(row, text=row.text.part(match.end(), len(row.text.raw)))


def _compare(
    here: Sequence[EvidenceRow], there: EvidenceRow, counts: Counter[str]
) -> Iterator[Finding]:
    """Yield the row whose text is not the other page's; `here` are those of the incident."""
    shown = squeeze(there.text.raw)
    missing = [row for row in here if squeeze(row.text.raw) not in shown] or list(here)
    if len(missing) > 1 or (len(here) > 1 and any(not row.text for row in here)):
        # Which of several texts was meant for the other page's, nothing says.
        return
    mine = missing[0]
    texts = [squeeze(row.text.raw) for row in here]
    if len(here) > 1:
        yield _report(there, mine, ", ".join(texts), None)
    elif counts[texts[0]] > counts[shown]:
        yield _report(there, mine, texts[0], texts[0])
    else:
        yield _report(mine, there, shown, shown if counts[shown] > counts[texts[0]] else None)


def _report(wrong: EvidenceRow, other: EvidenceRow, text: str, meant: str | None) -> Finding:
    """Return the finding at the words of a row that differ; `meant` is its text, if known."""
    start, end, words = find_changes(wrong.text.raw, text) if wrong.text else (0, 0, text)
    place = wrong.text.part(start, end) if wrong.text else wrong.place
    instead = other.place
    if wrong.text and other.text:
        first, last, _ = find_changes(other.text.raw, wrong.text.raw)
        instead = other.text.part(first, last)
    name = other.document.id
    message = f"the page of {name} says {find_difference(squeeze(wrong.text.raw), text)} here"
    if not text:
        message = f"the page of {name} says nothing here"
    return RULE.at(
        wrong.document,
        place,
        f"{message}: let both pages say the same",
        subject="/".join(sorted((wrong.incident, wrong.technique))),
        wrong=place.raw if wrong.text else "no text",
        suggestion=words if meant and words and wrong.text else None,
        related=[
            relate(instead, "the other page says this"),
            # What is wrong with the row as a whole is the better reason, too.
            relate(wrong.place, "in this row"),
        ],
    )
