"""Connections to addresses that somebody else chose: looked up once, checked, and made to what was checked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, Self

import httpcore
import msgspec

from app.core.settings import settings
from app.exchange.fetching.addresses import Target, pinned
from app.exchange.fetching.errors import Unreachable

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to its IP addresses, best first; raises `OSError` when there are none."""
Connect = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]
"""From an IP address and a port to an open connection; raises `httpcore.ConnectError`."""

TRIES: Final = 3
"""Addresses of one name that are tried."""
PATIENCE: Final = 6.0
"""Seconds for one of them."""
_LOOKING_UP: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="names")
"""Names that nobody answers for hold up nothing but other names."""
_VERIFY: Final = {
    **dict.fromkeys((9, 10), "tls_expired"),
    **dict.fromkeys((62, 64), "tls_name"),
    **dict.fromkeys((18, 19, 20, 21), "tls_untrusted"),
}
"""X509_V_ERR_* of OpenSSL."""


async def look_up(host: str, port: int) -> list[str]:
    """Ask the machine's resolver, in a thread."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _LOOKING_UP, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    )
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


async def connect(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """Open a connection to an IP address."""
    return await httpcore.AnyIOBackend().connect_tcp(address, port, timeout=PATIENCE)


@cache
def trusted() -> ssl.SSLContext:
    """Return what is needed to check certificates: the authorities that browsers trust, names, terms."""
    return httpcore.default_ssl_context()


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How calls go out, and how much of an answer is taken: seconds in all, bytes as they come and when unpacked.

    `allowed` are places of this machine; those of the settings when None.
    """

    resolve: Resolve = look_up
    connect: Connect = connect
    trust: Callable[[], ssl.SSLContext] = trusted
    allowed: frozenset[str] | None = None
    seconds: float = 20.0
    packed: int = 10 * 1024 * 1024
    unpacked: int = 50 * 1024 * 1024

    @property
    def places(self) -> frozenset[str]:
        """Places of this machine that may be asked."""
        return settings().fetch_places if self.allowed is None else self.allowed


class Guarded(httpcore.AsyncNetworkBackend):
    """The only way out: whatever the HTTP client asks for, the name is looked up here, once, and all answers checked.

    The connection goes to an address that was checked, so a name that changes its mind in between changes nothing.
    """

    def __init__(self, way: Way, target: Target) -> None:
        self._way = way
        self._target = target
        self._opened: list[httpcore.AsyncNetworkStream] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what was opened: the client forgets a connection whose encryption a deadline cut short."""
        for stream in self._opened:
            await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # of the interface; the whole call has a deadline
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the target's host, or raise `Unreachable`."""
        if (host, port) != (self._target.host, self._target.port):
            raise Unreachable("address_refused")
        addresses = pinned(await self._looked_up(), here=self._target.here)
        for address in addresses[:TRIES]:
            try:
                self._opened.append(await self._way.connect(address, port))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return self._opened[-1]
        raise Unreachable("unreachable")

    async def _looked_up(self) -> list[str]:
        try:
            return await self._way.resolve(self._target.host, self._target.port)
        except (OSError, UnicodeError):
            raise Unreachable("name_unknown") from None


def reason(error: Exception) -> str:
    """Return the code of what went wrong below HTTP or in it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _VERIFY.get(getattr(cause, "verify_code", 0), "tls")
        cause = cause.__cause__ or cause.__context__
    return "protocol" if isinstance(error, httpcore.ProtocolError) else "unreachable"
