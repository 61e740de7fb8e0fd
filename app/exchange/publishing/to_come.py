"""What is to come in partner cities around the days of a convention: when, and in which city; in no language yet.

Kept by each web process, because every page of the programme asks for it. What a city tells is put into words only
where it is shown, so that ten thousand new events cost a moment and not seconds.
"""

import asyncio
import datetime as dt
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from contextlib import suppress
from heapq import merge
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.core.db import DB, fetch, fetch_one
from app.core.i18n import DEFAULT
from app.events.schemas import Convention
from app.exchange.publishing import log
from app.exchange.publishing.calendars import Key
from app.exchange.publishing.said import Said, decoded
from app.exchange.publishing.series import incoming, on
from app.exchange.reading.recurrence import Instance, instances

AROUND = dt.timedelta(days=60)
"""The season is so much longer than the convention, before and after."""
PATIENCE = 0.02
"""Seconds to wait for what has changed, if it is little: it is taken in by then."""
LITTLE = 100
"""Numbers of the log. When more of them are new, nobody waits: meanwhile what is known by then is shown."""
AT_ONCE = 50
"""Events that are taken in in a row; then whoever else waits has a turn. A series takes longer, and counts for many."""
SERIES = 10
"""For how many events a series counts."""
REST = 0.001
"""Seconds for the others between two such turns, while there is a season to show."""
BATCH = 100
"""Events that are read at once."""
_NEWS = """
SELECT p.id, p.change, p.partner, p.uid, p.zone, p.starts_at, p.ends_at, t.id IS NOT NULL AS there,
  CASE WHEN t.said ? 'recurrence' THEN t.said END AS series
FROM publication p LEFT JOIN published_text t ON t.publication = p.id AND t.language = $1
  AND p.gone_at IS NULL AND p.starts_at < $3 AND p.ends_at >= $2
WHERE p.kind = 'card' AND p.audience = 'public' AND p.change > $4 ORDER BY p.change LIMIT $5
"""
"""What has changed since, in the order of the log; what has gone, or is not of this season, is not `there`."""
_STANDS = "SELECT 1 FROM publication WHERE id = $1 AND change >= $2"
_ANY = "SELECT 1 FROM card LIMIT 1"


class Coming(Struct, frozen=True, order=True):
    """An event of a partner city: its day there, and then its moment, whole days first.

    `change` is its number in the log; `date` the next one of a series, in UTC, the end exclusive.
    """

    day: dt.date
    timed: bool
    starts_at: dt.datetime
    uid: str
    id: UUID
    change: int
    partner: UUID
    ends_at: dt.datetime
    date: Instance | None = None


class Events(Struct):
    """The events of a city in the order of time; and when they end, in that order."""

    coming: list[Coming] = []
    ends: list[dt.datetime] = []

    def after(self, now: dt.datetime) -> Iterator[Coming]:
        """Yield those that are not over yet."""
        return (one for one in self.coming if one.ends_at > now)

    def count(self, now: dt.datetime) -> int:
        """Return how many are not over yet."""
        return len(self.ends) - bisect_right(self.ends, now)

    def add(self, one: Coming) -> None:
        """Put an event into its place."""
        insort(self.coming, one)
        insort(self.ends, one.ends_at)

    def remove(self, one: Coming) -> None:
        """Take an event away that is there."""
        del self.coming[bisect_left(self.coming, one)]
        del self.ends[bisect_left(self.ends, one.ends_at)]


class Season(Struct):
    """All events to come, by city: as of which state of the log, and of which day.

    `changed` is the event whose `change` was the last that was taken in; while it catches up, that is ahead of `mark`.
    """

    mark: log.Mark
    day: dt.date
    change: int = 0
    changed: UUID | None = None
    by_id: dict[UUID, Coming] = {}
    cities: dict[UUID, Events] = {}

    def first(self, now: dt.datetime) -> Iterator[Coming]:
        """Yield what is not over yet, of all cities, in the order of time."""
        return merge(*(city.after(now) for city in self.cities.values()))

    def put(self, key: UUID, coming: Coming | None) -> None:
        """Take in an event, or what has become of it; None when it has gone."""
        before = self.by_id.pop(key, None)
        if before is not None:
            self.cities[before.partner].remove(before)
        if coming is not None:
            self.by_id[key] = coming
            self.cities.setdefault(coming.partner, Events()).add(coming)

    async def goes_on(self, mark: log.Mark, day: dt.date) -> bool:
        """Whether what has changed since is all that is new.

        On another day series have other dates; the log may be another one, or have forgotten what is not known here.
        """
        if self.day != day or self.mark.moved_at != mark.moved_at or mark.forgotten > self.change:
            return False
        return self.changed is None or await fetch_one(_STANDS, self.changed, self.change) is not None


class _Making(Struct, frozen=True):
    """A season that is being made, since a moment of the loop's clock."""

    task: asyncio.Task[None]
    since: float


_kept: dict[Key, Season] = {}
"""By convention."""
_nothing: set[Key] = set()
"""Conventions beside which no city had told anything when they were last shown."""
_making: dict[Key, _Making] = {}


async def season(convention: Convention, *, now: dt.datetime) -> Season | None:
    """Return what is to come, None when no city has told anything yet; one statement when nothing has changed."""
    key = (convention.id, convention.first_day, convention.last_day)
    if key not in _kept and await fetch_one(_ANY) is None:
        _nothing.add(key)
        return None
    mark = await log.current(now)
    if not _is_of(key, mark, now):
        await _wait_for(key, mark, convention, now)
    return _kept.get(key)


def _is_of(key: Key, mark: log.Mark, now: dt.datetime) -> bool:
    return key in _kept and _kept[key].mark == mark and _kept[key].day == now.date()


async def _wait_for(key: Key, mark: log.Mark, convention: Convention, now: dt.datetime) -> None:
    """Have the season of this state kept; all who come meanwhile wait for one, or after a moment go with what is there.

    That may be between two states: each event as the one or the other tells it, none half.
    """
    if DB.current_transaction.get():
        await _make(key, mark, convention, now)
        return
    with suppress(TimeoutError):
        while not _is_of(key, mark, now):
            before = _making.get(key)
            making = before if before and not before.task.done() else _begin(key, mark, convention, now)
            async with asyncio.timeout_at(None if _has_failed(before) else _until(key, mark, making)):
                await asyncio.shield(making.task)
            if making is not before:  # else it may have begun before the change that we know of
                return


def _until(key: Key, mark: log.Mark, making: _Making) -> float | None:
    """Return until when to wait, None for as long as it takes: then there is no season yet that could be shown."""
    if key not in _kept and key not in _nothing:
        return None
    known = _kept[key].mark.change if key in _kept else 0
    return making.since + (PATIENCE if mark.change - known <= LITTLE else 0)


def _has_failed(last: _Making | None) -> bool:
    """Whether the last attempt failed: what may have been withdrawn since is not shown again and again."""
    return last is not None and last.task.done() and not last.task.cancelled() and last.task.exception() is not None


def _begin(key: Key, mark: log.Mark, convention: Convention, now: dt.datetime) -> _Making:
    """Begin to make the season, whatever becomes of the request that asks for it."""
    loop = asyncio.get_running_loop()
    _making[key] = _Making(loop.create_task(_make(key, mark, convention, now)), loop.time())
    return _making[key]


async def _make(key: Key, mark: log.Mark, convention: Convention, now: dt.datetime) -> None:
    last = _kept.get(key)
    goes_on = last is not None and await last.goes_on(mark, now.date())
    made = last if last is not None and goes_on else Season(mark, now.date())
    await _catch_up(made, convention, now, rest=REST if last or key in _nothing else 0)
    made.mark = mark
    _kept[key] = made


async def _catch_up(made: Season, convention: Convention, now: dt.datetime, *, rest: float) -> None:
    """Take in whatever the log says beyond the last change that is known."""
    first, last = convention.first_day - AROUND, convention.last_day + AROUND
    since, until = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (first, last))
    since = max(since, now)
    turn = 0
    while rows := await fetch(_NEWS, DEFAULT, since, until, made.change, BATCH):
        for row in rows:
            made.put(row["id"], _coming(row, since, until))
            made.change, made.changed = row["change"], row["id"]
            turn += SERIES if row["series"] else 1
            if turn >= AT_ONCE:
                await asyncio.sleep(rest)
                turn = 0
        if len(rows) < BATCH:
            return


def _coming(row: Mapping[str, Any], since: dt.datetime, until: dt.datetime) -> Coming | None:
    """Return what a row says is to come; None for what is not there, and for a series that has no further date."""
    if not row["there"]:
        return None
    zone, starts_at, ends_at, date = row["zone"], row["starts_at"], row["ends_at"], None
    day = starts_at.astimezone(ZoneInfo(zone)).date() if zone else starts_at.date()
    if row["series"]:
        said = decoded(row["series"])
        date = _next(said, since, until)
        if date is None:
            return None
        then = on(said, *date)
        day = day_of(then)
        starts_at = then.starts_at or dt.datetime.combine(day, dt.time(), dt.UTC)
        ends_at = then.ends_at or ends_at
    return Coming(day, bool(zone), starts_at, row["uid"], row["id"], row["change"], row["partner"], ends_at, date)


def _next(said: Said, since: dt.datetime, until: dt.datetime) -> Instance | None:
    """Return the date of a series that is next."""
    apart = [incoming(one) for one in said.instances]
    return min(instances(incoming(said), apart, since=since, until=until), default=None)


def day_of(said: Said) -> dt.date:
    """Return the day on which something begins, as the clocks of its place show it."""
    day = said.starts_at.date() if said.starts_at else said.first_day
    assert day is not None  # noqa: S101  # it has moments or days
    return day
