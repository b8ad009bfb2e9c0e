"""A cold check of a corpus against a bare markdown-it-py parse of the same files.

Both run as whole processes, in turn, so that both feel the same machine. The
script prints medians and their ratio; it asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median

from disarm_lint.model.config import Config
from disarm_lint.sources.filesystem import DiskTree
from disarm_lint.sources.scope import PAGES, find_files, find_root
from processes import Measured, linter, measure, version_of_linter


def pages_of(corpus: Path) -> list[Path]:
    """Return the pages that the linter reads of a corpus."""
    root, _ = find_root(corpus)
    scope = find_files(DiskTree(root), Config(), PAGES, in_corpus=(root / PAGES).is_dir())
    return [root / path for path in scope.files]


def run(corpus: Path, runs: int) -> tuple[int, list[Measured], list[Measured]]:
    """Return the number of pages, and what the parses and the checks took."""
    pages = pages_of(corpus)
    if not pages:
        sys.exit(f"{corpus}: no pages")
    check = [*linter(), "check", str(corpus), "--output-format", "json"]
    parses, checks = [], []
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder, "pages")
        listing.write_text("\0".join(map(str, pages)), "utf-8")
        bare = [sys.executable, str(Path(__file__).with_name("bare_parse.py")), str(listing)]
        # The first run of each only warms the disk cache and the byte code.
        for number in range(runs + 1):
            parse, checked = measure(bare), measure(check, (0, 1))
            if number:
                parses.append(parse)
                checks.append(checked)
    return len(pages), parses, checks


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--runs", type=int, default=7, help="pairs of runs (default: 7)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    pages, parses, checks = run(args.corpus, max(1, args.runs))
    parse, check = (median(m.seconds for m in group) for group in (parses, checks))
    result = {
        "corpus": str(args.corpus),
        "pages": pages,
        "runs": len(checks),
        "python": platform.python_version(),
        "linter": version_of_linter(),
        "markdown_it_py": version("markdown-it-py"),
        "parse_seconds": round(parse, 3),
        "check_seconds": round(check, 3),
        "ratio": round(check / parse, 2),
        "parse_megabytes": round(max(m.megabytes for m in parses), 1),
        "check_megabytes": round(max(m.megabytes for m in checks), 1),
    }
    if args.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{pages} pages, {len(checks)} runs of each, in turn; medians")
    print(f"bare markdown-it-py parse  {parse:7.3f} s  {result['parse_megabytes']:7.1f} MB")
    print(f"disarm-lint check, cold    {check:7.3f} s  {result['check_megabytes']:7.1f} MB")
    print(f"ratio                      {check / parse:7.2f}")


if __name__ == "__main__":
    main()
