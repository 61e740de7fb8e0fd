"""The source of an agreement that holds what its partner pushes."""

import datetime as dt
from uuid import UUID

from app.core.db import fetch_one
from app.exchange import terms
from app.exchange.agreeing import reach, sources
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.errors import AgreementNotValid
from app.exchange.pushing.errors import PushPaused

_FIND = "SELECT id FROM source WHERE agreement = $1 AND kind = 'push' ORDER BY created_at LIMIT 1"


async def existing(partner: PartnerRef, now: dt.datetime) -> SourceRef | None:
    """Return the source of a partner's pushes under its valid agreement, None before the first one.

    Raises `AgreementNotValid`.
    """
    row = await fetch_one(_FIND, await _agreement(partner, now))
    return await reach.any_source(row["id"]) if row else None


async def open_one(partner: PartnerRef, now: dt.datetime) -> SourceRef:
    """Return the source that takes a partner's pushes; the first one makes it.

    Raises `AgreementNotValid`, `PushPaused`.
    """
    found = await reach.any_source(await sources.push_source(await _agreement(partner, now), now=now))
    if found.paused_at is not None:
        raise PushPaused
    return found


async def _agreement(partner: PartnerRef, now: dt.datetime) -> UUID:
    valid = [one.id for one in await reach.agreements_of(partner.id) if terms.state(one, now) == "valid"]
    if not valid:
        raise AgreementNotValid
    return valid[0]
