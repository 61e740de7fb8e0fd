"""Limits of how often: `most` uses within any span, exact, shared by all processes, kept in the database.

One row per subject holds the moments of its last uses. One statement takes a use: the upsert locks the row, so two at
once are counted one after the other. Redis has no part in it. The table is unlogged, which saves the write-ahead log
while somebody hammers at a door; a database that has crashed counts anew, and no span is longer than an hour.
"""

import datetime as dt

from app.core.db import fetch_one
from app.core.errors import TooManyRequests
from app.core.signing import keyed_hash

_TAKE = """
WITH taken AS (
    INSERT INTO limited_use AS l (subject, uses, ends_at)
    VALUES ($1, ARRAY[$4::timestamptz], $4::timestamptz + $3::interval)
    ON CONFLICT (subject) DO UPDATE SET
        uses = ARRAY(SELECT u FROM unnest(l.uses || $4::timestamptz) u WHERE u > $4::timestamptz - $3::interval
                     ORDER BY u),
        ends_at = greatest(l.ends_at, excluded.ends_at)
    WHERE (SELECT count(*) FROM unnest(l.uses) u WHERE u > $4::timestamptz - $3::interval) < $2::int
    RETURNING 1
)
SELECT EXISTS (SELECT FROM taken) AS taken,
    (SELECT uses[cardinality(uses) - $2::int + 1] FROM limited_use WHERE subject = $1) AS first
"""
_FIRST = "SELECT uses[cardinality(uses) - $2::int + 1] AS first FROM limited_use WHERE subject = $1"
"""The use that must leave the span before there is room again: the one `most` uses ago, if there were as many."""


async def take(*, purpose: str, subject: str, most: int, within: dt.timedelta, now: dt.datetime) -> None:
    """Count one use by `subject` (kept only as a keyed hash), or raise `TooManyRequests` with the wait.

    The wait is exact unless others use up the same measure at this very moment; then it may be too short or too long,
    never longer than the span.
    """
    row = await fetch_one(_TAKE, _key(purpose, subject), most, within, now)
    assert row is not None  # noqa: S101  # EXISTS always answers
    if not row["taken"]:
        raise _refused(row["first"] or now, within, now)


async def require_left(*, purpose: str, subject: str, most: int, within: dt.timedelta, now: dt.datetime) -> None:
    """Raise `TooManyRequests` while the measure of `subject` is used up; counts nothing."""
    row = await fetch_one(_FIRST, _key(purpose, subject), most)
    if row is not None and row["first"] is not None and row["first"] + within > now:
        raise _refused(row["first"], within, now)


async def forget(*, purpose: str, subject: str) -> None:
    """Forget the uses by `subject`, when it is erased."""
    await fetch_one("DELETE FROM limited_use WHERE subject = $1", _key(purpose, subject))


def _key(purpose: str, subject: str) -> bytes:
    return keyed_hash(f"limit/{purpose}", subject)


def _refused(first: dt.datetime, within: dt.timedelta, now: dt.datetime) -> TooManyRequests:
    wait = min(first + within - now, within)  # another process may have counted a use that is later than `now`
    return TooManyRequests(retry_after=max(1, -(-wait // dt.timedelta(seconds=1))))
