"""Shift columns of a corpus's evidence sheet at random, and see what M707 says of it.

Each trial changes one column in memory, as somebody does who deletes or inserts cells
in it, sorts it, or pastes a part of it one row off; what is expected follows from the
change. Nothing is written.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import disarm_rules
from disarm_lint.history.walk import CachingParser
from disarm_lint.model.config import Config
from disarm_lint.parse import xlsx
from disarm_lint.parse.xlsx_limits import EMPTY, WorkbookData
from disarm_lint.project import lint, read_corpus
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.filesystem import DiskTree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

RULES = ("M707", "R206", "M702", "N401", "R208", "R201")
# A range is right if it begins and ends within so many rows that cite something.
CLOSE = 6


@dataclass(frozen=True)
class Shift:
    """A change of columns: the rows from `first` to `last` (1-based) stand `offset` lower."""

    name: str
    columns: tuple[int, ...]
    runs: tuple[tuple[int, int, int], ...]

    def apply(self, rows: Sequence[Sequence[Any]], empty: Any) -> tuple[tuple[Any, ...], ...]:
        new = [list(row) for row in rows]
        for column in self.columns:
            old = [row[column] if column < len(row) else empty for row in rows]
            shifted = list(old)
            for first, last, offset in self.runs:
                for number in range(first, last + 1):
                    source = number - offset
                    inside = 2 <= source <= len(old)
                    shifted[number - 1] = old[source - 1] if inside else empty
            for number, value in enumerate(shifted):
                row = new[number]
                row.extend([empty] * (column + 1 - len(row)))
                row[column] = value
        return tuple(tuple(row) for row in new)


def draw(random_: random.Random, rows: int, column: int) -> Shift:
    """Return a random change of a column of so many rows."""
    size = random_.choice([1, 1, 1, 2, 2, 3, 5, 8])
    sign = random_.choice([1, -1])
    first = random_.randint(2, rows - 20)
    kind = random_.choice(["to the end", "to the end", "in a range", "twice"])
    if kind == "to the end":
        return Shift(kind, (column,), ((first, rows, sign * size),))
    if kind == "in a range":
        last = random_.randint(first + 12, rows)
        return Shift(kind, (column,), ((first, last, sign * size),))
    middle = random_.randint(first + 10, rows - 8) if first + 10 < rows - 8 else rows
    return Shift(
        kind, (column,), ((first, middle - 1, sign * size), (middle, rows, sign * (size + 2)))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--sheet", default="incidenttechniques")
    parser.add_argument("--column", type=int, default=1, help="0-based; the texts (default: B)")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    trial = Trials(args.corpus, args.sheet)
    before = trial.run(lambda rows, _: rows)
    base = Counter(map(key, before))
    random_, verdicts = random.Random(args.seed), Counter[str]()
    for number in range(args.count):
        shift = draw(random_, trial.rows, args.column)
        found = trial.run(shift.apply)
        verdict = judge(shift, found, base)
        verdicts[verdict.partition(":")[0]] += 1
        if verdict != "right":
            print(f"{number}: {shift.name} {shift.runs}: {verdict}")
            for item in found:
                if item.rule == "M707":
                    print("   ", item.message[:200])
        sys.stdout.flush()
    for verdict, count in verdicts.most_common():
        print(f"{count:4} {verdict}")
    after = trial.run(lambda rows, _: rows)
    print("restored: the findings are", "those of before" if after == before else "OTHERS")
    return 0


def key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, str(finding.location), finding.message


class Trials:
    """A corpus that is linted again and again, with one sheet changed."""

    def __init__(self, root: Path, sheet: str) -> None:
        self.tree = DiskTree(root)
        self.sheet = sheet
        self.parser = CachingParser()
        self.rules = load_rules(disarm_rules)
        self.rows = 0

    def run(self, change: Callable[[Sequence[Sequence[Any]], Any], Any]) -> tuple[Finding, ...]:
        read = xlsx.read_workbook

        def changed(*args: Any) -> WorkbookData:
            data = read(*args)
            if self.sheet in data.sheets:
                sheet = data.sheets[self.sheet]
                filled = [n for n, row in enumerate(sheet.rows, 1) if any(c.text for c in row)]
                self.rows = filled[-1]
                rows = change(sheet.rows[: self.rows], EMPTY)
                data = replace(data, sheets={**data.sheets, self.sheet: replace(sheet, rows=rows)})
            return data

        self.parser._workbooks.clear()
        with mock.patch.object(xlsx, "read_workbook", changed):
            corpus = read_corpus(self.tree, Config(), parser=self.parser)
        findings = self._lint(corpus)
        return tuple(f for f in findings if f.rule in RULES)

    def _lint(self, corpus: Corpus) -> tuple[Finding, ...]:
        chosen = [r for r in self.rules if r.rule.code in RULES]
        return lint(corpus, chosen, Config()).outcome.findings


def judge(shift: Shift, found: Sequence[Finding], base: Counter[tuple[str, str, str]]) -> str:
    """Return `right`, or what is wrong with what was found."""
    told = [item for item in found if item.rule == "M707"]
    if len(told) != 1:
        return f"{len(told)} findings of M707"
    for _, _, offset in shift.runs:
        rows = "row" if abs(offset) == 1 else "rows"
        way = f"{abs(offset)} {rows} {'below' if offset > 0 else 'above'}"
        if way not in told[0].message:
            return f"another offset: {way} is missing"
    moved = {n for first, last, _ in shift.runs for n in range(first, last + 1)}
    new = [item for item in found if item.rule == "R206" and key(item) not in base]
    inside = [item for item in new if row_of(item) in moved]
    outside = [item for item in new if row_of(item) not in moved]
    if inside:
        return f"R206 on shifted rows: {len(inside)}"
    if outside:
        return f"R206 on other rows: {len(outside)}, {outside[0].message[:150]}"
    return "right"


def row_of(item: Finding) -> int | None:
    cell = item.location.cell
    return int("".join(char for char in cell.ref if char.isdigit())) if cell else None


if __name__ == "__main__":
    sys.exit(main())
