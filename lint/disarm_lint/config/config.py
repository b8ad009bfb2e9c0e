"""The configuration: reading it, checking it and the options of rules, and what comes of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NoReturn,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from disarm_lint.config.settings import decode_settings, format_value, read_bytes
from disarm_lint.model.config import Config, ConfigError, File, Pattern
from disarm_lint.model.finding import Severity
from disarm_lint.model.words import shorten, suggest_word
from disarm_lint.ruleset import UnknownSelectorError, check_selectors
from disarm_lint.sources.filesystem import DISK, FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from disarm_lint.config.settings import SettingsFile
    from disarm_lint.model.profile import Profile
    from disarm_lint.model.text import Location
    from disarm_lint.ruleset import LoadedRule


MAX_STARS = 4


@dataclass(frozen=True)
class LoadedConfig:
    """A configuration with what it names: the profile (None: detect it), the options of rules."""

    config: Config = field(default_factory=Config)
    profile: Profile | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def load_config(
    path: Path,
    root: Path,
    rules: Sequence[LoadedRule],
    *,
    shown: Callable[[Path], str] = str,
    files: FileSystem = DISK,
) -> LoadedConfig:
    """Read and check a configuration file for the corpus at `root`.

    The file is a pyproject.toml or else YAML; one without content is no
    configuration. `shown` gives a path as messages show it; `files` is where
    the file is read. Raises ConfigError for anything that cannot be used.
    """
    file = File(shown(path), Path(os.path.relpath(path, root)).as_posix())
    text = decode_settings(file, read_bytes(file, path, files=files))
    settings: SettingsFile
    if path.name == "pyproject.toml":
        from disarm_lint.config.settings import read_toml

        settings = read_toml(file, text)
    else:
        from disarm_lint.config.settings import read_yaml

        settings = read_yaml(file, text)
    if settings.data is None or settings.data == {}:
        return LoadedConfig(Config(path=file.path))
    from disarm_lint.config.settings import validate

    validate(file, settings, "config")
    return _ConfigReader(file, settings, rules, files).load(path, shown)


@dataclass(frozen=True)
class _ConfigReader:
    """Turns settings that the schema allows into a Config."""

    file: File
    settings: SettingsFile
    rules: Sequence[LoadedRule]
    files: FileSystem = DISK

    def load(self, path: Path, shown: Callable[[Path], str]) -> LoadedConfig:
        data = self.settings.data
        retired = data.get("retired", {})
        aliases = data.get("aliases", {})
        glossary = data.get("glossary", {})
        raw_options, options = self._read_options(data.get("rules", {}))
        config = Config(
            path=self.file.path,
            profile=data.get("profile"),
            include=self._read_patterns("include"),
            exclude=self._read_patterns("exclude"),
            select=self._read_selectors(data.get("select", ()), "select"),
            ignore=self._read_selectors(data.get("ignore", ()), "ignore"),
            severity={
                self._find_rule("severity", key).rule.code: Severity(value)
                for key, value in data.get("severity", {}).items()
            },
            per_path_ignores=tuple(
                (
                    self._read_pattern(pattern, "per-path-ignores", pattern),
                    self._read_selectors(selectors, "per-path-ignores", pattern),
                )
                for pattern, selectors in data.get("per-path-ignores", {}).items()
            ),
            per_path_severity=tuple(
                (
                    self._read_pattern(pattern, "per-path-severity", pattern),
                    tuple(
                        (
                            self._read_selector(key, "per-path-severity", pattern, key),
                            Severity(value),
                        )
                        for key, value in severities.items()
                    ),
                )
                for pattern, severities in data.get("per-path-severity", {}).items()
            ),
            options=raw_options,
            retired={key: value or None for key, value in retired.items()},
            aliases={key: tuple(names) for key, names in aliases.items()},
            glossary=glossary,
            locations={
                (section, key): self._locate(section, key)
                for section, entries in (
                    ("retired", retired),
                    ("aliases", aliases),
                    ("glossary", glossary),
                )
                for key in entries
            },
            baseline=self._read_baseline(data.get("baseline"), path),
            master_data=self._read_patterns("master-data"),
        )
        return LoadedConfig(config, self._read_profile(config.profile, path, shown), options)

    def _locate(self, *path: str | int) -> Location:
        return self.file.location(self.settings.span(path, key=True))

    def _make_error(self, what: str, *path: str | int, key: bool = False) -> ConfigError:
        return self.file.error(self.settings.span(path, key=key), what)

    def _read_patterns(self, key: str) -> tuple[Pattern, ...]:
        texts = self.settings.data.get(key, ())
        return tuple(self._read_pattern(text, key, number) for number, text in enumerate(texts))

    def _read_pattern(self, text: str, *path: str | int) -> Pattern:
        """Return a path pattern; refuse one that matches nothing or takes for ever."""
        from pathspec import GitIgnoreSpec

        if text.startswith("!"):
            raise self._make_error("a pattern cannot begin with “!”", *path, key=True)
        if text.replace("**", "*").count("*") > MAX_STARS:
            raise self._make_error(f"a pattern can hold at most {MAX_STARS} “*”", *path, key=True)
        try:
            patterns = GitIgnoreSpec.from_lines([text]).patterns
        except ValueError:
            patterns = []
        if not any(pattern.include is not None for pattern in patterns):
            raise self._make_error(f"“{shorten(text)}” is not a path pattern", *path, key=True)
        return Pattern(text, self._locate(*path))

    def _read_selectors(self, selectors: Sequence[str], *path: str | int) -> tuple[str, ...]:
        known: dict[str, None] = {}
        for number, selector in enumerate(selectors):
            if selector in known:
                continue
            try:
                check_selectors((selector,), self.rules)
            except UnknownSelectorError as error:
                raise self._make_error(str(error), *path, number) from None
            known[selector] = None
        return tuple(known)

    def _read_selector(self, selector: str, *path: str | int) -> str:
        try:
            check_selectors((selector,), self.rules)
        except UnknownSelectorError as error:
            raise self._make_error(str(error), *path, key=True) from None
        return selector

    def _read_baseline(self, name: str | None, path: Path) -> Pattern | None:
        if name is None:
            return None
        folder = self.files.resolve(path.parent)
        try:
            inside = folder in self.files.resolve(folder / name).parents
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside:
            raise self._make_error("the baseline must be beside this file or below it", "baseline")
        return Pattern(name, self.file.location(self.settings.span(["baseline"])))

    def _find_rule(self, section: str, key: str) -> LoadedRule:
        for loaded in self.rules:
            if key in (loaded.rule.code, loaded.rule.name):
                return loaded
        names = [word for r in self.rules for word in (r.rule.code, r.rule.name)]
        hint = suggest_word(key, names) or suggest_word(key.upper(), names)
        hint = hint or "; `disarm-lint rules` lists them"
        raise self._make_error(f"no rule is called “{shorten(key)}”{hint}", section, key, key=True)

    def _read_options(
        self, data: Mapping[str, Mapping[str, Any]]
    ) -> tuple[dict[str, Mapping[str, Any]], dict[str, Any]]:
        raw, built = {}, {}
        for key, values in data.items():
            loaded = self._find_rule("rules", key)
            try:
                options = build_options(loaded, values)
            except OptionError as error:
                unknown = len(error.path) == 1 and str(error.path[0]) in values
                raise self._make_error(
                    str(error), "rules", key, *error.path, key=unknown and "must" not in str(error)
                ) from None
            raw[loaded.rule.code] = values
            if options is not None:
                built[loaded.rule.code] = options
        return raw, built

    def _read_profile(
        self, name: str | None, path: Path, shown: Callable[[Path], str]
    ) -> Profile | None:
        from disarm_lint.config.profile import BUILTIN, load_builtin_profile

        if name is None:
            return None
        if name in BUILTIN:
            return load_builtin_profile(name)
        folder = self.files.resolve(path.parent)
        target = self.files.resolve(folder / name)
        if folder not in target.parents:
            raise self._make_error("the profile must be beside this file or below it", "profile")
        if not self.files.is_file(target):
            hint = suggest_word(name, BUILTIN) or "; name a file in YAML, or one of: " + ", ".join(
                BUILTIN
            )
            raise self._make_error(f"there is no profile “{shorten(name)}”{hint}", "profile")
        from disarm_lint.config.profile import load_profile

        return load_profile(target, shown, self.files)


class OptionError(ValueError):
    """An option that cannot be; `path` leads to it from the rule's options."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def build_options(loaded: LoadedRule, data: Mapping[str, Any]) -> Any:
    """Return the option object of a rule; raise OptionError for an unknown or wrong option.

    Keys are the names of the dataclass with `-` for `_`.
    """
    code = loaded.rule.code
    options = loaded.rule.options
    hints = get_type_hints(options)
    names = {item.name.replace("_", "-"): item.name for item in fields(options)}
    if data and not names:
        raise OptionError((next(iter(data)),), f"{code} has no options")
    values = {}
    for key, value in data.items():
        name = names.get(key)
        if name is None:
            hint = suggest_word(key, names) or f"; it has {', '.join(sorted(names))}"
            raise OptionError((key,), f"{code} has no option “{key}”{hint}")
        values[name] = _convert_value(hints[name], value, (key,))
    try:
        return options(**values)
    except (TypeError, ValueError) as problem:
        raise OptionError((), f"the options of {code} cannot be: {problem}") from None


def build_configured_options(
    rules: Iterable[LoadedRule], configured: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the option objects of the configured rules, by code; may raise OptionError."""
    return {
        loaded.rule.code: build_options(loaded, configured[loaded.rule.code])
        for loaded in rules
        if loaded.rule.code in configured
    }


def list_default_options(loaded: LoadedRule) -> dict[str, Any]:
    """Return the options of a rule with their defaults, as plain data."""
    found = {}
    for item in fields(loaded.rule.options):
        value = item.default_factory() if item.default_factory is not MISSING else item.default
        found[item.name.replace("_", "-")] = _make_plain(value)
    return found


def _make_plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _make_plain(inner) for key, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_make_plain(inner) for inner in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_make_plain(inner) for inner in value]
    return value


def _convert_value(hint: Any, value: Any, path: tuple[str | int, ...]) -> Any:
    """Return a value as the type of an option wants it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _convert_to_one(arguments, value, path)
    if origin is Literal:
        if value in arguments:
            return value
        _refuse(path, "one of " + ", ".join(str(item) for item in arguments), value)
    if origin in (tuple, list, set, frozenset, Sequence):
        if not isinstance(value, list):
            _refuse(path, "a list", value)
        items = [_convert_value(arguments[0], item, (*path, n)) for n, item in enumerate(value)]
        return (
            origin(items) if isinstance(origin, type) and origin is not Sequence else tuple(items)
        )
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            _refuse(path, "keys with values", value)
        return {
            key: _convert_value(arguments[1], item, (*path, key)) for key, item in value.items()
        }
    return _convert_scalar(hint, value, path)


def _convert_to_one(kinds: tuple[Any, ...], value: Any, path: tuple[str | int, ...]) -> Any:
    for kind in kinds:
        if kind is NoneType and value is None:
            return None
        if kind is not NoneType:
            try:
                return _convert_value(kind, value, path)
            except OptionError as error:
                problem = error
    raise problem


_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def _convert_scalar(kind: Any, value: Any, path: tuple[str | int, ...]) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            _refuse(path, "one of " + ", ".join(str(item.value) for item in kind), value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # In Python a bool is an int.
    if kind in _WORDS and (not isinstance(value, kind) or isinstance(value, bool) > (kind is bool)):
        _refuse(path, _WORDS[kind], value)
    return value


def _refuse(path: tuple[str | int, ...], wanted: str, value: Any) -> NoReturn:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    what = f"each item of “{name}”" if isinstance(path[-1], int) else f"“{name}”"
    raise OptionError(path, f"{what} must be {wanted}, not {format_value(value)}")
