"""Put what can be had at the demo convention into the database, what is asked, and the key of the codes."""

import datetime as dt
from collections.abc import Iterable

from app.core.db import fetch, transaction
from app.core.signing import signing_key
from app.core.tables import SigningKey
from app.events import demo_rows
from app.events.demo_data import identity
from app.events.demo_rows import DemoConvention
from app.events.seed import insert_missing, is_ours
from app.ticketing.setting_up import vouchers
from app.ticketing.tables import (
    Coverage,
    PaymentMethod,
    Question,
    QuestionUse,
    Quota,
    QuotaUse,
    TicketType,
    Voucher,
)

FIRST_KEY = 0
"""The kid of the key that a convention starts with."""


async def seed_ticket_types(*, data: DemoConvention, now: dt.datetime) -> None:
    """Insert what is missing of the ticket types, what they open and what goes with them, and the key of the codes.

    That is quotas, questions, vouchers, and ways to pay. Every session with a capacity has a quota of its own. Needs
    the programme of `data`; a convention that lies on other days, or is not there, stays as it is. Rows already there
    stay, and with them the places taken.
    """
    async with transaction():
        if not await is_ours(data=data):
            return
        await insert_missing(TicketType, data.ticket_types)
        await insert_missing(Coverage, data.coverage)
        await insert_missing(Quota, data.quotas)
        await insert_missing(QuotaUse, data.quota_uses)
        await insert_missing(Question, data.questions)
        await insert_missing(QuestionUse, data.question_uses)
        await insert_missing(PaymentMethod, data.payment_methods)
        await _insert_vouchers(data.vouchers, now)
        await _insert_first_key(data.convention.slug, data.convention.number, now)


async def let_change_until_the_end(*, slug: str) -> None:
    """Let holders change their tickets as long as a convention lasts, where nobody said until when.

    For a demo: it begins on the day it is started, and holders can change nothing from the first day on.
    """
    await fetch(_UNTIL_THE_END, slug)


_UNTIL_THE_END = """
UPDATE ticket_type t SET changes_until = (c.last_day + 1)::timestamp AT TIME ZONE c.zone
FROM convention c WHERE c.id = t.convention AND c.slug = $1 AND t.changes_until IS NULL
"""


async def _insert_vouchers(rows: Iterable[demo_rows.Voucher], now: dt.datetime) -> None:
    new = [
        Voucher(
            id=row.id,
            convention=row.convention,
            organiser=row.organiser,
            ticket_type=row.ticket_type,
            code_key=vouchers.code_key(row.code),
            sealed=vouchers.sealed(row.code),
            label=row.label,
            uses=row.uses,
            created_at=now,
        )
        for row in rows
    ]
    await Voucher.insert(*new).on_conflict(target=Voucher.id, action="DO NOTHING")


async def _insert_first_key(slug: str, scope: int, now: dt.datetime) -> None:
    key = SigningKey(
        id=identity(slug, "signing-key", str(FIRST_KEY)),
        scope=scope,
        kid=FIRST_KEY,
        public=signing_key(scope, FIRST_KEY).public_key().public_bytes_raw(),
        not_before=now,
    )
    known = (SigningKey.purpose, SigningKey.scope, SigningKey.kid)
    await SigningKey.insert(key).on_conflict(target=known, action="DO NOTHING")
