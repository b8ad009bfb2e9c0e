"""`check` with a baseline: which file it is, and what is left of the findings."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.baseline.model import BASELINE_NAME
from disarm_lint.cli.errors import Failure
from disarm_lint.cli.streams import say
from disarm_lint.cli.targets import shown_path
from disarm_lint.config.model import ConfigError
from disarm_lint.config.place import File
from disarm_lint.output.report import Shown
from disarm_lint.output.text import counted
from disarm_lint.reading.look import DISK

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from disarm_lint.baseline.model import Baseline
    from disarm_lint.cli.lint import Linted, Opened
    from disarm_lint.rule import LoadedRule


def baseline_path(opened: Opened, option: str | None, current: Path) -> Path:
    """Return where the baseline of a corpus is, or would be."""
    if option is not None:
        return current / option
    config, named = opened.target.config, opened.loaded.config.baseline
    if config is not None and named is not None:
        return config.parent / named.text
    return opened.target.root / BASELINE_NAME


def baseline_file(path: Path, root: Path, current: Path) -> File:
    """Return a baseline file as messages and findings speak of it."""
    return File(shown_path(path, current), Path(os.path.relpath(path, root)).as_posix())


def load_baselines(
    opened: Sequence[Opened], args: Namespace, current: Path
) -> dict[Path, Baseline]:
    """Return the baselines of corpora, by root; one that has none is not among them.

    Raises Failure and ConfigError for a baseline that is named and does not
    exist, that cannot be read, or that would have to serve several corpora.
    """
    if args.no_baseline:
        if args.baseline is not None or args.strict_baseline:
            other = "--baseline" if args.baseline is not None else "--strict-baseline"
            raise Failure(f"{other} cannot be combined with --no-baseline")
        return {}
    # A folder that was only looked through for corpora is none itself.
    corpora = [item for item in opened if item.pages is not None] or list(opened)
    found: dict[Path, Baseline] = {}
    owners: dict[Path, Opened] = {}
    for item in opened:
        path = baseline_path(item, args.baseline, current)
        named = item.loaded.config.baseline if args.baseline is None else None
        look = item.look if args.baseline is None else DISK
        if (args.baseline is not None or named is not None) and item not in corpora:
            continue
        if look.is_missing(path):
            if args.baseline is not None:
                raise Failure(
                    f"there is no baseline “{args.baseline}”; "
                    f"`disarm-lint baseline create --baseline FILE` makes one"
                )
            if named is not None:
                raise ConfigError(_missing(item, named.text, current))
            continue
        if path in owners:
            where = shown_path(path, current)
            raise Failure(
                f"the baseline “{where}” cannot serve two corpora, "
                f"“{shown_path(owners[path].target.root, current)}” and "
                f"“{shown_path(item.target.root, current)}”: check them one by one, "
                f"or give each its own {BASELINE_NAME}"
            )
        owners[path] = item
        from disarm_lint.baseline.read import load_baseline

        found[item.target.root] = load_baseline(
            baseline_file(path, item.target.root, current), path, look
        )
    return found


def _missing(item: Opened, name: str, current: Path) -> str:
    named, config = item.loaded.config.baseline, item.target.config
    span = named.location.span if named else None
    place = f":{span.line}:{span.column}" if span else ""
    where = shown_path(config, current) if config else ""
    return (
        f"{where}{place}: there is no baseline “{name}”{item.look.where}; "
        "`disarm-lint baseline create` makes it"
    )


def with_baseline(
    linted: Linted,
    opened: Opened,
    baseline: Baseline | None,
    rules: Sequence[LoadedRule],
    current: Path,
) -> Linted:
    """Return what was linted without the findings that a baseline holds.

    Where the whole corpus was linted with the rules of its configuration,
    entries that match nothing are findings.
    """
    if baseline is None:
        return linted
    from disarm_lint.baseline.match import judged, match
    from disarm_lint.engine import review_baseline
    from disarm_lint.project import configured

    matched = match([shown.finding for shown in linted.findings], baseline.entries)
    new = {finding.fingerprint for finding in matched.new}
    kept = [shown for shown in linted.findings if shown.finding.fingerprint in new]
    stale = (
        judged(
            matched.idle,
            known=frozenset(loaded.rule.code for loaded in rules),
            ran=linted.ran,
            unread=linted.unread,
        )
        if linted.complete
        else ()
    )
    reviewers = [loaded for loaded in rules if loaded.rule.code in linted.ran]
    remarks = review_baseline(stale, reviewers, opened.loaded.options)
    for finding in configured(remarks, opened.loaded.config):
        path = shown_path(opened.target.root / finding.location.path, current)
        kept.append(Shown(finding=finding, path=path))
    return replace(
        linted,
        findings=tuple(kept),
        baselined=len(matched.baselined),
        stale=len(stale),
    )


def tell_of_baselines(
    linted: Sequence[Linted],
    opened: Sequence[Opened],
    baselines: Mapping[Path, Baseline],
    *,
    strict: bool,
) -> None:
    """Say on stderr how many entries match nothing any more, or that it is not known."""
    for item, result in zip(opened, linted, strict=True):
        baseline = baselines.get(item.target.root)
        if baseline is None:
            continue
        if result.stale:
            number = counted(result.stale, "entry", "entries")
            verb, them = ("matches", "it") if result.stale == 1 else ("match", "them")
            say(
                f"disarm-lint: {number} of {baseline.file.shown} {verb} no finding any more; "
                f"`disarm-lint baseline update` takes {them} out"
            )
        elif strict and not result.complete:
            say(
                f"disarm-lint: whether every entry of {baseline.file.shown} is still needed is "
                "only known when the whole corpus is checked with the rules of its configuration"
            )
