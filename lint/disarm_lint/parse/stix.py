"""STIX bundles: their objects as plain data, each with its path in the JSON text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from disarm_lint.parse.json_text import InvalidJson, JsonProblem, JsonText, format_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.text import PageSource
    from disarm_lint.parse.json_text import Path

T = TypeVar("T")

# The bundle of DISARM 1.6 has 700 objects.
OBJECT_LIMIT = 200_000

_WORDS = {dict: "an object", list: "an array", str: "a string", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """What an object is called elsewhere: the name of the framework, its id there, its page."""

    path: Path
    source_name: str
    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class ChainPhase:
    """A phase of a kill chain that an object belongs to; for DISARM, the tactic's short name."""

    path: Path
    chain: str
    name: str


@dataclass(frozen=True, slots=True)
class StixObject:
    """An object of a bundle. What it does not have is an empty text, or None.

    `path` leads to it, and with a key behind it to that key's value. `tactics` are
    what the columns of a matrix refer to, each with its path; None for what is no matrix.
    """

    path: Path
    type: str
    id: str
    name: str | None
    description: str | None
    references: tuple[ExternalReference, ...] = ()
    phases: tuple[ChainPhase, ...] = ()
    shortname: str | None = None
    revoked: bool = False
    deprecated: bool = False
    subtechnique: bool | None = None
    relationship: str | None = None
    source_ref: str | None = None
    target_ref: str | None = None
    tactics: tuple[tuple[Path, str], ...] | None = None

    @property
    def living(self) -> bool:
        """Tell whether the object is neither revoked nor deprecated."""
        return not (self.revoked or self.deprecated)


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle: its JSON text and its objects in their order."""

    json: JsonText
    objects: tuple[StixObject, ...]


def read_bundle(source: PageSource) -> tuple[Bundle | None, tuple[JsonProblem, ...]]:
    """Read a bundle, and what is wrong with its form.

    The first value is None if the text is no JSON or no bundle at all. Of
    many members with one fault the first is named, with their number.
    """
    try:
        text = JsonText(source.text)
    except InvalidJson as problem:
        end = min(problem.offset + 1, len(source.text))
        where = source.locate(min(problem.offset, end), end)
        return None, (JsonProblem(where, f"it is not JSON: {problem.reason}"),)
    reader = _StixReader(source, text)
    value = text.value
    items = value.get("objects", []) if isinstance(value, dict) else None
    if not isinstance(items, list):
        path: Path = () if items is None else ("objects",)
        wanted = "an object" if items is None else "an array"
        reader.note(path, f"{wanted} belongs here")
        return None, reader.problems()
    if len(items) > OBJECT_LIMIT:
        reader.note(("objects",), f"it has more than {OBJECT_LIMIT:,} objects")
        return None, reader.problems()
    objects = tuple(
        reader.object(("objects", number), item)
        for number, item in enumerate(items)
        if reader.fits(item, dict, ("objects", number))
    )
    return Bundle(text, objects), reader.problems()


class _StixReader:
    """Takes values out of JSON data and notes those of another type than they ought to have."""

    def __init__(self, source: PageSource, text: JsonText) -> None:
        self._source = source
        self._text = text
        self._first: dict[str, Path] = {}
        self._count: Counter[str] = Counter()

    def note(self, path: Path, reason: str) -> None:
        """Note that a value is not what belongs there."""
        self._first.setdefault(reason, path)
        self._count[reason] += 1

    def problems(self) -> tuple[JsonProblem, ...]:
        """Return what was noted, one problem for each reason."""
        found = []
        for reason, path in self._first.items():
            start, end = self._text.span(path)
            where = self._source.locate(start, min(end, start + 1))
            more = self._count[reason] - 1
            told = f"{reason} (and at {more} more place{'s' if more > 1 else ''})"
            found.append(JsonProblem(where, told if more else reason, format_pointer(path)))
        return tuple(found)

    def fits(self, value: object, kind: type, path: Path) -> bool:
        """Tell whether a value has a type, and note it if not."""
        if isinstance(value, kind):
            return True
        key = "" if isinstance(path[-1], int) else f" for “{path[-1]}”"
        self.note(path, f"{_WORDS[kind]} belongs here{key}")
        return False

    def take(self, item: dict[str, Any], key: str, kind: type[T], path: Path) -> T | None:
        """Return a member of an object; None if it has no such, or one of another type."""
        value = item.get(key)
        if value is None or not self.fits(value, kind, (*path, key)):
            return None
        assert isinstance(value, kind)
        return value

    def object(self, path: Path, item: dict[str, Any]) -> StixObject:
        """Return an object of the bundle."""

        def text(key: str) -> str | None:
            return self.take(item, key, str, path)

        return StixObject(
            path=path,
            type=text("type") or "",
            id=text("id") or "",
            name=text("name"),
            description=text("description"),
            references=tuple(
                ExternalReference(where, *self._texts(value, where, *_REFERENCE))
                for where, value in self._objects(item, "external_references", path)
            ),
            phases=tuple(
                ChainPhase(where, *self._texts(value, where, *_PHASE))
                for where, value in self._objects(item, "kill_chain_phases", path)
            ),
            shortname=text("x_mitre_shortname"),
            revoked=self.take(item, "revoked", bool, path) or False,
            deprecated=self.take(item, "x_mitre_deprecated", bool, path) or False,
            subtechnique=self.take(item, "x_mitre_is_subtechnique", bool, path),
            relationship=text("relationship_type"),
            source_ref=text("source_ref"),
            target_ref=text("target_ref"),
            tactics=self._tactics(path, item),
        )

    def _tactics(self, path: Path, item: dict[str, Any]) -> tuple[tuple[Path, str], ...] | None:
        refs = self.take(item, "tactic_refs", list, path)
        if refs is None:
            return None
        places = (((*path, "tactic_refs", number), ref) for number, ref in enumerate(refs))
        return tuple((where, ref) for where, ref in places if self.fits(ref, str, where))

    def _texts(self, item: dict[str, Any], path: Path, *keys: str) -> list[str]:
        return [self.take(item, key, str, path) or "" for key in keys]

    def _objects(
        self, item: dict[str, Any], key: str, path: Path
    ) -> Iterator[tuple[Path, dict[str, Any]]]:
        for number, value in enumerate(self.take(item, key, list, path) or []):
            where = (*path, key, number)
            if self.fits(value, dict, where):
                yield where, value


_REFERENCE = ("source_name", "external_id", "url")
_PHASE = ("kill_chain_name", "phase_name")
