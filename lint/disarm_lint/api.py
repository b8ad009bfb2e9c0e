"""What other programs may call: the linter from Python.

Whatever is not named here may change with any release.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import disarm_rules
from disarm_lint import ruleset
from disarm_lint.config.config import LoadedConfig, build_configured_options, load_config
from disarm_lint.config.profile import load_profile
from disarm_lint.model.config import Config, ConfigError
from disarm_lint.model.finding import Finding
from disarm_lint.model.profile import Profile
from disarm_lint.project import LintRun, lint, read_corpus
from disarm_lint.ruleset import LoadedRule, Rule, choose_rules
from disarm_lint.sources.filesystem import DiskTree, MemoryTree, Tree, is_below
from disarm_lint.sources.scope import find_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Config",
    "ConfigError",
    "Finding",
    "LintRun",
    "LoadedRule",
    "Profile",
    "Rule",
    "lint_files",
    "lint_path",
    "load_profile",
    "load_rules",
]


def load_rules() -> tuple[LoadedRule, ...]:
    """Return the rules that come with the linter, sorted by code."""
    return ruleset.load_rules(disarm_rules)


def lint_path(path: str | Path, *, rules: Sequence[LoadedRule] | None = None) -> LintRun:
    """Lint the corpus that a file or folder belongs to, with its configuration.

    The findings are those on the file, or in the folder; paths in them are
    relative to the root of the corpus. Raises FileNotFoundError if `path`
    does not exist, ConfigError for a configuration that cannot be used, and
    OSError for a file that cannot be read. No baseline is applied.
    """
    place = Path(path).absolute()
    if not place.exists():
        raise FileNotFoundError(f"there is nothing at “{path}”")
    rules = load_rules() if rules is None else rules
    root, config = find_root(place)
    loaded = load_config(config, root, rules) if config else LoadedConfig()
    inside = place.resolve().relative_to(root).as_posix()
    named = (inside,) if place.is_file() else ()
    run = _lint(DiskTree(root), rules, loaded, named)
    if inside == ".":
        return run
    findings = tuple(f for f in run.outcome.findings if is_below(f.location.path, inside))
    return replace(run, outcome=replace(run.outcome, findings=findings))


def lint_files(
    files: Mapping[str, str | bytes],
    *,
    rules: Sequence[LoadedRule] | None = None,
    config: Config | None = None,
    profile: Profile | None = None,
) -> LintRun:
    """Lint files that are held in memory: paths relative to the root, to text or bytes.

    Raises OptionError, a ValueError, for an option in `config` that its rule
    does not have.
    """
    rules = load_rules() if rules is None else rules
    data = {
        path: text.encode("utf-8") if isinstance(text, str) else text
        for path, text in files.items()
    }
    config = config or Config()
    loaded = LoadedConfig(config, profile, build_configured_options(rules, config.options))
    return _lint(MemoryTree(data), rules, loaded, ())


def _lint(
    tree: Tree, rules: Sequence[LoadedRule], loaded: LoadedConfig, named: Sequence[str]
) -> LintRun:
    config = loaded.config
    running, selected = choose_rules(rules, config)
    corpus = read_corpus(tree, config, profile=loaded.profile, named=named)
    return lint(corpus, running, config, selected=selected, options=loaded.options)
