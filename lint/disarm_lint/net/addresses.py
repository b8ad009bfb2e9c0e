"""Which addresses may be asked: a page must not send the linter into a private network."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolve = Callable[[str, int], list[str]]


class PrivateAddressError(OSError):
    """A host all of whose addresses are private, of this machine, or of no machine at all."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raise socket.gaierror where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Tell whether an address is one that anybody on the net can reach."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if ip.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
            return is_public(".".join(str(byte) for byte in ip.packed[12:]))
    return ip.is_global and not ip.is_multicast


def connect(
    host: str, port: int, timeout: float, resolver: Resolve, *, allow_private: bool
) -> socket.socket:
    """Connect to the first address of a host that answers.

    The address that is checked is the one that is connected to, so that a
    name server cannot give two different answers. Raises
    PrivateAddressError, socket.gaierror, or the OSError of the last address.
    """
    addresses = resolver(host, port)
    allowed = [a for a in addresses if allow_private or is_public(a)]
    if not allowed:
        raise PrivateAddressError(f"{host} has no public address")
    failure: OSError | None = None
    for address in allowed:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            # That one address is unreachable says less than that another refuses.
            if failure is None or isinstance(error, ConnectionRefusedError):
                failure = error
    raise failure or PrivateAddressError(host)
