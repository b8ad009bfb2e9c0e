"""A link whose brackets somebody damaged, or that was replaced by its bare text.

`[text] (target)`, `[text)(target)`, `{text}(target)` and `[text](target` are no links:
the reader sees brackets, and no tool follows them. In the tables that tie pages
together each row leads to a page; one that holds the bare text leads nowhere.

In such a row any wreck of brackets around a text and the path of a page is recognised, and
so are two cells that are swapped.

A reference-style link, `[text][label]`, to a label that the page does not define is shown
with its brackets as well. That is a hint, with the label that was meant, if one is close.

The finding stands at the damaged link, and its suggestion is the link that was meant.
Reversed brackets, `(text)[target]`, are L307's.

## Bad

```markdown generated_pages/techniques/T0115.md
# Technique T0115: Post Content

**Summary**: ⟦[Post text] (T0116.md)⟧ and ⟦{comments}(T0116.md)⟧.
```

```text findings
there is a space between the brackets, so this is not a link; write “[Post text](T0116.md)”
the brackets do not match, so this is not a link; write “[comments](T0116.md)”
```

## Bad: the bare text of a link

```markdown generated_pages/incidents/I00064.md
# Incident I00064: Tinder nightmares

* **Summary:** A story.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0115 Post Content](../../generated_pages/techniques/T0115.md) | Posted. |
| ⟦T0116 Comment or Reply on Content⟧ | Answered. |
```

```markdown generated_pages/techniques/T0116.md
# Technique T0116: Comment or Reply on Content

**Summary**: Answers.
```

```text findings
this row has lost its link; write “[T0116 Comment or Reply on Content](../../generated_pages/techniques/T0116.md)”
```

## Bad: a label that is not defined

```markdown generated_pages/techniques/T0116.md
# Technique T0116: Comment or Reply on Content

**Summary**: Answers, as in ⟦[a report][reprot]⟧ and ⟦[another one][fox]⟧.

[report]: https://www.example.org/report
```

```text findings
this page defines no “[reprot]:”, so this is not a link; write “[a report][report]”
this page defines no “[fox]:”, so this is not a link: define it, or write the target behind the text
```

## Good

```markdown generated_pages/techniques/T0115.md
# Technique T0115: Post Content

**Summary**: [Post text](T0116.md) and (comments, see T0116.md), by [a report][report].

[report]: https://www.example.org/report
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.profile import Format
from disarm_lint.model.text import Regions
from disarm_lint.parse.definitions import normalise_reference
from disarm_lint.parse.inline import find_opaque
from disarm_lint.parse.mentions import build_id_finder
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import parse_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Link, Table
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="L308",
    name="damaged-link",
    severity=Severity.ERROR,
    superseded_by=("L301", "L307", "M701", "S106"),
    harm=Harm.ASTRAY,
    action="write the link as [text](target)",
    repair=Repair.SAFE,
)

# A target that is one beyond doubt: an address, or a path to a file.
_TARGET = (
    r"(?:https?://[^\s()\[\]{}<>|]+|(?:\.{0,2}/)?(?:[\w.%-]+/)*[\w.%-]+\.(?:md|html?)(?:#[\w-]*)?)"
)
_DAMAGED = re.compile(
    rf"\[\[(?P<e>[^\[\](){{}}\n|]{{1,200}})\]\((?P<et>{_TARGET})\)\]\({_TARGET}\)"
    rf"|\[(?P<d>[^\[\](){{}}\n|]{{1,200}})\]\((?P<dt>{_TARGET})\)\((?P=dt)\)"
    rf"|\[(?P<a>[^\[\](){{}}\n|]{{1,200}})\](?P<space>[ \t]+)\((?P<at>{_TARGET})\)"
    rf"|[\[({{](?P<b>[^\[\](){{}}\n|]{{1,200}})[\])}}][({{](?P<bt>{_TARGET})[)}}]"
    rf"|\[(?P<c>[^\[\](){{}}\n|]{{1,200}})\]\((?P<ct>{_TARGET})(?=[ \t]*(?:\||$))",
    re.MULTILINE,
)

# A cell that was a link, whatever became of its brackets. The text is not `[` alone.
_WRECK = re.compile(
    rf"[\[({{]?(?P<label>[^|\n]{{0,300}}?)[\])}}]?[ \t]*[\[({{]?(?P<target>(?:\.{{1,2}}/){_TARGET})?[)\]}}]?"
)
# What a label has around it that is not its own.
_OPENING, _CLOSING = "[({", "])}"


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each damaged link, and for each row that has lost its link."""
    del options
    for document in corpus.checked_documents:
        damaged: list[tuple[int, int]] = []
        labels = frozenset(definition.label for definition in document.definitions)
        for leaf in document.leaves:
            for start, end, why, meant in _find_damaged(leaf.raw):
                text = leaf.part(start, end)
                damaged.append((text.start, text.end))
                outcome = "" if why.endswith(("twice", "another")) else ", so this is not a link"
                message = f"{why}{outcome}; write “{meant}”"
                yield RULE.at(document, text, message, suggestion=meant)
            yield from _find_undefined(document, leaf, labels)
        if document.type is PageType.ENTITY:
            taken = Regions(damaged)
            links = {link.text.start: link for link in document.links}
            for table in document.tables:
                yield from _find_swapped(document, table, links)
                yield from _find_lost(corpus, document, table, links, taken)


def _find_damaged(raw: str) -> Iterator[tuple[int, int, str, str]]:
    if "(" not in raw and "{" not in raw:
        return
    parsed: Regions[int] | None = None
    for match in _DAMAGED.finditer(raw):
        label = match["a"] or match["b"] or match["c"] or match["d"] or match["e"]
        target = match["at"] or match["bt"] or match["ct"] or match["dt"] or match["et"]
        text = match[0]
        if text == f"[{label}]({target})" or text == f"({label})({target})":
            continue
        parsed = parsed or parse_spans(raw)
        if match["dt"] or match["et"]:
            why = "the target stands here twice"
            if match["et"]:
                why = "a link stands in the text of another"
            yield match.start(), match.end(), why, f"[{label}]({target})"
            continue
        if parsed.overlap(match.span()):
            continue
        why = "the brackets do not match"
        if match["space"]:
            why = "there is a space between the brackets"
        elif match["ct"]:
            why = "the closing bracket is missing"
        yield match.start(), match.end(), why, f"[{label}]({target})"


_REFERENCE = re.compile(
    r"(?<![\\\]!\w])\[(?P<text>[^\[\]\\|\n]{1,200})\]\[(?P<label>(?:\\.|[^\[\]\\|\n]){0,200})\](?![\[(:])"
)
_PATH = re.compile(rf"(?:\.{{1,2}}/){_TARGET}")
# Labels that are less alike than this mean other things.
_ALIKE = 75
_MOST_LABELS = 200


def _find_undefined(document: Document, leaf: Text, labels: frozenset[str]) -> Iterator[Finding]:
    """Yield a hint for each `[text][label]` whose label the page does not define."""
    raw = leaf.raw
    if "][" not in raw:
        return
    parsed = Regions(find_opaque(raw, labels))
    for match in _REFERENCE.finditer(raw):
        label = match["label"] or match["text"]
        if not _is_meant(match["text"], label, labels) or parsed.overlap(match.span()):
            continue
        # A target in the wrong brackets is damage, and no label.
        if _PATH.fullmatch(label):
            continue
        nearest = _find_nearest(document, label)
        meant = f"[{match['text']}][{nearest}]" if nearest else None
        hint = f"; write “{meant}”" if meant else ": define it, or write the target behind the text"
        yield RULE.at(
            document,
            leaf.part(*match.span()),
            f"this page defines no “[{label}]:”, so this is not a link{hint}",
            wrong=f"undefined {label}",
            suggestion=meant,
            severity=Severity.INFO,
            repair=Repair.UNSAFE,
        )


# What editors put in brackets, and what a source is called by.
_REMARKS = frozenset({
    *("sic", "citation needed", "clarification needed", "emphasis added", "emphasis mine"),
    *("emphasis in original", "our emphasis", "redacted", "translated", "translation", "ibid"),
    *("inaudible", "laughter", "applause", "crosstalk", "original in english", "see also"),
})  # fmt: skip
_AUTHOR_YEAR = re.compile(r"[ ,(](?:1[5-9]|20)[0-9]{2}[a-z]?\b|\b(?:et al|ibid|n\.d)\b")


def _is_meant(text: str, label: str, labels: frozenset[str]) -> bool:
    """Tell a link from notes that follow each other: `[1][2]`, `[sic][Smith 2019]`."""
    if text.strip(" .!?").casefold() in _REMARKS or _AUTHOR_YEAR.search(label):
        return False
    if sum(char.isalpha() for char in text) < 3 or label.startswith("^") or not label.strip():
        return False
    return bool(labels) or any(char.isalpha() for char in label)


# The label of a definition, in which `\\]` ends nothing.
_LABEL = re.compile(r"\[((?:\\.|[^\\\]])*+)\]")


def _find_nearest(document: Document, label: str) -> str | None:
    """Return the label that the page defines and that was most likely meant, as it is written."""
    from rapidfuzz import fuzz, process

    written = {
        definition.label: match[1]
        for definition in document.definitions[:_MOST_LABELS]
        if (match := _LABEL.match(definition.text.raw)) is not None
    }
    best = process.extractOne(
        normalise_reference(label), list(written), scorer=fuzz.ratio, score_cutoff=_ALIKE
    )
    return written[best[0]] if best else None


def _find_lost(
    corpus: Corpus, document: Document, table: Table, links: Mapping[int, Link], taken: Regions[int]
) -> Iterator[Finding]:
    """Yield a finding for each row whose first cell names an entity without a link."""
    if table.html or table.spec is None or table.spec.columns[0].format is not Format.LINK:
        return
    if document.notes_start is not None and table.text.start > document.notes_start:
        return
    firsts = [links.get(row.cells[0].text.start) for row in table.rows if row.cells]
    others = [link.href for link in firsts if link is not None]
    for row in table.rows:
        cell = row.cells[0].text if row.cells else None
        wreck = _read_wreck(corpus, cell) if cell and not row.broken else None
        if cell and wreck and not taken.overlap((cell.start, cell.end)):
            within = document.links_in(cell)
            if not any(link.label for link in within):
                why = "this link has no text" if within else "the brackets do not match, so this"
                why += "" if within else " is not a link"
                yield RULE.at(document, cell, f"{why}; write “{wreck}”", suggestion=wreck)
            continue
        if cell and not row.broken and not _is_link(document, cell, links):
            meant = _read_id(corpus, document, cell, others)
            if meant is not None and not taken.overlap((cell.start, cell.end)):
                message = f"this cell has to be a link and nothing else; write “{meant}”"
                yield RULE.at(
                    document,
                    cell,
                    message,
                    suggestion=meant,
                    wrong=f"{row.key or cell.raw} more than a link",
                    repair=Repair.UNSAFE,
                )
                continue
        if not cell or not row.key or cell.raw[:1] in "[({<" or row.broken:
            continue
        if taken.overlap((cell.start, cell.end)) or document.links_in(cell):
            continue
        meant = _build_link(corpus, document, cell.raw, row.key, others)
        message = "this row has lost its link"
        message += f"; write “{meant}”" if meant else ": each row here leads to a page"
        yield RULE.at(
            document, cell, message, suggestion=meant, wrong=f"{row.key} bare", repair=Repair.UNSAFE
        )


def _find_swapped(document: Document, table: Table, links: Mapping[int, Link]) -> Iterator[Finding]:
    """Yield a finding for each row whose link stands in another cell than the first."""
    if table.spec is None or table.spec.columns[0].format is not Format.LINK:
        return
    for row in table.rows:
        if row.broken or not row.cells or document.links_in(row.cells[0].text):
            continue
        for cell in row.cells[1:]:
            link = links.get(cell.text.start)
            prose = cell.column is None or cell.column.format is Format.PROSE
            if link is not None and link.text.end == cell.text.end and prose:
                yield RULE.at(
                    document,
                    cell.text,
                    "two cells of this row are swapped: this link belongs in the first",
                    wrong=f"{cell.text.raw} swapped",
                    covers=[row.text],
                )
                break


_SIGNS = re.compile(r"[\[\](){}<>`*~]")


def _is_link(document: Document, cell: Text, links: Mapping[int, Link]) -> bool:
    """Tell whether a cell is one link, or holds none of the signs of one."""
    link = links.get(cell.start)
    if link is not None and link.text.end == cell.end:
        return True
    # A link that is marked as bold, or the other way round, is one for all that.
    within = document.links_in(cell)
    if len(within) == 1 and not cell.raw.strip("*_ ").strip("~").replace(within[0].text.raw, ""):
        return True
    return _SIGNS.search(cell.raw) is None


def _read_id(corpus: Corpus, document: Document, cell: Text, others: list[str]) -> str | None:
    """Return the link that a cell was, where it speaks of one entity."""
    ids = set(build_id_finder(corpus.profile).find_flawless(cell.raw))
    entities = [entity for word in ids if (entity := corpus.entity(word)) is not None]
    if len(entities) != 1 or not entities[0].name:
        return None
    label = f"{entities[0].id} {entities[0].name}"
    return _build_link(corpus, document, label, entities[0].id, others)


def _name_target(corpus: Corpus, target: str) -> str:
    """Return the id and the name of the entity whose page a target leads to."""
    entity = corpus.entity(target.rpartition("/")[2].removesuffix(".md"))
    return f"{entity.id} {entity.name}" if entity is not None else ""


_ODD_BRACKET = re.compile(r"[\]})][\[({]?\Z|[［］【】〔〕（）\u200b-\u200f\u2060\ufeff]")


def _read_wreck(corpus: Corpus, cell: Text) -> str | None:
    """Return a cell that ends in the path of a page as the link that it was."""
    raw = cell.raw.strip()
    match = _WRECK.fullmatch(raw)
    if match is None or match["target"] is None:
        return None
    label = match["label"].strip() or _name_target(corpus, match["target"])
    for opening, closing in zip(_OPENING, _CLOSING, strict=True):
        if label.count(closing) > label.count(opening):
            label = label.removesuffix(closing)
        if label.count(opening) > label.count(closing):
            label = label.removeprefix(opening)
    if _ODD_BRACKET.search(label):
        # Brackets of other kinds, or something unseen, are left: the page knows its name.
        label = _name_target(corpus, match["target"])
    return f"[{label}]({match['target']})" if label else None


def _build_link(
    corpus: Corpus, document: Document, label: str, entity_id: str, others: list[str]
) -> str | None:
    """Return a label as the link that it was: to the page of its entity, as the other rows do."""
    page = corpus.page(entity_id)
    if page is None or any(char.isspace() for char in page.path):
        return None
    depth = document.path.count("/")
    target = "../" * depth + page.path
    if others:
        folder = others[0].rpartition("/")[0]
        if page.path.rpartition("/")[0].endswith(folder.lstrip("./")):
            target = f"{folder}/{page.path.rpartition('/')[2]}"
    return f"[{label}]({target})"
