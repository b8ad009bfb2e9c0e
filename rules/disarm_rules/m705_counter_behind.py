"""The sheet of next free numbers names an id that is taken.

People who add an entity look up the next free number there. If it is behind the ids in
use, the new entity gets the id of an existing one, and every citation of that id then
means two things. An empty cell is not reported.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0073 | Determine Target Audiences | TA01 | Who is meant. |
| T0166 | AI-Generated Content | TA06 | What machines made. |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!FRAMEWORK_ADMIN CODES
| disarm_object | id_prefix | id_digits | next number on stack |
| technique | T | 4 | ⟦T0073⟧ |
```

```text findings
T0073 is not free: ids up to T0166 are in use, so the next one is T0167
```

## Good

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!techniques
| disarm_id | name | tactic_id | summary |
| T0073 | Determine Target Audiences | TA01 | Who is meant. |
| T0166 | AI-Generated Content | TA06 | What machines made. |
```

```sheet DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx!FRAMEWORK_ADMIN CODES
| disarm_object | id_prefix | id_digits | next number on stack |
| technique | T | 4 | T0167 |
| tactic | TA | 2 |  |
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.ids import find_stem
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="M705",
    name="counter-behind",
    severity=Severity.INFO,
    harm=Harm.HYGIENE,
    action="write the next free number",
)

_ID = re.compile(r"([A-Z]+)([0-9]{1,12})")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each next free number at or below an id in use."""
    del options
    highest = _find_highest(corpus)
    for document in corpus.rows:
        prefix, following = (
            _find_counter(document, Format.PREFIX),
            _find_counter(document, Format.NEXT),
        )
        if prefix is None or following is None:
            continue
        finding = _check_counter(document, prefix.value.raw, following, highest)
        if finding is not None:
            yield finding


def _find_counter(document: Document, format_: Format) -> Field | None:
    column = document.sheet.of_format(format_) if document.sheet else None
    field = document.field(column.field.key) if column else None
    return field if field is not None and field.value else None


def _find_highest(corpus: Corpus) -> dict[tuple[str, int], int]:
    """Return the highest number in use, by the letters and the number of digits of its ids."""
    found: dict[tuple[str, int], int] = {}
    for entity_id in corpus.registry.entities:
        match = _ID.fullmatch(find_stem(entity_id))
        if match is not None:
            shape = (match[1], len(match[2]))
            found[shape] = max(found.get(shape, 0), int(match[2]))
    return found


def _check_counter(
    document: Document, prefix: str, following: Field, highest: Mapping[tuple[str, int], int]
) -> Finding | None:
    written = following.value.raw
    number = _ID.fullmatch(prefix + written.removeprefix(prefix))
    if number is None or number[1] != prefix:
        return None
    # A bare number has lost its zeros, and with them tells less of which ids it counts.
    bare = written.isdecimal()
    shapes = [s for s in highest if s[0] == prefix and (bare or s[1] == len(number[2]))]
    if len(shapes) != 1 or highest[shapes[0]] < int(number[2]):
        return None
    width, last = shapes[0][1], highest[shapes[0]]
    following_id = f"{prefix}{last + 1:0{width}}"
    return RULE.at(
        document,
        following.value,
        f"{prefix}{int(number[2]):0{width}} is not free: ids up to {prefix}{last:0{width}} "
        f"are in use, so the next one is {following_id}",
        subject=prefix,
        suggestion=str(last + 1) if bare else following_id,
    )
