"""The console's pages of venues and gates."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import desk, places, queries
from app.events.edits import GateEdit, VenueEdit
from app.events.owned import Held
from app.events.pages.frame import REFUSED, Form, address, event_frame, filled, form_page, sent, venue_options, who

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}


@get("/console/events/{event:uuid}/places", **HTML)
async def show_places(request: Request, event: FromPath[UUID]) -> Response[str]:
    """List the gates of an event and the venues it can choose."""
    own = await desk.own_event(principal=who(request), event=event)
    found = await places.venues(own=own)
    return page(
        request,
        "events/console/places.html",
        **event_frame(own, "places", now=request.now),
        gates=await queries.gates_of(event),
        names=await desk.venue_names(own),
        ours=[venue for venue in found if venue.organiser],
        citys=[venue for venue in found if not venue.organiser],
        city=desk.is_city(who(request)),
    )


@get("/console/events/{event:uuid}/places/venues/new", **HTML)
async def new_venue(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new venue."""
    own = await desk.own_event(principal=who(request), event=event)
    return _venue_page(request, own, "", Form())


def _venue_page(request: Request, own: Held, name: str, form: Form) -> Response[str]:
    below = name or _("New venue")
    frame = event_frame(own, "places", now=request.now, below=below)
    return form_page(request, "events/console/venue.html", form, **frame, title=below)


@post("/console/events/{event:uuid}/places/venues/new", **POSTED)
async def add_venue(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a venue."""
    own = await desk.own_event(principal=who(request), event=event)
    form = await sent(request)
    try:
        await places.add_venue(principal=who(request), event=event, wish=check(form.typed, VenueEdit), now=request.now)
    except REFUSED as error:
        return _venue_page(request, own, "", form.refused(error))
    return done(address(event, "places"), "added")


@get("/console/events/{event:uuid}/places/venues/{venue:uuid}", **HTML)
async def show_venue(request: Request, event: FromPath[UUID], venue: FromPath[UUID]) -> Response[str]:
    """Show the form of a venue."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_venue(principal=who(request), own=own, venue=venue)
    return _venue_page(request, own, text(stored.name), filled(places.venue_edit_of(stored), stored.revision))


@post("/console/events/{event:uuid}/places/venues/{venue:uuid}", **POSTED)
async def save_venue(request: Request, event: FromPath[UUID], venue: FromPath[UUID]) -> Response[Any]:
    """Save a venue."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_venue(principal=who(request), own=own, venue=venue)
    form = await sent(request)
    try:
        wish = check(form.typed, VenueEdit)
        await places.change_venue(
            principal=who(request), event=event, venue=venue, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return _venue_page(request, own, text(stored.name), form.refused(error))
    return done(address(event, "places"), "saved")


@get("/console/events/{event:uuid}/places/venues/{venue:uuid}/delete", **HTML)
async def ask_delete_venue(request: Request, event: FromPath[UUID], venue: FromPath[UUID]) -> Response[str]:
    """Ask whether a venue is to be removed."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_venue(principal=who(request), own=own, venue=venue)
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(stored.name)),
        words=_("It can be removed while no event, session or gate uses it."),
        action=address(event, "places", "venues", venue, "delete"),
        button=_("Remove the venue"),
        back=address(event, "places"),
        danger=True,
    )


@post("/console/events/{event:uuid}/places/venues/{venue:uuid}/delete", **POSTED)
async def delete_venue(request: Request, event: FromPath[UUID], venue: FromPath[UUID]) -> Response[bytes]:
    """Remove a venue."""
    await places.delete_venue(principal=who(request), event=event, venue=venue, now=request.now)
    return done(address(event, "places"), "removed")


@get("/console/events/{event:uuid}/places/gates/new", **HTML)
async def new_gate(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new gate, at the event's venue."""
    own = await desk.own_event(principal=who(request), event=event)
    typed = {"venue": str(own.event.venue)} if own.event.venue else {}
    return await _gate_page(request, own, "", Form(typed))


async def _gate_page(request: Request, own: Held, name: str, form: Form) -> Response[str]:
    below = name or _("New gate")
    return form_page(
        request,
        "events/console/gate.html",
        form,
        **event_frame(own, "places", now=request.now, below=below),
        title=below,
        venues=venue_options(await places.venues(own=own)),
        zone=own.convention.zone,
    )


@post("/console/events/{event:uuid}/places/gates/new", **POSTED)
async def add_gate(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a gate."""
    own = await desk.own_event(principal=who(request), event=event)
    form = await sent(request)
    try:
        await places.add_gate(principal=who(request), event=event, wish=check(form.typed, GateEdit), now=request.now)
    except REFUSED as error:
        return await _gate_page(request, own, "", form.refused(error))
    return done(address(event, "places"), "added")


@get("/console/events/{event:uuid}/places/gates/{gate:uuid}", **HTML)
async def show_gate(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[str]:
    """Show the form of a gate."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_gate(own=own, gate=gate)
    return await _gate_page(request, own, text(stored.name), filled(places.gate_edit_of(stored), stored.revision))


@post("/console/events/{event:uuid}/places/gates/{gate:uuid}", **POSTED)
async def save_gate(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[Any]:
    """Save a gate."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_gate(own=own, gate=gate)
    form = await sent(request)
    try:
        wish = check(form.typed, GateEdit)
        await places.change_gate(
            principal=who(request), event=event, gate=gate, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return await _gate_page(request, own, text(stored.name), form.refused(error))
    return done(address(event, "places"), "saved")


@get("/console/events/{event:uuid}/places/gates/{gate:uuid}/delete", **HTML)
async def ask_delete_gate(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[str]:
    """Ask whether a gate is to be removed."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await places.own_gate(own=own, gate=gate)
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(stored.name)),
        words=_("Phones can no longer check tickets there. A gate at which tickets were checked stays."),
        action=address(event, "places", "gates", gate, "delete"),
        button=_("Remove the gate"),
        back=address(event, "places"),
        danger=True,
    )


@post("/console/events/{event:uuid}/places/gates/{gate:uuid}/delete", **POSTED)
async def delete_gate(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[bytes]:
    """Remove a gate."""
    await places.delete_gate(principal=who(request), event=event, gate=gate, now=request.now)
    return done(address(event, "places"), "removed")


HANDLERS = [
    show_places,
    new_venue,
    add_venue,
    show_venue,
    save_venue,
    ask_delete_venue,
    delete_venue,
    new_gate,
    add_gate,
    show_gate,
    save_gate,
    ask_delete_gate,
    delete_gate,
]
