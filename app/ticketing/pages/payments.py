"""Console, payments: who owes what to an organiser, what came, what goes back, and how people pay."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.owned import Held
from app.events.pages.frame import REFUSED, Form, event_frame, filled, form_page, sent, who
from app.ticketing.documents.words import yen
from app.ticketing.guests import one
from app.ticketing.payments import books, desk, due, methods, settle, statement
from app.ticketing.payments.desk import Desk
from app.ticketing.payments.methods import MethodEdit
from app.ticketing.payments.providers import PROVIDERS, provider_of
from app.ticketing.payments.settle import Came
from app.ticketing.payments.views import PaymentView
from app.ticketing.setting_up.console_queries import may_change

CITY = "city"
"""What `?of=` says when the city's payments are meant."""
DONE = {
    "paid": gettext_lazy("The money has come, and the tickets are valid."),
    "back": gettext_lazy("The money came too late and goes back."),
    "refunded": gettext_lazy("Refunded."),
}
FITS = {
    "exact": (gettext_lazy("Fits"), "success"),
    "late": (gettext_lazy("Too late: look at it"), "warning"),
    "amount": (gettext_lazy("Another amount: look at it"), "warning"),
    "done": (gettext_lazy("Settled before"), "quiet"),
    "unknown": (gettext_lazy("No reference of yours"), "quiet"),
    "unreadable": (gettext_lazy("Not understood"), "quiet"),
}
"""Word and colour of how a line of a statement fits."""


def payments_path(at: Desk, *parts: object, **query: str) -> str:
    """Return the address of the payments of an event's payee, or of something below it."""
    asked = {**({"of": CITY} if at.organiser is None else {}), **{name: v for name, v in query.items() if v}}
    path = "/".join(["/console/events", str(at.event), "payments", *map(str, parts)])
    return f"{path}?{urlencode(asked)}" if asked else path


async def _at(request: Request, event: UUID, form: Form | None = None) -> tuple[Held, Desk]:
    """Return the event and whose payments are meant; a form says it in a field of its own."""
    of = (form.typed.pop("of", "") if form else "") or request.query_params.get("of", "")
    return await desk.at(event=event, principal=who(request), city=of == CITY)


def _frame(request: Request, own: Held, at: Desk, below: str = "") -> dict[str, Any]:
    above = [(payments_path(at), _("Payments"))] if below else []
    frame = event_frame(own, "tickets", now=request.now, below=below or _("Payments"), between=above)
    return frame | {
        "done_words": {**frame["done_words"], **DONE},
        "at": at,
        "of": CITY if at.organiser is None else "",
        "path_of": lambda *parts, **query: payments_path(at, *parts, **query),
        "yen": yen,
        "states": books.states(),
        "way_of": lambda name: provider_of(name).title,
        "until": due.until,
    }


@get("/console/events/{event:uuid}/payments", include_in_schema=False)
async def show_payments(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the ways to pay, the totals and a page of the payments."""
    own, at = await _at(request, event)
    query = request.query_params
    words, state, number = query.get("q", "")[:200], query.get("state", ""), query.get("page", "")
    known = {**books.states(), "overdue": _("Overdue")}
    state = state if state in known else ""
    found, totals = await books.page(
        at=at,
        words=words,
        state=state,
        number=int(number) if number.isdecimal() and len(number) < 7 else 1,
        now=request.now,
    )
    return page(
        request,
        "ticketing/console/payments.html",
        headers=UNKEPT,
        **_frame(request, own, at),
        **_ways(request, own, at),
        ways=await methods.of(at),
        found=found,
        totals=totals,
        q=words,
        state_chosen=state,
        state_options=list(known.items()),
        now=request.now,
        earlier=payments_path(at, q=words, state=state, page=str(found.number - 1)) if found.number > 1 else "",
        later=payments_path(at, q=words, state=state, page=str(found.number + 1)) if found.number < found.last else "",
    )


def _ways(request: Request, own: Held, at: Desk) -> dict[str, Any]:
    """Return the tabs between an organiser's payments and the city's, for who answers for both."""
    if not may_change(who(request), None):
        return {"payees": [], "payee_here": ""}
    here, city = (
        Desk(at.event, at.convention, own.event.organiser, at.zone),
        Desk(at.event, at.convention, None, at.zone),
    )
    return {
        "payees": [(payments_path(here), _("Of the organiser")), (payments_path(city), _("The city's"))],
        "payee_here": payments_path(at),
    }


@post("/console/events/{event:uuid}/payments/export", include_in_schema=False, status_code=200)
async def export_payments(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give the payments as CSV; a POST, because it is written down who took the list."""
    own, at = await _at(request, event, await sent(request))
    name = f"payments-{'city' if at.organiser is None else own.event.slug}.csv"
    return Response(
        await books.export(at=at, principal=who(request), now=request.now),
        media_type="text/csv",
        headers={**UNKEPT, "content-disposition": f'attachment; filename="{name}"'},
    )


@get("/console/events/{event:uuid}/payments/method", include_in_schema=False)
async def show_method(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a way to pay; `?provider=` says which."""
    own, at = await _at(request, event)
    wanted = request.query_params.get("provider", "")
    found = {m.provider.name: m for m in await methods.of(at)}
    held = found.get(wanted) or next(iter(found.values()))
    form = filled(held.edit, held.revision)
    if held.id is None:
        form.typed["enabled"] = True
    return _method_form(request, own, at, form, held.provider.name)


def _method_form(request: Request, own: Held, at: Desk, form: Form, provider: str) -> Response[str]:
    way = PROVIDERS.get(provider) or PROVIDERS["bank_transfer"]
    frame = _frame(request, own, at, str(way.title))
    return form_page(request, "ticketing/console/payment_method.html", form, **frame, way=way)


@post("/console/events/{event:uuid}/payments/method", include_in_schema=False, status_code=200)
async def save_method(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Save a way to pay."""
    form = await sent(request)
    own, at = await _at(request, event, form)
    try:
        edit = check(form.typed, MethodEdit)
        await methods.save(at=at, edit=edit, seen=form.seen, principal=who(request), now=request.now)
    except REFUSED as error:
        return _method_form(request, own, at, form.refused(error), str(form.typed.get("provider", "")))
    return done(payments_path(at), "saved")


@get("/console/events/{event:uuid}/payments/statement", include_in_schema=False)
async def show_statement(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form into which lines of a bank's statement are pasted."""
    own, at = await _at(request, event)
    return _statement_page(request, own, at, "")


def _statement_page(request: Request, own: Held, at: Desk, typed: str, **more: Any) -> Response[str]:
    given: dict[str, Any] = {"matches": [], "confirmed": [], "left": [], **more}
    return page(
        request,
        "ticketing/console/statement.html",
        headers=UNKEPT,
        **_frame(request, own, at, _("Bank statement")),
        typed=typed,
        fits=FITS,
        exact=sum(one.fit == "exact" for one in given["matches"]),
        most=statement.MOST_LINES,
        **given,
    )


@post("/console/events/{event:uuid}/payments/statement", include_in_schema=False, status_code=200)
async def send_statement(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show which payments the lines are, or with `confirm` confirm all that fit."""
    form = await sent(request)
    own, at = await _at(request, event, form)
    typed = form.typed.get("lines", "")
    typed = typed if isinstance(typed, str) else ""
    today = request.now.astimezone(ZoneInfo(at.zone)).date()
    matches = await statement.match(text=typed, at=at, today=today)
    if form.action != "confirm":
        return _statement_page(request, own, at, typed, matches=matches)
    confirmed, left = await statement.confirm_all(matches=matches, principal=who(request), now=request.now)
    after = await statement.match(text=typed, at=at, today=today)
    return _statement_page(request, own, at, typed, matches=after, confirmed=confirmed, left=left)


@get("/console/events/{event:uuid}/payments/{payment:uuid}", include_in_schema=False)
async def show_payment(request: Request, event: FromPath[UUID], payment: FromPath[UUID]) -> Response[str]:
    """Show one payment, and the form that says the money came."""
    return await _payment_page(request, event, payment, Form())


async def _payment_page(request: Request, event: UUID, payment: UUID, form: Form) -> Response[str]:
    found = await settle.own(payment, who(request))
    own, at = await desk.at(event=event, principal=who(request), city=found.organiser is None)
    (entry,) = await books.entries([found])
    return form_page(
        request,
        "ticketing/console/payment.html",
        form,
        headers=UNKEPT,
        **_frame(request, own, at, found.reference),
        entry=entry,
        view=found,
        said=due.words(found),
        note=await settle.note_of(payment),
        guests=await one.own_of_party(event, found.registration, who(request)),
        today=request.now.astimezone(ZoneInfo(at.zone)).date().isoformat(),
        late=found.state in {"lapsed", "canceled"},
    )


@post("/console/events/{event:uuid}/payments/{payment:uuid}", include_in_schema=False, status_code=200)
async def confirm_payment(request: Request, event: FromPath[UUID], payment: FromPath[UUID]) -> Response[Any]:
    """Take down that the money came."""
    form = await sent(request)
    found = await settle.own(payment, who(request))
    _own, at = await desk.at(event=event, principal=who(request), city=found.organiser is None)
    typed = {name: value for name, value in form.typed.items() if name not in {"of", "action"}}
    try:
        came = check({**typed, "refund": form.action == "refund"}, Came)
        state = await settle.confirm(payment=payment, principal=who(request), now=request.now, came=came)
    except Invalid as error:
        return await _payment_page(request, event, payment, form.refused(error))
    return done(payments_path(at, payment), "paid" if state == "paid" else "back")


@post("/console/events/{event:uuid}/payments/{payment:uuid}/refunded", include_in_schema=False, status_code=200)
async def refund_payment(request: Request, event: FromPath[UUID], payment: FromPath[UUID]) -> Response[Any]:
    """Take down that the money went back."""
    found: PaymentView = await settle.own(payment, who(request))
    _own, at = await desk.at(event=event, principal=who(request), city=found.organiser is None)
    await settle.refunded(payment=payment, principal=who(request), now=request.now)
    return done(payments_path(at, payment), "refunded")


HANDLERS = [
    show_payments,
    export_payments,
    show_method,
    save_method,
    show_statement,
    send_statement,
    show_payment,
    confirm_payment,
    refund_payment,
]
