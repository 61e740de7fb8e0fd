"""What is done with one ticket at a click, by its holder or by whoever registered: a new code, the mail once more."""

from uuid import UUID

import msgspec
from litestar import Response, get, post

from app.core.i18n import gettext as _
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.ticketing.life.by import HOLDER
from app.ticketing.life.holder_queries import party_behind, ticket_behind
from app.ticketing.life.reissue import reissue
from app.ticketing.life.resend import send_again
from app.ticketing.pages.party_actions import of_party
from app.ticketing.schemas import TicketView

OWN, OF_PARTY = "/tickets/{token:str}", "/registrations/{token:str}/tickets/{ticket:uuid}"
"""A ticket by the link of its holder, and by that of the registration: neither leads to the other."""


class At(msgspec.Struct, frozen=True):
    """A ticket that something is done with: the address of its forms, and where they lead back to.

    `email` is where its mail goes: whole for whoever registered, masked for its holder, for it may be the former's.
    """

    view: TicketView
    address: str
    back: str
    email: str


async def at(request: Request) -> At:
    """Return the ticket that a link names; raises `NotFound`."""
    token: str = request.path_params["token"]
    ticket: UUID | None = request.path_params.get("ticket")
    if ticket is None:
        back = f"/tickets/{token}"
        view = await ticket_behind(token)
        name, _at, host = view.email.rpartition("@")
        return At(view, back, back, f"{name[:1]}…@{host}")
    view = of_party(await party_behind(token), ticket)
    return At(view, f"/registrations/{token}/tickets/{ticket}", f"/registrations/{token}", view.email)


@get([f"{OWN}/new-code", f"{OF_PARTY}/new-code"], include_in_schema=False)
async def ask_new_code(request: Request) -> Response[str]:
    """Ask whether the ticket is to get a new code."""
    found = await at(request)
    return page(
        request,
        "core/confirm.html",
        question=_("Get a new code?"),
        words=_("%(name)s: the code so far opens nothing any more, on paper as on phones.", name=found.view.name),
        consequences=[_("The ticket is sent again to %(email)s.", email=found.email)],
        action=f"{found.address}/new-code",
        button=_("Get a new code"),
        back=found.back,
        headers=UNKEPT,
    )


@post([f"{OWN}/new-code", f"{OF_PARTY}/new-code"], include_in_schema=False)
async def new_code(request: Request) -> Response[bytes]:
    """Give the ticket a new code."""
    found = await at(request)
    await reissue(ticket=found.view.id, by=HOLDER, now=request.now)
    return done(found.back, "reissued")


@get([f"{OWN}/send", f"{OF_PARTY}/send"], include_in_schema=False)
async def ask_send(request: Request) -> Response[str]:
    """Ask whether the ticket is to be mailed again."""
    found = await at(request)
    return page(
        request,
        "core/confirm.html",
        question=_("Send the mail again?"),
        words=_("The ticket goes to %(email)s.", email=found.email),
        action=f"{found.address}/send",
        button=_("Send the mail again"),
        back=found.back,
        headers=UNKEPT,
    )


@post([f"{OWN}/send", f"{OF_PARTY}/send"], include_in_schema=False)
async def send(request: Request) -> Response[bytes]:
    """Mail the ticket once more."""
    found = await at(request)
    await send_again(view=found.view, now=request.now)
    return done(found.back, "mailed")


HANDLERS = [ask_new_code, new_code, ask_send, send]
