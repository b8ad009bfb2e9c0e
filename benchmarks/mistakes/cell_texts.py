"""Mistakes in workbooks: names, texts, values, headers, rows and names of sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.parse.xlsx_limits import format_column
from mistakes.cell_kinds import Make, edit_cell, in_citation, put, slip_of, text_of
from mistakes.generator import FOLDERS
from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.slips import MALFORMED, NAMES
from mistakes.world import PAGES, State

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_VALUE = ("S112", "S108", "S114", "M701", "T503", "X904")


def name_kinds() -> Iterator[MistakeKind]:
    """Yield slips in names, and in what evidence cites."""
    for slip, change in NAMES.items():
        yield MistakeKind(
            f"techniques.name: {slip}",
            "cells",
            edit_cell("techniques", "name", slip_of(change)),
            ("M701", "N401", "N403", "N404", "M706", "S112", "C603"),
        )

        for mode in (False, True):
            yield MistakeKind(
                f"evidence: cited name, {slip}",
                "anew" if mode else "cells",
                edit_cell("incidenttechniques", "name", in_citation("name", change), anew=mode),
                ("N401", "N406"),
                Suggest.INVERSE,
            )
    for slip, change in MALFORMED.items():
        for mode in (False, True):
            yield MistakeKind(
                f"evidence: cited id, {slip}",
                "anew" if mode else "cells",
                edit_cell("incidenttechniques", "name", in_citation("id", change), anew=mode),
                ("R202", "R201", "R208"),
                Suggest.INVERSE,
            )


# What breaks a row is not deleted but written otherwise.
_ESCAPED = frozenset(("a pipe", "a line break"))


def text_kinds() -> Iterator[MistakeKind]:
    """Yield names and texts that are empty, placeholders, or break a page."""
    for sheet, column in (
        ("techniques", "name"),
        ("tactics", "name"),
        ("incidents", "name"),
        ("countermeasures", "name"),
    ):
        values = {
            "emptied": lambda _: "",
            "a space behind": lambda o: o + " ",
            "#REF!": lambda _: "#REF!",
            "TODO": lambda _: "TODO",
            "a line break": lambda o: o.replace(" ", "\n", 1),
            "a pipe": lambda o: o + " | x",
        }
        for name, edit in values.items():
            for anew in (False, True):
                yield MistakeKind(
                    f"{sheet}.{column}: {name}",
                    "anew" if anew else "cells",
                    edit_cell(sheet, column, text_of(edit), anew=anew),
                    (*_VALUE, "M708", "C605", "S106", "R202", "M703", "M706", "N401"),
                    Suggest.FREE if name in _ESCAPED else Suggest.HARMLESS,
                )
    texts = {
        "emptied": lambda _: "",
        "#REF!": lambda _: "#REF!",
        "#NAME?": lambda _: "#NAME?",
        "TODO": lambda _: "TODO",
        "lorem ipsum": lambda _: "Lorem ipsum dolor sit amet",
        "a pipe": lambda o: o.replace(" ", " | ", 1),
        "a line break": lambda o: o.replace(" ", "\n", 1),
        "an unclosed tag": lambda o: "<i>" + o.replace("</i>", ""),
        "no-break space": lambda o: o.replace(" ", "\u00a0", 1),
        "mojibake": lambda o: o.replace("e", "â€™", 1),
        "zero-width space": lambda o: o.replace(" ", " \u200b", 1),
        "a control character": lambda o: o.replace(" ", " \x0b", 1),
    }
    rules = ("S112", "S114", "S108", "S106", "S109", "T502", "T503", "T504", "M701", "M708")
    for name, edit in texts.items():
        for sheet, column in (("incidenttechniques", "name"), ("techniques", "summary")):
            if sheet == "techniques" and name in _ESCAPED:
                # Outside of tables these break nothing.
                continue
            for anew in (False, True):
                yield MistakeKind(
                    f"{sheet}.{column}: text, {name}",
                    "anew" if anew else "cells",
                    edit_cell(
                        sheet,
                        column,
                        text_of(edit),
                        anew=anew,
                        fits=lambda c: len(c) > 40,
                    ),
                    rules,
                    Suggest.FREE if name in {*_ESCAPED, "mojibake"} else Suggest.HARMLESS,
                )


def value_kinds() -> Iterator[MistakeKind]:
    """Yield years, dates, URLs and derived names."""
    for value in ("20016", "2216", "1216", "201", "2O16", "last year"):
        for anew in (False, True):
            yield MistakeKind(
                f"incidents.year_started: {value}",
                "anew" if anew else "cells",
                edit_cell("incidents", "year_started", put(value), anew=anew),
                ("S112",),
            )
    for value in (
        "2019-13-24",
        "2019-02-31",
        "24-02-2019",
        "20019-02-24",
        "2219-02-24",
        "2O19-02-24",
        "yesterday",
    ):
        for anew in (False, True):
            yield MistakeKind(
                f"incidents.when_added: {value}",
                "anew" if anew else "cells",
                edit_cell("incidents", "when_added", put(value), anew=anew),
                ("S112",),
            )
        yield MistakeKind(
            f"urls.pub_date: {value}",
            "cells",
            edit_cell("urls", "pub_date", put(value)),
            ("S112",),
        )
    urls = {
        "no scheme": lambda u: u.split("//", 1)[-1],
        "one slash": lambda u: u.replace("//", "/", 1),
        "htps": lambda u: u.replace("http", "htp", 1),
        "a space behind": lambda u: u + " ",
        "a space inside": lambda u: u[:12] + " " + u[12:],
        "scheme twice": lambda u: "https://" + u,
        "a line break behind": lambda u: u + "\n",
        "a comma behind": lambda u: u + ",",
    }
    for name, edit in urls.items():
        for sheet, column in (("urls", "url_id"), ("urls", "archive_link"), ("incidents", "urls")):
            yield MistakeKind(
                f"{sheet}.{column}: {name}",
                "cells",
                edit_cell(sheet, column, text_of(edit)),
                ("L305", "M702", "M703", "R201", "M701", "S112"),
            )
    for name, edit in {
        "another name": lambda o: o + "s",
        "another id": lambda o: "T9999" + o[5:],
    }.items():
        yield MistakeKind(
            f"techniques.longname: {name}",
            "cells",
            edit_cell("techniques", "longname", text_of(edit)),
            ("M706", "S108"),
        )


def sheet_kinds() -> Iterator[MistakeKind]:
    """Yield headers, rows and names of sheets."""
    headers = {
        "a space behind": lambda h: h + " ",
        "a space before": lambda h: " " + h,
        "a capital": str.capitalize,
        "capitals": str.upper,
        "a space for the underscore": lambda h: h.replace("_", " "),
        "a hyphen for the underscore": lambda h: h.replace("_", "-"),
        "a letter lost": lambda h: h[:2] + h[3:],
        "two letters swapped": lambda h: h[0] + h[2] + h[1] + h[3:],
        "emptied": lambda _: "",
        "plural": lambda h: h + "s",
    }
    for sheet, column in (
        ("techniques", "tactic_id"),
        ("incidenttechniques", "technique_ids"),
        ("incidents", "disarm_id"),
    ):
        for name, edit in headers.items():
            yield MistakeKind(
                f"header {sheet}.{column}: {name}",
                "cells",
                _header(sheet, column, edit),
                ("X904",),
                Suggest.HARMLESS,
            )
    titles = {
        "a space behind": lambda t: t + " ",
        "a capital": str.capitalize,
        "capitals": str.upper,
        "a letter lost": lambda t: t[:2] + t[3:],
        "singular": lambda t: t[:-1],
        "a copy": lambda t: f"Copy of {t}",
    }
    for sheet in ("techniques", "incidents"):
        for name, edit in titles.items():
            yield MistakeKind(
                f"sheet {sheet}: {name}",
                "cells",
                _title(sheet, edit),
                ("X904",),
                Suggest.FREE,
                page=True,
            )
    rows: dict[str, Callable[[list[list[str]], int], list[list[str]]]] = {
        "a row above the header": lambda rows, _: [["DISARM"] + [""] * (len(rows[0]) - 1), *rows],
        "the header lost": lambda rows, _: rows[1:],
        "only the header": lambda rows, _: rows[:1],
        "a row deleted": lambda rows, n: rows[:n] + rows[n + 1 :],
        "a row twice": lambda rows, n: [*rows[: n + 1], *rows[n:]],
        "a row twice, at the end": lambda rows, n: [*rows, rows[n]],
    }
    for sheet in ("techniques", "incidents", "tactics", "incidenttechniques", "urls"):
        for name, change in rows.items():
            yield MistakeKind(
                f"sheet {sheet}: {name}",
                "cells",
                _rows(sheet, change),
                (
                    "X904",
                    "C606",
                    "C602",
                    "R201",
                    "C601",
                    "R209",
                    "R211",
                    "M701",
                    "M702",
                    "C603",
                    "R208",
                ),
                Suggest.FREE,
                page=True,
            )
    yield MistakeKind(
        "sheet incidenttechniques: a column one row off",
        "cells",
        _shift,
        ("M707",),
        Suggest.FREE,
        page=True,
    )


def _header(sheet: str, column: str, edit: Callable[[str], str]) -> Make:
    def make(state: State, _: random.Random) -> Mistake | None:
        rows = state.sheets.get(sheet, [])
        if not rows or column not in rows[0] or edit(column) == column:
            return None
        at = rows[0].index(column)
        other = state.copy()
        other.sheets[sheet] = [[*rows[0][:at], edit(column), *rows[0][at + 1 :]], *rows[1:]]
        return Mistake(
            other,
            sheet=sheet,
            ref=f"{format_column(at)}1",
            before=column,
            after=edit(column),
            told=f"{sheet}: header {column} -> {edit(column)!r}",
        )

    return make


def _title(sheet: str, edit: Callable[[str], str]) -> Make:
    def make(state: State, _: random.Random) -> Mistake | None:
        if sheet not in state.sheets:
            return None
        other = state.copy()
        del other.sheets[sheet]
        other.sheets[f"={sheet}"] = [[edit(sheet)]]
        return Mistake(
            other,
            sheet=sheet,
            also=("DISARM_MASTER_DATA/",),
            told=f"sheet {sheet} -> {edit(sheet)!r}",
        )

    return make


def _rows(sheet: str, change: Callable[[list[list[str]], int], list[list[str]]]) -> Make:
    def make(state: State, random_: random.Random) -> Mistake | None:
        rows = state.sheets.get(sheet, [])
        numbers = [n for n, row in enumerate(rows) if n and row and row[0]]
        if not numbers:
            return None
        n = random_.choice(numbers)
        other = state.copy()
        other.sheets[sheet] = change(rows, n)
        folder = FOLDERS.get(sheet, "incidents")
        also = (
            f"{PAGES}{folder}/",
            f"{PAGES}{folder}_index.md",
            f"{PAGES}techniques/",
            "DISARM_MASTER_DATA/",
        )
        return Mistake(
            other, sheet=sheet, also=also, told=f"{sheet}, row {n + 1}: {rows[n][0][:60]}"
        )

    return make


def _shift(state: State, random_: random.Random) -> Mistake | None:
    rows = state.sheets.get("incidenttechniques", [])
    if len(rows) < 60:
        return None
    n = random_.randrange(2, len(rows) - 30)
    names = [row[1] if len(row) > 1 else "" for row in rows]
    names[n + 1 :] = names[n:-1]
    other = state.copy()
    other.sheets["incidenttechniques"] = [
        [*row[:1], names[i], *row[2:]] if row else row for i, row in enumerate(rows)
    ]
    return Mistake(other, sheet="incidenttechniques", told=f"names one row lower from row {n + 1}")
