"""Pings that go out: partners who asked for it are told, within seconds, that what we publish to them has changed."""

import datetime as dt
from uuid import UUID

import asyncpg
import msgspec
import structlog
from msgspec import Struct

from app.core import jobs
from app.core.db import fetch, fetch_one
from app.events.addresses import full
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.agreeing.sealing import opened
from app.exchange.fetching.errors import Unreachable
from app.exchange.fetching.fetch import send
from app.exchange.pinging import signature
from app.exchange.pinging.promising import JOB
from app.exchange.publishing import listing, log
from app.exchange.publishing.audiences import EVERYTHING, under

logger = structlog.get_logger()

FIRST_PAUSE = dt.timedelta(seconds=10)
LONGEST_PAUSE = dt.timedelta(hours=6)
MOST_FAILURES = 16
"""After so many in a row, about a day and a half, only the next change is tried again."""
_TARGET = "SELECT id, agreement, url, secret, told, failures FROM ping_target WHERE id = $1"
_TOLD = "UPDATE ping_target SET told = $2, told_at = $3, failures = 0 WHERE id = $1"
_FAILED = "UPDATE ping_target SET failures = $2 WHERE id = $1"


class Said(Struct, frozen=True):
    """What a ping says: which calendar, by an address without a secret, and the number of its last change."""

    calendar: str
    change: int


def calendar_address(partner: PartnerRef) -> str:
    """Return the address by which a partner knows what we publish to it."""
    return full(f"/dav/partners/{partner.slug}/")


async def watch(*, now: dt.datetime) -> None:
    """Look whether something has changed that nobody has read yet, so that nobody was told; cheap when nothing has."""
    if await fetch_one("SELECT 1 FROM ping_target LIMIT 1") is not None:
        await log.current(now)


async def tell(*, target: UUID, after: int | None = None, now: dt.datetime) -> None:
    """Tell a partner the number of the last change that it may have, unless it has heard of it.

    Nobody is told under an agreement that is not valid. Who cannot be reached is tried again, later and later; `after`
    so many failures, unless another try was made meanwhile.
    """
    row = await fetch_one(_TARGET, target)
    if row is None or after not in {None, row["failures"]}:
        return
    agreement = await reach.any_agreement(row["agreement"])
    if terms.state(agreement, now) != "valid":
        return
    head = await listing.head(under(agreement), EVERYTHING, now=now)
    if head.change <= row["told"]:
        return
    partner = await reach.any_partner(agreement.partner)
    problem = await _send(row, Said(calendar_address(partner), head.change), now)
    logger.info("partner_told", target=str(target), problem=problem)
    await (_put_off(row, now) if problem else fetch(_TOLD, target, head.change, now))


async def _send(row: asyncpg.Record, said: Said, now: dt.datetime) -> str:
    """Send a ping, and return "" when it was taken, else what went wrong."""
    body, secret = msgspec.json.encode(said), opened(row["secret"])
    headers = {"Content-Type": "application/json", **signature.signed(secret, body, now)}
    try:
        status = await send(opened(row["url"]), body=body, headers=headers)
    except Unreachable as error:
        return error.code
    return "" if 200 <= status < 300 else "status"


async def _put_off(row: asyncpg.Record, now: dt.datetime) -> None:
    failures = row["failures"] + 1
    await fetch(_FAILED, row["id"], min(failures, 1000))
    if failures < MOST_FAILURES:
        await jobs.defer(JOB, now=now, due=now + pause(failures), target=row["id"], after=failures)


def pause(failures: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 20)), LONGEST_PAUSE)
