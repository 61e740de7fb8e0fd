"""Append-only chains: each row's digest covers the row before it, so nothing can be changed or dropped unseen.

`digest = SHA-256(previous digest || line)` where the line is the row's canonical text.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import asyncpg

from app.core.db import DB, fetch, fetch_one

GENESIS = bytes(32)
BATCH = 50_000
"""Rows verified at a time: far below the time limit of a statement, some hundred megabytes at most."""
STRETCH = 250_000
"""Rows that the server verifies in one statement, a second's work."""
ABREAST = 4
"""Stretches verified at the same time, each on a connection of its own."""
LOWEST = -(2**63)
"""No row has a lower position, not even a forged one."""


class Link(NamedTuple):
    """Where a line stands in its chain."""

    position: int
    digest: bytes


def link(previous: bytes, line: str) -> bytes:
    """Return the digest of `line` after `previous`."""
    return hashlib.sha256(previous + line.encode()).digest()


def links(head: Link, lines: Iterable[str]) -> list[Link]:
    """Return the links of `lines` put after `head`."""
    made = []
    for line in lines:
        head = Link(head.position + 1, link(head.digest, line))
        made.append(head)
    return made


async def extend(name: str, lines: Sequence[str]) -> list[Link]:
    """Reserve the next links of the chain `name` inside the caller's transaction.

    The head's row lock makes writers queue until commit, so positions have no gaps and no forks:
    call it as late in the transaction as possible.
    """
    row = await fetch_one("SELECT position, digest FROM chain_head WHERE name = $1 FOR UPDATE", name)
    if row is None:
        await fetch_one(
            "INSERT INTO chain_head (name, position, digest) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING", name, GENESIS
        )
        return await extend(name, lines)
    made = links(Link(row["position"], row["digest"]), lines)
    if made:
        await fetch_one("UPDATE chain_head SET position = $2, digest = $3 WHERE name = $1", name, *made[-1])
    return made


async def head(name: str) -> Link:
    """Return the last link of a chain."""
    row = await fetch_one("SELECT position, digest FROM chain_head WHERE name = $1", name)
    return Link(row["position"], row["digest"]) if row else Link(0, GENESIS)


class Verdict(NamedTuple):
    """What verifying a chain found: `broken` is the first wrong position, 0 when all is well."""

    rows: int
    broken: int
    head: bytes


NOTHING = Verdict(0, 0, GENESIS)


def walk(found: Verdict, rows: Iterable[tuple[int, bytes, str]]) -> Verdict:
    """Go on from an unbroken verdict over the next `(position, digest, line)` rows in order."""
    last = Link(found.rows, found.head)
    for position, digest, line in rows:
        expected = Link(last.position + 1, link(last.digest, line))
        if expected != (position, digest):
            return Verdict(expected.position, expected.position, last.digest)
        last = expected
    return Verdict(last.position, 0, last.digest)


def compare(found: Verdict, head: Link, *, last: int) -> Verdict:
    """Judge a walk up to `head` by the head itself and by `last`, the last position there is, as of the same moment."""
    whole = Link(found.rows, found.head) == head and last <= head.position
    return found if found.broken or whole else found._replace(broken=found.rows + 1)


async def verify(
    name: str,
    *,
    table: str,
    columns: Sequence[str],
    line: Callable[[Sequence[object]], str],
    text: str | None = None,
) -> Verdict:
    """Recompute a chain from its table and compare it with the stored head, while others may append.

    Up to the head as it was at the beginning; rows after it count as tampering only if they were there together with
    it. `line` makes the canonical text of a row's `columns`. `text` is an SQL expression for the same: with it the
    server looks through the links, many times faster, and only what it doubts is walked here. Where the two differ in
    how they write a value, that costs time and is no error.
    """
    head, last = await _ends(name, table)
    if text is not None and last <= head.position and await _is_sound(head, table=table, text=text):
        return Verdict(head.position, 0, head.digest)
    return compare(await _walked(head, table=table, columns=columns, line=line), head, last=last)


async def _walked(
    head: Link, *, table: str, columns: Sequence[str], line: Callable[[Sequence[object]], str]
) -> Verdict:
    """Walk from the beginning to `head` or to the first wrong row. Memory stays flat: `BATCH` rows at a time."""
    names = ", ".join(f'"{column}"' for column in columns)
    batch = (
        f"SELECT position, digest, {names} FROM {table} WHERE position >= $1 AND position <= $2"
        " ORDER BY position LIMIT $3"
    )
    found, first = NOTHING, LOWEST
    while not found.broken and (rows := await fetch(batch, first, head.position, BATCH)):
        found = walk(found, ((position, digest, line(values)) for position, digest, *values in rows))
        first = found.rows + 1
    return found


# Every link is judged by the digest that is stored before it. If all of them hold, so does the chain: then each stored
# digest is the one that a walk from the beginning would have found. Where positions are missing, a row is held against
# the one before the gap; then there are fewer rows than positions, and `_is_sound` says no.
_LINKS = """
SELECT count(*) FILTER (WHERE digest = sha256(before || line)) AS sound
FROM (
    SELECT digest, convert_to({text}, 'UTF8') AS line,
        lag(digest, 1, coalesce((SELECT p.digest FROM {table} p WHERE p.position = $1), $3))
            OVER (ORDER BY position) AS before
    FROM {table} WHERE position > $1 AND position <= $2
) links
"""


async def _is_sound(head: Link, *, table: str, text: str) -> bool:
    """Whether 1 to `head` are all there and well linked, the last one being the head, and nothing stands before."""
    statement = _LINKS.format(table=table, text=text)
    stretches = pairwise([*range(0, head.position, STRETCH), head.position])
    sound = sum(row["sound"] for row in await _abreast(statement, list(stretches)))
    before = await fetch_one(f"SELECT 1 FROM {table} WHERE position < 1 LIMIT 1")
    newest = await fetch_one(f"SELECT digest FROM {table} WHERE position = $1", head.position)
    return sound == head.position and before is None and (newest["digest"] if newest else GENESIS) == head.digest


async def _abreast(statement: str, stretches: Sequence[tuple[int, int]]) -> list[asyncpg.Record]:
    """Ask about each stretch: side by side, but one after the other within a transaction, which has one connection."""
    turn = asyncio.Semaphore(1 if DB.current_transaction.get() else ABREAST)

    async def ask(low: int, high: int) -> asyncpg.Record:
        async with turn:
            [row] = await fetch(statement, low, high, GENESIS)
            return row

    return await asyncio.gather(*(ask(low, high) for low, high in stretches))


async def _ends(name: str, table: str) -> tuple[Link, int]:
    """The stored head and the last position there is: one statement, so one moment."""
    row = await fetch_one(
        "SELECT position, digest, last FROM"
        f" (SELECT coalesce(max(position), 0) AS last FROM {table}) rows LEFT JOIN chain_head ON name = $1",
        name,
    )
    assert row is not None  # noqa: S101  # an aggregate always has a row
    return Link(row["position"] or 0, row["digest"] or GENESIS), row["last"]
