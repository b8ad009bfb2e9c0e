"""What the rules on a page's structure share: the schema errors of the pages they look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.parse.structure import StructureError, StructureFlaw


def find_errors(corpus: Corpus, *flaws: StructureFlaw) -> Iterator[tuple[Document, StructureError]]:
    """Yield the schema errors of the given sorts, page by page."""
    for document in corpus.pages:
        for error in corpus.structure.get(document.path, ()):
            if error.flaw in flaws:
                yield document, error


def add_article(title: str) -> str:
    """Return a kind's title with `a` or `an` before it."""
    return f"{'an' if title[:1] in tuple('aeiou') else 'a'} {title}"


def describe_template(document: Document, error: StructureError) -> Root | None:
    """Return the root cause of an error that stands for many pages; None for one page's own."""
    if error.pages == 1 or document.kind is None:
        return None
    return Root(
        f"template of {document.kind.key}: {error.flaw} {error.detail}",
        f"the template of {error.pages:,} {document.kind.title} pages differs from the profile: "
        f"{error.expected or error.detail}",
        "generate the pages with today's template, or describe theirs in a profile",
        by_place=False,
        harm=Harm.HYGIENE,
        template=True,
    )


def add_count(message: str, document: Document, error: StructureError) -> str:
    """Say in a message that the error stands for many pages, where it does."""
    if error.pages == 1 or document.kind is None:
        return message
    return (
        f"{message} (as on {error.pages} {document.kind.title} pages: "
        "their template differs from the profile)"
    )
