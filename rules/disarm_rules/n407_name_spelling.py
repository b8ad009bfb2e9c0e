"""A misspelt word in the name of an entity.

A name is copied into links, lists, citations, the index and the STIX bundle, and a slip in
it goes with it; who searches for the right word does not find the entity.

The words are those that codespell lists as common misspellings: what it does not list is
never reported, whatever it is. Words in capitals or with digits are left alone, and so are
American and British spellings; the option `words` names more. If texts already write the name otherwise than its
definition, N403 tells that better. `disarm-lint rename` corrects a name everywhere.

The rule is off by default and needs the extra `spelling`:
`python -m pip install '.[spelling]'`, then `--select N407`. Where that is not installed,
`--select N` and `--select ALL` leave the rule out.

## Bad

```markdown generated_pages/actortypes/A029.md
# Actor A029: server ⟦adminstrator⟧

* **Summary:** Runs servers.
```

```text findings
“adminstrator” is a common misspelling of “administrator”
```

## Good

```markdown generated_pages/actortypes/A029.md
# Actor A029: server administrator

* **Summary:** Runs servers.
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.ruleset import Rule
from disarm_rules._misspellings import find_corrections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Definition, Entity
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True, slots=True)
class NameSpellingOptions:
    """`words` are not reported, whatever the dictionary says of them."""

    words: tuple[str, ...] = ()


RULE = Rule(
    code="N407",
    name="name-spelling",
    severity=Severity.WARNING,
    default=False,
    superseded_by=("N403", "T502"),
    harm=Harm.NAME,
    action="correct the name with `disarm-lint rename`, which finds each place that has it",
    # A name that is corrected in one place alone is wrong in all others.
    repair=Repair.BY_HAND,
    library="codespell_lib",
    options=NameSpellingOptions,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Shorter words that codespell lists are mostly abbreviations here.
_SHORTEST = 4


def check(corpus: Corpus, options: NameSpellingOptions) -> Iterator[Finding]:
    """Yield a finding for each misspelt word of a name, where the name is defined."""
    spared = {word.casefold() for word in options.words}
    for entity in corpus.registry.entities.values():
        place = _find_definition(entity)
        if place is None or place.name is None:
            continue
        for found in _WORD.finditer(place.name.raw):
            word = found[0]
            if _is_spared(word, place.name.raw, found) or word.casefold() in spared:
                continue
            corrections = find_corrections(word)
            if corrections:
                yield RULE.at(
                    place.document,
                    place.name.part(*found.span()),
                    f"“{word}” is a common misspelling of {_join_words(corrections)}",
                    subject=entity.id,
                    suggestion=corrections[0] if len(corrections) == 1 else None,
                )


def _find_definition(entity: Entity) -> Definition | None:
    """Return the row that defines an entity, without one its page, else its row in an index."""
    named = [definition for definition in entity.definitions if definition.name]
    for document in (entity.master, entity.page):
        own = [one for one in named if one.document is document]
        if own:
            return own[0]
    return named[0] if named and entity.master is None else None


def _is_spared(word: str, name: str, found: re.Match[str]) -> bool:
    beside = name[max(0, found.start() - 1) : found.start()] + name[found.end() : found.end() + 1]
    code = any(char.isdigit() or char in "_@/\\" for char in beside)
    return len(word) < _SHORTEST or word.isupper() or code


def _join_words(words: tuple[str, ...]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
