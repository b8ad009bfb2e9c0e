"""The sample corpus holds the mistakes that its README lists, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import disarm_rules
from disarm_lint.config.model import Config
from disarm_lint.project import lint, read_corpus
from disarm_lint.reading.tree import DiskTree
from disarm_lint.rule import load_rules
from disarm_lint.selection import selection

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ROW = re.compile(r"^\| ([A-Z]\d{3}) \| (\S+):(\d+) \|", re.MULTILINE)


def test_findings_are_those_of_the_readme() -> None:
    rules = load_rules(disarm_rules)
    corpus = read_corpus(DiskTree(EXAMPLES), Config())
    run = lint(corpus, rules, Config(), selected=selection(rules, (), ()))
    found = [
        (finding.rule, finding.location.path.removeprefix("generated_pages/"), span.line)
        for finding in run.outcome.findings
        if (span := finding.location.span) is not None
    ]
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    listed = [(code, path, int(line)) for code, path, line in ROW.findall(readme)]
    assert sorted(found) == listed == sorted(listed)
