"""A URL that cannot be valid, or a placeholder where one belongs.

This is a slip of the keyboard (`htp://`, `http:/x`, `https://https://`), a host
without a full stop, a space inside the URL, a URL without its `https://`
(which a web site then takes for a path of its own), or what a spreadsheet
leaves behind for an empty cell: `[-](-)`, `[]()`. No request is
needed to know that these lead nowhere.

Archive links that hold a second URL are valid, and so are international
domain names, `mailto:`, `tel:` and `ftp:`. URLs that were made harmless on
purpose (`hxxp://`, `example[.]com`) are left alone. In running text, outside
of a link, only damage to the scheme is reported. A column of addresses in a worksheet
holds whole addresses: there, one without its `https://`, with a comma behind it or with a
space inside is reported as well.

## Bad

```markdown generated_pages/incidents/I00111.md
# Incident I00111: Patreon Allows Disinformation

| Reference | Pub Date | Authors | Org | Archive |
| --------- | -------- | ------- | --- | ------- |
| [Report](⟦htp://www.example.org/report⟧) | 2020/12/18 | - | - | [-](⟦-⟧) |
| [News](⟦www.example.org/news⟧) | 2020/12/18 | - | - | ⟦[Archive]()⟧ |
```

```text findings
“htp:” is not a scheme; “http:” was probably meant: write “http://www.example.org/report”
“-” is a placeholder, not an address: fill in the address, or remove the link
“https://” is missing: write “https://www.example.org/news”
the link has no address: fill in the address, or remove the link
```

## Good

```markdown generated_pages/incidents/I00111.md
# Incident I00111: Patreon Allows Disinformation

| Reference | Pub Date | Authors | Org | Archive |
| --------- | -------- | ------- | --- | ------- |
| [Report](http://www.example.org/report) | 2020/12/18 | - | - | - |
| [News](https://www.example.org/) | - | - | - | [-](https://archive.ph/https://www.example.org/) |
```
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.corpus.links import LinkOutcome
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived
from disarm_rules._links import (
    escape_target,
    find_unparsed_links,
    list_links,
    locate_target,
    parse_spans,
)
from disarm_rules._urls import (
    UrlFault,
    find_cell_fault,
    find_external_fault,
    find_fault,
    find_relative_fault,
    is_no_address,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field, Link
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Regions, Text

RULE = Rule(
    code="L305",
    name="malformed-url",
    severity=Severity.WARNING,
    harm=Harm.ASTRAY,
    action="correct the address",
)

# In running text: `htp://...`, `http//...`, `https://https://...`.
_DAMAGED = re.compile(
    r"(?<![\w.:/%=&?#@-])(?:h?t{1,3}ps?[.;]?:?/{1,3}|[hH]t?tps?:/{0,2})[^\s<>|\]\[\"]+",
    re.IGNORECASE,
)
# `https://` and nothing behind it.
_CUT_OFF = re.compile(r"(?<![\w.:/%=&?#@-])https?:/{2,3}(?=[\s>)\]|,;]|\Z)", re.IGNORECASE)
_TRAILING = ".,;:!?'\"”’*_)"


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each target that can be no URL and is no path."""
    del options
    for document, link in list_links(corpus):
        running = link.bare and not link.text.raw.startswith("<")
        fault = None if running else _find_link_fault(corpus, document, link)
        if fault is not None and (target := _find_label_target(corpus, document, link)) is not None:
            written = f"[{link.label.raw}]({target})"
            text, message = link.text, f"the link has no address: write “{written}”"
            yield RULE.at(document, text, message, suggestion=None if link.html else written)
        elif fault is not None:
            yield _report(document, locate_target(link), link, _suggest_label(link, fault))
    for document in corpus.checked_documents:
        for link in find_unparsed_links(document):
            fault = find_fault(link) if link.external else find_relative_fault(link.href)
            if fault is not None:
                yield _report(document, link.target, link, _suggest_label(link, fault))
        columns = {item.text.start: item for item in _list_addresses(document)}
        for leaf in document.leaves:
            if leaf.start not in columns:
                yield from _check_text(document, leaf)
        for item in columns.values():
            yield from _check_cell(corpus, document, item)


_LABEL = re.compile(r"https?://[^\s<>\[\]]+", re.IGNORECASE)
_MARKS = re.compile(r"[\s:/.,]|%20")


def _suggest_label(link: Link, fault: UrlFault) -> UrlFault:
    """Return a fault with the address in the link's text as what was meant, where it has one."""
    label = link.label.raw.strip()
    if _LABEL.fullmatch(label) is None or find_external_fault(label) is not None:
        return fault
    same = _MARKS.sub("", label).casefold() == _MARKS.sub("", link.href).casefold()
    return replace(fault, suggestion=label) if same else fault


def _list_addresses(document: Document) -> Iterator[Field]:
    """Yield the cells of a worksheet row that hold addresses and nothing else."""
    if document.sheet is not None:
        yield from (f for f in document.fields if f.spec and f.spec.format is Format.URLS)


_ADDRESS = re.compile(r"\S+")


def _check_cell(corpus: Corpus, document: Document, field: Field) -> Iterator[Finding]:
    """Yield a finding for each address of a cell that cannot be right."""
    column = document.sheet.column(field.spec.key) if document.sheet and field.spec else None
    value = field.value
    if column is None or not value or is_no_address(value.raw):
        return
    known = _list_known(corpus)
    if column.separator is None:
        pieces = [value]
    else:
        pieces = [value.part(*match.span()) for match in _ADDRESS.finditer(value.raw)]
    for index, piece in enumerate(pieces):
        behind = pieces[index + 1] if index + 1 < len(pieces) else None
        if index and (whole := _join(pieces[index - 1], piece, known)) is not None:
            place = value.part(pieces[index - 1].start - value.start, piece.end - value.start)
            message = f"a space stands inside this address; write “{whole}”"
            yield RULE.at(document, place, message, suggestion=whole)
        elif behind is None or _join(piece, behind, known) is None:
            fault = find_cell_fault(piece.raw, known)
            if fault is not None:
                yield _report(document, piece, None, fault)


def _join(piece: Text, behind: Text, known: Collection[str]) -> str | None:
    """Return the address that two pieces were before a space came into it, if it is known."""
    whole = piece.raw + behind.raw
    return whole if whole in known and behind.raw not in known else None


@derived
def _list_known(corpus: Corpus) -> frozenset[str]:
    """Return the addresses that cells of the workbooks hold."""
    return frozenset(
        address
        for document in corpus.rows
        for field in _list_addresses(document)
        for address in field.value.raw.split()
        if "://" in address
    )


def _find_link_fault(corpus: Corpus, document: Document, link: Link) -> UrlFault | None:
    fault = find_fault(link)
    if fault is None or link.external or not link.href.strip() or not corpus.known:
        return fault
    # A folder may be called `www.example.org`, a page `none`.
    return None if corpus.links.resolve(document, link).fate is LinkOutcome.FOUND else fault


def _find_label_target(corpus: Corpus, document: Document, link: Link) -> str | None:
    """Return the path of the page of the one id in the text of a link without a target."""
    ids = {reference.target for reference in corpus.references_in(document, link.label)}
    page = corpus.page(ids.pop()) if len(ids) == 1 else None
    if page is None or link.href.strip():
        return None
    if document.sheet is not None:
        # A cell's links lead from the pages that show it.
        return f"../../{page.path}"
    return corpus.links.build_href(document.path, "../" * document.path.count("/"), page.path)


def _report(document: Document, text: Text, link: Link | None, fault: UrlFault) -> Finding:
    suggestion, root = fault.suggestion, None
    if link is not None and (not link.href.strip() or is_no_address(link.href)):
        hint = ": fill in the address, or remove the link"
        root = _PLACEHOLDER
    else:
        hint = f": write “{suggestion}”" if suggestion else ""
    if suggestion is not None and link is not None:
        suggestion = escape_target(link, suggestion)
    return RULE.at(document, text, fault.text + hint, suggestion=suggestion, root=root)


_PLACEHOLDER = Root(
    "no target",
    "links without an address stand in {places}",
    "fill in the addresses; where there is none, delete what names it: the link, or its row in the "
    "workbook and its entry in the list of addresses",
)


def _check_text(document: Document, leaf: Text) -> Iterator[Finding]:
    raw = leaf.raw
    if "/" not in raw:
        return
    parsed: Regions[int] | None = None
    for match in _CUT_OFF.finditer(raw):
        parsed = parsed or parse_spans(raw)
        if not parsed.overlap(match.span()):
            cut = UrlFault("this address ends behind its scheme: write it out, or delete it")
            yield _report(document, leaf.part(*match.span()), None, cut)
    for match in _DAMAGED.finditer(raw):
        written = match[0].rstrip(_TRAILING)
        scheme = written.partition("/")[0].lower()
        fault = find_external_fault(written) if ":" in scheme else find_relative_fault(written)
        if fault is None or fault.suggestion is None or "." not in fault.suggestion:
            continue
        if (
            scheme in ("http:", "https:")
            and "twice" not in fault.text
            and "slashes" not in fault.text
        ):
            continue
        parsed = parsed or parse_spans(raw)
        if not parsed.overlap(match.span()):
            yield _report(
                document, leaf.part(match.start(), match.start() + len(written)), None, fault
            )
