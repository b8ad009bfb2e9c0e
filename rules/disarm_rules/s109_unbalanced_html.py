"""`<i>` or `<b>` that is opened and not closed, or closed and not opened.

The texts of the framework set quotations in italics with HTML tags. A tag that
is never closed runs on to the end of its cell or paragraph, and on some
systems to the end of the page. Often `<i>` stands where `</i>` was meant.

The finding stands at the tag, in any letter case; tags in code are text. Each kind of
tag is counted separately within its table cell or paragraph, so `<i><b>…</i></b>` is
balanced. A slip that leaves two tags unmatched, as `<i>` for `</i>` does, is one
finding. So is `**` without a partner, which readers see as two asterisks.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: ⟦<i>⟧An Account is a user-specific profile.
```

```text findings
<i> is never closed in this paragraph; write </i> where the italics end
```

## Bad: the slash is missing

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: <i>“An Account.”⟦<I>⟧<br><br> It is a <b>user-specific</b> profile.
```

```text findings
<I> opens italics that are open already; </i> was probably meant
```

## Bad: closed, but never opened

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account⟦</b>⟧ is a user-specific profile.
```

```text findings
</b> closes bold text that is not open in this paragraph; delete it, or write <b> where the bold text begins
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: <i>An Account</I> is a <b><i>user-specific</b></i> profile, written as `<i>`.
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="S109",
    name="unbalanced-html",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="close what is opened, or delete the tag",
    repair=Repair.SAFE,
    scope=RuleScope.PAGE,
)

_STYLES = {"i": "italics", "b": "bold text"}


_ROOT = Root(
    "tags",
    "tags for italics or bold text have no partner in {places}",
    "close what is opened, or delete the tags",
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each slip that leaves a style tag without its partner."""
    del options
    for document in corpus.checked_documents:
        for leaf in document.leaves if "**" in document.source.text else ():
            yield from _check_asterisks(document, leaf)
        for leaf, tags in document.tags:
            for name in sorted({tag.lstrip("/") for tag, _ in tags}):
                own = [(tag[0] == "/", text) for tag, text in tags if tag.lstrip("/") == name]
                if name in _STYLES:
                    yield from _check_tags(document, leaf, name, own)
                elif document.type is PageType.ENTITY or document.type is PageType.ROW:
                    yield from _find_unpaired(document, name, own)


# Two asterisks that begin bold text, or end it.
_BOLD = re.compile(
    r"(?<![\\*\w])(?P<opening>\*\*)(?=[^\s*])|(?<=[^\s*\\])(?P<closing>\*\*)(?![*\w])"
)


def _check_asterisks(document: Document, leaf: Text) -> Iterator[Finding]:
    """Yield a finding for asterisks without a partner, which readers see as they stand."""
    raw = leaf.raw
    if raw.count("**") % 2 == 0 or "***" in raw or "`" in raw:
        return
    if any(leaf.start <= marker.start < leaf.end for marker in document.markers):
        return
    opened = None
    for match in _BOLD.finditer(raw):
        if match["closing"] is not None and opened is not None:
            opened = None
        elif opened is None:
            opened = match
        else:
            break
    if opened is None:
        return
    closing = opened["closing"] is not None
    message = "** closes bold text that is not open here: delete it, or write ** where it begins"
    if not closing:
        message = "** is never closed here: write ** where the bold text ends, or delete it"
    yield RULE.at(document, leaf.part(*opened.span()), message, wrong="**")


def _find_unpaired(
    document: Document, name: str, tags: Sequence[tuple[bool, Text]]
) -> Iterator[Finding]:
    """Yield a finding for each tag of another element that has no partner."""
    opened, unopened = _list_alone(tags)
    for text in unopened:
        message = f"{text.raw} closes what was not opened here: delete it"
        yield RULE.at(document, text, message)
    for text in opened:
        message = f"{text.raw} is never closed here: delete it, or write </{name}> where it ends"
        yield RULE.at(document, text, message)


def _list_alone(tags: Sequence[tuple[bool, Text]]) -> tuple[list[Text], list[Text]]:
    """Return the tags that have no partner: those that open, and those that close."""
    opened: list[Text] = []
    unopened: list[Text] = []
    for closing, text in tags:
        if not closing:
            opened.append(text)
        elif opened:
            opened.pop()
        else:
            unopened.append(text)
    return opened, unopened


def _check_tags(
    document: Document, leaf: Text, name: str, tags: Sequence[tuple[bool, Text]]
) -> Iterator[Finding]:
    opened, unopened = _list_alone(tags)
    style = _STYLES[name]
    place = "cell" if any(t.text.start <= leaf.start < t.text.end for t in document.tables) else ""
    place = place or "paragraph"

    def report(text: Text, message: str, suggestion: str | None = None) -> Finding:
        return RULE.at(document, text, message, suggestion=suggestion, root=_ROOT)

    while opened:
        text = opened.pop(0)
        if opened and _ends_words(leaf, opened[0]):
            text = opened.pop(0)
            meant = f"</{name}>"
            message = f"{text.raw} opens {style} that are open already; {meant} was probably meant"
            yield report(text, message.replace("text that are", "text that is"), meant)
        else:
            message = f"{text.raw} is never closed in this {place}; write </{name}> where the "
            yield report(text, message + f"{style} end{'' if name == 'i' else 's'}")
    while unopened:
        text = unopened.pop(0)
        if unopened and _begins_words(leaf, text):
            unopened.pop(0)
            meant = f"<{name}>"
            yield report(
                text,
                f"{text.raw} closes {style}, and another does; {meant} was probably meant",
                meant,
            )
        else:
            are, begin = ("are", "begin") if name == "i" else ("is", "begins")
            yield report(
                text,
                f"{text.raw} closes {style} that {are} not open in this {place}; delete it, "
                f"or write <{name}> where the {style} {begin}",
            )


def _look_around(leaf: Text, tag: Text) -> tuple[str, str]:
    raw, start, end = leaf.raw, tag.start - leaf.start, tag.end - leaf.start
    return raw[start - 1 : start] if start else " ", raw[end : end + 1] or " "


def _ends_words(leaf: Text, tag: Text) -> bool:
    """Tell whether a tag stands where words end and none begin."""
    before, after = _look_around(leaf, tag)
    return not (before.isspace() or before in ">([“‘") and not (after.isalnum() or after in "“‘([")


def _begins_words(leaf: Text, tag: Text) -> bool:
    """Tell whether a tag stands where words begin and none end."""
    before, after = _look_around(leaf, tag)
    return (before.isspace() or before in ">([") and not (after.isspace() or after == "<")
