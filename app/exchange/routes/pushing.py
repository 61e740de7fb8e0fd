"""The push API: a partner puts its events into our hands one by one, and takes them out again."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote

from litestar import Response, delete, get, put
from litestar.params import FromPath, HeaderParameter

from app.core.web import problems
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.exchange.agreeing import reach
from app.exchange.pushing import push
from app.exchange.pushing.conditions import Conditions
from app.exchange.pushing.errors import OlderThanHeld, UnknownFormat, VersionDiffers
from app.exchange.pushing.schemas import PushedOut, pushed
from app.exchange.schemas import Kind

LARGEST = 1024 * 1024
"""Bytes of one event with its instances."""
PATH = "/api/v1/partners/{partner:str}/events/{uid:path}"
KINDS: dict[str, Kind] = {"text/calendar": "ics", "application/json": "push"}
IfMatch = Annotated[
    str,
    HeaderParameter(name="If-Match", required=False, description="The version that is changed, as its ETag names it."),
]
IfNoneMatch = Annotated[
    str, HeaderParameter(name="If-None-Match", required=False, description='"*" for an event that must be a new one.')
]


def _uid(request: Request, path: str) -> str:
    """Return a UID as it was sent: routing takes away slashes, which names such as `https://...` have two of."""
    raw = request.scope.get("raw_path") or b""
    _before, found, name = raw.partition(b"?")[0].partition(b"/events/")
    return unquote(name.decode("latin-1")) if found else path.lstrip("/")


def _kind(request: Request) -> Kind:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in KINDS:
        raise UnknownFormat
    return KINDS[declared]


def _with_etag(request: Request, error: VersionDiffers | OlderThanHeld) -> Response[Any]:
    """Answer what is refused with the version that is held."""
    return problems.answer(request, error, {"etag": error.etag} if error.etag else {})


HANDLED: Any = {VersionDiffers: _with_etag, OlderThanHeld: _with_etag}


@put(PATH, tags=["partners"], request_max_body_size=LARGEST, exception_handlers=HANDLED)
async def put_pushed_event(
    request: Request,
    partner: FromPath[str],
    uid: FromPath[str],
    if_match: IfMatch = "",
    if_none_match: IfNoneMatch = "",
) -> Response[PushedOut]:
    """Put an event, as text/calendar or as JSON; 201 for a new one. Sending the same again changes nothing.

    What is put is the whole: instances of a series that it leaves out are deleted. 409 for an older version than the
    one that is held, 412 with the present ETag when that is not the one in If-Match, 422 with everything that would be
    lost.
    """
    found = await push.put(
        partner=await reach.partner(partner, request.scope["user"]),
        uid=_uid(request, uid),
        body=await request.body(),
        kind=_kind(request),
        conditions=Conditions(if_match, if_none_match),
        now=request.now,
    )
    status = HTTPStatus.CREATED if found.outcome == "added" else HTTPStatus.OK
    out = pushed(_uid(request, uid), found.held, found.findings)
    return Response(out, status_code=status, headers={**UNKEPT, "etag": found.held.etag})


@get(PATH, tags=["partners"])
async def get_pushed_event(request: Request, partner: FromPath[str], uid: FromPath[str]) -> Response[PushedOut]:
    """Show an event that you put here, as it is held; 410 when you have deleted it."""
    of = await reach.partner(partner, request.scope["user"])
    found = await push.get(partner=of, uid=_uid(request, uid), now=request.now)
    return Response(pushed(_uid(request, uid), found), headers={**UNKEPT, "etag": found.etag})


@delete(PATH, tags=["partners"], exception_handlers=HANDLED)
async def delete_pushed_event(
    request: Request, partner: FromPath[str], uid: FromPath[str], if_match: IfMatch = ""
) -> None:
    """Delete an event that you put here; who reads our calendars is told that it is gone."""
    of, conditions = await reach.partner(partner, request.scope["user"]), Conditions(if_match)
    await push.delete(partner=of, uid=_uid(request, uid), conditions=conditions, now=request.now)


HANDLERS: list[Any] = [put_pushed_event, get_pushed_event, delete_pushed_event]
