"""Our calendars, for everybody and for partner cities: addresses that stay the same for ever."""

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.validation import check
from app.core.web.request import Request
from app.events.addresses import full
from app.events.conditional import answer
from app.exchange.agreeing.tokens import agreement_behind
from app.exchange.publishing import calendars, named
from app.exchange.publishing.audiences import EVERYTHING, PUBLIC, Reader, under
from app.exchange.publishing.calendars import File, Key
from app.exchange.publishing.changes import Since, changes
from app.exchange.publishing.lists import list_file
from app.exchange.publishing.log import Mark
from app.exchange.publishing.named import Named

CALENDAR, LIST, CHANGES = "text/calendar", "text/csv", "application/json"
SECRET = {"cache-control": "private, no-cache"}
"""Nobody on the way keeps what only a token opens."""

Find = Callable[[str], Awaitable[Named]]


@get("/calendars/{name:str}", include_in_schema=False)
async def convention_calendar(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Answer the calendar of a convention (`yokohama-2026.ics`), as a list (`.csv`), or what has changed (`.json`)."""
    slug, kind = _parts(name, "ics", "csv", "json")
    if kind == "json":
        found = await named.of_convention(slug, request.language)
        return await _changes(request, PUBLIC, found)
    if kind == "csv":
        return await _public_list(request, slug)
    return await _calendar(request, lambda tag: named.of_convention(slug, tag))


@get("/calendars/{convention:str}/{name:str}", include_in_schema=False)
async def event_calendar(request: Request, convention: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Answer the calendar of one event (`yoxo-festival.ics`)."""
    slug, _kind = _parts(name, "ics")
    return await _calendar(request, lambda tag: named.of_event(convention, slug, tag))


@get("/calendars/{convention:str}/venues/{name:str}", include_in_schema=False)
async def venue_calendar(request: Request, convention: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Answer what takes place at a venue."""
    slug, _kind = _parts(name, "ics")
    return await _calendar(request, lambda tag: named.of_venue(convention, slug, tag))


@get("/calendars/{convention:str}/organisers/{name:str}", include_in_schema=False)
async def organiser_calendar(request: Request, convention: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Answer what an organiser runs."""
    slug, _kind = _parts(name, "ics")
    return await _calendar(request, lambda tag: named.of_organiser(convention, slug, tag))


@get("/calendars/{convention:str}/partners/{name:str}", include_in_schema=False)
async def city_calendar(request: Request, convention: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Answer the events of a partner city, as far as they are open to everybody."""
    slug, _kind = _parts(name, "ics")
    return await _calendar(request, lambda tag: named.of_partner(convention, slug, tag))


@get("/calendars/partners/{name:str}", include_in_schema=False)
async def partner_calendar(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Answer what we publish to the partner that holds a token: as a calendar, as a list, or what has changed."""
    token, kind = _parts(name, "ics", "csv", "json")
    agreement = await agreement_behind(token, now=request.now)
    if agreement is None:
        raise NotFound
    reader, found = under(agreement), Named(EVERYTHING, named.for_partner(request.language))
    if kind == "json":
        return await _changes(request, reader, found, headers=SECRET)
    return await _for_partner(request, reader, found, kind)


def _parts(name: str, *kinds: str) -> tuple[str, str]:
    slug, _dot, kind = name.rpartition(".")
    if not slug or kind not in kinds:
        raise NotFound
    return slug, kind


async def _calendar(request: Request, find: Find) -> Response[bytes]:
    async def make(mark: Mark) -> File:
        found = await find(request.language)
        return await calendars.joined(PUBLIC, found.selection, found.title, request.language, mark)

    file = await calendars.kept(_key(request), make, now=request.now)
    return _answer(request, file, CALENDAR)


async def _public_list(request: Request, convention: str) -> Response[bytes]:
    async def make(mark: Mark) -> File:
        found = await named.of_convention(convention, request.language)
        return await list_file(PUBLIC, found.selection, mark)

    file = await calendars.kept((request.scope["path"],), make, now=request.now)
    return _answer(request, file, LIST)


async def _for_partner(request: Request, reader: Reader, found: Named, kind: str) -> Response[bytes]:
    async def make(mark: Mark) -> File:
        if kind == "csv":
            return await list_file(reader, found.selection, mark)
        return await calendars.joined(reader, found.selection, found.title, request.language, mark)

    key = (kind, request.language, reader.partner, repr(reader.agreement))
    file = await calendars.kept(key, make, now=request.now)
    return _answer(request, file, LIST if kind == "csv" else CALENDAR, headers=SECRET)


async def _changes(
    request: Request, reader: Reader, found: Named, *, headers: dict[str, str] | None = None
) -> Response[bytes]:
    asked = check(dict(request.query_params), Since)
    address = full(request.scope["path"])
    told = await changes(
        reader,
        found.selection,
        asked,
        address=address,
        name=found.title.name,
        language=request.language,
        now=request.now,
    )
    more = {"link": f'<{told.next}>; rel="next"'} if told.next else {}
    return answer(request, msgspec.json.encode(told), media_type=CHANGES, headers={**(headers or {}), **more})


def _key(request: Request) -> Key:
    return request.scope["path"], request.language


def _answer(request: Request, file: File, media_type: str, *, headers: dict[str, str] | None = None) -> Response[bytes]:
    return answer(
        request, file.body, media_type=media_type, etag=file.etag, changed_at=file.changed_at, headers=headers
    )


HANDLERS = [
    convention_calendar,
    event_calendar,
    venue_calendar,
    organiser_calendar,
    city_calendar,
    partner_calendar,
]
