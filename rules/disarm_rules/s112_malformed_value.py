"""A value that a slip of spreadsheet or generator left behind.

A year in a column with spaces comes out as `2016.0`, a date as
`2023-10-30 00:00:00` or as the number by which Excel counts days, a list of
spaces as `,`, an empty cell as `nan`, a broken formula as `#REF!`. Each is the
mark of one flaw in a column's format or in a template: one cause for each field
and shape, however many pages show it.

The finding stands at the value, and its suggestion is the value that was
meant. Only fields and columns for which the profile names a format, or that hold
plain values, are looked at; in prose only what cannot be a word.

## Bad

```markdown generated_pages/incidents/I00002.md
# Incident I00002: #VaccinateUS

* **Summary:** Use both pro- and anti- topic messaging.

* **incident type**: campaign

* **Year started:** ⟦2014.0⟧

* **Countries:** ⟦,⟧

* **Found via:** ⟦nan⟧

* **Date added:** ⟦2019-02-24 00:00:00⟧
```

```text findings
“2014.0” is a year with the decimals of a number; write “2014”
no value is given here: the list is empty
“nan” is what a program writes for an empty cell
“2019-02-24 00:00:00” is a date with an empty time of day; write “2019-02-24”
```

## Good

```markdown generated_pages/incidents/I00002.md
# Incident I00002: #VaccinateUS

* **Summary:** None of the accounts was real.

* **incident type**: campaign

* **Year started:** 2014

* **Countries:** Russia , USA

* **Found via:**

* **Date added:** 2019-02-24
```
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.ruleset import NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="S112",
    name="malformed-value",
    severity=Severity.INFO,
    harm=Harm.HYGIENE,
    action="correct the value where it is kept",
    repair=Repair.BY_HAND,
)

_FLOAT_YEAR = re.compile(r"([12][0-9]{3})\.0+")
_EMPTY_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00(?:\.0+)?")
_SERIAL = re.compile(r"([2-6][0-9]{4})(?:\.0+)?")
_EMPTY_CELL = frozenset({"nan", "NaN", "NaT", "<NA>"})
_FORMULA_ERROR = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_EXCEL_EPOCH = date(1899, 12, 30)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field or cell whose value has a tell-tale shape."""
    del options
    blank = {(d.path, row.text.start) for d, row in corpus.registry.blank_rows}
    for document in corpus.checked_documents:
        if document.type is PageType.OTHER:
            continue
        for item in document.fields:
            if item.spec is not None and item.value:
                key = f"{_kind(document)}.{item.spec.key}"
                yield from _judged(document, item.value, item.spec.format, key)
        for table in document.tables:
            for row in table.rows:
                if (document.path, row.text.start) in blank or row.broken:
                    continue
                for cell in row.cells:
                    column = cell.column
                    if column is not None and cell.text:
                        place = "" if document.index else f"{table.key}."
                        name = column.field or f"{place}{column.headers[0]}"
                        key = f"{_kind(document)}.{name}"
                        yield from _judged(document, cell.text, column.format, key)


def _kind(document: Document) -> str:
    if document.index is not None:
        return document.index.lists or document.index.key
    return document.kind.key if document.kind else "page"


def _judged(document: Document, value: Text, format_: Format, key: str) -> Iterator[Finding]:
    # The shapes are short; most cells are not.
    if value.end - value.start <= 200:
        found = _flaw(value.raw, format_)
        if found is not None:
            shape, message, suggestion = found
            yield RULE.at(
                document,
                value,
                message,
                subject=key,
                wrong=shape,
                suggestion=suggestion,
                root=Root(
                    f"{key} {shape}",
                    f"{_TITLES.get(shape, shape)} in {{places}}",
                    _ACTIONS.get(shape, "empty these cells, or fill them in"),
                ),
            )


def _flaw(raw: str, format_: Format) -> tuple[str, str, str | None] | None:
    """Return the shape, the message and the value that was meant, if a value has a flaw."""
    if raw in _EMPTY_CELL or (raw == "None" and format_ in _NO_PROSE):
        return raw, f"“{raw}” is what a program writes for an empty cell", ""
    if raw in _FORMULA_ERROR:
        return raw, f"“{raw}” is what a broken formula leaves in a cell", None
    if format_ is Format.YEAR and (match := _FLOAT_YEAR.fullmatch(raw)):
        message = f"“{raw}” is a year with the decimals of a number; write “{match[1]}”"
        return "year with decimals", message, match[1]
    if format_ is Format.DATE and (match := _EMPTY_TIME.fullmatch(raw)):
        message = f"“{raw}” is a date with an empty time of day; write “{match[1]}”"
        return "date with an empty time", message, match[1]
    if format_ is Format.DATE and (match := _SERIAL.fullmatch(raw)):
        day = (_EXCEL_EPOCH + timedelta(days=int(match[1]))).isoformat()
        message = f"“{raw}” is a day as Excel counts them; write “{day}”"
        return "date as a number", message, day
    if format_ is Format.LIST:
        members = [member.strip() for member in raw.split(",")]
        if not all(members):
            kept = ", ".join(member for member in members if member)
            if not kept:
                return "list without members", "no value is given here: the list is empty", ""
            return "list with an empty member", "this list has an empty member", kept
    return None


_TITLES = {
    "year with decimals": "years have decimals",
    "date with an empty time": "dates have an empty time of day",
    "date as a number": "dates are numbers",
    "list without members": "lists are empty",
    "list with an empty member": "lists have an empty member",
}
_ACTIONS = {
    "year with decimals": "format {where} as text: with empty cells among them, numbers come out with decimals",
    "date with an empty time": "format {where} as text, so that no time of day follows",
    "date as a number": "format {where} as text, and write the dates as 2024-01-31",
    "list without members": "fill in {where}, or let the template leave out an empty list",
    "list with an empty member": "fill in the empty member in {where}, or leave out its comma; pages that are generated need an entry in each cell that the list is made of",
}
_NO_PROSE = frozenset({Format.YEAR, Format.DATE, Format.LIST, Format.PLAIN})
