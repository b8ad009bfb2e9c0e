"""Writing several files so that either all of them are changed or none, even if the run is killed.

The new contents are first written into a folder in the root, the journal, and after them a
list of the files. Once the list is complete, the files are moved to their places one by one.
A run that is killed before that leaves every file as it was. If it is killed later, the next
run moves the remaining files.

A journal in a repository may come from a stranger. So it may only name files below the root
that are not reached by a link and do not lie in a program's own folder, such as `.git`, and
each file must still be what the list says that it was. Besides, the list contains its own
number in the file system, which no copy has: a list from a checkout or an archive is ignored.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from disarm_lint.sources.filesystem import SKIPPED, explain_os_error, find_new_mode, is_missing
from disarm_lint.sources.held import HeldFolder, is_link_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

JOURNAL = ".disarm-lint-journal"
_LIST, _UNFINISHED, _UNDONE, _IGNORE = "files.json", "files.json.new", "undone", ".gitignore"
_VERSION = 1
# The largest list and the largest file, in bytes, and the most files in a list.
_LONGEST, _LARGEST, _MOST = 16_000_000, 64_000_000, 100_000
# How many seconds to wait for another run.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class FileChange:
    """The content of a file before and after, in bytes; None if there is no file."""

    old: bytes | None
    new: bytes | None


class ChangedMeanwhile(Exception):  # noqa: N818 - a fact about a file, which a message reports
    """A file has changed since its change was planned."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Unwritable(Exception):  # noqa: N818 - as above
    """A file must not or cannot be written; `reason` is a clause for the reader."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class BadJournal(Exception):  # noqa: N818 - as above
    """A journal cannot be used; the message says why, as a clause."""


class Busy(Exception):  # noqa: N818 - as above
    """Another run is writing files below the same root, or was killed while it did."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file in the journal: its path, and the digests of its content before and after.

    A digest is None if there is no file. `staged` names the file in the
    journal that holds the new content.
    """

    path: str
    old: str | None
    new: str | None
    staged: str


def write_together(root: Path, changes: Mapping[str, FileChange]) -> None:
    """Write all of the files below a root, or none of them.

    Paths are relative to the root, with forward slashes. A link is followed if it leads to
    a file below the root. Files keep their modes. If an error or a signal ends the writing,
    the files get their old content back. If a link meanwhile takes the place of a file or
    folder, nothing is written to its target.

    Raises ChangedMeanwhile for a file that no longer has its `old` bytes, Unwritable for a
    file that must not or cannot be written, and Busy.
    """
    wanted = _resolve(root, changes)
    if not wanted:
        return
    with _hold(root) as held:
        for path, change in wanted.items():
            _check_current(held, path, change)
        with _make_journal(held) as journal:
            try:
                entries = [
                    journal.stage(path, change, str(number))
                    for number, (path, change) in enumerate(wanted.items())
                ]
                journal.write_list(entries)
            except BaseException:
                journal.remove()
                raise
            begun: list[_Entry] = []
            try:
                for entry in entries:
                    _check_current(held, entry.path, wanted[entry.path])
                    begun.append(entry)
                    journal.put_in_place(entry)
            except BaseException:
                if journal.undo(begun, wanted):
                    journal.remove()
                raise
            journal.remove()


def is_interrupted(root: Path) -> bool:
    """Tell whether a run that wrote files below a root left its journal there."""
    return not is_missing(root / JOURNAL)


def finish_interrupted(root: Path) -> tuple[str, ...]:
    """Write the remaining files of an interrupted run below a root, and remove its journal.

    Returns the paths of all files of that run. If it was killed before it wrote the first
    one, nothing is written and none is returned. Raises BadJournal, Unwritable and Busy.
    """
    if is_missing(root / JOURNAL):
        return ()
    with _hold(root) as held:
        try:
            if not stat.S_ISDIR(held.status(JOURNAL).st_mode):
                raise BadJournal("it is not a folder")
        except FileNotFoundError:
            # The other run is done by now.
            return ()
        try:
            with _open_journal(held) as journal:
                entries = journal.read_list()
                for entry in entries:
                    _check_place(root, entry.path)
                states = [_is_new(held, entry) for entry in entries]
                if True not in states:
                    entries = ()
                left = [entry for entry, new in zip(entries, states, strict=False) if not new]
                journal.check_staged(left)
                for entry in left:
                    journal.put_in_place(entry)
                journal.remove()
        except Busy:
            if is_missing(root / JOURNAL):
                # The other run is done by now.
                return ()
            raise
    return tuple(entry.path for entry in entries)


def _hold(root: Path) -> HeldFolder:
    try:
        return HeldFolder.open(root)
    except OSError as error:
        raise Unwritable(".", _explain_error(error)) from None


@contextlib.contextmanager
def _make_journal(root: HeldFolder) -> Iterator[_Journal]:
    """Make and lock the folder of the journal; raise Busy if it exists.

    Raises Unwritable if it cannot be made.
    """
    try:
        root.make(JOURNAL, 0o700)
    except FileExistsError:
        raise Busy from None
    except OSError as error:
        raise Unwritable(JOURNAL, _explain_error(error)) from None
    with _open_journal(root) as journal:
        yield journal


@contextlib.contextmanager
def _open_journal(root: HeldFolder) -> Iterator[_Journal]:
    """Open and lock the folder of the journal; raise Busy and BadJournal."""
    try:
        folder = root.enter(JOURNAL)
    except FileNotFoundError:
        raise Busy from None
    except OSError as error:
        raise BadJournal(f"it cannot be read: {_explain_error(error)}") from None
    with folder, _lock(root, folder):
        yield _Journal(root, folder)


class _Journal:
    """The journal of a root; the folders of both are held open."""

    def __init__(self, root: HeldFolder, folder: HeldFolder) -> None:
        self._root = root
        self._folder = folder
        self._modes: dict[str, int] = {}

    def stage(self, path: str, change: FileChange, name: str) -> _Entry:
        """Write the new content of a file into the folder."""
        self._modes[path] = _read_mode(self._root, path)
        if change.new is not None:
            self._store(path, name, change.new)
        return _Entry(path, _digest(change.old), _digest(change.new), name)

    def _store(self, path: str, name: str, data: bytes) -> None:
        """Write the content of a file into the folder so that it survives a power failure."""
        try:
            self._folder.create(name, data, self._modes[path])
        except OSError as error:
            raise Unwritable(path, _explain_error(error)) from None

    def write_list(self, entries: Sequence[_Entry]) -> None:
        """Write the list; after this the files must be written."""
        files = [asdict(entry) for entry in entries]
        try:
            # If the journal is left behind, git must not commit it.
            self._folder.create(_IGNORE, b"*\n", 0o600)
            # Written twice, because its number is only known once the file exists.
            self._folder.create(_UNFINISHED, b"", 0o600)
            number = self._folder.status(_UNFINISHED).st_ino
            text = json.dumps({"version": _VERSION, "number": number, "files": files})
            self._folder.rewrite(_UNFINISHED, text.encode("ascii"))
            self._folder.move(_UNFINISHED, self._folder, _LIST)
        except OSError as error:
            raise Unwritable(JOURNAL, _explain_error(error)) from None
        self._folder.sync()

    def read_list(self) -> Sequence[_Entry]:
        """Return the entries of the list, none if there is no list; raise BadJournal."""
        try:
            names = self._folder.names()
            if not all(is_own and _is_own_name(name) for name, is_own in names.items()):
                raise BadJournal("it holds something that disarm-lint did not put there")
            if _LIST not in names:
                return ()
            data, status = self._folder.read(_LIST, _LONGEST + 1)
        except OSError as error:
            raise BadJournal(f"it cannot be read: {_explain_error(error)}") from None
        return _parse_list(data, status.st_ino)

    def check_staged(self, entries: Sequence[_Entry]) -> None:
        """Raise BadJournal if a new content is not the one in the list."""
        for entry in entries:
            try:
                found = _digest(_read(self._folder, entry.staged))
            except OSError as error:
                raise BadJournal(f"it cannot be read: {_explain_error(error)}") from None
            if found != entry.new:
                raise BadJournal("it is damaged")

    def put_in_place(self, entry: _Entry) -> None:
        """Give a file its new content, or delete it; raise Unwritable."""
        try:
            with self._root.parent(entry.path, make=entry.new is not None) as (folder, name):
                if entry.new is not None:
                    self._folder.move(entry.staged, folder, name)
                else:
                    with contextlib.suppress(FileNotFoundError):
                        folder.remove(name)
                folder.sync()
        except OSError as error:
            raise Unwritable(entry.path, _explain_error(error)) from None

    def undo(self, entries: Sequence[_Entry], changes: Mapping[str, FileChange]) -> bool:
        """Give files with new content their old one; tell whether that succeeded for all."""
        try:
            for entry in reversed(entries):
                if _digest(_read(self._root, entry.path)) != entry.new:
                    continue
                old, new = changes[entry.path].old, changes[entry.path].new
                if new is not None:
                    # If this run is killed now, the next one finishes it from the journal.
                    self._store(entry.path, entry.staged, new)
                with self._root.parent(entry.path, make=old is not None) as (folder, name):
                    if old is None:
                        folder.remove(name)
                    else:
                        self._store(entry.path, _UNDONE, old)
                        self._folder.move(_UNDONE, folder, name)
        except (OSError, Unwritable):
            return False
        return True

    def remove(self) -> None:
        """Remove the folder, and first the list, without which nothing is written."""
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                self._folder.remove(_LIST)
            for name in self._folder.names():
                if _is_own_name(name):
                    self._folder.remove(name)
            self._root.remove_folder(JOURNAL)


def _is_own_name(name: str) -> bool:
    fixed = name in (_LIST, _UNFINISHED, _UNDONE, _IGNORE)
    return fixed or (name.isascii() and name.isdecimal())


def _parse_list(data: bytes, number: int) -> Sequence[_Entry]:
    """Return the entries of a list whose file has this number; raise BadJournal."""
    try:
        whole = json.loads(data) if len(data) <= _LONGEST else None
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, dict) or whole.get("version") != _VERSION:
        raise BadJournal("it is damaged")
    if whole.get("number") != number:
        raise BadJournal("it was not written here, but copied")
    files = whole.get("files")
    if not isinstance(files, list) or len(files) > _MOST:
        raise BadJournal("it is damaged")
    entries = [_parse_entry(item) for item in files]
    if len({entry.path for entry in entries}) != len(entries):
        raise BadJournal("it is damaged")
    return entries


def _parse_entry(item: Any) -> _Entry:
    keys = ("path", "old", "new", "staged")
    if not isinstance(item, dict) or set(item) != set(keys):
        raise BadJournal("it is damaged")
    path, old, new, staged = (item[key] for key in keys)
    texts = isinstance(path, str) and isinstance(staged, str)
    digests = all(one is None or isinstance(one, str) for one in (old, new))
    if not texts or not digests or old == new or not (staged.isascii() and staged.isdecimal()):
        raise BadJournal("it is damaged")
    return _Entry(path, old, new, staged)


def _resolve(root: Path, changes: Mapping[str, FileChange]) -> dict[str, FileChange]:
    """Return the changes by paths without links; raise Unwritable."""
    wanted: dict[str, FileChange] = {}
    top = os.path.realpath(root)
    for path, change in sorted(changes.items()):
        if change.old == change.new:
            continue
        real = os.path.relpath(os.path.realpath(root / path), top).replace(os.sep, "/")
        try:
            _check_place(root, real)
        except BadJournal:
            raise Unwritable(
                path, "it lies outside of the corpus, or is a link that leads there"
            ) from None
        if wanted.setdefault(real, change) != change:
            raise Unwritable(path, "another file of the corpus is a link to it")
    return wanted


def _check_place(root: Path, path: str) -> None:
    """Raise BadJournal for a path that is not one of a file below the root, without links."""
    parts = path.split("/")
    foreign = "\0" in path or (os.name == "nt" and any(sign in path for sign in "\\:"))
    if foreign or any(part in ("", ".", "..") or _is_kept_out(part) for part in parts):
        raise BadJournal(f"it names “{path}”, where disarm-lint writes nothing")
    place = root
    for number, part in enumerate(parts, 1):
        place = place / part
        try:
            mode = place.lstat().st_mode
        except FileNotFoundError:
            return
        except OSError as error:
            raise BadJournal(f"“{path}” cannot be read: {_explain_error(error)}") from None
        if not (stat.S_ISDIR(mode) if number < len(parts) else stat.S_ISREG(mode)):
            raise BadJournal(f"“{path}” is a link, or no file")


def _is_kept_out(part: str) -> bool:
    """Tell whether a name is that of a program's own folder on any file system."""
    plain = "".join(filter(str.isprintable, part)).casefold().rstrip(". ")
    return plain in SKIPPED or plain.startswith("git~")


def _check_current(root: HeldFolder, path: str, change: FileChange) -> None:
    try:
        data = _read(root, path)
    except OSError as error:
        if is_link_error(error):
            raise ChangedMeanwhile(path) from None
        raise Unwritable(path, _explain_error(error)) from None
    if data != change.old:
        raise ChangedMeanwhile(path)


def _is_new(root: HeldFolder, entry: _Entry) -> bool:
    """Tell whether a file has its new content; raise BadJournal if neither new nor old."""
    try:
        found = _digest(_read(root, entry.path))
    except OSError as error:
        raise BadJournal(f"“{entry.path}” cannot be read: {_explain_error(error)}") from None
    if found not in (entry.old, entry.new):
        raise BadJournal(f"“{entry.path}” has been changed since")
    return found == entry.new


def _read(root: HeldFolder, path: str) -> bytes | None:
    """Return the bytes of a regular file, of a huge one the first; None if there is none."""
    try:
        with root.parent(path) as (folder, name):
            return folder.read(name, _LARGEST)[0]
    except FileNotFoundError:
        return None


def _read_mode(root: HeldFolder, path: str) -> int:
    """Return the permissions of a file, or those of a new one."""
    try:
        with root.parent(path) as (folder, name):
            return folder.status(name).st_mode & 0o777
    except OSError:
        return find_new_mode()


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


@contextlib.contextmanager
def _lock(root: HeldFolder, folder: HeldFolder) -> Iterator[None]:
    """Lock the journal against other runs, if the system supports that; raise Busy.

    The lock is advisory and ends with the process.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    if folder.descriptor is None:
        yield
        return
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(folder.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy from None
            time.sleep(0.02)
            continue
        except OSError:
            # The file system has no locks.
            pass
        break
    if not _is_there(root, folder.descriptor):
        # Removed while this waited.
        raise Busy
    yield


def _is_there(root: HeldFolder, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), root.status(JOURNAL))
    except OSError:
        return False


def _explain_error(error: OSError) -> str:
    if is_link_error(error):
        return "a link, or a file, took the place of its folder meanwhile"
    return explain_os_error(error)
