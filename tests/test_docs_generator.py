"""docs/generate.py writes one page for each rule, and --check only compares."""

from __future__ import annotations

import importlib.util
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import disarm_rules
from disarm_lint.ruleset import load_rules
from support.published import ROOT

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = ROOT / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_for_each_rule_and_an_index(generate: Any) -> None:
    pages = generate.build_pages()
    assert pages == generate.build_pages()
    rules = load_rules(disarm_rules)
    names = {f"{loaded.rule.code}-{loaded.rule.name}.md" for loaded in rules}
    assert set(pages) == names | {"README.md"}
    for name, text in pages.items():
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert text.count("```") % 2 == 0, name
        assert "⟦" not in text
    assert all(f"]({name})" in pages["README.md"] for name in names)


def test_check_names_what_differs(
    generate: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    capsys.readouterr()
    (tmp_path / "README.md").write_text("other", "utf-8")
    (tmp_path / "N401-name-mismatch.md").unlink()
    (tmp_path / "Z999-gone.md").write_text("gone", "utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert generate.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "missing: docs/rules/N401-name-mismatch.md",
        "differs: docs/rules/README.md",
        "superfluous: docs/rules/Z999-gone.md",
    ]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0


def test_what_markdown_would_eat_is_escaped(generate: Any) -> None:
    assert generate.escape_cell("a | b\n c") == "a \\| b c"
    assert generate.escape_prose("a <br> `<br>` <i>") == "a \\<br> `<br>` \\<i>"
    text = "Text.\n\n```markdown pages/a.md\n# <br> ⟦x⟧\n```\n\n```text findings\nwrong\n```"
    assert generate.build_manual(text).splitlines() == [
        *("Text.", "", "`pages/a.md`:", "", "```markdown", "# <br> x", "       ^", "```", ""),
        *("Findings:", "", "```text", "wrong", "```"),
    ]


def test_every_key_of_a_profile_is_explained() -> None:
    schema = json.loads(
        files("disarm_schemas").joinpath("framework.schema.json").read_text("utf-8")
    )
    text = (SCRIPT.parent / "profiles.md").read_text("utf-8")
    keys = set(schema["properties"]) - {"$schema"}
    for definition in schema["$defs"].values():
        keys |= set(definition.get("properties", {}))
        keys |= set(definition.get("enum", ()))
    # The halves of an id template and of a reference back stand in the examples.
    unexplained = {key for key in keys if f"`{key}" not in text and f"{key}: " not in text}
    assert unexplained == set()
