"""What is known of the framework's generator: how its reader takes the cells of a workbook."""

from __future__ import annotations

# What it takes for an empty cell, error values among them, and how it writes truth values.
READ_AS_BLANK = frozenset({
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
})  # fmt: skip
TRUTH = {"TRUE": "True", "FALSE": "False"}
