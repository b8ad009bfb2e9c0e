"""An id that is not well-formed, though it is clear which one was meant.

`T0097:109`, `T00145.006`, `T0143 .002`, `TO097` (with the letter O), `T143.002`:
a search for the id does not find them, and no tool can count or link them. A
text that only looks a little like an id is left alone: the id that it was
meant for must exist, or its name must stand behind it. Where the exact name of an
entity stands behind it, even a text counts that has lost the form of an id: `TT0097.109`,
`T0097109`, `0097.109`, `T 0097.109`, a letter of another script; and an id is reported
that has no space before the name. The tags of other
systems (`attack.t0097`) are left alone. In a worksheet's column
of ids, nothing may stand beside the id: a space there ends up in the page's name.

## Bad

```markdown generated_pages/techniques/T0097.109.md
# Technique T0097.109: Romantic Suitor Persona

**Summary**: A person who presents as looking for love.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** The bot posed as a match (⟦T0097:109⟧ Romantic Suitor Persona).
```

```text findings
malformed id: it has `:` instead of a full stop; write T0097.109
```

## Bad: no form left, but the name

```markdown generated_pages/techniques/T0097.109.md
# Technique T0097.109: Romantic Suitor Persona

**Summary**: A person who presents as looking for love.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** The bot posed as a match (⟦T0097109⟧: Romantic Suitor Persona).
```

```text findings
malformed id: the full stop between its parts is missing; write T0097.109
```

## Good

```markdown generated_pages/techniques/T0097.109.md
# Technique T0097.109: Romantic Suitor Persona

**Summary**: A person who presents as looking for love.
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** The bot posed as a match (T0097.109: Romantic Suitor Persona), and T0097: 109 times.
```
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import EvidenceNeeded
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.text import split_ref
from disarm_lint.model.words import shorten
from disarm_lint.ruleset import NoOptions, Rule, derived
from disarm_rules._ids import find_by_name, find_meant, has_same_number
from disarm_rules._members import build_spaced_root, find_spaced_id, fix_spaced_id
from disarm_rules._placeholders import describe_program_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Mention
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="R202",
    name="malformed-id",
    severity=Severity.ERROR,
    superseded_by=("M701", "M707"),
    harm=Harm.ASTRAY,
    action="write the id in its proper form",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each malformed id."""
    del options
    # What an index row was meant to list, its link says.
    meant = {
        (item.document.path, item.id.start): item.meant
        for item in corpus.registry.listings
        if item.meant is not None
    }
    for reference in corpus.references:
        if reference.status is not Status.MALFORMED:
            continue
        mention = reference.mention
        place = (reference.document.path, mention.id.start)
        target = meant.get(place, reference.target)
        suggestion = find_meant(corpus, reference, target)
        message = f"malformed id: {mention.malformation}"
        other = _find_other(corpus, reference, suggestion)
        if other is not None:
            # A second slip, in the number or in the name: which of them, nothing says.
            message += f"; write {other}, or {suggestion}, whichever is meant"
            suggestion = None
        elif mention.evidence_needed is EvidenceNeeded.SLIP and not suggestion:
            message = _describe_no_id(corpus, mention)
        elif suggestion == mention.id.raw:
            message = f"there is no space between {suggestion} and the name behind it"
            suggestion += " "
        elif suggestion:
            message += f"; write {suggestion}"
        elif corpus.known:
            message += f"; {target} does not exist either"
        spaced = find_spaced_id(corpus.entity(target))
        own = spaced is not None and reference.document.source is spaced.source
        own = own and spaced is not None and spaced.start <= mention.id.start < spaced.end
        root = _find_shared_slips(corpus).get(_identify_slip(reference)) or Root(
            f"{mention.id.raw} for {suggestion or target}",
            message.replace("malformed id:", f"“{shorten(mention.id.raw)}” is no proper id:"),
            RULE.action,
            by_place=False,
        )
        finding = RULE.at(
            reference.document,
            mention.id,
            message,
            subject=suggestion or target,
            suggestion=suggestion,
            root=build_spaced_root(spaced) if spaced is not None and own else root,
            repair=Repair.SAFE
            if suggestion and has_same_number(mention.id.raw, suggestion)
            else None,
        )
        if spaced is not None and own and finding.fix is not None:
            finding = replace(finding, fix=fix_spaced_id(corpus, spaced))
        yield finding


# So many ids of one column, or of the pages of one folder, that have the same slip, one act made.
_FEWEST = 5
_Slip = tuple[str, str, str]


def _identify_slip(reference: Reference) -> _Slip:
    """Return what a malformed id has in common with others: the slip, and the column or folder."""
    document, mention = reference.document, reference.mention
    cell = mention.id.location.cell
    if cell is None:
        return document.path.rpartition("/")[0], mention.place, mention.malformation or ""
    return f"{document.path}!{cell.sheet}", split_ref(cell.ref)[0], mention.malformation or ""


@derived
def _find_shared_slips(corpus: Corpus) -> dict[_Slip, Root]:
    """Return the root causes of slips that many different ids of one place have."""
    ids: dict[_Slip, set[str]] = defaultdict(set)
    for reference in corpus.references:
        if reference.status is Status.MALFORMED and reference.mention.malformation:
            ids[_identify_slip(reference)].add(reference.mention.id.raw)
    return {
        slip: Root(
            f"slip {slip[2]}",
            f"in each of {{places}}, an id is malformed: {slip[2]}",
            "write these ids in their proper form",
        )
        for slip, written in ids.items()
        if len(written) >= _FEWEST
    }


def _find_other(corpus: Corpus, reference: Reference, meant: str | None) -> str | None:
    """Return the id whose name a text gives to a malformed id that means another one."""
    named = find_by_name(corpus, reference) if reference.exactly else None
    own = corpus.entity(meant) if meant is not None else None
    if named is None or own is None or named.id == own.id or named.name == own.name:
        return None
    return f"{named.id}, which is called “{shorten(named.name)}”"


def _describe_no_id(corpus: Corpus, mention: Mention) -> str:
    kind = corpus.profile.kind(mention.refers_to) if mention.refers_to else None
    such = f", such as {kind.forms[0].template.shown}" if kind else ""
    if (program := describe_program_text(mention.id.raw)) is not None:
        return f"{program[1]}, and only ids belong here{such}"
    return f"“{shorten(mention.id.raw, 40)}” is not an id, and only ids belong here{such}"
