"""What makes a URL one that cannot be right, whoever asks for it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from disarm_lint.model.document import Link


@dataclass(frozen=True, slots=True)
class UrlFault:
    """What is wrong with a URL, as a clause, and what it was meant for, where that is sure."""

    text: str
    suggestion: str | None = None


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):")
_BLANK = re.compile(r"\s")
_DOUBLED = re.compile(r"//(h?t{1,3}ps?)(?:://?|:?//)(?=\S)", re.IGNORECASE)
_DEFANGED = re.compile(r"hxxp|\[\.|\(\.\)|\[:\]|\[:/|\{\.\}|\[dot\]|\(dot\)", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#\\]*")
_WORDS = frozenset(("n/a", "na", "nan", "nil", "none", "null", "tba", "tbc", "tbd", "todo", "url"))
_WORLDWIDE = frozenset({
    "biz", "com", "edu", "gov", "info", "int", "media", "mil", "museum", "name", "net",
    "network", "news", "online", "org", "press", "site", "social", "tech", "today", "tv",
    "website", "xyz",
})  # fmt: skip
# Country codes that also end the names of files: nobody can tell `x.md` from a host.
_SUFFIXES = frozenset({
    "ai", "as", "bz", "cc", "db", "gz", "hs", "in", "is", "js", "kt", "md", "me", "mk",
    "ml", "mm", "pl", "pm", "ps", "py", "rs", "sh", "so", "ts",
})  # fmt: skip
# Of attachments of a note or a mail, of parts of a page that is open, of settings.
_PRIVATE_SCHEMES = frozenset(
    {
        "about",
        "attachment",
        "blob",
        "chrome",
        "cid",
        "edge",
        "moz-extension",
        "x-apple-data-detectors",
    }
)
_NO_HOST = "it names no host"


def is_no_address(href: str) -> bool:
    """Tell whether a target only holds the place of one: `-`, `...`, `n/a`."""
    written = href.strip()
    if written.casefold() in _WORDS:
        return True
    if written.startswith("#") or not written.strip("./"):
        return False
    return not any(char.isalnum() for char in written)


def is_defanged(href: str) -> bool:
    """Tell whether a URL was made harmless on purpose, as in `hxxp://evil[.]example`."""
    return _DEFANGED.search(href) is not None


@lru_cache(maxsize=8192)
def find_external_fault(href: str) -> UrlFault | None:
    """Say why an external URL cannot be valid; None if it may be."""
    href = href.strip()
    if is_defanged(href):
        return None
    if href.startswith("//"):
        return _find_authority_fault(href, "")
    match = _SCHEME.match(href)
    if match is None:
        return None
    scheme, rest = match[1].lower(), href[match.end() :]
    if len(scheme) == 1 or scheme == "file":
        return UrlFault("it leads to a file on one computer, which no reader has")
    if scheme in ("http", "https"):
        return _find_web_fault(scheme, rest)
    if scheme in _PRIVATE_SCHEMES:
        return UrlFault(f"“{match[1]}:” leads to what only the program has that wrote it")
    meant = guess_scheme(scheme, rest)
    if meant is not None:
        return UrlFault(
            f"“{match[1]}:” is not a scheme; “{meant}:” was probably meant",
            f"{meant}://{rest.lstrip('/')}" if rest.strip("/") else None,
        )
    if _is_like_host(scheme, lone=True) and rest[:1].isdigit():
        return UrlFault("“https://” is missing", f"https://{href}")
    return None


@lru_cache(maxsize=8192)
def find_relative_fault(href: str) -> UrlFault | None:
    """Say why what looks like a relative path was meant for a URL; None if it may be a path."""
    href = href.strip()
    if is_defanged(href):
        return None
    first, slash, rest = href.partition("/")
    if slash and rest:
        scheme = first.rstrip(".,;").lower()
        if rest.startswith("/") and (scheme in ("http", "https") or _guess_scheme(scheme)):
            meant = _guess_scheme(scheme) or scheme
            return UrlFault("its scheme is damaged", f"{meant}://{rest.lstrip('/')}")
    host = re.split(r"[?#]", first, maxsplit=1)[0]
    if "@" in host:
        _, _, domain = host.rpartition("@")
        if _is_like_host(domain, lone=True) and not slash:
            return UrlFault("“mailto:” is missing before the address", f"mailto:{href}")
        return None
    if _is_like_host(host, lone=not rest) and not (host[:4] != "www." and rest.endswith(".md")):
        return UrlFault("“https://” is missing", f"https://{href}")
    return None


def find_fault(link: Link) -> UrlFault | None:
    """Say why the target of a link that is written out cannot be right, seen by itself."""
    if not link.href.strip():
        return UrlFault("the link has no address")
    if is_no_address(link.href):
        return UrlFault(f"“{link.href.strip()}” is a placeholder, not an address")
    return find_external_fault(link.href) if link.external else find_relative_fault(link.href)


def find_cell_fault(written: str, known: Collection[str]) -> UrlFault | None:
    """Say why what stands where an address belongs is none; `known` are all that stand in cells."""
    if is_no_address(written) or is_defanged(written):
        return None
    bare = written.rstrip(",;")
    if bare != written:
        return UrlFault(f"“{written[len(bare) :]}” stands behind this address", bare)
    fault = find_external_fault(written) or find_relative_fault(written)
    if fault is not None or _SCHEME.match(written) or written.startswith("//"):
        return fault
    whole = [address for s in ("https://", "http://") if (address := f"{s}{written}") in known]
    host = re.split(r"[/?#]", written, maxsplit=1)[0]
    if whole or ("." in host and _find_host_fault(host) is None):
        return UrlFault("“https://” is missing", whole[0] if whole else f"https://{written}")
    return None


def guess_scheme(scheme: str, rest: str) -> str | None:
    """Return `http` or `https` where a scheme was most likely meant for it."""
    from rapidfuzz.distance import OSA

    near = _guess_scheme(scheme)
    if near is not None:
        return near
    if rest.startswith("//"):
        for known in ("https", "http"):
            if scheme[:1] == "h" and OSA.distance(scheme, known) <= 1 and scheme != "httpx":
                return known
    return None


def _guess_scheme(scheme: str) -> str | None:
    """Return the scheme that letters of its own, in a wrong number or order, were meant for."""
    from rapidfuzz.distance import OSA

    if scheme in ("http", "https") or len(scheme) < 3 or not set(scheme) <= set("htps"):
        return None
    known = "https" if "s" in scheme else "http"
    return known if OSA.distance(scheme, known) <= 2 and "t" in scheme and "p" in scheme else None


def _is_like_host(host: str, *, lone: bool) -> bool:
    """Tell whether a first path segment is a host; `lone`, nothing follows it."""
    labels = host.lower().split(".")
    if len(labels) < 2 or not all(label and _is_label(label) for label in labels):
        return False
    if labels[0] == "www":
        return len(labels) > 2
    last = labels[-1]
    if last in _WORLDWIDE:
        return True
    if lone and (len(labels) < 3 or last in _SUFFIXES):
        return False
    return len(last) == 2 and last.isascii() and last.isalpha()


def _find_web_fault(scheme: str, rest: str) -> UrlFault | None:
    if not rest.strip("/"):
        return UrlFault(_NO_HOST)
    if not rest.startswith("//"):
        return UrlFault(f"two slashes belong after “{scheme}:”", f"{scheme}://{rest.lstrip('/')}")
    doubled = _DOUBLED.match(rest)
    if doubled is not None:
        inner = doubled[1].lower()
        inner = inner if inner in ("http", "https") else "https"
        return UrlFault(
            "the scheme appears twice", f"{inner}://{rest[doubled.end() :].lstrip('/')}"
        )
    return _find_authority_fault(rest, f"{scheme}:")


def _find_authority_fault(rest: str, scheme: str) -> UrlFault | None:
    """Judge what stands behind the scheme: `rest` begins with two slashes."""
    match = _AUTHORITY.match(rest, 2)
    authority = match[0] if match else ""
    if not authority:
        return UrlFault(_NO_HOST)
    together = "." in authority and authority.lower().endswith(("http:", "https:"))
    if together and rest[2 + len(authority) :].startswith("//"):
        return UrlFault("two URLs run together")
    if _BLANK.search(rest):
        repaired = None if _BLANK.search(authority) else scheme + _BLANK.sub("%20", rest)
        return UrlFault("there is a space in it", repaired)
    host = authority.rpartition("@")[2]
    if host.startswith("[") or "[" in host or "]" in host:
        return _find_bracket_fault(host)
    name, colon, port = host.partition(":")
    if colon and port and not (port.isascii() and port.isdecimal() and int(port[:9]) <= 65535):
        return UrlFault(f"“{port}” is not a port")
    if not name:
        return UrlFault(_NO_HOST)
    return _find_host_fault(name)


def _find_bracket_fault(host: str) -> UrlFault | None:
    inside, closed, port = host[1:].partition("]")
    if not host.startswith("[") or not closed:
        return UrlFault("the brackets in its host do not match")
    try:
        IPv6Address(inside.partition("%")[0])
    except ValueError:
        return UrlFault(f"“{inside}” is not an address")
    if port and not (port[0] == ":" and port[1:].isascii() and port[1:].isdecimal()):
        return UrlFault(f"“{port}” is not a port")
    return None


def _is_label(label: str) -> bool:
    return all(
        char in "-_%"
        or char.isalnum()
        or unicodedata.category(char)[0] == "M"
        or char in "\u200c\u200d·・"
        for char in label
    )


def _find_host_fault(host: str) -> UrlFault | None:
    labels = re.split(r"[.\u3002\uff0e\uff61]", host)
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    if not all(labels):
        return UrlFault(f"there is an extra full stop in “{host}”")
    for label in labels:
        if not _is_label(label):
            wrong = next(char for char in label if not _is_label(char))
            return UrlFault(f"“{wrong}” cannot be in a host name")
        if len(label) > 63:
            return UrlFault("a part of its host is longer than 63 characters")
    if len(labels) == 1:
        if labels[0].lower() == "localhost":
            return None
        return UrlFault(f"“{host}” is not a host name: it has no full stop")
    if labels[-1].isascii() and labels[-1].isdecimal():
        try:
            IPv4Address(host)
        except ValueError:
            return UrlFault(f"“{host}” is not an address")
    return None
