"""A short run of each target, the same every time, and all inputs that were kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import CORPUS, TARGETS

# The expensive ones lint a whole corpus for each input.
FEW = {"pages": 80, "bytes": 50, "fixes": 30, "cells": 25, "bundles": 60}


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run(name: str) -> None:
    @settings(
        max_examples=FEW.get(name, 150),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(max_size=300))
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()


@pytest.mark.parametrize(
    "file", sorted(CORPUS.glob("*/*")), ids=lambda file: f"{file.parent.name}-{file.name}"
)
def test_a_kept_input(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())
