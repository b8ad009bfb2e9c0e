"""Write docs/rules/ from the manuals of the rules; with --check, only compare.

One page for each rule and an index. With --check nothing is written; the files
that differ, are missing or are superfluous are named, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import disarm_rules
from disarm_lint.config.config import list_default_options
from disarm_lint.manual import format_manual
from disarm_lint.ruleset import load_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from disarm_lint.ruleset import LoadedRule

FOLDER = Path(__file__).resolve().parent / "rules"
FAMILIES = {
    "S": "Structure of pages",
    "R": "References",
    "L": "Links",
    "N": "Names",
    "T": "Text",
    "C": "Corpus: pages and indexes",
    "M": "Master data",
    "A": "Other artefacts",
    "X": "Files, configuration, suppression",
}
NOTE = "<!-- Written by docs/generate.py from the docstrings of the rules. Edit those. -->"

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INFO = re.compile(r"```(?P<lang>\w+) (?P<path>[^\n]+)")
_EARLIER = " {earlier=yes}"
_CODE_OR_TAG = re.compile(r"(?P<ticks>`+)[^`]+(?P=ticks)|<", re.DOTALL)


def name_page(loaded: LoadedRule) -> str:
    """Return the file name of a rule's page."""
    return f"{loaded.rule.code}-{loaded.rule.name}.md"


def escape_cell(text: str) -> str:
    """Return a text as a table cell: on one line, its pipes escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def escape_prose(text: str) -> str:
    """Return prose so that tags outside of code are shown, not obeyed."""
    return _CODE_OR_TAG.sub(lambda match: match[0] if match["ticks"] else "\\<", text)


def _build_fence(text: str) -> str:
    """Return a fence with the path that its info string names in a line above it."""
    info = _INFO.match(text)
    if info is None:
        return text
    lang, path = info["lang"], info["path"]
    title = "Findings:" if path == "findings" else f"`{path}`:"
    if path.endswith(_EARLIER):
        title = f"`{path.removesuffix(_EARLIER)}`, in the earlier release:"
    if lang == "sheet":
        path, _, sheet = path.rpartition("!")
        lang, title = "text", f"`{path}`, sheet `{sheet}`:"
    return f"{title}\n\n```{lang}{text[info.end() :]}"


def build_manual(docstring: str) -> str:
    """Return a rule's manual as Markdown for a page of its own."""
    text, out, position = format_manual(docstring), [], 0
    for match in _FENCE.finditer(text):
        out += [escape_prose(text[position : match.start()]), _build_fence(match[0])]
        position = match.end()
    return "".join([*out, escape_prose(text[position:])])


def build_options(loaded: LoadedRule) -> str:
    """Return the section on a rule's options; nothing where it has none."""
    defaults = list_default_options(loaded)
    if not defaults:
        return ""
    rows = [
        f"| `{name}` | `{escape_cell(json.dumps(value, ensure_ascii=False))}` |"
        for name, value in defaults.items()
    ]
    setting = json.dumps(defaults, ensure_ascii=False)
    return "\n".join(
        [
            "\n## Options\n",
            escape_prose(cleandoc(loaded.rule.options.__doc__ or "")),
            "\n| option | default |",
            "|---|---|",
            *rows,
            "\nIn `.disarm-lint.yaml`:\n",
            f"```yaml\nrules:\n  {loaded.rule.code}: {setting}\n```",
            "",
        ]
    )


def build_row(loaded: LoadedRule, code: str, *more: str) -> str:
    """Return a rule's row in a table; `code` is how its first cell shows the code."""
    rule = loaded.rule
    default = "on" if rule.default else "off"
    return f"| {' | '.join([code, rule.name, rule.severity, default, *more])} |"


def build_page(loaded: LoadedRule) -> str:
    """Return the page of a rule."""
    rule = loaded.rule
    head = f"# {rule.code} {rule.name}\n\n{NOTE}\n"
    table = "| code | name | severity | by default |\n|---|---|---|---|\n" + build_row(
        loaded, rule.code
    )
    return f"{head}\n{table}\n\n{build_manual(loaded.manual)}\n{build_options(loaded)}"


def build_index(rules: Sequence[LoadedRule]) -> str:
    """Return the page that lists the rules by family."""
    parts = [f"# Rules\n\n{NOTE}\n"]
    parts.append(
        "An **error** says that a page is false or broken, a **warning** is about hygiene, "
        "an **info** is a hint.\n"
    )
    order = {family: number for number, family in enumerate(FAMILIES)}
    ranked = sorted(rules, key=lambda r: (order.get(r.rule.code[0], len(order)), r.rule.code))
    for family, members in groupby(ranked, key=lambda r: r.rule.code[0]):
        parts.append(f"## {FAMILIES.get(family, family)}\n")
        parts.append("| code | name | severity | by default | finds |\n|---|---|---|---|---|")
        for loaded in members:
            link = f"[{loaded.rule.code}]({name_page(loaded)})"
            parts.append(build_row(loaded, link, escape_prose(escape_cell(loaded.summary))))
        parts.append("")
    return "\n".join(parts)


def build_pages() -> dict[str, str]:
    """Return the files of docs/rules/ by name."""
    rules = load_rules(disarm_rules)
    return {"README.md": build_index(rules)} | {
        name_page(loaded): build_page(loaded) for loaded in rules
    }


def find_differences(wanted: Mapping[str, str], folder: Path) -> list[tuple[str, str]]:
    """Return what is wrong with the files in a folder: (`differs` or the like, name)."""
    there = {path.name: path for path in folder.glob("*") if path.is_file()}
    found = []
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            found.append(("missing", name))
        elif name not in wanted:
            found.append(("superfluous", name))
        elif there[name].read_bytes() != wanted[name].encode("utf-8"):
            found.append(("differs", name))
    return found


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Write or compare, and return the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/rules/ from the rules.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on a difference"
    )
    args = parser.parse_args(arguments)
    wanted = build_pages()
    found = find_differences(wanted, folder)
    for what, name in found:
        if args.check:
            print(f"{what}: docs/rules/{name}")
        elif what == "superfluous":
            print(f"removed: docs/rules/{name}")
            (folder / name).unlink()
        else:
            print(f"written: docs/rules/{name}")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(wanted[name].encode("utf-8"))
    if args.check and found:
        print("Run `python docs/generate.py` and commit what it writes.", file=sys.stderr)
    return 1 if args.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
