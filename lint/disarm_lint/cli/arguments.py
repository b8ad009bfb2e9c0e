"""Arguments of each command, and parsers whose errors are one line."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, NoReturn

from disarm_lint import __version__
from disarm_lint.cli.streams import Failure, print_text
from disarm_lint.model.words import shorten, suggest_word
from disarm_lint.report.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK_USAGE = "[check] [OPTIONS] [PATH ...]"
EXIT_STATUS = (
    "exit status: 0 no finding at or above --fail-on, 1 findings,\n"
    "             2 the command could not run"
)
_ORPHANS = "also lint pages that the master data no longer lists, as in check"


# What argparse says of a word that is none of those known, and where there is none.
_BAD_CHOICE = re.compile(
    r"(?:argument (?:what|(--\S+)): )?invalid choice: '([^']*)' \(choose from (.*)\)"
)
_MISSING_ACTION = re.compile(r"arguments are required: what\b")


class ArgumentParser(argparse.ArgumentParser):
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
        hint = ""
        unknown = re.search(r"unrecognized arguments: (--?[\w-]+)", message)
        if unknown:
            names = [o.lstrip("-") for action in self._actions for o in action.option_strings]
            hint = suggest_word(unknown[1].lstrip("-"), names).replace("“", "“--")
        if chosen := _BAD_CHOICE.search(message):
            known = chosen[3].replace("'", "").split(", ")
            where = f"{chosen[1]}: " if chosen[1] else ""
            message = f"{where}there is no “{shorten(chosen[2])}”"
            hint = suggest_word(chosen[2], known) or f"; choose from {', '.join(known)}"
        if _MISSING_ACTION.search(message):
            raise Failure(f"say what to do: {' or '.join(self._list_actions())}")
        raise Failure(f"{message}{hint or f'; `{self.prog} --help` lists the options'}")

    def _list_actions(self) -> list[str]:
        return [
            f"`{self.prog} {choice}`"
            for action in self._actions
            if action.dest == "what"
            for choice in action.choices or ()
        ]

    def _print_message(self, message: str, file: object = None) -> None:
        """Print the help or the version; raise Failure if that cannot be done."""
        del file
        print_text(message)

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; options may stand between paths."""
        return self.parse_intermixed_args(list(arguments))


def parse_selectors(text: str) -> list[str]:
    """Return the selectors of a comma-separated list."""
    return [part.strip() for part in text.split(",")]


def parse_count(text: str) -> int:
    """Return a number of findings; raise ArgumentTypeError for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise argparse.ArgumentTypeError(f"“{shorten(text)}” is not a number of findings")
    return int(text)


def add_flag(parser: argparse._ActionsContainer, name: str, what: str) -> None:
    """Add an option without a value."""
    parser.add_argument(name, action="store_true", help=what)


def add_value(parser: argparse._ActionsContainer, name: str, metavar: str, what: str) -> None:
    """Add an option with a value."""
    parser.add_argument(name, metavar=metavar, help=what)


def add_paths(
    parser: argparse._ActionsContainer,
    what: str = "files or folders (default: the corpus around the current folder)",
) -> None:
    """Add the files and folders that a command reads."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help=what)


def add_path(parser: argparse._ActionsContainer, what: str) -> None:
    """Add the one file or folder that a command is about."""
    parser.add_argument("path", nargs="?", metavar="PATH", help=what)


def add_config(
    parser: argparse._ActionsContainer, what: str = "use this configuration file"
) -> None:
    """Add --config."""
    add_value(parser, "--config", "FILE", what)


def add_selection(parser: argparse._ActionsContainer, what: str) -> None:
    """Add --select, of which `what` is the help, and --ignore."""
    for option, text in (("--select", what), ("--ignore", "do not run these rules")):
        parser.add_argument(
            option, action="append", type=parse_selectors, metavar="RULES", help=text
        )


def add_choice_of_rules(parser: argparse._ActionsContainer) -> None:
    """Add --select, --ignore and --include-orphans, as reports have them."""
    add_selection(parser, "run these rules instead of the default ones, as in check")
    add_flag(parser, "--include-orphans", _ORPHANS)


def add_diff(parser: argparse._ActionsContainer) -> None:
    """Add --diff."""
    add_flag(parser, "--diff", "show what would change, and change nothing")


def add_output_file(parser: argparse._ActionsContainer) -> None:
    """Add --output-file."""
    add_value(parser, "--output-file", "FILE", "write to this file, not to stdout")


def add_colour(parser: argparse._ActionsContainer) -> None:
    """Add --color."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour the output; auto honours NO_COLOR and FORCE_COLOR",
    )


def build_check_parser() -> ArgumentParser:
    """Return the parser of `check`."""
    parser = ArgumentParser(
        "check",
        "Find errors in a corpus, or in some of its pages and in what they break elsewhere.",
        usage=f"disarm-lint {CHECK_USAGE}",
    )
    parser.epilog = EXIT_STATUS
    add_paths(parser)
    parser.add_argument("--version", action="version", version=f"disarm-lint {__version__}")
    rules = parser.add_argument_group("which rules")
    add_selection(
        rules,
        "run these rules instead of the default ones: codes, beginnings of codes, "
        "names or ALL, separated by commas",
    )
    fixing = parser.add_argument_group("fixing")
    add_flag(fixing, "--fix", "fix what is certain first, as `disarm-lint fix` does")
    add_flag(fixing, "--unsafe-fixes", "with --fix, also fix what is probably meant")
    add_flag(fixing, "--allow-dirty", "with --fix, also edit files with uncommitted changes")
    corpus = parser.add_argument_group("what is read")
    add_config(corpus)
    add_flag(corpus, "--include-orphans", "also lint pages that the master data no longer lists")
    add_flag(
        corpus,
        "--allow-private",
        "let dead-url request private network addresses; the configuration cannot",
    )
    add_flag(corpus, "--allow-empty", "do not fail if there is nothing to lint")
    kept = parser.add_argument_group("what is kept from run to run")
    add_flag(kept, "--no-cache", "use nothing that earlier runs kept, and keep nothing")
    add_value(
        kept,
        "--cache-dir",
        "DIR",
        "keep it in this folder, outside of the repository; without this, in your cache folder",
    )
    past = parser.add_argument_group("the baseline")
    add_value(
        past,
        "--baseline",
        "FILE",
        "do not report the findings in this file (default: the one in the configuration, "
        "or .disarm-lint-baseline.yaml at the root of the corpus if it exists)",
    )
    add_flag(past, "--no-baseline", "read no baseline")
    add_flag(
        past, "--strict-baseline", "exit with 1 if a baseline entry no longer matches a finding"
    )
    git = parser.add_argument_group("what git knows")
    add_value(git, "--at", "REV", "check this commit without checking it out")
    add_value(
        git,
        "--changed-since",
        "REV",
        "report what this commit does not have; REV... is the commit at which REV and HEAD parted",
    )
    add_flag(
        git,
        "--staged",
        "check what is staged, and report what it introduces; "
        "if nothing is staged, check the whole corpus",
    )
    add_flag(
        git,
        "--blame",
        "date each finding by the commit that introduced its cause (text, grouped, json); "
        "lints every commit that touched the corpus",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--output-format",
        choices=FORMATS,
        metavar="FORMAT",
        help="for people: text (the default), concise (one line per finding), grouped (by "
        "root cause), markdown (a summary), csv; for programs: json, json-lines, sarif, "
        "github, gitlab, junit, rdjson",
    )
    add_output_file(output)
    output.add_argument(
        "--output",
        action="append",
        metavar="FORMAT:FILE",
        help="also write this format, as in sarif:out.sarif; - is stdout; may be given several "
        "times; the file that $GITHUB_STEP_SUMMARY names is appended to",
    )
    output.add_argument(
        "--max-findings",
        type=parse_count,
        metavar="N",
        help="show at most N findings in text, concise and grouped, errors first; all count",
    )
    add_flag(output, "--statistics", "count findings and causes by rule")
    add_colour(output)
    status = parser.add_argument_group("exit status")
    status.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="error",
        help="the least severity that makes the exit status 1 (default: error)",
    )
    add_flag(status, "--exit-zero", "exit with 0 even if there are findings")
    return parser


def build_rules_parser() -> ArgumentParser:
    """Return the parser of `rules`."""
    parser = ArgumentParser("rules", "List the rules.")
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text or json"
    )
    return parser


def build_explain_parser() -> ArgumentParser:
    """Return the parser of `explain`."""
    parser = ArgumentParser("explain", "Print the manual of a rule.")
    parser.add_argument("rules", nargs="+", metavar="RULE", help="a rule's code or name")
    return parser


def build_config_parser() -> ArgumentParser:
    """Return the parser of `config`."""
    parser = ArgumentParser(
        "config",
        "Show the configuration in force, with the root and the profile of the corpus, as YAML,\n"
        "or print a JSON Schema: of the configuration file, of a profile, or of a kind's pages.",
    )
    parser.add_argument("what", choices=("show", "schema"), help="what to print")
    add_path(parser, "a file or folder of the corpus")
    add_value(
        parser, "--page", "KIND", "schema: print that of the pages of a kind, such as technique"
    )
    add_flag(parser, "--profile", "schema: print that of a profile")
    add_config(parser)
    return parser


def build_baseline_parser() -> ArgumentParser:
    """Return the parser of `baseline`."""
    parser = ArgumentParser(
        "baseline",
        "Keep the list of findings that are accepted for now: create it, remove what has been "
        "fixed, or show it.\n`check` reports only what is not listed.",
    )
    parser.add_argument("what", choices=("create", "update", "show"), help="what to do")
    add_path(parser, "a folder of the corpus")
    add_config(parser)
    add_value(
        parser,
        "--baseline",
        "FILE",
        "the file (default: the one in the configuration, or .disarm-lint-baseline.yaml "
        "at the root of the corpus)",
    )
    add_flag(parser, "--include-orphans", _ORPHANS)
    add_flag(parser, "--force", "create: replace an existing file")
    add_flag(parser, "--add", "update: also add findings that are not listed")
    return parser


def build_audit_parser() -> ArgumentParser:
    """Return the parser of `audit`."""
    parser = ArgumentParser(
        "audit",
        "Write a report to read: what is wrong, where, and what to do first.\n"
        "Several corpora, each with a label, are compared; name the oldest first.",
        usage="disarm-lint audit [OPTIONS] [PATH ... | LABEL=PATH LABEL=PATH ...]",
    )
    parser.epilog = "exit status: 0 success, 2 error"
    add_paths(
        parser, "a corpus, or some of its pages (default: the corpus around the current folder)"
    )
    output = parser.add_argument_group("output")
    add_value(
        output,
        "--html",
        "FILE",
        "write one HTML file that needs nothing else; - is stdout (default, if no output is "
        "named: disarm-lint-audit.html in the current folder)",
    )
    add_value(
        output,
        "--csv",
        "FILE",
        "write the findings as CSV, and the causes beside it, as NAME-causes.csv; "
        "- writes the findings alone to stdout",
    )
    add_value(output, "--xlsx", "FILE", "write a workbook with summary, causes and findings")
    add_value(
        output,
        "--annotate",
        "DIR",
        "write copies of the master workbooks in which cells with findings are coloured and "
        "have notes; the originals stay as they are",
    )
    corpus = parser.add_argument_group("what is read and reported")
    add_value(corpus, "--at", "REV", "audit this commit without checking it out")
    add_flag(
        corpus,
        "--blame",
        "date each cause by the commit that introduced it, and plot the findings of all "
        "releases; lints every commit that touched the corpus",
    )
    add_config(corpus)
    add_choice_of_rules(corpus)
    return parser


def build_history_parser() -> ArgumentParser:
    """Return the parser of `history`."""
    parser = ArgumentParser(
        "history",
        "Lint each commit that touched a corpus, straight from git, and show how findings, causes\n"
        "and entities changed. Nothing is checked out; the working tree and baseline are not "
        "read.",
    )
    add_path(parser, "a folder of the corpus")
    add_value(parser, "--since", "REV", "leave out this commit and what came before")
    add_config(parser, "use this configuration for all commits")
    add_choice_of_rules(parser)
    form = parser.add_mutually_exclusive_group()
    add_flag(form, "--text", "for people (the default)")
    add_flag(form, "--json", "for programs")
    add_value(form, "--html", "FILE", "write a report to read as one HTML file; - is stdout")
    add_flag(parser, "--commits", "text: show every commit, not only the releases")
    add_flag(parser, "--full", "text: shorten no list")
    add_output_file(parser)
    add_colour(parser)
    parser.epilog = "exit status: 0 success, 2 error"
    return parser


def build_diff_parser() -> ArgumentParser:
    """Return the parser of `diff`; its path stands behind `--` and is taken off before."""
    parser = ArgumentParser(
        "diff",
        "Show what differs between two commits, a commit and the working tree, or two folders:\n"
        "entities, and the rows and cells of the workbooks or, without workbooks, the pages.",
        usage="disarm-lint diff [OPTIONS] REV [REV] [-- PATH]\n"
        "       disarm-lint diff [OPTIONS] [LABEL=]FOLDER [LABEL=]FOLDER",
    )
    parser.epilog = (
        "PATH is a corpus, or a file or folder of one (default: the corpus around the current "
        "folder).\n\nexit status: 0 success, 2 error"
    )
    parser.add_argument(
        "revisions",
        nargs="+",
        metavar="REV",
        help="the earlier commit or folder, then the later",
    )
    add_flag(parser, "--pages", "also compare the pages that are generated from workbooks")
    parser.add_argument(
        "--output-format",
        choices=("text", "markdown", "json"),
        default="text",
        help="text (the default), markdown (a comment on a pull request), json (for programs)",
    )
    add_output_file(parser)
    add_config(parser, "use this configuration for both")
    add_colour(parser)
    return parser


def build_urls_parser() -> ArgumentParser:
    """Return the parser of `urls`."""
    parser = ArgumentParser(
        "urls",
        "List the web addresses of a corpus with their places. This command does not use the\n"
        "network: pass the list to a link checker, or select the rule dead-url in `check`.",
    )
    add_paths(parser)
    add_config(parser)
    add_flag(
        parser,
        "--include-orphans",
        "also list addresses on pages that the master data no longer lists",
    )
    parser.add_argument(
        "--output-format",
        choices=("text", "plain", "json"),
        default="text",
        help="text: each address and its places (the default); plain: one address per line, as "
        "lychee and linkchecker read it; json",
    )
    return parser


def build_textconv_parser() -> ArgumentParser:
    """Return the parser of `textconv`."""
    parser = ArgumentParser(
        "textconv",
        "Print all sheets of an .xlsx workbook as plain text, one block per row, for `git diff`\n"
        "to compare; docs/diff.md explains how to set that up.",
    )
    parser.add_argument("file", metavar="FILE", help="the workbook")
    return parser


def build_fix_parser() -> ArgumentParser:
    """Return the parser of `fix`."""
    parser = ArgumentParser(
        "fix",
        "Fix what is certain, in the pages and in the workbooks that their words come from.",
    )
    parser.epilog = (
        "exit status: 0 success, 1 if --diff shows a change or --exit-non-zero-on-fix is given\n"
        "             and something was fixed, 2 error"
    )
    add_paths(parser)
    chosen = parser.add_argument_group("what is fixed")
    add_flag(
        chosen,
        "--unsafe-fixes",
        "also fix what is probably meant, such as an id beside the name of another",
    )
    add_choice_of_rules(chosen)
    chosen.add_argument(
        "--root",
        action="append",
        metavar="ID",
        help="fix only this root cause; may be given several times",
    )
    add_flag(chosen, "--no-workbooks", "edit no workbook")
    add_flag(chosen, "--no-pages", "edit no page")
    how = parser.add_argument_group("how")
    add_config(how)
    add_diff(how)
    add_value(
        how,
        "--changes",
        "FILE",
        "write what would change in cells to a list (.xlsx, .csv or .json) for `apply`, and "
        "change nothing",
    )
    add_flag(how, "--allow-dirty", "also edit files with uncommitted changes in git")
    add_flag(how, "--exit-non-zero-on-fix", "exit with 1 if something was fixed, as hooks need")
    add_flag(how, "--interactive", "ask about each root cause on the terminal")
    return parser


def build_rename_parser() -> ArgumentParser:
    """Return the parser of `rename`."""
    parser = ArgumentParser(
        "rename",
        "Give an entity a new name or a new id: show each place that has the old one, or replace\n"
        "it with --write, in the workbooks, the pages and the published files.",
        usage='disarm-lint rename [OPTIONS] ID "NEW NAME"|NEW_ID [PATH]',
    )
    parser.epilog = "exit status: 0 success, 2 error"
    parser.add_argument("id", metavar="ID", help="the id of the entity, such as T0088.001")
    parser.add_argument(
        "new", metavar="NEW", help="its new name, in quotation marks, or its new id"
    )
    # More than one of these are words of a name that lacks its quotation marks.
    parser.add_argument(
        "paths",
        nargs="*",
        default=[],
        metavar="PATH",
        help="a folder of the corpus (default: the corpus around the current folder)",
    )
    add_flag(parser, "--write", "make the changes, instead of only showing them")
    add_flag(parser, "--diff", "show the whole difference, not only its beginning")
    add_config(parser)
    add_flag(parser, "--allow-dirty", "also edit files with uncommitted changes in git")
    add_flag(parser, "--force", "rename even if that causes findings")
    return parser


def build_render_parser() -> ArgumentParser:
    """Return the parser of `render`."""
    parser = ArgumentParser(
        "render",
        "Write the pages, indexes and grids from the workbooks, and keep the notes below the edit\n"
        "marker.",
    )
    parser.epilog = "exit status: 0 success, 1 if --check or --diff shows a change, 2 error"
    add_paths(parser)
    add_flag(
        parser,
        "--check",
        "change nothing; show what differs from the workbooks, and exit with 1 if any does",
    )
    add_flag(parser, "--diff", "as --check, but write only the difference to stdout")
    add_flag(parser, "--prune", "list and delete the pages whose rows are gone from the workbooks")
    add_flag(parser, "--allow-dirty", "also write and delete files with uncommitted changes in git")
    add_config(parser)
    return parser


def build_apply_parser() -> ArgumentParser:
    """Return the parser of `apply`."""
    parser = ArgumentParser(
        "apply",
        "Make the changes of a list that `fix --changes` wrote, in workbooks whose rows may have\n"
        "moved: each row is found by its id, and its cell must hold the old text. If a change\n"
        "does not fit, it is listed, and nothing is written.",
        usage="disarm-lint apply [OPTIONS] FILE [PATH]",
    )
    parser.epilog = (
        "exit status: 0 success, 1 if a change does not fit or --diff shows a change, 2 error"
    )
    parser.add_argument("list", metavar="FILE", help="the list: .xlsx, .csv or .json")
    add_path(parser, "a workbook or a corpus (default: the corpus around the current folder)")
    add_flag(parser, "--skip-unmatched", "make the other changes if some do not fit")
    add_diff(parser)
    add_flag(parser, "--allow-dirty", "also edit workbooks with uncommitted changes in git")
    add_config(parser)
    return parser
