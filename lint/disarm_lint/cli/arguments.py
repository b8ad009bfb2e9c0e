"""Arguments of the commands that check, and of those that explain."""

from __future__ import annotations

from disarm_lint import __version__
from disarm_lint.cli.parser import (
    CHECK_USAGE,
    EXIT_STATUS,
    Parser,
    add_colour,
    count,
    selectors,
)
from disarm_lint.output.formats import FORMATS


def check_parser() -> Parser:
    """Return the parser of `check`."""
    parser = Parser(
        "check",
        "Find errors in a corpus, or in some of its pages and what they break elsewhere.",
        usage=f"disarm-lint {CHECK_USAGE}",
    )
    parser.epilog = EXIT_STATUS
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or folders; without any, the corpus around the current folder",
    )
    parser.add_argument("--version", action="version", version=f"disarm-lint {__version__}")
    rules = parser.add_argument_group("which rules")
    rules.add_argument(
        "--select",
        action="append",
        type=selectors,
        metavar="RULES",
        help="report these rules instead of the default ones: codes, beginnings of codes, "
        "names or ALL, separated by commas",
    )
    rules.add_argument(
        "--ignore", action="append", type=selectors, metavar="RULES", help="do not report these"
    )
    corpus = parser.add_argument_group("what is read")
    corpus.add_argument("--config", metavar="FILE", help="use this configuration file")
    corpus.add_argument(
        "--include-orphans",
        action="store_true",
        help="lint pages that the master data no longer lists like others",
    )
    corpus.add_argument(
        "--allow-empty", action="store_true", help="accept that there is nothing to lint"
    )
    past = parser.add_argument_group("the baseline")
    past.add_argument(
        "--baseline",
        metavar="FILE",
        help="do not report what is listed there; without this, what the configuration names, "
        "else .disarm-lint-baseline.yaml at the root of the corpus, where there is one",
    )
    past.add_argument("--no-baseline", action="store_true", help="report everything")
    past.add_argument(
        "--strict-baseline",
        action="store_true",
        help="exit with 1 where an entry of the baseline matches no finding any more",
    )
    git = parser.add_argument_group("what git knows")
    git.add_argument("--at", metavar="REV", help="check this commit, without checking it out")
    git.add_argument(
        "--changed-since",
        metavar="REV",
        help="report what was not there in this commit; REV... is the commit at which "
        "REV and the present one parted",
    )
    git.add_argument(
        "--staged",
        action="store_true",
        help="check what is staged, and report what it brings about; "
        "with nothing staged, the whole corpus",
    )
    git.add_argument(
        "--blame",
        action="store_true",
        help="say of each finding since which commit its cause is there (text, grouped, json); "
        "lints every commit that touched the corpus",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--output-format",
        choices=FORMATS,
        metavar="FORMAT",
        help="for people: text (the default), concise (a line for each finding), grouped (by "
        "cause), markdown (a summary), csv; for programs: json, json-lines, sarif, github, "
        "gitlab, junit, rdjson",
    )
    output.add_argument("--output-file", metavar="FILE", help="write to a file instead of stdout")
    output.add_argument(
        "--output",
        action="append",
        metavar="FORMAT:FILE",
        help="write this too, as in sarif:out.sarif; - is stdout; may be given several times; "
        "what $GITHUB_STEP_SUMMARY names is added to, never replaced",
    )
    output.add_argument(
        "--max-findings",
        type=count,
        metavar="N",
        help="show no more findings than N in text, concise and grouped, errors first; "
        "all are counted",
    )
    output.add_argument(
        "--statistics", action="store_true", help="count findings and causes for each rule"
    )
    add_colour(output)
    status = parser.add_argument_group("exit status")
    status.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="error",
        help="the least severity that makes the exit status 1 (default: error)",
    )
    status.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 where there are findings"
    )
    return parser


def rules_parser() -> Parser:
    """Return the parser of `rules`."""
    parser = Parser("rules", "List the rules.")
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text or json"
    )
    return parser


def explain_parser() -> Parser:
    """Return the parser of `explain`."""
    parser = Parser("explain", "Print the manual of a rule.")
    parser.add_argument("rules", nargs="+", metavar="RULE", help="a rule's code or name")
    return parser


def config_parser() -> Parser:
    """Return the parser of `config`."""
    parser = Parser(
        "config",
        "Show the configuration in force, with the root and the profile of the corpus, as YAML; "
        "or print the schema of the configuration file.",
    )
    parser.add_argument("what", choices=("show", "schema"), help="what to print")
    parser.add_argument("path", nargs="?", metavar="PATH", help="a file or folder of the corpus")
    parser.add_argument("--config", metavar="FILE", help="use this configuration file")
    return parser


def baseline_parser() -> Parser:
    """Return the parser of `baseline`."""
    parser = Parser(
        "baseline",
        "Keep the list of findings that are accepted for now: create it, take out what has been "
        "mended, or show it.\n`check` reports only what is not listed.",
    )
    parser.add_argument("what", choices=("create", "update", "show"), help="what to do")
    parser.add_argument("path", nargs="?", metavar="PATH", help="a folder of the corpus")
    parser.add_argument("--config", metavar="FILE", help="use this configuration file")
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="the file; without this, what the configuration names, else "
        ".disarm-lint-baseline.yaml at the root of the corpus",
    )
    parser.add_argument(
        "--include-orphans",
        action="store_true",
        help="lint pages that the master data no longer lists like others, as in check",
    )
    parser.add_argument("--force", action="store_true", help="create: replace the file")
    parser.add_argument(
        "--add", action="store_true", help="update: also add the findings that are not listed"
    )
    return parser
