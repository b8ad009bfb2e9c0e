"""A rule reads no more than it declares: one of the scope PAGE judges each document alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.display import load_built_in_rules
from disarm_lint.engine import run_rules
from disarm_lint.model.config import Config
from disarm_lint.model.document import Document
from disarm_lint.project import read_corpus
from disarm_lint.ruleset import LoadedRule, PageScope, RuleScope
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

EXAMPLES = Path(__file__).parent.parent / "examples"
PAGE_RULES = [item for item in load_built_in_rules() if item.rule.scope is RuleScope.PAGE]
DAMAGED = {
    f"generated_pages/techniques/T000{number}.md": f"# Technique T000{number}: Name\n\n{text}\n"
    for number, text in enumerate(
        (
            "**Summary**: TODO",
            "**Summary**: The user‚Äôs profile\u200b.",
            "<<<<<<< HEAD\nOne\n=======\nTwo\n>>>>>>> other",
            "A (page)[https://example.org/a] and <b>bold.",
            "Lorem ipsum dolor.\r\nMore.",
            "| A | B |\n|---|---|\n| broken\nrow |",
            "A bell \x07.",
        ),
        1,
    )
} | {"generated_pages/tactics/notes.md": "Not a page.\n"}


def speak(loaded: LoadedRule, documents: Iterable[Document]) -> list[Finding]:
    assert loaded.check is not None
    return list(loaded.check(PageScope(tuple(documents)), loaded.rule.options()))


def compare(corpus: Corpus) -> Counter[str]:
    found: Counter[str] = Counter()
    for loaded in PAGE_RULES:
        together = speak(loaded, corpus.checked_documents)
        alone = [item for d in corpus.checked_documents for item in speak(loaded, (d,))]
        assert alone == together, loaded.rule.code
        found[loaded.rule.code] += len(together)
    return found


def test_a_page_rule_says_the_same_of_a_document_alone() -> None:
    found = compare(read_corpus(DiskTree(EXAMPLES / "master-data"), Config()))
    found += compare(read_corpus(DiskTree(EXAMPLES), Config()))
    damaged = {path: text.encode() for path, text in DAMAGED.items()}
    found += compare(read_corpus(MemoryTree(damaged), Config()))
    # All of them have something to say, so that the comparison means something.
    assert {code for code, number in found.items() if number} >= {
        "L307", "S109", "S114", "T503", "T504", "T505", "T506",
    }  # fmt: skip


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["disarm-1.6", "disarm-2022-07"])
def test_a_page_rule_says_the_same_of_a_published_document_alone(name: str) -> None:
    compare(read_corpus(DiskTree(CORPORA / name), Config()))


class Clean:
    """Remembers documents of which nothing was said, by path and text."""

    def __init__(self) -> None:
        self.known: set[tuple[str, str, str]] = set()
        self.spared = 0

    def is_clean(self, document: Document, rules: str) -> bool:
        hit = (document.path, document.source.text, rules) in self.known
        self.spared += hit
        return hit

    def keep_clean(self, document: Document, rules: str) -> None:
        self.known.add((document.path, document.source.text, rules))


def test_a_document_that_was_clean_is_not_judged_again() -> None:
    rules, clean = load_built_in_rules(), Clean()
    files = {path: text.encode() for path, text in DAMAGED.items()}
    plain = b"# Technique T0009: Plain\n\n**Summary**: Nothing is wrong here.\n"
    files["generated_pages/techniques/T0009.md"] = plain
    corpus = read_corpus(MemoryTree(files), Config())
    first = run_rules(corpus, rules)
    assert run_rules(corpus, rules, clean=clean) == first
    assert clean.spared == 0
    assert {path for path, _, _ in clean.known} >= {"generated_pages/techniques/T0009.md"}
    assert run_rules(corpus, rules, clean=clean) == first
    assert clean.spared == len(clean.known) > 0
