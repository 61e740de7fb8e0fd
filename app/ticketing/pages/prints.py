"""Console: badges and lists of guests on paper."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.events import desk
from app.events.pages.frame import Form, event_frame, form_page, sent, who
from app.ticketing.documents import prints
from app.ticketing.guests import listed

SIZES = {
    "card": gettext_lazy("Bank card, 86 × 54 mm, ten on A4"),
    "business": gettext_lazy("Business card, 91 × 55 mm, ten on A4"),
    "a7": gettext_lazy("A7, 105 × 74 mm, eight on A4"),
    "a6": gettext_lazy("A6, 105 × 148 mm, four on A4"),
}


@get("/console/events/{event:uuid}/prints", include_in_schema=False)
async def show_prints(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show what can be printed; `?type=` chooses a ticket type."""
    return await _form(request, event, Form({"ticket_type": request.query_params.get("type", ""), "size": "card"}))


@post("/console/events/{event:uuid}/badges.pdf", include_in_schema=False, status_code=200)
async def print_badges(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Give badges; a POST, because it is written down who took them."""
    return await _printed(request, event, prints.badges, "badges")


@post("/console/events/{event:uuid}/list.pdf", include_in_schema=False, status_code=200)
async def print_list(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Give the list for a door; a POST, because it is written down who took it."""
    return await _printed(request, event, prints.guest_list, "guests")


async def _printed(
    request: Request, event: UUID, printing: Callable[..., Awaitable[bytes]], name: str
) -> Response[Any]:
    own = await desk.own_event(principal=who(request), event=event)
    form = await sent(request)
    try:
        wish = check(form.typed, prints.PrintWish)
        found = await printing(event=event, wish=wish, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, event, form.refused(error))
    return Response(
        found,
        media_type="application/pdf",
        headers={**UNKEPT, "content-disposition": f'attachment; filename="{name}-{own.event.slug}.pdf"'},
    )


async def _form(request: Request, event: UUID, form: Form) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    return form_page(
        request,
        "ticketing/console/prints.html",
        form,
        **event_frame(own, "guests", now=request.now, below=_("Badges and lists")),
        counts=await listed.counts(event=event, principal=who(request)),
        choices=await prints.choices(own, who(request)),
        sizes=list(SIZES.items()),
        most_badges=prints.MOST_BADGES,
        most_lines=prints.MOST_LINES,
    )


HANDLERS = [show_prints, print_badges, print_list]
