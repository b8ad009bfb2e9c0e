"""The id in a page's heading is not the name of its file.

Links lead to files: a reader who follows a link to T0039 must find the page
that says T0039. If the two differ, one of them is a slip: a page was copied
and its heading not changed, or the id in the spreadsheet has a space in it, so
that the generator writes a second page, `T0039 .md`, beside the real one. Once the id in
the spreadsheet is right, that page stays behind: if the real one has the entity's name and
it has another, the finding says that it is left over.

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
there is a space after the id, in the heading and in the file name “T0039 .md”: links to T0039 miss this page. Write “T0039” in the spreadsheet, and delete this file
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

from msgspec.structs import replace

from disarm_lint.corpus.names import is_same_name
from disarm_lint.model.finding import Fix, Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.model.text import Text
from disarm_lint.parse.page_template import explain_unlike, has_notes
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import build_misnamed_root
from disarm_rules._members import build_spaced_root, find_spaced_id, fix_spaced_id

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
        if not _is_id(document) and _is_copy(corpus, document):
            # C601 reports it.
            continue
        finding = _check_page(corpus, document)
        if finding is not None:
            yield finding


def _is_copy(corpus: Corpus, document: Document) -> bool:
    """Tell whether another page has the id of a page's heading."""
    heading = document.heading
    entity = corpus.entity(heading.id.raw) if heading is not None and heading.id else None
    return entity is not None and entity.page is not None and entity.page is not document


def _is_id(document: Document) -> bool:
    """Tell whether the file of a page is called after an id."""
    kind = document.kind
    stem = _SUFFIX.sub("", document.path.rpartition("/")[2]).strip().upper()
    return kind is not None and kind.matches(stem)


def _check_page(corpus: Corpus, document: Document) -> Finding | None:
    written, kind = _find_written_id(document), document.kind
    if written is None or kind is None:
        return None
    entity_id = "".join(written.raw.split()).upper()
    if not kind.matches(entity_id):
        # An id that fits no page of this folder is S101's.
        return None
    file = document.path.rpartition("/")[2]
    stem = _SUFFIX.sub("", file)
    if written.raw == stem == entity_id:
        return None
    suggestion: str | None = None
    fix: Fix | None = None
    root = None if _is_id(document) else build_misnamed_root(document, entity_id)
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
    elif _is_left_over(corpus, document, entity_id):
        message = (
            f"{_describe_slip(written.raw, entity_id)}, in the heading and in the file name "
            f"“{file}”: this page is left over, since {entity_id} has its page, “{entity_id}.md”. "
            "Delete this file"
        )
        root = Root(f"spaced id {entity_id}", message, f"delete “{file}”", by_place=False)
        if explain_unlike(corpus.profile, document) is None and not has_notes(
            corpus.profile, document
        ):
            fix = Fix(Repair.UNSAFE, (), deletes=(document.path,))
    else:
        suggestion = entity_id if stem == entity_id else None
        message = _advise_on_slip(written.raw, entity_id, file, stem)
        spaced = find_spaced_id(corpus.entity(entity_id))
        fix = fix_spaced_id(corpus, spaced) if spaced is not None else None
        root = (
            build_spaced_root(spaced)
            if spaced is not None
            else Root(
                f"spaced id {entity_id}",
                message,
                f"write “{entity_id}” in the spreadsheet and regenerate the pages; then delete "
                f"“{file}”",
                by_place=False,
            )
        )
    finding = RULE.at(
        document,
        written,
        message,
        subject=entity_id,
        wrong=stem,
        suggestion=suggestion,
        root=root,
        repair=Repair.SAFE if suggestion == entity_id == stem else None,
    )
    return replace(finding, fix=fix) if fix is not None else finding


def _find_written_id(document: Document) -> Text | None:
    """Return the id of the heading with the spaces that stand between it and the colon."""
    heading = document.heading
    if heading is None or heading.id is None:
        return None
    blanks = _BLANKS_BEFORE_COLON.match(heading.id.source.text, heading.id.end)
    end = blanks.end() if blanks else heading.id.end
    return Text(heading.id.source, heading.id.start, end)


def _advise_on_slip(written: str, entity_id: str, file: str, stem: str) -> str:
    what = _describe_slip(written, entity_id)
    if stem == entity_id:
        return f"{what}; write “{entity_id}:”, as the file is called “{file}”"
    return (
        f"{what}, in the heading and in the file name “{file}”: links to {entity_id} miss "
        f"this page. Write “{entity_id}” in the spreadsheet, and delete this file"
    )


def _describe_slip(written: str, entity_id: str) -> str:
    if "".join(written.split()) != entity_id:
        return "the letters of the id belong in capitals"
    if written.strip() == entity_id:
        return "there is a space after the id"
    return "there is a space in the id"


def _is_left_over(corpus: Corpus, document: Document, entity_id: str) -> bool:
    """Tell whether the id was corrected since: its page has the entity's name, and this one not."""
    entity = corpus.entity(entity_id)
    page = entity.page if entity is not None else None
    if entity is None or page is None or page is document or page.stem != entity_id:
        return False
    row = entity.master
    cells = row.fields if row is not None else ()
    if any(c.spec and c.spec.format is Format.ID and c.text.raw != entity_id for c in cells):
        return False
    known = document.name or ""
    return is_same_name(page.name or "", entity.name) and not is_same_name(known, entity.name)
