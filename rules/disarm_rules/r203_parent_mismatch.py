"""The parent of a sub-technique is not the one that its id says.

`T0166.001` is a sub-technique of `T0166`, and of nothing else. A page puts it into the
wrong branch if it states another parent, a parent that does not exist, or no parent
although its kind has a field for one. A technique without a sub-id has no parent.

## Bad

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique T0166.001: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content <br><br>**Parent Technique:** ⟦T0165⟧ AI-Generated Content
```

```text findings
the parent of T0166.001 is T0166, not T0165
```

## Bad: no parent

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique ⟦T0166.001⟧: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content
```

```text findings
T0166.001 states no parent; it belongs to T0166 “AI-Generated Content”
```

## Good

```markdown generated_pages/techniques/T0166.md
# Technique T0166: AI-Generated Content

**Summary**: Content made by AI.

**Tactic**: TA06 Develop Content
```

```markdown generated_pages/techniques/T0166.001.md
# Technique T0166.001: Deepfake Impersonation

**Summary**: A deepfake of a person.

**Tactic**: TA06 Develop Content <br><br>**Parent Technique:** T0166 AI-Generated Content
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.ids import is_sub, stem
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._leftovers import find_leftover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R203",
    name="parent-mismatch",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="write the parent that the id names",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each wrong, superfluous or missing parent."""
    del options
    if not corpus.known:
        return
    for document in corpus.pages:
        if document.layout and any(spec.parent for spec in document.layout.fields):
            yield from _check_page(corpus, document)


def _misspelt(corpus: Corpus, document: Document) -> bool:
    """Tell whether the page states its parent under another label (S104 says so)."""
    fields = document.fields
    specs = document.layout.fields if document.layout else ()
    if any(item.spec is None and _begins_with(item, stem(document.id or "")) for item in fields):
        return True
    labels = {label for spec in specs if spec.parent for label in spec.labels}
    errors = corpus.structure.get(document.path, ())
    return any(e.flaw is StructureFlaw.UNKNOWN_FIELD and e.expected in labels for e in errors)


def _begins_with(item: Field, entity_id: str) -> bool:
    return re.match(rf"{re.escape(entity_id)}\b", item.value.raw) is not None


def _check_page(corpus: Corpus, document: Document) -> Iterator[Finding]:
    own = document.id
    heading = document.heading
    if own is None or heading is None or heading.id is None:
        return
    stated = [
        reference
        for reference in corpus.references_of(document)
        if reference.mention.relation is Relation.PARENT
    ]
    right = corpus.entity(stem(own))
    shown = f"{stem(own)} “{right.name}”" if right else stem(own)
    for reference in stated:
        target = reference.target
        if reference.status is Status.MALFORMED:
            continue
        suggestion = None
        if not is_sub(own):
            message = f"{own} is no sub-technique and has no parent; this says {target}"
        elif target != stem(own):
            message = f"the parent of {own} is {stem(own)}, not {target}"
            suggestion = stem(own)
        elif right is None:
            gone = corpus.retired(target)
            what = f"is retired ({gone.why})" if gone is not None else "does not exist"
            message = f"{target}, the parent of {own}, {what}"
        else:
            continue
        where = reference.mention.id
        leftover = find_leftover(corpus, stem(own)) if right is None else None
        root = leftover.root if leftover is not None else None
        yield RULE.at(document, where, message, subject=own, suggestion=suggestion, root=root)
    if is_sub(own) and not stated and not _misspelt(corpus, document):
        if right is None:
            message = f"{own} states no parent, and {shown} does not exist"
        else:
            message = f"{own} states no parent; it belongs to {shown}"
        yield RULE.at(document, heading.id, message, wrong="no parent")
