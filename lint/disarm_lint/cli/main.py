"""The command line: which command it is, and what becomes of its errors."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from disarm_lint import __version__
from disarm_lint.cli.streams import Failure, flush_streams, open_missing_streams, print_text, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

NAME = "disarm-lint"
DEBUG = "DISARM_LINT_DEBUG"

COMMANDS = {
    "check": "find errors in a corpus, or in some of its pages (the default)",
    "fix": "fix what is certain, in the pages and in the workbooks",
    "rename": "give an entity a new name or id, wherever it is cited",
    "render": "write the pages and indexes from the workbooks",
    "apply": "make the changes of a list in workbooks, even if rows have moved",
    "rules": "list the rules",
    "explain": "print the manual of a rule",
    "config": "show the configuration in force, or its schema",
    "baseline": "keep the list of findings that are accepted for now",
    "history": "show how findings and entities changed, commit by commit",
    "audit": "write a report to read, on one corpus or on several side by side",
    "diff": "show which entities, rows and cells differ between two commits",
    "urls": "list the web addresses and their places, for link checkers",
    "textconv": "print a workbook as plain text, for git diff",
}

# The modules of the commands that do not have one of their own.
_SHARED = {"rules": "display", "explain": "display", "textconv": "display"}

_FAILED = 2
_INTERRUPTED = 130
_ENDING = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]
# Characters of an error's own text.
_LONGEST = 300


class _Terminated(BaseException):
    """The process is asked to end; what is half done is undone on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_and_exit() -> NoReturn:
    """Run the command line and exit with its status, or by the signal that ends it."""
    open_missing_streams()
    ended: list[int] = []
    # The first to be registered is the last to run: temporary folders are gone by then.
    atexit.register(_finish, ended)
    _heed_signals()
    # The process is short and its data has no cycles; looking for them takes an eighth of its time.
    gc.disable()
    try:
        sys.exit(main())
    except _Terminated as end:
        ended.append(end.number)
        sys.exit(128 + end.number)


def _finish(signals: list[int]) -> None:
    """End the process by the signal that ended the command, so that its parent sees that."""
    flush_streams()
    for number in signals:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _heed_signals() -> None:
    """Let signals that end a process end it as an interrupt does: no temporary file is left."""
    for number in _ENDING:
        # One that is ignored stays so: nohup is meant to be heeded.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    # `timeout` and some runners send several; a second must not stop the cleaning up.
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise _Terminated(number)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: nothing to report; 1: findings; 2: the command could not run.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except Failure as error:
        say(f"{NAME}: {error}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        from disarm_lint.model.config import ConfigError, MissingLibraryError

        if isinstance(error, ConfigError):
            # Others begin with their place in a file.
            say(f"{NAME}: {error}" if isinstance(error, MissingLibraryError) else str(error))
            return _FAILED
        if os.environ.get(DEBUG) == "1":
            raise
        say(
            f"{NAME}: internal error: {type(error).__name__}: {str(error)[:_LONGEST]}; "
            f"please report it, with what {DEBUG}=1 prints"
        )
    return _FAILED


def _run(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        print_text(f"{NAME} {__version__}")
        return 0
    if first in ("--help", "-h"):
        print_text(_format_help())
        return 0
    _check_command(first, arguments)
    command, rest = (first, arguments[1:]) if first in COMMANDS else ("check", arguments)
    # Each command is in a module that does not import what only others need.
    module = import_module(f"disarm_lint.cli.{_SHARED.get(command, command)}")
    status: int = getattr(module, f"run_{command}")(rest)
    return status


def _check_command(first: str, arguments: Sequence[str]) -> None:
    """Raise Failure for what is neither a command nor a file, but nearly a command."""
    if not first or first in COMMANDS or first.startswith("-") or os.path.lexists(first):
        return
    # A path may be in a commit, or in the index, alone.
    if any(option.partition("=")[0] in ("--at", "--staged") for option in arguments):
        return
    from disarm_lint.model.words import suggest_word

    if hint := suggest_word(first, COMMANDS):
        raise Failure(f"there is no command, file or folder “{first}”{hint}")


def _format_help() -> str:
    from disarm_lint.cli.arguments import CHECK_USAGE, EXIT_STATUS

    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return (
        f"usage: {NAME} {CHECK_USAGE}\n"
        f"       {NAME} COMMAND ...\n\n"
        "Find errors in the pages and workbooks of the DISARM framework.\n\n"
        f"commands:\n{commands}\n\n"
        f"`{NAME}` alone checks the corpus around the current folder.\n"
        f"`{NAME} COMMAND --help` lists the options of a command.\n\n{EXIT_STATUS}"
    )
