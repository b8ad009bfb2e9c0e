r"""Text that was decoded with the wrong encoding.

`â€™` and `‚Äô` are what becomes of an apostrophe `’` when UTF-8 is read as
Windows-1252 or Mac Roman; `√©` was an `é`. Such damage comes from exports and
copies, and it can be undone: the suggestion is the text as it was. Where letters
are lost for good, shown as U+FFFD, there is no suggestion.

There is one finding for each damaged line, from its first to its last damaged
letter. If the whole file was decoded with one wrong encoding, there is one finding at
its first damage; `disarm-lint fix` repairs all of it, and so does an editor that saves
the file in that encoding and opens it as UTF-8. The text of a whole page is judged together, by the library ftfy: a
sequence that might be meant is left alone.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: A user’s caf⟦Ã© in ZÃ¼⟧rich.
```

```text findings
this text was decoded with the wrong encoding: “Ã©” should be “é”
```

## Bad: one sequence in a sound page

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An “Account” is the user⟦‚Äô⟧s profile, in Zürich – or elsewhere.
```

```text findings
this text was decoded with the wrong encoding: “‚Äô” should be “’”
```

## Bad: a whole file

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: The user⟦‚Äô⟧s profile, in Z√ºrich ‚Äì or elsewhere.

It‚Äôs not yours.
```

```text findings
this whole file was opened as Mac Roman instead of UTF-8, and saved so: “‚Äô” should be “’”, and so on in 2 lines. `disarm-lint fix` repairs it; or save it as Mac Roman and open that as UTF-8
```

## Bad: a letter is lost

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: The user⟦�⟧s profile.
```

```text findings
a letter was lost in decoding, and “�” is in its place; type it again
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: « L’été à Łódź », “Привет”, Việt Nam, ΑΘΗΝΑ: 👩‍💻 and café’s – all right…
```
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING

from msgspec.structs import replace

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Edit, Fix, Harm, Repair, Root, Severity
from disarm_lint.model.text import Text
from disarm_lint.model.words import shorten, show_invisible
from disarm_lint.ruleset import NoOptions, Rule, derived
from disarm_rules._mojibake import find_damage, find_wrong_decoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_rules._mojibake import Damage

RULE = Rule(
    code="T502",
    name="mojibake",
    severity=Severity.ERROR,
    dominant=True,
    harm=Harm.HYGIENE,
    action="write the repaired text",
    repair=Repair.SAFE,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each line with damaged text, or for a file that is damaged as a whole."""
    del options
    for document in corpus.checked_documents:
        found = list(find_damage(document.source.text))
        encoding = _find_encoding(corpus, document, found)
        if encoding is not None:
            yield _report_file(document, found, encoding)
            continue
        for damage in found:
            if any(damage.start <= at < damage.end for at, _ in document.source.invalid):
                continue
            yield _report(document, damage)
        yield from _find_coded_twice(document)


# A character by its name or number, whose `&` was written by its name once more.
_TWICE = re.compile(r"&(?:amp;){1,9}(?P<name>[A-Za-z]{2,8}|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});")


def _find_coded_twice(document: Document) -> Iterator[Finding]:
    """Yield a finding for each `&amp;amp;` in the text that people read."""
    if "&amp;" not in document.source.text:
        return
    for piece in document.prose:
        for match in _TWICE.finditer(piece.raw):
            once = f"&{match['name']};"
            if once[1] == "#" or once[1:] in html5:
                message = f"“{match[0]}” was coded twice, and readers see “{once}”; write “{once}”"
                yield RULE.at(document, piece.part(*match.span()), message, suggestion=once)


def _find_encoding(corpus: Corpus, document: Document, found: Sequence[Damage]) -> str | None:
    """Return what a whole file was decoded as, where the file is what has to be repaired."""
    if document.source.invalid or document.type is PageType.ROW:
        return None
    encoding = find_wrong_decoding(document.source.text, found)
    # The pages of a damaged cell are damaged as it is, and the cell is what to edit.
    return None if encoding is None or _has_damaged_rows(corpus) else encoding


@derived
def _has_damaged_rows(corpus: Corpus) -> bool:
    return any(True for row in corpus.rows for _ in find_damage(row.source.text))


def _report_file(document: Document, found: Sequence[Damage], encoding: str) -> Finding:
    texts = [Text(document.source, damage.start, damage.end) for damage in found]
    wrong, right = found[0].sample
    edits = [
        Edit(text.location, damage.repaired or "")
        for text, damage in zip(texts, found, strict=True)
    ]
    finding = RULE.at(
        document,
        Text(document.source, found[0].start, found[0].start + len(wrong)),
        f"this whole file was opened as {encoding} instead of UTF-8, and saved so: "
        f"“{show_invisible(shorten(wrong, 40))}” should be {_quote(right)}, and so on in "
        f"{len(found)} lines. `disarm-lint fix` repairs it; or save it as {encoding} and open "
        "that as UTF-8",
        subject=document.path,
        wrong=f"decoded as {encoding}",
        covers=texts,
        root=Root(
            encoding,
            f"{{places}}: opened as {encoding} instead of UTF-8, and saved so",
            f"run `disarm-lint fix`, or save them as {encoding} and open that as UTF-8",
            by_place=False,
        ),
    )
    return replace(finding, fix=Fix(Repair.SAFE, tuple(edits)))


def _report(document: Document, damage: Damage) -> Finding:
    text = Text(document.source, damage.start, damage.end)
    wrong, right = damage.sample
    if wrong == right:
        message = f"a letter was lost in decoding, and “{wrong[:4]}” is in its place; type it again"
    else:
        message = (
            "this text was decoded with the wrong encoding: "
            f"“{show_invisible(shorten(wrong, 40))}” should be {_quote(right)}"
        )
        if damage.repaired is None:
            message += ", and letters are lost; type them again"
    return RULE.at(document, text, message, suggestion=damage.repaired)


def _quote(right: str) -> str:
    return f"“{show_invisible(shorten(right, 40))}”" if right.strip() else "a space"
