"""Whose page a page is, where its heading and its file name disagree.

Links lead to files, so a page that is called after a listed entity is that
entity's page even where its heading names another id, or none that can be
read. Without this, one slip in a heading would look like a missing page, an
orphan and a dozen one-way references.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.model.document import Document, PageType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.profile import Kind


def _well_formed(written: str, kind: Kind) -> bool:
    return any(form.template.matches(written) for form in kind.forms)


def settle(documents: Iterable[Document], listed: frozenset[str]) -> tuple[Document, ...]:
    """Give each page whose heading is not its file's the identity that it has.

    `listed` are the ids that the indexes list; where they list none of a kind,
    a page is what it is called if another page has its heading's id by right.
    """
    documents = tuple(documents)
    rightful = {d.stem for d in documents if d.type is PageType.ENTITY and d.id == d.stem}
    return tuple(_settled(document, listed, rightful) for document in documents)


def _settled(document: Document, listed: frozenset[str], rightful: set[str]) -> Document:
    kind, heading, stem = document.kind, document.heading, document.stem
    if document.type is not PageType.ENTITY or kind is None or document.id == stem:
        return document
    if not _well_formed(stem, kind):
        return document
    written = heading.id.raw if heading and heading.id is not None else None
    if written == "":
        return document
    if written is None or not _well_formed(written, kind):
        return replace(document, identity=stem)
    if stem in listed or (not listed and written in rightful):
        return replace(document, identity=stem)
    return document
