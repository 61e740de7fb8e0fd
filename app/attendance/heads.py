"""Signed heads of the ledger, one for each day in Japan: what was so far cannot be rewritten later, not even by us.

A chain alone proves that nothing is missing between its rows and its head; whoever may write both can make both anew.
A signature given away on the day cannot be called back. The signed bytes are `PREFIX` and a line of JSON,
`["2026-11-21",1234,"<digest in hex>"]`: the day, the last position recorded before its end, that row's digest.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from app.core.chain import GENESIS, Link
from app.core.db import fetch, fetch_one, transaction
from app.core.signing import head_key

PREFIX = b"machigurumi ledger head v1\n"
"""What sets these signatures apart from any other of ours."""
KID = 0
JST = ZoneInfo("Asia/Tokyo")
ONE_DAY = dt.timedelta(days=1)

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('ledger_head', 0))"
_LAST = "SELECT day, position, digest FROM ledger_head ORDER BY day DESC LIMIT 1"
_FIRST = "SELECT recorded_at FROM ledger_entry WHERE position = 1"
_UPTO = """
WITH later AS (SELECT min(position) AS position FROM ledger_entry WHERE position > $1 AND recorded_at >= $2)
SELECT position, digest FROM ledger_entry
WHERE position > $1 AND position < coalesce((SELECT position FROM later), 9223372036854775807)
ORDER BY position DESC LIMIT 1
"""
_ADD = """
INSERT INTO ledger_head (day, position, digest, kid, signature, signed_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_HEADS = """
SELECT h.day, h.position, h.digest, h.kid, h.signature, h.signed_at, l.digest AS stored
FROM ledger_head h LEFT JOIN ledger_entry l ON l.position = h.position ORDER BY h.day
"""
_SINCE = """
SELECT day, position, digest, kid, signature, signed_at FROM ledger_head WHERE day >= $1 ORDER BY day LIMIT $2
"""


class Head(Struct, frozen=True):
    """The ledger at the end of a day in Japan. `signed_at` is later than the next midnight for a day made up."""

    day: dt.date
    position: int
    digest: bytes
    kid: int
    signature: bytes
    signed_at: dt.datetime


class Wrong(Struct, frozen=True):
    """A day whose head does not hold: `why` signature | digest | order | gap."""

    day: dt.date
    why: str


class HeadsVerdict(Struct, frozen=True):
    """What verifying the heads found: how many there are, and every one that does not hold."""

    heads: int
    wrong: tuple[Wrong, ...]


def message(day: dt.date, link: Link) -> bytes:
    """Return the bytes that a head's signature covers."""
    return PREFIX + msgspec.json.encode([day, link.position, link.digest.hex()])


def sign(day: dt.date, link: Link, *, kid: int = KID) -> bytes:
    """Return our signature of a day's head, 64 bytes."""
    return head_key(kid).sign(message(day, link))


def public_key(kid: int = KID) -> bytes:
    """Return the public half of the key, 32 bytes: publish it where we cannot change it."""
    return head_key(kid).public_key().public_bytes_raw()


def is_signed(head: Head) -> bool:
    """Whether the signature is ours, of this day and this head."""
    key = Ed25519PublicKey.from_public_bytes(public_key(head.kid))
    try:
        key.verify(head.signature, message(head.day, Link(head.position, head.digest)))
    except InvalidSignature:
        return False
    return True


async def sign_days(*, now: dt.datetime) -> int:
    """Sign the head of every day that has ended since the last one signed; return how many. Run it at any time.

    Days on which nothing was recorded get one too, so a missing day shows; days missed are made up, each with what had
    been recorded before its end. An entry that commits after its day was signed stands in the next day's head.
    """
    today = now.astimezone(JST).date()
    if await _signed_upto(today - ONE_DAY):
        return 0
    async with transaction():
        await fetch_one(_LOCK)  # two workers at midnight: the second finds the days signed
        at = await _begin()
        signed = 0
        while at is not None and at[0] < today:
            day, link = at[0], await _head_of(at[0], after=at[1])
            await fetch_one(_ADD, day, link.position, link.digest, KID, sign(day, link), now)
            at, signed = (day + ONE_DAY, link), signed + 1
    return signed


async def _signed_upto(day: dt.date) -> bool:
    row = await fetch_one(_LAST)
    return row is not None and row["day"] >= day


async def _begin() -> tuple[dt.date, Link] | None:
    """The first day without a head, and the head before it; None as long as nothing was ever recorded."""
    last = await fetch_one(_LAST)
    if last is not None:
        return last["day"] + ONE_DAY, Link(last["position"], last["digest"])
    first = await fetch_one(_FIRST)
    return None if first is None else (first["recorded_at"].astimezone(JST).date(), Link(0, GENESIS))


async def _head_of(day: dt.date, *, after: Link) -> Link:
    """The last link of the longest beginning of the ledger that was recorded before the end of `day`."""
    end = dt.datetime.combine(day + ONE_DAY, dt.time(), JST)
    row = await fetch_one(_UPTO, after.position, end)
    return after if row is None else Link(row["position"], row["digest"])


async def verify() -> HeadsVerdict:
    """Hold every signed head against its signature, the ledger's rows and the heads beside it."""
    rows = await fetch(_HEADS)
    heads = [_head(row) for row in rows]
    wrong = [*_unsigned(heads), *_elsewhere(heads, [row["stored"] for row in rows]), *_disordered(heads)]
    return HeadsVerdict(len(heads), tuple(sorted(wrong, key=lambda one: (one.day, one.why))))


def _unsigned(heads: Iterable[Head]) -> list[Wrong]:
    return [Wrong(head.day, "signature") for head in heads if not is_signed(head)]


def _elsewhere(heads: Sequence[Head], stored: Sequence[bytes | None]) -> list[Wrong]:
    """Days whose head the ledger does not have: it was rewritten since, or cut."""
    pairs = zip(heads, stored, strict=True)
    return [Wrong(head.day, "digest") for head, link in pairs if head.digest != (link or GENESIS)]


def _disordered(heads: Sequence[Head]) -> list[Wrong]:
    wrong = []
    for before, head in pairwise(heads):
        if head.day != before.day + ONE_DAY:
            wrong.append(Wrong(head.day, "gap"))
        if head.position < before.position:
            wrong.append(Wrong(head.day, "order"))
    return wrong


async def listed(*, since: dt.date, limit: int) -> list[Head]:
    """Return the heads from a day on, the oldest first."""
    return [_head(row) for row in await fetch(_SINCE, since, limit)]


def _head(row: asyncpg.Record) -> Head:
    return Head(**{name: row[name] for name in Head.__struct_fields__})
