"""Giving an entity another id: every place that has the old one, its sub-entities, the record.

The configuration records that an id is retired; all else in that file stays as it is.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from disarm_lint.model.document import PageType, Role
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.model.profile import Format
from disarm_lint.model.text import PageSource, Regions, Text
from disarm_lint.rename.places import (
    TouchedPlace,
    TouchedRole,
    find_role,
    list_anchor_places,
    list_cells,
    list_json_texts,
    list_references,
    list_strings,
    sort_places,
)
from disarm_lint.sources.decoding import decode_source, splice
from disarm_lint.sources.filesystem import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity


_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]|]+")


@dataclass(frozen=True)
class NumberPlan:
    """What giving an id to an entity touches.

    `ids` are the old ids with the new ones, the entity's own first; `moves` the paths of
    pages that get another name, with the new paths. `others` are texts that say an old id
    and stay as they are: a person must look at them. `cited` are texts that say a new id
    already, though nothing has it yet.
    """

    entity: Entity
    ids: Mapping[str, str]
    places: tuple[TouchedPlace, ...]
    moves: Mapping[str, str]
    others: tuple[Text, ...]
    cited: tuple[Text, ...]

    @property
    def title(self) -> str:
        """What becomes what, as a clause."""
        first, *more = self.ids.items()
        below = f", and {len(more)} below it with it" if more else ""
        return f"{first[0]} “{self.entity.name}” becomes {first[1]}{below}"

    @property
    def left(self) -> str:
        """What the other texts say."""
        return "an id that leads elsewhere or nowhere"

    def translate(self, text: str) -> str:
        """Return a text with the new ids."""
        return IdTokens(self.ids).replace(text)


class IdTokens:
    """The old ids with the new ones, to be found in any text."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self.ids = ids
        words = "|".join(re.escape(word) for word in sorted(ids, key=len, reverse=True))
        # A further part makes it another id: that of a sub-entity which does not exist.
        self._pattern = re.compile(rf"(?<![\w\\=@])({words})(\.[0-9]+)?(?!\w)")

    def find(self, text: str) -> Iterator[tuple[int, int, str, bool]]:
        """Yield where an old id stands, the new one, and whether it is one of ours.

        In a web address it is where it is the name of a page. Not ours is an id that
        would be below an old one, and does not exist.
        """
        found = list(self._pattern.finditer(text))
        addresses = Regions([match.span() for match in _ADDRESS.finditer(text)] if found else [])
        for match in found:
            start, end = match.span()
            page = text[start - 1 : start] == "/" and text.startswith(".md", end)
            own = match[2] is None and (page or not addresses.overlap((start, end)))
            yield start, end, self.ids[match[1]], own

    def replace(self, text: str) -> str:
        """Return a text with the new ids."""
        return splice(text, [(start, end, new) for start, end, new, own in self.find(text) if own])


def number_family(corpus: Corpus, entity: Entity, new: str) -> dict[str, str]:
    """Return the old ids of an entity and its sub-entities, with the new ones."""
    ids = {entity.id: new}
    if not is_sub(entity.id):
        for other in sorted(corpus.registry.entities):
            if is_sub(other) and find_stem(other) == entity.id:
                ids[other] = new + other[len(entity.id) :]
    return ids


def plan_number(
    corpus: Corpus, entity: Entity, new: str, read: Callable[[str], bytes]
) -> NumberPlan:
    """Return what giving an id to an entity touches; `read` returns the bytes of a file.

    Raises BadWorkbookError for a workbook that cannot be read.
    """
    ids = number_family(corpus, entity, new)
    planner = _NumberPlanner(corpus, IdTokens(ids))
    for document in corpus.all_documents:
        planner.add_document(document)
    for text in list_cells(corpus):
        planner.add_cell(text)
    for source, json_text in list_json_texts(corpus, read):
        for path, value in list_strings(json_text.value):
            planner.add_string(source, value, partial(json_text.words_span, path))
    for source in _list_lists(corpus, read):
        planner.add_text(Text(source, 0, len(source.text)), TouchedRole.ARTEFACT)
    wanted = set(ids.values())
    return NumberPlan(
        entity=entity,
        ids=ids,
        places=sort_places(planner.places),
        moves=planner.moves,
        others=tuple(planner.others),
        cited=tuple(r.mention.id for r in corpus.references if r.target in wanted),
    )


class _NumberPlanner:
    """Collects the places that say some ids."""

    def __init__(self, corpus: Corpus, tokens: IdTokens) -> None:
        self._corpus = corpus
        self._tokens = tokens
        self._counters = dict(_list_counters(corpus))
        pages = [page for i in tokens.ids if (page := corpus.page(i)) is not None]
        self.places = list(list_anchor_places(corpus, pages, tokens.replace))
        self.moves: dict[str, str] = {}
        self.others: list[Text] = []

    def add_text(
        self, text: Text, role: TouchedRole, roles: Mapping[int, TouchedRole] | None = None
    ) -> None:
        """Take a text in which all ids stand in one role, but for those that `roles` knows."""
        for start, end, new, own in self._tokens.find(text.raw):
            here = text.part(start, end)
            if own:
                found = roles.get(here.start, role) if roles else role
                self.places.append(TouchedPlace(found, here, new, derived=True))
            else:
                self.others.append(here)

    def add_cell(self, text: Text) -> None:
        """Take a cell; of one that tells the next free id only what follows from the new ones."""
        prefix = self._counters.get(_locate_cell(text))
        if prefix is None:
            self.add_text(text, TouchedRole.CELL)
            return
        written = text.raw.strip()
        digits = written.removeprefix(prefix)
        numbers = [
            int(number)
            for new in self._tokens.ids.values()
            if (number := find_stem(new).removeprefix(prefix)).isdecimal()
            and len(number) == len(digits)
        ]
        # A number that was behind before is another matter.
        if (
            digits.isdecimal()
            and numbers
            and max(numbers) >= int(digits) > self._find_highest(prefix)
        ):
            following = f"{written[: -len(digits)]}{max(numbers) + 1:0{len(digits)}}"
            self.places.append(TouchedPlace(TouchedRole.CELL, text.strip(), following))

    def _find_highest(self, prefix: str) -> int:
        numbers = (find_stem(i).removeprefix(prefix) for i in self._corpus.registry.entities)
        return max((int(n) for n in numbers if n.isascii() and n.isdecimal()), default=0)

    def add_string(
        self, source: PageSource, value: str, span: Callable[[int, int], tuple[int, int]]
    ) -> None:
        """Take a string of a JSON file; `span` tells where a part of it stands in the file."""
        for start, end, new, own in self._tokens.find(value):
            here = Text(source, *span(start, end))
            if own:
                self.places.append(TouchedPlace(TouchedRole.ARTEFACT, here, new))
            else:
                self.others.append(here)

    def add_document(self, document: Document) -> None:
        """Take what a page says, and of a page or a row the ids with a slip in them."""
        if isinstance(document.source, PageSource):
            whole = Text(document.source, 0, len(document.source.text))
            usual = find_role(document, Role.PROSE)
            self.add_text(whole, usual, self._list_roles(document))
            if document.type is PageType.ENTITY and document.stem in self._tokens.ids:
                folder = document.path.removesuffix(f"{document.stem}.md")
                self.moves[document.path] = f"{folder}{self._tokens.ids[document.stem]}.md"
        for reference in list_references(self._corpus, document):
            new = self._tokens.ids.get(reference.target)
            written = reference.mention.id
            # Two ids without anything between them, or an id with a slip in it.
            if new is not None and (
                written.raw == reference.target or not any(self._tokens.find(written.raw))
            ):
                self.places.append(
                    TouchedPlace(find_role(document, reference.mention.role), written, new)
                )

    @staticmethod
    def _list_roles(document: Document) -> dict[int, TouchedRole]:
        """Return the roles of what stands at some offsets of a page."""
        if document.index is not None:
            return {}
        roles = {m.id.start: find_role(document, m.role) for m in document.mentions}
        for link in document.links:
            roles.update(dict.fromkeys(range(link.text.start, link.text.end), TouchedRole.LINK))
        if document.heading is not None:
            text = document.heading.text
            roles.update(dict.fromkeys(range(text.start, text.end), TouchedRole.HEADING))
        return roles


def _list_counters(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield the cells that tell the next free id, with the letters of the ids that they count."""
    for document in corpus.rows:
        fields = {field.spec.format: field for field in document.fields if field.spec}
        prefix, counter = fields.get(Format.PREFIX), fields.get(Format.NEXT)
        if prefix is not None and counter is not None and prefix.value and counter.value:
            yield _locate_cell(counter.text), prefix.value.raw


def _locate_cell(text: Text) -> str:
    location = text.location
    return f"{location.path}!{location.cell.address if location.cell else ''}"


def _list_lists(corpus: Corpus, read: Callable[[str], bytes]) -> Iterator[PageSource]:
    """Yield the CSV files: id lists, and those beside the workbooks."""
    paths = {artefact.path for artefact in corpus.artefacts}
    for folder in {workbook.path.rpartition("/")[0] for workbook in corpus.workbooks}:
        paths |= {f"{folder}/{name}".lstrip("/") for name in corpus.tree.names(folder) or ()}
    for path in sorted(paths):
        if path.lower().endswith(".csv"):
            try:
                data = read(path)
            except Unreadable:
                # A folder, say.
                continue
            yield decode_source(path, data)


_SECTION = "retired"
# A comment, behind what is no string in quotes.
_COMMENT = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'#\s]|(?<=\S)#|\s(?!\s*#))*""")


class UneditableConfig(Exception):  # noqa: N818 - a fact about a file, which a message reports
    """A configuration file in which nothing can be recorded; the message says why, as a clause."""


def record_retired(text: str, ids: Mapping[str, str], rewrite: Callable[[str], str]) -> str:
    """Return a configuration in YAML that says of old ids which new ones took their place.

    Whatever else it says of the old ids, as accepted names or as successors, it says of
    the new ones: `rewrite` returns a text with the new ids. Where a new id is retired
    there in favour of the old one, the rename takes one back, and that entry goes. All
    other lines and all comments stay. Raises UneditableConfig.
    """
    before = _load(text) or {}
    back = [new for old, new in ids.items() if (before.get(_SECTION) or {}).get(new) == old]
    for entry in back:
        text = _remove_entry(text, entry)
    text = _rewrite_values(text, rewrite)
    added = {old: new for old, new in ids.items() if new not in back}
    if added:
        text = _add_entries(text, added)
    wanted = _rewrite(_drop_retired(before, back), rewrite)
    if added:
        wanted.setdefault(_SECTION, {}).update(added)
    after = _load(text)
    if after is None or _drop_retired(after, ()) != wanted:
        raise UneditableConfig("nothing can be added safely to the form in which it is written")
    return text


def _load(text: str) -> dict[str, Any] | None:
    """Return settings, empty ones for a file without any; None for a text that is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
    return found if isinstance(found, dict) else {}


def _drop_retired(data: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return settings without some retired ids, and without a section that is empty then."""
    section = {key: value for key, value in (data.get(_SECTION) or {}).items() if key not in keys}
    rest = {key: value for key, value in data.items() if key != _SECTION}
    return {**rest, _SECTION: section} if section else rest


def _rewrite(value: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, dict):
        return {_rewrite(k, rewrite): _rewrite(v, rewrite) for k, v in value.items()}
    if isinstance(value, list):
        return [_rewrite(item, rewrite) for item in value]
    return value


def _rewrite_values(text: str, rewrite: Callable[[str], str]) -> str:
    """Return YAML with new ids in its values and keys, its comments as they are."""
    lines = []
    for line in text.splitlines(keepends=True):
        match = _COMMENT.match(line)
        end = match.end() if match else len(line)
        lines.append(rewrite(line[:end]) + line[end:])
    return "".join(lines)


def _read_section(text: str) -> Any:
    """Return the retired ids with their places; None if they do not stand on lines."""
    from ruamel.yaml import YAML

    data = YAML().load(text)
    section = data.get(_SECTION)
    return None if not section or section.fa.flow_style() or data.fa.flow_style() else section


def _remove_entry(text: str, key: str) -> str:
    section = _read_section(text)
    lines = text.splitlines(keepends=True)
    number = section.lc.key(key)[0] if section is not None else -1
    if section is None or not lines[number].lstrip(" \"'").startswith(key):
        return _write_yaml(text, lambda found: found.pop(key))
    del lines[number]
    if len(section) == 1:
        head = next(n for n in range(number - 1, -1, -1) if lines[n].startswith(_SECTION))
        del lines[head]
    return "".join(lines)


def _add_entries(text: str, ids: Mapping[str, str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    found = _load(text) or {}
    section = _read_section(text) if found else None
    if section is not None:
        number, column = section.lc.key(list(section)[-1])
        return "".join([*lines[: number + 1], *_format(ids, column, end), *lines[number + 1 :]])
    appended = "".join([*lines, f"{_SECTION}:{end}", *_format(ids, 2, end)])
    # Nothing can be appended to settings in braces.
    if _SECTION not in found and _load(appended) is not None:
        return appended
    return _write_yaml(text, lambda found: found.update(ids))


def _format(ids: Mapping[str, str], indent: int, end: str) -> list[str]:
    return [f"{' ' * indent}{old}: {new}{end}" for old, new in ids.items()]


def _write_yaml(text: str, change: Callable[[Any], object]) -> str:
    """Return YAML with another section of ids, in which none stands on a line, from ruamel.yaml."""
    from ruamel.yaml import YAML
    from ruamel.yaml.util import load_yaml_guess_indent

    _, indent, offset = load_yaml_guess_indent(text)
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 10_000
    if indent is not None:
        yaml.indent(mapping=indent, sequence=indent, offset=offset or 0)
    data = yaml.load(text)
    if data.get(_SECTION) is None:
        data[_SECTION] = {}
    change(data[_SECTION])
    if not data[_SECTION]:
        del data[_SECTION]
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
