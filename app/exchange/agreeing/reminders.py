"""Reminders of agreements that end, or go on for another year unless somebody says no: each once, by mail.

A sweep writes down which reminder was sent last and promises the mails in one transaction, so that neither is ever
without the other, however often it runs. A worker that was away sends the latest of those it missed.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import day as in_words
from app.core.i18n import gettext as _
from app.core.jobs import defer_each
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.schemas import AgreementRef

TASK = "exchange.send_term_reminder"
SOON = dt.timedelta(days=max(terms.REMINDERS))
_REMINDED = "SELECT reminded_until FROM agreement WHERE id = $1 FOR UPDATE"
_MARK = "UPDATE agreement SET reminded_until = $2 WHERE id = $1"
_OFFICERS = """
SELECT id FROM account WHERE role = 'officer' AND suspended_at IS NULL AND address IS NOT NULL ORDER BY id
"""


async def sweep(*, now: dt.datetime) -> int:
    """Promise the reminders that are due; return of how many agreements."""
    day = terms.today(now)
    soon = [one for one in await reach.valid_agreements(now) if terms.deadline(one, day) <= day + SOON]
    return sum([await remind(agreement=one, now=now) for one in soon])


async def remind(*, agreement: AgreementRef, now: dt.datetime) -> bool:
    """Promise the reminder that is due for an agreement; return whether there was one."""
    async with transaction():
        row = await fetch_one(_REMINDED, agreement.id)
        due = terms.reminder_due(agreement, terms.today(now), row["reminded_until"]) if row else None
        if due is None:
            return False
        await fetch(_MARK, agreement.id, due)
        keyed = {
            f"term-reminder:{agreement.id}:{due}:{one['id']}": {
                "agreement": agreement.id,
                "account": one["id"],
                "due": due,
            }
            for one in await fetch(_OFFICERS)
        }
        await defer_each(TASK, keyed, now=now)
    return True


class Due(Struct, frozen=True):
    """An agreement about which somebody has to decide until `deadline`; `ends` when it ends then, unless renewed."""

    partner: PartnerRef
    deadline: dt.date
    ends: bool


async def coming(now: dt.datetime, partners: tuple[UUID, ...] | None = None) -> list[Due]:
    """Return the agreements that are due within 60 days, the first one first; of these partners, None for all."""
    day = terms.today(now)
    found = [
        Due(await reach.any_partner(one.partner), terms.deadline(one, day), terms.ends_on(one) is not None)
        for one in await reach.valid_agreements(now)
        if (partners is None or one.partner in partners) and terms.deadline(one, day) <= day + SOON
    ]
    return sorted(found, key=lambda due: due.deadline)


def sentence(partner: str, deadline: dt.date, ends: bool) -> str:  # noqa: FBT001  # read by its name
    """Say what happens on the day."""
    if ends:
        return _(
            "The agreement with %(partner)s ends on %(day)s. After that nothing of theirs is fetched or shown.",
            partner=partner,
            day=in_words(deadline),
        )
    return _(
        "The agreement with %(partner)s goes on for another year unless notice is given by %(day)s.",
        partner=partner,
        day=in_words(deadline),
    )
