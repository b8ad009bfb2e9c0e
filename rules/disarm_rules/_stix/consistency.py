"""What contradicts itself inside a STIX bundle, whatever the master data says."""

from __future__ import annotations

import re
from collections import Counter
from math import isfinite
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.model.finding import Harm, Root
from disarm_lint.model.words import shorten, show_invisible
from disarm_rules._artefacts import FEW, format_entity
from disarm_rules._stix.objects import TWICE, StixDifference, find_kill_chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.parse.artefacts import Bundle, StixObject
    from disarm_lint.parse.json_text import Path
    from disarm_rules._stix.objects import NamedObject

_WORDS = re.compile(r"[^a-z0-9]+")
_TWICE_ID = replace(
    TWICE,
    key="ids twice",
    title="objects in {places} have the STIX id of another one",
    action="correct the script that makes the bundle: it writes the same id again each time that "
    "it runs, and each object needs one of its own",
)
_LEADS_NOWHERE = Root(
    "successions",
    "relationships in {places} lead to no object",
    "correct the list of retired ids that the script works from, or the script: the object that "
    "follows, and the one that it follows, belong in the bundle",
    by_place=False,
    harm=Harm.ASTRAY,
)
_CHAINS = Root(
    "kill chains",
    "objects in {places} are in another kill chain than the others",
    "correct the script that makes the bundle: one kill_chain_name for all",
    by_place=False,
    harm=Harm.LOST,
)
_SOURCES = Root(
    "source names",
    "the ids in {places} stand under more than one source_name",
    "correct the script that makes the bundle: one source_name for all kinds of objects",
    by_place=False,
)
_MATRIX = Root(
    "matrix",
    "the matrix in {places} has other columns than the sheet of its tactics says",
    "make the bundle anew; if the matrix stays as it is, correct the script that makes it",
    by_place=False,
    harm=Harm.ASTRAY,
)


def check_object_ids(bundle: Bundle) -> Iterator[StixDifference]:
    """Yield it where an object has the STIX id of an earlier one: platforms keep one of them."""
    seen: set[str] = set()
    again: list[StixObject] = []
    for item in bundle.objects:
        if item.id and item.id in seen:
            again.append(item)
        seen.add(item.id)
    # A script that gives all objects one id is one defect.
    for item in again if len(again) <= FEW else again[:1]:
        told = show_invisible(shorten(item.id, 80))
        message = f"an earlier object has the id {told} too: platforms keep one of them"
        if len(again) > FEW:
            message += f" ({len(again):,} objects have the id of an earlier one)"
        path = (*item.path, "id")
        yield StixDifference(path, message, shorten(item.id, 80), "id twice", root=_TWICE_ID)


def check_successions(bundle: Bundle) -> Iterator[StixDifference]:
    """Yield it where a `revoked-by` relationship leads to or from no object."""
    known = {item.id for item in bundle.objects}
    for item in bundle.objects:
        if item.relationship != "revoked-by" or not item.living:
            continue
        for key, ref in (("source_ref", item.source_ref), ("target_ref", item.target_ref)):
            if ref is not None and ref not in known:
                message = f"no object has the id {show_invisible(shorten(ref, 80))}"
                path = (*item.path, key)
                about = shorten(ref, 80)
                yield StixDifference(path, message, about, "leads nowhere", root=_LEADS_NOWHERE)


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
        path = (*phase.path, "kill_chain_name")
        yield StixDifference(path, message, one.id, f"chain {phase.chain}", root=_CHAINS)


def check_sources(corpus: Corpus, named: list[NamedObject]) -> Iterator[StixDifference]:
    """Yield it once where the references that hold the ids name more than one source.

    Programs find the id of an object by the `source_name` beside it. An object
    that has the id under the usual name too may have others.
    """
    living = [one for one in named if one.item.living and corpus.entity(one.id) is not None]
    counts = Counter(one.reference.source_name for one in living)
    if len(counts) < 2:
        return
    foreign = {name for name in counts if _is_foreign(corpus, name)}
    own = sorted(counts.keys() - foreign, key=lambda name: (-counts[name], name))
    usual = own[0] if own else max(sorted(counts), key=counts.__getitem__)
    odd = [
        one
        for one in living
        if one.reference.source_name != usual
        and not any(
            other.source_name == usual and other.external_id == one.id
            for other in one.item.references
        )
    ]
    if not odd:
        return
    first = odd[0]
    wrong = first.reference.source_name
    others = sum(one.reference.source_name == usual for one in living)
    message = (
        f"the id of {first.id} is under the source_name {_quote(wrong)}, as those of "
        f"{len(odd):,} objects are; the ids of {others:,} others are under {_quote(usual)}. A "
        "program that looks for one name does not see the ids under the other"
    )
    if len(odd) == 1:
        message = (
            f"the id of {first.id} is under the source_name {_quote(wrong)}; the ids of "
            f"{others:,} others are under {_quote(usual)}. A program that looks for one name does "
            "not see the ids under the other"
        )
    if wrong in foreign:
        message += f", and {_quote(wrong)} is the name of another framework"
    path = (*first.reference.path, "source_name") if wrong else first.reference.path
    yield StixDifference(path, message, first.id, f"source {wrong}", root=_SOURCES)


def _quote(name: str) -> str:
    return f"“{show_invisible(shorten(name, 60))}”" if name else "nothing at all"


def _is_foreign(corpus: Corpus, name: str) -> bool:
    """Tell whether a source's name is that of another framework."""
    words = set(_WORDS.split(name.casefold()))
    return any(
        mention.casefold() in words
        for framework in corpus.profile.foreign
        for mention in framework.mentions
    )


def check_matrices(
    corpus: Corpus, bundle: Bundle, named: list[NamedObject]
) -> Iterator[StixDifference]:
    """Yield it where a matrix lacks a tactic, has one twice, or has them in another order."""
    matrices = [item for item in bundle.objects if item.tactics is not None and item.living]
    living = (one for one in named if one.item.living and corpus.entity(one.id))
    tactics = {one.item.id: one.id for one in living if one.item.shortname and one.item.id}
    known = {item.id for item in bundle.objects}
    for matrix in matrices:
        seen: set[str] = set()
        for path, ref in matrix.tactics or ():
            told = show_invisible(shorten(ref, 80))
            if ref not in known:
                message = f"no object has the id {told}"
                yield StixDifference(path, message, shorten(ref, 80), "leads nowhere", root=_MATRIX)
            elif ref in seen:
                who = format_entity(corpus, tactics[ref]) if ref in tactics else told
                message = f"{who} stands in this matrix before"
                yield StixDifference(path, message, tactics.get(ref, told), "twice", root=_MATRIX)
            seen.add(ref)
    shown = {ref for matrix in matrices for _, ref in matrix.tactics or ()}
    if matrices and tactics:
        yield from _find_missing_columns(corpus, matrices, tactics, shown)
    for matrix in matrices:
        yield from _order_columns(corpus, matrix, tactics)


def _find_missing_columns(
    corpus: Corpus, matrices: list[StixObject], tactics: Mapping[str, str], shown: set[str]
) -> Iterator[StixDifference]:
    path = (*matrices[0].path, "tactic_refs")
    where = "this matrix has" if len(matrices) == 1 else "no matrix has"
    absent = sorted(entity_id for ref, entity_id in tactics.items() if ref not in shown)
    if len(absent) == len(tactics):
        message = f"{where} none of the {len(tactics)} tactics: platforms show nothing"
        message = message.replace("no matrix has none", "no matrix has any")
        yield StixDifference(path, message, "matrix", "empty", key=True, root=_MATRIX)
        return
    for entity_id in absent:
        told = f"{where} no column for {format_entity(corpus, entity_id)}"
        told = told.replace("no matrix has no column", "no matrix has a column")
        message = f"{told}: platforms show neither it nor its techniques"
        yield StixDifference(path, message, entity_id, "no column", key=True, root=_MATRIX)


def _order_columns(
    corpus: Corpus, matrix: StixObject, tactics: Mapping[str, str]
) -> Iterator[StixDifference]:
    """Yield it where tactics stand neither in the order of their sheet's rows nor of its ranks."""
    places: dict[str, Path] = {}
    for path, ref in matrix.tactics or ():
        if ref in tactics:
            places.setdefault(tactics[ref], path)
    rows = [row for row in corpus.rows if row.id in places]
    if len({row.id for row in rows}) != len(places) or len(rows) != len(places):
        return
    orders = [[row.id or "" for row in rows]]
    ranks = [_read_rank(row) for row in rows]
    ranked = [rank for rank in ranks if rank is not None]
    if len(set(ranked)) == len(rows):
        orders.insert(
            0, [entity_id for _, entity_id in sorted(zip(ranked, orders[0], strict=True))]
        )
    here = list(places)
    if here in orders or len(here) < 2:
        return
    wanted = orders[0]
    number = next(n for n, entity_id in enumerate(here) if entity_id != wanted[n])
    by = "by rank" if len(orders) > 1 else "by row"
    sheet = rows[0].sheet.name if rows[0].sheet else ""
    message = (
        f"{format_entity(corpus, here[number])} is column {number + 1} of this matrix; in the "
        f"order of the sheet {sheet} ({by}) that is {format_entity(corpus, wanted[number])}"
    )
    wrong = f"order {' '.join(here)}"
    yield StixDifference(places[here[number]], message, here[number], wrong, root=_MATRIX)


def _read_rank(row: Document) -> float | None:
    field = row.field("rank")
    if field is None or not field.value:
        return None
    try:
        rank = float(field.value.raw)
    except ValueError:
        return None
    return rank if isfinite(rank) else None
