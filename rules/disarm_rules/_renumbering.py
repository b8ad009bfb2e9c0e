"""What a renumbering or a renaming left behind: columns that still speak of an earlier release."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import fold_name
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Root
from disarm_lint.ruleset import derived

if TYPE_CHECKING:
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document

# A column, or the same place on the pages of a kind, is behind where so many distinct ids in it,
# and so large a share of its references, do not fit: single slips are rarer.
_FEWEST_IDS, _SHARE = 8, 0.2
# Of a kind with few members fewer do, where most of them, or of the ids there, do not fit.
_FEW_IDS, _MOST = 5, 0.5
_Column = tuple[str, str, str]


def find_left_behind(corpus: Corpus, reference: Reference) -> Root | None:
    """Return the root cause of a reference that an earlier release got right, else None."""
    return _LEFT_BEHIND if _find_column(reference) in _list_left_behind(corpus) else None


def find_said_there(corpus: Corpus, reference: Reference) -> Root | None:
    """Return the root cause of an id with a name that a column which was left behind has too."""
    return _LEFT_BEHIND if _say(reference) in _list_said(corpus) else None


_LEFT_BEHIND = Root(
    "left behind",
    "ids and names from before a renumbering or renaming are still in {places}",
    "update {column} to the current ids and names; `disarm-lint diff` of two "
    "releases shows what became of each id",
    by_place=False,
    shared=True,
    harm=Harm.ASTRAY,
)


def _say(reference: Reference) -> tuple[str, str]:
    return reference.target, fold_name(reference.written.raw) if reference.written else ""


@derived
def _list_said(corpus: Corpus) -> frozenset[tuple[str, str]]:
    columns = _list_left_behind(corpus)
    return frozenset(
        _say(reference)
        for reference in corpus.references
        if reference.written is not None
        and not reference.right
        and _find_column(reference) in columns
    )


def _find_column(reference: Reference) -> _Column:
    document, place = reference.document, reference.mention.place
    if document.type is PageType.ROW:
        return document.path, document.sheet.name if document.sheet else "", place
    return _find_folder(document), document.type.name, place or reference.mention.role.name


def _find_folder(document: Document) -> str:
    return document.path.rpartition("/")[0]


@derived
def _list_left_behind(corpus: Corpus) -> frozenset[_Column]:
    total: dict[_Column, int] = defaultdict(int)
    astray: dict[_Column, int] = defaultdict(int)
    every: dict[_Column, set[str]] = defaultdict(set)
    ids: dict[_Column, set[str]] = defaultdict(set)
    for reference in corpus.references:
        column = _find_column(reference)
        if reference.status in (Status.DEFINED, Status.UNKNOWN, Status.RETIRED):
            total[column] += 1
            every[column].add(reference.target)
        unknown = reference.status in (Status.UNKNOWN, Status.RETIRED)
        misnamed = reference.status is Status.DEFINED and reference.written and not reference.right
        if unknown or misnamed:
            astray[column] += 1
            ids[column].add(reference.target)
    return frozenset(
        column
        for column, found in ids.items()
        if (len(found) >= _FEWEST_IDS and astray[column] >= _SHARE * total[column])
        or (len(found) >= _FEW_IDS and astray[column] >= _MOST * total[column])
        or (len(found) >= _FEW_IDS and len(found) >= _MOST * len(every[column]))
    )
