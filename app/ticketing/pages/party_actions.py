"""What whoever registered does with the whole party: take what is offered or leave it, cancel, pass a ticket on."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, FieldError, NotFound
from app.core.i18n import gettext as _
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.ticketing.errors import AlreadyUsed, TooLate
from app.ticketing.life import waiting_list
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.life.holder_queries import party_behind
from app.ticketing.life.holding import doable
from app.ticketing.life.used import used
from app.ticketing.pages.party import as_list
from app.ticketing.payments import due
from app.ticketing.schemas import TicketView
from app.ticketing.states import NotNow

REFUSED = (NotNow, TooLate, AlreadyUsed)


@post("/registrations/{token:str}/accept", include_in_schema=False)
async def accept(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Take the places that are offered."""
    views = await party_behind(token)
    payment = (await read_form(request)).get("payment", "")
    await waiting_list.accept(
        registration=views[0].registration,
        by=HOLDER,
        now=request.now,
        payment=payment if isinstance(payment, str) else "",
    )
    return done(f"/registrations/{token}", "accepted")


@get("/registrations/{token:str}/decline", include_in_schema=False)
async def ask_decline(request: Request, token: FromPath[str]) -> Response[Any]:
    """Ask whether the places offered are to go to somebody else."""
    views = await party_behind(token)
    if views[0].status != "offered":
        return see_other(f"/registrations/{token}")  # that page says how things stand
    return page(
        request,
        "core/confirm.html",
        question=_("Leave these places to somebody else?"),
        words=_("The offer ends, and you are no longer on the waiting list."),
        action=f"/registrations/{token}/decline",
        button=_("No, thank you: leave them"),
        back=f"/registrations/{token}",
        headers=UNKEPT,
    )


@post("/registrations/{token:str}/decline", include_in_schema=False)
async def decline(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Leave the places that are offered."""
    views = await party_behind(token)
    await waiting_list.decline(registration=views[0].registration, by=HOLDER, now=request.now)
    return done(f"/registrations/{token}", "declined")


@get("/registrations/{token:str}/cancel", include_in_schema=False)
async def ask_cancel(request: Request, token: FromPath[str]) -> Response[Any]:
    """Ask which tickets are to be canceled, and say what becomes of the money; `?ticket=` ticks one."""
    chosen = request.query_params.get("ticket")
    return await _cancel_form(request, token, [chosen] if chosen else None)


@post("/registrations/{token:str}/cancel", include_in_schema=False)
async def cancel_tickets(request: Request, token: FromPath[str]) -> Response[Any]:
    """Cancel the tickets that are ticked."""
    views = await party_behind(token)
    ticked = as_list((await read_form(request)).get("tickets"))
    known = {str(view.id): view.id for view in views}
    chosen = [known[one] for one in ticked if one in known]
    if not chosen:
        missing = FieldError("tickets", "required", _("Please tick at least one ticket."))
        return await _cancel_form(request, token, [], errors=[missing])
    try:
        await cancel(registration=views[0].registration, tickets=chosen, by=HOLDER, now=request.now)
    except REFUSED as error:
        return await _cancel_form(request, token, ticked, refusal=error)
    return done(f"/registrations/{token}", "canceled")


async def _cancel_form(
    request: Request,
    token: str,
    ticked: list[str] | None,
    *,
    errors: list[FieldError] | None = None,
    refusal: DomainError | None = None,
) -> Response[Any]:
    views = await party_behind(token)
    taken = await used([view.id for view in views])
    open_ones = [v for v in views if doable(v, used=v.id in taken, now=request.now).cancel]
    if not open_ones and refusal is None:
        return see_other(f"/registrations/{token}")
    alone = [str(open_ones[0].id)] if len(open_ones) == 1 else []
    return page(
        request,
        "ticketing/cancel.html",
        status=int(refusal.status) if refusal else 422 if errors else 200,
        back=f"/registrations/{token}",
        views=open_ones,
        ticked=alone if ticked is None else ticked,
        waiting=all(view.state in {"waiting", "offered"} for view in open_ones),
        money=await _money(views[0].registration),
        errors=errors or [],
        refusal=refusal,
        headers=UNKEPT,
    )


async def _money(registration: UUID) -> str:
    """Say what becomes of what was paid, or is owed."""
    payments = await due.of_registration(registration)
    if any(p.state == "paid" for p in payments):
        return _("What you have paid for the tickets canceled is paid back; whoever was paid writes to you about it.")
    if any(p.state == "due" for p in payments):
        return _("You owe nothing for the tickets canceled.")
    return ""


def of_party(views: list[TicketView], ticket: UUID) -> TicketView:
    """Return a ticket of a party; raises `NotFound` for a stranger's."""
    found = next((view for view in views if view.id == ticket), None)
    if found is None:
        raise NotFound
    return found


HANDLERS = [accept, ask_decline, decline, ask_cancel, cancel_tickets]
