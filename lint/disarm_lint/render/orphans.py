"""Pages whose rows are gone from the workbooks: the generator never touches them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.parse.page_template import fits_template, parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document


@dataclass(frozen=True, slots=True)
class Orphan:
    """A page without a row; `kept` says, as a clause, why it is not to be deleted."""

    document: Document
    kept: str | None = None


def find_orphans(corpus: Corpus) -> Iterator[Orphan]:
    """Yield the pages of which the workbooks know no row, sorted.

    Kept are pages with notes, and those that lack lines of their template. What somebody
    changed above the edit marker is not seen: the row that it could be compared with is gone.
    """
    for document in sorted(corpus.registry.orphans, key=lambda document: document.path):
        kind = document.kind
        if kind is not None and kind.key in corpus.registry.kinds_from_workbooks:
            yield Orphan(document, _find_reason(corpus, document))


def _find_reason(corpus: Corpus, document: Document) -> str | None:
    kind, profile = document.kind, corpus.profile
    if kind is None or document.path != f"{profile.prefix}{kind.folder}/{document.id}.md":
        return "its name is not that of its heading"
    text = document.source.text.replace("\r\n", "\n")
    templates = [text for layout in kind.layouts for text in layout.templates]
    if not any(fits_template(parse_template(template), text) for template in templates):
        return "it is not laid out as its template is, so that somebody may have written it"
    if not profile.edit_marker:
        return None
    _, marker, notes = text.partition(profile.edit_marker)
    if not marker:
        return f"it has no line “{profile.edit_marker}”, below which notes would be"
    return "it has notes" if notes.strip() else None
