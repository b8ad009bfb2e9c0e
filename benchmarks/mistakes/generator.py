"""What the generator of the pages would make of an edited cell, on the pages that show it.

Pages are not written anew but edited: only what comes from the cell changes. What the
generator joins without a partner vanishes, as it does there.
"""

from __future__ import annotations

import re

from mistakes.world import PAGES, State

FOLDERS = {
    "techniques": "techniques", "tactics": "tactics", "phases": "phases", "tasks": "tasks",
    "incidents": "incidents", "countermeasures": "counters", "actortypes": "actortypes",
    "metatechniques": "metatechniques",
}  # fmt: skip


def regenerate(state: State, sheet: str, row: int, column: str, old: str) -> bool:
    """Edit the pages of a state as a new run of the generator would; tell whether it can be done.

    The state has the new text in its cell, at the 0-based `row`; `old` is what stood there.
    """
    rows = state.sheets[sheet]
    record = dict(zip(rows[0], rows[row], strict=False))
    new = record[column]
    if sheet == "incidenttechniques":
        return _evidence(state, record, column, old)
    folder = FOLDERS.get(sheet)
    if folder is None:
        return False
    id_ = record["disarm_id"]
    page = f"{PAGES}{folder}/{id_}.md"
    if column == "name":
        _replace(state, page, f"{id_}: {old}\n", f"{id_}: {new}\n")
        _replace(
            state,
            _index(folder),
            f">{id_}</a></td>\n<td>{old}</td>",
            f">{id_}</a></td>\n<td>{new}</td>",
        )
        for path in state.pages:
            _replace(state, path, f"[{id_} {old}](", f"[{id_} {new}](")
            _replace(state, path, f"** {id_} {old}", f"** {id_} {new}")
            _replace(state, path, f"**: {id_} {old}", f"**: {id_} {new}")
            _replace(state, path, f">{id_} {old}<", f">{id_} {new}<")
        return True
    if column == "tactic_id" and folder == "techniques":
        return _tactic(state, page, record, old)
    if column in {"summary", "when_added", "found_via"} and old:
        _replace(state, page, old, new)
        _replace(state, _index(folder), old, new)
        return True
    if column in {"year_started", "phase_id", "objecttype", "sector_ids"} and old:
        number = f"{new}.0" if new.isdigit() and column == "year_started" else new
        shown = f"{old}.0" if column == "year_started" else old
        _replace(state, page, f" {shown}\n", f" {number}\n")
        _replace_row(state, _index(folder), id_, f"<td>{shown}</td>", f"<td>{number}</td>")
        return True
    return False


def _index(folder: str) -> str:
    return f"{PAGES}{folder}_index.md"


def _replace(state: State, path: str, old: str, new: str) -> None:
    data = state.pages.get(path)
    if data is not None and old.encode() in data:
        state.pages[path] = data.replace(old.encode(), new.encode("utf-8", "replace"))


def _replace_row(state: State, path: str, id_: str, old: str, new: str) -> None:
    text = state.pages.get(path, b"").decode()
    match = re.search(rf"<tr>\n<td><a [^\n]+>{re.escape(id_)}</a>.*?</tr>\n", text, re.S)
    if match:
        row = match[0].replace(old, new, 1)
        state.pages[path] = (text[: match.start()] + row + text[match.end() :]).encode()


def _drop(state: State, path: str, id_: str, text: str) -> None:
    """Take the text of a row out of a page, and the row with it where nothing else is in it."""
    data = state.pages.get(path)
    if data is None:
        return
    lines = data.decode().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith(f"| [{id_} ") and text in line:
            rest = line.replace(text, "", 1).replace(", , ", ", ").replace("| , ", "| ")
            rest = rest.replace(",  |", " |")
            lines[number] = "" if rest.rstrip().endswith(".md) |  |") else rest
            break
    state.pages[path] = "".join(lines).encode()


def _add(state: State, path: str, label: str, text: str) -> None:
    """Add a row at the end of the table of evidence of a page."""
    data = state.pages.get(path)
    if data is None:
        return
    page = data.decode()
    heads = [m.end() for m in re.finditer(r"given for this incident \|\n\|[-| ]+\|\n", page)]
    if heads:
        match = re.compile(r"(?:\| \[[^\n]*\n)*").match(page, heads[0])
        at = match.end() if match else heads[0]
        state.pages[path] = f"{page[:at]}| {label} | {text} |\n{page[at:]}".encode()


def names_of(state: State, sheet: str) -> dict[str, str]:
    """Return the names in a sheet, by id."""
    return {row[0]: row[1] for row in state.sheets[sheet][1:] if len(row) > 1 and row[0]}


def _evidence(state: State, record: dict[str, str], column: str, old: str) -> bool:
    before = {**record, column: old}
    if column == "name":
        if len(old) < 30:
            return False
        for path in state.pages:
            _replace(state, path, old, record["name"])
        return True
    if column not in {"technique_ids", "incident_id"} or len(record["name"]) < 30:
        return False
    techniques, incidents = names_of(state, "techniques"), names_of(state, "incidents")
    for stated, edit in ((before, "drop"), (record, "add")):
        incident = stated["incident_id"]
        other = record if edit == "drop" else before
        kept = set(other["technique_ids"].split(",")) if other["incident_id"] == incident else set()
        for technique in stated["technique_ids"].split(","):
            if technique in kept or technique not in techniques or incident not in incidents:
                continue
            mine, theirs = f"{PAGES}incidents/{incident}.md", f"{PAGES}techniques/{technique}.md"
            if edit == "drop":
                _drop(state, mine, technique, record["name"])
                _drop(state, theirs, incident, record["name"])
            else:
                label = f"[{technique} {techniques[technique]}](../../{theirs})"
                _add(state, mine, label, record["name"])
                label = f"[{incident} {incidents[incident]}](../../{mine})"
                _add(state, theirs, label, record["name"])
    return True


def _tactic(state: State, page: str, record: dict[str, str], old: str) -> bool:
    tactics, id_, new = names_of(state, "tactics"), record["disarm_id"], record["tactic_id"]
    if old not in tactics:
        return False
    _replace(
        state,
        page,
        f"**Tactic**: {old} {tactics[old]}",
        f"**Tactic**: {new} {tactics.get(new, '')}",
    )
    _replace_row(state, _index("techniques"), id_, f"<td>{old}</td>", f"<td>{new}</td>")
    path = f"{PAGES}tactics/{old}.md"
    text = state.pages[path].decode()
    state.pages[path] = re.sub(rf"^\| \[{re.escape(id_)} [^\n]*\n", "", text, flags=re.M).encode()
    return True
