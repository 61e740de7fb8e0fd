"""People who register, and what the ledger makes of them."""

from typing import Any
from uuid import UUID

import httpx

from app.attendance.identity.keeping import catch_up
from app.core.db import fetch
from tests.clock import NOW
from tests.ticketing.wishes import member, register, wish


async def come(http: httpx.AsyncClient, email: str, *names: str, **more: Any) -> UUID:
    """Register a party with an address, and return the first of its persons."""
    answer = await register(http, wish(*(member(name=name, **more) for name in names), email=email))
    assert answer.status_code == 201, answer.text
    return (await persons_of(answer))[0]


async def persons_of(answer: httpx.Response) -> list[UUID]:
    """Return the persons of a registration in the order of the party."""
    tickets = [UUID(ticket["id"]) for ticket in answer.json()["tickets"]]
    rows = await fetch("SELECT id, person FROM ticket WHERE id = ANY($1::uuid[])", tickets)
    found = {row["id"]: row["person"] for row in rows}
    return [found[ticket] for ticket in tickets]


async def work() -> None:
    """Read everybody who was changed."""
    while await catch_up(now=NOW):
        pass


async def again() -> None:
    """Read everybody once more, as after changes: in one transaction of a test all changes have one number."""
    await fetch("UPDATE person_key SET key = '\\x00' WHERE kind = 'read'")
    await work()


async def merges() -> list[tuple[UUID, UUID, str]]:
    """Return the pairs that the ledger holds to be one, and why."""
    rows = await fetch("SELECT person, other, reason FROM ledger_entry WHERE kind = 'merge' ORDER BY position")
    return [(row["person"], row["other"], row["reason"]) for row in rows]


async def waiting() -> list[tuple[UUID, UUID, str]]:
    """Return the pairs that wait for an officer, and what they have in common."""
    rows = await fetch("SELECT first, second, reasons FROM double WHERE decision IS NULL ORDER BY found_at, first")
    return [(row["first"], row["second"], row["reasons"]) for row in rows]


def pair(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """Return two pseudonyms as the ledger has them."""
    return (one, other) if one < other else (other, one)
