"""What is kept no longer than it is needed: each kind of data has a time, and is cleared by itself when it is over.

A little at a time, so that no run is a long one. Packages register what they keep; the days are chosen above.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import gettext_lazy as _

log = structlog.get_logger()

AT_ONCE = 5_000
ANSWERS = dt.timedelta(hours=48)
"""How long a request may be repeated under its `Idempotency-Key`; the answer holds names, sealed."""
JOBS = dt.timedelta(days=30)
"""How long a job that was done can be looked up."""
EVERY_MINUTE, EVERY_HOUR = 1, 60

Forget = Callable[[Sequence[Any], dt.datetime], Awaitable[object]]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of data and its time. `find` is a SELECT of the keys that are past `$1`, `forget` does away with them.

    `days` is the product's own choice, which officers may change from `least` to `most`. `what` says what is kept and
    from when its days count, `how` what then happens. It is looked for every `minutes`, at most `at_once` in a run.
    """

    purpose: str
    what: str
    how: str
    days: int
    least: int
    most: int
    find: str
    forget: Forget
    minutes: int = EVERY_MINUTE
    at_once: int = AT_ONCE

    @property
    def fixed(self) -> bool:
        """Whether nobody can change it."""
        return self.least == self.most

    def is_due(self, now: dt.datetime) -> bool:
        """Whether this minute is one in which it is looked for."""
        return now.minute % self.minutes == 0

    def next_run(self, now: dt.datetime) -> dt.datetime:
        """Return the next minute, after this one, in which it is looked for."""
        this = now.replace(second=0, microsecond=0)
        return this + dt.timedelta(minutes=self.minutes - this.minute % self.minutes)


KEPT: list[Kept] = []
"""Every kind of data with a time; put together in `app/parts.py`."""


def keeps(*kinds: Kept) -> None:
    """Register kinds of data; a second time changes nothing."""
    known = {kept.purpose for kept in KEPT}
    KEPT.extend(kept for kept in kinds if kept.purpose not in known)


def deletes(table: str, key: str = "id") -> Forget:
    """Return what deletes rows of a table by their keys."""

    async def forget(keys: Sequence[Any], _now: dt.datetime) -> None:
        await fetch(f"DELETE FROM {table} WHERE {key} = ANY($1)", list(keys))

    return forget


async def overdue(kept: Kept, *, days: int, now: dt.datetime) -> int:
    """Return how much would go now if the days were these; nothing is touched."""
    row = await fetch_one(f"SELECT count(*) AS n FROM ({kept.find}) found", now - dt.timedelta(days=days))
    assert row is not None  # noqa: S101  # an aggregate always answers
    return int(row["n"])


async def clear(kept: Kept, *, days: int, now: dt.datetime) -> int:
    """Do away with what is past its days, at most `at_once`; return how much went."""
    async with transaction():
        rows = await fetch(f"{kept.find} LIMIT {kept.at_once}", now - dt.timedelta(days=days))
        if rows:
            await kept.forget([row[0] for row in rows], now)
    return len(rows)


async def clear_all(*, days: Mapping[str, int], now: dt.datetime) -> dict[str, int]:
    """Clear every kind that is due in this minute; `days` where they differ from the product's own.

    A kind that fails does not keep the others: they are cleared, and its error is raised in the end.
    """
    cleared, failures = {}, []
    for kept in [kept for kept in KEPT if kept.is_due(now)]:
        try:
            cleared[kept.purpose] = await clear(kept, days=days.get(kept.purpose, kept.days), now=now)
        except Exception as error:  # noqa: BLE001  # raised below
            failures.append(error)
    gone = {purpose: n for purpose, n in cleared.items() if n}
    if gone:
        log.info("cleared", **gone)
    if failures:
        raise failures[0]
    return cleared


keeps(
    Kept(
        purpose="answers",
        what=_("Answers to registrations, so that a request sent twice counts once"),
        how=_("deleted"),
        days=ANSWERS.days,
        least=1,
        most=7,
        find="SELECT id FROM stored_answer WHERE created_at < $1",
        forget=deletes("stored_answer"),
    ),
    Kept(
        purpose="jobs",
        what=_("Record of work that was done, such as mails sent"),
        how=_("deleted"),
        days=JOBS.days,
        least=7,
        most=90,
        find="SELECT id FROM job WHERE done_at < $1",
        forget=deletes("job"),
    ),
    Kept(
        purpose="limits",
        what=_("Counts of how often something was asked for, by keyed hash, once their span has ended"),
        how=_("deleted"),
        days=0,
        least=0,
        most=0,
        find="SELECT subject FROM limited_use WHERE ends_at < $1",
        forget=deletes("limited_use", "subject"),
    ),
)
