"""A link whose text names one id, and whose target is the page of another.

The reader follows a reference to one technique and lands on another. Either
the id in the text or the target is wrong; the name in the text, if there is
one, tells which. The finding stands at the id in the text. It
suggests the target's id only if the name belongs to the target.

The same holds for a link whose text is a web address: it has to lead there. The
scheme, `www.`, a slash at the end and the coding of characters make no difference.

## Bad

```markdown generated_pages/techniques/T0097.106.md
# Technique T0097.106: Recruiter Persona
```

```markdown generated_pages/techniques/T0097.107.md
# Technique T0097.107: Researcher Persona
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** See [⟦T0097.106⟧ Researcher Persona](../techniques/T0097.107.md) and
  [⟦T0097.106⟧ Recruiter Persona](../techniques/T0097.107.md).
```

```text findings
this says T0097.106; name and target are T0097.107 “Researcher Persona”: correct the id
this says T0097.106 “Recruiter Persona”, but leads to T0097.107: correct the target
```

## Bad: a source that leads elsewhere

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** See [https://example.org/report](⟦https://example.org/reports⟧).
```

```text findings
the text of this link is the address “https://example.org/report”, and it leads to another: make the two agree
```

## Good

```markdown generated_pages/techniques/T0097.107.md
# Technique T0097.107: Researcher Persona
```

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** See [T0097.107 Researcher Persona](../techniques/T0097.107.md).
```
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.words import shorten
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._links import (
    find_mismatched_target,
    list_links,
    locate_target,
    resolve_links,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document, Link
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="L302",
    name="link-target-mismatch",
    severity=Severity.ERROR,
    # An id with a slip in it, which the link shows, is no other id.
    superseded_by=("C605", "L305"),
    harm=Harm.ASTRAY,
    action="make the text of the link and its target agree",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each link that names one id and leads to another's page."""
    del options
    for document, link, found in resolve_links(corpus):
        mismatch = find_mismatched_target(corpus, document, link, found)
        if mismatch is not None:
            yield _report(corpus, document, link, mismatch[0], mismatch[1], found.path)
    for document, link in list_links(corpus):
        if not link.bare and not link.image and _leads_elsewhere(link):
            yield RULE.at(
                document,
                locate_target(link),
                f"the text of this link is the address “{shorten(link.label.raw)}”, and it "
                "leads to another: make the two agree",
                wrong=f"{link.label.raw} {link.href}",
            )


_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\[\]]+", re.IGNORECASE)
_BEGINNING = re.compile(r"\A(?:https?://)?(?:www\.)?", re.IGNORECASE)
_CUT = ("…", "...")


def _leads_elsewhere(link: Link) -> bool:
    """Tell whether the text of a link is an address, and its target another."""
    label = link.label.raw.strip()
    if not link.external or _ADDRESS.fullmatch(label) is None or label.endswith(_CUT):
        return False
    return _simplify(label) != _simplify(link.href)


def _simplify(address: str) -> str:
    """Return an address without what makes no other place of it."""
    text = unquote(unescape(address.replace("\\", "")))
    return _BEGINNING.sub("", text).casefold().rstrip("/")


def _report(
    corpus: Corpus, document: Document, link: Link, reference: Reference, target: str, path: str
) -> Finding:
    entity = corpus.entity(reference.target)
    other = corpus.entity(target)
    own = f" “{entity.name}”" if entity and entity.name else ""
    its = f" “{other.name}”" if other and other.name else ""
    suggestion = None
    if reference.exactly and reference.named == target:
        message = f"this says {reference.target}; name and target are {target}{its}: correct the id"
        suggestion = target
    elif reference.written is not None and reference.right:
        message = f"this says {reference.target}{own}, but leads to {target}: correct the target"
    else:
        message = f"this says {reference.target}{own}, but leads to {target}{its}"
    return RULE.at(
        document,
        reference.mention.id,
        message,
        subject=reference.target,
        wrong=f"{reference.target} {target}",
        suggestion=suggestion,
        related=[relate(link.target, f"it leads to {target} here")],
        breaks=path,
    )
