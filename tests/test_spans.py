"""The text under each span in the file equals what the model says stands there."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it.common.utils import unescapeAll

from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.corpus.corpus import Corpus
from disarm_lint.corpus.reference import Status
from disarm_lint.model.config import Config
from disarm_lint.model.text import PageSource, Text
from disarm_lint.parse.page import parse_page
from disarm_lint.parse.xlsx import read_workbook
from disarm_lint.parse.xlsx_limits import format_cell_ref
from disarm_lint.project import read_corpus
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.document import Document
    from disarm_lint.model.text import Span

PUBLISHED = ("disarm-1.6", "disarm-1.6-layout-2024", "disarm-2.0-assessments")
MARKER = "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# ---- an independent reader of spans: no code of the model's ----------------


def under(lines: list[tuple[str, str]], span: Span) -> str:
    """Return the text under a span of a file that is cut into (line, line end) pairs."""
    out = []
    for number in range(span.line, span.end_line + 1):
        line, end = lines[number - 1]
        whole = line + end
        start = span.column - 1 if number == span.line else 0
        stop = span.end_column - 1 if number == span.end_line else len(whole)
        assert 0 <= start <= len(whole)
        assert 0 <= stop <= len(whole)
        out.append(whole[start:stop])
    return "".join(out)


def cut(text: str) -> list[tuple[str, str]]:
    """Cut a text into lines as CommonMark does, each with its line end."""
    parts = re.split(r"(\r\n|\n|\r)", text)
    return list(zip(parts[::2], [*parts[1::2], ""], strict=True))


def texts_of(value: Any) -> Iterator[Text]:
    """Yield every Text that a part of the model holds, however deep."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_of(item)
    elif type(value).__module__ == "disarm_lint.model.document":
        for name in getattr(type(value), "__match_args__", ()):
            yield from texts_of(getattr(value, name))


def check_spans(document: Document) -> int:
    """Hold every span of a document against the file; return how many there were."""
    lines = cut(document.source.text)
    seen: set[tuple[int, int]] = set()
    for text in texts_of(document):
        if (text.start, text.end) in seen:
            continue
        seen.add((text.start, text.end))
        assert 0 <= text.start <= text.end <= len(document.source.text)
        span = text.location.span
        assert span is not None
        assert under(lines, span) == text.raw
    return len(seen)


def inside(part: Text, whole: Text) -> bool:
    return whole.start <= part.start <= part.end <= whole.end


def check_meaning(document: Document) -> None:  # noqa: C901 - one assertion for each part of a page
    """Hold what the model says of a text against the text that stands there."""
    heading = document.heading
    if heading is not None and heading.word is not None:
        assert heading.text.raw.startswith("#")
        assert heading.word.raw.isalpha()
    for item in document.fields:
        assert f"**{item.label.raw}" in item.text.raw
        assert inside(item.value, item.text)
        assert all(inside(part, item.value) for part in item.paragraphs)
    for table in document.tables:
        for row in table.rows:
            assert inside(row.text, table.text)
            for cell in row.cells:
                raw = cell.text.raw
                assert inside(cell.text, row.text)
                assert raw == raw.strip()
                if not table.html and not row.broken:
                    assert re.search(r"(?<!\\)\|", raw) is None
            for one, two in pairwise(row.cells):
                assert one.text.end <= two.text.start
    for link in document.links:
        raw, target = link.text.raw, link.target.raw
        assert inside(link.label, link.text)
        assert inside(link.target, link.text)
        if link.html:
            assert raw.lower().startswith("<a")
            assert unescape(target) == link.href
        elif link.bare:
            assert target == link.href
            assert raw.strip("<>") == target
        else:
            assert raw.startswith("![" if link.image else "[")
            assert unescapeAll(target) == link.href
    for mention in document.mentions:
        assert inside(mention.id, mention.leaf)
        assert mention.id.raw
        if mention.malformation is None:
            assert mention.id.raw == mention.target
        if mention.name is not None:
            assert mention.name.raw == mention.name.raw.strip() != ""
            assert mention.id.end <= mention.name.start


def parse(text: str, path: str = "generated_pages/incidents/I00001.md") -> Document:
    return parse_page(PageSource(path, text), load_builtin_profile("disarm-1"))


# ---- pages made of known parts ----------------------------------------------

WORDS = st.sampled_from(
    [
        "text",
        "Été",
        "漢字",
        "😀😀",
        "e\u0301a\u0308",
        "&amp;",
        "&#124;",
        "&nbsp;",
        "\\|",
        "\\*",
        "a\tb",
        "a\x0cb",
        "a\u2028b",
        "a\x85b",
        "a\u00a0b",
        "a<br>b",
        "a<br><br> b",
        "<i>x</i>",
        "“x”",
        "`T0001`",
        "T0001",
        "(T0001: Alpha Beta)",
        "(T0002: Gamma, T0001.001: Alpha, or Else (Twice))",
        "T0097:109",
        "[a](b.md)",
        "[T0002 Gamma](../../generated_pages/techniques/T0002.md)",
        "[x \\] y](<a b>.md)",
        "[p](a(b)c.md)",
        "[p](a\\)c.md 'title')",
        "[esc](a\\_b&amp;c.md)",
        "![i](i.png)",
        "<a href='x&amp;y.md'>T0001</a>",
        "<https://example.org/T0001>",
        "https://example.org/a_(b).",
        "x" * 10_000,
    ]
)
PROSE = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
CELL = st.one_of(st.just(""), PROSE)
BLANKS = st.sampled_from(["", " ", "  ", "\t", " \t "])
NEWLINE = st.sampled_from(["\n", "\r\n", "\r"])


@given(
    name=st.lists(st.sampled_from(["Été", "😀", "a&amp;b", "Deep (Fake)", "x: y"]), min_size=1),
    summary=PROSE,
    rows=st.lists(st.tuples(PROSE, CELL, BLANKS), max_size=4),
    newline=NEWLINE,
    note=PROSE,
)
@QUICK
def test_page_of_known_parts(
    name: list[str],
    summary: str,
    rows: list[tuple[str, str, str]],
    newline: str,
    note: str,
) -> None:
    heading = " ".join(name)
    lines = [f"# Incident I00001: {heading}", "", f"* **Summary:** {summary}", ""]
    lines += ["* **Found via:** ", "", "| Technique | Description given for this incident |"]
    lines += ["| --- | ---- |"]
    lines += [f"|{pad}{one}{pad}|{pad}{two} {pad}|" for one, two, pad in rows]
    lines += ["", "", MARKER, "", note, ""]
    document = parse(newline.join(lines))
    assert document.heading is not None
    assert document.heading.name is not None
    assert document.heading.name.raw == heading
    assert [item.label.raw for item in document.fields] == ["Summary", "Found via"]
    assert document.fields[0].value.raw == summary
    assert document.fields[1].value.raw == ""
    table = document.table("techniques")
    assert table is not None
    assert [cell.raw for cell in table.header] == [
        "Technique",
        "Description given for this incident",
    ]
    written = [[cell.text.raw for cell in row.cells] for row in table.rows]
    assert written == [[one, two] for one, two, _ in rows]
    assert not any(row.broken for row in table.rows)
    assert [marker.raw for marker in document.markers] == [MARKER]
    check_spans(document)
    check_meaning(document)


@given(breaks=st.lists(PROSE, min_size=2, max_size=4), newline=NEWLINE, blank=st.booleans())
@QUICK
def test_row_that_its_text_broke_over_lines(breaks: list[str], newline: str, blank: bool) -> None:
    gap = newline * 2 if blank else newline
    cell = gap.join(breaks)
    lines = ["# Incident I00001: One", "", "| Technique | Description given for this incident |"]
    lines += ["| --- | ---- |", f"| T0001 Alpha | {cell} |", "| T0002 Gamma | whole |", ""]
    document = parse(newline.join(lines))
    first, second = document.tables[0].rows
    assert first.cells[1].text.raw == cell
    assert first.broken
    assert not second.broken
    assert second.cells[1].text.raw == "whole"
    check_spans(document)
    check_meaning(document)


@given(
    rows=st.lists(st.tuples(CELL, st.sampled_from(["", "\n", "\n\n", "\n \n"])), min_size=1),
    newline=st.sampled_from(["\n", "\r\n"]),
)
@QUICK
def test_html_table_with_blank_lines(rows: list[tuple[str, str]], newline: str) -> None:
    body = "".join(
        f'<tr>\n<td><a href="techniques/T0001.md">T0001</a></td>\n'
        f"<td>{cell}{gap}{cell}</td>\n</tr>\n"
        for cell, gap in rows
    )
    table = f'<table border="1">\n<tr>\n<th>disarm_id</th>\n<th>name</th>\n</tr>\n{body}</table>\n'
    text = f"# DISARM Techniques:\n\n{table}\nafter\n".replace("\n", newline)
    document = parse(text, "generated_pages/techniques_index.md")
    found = document.tables[0].rows
    assert [row.cells[0].text.raw for row in found] == [
        '<a href="techniques/T0001.md">T0001</a>'
    ] * len(rows)
    wanted = [f"{cell}{gap}{cell}".replace("\n", newline).strip() for cell, gap in rows]
    assert [row.cells[1].text.raw for row in found] == wanted
    assert document.leaves[-1].raw == "after"
    check_spans(document)
    check_meaning(document)


NAMES = ("Alpha Beta", "Gamma (Delta/Epsilon)", "Zeta, Eta & Theta", "Iota 😀 Kappa", "A \\| B")


@given(
    cited=st.lists(
        st.tuples(st.integers(0, len(NAMES) - 1), st.booleans(), PROSE), min_size=1, max_size=4
    ),
    newline=NEWLINE,
)
@QUICK
def test_citations_stand_at_the_written_name(
    cited: list[tuple[int, bool, str]], newline: str
) -> None:
    files = {
        f"generated_pages/techniques/T900{number}.md": f"# Technique T900{number}: {name}\n"
        for number, name in enumerate(NAMES)
    }
    # A slip inside the name keeps its length and its delimiters.
    written = [
        (f"T900{number}", NAMES[number] if right else NAMES[number].swapcase())
        for number, right, _ in cited
    ]
    text = " ".join(
        f"{prose} ({id_}: {name})"
        for (id_, name), (_, _, prose) in zip(written, cited, strict=True)
    )
    page = f"# Incident I00001: One{newline}{newline}* **Summary:** {text}{newline}"
    files["generated_pages/incidents/I00001.md"] = page
    corpus = read_corpus(MemoryTree({p: t.encode() for p, t in files.items()}), Config())
    found = [
        (reference.target, reference.written.raw if reference.written else None, reference.right)
        for reference in corpus.references
        if reference.target.startswith("T900") and reference.document.path.endswith("I00001.md")
    ]
    rights = [right or NAMES[number].swapcase() == NAMES[number] for number, right, _ in cited]
    assert found == [(id_, name, right) for (id_, name), right in zip(written, rights, strict=True)]
    check_references(corpus)


def check_references(corpus: Corpus) -> None:
    """Hold the written names of a corpus's references against their files."""
    lines: dict[str, list[tuple[str, str]]] = {}
    for reference in corpus.references:
        written = reference.written
        if written is None:
            continue
        path = reference.document.path
        if not isinstance(reference.document.source, PageSource):
            continue
        if path not in lines:
            lines[path] = cut(reference.document.source.text)
        span = written.location.span
        assert span is not None
        assert under(lines[path], span) == written.raw
        assert inside(written, reference.mention.leaf)
        assert written.start >= reference.mention.id.end
        entity = corpus.entity(reference.target)
        if reference.status is Status.DEFINED and reference.right and entity is not None:
            names = corpus.names(entity.kind.key).list_accepted(entity.id)
            index = corpus.names(entity.kind.key)
            assert any(index.is_same(written.raw, name) for name in names)


# ---- pages made of anything ----------------------------------------------------

SCRAPS = st.sampled_from(
    [
        "# Incident I00001: One",
        "# Incident : ",
        "# T0001",
        "* **Summary:** ",
        "**Summary**: x",
        "**Tactic**: TA06 Develop <br><br>**Parent Technique:** T0001 Alpha",
        "| Technique | Description given for this incident |",
        "| -- | -- |",
        "|--|",
        "| T0001 Alpha | (T0001: Alpha",
        "and on) |",
        "|",
        "\\|",
        "||||",
        "<table>",
        "<tr><td>",
        "</td></tr>",
        "</table>",
        "<!-- x",
        "-->",
        "<!-- disarm-lint: ignore[N401] why -->",
        "<script>",
        "<![CDATA[",
        "```",
        "`",
        "> - ",
        "    code",
        "[a](b",
        "[a]: b",
        ")",
        "](",
        "<a href=",
        "'",
        '"',
        ">",
        "&#x;",
        "&amp",
        "\x00",
        "\x0c",
        "\u2028",
        "\ufeff",
        "\ud800",
        "\t",
        " ",
        "",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        MARKER,
        "T0001.00",
        "TO097: Alpha",
        "https://",
        "www.",
        "===",
        "---",
        "- ",
        "1. ",
    ]
)
PATHS = st.sampled_from(
    [
        "generated_pages/incidents/I00001.md",
        "generated_pages/techniques/T0001.md",
        "generated_pages/techniques_index.md",
        "generated_pages/disarm_red_framework.md",
        "generated_pages/.md",
        "notes.txt",
    ]
)


@given(text=st.lists(st.one_of(SCRAPS, WORDS), max_size=30).map("".join), path=PATHS)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_scraps_of_pages(text: str, path: str) -> None:
    for loose in (False, True):
        document = parse_page(PageSource(path, text), load_builtin_profile("disarm-1"), loose=loose)
        check_spans(document)
        check_meaning(document)


@given(text=st.text(), path=PATHS)
@QUICK
def test_arbitrary_text(text: str, path: str) -> None:
    document = parse(text, path)
    check_spans(document)
    check_meaning(document)


# ---- the published pages ---------------------------------------------------------


@pytest.mark.corpus
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_pages(name: str) -> None:
    corpus = read_corpus(DiskTree(CORPORA / name), Config())
    pages = [d for d in corpus.all_documents if isinstance(d.source, PageSource)]
    assert sum(check_spans(page) for page in pages) > 1000
    for page in pages:
        check_meaning(page)
    check_references(corpus)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["disarm-1.6", "disarm-2.0-assessments"])
def test_published_workbooks(name: str) -> None:
    root = CORPORA / name
    number = 0
    for path in sorted((root / "DISARM_MASTER_DATA").glob("*.xlsx")):
        cells = cells_of(path)
        corpus = read_corpus(DiskTree(root), Config())
        local = path.relative_to(root).as_posix()
        for document in (d for d in corpus.all_documents if d.path == local):
            for text in texts_of(document):
                cell = text.location.cell
                assert cell is not None
                whole = cells[cell.sheet][cell.ref]
                assert whole[cell.offset : cell.end_offset] == text.raw
                number += 1
    assert number > 500


def cells_of(path: Path) -> dict[str, dict[str, str]]:
    """Return the texts of all cells by sheet and address, as the raw reader gives them."""
    data = read_workbook(path.name, path.read_bytes(), None)
    return {
        name: {
            format_cell_ref(row, column): value.text
            for row, values in enumerate(sheet.rows)
            for column, value in enumerate(values)
        }
        for name, sheet in data.sheets.items()
    }
