"""Which published artefacts a corpus has, and reading them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.artefacts.idlist import is_id_list, read_id_list
from disarm_lint.artefacts.model import Artefact, ArtefactKind, Problem
from disarm_lint.artefacts.stix import read_bundle
from disarm_lint.reading.decode import is_binary, source_of
from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from disarm_lint.artefacts.stix import Bundle
    from disarm_lint.model.text import PageSource
    from disarm_lint.reading.tree import Tree

# Bytes. The bundle of DISARM 1.6 has 0.9 MB.
SIZE_LIMIT = 32_000_000
SUFFIXES = (".csv", ".json")

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
# A file for each object, or a folder with a file for each of its versions.
_OBJECT = re.compile(rf"(?:.*/)?(?P<id>[a-z0-9-]{{1,64}}--{_UUID})(?:\.json|/[0-9TZ.:_-]+\.json)")
_BUNDLE = re.compile(r'"type"\s{0,8}:\s{0,8}"bundle"')
_HEAD = 2000


def read_artefacts(
    tree: Tree,
    folder: str | None,
    *,
    excluded: Callable[[str], bool] = lambda _: False,
    limit: int = SIZE_LIMIT,
) -> tuple[tuple[Artefact, ...], tuple[Unreadable, ...]]:
    """Read the artefacts below a folder of a tree, sorted by path, and what cannot be read.

    `folder` is what the profile calls `files`; without one, or where the tree
    has none, there are no artefacts. `excluded` tells which paths to leave out,
    `limit` how many bytes a file may have. Files of a single STIX object are
    not read.
    """
    if not folder or tree.names(folder) is None:
        return (), ()
    found: list[Artefact] = []
    unreadable: list[Unreadable] = []
    for item in tree.walk(folder):
        path = item.path if isinstance(item, Unreadable) else item
        if excluded(path):
            continue
        if isinstance(item, Unreadable):
            unreadable.append(item)
            continue
        if not path.lower().endswith(SUFFIXES):
            continue
        single = _OBJECT.fullmatch(path)
        if single is not None:
            found.append(Artefact(path, ArtefactKind.OBJECT, object_id=single["id"]))
            continue
        try:
            data = tree.read(path, limit)
        except Unreadable as problem:
            unreadable.append(problem)
            continue
        if is_binary(data):
            unreadable.append(Unreadable(path, "it is binary, not text"))
            continue
        artefact = read_artefact(path, source_of(path, data))
        if artefact is not None:
            found.append(artefact)
    return tuple(found), tuple(unreadable)


def read_artefact(path: str, source: PageSource) -> Artefact | None:
    """Return the artefact that a file is; None for a suffix that none of them has."""
    lower = path.lower()
    if lower.endswith(".csv"):
        if not is_id_list(source):
            return Artefact(path, ArtefactKind.OTHER, source)
        damage = _not_utf8(source)
        ids = damage or read_id_list(source)
        if isinstance(ids, Problem):
            return Artefact(path, ArtefactKind.ID_LIST, source, problems=(ids,))
        return Artefact(path, ArtefactKind.ID_LIST, source, ids=ids)
    if lower.endswith(".json"):
        # An invalid bundle need not say what it is: then its name has to.
        if not _BUNDLE.search(source.text[:_HEAD]) and "stix" not in lower:
            return Artefact(path, ArtefactKind.OTHER, source)
        damage = _not_utf8(source)
        if damage is not None:
            return Artefact(path, ArtefactKind.BUNDLE, source, problems=(damage,))
        bundle, problems = read_bundle(source)
        if bundle is not None and not _is_bundle(bundle):
            return Artefact(path, ArtefactKind.OTHER, source)
        return Artefact(path, ArtefactKind.BUNDLE, source, bundle=bundle, problems=problems)
    return None


def _is_bundle(bundle: Bundle) -> bool:
    value = bundle.json.value
    return value.get("type") == "bundle" or isinstance(value.get("objects"), list)


def _not_utf8(source: PageSource) -> Problem | None:
    if not source.invalid:
        return None
    offset, byte = source.invalid[0]
    where = source.locate(offset, offset + 1)
    return Problem(where, f"it is not UTF-8: the byte 0x{byte:02X} stands here")
