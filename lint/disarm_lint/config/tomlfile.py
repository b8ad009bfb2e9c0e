"""The table `[tool.disarm-lint]` of a pyproject.toml, with the lines of its keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from disarm_lint.model.text import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.config.place import File

TABLE = ("tool", "disarm-lint")

_HEADER = re.compile(r"[ \t]*\[{1,2}(?P<keys>[^\[\]\n]+)\]")
_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_PAIR = re.compile(rf"[ \t]*(?P<keys>{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*=")
_KEY = re.compile(_NAME)


@dataclass(frozen=True)
class TomlSettings:
    """The data of the table and where its keys stand."""

    data: Any
    places: Mapping[tuple[str, ...], Span]

    def span(self, path: Sequence[str | int], *, key: bool = False) -> Span:
        """Return where the key at a path stands, else the nearest key above it."""
        del key
        names = [step for step in path if isinstance(step, str)]
        while names and tuple(names) not in self.places:
            names.pop()
        return self.places.get(tuple(names), Span(1, 1, 1, 1))


def read_toml(file: File, text: str) -> TomlSettings:
    """Read the table; raise ConfigError for what is no TOML."""
    import tomllib

    try:
        data: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        what = re.sub(r" \(at [^()]*\)\Z", "", str(problem))
        where = re.search(r"at line ([0-9]+), column ([0-9]+)", str(problem))
        line, column = (int(where[1]), int(where[2])) if where else (text.count("\n") + 1, 1)
        place = Span(line, column, line, column + 1)
        raise file.error(place, f"this is not valid TOML: {what}") from None
    except RecursionError:
        raise file.error(None, "the file is nested too deeply") from None
    for step in TABLE:
        data = data.get(step, {}) if isinstance(data, dict) else {}
    return TomlSettings(_plain(data), _places(text))


def _plain(data: Any) -> Any:
    """Return the data with dates and times as text."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data if isinstance(data, (str, int, float, bool)) else str(data)


def _keys(written: str) -> tuple[str, ...]:
    return tuple(match[0].strip("\"'") for match in _KEY.finditer(written))


def _places(text: str) -> dict[tuple[str, ...], Span]:
    """Return the places of headers and keys; what looks like a key within a text may be one too."""
    places: dict[tuple[str, ...], Span] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        found = header = _HEADER.match(line)
        if header:
            table = _keys(header["keys"])
            full = table
        else:
            found = _PAIR.match(line)
            full = (*table, *_keys(found["keys"])) if found else ()
        if found is None or full[: len(TABLE)] != TABLE:
            continue
        start, end = found.span("keys")
        places.setdefault(full[len(TABLE) :], Span(number, start + 1, number, end + 1))
    return places
