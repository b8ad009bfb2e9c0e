"""A published artefact as the rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.artefacts.idlist import IdList
    from disarm_lint.artefacts.stix import Bundle
    from disarm_lint.model.text import Location, PageSource


class ArtefactKind(StrEnum):
    """What a file is taken for.

    A `stix-object` is a file that holds one object and is called after its
    STIX id; it is not read, because its name says all that is asked of it.
    """

    ID_LIST = "id-list"
    BUNDLE = "stix-bundle"
    OBJECT = "stix-object"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a file, or a part of one, from being compared: where, and why, as a clause."""

    location: Location
    reason: str
    pointer: str | None = None


@dataclass(frozen=True, eq=False)
class Artefact:
    """One file; there is one object for each, compared by identity.

    `path` is relative to the corpus root, with forward slashes. `source` is
    None for a file that was not read. `ids` or `bundle` is there where the
    file is of that kind and could be parsed. `object_id` is the STIX id in
    the name of a `stix-object`.
    """

    path: str
    kind: ArtefactKind
    source: PageSource | None = None
    ids: IdList | None = None
    bundle: Bundle | None = None
    object_id: str | None = None
    problems: tuple[Problem, ...] = ()
