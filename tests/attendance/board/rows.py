"""Rows that a board is made of, written as scanning and the devices' contacts write them."""

import datetime as dt
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch, fetch_one
from tests.clock import NOW
from tests.doors import device_of, token_for

INSERT = """
INSERT INTO scan (device, seq, gate, request, direction, scanned_at, received_at, status, verdict, reason, warnings,
                  undoes_device, undoes_seq)
SELECT $1, n, $2, '', $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11 FROM generate_series($12::bigint, $13) AS n
"""
_numbers = iter(range(1, 10**9))


async def phone(name: str = "Phone 1") -> UUID:
    """Enrol a device and return it."""
    return await device_of(await token_for("staff", device=name))


async def scans(
    device: UUID,
    gate: UUID,
    *,
    n: int = 1,
    direction: str = "entry",
    at: dt.datetime = NOW,
    received: dt.datetime | None = None,
    status: str = "stored",
    reason: str | None = None,
    warnings: tuple[str, ...] = (),
    undoes: tuple[UUID | None, int] | None = None,
) -> int:
    """Insert `n` scans with one answer, refused when there is a reason; return the number of the last."""
    first = next(_numbers) * 100_000
    verdict = "refused" if reason or status == "quarantined" else "admitted"
    await fetch(
        INSERT,
        *(device, gate, direction, at, received or at, status, verdict, reason),
        msgspec.json.encode(warnings).decode(),
        *(undoes or (None, None)),
        *(first, first + n - 1),
    )
    return first + n - 1


async def contact(
    device: UUID,
    gate: UUID | None,
    *,
    seen: dt.datetime = NOW,
    queue: int = 0,
    battery: int | None = 80,
    pack: int = 0,
    direction: str = "entry",
) -> None:
    """Let a device say how it is."""
    await fetch(
        "INSERT INTO device_contact (device, gate, direction, queue, battery, pack_number, seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (device) DO UPDATE SET gate = EXCLUDED.gate,"
        " queue = EXCLUDED.queue, battery = EXCLUDED.battery, pack_number = EXCLUDED.pack_number,"
        " seen_at = EXCLUDED.seen_at, direction = EXCLUDED.direction",
        *(device, gate, direction, queue, battery, pack, seen),
    )


async def inside(venue: UUID, people: int) -> None:
    """Let so many people be inside a venue."""
    await fetch(
        "INSERT INTO venue_inside (venue, inside) VALUES ($1, $2) ON CONFLICT (venue) DO UPDATE SET inside = $2",
        *(venue, people),
    )


async def capacity(venue: UUID, people: int | None) -> None:
    """Let a venue hold so many people."""
    await fetch("UPDATE venue SET capacity = $2 WHERE id = $1", venue, people)


async def hours(gate: UUID, opens: dt.time | None, closes: dt.time | None) -> None:
    """Let a gate be open at these hours."""
    await fetch("UPDATE gate SET opens_at = $2, closes_at = $3 WHERE id = $1", gate, opens, closes)


async def slug() -> str:
    """Return the slug of the convention."""
    row = await fetch_one("SELECT slug FROM convention")
    assert row is not None
    return str(row["slug"])


def nowhere() -> UUID:
    """Return the id of a gate that does not exist."""
    return uuid4()
