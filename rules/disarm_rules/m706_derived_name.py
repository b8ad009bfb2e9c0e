"""A `longname` cell that is not the row's id and name.

The column repeats two others (`T0002 - Facilitate State Propaganda`), by a
formula or by hand. If a formula broke, or the name was changed and this cell
was not, a lookup by long name finds the wrong entity. The pages do not show the column.
A formula in all rows fixes the whole sheet. An empty cell is not reported, nor is a long
name beside an id or a name that is itself wrong.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary | longname |
| T0048 | Harass | TA18 | Threatening people. | T0048 - Harass |
| T0049.002 | Flood Existing Hashtag | TA17 | Many posts. | ⟦Hijack Existing Hashtag -⟧ |
```

```text findings
the long name of this row should be “T0049.002 - Flood Existing Hashtag”; a formula in all rows of “techniques” would keep it right
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary | longname |
| T0048 | Harass | TA18 | Threatening people. | T0048 - Harass |
| T0049.002 | Flood Existing Hashtag | TA17 | Many posts. |  |
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._difference import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="M706",
    name="derived-name",
    severity=Severity.INFO,
    superseded_by=(
        "S112",
        "T503",
        "T504",
        # It is the name or the id that is wrong, and the long name may show what it was.
        "C601",
        "C604",
        "N403",
        "R202",
        "S114",
        "M707",
    ),
    harm=Harm.HYGIENE,
    action="let a formula make the long names",
    repair=Repair.SAFE,
)

_SOURCES = (Format.ID, Format.NAME)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each long name that is not id and name."""
    del options
    for document in corpus.rows:
        sheet = document.sheet
        column = sheet.of_format(Format.LONGNAME) if sheet else None
        field = document.field(column.field.key) if column else None
        if sheet is None or field is None or not field.value or not (document.id and document.name):
            continue
        expected = squeeze(f"{document.id} - {document.name}")
        if squeeze(field.value.raw) != expected:
            sources = [f for f in document.fields if f.spec and f.spec.format in _SOURCES]
            yield RULE.at(
                document,
                field.value,
                f"the long name of this row should be {quote(expected)}; "
                f"a formula in all rows of “{sheet.name}” would keep it right",
                subject=sheet.name,
                wrong=field.label.raw,
                suggestion=expected,
                related=[relate(item.text, "the long name repeats this") for item in sources],
                root=Root(
                    "derived",
                    "long names in {places} are not made of id and name",
                    "put one formula into all rows of {where}",
                ),
            )
