"""What we publish to a partner, counted: our events of the scopes that were agreed, and those of other cities."""

import datetime as dt

from msgspec import Struct

from app.core.db import fetch_one
from app.exchange.agreeing import standing
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.agreeing.standing import Standing

_EVENTS = """
SELECT count(*) AS n FROM event e JOIN convention c ON c.id = e.convention
WHERE e.published_at IS NOT NULL AND c.published_at IS NOT NULL AND e.kpi_scope = ANY($1) AND e.last_day >= $2
"""


class Outgoing(Struct, frozen=True, kw_only=True):
    """What an agreement opens to a partner; `events` of ours that are not over."""

    standing: Standing
    scopes: tuple[str, ...]
    partners: bool
    events: int


async def of_partner(partner: PartnerRef, now: dt.datetime) -> list[Outgoing]:
    """Return what each agreement opens that is valid now."""
    found = await standing.of_partner(partner.id, now)
    return [await _outgoing(one, now) for one in found if one.state == "valid"]


async def _outgoing(found: Standing, now: dt.datetime) -> Outgoing:
    publishes = found.agreement.publishes
    row = await fetch_one(_EVENTS, list(publishes.scopes), now.date())
    return Outgoing(standing=found, scopes=publishes.scopes, partners=publishes.partners, events=row["n"] if row else 0)
