"""Pings that come in: a source has changed, so it is read at once."""

import datetime as dt
import hashlib

from app.core import limits, signing
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.reach import SourceRef
from app.exchange.pinging import once, signature
from app.exchange.pinging.errors import PingCameBefore

MOST = 120
"""Pings of one source within ten minutes: one every five seconds."""
SPAN = dt.timedelta(minutes=10)
FORGOTTEN = 3 * signature.WINDOW
"""A signature is remembered for longer than it could be used."""
_ADD = """
INSERT INTO ping (id, source, digest, came_at) VALUES (gen_random_uuid(), $1, $2, $3)
ON CONFLICT (digest) DO NOTHING RETURNING 1
"""
_FORGET = "DELETE FROM ping WHERE source = $1 AND came_at < $2"


async def hear(*, source: str, timestamp: str, signature_given: str, body: bytes, now: dt.datetime) -> None:
    """Take a ping and promise to read its source now.

    Raises `NotFound` alike for an unknown source, one whose agreement is over, a wrong signature and a time too far
    from now; `PingCameBefore` for the same one again; `TooManyRequests`.
    """
    found = await _source(source, now)
    secret = found.secret if found else signing.new_token()  # one that nobody knows: both ways take as long
    is_true = signature.is_true(secret, timestamp, body, signature_given)
    if found is None or not is_true or not signature.is_fresh(timestamp, now):
        raise NotFound
    await limits.take(purpose="ping", subject=str(found.id), most=MOST, within=SPAN, now=now)
    async with transaction():
        digest = hashlib.sha256(signature.sign(secret, timestamp, body).encode()).digest()
        if await fetch_one(_ADD, found.id, digest, now) is None:
            raise PingCameBefore
        await fetch(_FORGET, found.id, now - FORGOTTEN)
        if found.url_sealed and found.paused_at is None:
            await once.promise("exchange.pull_source", now=now, source=found.id, why="ping")


async def _source(key: str, now: dt.datetime) -> SourceRef | None:
    """Return a source whose agreement is valid."""
    try:
        found = await reach.any_source(key)
    except NotFound:
        return None
    return found if terms.state(await reach.any_agreement(found.agreement), now) == "valid" else None
