"""The guard in front of every route: finds out who asks, then asks the policy."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ExceptionHandlersMap, HTTPScope

from app.core.errors import DomainError, Forbidden, Unauthorized
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.signing import token_digest
from app.core.web import problems
from app.core.web.pages import see_other
from app.core.web.request import Request
from app.people import access
from app.people.errors import DeviceRevoked, FreshProof, MoreProof, StrongerSignIn
from app.people.policy import AFTER_REVOKING, CEREMONY, POLICY, PUBLIC, STEP_UP, STRONG_STEP_UP
from app.people.roles import ANONYMOUS, Principal
from app.people.strength import NEEDS, enough, fresh
from app.people.watching import Pass
from app.people.ways import local

SAFE = {"GET", "HEAD", "OPTIONS"}
CSRF_HEADER = "x-csrf-token"
CONSOLES = ("/console", "/office")
"""Where people are given power; phones are for the gates."""
PROVED_BY_BODY = frozenset({"/api/v1/presence/beats", "/api/v1/presence/leave"})
"""What a closing page sends cannot carry our header; the join token in the body is the proof."""
OWN_KEYS = frozenset({"/dav", "/dav/{path}"})
"""Open routes that know keys of their own beside those of accounts, and refuse a wrong one themselves."""


async def admit(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let the request in, or raise `Unauthorized`, `Forbidden` or `MoreProof`; sets `scope["user"]`."""
    method: str = connection.scope["method"]  # type: ignore[typeddict-item]  # no websockets here
    if method == "OPTIONS":
        return
    route = f"{'GET' if method == 'HEAD' else method} {connection.scope['path_template']}"
    allowed = POLICY[route]
    principal = await _identify(connection)
    if principal.csrf and allowed is PUBLIC and not enough(principal.role, principal.strength):
        principal = ANONYMOUS  # what is open shows nothing more to a role that was not proved
    connection.scope["user"] = principal
    if method not in SAFE:
        await _refuse_forged(connection, principal)
    _require_entry(route, principal)
    if principal.csrf and allowed is not PUBLIC:
        _require_proof(route, principal, Request(connection.scope).now)


def _require_entry(route: str, principal: Principal) -> None:
    allowed = POLICY[route]
    if principal.role not in allowed:
        raise Unauthorized if principal is ANONYMOUS else Forbidden
    if principal.device_revoked and allowed is not PUBLIC and route not in AFTER_REVOKING:
        raise DeviceRevoked
    if _needs_person(route, principal):
        raise Forbidden


JSON_HEADERS = frozenset({b"application/json", b"application/json; charset=utf-8"})


async def bearer_of(scope: HTTPScope, route: str, now: dt.datetime) -> Principal | None:
    """Return who sends JSON to `route` with a token that opens it, or None for a request that has to be looked at.

    For short ways: what is refused here is refused by `admit`, in its own words.
    """
    headers = scope["headers"]
    tokens = [value for name, value in headers if name == b"authorization"]
    kinds = [value for name, value in headers if name == b"content-type"]
    if len(tokens) != 1 or len(kinds) != 1 or kinds[0] not in JSON_HEADERS or not tokens[0].startswith(b"Bearer "):
        return None
    try:
        principal = await access.by_token(tokens[0][7:].decode("latin-1"), now)
        _require_entry(route, principal)
    except DomainError:
        return None
    scope["user"] = principal
    return principal


def _needs_person(route: str, principal: Principal) -> bool:
    """Whether somebody must sit there: what a stolen token or a lost phone gave away would outlive it."""
    is_console = route.partition(" ")[2].startswith(CONSOLES)
    return (principal.program and route in STEP_UP | STRONG_STEP_UP) or (principal.device is not None and is_console)


def _require_proof(route: str, principal: Principal, now: dt.datetime) -> None:
    if route not in CEREMONY and not enough(principal.role, principal.strength):
        raise StrongerSignIn
    if _is_sensitive(route, principal) and not fresh(principal.proved_at, now):
        raise FreshProof


def _is_sensitive(route: str, principal: Principal) -> bool:
    needs_strong = principal.role in NEEDS and NEEDS[principal.role].strength == "strong"
    return route in STEP_UP or (route in STRONG_STEP_UP and needs_strong)


def lead_on(request: Request, error: MoreProof) -> Response[Any]:
    """Lead a browser to where it can prove more, and from there back; tell a program the problem.

    What a form sent is not kept: the way back leads to the page the form stood on.
    """
    if request.is_api:
        return problems.answer(request, error)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = asked if request.method in SAFE else _page_of_form(request)
    return see_other(f"{error.page}?{urlencode({'next': local(back)})}")


def _page_of_form(request: Request) -> str:
    """Return the path of the page that sent the form; only ours, as the referrer policy tells it to nobody else."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    here = request.headers.get("host", "")
    return parts.path + (f"?{parts.query}" if parts.query else "") if parts.netloc == here else ""


EXCEPTION_HANDLERS: ExceptionHandlersMap = {MoreProof: lead_on}  # type: ignore[dict-item]


def pass_of(request: Request) -> Pass:
    """Return by what somebody who was admitted came in, for connections that stay open."""
    bearer = request.headers.get("authorization", "").partition(" ")[2]
    shown = bearer or request.cookies.get(access.session_cookie(), "")
    return Pass(token_digest(shown), request.scope["user"].scope)


async def _identify(connection: ASGIConnection) -> Principal:  # type: ignore[type-arg]
    now = Request(connection.scope).now
    header = connection.headers.get("authorization", "")
    if header:
        kind, _space, token = header.partition(" ")
        principal = await access.by_token(token, now) if kind.lower() == "bearer" else ANONYMOUS
        if principal is ANONYMOUS and connection.scope["path_template"] not in OWN_KEYS:
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
