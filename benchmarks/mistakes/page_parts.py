"""Mistakes on pages: fields, tables, rows, headings, markers, whole pages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.page_kinds import (
    FIELD,
    HEAD,
    HEADING,
    INDEX,
    LINK,
    MARKER,
    PHASE,
    ROW,
    TACTIC,
    Edit,
    another,
    changed,
    draw,
    ids_of,
    list_orphans,
    maker,
)
from mistakes.world import PAGES, State

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator


def just(edit: Callable[[re.Match[str]], str]) -> Edit:
    """Return an edit that needs no chance."""
    return lambda match, _: edit(match)


def inside(group: str | int, edit: Callable[[str], str]) -> Edit:
    """Return what edits a group of a match."""
    return lambda match, _: edit(match[group])


def put(text: str) -> Edit:
    """Return what replaces a text by another."""
    return lambda _match, _random: text


KINDS = "(techniques|incidents|counters|tactics)/"


def structure_kinds() -> Iterator[MistakeKind]:
    """Yield fields, tables, rows and markers that are lost, doubled or displaced."""
    structure = ("S101", "S103", "S104", "S105", "S106", "S107", "S108", "S110", "S113", "S115")

    def field(
        name: str, edit: Callable[[re.Match[str]], str], folder: str = KINDS, group: str | int = 0
    ) -> MistakeKind:
        return MistakeKind(
            f"field: {name}",
            "pages",
            maker(FIELD, folder, group, lambda m, _: edit(m)),
            structure,
            Suggest.FREE,
            line=True,
        )

    yield replace(field("lost", lambda _: ""), page=True)
    yield field("twice", lambda m: m[0] * 2)
    yield field("bullet lost", lambda m: m["label"] + " " + m["value"] + "\n\n", "incidents/")
    yield field("label misspelt", lambda m: m["label"][:4] + m["label"][5:], group="label")
    yield field(
        "label without its asterisks", lambda m: m["label"].replace("**", ""), group="label"
    )
    yield field(
        "label with one asterisk lost", lambda m: m["label"].replace("**", "*", 1), group="label"
    )
    yield field("colon lost", lambda m: m["label"].replace(":", ""), "incidents/", "label")
    yield field("label in capitals", lambda m: m["label"].upper(), group="label")
    yield field("two on one line", lambda m: m[0].rstrip("\n") + " ")
    yield field("indented", lambda m: "    " + m[0])
    yield MistakeKind(
        "field: order",
        "pages",
        maker(
            re.compile(FIELD.pattern + FIELD.pattern.replace("?P<", "?P<b_"), re.M),
            "incidents/",
            0,
            lambda m, _: (
                m[0][m.start("b_bullet") - m.start() :] + m[0][: m.start("b_bullet") - m.start()]
            ),
        ),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: lost",
        "pages",
        maker(HEADING, KINDS, 0, lambda _m, _r: ""),
        (*structure, "C605"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: no hash",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: m[0][2:]),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: two hashes",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: "#" + m[0]),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: no space behind the hash",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: "#" + m[0][2:]),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: no colon",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: m[0].replace(":", "", 1)),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: another kind",
        "pages",
        maker(HEADING, "techniques/", "kind", lambda _m, _r: "Incident"),
        (*structure, "S102"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: kind misspelt",
        "pages",
        maker(HEADING, KINDS, "kind", lambda m, _: m["kind"][:-2] + m["kind"][-1]),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: twice",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: m[0] + "\n\n" + m[0]),
        structure,
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: name lost",
        "pages",
        maker(HEADING, KINDS, "name", lambda _m, _r: ""),
        (*structure, "C603", "N402", "C605"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "heading: text above it",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: "A note.\n\n" + m[0]),
        structure,
        Suggest.FREE,
        line=True,
    )
    for name, edit in {
        "lost": lambda _: "",
        "twice": lambda m: m[0] + "\n" + m[0],
        "indented": lambda m: "    " + m[0],
        "misspelt": lambda m: m[0].replace("ABOVE", "ABOV"),
        "lower case": lambda m: m[0].lower(),
        "bold": lambda m: f"**{m[0]}**",
        "cut off": lambda m: m[0][:30],
        "in a heading": lambda m: "# " + m[0],
    }.items():
        yield MistakeKind(
            f"marker: {name}",
            "pages",
            maker(MARKER, KINDS, 0, just(edit)),
            structure,
            Suggest.FREE,
            page=True,
        )
    rows: dict[str, tuple[Callable[[re.Match[str]], str], tuple[str, ...]]] = {
        "twice": (lambda m: m[0] * 2, ("R209", "R211", "C601")),
        "first pipe lost": (lambda m: m[0][2:], structure),
        "a pipe in the text": (lambda m: m[0][:-12] + " | " + m[0][-12:], structure),
        "a cell lost": (lambda m: m[0][: m[0].index(" | ")] + " |\n", structure),
        "a cell too many": (lambda m: m[0][:-1] + " x |\n", structure),
        "an empty line before": (lambda m: "\n" + m[0], structure),
        "broken over two lines": (lambda m: m[0][:-15] + "\n" + m[0][-15:], structure),
        "joined with the next": (lambda m: m[0][:-1] + " ", structure),
        "indented": (lambda m: "    " + m[0], structure),
        "text emptied": (
            lambda m: m[0][: m[0].index(" | ")] + " |  |\n",
            ("S108", "S106", "R206", "R213", "M701", "C603", "R205"),
        ),
        "list item for row": (lambda m: "* " + m[0][2:-3] + "\n", structure),
    }
    for name, (edit, rules) in rows.items():
        yield MistakeKind(
            f"row: {name}",
            "pages",
            maker(ROW, "(incidents|techniques)/", 0, just(edit)),
            rules,
            Suggest.FREE,
            line=True,
        )
    yield MistakeKind(
        "row: deleted", "pages", _delete_row, ("R205", "R206", "R204"), Suggest.FREE, page=True
    )
    heads: dict[str, Callable[[re.Match[str]], str]] = {
        "header lost": lambda _: "",
        "delimiter row lost": lambda m: m[0][: m[0].index("\n") + 1],
        "header cell misspelt": lambda m: m[0].replace("e", "", 1),
        "header cell lost": lambda m: "|" + m[0].split("|", 2)[2],
        "delimiter cell lost": lambda m: (
            m[0][: m[0].rindex("| -")] + "|\n" if m[0].count("| -") > 1 else m[0]
        ),
        "blank line below the header": lambda m: m[0].replace("\n", "\n\n", 1),
        "delimiter of dots": lambda m: (
            m[0].split("\n")[0] + "\n" + m[0].split("\n")[1].replace("-", "–") + "\n"
        ),
    }
    for name, edit in heads.items():
        yield MistakeKind(
            f"table: {name}",
            "pages",
            maker(HEAD, KINDS, 0, just(edit)),
            structure,
            Suggest.FREE,
            line=name != "header lost",
            page=name == "header lost",
        )
    table = re.compile(HEAD.pattern + r"(?:\|[^\n]*\n)*\n*", re.M)
    yield MistakeKind(
        "table: lost",
        "pages",
        maker(table, KINDS, 0, lambda _m, _r: ""),
        structure,
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "table: twice",
        "pages",
        maker(table, KINDS, 0, lambda m, _: m[0] * 2),
        structure,
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "table: order",
        "pages",
        maker(
            re.compile(f"({table.pattern})({table.pattern})", re.M),
            KINDS,
            0,
            lambda m, _: m[2] + m[1],
        ),
        structure,
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "index row: deleted",
        "pages",
        _delete_index_row,
        ("C602", "C603", "C604", "R201"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "index row: twice",
        "pages",
        maker(INDEX, "[a-z]+_index", 0, lambda m, _: m[0] * 2),
        ("C601", "R209"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "index row: cell lost",
        "pages",
        maker(INDEX, "[a-z]+_index", 0, lambda m, _: m[0].replace(f"<td>{m['name']}</td>\n", "")),
        (*structure, "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "index row: tag unclosed",
        "pages",
        maker(INDEX, "[a-z]+_index", 0, lambda m, _: m[0].replace("</td>", "<td>", 1)),
        (*structure, "S109", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "index row: target of another",
        "pages",
        maker(INDEX, "techniques_index", "target", lambda _m, _r: "techniques/T0002.md"),
        ("L302", "L301", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "index row: name of another",
        "pages",
        _index_name,
        ("C603", "N406", "N404"),
        Suggest.INVERSE,
        line=True,
    )
    yield MistakeKind(
        "page: deleted", "pages", _delete_page, ("C604", "L301"), Suggest.FREE, page=True
    )
    yield MistakeKind(
        "page: renamed",
        "pages",
        _rename_page(lambda stem: stem + "-new"),
        ("S102", "C604", "C602", "L301", "S111"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: name in lower case",
        "pages",
        _rename_page(str.lower),
        ("S102", "C604", "L303", "S111"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: a copy",
        "pages",
        _copy_page,
        ("S102", "C601", "C602", "S111"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: empty",
        "pages",
        maker(re.compile(r"\A.*\Z", re.S), KINDS, 0, lambda _m, _r: ""),
        ("S101", "C605", "C604", *structure),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: cut off",
        "pages",
        maker(re.compile(r"(?s)\A.*\Z"), "incidents/", 0, lambda m, _: m[0][: len(m[0]) // 2]),
        structure,
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "tactic field: another tactic",
        "pages",
        maker(
            TACTIC,
            "techniques/",
            0,
            lambda m, _: "TA02 Plan Objectives" if m["id"] != "TA02" else "TA01 Plan Strategy",
        ),
        ("R204", "R212", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "tactic field: name of another",
        "pages",
        maker(
            TACTIC,
            "techniques/",
            "name",
            lambda m, _: "Plan Objectives" if m["id"] != "TA02" else "Plan Strategy",
        ),
        ("N403", "N406", "R204"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "tactic field: emptied",
        "pages",
        maker(TACTIC, "techniques/", 0, lambda _m, _r: ""),
        ("S108", "R204", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "phase field: emptied",
        "pages",
        maker(PHASE, "tactics/", 0, lambda _m, _r: ""),
        ("S108", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "phase field: unknown phase",
        "pages",
        maker(PHASE, "tactics/", 0, lambda _m, _r: "P77"),
        ("R201", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "row label: name of another",
        "pages",
        _row_name,
        ("N402", "N406", "L302"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "row: of another entity",
        "pages",
        _row_of_another,
        ("R205", "R206", "R204"),
        Suggest.FREE,
        line=True,
    )


def _delete_row(state: State, random_: random.Random) -> Mistake | None:
    place = draw(
        state,
        ROW,
        "(incidents|techniques)/",
        random_,
        lambda m, n: m["id"][0] in "TI" and m["id"] in n,
    )
    if place is None:
        return None
    path, text, match = place
    folder = "incidents" if match["id"][0] == "I" else "techniques"
    return changed(
        state, path, text, match.start(), match.end(), "", (f"{PAGES}{folder}/{match['id']}.md",)
    )


def _delete_index_row(state: State, random_: random.Random) -> Mistake | None:
    place = draw(state, INDEX, "(techniques|incidents|counters|tactics)_index", random_)
    if place is None:
        return None
    path, text, match = place
    return changed(state, path, text, match.start(), match.end(), "", (PAGES + match["target"],))


def _index_name(state: State, random_: random.Random) -> Mistake | None:
    names = ids_of(state)
    return maker(INDEX, "techniques_index", "name", lambda m, r: names[another(m["id"], names, r)])(
        state, random_
    )


def _row_name(state: State, random_: random.Random) -> Mistake | None:
    names = ids_of(state)
    return maker(LINK, "incidents/", "name", lambda m, r: names[another(m["id"], names, r)])(
        state, random_
    )


def _row_of_another(state: State, random_: random.Random) -> Mistake | None:
    names = ids_of(state)

    def edit(m: re.Match[str], r: random.Random) -> str:
        new = another(m["id"], names, r)
        return f"[{new} {names[new]}](../../generated_pages/techniques/{new}.md)"

    return maker(LINK, "incidents/", 0, edit)(state, random_)


def pick_page(state: State, random_: random.Random) -> str:
    """Return the path of a random page of an entity."""
    orphans = list_orphans(state)
    pages = [
        p
        for p in state.pages
        if re.match(PAGES + KINDS + r"[A-Z0-9.]+\.md$", p) and p not in orphans
    ]
    return random_.choice(pages)


def _delete_page(state: State, random_: random.Random) -> Mistake | None:
    path = pick_page(state, random_)
    other = state.copy()
    del other.pages[path]
    folder = path.split("/")[1]
    return Mistake(other, path, also=(f"{PAGES}{folder}_index.md",), told=f"{path} deleted")


def _rename_page(change: Callable[[str], str]) -> Callable[[State, random.Random], Mistake | None]:
    def make(state: State, random_: random.Random) -> Mistake | None:
        path = pick_page(state, random_)
        other = state.copy()
        folder, _, name = path.rpartition("/")
        new = f"{folder}/{change(name[:-3])}.md"
        other.pages[new] = other.pages.pop(path)
        return Mistake(other, new, also=(path, f"{folder}_index.md"), told=f"{path} -> {new}")

    return make


def _copy_page(state: State, random_: random.Random) -> Mistake | None:
    path = pick_page(state, random_)
    other = state.copy()
    new = path.replace(".md", " - Copy.md")
    other.pages[new] = other.pages[path]
    return Mistake(other, new, also=(path,), told=f"{path} copied to {new}")
