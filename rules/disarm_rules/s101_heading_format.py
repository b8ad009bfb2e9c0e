"""A page whose first line is not `# <Kind> <ID>: <Name>`.

The heading is what defines an entity: its kind, its id, its name. Everything else
(indexes, links, citations) is compared with it, and the generator writes it in one
form only. A heading in another form was edited by hand, or the page belongs in
another folder: the kind word and the shape of the id must fit the folder that
the page lies in.

## Bad

```markdown generated_pages/techniques/T0146.md
⟦# Technique T0146 Account Asset⟧

**Summary**: An Account is a user-specific profile.
```

```text findings
the first line must be `# Technique T0000: <name>`: kind, id, a colon, a space, the name
```

## Bad: the id of another kind

```markdown generated_pages/techniques/T0146.md
⟦# Technique TA15: Account Asset⟧

**Summary**: An Account is a user-specific profile.
```

```text findings
“Technique TA15” does not fit the folder: a technique is headed `# Technique T0000: <name>`
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

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.parse.structure import StructureFlaw
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._structure import add_article, add_count, describe_template, find_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.profile import Kind
    from disarm_lint.parse.structure import StructureError

RULE = Rule(
    code="S101",
    name="heading-format",
    severity=Severity.ERROR,
    # Where its row has no name, that is reported there.
    superseded_by=("S108",),
    harm=Harm.ASTRAY,
    action="write the heading as “# Kind ID: Name”",
)


_WITH_ID = re.compile(
    r"(?:(?P<word>[^\W\d_]+)\s+)?(?P<id>[A-Za-z]{1,4}[0-9][\w.]*)(?:\s*[:–—-]\s*|\s+)(?P<name>.*)"
)
# What stands between word and name where an id belongs: anything with a digit.
_WITH_SLIP = re.compile(
    r"(?P<word>[^\W\d_]+)\s+(?P<id>[^\s:]{0,12}(?=[^:]*\d)[^:]{1,16}(?::\d{1,4})?):\s+(?P<name>\S.*)"
)
_WITHOUT_ID = re.compile(r"(?P<word>[^\W\d_]+)\s*:\s*(?P<name>.*)")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield one finding for each page whose heading does not fit its kind."""
    del options
    done: set[str] = set()
    for document, error in find_errors(corpus, StructureFlaw.HEADING):
        if document.path in done:
            continue
        if error.detail != "line" and _differs_in_spaces_or_case(document):
            continue
        done.add(document.path)
        message = add_count(_describe(document, error), document, error)
        suggestion = (
            _suggest(document, error.text.raw)
            if error.pages == 1 and (document.heading is None or error.detail != "line")
            else None
        )
        yield RULE.at(
            document,
            error.text,
            message,
            subject=document.path,
            suggestion=suggestion,
            root=describe_template(document, error),
        )


# What exports write around a heading: anchors, attributes, and the line below it.
_LEFTOVERS = re.compile(
    r"\A[# \t]*(?:\[\]\{[#.][^{}\n]{0,300}\})*[ \t]*|(?<![ \t])[ \t]*+\n=+[ \t]*\Z"
    r"|(?<![ \t])[ \t]*+(?:\{[#.][^{}\n]{0,300}\}|<a\s(?:id|name)=[^<>\n]{0,300}>(?:</a>)?)[ \t]*\Z",
    re.IGNORECASE,
)


def _suggest(document: Document, line: str) -> str | None:
    """Return the heading that is meant: where the file's name is an id, and no other is written."""
    kind, stem = document.kind, document.stem
    form = next((f for f in kind.forms if f.template.matches(stem)), None) if kind else None
    if kind is None or form is None:
        return None
    name = _LEFTOVERS.sub("", line.strip())
    if (slip := _read_slip(name, kind)) is not None:
        name = slip
    elif match := _WITH_ID.fullmatch(name):
        other = form.template.matches(match["id"]) or match["word"] is None
        if other and match["id"] != stem:
            return None
        name = match["name"]
    elif (match := _WITHOUT_ID.fullmatch(name)) and match["word"].casefold() in {
        f.word.casefold() for f in kind.forms
    }:
        name = match["name"]
    if stem in name:
        # Something else stands before what is meant.
        return None
    return f"# {form.word} {stem}: {' '.join(name.split())}" if name else None


def _read_slip(line: str, kind: Kind) -> str | None:
    """Return the name behind the kind's word and something with a digit, which is no id."""
    words = {form.word.casefold() for form in kind.forms}
    match = _WITH_SLIP.fullmatch(line)
    if match is None or match["word"].casefold() not in words:
        return None
    fits = kind.matches(match["id"].strip())
    return None if fits else match["name"]


def _differs_in_spaces_or_case(document: Document) -> bool:
    """Tell whether only spaces around the id or the case of its letters are wrong (S102 speaks)."""
    heading, kind = document.heading, document.kind
    if heading is None or kind is None or not (heading.word and heading.id and heading.name):
        return False
    word, written, name = heading.word.raw, heading.id.raw, heading.name.raw
    entity_id = "".join(written.split()).upper()
    fits = kind.has_form(word, entity_id)
    canonical = f"# {word} {entity_id}: {name}"
    blanks = heading.text.raw.replace(f"{written} :", f"{written}:")
    return fits and blanks.replace(written, entity_id, 1).rstrip() == canonical


def _describe(document: Document, error: StructureError) -> str:
    heading = document.heading
    if heading is None:
        return f"the page has no heading; its first line must be {error.expected}"
    if heading.word is None or heading.id is None or heading.name is None:
        return f"the first line must be {error.expected}: kind, id, a colon, a space, the name"
    if not heading.id.raw and heading.name.raw:
        return f"the heading has lost its id; it must be {error.expected}"
    if not heading.name.raw:
        name = f"{heading.id.raw} no name" if heading.id.raw else "neither id nor name"
        return f"the heading gives {name}; it must be {error.expected}"
    kind = document.kind
    if kind is None or not kind.has_form(heading.word.raw, heading.id.raw):
        title = kind.title if kind else "page"
        written = f"{heading.word.raw} {heading.id.raw}"
        return (
            f"“{written}” does not fit the folder: {add_article(title)} is headed {error.expected}"
        )
    if error.detail == "line":
        return f"there is text before the heading; the first line must be {error.expected}"
    behind = heading.text.raw[heading.name.end - heading.text.start :].strip()
    if behind:
        return f"“{behind}” behind the name is no part of the heading {error.expected}: delete it"
    return f"the first line must be {error.expected}, with single spaces"
