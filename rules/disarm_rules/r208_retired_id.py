"""A reference to an id that once existed.

The id is gone, but something remembers it: an orphan page, the config
(`retired:`), or a text ("This Technique previously used the ID T0019"). The
finding names the successor where one is known.

Sentences about the past may name the old id; they are not reported.

## Bad

```markdown generated_pages/techniques/T0049.008.md
# Technique T0049.008: Generate Information Pollution

**Summary**: Flooding. This Technique previously used the ID T0019.
```

```markdown generated_pages/counters/C00012.md
# Counter C00012: Platform regulation

* **Summary**: Counters ⟦T0019⟧ on large platforms.
```

```text findings
T0019 is retired (the page of T0049.008 says so); use T0049.008 “Generate Information Pollution”
```

## Good

```markdown generated_pages/techniques/T0049.008.md
# Technique T0049.008: Generate Information Pollution

**Summary**: Flooding. This Technique previously used the ID T0019.
```

```markdown generated_pages/counters/C00012.md
# Counter C00012: Platform regulation

* **Summary**: Counters T0049.008 on large platforms.
```
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_slip, simplify_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation
from disarm_lint.model.entity import Evidence
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule, derived, relate
from disarm_rules._ids import is_one_slip_away
from disarm_rules._leftovers import find_leftover
from disarm_rules._renumbering import find_left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.entity import Entity, RetiredId
    from disarm_rules._leftovers import Leftover
from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R208",
    name="retired-id",
    severity=Severity.ERROR,
    superseded_by=("M701", "M707"),
    harm=Harm.ASTRAY,
    action="write the id that took its place",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each reference to a retired id."""
    del options
    for reference in corpus.references:
        mention = reference.mention
        gone = corpus.retired(reference.target)
        if reference.status is not Status.RETIRED or gone is None:
            continue
        if mention.relation is not Relation.NONE:
            continue
        message = f"{gone.id} is retired ({gone.why})"
        successor, hint = _find_successor(corpus, reference, gone)
        leftover = find_leftover(corpus, gone.id)
        if leftover is not None and leftover.row is not None:
            successor, hint = _judge_row(leftover, successor, hint)
        message += hint
        also = [relate(gone.where, f"what is left of {gone.id}")] if gone.where else []
        yield RULE.at(
            reference.document,
            mention.id,
            message,
            subject=gone.id,
            gone=gone.id,
            suggestion=successor.id if successor else None,
            related=also,
            root=leftover.root if leftover else find_left_behind(corpus, reference),
        )


def _judge_row(
    leftover: Leftover, successor: Entity | None, hint: str
) -> tuple[Entity | None, str]:
    """Return no successor where the id of the row that has the name is probably a slip."""
    new = leftover.new
    if new is None:
        return None, "; the row of its name has no id"
    if leftover.taken:
        return None, f"; the row of its name says {new}, the id of another"
    if is_one_slip_away(new, leftover.id):
        return None, f"; the row of its name says {new}, which may be a slip"
    return successor, hint


def _find_successor(
    corpus: Corpus, reference: Reference, gone: RetiredId
) -> tuple[Entity | None, str]:
    """Return what to write instead, where one answer is left, and what to say of it.

    The name that the text gives to the id counts first. What an orphan page
    happens to be called says nothing where texts call the id something else:
    the id was used twice.
    """
    named = corpus.entity(reference.named) if reference.named else None
    written = reference.written.raw if reference.written is not None else None
    if reference.exactly and named is not None:
        return named, f"; “{named.name}” is {named.id} now"
    successor = corpus.entity(gone.successor) if gone.successor else None
    if successor is None:
        return None, ""
    now = f"{successor.id} “{successor.name}”"
    if gone.evidence is Evidence.CONFIGURATION or gone.evidence is Evidence.TEXT:
        return successor, f"; use {now}"
    # The page that is left of the id may be of another numbering than the text that cites it.
    names = [name for name in _list_cited_names(corpus).get(gone.id, ()) if name]
    if written is None and names and all(is_slip(name, successor.name) for name in names):
        return successor, f"; the name of that page is that of {now}"
    if written is not None and is_slip(written, successor.name):
        return successor, f"; use {now}"
    return None, ""


@derived
def _list_cited_names(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Return the names that texts give to retired ids, the most frequent first."""
    found: dict[str, Counter[str]] = {}
    for reference in corpus.references:
        if reference.status is Status.RETIRED:
            name = _read_name(reference)
            if name:
                found.setdefault(reference.target, Counter())[name] += 1
    return {
        entity_id: tuple(name for name, _ in names.most_common(_MOST_NAMES))
        for entity_id, names in found.items()
    }


_MOST_NAMES = 16


def _read_name(reference: Reference) -> str:
    """Return the name beside an id, as its field or cell delimits it or as its text does."""
    text = reference.mention.name or reference.written
    return simplify_name(text.raw)[:200] if text is not None else ""
