"""The formats for people and CI logs: github, markdown, grouped, and what is left out of them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import structs

from disarm_lint.model.finding import Severity
from disarm_lint.model.text import CellSpan, Location, Span
from disarm_lint.report.ci import SHOWN
from disarm_lint.report.formats import RenderSettings
from disarm_lint.report.markdown import format_code
from disarm_lint.report.report import ShownFinding, ShownPlace
from disarm_lint.report.terminal import Charset, is_ci_log, neutralise_brackets, neutralise_commands
from disarm_lint.report.text import format_for_cell
from support.formats import NASTY, TEXT, Command, command_of, finding, nasty, report, written

if TYPE_CHECKING:
    from markdown_it.token import Token

FIRST = TEXT.index("wrong")
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


# github


def commands(*items: ShownFinding) -> list[Command]:
    lines = written("github", *items).split("\n")
    assert lines.pop() == ""
    found = [command_of(line) for line in lines]
    return [command for command in found if command is not None]


def test_github() -> None:
    items = report(nasty()).findings
    ranked = sorted(items, key=lambda item: item.finding.severity.rank)
    for item, command in zip(ranked, commands(*items), strict=True):
        found, span, told = item.finding, item.span, command.properties
        assert command.name == LEVELS[found.severity]
        assert told["title"] == f"{found.rule} {found.name}"
        assert told["file"] == item.path.replace("\x1b", "<U+001B>")
        assert shown(found.message) in command.data
        assert command.data.startswith(shown(item.path).partition("\n")[0])
        if span is None:
            assert "line" not in told
            continue
        assert told["line"] == str(span.line)
        assert told["endLine"] == str(span.end_line)
        if span.line == span.end_line:
            assert told["col"] == str(span.column)
            assert told["endColumn"] == str(span.end_column)
        else:
            assert "col" not in told
            assert "endColumn" not in told


def shown(text: str) -> str:
    return neutralise_brackets("\n".join(Charset().show_line(line) for line in text.splitlines()))


def test_github_says_what_to_write() -> None:
    (command,) = commands(finding(FIRST, FIRST + 5, message="it is so", suggestion="50% :x"))
    assert command.data.endswith("it is so\nwrite “50% :x”")


def some(number: int, severity: Severity) -> list[ShownFinding]:
    return [finding(severity=severity, message=f"m{n}", path="p.md") for n in range(number)]


def roots(number: int, severity: Severity) -> list[ShownFinding]:
    return [finding(severity=severity, cause=f"{severity}{n}") for n in range(number)]


def test_github_annotates_root_causes_and_says_how_many_are_not_shown() -> None:
    few = commands(*some(SHOWN - 1, Severity.ERROR), *some(SHOWN - 1, Severity.INFO))
    assert [command.name for command in few] == ["error"] * 9 + ["notice"] * 9
    assert "more place" not in few[0].data
    (one,) = commands(*some(SHOWN, Severity.ERROR))
    assert ", and 9 more places\n" in one.data
    (*errors, last) = commands(*roots(11, Severity.ERROR), *some(2, Severity.WARNING))
    assert [command.name for command in errors] == ["error"] * 11 + ["warning"]
    assert last.properties == {"title": "disarm-lint"}
    assert last.data == (
        "GitHub shows 10 annotations of each level for a step; 1 of 12 root causes are only in "
        "the log of this step"
    )


@given(st.text(max_size=80), st.text(min_size=1, max_size=30))
def test_github_writes_one_command_whatever_the_text(message: str, path: str) -> None:
    raw = written("github", finding(message=message, path=path))
    assert raw.count("\n") == 1
    assert "\r" not in raw
    command = command_of(raw.rstrip("\n"))
    assert command is not None
    assert command.name == "error"
    assert command.properties["title"] == "N401 name-mismatch"
    visible = "".join(
        char if char in "\r\n" or not told.startswith("<U+") else told
        for char in path
        for told in [Charset().show_line(char)]
    )
    assert command.properties["file"] == visible


# the log of a CI job


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("::error::x", "<U+003A>:error::x"),
        ("a\n \t ::add-mask::x\nb", "a\n \t <U+003A>:add-mask::x\nb"),
        ("a ::error::x", "a ::error::x"),
        ("say ##[error]x", "say ##<U+005B>error]x"),
        ("##vso[task.x]y", "##vso<U+005B>task.x]y"),
        ("##teamcity[x]", "##teamcity<U+005B>x]"),
        ("##VSO[task.x]y", "##VSO<U+005B>task.x]y"),
        ("T0097:109 [x] # y", "T0097:109 [x] # y"),
    ],
)
def test_without_commands(text: str, harmless: str) -> None:
    assert neutralise_commands(text) == harmless


@given(st.text(alphabet=": \t\n#[]error", max_size=40))
def test_no_line_is_a_command(text: str) -> None:
    assert not any(command_of(line) for line in neutralise_commands(text).split("\n"))


def test_a_ci_log_is_known_by_its_server() -> None:
    assert is_ci_log({"GITHUB_ACTIONS": "true"})
    assert is_ci_log({"TF_BUILD": "True"})
    assert not is_ci_log({"CI": "true", "GITHUB_ACTIONS": ""})


# markdown


def rendered(text: str) -> tuple[list[str], list[str], list[Token]]:
    """Return the code spans, the other words and all tokens, as GitHub's dialect has them."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    spans = [token.content for token in inline if token.type == "code_inline"]
    words = [token.content for token in inline if token.type == "text"]
    return spans, words, [*tokens, *inline]


ALLOWED = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text"),
    *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
    *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "strong_open"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("code_inline", "strong_close", "softbreak"),
}


def test_markdown_holds_page_texts_in_code_spans_only() -> None:
    items = nasty()
    text = written("markdown", *items)
    spans, words, tokens = rendered(text)
    assert {token.type for token in tokens} <= ALLOWED
    for item in items:
        assert Charset().show_line(item.finding.message)[:200] in "\n".join(spans)
        assert Charset().show_line(item.path) in spans
    for bad in ("<", "@", "http", "www", "::", "|", "`", "😀"):
        assert not any(bad in word for word in words), bad
    assert "| N401 name-mismatch | error | 2 | 1 |\n" in text
    assert text.startswith("## disarm-lint\n\nFound 2 errors, 1 warning, 1 info (2 causes)")


@given(st.text(max_size=60))
@example("\u00a0")
def test_a_code_span_holds_any_text(text: str) -> None:
    spans, words, tokens = rendered(f"- {format_code(text)}\n")
    (span,) = spans
    assert span == (Charset().show_line(text) or " ")
    assert not words
    assert {token.type for token in tokens} <= ALLOWED


def test_markdown_is_bounded_and_says_what_is_left_out() -> None:
    long = NASTY * 40
    items = [
        finding(path=f"{n % 9}{'😀' * 300}.md", message=long, suggestion=long, cause=f"{n}")
        for n in range(300)
        for _ in range(11)
    ]
    text = written("markdown", *items)
    assert len(text.encode("utf-8")) < 768 * 1024
    assert "260 more root causes are not shown here." in text
    assert "and 1 more" in text


def test_markdown_without_findings() -> None:
    assert written("markdown") == (
        "## disarm-lint\n\nAll good: nothing to report in 786 files, 871 entities, "
        "3,000 citations.\n\n"
    )


# grouped


def test_grouped() -> None:
    def made(line: int, cause: str, **more: str) -> ShownFinding:
        related = (ShownPlace("t.md", Span(1, 20, 1, 29), "T0001 is defined here"),)
        text = "\n" * (line - 1) + "some wrong words\n"
        return finding(
            line + 4,
            line + 9,
            text=text,
            path="p.md",
            message=more.get("message", f"it is {cause}"),
            suggestion=more.get("suggestion", "right"),
            cause=cause,
            related=related,
        )

    items = [
        made(1, "single"),
        made(2, "double"),
        made(3, "double", suggestion="left"),
        made(4, "double", message="it is otherwise"),
    ]
    full = [
        "error[N401] 3 findings: it is double",
        "     = help: write “right”",
        "     = note: T0001 is defined here: t.md:1:20",
        "    p.md",
        "        2:6",
        "        3:6: write “left”",
        "        4:6: it is otherwise",
        "",
        "error[N401] 1 finding: it is single",
        "     = help: write “right”",
        "     = note: T0001 is defined here: t.md:1:20",
        "    p.md:1:6",
        "",
        "Found 4 errors (2 causes) in 786 files, 871 entities, 3,000 citations.",
        "[*] 4 fixable with `disarm-lint fix`.",
    ]
    assert written("grouped", *items).splitlines() == full
    limited = written("grouped", *items, settings=RenderSettings(limit=2)).splitlines()
    assert limited == [
        *full[:3],
        "    p.md:2:6",
        "    p.md:3:6: write “left”",
        "    and 1 more",
        "",
        "2 more findings are not shown (--max-findings 2).",
        "",
        *full[-2:],
    ]


def test_grouped_says_once_what_messages_share_before_their_advice() -> None:
    def made(line: int, meant: str) -> ShownFinding:
        return finding(
            line - 1,
            line + 3,
            text="\n" * (line - 1) + "some wrong words\n",
            path="p.md",
            message=f"the list is torn; write “{meant[:4]}…”",
            suggestion=meant,
            cause="torn",
        )

    lines = written("grouped", made(1, "left and right"), made(2, "north and south")).splitlines()
    assert lines[:4] == [
        "error[N401] 2 findings: the list is torn; write “left…”",
        "     = help: write “left and right”",
        "    p.md:1:1",
        "    p.md:2:1: write “north and south”",
    ]


@pytest.mark.parametrize(
    ("message", "suggestion", "helps"),
    [
        ("it is double; write “right”", "right", False),
        ("malformed id; write T0146", "T0146", False),
        ("there is a space; delete it", "", False),
        ("this is no-break; write an ordinary space", " ", False),
        ("the row ends here: write <br><br>", "<br><br>", False),
        # What a message says in other words, or not to its end, is said in full.
        ("T0146 is called “right”", "right", True),
        ("it is torn; write “left…”", "left and right", True),
        ("there is a space", "", True),
    ],
)
@pytest.mark.parametrize("format_", ["text", "grouped", "github", "junit"])
def test_no_format_says_twice_what_to_write(
    format_: str, message: str, suggestion: str, *, helps: bool
) -> None:
    item = finding(0, 5, text="wrong\n", message=message, suggestion=suggestion)
    lines = unescape(written(format_, item)).replace("%0A", "\n").splitlines()
    said = [line for line in lines if line.strip(" =").startswith(("help: ", "write ", "delete "))]
    assert bool(said) == helps, lines


@pytest.mark.parametrize(
    ("message", "suggestion", "expected"),
    [
        ("it is double; write “right”", "right", "it is double; write “right”"),
        ("T0146 is called “right”", "right", "T0146 is called “right”; write “right”"),
        ("it is torn; write “left…”", "left and right", "it is torn; write “left and right”"),
        (
            "no break: write “a↵b”",
            "a\nb",
            "no break; write “a↵b” (↵ is a line break: Alt+Enter)",
        ),
    ],
)
def test_a_message_for_formats_without_cells_ends_with_all_there_is_to_write(
    message: str, suggestion: str, expected: str
) -> None:
    item = finding(0, 5, text="wrong\n", message=message, suggestion=suggestion)
    cell = Location("Book.xlsx", None, CellSpan("sheet", "B2", 0, 5))
    item = replace(item, finding=structs.replace(item.finding, location=cell))
    assert format_for_cell(item) == f"sheet!B2: {expected}"


def test_grouped_fits_80_columns_and_moves_no_terminal() -> None:
    settings = RenderSettings(charset=Charset("ascii"))
    text = written("grouped", *nasty(), settings=settings)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80 or "d:e" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)


# --max-findings


def test_the_most_severe_findings_are_shown_in_their_order() -> None:
    items = [
        finding(message=f"m{n}", severity=severity, path=f"p{n}.md")
        for n, severity in enumerate(["info", "error", "warning", "error", "info"])
        for severity in [Severity(severity)]
    ]
    for name in ("concise", "text"):
        text = written(name, *items, settings=RenderSettings(limit=3))
        assert re.findall(r"\bm\d", text) == ["m1", "m2", "m3"]
        assert "2 more findings are not shown (--max-findings 3)." in text
        assert "not shown" not in written(name, *items, settings=RenderSettings(limit=5))
        none = written(name, *items, settings=RenderSettings(limit=0))
        assert "5 more findings are not shown" in none
    total = written("text", *items, settings=RenderSettings(limit=3, statistics=True)).splitlines()
    assert total[-2].startswith("Found 2 errors, 1 warning, 2 infos")
    assert total[-4].split()[0] == "5"


@pytest.mark.parametrize("name", ["json", "json-lines", "sarif", "csv", "junit", "github"])
def test_formats_for_programs_have_all(name: str) -> None:
    assert written(name, *nasty(), settings=RenderSettings(limit=1)) == written(
        name, *nasty(), settings=RenderSettings()
    )
