"""Whether work and memory grow no faster than n log n with what a stranger sends.

Each shape is linted by every rule and written in every format three times: with
nothing, with few and with four times as many of its items. How often each line
of the linter and of the libraries in Python runs is counted, not timed, so that
the outcome is the same on every machine; a loop over all pairs runs sixteen
times as often, if it is a small part of the whole too.

HOSTILE_SCALE=8 in the environment makes everything eight times as large and
holds memory and processor time to the same growth, which takes an hour: only
time tells of work in C. HOSTILE_SHAPES=all takes every shape, which takes some
ten minutes; the short run takes one in eight.
"""

from __future__ import annotations

import os
from statistics import median
from typing import TYPE_CHECKING

from hostile.work import cost_of, memory_of, prepared, seconds_of, steep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostile.work import Case

# In the short run, one shape in so many.
EVERY = 1 if os.environ.get("HOSTILE_SHAPES") == "all" else 8
SCALE = int(os.environ.get("HOSTILE_SCALE", "1"))
TIMES = 4
# Four times as much of n log n is up to 6 times as much, of n² 16 times.
BOUND = 8.0
# How often a line may run for what stays small: of 160 items, there are 12,720 pairs.
FLOOR = 8_000
# The same for what writes findings, of which it is given 80: there are 3,160 pairs of them.
WRITERS = 2_500
# What is written of a long text is longer too, until it is cut: of a finding, all its parts.
WRITERS_OF_TEXTS = 120_000
# Findings that the formats write for few.
FINDINGS = 20


def assert_slow_growth(
    shape: Callable[[int], Case], few: int, folder: Path, *, writers: int = WRITERS
) -> None:
    """Fail if a line runs, or an output is written, out of proportion to the size of a shape.

    A line that writes findings may run `writers` times anyway.
    """
    sizes = (0, few * SCALE, few * SCALE * TIMES)
    most = (FINDINGS, FINDINGS * SCALE, FINDINGS * SCALE * TIMES)
    runs = [prepared(shape(size), folder, n) for size, n in zip(sizes, most, strict=True)]
    none, once, often = (cost_of(run) for run in runs)
    found = steep((none, once, often), BOUND, (FLOOR * SCALE, writers * SCALE))
    assert not found, "\n".join(["", *found[:12]])
    if SCALE > 1:
        assert_slow_growth_of_memory(runs)
        assert_slow_growth_of_time(runs)


def assert_slow_growth_of_memory(runs: list[Callable[[], dict[str, int]]]) -> None:
    """Fail if the peak of memory grows out of proportion."""
    none, once, often = map(memory_of, runs)
    assert often - none <= BOUND * max(once - none, 500_000), (none, once, often)


def assert_slow_growth_of_time(runs: list[Callable[[], dict[str, int]]]) -> None:
    """Fail if the processor time grows out of proportion in the median of five runs."""
    _, once, often = (median(seconds_of(run) for _ in range(5)) for run in runs)
    assert often <= BOUND * max(once, 0.05), (once, often)
