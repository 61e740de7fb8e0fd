"""Limits of how often: `most` uses within any span, exact, shared by all processes, kept in the database.

A use takes one of `most` slots, each good for one use per span. Two at once never share a slot: the conditional
upsert gives it to one, the other looks again. Slots are rows of `stored_answer`, whose retention also clears them.
"""

import datetime as dt

from app.core.db import fetch_one
from app.core.errors import TooManyRequests
from app.core.signing import keyed_hash

_TAKE = """
WITH slots AS (
    SELECT s.n, a.created_at FROM generate_series(1, $3::int) AS s (n)
    LEFT JOIN stored_answer a ON a.scope = $1 || '/' || s.n AND a.key = $2
), free AS (
    SELECT n FROM slots WHERE created_at IS NULL OR created_at <= $4::timestamptz - $5::interval ORDER BY n LIMIT 1
), taken AS (
    INSERT INTO stored_answer (id, scope, key, request, created_at)
    SELECT gen_random_uuid(), $1 || '/' || n, $2, ''::bytea, $4 FROM free
    ON CONFLICT (scope, key) DO UPDATE SET created_at = excluded.created_at
    WHERE stored_answer.created_at <= $4::timestamptz - $5::interval
    RETURNING 1
)
SELECT EXISTS (SELECT FROM taken) AS taken, EXISTS (SELECT FROM free) AS seen,
    (SELECT min(created_at) FROM slots) AS oldest
"""


async def take(*, purpose: str, subject: str, most: int, within: dt.timedelta, now: dt.datetime) -> None:
    """Count one use by `subject` (kept only as a keyed hash), or raise `TooManyRequests` with the exact wait."""
    scope, key = f"limit/{purpose}", keyed_hash(f"limit/{purpose}", subject).hex()
    for _ in range(most + 1):
        row = await fetch_one(_TAKE, scope, key, most, now, within)
        assert row is not None  # noqa: S101  # EXISTS always answers
        if row["taken"]:
            return
        if not row["seen"]:
            wait = row["oldest"] + within - now
            raise TooManyRequests(retry_after=max(1, -(-wait // dt.timedelta(seconds=1))))
    raise TooManyRequests(retry_after=1)
