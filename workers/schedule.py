"""What runs when. The clock on the wall is Yokohama's; every entry may run twice or late without harm."""

import datetime as dt
from collections.abc import Awaitable, Callable

import msgspec

from app.attendance.door.indexing import catch_up
from app.attendance.heads import sign_days
from app.attendance.identity import keeping
from app.attendance.online.presence import close_lost
from app.awards.scoring import reminders
from app.exchange.agreeing import reminders as agreements
from app.exchange.pinging import telling
from app.exchange.pulling import sweep as calendars
from app.kpi.publishing.releasing import release_due
from app.people.retention import clear_old
from app.ticketing.life import overdue

TOKYO = dt.timezone(dt.timedelta(hours=9), "Asia/Tokyo")
"""Japan has no summer time."""

SWEEP_SECONDS = frozenset({0, 30})
"""Seconds of every minute at which the queue hands over what it lost."""


class Entry(msgspec.Struct, frozen=True):
    """A piece of work at a second of every minute; `run` takes `now`."""

    name: str
    second: int
    run: Callable[..., Awaitable[object]]


ENTRIES = (
    Entry("close_lost_presence", 15, close_lost),
    Entry("clear_old", 45, clear_old),
    Entry("overdue_tickets", 5, overdue.sweep),
    Entry("public_tables", 25, release_due),
    Entry("signed_heads", 25, sign_days),
    Entry("judges_reminders", 35, reminders.sweep),
    Entry("agreements_reminders", 50, agreements.sweep),
    Entry("calendars_of_partners", 55, calendars.sweep),
)


OFTEN = (
    Entry("guest_search", 0, catch_up),
    Entry("doubles", 0, keeping.catch_up),
    Entry("partners_told", 0, telling.watch),
)
"""What every worker looks after all the time, each process by itself: such work knows whether another is at it."""


def is_due(entry: Entry, *, after: dt.datetime, until: dt.datetime) -> bool:
    """Whether a moment of `entry` lies in the half-open time (`after`, `until`]."""
    last = until.replace(second=entry.second, microsecond=0)
    if last > until:
        last -= dt.timedelta(minutes=1)
    return after < last <= until
