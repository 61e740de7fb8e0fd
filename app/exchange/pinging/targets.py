"""Where a partner wants to be told of changes: set and removed by the office or by the partner itself."""

import datetime as dt
from uuid import UUID, uuid4

from msgspec import Struct

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.settings import settings
from app.core.signing import new_token
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.partners import note
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.agreeing.sealing import opened, sealed
from app.exchange.errors import AgreementNotValid
from app.exchange.fetching import addresses
from app.exchange.fetching.errors import Unreachable
from app.exchange.pinging import promising
from app.exchange.words import said
from app.people.roles import Principal

_OF = """
SELECT t.id, t.url, t.told_at, t.failures, t.created_at FROM ping_target t JOIN agreement a ON a.id = t.agreement
WHERE a.partner = $1 ORDER BY t.created_at DESC, t.id
"""
_ADD = """
INSERT INTO ping_target (id, agreement, url, secret, told, failures, created_at) VALUES ($1, $2, $3, $4, 0, 0, $5)
"""
_REMOVE = """
DELETE FROM ping_target t USING agreement a WHERE a.id = t.agreement AND a.partner = $1 RETURNING t.id
"""


class Target(Struct, frozen=True):
    """A target as pages show it; `told_at` is the last ping that was taken, `failures` those since in a row."""

    id: UUID
    url: str
    told_at: dt.datetime | None
    failures: int
    created_at: dt.datetime


async def target_of(partner: UUID) -> Target | None:
    """Return where a partner is told, None when it did not ask for it."""
    row = await fetch_one(_OF, partner)
    return Target(**{**dict(row), "url": opened(row["url"])}) if row else None


async def set_target(*, partner: PartnerRef, url: str, principal: Principal, now: dt.datetime) -> str:
    """Tell a partner at this address from now on, and nowhere else; return the key of its pings, once.

    The first ping goes out at once. Raises `Invalid` for an address that must not be called, `AgreementNotValid`.
    """
    try:
        addresses.target(url, allowed=settings().fetch_places)
    except Unreachable as error:
        raise Invalid([FieldError("url", "format", said(error.code))]) from None
    valid = [one.id for one in await reach.agreements_of(partner.id) if terms.state(one, now) == "valid"]
    if not valid:
        raise AgreementNotValid
    secret = new_token()
    async with transaction():
        await fetch("SELECT 1 FROM partner WHERE id = $1 FOR UPDATE", partner.id)
        await fetch(_REMOVE, partner.id)
        await fetch(_ADD, uuid4(), valid[0], sealed(url), sealed(secret), now)
        await note(principal, "ping_target.set", partner.id, now)
        await promising.promise(now=now)
    return secret


async def remove_target(*, partner: PartnerRef, principal: Principal, now: dt.datetime) -> None:
    """Tell a partner no more. Raises `NotFound` when it was told nowhere."""
    async with transaction():
        if await fetch_one(_REMOVE, partner.id) is None:
            raise NotFound
        await note(principal, "ping_target.remove", partner.id, now)
