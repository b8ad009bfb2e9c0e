"""A name that stands beside the id or link of one entity and belongs to another.

The text of a link is the name of one technique and its target the page of another, a name
is followed by the id of another entity in parentheses, or stands beside it in a row of a
table that is no part of a page's template. Anyone who reads only
one of the two is misled. Names that are merely misspelt are reported by N401 to N403.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An account, as opposed to a [Free Account Asset](T0146.001.md).
```

```markdown generated_pages/techniques/T0146.001.md
# Technique T0146.001: Free Account Asset

**Summary**: A kind of [⟦Free Account Asset⟧](T0146.md), or of ⟦Account Asset⟧ (T0146.001).
```

```text findings
“Free Account Asset” is T0146.001, and this link leads to T0146 “Account Asset”
“Account Asset” is T0146, and the id beside it is T0146.001 “Free Account Asset”
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An account, as opposed to a [Free Account Asset](T0146.001.md), or Free Account Asset (T0146.001).
```

```markdown generated_pages/techniques/T0146.001.md
# Technique T0146.001: Free Account Asset

**Summary**: A kind of [Account Asset](T0146.md).
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.corpus.links import LinkOutcome
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Role
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import resolve_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="N406",
    name="other-name",
    severity=Severity.ERROR,
    superseded_by=("M701", "L302", "N401", "N402", "N403", "M707"),
    harm=Harm.ASTRAY,
    action="make the name and the id, or the link, agree",
)
# Words of a name that are looked for before an id in parentheses.
_MOST_WORDS = 12
_WORD_START = re.compile(r"(?<![\w-])[^\W_]")
_BEHIND = re.compile(r" \(([^()|<>\r\n]{3,120})\)")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each name beside an id, or link, of another entity."""
    del options
    if not corpus.known:
        return
    pages = {page.path: page.id for page in corpus.live_pages if page.id}
    for document, link, found in resolve_links(corpus):
        entity = corpus.entity(pages.get(found.path, ""))
        if found.fate is not LinkOutcome.FOUND or entity is None or link.image:
            continue
        other = _find_named(corpus, entity, link.label.raw)
        if other is not None:
            yield RULE.at(
                document,
                link.label,
                f"“{other.name}” is {other.id}, and this link leads to {_show(entity)}",
                subject=entity.id,
                wrong=other.name,
            )
    for reference in corpus.references:
        if reference.mention.role is Role.PROSE and reference.status is Status.DEFINED:
            yield from _check_pair(corpus, reference)


def _find_named(corpus: Corpus, entity: Entity, written: str) -> Entity | None:
    """Return the other entity of the kind whose name is exactly what is written."""
    names = corpus.names(entity.kind.key)
    if written in names.list_accepted(entity.id):
        return None
    found = names.find_id(written)
    other = corpus.entity(found) if found else None
    return other if other is not None and other.name != entity.name else None


def _show(entity: Entity) -> str:
    return f"{entity.id} “{entity.name}”"


def _check_pair(corpus: Corpus, reference: Reference) -> Iterator[Finding]:
    """Yield a finding where the name in `T0146 (Name)` or `Name (T0146)` is another's."""
    entity = corpus.entity(reference.target)
    if entity is None or not entity.name or reference.written is not None:
        return
    for text in _list_neighbours(corpus, entity, reference):
        other = _find_named(corpus, entity, text.raw)
        if other is not None:
            yield RULE.at(
                reference.document,
                text,
                f"“{other.name}” is {other.id}, and the id beside it is {_show(entity)}",
                subject=entity.id,
                wrong=other.name,
            )
            return


def _list_neighbours(corpus: Corpus, entity: Entity, reference: Reference) -> Iterator[Text]:
    """Yield what may be a name: in parentheses behind the id, or before it in parentheses."""
    leaf, mention = reference.mention.leaf, reference.mention
    yield from _list_cells_beside(corpus, entity, reference)
    raw = leaf.raw
    start, end = mention.id.start - leaf.start, mention.id.end - leaf.start
    behind = _BEHIND.match(raw, end)
    if behind is not None:
        yield leaf.part(*behind.span(1))
    if raw[max(0, start - 2) : start] != " (" or raw[end : end + 1] != ")":
        return
    begin = max(0, start - 2 - 160)
    starts = [match.start() for match in _WORD_START.finditer(raw, begin, start - 2)]
    names = corpus.names(entity.kind.key)
    own = names.list_accepted(entity.id)
    # The longest name counts: `Free Account Asset` ends with another's name.
    for at in starts[-_MOST_WORDS:]:
        written = raw[at : start - 2]
        if written in own:
            return
        if " " in written and names.find_id(written) is not None:
            yield leaf.part(at, start - 2)
            return


def _list_cells_beside(corpus: Corpus, entity: Entity, reference: Reference) -> Iterator[Text]:
    """Yield the cells on either side of one that holds an id alone; none if one has its name."""
    mention = reference.mention
    table, row = reference.document.row_at(mention.id.start)
    if table is None or row is None or table.spec is not None:
        return
    texts = [cell.text for cell in row.cells]
    own = corpus.names(entity.kind.key).list_accepted(entity.id)
    for index, text in enumerate(texts):
        if text.start <= mention.id.start < text.end and text.raw.strip() == mention.id.raw:
            beside = [one.strip() for one in texts[max(0, index - 1) : index + 2] if one != text]
            if not any(one.raw in own for one in beside):
                yield from beside
