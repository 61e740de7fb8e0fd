"""Where a request comes from, told apart from where it claims to come from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from litestar.types import HTTPScope

from app.core.settings import Network

PREFIX = 64
"""Bits of an IPv6 address that one household or one phone shares; its owner chooses the others at will."""
UNKNOWN = "unknown"

Found = IPv4Address | IPv6Address | None


def client_address(scope: HTTPScope, proxies: tuple[Network, ...]) -> Found:
    """Return the address of the client: the peer, or the right-most address in front of our own proxies.

    What stands further left in `X-Forwarded-For` was written by the client and may be anything. None for a peer
    without an address, such as a socket in the file system.
    """
    peer = _read(scope["client"][0]) if scope.get("client") else None  # type: ignore[index]
    if not _is_ours(peer, proxies):
        return peer
    for word in reversed(_forwarded(scope)):
        hop = _read(word)
        if hop is None:
            return peer
        peer = hop
        if not _is_ours(peer, proxies):
            return peer
    return peer


def network_of(address: Found) -> str:
    """Return the network by which uses are counted.

    One IPv4 address, because neighbours in a wider network are strangers to each other; an IPv6 /64, because inside it
    one client has as many addresses as it likes.
    """
    if isinstance(address, IPv6Address):
        return str(ip_network((address, PREFIX), strict=False))
    return UNKNOWN if address is None else str(address)


def _read(word: str) -> Found:
    """Read an address, an IPv4 address also in its IPv6 dress (`::ffff:192.0.2.1`)."""
    try:
        found = ip_address(word.strip())
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _is_ours(address: Found, proxies: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in proxies)


def _forwarded(scope: HTTPScope) -> list[str]:
    """Return the addresses of every `X-Forwarded-For`, in the order in which they were written."""
    words = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return ",".join(words).split(",") if words else []
