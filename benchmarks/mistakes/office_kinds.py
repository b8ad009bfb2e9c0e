"""Mistakes of those who edit spreadsheets: filling, sorting, replacing, pasting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.parse.xlsx_limits import format_column
from mistakes.cell_kinds import Edit, Make, edit_cell, put, text_of
from mistakes.generator import names_of
from mistakes.kinds import Mistake, MistakeKind, Suggest

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from mistakes.world import Rows, State

_IDS = ("R201", "R202", "R208", "R204", "R207", "M702", "M703", "S112", "N403", "C605", "X904")
_ROWS = ("M701", "M702", "M707", "C601", "C602", "C603", "C604", "C605", "R209", "R211", "R205")
_TEXT = ("S112", "S114", "S108", "T503", "T502", "S109", "M708", "R211", "T504", "S116")


def change_rows(
    sheet: str, column: str, rewrite: Callable[[Rows, int, int, random.Random], Rows | None]
) -> Make:
    """Return what rewrites a sheet, given a random row of it and the place of a column."""

    def make(state: State, random_: random.Random) -> Mistake | None:
        rows = state.sheets.get(sheet, [])
        if not rows or column not in rows[0] or len(rows) < 3:
            return None
        at = rows[0].index(column)
        numbers = [n for n, row in enumerate(rows) if n and len(row) > at and row[0] and row[at]]
        for _ in range(60 if numbers else 0):
            number = random_.choice(numbers)
            new = rewrite([list(row) for row in rows], number, at, random_)
            if new is None or new == rows:
                continue
            other = state.copy()
            other.sheets[sheet] = new
            told = f"{sheet}.{column}, row {number + 1}: {rows[number][at][:50]!r}"
            ref = f"{format_column(at)}{number + 1}"
            also = ("generated_pages/", "DISARM_MASTER_DATA/")
            return Mistake(other, sheet=sheet, ref=ref, also=also, told=told)
        return None

    return make


def _fill(count: int, step: Callable[[str, int], str]) -> Callable[..., Rows | None]:
    """Return what the fill handle does with the cells below one."""

    def rewrite(rows: Rows, n: int, at: int, _: random.Random) -> Rows | None:
        if n + count >= len(rows) or any(len(row) <= at for row in rows[n : n + count + 1]):
            return None
        for k in range(1, count + 1):
            rows[n + k][at] = step(rows[n][at], k)
        return rows

    return rewrite


def _count_up(text: str, k: int) -> str:
    match = re.search(r"[0-9]+(?=[^0-9]*$)", text)
    if match is None:
        return text
    return text[: match.start()] + f"{int(match[0]) + k:0{len(match[0])}}" + text[match.end() :]


def _sort_alone(rows: Rows, n: int, at: int, _: random.Random) -> Rows | None:
    """Sort some cells of one column, and not their rows."""
    last = min(len(rows), n + 12)
    if last - n < 4:
        return None
    cells = sorted(row[at] if len(row) > at else "" for row in rows[n:last])
    for row, cell in zip(rows[n:last], cells, strict=True):
        row[at : at + 1] = [cell]
    return rows


def _swap_down(rows: Rows, n: int, at: int, _: random.Random) -> Rows | None:
    if n + 1 >= len(rows) or len(rows[n + 1]) <= at or rows[n + 1][at] == rows[n][at]:
        return None
    rows[n][at], rows[n + 1][at] = rows[n + 1][at], rows[n][at]
    return rows


def _swap_with(other: str) -> Callable[..., Rows | None]:
    def rewrite(rows: Rows, n: int, at: int, _: random.Random) -> Rows | None:
        to = rows[0].index(other)
        if len(rows[n]) <= to or not rows[n][to]:
            return None
        rows[n][at], rows[n][to] = rows[n][to], rows[n][at]
        return rows

    return rewrite


def _replace_all(old: str, new: str) -> Callable[..., Rows | None]:
    """Return what replaces a text in all of a column, as far as it is there."""

    def rewrite(rows: Rows, _n: int, at: int, _: random.Random) -> Rows | None:
        for row in rows[1:]:
            if len(row) > at:
                row[at] = row[at].replace(old, new)
        return rows

    return rewrite


def _merge(rows: Rows, n: int, at: int, _: random.Random) -> Rows | None:
    """Leave what merged cells leave: the first text, and nothing below it."""
    if n + 2 >= len(rows) or any(len(r) <= at or not r[at] for r in rows[n : n + 3]):
        return None
    rows[n + 1][at] = rows[n + 2][at] = ""
    return rows


def _insert(row: Callable[[Rows, int], list[str]], *, last: bool = False) -> Callable[..., Rows]:
    def rewrite(rows: Rows, n: int, _at: int, _: random.Random) -> Rows:
        new = row(rows, n)
        width = len(rows[0])
        new = [*new, *[""] * (width - len(new))]
        return [*rows, new] if last else [*rows[: n + 1], new, *rows[n + 1 :]]

    return rewrite


def _filter(rows: Rows, _n: int, _at: int, _: random.Random) -> Rows:
    return [rows[0], *rows[1::2]]


def _drop_column(rows: Rows, _n: int, at: int, _: random.Random) -> Rows:
    return [[*row[:at], *row[at + 1 :]] for row in rows]


def _shift_right(rows: Rows, n: int, at: int, _: random.Random) -> Rows:
    """Insert one cell in a row: all behind it move to the right."""
    rows[n] = [*rows[n][:at], "", *rows[n][at:]][: len(rows[0])]
    return rows


def _shift_left(rows: Rows, n: int, at: int, _: random.Random) -> Rows:
    rows[n] = [*rows[n][:at], *rows[n][at + 1 :], ""]
    return rows


def row_kinds() -> Iterator[MistakeKind]:
    """Yield what happens to several cells, rows or columns at once."""
    kinds: list[tuple[str, str, str, Callable[..., Rows | None], tuple[str, ...]]] = []
    for sheet, column in (
        ("techniques", "disarm_id"),
        ("incidents", "disarm_id"),
        ("tactics", "disarm_id"),
        ("countermeasures", "disarm_id"),
    ):
        kinds += [
            (sheet, column, "filled down, counting up", _fill(3, _count_up), (*_IDS, *_ROWS)),
            (sheet, column, "filled down", _fill(2, lambda text, _: text), (*_IDS, *_ROWS)),
            (sheet, column, "swapped with the cell below", _swap_down, (*_IDS, *_ROWS)),
            (sheet, column, "sorted alone", _sort_alone, (*_IDS, *_ROWS)),
            (sheet, column, "a cell inserted: the row moves right", _shift_right, (*_IDS, *_ROWS)),
            (sheet, column, "a cell deleted: the row moves left", _shift_left, (*_IDS, *_ROWS)),
        ]
    for sheet, column in (
        ("incidenttechniques", "technique_ids"),
        ("incidenttechniques", "incident_id"),
        ("incidenttechniques", "name"),
        ("techniques", "tactic_id"),
        ("techniques", "name"),
        ("techniques", "summary"),
        ("incidents", "name"),
        ("incidents", "summary"),
        ("urls", "url_id"),
    ):
        kinds += [
            (sheet, column, "filled down", _fill(2, lambda text, _: text), (*_IDS, *_ROWS, "N404")),
            (sheet, column, "swapped with the cell below", _swap_down, (*_IDS, *_ROWS, "N401")),
            (sheet, column, "sorted alone", _sort_alone, (*_IDS, *_ROWS, "N401", "R206")),
            (sheet, column, "merged with the two cells below", _merge, (*_IDS, *_ROWS, *_TEXT)),
            (sheet, column, "the column deleted", _drop_column, ("X904",)),
            (
                sheet,
                column,
                "a cell inserted: the row moves right",
                _shift_right,
                (*_IDS, *_ROWS, *_TEXT, "L305"),
            ),
        ]
    kinds += [
        (
            "incidenttechniques",
            "technique_ids",
            "filled down, counting up",
            _fill(3, _count_up),
            (*_IDS, *_ROWS),
        ),
        (
            "incidenttechniques",
            "incident_id",
            "filled down, counting up",
            _fill(3, _count_up),
            (*_IDS, *_ROWS),
        ),
        (
            "techniques",
            "tactic_id",
            "filled down, counting up",
            _fill(3, _count_up),
            (*_IDS, *_ROWS, "R212"),
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "swapped with incident_id",
            _swap_with("incident_id"),
            (*_IDS, *_ROWS),
        ),
        (
            "techniques",
            "name",
            "swapped with summary",
            _swap_with("summary"),
            (*_IDS, *_ROWS, *_TEXT),
        ),
        (
            "techniques",
            "name",
            "swapped with the id",
            _swap_with("disarm_id"),
            (*_IDS, *_ROWS, *_TEXT),
        ),
        (
            "techniques",
            "tactic_id",
            "swapped with the name",
            _swap_with("name"),
            (*_IDS, *_ROWS, *_TEXT),
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "T0 replaced by TO everywhere",
            _replace_all("T0", "TO"),
            _IDS,
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "commas replaced by semicolons",
            _replace_all(",", ";"),
            _IDS,
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "commas replaced by comma and space",
            _replace_all(",", ", "),
            _IDS,
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "full stops replaced by commas",
            _replace_all(".", ","),
            _IDS,
        ),
        (
            "incidenttechniques",
            "incident_id",
            "I replaced by l everywhere",
            _replace_all("I", "l"),
            _IDS,
        ),
        ("techniques", "tactic_id", "TA replaced by T everywhere", _replace_all("TA", "T"), _IDS),
        (
            "techniques",
            "disarm_id",
            "full stops replaced by commas",
            _replace_all(".", ","),
            (*_IDS, *_ROWS),
        ),
        (
            "techniques",
            "name",
            "Content replaced by Contents everywhere",
            _replace_all("Content", "Contents"),
            (*_ROWS, "N401"),
        ),
        (
            "incidenttechniques",
            "name",
            "a colon and space replaced by a colon",
            _replace_all(": ", ":"),
            ("N401", "M701", "R202"),
        ),
        ("incidenttechniques", "technique_ids", "only every second row", _filter, _ROWS),
        ("techniques", "name", "only every second row", _filter, (*_ROWS, "R201", "R208")),
        (
            "techniques",
            "name",
            "a total below the last row",
            _insert(lambda rows, _: ["Total", str(len(rows) - 1)], last=True),
            (*_IDS, *_ROWS),
        ),
        (
            "techniques",
            "name",
            "a note below the last row",
            _insert(lambda _r, _n: ["Last edited by the team in May"], last=True),
            (*_IDS, *_ROWS),
        ),
        (
            "incidents",
            "name",
            "a note below the last row",
            _insert(lambda _r, _n: ["", "to be checked"], last=True),
            (*_IDS, *_ROWS),
        ),
        (
            "incidenttechniques",
            "technique_ids",
            "a note below the last row",
            _insert(lambda _r, _n: ["", "Ask Anna about these rows"], last=True),
            (*_IDS, *_ROWS, *_TEXT),
        ),
        (
            "techniques",
            "name",
            "the header again in the middle",
            _insert(lambda rows, _: rows[0]),
            (*_IDS, *_ROWS),
        ),
        (
            "incidents",
            "name",
            "the header again in the middle",
            _insert(lambda rows, _: rows[0]),
            (*_IDS, *_ROWS),
        ),
        (
            "incidenttechniques",
            "name",
            "the header again in the middle",
            _insert(lambda rows, _: rows[0]),
            (*_IDS, *_ROWS),
        ),
        (
            "techniques",
            "name",
            "a row for a test",
            _insert(lambda _r, _n: ["T9999", "Test"], last=True),
            (*_IDS, *_ROWS, *_TEXT),
        ),
        (
            "techniques",
            "name",
            "a row copied under another id",
            _insert(lambda rows, n: ["T9998", *rows[n][1:]]),
            ("N404", "C604", "M706", "R211"),
        ),
    ]
    for sheet, column, name, rewrite, rules in kinds:
        yield MistakeKind(
            f"{sheet}.{column}: {name}",
            "cells",
            change_rows(sheet, column, rewrite),
            rules,
            Suggest.FREE,
            page=True,
        )


_PASTED: dict[str, Callable[[str], str]] = {
    "a paragraph of Word": lambda o: f'<p class="MsoNormal">{o}</p>',
    "a span unclosed": lambda o: f'<span style="color:red">{o}',
    "a no-break space by its name": lambda o: o.replace(" ", "&nbsp;", 1),
    "an ampersand coded twice": lambda o: o.replace(" ", " &amp;amp; ", 1),
    "a list of a text processor": lambda o: "·\u00a0\u00a0" + o,
    "a soft hyphen": lambda o: o[:12] + "\u00ad" + o[12:],
    "a text twice": lambda o: f"{o} {o}",
    "an object for a picture": lambda o: o[:10] + "\ufffc" + o[10:],
    "a byte order mark": lambda o: "\ufeff" + o,
}
_CONVERTED: dict[tuple[str, str], tuple[str, ...]] = {
    ("incidents", "year_started"): (
        "1905-07-08 00:00:00",
        "2,016",
        "2016-2017",
        "c. 2016",
        "2016?",
        "'16",
        "#VALUE!",
        "2016.5",
        "FALSE",
    ),
    ("incidents", "when_added"): ("43520", "43520.0", "March 2019", "n.d.", "#DIV/0!", "00:00:00"),
    ("incidenttechniques", "incident_id"): (
        "2.0",
        "1E+05",
        "#N/A",
        "TRUE",
        "Incident 2",
        "see above",
        "-",
        "?",
        "00002",
    ),
    ("incidenttechniques", "technique_ids"): (
        "146",
        "2019-01-02 00:00:00",
        "1.46E+02",
        "see above",
        "-",
        "?",
        "#REF!",
        "all",
        "T0146 - Account Asset",
        "TA15",
    ),
    ("techniques", "tactic_id"): (
        "1.0",
        "Plan Strategy",
        "TA1",
        "ta 01",
        "TA01,TA02",
        "TA01/TA02",
        "same",
        "-",
        "P01",
        "#NAME?",
        "TA01 ",
    ),
    ("tactics", "phase_id"): ("1", "Plan", "P1", "Phase 1", "-", "#REF!", "TA01"),
    ("techniques", "summary"): ("see above", "ditto", "-", "?", "same as T0002", "…", "0", "FALSE"),
    ("incidenttechniques", "name"): ("see above", "ditto", "-", "?", "…", "0", "FALSE", "#VALUE!"),
    ("techniques", "name"): ("see above", "-", "?", "0", "FALSE", "#VALUE!", "Name"),
    ("urls", "url_id"): (
        "www.example.org/a",
        '=HYPERLINK("https://example.org")',
        "mailto:a@example.org",
        "n/a",
        "C:\\Users\\me\\a.pdf",
        "file:///home/me/a.pdf",
        "https://",
        "0",
    ),
}


def paste_kinds() -> Iterator[MistakeKind]:
    """Yield what a spreadsheet makes of what is typed, and what a paste brings along."""
    for (sheet, column), values in _CONVERTED.items():
        for value in values:
            rules = (*_IDS, *_TEXT, "M701", "L305", "C605", "M706", "N401", "R205")
            yield MistakeKind(
                f"{sheet}.{column}: {value!r}",
                "cells",
                edit_cell(sheet, column, put(value)),
                rules,
                Suggest.FREE,
            )
    for name, edit in _PASTED.items():
        for sheet, column in (("incidenttechniques", "name"), ("techniques", "summary")):
            for anew in (False, True):
                yield MistakeKind(
                    f"{sheet}.{column}: pasted, {name}",
                    "anew" if anew else "cells",
                    edit_cell(sheet, column, text_of(edit), anew=anew, fits=lambda c: len(c) > 40),
                    (*_TEXT, "M701"),
                    Suggest.FREE,
                )
    ids: dict[str, Callable[[str], str]] = {
        "an apostrophe before it": lambda o: "'" + o,
        "quotation marks around it": lambda o: f'"{o}"',
        "brackets around it": lambda o: f"[{o}]",
        "a full stop behind it": lambda o: o + ".",
        "a question mark behind it": lambda o: o + "?",
        "an asterisk behind it": lambda o: o + "*",
        "a zero-width space in it": lambda o: o[:3] + "\u200b" + o[3:],
        "a line break in it": lambda o: o[:3] + "\n" + o[3:],
        "a no-break hyphen in it": lambda o: o[:1] + "\u2011" + o[1:],
        "a link of Markdown": lambda o: f"[{o}](../techniques/{o}.md)",
        "an equals sign before it": lambda o: "=" + o,
        "its name behind it": lambda o: o + " Account Asset",
        "a kind before it": lambda o: "Technique " + o,
    }
    for name, edit in ids.items():
        for sheet, column in (
            ("incidenttechniques", "technique_ids"),
            ("incidenttechniques", "incident_id"),
            ("techniques", "tactic_id"),
            ("techniques", "disarm_id"),
            ("incidents", "disarm_id"),
        ):
            yield MistakeKind(
                f"{sheet}.{column}: {name}",
                "cells",
                edit_cell(sheet, column, text_of(edit), fits=lambda c: bool(c) and "," not in c),
                (*_IDS, *_ROWS, *_TEXT),
                Suggest.HARMLESS,
            )
    yield from _rename_kinds()
    headers = {
        "translated": "nombre",
        "twice": "summary",
        "with a unit": "name (text)",
        "a number": "2",
        "with a line break": "na\nme",
        "the cell below": "",
    }
    for name, new in headers.items():
        yield MistakeKind(
            f"header techniques.name: {name}",
            "cells",
            _header(new),
            ("X904",),
            Suggest.FREE,
            page=True,
        )


def _header(new: str) -> Make:
    def make(state: State, _: random.Random) -> Mistake | None:
        rows = state.sheets.get("techniques", [])
        if not rows or "name" not in rows[0]:
            return None
        at = rows[0].index("name")
        other = state.copy()
        text = new or rows[1][at]
        other.sheets["techniques"] = [[*rows[0][:at], text, *rows[0][at + 1 :]], *rows[1:]]
        ref = f"{format_column(at)}1"
        return Mistake(other, sheet="techniques", ref=ref, told=f"header name -> {text!r}")

    return make


def _rename_kinds() -> Iterator[MistakeKind]:
    """Yield half a rename: the sheet has the new name, the texts that cite it the old one."""

    def rename(old: str, _random: random.Random, _record: dict[str, str]) -> str:
        return f"Wholly {old}"

    yield MistakeKind(
        "techniques.name: a rename of which the pages do not know",
        "cells",
        edit_cell("techniques", "name", rename),
        ("M701", "N401"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "techniques.name: half a rename, pages generated",
        "anew",
        _cited_only(rename),
        ("N401",),
        Suggest.FREE,
        page=True,
    )


def _cited_only(edit: Edit) -> Make:
    """Return what renames a technique that some text cites."""

    def make(state: State, random_: random.Random) -> Mistake | None:
        rows = state.sheets.get("incidenttechniques", [])
        if not rows or "name" not in rows[0]:
            return None
        at = rows[0].index("name")
        texts = " ".join(row[at] for row in rows[1:] if len(row) > at)
        names = names_of(state, "techniques").items()
        cited = {name for id_, name in names if f"{id_}: {name}" in texts}
        fits = cited.__contains__
        made = edit_cell("techniques", "name", edit, anew=True, fits=fits)(state, random_)
        if made is None:
            return None
        also = ("generated_pages/", "DISARM_MASTER_DATA/")
        return Mistake(made.state, sheet="incidenttechniques", also=also, told=made.told)

    return make
