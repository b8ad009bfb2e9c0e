"""An entry of the config that matches nothing.

A path pattern without a file, an alias of an id that the corpus does not define,
a retired id that still has its page, a successor that does not exist: each was
right once, or is a slip, and has no effect now. Correct or delete it.

The finding stands at the entry in the config. Aliases and retired ids are
checked only if there is a corpus.

## Bad

```yaml .disarm-lint.yaml
exclude:
  - ⟦generated_pages/drafts/*.md⟧
aliases:
  ⟦T0164⟧: [Accounts]
retired:
  ⟦T0146⟧: T0147
  ⟦T0043⟧: T0199
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```text findings
“generated_pages/drafts/*.md” under exclude matches no file
aliases names T0164, but the corpus does not define it
retired names T0146, but the corpus still defines it in generated_pages/techniques/T0146.md
retired gives T0199 as the successor of T0043, but the corpus does not define it
```

## Good

```yaml .disarm-lint.yaml
exclude:
  - generated_pages/techniques/T01*.txt.md
aliases:
  T0146: [Accounts]
retired:
  T0043: T0146
```

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```markdown generated_pages/techniques/T0146.txt.md
Notes
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import ConfigEntry
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="X903",
    name="unmatched-config",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="correct the entry, or delete it",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each entry of the config that has no counterpart."""
    del options
    for entry in corpus.context.entries:
        message = _describe(corpus, entry)
        if message is not None:
            yield RULE.in_file(
                entry.location,
                message,
                subject=entry.value,
                wrong=f"{entry.section} {entry.value}",
            )


def _describe(corpus: Corpus, entry: ConfigEntry) -> str | None:
    """Say what an entry does not match; None if it does, or nothing can be known."""
    if not entry.matched:
        return f"“{entry.value}” under {entry.section} matches no file"
    if not corpus.known:
        return None
    if entry.section == "aliases" and _is_missing(corpus, entry.value):
        return f"aliases names {entry.value}, but the corpus does not define it"
    if entry.section != "retired":
        return None
    entity = corpus.entity(entry.value)
    if entity is not None:
        where = entity.definitions[0].document.path
        return f"retired names {entry.value}, but the corpus still defines it in {where}"
    successor = corpus.context.retired.get(entry.value)
    if successor is not None and _is_missing(corpus, successor):
        return (
            f"retired gives {successor} as the successor of {entry.value}, "
            "but the corpus does not define it"
        )
    return None


def _is_missing(corpus: Corpus, entity_id: str) -> bool:
    """Tell whether nothing defines an id, though the corpus has entities of its kind."""
    if corpus.entity(entity_id) is not None:
        return False
    kind = find_kind(entity_id, corpus.profile)
    return kind is None or kind.key in corpus.registry.kinds
