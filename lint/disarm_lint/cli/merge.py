"""Several corpora in one report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.cli.lint import Linted
    from disarm_lint.output.report import Shown


def merged(linted: Sequence[Linted]) -> Iterator[Shown]:
    """Yield the findings of all targets.

    Where one configuration governs several corpora, what it names need not be
    in each: a finding at the configuration is reported, once, if all of the
    corpora have it.
    """
    by_config: dict[str, list[Linted]] = {}
    for item in linted:
        if item.config:
            by_config.setdefault(item.config, []).append(item)
    for item in linted:
        governed = by_config.get(item.config or "", [])
        for shown in item.findings:
            shared = len(governed) > 1 and shown.path == item.config
            if not shared or (
                item is _speakers(governed)[0] and _holds_everywhere(shown, governed)
            ):
                yield shown


def _speakers(governed: Sequence[Linted]) -> Sequence[Linted]:
    """Return the corpora, which know their ids, or else all."""
    return [item for item in governed if item.known] or governed


def _holds_everywhere(shown: Shown, governed: Sequence[Linted]) -> bool:
    if any(shown.span in item.matched for item in governed):
        return False
    key = shown.sort_key
    return all(
        any(other.path == shown.path and other.sort_key == key for other in item.findings)
        for item in _speakers(governed)
    )
