r"""A STIX bundle that differs from the master data.

People load the bundle (`DISARM_STIX/DISARM.json`) into threat intelligence
platforms and never see the pages. It is generated from the same
rows: if it lacks an entity, has one that does not exist, names or describes one
differently, puts it under another tactic or revokes it, it was not regenerated.

What contradicts itself inside of the bundle is a matter of the script that makes it,
and running that again does not help. Reported are: two objects with one id; a
`revoked-by` relationship that leads to no object; a technique in another kill chain than
all others; ids that stand under different values of `source_name` (once for the bundle:
a program that looks for `DISARM` does not see an id under `mitre-attack`, and the other
way round; one name for all is right, whichever it is); a matrix without a column for a
tactic, with one twice, or with columns that stand neither in the order of the rows of
the sheet of tactics nor in that of its `rank`.

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
      "external_references": [{"source_name": "⟦mitre-attack⟧", "external_id": "T0073"}]
    },
    {
      "type": "attack-pattern",
      "id": "attack-pattern--2",
      "name": "Gone",
      "external_references": [{"source_name": "DISARM", "external_id": "⟦T0999⟧"}]
    },
    {
      "type": "x-mitre-matrix",
      "id": "x-mitre-matrix--1",
      "name": "DISARM Framework",
      ⟦"tactic_refs"⟧: ["x-mitre-tactic--1"]
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
T0073 “Determine Target Audiences” has another description: this says “reader's”, its summary “target”
T0073 “Determine Target Audiences” is under TA06 “Develop Content”; its tactic is TA01 “Plan Strategy”
the id of T0073 is under the source_name “mitre-attack”; the ids of 2 others are under “DISARM”. A program that looks for one name does not see the ids under the other, and “mitre-attack” is the name of another framework
T0999 does not exist
this matrix has no column for TA06 “Develop Content”: platforms show neither it nor its techniques
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
    },
    {
      "type": "x-mitre-matrix",
      "id": "x-mitre-matrix--1",
      "name": "DISARM Framework",
      "tactic_refs": ["x-mitre-tactic--1"]
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
from disarm_rules._alignment import list_displaced_ids
from disarm_rules._artefacts import FEW, list_definitions
from disarm_rules._stix.consistency import (
    check_chains,
    check_matrices,
    check_object_ids,
    check_sources,
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
    from disarm_lint.parse.artefacts import Artefact, Bundle

RULE = Rule(
    code="A802",
    name="stix-differs",
    severity=Severity.ERROR,
    harm=Harm.NAME,
    action="generate the STIX bundle again from the workbooks",
    repair=Repair.BY_HAND,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each entity that a bundle lacks, has extra, or describes differently."""
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
    for item in _limit_differences(corpus, artefact, artefact.bundle):
        yield RULE.in_file(
            _locate(artefact.source, artefact.bundle, item),
            item.message,
            subject=item.subject,
            wrong=item.wrong,
            pointer=format_pointer(item.path),
            related=list_definitions(corpus.entity(item.subject)),
            root=item.root or _build_root(artefact.path, item),
        )


def _build_root(path: str, item: StixDifference) -> Root:
    if item.empty:
        return Root(
            f"empty in {path}",
            f"the STIX bundle {path} says “nan” where the master data has no summary",
            "fill in these summaries in the workbook, and generate the bundle again",
            by_place=False,
            harm=Harm.HYGIENE,
        )
    return Root(
        f"bundle {path}",
        f"the STIX bundle {path} differs from the master data",
        "generate the bundle again from the workbooks",
        by_place=False,
        behind=True,
    )


def _locate(source: PageSource, bundle: Bundle, item: StixDifference) -> Location:
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


def _limit_differences(corpus: Corpus, artefact: Artefact, bundle: Bundle) -> list[StixDifference]:
    """Return the differences of a bundle; one for all where most of it differs.

    What contradicts itself inside of the bundle is told all the same.
    """
    sound = not artefact.problems
    if sound and not bundle.objects:
        return [StixDifference((), "this bundle holds no objects", artefact.path, "empty")]
    named = match_objects(corpus, bundle)
    found = list(check_presence(corpus, named, sound=sound))
    complete = sound and not any(item.wrong == "missing" for item in found)
    # An object that was copied whole, with its entity, is reported already.
    copied = {item.path[:2] for item in found}
    inside = [item for item in check_object_ids(bundle) if item.path[:2] not in copied]
    inside += check_successions(bundle) if sound else ()
    inside += check_chains(bundle, named)
    inside += check_sources(corpus, named)
    inside += check_matrices(corpus, bundle, named) if sound else ()
    found += check_placement(corpus, bundle, named)
    found += check_subtechniques(corpus, bundle, named, complete=complete)
    for one in named:
        entity = corpus.entity(one.id)
        if entity is not None and one.item.living:
            found += check_names(corpus, one, entity, sound=sound)
            found += check_descriptions(corpus, one, entity)
    displaced = list_displaced_ids(corpus)
    found = [item for item in found if item.subject not in displaced]
    if len(found) <= max(FEW, len(named) // 2):
        return [*found, *inside]
    message = (
        f"{len(found)} differences on {len(named)} objects: it is probably from another release"
    )
    other = StixDifference(("objects",), message, artefact.path, "another release", key=True)
    return [other, *inside]
