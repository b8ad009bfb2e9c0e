"""Mistakes in workbooks: ids and lists of ids in cells."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from disarm_lint.parse.xlsx_limits import format_column
from mistakes.generator import names_of, regenerate
from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.page_kinds import CITATION
from mistakes.slips import MALFORMED, Slip, change_digit, swap_digits
from mistakes.world import State

Edit = Callable[[str, random.Random, dict[str, str]], str | None]
Make = Callable[[State, random.Random], Mistake | None]


def edit_cell(
    sheet: str, column: str, edit: Edit, *, anew: bool = False, fits: Callable[[str], bool] = bool
) -> Make:
    """Return what edits a random cell of a column; where `anew`, pages are generated after it."""

    def make(state: State, random_: random.Random) -> Mistake | None:
        rows = state.sheets.get(sheet, [])
        if not rows or column not in rows[0]:
            return None
        at = rows[0].index(column)
        numbers = [
            n for n, row in enumerate(rows) if n and len(row) > at and row[0] and fits(row[at])
        ]
        for _ in range(60 if numbers else 0):
            number = random_.choice(numbers)
            record = dict(zip(rows[0], rows[number], strict=False))
            if "technique_ids" in record:
                # What the techniques are called that the text may cite.
                record |= {f"={i}": name for i, name in names_of(state, "techniques").items()}
            old = rows[number][at]
            new = edit(old, random_, record)
            if new is None or new == old:
                continue
            other = state.copy()
            changed = list(rows)
            changed[number] = [*rows[number][:at], new, *rows[number][at + 1 :]]
            other.sheets[sheet] = changed
            if anew and not regenerate(other, sheet, number, column, old):
                continue
            ref = f"{format_column(at)}{number + 1}"
            told = f"{sheet}!{ref} ({column}): {_diff(old, new)}"
            return Mistake(other, sheet=sheet, ref=ref, before=old, after=new, told=told)
        return None

    return make


def _diff(old: str, new: str) -> str:
    n = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    n = max(0, n - 15)
    return f"{old[n : n + 70]!r} -> {new[n : n + 70]!r}"


def both(
    name: str,
    cell: tuple[str, str, Edit],
    rules: tuple[str, ...],
    suggest: Suggest = Suggest.HARMLESS,
) -> Iterator[MistakeKind]:
    """Yield a kind twice: with the pages as they were, and generated anew."""
    yield MistakeKind(name, "cells", edit_cell(*cell), rules, suggest)
    yield MistakeKind(name, "anew", edit_cell(*cell, anew=True), rules, suggest)


def slip_of(change: Slip) -> Edit:
    """Return what makes a slip in a whole cell."""
    return lambda old, random_, _: change(old, random_)


def text_of(edit: Callable[[str], str]) -> Edit:
    """Return what edits the text of a cell."""
    return lambda old, _random, _record: edit(old)


def put(text: str) -> Edit:
    """Return what replaces the text of a cell."""
    return lambda _old, _random, _record: text


def separated_by(mark: str) -> Edit:
    """Return what separates the first two members of a list by something else."""
    return lambda old, _random, _record: old.replace(",", mark, 1)


def in_citation(group: str, change: Slip) -> Edit:
    """Return what makes a slip in the id or the name of a citation."""

    def edit(old: str, random_: random.Random, record: dict[str, str]) -> str | None:
        found = [
            (match, name)
            for match in CITATION.finditer(old)
            if (name := record.get(f"={match['id']}", "\0").strip())
            and re.match(re.escape(name) + r"(?:[,;)]|$)", match["name"])
        ]
        if not found:
            return None
        match, name = random_.choice(found)
        written = name if group == "name" else match["id"]
        new = change(written, random_)
        at = match.start(group)
        return None if new is None else old[:at] + new + old[at + len(written) :]

    return edit


_REFS = ("R201", "R202", "R208", "M702", "M703", "R206")
_OWN = ("C605", "R202", "R201", "C601", "C602", "M701", "R208", "T503", "M703", "C604", "M706")


def _has_several(cell: str) -> bool:
    return "," in cell and ", " not in cell


def list_kinds() -> Iterator[MistakeKind]:
    """Yield members of id lists and id columns that are no ids, or the wrong ones."""

    def member(change: Callable[[str, random.Random], str | None]) -> Edit:
        def edit(old: str, random_: random.Random, _: dict[str, str]) -> str | None:
            members = old.split(",")
            n = random_.randrange(len(members))
            id_ = members[n].strip()
            new = change(id_, random_)
            if new is None:
                return None
            return ",".join([*members[:n], members[n].replace(id_, new), *members[n + 1 :]])

        return edit

    for slip, change in MALFORMED.items():
        yield from both(
            f"technique_ids: {slip}",
            ("incidenttechniques", "technique_ids", member(change)),
            _REFS,
            Suggest.INVERSE,
        )
        if "dot" not in slip:
            yield from both(
                f"tactic_id: {slip}",
                ("techniques", "tactic_id", slip_of(change)),
                (*_REFS, "R204"),
                Suggest.INVERSE,
            )
            yield from both(
                f"incident_id: {slip}",
                ("incidenttechniques", "incident_id", slip_of(change)),
                _REFS,
                Suggest.INVERSE,
            )
            yield MistakeKind(
                f"phase_id: {slip}",
                "cells",
                edit_cell("tactics", "phase_id", slip_of(change)),
                _REFS,
                Suggest.INVERSE,
            )
        yield MistakeKind(
            f"disarm_id: {slip}",
            "cells",
            edit_cell("techniques", "disarm_id", slip_of(change)),
            _OWN,
        )
    for slip, change in (("two digits swapped", swap_digits), ("another digit", change_digit)):
        yield from both(
            f"technique_ids: {slip}",
            ("incidenttechniques", "technique_ids", member(change)),
            (*_REFS, "M701", "R209"),
            Suggest.FREE,
        )
        yield from both(
            f"incident_id: {slip}",
            ("incidenttechniques", "incident_id", slip_of(change)),
            (*_REFS, "M701", "R211"),
            Suggest.FREE,
        )
        yield from both(
            f"tactic_id: {slip}",
            ("techniques", "tactic_id", slip_of(change)),
            (*_REFS, "R204", "R212", "M701"),
            Suggest.FREE,
        )
        yield MistakeKind(
            f"disarm_id: {slip}",
            "cells",
            edit_cell("techniques", "disarm_id", slip_of(change)),
            (*_OWN, "R203", "N404"),
            Suggest.FREE,
        )
    separators = {
        "a semicolon": ";",
        "a slash": "/",
        "a full stop": ".",
        "a line break": "\n",
        "nothing": "",
        "a space": " ",
        "and": " and ",
        "a pipe": "|",
        "two commas": ",,",
        "comma and space": ", ",
    }
    for name, mark in separators.items():
        yield MistakeKind(
            f"technique_ids: {name} for the comma",
            "cells",
            edit_cell(
                "incidenttechniques",
                "technique_ids",
                separated_by(mark),
                fits=_has_several,
            ),
            _REFS,
            Suggest.INVERSE,
        )
    spaces = {
        "space behind": lambda o: o + " ",
        "space before": lambda o: " " + o,
        "line break behind": lambda o: o + "\n",
        "no-break space behind": lambda o: o + "\u00a0",
        "tab behind": lambda o: o + "\t",
        "comma behind": lambda o: o + ",",
    }
    for name, change_ in spaces.items():
        for sheet, column in (
            ("incidenttechniques", "technique_ids"),
            ("incidenttechniques", "incident_id"),
            ("techniques", "tactic_id"),
            ("tactics", "phase_id"),
            ("techniques", "disarm_id"),
            ("incidents", "disarm_id"),
        ):
            yield MistakeKind(
                f"{sheet}.{column}: {name}",
                "cells",
                edit_cell(sheet, column, text_of(change_)),
                (*_REFS, *_OWN, "S112"),
                Suggest.HARMLESS,
            )
    yield MistakeKind(
        "technique_ids: a member twice",
        "cells",
        edit_cell(
            "incidenttechniques", "technique_ids", lambda o, _r, _d: o + "," + o.split(",")[0]
        ),
        ("R209",),
        Suggest.FREE,
    )
    yield MistakeKind(
        "technique_ids: a name for the id",
        "cells",
        edit_cell("incidenttechniques", "technique_ids", lambda _o, _r, _d: "Account Asset"),
        (*_REFS, "S112"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "technique_ids: emptied",
        "cells",
        edit_cell("incidenttechniques", "technique_ids", lambda _o, _r, _d: ""),
        (*_REFS, "S108", "M701", "S112"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "incident_id: emptied",
        "cells",
        edit_cell("incidenttechniques", "incident_id", lambda _o, _r, _d: ""),
        (*_REFS, "S108", "M701", "S112"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "incident_id: its number",
        "cells",
        edit_cell("incidenttechniques", "incident_id", lambda o, _r, _d: o.lstrip("I0")),
        _REFS,
        Suggest.INVERSE,
    )
    yield MistakeKind(
        "incident_id: an id of a technique",
        "cells",
        edit_cell(
            "incidenttechniques", "incident_id", lambda _o, _r, d: d["technique_ids"].split(",")[0]
        ),
        (*_REFS, "R207"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "tactic_id: emptied",
        "cells",
        edit_cell("techniques", "tactic_id", lambda _o, _r, _d: ""),
        ("S108", "R204", "M701", "S112"),
        Suggest.FREE,
    )
    yield MistakeKind(
        "tactic_id: with its name",
        "cells",
        edit_cell("techniques", "tactic_id", lambda o, _r, _d: o + " Plan Strategy"),
        (*_REFS, "S112", "N403", "R204"),
        Suggest.HARMLESS,
    )
    yield MistakeKind(
        "disarm_id: emptied",
        "cells",
        edit_cell("techniques", "disarm_id", lambda _o, _r, _d: ""),
        _OWN,
        Suggest.FREE,
    )
    yield MistakeKind(
        "disarm_id: that of another",
        "cells",
        edit_cell(
            "techniques", "disarm_id", lambda o, _r, _d: "T0002" if o != "T0002" else "T0003"
        ),
        ("C601",),
        Suggest.FREE,
    )
