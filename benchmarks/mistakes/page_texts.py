"""Mistakes on pages: values, texts, bytes, comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.page_kinds import (
    ADDED,
    EVIDENCE,
    HEADING,
    ITALIC,
    MARKER,
    PROSE,
    ROW,
    SOURCE,
    YEAR,
    Edit,
    maker,
)
from mistakes.page_parts import KINDS, inside, pick_page, put

if TYPE_CHECKING:
    import random

    from mistakes.world import State

Bytes = Callable[[bytes], bytes]


def _noted(text: str) -> Edit:
    return lambda match, _: f"{match[0]}\n\n<!-- disarm-lint: {text} -->\nA note.\n"


def _garbled(old: str, new: str) -> Edit:
    def edit(match: re.Match[str], _: random.Random) -> str:
        word = match["word"]
        return f"{word}{new}then" if old == " " else word.replace(old, new, 1)

    return edit


def value_kinds() -> Iterator[MistakeKind]:
    """Yield dates, years, URLs and list values that cannot be."""
    impossible = ("S112", "S108", "S114")
    years = {
        "20016": "20016",
        "in the future": "2216",
        "before 1900": "1216",
        "three digits": "201",
        "letters": "2O16",
        "a text": "last year",
        "two years": "2016 2017",
        "negative": "-2016",
    }
    for name, new in years.items():
        yield MistakeKind(
            f"year: {name}",
            "pages",
            maker(YEAR, "incidents/", 0, put(new)),
            (*impossible, "C603"),
            Suggest.FREE,
            line=True,
        )
    dates = {
        "month 13": "2019-13-24",
        "31 February": "2019-02-31",
        "day before month": "24-02-2019",
        "year 20019": "20019-02-24",
        "in the future": "2219-02-24",
        "letters among digits": "2O19-02-24",
        "American": "02/24/2019",
        "two digits for the year": "19-02-24",
        "a text": "yesterday",
        "month 00": "2019-00-24",
    }
    for name, new in dates.items():
        yield MistakeKind(
            f"date added: {name}",
            "pages",
            maker(ADDED, "incidents/", 0, put(new)),
            impossible,
            Suggest.FREE,
            line=True,
        )
        yield MistakeKind(
            f"date of a source: {name}",
            "pages",
            maker(SOURCE, "incidents/", "date", put(new)),
            impossible,
            Suggest.FREE,
            line=True,
        )
    urls: dict[str, Callable[[str], str]] = {
        "no scheme": lambda u: u.split("//", 1)[1],
        "one slash": lambda u: u.replace("//", "/", 1),
        "no colon": lambda u: u.replace(":", "", 1),
        "a letter of the scheme lost": lambda u: u.replace("http", "htp", 1),
        "scheme twice": lambda u: "https://" + u,
        "a space inside": lambda u: u.replace("/", "/ ", 3).replace("/ / ", "//", 1),
        "two dots in the host": lambda u: u.replace(".", "..", 1),
        "a comma for the dot of the host": lambda u: u.replace(".", ",", 1),
        "a placeholder": lambda _: "https://example.com/TODO",
        "emptied": lambda _: "",
        "a trailing full stop": lambda u: u + ".",
        "another than the label": lambda u: u.replace("://", "://x-", 1),
    }
    for name, edit in urls.items():
        yield MistakeKind(
            f"url of a source: {name}",
            "pages",
            maker(SOURCE, "incidents/", "url", inside("url", edit)),
            ("L305", "L301", "L302", "L308", "S112", "S114"),
            line=True,
        )
    placeholders = [
        "TODO",
        "TBD",
        "xxx",
        "lorem ipsum dolor sit amet",
        "N/A",
        "nan",
        "#REF!",
        "#N/A",
        "=A2&B2",
        "undefined",
        "[object Object]",
        "None",
    ]
    summary = re.compile(r"(?<=\*\*Summary\*\*: )(?P<text>[^\n]{20,})")
    for text in placeholders:
        yield MistakeKind(
            f"summary: {text}",
            "pages",
            maker(summary, "techniques/", "text", put(text)),
            ("S114", "S112", "S108"),
            Suggest.FREE,
            line=True,
        )
        yield MistakeKind(
            f"evidence: {text}",
            "pages",
            maker(EVIDENCE, "incidents/", "text", put(text)),
            ("S114", "S112", "S108"),
            Suggest.FREE,
            line=True,
        )
    yield MistakeKind(
        "summary: emptied",
        "pages",
        maker(summary, "techniques/", "text", lambda _m, _r: ""),
        ("S108", "C603"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "evidence: a word differs from the other page",
        "pages",
        maker(EVIDENCE, "incidents/", "text", _drop_letter),
        ("R213", "N401", "R206", "R205", "R211", "C603", "M701"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "evidence: that of another row",
        "pages",
        maker(
            EVIDENCE,
            "incidents/",
            "text",
            lambda _m, _r: (
                "The network was run by four people (T0002: Facilitate State Propaganda)."
                " It was removed within the month."
            ),
        ),
        ("R206", "R211", "R205"),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "index: summary differs",
        "pages",
        maker(
            re.compile(r"(?<=<td>)(?P<text>[A-Z][^\n<]{80,})(?=</td>)"),
            "techniques_index",
            "text",
            lambda m, _: m["text"][:40] + m["text"][41:],
        ),
        ("C603",),
        Suggest.FREE,
        line=True,
    )


def _drop_letter(match: re.Match[str], random_: random.Random) -> str | None:
    text = match["text"]
    places = [m.start() for m in re.finditer("(?<=[a-z]{2})[a-z](?=[a-z]{2})", text)]
    if not places:
        return None
    n = random_.choice(places)
    return text[:n] + text[n + 1 :]


def in_text(match: re.Match[str], _: dict[str, str]) -> bool:
    """Tell whether a word stands in a text, not in a heading or the header of a table."""
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
    return not line.startswith("#") and "given for this incident" not in line


def text_kinds() -> Iterator[MistakeKind]:
    """Yield damaged characters, HTML, and comments for the linter."""
    inverse = Suggest.INVERSE
    chars = {
        "no-break space": (" ", "\u00a0", ("T503",)),
        "zero-width space": ("e", "e\u200b", ("T503",)),
        "soft hyphen": ("e", "e\u00ad", ("T503",)),
        "byte order mark": ("e", "e\ufeff", ("T503", "T501")),
        "zero-width joiner": ("e", "e\u200d", ("T503",)),
        "right-to-left mark": ("e", "e\u200f", ("T503",)),
        "right-to-left override": ("e", "e\u202e", ("T503", "T504")),
        "thin space": (" ", "\u2009", ("T503",)),
        "ideographic space": (" ", "\u3000", ("T503",)),
        "line separator": (" ", "\u2028", ("T503", "T504")),
        "variation selector": ("e", "e\ufe0f", ("T503",)),
        "control character": ("e", "e\x0b", ("T504",)),
        "null": ("e", "e\x00", ("T504", "X901")),
        "escape": ("e", "e\x1b", ("T504",)),
        "C1 control": ("e", "e\x92", ("T504", "T502")),
        "replacement character": ("e", "\ufffd", ("T502", "T501")),
        "mojibake of an apostrophe": ("e", "â€™", ("T502",)),
        "mojibake of an accent": ("e", "Ã©", ("T502",)),
        "mojibake of a dash": ("e", "â€“", ("T502",)),
        "mojibake twice": ("e", "Ã¢â‚¬â„¢", ("T502",)),
        "private-use character": ("e", "e\ue000", ("T503", "T504", "T502")),
    }
    for name, (old, new, rules) in chars.items():
        yield MistakeKind(
            f"text: {name}",
            "pages",
            maker(
                PROSE,
                "(techniques|incidents)/",
                "word",
                _garbled(old, new),
                in_text,
            ),
            rules,
            Suggest.FREE,
        )
    yield MistakeKind(
        "citation: no-break space inside",
        "pages",
        maker(
            re.compile(r"(?<=T[0-9]{4}:)(?P<s> )(?=[A-Z])"),
            "incidents/",
            "s",
            lambda _m, _r: "\u00a0",
        ),
        ("T503", "N401"),
        inverse,
    )
    html: dict[str, Callable[[str], str]] = {
        "closing tag lost": lambda s: s.replace("</i>", ""),
        "opening tag lost": lambda s: s.replace("<i>", ""),
        "closing slash lost": lambda s: s.replace("</i>", "<i>"),
        "closing tag of another": lambda s: s.replace("</i>", "</b>"),
        "bracket lost": lambda s: s.replace("</i>", "</i"),
        "closed twice": lambda s: s + "</i>",
        "opened twice": lambda s: "<i>" + s,
        "a space in the tag": lambda s: s.replace("</i>", "< /i>"),
    }
    for name, edit in html.items():
        yield MistakeKind(
            f"html: {name}",
            "pages",
            maker(ITALIC, "incidents/", 0, inside(0, edit)),
            ("S109",),
            Suggest.FREE,
            line=True,
        )
    directives = [
        "ignore N401",
        "ignore(N401)",
        "ignore: N401",
        "ignore[N401",
        "ignored by me",
        "ignore[N999]",
        "ignore[n401 C603]",
        "ignore-file N401",
        "ignore-next[N401]",
        "ignore[]",
        "ignore",
        "disable[N401]",
    ]
    for text in directives:
        yield MistakeKind(
            f"comment: {text}",
            "pages",
            maker(
                MARKER,
                KINDS,
                0,
                _noted(text),
            ),
            ("X902",),
            Suggest.FREE,
            line=True,
        )
    files: dict[str, tuple[Bytes, tuple[str, ...]]] = {
        "CRLF": (lambda b: b.replace(b"\n", b"\r\n"), ("T505",)),
        "CR": (lambda b: b.replace(b"\n", b"\r"), ("T505",)),
        "one CRLF": (lambda b: b.replace(b"\n", b"\r\n", 1), ("T505",)),
        "UTF-16": (lambda b: b.decode().encode("utf-16"), ("T501", "X901")),
        "byte order mark": (lambda b: b"\xef\xbb\xbf" + b, ("T501", "T503")),
        "cp1252": (
            lambda b: (b.decode() + "\n\nCafé “here”").encode("cp1252", "replace"),
            ("T501",),
        ),
        "Mac Roman": (
            lambda b: (b.decode() + "\n\nCafé “here”").encode("mac-roman", "replace"),
            ("T501", "T502"),
        ),
        "decoded as cp1252": (
            lambda b: (b.decode() + "\n\nCafé").encode().decode("latin-1").encode(),
            ("T501", "T502"),
        ),
        "a stray byte": (lambda b: b + b"\nna\xefve", ("T501",)),
    }
    for name, (change, rules) in files.items():
        yield MistakeKind(f"file: {name}", "pages", _recode(change), rules, Suggest.FREE, page=True)
    conflict = "<<<<<<< HEAD\n{0}\n=======\n{0} \n>>>>>>> branch"
    yield MistakeKind(
        "merge conflict in a heading",
        "pages",
        maker(HEADING, KINDS, 0, lambda m, _: conflict.format(m[0])),
        ("T506",),
        Suggest.FREE,
        page=True,
    )
    yield MistakeKind(
        "merge conflict in a table",
        "pages",
        maker(
            ROW, "(techniques|incidents)/", 0, lambda m, _: conflict.format(m[0].rstrip()) + "\n"
        ),
        ("T506",),
        Suggest.FREE,
        line=True,
    )
    yield MistakeKind(
        "merge conflict: one marker left",
        "pages",
        maker(ROW, "(techniques|incidents)/", 0, lambda m, _: m[0] + ">>>>>>> branch\n"),
        ("T506",),
        Suggest.FREE,
        line=True,
    )


def _recode(change: Bytes) -> Callable[[State, random.Random], Mistake | None]:
    def make(state: State, random_: random.Random) -> Mistake | None:
        path = pick_page(state, random_)
        other = state.copy()
        other.pages[path] = change(other.pages[path])
        return Mistake(other, path, told=path)

    return make
