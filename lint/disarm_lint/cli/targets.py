"""What paths on the command line name: corpora, parts of them, and folders outside of any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.cli.streams import Failure, format_path
from disarm_lint.model.document import PageType
from disarm_lint.sources.filesystem import DISK, FileSystem, is_below
from disarm_lint.sources.scope import PAGES, find_config, find_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from disarm_lint.config.config import LoadedConfig
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.sources.filesystem import Tree

_DEPTH = 6
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})

NEWCOMER = (
    "A corpus is a folder that holds generated_pages/, the Markdown pages of the DISARM "
    "framework; name it, or some pages, as in `disarm-lint path/to/DISARMframeworks`"
)


@dataclass
class LintTarget:
    """A corpus, or a folder outside of any, and the parts of it that were named.

    `files` and `folders` are relative to the root; the empty folder is the whole root.
    `apart` are folders below it that are corpora of their own.
    """

    root: Path
    config: Path | None
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    apart: set[str] = field(default_factory=set)

    def names(self, path: str) -> bool:
        """Tell whether a path was named, or lies in a folder that was named."""
        return path in self.files or any(is_below(path, folder) for folder in self.folders)


@dataclass(frozen=True)
class Opened:
    """A target with its configuration and its files; `pages` is None outside of a corpus."""

    target: LintTarget
    loaded: LoadedConfig
    tree: Tree
    pages: str | None
    files: FileSystem = DISK

    @property
    def whole(self) -> bool:
        """Tell whether the whole corpus was named."""
        return self.pages is None or any(
            is_below(self.pages, folder) for folder in self.target.folders
        )


def list_corpora(opened: Sequence[Opened]) -> list[Opened]:
    """Return the corpora among what was opened, or else all of it.

    A folder that was only searched for corpora is not one itself.
    """
    return [item for item in opened if item.pages is not None] or list(opened)


def choose_corpus(opened: Sequence[Opened], current: Path, what: str) -> Opened:
    """Return the one corpus that was opened; raise Failure if there are several.

    `what` begins the message and names what belongs to one corpus: "a baseline".
    """
    corpora = list_corpora(opened)
    if len(corpora) > 1:
        names = ", ".join(f"“{format_path(item.target.root, current)}”" for item in corpora)
        raise Failure(f"{what} is that of one corpus; name one of {names}")
    return corpora[0]


def group_paths(
    paths: Sequence[str], current: Path, config: Path | None, files: FileSystem = DISK
) -> dict[Path, LintTarget]:
    """Return the corpora that paths belong to, by root; no path means that around `current`.

    If `config` is given, it governs all of them. Raises Failure for a path that does not
    exist.
    """
    targets: dict[Path, LintTarget] = {}
    if not paths:
        root, found = find_root(current, files)
        target = LintTarget(root, config or found, folders={""})
        pages = files.is_folder(root / PAGES)
        if found is None and not pages and find_config(root, files) is None:
            # Outside of a corpus, only the current folder can be meant.
            target = LintTarget(current, config, folders={""})
        targets[target.root] = target
    for text in paths:
        path = current / text
        if not text or files.is_missing(path):
            if text == "-":
                raise Failure("standard input is not read: name a file or a folder")
            raise Failure(f"there is no file or folder “{text}”{files.where}")
        folder = files.is_folder(path)
        place = files.resolve(path) if folder else files.resolve(path.parent) / path.name
        root, found = find_root(path, files)
        target = targets.setdefault(root, LintTarget(root, config or found))
        local = place.relative_to(root).as_posix()
        if folder:
            target.folders.add("" if local == "." else local)
        else:
            target.files.add(local)
    return targets


def find_corpora(folder: Path, files: FileSystem = DISK, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield the folders below a folder that hold generated pages, sorted, none within another."""
    for name in files.folders(folder) if depth else ():
        here = folder / name
        if name.startswith(".") or name in _SKIPPED:
            continue
        if files.is_folder(here / PAGES):
            yield here
        else:
            yield from find_corpora(here, files, depth - 1)


def split_target(
    targets: dict[Path, LintTarget],
    target: LintTarget,
    config: Path | None,
    files: FileSystem = DISK,
) -> None:
    """Make the corpora in the named folders of a target, not itself one, targets of their own.

    The nearest configuration governs each, unless `config` governs all.
    """
    for folder in sorted(target.folders):
        for place in find_corpora(target.root / folder, files):
            local = place.relative_to(target.root).as_posix()
            target.apart.add(local)
            root, found = find_root(place, files)
            own = targets.setdefault(root, LintTarget(root, config or found))
            own.folders.add("")


def check_not_empty(opened: Opened, corpus: Corpus, current: Path, *, allow_empty: bool) -> bool:
    """Raise Failure for a named folder with nothing to lint.

    Returns whether the configuration excludes everything that was named.
    """
    target = opened.target
    found = {d.path for d in corpus.all_documents} | {p.path for p in corpus.unreadable}
    found |= {workbook.path for workbook in corpus.workbooks}
    found |= {artefact.path for artefact in corpus.artefacts}
    for folder in sorted(target.folders):
        if any(is_below(path, folder) for path in found) or "." in found or allow_empty:
            continue
        if any(is_below(path, folder) for path in target.apart):
            continue
        where = format_path(target.root / folder, current)
        if opened.pages is None or not folder:
            raise Failure(f"there is nothing to lint in “{where}”. {NEWCOMER}")
        raise Failure(
            f"there is nothing to lint in “{where}”: of a corpus, the pages in {opened.pages} are "
            "linted, and what `include` in the configuration names; a file that you name is "
            "linted wherever it lies"
        )
    return not target.folders and not found & target.files


def select_concerned(
    findings: Sequence[Finding], opened: Opened, corpus: Corpus
) -> tuple[Finding, ...]:
    """Return the findings in the named files, and those about entities that they define."""
    target = opened.target
    pages = (d for d in corpus.all_documents if d.type is not PageType.ROW)
    ids = {page.id for page in pages if page.id and target.names(page.path)}
    for entity in corpus.registry.entities.values():
        # An index lists all entities, but defines only those without pages. A workbook defines
        # all entities, but whoever names it asks about its cells.
        places = [d.document.path for d in entity.definitions if not d.is_master]
        if entity.page is None and any(target.names(path) for path in places):
            ids.add(entity.id)
    return tuple(
        finding
        for finding in findings
        if target.names(finding.location.path)
        or (finding.breaks is not None and target.names(finding.breaks))
        or any(part in ids for part in finding.subject.split("/"))
    )
