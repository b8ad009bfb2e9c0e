"""Checks after checks: nothing changed, one page edited, a commit about to be made.

All run as whole processes, in turn, so that all feel the same machine, on a copy of the
corpus in a git repository. The script prints medians and their ratios; it asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from cold_check import pages_of
from processes import NO_CACHE, Measured, linter, measure, version_of_linter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NOTHING, _RUMDL = "python -c pass", "rumdl check --no-cache"
MASTER_DATA = "DISARM_MASTER_DATA"
# Characters of a cell that holds prose.
_PROSE = 80
_NAMES = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _rumdl() -> str | None:
    return shutil.which("rumdl", path=str(Path(sys.executable).parent)) or shutil.which("rumdl")


@dataclass
class Bench:
    """A copy of a corpus in a repository of its own, with a cache of its own."""

    folder: Path
    turn: int = 0

    @property
    def corpus(self) -> Path:
        """The copy."""
        return self.folder / "corpus"

    def prepare(self, corpus: Path) -> None:
        """Copy the corpus and commit it."""
        shutil.copytree(corpus, self.corpus, ignore=shutil.ignore_patterns(".git"))
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Corpus")

    def git(self, *arguments: str) -> None:
        """Run git in the copy."""
        who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
        environment = {**os.environ, **_NAMES}
        subprocess.run(["git", *who, *arguments], cwd=self.corpus, env=environment, check=True)

    def run(self, command: Sequence[str], *, cache: bool = True) -> Measured:
        """Measure a command in the copy; findings are no failure."""
        kept = {"XDG_CACHE_HOME": str(self.folder / "cache")} if cache else NO_CACHE
        return measure(command, (0, 1), environment={**os.environ, **_NAMES, **kept})

    def check(self, *options: str, cache: bool = True) -> Measured:
        """Measure a check of the copy."""
        return self.run([*linter(), "check", str(self.corpus), *options], cache=cache)

    def edit(self, path: Path) -> None:
        """Add a line to a file that no run has seen there."""
        self.turn += 1
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\nSentence number {self.turn}.\n")

    def stage(self, path: Path) -> None:
        """Edit a file and stage it, and nothing else."""
        self.git("reset", "--quiet", "--hard")
        self.edit(path)
        self.git("add", "--all")


def _edit_cell(workbook: Path, turn: int) -> None:
    """Write a text that no run has seen there into the first cell of prose of a workbook."""
    from openpyxl import load_workbook

    book = load_workbook(workbook)
    cells = (cell for sheet in book for row in sheet.iter_rows(min_row=2) for cell in row)
    cell = next(cell for cell in cells if isinstance(cell.value, str) and len(cell.value) > _PROSE)
    cell.value = f"{cell.value} Sentence number {turn}."
    book.save(workbook)


def _cases(
    bench: Bench, page: Path, rumdl: str | None, listing: Path
) -> dict[str, Callable[[], Measured]]:
    def edited() -> Measured:
        bench.edit(page)
        return bench.check()

    def hook(path: Path, *, commit: bool = False) -> Measured:
        bench.stage(path)
        done = bench.check("--staged")
        if commit:
            bench.git("commit", "--quiet", "--message=Edit")
        return done

    def hook_of_cell(workbook: Path) -> Measured:
        bench.git("reset", "--quiet", "--hard")
        bench.turn += 1
        _edit_cell(workbook, bench.turn)
        bench.git("add", "--all")
        return bench.check("--staged")

    bare = [sys.executable, str(Path(__file__).with_name("bare_parse.py")), str(listing)]
    cases: dict[str, Callable[[], Measured]] = {
        _NOTHING: lambda: bench.run([sys.executable, "-c", "pass"]),
        "bare markdown-it-py parse": lambda: bench.run(bare),
    }
    if rumdl is not None:
        cases[_RUMDL] = lambda: bench.run(
            [rumdl, "check", "--no-cache", "--silent", str(bench.corpus)]
        )
    cases |= {
        "check --no-cache": lambda: bench.check("--no-cache"),
        "check, nothing changed": bench.check,
        "check, one page edited": edited,
        "check --staged, README alone": lambda: hook(bench.corpus / "README.md"),
        "check --staged, one page": lambda: hook(page, commit=True),
    }
    books = sorted((bench.corpus / MASTER_DATA).glob("*.xlsx"))
    if books:
        cases["check --staged, one cell"] = lambda: hook_of_cell(books[0])
    return cases


def run(corpus: Path, runs: int) -> dict[str, list[Measured]]:
    """Return what each case took, in the order in which they ran."""
    pages = pages_of(corpus)
    if not pages:
        sys.exit(f"{corpus}: no pages")
    found: dict[str, list[Measured]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.prepare(corpus)
        (bench.corpus / "README.md").write_text("About.\n", "utf-8")
        bench.git("add", "--all")
        bench.git("commit", "--quiet", "--message=About")
        page = bench.corpus / pages[len(pages) // 2].relative_to(corpus.resolve())
        listing = bench.folder / "pages"
        listing.write_text("\0".join(map(str, pages)), "utf-8")
        cases = _cases(bench, page, _rumdl(), listing)
        # The first run of each only warms the disk cache and the byte code.
        for number in range(runs + 1):
            for name, case in cases.items():
                if name == "check, nothing changed":
                    bench.check()
                measured = case()
                if number:
                    found.setdefault(name, []).append(measured)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    found = run(args.corpus, max(1, args.runs))
    base = median(m.cpu for m in found["check --no-cache"])
    cases = {
        name: {
            "cpu_seconds": round(median(m.cpu for m in group), 3),
            "wall_seconds": round(median(m.seconds for m in group), 3),
            "megabytes": round(max(m.megabytes for m in group), 1),
            "ratio": round(median(m.cpu for m in group) / base, 3),
        }
        for name, group in found.items()
    }
    result = {
        "corpus": str(args.corpus),
        "runs": args.runs,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "linter": version_of_linter(),
        "cases": cases,
    }
    if args.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{args.runs} runs of each, in turn; medians; the ratio is of CPU time")
    print(f"{'':32}{'CPU s':>8}{'wall s':>8}{'ratio':>8}{'rumdl':>8}{'MB':>8}")
    for name, case in cases.items():
        beside = cases.get(_RUMDL, {}).get("cpu_seconds")
        shown = f"{case['cpu_seconds'] / beside:8.2f}" if beside else f"{'':8}"
        print(
            f"{name:32}{case['cpu_seconds']:8.3f}{case['wall_seconds']:8.3f}"
            f"{case['ratio']:8.3f}{shown}{case['megabytes']:8.1f}"
        )
    if _rumdl() is None:
        print("rumdl is not installed, so it is not compared with")


if __name__ == "__main__":
    main()
