"""The attendance ledger: chained evidence, appended in the transaction that produced it, never changed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.ledger_entry import Evidence, EvidenceClass, Kind, Mode, Scope
from app.core import chain
from app.core.db import fetch, fetch_one, transaction

CHAIN = "ledger"
CORRECTIONS = ("void", "merge", "split", "residence", "role")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Entry(Struct, frozen=True, kw_only=True):
    """Evidence to append; the fields mean what they mean in `Evidence`.

    `source` names what the entry came from (`scan:<device>:<seq>`): one source makes one entry, however often.
    """

    source: str | None = None
    kind: Kind
    evidence_class: EvidenceClass
    person: UUID
    role: str
    ticket: UUID | None = None
    event: UUID | None = None
    session: UUID | None = None
    scope: Scope | None = None
    mode: Mode | None = None
    scheduled_at: dt.datetime | None = None
    scheduled_minutes: int | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    residence: str | None = None
    subject: int | None = None
    other: UUID | None = None
    operator: str | None = None
    reason: str | None = None


_TYPES = {
    "position": "bigint",
    "kind": "text",
    "evidence_class": "text",
    "recorded_at": "timestamptz",
    "person": "uuid",
    "ticket": "uuid",
    "event": "uuid",
    "session": "uuid",
    "scope": "text",
    "mode": "text",
    "scheduled_at": "timestamptz",
    "scheduled_minutes": "int",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "role": "text",
    "residence": "text",
    "subject": "bigint",
    "other": "uuid",
    "operator": "text",
    "reason": "text",
    "source": "text",
}
COLUMNS = tuple(_TYPES)
"""The columns of an entry in the order of its canonical line; the digest is not among them."""
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)

LOCK = """
SELECT position, digest, ARRAY(SELECT source::text FROM ledger_entry WHERE source = ANY($2::text[])) AS known
FROM chain_head WHERE name = $1 FOR UPDATE
"""
FIRST = "INSERT INTO chain_head (name, position, digest) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
APPEND = f"""
WITH head AS (UPDATE chain_head SET position = $1, digest = $2 WHERE name = '{CHAIN}')
INSERT INTO ledger_entry (digest, {_NAMES})
SELECT * FROM unnest($3::bytea[], {", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 4))})
"""


def line(values: Iterable[object]) -> str:
    """Return the canonical text of an entry, the one its digest covers: a JSON array of all columns in order.

    Times are microseconds since 1970, UTC.
    """
    return msgspec.json.encode([_plain(value) for value in values]).decode()


def _plain(value: object) -> object:
    return (value - _EPOCH) // _MICROSECOND if isinstance(value, dt.datetime) else value


async def append(entries: Sequence[Entry], *, now: dt.datetime) -> list[int]:
    """Append what is new among `entries` and return its positions. Two statements for any number of entries.

    Call it last in the transaction: the chain's head stays locked until commit, so all appenders queue here.
    A source that another transaction appends at the same moment raises `asyncpg.UniqueViolationError`.
    """
    if not entries:
        return []
    async with transaction():
        head, known = await _lock([entry.source for entry in entries if entry.source])
        new = [entry for entry in _distinct(entries) if entry.source not in known]
        rows = [_row(head.position + n, entry, now) for n, entry in enumerate(new, 1)]
        made = chain.links(head, [line(row) for row in rows])
        if made:
            columns = zip(*rows, strict=True)
            await fetch(APPEND, *made[-1], [link.digest for link in made], *(list(column) for column in columns))
        return [link.position for link in made]


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    seen: set[str] = set()
    kept = []
    for entry in entries:
        if entry.source is None or entry.source not in seen:
            kept.append(entry)
        if entry.source is not None:
            seen.add(entry.source)
    return kept


async def _lock(sources: list[str]) -> tuple[chain.Link, frozenset[str]]:
    row = await fetch_one(LOCK, CHAIN, sources)
    if row is None:
        await fetch_one(FIRST, CHAIN, chain.GENESIS)
        return await _lock(sources)
    return chain.Link(row["position"], row["digest"]), frozenset(row["known"])


def _row(position: int, entry: Entry, now: dt.datetime) -> tuple[Any, ...]:
    known = {"position": position, "recorded_at": now}
    return tuple(known[name] if name in known else getattr(entry, name) for name in COLUMNS)


async def read(*, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Evidence]:
    """Return the facts scheduled in [starts_at, ends_at) and every correction, in order of position.

    Corrections come whole, because an undated one speaks of every year.
    """
    names = ", ".join(f'"{name}"' for name in Evidence.__struct_fields__)
    rows = await fetch(
        f"SELECT {names} FROM ledger_entry WHERE (scheduled_at >= $1 AND scheduled_at < $2) OR kind = ANY($3::text[])"
        " ORDER BY position",
        starts_at,
        ends_at,
        list(CORRECTIONS),
    )
    return [Evidence(**row) for row in rows]


async def verify() -> chain.Verdict:
    """Recompute the whole chain from the rows and compare it with the stored head, while others may append."""
    return await chain.verify(CHAIN, table="ledger_entry", columns=COLUMNS, line=line)
