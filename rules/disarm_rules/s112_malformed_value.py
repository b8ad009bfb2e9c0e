"""A value that a slip of spreadsheet or generator left behind.

A year in a column with spaces comes out as `2016.0`, a date as
`2023-10-30 00:00:00` or as the number by which Excel counts days, a list of
spaces as `,`, an empty cell as `nan`, a broken formula as `#REF!`,
a value that a program does not have as `undefined`. Each is the
mark of one flaw in a column's format or in a template: one cause for each field
and shape, however many pages show it.

A year or a date that cannot be is an error: a month 13, the 31st of February, a year
of five digits, before 1900 or in the future, and a word where the other values of the
column are dates.

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

## Bad: values that cannot be

```markdown generated_pages/incidents/I00002.md
# Incident I00002: #VaccinateUS

* **Summary:** Use both pro- and anti- topic messaging.

* **incident type**: campaign

* **Year started:** ⟦20014⟧

* **Countries:** Russia

* **Found via:** media

* **Date added:** ⟦2019-02-31⟧
```

```text findings
“20014” is not a year; write four digits, as in 2019
“2019-02-31” is impossible: there is no such day
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
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.profile import Format
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._placeholders import describe_program_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="S112",
    name="malformed-value",
    severity=Severity.INFO,
    superseded_by=("M708", "M707", "R202"),
    harm=Harm.HYGIENE,
    action="correct the value where it is kept",
    repair=Repair.BY_HAND,
)

_FLOAT_YEAR = re.compile(r"([12][0-9]{3})\.0+")
_EMPTY_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00(?:\.0+)?")
_SERIAL = re.compile(r"([2-6][0-9]{4})(?:\.0+)?")
_EMPTY_CELL = frozenset({"nan", "NaN", "NaT", "<NA>"})
# A year, or several: `2014-2016`, `2014, 2016`, `2014/15`.
_YEARS = re.compile(r"[0-9]{4}(?:\s*+[-–/,]\s*+(?:[0-9]{4}|[0-9]{2}))*+")
_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?![0-9])"
    r"(?:[ T][0-9:.+Z-]*)?"
)
# What is meant for a date: digits too many in its year, letters that look like digits.
_NEAR_DATE = re.compile(
    r"(?P<year>[0-9OoIlS]{3,6})(?P<mark>[-/.])[0-9OoIlS]{2}(?P=mark)[0-9OoIlS]{2}"
)
_YEAR_DIGITS = 4
_DAY_FIRST = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}")
_PART = re.compile(r"[0-9]{4}(?:[-/.][0-9]{1,2})?")
# The year before which no campaign of today began.
_FIRST_YEAR = 1900
# The shapes beside which the value that is meant says the same.
_SAME = frozenset({"year with decimals", "date with an empty time", "spaces in names"})
# A column has a style where so many of its values, and no fewer, have it.
_FEWEST, _SHARE = 3, 0.9
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class _Flaw:
    """What is wrong with a value: the shape that it has, a message, and the value meant."""

    shape: str
    message: str
    meant: str | None = None
    severity: Severity = Severity.INFO


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each field or cell whose value has a tell-tale shape."""
    del options
    values = list(_list_values(corpus))
    styles = _find_styles(values)
    for document, value, format_, key in values:
        # The shapes are short; most cells are not.
        if value.end - value.start > _LONGEST:
            continue
        flaw = _find_flaw(value.raw, format_) or _find_impossible(
            value.raw, format_, styles.get(key), corpus.context.today
        )
        if flaw is not None:
            yield _report(document, value, key, flaw)


_LONGEST = 200
_Value = tuple["Document", "Text", Format, str]


def _list_values(corpus: Corpus) -> Iterator[_Value]:
    """Yield the values of fields and cells, with what they are values of."""
    blank = {(d.path, row.text.start) for d, row in corpus.registry.blank_rows}
    for document in corpus.checked_documents:
        if document.type is PageType.OTHER:
            continue
        for item in document.fields:
            if item.spec is not None and item.value:
                # What stands around a name in its cell stands around it on every page.
                named = item.spec.format is Format.NAME and document.sheet is not None
                value = item.text if named else item.value
                yield document, value, item.spec.format, f"{_name_kind(document)}.{item.spec.key}"
        for table in document.tables:
            for row in table.rows:
                if (document.path, row.text.start) in blank or row.broken:
                    continue
                for cell in row.cells:
                    column = cell.column
                    if column is not None and cell.text:
                        place = "" if document.index else f"{table.key}."
                        name = column.field or f"{place}{column.headers[0]}"
                        yield document, cell.text, column.format, f"{_name_kind(document)}.{name}"


def _name_kind(document: Document) -> str:
    if document.index is not None:
        return document.index.lists or document.index.key
    return document.kind.key if document.kind else "page"


def _find_styles(values: Iterable[_Value]) -> dict[str, str]:
    """Return a date that shows how each column writes dates, where nearly all begin with a year."""
    total: Counter[str] = Counter()
    dated: Counter[str] = Counter()
    others: dict[str, set[str]] = {}
    shown: dict[str, str] = {}
    for _, value, format_, key in values:
        if format_ is Format.DATE and value.end - value.start <= _LONGEST:
            total[key] += 1
            match = _DATE.fullmatch(value.raw)
            if match is not None and int(match["month"]) <= _MONTHS:
                dated[key] += 1
                shown.setdefault(key, value.raw.partition(" ")[0])
            elif not _PART.fullmatch(value.raw):
                others.setdefault(key, set()).add(value.raw)
    styles = {
        key: example
        for key, example in shown.items()
        if dated[key] >= max(_FEWEST, _SHARE * total[key])
        # In a small column, one that differs is a slip, on however many pages it stands.
        or len(others.get(key, ())) == 1
    }
    # Where a column has next to nothing, its dates are written as those of the others are.
    small = [key for key in total if total[key] < _FEWEST and key not in styles]
    if shown and small and dated.total() >= max(_FEWEST, _SHARE * total.total() - len(small)):
        example = next(iter(shown.values()))
        styles.update((key, example) for key in small)
    return styles


_MONTHS = 12


def _report(document: Document, value: Text, key: str, flaw: _Flaw) -> Finding:
    wrong = flaw.severity is Severity.ERROR
    return RULE.at(
        document,
        value,
        flaw.message,
        subject=None if wrong else key,
        wrong=value.raw if wrong else flaw.shape,
        suggestion=flaw.meant,
        severity=flaw.severity,
        repair=Repair.SAFE if flaw.shape in _SAME else None,
        root=None
        if wrong
        else Root(
            flaw.shape,
            f"{_TITLES.get(flaw.shape, flaw.shape)} in {{places}}",
            _ACTIONS.get(flaw.shape, "empty these cells, or fill them in"),
        ),
    )


def _find_impossible(raw: str, format_: Format, style: str | None, today: date) -> _Flaw | None:
    """Return what is wrong with a year or a date that cannot be."""
    if format_ is Format.NAME and raw != squeeze(raw):
        name = squeeze(raw)
        message = f"there are extra spaces around or in this name; write “{name}”"
        return _Flaw("spaces in names", message, name, Severity.WARNING)
    if not any(char.isalnum() for char in raw):
        return None
    if format_ is Format.YEAR:
        why = _judge_year(raw, today)
        return _build_error(f"“{raw}” {why}") if why else None
    return _judge_date(raw, style, today) if format_ is Format.DATE else None


def _build_error(message: str, meant: str | None = None) -> _Flaw:
    return _Flaw("impossible", message, meant, Severity.ERROR)


def _judge_year(raw: str, today: date) -> str | None:
    if _DATE.fullmatch(raw):
        return "is a date; write its year alone"
    if not _YEARS.fullmatch(raw):
        return "is not a year; write four digits, as in 2019"
    years = [int(year) for year in _YEAR.findall(raw)]
    if max(years) > today.year:
        return "is a year in the future"
    return f"is a year before {_FIRST_YEAR}" if min(years) < _FIRST_YEAR else None


def _judge_date(raw: str, style: str | None, today: date) -> _Flaw | None:
    match = _DATE.fullmatch(raw)
    if match is None and (near := _NEAR_DATE.fullmatch(raw)):
        digits = len(near["year"])
        why = (
            "it has letters instead of digits"
            if digits == _YEAR_DIGITS
            else f"its year has {digits} digits"
        )
        return _build_error(f"“{raw}” is impossible: {why}")
    if match is None:
        # What begins with a day or gives no day may be as it should be elsewhere.
        if style is None or _PART.fullmatch(raw):
            return None
        if _DAY_FIRST.fullmatch(raw):
            message = f"“{raw}” is in another order than the other dates, such as “{style}”"
            return _Flaw("date in another order", message)
        return _build_error(f"“{raw}” is not a date, but the others here are, such as “{style}”")
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    try:
        found = date(year, month, day)
    except ValueError:
        swapped = f"{year}{match['mark']}{day:02}{match['mark']}{month:02}"
        if month > _MONTHS and 0 < day <= _MONTHS and not _judge_date(swapped, None, today):
            why = f"there is no month {month}; day and month are probably swapped"
            return _build_error(f"“{raw}” is impossible: {why}", swapped)
        why = f"there is no month {month}" if month > _MONTHS else "there is no such day"
        return _build_error(f"“{raw}” is impossible: {why}")
    if found > today + timedelta(days=1):
        return _build_error(f"“{raw}” is in the future")
    return _build_error(f"“{raw}” is before {_FIRST_YEAR}") if year < _FIRST_YEAR else None


def _find_flaw(raw: str, format_: Format) -> _Flaw | None:
    """Return what a spreadsheet or a generator made of a value."""
    if raw in _EMPTY_CELL or (raw == "None" and format_ in _NO_PROSE):
        return _Flaw(raw, f"“{raw}” is what a program writes for an empty cell", "")
    if told := describe_program_text(raw):
        return _Flaw(told[0], told[1], None)
    if format_ is Format.YEAR and (match := _FLOAT_YEAR.fullmatch(raw)):
        message = f"“{raw}” is a year with the decimals of a number; write “{match[1]}”"
        return _Flaw("year with decimals", message, match[1])
    if format_ is Format.DATE and (match := _EMPTY_TIME.fullmatch(raw)):
        message = f"“{raw}” is a date with an empty time of day; write “{match[1]}”"
        return _Flaw("date with an empty time", message, match[1])
    if format_ is Format.DATE and (match := _SERIAL.fullmatch(raw)):
        day = (_EXCEL_EPOCH + timedelta(days=int(match[1]))).isoformat()
        message = f"“{raw}” is a day as Excel counts them; write “{day}”"
        return _Flaw("date as a number", message, day)
    if format_ is Format.LIST:
        members = [member.strip() for member in raw.split(",")]
        if not all(members):
            kept = ", ".join(member for member in members if member)
            if not kept:
                return _Flaw(
                    "list without members", "no value is given here: the list is empty", ""
                )
            return _Flaw("list with an empty member", "this list has an empty member", kept)
    return None


_TITLES = {
    "spaces in names": "there are extra spaces around or in names",
    "date in another order": "dates are in another order than the others",
    "year with decimals": "years have decimals",
    "date with an empty time": "dates have an empty time of day",
    "date as a number": "dates are numbers",
    "list without members": "lists are empty",
    "list with an empty member": "lists have an empty member",
}
_ACTIONS = {
    "spaces in names": "delete the extra spaces in {column}",
    "date in another order": "write the dates in {column} in one order",
    "year with decimals": "format the cells as Text in {column} and type the years again: numbers come out with decimals where the column has empty cells",
    "date with an empty time": "format the cells as Text in {column} and type the dates again: no time of day follows then",
    "date as a number": "format the cells as Text in {column} and type the dates again, as 2024-01-31",
    "list without members": "fill in each cell that the list is made of, {column} among them, or let the template leave out an empty list",
    "list with an empty member": "fill in the empty member in {column}, or leave out its comma; pages that are generated need an entry in each cell that the list is made of",
}
_NO_PROSE = frozenset({Format.YEAR, Format.DATE, Format.LIST, Format.PLAIN})
