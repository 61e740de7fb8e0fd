"""Console, tickets of an event: vouchers."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core import spreadsheet
from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done, timed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, event_frame, form_page, sent, who
from app.ticketing.documents.words import yen
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up import vouchers
from app.ticketing.setting_up.edits import NewVouchers

EFFECTS = {
    "none": gettext_lazy("The price stays"),
    "free": gettext_lazy("Free"),
    "fixed": gettext_lazy("Another price"),
}
STATE_KINDS = {"valid": "success", "used": "quiet", "expired": "quiet", "withdrawn": "error"}
SAID = {
    "made": gettext_lazy("The codes are there. Nobody has been sent one yet."),
    "withdrawn": gettext_lazy("Nobody can use it any more."),
}


def vouchers_path(event: UUID) -> str:
    """Return the address of the vouchers of an event."""
    return f"/console/events/{event}/vouchers"


@get("/console/events/{event:uuid}/vouchers", include_in_schema=False)
async def show_vouchers(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the vouchers of an event's organiser."""
    own = await desk.own_event(principal=who(request), event=event)
    typed = request.query_params.get("page", "")
    number = int(typed) if typed.isdecimal() and len(typed) < 7 else 1
    found = await vouchers.page(event=event, principal=who(request), number=number)
    frame = event_frame(own, "tickets", now=request.now, below=_("Vouchers"))
    return page(
        request,
        "ticketing/console/vouchers.html",
        headers=UNKEPT,
        **frame | {"done_words": {**frame["done_words"], **SAID}},
        found=found,
        states=vouchers.states(),
        state_kinds=STATE_KINDS,
        now=request.now,
        yen=yen,
        earlier=f"?page={found.number - 1}" if found.number > 1 else "",
        later=f"?page={found.number + 1}" if found.number < found.last else "",
    )


@get("/console/events/{event:uuid}/vouchers/new", include_in_schema=False)
async def show_new_vouchers(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form that makes codes."""
    return await _form(request, event, Form({"form": str(uuid4()), "count": 1, "uses": 1, "effect": "none"}))


async def _form(request: Request, event: UUID, form: Form) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    types = await console.types_of_event(event, who(request))
    above = [(vouchers_path(event), _("Vouchers"))]
    return form_page(
        request,
        "ticketing/console/new_vouchers.html",
        form,
        **event_frame(own, "tickets", now=request.now, below=_("New vouchers"), between=above),
        types=[(t.id, text(t.title)) for t in types if t.mine],
        effects=EFFECTS,
    )


@post("/console/events/{event:uuid}/vouchers/new", include_in_schema=False, status_code=200)
async def make_vouchers(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Make codes."""
    form = await sent(request)
    own = await desk.own_event(principal=who(request), event=event)
    try:
        wish = check(timed(form.typed, own.convention.zone, "valid_until"), NewVouchers)
        await vouchers.make(event=event, wish=wish, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, event, form.refused(error))
    return done(vouchers_path(event), "made")


@post("/console/events/{event:uuid}/vouchers/{voucher:uuid}/withdraw", include_in_schema=False)
async def withdraw_voucher(request: Request, event: FromPath[UUID], voucher: FromPath[UUID]) -> Response[bytes]:
    """Let nobody use a voucher any more."""
    await vouchers.withdraw(event=event, voucher=voucher, principal=who(request), now=request.now)
    return done(vouchers_path(event), "withdrawn")


@post("/console/events/{event:uuid}/vouchers/export", include_in_schema=False, status_code=200)
async def export_vouchers(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give the codes as CSV or as a workbook; a POST, because it is written down who took them."""
    own = await desk.own_event(principal=who(request), event=event)
    as_book = (await read_form(request)).get("as") == "xlsx"
    heading, rows = await vouchers.export(event=event, principal=who(request), now=request.now)
    content = (
        spreadsheet.workbook(heading, rows, title=_("Vouchers")) if as_book else spreadsheet.written(heading, rows)
    )
    name = f"vouchers-{own.event.slug}.{'xlsx' if as_book else 'csv'}"
    return Response(
        content,
        media_type=spreadsheet.XLSX if as_book else spreadsheet.CSV,
        headers={**UNKEPT, "content-disposition": f'attachment; filename="{name}"'},
    )


HANDLERS = [show_vouchers, show_new_vouchers, make_vouchers, withdraw_voucher, export_vouchers]
