"""A trial of a rename: the new files of a corpus, and the findings in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from disarm_lint.cli.revisions import match_findings
from disarm_lint.cli.streams import Failure
from disarm_lint.cli.writing import describe_behind
from disarm_lint.config.config import load_config
from disarm_lint.model.baseline import BASELINE_NAME
from disarm_lint.model.words import format_count
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.rename.numbers import NumberPlan, UneditableConfig, record_retired
from disarm_lint.rename.places import edit_places
from disarm_lint.render.rendering import Renewal
from disarm_lint.report.report import format_place
from disarm_lint.report.text import format_more
from disarm_lint.sources.decoding import decode_source, replace_texts
from disarm_lint.sources.filesystem import ChangedTree, DiskFileSystem, Unreadable
from disarm_lint.sources.journal import FileChange
from disarm_lint.sources.scope import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from disarm_lint.cli.session import Linted, Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.rename.names import NamePlan
    from disarm_lint.report.report import ShownFinding

_FINGERPRINT = re.compile(r"\b[0-9a-f]{16}\b")


@dataclass(frozen=True)
class Renamed:
    """The result of a rename: the changed files of a corpus.

    `after` are the findings in the result, `new` those that were not there before. `notes`
    say what is left for a person to do, as sentences.
    """

    changes: Mapping[str, FileChange]
    after: Linted
    new: tuple[ShownFinding, ...]
    notes: tuple[str, ...] = ()


def try_rename(
    session: Session, opened: Opened, before: Linted, plan: NamePlan | NumberPlan
) -> Renamed:
    """Return the result of a rename; nothing is written.

    `before` are the findings in the corpus. Raises Failure if a place cannot be edited, or if
    a file of the new name exists.
    """
    read = partial(opened.tree.read, limit=SIZE_LIMIT)
    edited = edit_places(plan.places, read)
    for place, reason in edited.refused:
        where = show_text(session, opened, place.text)
        raise Failure(
            f"{where} cannot be edited: {reason}; change it there by hand, and run this again"
        )
    changes = _move(opened, edited.files, plan.moves, read)
    after_opened = opened
    notes = describe_behind(edited.behind)
    if isinstance(plan, NumberPlan):
        config, told = _record_ids(session, opened, plan)
        notes += told
        moved = _renew(opened, before, plan, changes)
        if moved:
            files = format_count(len(moved), "file lists its", "files list their")
            notes.append(f"{files} rows in another order now, as the generator does.")
        changes.update({**moved, **config})
        notes += _tell_cited(session, opened, plan)
        after_opened = _reload(session, opened, config)
    tree = ChangedTree(opened.tree, {path: change.new for path, change in changes.items()})
    after = session.lint(replace(after_opened, tree=tree))
    same = match_findings(list_findings(before), list_findings(after), plan.translate)
    new = find_new(after, same)
    changes.update(_keep_baseline(opened, same))
    return Renamed(changes, after, new, tuple(notes))


def show_text(session: Session, opened: Opened, text: Text) -> str:
    """Return a place as messages name it: `pages/T0001.md:3:12`, `book.xlsx:techniques!B2`."""
    location = text.location
    path = session.show_path(opened.target.root / location.path)
    return format_place(path, location.span, location.cell)


def _tell_cited(session: Session, opened: Opened, plan: NumberPlan) -> list[str]:
    """Warn of texts that already cite a new id, because they may mean another entity."""
    if not plan.cited:
        return []
    first = plan.cited[0]
    where = show_text(session, opened, first)
    more = format_more(len(plan.cited))
    return [f"Some texts already say {first.raw}, though nothing had that id: {where}{more}."]


def _move(
    opened: Opened,
    files: Mapping[str, bytes],
    moves: Mapping[str, str],
    read: Callable[[str], bytes],
) -> dict[str, FileChange]:
    """Return the changes of files, some of which are moved."""
    changes: dict[str, FileChange] = {}
    for path in sorted({*files, *moves}):
        old = read(path)
        new = files.get(path, old)
        place = moves.get(path)
        if place is None:
            changes[path] = FileChange(old, new)
            continue
        folder, _, name = place.rpartition("/")
        if name in (opened.tree.names(folder) or ()):
            raise Failure(f"“{place}” is in the way; delete it, if it is a leftover")
        changes[path], changes[place] = FileChange(old, None), FileChange(None, new)
    return changes


def _record_ids(
    session: Session, opened: Opened, plan: NumberPlan
) -> tuple[dict[str, FileChange], list[str]]:
    """Return the change of the configuration that records retired ids, and notes on the rest."""
    root = opened.target.root
    path = opened.target.config or root / CONFIG_NAME
    ids = ", ".join(f"{old}: {new}" for old, new in plan.ids.items())
    if path.name == "pyproject.toml" or not path.is_relative_to(root):
        where = session.show_path(path)
        return {}, [f"Record in “{where}” that these ids are retired: {ids}."]
    local = path.relative_to(root).as_posix()
    try:
        data = opened.tree.read(local, SIZE_LIMIT)
    except Unreadable:
        data = None
    source = decode_source(local, data or b"")
    try:
        text = record_retired(source.text, plan.ids, plan.translate)
    except UneditableConfig as problem:
        where = session.show_path(path)
        raise Failure(f"the retired id cannot be recorded in “{where}”: {problem}") from None
    new = replace_texts(source, data or b"", [(0, len(source.text), text)])
    return {local: FileChange(data, new or None)}, []


def _renew(
    opened: Opened, before: Linted, plan: NumberPlan, changes: Mapping[str, FileChange]
) -> dict[str, FileChange]:
    """Return the files that the generator makes differently from `changes`: it sorts rows by id.

    A file that already differed from the workbooks, such as an edited page, is left out.
    """
    if before.corpus is None:
        return {}
    files = {path: change.new for path, change in changes.items()}
    found: dict[str, FileChange] = {}
    for path, old, new in Renewal(before.corpus, opened.tree).compare(files, plan.moves):
        change = changes.get(path, FileChange(old, old))
        if new != change.new:
            found[path] = replace(change, new=new)
    return found


class _ChangedDisk(DiskFileSystem):
    """The disk with a different content of one file."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data

    def is_file(self, path: Path) -> bool:
        return path == self._path or super().is_file(path)

    def read(self, path: Path, most: int) -> bytes:
        return self._data[:most] if path == self._path else super().read(path, most)


def _reload(session: Session, opened: Opened, config: Mapping[str, FileChange]) -> Opened:
    """Return a target with its new configuration."""
    for path, change in config.items():
        place = opened.target.root / path
        disk = _ChangedDisk(place, change.new or b"")
        loaded = load_config(
            place, opened.target.root, session.rules, shown=session.show_path, files=disk
        )
        return replace(opened, loaded=loaded, target=replace(opened.target, config=place))
    return opened


def list_findings(linted: Linted) -> list[Finding]:
    """Return the findings of a target."""
    return [shown.finding for shown in linted.findings]


def find_new(after: Linted, same: Mapping[str, str]) -> tuple[ShownFinding, ...]:
    """Return the findings that were not there before; `same` comes from `match_findings`.

    A finding that is the same as before, with the new words, is not new.
    """
    known = set(same.values())
    return tuple(s for s in after.findings if s.finding.fingerprint not in known)


def _keep_baseline(opened: Opened, same: Mapping[str, str]) -> dict[str, FileChange]:
    """Return the change of the baseline that keeps accepted findings accepted."""
    named = opened.loaded.config.baseline
    folder = (opened.loaded.config.path or "").rpartition("/")[0]
    path = f"{folder}/{named.text}".lstrip("/") if named else BASELINE_NAME
    try:
        data = opened.tree.read(path, SIZE_LIMIT)
    except Unreadable:
        return {}
    source = decode_source(path, data)
    edits = []
    for match in _FINGERPRINT.finditer(source.text):
        new = same.get(match[0])
        if new and new != match[0]:
            edits.append((*match.span(), new))
    changed = replace_texts(source, data, edits)
    return {path: FileChange(data, changed)} if changed != data else {}
