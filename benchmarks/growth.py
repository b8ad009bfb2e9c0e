"""Cold checks of ever larger synthetic corpora, with defects in them that are known.

The cost for each page should stay the same, and every defect be told, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from statistics import linear_regression
from typing import TYPE_CHECKING

from processes import linter, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LIMIT = 100_000
MARKER = "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"
VERBS = [
    "Invent",
    "Borrow",
    "Repeat",
    "Translate",
    "Shorten",
    "Colour",
    "Stage",
    "Number",
    "Date",
    "Sign",
]
THINGS = [
    "Witness",
    "Letter",
    "Poster",
    "Chart",
    "Rumour",
    "Song",
    "Photograph",
    "Recipe",
    "Timetable",
    "Map",
]
PLACES = [
    "Harbour",
    "Market",
    "School",
    "Library",
    "Station",
    "Garden",
    "Bridge",
    "Tower",
    "Theatre",
    "Mill",
]
TACTICS = 16
ROWS = 4
STEMS = 9_000


def technique_id(number: int) -> str:
    """Return the id of a technique: stems first, then the first sub-technique of each, ..."""
    sub, stem = divmod(number, STEMS)
    return f"T{stem + 1:04}" + (f".{sub:03}" if sub else "")


def technique_name(number: int) -> str:
    """Return a name that no other technique has."""
    rest, verb = divmod(number, len(VERBS))
    rest, thing = divmod(rest, len(THINGS))
    rest, place = divmod(rest, len(PLACES))
    return f"{VERBS[verb]} {THINGS[thing]} of {PLACES[place]} {rest}"


def link(folder: str, id_: str, name: str) -> str:
    """Return a link as the generator writes it."""
    return f"[{id_} {name}](../../generated_pages/{folder}/{id_}.md)"


@dataclass(frozen=True)
class Page:
    """A page as it is written, and the codes of the rules that have to speak on it."""

    path: str
    text: str
    planted: frozenset[str] = frozenset()


# What is wrong with a piece of evidence, by the rule that has to say so on each of its pages.
DEFECTS: dict[str, Callable[[str], str]] = {
    "N401": lambda text: text.replace(" of ", " at the "),
    "R201": lambda text: text.replace("posted it", "posted it (T9999)"),
    "L301": lambda text: text.replace(
        "another date", "[another date](../../generated_pages/incidents/I99999.md)"
    ),
    "T502": lambda text: text.replace("“", "â€œ").replace("”", "â€\x9d"),
    "S114": lambda text: text.replace("So it was", "TODO"),
}
SHARE = 0.01


def pages(count: int) -> Iterator[Page]:
    """Yield a corpus of about `count` pages, always the same one."""
    chance = random.Random(count)
    techniques = max(1, (count - TACTICS) // 2)
    incidents = max(1, count - TACTICS - techniques)
    evidence: dict[int, list[tuple[int, str, str]]] = {}
    for incident in range(1, incidents + 1):
        rows, codes = [], []
        for number in sorted(chance.sample(range(techniques), min(ROWS, techniques))):
            text = (
                f"On day {incident} of that year an account posted it again, with another date "
                f"({technique_id(number)}: {technique_name(number)}).<br><br>"
                "<i>“So it was,” said one reader.</i>"
            )
            code = ""
            if chance.random() < SHARE:
                code = chance.choice(list(DEFECTS))
                text = DEFECTS[code](text)
                codes.append(code)
            rows.append(
                f"| {link('techniques', technique_id(number), technique_name(number))} | {text} |"
            )
            evidence.setdefault(number, []).append((incident, text, code))
        yield Page(f"incidents/I{incident:05}.md", _incident(incident, rows), frozenset(codes))
    for number in range(techniques):
        own = evidence.get(number, [])
        text = _technique(number, [(incident, text) for incident, text, _ in own])
        planted = frozenset(code for _, _, code in own if code)
        yield Page(f"techniques/{technique_id(number)}.md", text, planted)
    for tactic in range(1, TACTICS + 1):
        listed = [
            f"| {link('techniques', technique_id(n), technique_name(n))} |"
            for n in range(tactic - 1, techniques, TACTICS)
        ]
        yield Page(f"tactics/TA{tactic:02}.md", _tactic(tactic, listed))


def _incident(number: int, rows: list[str]) -> str:
    head = f"# Incident I{number:05}: Day {number} in Saltmere\n\n"
    fields = "* **Summary:** An invented incident.\n\n* **incident type**: incident\n\n"
    fields += "* **Year started:** 2021\n\n* **Countries:** Norland\n\n* **Found via:** readers\n\n"
    fields += "* **Date added:** 2024/03/11\n\n\n"
    references = (
        "| Reference | Pub Date | Authors | Org | Archive |\n| --- | --- | --- | --- | --- |\n"
    )
    table = "| Technique | Description given for this incident |\n| --------- | ------- |\n"
    return f"{head}{fields}{references}\n\n{table}" + "\n".join(rows) + f"\n\n\n{MARKER}\n"


def _technique(number: int, evidence: list[tuple[int, str]]) -> str:
    id_, tactic = technique_id(number), number % TACTICS + 1
    parent = ""
    if "." in id_:
        stem = number % STEMS
        parent = f"<br><br>**Parent Technique:** {technique_id(stem)} {technique_name(stem)}"
    rows = [
        f"| {link('incidents', f'I{i:05}', f'Day {i} in Saltmere')} | {text} |"
        for i, text in evidence
    ]
    return (
        f"# Technique {id_}: {technique_name(number)}\n\n**Summary**: An invented technique.\n\n"
        f"**Tactic**: TA{tactic:02} Part {tactic} {parent}\n\n\n"
        "| Associated Technique | Description |\n| --------- | --------- |\n\n\n\n"
        "| Incident | Descriptions given for this incident |\n| -------- | --------- |\n"
        + "\n".join(rows)
        + "\n\n\n| Counters | Response types |\n| -------- | -------------- |\n\n\n"
        f"{MARKER}\n"
    )


def _tactic(number: int, listed: list[str]) -> str:
    return (
        f"# Tactic TA{number:02}: Part {number}\n\n* **Summary:** An invented tactic.\n\n"
        "* **Belongs to phase:** P01\n\n\n\n| Tasks |\n| ----- |\n\n\n\n"
        "| Techniques |\n| ---------- |\n" + "\n".join(listed) + "\n\n\n\n"
        f"| Counters | Response types |\n| -------- | -------------- |\n\n\n{MARKER}\n"
    )


@dataclass(frozen=True)
class Grown:
    """What a check of a corpus took, and how much of what was planted in it is told.

    `missed` and `further` count pages and rules: defects without a finding, and
    findings without a defect. `kilobytes` are those of the pages themselves.
    """

    pages: int
    kilobytes: float
    seconds: float
    cpu: float
    megabytes: float
    planted: int
    missed: int
    further: int


def check(count: int) -> Grown:
    """Write a corpus of about `count` pages, check it once, and delete it."""
    with tempfile.TemporaryDirectory() as name:
        root, report = Path(name, "corpus"), Path(name, "report")
        planted: set[tuple[str, str]] = set()
        written = size = 0
        for page in pages(count):
            target = root / "generated_pages" / page.path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = page.text.encode("utf-8")
            target.write_bytes(data)
            written, size = written + 1, size + len(data)
            planted |= {(target.name, code) for code in page.planted}
        options = ["--no-cache", "--output-format", "json-lines", "--output-file", str(report)]
        took = measure([*linter(), "check", str(root), *options], (0, 1))
        with report.open(encoding="utf-8") as lines:
            told = set(map(_place, lines))
    return Grown(
        written,
        size / 1_000,
        took.seconds,
        took.cpu,
        took.megabytes,
        len(planted),
        len(planted - told),
        len(told - planted),
    )


def _place(line: str) -> tuple[str, str]:
    finding = json.loads(line)
    return finding["path"].rpartition("/")[2], finding["rule"]


def grow(smallest: int, largest: int) -> Iterator[Grown]:
    """Check corpora of the smallest number of pages, ten times as many, and so on."""
    count = max(TACTICS * 2, smallest)
    while count <= min(largest, LIMIT):
        yield check(count)
        count *= 10


def fit_exponent(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that fits the logarithms of points best: 1 is linear."""
    logs = [(log(x), log(y)) for x, y in points]
    return linear_regression(*zip(*logs, strict=True)).slope


def describe(grown: Sequence[Grown]) -> dict[str, float]:
    """Return the exponents of time and memory, and the memory for each page beyond its text."""
    first, last = grown[0], grown[-1]
    pages = last.pages - first.pages
    held = (last.megabytes - first.megabytes) * 1_000 - (last.kilobytes - first.kilobytes)
    return {
        "exponent_of_cpu_seconds": round(fit_exponent([(g.pages, g.cpu) for g in grown]), 3),
        "exponent_of_memory": round(fit_exponent([(g.pages, g.megabytes) for g in grown]), 3),
        "kilobytes_a_page_beyond_its_text": round(held / pages, 1),
    }


HEAD = (
    f"{'pages':>8}{'CPU s':>9}{'wall s':>9}{'ms/page':>9}{'MB':>9}"
    f"{'planted':>9}{'missed':>8}{'further':>9}"
)


def format_line(item: Grown) -> str:
    """Return a line of the table."""
    return (
        f"{item.pages:8}{item.cpu:9.2f}{item.seconds:9.2f}{item.cpu / item.pages * 1_000:9.3f}"
        f"{item.megabytes:9.1f}{item.planted:9}{item.missed:8}{item.further:9}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smallest", type=int, default=1_000, metavar="N")
    parser.add_argument("--largest", type=int, default=10_000, metavar="N", help="up to 100000")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    grown = []
    if not args.json:
        print(HEAD)
    for item in grow(args.smallest, args.largest):
        grown.append(item)
        if not args.json:
            print(format_line(item), flush=True)
    fitted = describe(grown) if len(grown) > 1 else {}
    if args.json:
        print(json.dumps({"growth": [asdict(item) for item in grown], **fitted}, indent=2))
    else:
        for name, value in fitted.items():
            print(f"{name.replace('_', ' ')}: {value}")


if __name__ == "__main__":
    main()
