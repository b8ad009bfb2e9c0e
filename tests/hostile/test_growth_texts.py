"""Work grows with the length of a text as n log n, wherever it stands; see `growth`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile.growth import EVERY, WRITERS_OF_TEXTS, assert_slow_growth
from hostile.shapes import TEXTS

# What is bounded is bounded to less: names to 300 code points, the way back to a bracket to 600.
FEW = 700


@pytest.mark.parametrize("name", list(TEXTS)[::EVERY])
def test_text(name: str, tmp_path: Path) -> None:
    assert_slow_growth(TEXTS[name], FEW, tmp_path, writers=WRITERS_OF_TEXTS)
