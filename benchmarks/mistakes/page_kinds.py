"""Mistakes on pages, in a corpus without workbooks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from mistakes.kinds import Mistake, MistakeKind, Suggest
from mistakes.slips import LINKS, MALFORMED, NAMES, Slip, change_digit, swap_digits
from mistakes.world import PAGES, State

Edit = Callable[["re.Match[str]", random.Random], str | None]

_ID = r"[A-Z]{1,2}[0-9]{2,5}(?:\.[0-9]{3})?"
LINK = re.compile(
    rf"(?<=^\| )\[(?P<id>{_ID}) (?P<name>[^\[\]\n]+?)\]"
    rf"\((?P<target>\.\./\.\./{PAGES}[a-z]+/(?P=id)\.md)\)",
    re.M,
)
HEADING = re.compile(rf"\A# (?P<kind>[A-Z][a-z]+) (?P<id>{_ID}): (?P<name>[^\n]+)")
CITATION = re.compile(r"(?<![\w.])(?P<id>T[0-9]{4}(?:\.[0-9]{3})?): (?P<name>[A-Z][^\n:.<>]+)")
TACTIC = re.compile(r"(?<=\*\*Tactic\*\*: )(?P<id>TA[0-9]{2}) (?P<name>[A-Z][^\n<]*[a-z])")
PARENT = re.compile(rf"(?<=\*\*Parent Technique:\*\* )(?P<id>{_ID}) (?P<name>[^\n<]*\w)")
ROW = re.compile(rf"^\| \[(?P<id>{_ID}) [^\n]+\| [^\n]+\|\n", re.M)
EVIDENCE = re.compile(
    r"^\| \[(?P<id>[TI][0-9]+(?:\.[0-9]+)?) [^\n]+?\.md\) \| (?P<text>[^\n]{80,}) \|$", re.M
)
INDEX = re.compile(
    rf'<tr>\n<td><a href="(?P<target>[a-z]+/(?P<id>{_ID})\.md)">(?P=id)</a></td>\n'
    r"<td>(?P<name>[^\n<]+)</td>\n(?:<td>[^\n]*</td>\n)*</tr>\n"
)
FIELD = re.compile(
    r"^(?P<bullet>(?:\* )?)(?P<label>\*\*[^*\n]+\*\*:?:?) ?(?P<value>[^\n]*)\n\n", re.M
)
HEAD = re.compile(r"^\| [A-Z][^\n]+\|\n\| -[-| ]+\|\n", re.M)
MARKER = re.compile(r"^DO NOT EDIT ABOVE THIS LINE[^\n]*", re.M)
PROSE = re.compile(r"(?<=[a-z]) (?P<word>[a-z]{4,}) (?=[a-z])")
ITALIC = re.compile(r"<i>(?P<text>[^<\n]{10,})</i>")
SOURCE = re.compile(
    r"^\| \[(?P<label>https?://[^\]\n]+)\]\((?P<url>https?://[^)\n]+)\)"
    r" \| (?P<date>[0-9][0-9/-]+) \|",
    re.M,
)
YEAR = re.compile(r"(?<=\*\*Year started:\*\* )(?P<year>[0-9]{4})(?:\.0)?$", re.M)
ADDED = re.compile(r"(?<=\*\*Date added:\*\* )(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})", re.M)
PHASE = re.compile(r"(?<=\*\*Belongs to phase:\*\* )(?P<id>P[0-9]{2})")
STAGE = re.compile(r"(?<=\*\*Belongs to tactic stage\*\*: )(?P<id>TA[0-9]{2})")


def ids_of(state: State) -> dict[str, str]:
    """Return the names of the entities that have a page, by id."""
    names = {}
    for data in state.pages.values():
        match = HEADING.match(data.decode("utf-8", "replace"))
        if match:
            names[match["id"]] = match["name"].strip()
    return names


_LISTED = re.compile(rb'href="([a-z]+/[A-Z0-9.]+\.md)"')


def list_orphans(state: State) -> set[str]:
    """Return the pages that the index of their folder does not list."""
    indexes = [path for path in state.pages if path.endswith("_index.md")]
    folders = {path[len(PAGES) : -len("_index.md")] for path in indexes}
    listed = {
        PAGES + match.decode() for path in indexes for match in _LISTED.findall(state.pages[path])
    }
    return {
        path
        for path in state.pages
        if path[len(PAGES) :].partition("/")[0] in folders
        and path not in listed
        and "/" in path[len(PAGES) :]
    }


def draw(
    state: State,
    pattern: re.Pattern[str],
    folder: str,
    random_: random.Random,
    fits: Callable[[re.Match[str], dict[str, str]], bool] = lambda _m, _n: True,
) -> tuple[str, str, re.Match[str]] | None:
    """Return a random place on the pages whose path, below the folder of pages, fits."""
    # Leftovers get one finding and are not looked at further.
    orphans = list_orphans(state)
    paths = [
        path for path in state.pages if re.match(folder, path[len(PAGES) :]) and path not in orphans
    ]
    random_.shuffle(paths)
    names = ids_of(state)
    for path in paths:
        text = state.pages[path].decode("utf-8", "replace")
        found = [m for m in pattern.finditer(text) if fits(m, names)]
        if found:
            return path, text, random_.choice(found)
    return None


def changed(
    state: State, path: str, text: str, start: int, end: int, new: str, also: tuple[str, ...] = ()
) -> Mistake:
    """Return the mistake that a replacement makes."""
    after = text[:start] + new + text[end:]
    other = state.copy()
    other.pages[path] = after.encode("utf-8", "surrogatepass")
    told = f"{path}: {text[start:end][:90]!r} -> {new[:90]!r}"
    return Mistake(
        other, path, start, start + len(new), before=text, after=after, also=also, told=told
    )


def maker(
    pattern: re.Pattern[str],
    folder: str,
    group: str | int,
    edit: Edit,
    fits: Callable[[re.Match[str], dict[str, str]], bool] = lambda _m, _n: True,
) -> Callable[[State, random.Random], Mistake | None]:
    """Return what edits a group of a random match."""

    def make(state: State, random_: random.Random) -> Mistake | None:
        for _ in range(60):
            place = draw(state, pattern, folder, random_, fits)
            if place is None:
                return None
            path, text, match = place
            new = edit(match, random_)
            if new is not None and new != match[group]:
                return changed(state, path, text, match.start(group), match.end(group), new)
        return None

    return make


def named(match: re.Match[str], names: dict[str, str]) -> bool:
    """Tell whether the name beside an id is that of its page."""
    return names.get(match["id"], "\0") == match["name"].strip()


def cited(match: re.Match[str], names: dict[str, str]) -> bool:
    """Tell whether the words behind a cited id begin with its name, and go no further."""
    name = names.get(match["id"], "\0")
    return re.match(re.escape(name) + r"(?:[,;)]|$| \()", match["name"]) is not None


def citation(
    edit: Callable[[str, str, random.Random], str | None],
) -> Callable[[State, random.Random], Mistake | None]:
    """Return what edits the id and the exact name of a citation in an evidence text."""

    def make(state: State, random_: random.Random) -> Mistake | None:
        names = ids_of(state)
        for _ in range(60):
            place = draw(state, CITATION, "incidents/", random_, cited)
            if place is None:
                return None
            path, text, match = place
            name = names[match["id"]]
            new = edit(match["id"], name, random_)
            old = f"{match['id']}: {name}"
            if new is not None and new != old:
                return changed(state, path, text, match.start(), match.start() + len(old), new)
        return None

    return make


def another(match_id: str, names: dict[str, str], random_: random.Random) -> str:
    """Return the id of another entity of the kind."""
    prefix = match_id.rstrip("0123456789.")
    return random_.choice([i for i in names if i.rstrip("0123456789.") == prefix and i != match_id])


def on(group: str, change: Slip) -> Edit:
    """Return what changes a group of a match."""
    return lambda match, random_: change(match[group], random_)


def cited_id(change: Slip) -> Callable[[str, str, random.Random], str | None]:
    """Return what changes the id of a citation."""

    def edit(id_: str, name: str, random_: random.Random) -> str | None:
        new = change(id_, random_)
        return None if new is None else f"{new}: {name}"

    return edit


def cited_name(change: Slip) -> Callable[[str, str, random.Random], str | None]:
    """Return what changes the name of a citation."""

    def edit(id_: str, name: str, random_: random.Random) -> str | None:
        new = change(name, random_)
        return None if new is None else f"{id_}: {new}"

    return edit


_MAL = ("R202", "R201", "R208")
_LABEL = ("L302", "N402", "N406", "R202", "R201", "R208", "L308", "S106")
_FIELD = ("R201", "R202", "R204", "R203", "R208", "N403", "N406", "S112", "S108")


def id_kinds() -> Iterator[MistakeKind]:
    """Yield malformed ids in citations, labels, targets, headings, fields and indexes."""
    inverse = Suggest.INVERSE
    for slip, change in MALFORMED.items():
        yield MistakeKind(
            f"citation: id, {slip}",
            "pages",
            citation(cited_id(change)),
            _MAL,
            inverse,
        )
        yield MistakeKind(
            f"row label: id, {slip}",
            "pages",
            maker(LINK, "[a-z]+/", "id", on("id", change), named),
            _LABEL,
            inverse,
        )
        yield MistakeKind(
            f"heading: id, {slip}",
            "pages",
            maker(HEADING, "(techniques|incidents)/", "id", on("id", change)),
            ("S101", "S102", "R202", "C605"),
            line=True,
        )
        yield MistakeKind(
            f"index: id, {slip}",
            "pages",
            _index_id(change),
            (*_LABEL, "C605", "C603", "C604", "C601"),
            inverse,
            line=True,
        )
    for slip in (
        "letter twice",
        "no letter",
        "lower case",
        "letter O for zero",
        "a space behind the letter",
        "a zero too many",
        "full-width digits",
        "a Cyrillic letter",
    ):
        change = MALFORMED[slip]
        yield MistakeKind(
            f"tactic field: id, {slip}",
            "pages",
            maker(TACTIC, "techniques/", "id", on("id", change), named),
            _FIELD,
            inverse,
            line=True,
        )
        yield MistakeKind(
            f"phase field: id, {slip}",
            "pages",
            maker(PHASE, "tactics/", "id", on("id", change)),
            _FIELD,
            inverse,
            line=True,
        )
        yield MistakeKind(
            f"parent field: id, {slip}",
            "pages",
            maker(PARENT, "techniques/", "id", on("id", change), named),
            _FIELD,
            inverse,
            line=True,
        )


def _index_id(
    change: Callable[[str, random.Random], str | None],
) -> Callable[[State, random.Random], Mistake | None]:
    def make(state: State, random_: random.Random) -> Mistake | None:
        for _ in range(40):
            place = draw(state, INDEX, "(techniques|incidents|counters)_index", random_)
            if place is None:
                return None
            path, text, match = place
            new = change(match["id"], random_)
            if new is None or new == match["id"]:
                continue
            at = text.index(f">{match['id']}<", match.start()) + 1
            return changed(state, path, text, at, at + len(match["id"]), new)
        return None

    return make


def digit_kinds() -> Iterator[MistakeKind]:
    """Yield ids that are well-formed and wrong."""
    free = Suggest.HARMLESS
    for slip, change in (("two digits swapped", swap_digits), ("another digit", change_digit)):
        yield MistakeKind(
            f"citation: id, {slip}",
            "pages",
            citation(cited_id(change)),
            ("R201", "R208", "N401", "N406"),
            Suggest.FREE,
        )
        yield MistakeKind(
            f"row label: id, {slip}",
            "pages",
            maker(LINK, "[a-z]+/", "id", on("id", change), named),
            _LABEL,
            Suggest.FREE,
        )
        yield MistakeKind(
            f"row target: id, {slip}",
            "pages",
            maker(LINK, "[a-z]+/", "target", _retarget(change), named),
            ("L301", "L302", "C604"),
            Suggest.FREE,
        )
        yield MistakeKind(
            f"heading: id, {slip}",
            "pages",
            maker(HEADING, "(techniques|incidents)/", "id", on("id", change)),
            ("S102", "C601"),
            free,
        )
        yield MistakeKind(
            f"index: id, {slip}",
            "pages",
            _index_id(change),
            (*_LABEL, "C603", "C604", "C601", "C605"),
            Suggest.FREE,
            line=True,
        )
        yield MistakeKind(
            f"tactic field: id, {slip}",
            "pages",
            maker(TACTIC, "techniques/", "id", on("id", change), named),
            _FIELD,
            Suggest.FREE,
            line=True,
        )
        yield MistakeKind(
            f"parent field: id, {slip}",
            "pages",
            maker(PARENT, "techniques/", "id", on("id", change), named),
            _FIELD,
            Suggest.FREE,
            line=True,
        )


def _retarget(change: Slip) -> Edit:
    def edit(match: re.Match[str], random_: random.Random) -> str | None:
        new = change(match["id"], random_)
        return None if new is None else match["target"].replace(match["id"], new)

    return edit


def relink(change: Callable[[str, str], str]) -> Edit:
    """Return what makes another link of the label and the target of one."""
    return lambda match, _: change(f"{match['id']} {match['name']}", match["target"])


def name_kinds() -> Iterator[MistakeKind]:
    """Yield names that are not as on the entity's page."""
    inverse = Suggest.INVERSE
    for slip, change in NAMES.items():
        yield MistakeKind(
            f"citation: name, {slip}",
            "pages",
            citation(cited_name(change)),
            ("N401", "N406"),
            inverse,
        )
        yield MistakeKind(
            f"row label: name, {slip}",
            "pages",
            maker(LINK, "[a-z]+/", "name", on("name", change), named),
            ("N402", "N406"),
            inverse,
        )
        yield MistakeKind(
            f"index: name, {slip}",
            "pages",
            maker(INDEX, "[a-z]+_index", "name", on("name", change), named),
            ("C603", "N403", "N406", "S112"),
            Suggest.HARMLESS,
        )
        yield MistakeKind(
            f"tactic field: name, {slip}",
            "pages",
            maker(TACTIC, "techniques/", "name", on("name", change), named),
            ("N403", "N406", "R204"),
            inverse,
        )
        yield MistakeKind(
            f"parent field: name, {slip}",
            "pages",
            maker(PARENT, "techniques/", "name", on("name", change), named),
            ("N403", "N406", "R203"),
            inverse,
        )
    yield MistakeKind(
        "citation: a space before the colon",
        "pages",
        citation(lambda i, n, _: f"{i} : {n}"),
        ("N401", "R202"),
        inverse,
    )
    yield MistakeKind(
        "citation: a full-width colon",
        "pages",
        citation(lambda i, n, _: f"{i}：{n}"),
        ("N401", "R202"),
        inverse,
    )
    yield MistakeKind(
        "citation: a semicolon for the colon",
        "pages",
        citation(lambda i, n, _: f"{i}; {n}"),
        ("N401", "R202"),
        inverse,
    )
    yield MistakeKind(
        "citation: no space behind the colon",
        "pages",
        citation(lambda i, n, _: f"{i}:{n}"),
        ("N401", "R202"),
        inverse,
    )
    yield MistakeKind(
        "citation: two colons",
        "pages",
        citation(lambda i, n, _: f"{i}:: {n}"),
        ("N401", "R202"),
        inverse,
    )


def link_kinds() -> Iterator[MistakeKind]:
    """Yield links of rows that are damaged or lead elsewhere."""
    for slip, (change, rules) in LINKS.items():
        yield MistakeKind(
            f"row link: {slip}",
            "pages",
            maker(
                LINK,
                "[a-z]+/",
                0,
                relink(change),
                named,
            ),
            rules,
            Suggest.HARMLESS,
            line=True,
        )
