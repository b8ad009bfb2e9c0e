"""An entity's name in prose without its id.

`they used a Journalist Persona` most likely means T0097.102, but only
`T0097.102: Journalist Persona` can be found, counted and kept up to date when
the technique is renamed. Texts use the words of a name in their everyday
sense too, so this rule is off by default, and it only looks for names of at
least two words, spelt with the capitals of the name.

## Bad

```markdown generated_pages/techniques/T0097.102.md
# Technique T0097.102: Journalist Persona

**Summary**: A person who presents as a journalist.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** The bots took on a ⟦Journalist Persona⟧ to gain trust.
```

```text findings
“Journalist Persona” is written without its id, T0097.102
```

## Good

```markdown generated_pages/techniques/T0097.102.md
# Technique T0097.102: Journalist Persona

**Summary**: A person who presents as a journalist.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** The bots took on a role (T0097.102: Journalist Persona) to gain trust.
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name, split_words
from disarm_lint.model.finding import Confidence, Harm, Severity
from disarm_lint.model.text import Regions
from disarm_lint.ruleset import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class BareNameOptions:
    """Options of N405: the kind whose names are looked for."""

    kind: str = "technique"


RULE = Rule(
    code="N405",
    name="bare-name",
    severity=Severity.INFO,
    superseded_by=("M707",),
    default=False,
    harm=Harm.HYGIENE,
    action="write the id before the name",
    options=BareNameOptions,
)


def check(corpus: Corpus, options: BareNameOptions) -> Iterator[Finding]:
    """Yield a finding for each name that stands in prose without its id."""
    names: dict[str, str] = {}
    lengths: dict[str, set[int]] = {}
    for entity in corpus.registry.entities.values():
        if entity.kind.key == options.kind and len(split_words(entity.name)) > 1:
            name = simplify_name(entity.name)
            names[name] = min(entity.id, names.get(name, entity.id))
            lengths.setdefault(name.partition(" ")[0], set()).add(len(name))
    longest_first = {first: sorted(found, reverse=True) for first, found in lengths.items()}
    for document in corpus.pages:
        taken = Regions(_list_taken(corpus, document))
        for leaf in document.prose:
            yield from _find_in_leaf(document, leaf, names, longest_first, taken)


def _list_taken(corpus: Corpus, document: Document) -> list[tuple[int, int]]:
    """Return the places where a name stands rightly: citations, labels, fields, the heading."""
    taken = [
        (reference.written.start, reference.written.end)
        for reference in corpus.references_of(document)
        if reference.written is not None
    ]
    taken += [(link.text.start, link.text.end) for link in document.links]
    if document.heading is not None:
        taken.append((document.heading.text.start, document.heading.text.end))
    return taken


def _find_in_leaf(
    document: Document,
    leaf: Text,
    names: dict[str, str],
    lengths: dict[str, list[int]],
    taken: Regions[int],
) -> Iterator[Finding]:
    """Yield what stands in one text; `lengths` are those of the names with the same first word."""
    raw = leaf.raw
    position = 0
    for match in re.finditer(r"\b[A-Z][^\s<|]*", raw):
        start = match.start()
        if start < position:
            continue
        for length in lengths.get(match[0], ()):
            end = start + length
            name = raw[start:end]
            entity_id = names.get(name)
            if entity_id is None or len(name) < length or raw[end : end + 1].isalnum():
                continue
            here = leaf.part(start, end)
            position = end
            if entity_id != document.id and not taken.overlap((here.start, here.end)):
                yield RULE.at(
                    document,
                    here,
                    f"“{name}” is written without its id, {entity_id}",
                    subject=entity_id,
                    confidence=Confidence.LOW,
                    suggestion=f"{entity_id}: {name}",
                )
            break
