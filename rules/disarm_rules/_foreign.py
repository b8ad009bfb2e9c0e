"""The ids of other frameworks, with their names, and the last number in use."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_BESIDE = re.compile(r"[ \u00a0]{0,3}(?:[:–—-][ \u00a0]{0,3}|[“\"(])?")
_NUMBER = re.compile(r"([A-Z]+)([0-9]+)\Z")


@dataclass(frozen=True)
class ForeignIds:
    """The ids of one version of a framework, with their names."""

    name: str
    version: str
    names: Mapping[str, str]

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for entity_id, name in self.names.items():
            found[simplify_name(name).casefold()].append(entity_id)
        return {name: tuple(ids) for name, ids in found.items()}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.names.values()))

    @cached_property
    def _last(self) -> Mapping[str, int]:
        """The highest number of the ids without a sub-part, by their letters."""
        last: dict[str, int] = {}
        for entity_id in self.names:
            if found := _NUMBER.match(entity_id):
                last[found[1]] = max(last.get(found[1], 0), int(found[2]))
        return last

    def is_beyond(self, entity_id: str) -> bool:
        """Tell whether an id is higher than any that was assigned.

        A lower number that is missing proves nothing: it may have been in use once.
        """
        found = _NUMBER.match(entity_id)
        return bool(found and int(found[2]) > self._last.get(found[1], int(found[2])))

    def read_name(self, text: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the name that follows an id in a text, and the ids that have it."""
        start = _BESIDE.match(text)
        rest = text[start.end() if start else 0 :][: self._longest + 1]
        ends = [match.start() for match in re.finditer(r"(?!\w)(?<=\w|[)])", rest)]
        for end in reversed(ends):
            name = rest[:end]
            if ids := self._by_name.get(simplify_name(name).casefold()):
                return name, ids
        return None


@cache
def read_foreign_ids() -> Mapping[str, ForeignIds]:
    """Return the ids of other frameworks, by the name of the framework."""
    folder = files("disarm_schemas") / "foreign"
    found = {}
    for file in folder.iterdir():
        if file.name.endswith(".json"):
            data = json.loads(file.read_text("utf-8"))
            name = data["name"]
            found[name] = ForeignIds(name, data["version"], data["techniques"])
    return found
