"""Reading of a framework profile that the configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.config.place import File, decoded, did_you_mean, read_bytes, shortened
from disarm_lint.config.validate import validate
from disarm_lint.config.yamlfile import read_yaml
from disarm_lint.profiles.load import profile_from
from disarm_lint.reading.look import DISK, Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from disarm_lint.config.place import Settings
    from disarm_lint.model.profile import Profile


def load_profile(path: Path, shown: Callable[[Path], str] = str, look: Look = DISK) -> Profile:
    """Read and check a profile in YAML.

    Raises ConfigError, with line and column, for anything that
    framework.schema.json does not allow, and for a reference to a kind that
    the profile does not have.
    """
    file = File(shown(path), path.name)
    settings = read_yaml(file, decoded(file, read_bytes(file, path, look=look)))
    validate(file, settings, "framework")
    _check_kinds(file, settings)
    try:
        return profile_from(settings.data)
    except ValueError as error:
        raise file.error(None, str(error)) from None


def _check_kinds(file: File, settings: Settings) -> None:
    """Raise ConfigError where a kind stands twice, or is referred to and does not exist."""
    keys: set[str] = set()
    for number, kind in enumerate(settings.data["kinds"]):
        if kind["key"] in keys:
            where = settings.span(["kinds", number, "key"])
            raise file.error(where, f"the kind “{kind['key']}” stands here a second time")
        keys.add(kind["key"])
    for path, target in _references(settings.data, ()):
        if target not in keys:
            hint = did_you_mean(target, keys)
            where = settings.span(path)
            raise file.error(where, f"the profile has no kind “{shortened(target)}”{hint}")


def _references(
    data: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places that name a kind."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield from _references(item, (*path, number))
    elif isinstance(data, dict):
        for key, value in data.items():
            here = (*path, key)
            if key in ("refers_to", "lists") and isinstance(value, str):
                yield here, value
            elif key == "symmetrical_with" and isinstance(value, dict):
                yield (*here, "kind"), value["kind"]
            else:
                yield from _references(value, here)
