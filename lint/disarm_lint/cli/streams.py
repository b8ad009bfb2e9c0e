"""Where output goes: stdout, stderr or a file; its colour, its character set, and progress."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from disarm_lint.report.terminal import Charset
from disarm_lint.sources.filesystem import explain_os_error, read_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from rich.progress import Progress as Bar
    from rich.progress import TaskID


UNTOUCHED = "disarm-lint: nothing to check: no file that is linted has changed"


class Failure(Exception):  # noqa: N818 - it ends a command as asked, it is no bug
    """A command cannot be carried out; the message is one line that says what to do."""


class FileChanged(Exception):  # noqa: N818 - whoever writes the file decides what to do
    """A file has changed since it was read."""


def find_cache_folder() -> Path:
    """Return the folder for caches of the user who runs the linter; it may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("disarm-lint", appauthor=False)


def is_outside(folder: Path, root: Path) -> bool:
    """Tell whether a cache folder lies outside of the repository around a root.

    A cache inside of a repository, as in some CI jobs, may come from a stranger.
    """
    from disarm_lint.sources.filesystem import find_boundary

    return not folder.resolve().is_relative_to(find_boundary(root))


def open_missing_streams() -> None:
    """Open the null device in place of a standard stream that is closed.

    Otherwise the next opened file would get its number, and output of a library or a child
    process would go into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def flush_streams() -> None:
    """Flush stdout and stderr; a failure to do so does not change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                _discard(stream)


def wants_colour(option: str, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Tell whether to colour: by the option, else NO_COLOR, else FORCE_COLOR, else the stream.

    `stream` is None for a file.
    """
    if option != "auto":
        return option == "always"
    if environment.get("NO_COLOR") or stream is None:
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    if not is_terminal(stream) or environment.get("TERM") == "dumb":
        return False
    return os.name != "nt" or any(key in environment for key in ("WT_SESSION", "TERM", "ANSICON"))


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


# Lines are never made wider or narrower than this: both are hard to read.
_NARROWEST, _WIDEST = 60, 140


def read_width(stream: TextIO | None) -> int | None:
    """Return how many columns of a terminal lines may take; None for what is none."""
    if stream is None or not is_terminal(stream):
        return None
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
    return min(max(columns, _NARROWEST), _WIDEST) if columns else None


def may_be_ci_log(stream: TextIO | None) -> bool:
    """Tell whether a CI server may read a stream for commands.

    Not all servers say so, and tox or a container may hide the variables.
    """
    from disarm_lint.report.terminal import is_ci_log

    return not is_terminal(stream) or is_ci_log(os.environ)


def detect_charset(stream: TextIO | None, environment: Mapping[str, str]) -> Charset:
    """Return what a stream can show.

    If the locale is explicitly C, Python writes UTF-8 all the same, which a terminal there
    shows as rubbish. So such a stream is treated as ASCII.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not any(environment.get(key) for key in ("PYTHONIOENCODING", "PYTHONUTF8")):
        keys = ("LC_ALL", "LC_CTYPE", "LANG")
        locale = next((environment[key] for key in keys if environment.get(key)), "")
        if locale in ("C", "POSIX") and os.name != "nt":
            encoding = "ascii"
    return Charset(encoding)


def write_out(
    render: Callable[[TextIO], None],
    encoding: str,
    *,
    syntax: Literal["text", "html", "own"] = "text",
) -> None:
    """Let `render` write to stdout; a closed pipe is not an error.

    Unless stdout is a terminal, commands to a CI server are neutralised as the `syntax` of
    the text allows; with `own`, the writer does that. Raises Failure if stdout cannot be
    written.
    """
    stream = sys.stdout
    if stream is None:
        return
    render = _neutralise(render, syntax)
    buffer = getattr(stream, "buffer", None)
    out: TextIO = stream
    if buffer is not None:
        # Not through sys.stdout, so that line ends and encoding are the same everywhere.
        out = io.TextIOWrapper(
            buffer, encoding=encoding, errors="backslashreplace", newline="\n", line_buffering=False
        )
    try:
        stream.flush()
        render(out)
        out.flush()
    except OSError as error:
        _discard(stream)
        if not isinstance(error, BrokenPipeError):
            raise Failure(f"the output cannot be written: {explain_os_error(error)}") from None
    finally:
        if out is not stream and isinstance(out, io.TextIOWrapper):
            with contextlib.suppress(OSError):
                out.detach()


def _neutralise(render: Callable[[TextIO], None], syntax: str) -> Callable[[TextIO], None]:
    """Return `render` without commands to a CI server, if a server may read the output."""
    from disarm_lint.report.terminal import neutralise_commands, neutralise_html

    if syntax == "own" or not may_be_ci_log(sys.stdout):
        return render
    neutralise = neutralise_html if syntax == "html" else neutralise_commands

    def write(stream: TextIO) -> None:
        # The whole text is needed, because a command may be written in parts.
        buffer = io.StringIO(newline="")
        render(buffer)
        stream.write(neutralise(buffer.getvalue()))

    return write


def _discard(stream: TextIO) -> None:
    """Discard a stream, whose buffers would otherwise cause another error when Python exits."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_file(
    path: Path,
    render: Callable[[TextIO], None],
    *,
    is_current: Callable[[], bool] | None = None,
) -> None:
    """Let `render` write a file in UTF-8, which is replaced at the end or stays as it was.

    `is_current` tells, right before that, whether the file has not changed since it was
    read. Raises FileChanged if it has, and Failure if the file cannot be written.
    """
    try:
        target = path.resolve()
        # The path is not resolved, because /dev/stdout leads to something without a path.
        if path.exists() and not path.is_file():
            # A device or a pipe is written to and never replaced.
            with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                render(stream)
            return
        _refuse_link_out(path)
        _replace(target, render, is_current)
    except (OSError, RuntimeError) as error:
        reason = explain_os_error(error) if isinstance(error, OSError) else "its links form a loop"
        raise Failure(f"“{path}” cannot be written: {reason}") from None


def _refuse_link_out(path: Path) -> None:
    """Raise Failure if a file in a repository is a link that leads out of it.

    A stranger could put a link in place of a file that everybody writes, such as the report
    or the baseline, so that another file of the user is replaced. Outside of a repository,
    the same applies to the current folder.
    """
    from disarm_lint.sources.filesystem import leads_out

    # What a link leads to is no longer in the repository.
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - follows no link, unlike resolve()
    top = next((p for p in whole.parents if os.path.lexists(p / ".git")), None)
    where = "repository"
    if top is None:
        top, where = Path.cwd(), "current folder"
        if not whole.is_relative_to(top):
            return
    if leads_out(whole, os.path.realpath(top)):
        raise Failure(
            f"“{path}” cannot be written: it is, or lies in, a link that leads out of the {where}; "
            "name the place itself"
        )


def append_file(path: Path, render: Callable[[TextIO], None]) -> None:
    """Let `render` write to the end of a file in UTF-8; raise Failure if that cannot be done."""
    buffer = io.StringIO()
    render(buffer)
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(buffer.getvalue())
    except OSError as error:
        raise Failure(f"“{path}” cannot be written: {explain_os_error(error)}") from None


def _replace(
    target: Path, render: Callable[[TextIO], None], is_current: Callable[[], bool] | None
) -> None:
    # Named before it is made, so that it is removed whatever interrupts this.
    temporary = target.with_name(f".{target.name[:40]}.{os.urandom(6).hex()}")
    try:
        temporary.touch(0o600, exist_ok=False)
        with temporary.open(
            "w", encoding="utf-8", errors="backslashreplace", newline="\n"
        ) as stream:
            render(stream)
        temporary.chmod(read_mode(target))
        if is_current is None:
            temporary.replace(target)
            return
        with _hold_lock(target):
            if not is_current():
                raise FileChanged
            temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


# In seconds. Comparing and replacing a file takes far less.
_PATIENCE = 5.0


@contextlib.contextmanager
def _hold_lock(target: Path) -> Iterator[None]:
    """Lock a file against other runs, if the system supports that.

    The lock is advisory and ends with the process. The work goes on without a lock that is
    not free in time, because the process that started this run may hold it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    end = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as stack:
        while time.monotonic() < end:
            try:
                stream = stack.enter_context(target.open("rb"))
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(stream.fileno()), target.stat()):
                    break
                # The file was replaced meanwhile, so the lock is on a deleted one.
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                # The file does not exist yet, or its file system has no locks.
                break
            stack.pop_all().close()
        yield


def print_text(text: str) -> None:
    """Print lines to stdout, in its character set."""
    charset = detect_charset(sys.stdout, os.environ)
    lines = "".join(f"{charset.show_line(line)}\n" for line in text.rstrip("\n").split("\n"))
    write_out(lambda stream: _write(stream, lines), charset.encoding)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)


_LISTENERS: list[Callable[[str], None]] = []


@contextlib.contextmanager
def listen(listener: Callable[[str], None]) -> Iterator[None]:
    """Also pass each message of `say` to a listener."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


def say(message: str) -> None:
    """Print one line to stderr; nothing in it can be a command to the terminal."""
    for listener in _LISTENERS:
        listener(message)
    if sys.stderr is None:
        return
    from disarm_lint.report.terminal import neutralise_commands

    line = detect_charset(sys.stderr, os.environ).show_line(message)
    if may_be_ci_log(sys.stderr):
        line = neutralise_commands(line)
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


_DELAY = 1.0


class Progress:
    """Counts files read; shows a bar on a terminal once a second has passed."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._done, self._total = 0, 0
        self._over = False

    def __enter__(self) -> Progress:
        """Start waiting, where stderr is a terminal."""
        if is_terminal(sys.stderr):
            self._timer = threading.Timer(_DELAY, self._start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the bar."""
        if self._timer is None:
            return
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Note how many files of how many have been read."""
        self._done, self._total = done, total
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description=self._say_what())

    def _say_what(self) -> str:
        return "reading" if self._done < self._total else "checking"

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        with self._lock:
            if self._over:
                return
            bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = bar.add_task(
                self._say_what(), completed=self._done, total=self._total or None
            )
            bar.start()
            self._bar = bar


_EPOCH = "SOURCE_DATE_EPOCH"


def report_time() -> datetime:
    """Return the time in UTC, or that of $SOURCE_DATE_EPOCH, for reproducible reports."""
    from datetime import UTC, datetime

    epoch = os.environ.get(_EPOCH, "")
    if epoch.isascii() and epoch.isdecimal() and len(epoch) < 12:
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.now(UTC)


def format_path(path: Path, current: Path) -> str:
    """Return a path as output shows it: from the current folder, with forward slashes."""
    try:
        return os.path.relpath(path, current).replace(os.sep, "/")
    except ValueError:
        # Another drive.
        return path.as_posix()


def read_current_folder() -> Path:
    """Return the current folder; raise Failure if it is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise Failure("the current folder no longer exists") from None
