r"""A STIX bundle that differs from the master data.

People load the bundle (`DISARM_STIX/DISARM.json`) into threat intelligence
platforms and never see the pages. It is generated from the same
rows: if it lacks an entity, has one that does not exist, names or describes one
differently, puts it under another tactic or revokes it, it was not regenerated. Also
reported are two objects with one id, a `revoked-by` relationship that leads to no
object, and a technique in another kill chain than all others.

Kinds that the bundle hardly contains are not expected in it. White space and line
breaks do not count. A technique belongs to the tactic whose `x_mitre_shortname` its
kill chain phase names. If most of a bundle differs, one finding covers all of it. A
bundle that is not valid JSON is reported here too.

The finding stands at the wrong words; for an entity that is missing, at the
key `objects`.

## Bad

```json generated_files/DISARM_STIX/DISARM.json
{
  "type": "bundle",
  "objects": [
    {
      "type": "x-mitre-tactic",
      "id": "x-mitre-tactic--1",
      "name": "Plan Strategy",
      "description": "Define the desired end state.",
      "external_references": [{"source_name": "DISARM", "external_id": "TA01"}],
      "x_mitre_shortname": "plan-strategy"
    },
    {
      "type": "x-mitre-tactic",
      "id": "x-mitre-tactic--2",
      "name": "⟦Develop the Content⟧",
      "description": "Create or acquire text.",
      "external_references": [{"source_name": "DISARM", "external_id": "TA06"}],
      "x_mitre_shortname": "develop-content"
    },
    {
      "type": "attack-pattern",
      "id": "attack-pattern--1",
      "name": "Determine Target Audiences",
      "description": "Determining the ⟦reader\u2019s⟧ audiences.",
      "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "⟦develop-content⟧"}],
      "external_references": [{"source_name": "DISARM", "external_id": "T0073"}]
    },
    {
      "type": "attack-pattern",
      "id": "attack-pattern--2",
      "name": "Gone",
      "external_references": [{"source_name": "DISARM", "external_id": "⟦T0999⟧"}]
    }
  ]
}
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.
```

```markdown generated_pages/tactics/TA06.md
# Tactic TA06: Develop Content

* **Summary:** Create or acquire text.
```

```markdown generated_pages/techniques/T0073.md
# Technique T0073: Determine Target Audiences

**Summary**: Determining the target audiences.

**Tactic**: TA01 Plan Strategy
```

```text findings
TA06 is called “Develop Content”; this says “Develop the Content”
T0073 “Determine Target Audiences” is described otherwise: this says “reader's”, its summary “target”
T0073 “Determine Target Audiences” stands under TA06 “Develop Content”; its tactic is TA01 “Plan Strategy”
T0999 does not exist
```

## Good

```json generated_files/DISARM_STIX/DISARM.json
{
  "type": "bundle",
  "objects": [
    {
      "type": "x-mitre-tactic",
      "id": "x-mitre-tactic--1",
      "name": "Plan Strategy",
      "description": "Define the  desired end state. ",
      "external_references": [{"source_name": "DISARM", "external_id": "TA01"}],
      "x_mitre_shortname": "plan-strategy"
    },
    {
      "type": "attack-pattern",
      "id": "attack-pattern--2",
      "name": "Gone",
      "revoked": true,
      "external_references": [{"source_name": "DISARM", "external_id": "T0999"}]
    }
  ]
}
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.parse.artefacts import ArtefactKind
from disarm_lint.parse.json_text import format_pointer
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._artefacts import FEW, list_definitions
from disarm_rules._stix.consistency import (
    check_chains,
    check_object_ids,
    check_successions,
)
from disarm_rules._stix.objects import (
    StixDifference,
    check_descriptions,
    check_names,
    check_presence,
    check_subtechniques,
    match_objects,
)
from disarm_rules._stix.placement import check_placement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location, PageSource
    from disarm_lint.parse.artefacts import Artefact
    from disarm_lint.parse.stix import Bundle

RULE = Rule(
    code="A802",
    name="stix-differs",
    severity=Severity.ERROR,
    harm=Harm.NAME,
    action="make the STIX bundle anew from the workbooks",
    repair=Repair.BY_HAND,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each entity that a bundle lacks, has extra, or tells otherwise."""
    del options
    if not corpus.known:
        return
    for artefact in corpus.artefacts:
        if artefact.kind is ArtefactKind.BUNDLE:
            yield from _check(corpus, artefact)


def _check(corpus: Corpus, artefact: Artefact) -> Iterator[Finding]:
    for problem in artefact.problems:
        whole = "this bundle was not compared: " if artefact.bundle is None else ""
        yield RULE.in_file(
            problem.location,
            f"{whole}{problem.reason}",
            subject=artefact.path,
            wrong=problem.reason,
            pointer=problem.pointer,
        )
    if artefact.bundle is None or artefact.source is None:
        return
    for item in _few(corpus, artefact, artefact.bundle):
        yield RULE.in_file(
            _where(artefact.source, artefact.bundle, item),
            item.message,
            subject=item.subject,
            wrong=item.wrong,
            pointer=format_pointer(item.path),
            related=list_definitions(corpus.entity(item.subject)),
            root=_build_root(artefact.path, item),
        )


def _build_root(path: str, item: StixDifference) -> Root:
    if item.empty:
        return Root(
            f"empty in {path}",
            f"the STIX bundle {path} says “nan” where the master data has no summary",
            "fill in these summaries in the workbook, and make the bundle anew",
            by_place=False,
            harm=Harm.HYGIENE,
        )
    return Root(
        f"bundle {path}",
        f"the STIX bundle {path} says otherwise than the master data",
        "make the bundle anew from the workbooks",
        by_place=False,
        behind=True,
    )


def _where(source: PageSource, bundle: Bundle, item: StixDifference) -> Location:
    """Return the wrong words: a string without its quotes, or the part of it that differs."""
    if item.key:
        return source.locate(*bundle.json.key_span(item.path))
    if item.words is not None:
        return source.locate(*bundle.json.words_span(item.path, *item.words))
    start, end = bundle.json.span(item.path)
    if source.text[start] in "[{":
        return source.locate(start, start + 1)
    quoted = source.text[start] == '"' and end - start > 2
    return source.locate(start + 1, end - 1) if quoted else source.locate(start, end)


def _few(corpus: Corpus, artefact: Artefact, bundle: Bundle) -> list[StixDifference]:
    """Return the differences of a bundle; one for all where most of it differs."""
    sound = not artefact.problems
    if sound and not bundle.objects:
        return [StixDifference((), "this bundle holds no objects", artefact.path, "empty")]
    named = match_objects(corpus, bundle)
    found = list(check_presence(corpus, named, sound=sound))
    complete = sound and not any(item.wrong == "missing" for item in found)
    # An object that was copied whole, with its entity, is reported already.
    copied = {item.path[:2] for item in found}
    found += (item for item in check_object_ids(bundle) if item.path[:2] not in copied)
    found += check_successions(bundle) if sound else ()
    found += check_chains(bundle, named)
    found += check_placement(corpus, bundle, named)
    found += check_subtechniques(corpus, bundle, named, complete=complete)
    for one in named:
        entity = corpus.entity(one.id)
        if entity is not None and one.item.living:
            found += check_names(corpus, one, entity, sound=sound)
            found += check_descriptions(corpus, one, entity)
    if len(found) <= max(FEW, len(named) // 2):
        return found
    message = (
        f"{len(found)} differences on {len(named)} objects: most likely it is of another release"
    )
    return [StixDifference(("objects",), message, artefact.path, "another release", key=True)]
