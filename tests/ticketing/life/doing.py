"""Registering and looking, in one line each, without the web."""

import datetime as dt
from typing import Any, get_args
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch, fetch_one
from app.core.signing import open_capability
from app.people.persons import open_details
from app.people.schemas import Details
from app.ticketing.life.by import By
from app.ticketing.registering import offers
from app.ticketing.registering.register import register as really_register
from app.ticketing.schemas import RegistrationOut, RegistrationRequest
from app.ticketing.states import Action
from tests.clock import NOW
from tests.ticketing.wishes import member, wish

EARLY = NOW - dt.timedelta(days=3)
"""Before the convention begins: holders may still do what they like with their tickets."""
CONVENTION = "yokohama-2026"
STAFF = By(f"account:{UUID(int=5)}", "A good reason")


async def register(*party: dict[str, Any], now: dt.datetime = EARLY, **changes: Any) -> RegistrationOut:
    """Register a party and return the answer."""
    request = msgspec.convert(wish(*party, **changes), RegistrationRequest)
    answer = await really_register(convention=CONVENTION, request=request, key=str(uuid4()), now=now)
    return msgspec.json.decode(answer, type=RegistrationOut)


def people(n: int, start: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Return a party of `n` with different names."""
    return [member(name=f"Person {start + i}", **more) for i in range(n)]


async def waiting(*party: dict[str, Any], **changes: Any) -> RegistrationOut:
    """Register a party that waits if it has to."""
    return await register(*party, join_waiting_list=True, **changes)


def token(found: RegistrationOut) -> str:
    """Return the token of a registration's link."""
    return found.manage_url.rpartition("/")[2]


def opened(manage_url: str) -> UUID:
    """Return the registration behind a link."""
    ids = open_capability("registration", manage_url.rpartition("/")[2])
    assert ids is not None
    return ids[0]


async def ticket(ticket_id: UUID) -> dict[str, Any]:
    """Return the row of a ticket."""
    row = await fetch_one("SELECT * FROM ticket WHERE id = $1", ticket_id)
    assert row is not None
    return dict(row)


async def details(ticket_id: UUID) -> Details:
    """Return what is declared with a ticket."""
    row = await fetch_one(
        "SELECT t.sealed, p.key FROM ticket t JOIN person p ON p.id = t.person WHERE t.id = $1", ticket_id
    )
    assert row is not None
    return open_details(row["key"], row["sealed"])


async def status(registration: UUID) -> str:
    """Return the status of a registration."""
    row = await fetch_one("SELECT status FROM registration WHERE id = $1", registration)
    assert row is not None
    return str(row["status"])


async def states(registration: UUID) -> list[str]:
    """Return the states of a registration's tickets."""
    rows = await fetch("SELECT state FROM ticket WHERE registration = $1 ORDER BY position", registration)
    return [row["state"] for row in rows]


async def capacity(slug: str, places: int) -> None:
    """Let a quota have so many places, whatever the console would say."""
    await fetch("UPDATE quota SET capacity = $2 WHERE slug = $1", slug, places)


async def taken(slug: str) -> int:
    """Return how many places of a quota are taken."""
    row = await fetch_one("SELECT taken FROM quota WHERE slug = $1", slug)
    assert row is not None
    return int(row["taken"])


async def set_type(slug: str, **columns: Any) -> None:
    """Change columns of a ticket type behind everybody's back."""
    for column, value in columns.items():
        await fetch(f"UPDATE ticket_type SET {column} = $2 WHERE slug = $1", slug, value)
    offers.forget()


async def notes(purpose: str) -> int:
    """Count the mails promised for a purpose."""
    return len(
        await fetch("SELECT 1 FROM job WHERE name = 'ticketing.send_note' AND payload ->> 'purpose' = $1", purpose)
    )


async def ticket_mails(ticket_id: UUID) -> int:
    """Count the mails promised that bring a ticket."""
    return len(
        await fetch(
            "SELECT 1 FROM job WHERE name = 'ticketing.send_ticket' AND payload ->> 'ticket_id' = $1", str(ticket_id)
        )
    )


async def changes(ticket_id: UUID) -> list[tuple[str, str]]:
    """Return the actions in a ticket's history with who did them."""
    rows = await fetch("SELECT action, actor, at FROM ticket_change WHERE ticket = $1", ticket_id)
    rows.sort(key=lambda row: (row["at"], get_args(Action).index(row["action"])))
    return [(row["action"], row["actor"].partition(":")[0]) for row in rows]


async def counted_session() -> UUID:
    """Return a session with counted places that the citywide pass opens."""
    row = await fetch_one("SELECT session FROM quota WHERE slug = 'yoxo-festival-night-meetup'")
    assert row is not None
    found: UUID = row["session"]
    return found


async def payable() -> None:
    """Let the city be paid by bank transfer."""
    await fetch(
        "INSERT INTO payment_method (id, convention, provider, instructions, days, enabled, revision)"
        " SELECT gen_random_uuid(), id, 'bank_transfer', '{}', 10, true, 0 FROM convention ON CONFLICT DO NOTHING"
    )
    offers.forget()
