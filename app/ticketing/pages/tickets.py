"""A registration and its tickets, for whoever holds their links.

The link of a registration manages all of its tickets. The link of one ticket, which its holder has too, shows that
ticket, changes its details and gives it a new code; passing it on and canceling is up to whoever registered.
"""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, in_zone, language, use_language
from app.core.i18n import moment as moment_words
from app.core.settings import settings
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.conditional import answer
from app.ticketing import wallet
from app.ticketing.beside import beside
from app.ticketing.documents import papers, qr
from app.ticketing.documents.own_calendar import own_calendar
from app.ticketing.documents.words import STATES
from app.ticketing.life import history
from app.ticketing.life.history import HistoryLine
from app.ticketing.life.holder_queries import party_behind, ticket_behind, tickets_behind_calendar
from app.ticketing.life.holding import doable
from app.ticketing.life.used import used
from app.ticketing.pages.linking import remembered
from app.ticketing.pages.standing import standing
from app.ticketing.schemas import TicketView
from app.ticketing.states import SHOWN
from app.ticketing.tickets import calendar_token, join_token, manage_token, page_token

DONE = {
    "accepted": gettext_lazy("The places are yours."),
    "declined": gettext_lazy("Thank you. The places go to somebody else."),
    "changed": gettext_lazy("Saved."),
    "same": gettext_lazy("Nothing was changed."),
    "passed-on": gettext_lazy("Passed on. The code before opens nothing any more."),
    "reissued": gettext_lazy("There is a new code. The one before opens nothing any more."),
    "mailed": gettext_lazy("The ticket is on its way to the mailbox."),
}
"""What the pages of holders say after a form."""


@get("/registrations/{token:str}", include_in_schema=False)
async def show_registration(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a registration with all its tickets to whoever holds its link."""
    views = await party_behind(token)
    taken = await used([view.id for view in views])
    return page(
        request,
        "ticketing/registration.html",
        link=f"/registrations/{token}",
        tickets=[ticket_values(v, request, used=v.id in taken) for v in views],
        standing=await standing(views, now=request.now),
        lines=await history.of_registration(views[0].registration),
        email=views[0].email,
        convention={"slug": views[0].convention_slug, "title": views[0].convention_title},
        zone=views[0].zone,
        moment=moment_words,
        contact=settings().contact,
        other_address=remembered(request),
        new="new" in request.query_params,
        done_words=DONE,
        headers=UNKEPT,
    )


def ticket_values(view: TicketView, request: Request, *, used: bool = False) -> dict[str, Any]:
    """Return what the card and the page of a ticket show; a code only in the states that have one."""
    return {
        "view": view,
        "svg": qr.svg(view.code, label=_("Ticket code")).decode() if view.state in SHOWN else "",
        "state": str(STATES[view.state]),
        "serial": papers.grouped(view.serial),
        "days": papers.valid_days(view),
        "events": papers.on_days(view),
        "link": f"/tickets/{page_token(view.id, view.holder)}",
        "does": doable(view, used=used, now=request.now),
    }


@get("/tickets/{token:str}", include_in_schema=False)
async def show_ticket(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a ticket with its QR, what it opens, and the doors to its online sessions."""
    view = await ticket_behind(token)
    was_used = view.id in await used([view.id])
    return page(
        request,
        "ticketing/ticket.html",
        convention={"slug": view.convention_slug, "title": view.convention_title},
        ticket=ticket_values(view, request, used=was_used),
        certified=was_used and any(e.last_day < in_zone(request.now, view.zone).date() for e in view.events),
        lines=_of_holder(await history.of_ticket(view.id)),
        wallets=wallet.kinds(view),
        span=papers.span,
        moment=moment_words,
        contact=settings().contact,
        registration=f"/registrations/{manage_token(view.registration)}" if _alone(view) else "",
        rooms=[
            (s, join_token(ticket=view.id, session=s.id, holder=view.holder))
            for s in view.sessions
            if s.mode != "on_site" and s.ends_at > request.now
        ],
        reserved=[s for s in view.sessions if s.reserved],
        besides=await beside(view, request.now),
        calendar=f"/calendars/private/{calendar_token(view.id, view.holder)}.ics",
        done_words=DONE,
        headers={"cache-control": "private, no-cache"},
    )


def _alone(view: TicketView) -> bool:
    """Whether whoever holds this ticket is who registered it: then its page leads on to all that can be done."""
    return view.party == 1 and view.holder is None


def _of_holder(lines: list[HistoryLine]) -> list[HistoryLine]:
    """Return what happened since the present holder has the ticket: what was said to the one before is not theirs."""
    passed = [n for n, line in enumerate(lines) if line.action == "transferred"]
    return lines[passed[-1] :] if passed else lines


@get("/tickets/{token:str}/qr.svg", include_in_schema=False)
async def show_qr(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Draw the code; whoever holds it asks again before showing it, for a ticket issued anew has another."""
    view = await ticket_behind(token)
    if view.state not in SHOWN:
        raise NotFound
    return answer(
        request,
        qr.svg(view.code, label=_("Ticket code")),
        media_type="image/svg+xml",
        headers={"cache-control": "private, no-cache"},
    )


@get("/tickets/{token:str}/ticket.pdf", include_in_schema=False)
async def show_pdf(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Set the ticket for paper."""
    view = await ticket_behind(token)
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
    view = await ticket_behind(token)
    if "lang" not in request.query_params:
        use_language(view.language)
    return Response(
        papers.invitation(view),
        media_type="text/calendar",
        headers={"content-disposition": 'attachment; filename="events.ics"', "cache-control": "private, no-cache"},
    )


@get("/calendars/private/{name:str}", include_in_schema=False)
async def show_own_calendar(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Answer the calendar that the holder of a ticket subscribes to."""
    views = await tickets_behind_calendar(name.removesuffix(".ics"))
    if "lang" not in request.query_params:
        use_language(views[0].language)
    body = own_calendar(views, language=language(), now=request.now)
    return answer(request, body, media_type="text/calendar", headers={"cache-control": "private, no-cache"})


HANDLERS = [show_registration, show_ticket, show_qr, show_pdf, show_calendar, show_own_calendar]
