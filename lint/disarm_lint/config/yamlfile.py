"""YAML as plain data, each part of which knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from disarm_lint.config.place import place_of, shortened
from disarm_lint.model.text import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.config.place import File

_LIMIT = 200_000
_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "merge")
)


@dataclass(frozen=True)
class YamlSettings:
    """The data of a YAML file and the nodes that it was built from."""

    data: Any
    _root: Any
    _keys: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)

    def span(self, path: Sequence[str | int], *, key: bool = False) -> Span:
        """Return where the value at a path of keys stands, or its key; 1-based code points."""
        node, key_node = self._root, None
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
        return _span(key_node if key and key_node is not None else node)

    def item_lines(self, key: str, number: int) -> tuple[int, int] | None:
        """Return the first and last line of an item of a list under a key; 1-based.

        Blank lines and comments behind the item may be among them. None where
        items need not stand on lines of their own.
        """
        nodes = next(value for name, value in self._root.value if name.value == key)
        if nodes.flow_style:
            return None
        node = nodes.value[number]
        first = node.start_mark.line + 1
        while isinstance(node.value, list) and node.value and not node.flow_style:
            last = node.value[-1]
            key, node = last if isinstance(last, tuple) else (None, last)
            if key is not None and node.start_mark.index == node.end_mark.index:
                # Nothing is taken to stand where the next thing begins.
                node = key
        end = node.end_mark
        return first, max(first, end.line + (1 if end.column else 0))


def _span(node: Any) -> Span:
    if node is None:
        return Span(1, 1, 1, 1)
    start, end = node.start_mark, node.end_mark
    if end.line != start.line:
        # The end of a block is the start of what follows it; the first line will do.
        return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def read_yaml(file: File, text: str) -> YamlSettings:
    """Read YAML; raise ConfigError for what is no YAML, repeats a key, or is too large."""
    import warnings

    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = YAML(typ="safe", pure=True).compose(text)
        return YamlSettings(None if root is None else _Builder(file).build(root)[0], root)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise file.error(Span(line, column, line, column + 1), _no_yaml(problem.problem)) from None
    except ReaderError as problem:
        where = place_of(text, problem.position)
        raise file.error(
            where, f"the character U+{problem.character:04X} cannot stand here"
        ) from None
    except (YAMLError, ValueError) as problem:
        raise file.error(None, _no_yaml(str(problem))) from None
    except RecursionError:
        raise file.error(None, "the file is nested too deeply") from None


_WORDS = (
    ("cannot start any token", "a tab cannot indent a line; use blanks"),
    ("mapping values are not allowed", "a second “: ” in a line; put the text in quotes"),
    ("unexpected end of stream", "a quotation mark is not closed"),
    ("expected a single document", "the file holds a second document"),
)


def _no_yaml(problem: str | None) -> str:
    problem = problem or "it cannot be read"
    if "found another document" in problem:
        return "the file holds a second document; keep one"
    for sign, words in _WORDS:
        if sign in problem and (sign != "cannot start any token" or r"'\t'" in problem):
            return f"this is not valid YAML: {words}"
    return f"this is not valid YAML: {shortened(problem, 120)}"


@dataclass
class _Builder:
    """Builds data from nodes; a part that is used twice is built once."""

    file: File
    done: dict[int, tuple[Any, int]] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def build(self, node: Any) -> tuple[Any, int]:
        """Return a node's data and how many nodes it would be, written out."""
        if id(node) in self.done:
            return self.done[id(node)]
        if id(node) in self.open:
            raise self.file.error(_span(node), "this refers to itself")
        self.open.add(id(node))
        result = self._built(node)
        if result[1] > _LIMIT:
            raise self.file.error(_span(node), "this is too large, its references written out")
        self.open.discard(id(node))
        self.done[id(node)] = result
        return result

    def _built(self, node: Any) -> tuple[Any, int]:
        tag = str(node.tag)
        if tag == f"{_TAG}map" and isinstance(node.value, list):
            mapping: dict[str, Any] = {}
            size = 1
            for key, value in node.value:
                if not isinstance(key.value, str):
                    raise self.file.error(_span(key), "a key must be text")
                if key.value in mapping:
                    raise self.file.error(
                        _span(key), f"“{shortened(key.value)}” stands here a second time"
                    )
                mapping[key.value], inner = self.build(value)
                size += inner
            return mapping, size
        if tag == f"{_TAG}seq" and isinstance(node.value, list):
            pairs = [self.build(item) for item in node.value]
            return [value for value, _ in pairs], 1 + sum(size for _, size in pairs)
        if tag not in _SCALARS or not isinstance(node.value, str):
            raise self.file.error(_span(node), f"the tag “{shortened(tag)}” is not known")
        return self._scalar(node, tag.removeprefix(_TAG)), 1

    def _scalar(self, node: Any, tag: str) -> Any:
        value: str = node.value
        if tag == "null":
            return None
        if tag == "bool":
            return value.casefold() == "true"
        try:
            if tag == "int":
                plain = value.replace("_", "")
                return int(plain, 0) if plain.lstrip("+-")[:2] in ("0x", "0o") else int(plain)
            if tag == "float":
                return float(value.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            raise self.file.error(_span(node), "this number cannot be read") from None
        return value
