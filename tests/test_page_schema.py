"""The schema of a kind's pages says of every page what the linter's own comparison says."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from disarm_lint.manual import parse_examples
from disarm_lint.model.config import Config
from disarm_lint.model.profile import Need
from disarm_lint.parse.structure import (
    StructureFlaw,
    build_kind_schema,
    build_page_schema,
    judge_page,
    read_headers,
    read_heading,
    read_values,
)
from disarm_lint.project import lint_contents, read_corpus
from disarm_lint.sources.filesystem import DiskTree
from support.cli import lint
from support.mini import rules
from support.published import CORPORA, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import ValidationError

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Kind, Layout


@lru_cache(maxsize=64)
def validator(kind: Kind, layout: Layout) -> Draft202012Validator:
    schema = build_page_schema(kind, layout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


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


def flaws_by_schema(document: Document) -> set[tuple[StructureFlaw, str]]:
    assert document.kind is not None
    assert document.layout is not None
    data = build_page_data(document)
    errors = validator(document.kind, document.layout).iter_errors(data)
    return {flaw for error in errors for flaw in explain(error, data, document.layout)}


def explain(
    error: ValidationError, data: dict[str, Any], layout: Layout
) -> list[tuple[StructureFlaw, str]]:
    """Say what a schema error means; one may name several missing or extra members."""
    part, *rest = [str(step) for step in error.absolute_path]
    if part == "heading":
        return [(StructureFlaw.HEADING, rest[0] if rest else "kind")]
    if part == "markers":
        return [(StructureFlaw.MARKER, str(data["markers"]))]
    there = data[part]
    if part == "tables":
        missing = [spec.key for spec in layout.tables if spec.key not in there]
        return (
            [(StructureFlaw.TABLE_HEADER, rest[0])]
            if rest
            else [(StructureFlaw.MISSING_TABLE, key) for key in missing]
        )
    if rest:
        return [(StructureFlaw.EMPTY_FIELD, rest[0])]
    keys = {spec.key: spec for spec in layout.fields}
    if error.validator == "additionalProperties":
        return [(StructureFlaw.UNKNOWN_FIELD, key) for key in there if key not in keys]
    needed = [key for key, spec in keys.items() if spec.label is Need.REQUIRED]
    return [(StructureFlaw.MISSING_FIELD, key) for key in needed if key not in there]


def check(corpus: Corpus) -> int:
    """Hold both judgements of each page against each other; return the number of pages."""
    pages = [page for page in corpus.pages if page.kind and page.layout]
    for page in pages:
        assert flaws_by_schema(page) == set(judge_page(page)), page.path
    return len(pages)


def test_the_examples_in_the_manuals() -> None:
    number = 0
    for loaded in rules():
        for example in parse_examples(loaded.manual):
            number += check(
                lint_contents({file.path: file.data for file in example.files}, [loaded]).corpus
            )
    assert number > 100


def test_the_sample_corpus() -> None:
    assert check(read_corpus(DiskTree(ROOT / "examples"), Config())) > 20


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    ["disarm-1.6", "disarm-1.6-layout-2024", "disarm-2.0-assessments", "disarm-2022-07"],
)
def test_the_published_corpora(name: str) -> None:
    assert check(read_corpus(DiskTree(CORPORA / name), Config())) > 100


LINES = st.sampled_from(
    [
        "# Technique T0001: Name",
        "# Technique T0001 : Name",
        "# Tactic TA01: Name",
        "# Technique T001: Name",
        "#  Technique T0001:",
        "",
        "**Summary**: Text.",
        "* **Summary:** Text.",
        "**Summary**:",
        "**Summry**: Text.",
        "**Tactic**: TA01 Plan <br><br>**Parent Technique:** T0002 Other",
        "**Tactic**: -",
        "| Associated Technique | Description |",
        "| Incident | Descriptions given for this incident |",
        "| incident |  Descriptions given for this incident |",
        "| Counters | Response types |",
        "| --- | --- |",
        "| [I00001 Event](../incidents/I00001.md) | Text |",
        "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=14))
def test_any_page(lines: list[str]) -> None:
    page = "generated_pages/techniques/T0001.md"
    check(lint_contents({page: "\n".join(lines)}, []).corpus)


def test_the_command_prints_a_schema_that_fits(tmp_path: Path) -> None:
    corpus = read_corpus(DiskTree(ROOT / "examples"), Config())
    for kind in (kind for kind in corpus.profile.kinds if kind.layouts):
        done = lint("config", "schema", "--page", kind.key, str(ROOT / "examples"), cwd=tmp_path)
        assert (done.status, done.err) == (0, "")
        schema = json.loads(done.out)
        assert schema == build_kind_schema(kind)
        Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema)
    pages = [page for page in corpus.pages if page.kind is kind]
    assert [page.path for page in pages if not valid.is_valid(build_page_data(page))] == []
    assert len(pages) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["schema", "--page", "techniqe"],
            "the profile disarm-1 has no pages of a kind “techniqe”; did you mean “technique”?",
        ),
        (["show", "--page", "technique"], "`--page` and `--profile` go with `config schema`"),
        (
            ["schema", "--page", "tactic", "--profile"],
            "`--page` and `--profile` exclude each other",
        ),
        (["schema", "."], "`config schema` takes a path or --config only with --page"),
    ],
)
def test_what_cannot_be_printed(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = lint("config", *arguments, cwd=tmp_path)
    assert (done.status, done.out, done.err) == (2, "", f"disarm-lint: {message}\n")
