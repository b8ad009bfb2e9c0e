"""An id that now names something else than in an earlier release.

Whoever tagged a report with the id meant the old thing, and now says the new
one, without a word having changed in the report. An id is never free again:
what is new gets a new one, and the old one goes to `retired`.

A rename is no reuse. Reported is an id whose name has next to nothing in common
with the old one and whose summary was replaced too, if the old name stands
under another id now, or if the names share no word and the summaries hardly
one. A name that `aliases` in the configuration gives to the id is accepted.

It speaks only where an earlier release is known: in `disarm-lint diff` and
`disarm-lint history`, never in `check`.

## Bad

```markdown generated_pages/techniques/T0043.001.md {earlier=yes}
# Technique T0043.001: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```markdown generated_pages/techniques/T0043.001.md
# Technique T0043.001: ⟦Bait Influencer⟧

**Summary**: To lure prominent people into spreading an invented claim.
```

```markdown generated_pages/techniques/T0151.004.md
# Technique T0151.004: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```text findings
T0043.001 was “Use Encrypted Chat Apps” in the earlier release and names something else now; its old name is T0151.004 now. Give “Bait Influencer” an id of its own
```

## Good

```markdown generated_pages/techniques/T0043.001.md {earlier=yes}
# Technique T0043.001: Use Encrypted Chat Apps

**Summary**: Examples include Signal, WhatsApp, Discord, Wire and others.
```

```markdown generated_pages/techniques/T0043.001.md
# Technique T0043.001: Closed Messengers

**Summary**: Examples include Signal, WhatsApp, Wire and others.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.earlier import find_summary
from disarm_lint.corpus.names import is_same_name, score_resemblance, split_words
from disarm_lint.model.finding import Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._earlier import find_bearers
from disarm_rules._places import shorten, show_invisible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.earlier import EarlierEntity, ReleaseIndex
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding

RULE = Rule(code="A805", name="id-reused", severity=Severity.WARNING)

# From 0 to 1: what two names, and two summaries, have in common at the most.
_NAMES = 0.6
_SUMMARIES = 0.6
_STRANGERS = 0.25
# Words of a summary, the fewest from which one may conclude.
_WORDS = 6
# Code points.
_STEM = 5


def compare(corpus: Corpus, earlier: ReleaseIndex, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id that names something else."""
    del options
    for entity_id, was in sorted(earlier.entities.items()):
        entity = corpus.entity(entity_id)
        if entity is None or not was.name or not entity.name or entity.kind.key != was.kind:
            continue
        if score_resemblance(was.name, entity.name) >= _NAMES:
            continue
        aliases = corpus.context.aliases.get(entity_id, ())
        if any(is_same_name(alias, was.name) for alias in aliases):
            continue
        heirs = [heir.id for heir in find_bearers(corpus, was.kind, was.name)]
        if _is_other(was, entity, elsewhere=bool(heirs)):
            yield _finding(entity, was, heirs, earlier.label)


def _is_other(was: EarlierEntity, entity: Entity, *, elsewhere: bool) -> bool:
    now = find_summary(entity)
    if not was.summary or not now:
        return elsewhere and was.summary != now
    common = _common(was.summary, now)
    if elsewhere:
        return common < _SUMMARIES
    enough = min(len(split_words(was.summary)), len(split_words(now))) >= _WORDS
    return enough and common < _STRANGERS and not _stems(was.name) & _stems(entity.name)


def _stems(name: str) -> set[str]:
    """Return the beginnings of a name's words, so that plurals and the like are the same."""
    return {word[:_STEM] for word in split_words(name)}


def _common(one: str, other: str) -> float:
    """Return the share of words that the shorter of two texts has in common with the other."""
    mine, theirs = set(split_words(one)), set(split_words(other))
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _finding(entity: Entity, was: EarlierEntity, heirs: list[str], label: str) -> Finding:
    definition = entity.definitions[0]
    if entity.master is not None:
        definition = next(d for d in entity.definitions if d.document is entity.master)
    message = (
        f"{entity.id} was “{show_invisible(shorten(was.name, 80))}” in {show_invisible(label)} "
        "and names something else now"
    )
    if heirs:
        message += f"; its old name is {' and '.join(heirs[:3])} now"
    message += f". Give “{show_invisible(shorten(entity.name, 80))}” an id of its own"
    where = definition.name or definition.id
    return RULE.at(definition.document, where, message, subject=entity.id, wrong=was.name)
