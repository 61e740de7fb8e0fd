"""What a holder takes along: the tickets of a party on paper, a ticket in the wallet of a phone."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.i18n import use_language
from app.core.web.pages import see_other
from app.core.web.request import Request
from app.ticketing import wallet
from app.ticketing.documents import papers
from app.ticketing.life.holder_queries import party_behind, ticket_behind
from app.ticketing.schemas import TicketView
from app.ticketing.wallet import apple, google


@get("/registrations/{token:str}/tickets.pdf", include_in_schema=False)
async def show_party_pdf(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Set all tickets of a registration for paper, one page each."""
    views = await party_behind(token)
    _speak(request, views[0])
    return Response(
        await asyncio.to_thread(papers.party_pdf, views, now=views[0].created_at),
        media_type="application/pdf",
        headers={"content-disposition": 'inline; filename="tickets.pdf"', "cache-control": "private, no-cache"},
    )


@get("/tickets/{token:str}/ticket.pkpass", include_in_schema=False)
async def show_apple_pass(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Give the ticket for Apple Wallet."""
    view = await ticket_behind(token)
    if not ("apple" in wallet.kinds(view) or wallet.updates(view)):
        raise NotFound
    _speak(request, view)
    return Response(
        await asyncio.to_thread(apple.pkpass, view),
        media_type="application/vnd.apple.pkpass",
        headers={
            "content-disposition": f'attachment; filename="ticket-{view.serial}.pkpass"',
            "cache-control": "private, no-cache",
        },
    )


@get("/tickets/{token:str}/google-wallet", include_in_schema=False)
async def show_google_pass(request: Request, token: FromPath[str]) -> Response[Any]:
    """Lead to Google Wallet, which asks before it keeps the ticket."""
    view = await ticket_behind(token)
    if "google" not in wallet.kinds(view):
        raise NotFound
    _speak(request, view)
    return see_other(await asyncio.to_thread(google.save_link, view, now=request.now))


def _speak(request: Request, view: TicketView) -> None:
    """Speak the holder's language unless the address asks for another."""
    if "lang" not in request.query_params:
        use_language(view.language)


HANDLERS = [show_party_pdf, show_apple_pass, show_google_pass]
