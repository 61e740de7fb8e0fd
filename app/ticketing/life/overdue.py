"""What happens to tickets by itself when its time has come; the sweep of every minute finds what no job did."""

import datetime as dt
from collections.abc import Awaitable
from uuid import UUID

from app.core.db import fetch
from app.core.jobs import task
from app.ticketing.life import waiting_list
from app.ticketing.life.offering import serve
from app.ticketing.payments import lapse as payments
from app.ticketing.registering import holds

AT_ONCE = 200
"""Rows of one kind that one sweep looks at."""


@task
async def lapse_offer(*, registration: str, now: dt.datetime) -> None:
    """End an offer that nobody answered in time."""
    await waiting_list.lapse(registration=UUID(registration), now=now)


@task
async def lapse_hold(*, hold: str, now: dt.datetime) -> None:
    """Give the places of a hold back whose time is over."""
    await holds.lapse(hold=UUID(hold), now=now)


_OFFERS = "SELECT id FROM registration WHERE status = 'offered' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
_HOLDS = "SELECT id FROM hold WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"
_WANTED = """
SELECT DISTINCT q.id FROM registration r JOIN ticket t ON t.registration = r.id AND t.state = 'waiting'
JOIN quota q ON q.id = ANY(t.places) AND q.taken < q.capacity WHERE r.status = 'waiting'
"""


async def sweep(*, now: dt.datetime) -> None:
    """End what is overdue, each in a transaction of its own, then offer what is left to those who wait.

    One that fails does not keep the others: its error is raised in the end, and the next minute comes.
    """
    failures: list[Exception] = []

    async def attempt(work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # raised below
            failures.append(error)

    for row in await fetch(_OFFERS, now, AT_ONCE):
        await attempt(waiting_list.lapse(registration=row["id"], now=now))
    for row in await fetch(_HOLDS, now, AT_ONCE):
        await attempt(holds.lapse(hold=row["id"], now=now))
    await attempt(payments.sweep(now=now))
    await attempt(serve(quotas=[row["id"] for row in await fetch(_WANTED)], now=now))
    if failures:
        raise failures[0]
