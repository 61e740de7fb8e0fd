"""The attendee's page: registrations, tickets and what comes next."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get

from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.programme import current_programme
from app.people.persons import persons_of
from app.ticketing import queries
from app.ticketing.life import holder_queries
from app.ticketing.life.used import used
from app.ticketing.pages.standing import standing
from app.ticketing.pages.tickets import ticket_values
from app.ticketing.programme import Appointment, coming
from app.ticketing.registering import drafts
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import join_token, manage_token


@get("/my", include_in_schema=False)
async def show_my_tickets(request: Request) -> Response[str]:
    """Show what was registered with the address of whoever is signed in, and the forms begun and not sent."""
    account = request.scope["user"].account
    persons = await persons_of(account)
    managed = await holder_queries.registrations_of(persons)
    views = await _tickets(persons, managed)
    present = await current_programme(now=request.now)
    conventions = [
        {"title": tickets[0].convention_title, "registrations": await _registrations(tickets, managed, request)}
        for tickets in (list(group) for _slug, group in groupby(views, key=lambda v: v.convention_slug))
    ]
    return page(
        request,
        "ticketing/my.html",
        headers=UNKEPT,
        conventions=conventions,
        appointments=_by_session(coming(views, now=request.now)),
        drafts=await drafts.of_account(account, now=request.now),
        present=present.convention if present else None,
    )


async def _tickets(persons: Sequence[UUID], managed: AbstractSet[UUID]) -> list[TicketView]:
    """Return the tickets these persons hold, and those of their registrations in which they hold none any more."""
    held = await queries.tickets_of_persons(persons)
    others = managed - {view.registration for view in held}
    views = held + [view for registration in others for view in await queries.tickets(registration)]
    return sorted(views, key=lambda v: (-v.last_day.toordinal(), v.convention_slug)) if others else views


async def _registrations(views: list[TicketView], managed: AbstractSet[UUID], request: Request) -> list[dict[str, Any]]:
    """Return the parties of a convention; the link that opens all tickets is for whoever registered."""
    parties = [(key, list(group)) for key, group in groupby(views, key=lambda v: v.registration)]
    taken = await used([view.id for view in views])
    return [
        {
            "link": f"/registrations/{manage_token(key)}" if key in managed else "",
            "standing": await standing(tickets, now=request.now) if key in managed else None,
            "tickets": [ticket_values(view, request, used=view.id in taken) for view in tickets],
        }
        for key, tickets in parties
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
    token = join_token(ticket=one.ticket.id, session=one.session.id, holder=one.ticket.holder)
    return {"name": one.ticket.name, "reserved": one.session.reserved, "join": f"/join/{token}" if online else ""}


HANDLERS = [show_my_tickets]
