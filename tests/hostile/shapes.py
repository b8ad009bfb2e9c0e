"""The shapes of what a stranger can send, each as large as one likes.

A shape is a function from a number to a `Case`. Most are made by combining: a
piece of text is put into every place that holds text, a row into every table,
a page beside many of its like.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hostile.work import Case
from support import mini
from support.mini import MARKER, PAGES, incident, index, link, tactic, technique
from support.mini_master import DATA, FRAMEWORK, data, framework
from support.workbook_files import quick_workbook as workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEAD = "dead.example"
"""A host of which every address is dead."""
STIX = "generated_files/DISARM_STIX/DISARM.json"
LIST = "generated_files/red_framework_ids.csv"

# ---- pieces of text, in every place that holds text -------------------------------

PIECES = {
    "letters": "a",
    "words": "word ",
    "capital words": "Alpha Beta ",
    "spaces": " ",
    "tabs": "\t",
    "citations": "T0001 alpha ",
    "citations with colon": "T0001: Alpha ",
    "citations, wrong name": "(T0001: Alpa Bta), ",
    "citations of other names": "T0115: Account Asset, ",
    "citations of small ids": "TA01 Plan, P01 Plan, ",
    "unknown ids": "T9999, ",
    "unknown citations": "(T9999: Great Name), ",
    "malformed ids": "T00145.006 TO097 T0097:109 ",
    "ids apart": "T0097 109, ",
    "foreign ids": "T1078 of ATT&CK ",
    "ids with quotes": "T0001: “Alpha ",
    "ids with brackets": "(T0001: Alpha (",
    "ids with full stops": "T0001: Alpha. ",
    "ids joined by and": "T0001 and ",
    "past": "previously used the ID T0019, ",
    "past behind": "T0019, which has since been deprecated, ",
    "bare names": "Account Asset and Post Content ",
    "near names": "Acount Aset ",
    "zeros": "T0",
    "letter O": "TO0",
    "italics open": "<b><i>",
    "italics closed": "</i></b>",
    "breaks": "<br>",
    "fields on one line": "<br>**Tactic**: TA01 ",
    "anchors": "<a href='x'>",
    "anchors open": "<a ",
    "attributes": "<a x='",
    "comments": "<!-- ",
    "pasted tags": '<p class="MsoNormal"><span lang="EN">a</span> ',
    "named characters": "&nbsp;&amp;amp; ",
    "tags": "<",
    "pipes": "|",
    "pipes and words": "a | b ",
    "escaped pipes": "\\|",
    "backslashes": "\\",
    "entities": "&amp;",
    "entities open": "&#",
    "backticks": "`a``",
    "links": "[a](../techniques/T0001.md) ",
    "links, dead": "[T0001 Beta](../no/T0001.md) ",
    "links, other case": "[T0001 Alpha](../TECHNIQUES/t0001.md) ",
    "links, out": "[a](../../../x.md) ",
    "links with fragment": "[a](#b) ",
    "links open": "[a](<b",
    "brackets": "[",
    "brackets closed": "](b)",
    "reversed links": "(a)[https://x.org] ",
    "reversed open": "(a)[",
    "images": "![a](b.png) ",
    "URLs": "https://example.org/a ",
    "URLs, malformed": "htp:/example,org ",
    "URLs joined": "https://a.org/https:",
    "URLs of parentheses": "https://a.org/(",
    "placeholders": "[-](-) []() ",
    "dots": "../",
    "stars": "**",
    "labels": "**a**: ",
    "zero-width": "\u200b",
    "bidirectional": "\u202ea\u202c",
    "no-break spaces": "a\u00a0",
    "soft hyphens": "a\u00ad",
    "controls": "\x01",
    "NUL": "a\x00",
    "mojibake": "â€™ ",
    "mojibake letters": "Ã©",
    "astral": "😀",
    "combining": "a\u0301",
    "line separators": "a\u2028",
    "carriage returns": "a\r",
    "commas": ",",
    "semicolons": "a; ",
    "ids in a list": "T0001,T0115, ",
    "dates": "2016.0 2020-01-01 00:00:00 ",
    "suppressions": "<!-- disarm-lint: ignore[N401] --> ",
    "suppressions open": "<!-- disarm-lint: ignore[",
    "commands": "::error::##[x]",
    "marker": "DO NOT EDIT ABOVE THIS LINE ",
    "underscores": "_a_ ",
    "hyphens": "a-",
    "dashes": "T0001 - Alpha - ",
}
_ILLEGAL = {number: "?" for number in range(32) if chr(number) not in "\t\n\r"}


def _alpha(**more: str) -> str:
    return technique("T0001", "Alpha", "TA09 Deliver Content", **more)


def _row(text: str, other: str = "x") -> str:
    return f"| {text} | {other} |\n"


def _case(files: Mapping[str, str | bytes]) -> Case:
    # Without the index of techniques no page of one is an orphan.
    sound = {path: text for path, text in mini.corpus().items() if not path.endswith("_index.md")}
    return Case({**sound, **files})


def pieces(piece: str) -> Callable[[int], Case]:
    """Repeat a piece in every place of pages, worksheets and artefacts that holds text."""

    def made(size: int) -> Case:
        text = piece * (size // len(piece))
        alpha = link("techniques", "T0001", "Alpha")
        files = {
            "techniques/T0001": _alpha(summary=text) + f"\n{text}\n",
            "techniques/T0002": technique("T0002", text, "TA09 Deliver Content"),
            "techniques/T0003": technique("T0003", "Gamma", text, parent=text),
            "techniques/T0004": f"# Technique T0004: T0001: {text}\n",
            "incidents/I00002": incident("I00002", "Two", _row(alpha, text)),
            "incidents/I00003": incident("I00003", "Three", _row(f"[T0001 {text}](../x.md)", "a")),
            "incidents/I00004": incident("I00004", "Four", _row(f"[T0001 Alpha]({text})", "a")),
            "incidents/I00005": incident("I00005", "Five", f"{text}\n"),
            "incidents/I00006": incident("I00006", "Six", f"| {alpha} | {text}\nmore |\n"),
            "tactics/TA01": tactic("TA01", "Plan", _row(text)) + text,
            "counters/C00001": f"# Counter C00001: One\n\n* **{text}**: x\n\n* **Summary**: y\n",
            "tactics_index": index("Tactics", "tactics", "disarm_id name", [("TA01", text)]),
            "phases_index": f"# DISARM Phases:\n\n{text}",
            "notes": text,
        }
        pages = {f"{PAGES}/{path}.md": content for path, content in files.items()}
        return _case({**pages, **_cells(text.translate(_ILLEGAL)[:32_000])})

    return made


def _cells(text: str) -> dict[str, str | bytes]:
    """Return worksheets and artefacts with a text in every column."""
    sheets, more = framework(), data()
    sheets["techniques"] += [
        ["T0001", "Alpha", "TA09", text, "T0001 - x"],
        ["T0002", text, "TA09", "Beta", "T0002 - Beta"],
        ["T0003", "Gamma", text, "x", text],
        ["T0004", text, "TA09", text, text],
        [text, "Delta", "TA09", "Delta", ""],
    ]
    more["incidenttechniques"] += [
        ["IT2", text, "I00001", "T0146"],
        ["IT3", "x", "I00001", text],
        ["IT4", "x", text, "T0146"],
        ["IT5", text, text, text],
        ["IT6", text, "I00002", "T0001"],
    ]
    more["incidents"] += [["I00002", text, "incident", text, text, text, text, text, text]]
    more["incidents"] += [[f"I0000{n}", "x", "incident", "y"] for n in range(3, 7)]
    more["urls"] += [[text, text, text, text, text]]
    stix = {"type": "bundle", "objects": [_object(1, name=text), _object(2, text=text)]}
    return {
        FRAMEWORK: workbook(sheets),
        DATA: workbook(more),
        STIX: json.dumps(stix, indent=1),
        LIST: f"P01,{text}\nTA09,x\n{text}\n",
    }


def _object(number: int, *, name: str = "", text: str = "", known: str = "") -> dict[str, object]:
    entity = known or f"T{number:04}"
    return {
        "type": "attack-pattern",
        "id": f"attack-pattern--{number}",
        "name": name or f"Name {number}",
        "description": text,
        "external_references": [{"source_name": "DISARM", "external_id": entity}],
        "kill_chain_phases": [{"kill_chain_name": "x", "phase_name": f"p{number}"}],
    }


# ---- many rows, in every table -----------------------------------------------------

ROWS: dict[str, Callable[[int], tuple[str, str]]] = {
    "one row": lambda n: (link("techniques", "T0001", "Alpha"), "x"),
    "one row, other texts": lambda n: (link("techniques", "T0001", "Alpha"), f"text {n}"),
    "unknown ids": lambda n: (link("techniques", f"T{n + 2000:04}", "A"), f"text {n}"),
    "wrong names": lambda n: (link("techniques", "T0001", f"Alpa {n}"), "(T0001: Alpa Bt)"),
    "names of others": lambda n: (link("techniques", "T0001", "Post Content"), "x"),
    "malformed ids": lambda n: (link("techniques", f"T0001:{n:03}", "Alpha"), "T00145.006"),
    "no id": lambda n: (f"text {n}", ""),
    "no text": lambda n: ("", ""),
    "only an id": lambda n: (f"T{n:04}", ""),
    "evidence of others": lambda n: (
        link("techniques", f"T{n % 3 + 1:04}", "A"),
        f"(T0115: Post Content) {n}",
    ),
    "past": lambda n: (link("techniques", f"T{n + 2000:04}", "A"), "previously used the ID T2001"),
    "too many cells": lambda n: (link("techniques", "T0001", "Alpha"), f"a | b | c {n}"),
    "split": lambda n: (link("techniques", "T0001", "Alpha"), f"a\nb {n}"),
    "split far": lambda n: (link("techniques", "T0001", "Alpha"), f"a\n\nb {n}"),
    "HTML": lambda n: (f"<b>{n}", "<i>x</b>"),
    "dead links": lambda n: (f"[T0001 Alpha](../no{n}/x.md)", f"[a](x{n}.md)"),
    "links of other case": lambda n: (f"[T{n:04} A](../Techniques/t{n:04}.md)", "x"),
    "anchors": lambda n: (f"[a](#b{n})", f"[a](../techniques/T0001.md#b{n})"),
    "URLs": lambda n: (f"[https://a.org/{n}](https://a.org/{n})", f"htp//a.org/{n}"),
    "zero-width": lambda n: ("a\u200bb", f"\u200b{n}"),
    "known rows": lambda n: (link("incidents", "I00001", "The First Case"), f"text {n}"),
    "incidents": lambda n: (link("incidents", f"I{n:05}", "A"), f"text {n}"),
    "suppressed": lambda n: (link("techniques", f"T{n + 2000:04}", "A"), f"<!-- {n} -->"),
}


def rows(unit: Callable[[int], tuple[str, str]]) -> Callable[[int], Case]:
    """Put many rows into every table."""

    def made(size: int) -> Case:
        many: list[tuple[str, ...]] = [unit(number) for number in range(size)]
        text = "".join(_row(*pair) for pair in many)
        html = index("Techniques", "techniques", "disarm_id name", many)
        listed: list[tuple[str, ...]] = [(f"T{n:04}", row[0]) for n, row in enumerate(many)]
        return _case(
            {
                f"{PAGES}/techniques/T0001.md": _alpha(rows=text),
                f"{PAGES}/incidents/I00002.md": incident("I00002", "Two", text),
                f"{PAGES}/tactics/TA01.md": tactic("TA01", "Plan", text),
                f"{PAGES}/techniques_index.md": html,
                f"{PAGES}/incidents_index.md": index(
                    "Incidents", "incidents", "disarm_id name", listed
                ),
                f"{PAGES}/notes.md": f"| a | b |\n| - | - |\n{text}",
            }
        )

    return made


# ---- many lines of a page: fields, paragraphs, headings, notes ------------------------

LINES: dict[str, Callable[[int], str]] = {
    "unknown fields": lambda n: f"* **Field {n}**: x",
    "near fields": lambda n: f"* **Sumary {n}**: x",
    "one field": lambda n: "* **Summary**: x",
    "plain fields": lambda n: f"**Tactic**: TA{n:02} x",
    "empty fields": lambda n: "* **Summary**:",
    "long labels": lambda n: f"* **{'label ' * 20}{n}**: T9999 x",
    "fields of wrong names": lambda n: "**Tactic**: TA09 Delivr Content",
    "values": lambda n: "* **Year started:** 2016.0",
    "headings": lambda n: f"# Technique T{n:04}: A",
    "headings of one id": lambda n: "# Technique T0001: Alpha",
    "headings, small": lambda n: "## Same",
    "paragraphs": lambda n: f"text {n} (T0001: Alpa)",
    "paragraphs with unknown ids": lambda n: f"text T{n + 2000:04}: Alpha",
    "tables": lambda n: f"| a{n} | b |\n| - | - |\n| T0001 | x |",
    "tables of one kind": lambda n: (
        "| Incident | Descriptions given for this incident |\n| - | - |\n| x | y |"
    ),
    "markers": lambda n: MARKER,
    "suppressions": lambda n: f"<!-- disarm-lint: ignore[N401] {n} -->\n(T0001: Alpa)",
    "suppressions of files": lambda n: "<!-- disarm-lint: ignore-file[N402] x -->",
    "suppressions of unknown rules": lambda n: f"<!-- disarm-lint: ignore[X{n}] x -->",
    "suppressions of all": lambda n: "<!-- disarm-lint: ignore -->",
    "quotes": lambda n: "> text T9999",
    "lists": lambda n: "- text [a](b.md)",
    "code": lambda n: "```\nT9999",
    "references": lambda n: f"[a{n}]: b.md",
    "HTML tables": lambda n: f"<table><tr><th>disarm_id</th></tr><tr><td>T{n:04}</td></tr></table>",
    "HTML": lambda n: "<div><b>x",
    "anchors": lambda n: f'<a name="x{n}"></a> [a](#x{n + 1})',
    "mixed line ends": lambda n: "a\r\nb",
    "controls": lambda n: "a\x01\u200b",
    "mojibake": lambda n: "itâ€™s Ã©",
    "merge conflicts": lambda n: f"<<<<<<< HEAD\na {n}\n=======\nb\n>>>>>>> x",
    "links to others": lambda n: f"[T0115 Post Content](../techniques/T0146.md) {n}",
    "names of others": lambda n: f"[Post Content](../techniques/T0146.md) Post Content (T0146) {n}",
    "dead URLs": lambda n: f"[a](https://{DEAD}/{n}) https://{DEAD}/{n}",
}


def lines(unit: Callable[[int], str]) -> Callable[[int], Case]:
    """Repeat paragraphs on pages of several kinds: above the marker, below it, and alone."""

    def made(size: int) -> Case:
        text = "\n\n".join(unit(number) for number in range(size))
        inside = _alpha().replace("\n\n**Tactic", f"\n\n{text}\n\n**Tactic")
        return _case(
            {
                f"{PAGES}/techniques/T0001.md": f"# Technique T0001: Alpha\n\n{text}\n",
                f"{PAGES}/techniques/T0002.md": technique("T0002", "Beta", "TA09") + f"\n{text}\n",
                f"{PAGES}/incidents/I00002.md": f"# Incident I00002: Two\n\n{text}\n\n{MARKER}\n",
                f"{PAGES}/incidents_index.md": f"# DISARM Incidents:\n\n{text}\n",
                f"{PAGES}/techniques/T0003.md": inside.replace("T0001", "T0003"),
                f"{PAGES}/tactics/TA01.md": f"{text}\n",
                f"{PAGES}/notes.md": text.replace("\n\n", "\n"),
            }
        )

    return made


# ---- many pages ------------------------------------------------------------------------


def _page(kind: str, number: int, name: str, more: str = "") -> tuple[str, str]:
    identity = f"T{number:04}"
    text = technique(identity, name, "TA09 Deliver Content", summary=more)
    return f"{PAGES}/{kind}/{identity}.md", text


def _word(number: int) -> str:
    """Return a word of letters alone, another one for each number below 1,000."""
    return "Alpha" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")


_LONG = "one two three four five six seven eight nine ten "
PAGES_OF: dict[str, Callable[[int], tuple[str, str]]] = {
    "one name": lambda n: _page("techniques", n, "Alpha"),
    "names that nearly match": lambda n: _page("techniques", n, f"Develop Owned Media Asset {n}"),
    "names and citations that nearly match": lambda n: _page(
        "techniques", n, f"Develop Media Asset {n}", f"(T{n + 1:04}: Develop Media Aset {n})"
    ),
    "names, cited without separator": lambda n: _page(
        "techniques", n, f"Develop Media Asset {n}", f"T{n + 1:04} Develop Media Aset {n + 1}"
    ),
    "names of one beginning, cited": lambda n: _page(
        "techniques", n, f"The {n} Asset", f"T{n:04}: The {n} Aset and The {n}"
    ),
    "long names": lambda n: _page("techniques", n, _LONG * 4 + str(n), f"T{n:04}: {_LONG * 4}x"),
    "names, each cited once with a slip": lambda n: _page(
        "techniques", n, f"Develop {_word(n)} Asset", f"(T{n:04}: Develop {_word(n)}s Asset)"
    ),
    "names that hold names": lambda n: _page("techniques", n, "Alpha " * (n % 9 + 1)),
    "unknown ids": lambda n: _page("techniques", n, f"A{n}", f"T{n + 3000:04}: A{n}"),
    "unknown ids in fields": lambda n: (
        f"{PAGES}/techniques/T{n:04}.md",
        technique(f"T{n:04}", f"A{n}", f"TA{n % 100:02} x", parent=f"T{n + 4000:04} B"),
    ),
    "one id": lambda n: (f"{PAGES}/techniques/x{n}.md", _alpha()),
    "one id, other case": lambda n: (f"{PAGES}/techniques/T0001{' ' * n}.md", _alpha()),
    "no id": lambda n: (f"{PAGES}/techniques/x{n}.md", "# Technique : Alpha\n"),
    "no heading": lambda n: (f"{PAGES}/techniques/T{n:04}.md", "text"),
    "not a page": lambda n: (f"{PAGES}/x{n}.md", "T0001: Alpa"),
    "empty": lambda n: (f"{PAGES}/techniques/T{n:04}.md", ""),
    "sub-techniques": lambda n: (
        f"{PAGES}/techniques/T0001.{n:03}.md",
        technique(f"T0001.{n:03}", f"Sub {n}", "TA09 Deliver Content", parent="T0002 Beta"),
    ),
    "orphans": lambda n: (
        f"{PAGES}/tactics/TA{n:04}.md",
        tactic(f"TA{n:04}", "Alpha", link("techniques", f"T{n:04}", "A")),
    ),
    "incidents of one technique": lambda n: (
        f"{PAGES}/incidents/I{n:05}.md",
        incident(f"I{n:05}", f"Case {n}", _row(link("techniques", "T0146", "Account"), f"x {n}")),
    ),
    "incidents with one text": lambda n: (
        f"{PAGES}/incidents/I{n:05}.md",
        incident(
            f"I{n:05}", "Case", _row(link("techniques", "T0146", "Account Asset"), "(T0115: x)")
        ),
    ),
    "dead links": lambda n: (f"{PAGES}/incidents/I{n:05}.md", f"[a](../x{n}/y.md) [b](z{n}.md)"),
    "links of other case": lambda n: (
        f"{PAGES}/techniques/T{n:04}.md",
        f"# Technique T{n:04}: A\n\n[a](t{n + 1:04}.md) [b](x{n}.md)\n",
    ),
    "foreign ids": lambda n: _page("techniques", n, f"A{n}", "T1078 of ATT&CK, T1566 of MITRE"),
    "bare names": lambda n: _page("techniques", n, f"Alpha {n}", f"Alpha {n + 1} and Alpha {n}"),
    "past": lambda n: _page("techniques", n, f"A{n}", f"previously used the ID T{n + 4000:04}"),
    "another layout": lambda n: (
        f"{PAGES}/techniques/T{n:04}.md",
        f"# Technique T{n:04}: A\n\n* **Summary**: x\n\n* **Belongs to tactic stage**: TA09\n",
    ),
    "folders": lambda n: (f"{PAGES}/techniques/{n}/T{n:04}.md", _alpha()),
    "long file names": lambda n: (f"{PAGES}/techniques/{'x' * 200}{n}.md", _alpha()),
    "words of one another": lambda n: _page("techniques", n, f"A{n} B{n + 1}", f"T{n:04}: B{n} A"),
    "reverse order": lambda n: _page("techniques", 9000 - n, f"Name {n}", f"T{8999 - n:04}: Nam"),
    "counters": lambda n: (
        f"{PAGES}/counters/C{n:05}.md",
        f"# Counter C{n:05}: Counter {n}\n\n* **Summary**: x\n\n"
        "| Counters these Techniques |\n| --- |\n| T0146 Account Asset |\n",
    ),
}


def reused_ids(size: int) -> Case:
    """Return an id that names something else now, and many pages that have its old name."""
    text = technique("T0146", "Quantum Toaster", "TA15 Establish Assets", summary="Bread burns.")
    files = [
        _page("techniques", number + 3000, "Account Asset", "What Account Asset is.")
        for number in range(size)
    ]
    return _case({f"{PAGES}/techniques/T0146.md": text, **dict(files)})


def tactics_of_parents(size: int) -> Case:
    """Return many sub-techniques, every fifth of them under another tactic than its parent."""
    names = {"TA15": "Establish Assets", "TA09": "Deliver Content"}
    listed = {
        "TA15": [("T0146", "Account Asset"), ("T0146.001", "Free Account Asset")],
        "TA09": [("T0115", "Post Content")],
    }
    files: dict[str, str | bytes] = {}
    for number in range(2, size + 2):
        identity, name = f"T0146.{number:03}", f"Sub {number}"
        home = "TA09" if number % 5 == 0 else "TA15"
        listed[home].append((identity, name))
        files[f"{PAGES}/techniques/{identity}.md"] = technique(
            identity, name, f"{home} {names[home]}", parent="T0146 Account Asset"
        )
    for home, found in listed.items():
        members = "\n".join(f"| {link('techniques', *item)} |" for item in found)
        files[f"{PAGES}/tactics/{home}.md"] = tactic(home, names[home], members)
    config = "rules:\n  R212:\n    share: 50\n    fewest: 2\n"
    return Case(_case(files).files, config=config)


def other_bytes(size: int) -> Case:
    """Return pages and a list that are not UTF-8."""
    text = _alpha().encode() + b"\ncaf\xe9 \x81" * (size // 6)
    return _case({f"{PAGES}/techniques/T0001.md": text, f"{PAGES}/notes.md": text, LIST: text})


def pages(unit: Callable[[int], tuple[str, str]]) -> Callable[[int], Case]:
    """Return many pages of one kind."""
    return lambda size: _case(dict(unit(number) for number in range(1, size + 1)))


def depth(size: int) -> Case:
    """Return one page in a deep folder, with a link back to some of the folders above."""
    folder = f"{PAGES}/" + "a/" * size
    links = " ".join(f"[x]({'../' * number}y.md)" for number in range(0, size, size // 4 or 1))
    return _case({f"{folder}T0001.md": links})


# ---- many rows of worksheets -------------------------------------------------------------

SHEETS: dict[str, tuple[str, Callable[[int], tuple[object, ...]]]] = {
    "techniques of one id": ("techniques", lambda n: ("T0001", f"A{n}", "TA09", "x", "y")),
    "techniques of one name": ("techniques", lambda n: (f"T{n:04}", "A", "TA09", "x", "y")),
    "techniques that nearly match": (
        "techniques",
        lambda n: (f"T{n:04}", f"Develop Asset {n}", "TA09", f"T{n + 1:04}: Develop Aset {n}", ""),
    ),
    "techniques without id": ("techniques", lambda n: (None, f"A{n}", "TA09", "x", "y")),
    "techniques of wrong ids": ("techniques", lambda n: (f"X{n}", "A", "TA09", "x", "y")),
    "techniques of unknown tactics": (
        "techniques",
        lambda n: (f"T{n:04}", f"A{n}", f"TA{n + 200}", "x", f"T{n:04} - B"),
    ),
    "sub-techniques": (
        "techniques",
        lambda n: (f"T0146.{n % 999 + 2:03}", f"A{n}", "TA15", "x", "y"),
    ),
    "evidence of one row": (
        "incidenttechniques",
        lambda n: ("IT00000001", "one text", "I00001", "T0146"),
    ),
    "evidence of one text": (
        "incidenttechniques",
        lambda n: (f"IT{n:08}", "one text of evidence", "I00001", "T0146"),
    ),
    "evidence": (
        "incidenttechniques",
        lambda n: (f"IT{n:08}", f"text {n} (T0146: Acount Aset)", "I00001", "T0146, T0115"),
    ),
    "evidence of others": (
        "incidenttechniques",
        lambda n: (f"IT{n:08}", f"text {n} (T0115: Post Content)", "I00001", "T0146"),
    ),
    "evidence without rows": (
        "incidenttechniques",
        lambda n: (f"IT{n:08}", f"text {n} T9{n:03}", f"I{n + 10:05}", f"T{n + 3000:04}"),
    ),
    "evidence without id": ("incidenttechniques", lambda n: (None, "text", "I00001", "T0146")),
    "incidents of one id": (
        "incidents",
        lambda n: ("I00001", "x", "incident", "y", 2016, None, None, f"https://a.org/{n}"),
    ),
    "incidents": (
        "incidents",
        lambda n: (f"I{n:05}", "One", "incident", f"y {n}", 2016, None, None, "https://a.org/1"),
    ),
    "addresses": ("urls", lambda n: (f"https://a.org/{n}", "2016", "x", "y", "z")),
    "one address": ("urls", lambda n: ("https://a.org/", "2016", "x", "y", "z")),
    "associated": (
        "associatedtechniques",
        lambda n: (f"AT{n:08}", f"x {n}", "T0146", "T0115"),
    ),
    "associated, unknown": (
        "associatedtechniques",
        lambda n: (f"AT{n:08}", "x", f"T{n + 2000:04}", f"T{n + 3000:04}"),
    ),
    "counters": (
        "countermeasures",
        lambda n: (f"C{n:05}", f"C {n}", None, "x", None, None, "TA15", None, "T0146\nT0115", "y"),
    ),
    "counters of wrong names": (
        "countermeasures",
        lambda n: (f"C{n:05}", "C", "M001 - x", "x", None, None, "TA15 Estblish", None, "T9 - x"),
    ),
    "tactics": ("tactics", lambda n: (f"TA{n:02}", f"Tactic {n}", "P01", "x", "y")),
    "tasks": ("tasks", lambda n: (f"TK{n:04}", f"Task {n}", "TA15", "x", f"TK{n:04} - Task")),
    "actor types": ("actortypes", lambda n: (f"A{n:03}", f"A {n}", "x", "S001", "F1", "y")),
    "blank rows": ("techniques", lambda n: (None, None, None, None, "x" if n % 5 == 0 else None)),
    "wide rows": ("techniques", lambda n: (f"T{n:04}", "A", "TA09", *("x " * 20).split())),
}


def sheet(name: str, unit: Callable[[int], tuple[object, ...]]) -> Callable[[int], Case]:
    """Return a corpus with many rows in one worksheet, and pages that show the first of them."""

    def made(size: int) -> Case:
        sheets, more = framework(), data()
        rows = [list(unit(number)) for number in range(1, size + 1)]
        (sheets if name in sheets else more)[name] += rows
        shown = [link("incidents", "I00001", "The First Case"), "one text of evidence"]
        many = "".join(_row(shown[0], str(row[1])) for row in rows) + _row(*shown) * size
        account = technique("T0146", "Account Asset", "TA15 Establish Assets", rows=many)
        files = {**mini.corpus(), f"{PAGES}/techniques/T0146.md": account}
        return Case({**files, FRAMEWORK: workbook(sheets), DATA: workbook(more)})

    return made


def free_numbers(size: int) -> Case:
    """Return a sheet of next free numbers of which none is free."""
    sheets = framework()
    rows: list[list[object]] = [["disarm_object", "id_prefix", "id_digits", "next number on stack"]]
    rows += [["technique", "T", 4, "T0115"] for _ in range(size)]
    sheets["FRAMEWORK_ADMIN CODES"] = rows
    return Case({**mini.corpus(), FRAMEWORK: workbook(sheets), DATA: workbook(data())})


def formulas(size: int) -> Case:
    """Return a worksheet of formulas without a value, and one with texts above its header."""
    sheets = framework()
    sheets["tactics"][:0] = [[f"note {number}"] for number in range(size)]
    sheets["techniques"] += [
        [f"T{number:04}", f'="A"&{number}', "TA15", f"=B{number}", "=1"]
        for number in range(1, size + 1)
    ]
    return Case({**mini.corpus(), FRAMEWORK: workbook(sheets), DATA: workbook(data())})


def columns(size: int) -> Case:
    """Return worksheets with many columns."""
    sheets, more = framework(), data()
    for rows in (*sheets.values(), *more.values()):
        for number, row in enumerate(rows):
            row += [f"column {n}" if number == 0 else "T9999" for n in range(size)]
    return Case({**mini.corpus(), FRAMEWORK: workbook(sheets), DATA: workbook(more)})


def sheet_names(size: int) -> Case:
    """Return a workbook with many sheets."""
    sheets = framework()
    for number in range(size):
        sheets[f"techniques {number}"] = [["disarm_id", "name"], ["T0001", "A"]]
    return Case({**mini.corpus(), FRAMEWORK: workbook(sheets), DATA: workbook(data())})


# ---- artefacts ------------------------------------------------------------------------------

OBJECTS: dict[str, Callable[[int], dict[str, object]]] = {
    "unknown": lambda n: _object(n),
    "one id": lambda n: _object(n, known="T0146"),
    "one object": lambda n: _object(1, known="T0146"),
    "no id": lambda n: {"type": "attack-pattern", "id": f"attack-pattern--{n}"},
    "tactics": lambda n: {**_object(n, known=f"TA{n:02}"), "type": "x-mitre-tactic"},
    "relationships": lambda n: {
        "type": "relationship",
        "id": f"relationship--{n}",
        "relationship_type": "subtechnique-of",
        "source_ref": f"attack-pattern--{n}",
        "target_ref": "attack-pattern--1",
    },
    "keys": lambda n: {f"key {m}": m for m in range(40)},
    "citations": lambda n: _object(n, text="(T0146: Acount Aset) T9999"),
}
LIST_ROWS: dict[str, Callable[[int], str]] = {
    "known": lambda n: "T0146,T0115",
    "unknown": lambda n: f"T{n:04},T{n + 5000:04}",
    "malformed": lambda n: f"TO{n},,x",
    "one column": lambda n: f"P{n:02}",
    "quotes": lambda n: '"',
    "wide": lambda n: "T0001," * 20,
}


def objects(unit: Callable[[int], dict[str, object]]) -> Callable[[int], Case]:
    """Return a bundle of many objects."""

    def made(size: int) -> Case:
        found = [unit(number) for number in range(1, size + 1)]
        return _case({STIX: json.dumps({"type": "bundle", "objects": found}, indent=1)})

    return made


def id_list(unit: Callable[[int], str]) -> Callable[[int], Case]:
    """Return an id list of many rows."""
    return lambda size: _case({LIST: "\n".join(unit(number) for number in range(size))})


def single_objects(size: int) -> Case:
    """Return many files of single objects that the bundle does not hold."""
    bundle = json.dumps({"type": "bundle", "objects": [{"type": "identity", "id": "identity--1"}]})
    folder = STIX.rpartition("/")[0]
    kind = "identity"
    files = {
        f"{folder}/{kind}/{kind}--{number:08x}-2d9e-4c5d-bf47-7e96e805de82.json": "{}"
        for number in range(2, size + 2)
    }
    return Case({**mini.corpus(), STIX: bundle, **files})


def nested(size: int) -> Case:
    """Return a bundle with many nested lists, side by side."""
    found = [[[[[number]]]] for number in range(size)]
    return _case({STIX: json.dumps({"type": "bundle", "objects": found}, indent=1)})


# ---- configuration and baseline ---------------------------------------------------------------

CONFIGS: dict[str, tuple[str, Callable[[int], str]]] = {
    "aliases": ("aliases", lambda n: f"  T{n:04}: [Alpha {n}]"),
    "retired": ("retired", lambda n: f"  T{n + 2000:04}: T0146"),
    "glossary": ("glossary", lambda n: f"  word{n}: other{n}"),
    "path ignores": ("per-path-ignores", lambda n: f'  "a{n}/*.md": [N401]'),
    "path severity": ("per-path-severity", lambda n: f'  "a{n}/*.md": {{N401: info}}'),
    "include": ("include", lambda n: f'  - "a{n}/*.md"'),
    "exclude": ("exclude", lambda n: f'  - "a{n}/*.md"'),
    "select": ("select", lambda n: "  - ALL"),
    "ignore": ("ignore", lambda n: "  - N4"),
    "aliases of one": ("aliases:\n  T0146", lambda n: f'    - "Alpha {n}"'),
}


def config(key: str, unit: Callable[[int], str]) -> Callable[[int], Case]:
    """Return a configuration of many entries, with pages that they might be about."""

    def made(size: int) -> Case:
        entries = "\n".join(unit(number) for number in range(size))
        cited = " ".join(f"(T0146: Alfa {number}) T{number + 2000}" for number in range(size))
        files = _case({f"{PAGES}/techniques/T0001.md": _alpha(summary=cited)}).files
        return Case(files, config=f"{key}:\n{entries}\n" if size else "")

    return made


_ENTRY = (
    '- {{"path": "generated_pages/techniques/T{0:04}.md", "rule": "N401", '
    '"name": "name-mismatch", "subject": "T0001", "text": "x", '
    '"fingerprint": "{0:016x}", "reason": "none"}}\n'
)
_OLD_ENTRY = """\
  # note
  - fingerprint: "{0:016x}"
    rule: N401
    name: name-mismatch
    subject: T0001
    text: x
    place:
      path: generated_pages/techniques/T{0:04}.md
    reason: none
"""


def baseline(entry: str, version: int) -> Callable[[int], Case]:
    """Return a baseline of many entries."""

    def made(size: int) -> Case:
        text = f"schema_version: {version}\nentries:\n" + "".join(
            entry.format(n) for n in range(size)
        )
        return Case(mini.corpus(), baseline=text if size else "")

    return made


# ---- all -----------------------------------------------------------------------------------

TEXTS: dict[str, Callable[[int], Case]] = {
    **{f"text: {name}": pieces(piece) for name, piece in PIECES.items()},
    "text: not UTF-8": other_bytes,
}
"""Shapes that grow by characters."""

ITEMS: dict[str, Callable[[int], Case]] = {
    **{f"rows: {name}": rows(unit) for name, unit in ROWS.items()},
    **{f"lines: {name}": lines(unit) for name, unit in LINES.items()},
    **{f"pages: {name}": pages(unit) for name, unit in PAGES_OF.items()},
    **{f"sheet: {name}": sheet(*made) for name, made in SHEETS.items()},
    **{f"STIX: {name}": objects(unit) for name, unit in OBJECTS.items()},
    **{f"list: {name}": id_list(unit) for name, unit in LIST_ROWS.items()},
    **{f"config: {name}": config(*made) for name, made in CONFIGS.items()},
    "baseline: canonical": baseline(_ENTRY, 2),
    "baseline: by hand": baseline(_OLD_ENTRY, 1),
    "STIX: nested": nested,
    "STIX: single objects": single_objects,
    "sheet: free numbers": free_numbers,
    "sheet: formulas": formulas,
    "pages: reused ids": reused_ids,
    "pages: tactics of parents": tactics_of_parents,
    "sheet: columns": columns,
    "sheet: sheets": sheet_names,
    "pages: deep": depth,
}
"""Shapes that grow by items: rows, fields, pages, entries."""

_PAGE = f"{PAGES}/incidents/I00001.md"
_FIELD = "# Incident I00001: One\n\n* **Summary:** "
_TABLE = (
    "# Incident I00001: One\n\n"
    "| Technique | Description given for this incident |\n| --------- | ---- |\n"
)
_HTML = "<table>\n<tr><th>disarm_id</th><th>name</th></tr>\n<tr><td>"
_COMMENT = "<!-- disarm-lint: ignore"


def _repeated(before: str, piece: str, behind: str = "") -> Callable[[int], str]:
    return lambda size: before + piece * (size // len(piece)) + behind


def _nested(size: int) -> str:
    return _FIELD + "[" * (size // 20) + "](b)" * (size // 20)


def _fences(size: int) -> str:
    return _FIELD + "".join("`" * (number % 300) + "a" for number in range(size // 150))


_FIELD_TEXTS = {
    **{name: ("", piece, "") for name, piece in PIECES.items()},
    "spaces between letters": ("a", " ", "b"),
    "letters O before a letter": ("TO", "0", "x"),
    "digits before a letter": ("T", "0", "x"),
    "ids and code": ("", "`T0001` T0001 ", ""),
    "ids and links": ("", "T0001 [T0002 a](b) ", ""),
    "URLs and links": ("", "https://example.org [a](b) ", ""),
    "one URL of parentheses": ("https://example.org/", ")", ""),
    "open links and labels": ("", "[a](<b", ""),
    "one open anchor": ("<a", " a", ""),
    "one label": ("**a", " ", ""),
    "paragraphs": ("", "a\n\n", ""),
}
_WHOLE = {
    "heading of spaces": ("# Incident", " ", "x"),
    "heading of an id": ("# Incident ", "I.", "x"),
    "comments": ("", _COMMENT, ""),
    "open lists of rules": ("", f"{_COMMENT}[", ""),
    "comment of spaces": (_COMMENT, " ", ""),
    "comments that close": ("", f"{_COMMENT}[N401] -->", ""),
    "quotes": ("", ">", ""),
    "lists": ("", "- ", ""),
    "carriage returns": ("", "\r", ""),
    "NUL": ("", "\x00", ""),
    "rows without a table": ("", "| a\n", ""),
}
PARSED: dict[str, tuple[str, Callable[[int], str]]] = {
    **{
        f"field: {n}": (_PAGE, _repeated(_FIELD + a, b, c)) for n, (a, b, c) in _FIELD_TEXTS.items()
    },
    "field: nested links": (_PAGE, _nested),
    "field: fences": (_PAGE, _fences),
    **{
        f"table: {number}": (_PAGE, _repeated(_TABLE + before, piece))
        for number, (before, piece) in enumerate(
            [
                ("| T0001 | x\n", "more\n"),
                ("", "| T0001 | x\n\n"),
                ("| T0001 | x\n\n", "more\n\n"),
                ("", "|"),
                ("| a |\n|-", " "),
                ("", "<b><i>"),
                ("", "\u200b"),
            ]
        )
    },
    **{
        f"HTML: {piece}": (f"{PAGES}/techniques_index.md", _repeated(_HTML, piece))
        for piece in ("<a ", "<a '", "<!--", "<!", "<?", "<![CDATA[", "</", "<td>a", "<script>")
    },
    **{
        f"{'page' if path == _PAGE else 'note'}: {name}": (path, _repeated(*text))
        for path in (_PAGE, "notes.md")
        for name, text in _WHOLE.items()
    },
}
"""Pages that grow by characters, for the parser alone: each once made a pattern or a loop of the
parser, of markdown-it-py or of html.parser run for minutes, or would make a careless one do so."""
