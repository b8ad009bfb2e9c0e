"""A page of an entity that the master data does not list.

The generator writes a page for each row of the master data and never deletes
one: when a row is removed, its page stays, still linked and searched, with text
that is years old. If the corpus has no master data, the index page of the kind
decides what exists.

An orphan gets this one finding and no others. It is not evidence about other
pages, and references to its id are reported by R208. `--include-orphans`
lints orphans like other pages.

`fix --unsafe-fixes` deletes the page, unless it has notes below its edit marker or lacks
lines of its template: look at such a page, and delete it yourself.

## Bad

```markdown generated_pages/tactics_index.md
# DISARM Tactics:

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
<th>phase_id</th>
</tr>
<tr>
<td><a href="tactics/TA13.md">TA13</a></td>
<td>Target Audience Analysis</td>
<td>Identifying the target audience.</td>
<td>P01</td>
</tr>
</table>
```

```markdown generated_pages/tactics/TA03.md
⟦# Tactic TA03: Target Audience Analysis⟧

* **Summary:** Identifying the target audience.
```

```markdown generated_pages/tactics/TA13.md
# Tactic TA13: Target Audience Analysis

* **Summary:** Identifying the target audience.
```

```text findings
orphan page: the index tactics_index.md does not list TA03; its name now belongs to TA13. Delete the page, or list TA03 again
```

## Good

```markdown generated_pages/tactics_index.md
# DISARM Tactics:

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
<th>phase_id</th>
</tr>
<tr>
<td><a href="tactics/TA13.md">TA13</a></td>
<td>Target Audience Analysis</td>
<td>Identifying the target audience.</td>
<td>P01</td>
</tr>
</table>
```

```markdown generated_pages/tactics/TA13.md
# Tactic TA13: Target Audience Analysis

* **Summary:** Identifying the target audience.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.names import fold_name
from disarm_lint.model.finding import Fix, Harm, Repair, Root, Severity
from disarm_lint.parse.page_template import explain_kept
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._leftovers import describe_witness, find_leftover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="C602",
    name="orphan-page",
    severity=Severity.ERROR,
    harm=Harm.HYGIENE,
    action="delete the page, or list its entity again",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each orphan page."""
    del options
    for document in corpus.registry.orphans:
        message = f"orphan page: {describe_witness(corpus, document)} does not list {document.id}"
        message += _describe_successor(corpus, document)
        message += f". Delete the page, or list {document.id} again"
        leftover = find_leftover(corpus, document.id or "")
        root = leftover.root if leftover is not None else _build_root(corpus, document)
        finding = RULE.at(document, document.top, message, wrong="orphan", root=root)
        if explain_kept(corpus.profile, document) is None:
            finding = replace(finding, fix=Fix(Repair.UNSAFE, (), deletes=(document.path,)))
        yield finding


def _describe_successor(corpus: Corpus, document: Document) -> str:
    """Say what took the place of a page's id, where that is known."""
    gone = corpus.retired(document.id or "")
    heir = corpus.entity(gone.successor) if gone is not None and gone.successor else None
    if gone is None or heir is None:
        return ""
    same = gone.name is not None and fold_name(gone.name) == fold_name(heir.name)
    return f"; its name now belongs to {heir.id}" if same else f"; {heir.id} took its place"


def _build_root(corpus: Corpus, document: Document) -> Root:
    """Return what orphans of one folder have in common."""
    entity_id = document.id or ""
    witness = describe_witness(corpus, document)
    if entity_id.endswith(".000"):
        what, key = "their ids end in .000, which no sub-technique has", "zero"
    elif document.fields and not any(item.value for item in document.fields):
        what, key = "all of their fields are empty", "empty"
    else:
        what, key = f"{witness} does not list their ids", "orphan"
    return Root(
        f"orphans {key}",
        f"leftover pages: {{places}} ({what})",
        "delete these pages, or list their entities again",
    )
