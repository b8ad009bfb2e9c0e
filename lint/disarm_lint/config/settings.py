"""Settings files: YAML and TOML as plain data with places, held against a JSON Schema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from disarm_lint.model.config import ConfigError, File
from disarm_lint.model.text import Span
from disarm_lint.model.words import shorten, suggest_word
from disarm_lint.sources.filesystem import DISK, FileSystem, explain_os_error

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

SIZE_LIMIT = 4_000_000
# No settings nest deeper than ten; what works through them recurses.
DEPTH_LIMIT = 50
# So many texts, numbers, lists and mappings are read of a configuration; the built-in profiles
# hold some two thousand. Of a baseline that a person has edited, more are.
MOST_VALUES, MOST_OF_BASELINE = 20_000, 200_000
# Python refuses to read or show whole numbers of many thousand digits.
_LONGEST_NUMBER = 100
_TOO_DEEP = f"the file nests more than {DEPTH_LIMIT} levels deep"
_TOO_LARGE = "this number is too large"


class SettingsFile(Protocol):
    """Data from a settings file that knows where each part of it stands."""

    @property
    def data(self) -> Any:
        """Plain data: mappings with text keys, lists, scalars."""

    def span(self, path: Sequence[str | int], *, key: bool = False) -> Span:
        """Return where the value at a path of keys stands, or its key."""


def locate(text: str, offset: int) -> Span:
    """Return the one-character span at an offset (lines end as in CommonMark)."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return Span(line, column, line, column + 1)


def read_bytes(file: File, path: Path, limit: int = SIZE_LIMIT, files: FileSystem = DISK) -> bytes:
    """Return a settings file's bytes; raise ConfigError if it is no file or cannot be read.

    Of a file larger than `limit` one byte more than that is read.
    """
    try:
        if not files.is_file(path):
            raise ConfigError(f"{file.shown}: there is no such file")
        return files.read(path, limit + 1)
    except OSError as error:
        reason = explain_os_error(error)
        raise ConfigError(f"{file.shown}: the file cannot be read: {reason}") from None


def decode_settings(file: File, data: bytes, limit: int = SIZE_LIMIT) -> str:
    """Return a settings file's text; raise ConfigError if it is too large or not UTF-8."""
    if len(data) > limit:
        raise file.error(None, f"the file is larger than {limit // 1_000_000} MB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise file.error(None, "the file is in UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8-sig", errors="replace")
        where = locate(before + "?", len(before))
        raise file.error(where, "the file is not in UTF-8; save it as UTF-8") from None


TABLE = ("tool", "disarm-lint")

_HEADER = re.compile(r"[ \t]*\[{1,2}(?P<keys>[^\[\]\n]+)\]")
_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_PAIR = re.compile(rf"[ \t]*(?P<keys>{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*=")
_KEY = re.compile(_NAME)
_DIGITS = re.compile(r"[0-9][0-9_]{4000}")


@dataclass(frozen=True)
class TomlFile:
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


def read_toml(file: File, text: str) -> TomlFile:
    """Read the table; raise ConfigError for what is no TOML, and for what it cannot hold."""
    import tomllib

    try:
        data: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        what = re.sub(r" \(at [^()]*\)\Z", "", str(problem))
        where = re.search(r"at line ([0-9]+), column ([0-9]+)", str(problem))
        line, column = (int(where[1]), int(where[2])) if where else (text.count("\n") + 1, 1)
        place = Span(line, column, line, column + 1)
        raise file.error(place, f"this is not valid TOML: {what}") from None
    except ValueError:
        # All else that tomllib refuses are numbers with more digits than Python reads.
        digits = _DIGITS.search(text)
        raise file.error(locate(text, digits.start()) if digits else None, _TOO_LARGE) from None
    except RecursionError:
        raise file.error(_find_deep_bracket(text), _TOO_DEEP) from None
    for step in TABLE:
        data = data.get(step, {}) if isinstance(data, dict) else {}
    settings = TomlFile(data, _find_places(text))
    if _holds_more(data, MOST_VALUES):
        raise file.error(None, _describe_too_many(MOST_VALUES))
    return replace(settings, data=_make_plain(file, settings, data, ()))


def _describe_too_many(most: int) -> str:
    return f"the file holds more than {most:,} values; no framework needs so many"


def _holds_more(data: Any, most: int) -> bool:
    """Tell whether data hold more than `most` texts, numbers, lists and mappings."""
    waiting, number = [data], 0
    while waiting:
        number += 1
        if number > most:
            return True
        value = waiting.pop()
        if isinstance(value, dict):
            number += len(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _make_plain(file: File, settings: TomlFile, data: Any, path: tuple[str, ...]) -> Any:
    """Return the data with dates and times as text; raise ConfigError for what no setting holds."""
    if isinstance(data, (dict, list)) and len(path) == DEPTH_LIMIT:
        raise file.error(settings.span(path), _TOO_DEEP)
    if isinstance(data, dict):
        return {
            key: _make_plain(file, settings, value, (*path, key)) for key, value in data.items()
        }
    if isinstance(data, list):
        return [_make_plain(file, settings, value, (*path, "")) for value in data]
    if isinstance(data, int) and data.bit_length() > 4 * _LONGEST_NUMBER:
        raise file.error(settings.span(path), _TOO_LARGE)
    return data if isinstance(data, (str, int, float, bool)) else str(data)


def _find_deep_bracket(text: str) -> Span | None:
    """Return the bracket of TOML that nests too deeply; one within a text counts too."""
    depth = 0
    for match in re.finditer(r"[\[{]|[\]}]", text):
        depth += 1 if match[0] in "[{" else -1
        if depth > DEPTH_LIMIT:
            return locate(text, match.start())
    return None


def _read_keys(written: str) -> tuple[str, ...]:
    return tuple(match[0].strip("\"'") for match in _KEY.finditer(written))


def _find_places(text: str) -> dict[tuple[str, ...], Span]:
    """Return the places of headers and keys; what looks like a key within a text may be one too."""
    places: dict[tuple[str, ...], Span] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        found = header = _HEADER.match(line)
        if header:
            table = _read_keys(header["keys"])
            full = table
        else:
            found = _PAIR.match(line)
            full = (*table, *_read_keys(found["keys"])) if found else ()
        if found is None or full[: len(TABLE)] != TABLE:
            continue
        start, end = found.span("keys")
        names = full[len(TABLE) :]
        span = Span(number, start + 1, number, end + 1)
        places.setdefault(names, span)
        # A dotted key stands for the tables above it too.
        for size in range(1, min(len(names), DEPTH_LIMIT + 1)):
            places.setdefault(names[:size], span)
    return places


_TAG = "tag:yaml.org,2002:"
_HASH = re.compile(r"(?:^|(?<=[ \t]))#[^\n\r]*", re.MULTILINE)
_SCALARS = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "merge")
)


@dataclass(frozen=True)
class YamlFile:
    """The data of a YAML file and the nodes that it was built from; `root` holds all others."""

    data: Any
    root: Any
    _keys: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)

    def span(self, path: Sequence[str | int], *, key: bool = False) -> Span:
        """Return where the value at a path of keys stands, or its key; 1-based code points."""
        node, key_node = self.root, None
        for step in path:
            if isinstance(step, int):
                node, key_node = node.value[step], None
                continue
            if id(node) not in self._keys:
                self._keys[id(node)] = {key.value: (key, value) for key, value in node.value}
            found = self._keys[id(node)].get(step)
            if found is None:
                break
            key_node, node = found
        return _make_span(key_node if key and key_node is not None else node)

    def scalars(self, text: str) -> list[tuple[int, int]]:
        """Return the offsets where scalars of the file's text begin and end, keys among them.

        Nulls that are written as nothing stand nowhere.
        """
        return sorted(_list_scalars(self.root, text))

    def comments(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the comments of the file's text, each with its offset."""
        here = 0
        for start, end in (*self.scalars(text), (len(text), len(text))):
            for match in _HASH.finditer(text, here, max(here, start)):
                yield match.start(), match[0].rstrip()
            here = max(here, end)


def _list_scalars(node: Any, text: str) -> Iterator[tuple[int, int]]:
    if isinstance(node.value, list):
        for part in node.value:
            for inner in part if isinstance(part, tuple) else (part,):
                yield from _list_scalars(inner, text)
    elif node.start_mark.index < node.end_mark.index:
        # The end of a block text is the start of what follows it.
        start = node.start_mark.index
        yield start, start + len(text[start : node.end_mark.index].rstrip())


def _make_span(node: Any) -> Span:
    if node is None:
        return Span(1, 1, 1, 1)
    start, end = node.start_mark, node.end_mark
    if end.line != start.line:
        # The end of a block is the start of what follows it; the first line will do.
        return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def read_yaml(file: File, text: str, most: int = MOST_VALUES) -> YamlFile:
    """Read YAML of at most `most` values.

    Raises ConfigError for what is no YAML, repeats a key, or is too large.
    """
    import warnings

    from ruamel.yaml import YAML
    from ruamel.yaml.composer import Composer
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    number = 0

    class BoundedComposer(Composer):
        """Stops where the values are too many: to read them all takes a minute."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            nonlocal number
            number += 1
            if number > most:
                mark = self.parser.peek_event().start_mark
                place = Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
                raise file.error(place, _describe_too_many(most))
            return super().compose_node(parent, index)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yaml = YAML(typ="safe", pure=True)
            yaml.Composer = BoundedComposer
            root = yaml.compose(text)
        return YamlFile(None if root is None else _YamlBuilder(file, most).build(root).data, root)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise file.error(
            Span(line, column, line, column + 1), _describe_yaml_error(problem.problem)
        ) from None
    except ReaderError as problem:
        where = locate(text, problem.position)
        raise file.error(where, f"the character U+{problem.character:04X} cannot be here") from None
    except (YAMLError, ValueError) as problem:
        raise file.error(None, _describe_yaml_error(str(problem))) from None
    except RecursionError:
        raise file.error(_find_deep_node(text), _TOO_DEEP) from None


def _find_deep_node(text: str) -> Span | None:
    """Return where YAML nests too deeply; its events, unlike its nodes, come without recursion."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            mark = event.start_mark
            return Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
    return None


_WORDS = (
    ("cannot start any token", "a tab cannot indent a line; use spaces"),
    ("mapping values are not allowed", "a second “: ” in a line; put the text in quotes"),
    ("unexpected end of stream", "a quotation mark is not closed"),
    ("expected a single document", "the file holds a second document"),
)


def _describe_yaml_error(problem: str | None) -> str:
    problem = problem or "it cannot be read"
    if "found another document" in problem:
        return "the file holds a second document; keep one"
    for sign, words in _WORDS:
        if sign in problem and (sign != "cannot start any token" or r"'\t'" in problem):
            return f"this is not valid YAML: {words}"
    return f"this is not valid YAML: {shorten(problem, 120)}"


@dataclass(frozen=True, slots=True)
class _Built:
    """A node's data, how many nodes it would be, written out, and how many levels deep."""

    data: Any
    size: int = 1
    depth: int = 0


@dataclass
class _YamlBuilder:
    """Builds data from nodes; a part that is used twice is built once."""

    file: File
    most: int
    done: dict[int, _Built] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def build(self, node: Any) -> _Built:
        """Return what a node holds."""
        if id(node) in self.done:
            return self.done[id(node)]
        if id(node) in self.open:
            raise self.file.error(_make_span(node), "this refers to itself")
        if isinstance(node.value, list) and len(self.open) >= DEPTH_LIMIT:
            raise self.file.error(_make_span(node), _TOO_DEEP)
        self.open.add(id(node))
        result = self._build(node)
        if result.size > self.most:
            raise self.file.error(_make_span(node), "this is too large, its references written out")
        if len(self.open) - 1 + result.depth > DEPTH_LIMIT:
            raise self.file.error(_make_span(node), _TOO_DEEP)
        self.open.discard(id(node))
        self.done[id(node)] = result
        return result

    def _build(self, node: Any) -> _Built:
        tag = str(node.tag)
        if tag == f"{_TAG}map" and isinstance(node.value, list):
            parts: dict[str, _Built] = {}
            for key, value in node.value:
                if not isinstance(key.value, str):
                    raise self.file.error(_make_span(key), "a key must be text")
                if key.value in parts:
                    raise self.file.error(
                        _make_span(key), f"“{shorten(key.value)}” appears a second time"
                    )
                parts[key.value] = self.build(value)
            return _collect({key: part.data for key, part in parts.items()}, parts.values())
        if tag == f"{_TAG}seq" and isinstance(node.value, list):
            items = [self.build(item) for item in node.value]
            return _collect([item.data for item in items], items)
        if tag not in _SCALARS or not isinstance(node.value, str):
            raise self.file.error(_make_span(node), f"the tag “{shorten(tag)}” is not known")
        return _Built(self._read_scalar(node, tag.removeprefix(_TAG)))

    def _read_scalar(self, node: Any, tag: str) -> Any:
        value: str = node.value
        if tag == "null":
            return None
        if tag == "bool":
            return value.casefold() == "true"
        try:
            if tag == "int":
                plain = value.replace("_", "")
                if len(plain) > _LONGEST_NUMBER:
                    raise self.file.error(_make_span(node), _TOO_LARGE)
                return int(plain, 0) if plain.lstrip("+-")[:2] in ("0x", "0o") else int(plain)
            if tag == "float":
                return float(value.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            raise self.file.error(_make_span(node), "this number cannot be read") from None
        return value


def _collect(data: Any, parts: Collection[_Built]) -> _Built:
    return _Built(
        data,
        1 + sum(part.size for part in parts),
        1 + max((part.depth for part in parts), default=0),
    )


_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "keys with values",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


def read_schema_text(name: str) -> str:
    """Return the JSON Schema of a name (`config`, `report`, `framework`) as it is written."""
    return resources.files("disarm_schemas").joinpath(f"{name}.schema.json").read_text("utf-8")


def validate(file: File, settings: SettingsFile, name: str) -> None:
    """Raise ConfigError for the first place in a settings file that a schema does not allow."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(read_schema_text(name)))
    found = [
        (error.validator == "required", *_describe_problem(settings, error))
        for error in validator.iter_errors(settings.data)
    ]
    if found:
        # A key that is missing is most often there, misspelt: say that first.
        _, span, what = min(
            found, key=lambda item: (item[0], item[1].line, item[1].column, item[2])
        )
        raise file.error(span, what)


def _describe_problem(settings: SettingsFile, error: Any) -> tuple[Any, str]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        return _describe_problem(settings, _choose_nearest(error))
    path: list[str | int] = list(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        known = sorted(error.schema.get("properties", ()))
        unknown = [key for key in error.instance if key not in known]
        spans = {key: settings.span([*path, key], key=True) for key in unknown}
        first = min(unknown, key=lambda key: (spans[key].line, spans[key].column))
        hint = suggest_word(first, known) or f"; known here: {', '.join(known)}"
        return spans[first], f"unknown key “{shorten(first)}”{hint}"
    if error.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        span = settings.span([*path, str(error.instance)], key=True)
        return span, f"“{shorten(str(error.instance))}” cannot be here"
    return settings.span(path), _describe_error(path, error)


def _choose_nearest(error: Any) -> Any:
    """Return the error of the alternative that the value was most likely meant for."""

    def rank(inner: Any) -> tuple[bool, int]:
        return (inner.validator == "type" and not inner.path, -len(inner.path))

    best = min(error.context, key=rank)
    if rank(best)[0]:
        kinds = [inner.validator_value for inner in error.context if inner.validator == "type"]
        best.validator_value = [kind for kind in kinds if isinstance(kind, str)]
    return best


def _describe_error(path: Sequence[str | int], error: Any) -> str:
    value, wanted = error.instance, error.validator_value
    what = _name_setting(path)
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else list(wanted)
            words = " or ".join(_TYPES[kind] for kind in kinds)
            hint = ""
            if "string" in kinds and isinstance(value, (bool, int, float)):
                hint = "; put it in quotes"
            elif kinds == ["array"] and isinstance(value, str):
                hint = f"; write [{shorten(value, 30)}]"
            return f"{what} must be {words}, not {format_value(value)}{hint}"
        case "enum":
            options = [str(option) for option in wanted]
            hint = suggest_word(str(value), options) if isinstance(value, str) else ""
            return f"{what} must be one of {', '.join(options)}, not {format_value(value)}{hint}"
        case "const":
            return f"{what} must be {wanted}, not {format_value(value)}"
        case "required":
            missing = next(key for key in wanted if key not in value)
            return f"the key “{missing}” is missing in {what}"
        case "minLength" | "minItems" | "minProperties":
            return f"{what} is empty"
        case "uniqueItems":
            return f"{what} names something twice"
    expected = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    hint = f": {shorten(expected, 160)}" if expected else ""
    return f"{what} cannot be {format_value(value)}{hint}"


def _name_setting(path: Sequence[str | int]) -> str:
    names = [step for step in path if isinstance(step, str)]
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"each item of “{names[-1]}”" if names else "each item"
    return f"“{shorten(names[-1])}”"


def format_value(value: Any) -> str:
    """Return a value as a message speaks of it."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{shorten(value)}”" if value else "an empty text"
        case int() | float():
            return str(value)[:40]
        case list():
            return "a list"
    return "keys with values"
