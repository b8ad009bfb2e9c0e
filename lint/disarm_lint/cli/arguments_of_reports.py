"""Arguments of the commands that write something to read: audit, history, diff, textconv."""

from __future__ import annotations

from disarm_lint.cli.parser import Parser, add_choice_of_rules, add_colour


def audit_parser() -> Parser:
    """Return the parser of `audit`."""
    parser = Parser(
        "audit",
        "Write a report to read: what is wrong, where, and what to do first.\n"
        "Several corpora, each with a label, are compared, the oldest first.",
        usage="disarm-lint audit [OPTIONS] [PATH ... | LABEL=PATH LABEL=PATH ...]",
    )
    parser.epilog = "exit status: 0 the report is written, 2 it cannot be"
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a corpus, or some of its pages; without any, the corpus around the current folder",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--html",
        metavar="FILE",
        help="write one HTML file that needs nothing else; - is stdout. Without any output, "
        "disarm-lint-audit.html in the current folder",
    )
    output.add_argument(
        "--csv",
        metavar="FILE",
        help="write the findings as CSV, and the causes beside them, as in NAME-causes.csv; "
        "- is stdout, for the findings alone",
    )
    output.add_argument(
        "--xlsx", metavar="FILE", help="write a workbook with a summary, the causes, the findings"
    )
    output.add_argument(
        "--annotate",
        metavar="DIR",
        help="write copies of the master workbooks in which the cells with findings are coloured "
        "and carry notes; the originals stay as they are",
    )
    corpus = parser.add_argument_group("what is read and reported")
    corpus.add_argument("--at", metavar="REV", help="audit this commit, without checking it out")
    corpus.add_argument(
        "--blame",
        action="store_true",
        help="say of each cause since which commit it is there, and plot the findings of all "
        "releases; lints every commit that touched the corpus",
    )
    corpus.add_argument("--config", metavar="FILE", help="use this configuration file")
    add_choice_of_rules(corpus)
    return parser


def history_parser() -> Parser:
    """Return the parser of `history`."""
    parser = Parser(
        "history",
        "Lint each commit that touched a corpus, straight from git, and tell what became of its "
        "findings, causes and entities.\nNothing is checked out; the working tree and the baseline "
        "play no part.",
    )
    parser.add_argument("path", nargs="?", metavar="PATH", help="a folder of the corpus")
    parser.add_argument(
        "--since", metavar="REV", help="leave out this commit and all before it, but compare"
    )
    parser.add_argument("--config", metavar="FILE", help="use this configuration for all commits")
    add_choice_of_rules(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="for people (the default)")
    form.add_argument("--json", action="store_true", help="for programs")
    form.add_argument(
        "--html",
        metavar="FILE",
        help="write a report to read, as one HTML file; - is stdout",
    )
    parser.add_argument(
        "--commits", action="store_true", help="text: tell every commit, not only the releases"
    )
    parser.add_argument("--full", action="store_true", help="text: cut no list short")
    parser.add_argument("--output-file", metavar="FILE", help="write to a file instead of stdout")
    add_colour(parser)
    return parser


def diff_parser() -> Parser:
    """Return the parser of `diff`; its path stands behind `--` and is taken off before."""
    parser = Parser(
        "diff",
        "Tell what differs between two commits, or between a commit and the working tree: "
        "entities, rows and cells of the workbooks, without these the pages.",
        usage="disarm-lint diff [OPTIONS] REV [REV] [-- PATH]",
    )
    parser.epilog = (
        "exit status: 0 the difference is told, whatever it is, 2 it cannot be.\n"
        "PATH is a corpus, or a file or folder of one; without it, the corpus around the current "
        "folder."
    )
    parser.add_argument("revisions", nargs="+", metavar="REV", help="the earlier commit, the later")
    parser.add_argument(
        "--pages",
        action="store_true",
        help="compare the pages too, where there are workbooks that they are made from",
    )
    parser.add_argument(
        "--output-format",
        choices=("text", "markdown", "json"),
        default="text",
        help="text (the default), markdown (a comment on a pull request), json (for programs)",
    )
    parser.add_argument("--output-file", metavar="FILE", help="write to a file instead of stdout")
    parser.add_argument("--config", metavar="FILE", help="use this configuration for both")
    add_colour(parser)
    return parser


def textconv_parser() -> Parser:
    """Return the parser of `textconv`."""
    parser = Parser(
        "textconv",
        "Print an .xlsx workbook as plain text, every sheet, one block for each row: what "
        "`git diff` compares, where git is told so.",
    )
    parser.add_argument("file", metavar="FILE", help="the workbook")
    return parser
