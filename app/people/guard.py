"""The guard in front of every route: finds out who asks, then asks the policy."""

from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.core.errors import Forbidden, Unauthorized
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.web.request import Request
from app.people import access
from app.people.policy import POLICY
from app.people.roles import ANONYMOUS, Principal

SAFE = {"GET", "HEAD", "OPTIONS"}
CSRF_HEADER = "x-csrf-token"
PROVED_BY_BODY = frozenset({"/api/v1/presence/beats", "/api/v1/presence/leave"})
"""What a closing page sends cannot carry our header; the join token in the body is the proof."""


async def admit(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let the request in, or raise `Unauthorized` or `Forbidden`; sets `scope["user"]`."""
    method: str = connection.scope["method"]  # type: ignore[typeddict-item]  # no websockets here
    if method == "OPTIONS":
        return
    asked = "GET" if method == "HEAD" else method
    allowed = POLICY[f"{asked} {connection.scope['path_template']}"]
    principal = await _identify(connection)
    connection.scope["user"] = principal
    if method not in SAFE:
        await _refuse_forged(connection, principal)
    if principal.role not in allowed:
        raise Unauthorized if principal is ANONYMOUS else Forbidden


async def _identify(connection: ASGIConnection) -> Principal:  # type: ignore[type-arg]
    now = Request(connection.scope).now
    header = connection.headers.get("authorization", "")
    if header:
        kind, _space, token = header.partition(" ")
        principal = await access.by_token(token, now) if kind.lower() == "bearer" else ANONYMOUS
        if principal is ANONYMOUS:
            raise Unauthorized(_("The token is not valid: unknown, expired or revoked."))
        return principal
    cookie = connection.cookies.get(access.session_cookie())
    return await access.by_session(cookie, now) if cookie else ANONYMOUS


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as an open bracket
        return None


async def _refuse_forged(connection: ASGIConnection, principal: Principal) -> None:  # type: ignore[type-arg]
    """Refuse a form sent from another site; a signed-in browser also proves it has read our page."""
    site = connection.headers.get("sec-fetch-site", "none")
    origin = connection.headers.get("origin")
    strange = origin is not None and _host_of(origin) not in {
        connection.headers.get("host", ""),
        urlsplit(settings().base_url).netloc,
    }
    browser = principal is ANONYMOUS or principal.csrf
    if browser and (strange or site not in {"same-origin", "none"}):
        raise Forbidden(_("This form came from another site; please open it here again."))
    if principal.csrf and connection.scope["path_template"] not in PROVED_BY_BODY:
        sent = connection.headers.get(CSRF_HEADER) or (await Request(connection.scope, connection.receive).form()).get(
            "csrf"
        )
        if sent != principal.csrf:
            raise Forbidden(_("This form has grown old; please reload the page and send it again."))
