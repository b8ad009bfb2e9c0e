"""Parsers of arguments whose errors are one line."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, NoReturn

from disarm_lint.cli.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK_USAGE = "[check] [OPTIONS] [PATH ...]"
EXIT_STATUS = (
    "exit status: 0 nothing to report, 1 findings at or above --fail-on,\n"
    "             2 the command cannot be carried out"
)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def __init__(self, command: str, description: str, usage: str | None = None) -> None:
        prog = f"disarm-lint {command}"
        super().__init__(
            prog=prog,
            usage=usage,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise Failure with the message and what was probably meant."""
        from disarm_lint.config.place import did_you_mean

        hint = ""
        unknown = re.search(r"unrecognized arguments: (--?[\w-]+)", message)
        if unknown:
            options = [o for action in self._actions for o in action.option_strings]
            hint = did_you_mean(unknown[1], options)
        raise Failure(f"{message}{hint or f'; `{self.prog} --help` tells more'}")

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; options may stand between paths."""
        return self.parse_intermixed_args(list(arguments))


def selectors(text: str) -> list[str]:
    """Return the selectors of a comma-separated list."""
    return [part.strip() for part in text.split(",")]


def count(text: str) -> int:
    """Return a number of findings; raise ArgumentTypeError for what is none."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"“{text}” is no number of findings")
    return int(text)


def add_choice_of_rules(parser: argparse._ActionsContainer) -> None:
    """Add --select, --ignore and --include-orphans, as reports have them."""
    parser.add_argument(
        "--select",
        action="append",
        type=selectors,
        metavar="RULES",
        help="report these rules instead of the default ones, as in check",
    )
    parser.add_argument(
        "--ignore", action="append", type=selectors, metavar="RULES", help="do not report these"
    )
    parser.add_argument(
        "--include-orphans",
        action="store_true",
        help="lint pages that the master data no longer lists like others, as in check",
    )


def add_colour(parser: argparse._ActionsContainer) -> None:
    """Add --color."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour the output; auto heeds NO_COLOR and FORCE_COLOR",
    )
