"""What a rule author gets from a document: prose, and what a text is about."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from disarm_lint.engine import run_rules
from disarm_lint.model.config import Config
from disarm_lint.model.document import Document
from disarm_lint.project import lint_contents, read_corpus
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from support.mini import rules
from support.published import ROOT

PAGE = "generated_pages/techniques/T0001.md"
TABLE = (
    "| Incident | Descriptions given for this incident |\n| --- | --- |\n"
    "| [I00001 Event](../../generated_pages/incidents/I00001.md) | They did it |\n"
)


def document(text: str, path: str = PAGE) -> Document:
    (found,) = lint_contents({path: text}, []).corpus.all_documents
    return found


def test_prose_leaves_out_what_nobody_reads_as_words() -> None:
    text = (
        "# Technique T0001: Paint `Boats`\n\n**Summary**: See `T0002 code` and "
        "[a page](T0003.md) at https://example.org/T0004 in <b>bold</b> words."
    )
    assert [piece.raw for piece in document(text).prose] == [
        "Paint ", "See ", " and ", "a page", " at ", " in ", "bold", " words.",
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["`a`", "[b](c)", "<i>", " word ", "https://x.org", "`"])))
def test_prose_lies_inside_the_leaves_and_in_their_order(parts: list[str]) -> None:
    page = document("# Technique T0001: Name\n\n**Summary**: Text " + "".join(parts))
    pieces = [(piece.start, piece.end) for piece in page.prose]
    assert pieces == sorted(pieces)
    assert all(end <= start for (_, end), (start, _) in pairwise(pieces))
    assert all(
        any(leaf.start <= start < end <= leaf.end for leaf in page.leaves) for start, end in pieces
    )
    assert not any(
        start < hidden_end and hidden_start < end
        for start, end in pieces
        for hidden_start, hidden_end in page.opaque
    )


def test_what_a_text_is_about() -> None:
    page = document(f"# Technique T0001: Name\n\n**Summary**: Text\n\n{TABLE}")
    text = page.source.text
    assert page.subject_at(text.index("Text")) == "T0001"
    assert page.subject_at(text.index("I00001 Event")) == "I00001"
    # The evidence is shown on the pages of both.
    assert page.subject_at(text.index("They")) == "I00001/T0001"
    assert page.subject_at(text.index("Descriptions")) == "T0001"
    assert document("Just a note\n", "notes/a.md").subject_at(3) == "notes/a.md"


def test_a_corpus_is_freed_when_nobody_holds_it() -> None:
    """No cache of a module may keep a corpus, or what is derived from one."""
    files = DiskTree(ROOT / "examples")
    corpus = read_corpus(files, Config())
    seen: list[weakref.ref[Any]] = [
        weakref.ref(corpus),
        *(weakref.ref(page) for page in corpus.all_documents),
    ]
    outcome = run_rules(corpus, rules(), None)
    assert outcome.findings
    del corpus, outcome
    gc.collect()
    assert [reference() for reference in seen if reference() is not None] == []


def test_an_empty_corpus_is_freed_too() -> None:
    corpus = read_corpus(MemoryTree({}), Config())
    run_rules(corpus, rules(), None)
    reference = weakref.ref(corpus)
    del corpus
    gc.collect()
    assert reference() is None
