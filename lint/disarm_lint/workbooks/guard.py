"""What is refused of a workbook file before anything parses it.

A workbook is a zip archive from somebody else. Its parts are unpacked here, in
memory and up to a limit, whatever sizes the archive declares.
"""

from __future__ import annotations

import io
import zipfile

MEGABYTE = 1_000_000
MOST_BYTES = 50 * MEGABYTE
"""The largest file that is read."""
MOST_PARTS = 10_000
MOST_UNPACKED = 96 * MEGABYTE
"""What all parts that are read may unpack to, together."""
MOST_PART = 64 * MEGABYTE

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadWorkbookError(Exception):
    """A workbook cannot be read; `reason` is one clause for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def damaged(detail: str) -> BadWorkbookError:
    """Return the error for a file that is no whole workbook."""
    return BadWorkbookError(f"it is cut off or damaged: {detail}")


def check_kind(data: bytes) -> None:
    """Raise BadWorkbookError where bytes are visibly no .xlsx file."""
    if not data:
        raise BadWorkbookError("it is empty")
    if len(data) > MOST_BYTES:
        raise BadWorkbookError(f"it is larger than {MOST_BYTES // MEGABYTE} MB")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise BadWorkbookError("it is encrypted: remove its password")
        raise BadWorkbookError("it is an old .xls file: save it as .xlsx")
    if not data.startswith(b"PK"):
        head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if head.startswith((b"<!doctype html", b"<html")):
            raise BadWorkbookError("it is an HTML page, not an .xlsx file")
        raise BadWorkbookError("it is no .xlsx file, whatever its name says")


class Package:
    """The parts of a workbook file, unpacked one by one; names ignore case."""

    def __init__(self, data: bytes) -> None:
        """Open a file; raise BadWorkbookError where it is no workbook archive."""
        check_kind(data)
        if data.count(_ENTRY) > MOST_PARTS:
            raise BadWorkbookError(f"it has more than {MOST_PARTS:,} parts")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except Exception as problem:  # zipfile raises many kinds for bytes that are no archive
            raise damaged("its table of contents cannot be read") from problem
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/").lstrip("/").lower()
            if ".." in name.split("/"):
                raise BadWorkbookError("one of its parts has a path that leads out of it")
            if name in self._parts:
                raise BadWorkbookError("it holds a part of the same name twice")
            self._parts[name] = info
        self._left = MOST_UNPACKED

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def read(self, name: str, most: int = MOST_PART) -> bytes:
        """Return a part's bytes.

        Raises BadWorkbookError where it is missing, damaged, encrypted, or
        unpacks to more than `most` bytes.
        """
        info = self._parts.get(name.lower())
        if info is None:
            raise damaged(f"its part {name[:80]!r} is missing")
        if info.flag_bits & 0x1:
            raise BadWorkbookError("it is encrypted: remove its password")
        if info.compress_type not in _METHODS:
            raise BadWorkbookError("it is packed in a way that .xlsx files are not")
        limit = min(most, self._left)
        try:
            with self._archive.open(info) as part:
                data = part.read(limit + 1)
        except Exception as problem:  # as above; also zlib.error, EOFError, NotImplementedError
            raise damaged(f"its part {name[:80]!r} cannot be unpacked") from problem
        if len(data) > limit:
            size = MOST_UNPACKED if limit < most else most
            raise BadWorkbookError(f"it unpacks to more than {size // MEGABYTE} MB")
        self._left -= len(data)
        return data
