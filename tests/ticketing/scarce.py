"""Ticket types for which there is not enough: three, over nested quotas, of which one hall is the tightest."""

import contextlib
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from app.core.db import fetch, fetch_one, transaction

TYPES = ("scarce-north", "scarce-south", "scarce-both")
_TYPE = """
INSERT INTO ticket_type (id, convention, organiser, slug, number, position, role, mode, entry_rule, days, price, public,
                         title, description, revision, tax_percent, admission)
SELECT $1, convention, organiser, $2, $3, 900, role, mode, entry_rule, days, 0, true, title, description, 0, 10, 'open'
FROM ticket_type WHERE slug = 'citywide-pass'
"""
_COVERS = """
INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), $1, event FROM coverage c
JOIN ticket_type t ON t.id = c.ticket_type WHERE t.slug = 'citywide-pass'
"""
_QUOTA = """
INSERT INTO quota (id, convention, slug, name, capacity, taken, within, revision)
SELECT $1, id, $2, '{"en": "Scarce"}', $3, 0, $4, 0 FROM convention WHERE slug = 'yokohama-2026'
"""


@contextlib.asynccontextmanager
async def scarce(places: int) -> AsyncIterator[UUID]:
    """Make the types; exactly `places` people can have one. Return the quota of the hall; all is removed at the end.

    North and south lie within the hall, which lies within the house; who has both takes a place of all four.
    """
    house, hall, north, south = (uuid4() for _ in range(4))
    async with transaction():
        await fetch(_QUOTA, house, "scarce-house", 2 * places, None)
        await fetch(_QUOTA, hall, "scarce-hall", places, house)
        await fetch(_QUOTA, north, "scarce-north", places, hall)
        await fetch(_QUOTA, south, "scarce-south", places, hall)
        for number, (slug, quotas) in enumerate(zip(TYPES, ((north,), (south,), (north, south)), strict=True), 60_000):
            made = uuid4()
            await fetch(_TYPE, made, slug, number)
            await fetch(_COVERS, made)
            for quota in quotas:
                await fetch("INSERT INTO quota_use VALUES (gen_random_uuid(), $1, $2)", made, quota)
    try:
        yield hall
    finally:
        await clear()
        await _remove()


async def clear() -> None:
    """Take every registration back, and every place."""
    async with transaction():
        await fetch("SET LOCAL session_replication_role = replica")
        for table in ("reservation", "ticket", "registration", "job", "stored_answer", "person_details", "person"):
            await fetch(f"DELETE FROM {table}")
        await fetch("UPDATE quota SET taken = 0")


async def _remove() -> None:
    async with transaction():
        await fetch("SET LOCAL session_replication_role = replica")
        of = "(SELECT id FROM ticket_type WHERE slug LIKE 'scarce-%')"
        for table in ("quota_use", "coverage"):
            await fetch(f"DELETE FROM {table} WHERE ticket_type IN {of}")
        await fetch("DELETE FROM ticket_type WHERE slug LIKE 'scarce-%'")
        await fetch("DELETE FROM quota WHERE slug LIKE 'scarce-%'")


@contextlib.asynccontextmanager
async def without_the_check() -> AsyncIterator[None]:
    """Let the database itself not mind more taken than there is."""
    async with transaction():
        await fetch("ALTER TABLE quota DROP CONSTRAINT quota_never_oversold")
    try:
        yield
    finally:
        await clear()
        async with transaction():
            await fetch(
                "ALTER TABLE quota ADD CONSTRAINT quota_never_oversold CHECK (taken >= 0 AND taken <= capacity)"
            )


async def taken(quota: UUID) -> int:
    """Return how many places of a quota are taken."""
    row = await fetch_one("SELECT taken FROM quota WHERE id = $1", quota)
    assert row is not None
    found: int = row["taken"]
    return found
