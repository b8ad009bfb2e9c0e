"""Workbook files: equal bytes for equal contents, and a mark that says who made them."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
import zlib
from enum import Enum
from typing import TYPE_CHECKING, cast

from disarm_lint.workbooks.guard import MEGABYTE, BadWorkbookError, Package
from disarm_lint.workbooks.markup import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openpyxl import Workbook
    from openpyxl.packaging.custom import CustomPropertyList

MARK = "disarm-lint"
"""The name of the document property by which an annotated copy is known."""
_PROPERTIES = "docProps/custom.xml"
_CORE = "docProps/core.xml"
_OPEN = "disarm-lint-fingerprint-of-this-copy"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOMENT = b"1980-01-01T00:00:00Z"
_MODIFIED = re.compile(rb"(<dcterms:modified[^<>]*>)[^<>]*(</dcterms:modified>)")
_CREATED = re.compile(rb"(<dcterms:created[^<>]*>)[^<>]*(</dcterms:created>)")


class Made(Enum):
    """Who made a file: nobody here, the linter, or the linter and then somebody else."""

    ELSEWHERE = "elsewhere"
    HERE = "here"
    CHANGED = "changed"


def mark(book: Workbook) -> None:
    """Mark a workbook as an annotated copy; its fingerprint is set when it is saved."""
    from openpyxl.packaging.custom import StringProperty

    # The types of openpyxl do not know of these properties.
    properties = cast("CustomPropertyList[str]", vars(book)["custom_doc_props"])
    properties.append(StringProperty(name=MARK, value=_OPEN))


def saved(book: Workbook, *, created: bool = True) -> bytes:
    """Return a workbook as a file that says nothing of the time; `created` keeps that date."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.save(buffer)
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(buffer) as archive:
        for info in archive.infolist():
            parts[info.filename] = archive.read(info)
    core = _MODIFIED.sub(rb"\g<1>" + _MOMENT + rb"\g<2>", parts[_CORE])
    parts[_CORE] = core if created else _CREATED.sub(rb"\g<1>" + _MOMENT + rb"\g<2>", core)
    if _PROPERTIES in parts:
        found = _fingerprint((name, zlib.crc32(data), len(data)) for name, data in parts.items())
        parts[_PROPERTIES] = parts[_PROPERTIES].replace(_OPEN.encode(), found.encode())
    return packed(parts)


def packed(parts: Mapping[str, bytes], level: int = 6) -> bytes:
    """Return an archive of parts, all of one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, data, compresslevel=level)
    return buffer.getvalue()


def made(data: bytes) -> Made:
    """Tell who made a file; one that is no workbook was made elsewhere."""
    try:
        package = Package(data)
        if _PROPERTIES not in package:
            return Made.ELSEWHERE
        told = _mark_in(package.read(_PROPERTIES, MEGABYTE))
    except BadWorkbookError:
        return Made.ELSEWHERE
    if told is None:
        return Made.ELSEWHERE
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = [(info.filename, info.CRC, info.file_size) for info in archive.infolist()]
    return Made.HERE if told == _fingerprint(listed) else Made.CHANGED


def _fingerprint(parts: Iterable[tuple[str, int, int]]) -> str:
    lines = sorted(f"{name} {crc} {size}\n" for name, crc, size in parts if name != _PROPERTIES)
    return hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()


def _mark_in(properties: bytes) -> str | None:
    """Return the text of the property that is our mark; None where there is none."""
    inside = False
    told: list[str] | None = None

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside, told
        if name == "property":
            inside = attributes.get("name") == MARK
            told = [] if inside else told

    def text(data: str) -> None:
        if inside and told is not None:
            told.append(data)

    walk(properties, "its list of properties", start, text=text)
    return None if told is None else "".join(told).strip()
