"""What hostile pages and workbooks cost: seconds and peak memory, shape by shape.

Compares the linter of this environment with those of other checkouts (--checkout), which
have to run with the libraries of this environment.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from processes import NO_CACHE, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    Files = dict[str, bytes]

_PAGES = "generated_pages/techniques"
_TABLE = "\n| Incident | Descriptions given for this incident |\n| --- | --- |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", action="append", default=[], type=Path)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one run")
    args = parser.parse_args()
    checkouts: list[Path | None] = [*args.checkout, None]
    names = [path.name if path else "this one" for path in checkouts]
    print(f"{'shape':48}" + "".join(f"{name:>24}" for name in names))
    for title, build in _SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), build())
            figures = [_measure(Path(folder), path, args.timeout) for path in checkouts]
        print(f"{title:48}" + "".join(f"{figure:>24}" for figure in figures), flush=True)


def _write(root: Path, files: Files) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def _measure(root: Path, checkout: Path | None, timeout: float) -> str:
    """Return the seconds and the megabytes of a check; `>` where it was stopped."""
    environment = {**os.environ, **NO_CACHE}
    if checkout is not None:
        parts = [str(checkout.resolve() / part) for part in ("lint", "rules", "schemas")]
        environment["PYTHONPATH"] = os.pathsep.join(parts)
    # -P: nothing of the current folder is imported, so that each checkout runs its own code.
    command = [sys.executable, "-P", "-m", "disarm_lint", "check", "--output-format", "json"]
    took = measure([*command, str(root)], (0, 1), environment=environment, timeout=timeout)
    return f"{'>' if took.stopped else ' '}{took.seconds:.1f} s {took.megabytes:,.0f} MB"


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
    return _corpus(*(_page(n, f"Alpha Beta {n:05} Gamma") for n in range(3, 8_000)))


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
    "8,000 pages with names that nearly match": _names_that_nearly_match,
    "20 names of 200 words, one cited ten times": _names_of_many_words,
}


if __name__ == "__main__":
    main()
