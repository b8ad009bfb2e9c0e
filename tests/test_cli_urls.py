"""`disarm-lint urls`: which addresses are listed, with which places, in which form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from disarm_schemas import validator
from support import mini
from support.cli import lint, write_corpus, write_files
from support.mini_master import DATA, data, files

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "techniques/T0001.md": (
        "# Technique T0001: Real Name\n\n"
        "See [a report](https://b.example.org/x?a=1&b=2), <https://a.example.org/> and\n"
        'a <a href="https://b.example.org/x?a=1&amp;b=2">page</a>; not [this](T0002.md), not\n'
        "[mail](mailto:x@example.org), not `https://code.example.org/`.\n\n"
        "[r]: https://c.example.org/defined\n\nAs said [there][r].\n"
    ),
    "techniques/T0002.md": "# Technique T0002: Other Name\n\nBare: https://a.example.org/\n",
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path, PAGES)


def test_each_address_is_listed_once_with_all_its_places(corpus: Path) -> None:
    done = lint("urls", cwd=corpus)
    assert (done.status, done.err) == (0, "")
    assert done.lines == [
        "https://a.example.org/",
        "    generated_pages/techniques/T0001.md:3:51",
        "    generated_pages/techniques/T0002.md:3:7",
        "https://b.example.org/x?a=1&b=2",
        "    generated_pages/techniques/T0001.md:3:16",
        "    generated_pages/techniques/T0001.md:4:12",
        "https://c.example.org/defined",
        "    generated_pages/techniques/T0001.md:7:6",
    ]


def test_plain_has_an_address_a_line(corpus: Path) -> None:
    assert lint("urls", "--output-format", "plain", cwd=corpus).out == (
        "https://a.example.org/\nhttps://b.example.org/x?a=1&b=2\nhttps://c.example.org/defined\n"
    )


def test_json_has_places_as_findings_have_them(corpus: Path) -> None:
    found = json.loads(lint("urls", "--output-format", "json", cwd=corpus).out)
    validator("urls").validate(found)
    assert (found["schema_version"], found["tool"]["name"]) == (1, "disarm-lint")
    assert found["addresses"][0] == {
        "url": "https://a.example.org/",
        "places": [
            {
                "path": f"generated_pages/techniques/{page}.md",
                "line": 3,
                "column": column,
                "end_line": 3,
                "end_column": column + len("https://a.example.org/"),
                "cell": None,
            }
            for page, column in (("T0001", 51), ("T0002", 7))
        ],
    }


def test_only_the_addresses_of_named_pages_are_listed(corpus: Path) -> None:
    assert lint("urls", "generated_pages/techniques/T0002.md", cwd=corpus).lines == [
        "https://a.example.org/",
        "    generated_pages/techniques/T0002.md:3:7",
    ]


def test_addresses_in_cells_are_listed_at_their_cells(tmp_path: Path) -> None:
    sheets = data()
    sheets["incidenttechniques"][1][1] += " Seen on https://d.example.org/y today."  # type: ignore[operator]
    books = {p: c for p, c in files(masters=sheets).items() if p.endswith(".xlsx")}
    pages = {p: text.encode() for p, text in mini.corpus().items()}
    write_files(tmp_path, pages | books)
    lines = lint("urls", cwd=tmp_path).lines
    place = lines[lines.index("https://d.example.org/y") + 1]
    assert place == f"    {DATA}:incidenttechniques!B2:80"


def test_what_nobody_can_see_is_shown_or_encoded(tmp_path: Path) -> None:
    text = "# Technique T0001: Real Name\n\n[x](https://a.example.org/\u202egnp\u200b)\n"
    write_corpus(tmp_path, {"techniques/T0001.md": text})
    assert lint("urls", cwd=tmp_path).lines[0] == "https://a.example.org/<U+202E>gnp<U+200B>"
    plain = lint("urls", "--output-format", "plain", cwd=tmp_path).lines
    assert plain == ["https://a.example.org/%E2%80%AEgnp%E2%80%8B"]


def test_without_a_corpus_it_says_so(tmp_path: Path) -> None:
    done = lint("urls", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("disarm-lint: there is no corpus in or around ")
    missing = lint("urls", "nowhere", cwd=tmp_path)
    assert (missing.status, missing.err) == (
        2,
        "disarm-lint: there is no file or folder “nowhere”\n",
    )
