"""The command line: which command it is, and what becomes of its errors."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from disarm_lint import __version__
from disarm_lint.cli.streams import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "disarm-lint"
DEBUG = "DISARM_LINT_DEBUG"

COMMANDS = {
    "check": "find errors in a corpus, or in some of its pages (the default)",
    "rules": "list the rules",
    "explain": "print the manual of a rule",
    "config": "show the configuration in force, or its schema",
    "baseline": "keep the list of findings that are accepted for now",
    "history": "tell what became of findings and entities, commit by commit",
    "audit": "write a report to read, of one corpus or of several side by side",
    "diff": "tell which entities, rows and cells differ between two commits",
    "textconv": "print a workbook as plain text, for git diff",
}

_FAILED = 2
_INTERRUPTED = 130


def run_and_exit() -> NoReturn:
    """Run the command line and exit with its status."""
    # The process is short and its data has no cycles; looking for them takes an eighth of its time.
    gc.disable()
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: nothing to report; 1: findings; 2: the command cannot be carried out.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except Failure as error:
        _say(f"{NAME}: {error}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        from disarm_lint.model.config import ConfigError

        if isinstance(error, ConfigError):
            _say(str(error))
            return _FAILED
        if os.environ.get(DEBUG) == "1":
            raise
        _say(
            f"{NAME}: internal error: {type(error).__name__}: {error}; "
            f"please report it, with what {DEBUG}=1 prints"
        )
    return _FAILED


def _run(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        print(f"{NAME} {__version__}")
        return 0
    if first in ("--help", "-h"):
        print(_help())
        return 0
    command, rest = (first, arguments[1:]) if first in COMMANDS else ("check", arguments)
    if command == "check":
        from disarm_lint.cli.check import run
    elif command == "rules":
        from disarm_lint.cli.rules import run
    elif command == "explain":
        from disarm_lint.cli.explain import run
    elif command == "baseline":
        from disarm_lint.cli.baseline import run
    elif command == "history":
        from disarm_lint.cli.history import run
    elif command == "audit":
        from disarm_lint.cli.audit import run
    elif command == "diff":
        from disarm_lint.cli.diff import run
    elif command == "textconv":
        from disarm_lint.cli.textconv import run
    else:
        from disarm_lint.cli.config import run
    return run(rest)


def _help() -> str:
    from disarm_lint.cli.arguments import CHECK_USAGE, EXIT_STATUS

    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return (
        f"usage: {NAME} {CHECK_USAGE}\n"
        f"       {NAME} COMMAND ...\n\n"
        "Finds errors in the Markdown corpus of the DISARM framework.\n\n"
        f"commands:\n{commands}\n\n"
        f"Without a command and a path, the corpus around the current folder is checked.\n"
        f"`{NAME} COMMAND --help` tells the options of a command.\n\n{EXIT_STATUS}"
    )


def _say(message: str) -> None:
    """Write one line to stderr, harmless and in its character set."""
    from disarm_lint.cli.streams import say

    say(message)
