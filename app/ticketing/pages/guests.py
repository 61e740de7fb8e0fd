"""Console, guests of an event: how many are expected, and who has the event's own tickets."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.i18n import day, text
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import event_frame, who
from app.ticketing import console_queries as console
from app.ticketing import guests


@get("/console/events/{event:uuid}/guests", include_in_schema=False)
async def show_guests(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show how many are expected and a page of those who have the event's own tickets."""
    principal, query = who(request), request.query_params
    own = await desk.own_event(principal=principal, event=event)
    types = await console.types_of_event(event, principal)
    mine = {str(t.id): t for t in types if t.organiser == own.event.organiser}
    chosen = mine.get(query.get("type", ""))
    words = query.get("q", "")[:200]
    found = await guests.page(
        event=event,
        principal=principal,
        words=words,
        ticket_type=chosen.id if chosen else None,
        number=_number(query.get("page", "")),
    )
    asked = {"q": words, "type": str(chosen.id) if chosen else ""}
    return page(
        request,
        "ticketing/console/guests.html",
        headers=UNKEPT,
        **event_frame(own, "guests", now=request.now),
        types=[t for t in types if t.organiser is not None or t.tickets],
        found=found,
        q=words,
        chosen=chosen.id if chosen else None,
        any_own=bool(mine),
        type_options=[(t.id, text(t.title)) for t in mine.values()],
        states=guests.states(),
        earlier=_address(asked, found.number - 1) if found.number > 1 else "",
        later=_address(asked, found.number + 1) if found.number < found.last else "",
        **await _expected(event, console.span(own.event.first_day, own.event.last_day)),
    )


async def _expected(event: UUID, days: list[Any]) -> dict[str, Any]:
    expected = await console.expected(event)
    totals = {d: sum(count for (_type, on), count in expected.items() if on == d) for d in days}
    columns = [(day(d, short=True), "number") for d in days]
    return {"expected": expected, "days": days, "totals": totals, "day_columns": columns}


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 7 else 1


def _address(asked: dict[str, str], number: int) -> str:
    return "?" + urlencode({**{k: v for k, v in asked.items() if v}, "page": number})


@post("/console/events/{event:uuid}/guests/export", include_in_schema=False, status_code=200)
async def export_guests(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give the guests as CSV; a POST, because it is written down who took the list."""
    own = await desk.own_event(principal=who(request), event=event)
    return Response(
        await guests.export(event=event, principal=who(request), now=request.now),
        media_type="text/csv",
        headers={**UNKEPT, "content-disposition": f'attachment; filename="guests-{own.event.slug}.csv"'},
    )


HANDLERS = [show_guests, export_guests]
