"""Structured inputs from bytes, so that any source of bytes can drive a generator.

A fuzzer that is guided by coverage, hypothesis, or a plain random generator gives the
bytes; the grammar below makes of them what strangers write: pages with lost digits,
pipes and brackets, cells, settings with wrong types.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Choices:
    """Choices that bytes make; when they are used up, the first one is taken."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._next = 0

    @property
    def left(self) -> int:
        """The number of bytes that are left."""
        return len(self._data) - self._next

    def number(self, below: int) -> int:
        """Return a number from 0 to one less than `below`."""
        if not self.left or below <= 1:
            return 0
        value = self._data[self._next]
        self._next += 1
        return value % below

    def pick(self, items: Sequence[T]) -> T:
        """Return one of some items."""
        return items[self.number(len(items))]

    def some(self, items: Sequence[T], most: int) -> list[T]:
        """Return some of some items, in any order."""
        return [self.pick(items) for _ in range(self.number(most + 1))]

    def rest(self) -> bytes:
        """Return all bytes that are left."""
        data, self._next = self._data[self._next :], len(self._data)
        return data


IDS = (
    "T0115",
    "T0146",
    "T0146.001",
    "TA15",
    "I00001",
    "P01",
    "T9999",
    "T0146:001",
    "T146",
    "TO115",
    "T0115001",
    "TT0115",
    "0115",
    "T 0115",
    "Т0115",
    "T０115",
    "T0146.001.002",
    "t0115",
    "I0001",
    "C00001",
    "T1078",
    "A1",
    "D2",
    "T" + "9" * 30,
    "T0115.",
    ".001",
    "T0l15",
    "TA1",
)
NAMES = (
    "Post Content",
    "Account Asset",
    "Free Account Asset",
    "Account  Asset",
    "Post Contents",
    "post content",
    "“Post” Content",
    "Post\u00a0Content",
    "",
    ":",
    "Fog Bank: Second Wave",
    "Post Cont\u0301ent",
    "a" * 300,
    "Deliver Content",
    "Establish Assets",
    "*Post* `Content`",
)
WORDS = (
    "They did it",
    "in 2016",
    "TODO",
    "<i>",
    "</i>",
    "<b>",
    "`",
    "``",
    "|",
    "\\|",
    "||",
    "\n",
    "\n\n",
    "\r\n",
    "<br>",
    "<!-- disarm-lint: ignore[N401] -->",
    "<!-- disarm-lint: ignore",
    "](",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "https://example.org/x",
    "www.x",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\x00",
    "Ã©",
    "â€™",
    "�",
    "&amp;",
    "**",
    "* ",
    "# ",
    "---",
    "<<<<<<< HEAD",
    "=======",
    "> ",
    "    ",
    "\t",
    "\u00a0",
    "~~~",
    "```",
    "<table>",
    "</td>",
    "<tr>",
    "nan",
    "2016.0",
    "#REF!",
    "T0115, T0146 were merged into T0115",
    "was replaced by",
    "DO NOT EDIT ABOVE THIS LINE",
)
LABELS = (
    "Summary",
    "Tactic",
    "Parent Technique",
    "Belongs to tactic stage",
    "Year started",
    "Sumary",
    "Countries",
    "Date added",
    "Found via",
    "incident type",
    "Viewpoint",
    "",
)
HEADERS = (
    "| Technique | Description given for this incident |",
    "| Incident | Descriptions given for this incident |",
    "| Counters | Response types |",
    "| Techn|ique | Description given for this incident |",
    "| Techniques |",
    "Technique | Description given for this incident",
    "|",
    "||",
)
DASHES = ("| --- | --- |", "| --- |", "---|---", "| -- - | : |", "", "|---|---|---|", "| — | — |")
KINDS = ("Technique", "Tactic", "Incident", "Phase", "technique", "Counter", "", "Tactique")
PATHS = (
    "generated_pages/techniques/T0115.md",
    "generated_pages/incidents/I00001.md",
    "generated_pages/tactics/TA15.md",
    "generated_pages/techniques/T0115 .md",
    "generated_pages/techniques/.md",
    "generated_pages/techniques_index.md",
    "generated_pages/techniques/notes.md",
    "generated_pages/counters/C00001.md",
)


def citation(choices: Choices) -> str:
    """Return something like a citation, a link or an id."""
    id_, name = choices.pick(IDS), choices.pick(NAMES)
    forms = (
        f"({id_}: {name})",
        f"{id_}: {name}",
        f"[{id_} {name}](../../generated_pages/techniques/{id_}.md)",
        id_,
        f"{id_} - {name}",
        f"[{id_} {name}]",
        f"({id_} {name})[{id_}.md]",
        f"{name} ({id_})",
        f"[{id_} {name}] ({id_}.md)",
        f'<a href="{id_}.md">{id_} {name}</a>',
        f"{{{id_} {name}}}({id_}.md)",
        f"[{id_} {name}](file:///{id_}.md",
        f"![{id_}][{name}]",
    )
    return choices.pick(forms)


def text(choices: Choices, most: int = 6) -> str:
    """Return prose."""
    return " ".join(
        citation(choices) if choices.number(2) else choices.pick(WORDS)
        for _ in range(choices.number(most + 1))
    )


def table(choices: Choices) -> str:
    """Return something like a table."""
    lines = [choices.pick(HEADERS), choices.pick(DASHES)][choices.number(3) :]
    for _ in range(choices.number(5)):
        ends = choices.pick(("| ", "|| ", "", "\n| ", "\t"))
        lines.append(f"{ends}{citation(choices)} | {text(choices)} |")
    return "\n".join(lines)


def page(choices: Choices) -> str:
    """Return something like a page."""
    heading = f"{choices.pick(('# ', '#', '## ', ''))}{choices.pick(KINDS)} {choices.pick(IDS)}"
    parts = [f"{heading}{choices.pick((': ', ':', ' ', ' - '))}{choices.pick(NAMES)}"]
    for _ in range(choices.number(5)):
        label = choices.pick(LABELS)
        form = choices.pick(("* **{}:** ", "**{}**: ", "**{}:**", "* **{}**: ", "{}: "))
        parts.append(form.format(label) + text(choices))
    parts += (table(choices) for _ in range(choices.number(3)))
    if choices.number(3):
        parts.append("DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW")
        parts.append(text(choices))
    return choices.pick(("\n\n", "\n", "\r\n\r\n")).join(parts)


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    2016,
    1.5,
    10**30,
    "",
    "x",
    "T0115",
    "techniques",
    [],
    {},
    ["N401"],
    {"a": 1},
    [[]],
    "*",
    "../x",
    "N401",
    "error",
    "é\u0301",
    "\u202e",
    "2024-01-01",
    float("inf"),
)


def value(choices: Choices, depth: int = 3) -> Any:
    """Return a value such as JSON and YAML hold."""
    kind = choices.number(4)
    if depth and kind == 1:
        return [value(choices, depth - 1) for _ in range(choices.number(4))]
    if depth and kind == 2:
        keys = choices.some(KEYS, 5)
        return {key: value(choices, depth - 1) for key in keys}
    return choices.pick(VALUES)


KEYS = (
    "select",
    "ignore",
    "rules",
    "N401",
    "S101",
    "severity",
    "retired",
    "aliases",
    "profile",
    "include",
    "exclude",
    "per-path-ignores",
    "baseline",
    "schema_version",
    "kinds",
    "key",
    "forms",
    "word",
    "id",
    "sub",
    "layouts",
    "fields",
    "tables",
    "columns",
    "header",
    "label",
    "format",
    "refers_to",
    "listed_in",
    "name",
    "pages",
    "folder",
    "workbooks",
    "sheets",
    "sheet",
    "file",
    "entries",
    "fingerprint",
    "rule",
    "path",
    "reason",
    "objects",
    "type",
    "external_references",
    "external_id",
    "source_name",
    "kill_chain_phases",
    "phase_name",
    "description",
    "revoked",
    "target_ref",
    "source_ref",
    "relationship_type",
    "tactic_refs",
    "x",
    "",
    "glossary",
    "indexes",
)


def settings(choices: Choices) -> str:
    """Return something like YAML."""
    data = {key: value(choices) for key in choices.some(KEYS, 6)}
    written = json.dumps(data, ensure_ascii=False)
    return mangle(choices, written)


MARKS = (
    "&a ",
    "*a",
    "!!python/object:x ",
    "<<: ",
    "'",
    '"',
    ":",
    "{",
    "[",
    "]",
    "}",
    "#",
    "- ",
    "\n",
    "\t",
    "|",
    ">",
    "---",
    "...",
    "%",
    "\x00",
    "\ufeff",
    "é",
    "0x10",
    "1_0",
    "~",
)


def mangle(choices: Choices, written: str) -> str:
    """Return a text with some marks put into it, and some of it lost."""
    for _ in range(choices.number(4)):
        place = choices.number(256) * (len(written) + 1) // 256
        lost = choices.number(3)
        written = written[:place] + choices.pick(MARKS) + written[place + lost :]
    return written
