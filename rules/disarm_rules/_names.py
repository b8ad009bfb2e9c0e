"""What the rules on names share: how a wrong name is reported."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.corpus.names import (
    describe_difference,
    fold_name,
    is_slip,
    simplify_name,
    split_words,
)
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Relation, Role
from disarm_lint.model.finding import Edit, Fix, Harm, Repair, Root, Severity
from disarm_lint.model.ids import find_stem
from disarm_lint.model.words import shorten, squeeze
from disarm_lint.ruleset import derived, relate
from disarm_rules._placeholders import is_no_name
from disarm_rules._regeneration.renderings import STALE
from disarm_rules._renamings import find_nearest, is_same_entity
from disarm_rules._renumbering import find_left_behind, find_said_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference, Statement
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.ruleset import Rule


def _is_wrong_id(corpus: Corpus, reference: Reference) -> bool:
    """Tell whether the name is right and the id beside it is not: L302, R203 or R204 says so."""
    own = reference.document.id or ""
    if not reference.exactly or reference.named is None:
        return False
    link = reference.mention.link
    if link is not None:
        file = link.href.partition("#")[0].rpartition("/")[2]
        return file == f"{reference.named}.md"
    if reference.mention.relation is Relation.PARENT:
        return reference.named == find_stem(own)
    if reference.mention.relation is Relation.CONTAINER:
        return reference.named in corpus.listed_by.get(own, {})
    return False


def _is_id_witnessed(corpus: Corpus, reference: Reference) -> bool:
    """Tell whether something besides the text says that the id is right: a link, or its place."""
    own, mention = reference.document.id or "", reference.mention
    if mention.link is not None:
        file = mention.link.href.partition("#")[0].rpartition("/")[2]
        return file == f"{reference.target}.md"
    if mention.relation is Relation.PARENT:
        return reference.target == find_stem(own)
    if mention.relation is Relation.CONTAINER:
        return reference.target in corpus.listed_by.get(own, {})
    return False


def _describe_listed(corpus: Corpus, reference: Reference) -> str:
    """Say that the row lists the wrong id too, where it does."""
    listed = _find_listed(corpus, reference, reference.target)
    if listed is None:
        return ""
    return f"; “{listed.field.label.raw}” of this row lists {reference.target} too"


def _list_other_places(
    corpus: Corpus, reference: Reference, other: Entity
) -> tuple[Text, ...] | None:
    """Return where else in its row the wrong id of a citation stands for another.

    None if it stands there for itself as well, or the other is listed already: then what is
    to be done with the list is not known.
    """
    listed = _find_listed(corpus, reference, reference.target)
    if listed is None:
        return ()
    cited = _map_cited(corpus).get((reference.document, reference.target), [])
    alone = len(cited) <= _MOST_CHANGED and all(
        item.exactly and item.named == other.id for item in cited
    )
    if not alone or _find_listed(corpus, reference, other.id) is not None:
        return None
    places = [item.mention.id for item in cited if item is not reference]
    return (*places, listed.reference.mention.id)


# How often an id is changed in a row at once; what stands there more often is for a person.
_MOST_CHANGED = 16


@derived
def _map_cited(corpus: Corpus) -> dict[tuple[Document, str], list[Reference]]:
    """Return the citations in the texts of worksheet rows, by row and id."""
    found: dict[tuple[Document, str], list[Reference]] = {}
    for item in corpus.references:
        if item.document.sheet is not None and item.mention.role is Role.PROSE:
            found.setdefault((item.document, item.target), []).append(item)
    return found


def _find_listed(corpus: Corpus, reference: Reference, entity_id: str) -> Statement | None:
    """Return the member of a list by which the row of a citation in prose lists an id."""
    document = reference.document
    if document.sheet is None or reference.mention.role is not Role.PROSE:
        return None
    return _map_statements(corpus).get((document, entity_id))


@derived
def _map_statements(corpus: Corpus) -> dict[tuple[Document, str], Statement]:
    """Return the first statement of each row of a worksheet about each id, by row and id."""
    found: dict[tuple[Document, str], Statement] = {}
    for item in corpus.statements:
        found.setdefault((item.document, item.target), item)
    return found


# A name is suspected where so many citations agree on another spelling of it, a large share.
_AGREEING, _MAJORITY = 4, 0.8
# Code points around a citation by which two of them are told apart.
_BEFORE, _AFTER = 40, 20


def report_suspect_names(rule: Rule, corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each entity whose one name is likelier misspelt than its citations."""
    for entity_id, (name, number) in _find_suspect_names(corpus).items():
        entity = corpus.entity(entity_id)
        named = [d for d in entity.definitions if d.name] if entity else []
        definition = min(named, key=lambda d: not d.is_master, default=None)
        if entity is None or definition is None or not definition.name:
            continue
        yield rule.at(
            definition.document,
            definition.name,
            f"{entity_id} is called “{entity.name}” here, and {_count_citations(number)} "
            f"“{name}”: the name is probably misspelt",
            subject=entity_id,
            wrong=entity.name,
            suggestion=name,
            repair=Repair.UNSAFE,
            root=Root(
                f"misspelt {entity_id}",
                f"{entity_id} is called “{entity.name}”, and texts say “{name}”: the name is "
                "probably misspelt",
                f"write “{name}” as the name of {entity_id}, if that is right",
                by_place=False,
            ),
        )


@derived
def _find_suspect_names(corpus: Corpus) -> dict[str, tuple[str, int]]:
    """Return the spelling on which citations agree, and how many, by id, where it is no name."""
    found = {}
    doubtful: dict[str, tuple[tuple[str, str], tuple[str, int]]] = {}
    for entity_id, names in _count_citations_by_name(corpus).items():
        entity = corpus.entity(entity_id)
        (name, number), *_ = names.most_common(1)
        if entity is None or number < _MAJORITY * names.total():
            continue
        own = simplify_name(entity.name)
        if _is_underscored(corpus, entity, name):
            found[entity_id] = (name, number)
            continue
        misspelt = is_slip(name, own) and name.casefold() != own.casefold()
        if not misspelt or len(split_words(name)) != len(split_words(own)):
            continue
        if number >= _AGREEING:
            found[entity_id] = (name, number)
        elif pair := _find_odd_words(own, name):
            doubtful[entity_id] = pair, (name, number)
    places = _find_words(corpus, {word for pair, _ in doubtful.values() for word in pair})
    for entity_id, ((mine, theirs), (name, number)) in doubtful.items():
        own = simplify_name(corpus.registry.entities[entity_id].name)
        # The word that the name has alone stands nowhere else, and the cited one does.
        if not places.is_apart(mine, own, 1) and places.is_apart(theirs, name, _AGREEING):
            found[entity_id] = (name, number)
    return found


def _count_citations_by_name(corpus: Corpus) -> dict[str, Counter[str]]:
    """Return how often each id is cited by each name."""
    counts: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str]] = set()
    for reference in corpus.references:
        if reference.status is not Status.DEFINED or reference.written is None:
            continue
        # Pages repeat what cells say, and names that the generator knows.
        if corpus.rows and reference.document.sheet is None:
            continue
        text = (reference.target, _describe_context(reference))
        if text not in seen:
            seen.add(text)
            name = simplify_name(reference.written.raw)
            counts.setdefault(reference.target, Counter())[name] += 1
    return counts


def _is_underscored(corpus: Corpus, entity: Entity, cited: str) -> bool:
    """Tell whether a name alone of its kind has underscores where citations have spaces."""
    if "_" not in entity.name or "_" in cited:
        return False
    if fold_name(entity.name.replace("_", " ")) != fold_name(cited):
        return False
    underscored, every = _count_underscored(corpus)[entity.kind.key]
    return underscored == 1 < every


@derived
def _count_underscored(corpus: Corpus) -> dict[str, tuple[int, int]]:
    """Return how many names of each kind have underscores, and how many there are."""
    counts: dict[str, tuple[int, int]] = {}
    for entity in corpus.registry.entities.values():
        underscored, every = counts.get(entity.kind.key, (0, 0))
        counts[entity.kind.key] = underscored + ("_" in entity.name), every + 1
    return counts


def _find_odd_words(own: str, cited: str) -> tuple[str, str] | None:
    """Return the one word in which a name and a cited name of as many words differ, in each."""
    words = zip(split_words(own.casefold()), split_words(cited.casefold()), strict=True)
    different = [pair for pair in words if pair[0] != pair[1]]
    if len(different) != 1 or not all(word.isalpha() for word in different[0]):
        return None
    return different[0]


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where words stand in texts: found once for all of them, as there may be many of either."""

    of: dict[str, list[tuple[str, int]]]

    def is_apart(self, word: str, name: str, times: int) -> bool:
        """Tell whether a word stands so many times where the name that holds it does not."""
        name = name.casefold()
        inside = [match.start() for match in _WORD.finditer(name) if match[0] == word]
        apart = (
            not any(text.startswith(name, start - at) for at in inside if at <= start)
            for text, start in self.of.get(word, ())
        )
        return sum(islice(filter(None, apart), times)) == times


def _find_words(corpus: Corpus, words: Set[str]) -> _Places:
    """Return where some lower-case words stand in the texts of a corpus."""
    found: dict[str, list[tuple[str, int]]] = {}
    for document in corpus.checked_documents if words else ():
        text = document.source.text.casefold()
        if words.isdisjoint(_WORD.findall(text)):
            continue
        for match in _WORD.finditer(text):
            if match[0] in words:
                found.setdefault(match[0], []).append((text, match.start()))
    return _Places(found)


@derived
def _list_named(corpus: Corpus) -> dict[Role, list[Reference]]:
    """Return the references that a name is written to, by role."""
    found: dict[Role, list[Reference]] = {}
    for reference in corpus.references:
        if reference.written is not None:
            found.setdefault(reference.mention.role, []).append(reference)
    return found


def _find_named(corpus: Corpus, roles: frozenset[Role]) -> Iterator[tuple[Reference, Text]]:
    """Yield the references in some roles that a name is written to, and the names."""
    named = _list_named(corpus)
    for reference in chain.from_iterable(named.get(role, ()) for role in roles):
        if reference.written is not None:
            yield reference, reference.written


def _count_citations(number: int) -> str:
    return "a citation says" if number == 1 else f"{number} citations say"


def _is_name_meant(corpus: Corpus, reference: Reference, written: str, name: str) -> bool:
    """Tell whether a name is surely the entity's, in another wording: then the id is right."""
    if find_left_behind(corpus, reference) is not None:
        return False
    mine = {word.casefold() for word in split_words(written)}
    theirs = {word.casefold() for word in split_words(name)}
    if is_slip(written, name) or (len(mine) > 1 and (mine <= theirs or theirs <= mine)):
        return True
    # What the page is still called is what the entity was called before.
    page = corpus.page(reference.target)
    return page is not None and page.name is not None and is_slip(written, page.name)


def _list_choices(corpus: Corpus, reference: Reference, entity: Entity, written: str) -> str | None:
    """Return what may be meant by an id and a name that do not fit together, the likeliest first.

    None if one answer is left: the name is the entity's in other words, or a link or
    its place shows that the id is right.
    """
    if _is_id_witnessed(corpus, reference):
        return None
    near = find_nearest(corpus, written, entity)
    if near is not None:
        return (
            f"write “{near.id}: {near.name}” if that is meant, which it nearly says, "
            f"or “{entity.name}” if {entity.id} is"
        )
    if is_same_entity(corpus, written, entity):
        return None
    return (
        f"write “{entity.name}” if {entity.id} once had this name, "
        "otherwise the id of what is meant"
    )


def _describe_context(reference: Reference) -> str:
    """Return the words around a citation: where they are the same, one was copied.

    Rows of worksheets are written one by one, so each counts.
    """
    if reference.document.sheet is not None:
        return f"{reference.document.path} {reference.document.key}"
    mention, leaf = reference.mention, reference.mention.leaf
    raw, end = leaf.raw, (reference.written or mention.id).end - leaf.start
    return raw[max(0, mention.id.start - leaf.start - _BEFORE) : end + _AFTER]


def _write_as_defined(entity: Entity) -> str:
    """Return a name as its definition writes it, with the quotes and dashes that it has there."""
    name = entity.definition.name
    written = name.raw.strip() if name is not None else ""
    same = len(written) == len(entity.name) and simplify_name(written) == entity.name
    return written if same else entity.name


_SPACES = re.compile(r"[^\S\r\n]{2,}")


def _find_spaces(rule: Rule, corpus: Corpus, roles: frozenset[Role]) -> Iterator[Finding]:
    """Yield a finding for each name that is right but for its spaces: no search finds it."""
    for reference, written in _find_named(corpus, roles):
        if not reference.right:
            continue
        if reference.status is Status.DEFINED and _SPACES.search(written.raw):
            name = squeeze(written.raw)
            yield rule.at(
                reference.document,
                written,
                f"there is more than one space in this name; write “{name}”",
                subject=reference.target,
                wrong=written.raw,
                suggestion=name,
                severity=Severity.WARNING,
                repair=Repair.SAFE,
            )


_DASHES = "-\u2010\u2011\u2013\u2212"
_DASHES_BUT_HYPHEN = frozenset(_DASHES[1:])
_DASH_NAMES = {"\u2013": "an en dash", "\u2212": "a minus sign"}


def list_dashes(name: str) -> list[str]:
    """Return the hyphens of a name, and what is taken for one."""
    return [char for char in name if char in _DASHES]


def _find_dashes(rule: Rule, corpus: Corpus, roles: frozenset[Role]) -> Iterator[Finding]:
    """Yield a finding for each name that is right but for its hyphens: no search finds it."""
    for reference, written in _find_named(corpus, roles):
        if not reference.right or _DASHES_BUT_HYPHEN.isdisjoint(written.raw):
            continue
        dashes = list_dashes(written.raw)
        entity = corpus.entity(reference.target)
        if entity is None:
            continue
        names = [item.name.raw for item in entity.definitions if item.name]
        known = [list_dashes(name) for name in names]
        if not known or dashes in known or len(known[0]) != len(dashes):
            continue
        proper = iter(known[0])
        name = "".join(next(proper) if char in _DASHES else char for char in written.raw)
        odd = next(char for char, right in zip(dashes, known[0], strict=True) if char != right)
        yield rule.at(
            reference.document,
            written,
            f"{_DASH_NAMES.get(odd, 'another kind of hyphen')} is in this name where "
            f"{entity.id} has {'a hyphen' if '-' in known[0] else 'another'}; write “{name}”",
            subject=entity.id,
            wrong=written.raw,
            suggestion=name,
            severity=Severity.WARNING,
            repair=Repair.SAFE,
        )


# What stands between an id and its name where a colon and a space belong.
_ODD_GAP = re.compile(r"[ \t\u00a0]*(?:;|：|::|:;|;:)[ \t\u00a0]*|[ \t\u00a0]+:[ \t\u00a0]*|:")


def _find_colons(rule: Rule, corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each citation that is right but for the colon behind its id."""
    for reference, written in _find_named(corpus, frozenset({Role.PROSE})):
        mention = reference.mention
        if not reference.right:
            continue
        leaf = mention.leaf
        gap = leaf.raw[mention.id.end - leaf.start : written.start - leaf.start]
        if reference.status is not Status.DEFINED or not _ODD_GAP.fullmatch(gap):
            continue
        yield rule.at(
            reference.document,
            leaf.part(mention.id.start - leaf.start, written.end - leaf.start),
            f"a colon and one space belong between an id and its name, not “{gap}”; "
            f"write “{mention.id.raw}: {written.raw}”",
            subject=reference.target,
            wrong=gap,
            suggestion=f"{mention.id.raw}: {written.raw}",
            severity=Severity.WARNING,
            repair=Repair.SAFE,
        )


def _include_bracket(reference: Reference, written: Text, name: str) -> Text:
    """Return the place of a name, with the bracket behind it where that closes one that is lost.

    In `(T0086: Develop Images Deepfakes), as` it belongs to the name if all else is balanced.
    """
    leaf = reference.mention.leaf
    end = written.end - leaf.start
    raw = leaf.raw
    if not name.endswith(")") or written.raw.endswith(")") or raw[end : end + 1] != ")":
        return written
    missing = name.count("(") - written.raw.count("(")
    if missing != 1 or raw.count("(") >= raw.count(")"):
        return written
    return leaf.part(written.start - leaf.start, end + 1)


def find_mismatches(rule: Rule, corpus: Corpus, roles: frozenset[Role]) -> Iterator[Finding]:
    """Yield a finding for each reference in one of the roles whose written name is wrong."""
    yield from _find_spaces(rule, corpus, roles)
    yield from _find_dashes(rule, corpus, roles)
    if Role.PROSE in roles:
        yield from _find_colons(rule, corpus)
    suspects = _find_suspect_names(corpus)
    for reference, written in _find_named(corpus, roles):
        if reference.status is not Status.DEFINED or reference.right:
            continue
        entity = corpus.entity(reference.target)
        if entity is None or not entity.name:
            continue
        if _is_wrong_id(corpus, reference) or is_no_name(entity.name):
            continue
        if simplify_name(written.raw) == simplify_name(entity.name):
            # Something that nobody sees stands in it: T503 says so.
            continue
        if entity.id in suspects and simplify_name(written.raw) == suspects[entity.id][0]:
            # The one name is wrong, and not the many citations.
            continue
        row = reference.mention.row
        if row is not None and row.broken and "|" in written.raw.replace("\\|", ""):
            # The pipe that breaks the row stands in this name: S106 says so.
            continue
        advice = _advise(corpus, reference, entity, written)
        definition = entity.definition
        finding = rule.at(
            reference.document,
            advice.place,
            advice.message,
            subject=entity.id,
            wrong=written.raw,
            suggestion=advice.suggestion,
            repair=Repair.SAFE
            if advice.place.start == written.start
            and _is_name_meant(corpus, reference, written.raw, entity.name)
            else Repair.UNSAFE,
            root=advice.root,
            related=[relate(definition.name or definition.id, f"{entity.id} is defined here")],
        )
        yield replace(finding, fix=_extend_fix(finding.fix, advice))


def _extend_fix(fix: Fix | None, advice: _Advice) -> Fix | None:
    """Return a fix that writes the suggestion in the other places as well."""
    if fix is None or advice.others is None or advice.suggestion is None:
        return None
    edits = (Edit(place.location, advice.suggestion) for place in advice.others)
    return Fix(fix.repair, (*fix.edits, *edits))


@dataclass(frozen=True, slots=True)
class _Advice:
    """What to say of a wrong name, where, and what to write there where one answer is left.

    It is written in `others` as well; None if more than this has to change with it.
    """

    place: Text
    message: str
    suggestion: str | None
    root: Root | None
    others: tuple[Text, ...] | None = ()


def _advise(corpus: Corpus, reference: Reference, entity: Entity, written: Text) -> _Advice:
    named = corpus.entity(reference.named or "")
    root = find_left_behind(corpus, reference)
    if reference.exactly and named is not None and named.id != entity.id:
        return _advise_of_other(corpus, reference, entity, named, root)
    how = describe_difference(written.raw, entity.name)
    message = f"{entity.id} is called “{entity.name}” ({how})"
    choice = _list_choices(corpus, reference, entity, simplify_name(written.raw))
    key = f"{entity.id} called {fold_name(written.raw)}"
    title = f"{entity.id} is called “{entity.name}”, not “{shorten(squeeze(written.raw), 80)}”"
    if choice is None:
        name = _write_as_defined(entity)
        if _is_behind(reference, entity, written):
            message += ": the workbook says so already, so regenerate this page"
            root = STALE
        root = root or find_said_there(corpus, reference)
        root = root or Root(key, title, f"write “{name}”", by_place=False, shared=True)
        return _Advice(_include_bracket(reference, written, name), message, name, root)
    # Several answers are left, and each falsifies the data where it is the wrong one.
    message += f": {choice}"
    root = root or find_said_there(corpus, reference)
    root = root or Root(key, title, choice, by_place=False, harm=Harm.ASTRAY)
    return _Advice(written, message, None, root)


def _is_behind(reference: Reference, entity: Entity, written: Text) -> bool:
    """Tell whether a link has the name that the entity's page still has, and its row no more."""
    page = entity.page.heading if entity.page is not None else None
    if reference.mention.role is not Role.LINK or entity.master is None:
        return False
    return (
        page is not None
        and page.name is not None
        and simplify_name(page.name.raw) == simplify_name(written.raw) != simplify_name(entity.name)
    )


def _advise_of_other(
    corpus: Corpus, reference: Reference, entity: Entity, other: Entity, root: Root | None
) -> _Advice:
    """Say what to write where the name is exactly another entity's."""
    assert reference.written is not None
    message = (
        f"“{other.name}” is {other.id}; this says {entity.id}, which is called “{entity.name}”"
    )
    if _is_id_witnessed(corpus, reference):
        return _Advice(reference.written, message, _write_as_defined(entity), root)
    # What people write is the name; the id is what they mistype.
    message += f". Write {other.id}, if the name is what was meant"
    message += _describe_listed(corpus, reference)
    action = f"write {other.id} instead of {entity.id}, if “{other.name}” is meant"
    key = f"{entity.id} for {other.id}"
    root = root or Root(key, message, action, by_place=False, harm=Harm.ASTRAY)
    others = _list_other_places(corpus, reference, other)
    return _Advice(reference.mention.id, message, other.id, root, others)
