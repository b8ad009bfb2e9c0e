"""What hostile pages and workbooks cost: seconds of the processor and peak memory of a check.

Compares the linter of this environment with those of other checkouts (--checkout), which
have to run with the libraries of this environment. With --worst N the shapes are those of
tests/hostile that cost the linter of this environment the most for each kilobyte, found by
measuring all of them, half by time and half by memory.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from processes import NO_CACHE, Measured, measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hostile.shapes import ITEMS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Files = dict[str, bytes]

_BASELINE = ".disarm-lint-baseline.yaml"
# How many characters or items each kind of shape has: some 100 kB to 1 MB.
_SIZES = {
    "text": 20_000, "rows": 400, "pages": 300, "STIX": 1_500, "list": 1_500, "pages: deep": 60,
}  # fmt: skip
_PAGES = "generated_pages/techniques"
_TABLE = "\n| Incident | Descriptions given for this incident |\n| --- | --- |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", action="append", default=[], type=Path)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one run")
    parser.add_argument("--worst", type=int, default=0, help="so many of those of tests/hostile")
    parser.add_argument("--only", default="", help="shapes whose title holds this")
    args = parser.parse_args()
    checkouts: list[Path | None] = [*args.checkout, None]
    names = [path.name if path else "this one" for path in checkouts]
    shapes = _choose_worst(args) if args.worst else _SHAPES
    print(f"{'shape':60}" + "".join(f"{name:>24}" for name in names))
    for title, build in shapes.items():
        if args.only in title:
            found = _measure_in(build, checkouts, args.timeout)
            figures = [_show(took) for took, _ in found]
            print(f"{title:60}" + "".join(f"{figure:>24}" for figure in figures), flush=True)


def _choose_worst(args: argparse.Namespace) -> dict[str, Callable[[], Files]]:
    """Return the shapes of tests/hostile that cost the most for each kilobyte."""
    shapes = {n: partial(_files_of, n) for n in [*TEXTS, *ITEMS] if args.only in n}
    nothing, _ = _measure_in(_corpus, [None], args.timeout)[0]
    costs: dict[str, tuple[float, float]] = {}
    for name, build in shapes.items():
        try:
            ((took, kilobytes),) = _measure_in(build, [None], args.timeout)
        except OSError:
            # Names of files that this file system does not have.
            continue
        costs[name] = (
            (took.cpu - nothing.cpu) / kilobytes,
            (took.megabytes - nothing.megabytes) / kilobytes,
        )
        print(f"{name:60}{_show(took)} for {kilobytes:,.0f} kB", file=sys.stderr, flush=True)
    slowest = sorted(costs, key=lambda name: -costs[name][0])[: (args.worst + 1) // 2]
    largest = sorted(costs, key=lambda name: -costs[name][1])
    chosen = [*slowest, *[name for name in largest if name not in slowest]][: args.worst]
    return {name: shapes[name] for name in chosen}


def _files_of(name: str) -> Files:
    build = TEXTS[name] if name in TEXTS else ITEMS[name]
    case = build(_SIZES.get(name, _SIZES.get(name.partition(":")[0], 800)))
    files = {
        path: content.encode("utf-8") if isinstance(content, str) else content
        for path, content in case.files.items()
    }
    for path, text in ((".disarm-lint.yaml", case.config), (_BASELINE, case.baseline)):
        if text:
            files[path] = text.encode("utf-8")
    return files


def _measure_in(
    build: Callable[[], Files], checkouts: Sequence[Path | None], timeout: float
) -> list[tuple[Measured, float]]:
    """Return what checks of some files took, and the kilobytes of the files."""
    files = build()
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        kilobytes = sum(map(len, files.values())) / 1000
        return [(_measure(Path(folder), path, timeout), kilobytes) for path in checkouts]


def _write(root: Path, files: Files) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def _measure(root: Path, checkout: Path | None, timeout: float) -> Measured:
    environment = {**os.environ, **NO_CACHE}
    if checkout is not None:
        parts = [str(checkout.resolve() / part) for part in ("lint", "rules", "schemas")]
        environment["PYTHONPATH"] = os.pathsep.join(parts)
    # -P: nothing of the current folder is imported, so that each checkout runs its own code.
    command = [sys.executable, "-P", "-m", "disarm_lint", "check", "--output-format", "json"]
    # A configuration or a baseline of a hostile shape may be refused.
    return measure([*command, str(root)], (0, 1, 2), environment=environment, timeout=timeout)


def _show(took: Measured) -> str:
    """Return the seconds and the megabytes; `>` where a check was stopped."""
    return f"{'>' if took.stopped else ' '}{took.cpu:.1f} s {took.megabytes:,.0f} MB"


def _page(number: int, name: str, body: str = "") -> tuple[str, bytes]:
    text = f"# Technique T{number:04}: {name}\n\n**Summary**: Text.\n{body}\n"
    return f"{_PAGES}/T{number:04}.md", text.encode()


def _corpus(*pages: tuple[str, bytes]) -> Files:
    return dict([_page(1, "Alpha"), _page(2, "Beta Gamma"), *pages])


def _citations_in_a_heading() -> Files:
    return _corpus(_page(1, "T0001 alpha " * 200))


def _tags_in_a_row() -> Files:
    return _corpus(_page(3, "Delta", _TABLE + "<b><i>" * 12_000))


def _invisible_rows() -> Files:
    return _corpus(_page(3, "Delta", _TABLE + ("| " + "\u200b" * 8_000 + " |\n") * 5))


def _unknown_fields() -> Files:
    fields = "\n\n".join(f"**Field {number}**: value" for number in range(4_000))
    return _corpus(_page(3, "Delta", f"\n{fields}\n"))


def _names_that_nearly_match() -> Files:
    return _corpus(*(_page(n, f"Develop Owned Media Asset {n:05}") for n in range(3, 20_003)))


def _names_of_many_words() -> Files:
    words = " ".join(f"word{number}" for number in range(200))
    body = "\n" + f"(T0003: {words} x). " * 10
    return _corpus(_page(3, words, body), *(_page(n, f"{words} {n}") for n in range(4, 24)))


def _one_id_in_all_rows() -> Files:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for sheet, header in (
        ("techniques", ("disarm_id", "name", "tactic_id", "summary", "longname")),
        ("tactics", ("disarm_id", "name", "phase_id", "summary", "longname")),
    ):
        page = book.create_sheet(sheet)
        page.append(header)
        if sheet == "techniques":
            for number in range(4_000):
                page.append(("T0001", f"Alpha {number}", "TA01", "Text.", ""))
    stream = io.BytesIO()
    book.save(stream)
    files = _corpus()
    files["DISARM_MASTER_DATA/DISARM_FRAMEWORKS_MASTER.xlsx"] = stream.getvalue()
    return files


_SHAPES: dict[str, Callable[[], Files]] = {
    "200 citations in a heading (2.4 kB)": _citations_in_a_heading,
    "24,000 open tags in a table row (72 kB)": _tags_in_a_row,
    "5 rows of 24 kB of zero-width characters": _invisible_rows,
    "4,000 unknown fields on a page": _unknown_fields,
    "4,000 worksheet rows with one id": _one_id_in_all_rows,
    "20,000 pages with names that nearly match": _names_that_nearly_match,
    "20 names of 200 words, one cited ten times": _names_of_many_words,
}


if __name__ == "__main__":
    main()
