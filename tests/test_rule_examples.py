"""Each example in a rule's manual runs its own rule alone, and must be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import disarm_rules
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.corpus.release import compare_releases, index_release
from disarm_lint.engine import compare_rules
from disarm_lint.manual import parse_examples
from disarm_lint.model.config import Config
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.scope import CONFIG_NAME
from support.answers import KnownAnswers
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.manual import ManualExample
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import LoadedRule

RULES = load_rules(disarm_rules)
CASES = [
    pytest.param(loaded, example, id=f"{loaded.rule.code}-{number}-{example.title}")
    for loaded in RULES
    for number, example in enumerate(parse_examples(loaded.manual), 1)
]
OFF_BY_DEFAULT = {"L306", "N405", "N407", "R210"}


def findings_in(loaded: LoadedRule, example: ManualExample, folder: Path) -> list[Finding]:
    """Run a rule on an example.

    A rule that reviews what suppression comments did needs the others beside it,
    and one that compares the release before.
    """
    files = {file.path: file.data for file in example.files}
    files |= {path: workbook(sheets) for path, sheets in example.workbooks.items()}
    config = LoadedConfig(Config())
    if CONFIG_NAME in files:
        path = folder / CONFIG_NAME
        path.write_bytes(files[CONFIG_NAME])
        config = load_config(path, folder, RULES)
    run = lint_contents(
        files,
        RULES if loaded.review else [loaded],
        config=config.config,
        profile=config.profile,
        options=config.options,
        prober=KnownAnswers(example.dead),
    )
    if loaded.compare is not None:
        before = {file.path: file.data for file in example.earlier}
        earlier = index_release(lint_contents(before, []).corpus, "the earlier release")
        changes = compare_releases(earlier, index_release(run.corpus))
        return compare_rules(run.corpus, changes, [loaded], config.options)
    return [finding for finding in run.outcome.findings if finding.rule == loaded.rule.code]


@pytest.mark.parametrize(("loaded", "example"), CASES)
def test_example(loaded: LoadedRule, example: ManualExample, tmp_path: Path) -> None:
    found = findings_in(loaded, example, tmp_path)
    messages = tuple(finding.message for finding in found)
    marks = tuple(finding.location for finding in found)
    assert marks == example.marks, messages
    assert messages == example.messages
    assert bool(found) is example.bad


@pytest.mark.parametrize("loaded", RULES, ids=lambda loaded: loaded.rule.code)
def test_manual(loaded: LoadedRule) -> None:
    examples = parse_examples(loaded.manual)
    assert any(example.bad for example in examples)
    assert any(not example.bad for example in examples)
    assert all(example.files or example.sheets for example in examples)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", loaded.rule.name)
    assert re.fullmatch(r"[SRLNTCMAX][0-9]{3}", loaded.rule.code)
    assert 0 < len(loaded.summary) <= 100
    assert loaded.summary.endswith(".")
    hooks = (loaded.check, loaded.review, loaded.compare)
    assert sum(hook is not None for hook in hooks) == 1


def test_codes_and_names_are_unique() -> None:
    assert len({loaded.rule.code for loaded in RULES}) == len(RULES)
    assert len({loaded.rule.name for loaded in RULES}) == len(RULES)


def test_rules_that_are_off_by_default() -> None:
    assert {loaded.rule.code for loaded in RULES if not loaded.rule.default} == OFF_BY_DEFAULT


def test_precedence_names_known_rules() -> None:
    codes = {loaded.rule.code for loaded in RULES}
    for loaded in RULES:
        assert set(loaded.rule.superseded_by) <= codes - {loaded.rule.code}, loaded.rule.code
