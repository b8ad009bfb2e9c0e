"""A text that appears twice: under two incidents, or twice in one place.

Evidence is written for one incident. If the same words stand under another incident
too, one of the two was copied there by mistake, or the second row was never rewritten.
A paragraph that is repeated within a text, and an address that is repeated among a
page's references, are slips of the clipboard.

Short texts may well be the same; only texts of at least 60 characters are compared.

## Bad

```markdown generated_pages/incidents/I00001.md
# Incident I00001: The First Case

* **Summary:** One.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made forty accounts in one night, and each of them followed all of the others. |
```

```markdown generated_pages/incidents/I00002.md
# Incident I00002: The Second Case

* **Summary:** Two.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | ⟦They made forty accounts in one night, and each of them followed all of the others.⟧ |
```

```text findings
the evidence of I00002 is, word for word, that of I00001
```

## Good

```markdown generated_pages/incidents/I00001.md
# Incident I00001: The First Case

* **Summary:** One.

| Technique | Description given for this incident |
| --------- | ------------------------- |
| [T0146 Account Asset](../../generated_pages/techniques/T0146.md) | They made forty accounts in one night, and each of them followed all of the others. |
```
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.text import Text
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._evidence import read_evidence_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_rules._evidence import EvidenceRow

RULE = Rule(
    code="R211",
    name="duplicate-evidence",
    severity=Severity.WARNING,
    superseded_by=("M707", "M701"),
    harm=Harm.HYGIENE,
    action="rewrite one of the two, or delete it",
)
# Code points of a text below which it may well be the same elsewhere.
_SHORTEST = 60
# The same of a whole row: an address is longer.
_SHORTEST_ROW = 8
# What a program writes for an empty cell (S112 says so), in small letters.
_NO_WORDS = frozenset({"nan", "nat", "<na>", "none"})
_PARAGRAPH = re.compile(r"(?:<br\s*/?>\s*|[ \t]*\r?\n[ \t]*){2,}")


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each text that is under a second incident, or twice in one."""
    del options
    if corpus.known:
        yield from _find_copies(corpus)
    for document in corpus.checked_documents:
        if document.type is not PageType.OTHER and (document.sheet is None) != bool(corpus.rows):
            yield from _find_repeated_paragraphs(document)
        if document.type is PageType.ENTITY and not corpus.rows:
            yield from _find_repeated_rows(corpus, document)


def _find_copies(corpus: Corpus) -> Iterator[Finding]:
    first: dict[str, EvidenceRow] = {}
    told: set[tuple[str, str]] = set()
    for row in read_evidence_rows(corpus):
        # Pages repeat what the rows of the workbooks say.
        if corpus.rows and row.document.sheet is None:
            continue
        words = _squeeze(row.text)
        if len(words) < _SHORTEST:
            continue
        before = first.setdefault(words, row)
        if before.incident == row.incident or (row.incident, words) in told:
            continue
        if corpus.entity(row.incident) is None:
            # Which incident is meant, nobody knows: R201 or R202 says so.
            continue
        told.add((row.incident, words))
        yield RULE.at(
            row.document,
            row.text,
            f"the evidence of {row.incident} is, word for word, that of {before.incident}",
            subject=row.incident,
            wrong=words[:_SHORTEST],
            related=[relate(before.text, f"the evidence of {before.incident}")],
            root=Root(
                "shared evidence",
                "the evidence in {places} is, word for word, that of other incidents",
                "say in these texts what is particular to each incident; keep the rows",
            ),
        )


def _find_repeated_rows(corpus: Corpus, page: Document) -> Iterator[Finding]:
    """Yield a finding for each row, such as one of a source, that a table has a second time.

    Where a row refers to an entity, R209 says so.
    """
    for table in page.tables:
        first: dict[tuple[str, ...], Text] = {}
        for row in table.rows:
            words = tuple(_squeeze(cell.text) for cell in row.cells)
            told = "".join(word for word in words if word not in _NO_WORDS)
            if len(told) < _SHORTEST_ROW or row.broken:
                continue
            if any(item.mention.member for item in corpus.references_in(page, row.text)):
                continue
            before = first.setdefault(words, row.text)
            if before is not row.text:
                yield RULE.at(
                    page,
                    row.text,
                    "this row stands in the table already",
                    wrong=" ".join(words)[:_SHORTEST],
                    related=[relate(before, "the first time")],
                    root=Root(
                        "repeated row",
                        "rows stand twice in their tables in {places}",
                        "delete the second of each, where the pages are made from it",
                    ),
                )


def _is_joined(document: Document, leaf: Text) -> bool:
    """Tell whether a cell joins the texts of several rows: all evidence of one incident.

    The page of a technique shows it in one cell, that of the incident row by row.
    """
    _, row = document.row_at(leaf.start)
    cell = next((c for c in row.cells if c.text.end >= leaf.end), None) if row else None
    kind = document.kind.key if document.kind else None
    return cell is not None and cell.column is not None and cell.column.evidence == kind is not None


def _squeeze(text: Text) -> str:
    return squeeze(simplify_name(text.raw).casefold())


def _fold(text: Text) -> str:
    return squeeze(text.raw.casefold())


def _find_repeated_paragraphs(document: Document) -> Iterator[Finding]:
    """Yield a finding for each paragraph that stands in one text a second time."""
    for leaf in document.leaves:
        raw = leaf.raw
        if len(raw) < 2 * _SHORTEST or _is_joined(document, leaf):
            continue
        repeated = _find_echo(leaf)
        if repeated is not None:
            yield _report_repeated(document, *repeated, "passage")
            continue
        if not _PARAGRAPH.search(raw):
            continue
        first: dict[str, Text] = {}
        start = 0
        for end, following in [*(m.span() for m in _PARAGRAPH.finditer(raw)), (len(raw), len(raw))]:
            part = leaf.part(start, end).strip()
            start = following
            words = _fold(part)
            if len(words) < _SHORTEST:
                continue
            before = first.setdefault(words, part)
            if before is not part:
                yield _report_repeated(document, before, part, "paragraph")


def _report_repeated(document: Document, before: Text, part: Text, what: str) -> Finding:
    words = _fold(part)
    return RULE.at(
        document,
        part,
        f"this {what} is already in the same text",
        wrong=words[:_SHORTEST],
        related=[relate(before, "the first time")],
        # Pages repeat the text of one cell.
        root=Root(
            f"repeated {words}",
            f"a {what} stands twice in one text in {{places}}",
            "rewrite one of the two, or delete it",
            by_place=False,
        ),
    )


_SENTENCE = re.compile(r"\S(?:[^.!?]|[.!?](?![)\]”’\"']*\s))*+[.!?]?[)\]”’\"']*")
# Sentences of a text that are compared.
_MOST = 200


def _find_echo(leaf: Text) -> tuple[Text, Text] | None:
    """Return sentences and the same once more right behind them, as after a second paste."""
    parts = [leaf.part(*m.span()) for m in islice(_SENTENCE.finditer(leaf.raw), _MOST)]
    words = [_fold(part) for part in parts]
    last: dict[str, int] = {}
    for number, said in enumerate(words):
        start = last.get(said)
        last[said] = number
        if start is None:
            continue
        size = number - start
        if words[number : number + size] != words[start:number]:
            continue
        if len(" ".join(words[start:number])) < _SHORTEST:
            continue
        source = leaf.source
        first = Text(source, parts[start].start, parts[number - 1].end)
        return first, Text(source, parts[number].start, parts[number + size - 1].end)
    return None
