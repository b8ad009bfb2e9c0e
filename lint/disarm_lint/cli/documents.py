"""A cache of parsed documents from run to run, keyed by what they were parsed from.

The key is made of a file's path, its bytes and the profile. So an entry serves the same
file on the disk, in the index and in a commit. The cache is split into shards, so that after
an edit of one file little has to be written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

from disarm_lint.project import DocumentParser
from disarm_lint.sources.decoding import decode_source
from disarm_lint.sources.store import Store, digest_linter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from disarm_lint.engine import CleanDocuments
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile
    from disarm_lint.model.text import Source
    from disarm_lint.parse.packing import Packer
    from disarm_lint.parse.workbook import Workbook

_T = TypeVar("_T")

_FORMAT = 1
_SHARDS = 16
_MOST, _SIZE = 256, 256_000_000
_DIGEST = 16
# Bytes in a shard for other states of the corpus, besides as many as the present one takes.
_ROOM = 1_000_000


@dataclass
class _Shard:
    """Documents by digest: those read from the cache, and those that this run used or made."""

    kept: dict[bytes, bytes]
    used: dict[bytes, bytes] = field(default_factory=dict)
    changed: bool = False


class DiskCachingParser(DocumentParser):
    """Parses only what is not in the cache folder; one `place` is one corpus in the cache."""

    def __init__(self, folder: Path, place: str, code: str) -> None:
        self._store = Store(folder / "documents", _MOST, _SIZE)
        self._salt = f"{_FORMAT}\0{code}\0{place}\0"
        self._shards: dict[int, _Shard] = {}
        self._packers: dict[int, tuple[Profile, Packer, bytes]] = {}
        # The key of each source, by its `id()`; a source is held, so that no other gets its `id()`.
        self._made: dict[int, tuple[Source, bytes]] = {}

    @classmethod
    def open_in_folder(cls, folder: Path | None, place: Path) -> DocumentParser:
        """Return a parser that caches in a folder, or a plain one if that is not possible."""
        code = digest_linter() if folder is not None else None
        if folder is None or code is None:
            return DocumentParser()
        return cls(folder, str(place), code)

    def page(self, path: str, data: bytes, profile: Profile, *, loose: bool) -> Document:
        """Return the document of a text file."""
        packer, name = self._choose_packer(profile)
        key = _digest(b"loose" if loose else b"page", name, path, data)

        def parse() -> Document:
            return super(DiskCachingParser, self).page(path, data, profile, loose=loose)

        def unpack(packed: bytes) -> Document:
            return packer.unpack_page(packed, decode_source(path, data))

        document = self._get(path, key, unpack, parse, packer.pack_page)
        self._made[id(document.source)] = (document.source, key)
        return document

    def workbook(self, path: str, data: bytes, profile: Profile) -> Workbook:
        """Return the rows of a workbook, and what is wrong with it."""
        packer, name = self._choose_packer(profile)
        key = _digest(b"book", name, path, data)

        def parse() -> Workbook:
            return super(DiskCachingParser, self).workbook(path, data, profile)

        def unpack(packed: bytes) -> Workbook:
            return packer.unpack_workbook(packed, path)

        book = self._get(path, key, unpack, parse, packer.pack_workbook)
        for number, document in enumerate(book.documents):
            self._made[id(document.source)] = (document.source, b"%b %d" % (key, number))
        return book

    @property
    def clean(self) -> CleanDocuments:
        """The documents in which rules of the scope PAGE found nothing."""
        return self

    def is_clean(self, document: Document, rules: str) -> bool:
        """Tell whether `rules`, with their options, are known to find nothing in a document."""
        key = self._clean_key(document, rules)
        shard = self._read_shard(_choose_shard(document.path))
        if key is None or key not in shard.kept:
            return False
        shard.used[key] = b""
        return True

    def keep_clean(self, document: Document, rules: str) -> None:
        """Note that `rules`, with their options, find nothing in a document."""
        key = self._clean_key(document, rules)
        if key is not None:
            shard = self._read_shard(_choose_shard(document.path))
            shard.used[key] = b""
            shard.changed = True

    def _clean_key(self, document: Document, rules: str) -> bytes | None:
        made = self._made.get(id(document.source))
        if made is None:
            return None
        # The identity of a page may depend on other documents.
        words = f"{document.identity}\0{rules}".encode("utf-8", "surrogatepass")
        return sha256(b"clean\0%b\0%b" % (made[1], words)).digest()[:_DIGEST]

    def close(self) -> None:
        """Write the cache; if the folder cannot be written to, nothing is kept."""
        import msgspec

        for number, shard in self._shards.items():
            if not shard.changed:
                continue
            # Entries of other states of the corpus may take as much room as those of this one.
            size = sum(map(len, shard.used.values()))
            room = min(size + _ROOM, self._store.size // 8 - size)
            for key, packed in shard.kept.items():
                room -= len(packed) + _DIGEST
                if room < 0:
                    break
                shard.used.setdefault(key, packed)
            self._store.write(self._build_name(number), msgspec.msgpack.encode(shard.used))

    def _get(
        self,
        path: str,
        key: bytes,
        unpack: Callable[[bytes], _T],
        parse: Callable[[], _T],
        pack: Callable[[_T], bytes],
    ) -> _T:
        from disarm_lint.parse.packing import UnpackableError

        shard = self._read_shard(_choose_shard(path))
        packed = shard.kept.get(key)
        if packed is not None:
            try:
                found = unpack(packed)
            except UnpackableError:
                del shard.kept[key]
            else:
                shard.used[key] = packed
                return found
        made = parse()
        try:
            shard.used[key] = pack(made)
            shard.changed = True
        except (UnpackableError, UnicodeEncodeError):
            # It holds a lone surrogate, or a part that is in no profile, and is parsed each time.
            pass
        return made

    def _read_shard(self, number: int) -> _Shard:
        shard = self._shards.get(number)
        if shard is None:
            import msgspec

            data = self._store.read(self._build_name(number))
            kept: dict[bytes, bytes] = {}
            if data is not None:
                try:
                    kept = msgspec.msgpack.decode(data, type=dict[bytes, bytes])
                except ValueError:
                    kept = {}
            shard = self._shards[number] = _Shard(kept)
        return shard

    def _build_name(self, number: int) -> str:
        return sha256(f"{self._salt}{number}".encode("utf-8", "surrogatepass")).hexdigest()[:40]

    def _choose_packer(self, profile: Profile) -> tuple[Packer, bytes]:
        # The profile is held, so that no other gets its `id()`.
        if id(profile) not in self._packers:
            from disarm_lint.parse.packing import Packer

            name = sha256(repr(profile).encode("utf-8", "surrogatepass")).digest()
            self._packers[id(profile)] = (profile, Packer(profile), name)
        _, packer, name = self._packers[id(profile)]
        return packer, name


def _choose_shard(path: str) -> int:
    return crc32(path.encode("utf-8", "surrogatepass")) % _SHARDS


def _digest(sort: bytes, profile: bytes, path: str, data: bytes) -> bytes:
    whole = sha256(sort + b"\0" + profile + path.encode("utf-8", "surrogatepass") + b"\0")
    whole.update(data)
    return whole.digest()[:_DIGEST]
