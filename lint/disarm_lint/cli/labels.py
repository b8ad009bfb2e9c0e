"""Labels of corpora on the command line: `1.6=path/to/it`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.reading.look import DISK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EXAMPLE = "as in `disarm-lint audit 1.6=old/corpus 1.7=new/corpus`"


def labelled(paths: Sequence[str], current: Path) -> list[tuple[str, list[str]]]:
    """Return labels with their paths, in the order in which they were given.

    Paths without labels are one corpus, or several in one report, under an
    empty label; what exists as it stands is a path, whatever signs are in it.
    Raises Failure where some have labels and others not, and for a label that
    is given twice or names nothing.
    """
    pairs = [_pair(text, current) for text in paths]
    if not any(label for label, _ in pairs):
        return [("", [path for _, path in pairs])]
    found: list[tuple[str, list[str]]] = []
    for label, path in pairs:
        if not label:
            raise Failure(f"“{path}” has no label, and others have; write LABEL=PATH, {_EXAMPLE}")
        if not path:
            raise Failure(f"“{label}=” names no path; write LABEL=PATH, {_EXAMPLE}")
        if any(label == other for other, _ in found):
            raise Failure(f"the label “{label}” is given twice; corpora are told apart by it")
        found.append((label, [path]))
    return found


def _pair(text: str, current: Path) -> tuple[str, str]:
    label, sign, path = text.partition("=")
    if not sign or not label.strip() or "/" in label or not DISK.is_missing(current / text):
        return "", text
    return label.strip(), path
