"""Files of single STIX objects that the bundle does not hold.

Beside the bundle, the exporter writes a file for each object
(`attack-pattern/attack-pattern--6a2f....json`) and never deletes one. Objects that
the bundle no longer holds are left over from an earlier run, and anyone who loads
the folder loads them too. Delete the folders of single objects before the next
export.

There is one finding for all such files below one folder, at the first of them.

## Bad

```json generated_files/DISARM_STIX/DISARM.json
{
  "type": "bundle",
  "objects": [
    {"type": "identity", "id": "identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82"}
  ]
}
```

```json generated_files/DISARM_STIX/identity/identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82.json
{"type": "identity", "id": "identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82"}
```

```json generated_files/DISARM_STIX/identity/identity--00000000-2d9e-4c5d-bf47-7e96e805de82.json
⟦⟧{"type": "identity", "id": "identity--00000000-2d9e-4c5d-bf47-7e96e805de82"}
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```

```text findings
DISARM.json does not hold this object; 1 of the 2 files of single objects is left over
```

## Good

```json generated_files/DISARM_STIX/DISARM.json
{
  "type": "bundle",
  "objects": [
    {"type": "identity", "id": "identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82"}
  ]
}
```

```json generated_files/DISARM_STIX/identity/identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82.json
{"type": "identity", "id": "identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82"}
```

```markdown generated_pages/phases/P01.md
# Phase P01: Plan

* **Summary:** Envision the desired outcome.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.text import Location, Span
from disarm_lint.parse.artefacts import ArtefactKind
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.parse.artefacts import Artefact

RULE = Rule(
    code="A803",
    name="stix-leftover",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="delete the leftover files",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for the files of single objects beside each bundle, if some are left over."""
    del options
    bundles: dict[str, list[Artefact]] = {}
    for artefact in corpus.artefacts:
        if artefact.kind is ArtefactKind.BUNDLE:
            bundles.setdefault(_find_folder(artefact.path), []).append(artefact)
    singles: dict[str, list[Artefact]] = {}
    for artefact in corpus.artefacts:
        if artefact.kind is ArtefactKind.OBJECT:
            folder = _find_folder(artefact.path)
            while folder and folder not in bundles:
                folder = _find_folder(folder)
            singles.setdefault(folder, []).append(artefact)
    for folder, files in singles.items():
        yield from _find_leftovers(folder, bundles.get(folder, []), files)


def _find_folder(path: str) -> str:
    return path.rpartition("/")[0]


def _find_leftovers(
    folder: str, bundles: list[Artefact], files: list[Artefact]
) -> Iterator[Finding]:
    if not bundles or any(artefact.bundle is None for artefact in bundles):
        return
    held = {item.id for a in bundles if a.bundle is not None for item in a.bundle.objects}
    left = [file for file in files if file.object_id not in held]
    if not left:
        return
    names = " and ".join(artefact.path.rpartition("/")[2] for artefact in bundles[:2])
    verb = "do" if len(bundles) > 1 else "does"
    are = "are" if len(left) > 1 else "is"
    yield RULE.in_file(
        Location(left[0].path, Span(1, 1, 1, 1)),
        f"{names} {verb} not hold this object; "
        f"{len(left)} of the {len(files)} files of single objects {are} left over",
        subject=folder,
        wrong="left over",
        origin=folder,
    )
