"""Passes of those who keep a connection open: what the guard checked when they came is checked while they stay."""

import datetime as dt
from collections.abc import Collection

import msgspec
from msgspec import Struct

from app.core.db import fetch
from app.people.roles import Scope
from app.people.scopes import of_row
from app.people.strength import alive

_STILL = """
SELECT s.digest, a.role, a.scope, NULL::jsonb AS narrower, s.created_at, s.seen_at
FROM browser_session s JOIN account a ON a.id = s.account LEFT JOIN device d ON d.account = a.id
WHERE s.digest = ANY($1::bytea[]) AND s.ended_at IS NULL AND a.suspended_at IS NULL AND d.revoked_at IS NULL
UNION ALL
SELECT t.digest, a.role, a.scope, t.scope, NULL, NULL
FROM access_token t JOIN account a ON a.id = t.account LEFT JOIN device d ON d.account = a.id
WHERE t.digest = ANY($1::bytea[]) AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
  AND a.suspended_at IS NULL AND d.revoked_at IS NULL
"""


class Pass(Struct, frozen=True):
    """By what somebody came in: the digest of a cookie or a bearer token, and what it reached then."""

    digest: bytes
    scope: Scope


async def still_good(passes: Collection[Pass], *, now: dt.datetime) -> set[Pass]:
    """Return those that open the same as before, in one statement. Looking on is no use: sessions grow old by it."""
    reach: dict[bytes, Scope] = {}
    for row in await fetch(_STILL, [one.digest for one in passes], now):
        if row["seen_at"] is None or alive(
            role=row["role"], created_at=row["created_at"], seen_at=row["seen_at"], now=now
        ):
            narrower = row["narrower"]
            found = of_row(row)
            reach[row["digest"]] = found.narrowed(msgspec.json.decode(narrower, type=Scope)) if narrower else found
    return {one for one in passes if reach.get(one.digest) == one.scope}
