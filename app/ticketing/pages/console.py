"""Console, tickets of an event: its ticket types."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, Invalid
from app.core.i18n import day, gettext_lazy, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed, timed, typed_moment
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import desk, queries
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.pages.frame import MODES, REFUSED, Form, event_frame, filled, form_page, sent, who
from app.ticketing.documents.words import yen
from app.ticketing.roles import ROLES
from app.ticketing.schemas import tax_in
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up import ticket_types
from app.ticketing.setting_up.edits import NewTicketType, OwnQuota, OwnType, TicketTypeEdit

ENTRY_RULES = {
    "daily": gettext_lazy("Once a day"),
    "once": gettext_lazy("Once"),
    "times": gettext_lazy("A number of times"),
    "after_exit": gettext_lazy("Again after leaving"),
    "free": gettext_lazy("As often as one likes"),
}
REENTRY = {"true": gettext_lazy("Yes, after leaving"), "false": gettext_lazy("No")}

ADMISSIONS = {
    "open": gettext_lazy("Everybody at once"),
    "approval": gettext_lazy("After we have approved it"),
    "invitation": gettext_lazy("Only with a voucher"),
}
TAXES = {10: gettext_lazy("10%, standard rate"), 8: gettext_lazy("8%, reduced rate"), 0: gettext_lazy("No tax")}
NAMES = {
    "role": ROLES,
    "mode": MODES,
    "entry_rule": ENTRY_RULES,
    "reentry": REENTRY,
    "admission": ADMISSIONS,
    "tax": TAXES,
}
FOLDED = ("price", "tax_percent", "admission", "quotas", "description", *ticket_types.MOMENTS)
"""Fields that are seldom needed, and so out of sight until something stands in one."""
SAID = {
    "opened": gettext_lazy("On sale now."),
    "closed": gettext_lazy("The sale is closed."),
    "copied": gettext_lazy("Copied. The copy is not on sale yet."),
    "counted": gettext_lazy("Counted again."),
}


def tickets_path(event: UUID) -> str:
    """Return the address of the tickets of an event."""
    return f"/console/events/{event}/tickets"


@get("/console/events/{event:uuid}/tickets", include_in_schema=False)
async def show_tickets(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show ticket types and places of an event."""
    return await overview(request, event)


async def overview(request: Request, event: UUID, refusal: DomainError | None = None) -> Response[str]:
    """Show them, with the sentence of a refusal if there is one."""
    own = await desk.own_event(principal=who(request), event=event)
    found = await console.types_of_event(event, who(request))
    quotas = [q for q in await console.quotas_of_event(own, who(request)) if q.mine or q.session]
    venues = await queries.venues_for(convention=own.convention.id, organiser=own.event.organiser)
    frame = event_frame(own, "tickets", now=request.now)
    return page(
        request,
        "ticketing/console/tickets.html",
        status=refusal.status if refusal else 200,
        **frame | {"done_words": {**frame["done_words"], **SAID}},
        types=[t for t in found if t.organiser is not None],
        city=[t for t in found if t.organiser is None],
        quotas=nested(quotas),
        around={q.within for q in quotas},
        venues={v.id: v.name for v in venues},
        now=request.now,
        yen=yen,
        names=NAMES,
        refusal=said(refusal) if refusal else "",
    )


def nested(quotas: list[OwnQuota]) -> list[tuple[int, OwnQuota]]:
    """Return quotas below those they lie within, each with its depth."""
    known = {q.id for q in quotas}
    below: dict[UUID | None, list[OwnQuota]] = {}
    for quota in quotas:
        below.setdefault(quota.within if quota.within in known else None, []).append(quota)

    def walk(parent: UUID | None, depth: int) -> Iterator[tuple[int, OwnQuota]]:
        for quota in below.get(parent, ()):
            yield depth, quota
            yield from walk(quota.id, depth + 1)

    return list(walk(None, 0))


def said(refusal: DomainError) -> str:
    """Return what a page says of a refusal."""
    return " ".join(e.detail for e in refusal.errors) if isinstance(refusal, Invalid) else refusal.detail


@get("/console/events/{event:uuid}/tickets/new", include_in_schema=False)
async def show_new(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new ticket type, filled in as far as the event says it."""
    own = await desk.own_event(principal=who(request), event=event)
    typed = {"events": [str(event)], "mode": own.event.mode, "entry_rule": "daily", "public": "true", "price": 0}
    return await _form(request, own, Form(typed | {"form": str(uuid4())}))


@post("/console/events/{event:uuid}/tickets/new", include_in_schema=False, status_code=200)
async def add_type(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a ticket type; with "save and add another" its form comes again."""
    form = await _sent(request)
    own = await desk.own_event(principal=who(request), event=event)
    try:
        wish = check(timed(form.typed, own.convention.zone, *ticket_types.MOMENTS), NewTicketType)
        await ticket_types.add(event=event, wish=wish, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, own, form.refused(error))
    if form.action == "another":
        return done(f"{tickets_path(event)}/new", "another")
    return done(tickets_path(event), "added")


async def _sent(request: Request) -> Form:
    """Read the form of a ticket type; which button was pressed is no part of it."""
    form = await sent(request)
    typed = {name: value for name, value in form.typed.items() if name != "action"}
    return Form(listed(typed, "events", "days", "quotas"), form.seen, form.action)


async def _form(request: Request, own: Held, form: Form, held: OwnType | None = None) -> Response[str]:
    """Show the form of a ticket type with what was typed."""
    holder = held.organiser if held else own.event.organiser
    reach = None if desk.reach(who(request)) is None else holder
    events = await console.coverable(own.convention.id, reach)
    quotas = await console.quotas_to_draw_on(own.convention.id, holder)
    below = text(held.title) if held else _("New ticket type")
    return form_page(
        request,
        "ticketing/console/ticket_type.html",
        form,
        **event_frame(own, "tickets", now=request.now, below=below),
        held=held,
        more=_unfolded(form),
        tax=_tax(form.typed),
        yen=yen,
        payable=await console.can_be_paid(own.convention.id, holder),
        events=[(e.id, text(e.title)) for e in events],
        days=[(d.isoformat(), day(d)) for d in sorted({d for e in events for d in console.span(*e.span)})],
        quotas=[(q.id, text(q.name), _places(q)) for q in quotas],
        names=NAMES,
    )


def _unfolded(form: Form) -> bool:
    """Whether the fields that are seldom needed are shown at once."""
    usual = {"admission": "open", "tax_percent": "10"}
    typed = any(form.typed.get(name) and str(form.typed[name]) != usual.get(name) for name in FOLDED)
    return typed or any(e.field.startswith(FOLDED) for e in form.errors)


def _tax(typed: dict[str, Any]) -> int | None:
    """Return the yen of tax in the price as it was typed, if it is one."""
    price, percent = str(typed.get("price", "")), str(typed.get("tax_percent", 10))
    return tax_in(int(price), int(percent)) if price.isdecimal() and percent.isdecimal() else None


def filled_type(held: OwnType, zone: str) -> Form:
    """Return the form of a stored ticket type; moments by the clocks of `zone`."""
    form = filled(ticket_types.edit_of(held), held.revision)
    moments = {name: typed_moment(getattr(held, name), zone) for name in ticket_types.MOMENTS}
    return Form(form.typed | moments, form.seen)


def _places(quota: OwnQuota) -> str:
    return _("%(taken)s of %(capacity)s taken", taken=quota.taken, capacity=quota.capacity)


@get("/console/events/{event:uuid}/tickets/{ticket_type:uuid}", include_in_schema=False)
async def show_type(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[str]:
    """Show the form of a ticket type."""
    own = await desk.own_event(principal=who(request), event=event)
    held = await ticket_types.of_event(event=event, ticket_type=ticket_type, principal=who(request))
    return await _form(request, own, filled_type(held, own.convention.zone), held)


@post("/console/events/{event:uuid}/tickets/{ticket_type:uuid}", include_in_schema=False, status_code=200)
async def save_type(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[Any]:
    """Save a ticket type."""
    form = await _sent(request)
    own = await desk.own_event(principal=who(request), event=event)
    try:
        await ticket_types.change(
            event=event,
            ticket_type=ticket_type,
            wish=check(timed(form.typed, own.convention.zone, *ticket_types.MOMENTS), TicketTypeEdit),
            seen=form.seen,
            principal=who(request),
            now=request.now,
        )
    except REFUSED as error:
        held = await ticket_types.of_event(event=event, ticket_type=ticket_type, principal=who(request))
        return await _form(request, own, form.refused(error), held)
    return done(tickets_path(event), "saved")


@post("/console/events/{event:uuid}/tickets/{ticket_type:uuid}/sale", include_in_schema=False, status_code=200)
async def change_sale(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[Any]:
    """Open or close the sale."""
    public = (await read_form(request)).get("public") == "true"
    try:
        await ticket_types.set_sale(
            event=event, ticket_type=ticket_type, public=public, principal=who(request), now=request.now
        )
    except Invalid as error:
        return await overview(request, event, error)
    return done(tickets_path(event), "opened" if public else "closed")


@post("/console/events/{event:uuid}/tickets/{ticket_type:uuid}/copy", include_in_schema=False)
async def copy_type(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[bytes]:
    """Copy a ticket type and open the copy."""
    made = await ticket_types.copy(event=event, ticket_type=ticket_type, principal=who(request), now=request.now)
    return done(f"{tickets_path(event)}/{made}", "added")


@post("/console/events/{event:uuid}/tickets/{ticket_type:uuid}/move", include_in_schema=False)
async def move_type(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[bytes]:
    """Move a ticket type up or down."""
    earlier = (await read_form(request)).get("to") == "earlier"
    await ticket_types.move(
        event=event, ticket_type=ticket_type, earlier=earlier, principal=who(request), now=request.now
    )
    return done(tickets_path(event), "saved")


@get("/console/events/{event:uuid}/tickets/{ticket_type:uuid}/remove", include_in_schema=False)
async def ask_to_remove(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[str]:
    """Ask before a ticket type is removed."""
    held = await ticket_types.of_event(event=event, ticket_type=ticket_type, principal=who(request))
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(held.title)),
        words=_("Nobody can register for it any more. This works only while nobody has a ticket of this type."),
        action=f"{tickets_path(event)}/{ticket_type}/remove",
        button=_("Remove"),
        back=tickets_path(event),
        danger=True,
    )


@post("/console/events/{event:uuid}/tickets/{ticket_type:uuid}/remove", include_in_schema=False, status_code=200)
async def remove_type(request: Request, event: FromPath[UUID], ticket_type: FromPath[UUID]) -> Response[Any]:
    """Remove a ticket type that nobody has."""
    try:
        await ticket_types.remove(event=event, ticket_type=ticket_type, principal=who(request), now=request.now)
    except StillNeeded as error:
        return await overview(request, event, error)
    return done(tickets_path(event), "removed")


HANDLERS = [
    show_tickets,
    show_new,
    add_type,
    show_type,
    save_type,
    change_sale,
    copy_type,
    move_type,
    ask_to_remove,
    remove_type,
]
