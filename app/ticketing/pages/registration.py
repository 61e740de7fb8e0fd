"""Registration and tickets, for people."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import BadRequest, DomainError, Invalid, NotFound, TooManyRequests
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, use_language
from app.core.idempotency import KeyInProgress, KeyReused
from app.core.signing import open_capability
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.events.conditional import answer
from app.people.residence import choices
from app.ticketing import offers, papers, qr, queries
from app.ticketing.errors import SoldOut
from app.ticketing.register import register
from app.ticketing.schemas import LARGEST_PARTY, RegistrationRequest, TicketTypeOut, TicketView
from app.ticketing.tickets import join_token, manage_token, page_token

FEW = 50
"""From how many places on the form says how many are left."""


@get("/{convention:str}/register", include_in_schema=False)
async def show_form(request: Request, convention: FromPath[str]) -> Response[str]:
    """Show the form; `?party=3` asks for three people, `?event=` for tickets that open it, `?type=` chooses one.

    Whoever is signed in finds name and address there, and may change them.
    """
    query = request.query_params
    people = query.get("party", "1")
    chosen = {"ticket_type": query.get("type", "")}
    count = min(int(people), LARGEST_PARTY) if people.isdecimal() and len(people) < 4 else 1
    account = request.scope["user"].account
    known = await queries.known(account) if account else None
    me = msgspec.to_builtins(known) if known else {"email": ""}
    email = me.pop("email")
    party = [{**me, **chosen}, *[chosen] * (count - 1)]
    return await _form(request, convention, {"party": party, "email": email, "event": query.get("event", "")})


@post("/{convention:str}/register", include_in_schema=False, status_code=200)
async def send_form(request: Request, convention: FromPath[str]) -> Response[Any]:
    """Take the form: add or remove a person, or register and go on to the tickets."""
    form = await read_form(request)
    form["party"] = _members(form)
    form["key"] = _key(form)
    action = form.pop("action", "send")
    if action == "add":
        form["party"] = [*form["party"], {"ticket_type": form["party"][-1].get("ticket_type", "")}][:LARGEST_PARTY]
        return await _form(request, convention, form)
    if action == "remove":
        form["party"] = form["party"][:-1] or [{}]
        return await _form(request, convention, form)
    try:
        wish = await _wish(form, convention, request)
        made = await register(convention=convention, request=wish, key=form["key"], now=request.now)
    except (KeyReused, BadRequest) as error:  # this key is of no more use
        return await _form(request, convention, {**form, "key": str(uuid4())}, error)
    except (Invalid, SoldOut, TooManyRequests, KeyInProgress) as error:
        return await _form(request, convention, form, error)
    return see_other(f"/registrations/{manage_token(UUID(msgspec.json.decode(made)['id']))}?new=1")


def _key(form: dict[str, Any]) -> str:
    key = form.get("key")
    return key if isinstance(key, str) else str(uuid4())


def _members(form: dict[str, Any]) -> list[dict[str, Any]]:
    party = form.get("party")
    found: list[dict[str, Any]] = [m for m in party if isinstance(m, dict)] if isinstance(party, list) else []
    return found or [{}]


def _as_list(value: object) -> list[str]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]


async def _wish(form: dict[str, Any], convention: str, request: Request) -> RegistrationRequest:
    """Read the form as the API's request; a session ticked once is for everybody whose ticket opens it."""
    offer = await offers.offer(convention, now=request.now)
    ticked = _as_list(form.get("sessions"))
    opened = {
        t.slug: {str(s.id) for s in offer.sessions.values() if offers.opens(t, s, offer)} for t in offer.types.values()
    }
    raw = {
        "email": form.get("email", ""),
        "language": request.language,
        "consents": _as_list(form.get("consents")),
        "party": [
            {**m, "sessions": [s for s in ticked if s in opened.get(str(m.get("ticket_type")), set())]}
            for m in form["party"]
        ],
    }
    return offers.read_wish(raw, offer, request.now)


async def _form(
    request: Request, convention: str, form: dict[str, Any], error: DomainError | None = None
) -> Response[str]:
    offer = await offers.offer(convention, now=request.now)
    left = await queries.places_left(offer.convention)
    event = next((e for e in offer.events.values() if e.slug == form.get("event")), None)
    types = offers.listed(offer, left, now=request.now, event=event.slug if event else "")
    return page(
        request,
        "ticketing/register.html",
        status=error.status if error else 200,
        headers={
            **UNKEPT,
            **({"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}),
        },
        convention=offer,
        event=event,
        form={"key": str(uuid4()), "email": "", **form},
        ticket_types=[t for t in types if t.on_sale],
        ticket_options=[(t.slug, _option(t)) for t in types if t.on_sale],
        workshops=[(s, left[s.quota]) for s in offer.sessions.values() if s.quota and s.ends_at > request.now],
        ticked=_as_list(form.get("sessions")),
        residences=choices(),
        texts=offer.texts,
        agreed=_as_list(form.get("consents")),
        errors=getattr(error, "errors", []),
        refusal=_refusal(error) if error and not isinstance(error, Invalid) else None,
        largest=LARGEST_PARTY,
    )


def _refusal(error: DomainError) -> dict[str, Any]:
    """Return what the notice says; a key is nothing that people know of."""
    title, detail = str(error.title), error.detail
    if isinstance(error, KeyReused):
        title = _("This form was sent before")
        detail = _(
            "Your first registration stands, and its tickets come by mail. "
            "Send this form again only if you want these tickets as well."
        )
    if isinstance(error, KeyInProgress):
        title = _("Your registration is being worked on")
        detail = _("Please wait a moment and send the form again as it is: it counts once.")
    return {"title": title, "detail": detail, "full": error.extra.get("full")}


@get("/registrations/{token:str}", include_in_schema=False)
async def show_registration(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a registration with all its tickets to whoever holds its link."""
    ids = open_capability("registration", token)
    views = await queries.tickets(ids[0]) if ids else []
    if not views:
        raise NotFound
    return page(
        request,
        "ticketing/registration.html",
        tickets=[ticket_values(v) for v in views],
        email=views[0].email,
        convention={"slug": views[0].convention_slug, "title": views[0].convention_title},
        new="new" in request.query_params,
        headers=UNKEPT,
    )


async def _view(token: str) -> TicketView:
    """Return the ticket behind its link, or raise `NotFound` as for any other address."""
    ids = open_capability("ticket", token)
    found = await queries.ticket(ids[0]) if ids else None
    if found is None:
        raise NotFound
    return found


def ticket_values(view: TicketView) -> dict[str, Any]:
    """Return what the card and the page of a ticket show."""
    return {
        "view": view,
        "svg": qr.svg(view.code, label=_("Ticket code")).decode(),
        "serial": papers.grouped(view.serial),
        "days": papers.valid_days(view),
        "events": papers.on_days(view),
        "link": f"/tickets/{page_token(view.id)}",
    }


@get("/tickets/{token:str}", include_in_schema=False)
async def show_ticket(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a ticket with its QR, what it opens, and the doors to its online sessions."""
    view = await _view(token)
    return page(
        request,
        "ticketing/ticket.html",
        convention={"slug": view.convention_slug, "title": view.convention_title},
        ticket=ticket_values(view),
        span=papers.span,
        rooms=[
            (s, join_token(ticket=view.id, session=s.id))
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
async def show_qr(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Draw the code; whoever holds it asks again before showing it, for a ticket issued anew has another."""
    view = await _view(token)
    return answer(
        request,
        qr.svg(view.code, label=_("Ticket code")),
        media_type="image/svg+xml",
        headers={"cache-control": "private, no-cache"},
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
        media_type="text/calendar",
        headers={"content-disposition": 'attachment; filename="events.ics"', "cache-control": "private, no-cache"},
    )


HANDLERS = [show_form, send_form, show_registration, show_ticket, show_qr, show_pdf, show_calendar]
