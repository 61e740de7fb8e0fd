"""The programme as pages show it: every word and time of a language made once, kept while the rows are the same."""

import datetime as dt
from functools import lru_cache
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_interval, get_timezone_name
from markupsafe import Markup, escape

from app.core.i18n import NAMES, Text, clock, language, locale, text, text_language
from app.events.addresses import convention_path, event_path, session_path
from app.events.art import tile
from app.events.programme import Wish, days, days_of
from app.events.schemas import Event, Programme, Session, Words


class Said(msgspec.Struct, frozen=True):
    """Words, and their language when it is not the reader's."""

    words: str
    lang: str = ""

    def __html__(self) -> str:
        """Return the words as a template shows them."""
        return f'<span lang="{escape(self.lang)}">{escape(self.words)}</span>' if self.lang else escape(self.words)


class Line(msgspec.Struct, frozen=True):
    """A session on a page. Times are those of the convention's zone; `starts`, `ends` are RFC 3339.

    `spoken` are the tags of its languages.
    """

    path: str
    title: Said
    event_path: str
    event_title: Said
    place: Said
    mode: str
    languages: tuple[Said, ...]
    spoken: Markup
    speakers: str
    first_day: dt.date
    last_day: dt.date
    starts: str
    ends: str
    from_clock: str
    to_clock: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    canceled: bool


class Card(msgspec.Struct, frozen=True):
    """An event on a page; `days` are its first and last day in words."""

    slug: str
    path: str
    title: Said
    summary: Said
    venue: Said
    mode: str
    days: str
    canceled: bool
    tile: Markup


class DayLink(msgspec.Struct, frozen=True):
    """One day of the day switcher."""

    address: str
    weekday: str
    number: str
    month: str
    day: dt.date


_SPOKEN = Markup('<span class="tag tag--quiet" lang="{}">{}</span>')


def lines(programme: Programme) -> dict[UUID, Line]:
    """Return all sessions in the reader's language, by id."""
    return _lines(programme, language())


def cards(programme: Programme) -> dict[UUID, Card]:
    """Return all events in the reader's language, by id."""
    return _cards(programme, language())


@lru_cache(maxsize=32)
def _lines(programme: Programme, tag: str) -> dict[UUID, Line]:
    return {session.id: _line(programme, session, tag) for session in programme.sessions.values()}


@lru_cache(maxsize=32)
def _cards(programme: Programme, tag: str) -> dict[UUID, Card]:
    return {event.id: _card(programme, event, tag) for event in programme.events.values()}


def _line(programme: Programme, session: Session, tag: str) -> Line:
    zone, event = programme.convention.zone, programme.events[session.event]
    languages = tuple(Said(language_name(spoken), spoken) for spoken in session.languages)
    first, last = days_of(session, zone)
    return Line(
        path=session_path(programme, session),
        title=said(session.title, tag),
        event_path=event_path(programme, event),
        event_title=said(event.title, tag),
        place=place(programme, session, tag),
        mode=session.mode,
        languages=languages,
        spoken=Markup().join(_SPOKEN.format(spoken.lang, spoken.words) for spoken in languages),
        speakers=", ".join(text(speaker.name, tag) for speaker in session.speakers),
        first_day=first,
        last_day=last,
        starts=session.starts_at.astimezone(ZoneInfo(zone)).isoformat(),
        ends=session.ends_at.astimezone(ZoneInfo(zone)).isoformat(),
        from_clock=clock(session.starts_at, zone),
        to_clock=clock(session.ends_at, zone),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        canceled=bool(session.canceled_at or event.canceled_at),
    )


def _card(programme: Programme, event: Event, tag: str) -> Card:
    venue = programme.venues[event.venue].name if event.venue else {}
    return Card(
        slug=event.slug,
        path=event_path(programme, event),
        title=said(event.title, tag),
        summary=said(event.summary, tag),
        venue=said(venue, tag),
        mode=event.mode,
        days=span(event.first_day, event.last_day, tag),
        canceled=event.canceled_at is not None,
        tile=tile(event.slug),
    )


@lru_cache(maxsize=1024)
def span(first: dt.date, last: dt.date, tag: str, *, year: bool = False) -> str:
    """Return one day or the first and the last, with weekdays: Sat, Nov 21 – Tue, Nov 24."""
    return str(format_interval(first, last, "yMMMEd" if year else "MMMEd", locale=locale(tag)))


def said(content: Text, tag: str) -> Said:
    """Return a text for a reader of `tag`; a page marks words of another language, so that they are read aloud well."""
    found = text_language(content, tag)
    return Said(text(content, tag), "" if found == tag else found)


def place(programme: Programme, session: Session, tag: str) -> Said:
    """Return venue and room of a session; empty when it is only online."""
    venue: Words = programme.venues[session.venue].name if session.venue else {}
    parts = [said(part, tag) for part in (venue, session.room) if part]
    same = {part.lang for part in parts}
    return Said(" · ".join(part.words for part in parts), same.pop() if len(same) == 1 else "")


@lru_cache(maxsize=256)
def language_name(tag: str) -> str:
    """Return the name of a language in itself: 日本語, English, 한국어."""
    try:
        return NAMES.get(tag) or Locale.parse(tag, sep="-").get_display_name() or tag
    except (ValueError, UnknownLocaleError):
        return tag


def zone_name(programme: Programme) -> str:
    """Return the zone's name in the reader's language: Japan Standard Time."""
    return _zone_name(programme.convention.zone, language())


@lru_cache(maxsize=64)
def _zone_name(zone: str, tag: str) -> str:
    return str(get_timezone_name(ZoneInfo(zone), zone_variant="standard", locale=locale(tag)))


def day_links(programme: Programme, wish: Wish, view: str = "") -> list[DayLink]:
    """Return the days of the convention, each a link that keeps the other parts of the wish."""
    kept = kept_parts(wish, view)
    path = convention_path(programme)
    return [
        DayLink(f"{path}?{urlencode([*kept, ('day', day.isoformat())])}", *day_words(day, language()), day)
        for day in days(programme)
    ]


@lru_cache(maxsize=256)
def day_words(day: dt.date, tag: str) -> tuple[str, str, str]:
    """Return weekday, number and month of a day, each for a line of its own."""
    weekday, number, month = (str(format_date(day, form, locale=locale(tag))) for form in ("EEE", "d", "MMM"))
    return weekday, number, month


def kept_parts(wish: Wish, view: str = "") -> list[tuple[str, str]]:
    """Return the filters as the page's query writes them, without the day. `lang` there is the reader's language."""
    parts = {"q": wish.q, "event": wish.event, "venue": wish.venue, "mode": wish.mode, "language": wish.lang}
    return [(name, value) for name, value in {**parts, "view": view}.items() if value]


def running(programme: Programme, now: dt.datetime) -> frozenset[str]:
    """Return the paths of the sessions that run now; all that the moment changes on a page of the programme."""
    return frozenset(line.path for line in lines(programme).values() if line.starts_at <= now < line.ends_at)
