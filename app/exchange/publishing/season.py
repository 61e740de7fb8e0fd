"""One season of several cities: what partner cities do around the days of a convention, as everybody may see it."""

import asyncio
import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.db import DB, fetch, fetch_one
from app.core.i18n import DEFAULT, clock
from app.events import shown
from app.events.beside import Card
from app.events.schemas import Programme, Words
from app.exchange.publishing import log
from app.exchange.publishing.calendars import Key
from app.exchange.publishing.jsonld import CONTEXT, event_data
from app.exchange.publishing.said import Said, decoded, source_line, where
from app.exchange.publishing.series import incoming, on
from app.exchange.publishing.spoken import spoken
from app.exchange.reading.recurrence import instances

AROUND = dt.timedelta(days=60)
"""The season is so much longer than the convention, before and after."""
MOST = 100
"""Events of a city on the page; its calendar has all."""
PATIENCE = 0.02
"""Seconds to wait for what has changed: a few changes are taken in by then; of thousands, the last season is shown."""
AT_ONCE = 5
"""Events that are put into words in a row; then whoever else waits has a turn."""
REST = 0.001
"""Seconds for the others between two such turns, while there is a season to show; ten thousand events take three."""
BATCH = 100
"""Events that are read at once."""
_NEWS = """
SELECT p.id, p.change, p.partner, p.ends_at, coalesce(own.said, base.said) AS said FROM publication p
LEFT JOIN published_text base ON base.publication = p.id AND base.language = $1
  AND p.gone_at IS NULL AND p.starts_at < $4 AND p.ends_at >= $3
LEFT JOIN published_text own ON own.publication = base.publication AND own.language = $2
WHERE p.kind = 'card' AND p.audience = 'public' AND p.change > $5 ORDER BY p.change LIMIT $6
"""
"""What has changed since, in the order of the log; nothing is said of what has gone, or is not of this season."""
_STANDS = "SELECT 1 FROM publication WHERE id = $1 AND change >= $2"
_ANY = "SELECT 1 FROM card LIMIT 1"
_CITIES = "SELECT id, slug, name, url FROM partner WHERE id = ANY($1::uuid[])"
_words = msgspec.json.Decoder(Words).decode


class Told(Struct, frozen=True):
    """An event of a partner city in a reader's language."""

    partner: UUID
    ends_at: dt.datetime
    day: dt.date
    said: Said
    card: Card
    time: str
    many_days: bool
    repeats: bool


class City(Struct, frozen=True):
    """A partner city with its events by day; `sources` are its terms of use, `more` how many do not fit."""

    slug: str
    name: shown.Said
    url: str
    calendar: str
    sources: tuple[shown.Said, ...]
    days: tuple[tuple[dt.date, tuple[Told, ...]], ...]
    more: int


class _Season(Struct):
    """All events in a language, in the order of time: as of which state of the log, and of which day.

    `changed` is the event whose `change` was the last that was taken in.
    """

    mark: log.Mark
    day: dt.date
    change: int = 0
    changed: UUID | None = None
    by_id: dict[UUID, Told] = {}
    events: list[Told] = []

    async def goes_on(self, mark: log.Mark, day: dt.date) -> bool:
        """Whether what has changed since is all that is new.

        On another day series have other dates; the log may be another one, or have forgotten what is not known here.
        """
        if self.day != day or self.mark.moved_at != mark.moved_at or mark.forgotten > self.change:
            return False
        return self.changed is None or await fetch_one(_STANDS, self.changed, self.change) is not None

    def put(self, key: UUID, told: Told | None) -> None:
        """Take in an event, or what has become of it; None when it has gone."""
        before = self.by_id.pop(key, None)
        if before is not None:
            del self.events[bisect_left(self.events, _order(before), key=_order)]
        if told is not None:
            self.by_id[key] = told
            insort(self.events, told, key=_order)


def _order(told: Told) -> tuple[dt.date, str, str]:
    return told.day, told.card.starts, told.said.uid


class _Making(Struct, frozen=True):
    """A season that is being made, since a moment of the loop's clock."""

    task: asyncio.Task[None]
    since: float


_kept: dict[Key, _Season] = {}
"""By convention and language."""
_making: dict[Key, _Making] = {}


async def cards(programme: Programme, tag: str, most: int, *, now: dt.datetime) -> tuple[Card, ...]:
    """Return the first of what is not over yet, in the order of time."""
    return tuple(one.card for one in islice(await told(programme, tag, now=now), most))


async def told(programme: Programme, tag: str, *, now: dt.datetime) -> Iterator[Told]:
    """Yield the events of the season that are not over yet; two statements when nothing has changed."""
    if await fetch_one(_ANY) is None:
        return iter(())
    mark = await log.current(now)
    convention = programme.convention
    key = (convention.id, convention.first_day, convention.last_day, tag)
    if not _is_of(key, mark, now):
        await _wait_for(key, mark, programme, tag, now)
    return (one for one in _kept[key].events if one.ends_at > now)


def _is_of(key: Key, mark: log.Mark, now: dt.datetime) -> bool:
    return key in _kept and _kept[key].mark == mark and _kept[key].day == now.date()


async def _wait_for(key: Key, mark: log.Mark, programme: Programme, tag: str, now: dt.datetime) -> None:
    """Have the season of this state kept; all who come meanwhile wait for one, or go with the last after a moment."""
    if DB.current_transaction.get():
        await _make(key, mark, programme, tag, now)
        return
    with suppress(TimeoutError):
        while not _is_of(key, mark, now):
            before = _making.get(key)
            making = before if before and not before.task.done() else _begin(key, mark, programme, tag, now)
            until = making.since + PATIENCE if key in _kept and not _has_failed(before) else None
            async with asyncio.timeout_at(until):
                await asyncio.shield(making.task)
            if making is not before:  # else it may have begun before the change that we know of
                return


def _has_failed(last: _Making | None) -> bool:
    """Whether the last attempt failed: what may have been withdrawn since is not shown again and again."""
    return last is not None and last.task.done() and not last.task.cancelled() and last.task.exception() is not None


def _begin(key: Key, mark: log.Mark, programme: Programme, tag: str, now: dt.datetime) -> _Making:
    """Begin to make the season, whatever becomes of the request that asks for it."""
    loop = asyncio.get_running_loop()
    _making[key] = _Making(loop.create_task(_make(key, mark, programme, tag, now)), loop.time())
    return _making[key]


async def _make(key: Key, mark: log.Mark, programme: Programme, tag: str, now: dt.datetime) -> None:
    last = _kept.get(key)
    made = _Season(mark, now.date())
    if last is not None and await last.goes_on(mark, now.date()):
        made = _Season(mark, last.day, last.change, last.changed, dict(last.by_id), list(last.events))
    await _catch_up(made, programme, tag, now, rest=REST if last else 0)
    _kept[key] = made


async def _catch_up(made: _Season, programme: Programme, tag: str, now: dt.datetime, *, rest: float) -> None:
    """Take in whatever the log says beyond the last change that is known."""
    first, last = programme.convention.first_day - AROUND, programme.convention.last_day + AROUND
    since, until = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (first, last))
    while rows := await fetch(_NEWS, DEFAULT, tag, since, until, made.change, BATCH):
        for number, row in enumerate(rows, 1):
            said = _next(decoded(row["said"]), max(since, now), until) if row["said"] else None
            made.put(row["id"], _told(row, said, tag) if said else None)
            made.change, made.changed = row["change"], row["id"]
            if number % AT_ONCE == 0:
                await asyncio.sleep(rest)
        if len(rows) < BATCH:
            return


def _next(said: Said, since: dt.datetime, until: dt.datetime) -> Said | None:
    """Return the date of a series that is next, None when there is none; what is no series as it is."""
    if not said.recurrence:
        return said
    apart = [incoming(one) for one in said.instances]
    dates = instances(incoming(said), apart, since=since, until=until)
    return on(said, *min(dates)) if dates else None


def _told(row: Mapping[str, Any], said: Said, tag: str) -> Told:
    day = _day(said)
    until = max(day, _last_day(said) or day)
    return Told(
        partner=row["partner"],
        ends_at=said.ends_at or row["ends_at"],
        day=day,
        said=said,
        card=_card(said, day, until, tag),
        time=_time(said),
        many_days=until > day,
        repeats=bool(said.recurrence),
    )


def _day(said: Said) -> dt.date:
    day = said.starts_at.date() if said.starts_at else said.first_day
    assert day is not None  # noqa: S101  # it has moments or days
    return day


def _last_day(said: Said) -> dt.date | None:
    """Return the last day; what ends at midnight ends on the day before."""
    return (said.ends_at - dt.timedelta(microseconds=1)).date() if said.ends_at else said.last_day


def _card(said: Said, day: dt.date, until: dt.date, tag: str) -> Card:
    return Card(
        title=_spoken(said, "title", said.title, tag),
        path=said.url,
        starts=(said.starts_at or day).isoformat(),
        days=shown.span(day, until, tag),
        place=_spoken(said, "place", where(said), tag),
        note=_spoken(said, "attribution", source_line(said), tag),
        canceled=said.status == "cancelled",
    )


def _spoken(said: Said, name: str, words: str, tag: str) -> shown.Said:
    found = said.languages.get(name) or spoken(words)
    return shown.Said(words, found if found != tag else "")


def _time(said: Said) -> str:
    """Return from when to when on the clock of the place; "" for whole days."""
    if said.starts_at is None or said.ends_at is None:
        return ""
    starts = clock(said.starts_at, said.zone)
    within_a_day = dt.timedelta() < said.ends_at - said.starts_at < dt.timedelta(days=1)
    return f"{starts}–{clock(said.ends_at, said.zone)}" if within_a_day else starts


async def cities(programme: Programme, tag: str, *, now: dt.datetime) -> list[City]:
    """Return the cities that have something to come, each with its events by day."""
    by_city: dict[UUID, list[Told]] = {}
    for one in await told(programme, tag, now=now):
        by_city.setdefault(one.partner, []).append(one)
    rows = await fetch(_CITIES, list(by_city))
    found = [_city(programme, row, by_city[row["id"]], tag) for row in rows]
    return sorted(found, key=lambda city: city.slug)


def _city(programme: Programme, row: Mapping[str, Any], events: list[Told], tag: str) -> City:
    name, days = _words(row["name"]), dict[dt.date, list[Told]]()
    for one in events[:MOST]:
        days.setdefault(one.day, []).append(one)
    return City(
        slug=row["slug"],
        name=shown.said(name, tag),
        url=row["url"],
        calendar=f"/calendars/{programme.convention.slug}/partners/{row['slug']}.ics",
        sources=tuple(dict.fromkeys(one.card.note for one in events if one.card.note.words)),
        days=tuple((day, tuple(some)) for day, some in days.items()),
        more=max(len(events) - MOST, 0),
    )


def data(found: Sequence[City]) -> dict[str, Any]:
    """Return what the page shows as JSON-LD, with the values of the calendars."""
    shown_here = [one.said for city in found for _day, some in city.days for one in some]
    return {"@context": CONTEXT, "@graph": [event_data(one) for one in shown_here]}
