"""disarm-lint: a linter for the Markdown corpus of the DISARM framework.

    >>> from disarm_lint import lint_path
    >>> for finding in lint_path("examples").outcome.findings:
    ...     print(finding.location.path, finding.rule, finding.message)

The names below are the public interface; see `disarm_lint.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.api import (
        Config,
        ConfigError,
        Finding,
        LintRun,
        LoadedRule,
        Profile,
        Rule,
        lint_files,
        lint_path,
        load_profile,
        load_rules,
    )

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigError",
    "Finding",
    "LintRun",
    "LoadedRule",
    "Profile",
    "Rule",
    "__version__",
    "lint_files",
    "lint_path",
    "load_profile",
    "load_rules",
]


def __getattr__(name: str) -> object:
    """Import the interface when it is used: the command line starts without it."""
    if name in __all__:
        from disarm_lint import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
