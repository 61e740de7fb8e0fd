"""Console, tickets of an event: numbers of places."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import Invalid
from app.core.i18n import day, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.request import Request
from app.events import desk, queries
from app.events.errors import StillNeeded
from app.events.pages.frame import REFUSED, Form, event_frame, filled, form_page, sent, who
from app.ticketing.pages.console import overview, tickets_path
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up import quotas
from app.ticketing.setting_up.edits import NewQuota, OwnQuota, QuotaEdit


@get("/console/events/{event:uuid}/quotas/new", include_in_schema=False)
async def show_new_quota(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new number of places."""
    return await _form(request, event, Form({"form": str(uuid4())}))


@post("/console/events/{event:uuid}/quotas/new", include_in_schema=False, status_code=200)
async def add_quota(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a number of places."""
    form = await sent(request)
    try:
        edit = check(form.typed, NewQuota)
        await quotas.add(event=event, edit=edit, principal=who(request), now=request.now)
    except Invalid as error:
        return await _form(request, event, form.refused(error))
    return done(tickets_path(event), "added")


async def _form(request: Request, event: UUID, form: Form, held: OwnQuota | None = None) -> Response[str]:
    """Show the form of a number of places with what was typed."""
    principal = who(request)
    own = await desk.own_event(principal=principal, event=event)
    convention, holder = own.convention, held.organiser if held else own.event.organiser
    around = await console.quotas_around(convention.id, holder, principal)
    venues = await queries.venues_for(convention=convention.id, organiser=own.event.organiser)
    below = text(held.name) if held else _("New number of places")
    return form_page(
        request,
        "ticketing/console/quota.html",
        form,
        **event_frame(own, "tickets", now=request.now, below=below),
        held=held,
        around=[(q.id, text(q.name)) for q in around if held is None or q.id != held.id],
        days=[(d.isoformat(), day(d)) for d in console.span(convention.first_day, convention.last_day)],
        venues=[(v.id, text(v.name)) for v in venues],
    )


@get("/console/events/{event:uuid}/quotas/{quota:uuid}", include_in_schema=False)
async def show_quota(request: Request, event: FromPath[UUID], quota: FromPath[UUID]) -> Response[str]:
    """Show the form of a number of places."""
    held = await console.own_quota(quota, who(request))
    return await _form(request, event, filled(quotas.edit_of(held), held.revision), held)


@post("/console/events/{event:uuid}/quotas/{quota:uuid}", include_in_schema=False, status_code=200)
async def save_quota(request: Request, event: FromPath[UUID], quota: FromPath[UUID]) -> Response[Any]:
    """Save a number of places."""
    form = await sent(request)
    try:
        edit = check(form.typed, QuotaEdit)
        await quotas.change(
            event=event, quota=quota, edit=edit, seen=form.seen, principal=who(request), now=request.now
        )
    except REFUSED as error:
        return await _form(request, event, form.refused(error), await console.own_quota(quota, who(request)))
    return done(tickets_path(event), "saved")


@post("/console/events/{event:uuid}/quotas/{quota:uuid}/recount", include_in_schema=False, status_code=200)
async def recount_quota(request: Request, event: FromPath[UUID], quota: FromPath[UUID]) -> Response[Any]:
    """Count the tickets of a day or a venue anew."""
    try:
        await quotas.recount(event=event, quota=quota, principal=who(request), now=request.now)
    except Invalid as error:
        return await overview(request, event, error)
    return done(tickets_path(event), "counted")


@post("/console/events/{event:uuid}/quotas/{quota:uuid}/remove", include_in_schema=False, status_code=200)
async def remove_quota(request: Request, event: FromPath[UUID], quota: FromPath[UUID]) -> Response[Any]:
    """Remove a number of places that nothing uses."""
    try:
        await quotas.remove(event=event, quota=quota, principal=who(request), now=request.now)
    except StillNeeded as error:
        return await overview(request, event, error)
    return done(tickets_path(event), "removed")


HANDLERS = [show_new_quota, add_quota, show_quota, save_quota, recount_quota, remove_quota]
