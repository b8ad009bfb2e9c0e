"""An id list or a framework grid that differs from the master data.

The lists of ids (`red_framework_ids.csv`) and the framework grids are generated
from the same rows as the pages, and people load them into other tools. If one
lacks an id, holds an id that does not exist, or puts one under another tactic, it
was not regenerated, or somebody edited it by hand.

A list holds entities of one kind, techniques or counters; the other kinds are not
expected in it. If most of a list differs, it belongs to another release, and one
finding covers all of it. Wrong names and unknown ids on the grids are reported by
N402 and R201.

The finding stands at the wrong cell; for an id that is missing, at the tactic
under which it belongs.

## Bad

```csv generated_files/red_framework_ids.csv
P01,⟦P02⟧
TA01,⟦TA06⟧
T0073,⟦T0074⟧
⟦T0074.001⟧,
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```

```markdown generated_pages/phases/P02.md
# Phase P02: Prepare

* **Summary:** Activities conducted before execution.
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.

* **Belongs to phase:** P01
```

```markdown generated_pages/tactics/TA06.md
# Tactic TA06: Develop Content

* **Summary:** Create or acquire text, images, and other content.

* **Belongs to phase:** P01
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.

**Tactic**: TA01 Plan Strategy
```

```markdown generated_pages/techniques/T0074.md
# Technique T0074: Determine Strategic Ends

**Summary**: These are the long-term end-states.

**Tactic**: TA01 Plan Strategy
```

```markdown generated_pages/techniques/T0015.md
# Technique T0015: Create Hashtags

**Summary**: Create one or more hashtags.

**Tactic**: TA06 Develop Content
```

```text findings
TA06 “Develop Content” is under P02 “Prepare”; its phase is P01 “Plan”
T0015 “Create Hashtags” is missing under TA06 “Develop Content”
T0074 “Determine Strategic Ends” is under TA06 “Develop Content”; its tactic is TA01 “Plan Strategy”
T0074.001 does not exist
```

## Good

```csv generated_files/red_framework_ids.csv
P01
TA01
T0073
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.

* **Belongs to phase:** P01
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.

**Tactic**: TA01 Plan Strategy
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.parse.artefacts import ArtefactKind
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._alignment import list_displaced_ids
from disarm_rules._artefacts import FEW, list_definitions
from disarm_rules._grid.comparison import compare_grid
from disarm_rules._grid.grids import build_list_grid, find_page_grids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_rules._grid.comparison import GridDifference
    from disarm_rules._grid.grids import Grid

RULE = Rule(
    code="A801",
    name="id-list-differs",
    severity=Severity.ERROR,
    harm=Harm.NAME,
    action="generate the list again from the workbooks",
    repair=Repair.BY_HAND,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id that a list or grid lacks, has extra or puts elsewhere."""
    del options
    if not corpus.known:
        return
    for artefact in corpus.artefacts:
        if artefact.kind is not ArtefactKind.ID_LIST:
            continue
        for problem in artefact.problems:
            message = f"this list was not compared: {problem.reason}"
            yield RULE.in_file(
                problem.location, message, subject=artefact.path, wrong=problem.reason
            )
        if artefact.ids is not None:
            for item in _limit_differences(corpus, build_list_grid(artefact.ids), artefact.path):
                yield RULE.in_file(
                    item.text.location,
                    item.message,
                    subject=item.subject,
                    wrong=item.wrong,
                    related=list_definitions(corpus.entity(item.subject)),
                    root=_build_root(artefact.path),
                )
    for document, grid in find_page_grids(corpus):
        for item in _limit_differences(corpus, grid, document.path):
            yield RULE.at(
                document,
                item.text,
                item.message,
                subject=item.subject,
                wrong=item.wrong,
                related=list_definitions(corpus.entity(item.subject)),
                root=_build_root(document.path),
            )


def _build_root(path: str) -> Root:
    return Root(
        f"list {path}",
        f"{path} differs from the master data",
        "generate this file again from the workbooks",
        by_place=False,
        behind=True,
    )


def _limit_differences(corpus: Corpus, grid: Grid, path: str) -> list[GridDifference]:
    """Return the differences of a grid; one for all where most of it differs."""
    displaced = list_displaced_ids(corpus)
    found = [item for item in compare_grid(corpus, grid) if item.subject not in displaced]
    size = sum(1 for _ in grid.places())
    if len(found) <= max(FEW, size // 2):
        return found
    message = f"{len(found)} differences on {size} ids: it is probably from another release"
    return [type(found[0])(grid.top, message, path, "another release")]
