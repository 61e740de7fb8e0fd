"""Console, guests of an event: how many are expected, who has the event's own tickets, and lists to take along."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core import spreadsheet
from app.core.i18n import day, text
from app.core.web.console import listed as in_lists
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.owned import Held
from app.events.pages.frame import event_frame, who
from app.people.roles import Principal
from app.ticketing.documents.words import STATES
from app.ticketing.guests import exports, listed, replies
from app.ticketing.guests.exports import Taken
from app.ticketing.guests.listed import Wanted
from app.ticketing.registering.needs import NEEDS
from app.ticketing.setting_up import console_queries as console

MEDIA = {"csv": spreadsheet.CSV, "xlsx": spreadsheet.XLSX}


@get("/console/events/{event:uuid}/guests", include_in_schema=False)
async def show_guests(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show how many are expected and a page of those who have the event's own tickets."""
    principal, query = who(request), request.query_params
    own = await desk.own_event(principal=principal, event=event)
    types = await console.types_of_event(event, principal)
    mine = {str(t.id): t for t in types if t.mine}
    wanted = wanted_of(query, mine)
    found = await listed.page(
        event=event, principal=principal, now=request.now, wanted=wanted, number=_number(query.get("page", ""))
    )
    asked = {name: str(value) for name, value in msgspec.to_builtins(wanted).items() if value}
    return page(
        request,
        "ticketing/console/guests.html",
        headers=UNKEPT,
        **event_frame(own, "guests", now=request.now),
        types=[t for t in types if t.organiser is not None or t.tickets],
        found=found,
        chosen=wanted,
        filtered=bool(asked),
        any_own=bool(mine),
        sees_city=listed.sees_the_citys(principal),
        type_options=[(t.id, text(t.title)) for t in mine.values()],
        states=STATES,
        need_words=NEEDS,
        counts=await listed.counts(event=event, principal=principal),
        earlier=_address(asked, found.number - 1) if found.number > 1 else "",
        later=_address(asked, found.number + 1) if found.number < found.last else "",
        **await _columns(event, principal),
        **await _expected(own),
    )


def wanted_of(typed: Mapping[str, Any], types: Mapping[str, Any]) -> Wanted:
    """Return whom a list is to show; what makes no sense is left out."""
    said = {name: value if isinstance(value := typed.get(name, ""), str) else "" for name in _FILTERS}
    chosen = types.get(said["ticket_type"])
    return Wanted(
        words=said["words"][:200],
        ticket_type=chosen.id if chosen else None,
        state=said["state"] if said["state"] in STATES else "",
        need=said["need"] if said["need"] in NEEDS else "",
    )


_FILTERS = Wanted.__struct_fields__


async def _expected(own: Held) -> dict[str, Any]:
    expected = await console.expected(own.event.id)
    days = console.span(own.event.first_day, own.event.last_day)
    totals = {d: sum(count for (_type, on), count in expected.items() if on == d) for d in days}
    columns = [(day(d, short=True), "number") for d in days]
    return {"expected": expected, "days": days, "totals": totals, "day_columns": columns}


async def _columns(event: UUID, principal: Principal) -> dict[str, Any]:
    """Return what a list to take along may hold."""
    questions = await replies.questions(event=event, principal=principal)
    asked = [(exports.ANSWER + q.slug, text(q.label)) for q in questions]
    return {"column_options": [*exports.COLUMNS.items(), *asked], "usual_columns": list(exports.USUAL)}


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 7 else 1


def _address(asked: dict[str, str], number: int) -> str:
    return "?" + urlencode({**asked, "page": number})


@post("/console/events/{event:uuid}/guests/export", include_in_schema=False, status_code=200)
async def export_guests(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give guests as a list; a POST, because it is written down who took it."""
    own = await desk.own_event(principal=who(request), event=event)
    form = in_lists(await read_form(request), "columns")
    types = {str(t.id): t for t in await console.types_of_event(event, who(request)) if t.mine}
    kind: exports.Kind = "xlsx" if form.get("kind") == "xlsx" else "csv"
    columns = tuple(name for name in form["columns"] if isinstance(name, str)) or exports.USUAL
    taken = Taken(wanted_of(form, types), columns, kind)
    return Response(
        await exports.export(event=event, principal=who(request), taken=taken, now=request.now),
        media_type=MEDIA[kind],
        headers={**UNKEPT, "content-disposition": f'attachment; filename="guests-{own.event.slug}.{kind}"'},
    )


HANDLERS = [show_guests, export_guests]
