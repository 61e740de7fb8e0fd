"""Registration and tickets, for people."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import BadRequest, DomainError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, use_language
from app.core.signing import capability, open_capability
from app.core.web.forms import read_form
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people.residence import choices
from app.ticketing import offers, papers, qr, queries
from app.ticketing.errors import SoldOut
from app.ticketing.register import register
from app.ticketing.schemas import LARGEST_PARTY, RegistrationRequest, TicketTypeOut, TicketView
from app.ticketing.tickets import manage_token

FEW = 50
"""From how many places on the form says how many are left."""


@get("/{convention:str}/register", include_in_schema=False)
async def show_form(request: Request, convention: FromPath[str]) -> Response[str]:
    """Show the empty form; `?party=3` asks for three people, `?type=` chooses the ticket."""
    query = request.query_params
    people = query.get("party", "1")
    chosen = {"ticket_type": query.get("type", "")}
    count = min(int(people), LARGEST_PARTY) if people.isdecimal() and len(people) < 4 else 1
    return await _form(request, convention, {"party": [chosen] * max(count, 1), "key": str(uuid4())})


@post("/{convention:str}/register", include_in_schema=False, status_code=200)
async def send_form(request: Request, convention: FromPath[str]) -> Response[Any]:
    """Take the form: add or remove a person, or register and go on to the tickets."""
    form = await read_form(request)
    form["party"] = _members(form)
    action = form.pop("action", "send")
    if action == "add":
        form["party"] = [*form["party"], {"ticket_type": form["party"][-1].get("ticket_type", "")}][:LARGEST_PARTY]
        return await _form(request, convention, form)
    if action == "remove":
        form["party"] = form["party"][:-1] or [{}]
        return await _form(request, convention, form)
    try:
        wish = await _wish(form, convention, request)
        answer = await register(convention=convention, request=wish, key=form.get("key"), now=request.now)
    except (Invalid, SoldOut, BadRequest) as error:
        return await _form(request, convention, form, error)
    return see_other(f"/registrations/{manage_token(UUID(msgspec.json.decode(answer)['id']))}?new=1")


def _members(form: dict[str, Any]) -> list[dict[str, Any]]:
    party = form.get("party")
    found: list[dict[str, Any]] = [m for m in party if isinstance(m, dict)] if isinstance(party, list) else []
    return found or [{}]


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


async def _wish(form: dict[str, Any], convention: str, request: Request) -> RegistrationRequest:
    """Read the form as the API's request; a session ticked once is for everybody whose ticket opens it."""
    offer = await offers.offer(convention, now=request.now)
    ticked = _as_list(form.get("sessions"))
    opened = {t.slug: {str(s.id) for s in offer.sessions.values() if s.event in t.events} for t in offer.types.values()}
    raw = {
        "email": form.get("email", ""),
        "language": request.language,
        "consents": _as_list(form.get("consents")),
        "party": [
            {**m, "sessions": [s for s in ticked if s in opened.get(m.get("ticket_type", ""), set())]}
            for m in form["party"]
        ],
    }
    return offers.read_wish(raw, offer, request.now)


async def _form(
    request: Request, convention: str, form: dict[str, Any], error: DomainError | None = None
) -> Response[str]:
    offer = await offers.offer(convention, now=request.now)
    types = await offers.ticket_types(convention, now=request.now)
    left = await queries.places_left(offer.convention)
    return page(
        request,
        "ticketing/register.html",
        status=error.status if error else 200,
        convention=offer,
        form={"key": str(uuid4()), "email": "", **form},
        ticket_options=[(t.slug, _option(t)) for t in types if t.on_sale],
        workshops=[(s, left[s.quota]) for s in offer.sessions.values() if s.quota and s.ends_at > request.now],
        ticked=_as_list(form.get("sessions")),
        residences=choices(),
        terms=offers.TERMS,
        errors=getattr(error, "errors", []),
        refusal=error if error and not isinstance(error, Invalid) else None,
        largest=LARGEST_PARTY,
    )


@get("/registrations/{token:str}", include_in_schema=False)
async def show_registration(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a registration with all its tickets to whoever holds its link."""
    ids = open_capability("registration", token)
    found = await queries.registration(ids[0]) if ids else None
    if found is None:
        raise NotFound
    views = [view for t in found.tickets if (view := await queries.ticket(t.id)) is not None]
    return page(
        request,
        "ticketing/registration.html",
        registration=found,
        tickets=[_ticket_values(v) for v in views],
        email=views[0].email,
        convention={"slug": views[0].convention_slug, "title": views[0].convention_title},
        new="new" in request.query_params,
        headers={"cache-control": "private, no-store"},
    )


async def _view(token: str) -> TicketView:
    """Return the ticket behind its link, or raise `NotFound` as for any other address."""
    ids = open_capability("ticket", token)
    found = await queries.ticket(ids[0]) if ids else None
    if found is None:
        raise NotFound
    return found


def _ticket_values(view: TicketView) -> dict[str, Any]:
    return {
        "view": view,
        "svg": qr.svg(view.code, label=_("Ticket code")).decode(),
        "serial": papers.grouped(view.serial),
        "days": papers.valid_days(view),
        "events": papers.opens(view),
        "link": f"/tickets/{capability('ticket', view.id)}",
    }


@get("/tickets/{token:str}", include_in_schema=False)
async def show_ticket(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a ticket with its QR, what it opens, and the doors to its online sessions."""
    view = await _view(token)
    return page(
        request,
        "ticketing/ticket.html",
        convention={"slug": view.convention_slug, "title": view.convention_title},
        ticket=_ticket_values(view),
        span=papers.span,
        rooms=[
            (s, capability("join", view.id, s.id))
            for s in view.sessions
            if s.mode != "on_site" and s.ends_at > request.now
        ],
        reserved=[s for s in view.sessions if s.reserved],
        headers={"cache-control": "private, no-cache"},
    )


def _option(offered: TicketTypeOut) -> str:
    """Return a ticket type as a line of the select; how many are left is said when they become few."""
    if offered.left is None or offered.left > FEW:
        return offered.title
    return f"{offered.title} ({ngettext('%(n)s place left', '%(n)s places left', offered.left)})"


@get("/tickets/{token:str}/qr.svg", include_in_schema=False)
async def show_qr(token: FromPath[str]) -> Response[bytes]:
    """Draw the code; it never changes for a link, so it may be kept for ever by whoever holds it."""
    view = await _view(token)
    return Response(
        qr.svg(view.code, label=_("Ticket code")),
        media_type="image/svg+xml",
        headers={"cache-control": "private, max-age=31536000, immutable"},
    )


@get("/tickets/{token:str}/ticket.pdf", include_in_schema=False)
async def show_pdf(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Set the ticket for paper."""
    view = await _view(token)
    if "lang" not in request.query_params:
        use_language(view.language)
    return Response(
        await asyncio.to_thread(papers.pdf, view, now=view.created_at),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="ticket-{view.serial}.pdf"',
            "cache-control": "private, no-cache",
        },
    )


@get("/tickets/{token:str}/calendar.ics", include_in_schema=False)
async def show_calendar(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Give the ticket's events as a calendar file."""
    view = await _view(token)
    if "lang" not in request.query_params:
        use_language(view.language)
    return Response(
        papers.invitation(view),
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="events.ics"', "cache-control": "private, no-cache"},
    )


HANDLERS = [show_form, send_form, show_registration, show_ticket, show_qr, show_pdf, show_calendar]
