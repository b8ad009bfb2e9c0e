"""Under which tactics a STIX bundle places its objects, by the phases of its kill chain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.words import shorten, show_invisible
from disarm_lint.parse.artefacts import make_short_name
from disarm_rules._artefacts import format_entity, list_containers
from disarm_rules._stix.objects import StixDifference, find_kill_chain, read_shortnames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.parse.artefacts import Bundle, ChainPhase
    from disarm_rules._stix.objects import NamedObject


def check_placement(
    corpus: Corpus, bundle: Bundle, named: list[NamedObject]
) -> Iterator[StixDifference]:
    """Yield it where an object is under another tactic than its entity, or under none."""
    living = [one for one in named if one.item.living and corpus.entity(one.id)]
    names = read_shortnames(living)
    held = {item for ids in names.values() for item in ids}
    kinds = Counter(entity.kind.key for item in held if (entity := corpus.entity(item)))
    if not kinds:
        return
    kind = max(sorted(kinds), key=kinds.__getitem__)
    # A tactic that the bundle lacks still has the short name that it would have.
    slugs = {
        make_short_name(entity.name): entity.id
        for entity in corpus.registry.entities.values()
        if entity.kind.key == kind and entity.id not in held
    }
    found = find_kill_chain(bundle.objects)
    tactics = {**_wrap_single(slugs), **names}
    unknown: dict[str, list[tuple[NamedObject, ChainPhase]]] = {}
    for one in living:
        phases = [phase for phase in one.item.phases if phase.chain == found]
        for phase in phases:
            if phase.name not in tactics:
                unknown.setdefault(phase.name, []).append((one, phase))
        yield from _compare_place(corpus, one, phases, kind, tactics)
    yield from _find_without_phase(corpus, living, kind)
    for name, places in unknown.items():
        one, phase = places[0]
        message = f"no tactic has the short name “{show_invisible(shorten(name, 60))}”"
        if len(places) > 1:
            message += f", which {len(places)} objects name"
        path = (*phase.path, "phase_name")
        yield StixDifference(path, message, one.id, f"phase {name}")


def _wrap_single(slugs: dict[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset((item,)) for name, item in slugs.items()}


def _compare_place(
    corpus: Corpus,
    one: NamedObject,
    phases: list[ChainPhase],
    kind: str,
    names: dict[str, frozenset[str]],
) -> Iterator[StixDifference]:
    entity = corpus.entity(one.id)
    wanted = list_containers(corpus, entity, kind) if entity else None
    if wanted is None or not phases or any(phase.name not in names for phase in phases):
        return
    spec = corpus.profile.kind(kind)
    title = spec.title if spec else kind
    tactics = ", ".join(format_entity(corpus, item) for item in sorted(wanted))
    wrong = [phase for phase in phases if not names[phase.name] & wanted]
    for phase in wrong:
        here = sorted(names[phase.name])[0]
        message = f"{format_entity(corpus, one.id)} is under {format_entity(corpus, here)}; its {title} is {tactics}"
        path = (*phase.path, "phase_name")
        yield StixDifference(path, message, one.id, f"under {here}")
    present = {item for phase in phases for item in names[phase.name]}
    missing = sorted(wanted - present)
    if len(missing) > len(wrong):
        message = (
            f"{format_entity(corpus, one.id)} is not under {format_entity(corpus, missing[-1])}"
        )
        yield StixDifference(
            (*one.item.path, "kill_chain_phases"), message, one.id, "missing phase"
        )


def _find_without_phase(
    corpus: Corpus, living: list[NamedObject], kind: str
) -> Iterator[StixDifference]:
    """Yield it for objects without any phase, where most of their kind have one."""
    groups: dict[str, list[NamedObject]] = {}
    for one in living:
        entity = corpus.entity(one.id)
        if entity is not None and list_containers(corpus, entity, kind):
            groups.setdefault(entity.kind.key, []).append(one)
    for group in groups.values():
        bare = [one for one in group if not one.item.phases]
        if len(bare) * 2 < len(group):
            for one in bare:
                message = f"{format_entity(corpus, one.id)} is under no phase of the kill chain"
                path = (*one.reference.path, "external_id")
                yield StixDifference(path, message, one.id, "no phase")
