"""A page or an index row without an id.

An empty row in a spreadsheet still counts as a row: the generator writes a page
called `.md` for it, headed `# Incident : `, and a row of empty cells in the
index. Delete the row from the spreadsheet, and then the page.

In a worksheet, a row whose id is not one of the sheet's kind has none either:
`8`, or the id of a tactic among the techniques.

The finding stands at the heading of the page, at the first cell of the row, or at
the wrong id. No other rule checks such a page or row. All blank entities of one kind
are one cause.

## Bad

```markdown generated_pages/incidents/.md
⟦# Incident :⟧

* **Summary:**
```

```markdown generated_pages/incidents_index.md
<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
</tr>
<tr>
<td>⟦<a href="incidents/.md"></a>⟧</td>
<td></td>
</tr>
</table>
```

```text findings
this page has no id: it was generated from an empty row of the spreadsheet. Delete the row, then this page
this row has no id: it was generated from an empty row of the spreadsheet. Delete that row
```

## Good

```markdown generated_pages/incidents/I00002.md
# Incident I00002: #VaccinateUS

* **Summary:**
```

```markdown generated_pages/incidents_index.md
<table border="1">
<tr>
<th>disarm_id</th>
<th>name</th>
</tr>
<tr>
<td><a href="incidents/I00002.md">I00002</a></td>
<td>#VaccinateUS</td>
</tr>
</table>
```
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule, derived
from disarm_rules._alignment import list_evidence_texts
from disarm_rules._leftovers import map_rows
from disarm_rules._structure import add_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Field, Row
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_rules._alignment import EvidenceText

RULE = Rule(
    code="C605",
    name="blank-entity",
    severity=Severity.ERROR,
    superseded_by=("M707",),
    harm=Harm.LOST,
    action="fill in the ids of the rows in the spreadsheet, or delete the rows that hold nothing; "
    "then delete the pages without a name",
)


_ROOT = Root(
    "blank",
    "empty rows of the spreadsheet have made pages and rows without an id: {places}",
    "delete the rows without an id in the spreadsheet, or fill it in; then delete the pages "
    "without a name",
    by_place=False,
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each page and each index row that has no id."""
    del options
    # Where the workbooks show the empty rows, their root cause holds for the pages too.
    root = None if corpus.registry.blank_cells else _ROOT
    for document in corpus.registry.blank_pages:
        yield RULE.at(
            document,
            document.top,
            "this page has no id: it was generated from an empty row of the spreadsheet. "
            "Delete the row, then this page",
            subject=document.kind.key if document.kind else None,
            wrong="blank",
            root=root,
        )
    meant = {
        (item.document.path, item.row.text.start): item
        for item in corpus.registry.listings
        if item.meant and item.row is not None
    }
    for document, row in corpus.registry.blank_rows:
        listing = meant.get((document.path, row.text.start))
        if listing is not None:
            yield RULE.at(
                document,
                listing.id,
                f"“{listing.id.raw}” is not the id of {add_article(listing.kind.title)}, and the "
                f"link of this row leads to the page of {listing.meant}. Write {listing.meant}",
                subject=listing.meant,
                suggestion=listing.meant,
                wrong=listing.id.raw,
            )
            continue
        yield RULE.at(
            document,
            _find_first_cell(row),
            "this row has no id: it was generated from an empty row of the spreadsheet. Delete that row",
            subject=document.index.lists if document.index else None,
            wrong="blank",
            root=root,
        )
    rows = map_rows(corpus)
    for document in corpus.registry.blank_cells:
        paged = document.kind is not None and document.kind.folder is not None
        made = "; a page without a name is generated from it" if paged else ""
        what, place = f"this row has no id{made}. Fill in the id, or delete the row", document.top
        root = None
        if told := _describe_text(corpus, document):
            what = f"this row has no id{made}. {told}"
        elif not any(_says_anything(item) for item in document.fields):
            what = f"this row holds nothing but a formula{made}. Delete the row"
            root = Root(
                "formula alone",
                "rows hold nothing but a formula in {places}; pages without a name are generated from them",
                "delete these rows, then the pages without a name",
            )
        written = document.heading.id if document.heading else None
        if written and document.kind is not None:
            place, kind = written, document.kind
            shapes = " or ".join(form.template.shown for form in kind.forms)
            what = (
                f"“{written.raw}” is not the id of {add_article(kind.title)} "
                f"(such as {shapes}), so this row has no id. Correct it"
            )
            root = None
        leftover = rows.get(document)
        if leftover is not None:
            what = f"this row has the name of the page of {leftover.id}, and not its id"
            what += f". Write {leftover.id}"
            root = leftover.root
        yield RULE.at(
            document,
            place,
            what,
            subject=document.sheet.defines if document.sheet else None,
            suggestion=leftover.id if leftover else None,
            wrong=written.raw if written else "blank",
            root=root,
        )


def _says_anything(item: Field) -> bool:
    format_ = item.spec.format if item.spec else Format.PLAIN
    return bool(item.value) and format_ is not Format.LONGNAME


def _find_first_cell(row: Row) -> Text:
    """Return the first cell; where it is empty, the tag or pipe that begins the row."""
    if row.cells and row.cells[0].text:
        return row.cells[0].text
    first_line = row.text.raw.partition("\n")[0]
    tag = first_line.find(">") + 1
    return row.text.part(0, tag or 1)


# Rows that a stranded text may belong to, and that are named.
_SHOWN = 3


# Rows of one id that are looked at for each text.
_MOST_ROWS = 64


@derived
def _group_textless(corpus: Corpus) -> dict[str, list[EvidenceText]]:
    """Return the rows with ids and without a text, by the first of their ids."""
    found: dict[str, list[EvidenceText]] = {}
    for row in list_evidence_texts(corpus):
        if row.ids and not row.text:
            found.setdefault(min(row.ids), []).append(row)
    return found


def _describe_text(corpus: Corpus, document: Document) -> str:
    """Say what to do with a row that holds a text: it may be the only copy."""
    item = next((f for f in document.fields if f.spec and f.spec.format is Format.PROSE), None)
    if item is None or not item.value:
        return ""
    if document.sheet is None or document.sheet.evidence_column is None:
        return "Fill in its id; do not delete it, since its text may be the only copy"
    told = f"Keep its text, “{item.label.raw}”, which may be the only copy"
    cited = {r.target for m in document.mentions for r in (corpus.resolve(document, m),)}
    textless = _group_textless(corpus)
    near = (row for one in sorted(cited) for row in textless.get(one, ())[:_MOST_ROWS])
    fits = [
        f"{row.number} ({', '.join(sorted(row.ids))})"
        for row in islice((row for row in near if row.ids <= cited), _SHOWN)
    ]
    if fits:
        return f"{told}: it fits row {', '.join(fits)}, which has none"
    return f"{told}: fill in the id of the row that it belongs to"
