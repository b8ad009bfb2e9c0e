"""Cold checks of ever larger synthetic corpora: the cost for each page should stay the same."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from processes import linter, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def pages(count: int) -> Iterator[tuple[str, str]]:
    """Yield the paths and texts of a corpus of about `count` pages, always the same ones."""
    chance = random.Random(count)
    techniques = max(1, (count - TACTICS) // 2)
    incidents = max(1, count - TACTICS - techniques)
    evidence: dict[int, list[tuple[int, str]]] = {}
    for incident in range(1, incidents + 1):
        rows = []
        for number in sorted(chance.sample(range(techniques), min(ROWS, techniques))):
            # Some names are out of date, so that the rules have something to say.
            stale = chance.random() < 0.01
            name = technique_name(number).replace(" of ", " at the " if stale else " of ")
            text = (
                f"On day {incident} of that year an account posted it again, with another date "
                f"({technique_id(number)}: {name}).<br><br><i>“So it was,” said one reader.</i>"
            )
            rows.append(
                f"| {link('techniques', technique_id(number), technique_name(number))} | {text} |"
            )
            evidence.setdefault(number, []).append((incident, text))
        yield f"incidents/I{incident:05}.md", _incident(incident, rows)
    for number in range(techniques):
        yield f"techniques/{technique_id(number)}.md", _technique(number, evidence.get(number, []))
    for tactic in range(1, TACTICS + 1):
        listed = [
            f"| {link('techniques', technique_id(n), technique_name(n))} |"
            for n in range(tactic - 1, techniques, TACTICS)
        ]
        yield f"tactics/TA{tactic:02}.md", _tactic(tactic, listed)


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


def write(folder: Path, count: int) -> int:
    """Write a corpus of about `count` pages and return how many there are."""
    written = 0
    for path, text in pages(count):
        target = folder / "generated_pages" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))
        written += 1
    return written


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smallest", type=int, default=1_000, metavar="N")
    parser.add_argument("--largest", type=int, default=16_000, metavar="N", help="up to 100000")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    args = parser.parse_args()
    results = []
    count = max(TACTICS * 2, args.smallest)
    if not args.json:
        print("   pages   seconds   ms/page        MB   kB/page")
    while count <= min(args.largest, LIMIT):
        with tempfile.TemporaryDirectory() as name:
            written = write(Path(name), count)
            took = measure([*linter(), "check", name, "--output-format", "json"], (0, 1))
        each, memory = took.seconds / written * 1_000, took.megabytes / written * 1_000
        results.append(
            {
                "pages": written,
                "seconds": round(took.seconds, 3),
                "ms_per_page": round(each, 3),
                "megabytes": round(took.megabytes, 1),
            }
        )
        if not args.json:
            print(
                f"{written:8}{took.seconds:10.2f}{each:10.3f}{took.megabytes:10.1f}{memory:10.1f}",
                flush=True,
            )
        count *= 2
    if args.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
