"""The attendee's page: registrations, tickets and what comes next."""

from itertools import groupby
from typing import Any

from litestar import Response, get

from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.programme import current_programme
from app.people.persons import persons_of
from app.ticketing import queries
from app.ticketing.pages.registration import ticket_values
from app.ticketing.programme import Appointment, coming
from app.ticketing.tickets import join_token, manage_token


@get("/my", include_in_schema=False)
async def show_my_tickets(request: Request) -> Response[str]:
    """Show what was registered with the address of whoever is signed in."""
    views = await queries.tickets_of_persons(await persons_of(request.scope["user"].account))
    present = await current_programme(now=request.now)
    conventions = [
        {"title": tickets[0].convention_title, "slug": slug, "registrations": _registrations(tickets)}
        for slug, tickets in ((s, list(group)) for s, group in groupby(views, key=lambda v: v.convention_slug))
    ]
    return page(
        request,
        "ticketing/my.html",
        headers=UNKEPT,
        conventions=conventions,
        appointments=_by_session(coming(views, now=request.now)),
        present=present.convention if present else None,
    )


def _registrations(views: list[Any]) -> list[dict[str, Any]]:
    """Return the parties of a convention, each with the link that opens all its tickets."""
    return [
        {"link": f"/registrations/{manage_token(key)}", "tickets": [ticket_values(v) for v in group]}
        for key, group in groupby(views, key=lambda v: v.registration)
    ]


def _by_session(found: list[Appointment]) -> list[dict[str, Any]]:
    """Return each session once, with everybody of the party who goes there."""
    return [
        {
            "session": first.session,
            "ticket": first.ticket,
            "now": first.now,
            "people": [_person(a) for a in (first, *more)],
        }
        for first, *more in (list(group) for _key, group in groupby(found, key=lambda a: a.session.id))
    ]


def _person(one: Appointment) -> dict[str, Any]:
    online = one.session.mode != "on_site"
    join = f"/join/{join_token(ticket=one.ticket.id, session=one.session.id)}" if online else ""
    return {"name": one.ticket.name, "reserved": one.session.reserved, "join": join}


HANDLERS = [show_my_tickets]
