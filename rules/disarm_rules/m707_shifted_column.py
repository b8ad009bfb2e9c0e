"""A column whose cells are beside the ids of other rows.

Somebody deletes a cell and lets the cells below move up, inserts one, or sorts
or pastes one column alone: from there on every text stands beside another
row's ids, and the next generation puts it on the pages of other incidents.
Nothing in a single cell shows it. The texts do: they name techniques in
parentheses, and a text that belongs to its row names those that the row lists. Where
the pages or an emptied cell tell that the ids have moved and the texts have not, the
finding stands at the ids. Of
other columns, names, summaries, tactics, addresses, the incidents of evidence, the pages
tell where each value belongs, as long as they were not generated since; of names, other
cells that give an id its name do.

The finding stands at the first text that is out of place and says how far the texts are
from their rows, and in which rows. Restore the column from an earlier version of the
workbook, or move its texts back as the finding says. As long as the column is shifted,
other rules are silent about these rows: what the pages show may be right.

`fix --unsafe-fixes` moves the texts back, each with its formatting, where it is sure at
which row the shift begins: the texts there cite ids, an emptied cell is left, or the pages
still show how it was.

A few rows that cite something else are not a shift: R206 reports them one by one.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0001 | Paint Boats | TA01 | Boats. |
| T0002 | Sink Boats | TA01 | Boats. |
| T0003 | Hire Captains | TA01 | Captains. |
| T0004 | Forge Charts | TA01 | Charts. |
| T0005 | Ring Bells | TA01 | Bells. |
| T0006 | Light Beacons | TA01 | Beacons. |
| T0007 | Raise Flags | TA01 | Flags. |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000001 | They painted boats (T0001: Paint Boats). | I00001 | T0001 |
| IT00000002 | ⟦They hired captains (T0003: Hire Captains).⟧ | I00001 | T0002 |
| IT00000003 | They forged charts (T0004: Forge Charts). | I00001 | T0003 |
| IT00000004 | They rang bells (T0005: Ring Bells). | I00002 | T0004 |
| IT00000005 | They lit beacons (T0006: Light Beacons). | I00002 | T0005 |
| IT00000006 | They raised flags (T0007: Raise Flags). | I00002 | T0006 |
| IT00000007 |  | I00002 | T0007 |
```

```text findings
from row 3 on, the texts of column B (“name”) stand 1 row above their rows (3 to 7); the text of row 3 cites T0003, which row 4 lists
```

## Bad: names that slipped, while the pages show how it was

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0001 | ⟦Sink Boats⟧ | TA01 | Boats. |
| T0002 | Hire Captains | TA01 | Boats. |
| T0003 | Forge Charts | TA01 | Captains. |
| T0004 | Ring Bells | TA01 | Charts. |
| T0005 | Light Beacons | TA01 | Bells. |
| T0006 |  | TA01 | Beacons. |
```

```markdown generated_pages/techniques/T0001.md
# Technique T0001: Paint Boats
```

```markdown generated_pages/techniques/T0002.md
# Technique T0002: Sink Boats
```

```markdown generated_pages/techniques/T0003.md
# Technique T0003: Hire Captains
```

```markdown generated_pages/techniques/T0004.md
# Technique T0004: Forge Charts
```

```markdown generated_pages/techniques/T0005.md
# Technique T0005: Ring Bells
```

```markdown generated_pages/techniques/T0006.md
# Technique T0006: Light Beacons
```

```text findings
from row 2 on, the cells of column B (“name”) stand 1 row above their rows (2 to 6); “Sink Boats” in row 2 belongs to T0002 in row 3, as the pages or other cells show
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0001 | Paint Boats | TA01 | Boats. |
| T0002 | Sink Boats | TA01 | Boats. |
```

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| disarm_id | name | incident_id | technique_ids |
| IT00000001 | They painted boats (T0001: Paint Boats). | I00001 | T0001 |
| IT00000002 | They sank boats (T0002: Sink Boats). | I00001 | T0002 |
```
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.words import join_words, shorten, squeeze
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._alignment import find_misalignments
from disarm_rules._returns import fix_shift

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_rules._alignment import EvidenceText, Misalignment, Run

RULE = Rule(
    code="M707",
    name="shifted-column",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="restore the column from an earlier version of the workbook, or move its texts back",
)
# How many texts are shown as proof, and how many code points of one.
_PROOFS, _LONGEST = 3, 60


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each column of evidence that is out of place."""
    del options
    found = find_misalignments(corpus)
    columns: dict[tuple[str, int], list[str]] = defaultdict(list)
    for item in found:
        if item.runs:
            columns[_identify_slip(item)].append(item.column)
    for item in found:
        first = item.texts[0]
        proofs = list(_list_proofs(item))
        where = f"column {item.column} (“{item.label}”)"
        if item.runs:
            message = _describe_runs(f"the {item.noun} of {where}", item.runs)
        else:
            message = f"the {item.noun} of {where} are in another order than the ids of their rows"
        if proofs:
            message += f"; {_describe_proof(item, *proofs[0])}"
        finding = RULE.at(
            first.document,
            first.text,
            message,
            subject=item.sheet,
            wrong=f"{item.label} shifted",
            related=[
                relate(row.place, _describe_proof(item, text, row))
                for text, row in proofs[:_PROOFS]
                if row.place is not None
            ],
            covers=[text.text for text in (*item.texts, *item.emptied)]
            + [t.place for t in item.texts if t.place is not None and not item.shown],
            root=_build_root(item, message, columns[_identify_slip(item)] if item.runs else []),
        )
        yield replace(finding, silences=item.silences, fix=fix_shift(corpus, item))


def _identify_slip(item: Misalignment) -> tuple[str, int]:
    """Return what columns have in common that slipped together: the sheet, and how far."""
    return item.sheet, item.runs[0].offset


def _build_root(item: Misalignment, message: str, columns: Sequence[str]) -> Root:
    beside = "texts" if item.of_ids else "ids"
    title = f"the {item.noun} of {{where}} are beside the {beside} of other rows: {message}"
    action = "restore the column from an earlier version of the workbook, or "
    if len(columns) < 2 or not item.shown:
        return Root("shifted", title, action + _describe_return(item))
    return Root(
        f"shifted {item.sheet} {item.runs[0].offset}",
        f"columns {join_words(columns)} of the sheet {item.sheet} have slipped together, or the "
        f"column of their ids has: {message}",
        action + "move the column of the ids the other way",
        by_place=False,
    )


def _describe_runs(where: str, runs: tuple[Run, ...]) -> str:
    first, *others = runs
    message = (
        f"from row {first.first} on, {where} stand {_describe_distance(first)} their "
        f"{'row' if first.first == first.last else 'rows'} ({first.first} to {first.last})"
    )
    for run in others:
        message += f", then {_describe_distance(run)} ({run.first} to {run.last})"
    return message


def _describe_distance(run: Run) -> str:
    number = abs(run.offset)
    return f"{number} {'row' if number == 1 else 'rows'} {'below' if run.offset > 0 else 'above'}"


def _describe_return(item: Misalignment) -> str:
    if not item.runs:
        return f"sort its {item.noun} as the ids are"
    parts = [
        f"move rows {run.first} to {run.last} {'up' if run.offset > 0 else 'down'} by "
        f"{abs(run.offset)}"
        for run in item.runs
    ]
    return f"in this column alone, {', '.join(parts)}"


def _list_proofs(item: Misalignment) -> Iterator[tuple[EvidenceText, EvidenceText]]:
    """Yield texts that do not fit their rows, each with the row that it fits."""
    offsets = {text.number: run.offset for run in item.runs for text in run.texts}
    for text in item.texts:
        if text.fits(text):
            continue
        if item.runs:
            row = item.rows.get(text.number - offsets[text.number])
        else:
            row = next((r for r in item.rows.values() if r.ids == text.cited), None)
        if row is not None and text.fits(row):
            yield text, row


def _describe_proof(item: Misalignment, text: EvidenceText, row: EvidenceText) -> str:
    if item.shown:
        said = shorten(squeeze(text.text.raw), _LONGEST)
        return (
            f"“{said}” in row {text.number} belongs to {row.document.key} in row {row.number}, as "
            "the pages or other cells show"
        )
    shared = min(text.cited & row.ids)
    if item.of_ids:
        return f"the text of row {row.number} cites {shared}, which row {text.number} lists"
    return f"the text of row {text.number} cites {shared}, which row {row.number} lists"
