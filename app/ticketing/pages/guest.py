"""Console, one guest: what is known, and what organisers do for guests, always with a reason that guests are told."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, event_frame, form_page, sent, who
from app.people import residence
from app.ticketing.documents import papers, words
from app.ticketing.guests import acting, one
from app.ticketing.guests.acting import POSSIBLE, Because, Deed, grounds
from app.ticketing.guests.one import GuestView
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.payments import books
from app.ticketing.registering import needs

DEEDS: dict[Deed, tuple[str, str, str]] = {
    "approve": (
        gettext_lazy("Approve"),
        gettext_lazy("Approve %(name)s?"),
        gettext_lazy("The ticket is sent by mail, or first what is to be paid for it."),
    ),
    "refuse": (
        gettext_lazy("Do not approve"),
        gettext_lazy("Refuse %(name)s?"),
        gettext_lazy("The guest is told, and the place goes to somebody else. This cannot be taken back."),
    ),
    "reissue": (
        gettext_lazy("New code"),
        gettext_lazy("Give %(name)s a new code?"),
        gettext_lazy("The ticket is sent again with another code. The one before opens nothing any more."),
    ),
    "block": (
        gettext_lazy("Block"),
        gettext_lazy("Block the ticket of %(name)s?"),
        gettext_lazy("It opens nothing until it is released. The place stays taken."),
    ),
    "unblock": (
        gettext_lazy("Release"),
        gettext_lazy("Release the ticket of %(name)s?"),
        gettext_lazy("It opens again what it opened before."),
    ),
    "cancel": (
        gettext_lazy("Cancel the ticket"),
        gettext_lazy("Cancel the ticket of %(name)s?"),
        gettext_lazy(
            "The code opens nothing any more, and the place goes to somebody else. This cannot be taken back."
        ),
    ),
    "remove": (
        gettext_lazy("Remove from the waiting list"),
        gettext_lazy("Remove the party of %(name)s from the waiting list?"),
        gettext_lazy("They are told, and wait no more. This cannot be taken back."),
    ),
}
"""Button, question and consequence of each."""
DANGEROUS = {"refuse", "cancel", "remove"}
DONE = {
    "approve": gettext_lazy("Approved."),
    "refuse": gettext_lazy("Refused. The guest is told."),
    "reissue": gettext_lazy("A new code is on its way."),
    "block": gettext_lazy("Blocked."),
    "unblock": gettext_lazy("Released."),
    "cancel": gettext_lazy("Canceled. The guest is told."),
    "remove": gettext_lazy("Removed. The guest is told."),
    "changed": gettext_lazy("Changed. The guest is told."),
    "transferred": gettext_lazy("Passed on. The old code opens nothing any more."),
    "mailed": gettext_lazy("The ticket is on its way again."),
}


def guest_path(event: UUID, ticket: UUID) -> str:
    """Return the address of a guest."""
    return f"/console/events/{event}/guests/{ticket}"


async def _frame(request: Request, event: UUID, seen: GuestView, below: str = "") -> dict[str, Any]:
    own = await desk.own_event(principal=who(request), event=event)
    name = seen.ticket.name if not seen.erased else _("Erased")
    frame = event_frame(own, "guests", now=request.now, below=below or name)
    return {
        **frame,
        "done_words": {**frame["done_words"], **DONE},
        "guest": seen,
        "number": papers.grouped(seen.ticket.serial),
        "ticket": seen.ticket,
        "name": name,
        "at": guest_path(event, seen.ticket.id),
        "states": words.STATES,
        "needs": needs.in_words(seen.ticket.needs, seen.ticket.needs_note),
        "country": residence.country_name(seen.residence) if seen.residence else "",
        "countries": residence.choices(),
        "need_options": list(needs.NEEDS.items()),
        "yen": words.yen,
        "price": words.price,
        "payment_states": books.states(),
        "now": request.now,
    }


async def _view(request: Request, event: UUID, ticket: UUID) -> GuestView:
    return await one.view(event=event, ticket=ticket, principal=who(request), now=request.now)


@get("/console/events/{event:uuid}/guests/{ticket:uuid}", include_in_schema=False)
async def show_guest(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[str]:
    """Show a guest; it is written down who looked."""
    return await _shown(request, event, await _view(request, event, ticket))


async def _shown(request: Request, event: UUID, seen: GuestView, refusal: DomainError | None = None) -> Response[str]:
    possible = [(deed, DEEDS[deed][0]) for deed, states in POSSIBLE.items() if seen.ticket.state in states]
    return page(
        request,
        "ticketing/console/guests/guest.html",
        status=refusal.status if refusal else 200,
        headers=UNKEPT,
        deeds=possible,
        dangerous=DANGEROUS,
        refusal=refusal.detail if refusal else "",
        **await _frame(request, event, seen),
    )


@get("/console/events/{event:uuid}/guests/{ticket:uuid}/do/{deed:str}", include_in_schema=False)
async def ask_to_act(
    request: Request, event: FromPath[UUID], ticket: FromPath[UUID], deed: FromPath[str]
) -> Response[str]:
    """Ask for the reason before something is done to a ticket."""
    return await _asked(request, event, await _view(request, event, ticket), _deed(deed), Form())


def _deed(said: str) -> Deed:
    if said not in DEEDS:
        raise NotFound
    return said


async def _asked(request: Request, event: UUID, seen: GuestView, deed: Deed, form: Form) -> Response[str]:
    button, question, consequence = DEEDS[deed]
    frame = await _frame(request, event, seen)
    return form_page(
        request,
        "ticketing/console/guests/act.html",
        form,
        question=str(question) % {"name": frame["name"]},
        words=consequence,
        action=f"{frame['at']}/do/{deed}",
        button=button,
        back=frame["at"],
        danger=deed in DANGEROUS,
        freely=deed == "approve",
    )


@post("/console/events/{event:uuid}/guests/{ticket:uuid}/do/{deed:str}", include_in_schema=False, status_code=200)
async def act(request: Request, event: FromPath[UUID], ticket: FromPath[UUID], deed: FromPath[str]) -> Response[Any]:
    """Do it, for the reason given."""
    chosen, form = _deed(deed), await sent(request)
    try:
        because = check(_because(form), grounds(chosen))
        await acting.act(
            event=event, ticket=ticket, deed=chosen, because=because, principal=who(request), now=request.now
        )
    except Invalid as error:
        return await _asked(request, event, await _view(request, event, ticket), chosen, form.refused(error))
    except NotFound:
        raise
    except DomainError as error:
        return await _shown(request, event, await _view(request, event, ticket), error)
    return done(guest_path(event, ticket), chosen)


def _because(form: Form) -> dict[str, Any]:
    return {"reason": form.typed.get("reason", "")}


@get("/console/events/{event:uuid}/guests/{ticket:uuid}/change", include_in_schema=False)
async def show_change(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[str]:
    """Show the form of a guest's details."""
    seen = await _view(request, event, ticket)
    names = ("name", "reading", "organisation", "email", "residence", "child", "needs", "needs_note", "languages")
    typed = {name: getattr(seen.ticket, name) for name in names}
    return await _details(request, event, seen, Form(typed | {"languages": ", ".join(seen.ticket.languages)}))


async def _details(
    request: Request, event: UUID, seen: GuestView, form: Form, *, transfer: bool = False
) -> Response[str]:
    title = _("Pass the ticket on") if transfer else _("Change details")
    frame = await _frame(request, event, seen, title)
    questions = await acting.questions_for(seen.ticket, now=request.now) if transfer else []
    answer = form_page(
        request,
        "ticketing/console/guests/details.html",
        form,
        transfer=transfer,
        heading=title,
        questions=questions,
        given=given if isinstance(given := form.typed.get("answers"), dict) else {},
        **frame,
    )
    answer.headers.update(UNKEPT)
    return answer


def _typed(form: Form) -> dict[str, Any]:
    """Return the details as they were typed; an empty field says that there is nothing."""
    typed = listed({name: form.typed.get(name, "") for name in _WORDS}, "needs")
    typed["needs"] = [need for need in listed(form.typed, "needs")["needs"] if need]
    typed["languages"] = [tag.strip() for tag in str(form.typed.get("languages", "")).split(",") if tag.strip()]
    answers = form.typed.get("answers")
    return typed | {"child": bool(form.typed.get("child")), **({"answers": answers} if answers else {})}


_WORDS = ("name", "reading", "organisation", "email", "residence", "needs_note")


@post("/console/events/{event:uuid}/guests/{ticket:uuid}/change", include_in_schema=False, status_code=200)
async def change(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[Any]:
    """Change a guest's details."""
    form = await sent(request)
    try:
        wish, because = _checked(form, TicketEdit)
        await acting.correct(
            event=event, ticket=ticket, wish=wish, because=because, principal=who(request), now=request.now
        )
    except Invalid as error:
        return await _details(request, event, await _view(request, event, ticket), form.refused(error))
    except NotFound:
        raise
    except DomainError as error:
        return await _shown(request, event, await _view(request, event, ticket), error)
    return done(guest_path(event, ticket), "changed")


def _checked(form: Form, kind: type[Any]) -> tuple[Any, Because]:
    """Return the details and the reason, or raise `Invalid` with all that is wrong in either."""
    errors, found = [], []
    for raw, wanted in ((_typed(form), kind), (_because(form), Because)):
        try:
            found.append(check(raw, wanted))
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(errors)
    return found[0], found[1]


@get("/console/events/{event:uuid}/guests/{ticket:uuid}/transfer", include_in_schema=False)
async def show_transfer(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[str]:
    """Show the form of the person who takes a ticket over."""
    return await _details(request, event, await _view(request, event, ticket), Form(), transfer=True)


@post("/console/events/{event:uuid}/guests/{ticket:uuid}/transfer", include_in_schema=False, status_code=200)
async def transfer(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[Any]:
    """Give a ticket to somebody else."""
    form = await sent(request)
    try:
        to, because = _checked(form, NewHolder)
        await acting.pass_on(
            event=event, ticket=ticket, to=to, because=because, principal=who(request), now=request.now
        )
    except Invalid as error:
        seen = await _view(request, event, ticket)
        return await _details(request, event, seen, form.refused(error), transfer=True)
    except NotFound:
        raise
    except DomainError as error:
        return await _shown(request, event, await _view(request, event, ticket), error)
    return done(guest_path(event, ticket), "transferred")


@post("/console/events/{event:uuid}/guests/{ticket:uuid}/mail", include_in_schema=False, status_code=200)
async def send_again(request: Request, event: FromPath[UUID], ticket: FromPath[UUID]) -> Response[Any]:
    """Send the ticket once more."""
    try:
        await acting.send_again(event=event, ticket=ticket, principal=who(request), now=request.now)
    except NotFound:
        raise
    except DomainError as error:
        return await _shown(request, event, await _view(request, event, ticket), error)
    return done(guest_path(event, ticket), "mailed")


@get("/console/events/{event:uuid}/guests/{ticket:uuid}/files/{upload:uuid}", include_in_schema=False)
async def show_file(
    request: Request, event: FromPath[UUID], ticket: FromPath[UUID], upload: FromPath[UUID]
) -> Response[bytes]:
    """Give out a file that a guest sent; browsers keep it, and open nothing of it here."""
    found = await one.file(event=event, ticket=ticket, upload=upload, principal=who(request), now=request.now)
    return Response(
        found.data,
        media_type=found.media_type,
        headers={
            **UNKEPT,
            "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


HANDLERS = [
    show_guest,
    ask_to_act,
    act,
    show_change,
    change,
    show_transfer,
    transfer,
    send_again,
    show_file,
]
