"""The text format: windows, carets, widths, wrapping, harmless characters."""

from __future__ import annotations

import io
import json
import re
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.model.finding import Finding, Severity
from disarm_lint.model.text import Location, PageSource, Span
from disarm_lint.report.data import render_json
from disarm_lint.report.report import (
    CorpusInfo,
    Report,
    ShownFinding,
    ShownPlace,
    Tool,
    build_report,
)
from disarm_lint.report.terminal import Charset, Style, cut_snippet, measure_width, wrap_text
from disarm_lint.report.text import render_concise, render_text
from support.cli import lint, write_corpus

if TYPE_CHECKING:
    from pathlib import Path

UTF8, ASCII = Charset("utf-8"), Charset("ascii")


def finding(  # noqa: PLR0913 - what a finding may say, by keyword
    text: str,
    start: int,
    end: int,
    *,
    path: str = "page.md",
    message: str = "it is wrong",
    suggestion: str | None = None,
    severity: Severity = Severity.ERROR,
    related: tuple[ShownPlace, ...] = (),
    cause: str = "0" * 16,
) -> ShownFinding:
    source = PageSource(path, text)
    return ShownFinding(
        Finding(
            rule="N401",
            name="name-mismatch",
            severity=severity,
            location=Location(path, source.span(start, end)),
            message=message,
            subject="T0001",
            suggestion=suggestion,
            cause=cause,
            fingerprint="1" * 16,
        ),
        path,
        related,
        source,
    )


def report(*items: ShownFinding, suppressed: int = 0) -> Report:
    return build_report(
        Tool("disarm-lint", "1"),
        [CorpusInfo(".", "disarm-1")],
        items,
        files=786,
        entities=871,
        citations=3000,
        suppressed=suppressed,
    )


def text_of(
    *items: ShownFinding, charset: Charset = UTF8, colour: bool = False, statistics: bool = False
) -> list[str]:
    stream = io.StringIO()
    render_text(report(*items), stream, style=Style(colour), charset=charset, statistics=statistics)
    return stream.getvalue().split("\n")[:-1]


def pointed(text: str, start: int, end: int, charset: Charset = UTF8) -> tuple[str, str]:
    """Return the line shown, and what of it stands above the carets."""
    source = PageSource("p", text)
    shown = cut_snippet(source, source.span(start, end), 73, charset)
    assert measure_width(shown.line) <= 73
    column, above = 0, ""
    for char in shown.line:
        if shown.start <= column < shown.end and measure_width(char):
            above += char
        column += measure_width(char)
    return shown.line, above


def test_a_finding_in_full() -> None:
    text = "# Page\n\nThey did (T0001: Reel Name) it.\n"
    place = ShownPlace(
        "generated_pages/techniques/T0001.md", Span(1, 20, 1, 29), "T0001 is defined here"
    )
    item = finding(text, 25, 34, suggestion="Real Name", related=(place,))
    assert text_of(item) == [
        "page.md:3:18: error[N401] it is wrong",
        "   3 | They did (T0001: Reel Name) it.",
        "     |                  ^^^^^^^^^",
        "     = help: write “Real Name”",
        "     = note: T0001 is defined here: generated_pages/techniques/T0001.md:1:20",
        "",
        "Found 1 error (1 cause) in 786 files, 871 entities, 3,000 citations.",
    ]


def test_messages_are_wrapped_with_a_hanging_indent() -> None:
    item = finding("text\n", 0, 4, message="word " * 30, suggestion="other " * 20)
    lines = text_of(item)
    assert lines[0].startswith("page.md:1:1: error[N401] word word")
    assert lines[1].startswith("    word word")
    assert max(map(len, lines)) <= 80
    assert all(line.startswith(" " * 13) for line in lines[lines.index(lines[5]) + 2 : -2])


@pytest.mark.parametrize(
    ("suggestion", "help_line"),
    [
        ("", "     = help: delete it"),
        (" ", "     = help: write an ordinary space"),
        ("x", "     = help: write “x”"),
    ],
)
def test_help(suggestion: str, help_line: str) -> None:
    assert text_of(finding("text\n", 0, 4, suggestion=suggestion))[3] == help_line


def test_a_long_suggestion_is_cut() -> None:
    lines = text_of(finding("text\n", 0, 4, suggestion="long " * 4000))
    assert len(lines) < 12
    assert "(the csv format has all of it)" in " ".join(" ".join(lines).split())


LONG = "word " * 1000 + "wrong words" + " more" * 1000


def test_a_long_line_is_cut_to_a_window() -> None:
    line, above = pointed(LONG, 5000, 5011)
    assert above == "wrong words"
    assert line == ("… word word word word wrong words more more more more more more more …")
    assert pointed(LONG, 5000, 5011, ASCII)[0].startswith("... word")
    assert pointed(LONG, 0, 4) == (f"{'word ' * 14}…", "word")
    end = len(LONG)
    line, above = pointed(LONG, end - 4, end)
    assert above == "more"
    assert line.endswith("more more")
    assert line.startswith("… more")
    assert len(line) > 60


def test_a_long_region_shows_its_beginning() -> None:
    line, above = pointed("a few words before " + "x" * 500 + " behind", 19, 519)
    assert line == "… before " + "x" * 63 + "…"
    assert above == "x" * 63


def test_a_region_of_several_lines_shows_the_first() -> None:
    assert pointed("one two\nthree\n", 4, 13) == ("one two", "two")


def test_an_empty_region_has_one_caret() -> None:
    source = PageSource("p", "one\n\ntwo")
    for offset, start in ((1, 1), (3, 3), (4, 0), (8, 3)):
        shown = cut_snippet(source, source.span(offset, offset), 40, UTF8)
        assert (shown.start, shown.end) == (start, start + 1)


def test_line_ends_and_indentation_are_not_shown() -> None:
    assert pointed("a\r\n   \tb wrong\r\n", 9, 14) == ("b wrong", "wrong")
    assert pointed("a\rb wrong\rc", 4, 9) == ("b wrong", "wrong")


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("日本語テキスト〈wrong〉です", "wrong"),
        ("e\u0301e\u0301e\u0301〈wrong〉", "wrong"),
        ("😀😀〈😀 wrong〉", "😀 wrong"),
        ("a\u200bb〈wro\u200bng〉", "wro<U+200B>ng"),
        ("a\u202eb〈\u202e〉c", "<U+202E>"),
        ("a\u00a0b〈x\u00a0y〉", "x<U+00A0>y"),
        ("tab\ttab〈a\tb〉", "a<U+0009>b"),
        ("\x1b[31m〈red〉", "red"),
        ("\u2028〈wrong〉", "wrong"),
        ("☁️〈wrong〉", "wrong"),
    ],
)
def test_carets_stand_under_the_wrong_words(text: str, above: str) -> None:
    start, end = text.index("〈"), text.index("〉") - 1
    plain = text.replace("〈", "").replace("〉", "")
    assert pointed(plain, start, end)[1] == above
    long = "some words " * 200
    assert pointed(long + plain + long, len(long) + start, len(long) + end)[1] == above


def test_nothing_reaches_the_terminal_as_a_command() -> None:
    every = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA1), 0xAD, *range(0x2000, 0x2070)]))
    text = every.replace("\n", "").replace("\r", "") + "\ufeff\ud800 wrong"
    place = ShownPlace(f"p\x9b{text}", None, text)
    item = finding(
        text, 40, 45, path="a\x1bb\u202e.md", message=text, suggestion=text, related=(place,)
    )
    for charset in (UTF8, ASCII):
        stream = io.StringIO()
        render_text(report(item), stream, style=Style(), charset=charset)
        render_concise(report(item), stream, style=Style(), charset=charset)
        for char in set(stream.getvalue()) - {"\n"}:
            assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"), ascii(char)
            assert charset is UTF8 or char.isascii()
    stream = io.StringIO()
    render_json(report(item), stream)
    raw = stream.getvalue()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\ud800]", raw)
    raw.encode("utf-8")
    assert json.loads(raw)["findings"][0]["message"] == text


def test_without_utf8() -> None:
    item = finding("“Café” … 日本\n", 1, 5, message="“é” → it’s", suggestion="naïve – 日")
    lines = text_of(item, charset=ASCII)
    assert lines[:4] == [
        'page.md:1:2: error[N401] "<U+00E9>" -> it\'s',
        '   1 | "Caf<U+00E9>" ... ??',
        "     |  ^^^^^^^^^^^",
        '     = help: write "na<U+00EF>ve - <U+65E5>"',
    ]


def test_colour_changes_nothing_else() -> None:
    place = ShownPlace("other.md", None, "see")
    item = finding(LONG, 5000, 5011, message="long " * 40, suggestion="x", related=(place,))
    coloured = text_of(item, colour=True, statistics=True)
    assert any("\x1b[1;31m^^^^^^^^^^^\x1b[0m" in line for line in coloured)
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured]
    assert plain == text_of(item, statistics=True)


def test_a_finding_about_a_file() -> None:
    bare = Finding("X901", "unreadable-file", Severity.ERROR, Location("a.md"), "it is binary", "a")
    stream = io.StringIO()
    render_text(report(ShownFinding(bare, "a.md")), stream, style=Style(), charset=UTF8)
    assert stream.getvalue().startswith("a.md: error[X901] it is binary\n\nFound 1 error")
    stream = io.StringIO()
    render_concise(report(ShownFinding(bare, "a.md")), stream, style=Style(), charset=UTF8)
    assert stream.getvalue() == "a.md: E X901 it is binary\n"


def test_summary_and_statistics() -> None:
    items = [
        *(finding("text\n", n, 4, cause=str(n) * 16) for n in range(3)),
        finding("text\n", 0, 1, severity=Severity.WARNING, cause="0" * 16),
    ]
    stream = io.StringIO()
    render_text(report(*items, suppressed=2), stream, style=Style(), charset=UTF8, statistics=True)
    lines = stream.getvalue().splitlines()
    assert lines[-5:] == [
        "findings  causes  severity        rule",
        "       4       3  error, warning  N401 name-mismatch",
        "",
        "Found 3 errors, 1 warning (3 causes) in 786 files, 871 entities, 3,000",
        "citations; 2 suppressed.",
    ]
    assert text_of() == ["All good: nothing to report in 786 files, 871 entities, 3,000 citations."]


@given(st.text(max_size=300), st.integers(20, 80), st.integers(0, 30), st.integers(0, 10))
def test_wrapping_loses_nothing(text: str, columns: int, first: int, hanging: int) -> None:
    clean = UTF8.show_line(text)
    lines = wrap_text(clean, columns, first=first, hanging=hanging)
    assert "".join("".join(lines).split()) == "".join(clean.split())
    assert measure_width(lines[0]) <= max(columns - first, 0)
    assert all(measure_width(line) <= columns for line in lines)


@given(st.text(max_size=120), st.integers(0, 120), st.integers(0, 120), st.booleans())
def test_any_region_fits(text: str, start: int, length: int, ascii_only: bool) -> None:
    start = min(start, len(text))
    source = PageSource("p", text)
    shown = cut_snippet(
        source,
        source.span(start, min(len(text), start + length)),
        40,
        ASCII if ascii_only else UTF8,
    )
    assert measure_width(shown.line) <= 40
    assert 0 <= shown.start < shown.end <= 41


def test_many_findings_in_a_line_of_megabytes_take_no_time() -> None:
    text = "word " * 1_000_000
    source = PageSource("p", text)
    started = time.perf_counter()
    for start in range(0, 5_000_000, 2_500):
        cut_snippet(source, source.span(start, start + 4), 73, UTF8)
    # Copying the line even once for each finding would take many times as long.
    assert time.perf_counter() - started < 10


def test_text_of_a_corpus_fits_80_columns(tmp_path: Path) -> None:
    long = "evidence " * 300
    corpus = write_corpus(
        tmp_path / "corpus",
        {
            "techniques/T0001.md": "# Technique T0001: Real Name of a Rather Long Kind (Really)\n",
            "incidents/I00001.md": f"# Incident I00001: E\n\n{long}(T0001: Reel Name of a Rather "
            f"Long Kind (Really)) {long}\n",
        },
    )
    result = lint(cwd=corpus)
    assert result.status == 1
    assert max(map(len, result.lines)) <= 80
    at = next(n for n, line in enumerate(result.lines) if "[N401]" in line)
    shown, carets = next(
        (a, b)
        for a, b in zip(result.lines[at:], result.lines[at + 1 :], strict=False)
        if set(b) == {" ", "|", "^"}
    )
    start, end = carets.index("^"), carets.rindex("^") + 1
    assert shown[start:end] == "Reel Name of a Rather Long Kind (Really)"
