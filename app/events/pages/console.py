"""The organiser's console: own events, and one event from draft to the end."""

import datetime as dt
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, NAMES, text, text_language
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import desk, history, places, queries
from app.events.edits import EventDetails, EventTexts, NewEvent
from app.events.errors import StillNeeded, WrongState
from app.events.owned import Held, Listed, OwnSession
from app.events.pages.frame import (
    DONE,
    MODES,
    REFUSED,
    SCOPES,
    STATES,
    Form,
    address,
    event_frame,
    filled,
    form_page,
    missing_languages,
    sent,
    state_of,
    venue_options,
    who,
)

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
Step = Callable[..., Awaitable[None]]
"""A use case that takes `principal`, `event` and `now`."""


@get("/console", **HTML)
async def home(request: Request) -> Response[str]:
    """List the events that somebody works for, those to come first."""
    words = request.query_params.get("q", "").strip()[:200]
    found = await queries.events_of(reach=desk.reach(who(request)), words=words)
    coming, over = _split(found, request.now)
    several = len({listed.organiser.id for listed in found}) > 1
    return page(
        request, "events/console/home.html", words=words, coming=coming, over=over, several=several, done_words=DONE
    )


def _split(found: list[Listed], now: dt.datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shown = [_row(listed, now) for listed in found]
    today = now.date() - dt.timedelta(days=1)
    over = [row for row in shown if row["listed"].event.last_day < today]
    return [row for row in shown if row not in over], over


def _row(listed: Listed, now: dt.datetime) -> dict[str, Any]:
    state = state_of(listed.event, listed.convention.zone, now)
    return {"listed": listed, "address": address(listed.event.id), "state": STATES[state]}


@get("/console/events/new", **HTML)
async def new_event(request: Request) -> Response[str]:
    """Show the form of a new event; only a title has to be typed."""
    return await _new_page(request, Form({"mode": "on_site", "form": uuid4()}))


async def _new_page(request: Request, form: Form) -> Response[str]:
    conventions = await desk.open_conventions(principal=who(request), now=request.now)
    organisers = await desk.own_organisers(principal=who(request))
    first = conventions[0] if conventions else None
    venues = await queries.venues_for(convention=first.id, organiser=None) if first else []
    typed = {**_first_choices(conventions, organisers), **form.typed}
    return form_page(
        request,
        "events/console/new_event.html",
        Form(typed, form.seen, form.action, form.errors, form.status),
        conventions=[(str(c.id), text(c.title)) for c in conventions],
        organisers=[(str(o.id), text(o.name)) for o in organisers],
        venues=venue_options(venues) if len(conventions) == 1 else [],
        modes=list(MODES.items()),
        convention=None,
    )


def _first_choices(conventions: list[Any], organisers: list[Any]) -> dict[str, Any]:
    """Return what stands in the form before anybody types: the next convention with its days, the only organiser."""
    found: dict[str, Any] = {}
    if conventions:
        first = conventions[0]
        found |= {"convention": str(first.id)}
        if len(conventions) == 1:
            found |= {"first_day": first.first_day.isoformat(), "last_day": first.last_day.isoformat()}
    if len(organisers) == 1:
        found |= {"organiser": str(organisers[0].id)}
    return found


@post("/console/events/new", **POSTED)
async def create_event(request: Request) -> Response[Any]:
    """Make a draft."""
    form = await sent(request)
    try:
        made = await desk.create(principal=who(request), wish=check(form.typed, NewEvent), now=request.now)
    except REFUSED as error:
        return await _new_page(request, form.refused(error))
    return done(address(made), "created")


@get("/console/events/{event:uuid}", **HTML)
async def overview(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show where an event stands and what it still lacks."""
    return await _overview_page(request, event)


async def _overview_page(request: Request, event: UUID, refusal: DomainError | None = None) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    sessions = await queries.sessions_of_event(event)
    gates = await queries.gates_of(event)
    names = await desk.venue_names(own)
    return page(
        request,
        "events/console/overview.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        refusal=refusal.detail if refusal else "",
        **event_frame(own, now=request.now),
        mode=MODES[own.event.mode],
        scope=SCOPES[own.event.kpi_scope],
        venue=names.get(str(own.event.venue), ""),
        lacking=_lacking(own, sessions, len(gates)),
        sessions=len(sessions),
        gates=len(gates),
        public=f"/{own.convention.slug}/events/{own.event.slug}",
    )


def _lacking(own: Held, sessions: list[OwnSession], gates: int) -> list[tuple[str, str, str]]:
    """Return what is still to do as (words, address, what the link says)."""
    event = own.event
    untold = ", ".join(NAMES[tag] for tag in missing_languages(event.title, list(LANGUAGES)))
    silent = [s for s in sessions if s.mode != "on_site" and not s.stream_url and not s.canceled_at]
    points = (
        (not event.summary, _("There is no summary yet."), "texts", _("Write it")),
        (bool(untold), _("The title is missing in: %(languages)s.", languages=untold), "texts", _("Translate it")),
        (not sessions, _("There is no session yet."), "sessions/new", _("Add one")),
        (bool(silent), _("Online sessions lack their stream: nobody can join them."), "sessions", _("Look at them")),
        (
            event.mode != "online" and not gates,
            _("There is no gate yet: tickets cannot be checked."),
            "places",
            _("Add one"),
        ),
    )
    return [(words, address(event.id, below), action) for lacks, words, below, action in points if lacks]


@get("/console/events/{event:uuid}/details", **HTML)
async def details(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of days, kind, place and address."""
    own = await desk.own_event(principal=who(request), event=event)
    return await _details_page(request, own, filled(desk.details_of(own.event), own.event.revision))


async def _details_page(request: Request, own: Held, form: Form) -> Response[str]:
    return form_page(
        request,
        "events/console/details.html",
        form,
        **event_frame(own, now=request.now, below=_("Days, place and kind")),
        venues=venue_options(await places.venues(own=own)),
        modes=list(MODES.items()),
        scopes=list(SCOPES.items()),
        city=desk.is_city(who(request)),
    )


@post("/console/events/{event:uuid}/details", **POSTED)
async def save_details(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Save days, kind, place and address."""
    form = await sent(request)
    try:
        await desk.change_details(
            principal=who(request), event=event, seen=form.seen, wish=check(form.typed, EventDetails), now=request.now
        )
    except REFUSED as error:
        own = await desk.own_event(principal=who(request), event=event)
        return await _details_page(request, own, form.refused(error))
    return done(address(event), "saved")


@get("/console/events/{event:uuid}/texts", **HTML)
async def texts(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of the texts in all languages."""
    own = await desk.own_event(principal=who(request), event=event)
    return _texts_page(request, own, filled(desk.texts_of(own.event), own.event.revision))


def _texts_page(request: Request, own: Held, form: Form) -> Response[str]:
    return form_page(
        request,
        "events/console/texts.html",
        form,
        **event_frame(own, "texts", now=request.now),
        gaps={name: _gaps(form.typed.get(name)) for name in ("title", "summary", "description")},
    )


def _gaps(words: object) -> list[tuple[str, str, str]]:
    """Return what readers see whose language is missing: names of their languages, language and words of the text."""
    if not isinstance(words, dict) or not words:
        return []
    instead: dict[str, list[str]] = {}
    for tag in missing_languages(words, list(LANGUAGES)):
        instead.setdefault(text_language(words, tag), []).append(NAMES[tag])
    return [(", ".join(names), tag, words[tag]) for tag, names in instead.items()]


@post("/console/events/{event:uuid}/texts", **POSTED)
async def save_texts(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Save the texts."""
    form = await sent(request)
    try:
        await desk.change_texts(
            principal=who(request), event=event, seen=form.seen, wish=check(form.typed, EventTexts), now=request.now
        )
    except REFUSED as error:
        own = await desk.own_event(principal=who(request), event=event)
        return _texts_page(request, own, form.refused(error))
    return done(address(event, "texts"), "saved")


async def _do(request: Request, event: UUID, step: Step, key: str, *, after: str = "") -> Response[Any]:
    """Do something to an event as a whole and say so; what is refused is said on the event's own page."""
    try:
        await step(principal=who(request), event=event, now=request.now)
    except (StillNeeded, WrongState) as error:
        return await _overview_page(request, event, error)
    return done(after or address(event), key)


@post("/console/events/{event:uuid}/publish", **POSTED)
async def publish(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Put a draft into the programme."""
    return await _do(request, event, desk.publish, "published")


@post("/console/events/{event:uuid}/unpublish", **POSTED)
async def unpublish(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Take an event out of the programme."""
    return await _do(request, event, desk.unpublish, "unpublished")


@get("/console/events/{event:uuid}/cancel", **HTML)
async def ask_cancel(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Ask whether an event is to be canceled."""
    own = await desk.own_event(principal=who(request), event=event)
    return page(
        request,
        "core/confirm.html",
        question=_("Cancel “%(title)s”?", title=text(own.event.title)),
        words=_("It stays in the programme, marked as canceled, and so do its sessions."),
        consequences=[
            _("Subscribed calendars show it as canceled."),
            _("Nobody gets a mail by itself: write to the guests afterwards."),
            _("You can take this back."),
        ],
        action=address(event, "cancel"),
        button=_("Cancel the event"),
        back=address(event),
        danger=True,
    )


@post("/console/events/{event:uuid}/cancel", **POSTED)
async def cancel(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Cancel an event."""
    return await _do(request, event, desk.cancel, "canceled")


@post("/console/events/{event:uuid}/reinstate", **POSTED)
async def reinstate(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Take back that an event was canceled."""
    return await _do(request, event, desk.reinstate, "reinstated")


@get("/console/events/{event:uuid}/delete", **HTML)
async def ask_delete(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Ask whether a draft is to be deleted."""
    own = await desk.own_event(principal=who(request), event=event)
    return page(
        request,
        "core/confirm.html",
        question=_("Delete the draft “%(title)s”?", title=text(own.event.title)),
        words=_("Its sessions and gates are deleted with it. This cannot be taken back."),
        action=address(event, "delete"),
        button=_("Delete the draft"),
        back=address(event),
        danger=True,
    )


@post("/console/events/{event:uuid}/delete", **POSTED)
async def delete(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Delete a draft."""
    return await _do(request, event, desk.delete, "removed", after="/console")


@get("/console/events/{event:uuid}/history", **HTML)
async def show_history(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show what was changed, by whom and when."""
    own = await desk.own_event(principal=who(request), event=event)
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 19 else history.LATEST
    steps, more = await history.history(principal=who(request), event=event, before=before)
    return page(
        request,
        "events/console/history.html",
        **event_frame(own, "history", now=request.now),
        steps=steps,
        earlier=f"{address(event, 'history')}?before={more}" if more else "",
        later=address(event, "history") if before != history.LATEST else "",
    )


HANDLERS = [
    home,
    new_event,
    create_event,
    overview,
    details,
    save_details,
    texts,
    save_texts,
    publish,
    unpublish,
    ask_cancel,
    cancel,
    reinstate,
    ask_delete,
    delete,
    show_history,
]
