"""What contradicts itself inside a STIX bundle, whatever the master data says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_rules._display import shorten, show_invisible
from disarm_rules._stix.objects import StixDifference, find_kill_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.parse.stix import Bundle
    from disarm_rules._stix.objects import NamedObject


def check_object_ids(bundle: Bundle) -> Iterator[StixDifference]:
    """Yield it where an object has the STIX id of an earlier one: platforms keep one of them."""
    seen: set[str] = set()
    for item in bundle.objects:
        if item.id and item.id in seen:
            told = show_invisible(shorten(item.id, 80))
            message = f"an earlier object has the id {told} too: platforms keep one of them"
            yield StixDifference((*item.path, "id"), message, shorten(item.id, 80), "id twice")
        seen.add(item.id)


def check_successions(bundle: Bundle) -> Iterator[StixDifference]:
    """Yield it where a `revoked-by` relationship leads to or from no object."""
    known = {item.id for item in bundle.objects}
    for item in bundle.objects:
        if item.relationship != "revoked-by" or not item.living:
            continue
        for key, ref in (("source_ref", item.source_ref), ("target_ref", item.target_ref)):
            if ref is not None and ref not in known:
                message = f"no object has the id {show_invisible(shorten(ref, 80))}"
                yield StixDifference((*item.path, key), message, shorten(ref, 80), "leads nowhere")


def check_chains(bundle: Bundle, named: list[NamedObject]) -> Iterator[StixDifference]:
    """Yield it where an object names no phase of the kill chain that nine in ten name."""
    usual = find_kill_chain(bundle.objects)
    placed = [one for one in named if one.item.living and one.item.phases]
    odd = [one for one in placed if all(phase.chain != usual for phase in one.item.phases)]
    if usual is None or len(odd) * 10 > len(placed):
        return
    for one in odd:
        phase = one.item.phases[0]
        message = (
            f"{one.id} is in the kill chain “{show_invisible(shorten(phase.chain, 60))}”; "
            f"the other objects are in “{show_invisible(shorten(usual, 60))}”"
        )
        yield StixDifference(
            (*phase.path, "kill_chain_name"), message, one.id, f"chain {phase.chain}"
        )
