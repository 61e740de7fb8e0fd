"""Console, lists of guests that organisers bring: bring one, look at what is wrong, take in the lines that are not."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core import spreadsheet
from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.web.console import done
from app.core.web.pages import UNKEPT, see_other
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, chosen_file, event_frame, form_page, sent, who
from app.ticketing.guests import listed
from app.ticketing.guests.imports import columns, kept, taking

SHOWN = 200
"""Lines with something wrong that a page shows."""
FAILURES = {
    "full": gettext_lazy("No place was left."),
    "known": gettext_lazy("Had a ticket by then."),
    "changed": gettext_lazy("The ticket type is not there any more."),
}
DONE = {"taking": gettext_lazy("The list is being taken in.")}


def _path(event: UUID, *parts: object) -> str:
    return "/".join([f"/console/events/{event}/guests/imports", *map(str, parts)])


@get("/console/events/{event:uuid}/guests/imports", include_in_schema=False)
async def show_imports(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form that brings a list, and the lists brought lately."""
    return await _form(request, event, Form())


async def _form(request: Request, event: UUID, form: Form) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    return await _page(
        request,
        event,
        "imports",
        form,
        type_options=[(t.id, text(t.title)) for t in await kept.given_away(own, who(request))],
        recent=await kept.recent(event=event, principal=who(request)),
        most=kept.MOST_LINES,
    )


async def _page(request: Request, event: UUID, template: str, form: Form, **values: Any) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    frame = event_frame(own, "guests", now=request.now, below=_("Add a list"))
    answer = form_page(
        request,
        f"ticketing/console/guests/{template}.html",
        form,
        counts=await listed.counts(event=event, principal=who(request)),
        **frame | {"done_words": {**frame["done_words"], **DONE}},
        **values,
    )
    answer.headers.update(UNKEPT)
    return answer


@post("/console/events/{event:uuid}/guests/imports", include_in_schema=False, status_code=200)
async def bring(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Keep a list and show what is in it; nobody is registered yet."""
    form = await sent(request)
    try:
        made = await kept.keep(
            event=event,
            data=await chosen_file(form),
            ticket_type=_uuid(form.typed.get("ticket_type")),
            principal=who(request),
            now=request.now,
        )
    except Invalid as error:
        return await _form(request, event, form.refused(error))
    return see_other(_path(event, made))


def _uuid(typed: object) -> UUID | None:
    try:
        return msgspec.convert(typed, UUID)
    except msgspec.ValidationError:
        return None


@get("/console/events/{event:uuid}/guests/imports/template.xlsx", include_in_schema=False)
async def xlsx_template(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give an empty list with its headings."""
    heading = await _headings(request, event)
    return _template(spreadsheet.workbook(heading, [], title=_("Guests")), spreadsheet.XLSX, "guests.xlsx")


@get("/console/events/{event:uuid}/guests/imports/template.csv", include_in_schema=False)
async def csv_template(request: Request, event: FromPath[UUID]) -> Response[bytes]:
    """Give the same as CSV."""
    return _template(spreadsheet.written(await _headings(request, event), []), spreadsheet.CSV, "guests.csv")


async def _headings(request: Request, event: UUID) -> list[str]:
    questions = await kept.questions(event=event, principal=who(request), now=request.now)
    return columns.headings(questions)


def _template(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {**UNKEPT, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@get("/console/events/{event:uuid}/guests/imports/{guest_import:uuid}", include_in_schema=False)
async def show_import(request: Request, event: FromPath[UUID], guest_import: FromPath[UUID]) -> Response[str]:
    """Show what is in a list, or how far it is taken in."""
    found = await kept.one(event=event, guest_import=guest_import, principal=who(request))
    address = _path(event, guest_import)
    if found.taken_at:
        return await _page(request, event, "import_taken", Form(), found=found, at=address, failures=FAILURES)
    report = await kept.report(event=event, guest_import=guest_import, principal=who(request), now=request.now)
    wrong = [line for line in report.read.lines if line.wrong]
    return await _page(
        request,
        event,
        "import",
        Form(),
        report=report,
        read=report.read,
        wrong=wrong,
        known=[line for line in report.read.lines if line.known and not line.wrong],
        first=[line for line in report.read.lines if line.good][:5],
        shown=SHOWN,
        missing=[columns.label(field) for field in report.read.columns.missing],
        at=address,
        found=found,
    )


@post("/console/events/{event:uuid}/guests/imports/{guest_import:uuid}/take", include_in_schema=False)
async def take(request: Request, event: FromPath[UUID], guest_import: FromPath[UUID]) -> Response[bytes]:
    """Take in the lines that are in order."""
    form = await sent(request)
    await taking.take(
        event=event,
        guest_import=guest_import,
        mails=bool(form.typed.get("mails")),
        principal=who(request),
        now=request.now,
    )
    return done(_path(event, guest_import), "taking")


@post("/console/events/{event:uuid}/guests/imports/{guest_import:uuid}/discard", include_in_schema=False)
async def discard(request: Request, event: FromPath[UUID], guest_import: FromPath[UUID]) -> Response[bytes]:
    """Throw a list away."""
    await kept.discard(event=event, guest_import=guest_import, principal=who(request), now=request.now)
    return done(_path(event), "removed")


HANDLERS = [show_imports, bring, xlsx_template, csv_template, show_import, take, discard]
