"""The console's pages of sessions: a list by day, a form that knows the next free time."""

import datetime as dt
from http import HTTPStatus
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.i18n import LANGUAGES, clock, text
from app.core.i18n import day as day_words
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import change_rows, done, listed
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import desk, places, sessions
from app.events.edits import SessionEdit
from app.events.owned import Held, OwnSession, Rival
from app.events.pages.frame import (
    MODES,
    REFUSED,
    Form,
    address,
    event_frame,
    filled,
    form_page,
    sent,
    venue_options,
    who,
)
from app.events.programme import days_of
from app.events.shown import language_name

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
ALSO_SPOKEN = ("es", "fr", "id", "pt", "tl", "vi", "zh-Hant")
"""Languages of sessions offered beside those of the interface."""
ANOTHER = "another"


@get("/console/events/{event:uuid}/sessions", **HTML)
async def show_sessions(request: Request, event: FromPath[UUID]) -> Response[str]:
    """List the sessions of an event by day, with what needs a look."""
    own = await desk.own_event(principal=who(request), event=event)
    found = await sessions.own_sessions(own=own)
    rivals = await sessions.overlaps(own=own)
    names = await desk.venue_names(own)
    zone = own.convention.zone
    rows = [(days_of(s, zone)[0], _row(s, own, rivals.get(s.id, []), names)) for s in found]
    by_day = [(day, [row for _day, row in group]) for day, group in groupby(rows, key=lambda pair: pair[0])]
    return page(request, "events/console/sessions.html", **event_frame(own, "sessions", now=request.now), by_day=by_day)


def _row(session: OwnSession, own: Held, rivals: list[Rival], names: dict[str, str]) -> dict[str, Any]:
    zone = own.convention.zone
    parts = [names.get(str(session.venue), ""), text(session.room)]
    return {
        "session": session,
        "address": address(own.event.id, "sessions", session.id),
        "times": f"{clock(session.starts_at, zone)}–{clock(session.ends_at, zone)}",
        "place": " · ".join(part for part in parts if part),
        "mode": MODES[session.mode],
        "silent": session.mode != "on_site" and not session.stream_url and not session.canceled_at,
        "rivals": [
            (text(r.title), text(r.event_title), clock(r.starts_at, zone), clock(r.ends_at, zone)) for r in rivals
        ],
    }


@get("/console/events/{event:uuid}/sessions/new", **HTML)
async def new_session(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the form of a new session at the next free time, or a copy of another one."""
    own = await desk.own_event(principal=who(request), event=event)
    asked = request.query_params.get("copy", "")
    return await _form_page(request, own, None, await _proposed(own, asked))


async def _proposed(own: Held, copy: str) -> Form:
    """Return what stands in the form before anybody types: kind and place of the event, the next free time."""
    found = await sessions.own_sessions(own=own)
    day, start, end = sessions.next_slot(own.event, own.convention.zone, found)
    slot = {"day": day.isoformat(), "from_time": start.strftime("%H:%M"), "to_time": end.strftime("%H:%M")}
    pattern = next((s for s in found if str(s.id) == copy), None)
    if pattern is None:
        venue = {"venue": str(own.event.venue)} if own.event.venue else {}
        return Form({"mode": own.event.mode, **venue, **slot})
    ends = dt.datetime.combine(day, start) + (pattern.ends_at - pattern.starts_at)
    slot["to_time"] = ends.strftime("%H:%M")
    copied = filled(sessions.edit_of(pattern, own.convention.zone), 0).typed
    copied.pop("last_day", None)
    return Form({**copied, **slot})


async def _form_page(request: Request, own: Held, session: OwnSession | None, form: Form) -> Response[str]:
    event = own.event
    spoken = [tag for tag in form.typed.get("languages", []) if isinstance(tag, str)]
    tags = dict.fromkeys((*LANGUAGES, *ALSO_SPOKEN, *spoken))
    below = text(session.title) if session else _("New session")
    return form_page(
        request,
        "events/console/session.html",
        form,
        **event_frame(own, "sessions", now=request.now, below=below),
        session=session,
        days=_days(own),
        venues=venue_options(await places.venues(own=own)),
        modes=list(MODES.items()),
        tongues=[(tag, language_name(tag)) for tag in tags],
        more=bool(set(form.typed) & {"languages", "capacity", "stream_url", "description", "speakers", "last_day"}),
        wrong_more=any(
            e.field.startswith(("languages", "capacity", "stream", "descr", "speak", "last")) for e in form.errors
        ),
        zone=own.convention.zone,
        event=event,
    )


def _days(own: Held) -> list[tuple[str, str]]:
    first, last = own.event.first_day.toordinal(), own.event.last_day.toordinal()
    days = (own.event.first_day.fromordinal(n) for n in range(first, last + 1))
    return [(day.isoformat(), day_words(day, short=True)) for day in days]


async def _sent(request: Request) -> Form:
    """Read the form; speakers of whom nothing is written are left out."""
    form = await sent(request)
    typed = listed(form.typed, "languages")
    pressed = change_rows(typed)
    if not pressed and isinstance(typed.get("speakers"), list):
        typed["speakers"] = [speaker for speaker in typed["speakers"] if speaker]
    return msgspec.structs.replace(form, typed=typed, action="rows" if pressed else form.action)


@post("/console/events/{event:uuid}/sessions/new", **POSTED)
async def add_session(request: Request, event: FromPath[UUID]) -> Response[Any]:
    """Add a session, and offer the form for another one if asked to."""
    own = await desk.own_event(principal=who(request), event=event)
    form = await _sent(request)
    if form.action == "rows":
        return await _form_page(request, own, None, form)
    try:
        wish = check(form.typed, SessionEdit)
        await sessions.add(principal=who(request), event=event, wish=wish, now=request.now)
    except REFUSED as error:
        return await _form_page(request, own, None, form.refused(error))
    if form.action == ANOTHER:
        return done(address(event, "sessions", "new"), ANOTHER)
    return done(address(event, "sessions"), "added")


@get("/console/events/{event:uuid}/sessions/{session:uuid}", **HTML)
async def show_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Show the form of a session."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await sessions.own_session(own=own, session=session)
    form = filled(sessions.edit_of(stored, own.convention.zone), stored.revision)
    return await _form_page(request, own, stored, form)


@post("/console/events/{event:uuid}/sessions/{session:uuid}", **POSTED)
async def save_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[Any]:
    """Save a session."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await sessions.own_session(own=own, session=session)
    form = await _sent(request)
    if form.action == "rows":
        return await _form_page(request, own, stored, form)
    try:
        wish = check(form.typed, SessionEdit)
        await sessions.change(
            principal=who(request), event=event, session=session, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return await _form_page(request, own, stored, form.refused(error))
    return done(address(event, "sessions"), "saved")


@get("/console/events/{event:uuid}/sessions/{session:uuid}/cancel", **HTML)
async def ask_cancel(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Ask whether a session is to be canceled."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await sessions.own_session(own=own, session=session)
    return page(
        request,
        "core/confirm.html",
        question=_("Cancel “%(title)s”?", title=text(stored.title)),
        words=_("It stays in the programme and in subscribed calendars, marked as canceled."),
        consequences=[_("You can take this back.")],
        action=address(event, "sessions", session, "cancel"),
        button=_("Cancel the session"),
        back=address(event, "sessions"),
        danger=True,
    )


@post("/console/events/{event:uuid}/sessions/{session:uuid}/cancel", **POSTED)
async def cancel_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[bytes]:
    """Cancel a session."""
    await sessions.cancel(principal=who(request), event=event, session=session, now=request.now)
    return done(address(event, "sessions"), "canceled")


@post("/console/events/{event:uuid}/sessions/{session:uuid}/reinstate", **POSTED)
async def reinstate_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[bytes]:
    """Take back that a session was canceled."""
    await sessions.reinstate(principal=who(request), event=event, session=session, now=request.now)
    return done(address(event, "sessions"), "reinstated")


@get("/console/events/{event:uuid}/sessions/{session:uuid}/delete", **HTML)
async def ask_delete(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Ask whether a session is to be removed."""
    own = await desk.own_event(principal=who(request), event=event)
    stored = await sessions.own_session(own=own, session=session)
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(stored.title)),
        words=_("Nobody will find it any more. If people know of it already, cancel it instead."),
        action=address(event, "sessions", session, "delete"),
        button=_("Remove the session"),
        back=address(event, "sessions"),
        danger=True,
    )


@post("/console/events/{event:uuid}/sessions/{session:uuid}/delete", **POSTED)
async def delete_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[bytes]:
    """Remove a session."""
    await sessions.delete(principal=who(request), event=event, session=session, now=request.now)
    return done(address(event, "sessions"), "removed")


HANDLERS = [
    show_sessions,
    new_session,
    add_session,
    show_session,
    save_session,
    ask_cancel,
    cancel_session,
    reinstate_session,
    ask_delete,
    delete_session,
]
