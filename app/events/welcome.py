"""The home page: what happens now and next, what each day brings, where; made once per language where time allows."""

import datetime as dt
from collections import Counter
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_skeleton

from app.core.i18n import language, locale
from app.events.addresses import convention_path
from app.events.programme import days, days_of
from app.events.schemas import Programme, Session, Venue
from app.events.shown import Card, Line, Said, cards, day_words, lines, said
from app.events.timetable import LONG

MAP = "https://www.openstreetmap.org/?mlat={0:.5f}&mlon={1:.5f}#map=17/{0:.5f}/{1:.5f}"
SHOWN = 3
"""Sessions that run now, and sessions that come next: more are on the programme's page."""


class OnDay(msgspec.Struct, frozen=True):
    """An event on one of its days, with the hours of its sessions there, or nothing."""

    card: Card
    hours: str


class Day(msgspec.Struct, frozen=True):
    """A day of the convention."""

    day: dt.date
    number: str
    weekday: str
    month: str
    path: str
    events: tuple[OnDay, ...]


class Place(msgspec.Struct, frozen=True):
    """A venue at which something happens; `path` is what happens there, `map` its place on the map or nothing."""

    id: UUID
    name: Said
    address: Said
    path: str
    map: str
    sessions: int


class Counts(msgspec.Struct, frozen=True):
    """How much there is: for those who come, and for those who stay at home."""

    events: int
    sessions: int
    venues: int
    online: int


class Today(msgspec.Struct, frozen=True):
    """Where in time we are. `left` is the number of days until it begins."""

    phase: Literal["before", "during", "after"]
    left: int
    running: list[Line]
    coming: list[Line]


class Poster(msgspec.Struct, frozen=True):
    """The dates in large: `21–24`, `November 2026`, `Sat – Tue`."""

    days: str
    month: str
    weekdays: str


def today(programme: Programme, now: dt.datetime) -> Today:
    """Say what runs and what comes next. Sessions of several days do not count as news."""
    convention = programme.convention
    date = now.astimezone(ZoneInfo(convention.zone)).date()
    shown = lines(programme)
    held = [s for s in _in_time(programme) if s.canceled_at is None]
    running = [shown[s.id] for s in held if s.starts_at <= now < s.ends_at]
    coming = [shown[s.id] for s in held if s.starts_at > now and s.ends_at - s.starts_at < LONG]
    return Today(
        phase="before" if date < convention.first_day else "after" if date > convention.last_day else "during",
        left=(convention.first_day - date).days,
        running=sorted(running, key=lambda line: line.ends_at - line.starts_at > LONG)[:SHOWN],
        coming=coming[:SHOWN],
    )


@lru_cache(maxsize=16)
def _in_time(programme: Programme) -> tuple[Session, ...]:
    zone = programme.convention.zone
    short = (s for s in programme.sessions.values() if len(set(days_of(s, zone))) == 1)
    return tuple(sorted(short, key=lambda s: (s.starts_at, s.ends_at)))


def by_day(programme: Programme) -> tuple[Day, ...]:
    """Return the days of the convention with the events of each."""
    return _by_day(programme, language())


@lru_cache(maxsize=32)
def _by_day(programme: Programme, tag: str) -> tuple[Day, ...]:
    return tuple(_day(programme, day, tag) for day in days(programme))


def _day(programme: Programme, day: dt.date, tag: str) -> Day:
    held = [event for event in programme.events.values() if event.first_day <= day <= event.last_day]
    weekday, number, month = day_words(day, tag)
    return Day(
        day=day,
        number=number,
        weekday=weekday,
        month=month,
        path=f"{convention_path(programme)}?day={day.isoformat()}",
        events=tuple(_on_day(programme, cards(programme)[event.id], day) for event in held),
    )


def _on_day(programme: Programme, card: Card, day: dt.date) -> OnDay:
    held = [line for line in _lines_of(programme, card.path) if line.first_day <= day <= line.last_day]
    short = [line for line in held if line.first_day == line.last_day]
    first = min(short, key=lambda line: line.starts_at, default=None)
    last = max(short, key=lambda line: line.ends_at, default=None)
    return OnDay(card, f"{first.from_clock}–{last.to_clock}" if first and last else "")


def _lines_of(programme: Programme, event_path: str) -> list[Line]:
    return [line for line in lines(programme).values() if line.event_path == event_path]


def places(programme: Programme) -> tuple[Place, ...]:
    """Return the venues of the programme, the busiest first."""
    return _places(programme, language())


@lru_cache(maxsize=32)
def _places(programme: Programme, tag: str) -> tuple[Place, ...]:
    held = Counter(session.venue for session in programme.sessions.values())
    found = (_place(programme, venue, held[venue.id], tag) for venue in programme.venues.values() if held[venue.id])
    return tuple(sorted(found, key=lambda place: -place.sessions))


def _place(programme: Programme, venue: Venue, sessions: int, tag: str) -> Place:
    return Place(
        id=venue.id,
        name=said(venue.name, tag),
        address=said(venue.address, tag),
        path=f"{convention_path(programme)}?{urlencode({'venue': venue.slug, 'day': 'all'})}",
        map=MAP.format(venue.latitude, venue.longitude) if venue.latitude and venue.longitude else "",
        sessions=sessions,
    )


def counts(programme: Programme) -> Counts:
    """Count what there is."""
    held = [session for session in programme.sessions.values() if session.canceled_at is None]
    return Counts(
        events=len(programme.events),
        sessions=len(held),
        venues=len(places(programme)),
        online=sum(session.mode != "on_site" for session in held),
    )


def poster(programme: Programme) -> Poster:
    """Return the dates for the top of the home page."""
    return _poster(programme.convention.first_day, programme.convention.last_day, language())


@lru_cache(maxsize=64)
def _poster(first: dt.date, last: dt.date, tag: str) -> Poster:
    same = (first.year, first.month) == (last.year, last.month)
    months = [first] if same else [first, last]
    numbers = [str(day.day) if same else f"{day.month}/{day.day}" for day in dict.fromkeys((first, last))]
    weekdays = [day_words(day, tag)[0] for day in dict.fromkeys((first, last))]
    return Poster("–".join(numbers), " – ".join(_month(day, tag) for day in months), " – ".join(weekdays))


def _month(day: dt.date, tag: str) -> str:
    return str(format_skeleton("yMMMM", dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC), locale=locale(tag)))
