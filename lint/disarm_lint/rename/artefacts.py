"""What published JSON files say of an entity: STIX bundles, and files of one object."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from disarm_lint.corpus.names import is_same_name
from disarm_lint.model.text import Text
from disarm_lint.parse.artefacts import SIZE_LIMIT, ArtefactKind
from disarm_lint.parse.json_text import InvalidJson, JsonText
from disarm_lint.rename.places import TouchedPlace, TouchedRole
from disarm_lint.sources.decoding import decode_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.text import PageSource
    from disarm_lint.parse.json_text import Path

_NO_LETTERS = re.compile(r"[\W_]+")
_SHORT_NAMES = ("x_mitre_shortname", "phase_name")


def list_artefact_places(
    corpus: Corpus,
    entity: Entity,
    name: str,
    read: Callable[[str], bytes],
    cite: Callable[[str], Iterator[tuple[int, int]]],
) -> Iterator[TouchedPlace]:
    """Yield what published JSON files say of an entity's name.

    `cite` gives the places in a text at which the name stands behind the id;
    `read` returns the bytes of a file.
    """
    slugs = {make_short_name(entity.name): make_short_name(name)}
    for source, text in list_json_texts(corpus, read):
        if entity.id not in source.text:
            continue
        own = _find_objects(corpus, text.value, entity.id)
        paths = [(*path, "name") for path, item in own if _has_name(item, entity.name)]
        places = [(path, 0, len(_value(text, path)), name) for path in paths]
        short = any(item.get("x_mitre_shortname") in slugs for _, item in own)
        for path, value in list_strings(text.value):
            if short and path[-1] in _SHORT_NAMES and value in slugs:
                places.append((path, 0, len(value), slugs[value]))
            elif entity.id in value and path not in paths:
                places += [(path, start, end, name) for start, end in cite(value)]
        for path, start, end, new in places:
            first, last = text.words_span(path, start, end)
            yield TouchedPlace(
                TouchedRole.ARTEFACT, Text(source, first, last), escape_json(new, source)
            )


def list_json_texts(
    corpus: Corpus, read: Callable[[str], bytes]
) -> Iterator[tuple[PageSource, JsonText]]:
    """Yield the published JSON files that can be read; `read` returns the bytes of one."""
    for artefact in corpus.artefacts:
        source = artefact.source
        if artefact.kind is ArtefactKind.OBJECT:
            source = decode_source(artefact.path, read(artefact.path)[:SIZE_LIMIT])
        if source is None or source.invalid or not artefact.path.lower().endswith(".json"):
            continue
        if artefact.bundle is not None:
            yield source, artefact.bundle.json
            continue
        try:
            text = JsonText(source.text)
        except InvalidJson:
            continue
        yield source, text


def list_strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the strings of a JSON value, each with its path; keys are none of them."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if path:
                yield path, value
        elif isinstance(value, dict):
            waiting += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, number), item) for number, item in enumerate(value)]


def _find_objects(corpus: Corpus, value: Any, entity_id: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the objects of a bundle, or the one of a file, that stand for an entity."""
    items = value.get("objects") if isinstance(value, dict) else None
    if isinstance(items, list):
        objects: list[tuple[Path, Any]] = [(("objects", n), item) for n, item in enumerate(items)]
    else:
        objects = [((), value)]
    return [
        (path, item)
        for path, item in objects
        if isinstance(item, dict) and _stands_for(corpus, item, entity_id)
    ]


def _stands_for(corpus: Corpus, item: dict[str, Any], entity_id: str) -> bool:
    references = item.get("external_references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("external_id") == entity_id:
            url = reference.get("url")
            others = [other.url for other in corpus.profile.foreign if other.url]
            return not (isinstance(url, str) and url.startswith(tuple(others)))
    return False


def _has_name(item: dict[str, Any], name: str) -> bool:
    return isinstance(item.get("name"), str) and is_same_name(item["name"], name)


def _value(text: JsonText, path: Path) -> str:
    value: Any = text.value
    for part in path:
        value = value[part]
    return str(value)


def make_short_name(name: str) -> str:
    """Return the short name that a STIX bundle gives to a tactic: `plan-strategy`."""
    return _NO_LETTERS.sub("-", name.casefold()).strip("-")


def escape_json(text: str, source: PageSource) -> str:
    """Return a text as it stands in a JSON string, its letters escaped where the file does so."""
    return json.dumps(text, ensure_ascii=source.text.isascii())[1:-1]
