"""Options of rules: plain data from a settings file against the rule's dataclass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NoReturn,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from disarm_lint.config.settings import format_value
from disarm_lint.model.words import suggest_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.ruleset import LoadedRule


class OptionError(ValueError):
    """An option that cannot be; `path` leads to it from the rule's options."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def build_options(loaded: LoadedRule, data: Mapping[str, Any]) -> Any:
    """Return the option object of a rule; raise OptionError for an unknown or wrong option.

    Keys are the names of the dataclass with `-` for `_`.
    """
    code = loaded.rule.code
    if loaded.options is None:
        if not data:
            return None
        raise OptionError((next(iter(data)),), f"{code} has no options")
    hints = get_type_hints(loaded.options)
    names = {item.name.replace("_", "-"): item.name for item in fields(loaded.options)}
    values = {}
    for key, value in data.items():
        name = names.get(key)
        if name is None:
            hint = suggest_word(key, names) or f"; it has {', '.join(sorted(names))}"
            raise OptionError((key,), f"{code} has no option “{key}”{hint}")
        values[name] = _value(hints[name], value, (key,))
    try:
        return loaded.options(**values)
    except (TypeError, ValueError) as problem:
        raise OptionError((), f"the options of {code} cannot be: {problem}") from None


def build_configured_options(
    rules: Iterable[LoadedRule], configured: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the option objects of the configured rules, by code; may raise OptionError."""
    return {
        loaded.rule.code: build_options(loaded, configured[loaded.rule.code])
        for loaded in rules
        if loaded.rule.code in configured
    }


def list_default_options(loaded: LoadedRule) -> dict[str, Any]:
    """Return the options of a rule with their defaults, as plain data."""
    found = {}
    for item in fields(loaded.options) if loaded.options else ():
        value = item.default_factory() if item.default_factory is not MISSING else item.default
        found[item.name.replace("_", "-")] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(inner) for inner in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value


def _value(hint: Any, value: Any, path: tuple[str | int, ...]) -> Any:
    """Return a value as the type of an option wants it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _convert_to_one(arguments, value, path)
    if origin is Literal:
        if value in arguments:
            return value
        _refuse(path, "one of " + ", ".join(str(item) for item in arguments), value)
    if origin in (tuple, list, set, frozenset, Sequence):
        if not isinstance(value, list):
            _refuse(path, "a list", value)
        items = [_value(arguments[0], item, (*path, n)) for n, item in enumerate(value)]
        return (
            origin(items) if isinstance(origin, type) and origin is not Sequence else tuple(items)
        )
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            _refuse(path, "keys with values", value)
        return {key: _value(arguments[1], item, (*path, key)) for key, item in value.items()}
    return _scalar(hint, value, path)


def _convert_to_one(kinds: tuple[Any, ...], value: Any, path: tuple[str | int, ...]) -> Any:
    for kind in kinds:
        if kind is NoneType and value is None:
            return None
        if kind is not NoneType:
            try:
                return _value(kind, value, path)
            except OptionError as error:
                problem = error
    raise problem


_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def _scalar(kind: Any, value: Any, path: tuple[str | int, ...]) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            _refuse(path, "one of " + ", ".join(str(item.value) for item in kind), value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # In Python a bool is an int.
    if kind in _WORDS and (not isinstance(value, kind) or isinstance(value, bool) > (kind is bool)):
        _refuse(path, _WORDS[kind], value)
    return value


def _refuse(path: tuple[str | int, ...], wanted: str, value: Any) -> NoReturn:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    what = f"each item of “{name}”" if isinstance(path[-1], int) else f"“{name}”"
    raise OptionError(path, f"{what} must be {wanted}, not {format_value(value)}")
