"""What the rules on ids share: what was probably meant by an id that is not there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.citations import find_listed_name
from disarm_lint.corpus.names import is_slip
from disarm_lint.corpus.reference import Status
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import Role
from disarm_lint.model.ids import is_sub
from disarm_lint.model.text import Regions
from disarm_lint.ruleset import derived
from disarm_rules._conflicts import find_conflicts, may_conflict, widen_conflict
from disarm_rules._renumbering import find_left_behind
from disarm_rules._structure import add_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class IdHint:
    """What was probably meant: `text` for the message, `id` to write where it is sure."""

    text: str
    id: str | None


def find_by_name(corpus: Corpus, reference: Reference) -> Entity | None:
    """Return the entity whose name the text gives to the id."""
    return corpus.entity(reference.named) if reference.named else None


def find_meant(corpus: Corpus, reference: Reference, target: str) -> str | None:
    """Return the id that a malformed one is meant to be, if there is one; `target` goes first."""
    if corpus.entity(target) or corpus.retired(target):
        return target
    named = find_by_name(corpus, reference) if reference.exactly else None
    return named.id if named else None


def read_field_id(corpus: Corpus, value: Text, kind: str) -> tuple[Text, Entity] | None:
    """Return what stands for an id in a field, where the name behind it is that of an entity."""
    first, _, rest = value.raw.partition(" ")
    named = corpus.names(kind).find_id(rest.strip(" :-–—"))
    entity = corpus.entity(named) if named and any(map(str.isnumeric, first)) else None
    return (value.part(0, len(first)), entity) if entity is not None else None


_WORD = re.compile(r"[A-Za-z]+[0-9]+(?:\.[0-9]+)?")


def is_row_damaged(corpus: Corpus, page: Document, table: str, entity_id: str) -> bool:
    """Tell whether a row of a table was to refer to an entity and does not.

    What is wrong with the row, R201, R202, L308 or T506 says.
    """
    return (page.path, table, entity_id) in _find_damaged(corpus)


@derived
def _find_damaged(corpus: Corpus) -> frozenset[tuple[str, str, str]]:
    """Return the ids that rows were to refer to, with page and table."""
    read: set[tuple[Document, int]] = set()
    found: set[tuple[str, str, str]] = set()
    for reference in corpus.references:
        mention, page = reference.mention, reference.document
        if mention.member and mention.row is not None:
            first = mention.row.cells[0].text
            # An id in the midst of a text is none of the row's: the cells are swapped.
            if not any(map(str.isalpha, first.raw[: max(mention.id.start - first.start, 0)])):
                read.add((page, mention.row.text.start))
            if reference.status is Status.UNKNOWN and reference.named and reference.exactly:
                found.add((page.path, mention.place, reference.named))
    for page in corpus.live_pages:
        for table in page.tables:
            for row in table.rows:
                if row.cells and (page, row.text.start) not in read:
                    words = _WORD.findall(row.text.raw)
                    found.update((page.path, table.key, word) for word in words)
        words = [word for text in _list_lost_rows(page) for word in _WORD.findall(text)]
        found.update((page.path, table.key, word) for word in words for table in page.tables)
    return frozenset(found)


# A row of a table, whatever keeps it from being read as one.
_ROW_LINE = re.compile(
    r"^[ \t>]*+(?:[*+-][ \t]++)?(?:<!--[ \t]*+)?(\|?[ \t]*+\[[^|\n]*?)\.md\)", re.MULTILINE
)


def _list_lost_rows(page: Document) -> Iterator[str]:
    """Yield what a merge conflict damages, and the rows that stand outside of all tables."""
    text = page.source.text
    for start, _, end in find_conflicts(text) if may_conflict(text) else ():
        start, end = widen_conflict(text, start, end)
        yield text[start:end]
    end = page.notes_start if page.notes_start is not None else len(text)
    tables = Regions([(table.text.start, table.text.end) for table in page.tables if table.key])
    for match in _ROW_LINE.finditer(text, 0, end):
        if not tables.overlap(match.span(1)):
            yield match[1]


def has_same_number(written: str, meant: str) -> bool:
    """Tell whether two ids have the same digits: then only the form differs."""
    return [c for c in written if c.isdecimal()] == [c for c in meant if c.isdecimal()]


def explain_unknown(corpus: Corpus, reference: Reference) -> IdHint:
    """Say what a reference to an id that nothing defines was probably meant for.

    A name written beside it is the better witness: people look names up and
    mistype numbers.
    """
    named = find_by_name(corpus, reference)
    written = reference.written.raw if reference.written is not None else None
    if named is not None and written is not None:
        if reference.exactly:
            return IdHint(f"“{named.name}” is {named.id}: the id is probably wrong", named.id)
        if is_slip(written, named.name):
            return IdHint(f"“{written}” is nearly {named.id} “{named.name}”", None)
    if find_left_behind(corpus, reference) is not None:
        # Another release numbered differently: what is near by number is something else.
        return IdHint("", None)
    near = find_closest_id(corpus, reference.target)
    written = written or _read_listed_name(reference)
    if near is None or (written is not None and not is_slip(written, near.name)):
        return IdHint("", None)
    name = f" “{near.name}”" if near.name else ""
    return IdHint(f"one slip away is {near.id}{name}", None)


def _read_listed_name(reference: Reference) -> str | None:
    """Return what a list of citations in brackets calls an id that does not exist."""
    mention = reference.mention
    raw, end = mention.leaf.raw, mention.id.end - mention.leaf.start
    if mention.role is not Role.PROSE or raw[end : end + 1] != ":":
        return None
    start = end + 1 + len(raw[end + 1 :]) - len(raw[end + 1 :].lstrip())
    stop = find_listed_name(raw, mention.id.start - mention.leaf.start, start)
    return raw[start:stop] if stop is not None else None


def is_one_slip_away(one: str, other: str) -> bool:
    """Tell whether one key too many, too few or in the wrong order makes one id of the other."""
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=1) <= 1


def find_closest_id(corpus: Corpus, target: str) -> Entity | None:
    """Return the entity whose id is one slip away from `target`, if there is just one."""
    kind = find_kind(target, corpus.profile)
    near = [
        entity
        for entity in filter(None, map(corpus.entity, corpus.list_near_ids(target)))
        if kind is not None
        and entity.kind.key == kind.key
        and is_sub(entity.id) == is_sub(target)
        and is_one_slip_away(entity.id, target)
    ]
    return near[0] if len(near) == 1 else None


def explain_wrong_kind(corpus: Corpus, reference: Reference) -> str | None:
    """Return a message where a place that holds ids of one kind holds one of another."""
    entity = corpus.entity(reference.target)
    expected = reference.mention.refers_to
    if entity is None or expected is None or entity.kind.key == expected:
        return None
    if reference.status is Status.MALFORMED:
        return None
    kind = corpus.profile.kind(expected)
    title = kind.title if kind else expected
    return f"{entity.id} “{entity.name}” is {add_article(entity.kind.title)}; {add_article(title)} belongs here"


def choose_target(reference: Reference) -> str:
    """Return the id that a reference stands for: name and link together outvote the written id."""
    link = reference.mention.link
    if link is not None and reference.exactly and reference.named is not None:
        file = link.href.partition("#")[0].rpartition("/")[2]
        if file == f"{reference.named}.md":
            return reference.named
    return reference.target


def list_possible_ids(corpus: Corpus, reference: Reference) -> set[str]:
    """Return the ids that a reference may stand for: its own, and the one whose name it gives."""
    if reference.status in (Status.SILENT, Status.FOREIGN):
        return set()
    ids = {reference.target}
    if reference.named and reference.exactly:
        ids.add(reference.named)
    gone = corpus.retired(reference.target)
    if gone is not None and gone.successor:
        ids.add(gone.successor)
    return ids
