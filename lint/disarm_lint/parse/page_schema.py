"""The JSON Schema of a kind's pages: what their structure must be, for other tools.

The linter itself compares a page with its layout (see structure.py), which is
faster and gives places. That both always agree is a test's business.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from disarm_lint.model.profile import Need
from disarm_lint.parse.structure import list_headers, read_headers, read_heading, read_values

if TYPE_CHECKING:
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Kind, Layout


def build_kind_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's pages: one of its layouts must fit."""
    schemas = [build_page_schema(kind, layout) for layout in kind.layouts]
    if len(schemas) == 1:
        return schemas[0]
    dialect = schemas[0]["$schema"]
    for schema in schemas:
        del schema["$schema"]
    return {"$schema": dialect, "title": f"A page of a {kind.title}", "anyOf": schemas}


def build_page_schema(kind: Kind, layout: Layout) -> dict[str, Any]:
    """Return the JSON Schema of a kind's pages in one of its layouts."""
    template: dict[str, Any] = json.loads(
        files("disarm_schemas").joinpath("page.schema.json").read_text("utf-8")
    )
    schema = template["properties"]
    heading = schema["heading"]["properties"]
    heading["line"] = {"const": 1}
    heading["form"] = {"const": True}
    heading["name"] = {"const": True}
    schema["heading"]["anyOf"] = [
        {
            "properties": {
                "word": {"const": form.word},
                "id": {"pattern": form.template.pattern},
            }
        }
        for form in kind.forms
    ]
    fields = schema["fields"]
    fields["properties"] = {
        spec.key: {"const": True} if spec.value is Need.REQUIRED else {"type": "boolean"}
        for spec in layout.fields
    }
    fields["required"] = [spec.key for spec in layout.fields if spec.label is Need.REQUIRED]
    fields["additionalProperties"] = False
    tables = schema["tables"]
    tables["properties"] = {spec.key: {"const": list_headers(spec)} for spec in layout.tables}
    tables["required"] = [spec.key for spec in layout.tables]
    tables["additionalProperties"] = True
    schema["markers"] = {"const": 1}
    return {
        "$schema": template["$schema"],
        "title": f"A page of a {kind.title}, layout {layout.name}",
        "type": "object",
        "required": template["required"],
        "additionalProperties": False,
        "properties": schema,
    }


def build_page_data(document: Document) -> dict[str, Any]:
    """Return a page as plain data; page.schema.json describes it."""
    heading = read_heading(document)
    return {
        "heading": {
            "line": heading.line,
            "form": heading.form,
            "word": heading.word,
            "id": heading.id,
            "name": heading.name,
        },
        "fields": read_values(document),
        "tables": read_headers(document),
        "markers": len(document.markers),
    }
