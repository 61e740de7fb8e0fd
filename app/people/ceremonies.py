"""Steps of signing in that need two visits: for one browser, one use, five minutes.

What must come back (a challenge, a state) is sealed in a row; the browser keeps a random value that finds the row.
"""

import datetime as dt
from typing import Literal
from uuid import UUID, uuid4

from app.core.db import fetch, fetch_one
from app.core.signing import derived, new_token, seal, token_digest, unseal
from app.people.errors import CeremonyOver

Kind = Literal["add_passkey", "use_passkey", "openid"]
LASTS = dt.timedelta(minutes=5)


async def begin(*, kind: Kind, kept: bytes, now: dt.datetime, account: UUID | None = None) -> str:
    """Keep `kept` for five minutes and return what the browser is to keep; `account` is whoever is signed in."""
    token = new_token()
    await fetch(
        "INSERT INTO ceremony (id, kind, digest, sealed, account, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        uuid4(),
        kind,
        token_digest(token),
        seal(derived("ceremonies"), kept),
        account,
        now,
        now + LASTS,
    )
    return token


async def finish(*, kind: Kind, token: str | None, now: dt.datetime, account: UUID | None = None) -> bytes:
    """Return what was kept, for the last time; raises `CeremonyOver`.

    Not within the transaction of what follows: what fails must not give the challenge back.
    """
    row = await fetch_one(
        "UPDATE ceremony SET used_at = $3 WHERE digest = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3"
        " AND account IS NOT DISTINCT FROM $4 RETURNING sealed",
        token_digest(token or ""),
        kind,
        now,
        account,
    )
    if row is None:
        raise CeremonyOver
    return unseal(derived("ceremonies"), row["sealed"])
