"""JSON Schemas and framework profiles of disarm-lint, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_SUFFIX = ".schema.json"


def validator(name: str) -> Draft202012Validator:
    """Return a validator for a schema, such as `report`, `diff` or `history`.

    The schemas that it refers to are those beside it: nothing is fetched.
    Raises FileNotFoundError for a name that no schema has.
    """
    # Who only reads a profile does not pay for these.
    import json
    from importlib.resources import files

    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    folder = files(__name__)
    schema = json.loads(folder.joinpath(f"{name}{_SUFFIX}").read_text("utf-8"))
    found = [item for item in folder.iterdir() if item.name.endswith(_SUFFIX)]
    known = [Resource.from_contents(json.loads(item.read_text("utf-8"))) for item in found]
    registry = Registry().with_resources((one.id() or "", one) for one in known)
    return Draft202012Validator(schema, registry=registry)
