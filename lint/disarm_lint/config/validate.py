"""Holding settings against a JSON Schema, and saying in plain words what is wrong."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from disarm_lint.config.place import did_you_mean, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.config.place import File, Settings

_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "keys with values",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


def schema_text(name: str) -> str:
    """Return the JSON Schema of a name (`config`, `report`, `framework`) as it is written."""
    return files("disarm_schemas").joinpath(f"{name}.schema.json").read_text("utf-8")


def validate(file: File, settings: Settings, name: str) -> None:
    """Raise ConfigError for the first place in a settings file that a schema does not allow."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(schema_text(name)))
    found = [
        (error.validator == "required", *_problem(settings, error))
        for error in validator.iter_errors(settings.data)
    ]
    if found:
        # A key that is missing is most often there, misspelt: say that first.
        _, span, what = min(
            found, key=lambda item: (item[0], item[1].line, item[1].column, item[2])
        )
        raise file.error(span, what)


def _problem(settings: Settings, error: Any) -> tuple[Any, str]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        return _problem(settings, _nearest(error))
    path: list[str | int] = list(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        known = sorted(error.schema.get("properties", ()))
        unknown = [key for key in error.instance if key not in known]
        spans = {key: settings.span([*path, key], key=True) for key in unknown}
        first = min(unknown, key=lambda key: (spans[key].line, spans[key].column))
        hint = did_you_mean(first, known) or f"; known here: {', '.join(known)}"
        return spans[first], f"unknown key “{shortened(first)}”{hint}"
    if error.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        span = settings.span([*path, str(error.instance)], key=True)
        return span, f"“{shortened(str(error.instance))}” cannot stand here"
    return settings.span(path), _words(path, error)


def _nearest(error: Any) -> Any:
    """Return the error of the alternative that the value was most likely meant for."""

    def rank(inner: Any) -> tuple[bool, int]:
        return (inner.validator == "type" and not inner.path, -len(inner.path))

    best = min(error.context, key=rank)
    if rank(best)[0]:
        kinds = [inner.validator_value for inner in error.context if inner.validator == "type"]
        best.validator_value = [kind for kind in kinds if isinstance(kind, str)]
    return best


def _words(path: Sequence[str | int], error: Any) -> str:
    value, wanted = error.instance, error.validator_value
    what = _name(path)
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else list(wanted)
            words = " or ".join(_TYPES[kind] for kind in kinds)
            hint = ""
            if "string" in kinds and isinstance(value, (bool, int, float)):
                hint = "; put it in quotes"
            elif kinds == ["array"] and isinstance(value, str):
                hint = f"; write [{shortened(value, 30)}]"
            return f"{what} must be {words}, not {shown(value)}{hint}"
        case "enum":
            options = [str(option) for option in wanted]
            hint = did_you_mean(str(value), options) if isinstance(value, str) else ""
            return f"{what} must be one of {', '.join(options)}, not {shown(value)}{hint}"
        case "const":
            return f"{what} must be {wanted}, not {shown(value)}"
        case "required":
            missing = next(key for key in wanted if key not in value)
            return f"the key “{missing}” is missing in {what}"
        case "minLength" | "minItems" | "minProperties":
            return f"{what} is empty"
        case "uniqueItems":
            return f"{what} names something twice"
    expected = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    hint = f": {shortened(expected, 160)}" if expected else ""
    return f"{what} cannot be {shown(value)}{hint}"


def _name(path: Sequence[str | int]) -> str:
    names = [step for step in path if isinstance(step, str)]
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"each item of “{names[-1]}”" if names else "each item"
    return f"“{shortened(names[-1])}”"


def shown(value: Any) -> str:
    """Return a value as a message speaks of it."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return f"“{shortened(value)}”" if value else "an empty text"
        case int() | float():
            return str(value)[:40]
        case list():
            return "a list"
    return "keys with values"
