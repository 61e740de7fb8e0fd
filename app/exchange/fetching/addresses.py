"""Which addresses may be asked: public names by https, and nothing that leads back into our own networks."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin

import idna

from app.exchange.fetching.errors import Unreachable

PORTS: Final = frozenset({443, 80, 8443})
LONGEST: Final = 2_000
"""Characters of an address."""

_PARTS = re.compile(r"(https?|webcals?):/{2}([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.ASCII)
_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]*|0x[0-9a-f]*", re.IGNORECASE | re.ASCII)
_SAFE = "!$%&'()*+,/:;=?@[]~-._"
"""What stays as it is written in a path; everything else goes as UTF-8 in percent signs."""

_OURS = frozenset({"localhost", "local", "internal", "localdomain", "lan", "home", "corp", "arpa", "onion", "invalid"})
"""Last labels of names that mean something in one network alone, or nothing at all."""

_NOT_GLOBAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # looks public, but is the platform's own server in one large cloud
    )
)  # fmt: skip
"""IANA's registry of special addresses, whatever the Python that runs us knows of it."""
_GLOBAL_6: Final = IPv6Network("2000::/3")
_NOT_GLOBAL_6: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
"""Of what is handed out at all: protocols (Teredo among them), documentation, 6to4. All that carries an IPv4 address in
itself by a known prefix (mapped, NAT64) lies here or outside of `_GLOBAL_6`."""
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Target(NamedTuple):
    """An address that was taken apart and found fit: `host` in ASCII, `path` with its query, ready to be sent.

    `here` when it is one of the places of this machine that the settings allow.
    """

    scheme: str
    host: str
    port: int
    path: str
    here: bool

    @property
    def url(self) -> str:
        """The address as it is asked for."""
        return f"{self.scheme}://{self.place}{self.path}"

    @property
    def place(self) -> str:
        """Host and port, as the header `Host` has them: without the port that the scheme means."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _port(self.scheme) else f"{host}:{self.port}"


def target(url: str, *, allowed: Collection[str] = ()) -> Target:
    """Take an address apart, or raise `Unreachable`: the first five of `errors.CODES`.

    `allowed` are places of this machine (`127.0.0.1:9000`, `127.0.0.1:*`), which may be asked without encryption too.
    """
    scheme, authority, rest = _split(url)
    host, written = _place(authority)
    port = int(written) if written else _port(scheme)
    host = _ascii(host)
    here = bool({f"{_bracketed(host)}:{port}", f"{_bracketed(host)}:*"} & set(allowed))
    if not here:
        _refuse_unfit(host, port)
    if scheme != "https" and not here:
        raise Unreachable("not_https")
    path = quote(rest, safe=_SAFE)
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}", here)


def follow(now: Target, location: str, *, allowed: Collection[str] = ()) -> Target:
    """Return where a redirect leads, checked like any address; what was encrypted stays encrypted."""
    if _FORBIDDEN.search(location):
        raise Unreachable("address_malformed")
    try:
        there = urljoin(now.url, location)
    except ValueError:
        raise Unreachable("address_malformed") from None
    found = target(there, allowed=allowed)
    if now.scheme == "https" and found.scheme != "https":
        raise Unreachable("not_https")
    return found


def is_global(address: str) -> bool:
    """Say whether an IP address is one of the public internet, and of nothing else."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not any(found in network for network in _NOT_GLOBAL_4)
    return _is_global_6(found)


def pinned(addresses: Iterable[str], *, here: bool) -> list[str]:
    """Return the addresses of a name as given, or raise `Unreachable` when a single one of them is not public.

    A name with one good and one bad address is somebody trying; for a place of this machine all must be loopback.
    """
    found = list(addresses)
    if not found:
        raise Unreachable("name_unknown")
    fit = _is_loopback if here else is_global
    if not all(map(fit, found)):
        raise Unreachable("address_refused")
    return found


def _split(url: str) -> tuple[str, str, str]:
    url = url.strip(" ")
    parts = _PARTS.fullmatch(url) if len(url) <= LONGEST and not _FORBIDDEN.search(url) else None
    if not parts:
        raise Unreachable("address_malformed")
    scheme, authority, rest = parts.groups()
    return ("http" if scheme.lower() == "http" else "https"), authority, rest


def _place(authority: str) -> tuple[str, str | None]:
    if "@" in authority:
        raise Unreachable("userinfo")
    found = _PLACE.fullmatch(authority)
    if not found or "%" in authority:
        raise Unreachable("address_malformed")
    return found[1], found[2]


def _ascii(host: str) -> str:
    """Return a host as it is asked for: small letters, international names in ASCII, IPv6 without brackets."""
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except ValueError:
            raise Unreachable("address_malformed") from None
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise Unreachable("address_malformed") from None


def _refuse_unfit(host: str, port: int) -> None:
    if port not in PORTS:
        raise Unreachable("port")
    last = host.rpartition(".")[2]
    if ":" in host or _NUMBER.fullmatch(last) or idna.decode(last).isdecimal():
        if not is_global(host):  # also 127.1, 2130706433, 0x7f000001 and a dot behind: none of them is an address to us
            raise Unreachable("address_refused")
    elif "." not in host or last in _OURS:
        raise Unreachable("address_refused")


def _is_global_6(found: IPv6Address) -> bool:
    if found not in _GLOBAL_6 or found.scope_id or any(found in network for network in _NOT_GLOBAL_6):
        return False
    return (int(found) >> 32) & 0xFFFF_FFFF not in _ISATAP


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
