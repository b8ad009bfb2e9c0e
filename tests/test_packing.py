"""Packed documents come back as they were parsed; anything else is refused, and parsed."""

from __future__ import annotations

import random
import shutil
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from disarm_lint.cli.documents import DiskCachingParser
from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.model.config import Config
from disarm_lint.model.document import Document
from disarm_lint.parse.packing import Packer, UnpackableError
from disarm_lint.project import DocumentParser, read_corpus, read_page
from disarm_lint.sources.filesystem import DiskTree

EXAMPLES = Path(__file__).parent.parent / "examples"
DISARM_1 = load_builtin_profile("disarm-1")
PAGE = (EXAMPLES / "generated_pages/techniques").glob("*.md")


def comparable(document: Document) -> dict[str, Any]:
    """Return all parts of a document; an index has a table of its own in each."""
    found = {item.name: getattr(document, item.name) for item in fields(document)}
    if document.index is not None:
        found["tables"] = [structs.replace(table, spec=None) for table in document.tables]
    return found


@pytest.mark.parametrize("folder", ["", "master-data"])
def test_a_document_comes_back_as_it_was(folder: str) -> None:
    corpus = read_corpus(DiskTree(EXAMPLES / folder), Config())
    packer = Packer(corpus.profile)
    pages = [document for document in corpus.all_documents if document.sheet is None]
    for page in pages:
        again = packer.unpack_page(packer.pack_page(page), page.source)
        assert comparable(again) == comparable(page)
        # What a mention speaks of is the page's own row and link, not another like it.
        for one, other in zip(page.mentions, again.mentions, strict=True):
            places = [row for table in page.tables for row in table.rows]
            others = [row for table in again.tables for row in table.rows]
            assert [row is one.row for row in places] == [row is other.row for row in others]
            assert [link is one.link for link in page.links] == [
                link is other.link for link in again.links
            ]
    assert any(mention.row for page in pages for mention in page.mentions)
    for book in corpus.workbooks:
        found = packer.unpack_workbook(packer.pack_workbook(book), book.path)
        assert replace(found, documents=()) == replace(book, documents=())
        assert [*map(comparable, found.documents)] == [*map(comparable, book.documents)]


@given(st.lists(st.sampled_from(sorted(PAGE)[0].read_text("utf-8").splitlines()) | st.text()))
def test_any_page_comes_back_as_it_was(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    for path in ("generated_pages/techniques/T0001.md", "generated_pages/tactics_index.md"):
        page = read_page(path, data, DISARM_1)
        packer = Packer(DISARM_1)
        again = packer.unpack_page(packer.pack_page(page), page.source)
        assert comparable(again) == comparable(page)


def test_bytes_that_are_no_document_are_refused() -> None:
    path = sorted((EXAMPLES / "generated_pages/incidents").glob("*.md"))[0]
    page = read_page(f"generated_pages/incidents/{path.name}", path.read_bytes(), DISARM_1)
    packer = Packer(DISARM_1)
    whole, chance = packer.pack_page(page), random.Random(0)
    refused = 0
    for _ in range(500):
        spoilt = bytearray(
            whole[: chance.randrange(len(whole))] if chance.random() < 0.3 else whole
        )
        for _ in range(chance.randrange(1, 4)):
            if spoilt:
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        try:
            packer.unpack_page(bytes(spoilt), page.source)
        except UnpackableError:
            refused += 1
    assert refused > 200


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths of what is parsed."""
    found: list[str] = []
    page, workbook = DocumentParser.page, DocumentParser.workbook

    def count_page(self: Any, path: str, *rest: Any, **options: Any) -> Any:
        found.append(path)
        return page(self, path, *rest, **options)

    def count_workbook(self: Any, path: str, *rest: Any) -> Any:
        found.append(path)
        return workbook(self, path, *rest)

    monkeypatch.setattr(DocumentParser, "page", count_page)
    monkeypatch.setattr(DocumentParser, "workbook", count_workbook)
    return found


def read(folder: Path, root: Path) -> list[dict[str, Any]]:
    parser = DiskCachingParser.open_in_folder(folder, root)
    corpus = read_corpus(DiskTree(root), Config(), parser=parser)
    assert isinstance(parser, DiskCachingParser)
    parser.close()
    return [comparable(document) for document in corpus.all_documents]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "master-data", tmp_path / "corpus"))


def test_only_what_changed_is_parsed(tmp_path: Path, root: Path, parsed: list[str]) -> None:
    folder = tmp_path / "cache"
    first = read(folder, root)
    everything = sorted(parsed)
    parsed.clear()
    assert read(folder, root) == first
    assert parsed == []
    page = next((root / "generated_pages/techniques").glob("*.md"))
    was = page.read_bytes()
    page.write_bytes(was + b"\nMore.\n")
    read(folder, root)
    assert parsed == [page.relative_to(root).as_posix()]
    # What it was is still known, and so is what another folder holds not.
    parsed.clear()
    page.write_bytes(was)
    assert read(folder, root) == first
    assert parsed == []
    other = root.rename(root.parent / "other")
    assert read(folder, other) == first
    assert sorted(parsed) == everything


@pytest.mark.parametrize("data", [b"", b"noise", b"\x81\xc4\x01a\xc4\x01b", b"\x80"])
def test_a_damaged_shard_is_parsed_anew(
    tmp_path: Path, root: Path, parsed: list[str], data: bytes
) -> None:
    folder = tmp_path / "cache"
    first = read(folder, root)
    everything = sorted(parsed)
    for sealed in (b"", b"disarm-lint cache 1\n" + sha256(data).digest()):
        parsed.clear()
        for file in (folder / "documents").iterdir():
            file.write_bytes(sealed + data)
        assert read(folder, root) == first
        assert sorted(parsed) == everything
        parsed.clear()
        assert read(folder, root) == first
        assert parsed == []


def test_a_document_in_the_place_of_another_is_refused(
    tmp_path: Path, root: Path, parsed: list[str]
) -> None:
    import msgspec

    folder = tmp_path / "cache"
    first = read(folder, root)
    for file in (folder / "documents").iterdir():
        kept = msgspec.msgpack.decode(file.read_bytes()[52:], type=dict[bytes, bytes])
        data = msgspec.msgpack.encode(dict.fromkeys(kept, b"\x91\x00"))
        file.write_bytes(b"disarm-lint cache 1\n" + sha256(data).digest() + data)
    parsed.clear()
    assert read(folder, root) == first
    assert parsed
