"""The pages of the programme."""

import datetime as dt
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from app.core.i18n import language
from app.core.validation import check
from app.core.web.pages import page, render, script_json
from app.core.web.request import Request
from app.events import addresses, jsonld, shown, welcome
from app.events.beside import beside
from app.events.grid import grids
from app.events.programme import (
    MODES,
    Item,
    Wish,
    current_programme,
    days,
    event_of,
    find,
    languages,
    programme,
    session_of,
    sessions_of,
)
from app.events.schemas import Event, Programme, Session
from app.events.shown import Line

ALL_DAYS = "all"
TABLE = "timetable"


@get("/", include_in_schema=False)
async def home(request: Request) -> Response[str]:
    """Show the convention that runs or comes next."""
    found = await current_programme(now=request.now)
    if found is None:
        return page(request, "events/none.html")
    return page(request, "events/home.html", **frame(found), **home_values(found, now=request.now))


def home_values(found: Programme, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the home page shows."""
    convention, today = found.convention, welcome.today(found, now)
    return {
        "span": shown.span(convention.first_day, convention.last_day, language(), year=True),
        "poster": welcome.poster(found),
        "today": today,
        "rest": _rest(found, language(), over=today.phase == "after"),
        "running": shown.running(found, now),
    }


@lru_cache(maxsize=32)
def _rest(found: Programme, _tag: str, *, over: bool) -> Markup:
    """Render the large part of the home page on which the moment does not show."""
    html = render(
        "events/home_rest.html",
        **frame(found),
        over=over,
        events=list(shown.cards(found).values()),
        counts=welcome.counts(found),
        days=welcome.by_day(found),
        places=welcome.places(found),
    )
    return Markup(html)  # noqa: S704  # a template's output


@get("/{convention:str}", include_in_schema=False)
async def programme_page(request: Request, convention: FromPath[str]) -> Response[str]:
    """Show the programme: today's unless another day, or a search through all days, is asked for."""
    asked = {name: value for name, value in request.query_params.items() if value}
    wish = wish_of(asked)
    found = await programme(convention=convention)
    wish = with_day(found, wish, everything=asked.get("day") == ALL_DAYS, now=request.now)
    values = programme_values(found, wish, now=request.now, view=TABLE if asked.get("view") == TABLE else "")
    elsewhere = [] if wish.narrows else await beside(found, request.now)
    return page(request, "events/programme.html", **frame(found), **values, sections=elsewhere)


@get("/{convention:str}/events/{event:str}", include_in_schema=False)
async def event_page(request: Request, convention: FromPath[str], event: FromPath[str]) -> Response[str]:
    """Show an event with its programme."""
    found = await programme(convention=convention)
    values = event_values(found, event_of(found, event), request)
    return page(request, "events/event.html", **values)


def event_values(found: Programme, one: Event, request: Request) -> dict[str, Any]:
    """Return what the page of an event shows; the console's preview shows the same."""
    return {
        **frame(found),
        "picture": addresses.picture_path(found, one),
        "event": one,
        "register_path": addresses.register_path(found, one),
        "card": shown.cards(found)[one.id],
        "organiser": found.organisers[one.organiser],
        "venue": found.venues[one.venue] if one.venue else None,
        "groups": by_day(found, sessions_of(found, one), None),
        "calendar_path": addresses.calendar_path(found, one),
        "calendar_title": one.title,
        "canonical": addresses.event_path(found, one),
        "data": _event_data(found, one.id, request.language),
        "running": shown.running(found, request.now),
    }


@get("/{convention:str}/sessions/{session:str}", include_in_schema=False)
async def session_page(request: Request, convention: FromPath[str], session: FromPath[str]) -> Response[str]:
    """Show a session."""
    found = await programme(convention=convention)
    values = session_values(found, session_of(found, session), request)
    return page(request, "events/session.html", **values)


def session_values(found: Programme, one: Session, request: Request) -> dict[str, Any]:
    """Return what the page of a session shows; the console's preview shows the same."""
    event = found.events[one.event]
    return {
        **frame(found),
        "picture": addresses.picture_path(found, event),
        "session": one,
        "event": event,
        "register_path": addresses.register_path(found, event),
        "line": shown.lines(found)[one.id],
        "venue": found.venues[one.venue] if one.venue else None,
        "calendar_path": addresses.calendar_path(found, event),
        "calendar_title": event.title,
        "canonical": addresses.session_path(found, one),
        "data": _session_data(found, one.id, request.language),
    }


@lru_cache(maxsize=128)
def _event_data(found: Programme, event: UUID, tag: str) -> Markup:
    return script_json(jsonld.event_data(found, found.events[event], tag))


@lru_cache(maxsize=512)
def _session_data(found: Programme, session: UUID, tag: str) -> Markup:
    return script_json(jsonld.session_data(found, found.sessions[session], tag))


def wish_of(asked: dict[str, str]) -> Wish:
    """Read the filters of the page's query; there `language` narrows, because `lang` is the reader's language."""
    names = {"q": "q", "event": "event", "venue": "venue", "mode": "mode", "day": "day", "language": "lang"}
    given = {ours: asked[theirs].strip() for theirs, ours in names.items() if theirs in asked}
    if given.get("day") == ALL_DAYS:
        del given["day"]
    return check(given, Wish)


def with_day(found: Programme, wish: Wish, *, everything: bool, now: dt.datetime) -> Wish:
    """Choose a day when none was asked for: today, else the first; a search without a day goes through all."""
    if wish.day or wish.narrows or everything:
        return wish
    today = now.astimezone(ZoneInfo(found.convention.zone)).date()
    return Wish(day=today if today in days(found) else found.convention.first_day)


def programme_values(found: Programme, wish: Wish, *, now: dt.datetime, view: str = "") -> dict[str, Any]:
    """Return what the programme page shows for a wish; `view` is `TABLE`, or nothing for the list."""
    hits = find(found, wish)
    sessions = [item.session for item in hits if item.session]
    path = addresses.convention_path(found)
    anywhere = [*shown.kept_parts(wish, view), ("day", ALL_DAYS)]
    asked_day = ("day", wish.day.isoformat() if wish.day else ALL_DAYS)
    return {
        "wish": wish,
        "view": view,
        "views": [(name, f"{path}?{urlencode([*shown.kept_parts(wish, name), asked_day])}") for name in ("", TABLE)],
        "days": shown.day_links(found, wish, view),
        "all_days": f"{path}?{urlencode(anywhere)}",
        "elsewhere": _elsewhere(found, wish, hits) if wish.day and wish.narrows else 0,
        "results": _results(found, wish, view=view, running=shown.running(found, now)),
        "count": len(sessions),
        "quiet": any(item.session is None for item in hits),
        "choices": choices(found),
        "canonical": path,
    }


def _results(found: Programme, wish: Wish, *, view: str, running: frozenset[str]) -> Markup:
    """Return what the wish finds: as kept for everybody who looks at this day, or made for a wish that narrows."""
    make = _made.__wrapped__ if wish.narrows else _made
    return make(found, language(), wish if wish.narrows else Wish(day=wish.day), view, running)


@lru_cache(maxsize=128)
def _made(found: Programme, _tag: str, wish: Wish, view: str, running: frozenset[str]) -> Markup:
    """Render days as lists or timetables; of the moment nothing shows but which sessions are `running`."""
    hits = find(found, wish)
    sessions = [item.session for item in hits if item.session]
    html = render(
        "events/results.html",
        groups=[] if view else by_day(found, sessions, wish.day),
        tables=grids(found, sessions, wish.day) if view else [],
        quiet=_quiet(found, hits),
        running=running,
    )
    return Markup(html)  # noqa: S704  # a template's output


def _elsewhere(found: Programme, wish: Wish, hits: list[Item]) -> int:
    """Count what the same wish finds on the other days only."""
    anywhere = Wish(venue=wish.venue, mode=wish.mode, lang=wish.lang, event=wish.event, q=wish.q)
    return len(find(found, anywhere)) - len(hits)


def _quiet(found: Programme, hits: list[Item]) -> list[shown.Card]:
    """Return the events found that have no sessions yet."""
    return [shown.cards(found)[item.event.id] for item in hits if item.session is None]


def by_day(found: Programme, sessions: list[Session], day: dt.date | None) -> list[tuple[dt.date, list[Line]]]:
    """Group sessions by their first day, or put all under `day` when only that one is shown."""
    all_lines = shown.lines(found)
    groups: dict[dt.date, list[Line]] = {}
    for session in sessions:
        line = all_lines[session.id]
        groups.setdefault(day or line.first_day, []).append(line)
    return sorted(groups.items())


def choices(found: Programme) -> dict[str, Any]:
    """Return what the selects of the filter form offer."""
    return {
        "events": list(shown.cards(found).values()),
        "venues": list(found.venues.values()),
        "modes": MODES,
        "languages": [(tag, shown.language_name(tag)) for tag in languages(found)],
    }


def frame(found: Programme) -> dict[str, Any]:
    """Return what every page of a programme shows."""
    return {
        "convention": found.convention,
        "zone": shown.zone_name(found),
        "picture": addresses.picture_path(found),
        "programme_path": addresses.convention_path(found),
        "register_path": addresses.register_path(found),
        "convention_calendar": addresses.calendar_path(found),
    }


HANDLERS = [home, programme_page, event_page, session_page]
