"""What differs between two releases of a corpus, and what took the place of an id that is gone.

This is the only comparison of two releases: `diff`, `history`, `audit` and the
rules that know an earlier release all read its result.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import (
    describe_difference,
    is_same_name,
    score_resemblance,
    simplify_name,
    split_words,
)
from disarm_lint.corpus.registry import find_kind
from disarm_lint.corpus.removals import Succession, Successors, read_marks
from disarm_lint.model.document import PageType, Relation

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity

_SUMMARY = "summary"
# From 0 to 1: the most that two names, and two summaries, have in common if an id
# now names something else. Names without a common word need more proof.
_NAMES = 0.6
_SUMMARIES = 0.6
_STRANGERS = 0.25
# The fewest words of a summary that allow a conclusion.
_WORDS = 6
# Code points.
_STEM = 5


@dataclass(frozen=True, slots=True)
class EntityState:
    """An entity in one release, in plain values that hold no page in memory.

    `kind` is the key of its kind and `title` the word for it; `name` and
    `summary` are as a reader sees them. `path` is the page or workbook that
    defines it. `homes` are the ids of what it belongs to, by the word for them:
    its tactic, its parent.
    """

    id: str
    kind: str
    name: str
    title: str = ""
    summary: str = ""
    path: str = ""
    homes: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class ReleaseIndex:
    """The entities of a release by id, and in `marks` what it says of ids that are gone.

    `label` names the release in messages. `aliases` are further names that its
    configuration accepts for an id; `kinds` are the keys of the kinds in the
    order in which changes are listed.
    """

    label: str = ""
    entities: Mapping[str, EntityState] = field(default_factory=dict)
    marks: Mapping[str, Succession] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


def index_release(corpus: Corpus, label: str = "") -> ReleaseIndex:
    """Summarise a corpus, for a comparison with an earlier or a later one."""
    return ReleaseIndex(
        label,
        {entity.id: _read_state(corpus, entity) for entity in corpus.registry.entities.values()},
        read_marks(corpus.registry.retired.values()),
        corpus.context.aliases,
        tuple(kind.key for kind in corpus.profile.kinds),
    )


def _read_state(corpus: Corpus, entity: Entity) -> EntityState:
    return EntityState(
        id=entity.id,
        kind=entity.kind.key,
        name=entity.name,
        title=entity.kind.title,
        summary=_read_summary(entity),
        path=entity.definitions[0].document.path,
        homes=_list_homes(corpus, entity),
    )


def _read_summary(entity: Entity) -> str:
    """Return an entity's summary as a reader sees it: from its row, else from its page."""
    for document in (entity.master, entity.page):
        item = document.field(_SUMMARY) if document is not None else None
        if item is not None and item.value:
            return simplify_name(item.value.raw)
    return ""


def _list_homes(corpus: Corpus, entity: Entity) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what an entity belongs to, according to its row or else its page."""
    document = entity.master or entity.page
    found: defaultdict[str, set[str]] = defaultdict(set)
    for mention in document.mentions if document is not None else ():
        if document is None or not mention.member or mention.malformation is not None:
            continue
        kind = find_kind(mention.target, corpus.profile)
        if kind is None:
            continue
        if mention.relation is Relation.PARENT:
            found[f"parent {kind.title}"].add(mention.target)
        elif _states_home(document, mention.relation, mention.place):
            found[kind.title].add(mention.target)
    return tuple((title, tuple(sorted(ids))) for title, ids in sorted(found.items()))


def _states_home(document: Document, relation: Relation, place: str) -> bool:
    """Tell whether a place says what the entity belongs to: a single thing, which lists it."""
    if document.type is not PageType.ROW:
        return relation is Relation.CONTAINER
    column = document.sheet.column(place) if document.sheet is not None else None
    return column is not None and column.listed_in is not None and column.separator is None


class Change(StrEnum):
    """What became of an entity, in the order of reports and of ReleaseChanges.

    An id is reused if it names something else now. An entity is changed if it has
    another summary.
    """

    ADDED = "added"
    RENAMED = "renamed"
    MOVED = "moved"
    CHANGED = "changed"
    REUSED = "reused"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What became of an entity: its states before (None if added) and after.

    `home` is the word for what a moved one belongs to. `succession` says what took
    the place of a retired one; for a reused one it only has the bearers of its old name.
    """

    before: EntityState | None = None
    after: EntityState | None = None
    home: str = ""
    succession: Succession = field(default_factory=Succession)

    @property
    def state(self) -> EntityState:
        """The entity as it is, or as it last was."""
        state = self.after or self.before
        assert state is not None
        return state

    @property
    def id(self) -> str:
        """Its id."""
        return self.state.id

    @property
    def old_name(self) -> str | None:
        """The name that it had before, where it has another now."""
        if self.before is None or self.after is None or self.before.name == self.after.name:
            return None
        return self.before.name

    @property
    def difference(self) -> str | None:
        """How the two names differ, in a few words."""
        return (
            None if self.old_name is None else describe_difference(self.old_name, self.state.name)
        )

    @property
    def homes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids that a moved one belonged to, and those that it belongs to now."""
        old, new = (
            dict(s.homes).get(self.home, ()) if s else () for s in (self.before, self.after)
        )
        return old, new


@dataclass(frozen=True)
class ReleaseChanges:
    """What became of the entities from one release to another, each sorted by kind and id.

    An id that is reused is neither renamed, moved nor changed.
    """

    old: ReleaseIndex = field(default_factory=ReleaseIndex)
    new: ReleaseIndex = field(default_factory=ReleaseIndex)
    added: tuple[EntityChange, ...] = ()
    renamed: tuple[EntityChange, ...] = ()
    moved: tuple[EntityChange, ...] = ()
    changed: tuple[EntityChange, ...] = ()
    reused: tuple[EntityChange, ...] = ()
    retired: tuple[EntityChange, ...] = ()

    def __bool__(self) -> bool:
        return any(changes for _, changes in self.groups())

    def groups(self) -> Iterator[tuple[Change, tuple[EntityChange, ...]]]:
        """Yield each change with the entities that it happened to."""
        for change in Change:
            yield change, getattr(self, change)

    def ids(self, *wanted: Change) -> set[str]:
        """Return the ids to which any of some changes happened."""
        return {item.id for change, items in self.groups() if change in wanted for item in items}

    def select(self, ids: Container[str]) -> ReleaseChanges:
        """Return what became of some ids."""
        kept = (tuple(item for item in items if item.id in ids) for _, items in self.groups())
        return ReleaseChanges(self.old, self.new, *kept)


def compare_releases(old: ReleaseIndex, new: ReleaseIndex) -> ReleaseChanges:
    """Return what became of the entities that have names from one release to a later one.

    Those without names, such as rows of evidence, are compared row by row elsewhere.
    """
    successors = Successors(new.marks, ((e.id, e.kind, e.name) for e in new.entities.values()))
    named = {e.id: (e.kind, e.name) for e in old.entities.values()}
    found: dict[Change, list[EntityChange]] = {change: [] for change in Change}
    for entity_id, after in new.entities.items():
        before = old.entities.get(entity_id)
        if before is None and after.name:
            found[Change.ADDED].append(EntityChange(after=after))
        elif before is not None and before != after:
            for change, item in _compare_kept(before, after, new, successors):
                found[change].append(item)
    for entity_id, before in old.entities.items():
        if entity_id not in new.entities and before.name:
            succession = successors.find(entity_id, named)
            found[Change.RETIRED].append(EntityChange(before, succession=succession))
    return _sort_changes(old, new, found)


def _sort_changes(
    old: ReleaseIndex, new: ReleaseIndex, found: Mapping[Change, Iterable[EntityChange]]
) -> ReleaseChanges:
    order = {kind: number for number, kind in enumerate(new.kinds)}

    def key(item: EntityChange) -> tuple[int, str, str]:
        return order.get(item.state.kind, len(order)), item.id, item.home

    return ReleaseChanges(old, new, *(tuple(sorted(found[change], key=key)) for change in Change))


def _compare_kept(
    before: EntityState, after: EntityState, new: ReleaseIndex, successors: Successors
) -> Iterator[tuple[Change, EntityChange]]:
    """Yield what became of an id that both releases have."""
    item = EntityChange(before, after)
    bearers = successors.bearers(before.kind, before.name)
    if _is_reused(before, after, new.aliases.get(after.id, ()), elsewhere=bool(bearers)):
        yield Change.REUSED, replace(item, succession=Succession(bearers=bearers))
        return
    if before.name and after.name and not is_same_name(before.name, after.name):
        yield Change.RENAMED, item
    homes = dict(after.homes)
    for home, ids in before.homes:
        if home in homes and homes[home] != ids:
            yield Change.MOVED, replace(item, home=home)
    if before.summary != after.summary:
        yield Change.CHANGED, item


def _is_reused(
    before: EntityState, after: EntityState, aliases: Iterable[str], *, elsewhere: bool
) -> bool:
    """Tell whether an id names something else; `elsewhere` if another id has its old name.

    A rename is no reuse, and neither is a name that the configuration accepts.
    """
    if not before.name or not after.name or before.kind != after.kind:
        return False
    if score_resemblance(before.name, after.name) >= _NAMES:
        return False
    if any(is_same_name(alias, before.name) for alias in aliases):
        return False
    if not before.summary or not after.summary:
        return elsewhere and before.summary != after.summary
    common = _measure_common(before.summary, after.summary)
    if elsewhere:
        return common < _SUMMARIES
    enough = min(len(split_words(before.summary)), len(split_words(after.summary))) >= _WORDS
    strangers = not _list_stems(before.name) & _list_stems(after.name)
    return enough and common < _STRANGERS and strangers


def _list_stems(name: str) -> set[str]:
    """Return the stems of a name's words, so that plurals and the like count as equal."""
    return {word[:_STEM] for word in split_words(name)}


def _measure_common(one: str, other: str) -> float:
    """Return the share of words that the shorter of two texts has in common with the other."""
    mine, theirs = set(split_words(one)), set(split_words(other))
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


# A merge made such a change only if it differs from every other parent as well.
_ALIKE = {
    Change.ADDED: (Change.ADDED,),
    Change.RENAMED: (Change.RENAMED, Change.REUSED, Change.ADDED),
    Change.MOVED: (Change.MOVED, Change.ADDED),
    Change.CHANGED: (Change.CHANGED, Change.ADDED),
    Change.REUSED: (Change.REUSED, Change.ADDED),
    Change.RETIRED: (Change.RETIRED,),
}


def compare_with_each(olds: Sequence[ReleaseIndex], new: ReleaseIndex) -> ReleaseChanges:
    """Return what a release changed compared with each of several, as a merge with its parents.

    An entity that some of them lack is compared with the others. Without any, all
    entities are added.
    """
    first, *others = [compare_releases(old, new) for old in olds or (ReleaseIndex(),)]
    if not others:
        return first
    several = [first, *others]
    alike = {
        change: set[str].intersection(*(one.ids(*kinds) for one in several))
        for change, kinds in _ALIKE.items()
    }
    found = {
        change: {
            (item.id, item.home): item
            for one in reversed(several)
            for item in getattr(one, change)
            if item.id in alike[change]
        }.values()
        for change in Change
    }
    return _sort_changes(first.old, new, found)
