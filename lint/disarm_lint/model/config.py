"""The configuration as data, and what an error in it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from disarm_lint.model.text import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.finding import Severity
    from disarm_lint.model.text import Span


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path pattern (as in .gitignore) and where it stands in the config."""

    text: str
    location: Location


@dataclass(frozen=True)
class Config:
    """A configuration.

    `path` is the config file relative to the corpus root, None if there is
    none. `profile` is the name of a built-in profile or the path of a YAML
    file, relative to the root. `select` and `ignore` are selectors (a code, a
    prefix, a name, ALL); an empty `select` means the default rules.
    `locations` tells where an alias or a retired id stands, by
    (`aliases` or `retired`, id). `per_path_severity` is in the order of the
    file; of several entries that fit, the last one counts. `baseline` is the
    path of the baseline file, from the folder of the config file.
    `master_data` are patterns of the workbooks, where they do not lie beside
    the pages under their usual names.
    """

    path: str | None = None
    profile: str | None = None
    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_path_ignores: tuple[tuple[Pattern, tuple[str, ...]], ...] = ()
    per_path_severity: tuple[tuple[Pattern, tuple[tuple[str, Severity], ...]], ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    retired: Mapping[str, str | None] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    locations: Mapping[tuple[str, str], Location] = field(default_factory=dict)
    baseline: Pattern | None = None
    master_data: tuple[Pattern, ...] = ()


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one line for the user.

    It begins with `path:line:column: ` where the place is known.
    """


class MissingLibraryError(ConfigError):
    """A rule was selected whose library is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class File:
    """A settings file: `shown` is its path for messages, `path` its path from the corpus root."""

    shown: str
    path: str

    def error(self, span: Span | None, what: str) -> ConfigError:
        """Return an error at a place; the message is one line."""
        line, column = (span.line, span.column) if span else (1, 1)
        return ConfigError(f"{self.shown}:{line}:{column}: {what}")

    def location(self, span: Span) -> Location:
        """Return a place in the file for findings."""
        return Location(self.path, span)
