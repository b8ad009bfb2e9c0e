"""Which files belong to a corpus, and where its root is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import DISK, FileSystem, Tree, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from disarm_lint.model.config import Config, Pattern
    from disarm_lint.model.profile import Profile

PAGES = "generated_pages"
CONFIG_NAME = ".disarm-lint.yaml"
# The first that is there is read; a pyproject.toml with a table of ours is the last.
CONFIG_NAMES = (CONFIG_NAME, ".disarm-lint.yml")
PYPROJECT = "pyproject.toml"
# What somebody meant as a configuration, who knows another tool or missed a letter.
_MISNAMED = tuple(
    f"{stem}{suffix}"
    for stem in (".disarm-lint", "disarm-lint", ".disarm_lint", "disarm_lint", ".disarmlint")
    for suffix in (".yaml", ".yml", ".json", ".toml", "")
    if f"{stem}{suffix}" not in (*CONFIG_NAMES, "disarm_lint")
)
PAGE_SUFFIXES = (".md", ".markdown")
LOOSE_SUFFIXES = (*PAGE_SUFFIXES, ".txt")
SUFFIX = ".xlsx"
PYPROJECT_LIMIT = 4_000_000


@dataclass(frozen=True, slots=True)
class Scope:
    """The files to lint, sorted, what cannot be read, and the patterns that matched nothing."""

    files: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    unmatched: tuple[Pattern, ...] = ()


def find_root(path: Path, files: FileSystem = DISK) -> tuple[Path, Path | None]:
    """Return the corpus root for a path, and the config file that governs it.

    The root is the nearest ancestor with a config file, else the one that
    holds `generated_pages/`, else the folder itself. A config further up
    governs a corpus below it too.
    """
    folder = path if files.is_folder(path) else path.parent
    folder = files.resolve(folder)
    lineage = [folder, *folder.parents]
    config = find_governing_config(folder, files)
    holder = next((place for place in lineage if files.is_folder(place / PAGES)), None)
    if config is not None:
        root = config.parent
        if holder is not None and root in holder.parents and not files.is_folder(root / PAGES):
            return holder, config
        return root, config
    return holder or folder, None


def find_governing_config(folder: Path, files: FileSystem = DISK) -> Path | None:
    """Return the config file in a folder, or in the nearest one above it that has one."""
    places = (folder, *folder.parents)
    return next((found for place in places if (found := find_config(place, files))), None)


def find_config(folder: Path, files: FileSystem = DISK) -> Path | None:
    """Return the config file in a folder: `.disarm-lint.yaml`, else a pyproject.toml of ours."""
    for name in CONFIG_NAMES:
        if files.is_file(folder / name):
            return folder / name
    return folder / PYPROJECT if "[tool.disarm-lint" in _read_pyproject(folder, files) else None


def _read_pyproject(folder: Path, files: FileSystem) -> str:
    try:
        return files.read(folder / PYPROJECT, PYPROJECT_LIMIT).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def find_unread_configs(
    folder: Path, used: Path | None, files: FileSystem = DISK
) -> Iterator[tuple[Path, str]]:
    """Yield what in a folder looks like a configuration and is not read, and why not.

    `used` is the configuration that governs the folder.
    """
    there = {name for name in (*CONFIG_NAMES, PYPROJECT) if files.is_file(folder / name)}
    known = [name for name in CONFIG_NAMES if name in there]
    text = _read_pyproject(folder, files)
    if "[tool.disarm-lint" in text:
        known.append(PYPROJECT)
    for name in known:
        if used is not None and folder / name != used:
            yield folder / name, f" is not read as a configuration: {used.name} is the one"
    if re.search(r"^[ \t]*+\[tool\.(?:disarm_lint|disarmlint)\b", text, re.MULTILINE):
        yield folder / PYPROJECT, " is not read: its table has to be called [tool.disarm-lint]"
    for name in (*CONFIG_NAMES, PYPROJECT):
        # A named pipe or a link to nothing, say: whoever put it there turned the settings off.
        if name not in there and not files.is_missing(folder / name):
            yield folder / name, " is not read as a configuration: it is not a regular file"
    for name in _MISNAMED:
        if files.is_file(folder / name):
            yield folder / name, f" is not read: a configuration is called {CONFIG_NAME}"


def _match_patterns(patterns: Sequence[Pattern], files: Iterable[str]) -> dict[Pattern, set[str]]:
    from pathspec import GitIgnoreSpec

    known = list(files)
    return {
        pattern: set(GitIgnoreSpec.from_lines([pattern.text]).match_files(known))
        for pattern in patterns
    }


def match_files(tree: Tree, patterns: Sequence[Pattern]) -> tuple[list[str], tuple[Pattern, ...]]:
    """Return the files that patterns match, sorted, and the patterns that match none."""
    files = [item for item in tree.walk("") if not isinstance(item, Unreadable)]
    hits = _match_patterns(patterns, files)
    found = sorted(set().union(*hits.values()))
    return found, tuple(pattern for pattern in patterns if not hits[pattern])


def find_files(
    tree: Tree, config: Config, pages: str, *, in_corpus: bool, named: Iterable[str] = ()
) -> Scope:
    """Return the files to lint.

    In a corpus: the Markdown files below `pages` and what `include` matches;
    elsewhere all Markdown and plain-text files. A file that is `named` is in
    whatever its suffix. `exclude` wins over all of these.
    """
    unreadable: dict[str, Unreadable] = {}

    def walk(folder: str, suffixes: tuple[str, ...] = ("",)) -> list[str]:
        files = []
        for item in tree.walk(folder):
            if isinstance(item, Unreadable):
                unreadable[item.path] = item
            elif item.lower().endswith(suffixes):
                files.append(item)
        return files

    folder = pages if in_corpus and pages not in ("", ".") else ""
    files = walk(folder, PAGE_SUFFIXES if in_corpus else LOOSE_SUFFIXES)
    included = _match_patterns(config.include, walk("")) if config.include else {}
    chosen = {*files, *named}.union(*included.values())
    excluded = _match_patterns(config.exclude, sorted(chosen)) if config.exclude else {}
    chosen = chosen.difference(*excluded.values())
    matches = (*included.items(), *excluded.items())
    unmatched = [pattern for pattern, hits in matches if not hits]
    return Scope(tuple(sorted(chosen)), tuple(unreadable.values()), tuple(unmatched))


@dataclass(frozen=True, slots=True)
class WorkbookFiles:
    """The workbooks to read, the patterns of the config that match none, and what is unreadable."""

    files: tuple[str, ...]
    unmatched: tuple[Pattern, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def is_workbook(path: str) -> bool:
    """Tell whether a file is read as a workbook, by its suffix."""
    return path.lower().endswith(SUFFIX)


def find_workbooks(
    tree: Tree, config: Config, profile: Profile, *, in_corpus: bool
) -> WorkbookFiles:
    """Return the workbooks that the config names, else those beside the pages.

    These lie directly in the folder that the profile names; a lock file of a
    spreadsheet program (`~$...`) is none of them. Outside of a corpus, those
    with the right names are found anywhere.
    """
    if config.master_data:
        found, unmatched = match_files(tree, config.master_data)
        return WorkbookFiles(tuple(path for path in found if is_workbook(path)), unmatched)
    wanted = {workbook.file.casefold() for workbook in profile.workbooks}
    if not wanted:
        return WorkbookFiles(())
    if not in_corpus:
        files = [item for item in tree.walk("") if not isinstance(item, Unreadable)]
        return WorkbookFiles(tuple(f for f in files if f.rpartition("/")[2].casefold() in wanted))
    folder = profile.master_data
    prefix = f"{folder}/" if folder else ""
    names = sorted(tree.names(folder) or ())
    above, _, own = folder.rpartition("/")
    if folder and tree.names(folder) is None and own in (tree.names(above) or ()):
        # It is there and leads out of the repository, say.
        problems = (item for item in tree.walk(folder) if isinstance(item, Unreadable))
        return WorkbookFiles((), unreadable=tuple(problems))
    return WorkbookFiles(tuple(f"{prefix}{name}" for name in names if name.casefold() in wanted))
