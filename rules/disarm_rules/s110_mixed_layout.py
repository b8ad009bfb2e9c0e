"""A page in another layout than most current pages of its kind.

Templates change: technique pages had bullets until 2024 and have none since.
The generator rewrites all pages of a kind, so a page in the old layout is one that it
no longer writes: it is stale, or came from elsewhere. Its fields and tables are checked
against its own layout, and this one finding stands for the difference.

## Bad

```markdown generated_pages/techniques/T0014.md
# Technique T0014: Prepare Fundraising Campaigns

**Summary**: Fundraising campaigns refer to an influence operation's systematic effort.

**Tactic**: TA15 Establish Assets
```

```markdown generated_pages/techniques/T0015.md
⟦# Technique T0015: Create Hashtags⟧

* **Summary**: Create a hashtag.

* **Belongs to tactic stage**: TA06
```

```markdown generated_pages/techniques/T0016.md
# Technique T0016: Create Clickbait

**Summary**: Create attention grabbing headlines.

**Tactic**: TA05 Microtarget
```

```text findings
this page has the layout “bulleted”; the other technique pages have “plain”: it was probably not regenerated
```

## Good

```markdown generated_pages/techniques/T0014.md
# Technique T0014: Prepare Fundraising Campaigns

**Summary**: Fundraising campaigns refer to an influence operation's systematic effort.

**Tactic**: TA15 Establish Assets
```

```markdown generated_pages/techniques/T0016.md
# Technique T0016: Create Clickbait

**Summary**: Create attention grabbing headlines.

**Tactic**: TA05 Microtarget
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S110",
    name="mixed-layout",
    severity=Severity.WARNING,
    harm=Harm.LOST,
    action="regenerate the page, or delete it if its entity is gone",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each page in another layout than most of its kind."""
    del options
    for document in corpus.pages:
        if document.path not in corpus.stale_layouts:
            continue
        if document.kind is None or document.layout is None:
            continue
        usual = corpus.usual_layouts[document.kind.key]
        if document.layout.name != usual.layout:
            message = (
                f"this page has the layout “{document.layout.name}”; the other "
                f"{document.kind.title} pages have “{usual.layout}”: "
                "it was probably not regenerated"
            )
        else:
            bullets = "no bullets" if usual.bulleted else "bullets"
            message = (
                f"the fields of this page have {bullets}, unlike those of the other "
                f"{document.kind.title} pages: it was probably not regenerated"
            )
        yield RULE.at(document, document.top, message, wrong=document.layout.name)
