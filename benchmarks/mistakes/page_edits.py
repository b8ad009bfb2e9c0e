"""Mistakes of those who edit pages: pasting into the wrong place, autocorrection, replacing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.page_kinds import (
    EVIDENCE,
    HEADING,
    LINK,
    ROW,
    TACTIC,
    YEAR,
    another,
    changed,
    draw,
    ids_of,
    list_orphans,
    maker,
    named,
    relink,
)
from mistakes.page_parts import inside, just, pick_page, put
from mistakes.world import PAGES, State

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_STRUCTURE = ("S101", "S103", "S104", "S105", "S106", "S107", "S108", "S110", "S113", "S115")
_LINKS = ("L301", "L302", "L303", "L304", "L305", "L307", "L308", "S106")
_FIELD = ("R201", "R202", "R204", "R203", "R208", "N403", "N406", "S112", "S108", "C603", "T503")


def edit_kinds() -> Iterator[MistakeKind]:
    """Yield what pastes, autocorrection and replacing leave on pages."""
    fields: dict[str, Callable[[re.Match[str]], str]] = {
        "the id alone": lambda m: m["id"],
        "the name alone": lambda m: m["name"],
        "the other way round": lambda m: f"{m['name']} {m['id']}",
        "twice": lambda m: f"{m[0]} {m[0]}",
        "in brackets": lambda m: f"({m[0]})",
        "two ids": lambda m: f"{m[0]}, TA01 Plan Strategy",
        "in quotation marks": lambda m: f"“{m[0]}”",
        "a zero-width space": lambda m: m["id"] + "\u200b " + m["name"],
    }
    for name, edit in fields.items():
        yield MistakeKind(
            f"tactic field: {name}",
            "pages",
            maker(TACTIC, "techniques/", 0, just(edit), named),
            _FIELD,
            Suggest.FREE,
            line=True,
        )
    links: dict[str, Callable[[str, str], str]] = {
        "an ellipsis for the dots": lambda a, b: f"[{a}]({b.replace('../..', '…/…')})",
        "one dot for two": lambda a, b: f"[{a}]({b.replace('../..', './..')})",
        "a capital by autocorrection": lambda a, b: f"[{a}]({b.replace('generated', 'Generated')})",
        "angle brackets unclosed": lambda a, b: f"[{a}](<{b})",
        "a title unclosed": lambda a, b: f'[{a}]({b} "a title)',
        "the target twice": lambda a, b: f"[{a}]({b})({b})",
        "a link in the label": lambda a, b: f"[[{a}]({b})]({b})",
        "a footnote for a link": lambda a, _: f"[{a}][1]",
        "a reference without definition": lambda a, _: f"[{a}][]",
        "a tag unclosed": lambda a, b: f'<a href="{b}>{a}</a>',
        "the name in the target": lambda a, b: f"[{a}]({b.replace('.md', ' ' + a[6:] + '.md')})",
        "the id alone as target": lambda a, b: f"[{a}]({b.rpartition('/')[2][:-3]})",
        "a query behind it": lambda a, b: f"[{a}]({b}?raw=true#nowhere)",
        "a non-breaking hyphen in it": lambda a, b: f"[{a}]({b.replace('_', '‑')})",
        "bold inside": lambda a, b: f"[**{a}]({b})",
        "code around it": lambda a, b: f"`[{a}]({b})`",
    }
    for name, link in links.items():
        yield MistakeKind(
            f"row link: {name}",
            "pages",
            maker(
                LINK,
                "[a-z]+/",
                0,
                relink(link),
                named,
            ),
            (*_LINKS, "S109", "R205", "S113", "N402"),
            Suggest.FREE,
            line=True,
        )
    rows: dict[str, Callable[[re.Match[str]], str]] = {
        "tabs for pipes": lambda m: m[0].replace("| ", "\t").replace(" |", "\t"),
        "commas for pipes": lambda m: m[0].replace(" | ", ", "),
        "last pipe lost": lambda m: m[0].rstrip().rstrip("|").rstrip() + "\n",
        "in a code fence": lambda m: f"```\n{m[0]}```\n",
        "in a quotation": lambda m: f"> {m[0]}",
        "commented out": lambda m: f"<!-- {m[0].rstrip()} -->\n",
        "a broken bar for a pipe": lambda m: m[0].replace(" | ", " ¦ ", 1),
        "a full-width pipe": lambda m: m[0].replace(" | ", " ｜ ", 1),
        "columns swapped": lambda m: (
            "| "
            + " | ".join(reversed([c.strip() for c in m[0].strip().strip("|").split(" | ")]))
            + " |\n"
        ),
        "a heading in between": lambda m: f"\n## More\n\n{m[0]}",
        "a rule in between": lambda m: f"\n---\n\n{m[0]}",
        "struck out": lambda m: "| ~~" + m[0][2:].replace(" | ", "~~ | ~~", 1),
    }
    for name, edit in rows.items():
        yield MistakeKind(
            f"row: {name}",
            "pages",
            maker(ROW, "(incidents|techniques)/", 0, just(edit)),
            (*_STRUCTURE, "R205", "R206", "R213", "S115", "L308", "L302", "R204"),
            Suggest.FREE,
            page=True,
        )
    yield MistakeKind(
        "row: in the table of another page",
        "pages",
        _move_row,
        ("R205", "R206", "R211", "R204", "L302"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "row: text of the row below",
        "pages",
        _swap_texts,
        ("R205", "R206", "R211"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: another page pasted over it",
        "pages",
        _paste_page,
        ("S102", "C601", "C604"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: another page pasted below it",
        "pages",
        _append_page,
        (*_STRUCTURE, "S102", "C601", "R209", "R211"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "page: an id replaced by another everywhere",
        "pages",
        _replace_id,
        ("R205", "R206", "S102", "L301", "N402", "C601", "N401", "R204", "R203", "R201", "N403"),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "heading: another name",
        "pages",
        _rename_heading,
        ("C603", "N402", "N401", "N403", "N406", "N404"),
        Suggest.FREE,
        page=True,
    )
    words = {
        "the word for the kind translated": ("kind", "Técnica"),
        "the word for the kind in lower case": ("kind", "technique"),
        "the word for the kind plural": ("kind", "Techniques"),
    }
    for name, (group, new) in words.items():
        yield MistakeKind(
            f"heading: {name}",
            "pages",
            maker(HEADING, "techniques/", group, put(new)),
            ("S101",),
            Suggest.FREE,
            line=True,
        )
    for name, new in {
        "a full stop behind it": "2016.",
        "a range": "2016-17",
        "about": "ca. 2016",
        "a question mark": "2016?",
        "a date": "2016-05-01",
        "thousands": "2,016",
        "two digits": "16",
        "a decade": "2010s",
        "no digits": "unknown",
        "the next day": "1905-07-08 00:00:00",
    }.items():
        yield MistakeKind(
            f"year: {name}",
            "pages",
            maker(YEAR, "incidents/", 0, put(new)),
            ("S112", "S108", "S114", "C603"),
            Suggest.FREE,
            line=True,
        )
    texts: dict[str, Callable[[str], str]] = {
        "twice": lambda t: f"{t} {t}",
        "see above": lambda _: "see above",
        "a dash": lambda _: "-",
        "a question mark": lambda _: "?",
        "an ellipsis": lambda _: "…",
        "a paragraph of Word": lambda t: f'<p class="MsoNormal">{t}',
        "a script": lambda t: f"{t}<script>alert(1)",
        "a bracket unclosed": lambda t: f"[{t}",
        "an image that is not there": lambda t: f"{t} ![a](image1.png)",
        "a link to a local file": lambda t: f"{t} [report](C:\\Users\\me\\report.docx)",
        "a link to an attachment": lambda t: f"{t} [report](attachment:1)",
        "a bare address cut off": lambda t: f"{t} https://",
        "a bold unclosed tag": lambda t: f"<b>{t}",
    }
    for name, text in texts.items():
        yield MistakeKind(
            f"evidence: {name}",
            "pages",
            maker(EVIDENCE, "incidents/", "text", inside("text", text)),
            (
                "S108",
                "S109",
                "S112",
                "S114",
                "S116",
                "R211",
                "R206",
                "R213",
                "L301",
                "L305",
                "L308",
                "L304",
                "C603",
            ),
            Suggest.FREE,
            line=True,
        )


def _move_row(state: State, random_: random.Random) -> Mistake | None:
    """Move a row of evidence to the page of another incident."""
    place = draw(state, EVIDENCE, "incidents/", random_, lambda m, n: m["id"] in n)
    other_place = draw(state, EVIDENCE, "incidents/", random_, lambda m, n: m["id"] in n)
    if place is None or other_place is None or place[0] == other_place[0]:
        return None
    path, text, match = place
    there, page, row = other_place
    other = state.copy()
    other.pages[path] = (text[: match.start()] + text[match.end() + 1 :]).encode()
    other.pages[there] = (page[: row.end()] + "\n" + match[0] + page[row.end() :]).encode()
    also = (path, f"{PAGES}techniques/{match['id']}.md")
    return Mistake(other, there, also=also, told=f"a row of {path} on {there}")


def _swap_texts(state: State, random_: random.Random) -> Mistake | None:
    """Give two neighbouring rows each the text of the other."""
    for _ in range(40):
        place = draw(state, EVIDENCE, "incidents/", random_)
        if place is None:
            return None
        path, text, match = place
        below = EVIDENCE.match(text, match.end() + 1)
        if below is None or below["text"] == match["text"]:
            continue
        new = (
            match[0].replace(match["text"], below["text"])
            + "\n"
            + below[0].replace(below["text"], match["text"])
        )
        also = tuple(f"{PAGES}techniques/{m['id']}.md" for m in (match, below))
        return changed(state, path, text, match.start(), below.end(), new, also)
    return None


def _paste_page(state: State, random_: random.Random) -> Mistake | None:
    path, source = pick_page(state, random_), pick_page(state, random_)
    if path == source or path.split("/")[1] != source.split("/")[1]:
        return None
    other = state.copy()
    other.pages[path] = other.pages[source]
    also = (source, f"{PAGES}{path.split('/')[1]}_index.md")
    return Mistake(other, path, also=also, told=f"{source} pasted over {path}")


def _append_page(state: State, random_: random.Random) -> Mistake | None:
    path, source = pick_page(state, random_), pick_page(state, random_)
    if path == source:
        return None
    other = state.copy()
    other.pages[path] = other.pages[path].rstrip() + b"\n\n" + other.pages[source]
    return Mistake(other, path, also=(source,), told=f"{source} pasted below {path}")


def _replace_id(state: State, random_: random.Random) -> Mistake | None:
    names = ids_of(state)
    place = draw(state, LINK, "incidents/", random_, named)
    if place is None:
        return None
    path, text, match = place
    new = another(match["id"], names, random_)
    other = state.copy()
    other.pages[path] = re.sub(rf"{re.escape(match['id'])}(?![\w.]*\d)", new, text).encode()
    also = (f"{PAGES}techniques/",)
    return Mistake(other, path, also=also, told=f"{match['id']} -> {new} on {path}")


def _rename_heading(state: State, random_: random.Random) -> Mistake | None:
    orphans = list_orphans(state)
    place = draw(state, HEADING, "(techniques|incidents)/", random_)
    if place is None or place[0] in orphans:
        return None
    path, text, match = place
    return changed(
        state,
        path,
        text,
        match.start("name"),
        match.end("name"),
        f"Wholly {match['name']}",
        (PAGES,),
    )
