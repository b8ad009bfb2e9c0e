"""Put mistakes into a corpus in memory, one at a time, and see what the linter says of each.

A corpus is the folder of a release. Nothing is written.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mistakes import (
    cell_kinds,
    cell_texts,
    office_kinds,
    page_edits,
    page_kinds,
    page_parts,
    page_texts,
)
from mistakes.judge import Judgement, judge
from mistakes.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistakes.kinds import MistakeKind

EXAMPLE = Path(__file__).parents[2] / "examples" / "master-data"
_WORLD: list[World] = []
_KINDS: list[MistakeKind] = []


def list_kinds() -> list[MistakeKind]:
    """Return all kinds of mistakes."""
    families = (
        page_kinds.id_kinds,
        page_kinds.digit_kinds,
        page_kinds.name_kinds,
        page_kinds.link_kinds,
        page_parts.structure_kinds,
        page_texts.value_kinds,
        page_texts.text_kinds,
        cell_kinds.list_kinds,
        cell_texts.name_kinds,
        cell_texts.text_kinds,
        cell_texts.value_kinds,
        cell_texts.sheet_kinds,
        page_edits.edit_kinds,
        office_kinds.row_kinds,
        office_kinds.paste_kinds,
    )
    return [kind for family in families for kind in family()]


def run(task: tuple[int, int, int]) -> Judgement | None:
    """Make one mistake of a kind, and judge what is said of it."""
    index, number, seed = task
    kind, world = _KINDS[index], _WORLD[0]
    mistake = kind.make(world.state(), random.Random(f"{seed} {kind.mode} {kind.name} {number}"))
    return judge(world, kind, mistake) if mistake is not None else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mistakes", description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=EXAMPLE)
    parser.add_argument("--count", type=int, default=1, help="mistakes of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds with this in `mode name`")
    parser.add_argument("--part", default="1/1", help="of all kinds, as in 2/4: the second of 4")
    parser.add_argument("--sample", type=int, help="try so many mistakes, chosen at random")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--misses", type=Path, help="write the misses to this file (JSON lines)")
    parser.add_argument("--by-kind", action="store_true", help="print a line for each kind")
    args = parser.parse_args()
    _KINDS.extend(kind for kind in list_kinds() if args.only in f"{kind.mode} {kind.name}")
    part, parts = map(int, args.part.split("/"))
    _KINDS[:] = _KINDS[part - 1 :: parts]
    world = World(args.corpus)
    world.prepare()
    _WORLD.append(world)
    tasks = [(index, n, args.seed) for index in range(len(_KINDS)) for n in range(args.count)]
    if args.sample is not None and args.sample < len(tasks):
        tasks = sorted(random.Random(args.seed).sample(tasks, args.sample))
    context = multiprocessing.get_context("fork")
    with context.Pool(args.jobs) as pool:
        verdicts = []
        for verdict in pool.imap(run, tasks, chunksize=2):
            if verdict is not None:
                verdicts.append(verdict)
                if is_miss(verdict):
                    _print_miss(verdict)
    report(verdicts, by_kind=args.by_kind)
    if args.misses:
        misses = [v for v in verdicts if is_miss(v)]
        args.misses.write_text("".join(json.dumps(asdict(v)) + "\n" for v in misses), "utf-8")
    return 0


def is_miss(verdict: Judgement) -> bool:
    """Tell whether anything is not as it should be."""
    return not verdict.placed or verdict.suggested is False or verdict.roots > 0


def report(verdicts: Sequence[Judgement], *, by_kind: bool) -> None:
    """Print how much of each group of kinds was found."""
    groups: dict[str, list[Judgement]] = defaultdict(list)
    for verdict in verdicts:
        groups[f"{verdict.mode} {verdict.kind}" if by_kind else _group(verdict)].append(verdict)
    print(f"\n{'':44} tried found  rule place  suggestions  extra roots")
    for name, group in groups.items():
        _print_counts(name, group)
    _print_counts("all", verdicts)
    kinds = len({(verdict.mode, verdict.kind) for verdict in verdicts})
    names = len({verdict.kind for verdict in verdicts})
    print(
        f"{kinds} kinds ({names} without regard to the mode);"
        f" mistakes of {len(_KINDS)} kinds were asked for"
    )


def _group(verdict: Judgement) -> str:
    return f"{verdict.mode} {verdict.kind.partition(':')[0]}"


def _print_miss(verdict: Judgement) -> None:
    what = (
        "MISSED"
        if not verdict.found
        else "rule"
        if not verdict.ruled
        else "place"
        if not verdict.placed
        else "suggestion"
        if verdict.suggested is False
        else "roots"
    )
    print(f"{what:10} {verdict.mode} {verdict.kind}: {verdict.told}")
    for line in verdict.lines:
        print(f"           {line}")
    sys.stdout.flush()


def _print_counts(name: str, group: Sequence[Judgement]) -> None:
    total = len(group)
    if not total:
        return
    judged = [verdict.suggested for verdict in group if verdict.suggested is not None]
    print(
        f"{name:44} {total:5} {sum(v.found for v in group):5} {sum(v.ruled for v in group):5}"
        f" {sum(v.placed for v in group):5}  {sum(judged):5}/{len(judged):<5}"
        f" {sum(v.extra for v in group) / total:6.2f} {sum(v.roots for v in group) / total:5.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
