"""The source tree: what a reader finds under one name is one thing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from support.published import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = ("lint", "rules", "schemas", "benchmarks", "docs")
_WALK = re.compile(r"^## From a byte to a result\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"`([\w.]+)`\s+\(`([\w./]+\.py)`\)")


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_two_classes_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    shared = {name: found for name, found in places.items() if len(found) > 1}
    assert shared == {}


def test_every_function_of_the_walk_is_where_the_map_says() -> None:
    walk = _WALK.search((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
    assert walk is not None
    known = {
        path.relative_to(ROOT).as_posix(): {name for node in module.body for name in defined(node)}
        for path, module in modules()
    }
    steps = _STEP.findall(walk[1])
    assert len(steps) > 20
    for name, place in steps:
        folder = "rules" if place.startswith("disarm_rules/") else "lint/disarm_lint"
        assert name in known[f"{folder}/{place}"], f"{name} ({place})"


def defined(node: ast.stmt) -> Iterator[str]:
    """Yield what a statement of a module defines, methods with their class."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    if isinstance(node, ast.ClassDef):
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                yield f"{node.name}.{part.name}"


# What variables that hold structs of msgspec are called: dataclasses.replace fails for these.
STRUCTS = frozenset(
    {"finding", "fix", "ignore", "link", "location", "mention", "reference", "root"}
)


def test_structs_are_replaced_as_structs() -> None:
    wrong = []
    for path, module in modules():
        names = {
            alias.name
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
            for alias in node.names
        }
        wrong += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(module)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "replace"
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id in STRUCTS
            and "replace" in names
        ]
    assert wrong == []
