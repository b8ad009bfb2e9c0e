"""An id that an earlier release had, that is gone, and of which nothing says what became of it.

Reports, tags and other databases keep using an id for years. Anyone who comes across
an id that is gone needs to know what replaced it, or that nothing did. Three things
can say so: `retired` in the configuration, a text ("This Technique previously used
the ID T0019"), or an object of the STIX bundle that is marked as revoked or
deprecated. A page that the generator left behind does not: it looks as if the id
still existed.

The rule needs an earlier release to compare with: it runs in `disarm-lint diff` and
`disarm-lint history`, never in `check`. The finding stands at the index or worksheet
that lists entities of the kind. If most ids of a kind are gone, as after a
renumbering, one finding says so.

## Bad

```markdown generated_pages/techniques/T0097.003.md {earlier=yes}
# Technique T0097.003: Journalist Persona

**Summary**: To pose as a journalist.
```

```markdown generated_pages/techniques/T0097.102.md
# Technique T0097.102: Journalist Persona

**Summary**: To pose as a journalist.
```

```markdown generated_pages/techniques_index.md
⟦# DISARM Techniques:⟧

<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
<th>summary</th>
<th>tactic_id</th>
</tr>
<tr>
<td><a href="techniques/T0097.102.md">T0097.102</a></td>
<td>Journalist Persona</td>
<td>To pose as a journalist.</td>
<td>TA16</td>
</tr>
</table>
```

```text findings
T0097.003 “Journalist Persona” has been gone since the earlier release, and nothing says what became of it. T0097.102 has its name: if it is the successor, add `T0097.003: T0097.102` to `retired` in the configuration
```

## Good

```markdown generated_pages/techniques/T0097.003.md {earlier=yes}
# Technique T0097.003: Journalist Persona

**Summary**: To pose as a journalist.
```

```markdown generated_pages/techniques/T0097.102.md
# Technique T0097.102: Journalist Persona

**Summary**: To pose as a journalist. This Technique previously used the ID T0097.003.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import CellSpan, Location
from disarm_lint.model.words import shorten, show_invisible
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._stix.objects import match_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import EntityChange, EntityState, ReleaseChanges
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="A804",
    name="removed-without-trace",
    severity=Severity.WARNING,
    harm=Harm.ASTRAY,
    action="say in the configuration what became of the id",
)

# So many ids of a kind, more than half of them, were not removed one by one.
_FEW = 20


def compare(corpus: Corpus, changes: ReleaseChanges, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each id that is gone and that nothing marks."""
    del options
    label = show_invisible(changes.old.label)
    for kind, gone in sorted(_find_gone(corpus, changes).items()):
        number = sum(was.kind == kind for was in changes.old.entities.values())
        if len(gone) > _FEW and len(gone) * 2 > number:
            first, last = gone[0].id, gone[-1].id
            message = (
                f"{len(gone):,} of the {number:,} ids that began with {first} and ended with "
                f"{last} have been gone since {label}, and nothing says what became "
                "of them: name their successors in `retired` in the configuration"
            )
            yield _report(corpus, gone[0].state, message, wrong="removed together")
            continue
        for change in gone:
            message = (
                f"{change.id} “{show_invisible(shorten(change.state.name, 80))}” has been gone since "
                f"{label}, and nothing says what became of it{_advise(change)}"
            )
            yield _report(corpus, change.state, message)


def _find_gone(corpus: Corpus, changes: ReleaseChanges) -> dict[str, list[EntityChange]]:
    """Return the ids that are gone and that nothing marks, by kind.

    What could not be read proves nothing, and neither does a kind of which
    this release has none.
    """
    found: dict[str, list[EntityChange]] = {}
    if corpus.unreadable or any(workbook.problems for workbook in corpus.workbooks):
        return found
    revoked = {
        one.id
        for artefact in corpus.artefacts
        if artefact.bundle is not None
        for one in match_objects(corpus, artefact.bundle)
        if not one.item.living
    }
    for change in changes.retired:
        was = change.state
        marked = change.id in changes.new.marks or change.id in revoked
        if not marked and was.kind in corpus.registry.kinds:
            found.setdefault(was.kind, []).append(change)
    return found


def _advise(change: EntityChange) -> str:
    successor, bearers = change.succession.successor, change.succession.bearers
    if successor is not None:
        return (
            f". {successor} has its name: if it is the successor, add `{change.id}: {successor}` "
            "to `retired` in the configuration"
        )
    told = f". {' and '.join(bearers[:3])} have its name" if len(bearers) > 1 else ""
    return f"{told}: name its successor, or none, in `retired` in the configuration"


def _report(corpus: Corpus, was: EntityState, message: str, wrong: str = "removed") -> Finding:
    for workbook in (
        corpus.profile.workbooks if was.kind in corpus.registry.kinds_from_workbooks else ()
    ):
        for sheet in workbook.sheets:
            if sheet.defines == was.kind:
                paths = [item.path for item in corpus.workbooks if sheet.name in item.sheets]
                if paths:
                    place = Location(paths[0], cell=CellSpan(sheet.name, "A1", 0, 0))
                    origin = f"{paths[0]}#{sheet.name}"
                    return RULE.in_file(place, message, subject=was.id, wrong=wrong, origin=origin)
    for document in corpus.checked_documents:
        if document.index is not None and document.index.lists == was.kind:
            return RULE.at(document, document.top, message, subject=was.id, wrong=wrong, origin="")
    return RULE.in_file(Location(was.path), message, subject=was.id, wrong=wrong)
