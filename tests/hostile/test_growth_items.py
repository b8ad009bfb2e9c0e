"""Work grows with the number of rows, fields, pages, entries as n log n; see `growth`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile.growth import EVERY, assert_slow_growth
from hostile.shapes import ITEMS

# A shape of rows fills six tables.
FEW = {"rows": 8, "lines": 12, "pages": 20, "sheet": 16, "config": 16}


@pytest.mark.parametrize("name", list(ITEMS)[::EVERY])
def test_items(name: str, tmp_path: Path) -> None:
    assert_slow_growth(ITEMS[name], FEW.get(name.partition(":")[0], 20), tmp_path)
