"""CalDAV (RFC 4791), read only, with collection synchronisation (RFC 6578): public calendars, and a partner's own."""

from http import HTTPStatus
from typing import Any

from litestar import Response, delete, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Unauthorized
from app.core.i18n import gettext as _
from app.core.web import problems
from app.core.web.request import Request
from app.core.web.verbs import verb
from app.events import conditional
from app.exchange.dav import answers, keys, places
from app.exchange.dav.errors import ReadOnly, Refused
from app.exchange.dav.keys import Visitor
from app.exchange.dav.multistatus import MEDIA_TYPE, error
from app.exchange.dav.properties import MEDIA_TYPE as CALENDAR

LARGEST = 2 * 1024 * 1024
"""Bytes of a question: ten thousand addresses have about half of it."""
PATHS = ["/dav", "/dav/{path:path}"]
FEATURES = {"dav": "1, 3, access-control, calendar-access"}
ALLOW = "OPTIONS, GET, HEAD, PROPFIND, REPORT"
PRIVATE = {"cache-control": "private, no-cache", "vary": "Authorization, Accept-Language"}


def _refused(_request: Request, refused: Refused) -> Response[bytes]:
    body = error(refused.condition, str(refused.title))
    return Response(body, status_code=int(refused.status), media_type=MEDIA_TYPE, headers=FEATURES)


def _unauthorized(request: Request, refused: Unauthorized) -> Response[Any]:
    """Ask for a key in the way that calendar programs understand."""
    answer = problems.answer(request, refused)
    answer.headers["www-authenticate"] = 'Basic realm="Machigurumi", charset="UTF-8"'
    return answer


HANDLED: Any = {Refused: _refused, Unauthorized: _unauthorized}


async def _visitor(request: Request) -> Visitor:
    """Return who asks. A token of an account opens nothing here, but it is no wrong key: it asks as everybody."""
    shown = "" if request.scope["user"].account else request.headers.get("authorization", "")
    return await keys.visitor(shown, now=request.now)


def _multistatus(body: bytes) -> Response[bytes]:
    headers = {**FEATURES, **PRIVATE}
    return Response(body, status_code=HTTPStatus.MULTI_STATUS, media_type=MEDIA_TYPE, headers=headers)


@verb("PROPFIND", PATHS, request_max_body_size=LARGEST, exception_handlers=HANDLED)
async def propfind(request: Request, path: FromPath[str] = "") -> Response[bytes]:
    """Say what is here, and what lies below."""
    depth, body = request.headers.get("depth", "0").lower(), await request.body()
    visitor = await _visitor(request)
    return _multistatus(await answers.propfind(path=path, depth=depth, body=body, visitor=visitor, now=request.now))


@verb("REPORT", PATHS, request_max_body_size=LARGEST, exception_handlers=HANDLED)
async def report(request: Request, path: FromPath[str] = "") -> Response[bytes]:
    """Answer a question about a calendar: by time, by addresses, or what has changed."""
    body, visitor = await request.body(), await _visitor(request)
    return _multistatus(await answers.report(path=path, body=body, visitor=visitor, now=request.now))


@get(PATHS, include_in_schema=False, exception_handlers=HANDLED)
async def open_resource(request: Request, path: FromPath[str] = "") -> Response[Any]:
    """Hand out an item; tell people who open a calendar in a browser what to do with its address."""
    place = await places.find(path, await _visitor(request))
    if place.kind != "item":
        words = _("Give this address to your calendar program as a CalDAV account.")
        return Response(words, media_type="text/plain", headers={**FEATURES, **PRIVATE})
    found = await answers.item(place, request.now)
    headers = {**FEATURES, **PRIVATE}
    return conditional.answer(
        request, found.alone(), media_type=CALENDAR, etag=found.etag, changed_at=found.changed_at, headers=headers
    )


async def _refuse(request: Request, path: str) -> None:
    """Refuse to write where something is; where nothing is, there is nothing."""
    await places.find(path, await _visitor(request))
    raise ReadOnly


@put("/dav/{path:path}", include_in_schema=False, exception_handlers=HANDLED, status_code=204)
async def refuse_put(request: Request, path: FromPath[str]) -> None:
    """Refuse to write."""
    await _refuse(request, path)


@delete("/dav/{path:path}", include_in_schema=False, exception_handlers=HANDLED)
async def refuse_delete(request: Request, path: FromPath[str]) -> None:
    """Refuse to delete."""
    await _refuse(request, path)


async def _features() -> Response[None]:
    """Say what can be asked here, to anybody."""
    return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={**FEATURES, "allow": ALLOW})


options = HTTPRouteHandler(PATHS, http_method="OPTIONS", include_in_schema=False, status_code=204)(_features)
WELL_KNOWN = "/.well-known/caldav"


async def _lead_on() -> Redirect:
    """Lead to the root, whatever is asked (RFC 6764, 5)."""
    return Redirect(places.ROOT, status_code=301)


well_known = get(WELL_KNOWN, include_in_schema=False, status_code=301, name="get_caldav")(_lead_on)
well_known_propfind = verb("PROPFIND", WELL_KNOWN, status_code=301, name="propfind_caldav")(_lead_on)

# The first: otherwise the framework makes a handler for OPTIONS of its own.
HANDLERS: list[Any] = [
    options,
    propfind,
    report,
    open_resource,
    refuse_put,
    refuse_delete,
    well_known,
    well_known_propfind,
]
