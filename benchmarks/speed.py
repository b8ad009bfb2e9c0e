"""All that is measured of speed: checks, hooks, other tools on the same files, and growth.

All run as whole processes, in turn, so that all feel the same machine, on a copy of the
corpus in a git repository. The script prints medians and their ratios; it asserts nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from multiprocessing import Process
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import growth
from disarm_lint.config.profile import BUILTIN, load_builtin_profile
from disarm_lint.model.config import Config
from disarm_lint.model.profile import Format
from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.workbook import load_workbook
from disarm_lint.parse.xlsx_edit import edit_cells
from disarm_lint.sources.filesystem import DiskTree
from disarm_lint.sources.scope import PAGES, find_files, find_root
from processes import NO_CACHE, Measured, linter, measure, version_of_linter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NOTHING, _BARE, _RUMDL = "python -c pass", "bare markdown-it-py parse", "rumdl check --no-cache"
_MARKDOWNLINT = "markdownlint-cli2"
_COLD = "check --no-cache"
MASTER_DATA = "DISARM_MASTER_DATA"
_NAMES = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _find(program: str) -> str | None:
    return shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)


def pages_of(corpus: Path) -> list[Path]:
    """Return the pages that the linter reads of a corpus."""
    root, _ = find_root(corpus)
    scope = find_files(DiskTree(root), Config(), PAGES, in_corpus=(root / PAGES).is_dir())
    return [root / path for path in scope.files]


@dataclass
class Bench:
    """A copy of a corpus in a repository of its own, with a cache of its own."""

    folder: Path
    turn: int = 0

    @property
    def corpus(self) -> Path:
        """The copy."""
        return self.folder / "corpus"

    @property
    def pages(self) -> Path:
        """A copy of its pages alone."""
        return self.folder / "pages alone"

    def prepare(self, corpus: Path) -> None:
        """Copy the corpus and commit it."""
        shutil.copytree(corpus, self.corpus, ignore=shutil.ignore_patterns(".git"))
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Corpus")
        shutil.copytree(self.corpus / PAGES, self.pages / PAGES)

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
    """Add a sentence that no run has seen there to the first cell of prose of a workbook."""
    data = workbook.read_bytes()
    rows = load_workbook(workbook.name, data, load_builtin_profile(BUILTIN[0])).documents
    prose = (
        (item.value.raw, item.value.location.cell)
        for row in rows
        for item in row.fields
        if item.spec and item.spec.format is Format.PROSE and item.value
    )
    text, cell = next(prose)
    assert cell is not None
    edit = CellEdit(cell.sheet, cell.ref, text, len(text), len(text), f" Sentence {turn}.")
    workbook.write_bytes(edit_cells(data, [edit]).data)


def _others(bench: Bench, listing: Path) -> dict[str, Callable[[], Measured]]:
    """Return what is measured beside the linter; a tool that is not installed is left out."""
    bare = [sys.executable, str(Path(__file__).with_name("bare_parse.py")), str(listing)]
    cases = {
        _NOTHING: lambda: bench.run([sys.executable, "-c", "pass"]),
        _BARE: lambda: bench.run(bare),
    }
    if (rumdl := _find("rumdl")) is not None:
        silent = [rumdl, "check", "--no-cache", "--silent", str(bench.corpus)]
        cases[_RUMDL] = lambda: bench.run(silent)
    if (markdownlint := _find(_MARKDOWNLINT)) is not None:
        cases[_MARKDOWNLINT] = lambda: bench.run([markdownlint, f"{bench.corpus}/**/*.md"])
    return cases


def _cases(bench: Bench, page: Path) -> dict[str, Callable[[], Measured]]:
    def unchanged() -> Measured:
        bench.check()
        return bench.check()

    def edited() -> Measured:
        bench.edit(page)
        return bench.check()

    def one_page() -> Measured:
        bench.edit(page)
        return bench.run([*linter(), "check", str(page)])

    def hook(path: Path, *, commit: bool = False) -> Measured:
        bench.stage(path)
        done = bench.check("--staged")
        if commit:
            bench.git("commit", "--quiet", "--message=Edit")
        return done

    def hook_of_cell(workbook: Path) -> Measured:
        bench.git("reset", "--quiet", "--hard")
        bench.turn += 1
        # A process has at least the peak of the one that starts it: this one stays small.
        editor = Process(target=_edit_cell, args=(workbook, bench.turn))
        editor.start()
        editor.join()
        bench.git("add", "--all")
        return bench.check("--staged")

    books = sorted((bench.corpus / MASTER_DATA).glob("*.xlsx"))
    cases: dict[str, Callable[[], Measured]] = {
        "disarm-lint --version": lambda: bench.run([*linter(), "--version"]),
        _COLD: lambda: bench.check("--no-cache"),
        "check --no-cache, pages alone": lambda: bench.run(
            [*linter(), "check", "--no-cache", str(bench.pages)]
        ),
        "check, nothing changed": unchanged,
        "check, one page edited": edited,
        "check PAGE, which was edited": one_page,
        "hook, the README alone": lambda: hook(bench.corpus / "README.md"),
        "hook, one page": lambda: hook(page, commit=True),
    }
    if books:
        cases["hook, one cell of a workbook"] = lambda: hook_of_cell(books[0])
    return cases


def run(corpus: Path, runs: int) -> dict[str, list[Measured]]:
    """Return what each case took, in the order in which they ran."""
    pages = pages_of(corpus)
    if not pages or not (corpus / PAGES).is_dir():
        sys.exit(f"{corpus}: there are no pages in {PAGES}/")
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
        # The first run of each only warms the disk cache and the byte code.
        for number in range(runs + 1):
            for name, case in (_others(bench, listing) | _cases(bench, page)).items():
                measured = case()
                if number:
                    found.setdefault(name, []).append(measured)
    return found


def summarise(found: dict[str, list[Measured]]) -> dict[str, dict[str, float]]:
    """Return the medians of each case, and ratios of its CPU time to those of others."""
    cpu = {name: median(m.cpu for m in group) for name, group in found.items()}
    cases = {}
    for name, group in found.items():
        cases[name] = {
            "cpu_seconds": round(cpu[name], 3),
            "wall_seconds": round(median(m.seconds for m in group), 3),
            "megabytes": round(max(m.megabytes for m in group), 1),
        }
        for label, other in (("nothing", _NOTHING), ("bare", _BARE), ("rumdl", _RUMDL)):
            if other in cpu:
                cases[name][f"to_{label}"] = round(cpu[name] / cpu[other], 2)
    return cases


def describe_machine() -> str:
    """Return the processors, the memory, the system and the versions."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_000_000_000
    return (
        f"{os.cpu_count()} processors {model or platform.machine()}, {memory:.0f} GB, "
        f"{platform.platform()}, Python {platform.python_version()}, {version_of_linter()}"
    )


def _print(cases: dict[str, dict[str, float]], runs: int) -> None:
    print(describe_machine())
    print(f"{runs} runs of each, in turn; medians; the ratios are of CPU time")
    labels = [name for name in ("nothing", "bare", "rumdl") if f"to_{name}" in cases[_COLD]]
    print(f"{'':32}{'CPU s':>8}{'wall s':>8}{'MB':>8}" + "".join(f"{n:>9}" for n in labels))
    for name, case in cases.items():
        ratios = "".join(f"{case[f'to_{label}']:9.2f}" for label in labels)
        print(
            f"{name:32}{case['cpu_seconds']:8.3f}{case['wall_seconds']:8.3f}"
            f"{case['megabytes']:8.1f}{ratios}"
        )
    for program in ("rumdl", _MARKDOWNLINT):
        if _find(program) is None:
            print(f"{program}: not compared with, since it is not installed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument(
        "--largest",
        type=int,
        default=10_000,
        metavar="N",
        help="pages of the largest synthetic corpus, up to 100000 (default: 10000; 0: none)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    runs = max(1, args.runs)
    cases = summarise(run(args.corpus, runs))
    if not args.json:
        _print(cases, runs)
    grown = []
    for item in growth.grow(1_000, args.largest):
        grown.append(item)
        if not args.json:
            if len(grown) == 1:
                print(growth.HEAD)
            print(growth.format_line(item), flush=True)
    fitted = growth.describe(grown) if len(grown) > 1 else {}
    if args.json:
        result = {
            "machine": describe_machine(),
            "corpus": str(args.corpus),
            "runs": runs,
            "cases": cases,
            "growth": [asdict(item) for item in grown],
            **fitted,
        }
        print(json.dumps(result, indent=2))
    for name, value in fitted.items() if not args.json else ():
        print(f"{name.replace('_', ' ')}: {value}")


if __name__ == "__main__":
    main()
