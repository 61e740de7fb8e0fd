"""The programme of a convention: reading it, and finding what somebody wishes to see in it."""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.errors import NotFound
from app.events import queries
from app.events.addresses import session_slugs
from app.events.folding import folded
from app.events.schemas import Event, Programme, Session, Words

MODES = ("on_site", "online", "hybrid")
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,79}\Z")
_kept: dict[str, Programme] = {}
"""By convention, valid while the database gives the same stamp; there are as many as conventions."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wishes to see; what is left out does not narrow. Venue and event are slugs, `lang` is BCP 47."""

    day: dt.date | None = None
    venue: Annotated[str, msgspec.Meta(max_length=80)] = ""
    mode: Literal["", "on_site", "online", "hybrid"] = ""
    lang: Annotated[str, msgspec.Meta(max_length=35)] = ""
    event: Annotated[str, msgspec.Meta(max_length=80)] = ""
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def narrows(self) -> bool:
        """Whether anything but the day is asked for."""
        return bool(self.venue or self.mode or self.lang or self.event or self.q.strip())


class Item(msgspec.Struct, frozen=True):
    """What a wish is compared with: a session, or an event that has none yet (`session` is None)."""

    event: Event
    session: Session | None
    first_day: dt.date
    last_day: dt.date
    mode: str
    venue: str
    languages: frozenset[str]
    words: str


async def programme(*, convention: str) -> Programme:
    """Return the programme as it is now, or raise `NotFound`. One statement, two when something changed."""
    stamp = await queries.stamp(convention) if _SLUG.match(convention) else None
    if stamp is None:
        raise NotFound
    kept = _kept.get(convention)
    if kept is None or kept.stamp != stamp:
        kept = await queries.programme(convention)
        if kept is None:
            raise NotFound
        _kept[convention] = kept
    return kept


async def programmes() -> list[Programme]:
    """Return the programmes of all published conventions, the latest first."""
    return [await programme(convention=slug) for slug in await queries.published_conventions()]


async def current_programme(*, now: dt.datetime) -> Programme | None:
    """Return the programme of the convention that runs or comes next, else of the last one; None before the first."""
    slug = await queries.current_convention(now)
    return await programme(convention=slug) if slug else None


async def programme_of_event(*, event: str, now: dt.datetime) -> tuple[Programme, Event]:
    """Find an event by id or slug in any convention (the present one first), or raise `NotFound`."""
    key = _uuid(event)
    if key is None and not _SLUG.match(event):
        raise NotFound
    place = await queries.event_place(event_id=key, slug=event, now=now)
    if place is None:
        raise NotFound
    found = await programme(convention=place[0])
    return found, event_of(found, str(place[1]))


def event_of(programme: Programme, key: str) -> Event:
    """Return the event of this slug or id, or raise `NotFound`."""
    found = next((e for e in programme.events.values() if key in {e.slug, str(e.id)}), None)
    if found is None:
        raise NotFound
    return found


def session_of(programme: Programme, key: str) -> Session:
    """Return the session of this slug or id, or raise `NotFound`."""
    number = _uuid(key)
    found = programme.sessions.get(number) if number else session_slugs(programme).get(key)
    if found is None:
        raise NotFound
    return found


def sessions_of(programme: Programme, event: Event) -> list[Session]:
    """Return the sessions of an event in the order of time."""
    return [s for s in programme.sessions.values() if s.event == event.id]


def find(programme: Programme, wish: Wish) -> list[Item]:
    """Return what meets every part of the wish, in the order of the programme."""
    parts = folded(wish.q).split()
    spoken = _primary(wish.lang)
    return [item for item in items(programme) if _meets(item, wish, spoken, parts)]


def _meets(item: Item, wish: Wish, spoken: str, parts: list[str]) -> bool:
    return (
        (wish.day is None or item.first_day <= wish.day <= item.last_day)
        and wish.venue in {"", item.venue}
        and wish.mode in {"", item.mode}
        and wish.event in {"", item.event.slug}
        and (not spoken or spoken in item.languages)
        and all(part in item.words for part in parts)
    )


def by_event(found: Iterable[Item]) -> list[tuple[Event, list[Session]]]:
    """Group what was found by event."""
    groups: dict[UUID, tuple[Event, list[Session]]] = {}
    for item in found:
        _event, sessions = groups.setdefault(item.event.id, (item.event, []))
        if item.session:
            sessions.append(item.session)
    return list(groups.values())


@lru_cache(maxsize=16)
def items(programme: Programme) -> tuple[Item, ...]:
    """Return everything that can be found: all sessions, then the events that have none."""
    busy = {s.event for s in programme.sessions.values()}
    quiet = (e for e in programme.events.values() if e.id not in busy)
    return (
        *(_session_item(programme, s) for s in programme.sessions.values()),
        *(_event_item(programme, e) for e in quiet),
    )


def _session_item(programme: Programme, session: Session) -> Item:
    event = programme.events[session.event]
    first, last = days_of(session, programme.convention.zone)
    return Item(
        event=event,
        session=session,
        first_day=first,
        last_day=last,
        mode=session.mode,
        venue=_venue_slug(programme, session.venue),
        languages=frozenset(_primary(tag) for tag in session.languages),
        words=_words(
            session.title,
            session.description,
            session.room,
            *(text for speaker in session.speakers for text in (speaker.name, speaker.organisation)),
            *_event_words(programme, event, session.venue),
        ),
    )


def _event_item(programme: Programme, event: Event) -> Item:
    return Item(
        event=event,
        session=None,
        first_day=event.first_day,
        last_day=event.last_day,
        mode=event.mode,
        venue=_venue_slug(programme, event.venue),
        languages=frozenset(),
        words=_words(event.description, *_event_words(programme, event, event.venue)),
    )


def is_canceled(programme: Programme, session: Session) -> bool:
    """Whether a session does not take place: by itself, or because its whole event does not."""
    return bool(session.canceled_at or programme.events[session.event].canceled_at)


def days_of(session: Session, zone: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a session in `zone`; one that ends at midnight ends on the day before."""
    place = ZoneInfo(zone)
    last = session.ends_at.astimezone(place) - dt.timedelta(microseconds=1)
    return session.starts_at.astimezone(place).date(), last.date()


def days(programme: Programme) -> list[dt.date]:
    """Return the days of the convention."""
    convention = programme.convention
    count = (convention.last_day - convention.first_day).days + 1
    return [convention.first_day + dt.timedelta(days=n) for n in range(count)]


def languages(programme: Programme) -> list[str]:
    """Return the languages spoken in the sessions, the most frequent first."""
    spoken = [tag for s in programme.sessions.values() for tag in s.languages]
    return sorted(set(spoken), key=lambda tag: (-spoken.count(tag), tag))


def _words(*texts: Words | str) -> str:
    return "\n".join(folded(words) for text in texts for words in ([text] if isinstance(text, str) else text.values()))


def _event_words(programme: Programme, event: Event, venue: UUID | None) -> list[Words | str]:
    place = [programme.venues[venue].name] if venue else []
    return [event.title, event.summary, *event.tags, programme.organisers[event.organiser].name, *place]


def _venue_slug(programme: Programme, venue: UUID | None) -> str:
    return programme.venues[venue].slug if venue else ""


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
