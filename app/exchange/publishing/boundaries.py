"""When agreements begin and end: what is published of a partner changes with them, though no row does."""

import datetime as dt
from uuid import UUID

from app.core.db import fetch
from app.exchange import terms
from app.exchange.agreeing.reach import as_agreement
from app.exchange.schemas import AgreementRef

_NOT_OVER = """
SELECT id, partner, valid_from, valid_until, renews, notice_days, notice_on, revoked_at, fields, onward, publishes,
       licence, attribution
FROM agreement WHERE revoked_at IS NULL OR revoked_at > $1
"""


async def turned(since: dt.datetime, now: dt.datetime) -> set[UUID]:
    """Return the partners of whom an agreement is something else now than it was at `since`."""
    found = await _agreements(min(since, now))
    return {one.partner for one in found if terms.state(one, since) != terms.state(one, now)}


async def next_boundary(now: dt.datetime) -> dt.datetime | None:
    """Return the next moment at which an agreement begins or ends; None when none will."""
    moments = [moment for one in await _agreements(now) for moment in _boundaries(one, now) if moment > now]
    return min(moments, default=None)


def _boundaries(agreement: AgreementRef, now: dt.datetime) -> list[dt.datetime]:
    last = terms.last_day(agreement, terms.today(now))
    days = [_midnight(agreement.valid_from), _midnight(last + dt.timedelta(days=1))]
    return [*days, *([agreement.revoked_at] if agreement.revoked_at else [])]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), terms.TOKYO).astimezone(dt.UTC)


async def _agreements(now: dt.datetime) -> list[AgreementRef]:
    return [as_agreement(row) for row in await fetch(_NOT_OVER, now)]
