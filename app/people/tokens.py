"""API tokens that people make for their programs: named, narrowed, never without an end, revoked with one click."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.validation import Label
from app.people import access, scopes
from app.people.errors import NeedsBrowser
from app.people.roles import NEEDS_SCOPE, Principal, Scope

DEFAULT_DAYS = 90
MOST_DAYS = 365


class Wanted(scopes.Ticked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form of a new token sends; no row ticked means all that the account reaches."""

    name: Label
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)]
    csrf: str = ""


class Token(msgspec.Struct, frozen=True):
    """A token as its owner sees it; the token itself was shown once."""

    id: UUID
    name: str
    scope: Scope
    created_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None


async def make(*, asked: Wanted, principal: Principal, now: dt.datetime) -> str:
    """Make a token for one's own account and return it, the only time it can be seen.

    Raises `NeedsBrowser` for a token or a phone that asks, which could otherwise make itself immortal; `NotFound` for
    rows beyond one's reach.
    """
    if not principal.csrf or principal.account is None or principal.device is not None:
        raise NeedsBrowser
    kinds = NEEDS_SCOPE.get(principal.role, ())
    narrower = Scope(**{kind: ids for kind, ids in asked.scope.named().items() if kind in kinds})
    async with transaction():
        await scopes.require_within(narrower, principal.scope)
        token = await access.issue_token(
            account=principal.account,
            now=now,
            expires_at=now + dt.timedelta(days=asked.days),
            name=asked.name,
            narrower=narrower if narrower.named() else None,
        )
        await _write_down("token.make", principal, now, days=asked.days)
    return token


async def listed(principal: Principal, now: dt.datetime) -> list[Token]:
    """Return one's own tokens that open something, the newest first."""
    rows = await fetch(
        "SELECT id, name, coalesce(scope, '{}') AS scope, created_at, expires_at, used_at FROM access_token"
        " WHERE account = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
        " ORDER BY created_at DESC, id",
        principal.account,
        now,
    )
    return [msgspec.convert({**row, "scope": msgspec.json.decode(row["scope"])}, Token) for row in rows]


async def revoke(*, token: UUID, principal: Principal, now: dt.datetime) -> None:
    """Revoke one of one's own tokens; raises `NotFound` for anybody else's."""
    async with transaction():
        row = await fetch_one(
            "UPDATE access_token SET revoked_at = $3 WHERE id = $1 AND account = $2 AND revoked_at IS NULL"
            " RETURNING id",
            token,
            principal.account,
            now,
        )
        if row is None:
            raise NotFound
        await _write_down("token.revoke", principal, now)
    access.forget()


async def _write_down(action: str, principal: Principal, now: dt.datetime, **detail: object) -> None:
    subject = f"account:{principal.account}"
    await audit.record(actor=principal.actor, action=action, subject=subject, now=now, detail=detail)
