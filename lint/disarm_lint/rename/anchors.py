"""Links that lead to the heading of a page that gets another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.links import make_slug
from disarm_lint.model.document import PageType
from disarm_lint.rename.place import TouchedPlace, TouchedRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document


def list_anchor_places(
    corpus: Corpus, pages: Iterable[Document], rewrite: Callable[[str], str]
) -> Iterator[TouchedPlace]:
    """Yield the fragments of links that lead to the headings of some pages.

    `rewrite` returns the heading that a page gets in place of the one that it has.
    """
    slugs: dict[str, tuple[str, str]] = {}
    for page in pages:
        if page.heading is not None:
            words = page.heading.text.raw.strip("#").strip()
            slugs[page.path] = (make_slug(words), make_slug(rewrite(words)))
    changed = {old for old, new in slugs.values() if old != new}
    for document in corpus.all_documents:
        for link in document.links if document.type is not PageType.ROW else ():
            head, sign, fragment = link.target.raw.partition("#")
            if not sign or fragment.casefold() not in changed or link.external:
                continue
            old, new = slugs.get(corpus.links.resolve(document, link).path, ("", ""))
            if fragment.casefold() == old:
                start = len(head) + 1
                yield TouchedPlace(
                    TouchedRole.LINK, link.target.part(start, start + len(fragment)), new
                )
