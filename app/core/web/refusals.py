"""How the web face says no, and what it refuses before any route is looked up."""

from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address

from litestar.types import HTTPScope

from app.core.errors import BadRequest, DomainError, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.settings import Settings, settings

LONGEST_ADDRESS = 8 * 1024
"""Bytes of path and query together."""
MOST_HEADERS = 100
LARGEST_HEADERS = 32 * 1024
"""Bytes of all names and values."""
NAME_MAX = 255
"""Bytes of a file's name."""
ANY_HOST = ("/health/", "/metrics")
"""What machines ask by the address of a process; these answers hold no links."""


class MethodNotAllowed(DomainError):
    """The path exists but not with this method; `allow` lists those it has."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = gettext_lazy("This address does not answer that method.")


class TooLarge(DomainError):
    """The body is larger than the limit, or holds more fields."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = gettext_lazy("This is larger than we accept.")


class AddressTooLong(DomainError):
    """Path and query are longer than any of ours."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG
    title = gettext_lazy("This address is longer than any of ours.")


class HeadersTooLarge(DomainError):
    """More or larger headers than any browser sends to us; mostly cookies that have piled up."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    title = gettext_lazy("Your browser sends more than we accept; please clear the cookies of this site and try again.")


class UnknownHost(DomainError):
    """The request names a host that is not ours: links of the answer would lead there, so there is no such answer."""

    status = HTTPStatus.MISDIRECTED_REQUEST
    title = gettext_lazy("This site does not go by that name.")


class WrongContentType(DomainError):
    """The body is not declared as JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = gettext_lazy("Send the body as JSON, with the header Content-Type: application/json.")


def require_sound(scope: HTTPScope) -> None:
    """Refuse a request whose form is doubtful, whatever its route; reads the headers once."""
    if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise AddressTooLong
    if _holds_nul(scope) or _is_no_file(scope["path"]):
        raise NotFound
    size, count = 0, 0
    hosts, lengths = [], set()
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        count += 1
        if name == b"host":
            hosts.append(value)
        elif name in {b"content-length", b"transfer-encoding"}:
            lengths.add((name, value))
    if size > LARGEST_HEADERS or count > MOST_HEADERS:
        raise HeadersTooLarge
    # Two lengths or two hosts: a proxy in front may have believed the other one.
    if len(lengths) > 1 or len(hosts) > 1:
        raise BadRequest(_("The headers contradict each other."))
    if not scope["path"].startswith(ANY_HOST) and not (hosts and _is_ours(hosts[0], settings())):
        raise UnknownHost


def _holds_nul(scope: HTTPScope) -> bool:
    """Whether path or query hold a NUL, which neither PostgreSQL nor the file system takes."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]


def _is_no_file(path: str) -> bool:
    """Whether no file can have this name: the file system would call it a fault."""
    return path.startswith("/static/") and any(
        len(part.encode(errors="replace")) > NAME_MAX for part in path.split("/")
    )


@lru_cache(maxsize=256)
def _is_ours(host: bytes, found: Settings) -> bool:
    """Whether a Host header names us; an installation that runs for demonstration also answers to this machine."""
    name = _name(host.decode("latin-1").lower())
    return name == found.host or name in found.hosts or (found.on_show and _is_this_machine(name))


def _name(host: str) -> str:
    """Return the host without its port, an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_this_machine(name: str) -> bool:
    """Whether the name means this machine without asking a name server: only those can be made to lie (rebinding)."""
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True
