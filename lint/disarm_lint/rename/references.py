"""The references of a document, whether rules look at it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document


def list_references(corpus: Corpus, document: Document) -> Iterator[Reference]:
    """Yield the references of a document; also of one that rules do not look at, as an orphan."""
    if document in corpus.derive(_find_checked):
        yield from corpus.references_of(document)
        return
    heading = document.heading
    page = document.sheet is None
    named_to = heading.name.end if page and heading and heading.name else 0
    for mention in document.mentions:
        # An id in a heading's name is no citation.
        if mention.role is not Role.PROSE or mention.id.start >= named_to:
            yield corpus.resolve(document, mention)


def _find_checked(corpus: Corpus) -> frozenset[Document]:
    return frozenset(corpus.checked_documents)
