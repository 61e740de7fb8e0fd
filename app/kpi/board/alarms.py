"""What an officer must know before the number is trusted: rules that turn readings into alarms. Pure.

The words stand in `words.py`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from app.attendance.online.reports.places import OPEN_DAYS
from app.kpi.fiscal import day_of
from app.kpi.freezing.freeze import due, is_near
from app.kpi.schemas import KpiFigure

Words = dict[str, str]

UNKNOWN_ONE_IN = 50
"""More than one in fifty, 2 %, of all who took part live nobody knows where."""
QUEUE_AGE = dt.timedelta(days=7)
"""How long a case for review may wait."""
SCANS_SILENT = dt.timedelta(minutes=30)
"""An event whose gates have been open so long, and were open all the time, without one scan: a silent feed."""
BEATS_SILENT, SESSION_BEGAN = dt.timedelta(minutes=5), dt.timedelta(minutes=10)
"""A session that began so long ago, and in which nobody has been measured for so long: a silent feed."""
IMPORT_WARNING = dt.timedelta(days=7)
"""An officer is warned in the last week in which reports of platforms are taken."""

Code = Literal[
    "chain_broken", "heads_wrong", "freeze_overdue", "gates_silent", "sessions_silent", "residence_unknown",
    "review_old", "imports_closing", "freeze_due",
]  # fmt: skip
URGENT: frozenset[Code] = frozenset(
    {"chain_broken", "heads_wrong", "freeze_overdue", "gates_silent", "sessions_silent"}
)


class Alarm(Struct, frozen=True):
    """Something that needs an officer; `n` what it counts, `of` what that is compared with, `day` when it is due."""

    code: Code
    n: int
    of: int = 0
    name: Words = {}
    day: dt.date | None = None

    @property
    def level(self) -> Literal["error", "warning"]:
        """Whether somebody must act now, or soon."""
        return "error" if self.code in URGENT else "warning"


class Feed(Struct, frozen=True):
    """An event from which evidence should come and does not; `n` silent gates, or sessions."""

    code: Literal["gates_silent", "sessions_silent"]
    title: Words
    n: int


class Waiting(Struct, frozen=True):
    """Cases of a queue that nobody has decided, and since when the oldest waits."""

    n: int = 0
    since: dt.datetime | None = None


class Closing(Struct, frozen=True):
    """An event with online parts, and its last day."""

    title: Words
    last_day: dt.date


class Checked(Struct, frozen=True):
    """The last check of the whole ledger: entries, the first wrong position (0: none), wrong daily heads, and when."""

    rows: int
    broken: int
    heads_wrong: int
    at: dt.datetime


class Standing(Struct, frozen=True):
    """How things stand beside the figures. `unfrozen` are fiscal years with evidence that are over and not frozen."""

    queues: list[Waiting] = []
    feeds: list[Feed] = []
    imports: list[Closing] = []
    unfrozen: list[int] = []
    checked: Checked | None = None


def alarms(figure: KpiFigure, standing: Standing, *, now: dt.datetime) -> list[Alarm]:
    """Return what needs an officer, the urgent first."""
    found = [
        *_chain(standing.checked),
        *_freezes(standing.unfrozen, now),
        *(Alarm(feed.code, feed.n, name=feed.title) for feed in standing.feeds),
        *_residence(figure),
        *_reviews(standing.queues, now),
        *_imports(standing.imports, now),
    ]
    return sorted(found, key=lambda alarm: alarm.level)


def _chain(checked: Checked | None) -> Iterator[Alarm]:
    if checked and checked.broken:
        yield Alarm("chain_broken", checked.broken)
    if checked and checked.heads_wrong:
        yield Alarm("heads_wrong", checked.heads_wrong)


def _residence(figure: KpiFigure) -> Iterator[Alarm]:
    """Compare with all who would count if they lived abroad, as far as is known: those counted, and those unknown."""
    everybody = figure.people + figure.unknown_residence
    if figure.unknown_residence * UNKNOWN_ONE_IN > everybody:
        yield Alarm("residence_unknown", figure.unknown_residence, everybody)


def _reviews(queues: Iterable[Waiting], now: dt.datetime) -> Iterator[Alarm]:
    waiting = [queue for queue in queues if queue.n and queue.since]
    oldest = min((queue.since for queue in waiting if queue.since), default=None)
    if oldest is not None and now - oldest > QUEUE_AGE:
        yield Alarm("review_old", sum(queue.n for queue in waiting), (now - oldest).days)


def _imports(events: Iterable[Closing], now: dt.datetime) -> Iterator[Alarm]:
    today = day_of(now)
    for event in events:
        closes = event.last_day + dt.timedelta(days=OPEN_DAYS)
        if today <= closes <= today + IMPORT_WARNING:
            yield Alarm("imports_closing", (closes - today).days, name=event.title, day=closes)


def _freezes(years: Iterable[int], now: dt.datetime) -> Iterator[Alarm]:
    today = day_of(now)
    for year in years:
        if today > due(year):
            yield Alarm("freeze_overdue", year, day=due(year))
        elif is_near(year, now):
            yield Alarm("freeze_due", year, day=due(year))
