"""Pages that count walk-ups: the poster's, the booth's, and the organiser's figures."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance.counting import places, queries, taps
from app.attendance.counting.places import Counted
from app.attendance.counting.taps import UNSAID, Visit, new_visit
from app.core import qr
from app.core.errors import FieldError, Invalid
from app.core.i18n import day, gettext_lazy, in_zone
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import event_frame, who
from app.people import residence

NEAR = ("JP", "CN", "KR", "TW", "TH", "US")
"""Where most people come from: a button each; all others are in the list."""
THANKED = {"counted": gettext_lazy("Thank you. You have been counted.")}
NOTED = {"counted": gettext_lazy("Counted. The next person, please.")}


@get("/count/{token:str}", include_in_schema=False)
async def show_poster(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask where somebody lives; looking counts nobody."""
    return _asked(request, await places.counted_by_poster(token, now=request.now), f"/count/{token}")


@post("/count/{token:str}", include_in_schema=False, status_code=200)
async def tap_poster(request: Request, token: FromPath[str]) -> Response[Any]:
    """Count somebody."""
    address = f"/count/{token}"
    try:
        await taps.tap_at_poster(token=token, visit=await _visit(request), now=request.now)
    except Invalid as error:
        place = await places.counted_by_poster(token, now=request.now)
        return _asked(request, place, address, errors=error.errors)
    return done(address, "counted")


@get("/gate/{gate:uuid}/count", include_in_schema=False)
async def show_booth(request: Request, gate: FromPath[UUID]) -> Response[str]:
    """Show the buttons of a booth, with today's figures."""
    return await _booth(request, gate)


@post("/gate/{gate:uuid}/count", include_in_schema=False, status_code=200)
async def tap_booth(request: Request, gate: FromPath[UUID]) -> Response[Any]:
    """Count somebody who stands at the booth."""
    try:
        await taps.tap_at_gate(gate=gate, visit=await _visit(request), principal=who(request), now=request.now)
    except Invalid as error:
        return await _booth(request, gate, errors=error.errors)
    return done(f"/gate/{gate}/count", "counted")


@get("/console/events/{event:uuid}/walk-ups", include_in_schema=False)
async def show_walk_ups(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show an event's walk-ups by day and residence, and the address for its poster."""
    own = await desk.own_event(principal=who(request), event=event)
    address = places.poster_url(event)
    return page(
        request,
        "attendance/console/walk_ups.html",
        headers=UNKEPT,
        **event_frame(own, "walk-ups", now=request.now),
        all_days=await queries.walk_ups(event),
        by_day=[(one, await queries.walk_ups(event, one)) for one in await queries.days(event)],
        country_name=residence.country_name,
        poster=address,
        symbol=qr.svg(address, label=_("Address of the poster")),
    )


async def _visit(request: Request) -> Visit:
    return check(await read_form(request), Visit)


async def _booth(request: Request, gate: UUID, *, errors: list[FieldError] | None = None) -> Response[str]:
    place = await places.counted_at_gate(gate, who(request), now=request.now)
    today = in_zone(request.now, place.zone).date()
    figures = await queries.walk_ups(place.event, today)
    return _asked(request, place, f"/gate/{gate}/count", errors=errors, gate=gate, today=day(today), figures=figures)


def _asked(
    request: Request,
    place: Counted,
    address: str,
    *,
    errors: list[FieldError] | None = None,
    **values: Any,
) -> Response[str]:
    names = dict(residence.choices())
    return page(
        request,
        "attendance/count.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        place=place,
        address=address,
        visit=new_visit(place.event),
        near=[(code, names[code]) for code in NEAR],
        countries=names.items(),
        unsaid=UNSAID,
        errors=errors or [],
        **{"gate": None, "today": "", "figures": None, "done_words": NOTED if "gate" in values else THANKED, **values},
    )


HANDLERS: list[Any] = [show_poster, tap_poster, show_booth, tap_booth, show_walk_ups]
