"""Pages of entities that are gone: whether anything on them would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.parse.page_template import fits_template, parse_template

if TYPE_CHECKING:
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document


def explain_kept(corpus: Corpus, document: Document) -> str | None:
    """Return, as a clause, why the page of an entity that is gone is not to be deleted unseen.

    None where there is nothing on it that its row did not make. What somebody
    changed above the edit marker is not seen: the row that it could be compared with is gone.
    """
    kind, profile = document.kind, corpus.profile
    if kind is None or document.path != f"{profile.prefix}{kind.folder}/{document.id}.md":
        return "its name is not that of its heading"
    text = document.source.text.replace("\r\n", "\n")
    templates = [text for layout in kind.layouts for text in layout.templates]
    if not any(fits_template(parse_template(template), text) for template in templates):
        return "it does not follow its template, so somebody may have written it by hand"
    if not profile.edit_marker:
        return None
    _, marker, notes = text.partition(profile.edit_marker)
    if not marker:
        return f"it has no line “{profile.edit_marker}” below which notes would stand"
    return "it has notes" if notes.strip() else None
