"""Put what can be had at the demo convention into the database: ticket types, quotas and the key of the codes."""

import datetime as dt

from app.core.db import transaction
from app.core.signing import signing_key
from app.core.tables import SigningKey
from app.events.demo_data import DemoConvention, identity
from app.events.seed import insert_missing, is_ours
from app.ticketing.tables import Coverage, Quota, QuotaUse, TicketType

FIRST_KEY = 0
"""The kid of the key that a convention starts with."""


async def seed_ticket_types(*, data: DemoConvention, now: dt.datetime) -> None:
    """Insert what is missing of the ticket types, what they open, their quotas, and the signing key of the codes.

    Every session with a capacity has a quota of its own. Needs the programme of `data`; a convention that lies on
    other days, or is not there, stays as it is. Rows already there stay, and with them the places taken.
    """
    async with transaction():
        if not await is_ours(data=data):
            return
        await insert_missing(TicketType, data.ticket_types)
        await insert_missing(Coverage, data.coverage)
        await insert_missing(Quota, data.quotas)
        await insert_missing(QuotaUse, data.quota_uses)
        await _insert_first_key(data.convention.slug, data.convention.number, now)


async def _insert_first_key(slug: str, scope: int, now: dt.datetime) -> None:
    key = SigningKey(
        id=identity(slug, "signing-key", str(FIRST_KEY)),
        scope=scope,
        kid=FIRST_KEY,
        public=signing_key(scope, FIRST_KEY).public_key().public_bytes_raw(),
        not_before=now,
    )
    await SigningKey.insert(key).on_conflict(target=(SigningKey.scope, SigningKey.kid), action="DO NOTHING")
