"""The sample corpus holds the mistakes that its README lists, and no others."""

from __future__ import annotations

import re

import disarm_rules
from disarm_lint.model.config import Config
from disarm_lint.project import lint, read_corpus
from disarm_lint.ruleset import build_selection, load_rules
from disarm_lint.sources.filesystem import DiskTree
from support.published import ROOT

EXAMPLES = ROOT / "examples"
ROW = re.compile(r"^\| ([A-Z]\d{3}) \| (\S+):(\d+) \|", re.MULTILINE)


def test_findings_are_those_of_the_readme() -> None:
    rules = load_rules(disarm_rules)
    corpus = read_corpus(DiskTree(EXAMPLES), Config())
    run = lint(corpus, rules, Config(), selected=build_selection(rules, (), ()))
    found = [
        (finding.rule, finding.location.path.removeprefix("generated_pages/"), span.line)
        for finding in run.outcome.findings
        if (span := finding.location.span) is not None
    ]
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    listed = [(code, path, int(line)) for code, path, line in ROW.findall(readme)]
    assert sorted(found) == listed == sorted(listed)


MASTER_ROW = re.compile(r"^\| ([A-Z]\d{3}) \| (\S+?[!:]\w+) \| (?:From (\S+?)[.:])?", re.MULTILINE)


def test_findings_with_workbooks_are_those_of_the_readme() -> None:
    rules = load_rules(disarm_rules)
    folder = EXAMPLES / "master-data"
    corpus = read_corpus(DiskTree(folder), Config())
    run = lint(corpus, rules, Config(), selected=build_selection(rules, (), ()))
    found = []
    for finding in run.outcome.findings:
        span, cell = finding.location.span, finding.location.cell
        path = finding.location.path.removeprefix("generated_pages/")
        where = cell.address if cell else f"{path}:{span.line}" if span else path
        source = finding.source.cell.address if finding.source else ""
        found.append((finding.rule, where, source if finding.rule != "M701" else ""))
    readme = (folder / "README.md").read_text("utf-8")
    assert found == MASTER_ROW.findall(readme)
