"""Console, who waits: for approval, or for places; and what people answered whom the organiser does not know."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.validation import check
from app.core.web.console import listed as in_lists
from app.core.web.pages import UNKEPT, see_other
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, event_frame, form_page, sent, who
from app.ticketing.documents.words import STATES
from app.ticketing.guests import acting, listed, queues, replies
from app.ticketing.guests.acting import Because, Deed, grounds
from app.ticketing.registering.needs import NEEDS


async def _page(request: Request, event: UUID, template: str, form: Form, below: str, **values: Any) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    answer = form_page(
        request,
        f"ticketing/console/guests/{template}.html",
        form,
        counts=await listed.counts(event=event, principal=who(request)),
        states=STATES,
        need_words=NEEDS,
        **event_frame(own, "guests", now=request.now, below=below),
        **values,
    )
    answer.headers.update(UNKEPT)
    return answer


@get("/console/events/{event:uuid}/guests/approvals", include_in_schema=False)
async def show_approvals(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show who asks to come."""
    return await _approvals(request, event, Form())


async def _approvals(request: Request, event: UUID, form: Form) -> Response[str]:
    found = await queues.to_approve(event=event, principal=who(request), now=request.now)
    return await _page(
        request, event, "approvals", form, _("To approve"), found=found, told=_told(request.query_params)
    )


def _told(query: Any) -> str:
    """Say what became of those decided on: `?decided=3&missed=1`."""
    done, missed = (int(n) if (n := query.get(name, "")).isdecimal() and len(n) < 4 else 0 for name in _DECIDED)
    said = [ngettext("%(n)s guest decided on.", "%(n)s guests decided on.", done)] if done else []
    if missed:
        said.append(ngettext("%(n)s could not be decided on.", "%(n)s could not be decided on.", missed))
    return " ".join(said)


_DECIDED = ("decided", "missed")


@post("/console/events/{event:uuid}/guests/approvals", include_in_schema=False, status_code=200)
async def decide(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Approve or refuse everybody who was ticked, for one reason."""
    form = await sent(request)
    deed: Deed = "approve" if form.action == "approve" else "refuse"
    try:
        because, tickets = _checked(form, deed)
        decided, missed = await acting.decide(
            event=event, tickets=tickets, deed=deed, because=because, principal=who(request), now=request.now
        )
    except Invalid as error:
        return await _approvals(request, event, form.refused(error))
    return see_other(f"/console/events/{event}/guests/approvals?decided={decided}&missed={missed}")


def _checked(form: Form, deed: Deed) -> tuple[Because, tuple[UUID, ...]]:
    """Return reason and guests, or raise `Invalid` with all that is wrong in either."""
    typed = in_lists(form.typed, "tickets")
    errors: list[FieldError] = []
    tickets = [one for one in typed["tickets"] if isinstance(one, str)]
    if not tickets:
        errors.append(FieldError("tickets", "required", _("Tick at least one guest.")))
    try:
        found = check({"reason": typed.get("reason", "")}, grounds(deed))
        chosen = tuple(check(tickets, list[UUID]))
    except Invalid as error:
        raise Invalid(errors + error.errors) from None
    if errors:
        raise Invalid(errors)
    return found, chosen


@get("/console/events/{event:uuid}/guests/waiting", include_in_schema=False)
async def show_waiting(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show who waits for places, in their order."""
    found = await queues.waiting(event=event, principal=who(request), now=request.now)
    return await _page(request, event, "waiting", Form(), _("Waiting list"), found=found)


@get("/console/events/{event:uuid}/guests/answers", include_in_schema=False)
async def show_answers(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show what holders of others' tickets answered, without saying who."""
    tallies = await replies.nameless(event=event, principal=who(request))
    return await _page(request, event, "answers", Form(), _("Answers without names"), tallies=tallies)


HANDLERS = [show_approvals, decide, show_waiting, show_answers]
