"""Tokens that open our feeds for a partner: 256 random bits, shown once, kept as their digest."""

import datetime as dt
from uuid import UUID, uuid4

from msgspec import Struct

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.signing import new_token, token_digest
from app.events.errors import WrongState
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.edits import NewToken
from app.exchange.agreeing.partners import note
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.errors import AgreementNotValid
from app.exchange.schemas import AgreementRef
from app.people.roles import Principal

MOST = 20
"""Tokens of a partner that are worth something at the same time."""
SELDOM = dt.timedelta(hours=1)
"""A use is written down no more often than this."""
_ADD = """
INSERT INTO feed_token (id, agreement, digest, label, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, (SELECT id FROM account WHERE id = $6))
"""
_OF_PARTNER = """
SELECT t.id, t.agreement, t.label, t.created_at, t.revoked_at, t.used_at FROM feed_token t
JOIN agreement a ON a.id = t.agreement WHERE a.partner = $1 ORDER BY t.revoked_at IS NOT NULL, t.created_at DESC
"""
_REVOKE = """
UPDATE feed_token t SET revoked_at = $3 FROM agreement a
WHERE t.id = $1 AND a.id = t.agreement AND a.partner = $2 AND t.revoked_at IS NULL RETURNING t.id
"""
_BEHIND = "SELECT id, agreement, used_at FROM feed_token WHERE digest = $1 AND revoked_at IS NULL"
_USED = "UPDATE feed_token SET used_at = $2 WHERE id = $1"


class Token(Struct, frozen=True):
    """A token as lists show it: never itself. `used_at` is exact to an hour."""

    id: UUID
    agreement: UUID
    label: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None
    used_at: dt.datetime | None


async def tokens_of(partner: UUID) -> list[Token]:
    """Return the tokens of a partner, those that are worth something first."""
    return [Token(**row) for row in await fetch(_OF_PARTNER, partner)]


async def make(*, principal: Principal, partner: PartnerRef, wish: NewToken, now: dt.datetime) -> str:
    """Draw a token and return it, once. Raises `AgreementNotValid`, and `Invalid` when there are too many."""
    fit = [one for one in await reach.agreements_of(partner.id) if wish.agreement in {None, one.id}]
    valid = [one for one in fit if terms.state(one, now) == "valid"]
    if not valid:
        raise AgreementNotValid
    drawn = new_token()
    async with transaction():
        await fetch_one("SELECT 1 FROM partner WHERE id = $1 FOR UPDATE", partner.id)
        await _refuse_too_many(partner)
        await fetch(_ADD, uuid4(), valid[0].id, token_digest(drawn), wish.label, now, principal.account)
        await note(principal, "feed_token.create", partner.id, now, agreement=str(valid[0].id))
    return drawn


async def _refuse_too_many(partner: PartnerRef) -> None:
    if sum(one.revoked_at is None for one in await tokens_of(partner.id)) >= MOST:
        raise Invalid([FieldError("label", "too_many", _("There are many tokens already. Revoke one first."))])


async def revoke(*, principal: Principal, partner: PartnerRef, token: str, now: dt.datetime) -> None:
    """Make a token worthless. Raises `NotFound`, `WrongState` when it is already."""
    key = reach.as_id(token)
    if key is None or key not in {one.id for one in await tokens_of(partner.id)}:
        raise NotFound
    async with transaction():
        if await fetch_one(_REVOKE, key, partner.id, now) is None:
            raise WrongState
        await note(principal, "feed_token.revoke", partner.id, now, token=str(key))


async def agreement_behind(token: str, *, now: dt.datetime) -> AgreementRef | None:
    """Return the agreement whose partner holds a token, None for any token that opens nothing now."""
    row = await fetch_one(_BEHIND, token_digest(token))
    if row is None:
        return None
    found = await reach.any_agreement(row["agreement"])
    if terms.state(found, now) != "valid":
        return None
    if row["used_at"] is None or now - row["used_at"] >= SELDOM:
        await fetch(_USED, row["id"], now)
    return found
