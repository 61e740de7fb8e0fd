"""Append-only chains: each row's digest covers the row before it, so nothing can be changed or dropped unseen.

`digest = SHA-256(previous digest || line)` where the line is the row's canonical text.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.db import fetch_one

GENESIS = bytes(32)


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


def verify(rows: Iterable[tuple[int, bytes, str]], expected: Link) -> Verdict:
    """Walk `(position, digest, line)` rows in order and compare with the stored head."""
    last = Link(0, GENESIS)
    count = 0
    for position, digest, line in rows:
        count += 1
        if position != last.position + 1 or link(last.digest, line) != digest:
            return Verdict(count, last.position + 1, last.digest)
        last = Link(position, digest)
    broken = 0 if last == expected else last.position + 1
    return Verdict(count, broken, last.digest)
