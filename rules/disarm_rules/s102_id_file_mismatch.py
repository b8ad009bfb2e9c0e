"""The id in a page's heading is not the name of its file.

Links lead to files: a reader who follows a link to T0039 must find the page
that says T0039. If the two differ, one of them is a slip: a page was copied
and its heading not changed, or the id in the spreadsheet has a space in it, so
that the generator writes a second page, `T0039 .md`, beside the real one.

The finding stands at the id in the heading. Where heading and file differ only
in spaces or letter case, the heading counts as meant: no other rule reports it.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique ⟦T0147⟧: Account Asset

**Summary**: An Account is a user-specific profile.
```

```text findings
the heading says T0147, the file is called “T0146.md”: links to T0146 lead here. Correct the heading or rename the file
```

## Bad: a space behind the id

```markdown generated_pages/techniques/T0039 .md
# Technique ⟦T0039 ⟧: Bait Influencer

**Summary**: Influencers are people.
```

```text findings
a space stands behind the id, in the heading and in the file name “T0039 .md”: links to T0039 miss this page. Write “T0039” in the spreadsheet, and delete this file
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_same_name
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._members import build_spaced_root, find_spaced_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="S102",
    name="id-file-mismatch",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="give the file the name of the id in its heading, or correct the heading",
)

_SUFFIX = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)
_BLANKS_BEFORE_COLON = re.compile(r"[ \t]+(?=:)")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each page whose heading and file name differ in the id."""
    del options
    if not corpus.known:
        return
    for document in (*corpus.pages, *corpus.registry.duplicate_pages):
        finding = _judged(corpus, document)
        if finding is not None:
            yield finding


def _judged(corpus: Corpus, document: Document) -> Finding | None:
    written, kind = _written(document), document.kind
    if written is None or kind is None:
        return None
    entity_id = "".join(written.raw.split()).upper()
    if not any(form.template.matches(entity_id) for form in kind.forms):
        # An id that fits no page of this folder is S101's.
        return None
    file = document.path.rpartition("/")[2]
    stem = _SUFFIX.sub("", file)
    if written.raw == stem == entity_id:
        return None
    suggestion: str | None = None
    root = None
    if "".join(stem.split()).upper() != entity_id:
        message = (
            f"the heading says {entity_id}, the file is called “{file}”: links to {stem.strip()} "
            "lead here. Correct the heading or rename the file"
        )
        suggestion = document.identity
    elif written.raw == entity_id:
        message = (
            f"the heading says {entity_id}, the file is called “{file}”: links to {entity_id} "
            f"miss this page. Rename the file to “{entity_id}.md”"
        )
    else:
        suggestion = entity_id if stem == entity_id else None
        leftover = suggestion is None and _is_leftover(corpus, document, entity_id)
        message = _slip(written.raw, entity_id, file, stem, leftover=leftover)
        spaced = find_spaced_id(corpus.entity(entity_id))
        action = (
            f"delete “{file}”"
            if leftover
            else f"write “{entity_id}” in the spreadsheet and generate the pages anew; then delete "
            f"“{file}”"
        )
        root = (
            build_spaced_root(spaced)
            if spaced is not None
            else Root(f"spaced id {entity_id}", message, action, by_place=False)
        )
    return RULE.at(
        document,
        written,
        message,
        subject=entity_id,
        wrong=stem,
        suggestion=suggestion,
        root=root,
    )


def _written(document: Document) -> Text | None:
    """Return the id of the heading with the spaces that stand between it and the colon."""
    heading = document.heading
    if heading is None or heading.id is None:
        return None
    blanks = _BLANKS_BEFORE_COLON.match(heading.id.source.text, heading.id.end)
    end = blanks.end() if blanks else heading.id.end
    return Text(heading.id.source, heading.id.start, end)


def _is_leftover(corpus: Corpus, document: Document, entity_id: str) -> bool:
    """Tell whether another page has the file name and the name that the entity is listed with."""
    entity = corpus.entity(entity_id)
    page = entity.page if entity is not None else None
    if entity is None or page is None or page is document or find_spaced_id(entity) is not None:
        return False
    listed = {
        item.name.raw
        for item in corpus.registry.authoritative_listings
        if item.entity_id == entity_id and item.name is not None
    }
    proper = page.path.rpartition("/")[2] == f"{entity_id}.md"
    return proper and bool(listed) and all(is_same_name(page.name or "", one) for one in listed)


def _slip(written: str, entity_id: str, file: str, stem: str, *, leftover: bool) -> str:
    if "".join(written.split()) != entity_id:
        what = "the letters of the id belong in capitals"
    elif written.strip() == entity_id:
        what = "a space stands behind the id"
    else:
        what = "a space stands inside the id"
    if stem == entity_id:
        return f"{what}; write “{entity_id}:”, as the file is called “{file}”"
    if leftover:
        return (
            f"{what}, in the heading and in the file name “{file}”, which is a leftover: the page "
            f"of {entity_id} is “{entity_id}.md”. Delete this file"
        )
    return (
        f"{what}, in the heading and in the file name “{file}”: links to {entity_id} miss "
        f"this page. Write “{entity_id}” in the spreadsheet, and delete this file"
    )
