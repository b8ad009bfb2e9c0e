"""How the objects of a STIX bundle differ from the entities of the corpus."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.finding import Harm, Root
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.model.words import shorten, show_invisible
from disarm_rules._artefacts import (
    count_shared_words,
    describe_gone,
    format_entity,
    list_values,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.parse.artefacts import Bundle, ExternalReference, StixObject
    from disarm_lint.parse.json_text import Path

# A kind of which a bundle has fewer than one in so many does not belong to it.
_SHARE = 10
_TAG = re.compile("</?[A-Za-z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class StixDifference:
    """One thing that is wrong in a bundle: where, what, about which id, and what for the cause.

    `words` are the offsets of the wrong words in the string at `path`; `key`
    says that the finding stands at the key, because the value is too large. `root`
    is what it takes to fix it, where making the bundle anew is not enough; `empty`
    says that the master data has nothing to say there.
    """

    path: Path
    message: str
    subject: str
    wrong: str
    words: tuple[int, int] | None = None
    key: bool = False
    root: Root | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class NamedObject:
    """An object that stands for an entity: the reference that has its id."""

    item: StixObject
    reference: ExternalReference

    @property
    def id(self) -> str:
        """The entity's id."""
        return self.reference.external_id


TWICE = Root(
    "objects twice",
    "objects stand twice in {places}",
    "correct the script that makes the bundle: it writes them twice each time that it runs, and "
    "each entity needs one object, with an id of its own",
    by_place=False,
    harm=Harm.LOST,
)


def match_objects(corpus: Corpus, bundle: Bundle) -> list[NamedObject]:
    """Return the objects of a bundle that stand for entities.

    An id that belongs to another framework, as its URL shows, is a cross-reference.
    """
    found = []
    for item in bundle.objects:
        for reference in item.references:
            foreign = any(
                other.url and reference.url.startswith(other.url)
                for other in corpus.profile.foreign
            )
            if not foreign and find_kind(reference.external_id, corpus.profile) is not None:
                found.append(NamedObject(item, reference))
                break
    return found


def check_presence(
    corpus: Corpus, named: list[NamedObject], *, sound: bool
) -> Iterator[StixDifference]:
    """Yield what a bundle lacks, has twice, has too much, or revokes although it lives.

    Of a bundle that is not `sound`, what is missing may be what could not be read.
    """
    living: dict[str, NamedObject] = {}
    for one in named:
        if one.item.living and one.id in living:
            message = f"a second object describes {format_entity(corpus, one.id)}"
            path = (*one.reference.path, "external_id")
            yield StixDifference(path, message, one.id, "twice", root=TWICE)
        elif one.item.living:
            living[one.id] = one
    dead = {one.id: one for one in named if not one.item.living and one.id not in living}
    absent = {entity.id: entity for entity in find_missing(corpus, living.keys() | dead.keys())}
    by_name = {simplify_name(entity.name): entity for entity in absent.values() if entity.name}
    for one in living.values():
        kind = find_kind(one.id, corpus.profile)
        if corpus.entity(one.id) is None and kind and kind.key in corpus.registry.kinds:
            message = describe_gone(corpus, one.id)
            meant = by_name.get(simplify_name(one.item.name or ""))
            if meant is not None:
                absent.pop(meant.id, None)
                message = f"{message}; “{show_invisible(meant.name)}” is {meant.id}"
            path = (*one.reference.path, "external_id")
            yield StixDifference(path, message, one.id, "extra")
    for one in dead.values():
        if corpus.entity(one.id) is not None:
            key = "revoked" if one.item.revoked else "x_mitre_deprecated"
            word = "revoked" if one.item.revoked else "deprecated"
            message = f"{format_entity(corpus, one.id)} is {word} here, but exists"
            yield StixDifference((*one.item.path, key), message, one.id, word)
    for entity in absent.values() if sound else ():
        message = f"{format_entity(corpus, entity.id)} is missing"
        yield StixDifference(("objects",), message, entity.id, "missing", key=True)


def find_missing(corpus: Corpus, ids: set[str]) -> Iterator[Entity]:
    """Yield the entities that a bundle with some ids lacks, of the kinds that it holds."""
    groups: dict[tuple[str, bool], list[Entity]] = {}
    for entity in corpus.registry.entities.values():
        groups.setdefault((entity.kind.key, is_sub(entity.id)), []).append(entity)
    for key in sorted(groups):
        group = groups[key]
        here = sum(entity.id in ids for entity in group)
        if here and here * _SHARE >= len(group):
            yield from sorted((e for e in group if e.id not in ids), key=lambda e: e.id)


def check_names(
    corpus: Corpus, one: NamedObject, entity: Entity, *, sound: bool
) -> Iterator[StixDifference]:
    """Yield it where an object has another name than its entity, or leads to another's page."""
    item = one.item
    readable = item.name is not None or sound
    right = corpus.names(entity.kind.key).judge(item.name or "", entity.id).right
    if entity.name and readable and not right:
        if item.name is None:
            path: Path = (*one.reference.path, "external_id")
            message = f"{entity.id} has no name; it is called “{show_invisible(entity.name)}”"
        else:
            path = (*item.path, "name")
            message = (
                f"{entity.id} is called “{show_invisible(entity.name)}”; "
                f"this says “{show_invisible(shorten(item.name, 80))}”"
            )
        yield StixDifference(path, message, entity.id, item.name or "no name")
    page = one.reference.url.partition("#")[0].rpartition("/")[2].removesuffix(".md")
    if page != entity.id and find_kind(page, corpus.profile) is not None:
        message = f"the URL of {format_entity(corpus, entity.id)} leads to the page of {page}"
        yield StixDifference((*one.reference.path, "url"), message, entity.id, page)


_EMPTY = frozenset({"nan", "none", "null", "n/a"})


def check_descriptions(
    corpus: Corpus, one: NamedObject, entity: Entity
) -> Iterator[StixDifference]:
    """Yield a difference where an object describes its entity in other words; spaces do not count."""
    values = list_values(corpus, entity, "summary")
    written = one.item.description or ""
    if written in values:
        return
    here = split_words(written)
    joined = " ".join(word for *_, word in here)
    wanted = [[word for *_, word in split_words(value)] for value in values]
    if not wanted or joined in {" ".join(words) for words in wanted}:
        return
    # Not "the master data": what a description once said may stand in another sheet now.
    voice = "its summary"
    first, end, other = count_shared_words([word for *_, word in here], wanted[0])
    before, after = " ".join(w for *_, w in here[first:end]), " ".join(wanted[0][first:other])
    told = f"{format_entity(corpus, entity.id)} has another description: "
    empty = not after and before.casefold() in _EMPTY and not wanted[0]
    if not here:
        told += f"this says nothing, {voice} “{_show_words(after)}”"
    elif not before:
        told += f"“{_show_words(after)}” is missing, which {voice} says"
    elif empty:
        told += f"“{before}” is what a program writes for an empty summary: fill that in"
    elif not after:
        told += f"{voice} does not say “{_show_words(before)}”"
    else:
        told += f"this says “{_show_words(before)}”, {voice} “{_show_words(after)}”"
    if one.item.description is None:
        path = (*one.reference.path, "external_id")
        yield StixDifference(path, told, entity.id, "no description")
        return
    if not here:
        words = None
    elif before:
        words = (here[first][0], here[end - 1][1])
    else:
        nearest = here[min(first, len(here) - 1)]
        words = nearest[:2]
    path = (*one.item.path, "description")
    yield StixDifference(path, told, entity.id, f"description {joined}", words, empty=empty)


def _show_words(text: str) -> str:
    """Return the beginning of a text, without tags unless it is nothing else."""
    return show_invisible(shorten(_TAG.sub("", text[:4000]).strip() or text, 60))


def check_subtechniques(
    corpus: Corpus, bundle: Bundle, named: list[NamedObject], *, complete: bool
) -> Iterator[StixDifference]:
    """Yield it where a bundle has a sub-technique below another, or below none.

    That a relationship leads nowhere is said of a `complete` bundle alone: else
    the object that is missing tells all.
    """
    ids = {one.item.id: one for one in named if one.item.id}
    known = {item.id for item in bundle.objects}
    below: set[str] = set()
    for item in bundle.objects:
        if item.relationship != "subtechnique-of" or not item.living:
            continue
        for key, ref in (("source_ref", item.source_ref), ("target_ref", item.target_ref)):
            if ref is not None and ref not in known and complete:
                message = f"no object has the id {show_invisible(shorten(ref, 80))}"
                yield StixDifference((*item.path, key), message, shorten(ref, 80), "leads nowhere")
        source, target = ids.get(item.source_ref or ""), ids.get(item.target_ref or "")
        if source is None or target is None:
            below.update(one.id for one in (source,) if one)
            continue
        below.add(source.id)
        known_ids = corpus.entity(source.id) and corpus.entity(target.id)
        if known_ids and target.id != find_stem(source.id):
            message = (
                f"{format_entity(corpus, source.id)} is a sub-technique of {target.id} here; "
                f"it belongs to {format_entity(corpus, find_stem(source.id))}"
            )
            yield StixDifference((*item.path, "target_ref"), message, source.id, f"of {target.id}")
    subs = [one for one in named if one.item.living and is_sub(one.id) and corpus.entity(one.id)]
    present = {one.id for one in named}
    usual = len(below) * 2 >= len(subs)
    for one in subs:
        parent = find_stem(one.id)
        if one.item.subtechnique is False:
            message = f"{format_entity(corpus, one.id)} is a sub-technique; this says it is not"
            path = (*one.item.path, "x_mitre_is_subtechnique")
            yield StixDifference(path, message, one.id, "no sub-technique")
        elif one.id not in below and usual and parent in present and corpus.entity(parent):
            message = f"no relationship says that {one.id} is a sub-technique of {parent}"
            path = (*one.reference.path, "external_id")
            yield StixDifference(path, message, one.id, "no relationship")


def find_kill_chain(objects: tuple[StixObject, ...]) -> str | None:
    """Return the name of the kill chain that most objects of a bundle speak of."""
    counts = Counter(phase.chain for item in objects for phase in item.phases)
    return max(sorted(counts), key=counts.__getitem__) if counts else None


def read_shortnames(named: list[NamedObject]) -> Mapping[str, frozenset[str]]:
    """Return the ids of the tactics of a bundle by their short names."""
    found: dict[str, set[str]] = {}
    for one in named:
        if one.item.shortname:
            found.setdefault(one.item.shortname, set()).add(one.id)
    return {name: frozenset(ids) for name, ids in found.items()}
