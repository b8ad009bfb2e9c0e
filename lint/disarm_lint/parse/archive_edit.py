"""Replacing parts of a zip archive: every other part stays the same bytes, in the same order.

The format is that of PKWARE's APPNOTE.TXT, 4.3: entries, each behind a local
header, then the central directory, then its end record. The zipfile module
cannot copy an entry without unpacking it, and writes its own headers.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.parse.xlsx_limits import BadWorkbookError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_MARK, _CENTRAL_MARK, _LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
# The flag of an entry whose sizes stand behind it.
_DESCRIPTOR = 0x8
_DEFLATED = 8


@dataclass(frozen=True)
class _Member:
    """An entry of the central directory: its fixed fields, the rest of its record, its name."""

    fields: tuple[int, ...]
    tail: bytes
    name: str

    @property
    def offset(self) -> int:
        return self.fields[-1]


def replace_parts(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return an archive with the contents of some parts, by their exact names, replaced.

    Raises BadWorkbookError where the archive is laid out in a way that is not
    understood in full, as one in several files or of more than 4 GB.
    """
    start, end = _find_directory(data)
    entries = _read_directory(data, start, end)
    missing = set(parts) - {entry.name for entry in entries}
    if missing:
        raise BadWorkbookError(f"it has no part {min(missing)}")
    ordered = sorted(entries, key=lambda entry: entry.offset)
    following = [entry.offset for entry in ordered[1:]] + [start]
    out = bytearray(data[: ordered[0].offset] if ordered else data[:start])
    moved: dict[int, tuple[int, ...]] = {}
    for entry, until in zip(ordered, following, strict=True):
        place = len(out)
        if entry.name in parts:
            written, fields = _pack(data, entry, parts[entry.name])
            out += written
        else:
            out += data[entry.offset : until]
            fields = entry.fields
        moved[entry.offset] = (*fields[:-1], place)
    directory = len(out)
    for entry in entries:
        out += _CENTRAL.pack(_CENTRAL_MARK, *moved[entry.offset]) + entry.tail
    size = len(out) - directory
    record = list(_END.unpack_from(data, end))
    record[5:7] = [size, directory]
    return bytes(out) + _END.pack(*record) + data[end + _END.size :]


def _find_directory(data: bytes) -> tuple[int, int]:
    """Return where the central directory begins and where the record behind it does."""
    end = data.rfind(_END_MARK, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if end < 0 or end + _END.size > len(data):
        raise BadWorkbookError("its table of contents cannot be read")
    _, disk, first, here, total, size, start, _ = _END.unpack_from(data, end)
    if disk or first or here != total or total == 0xFFFF or start == 0xFFFFFFFF:
        raise BadWorkbookError("it is packed in a way that .xlsx files are not")
    if start + size != end:
        raise BadWorkbookError("its table of contents is not where it says")
    return start, end


def _read_directory(data: bytes, start: int, end: int) -> list[_Member]:
    entries = []
    while start < end:
        if end - start < _CENTRAL.size or data[start : start + 4] != _CENTRAL_MARK:
            raise BadWorkbookError("its table of contents cannot be read")
        _, *fields = _CENTRAL.unpack_from(data, start)
        begin = start + _CENTRAL.size
        lengths = fields[9:12]
        stop = begin + sum(lengths)
        raw = data[begin : begin + lengths[0]]
        name = raw.decode("utf-8" if fields[2] & 0x800 else "cp437", "replace")
        entries.append(_Member(tuple(fields), data[begin:stop], name))
        start = stop
    return entries


def _pack(data: bytes, entry: _Member, content: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Return the local header and the data of a part with a new content, and its fields."""
    head = _LOCAL.unpack_from(data, entry.offset)
    if head[0] != _LOCAL_MARK:
        raise BadWorkbookError("one of its parts is not where its table of contents says")
    names = data[entry.offset + _LOCAL.size :][: head[9] + head[10]]
    packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    crc, sizes = zlib.crc32(content), (len(packed), len(content))
    flags = head[2] & ~_DESCRIPTOR
    local = _LOCAL.pack(
        _LOCAL_MARK, head[1], flags, _DEFLATED, head[4], head[5], crc, *sizes, head[9], head[10]
    )
    fields = list(entry.fields)
    fields[2], fields[3] = fields[2] & ~_DESCRIPTOR, _DEFLATED
    fields[6:9] = [crc, *sizes]
    return local + names + packed, tuple(fields)
