"""What the tests of payments need: tickets for money, ways to pay, parties that owe something."""

import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.core import jobs
from app.core.db import fetch, fetch_one
from app.people.roles import Principal, Scope
from app.ticketing.payments import due
from app.ticketing.payments.views import PaymentView
from app.ticketing.registering import offers
from tests.clock import NOW
from tests.ticketing.organisers import event
from tests.ticketing.wishes import member, register, wish

HOW = {"en": "Harbour Bank, branch 001\nAccount 1234567", "ja": "みなと銀行 本店\n普通 1234567"}


async def method(
    provider: str = "bank_transfer", *, organiser: UUID | None = None, days: int = 10, enabled: bool = True
) -> UUID:
    """Add a way to pay an organiser, or the city; what the demo has of it is replaced."""
    row = await fetch_one(
        "INSERT INTO payment_method (id, convention, organiser, provider, instructions, days, enabled, issuer, number,"
        " revision) SELECT gen_random_uuid(), id, $1, $2, $3, $4, $5, 'Harbour Lab', 'T1234567890123', 0"
        " FROM convention WHERE slug = 'yokohama-2026' ON CONFLICT (convention, organiser, provider) DO UPDATE SET"
        " (instructions, days, enabled, issuer, number)"
        " = (EXCLUDED.instructions, EXCLUDED.days, EXCLUDED.enabled, EXCLUDED.issuer, EXCLUDED.number) RETURNING id",
        *(organiser, provider, json.dumps(HOW), days, enabled),
    )
    offers.forget()
    assert row is not None
    return UUID(str(row["id"]))


async def paid_type(
    slug: str = "workshop", price: int = 3300, *, percent: int = 10, organiser: UUID | None = None, **changes: Any
) -> UUID:
    """Add a ticket type like the citywide pass, for money, of the city unless an organiser is named."""
    made = uuid4()
    last = await fetch_one("SELECT max(number) FROM ticket_type")
    assert last is not None
    wanted = {"id": made, "slug": slug, "number": last[0] + 1, "price": price, "tax_percent": percent, **changes}
    await fetch(
        "INSERT INTO ticket_type SELECT (jsonb_populate_record(t, $1::jsonb)).* FROM ticket_type t"
        " WHERE slug = 'citywide-pass'",
        json.dumps(wanted | {"organiser": organiser}, default=str),
    )
    await fetch(
        "INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), $1, g.event FROM coverage g"
        " JOIN ticket_type t ON t.id = g.ticket_type WHERE t.slug = 'citywide-pass'"
        " AND ($2::uuid IS NULL OR g.event = $2)",
        *(made, (await event())["id"] if organiser else None),
    )
    offers.forget()
    return made


async def places(ticket_type: UUID, capacity: int) -> UUID:
    """Give a ticket type a number of places."""
    made = uuid4()
    await fetch(
        "INSERT INTO quota (id, convention, slug, name, capacity, taken, revision)"
        " SELECT $1, id, $2, $3, $4, 0, 0 FROM convention WHERE slug = 'yokohama-2026'",
        *(made, f"seats-{made.hex[:8]}", '{"en": "Seats"}', capacity),
    )
    await fetch("INSERT INTO quota_use (id, ticket_type, quota) VALUES ($1, $2, $3)", uuid4(), ticket_type, made)
    offers.forget()
    return made


async def owing(http: httpx.AsyncClient, *slugs: str, name: str = "Guest", payment: str = "bank_transfer") -> UUID:
    """Register a party, one person for each ticket type, and return the registration."""
    party = [member(name=f"{name} {n}", ticket_type=slug) for n, slug in enumerate(slugs or ("workshop",))]
    answer = await register(http, wish(*party, email=f"{name.encode().hex()}@example.org", payment=payment))
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def bills(registration: UUID) -> list[PaymentView]:
    """Return what a registration owes or paid."""
    return await due.of_registration(registration)


async def bill(registration: UUID) -> PaymentView:
    """Return the one payment of a registration."""
    (one,) = await bills(registration)
    return one


async def states(registration: UUID) -> list[str]:
    """Return the states of a registration's tickets, in their order."""
    rows = await fetch("SELECT state FROM ticket WHERE registration = $1 ORDER BY position", registration)
    return [row["state"] for row in rows]


async def status(registration: UUID) -> str:
    """Return the status of a registration."""
    row = await fetch_one("SELECT status FROM registration WHERE id = $1", registration)
    assert row is not None
    return str(row["status"])


async def taken(quota: UUID) -> int:
    """Return how many places of a quota are taken."""
    row = await fetch_one("SELECT taken FROM quota WHERE id = $1", quota)
    assert row is not None
    return int(row["taken"])


async def told(registration: UUID) -> list[str]:
    """Return the purposes of the mails promised to a registration, sorted."""
    rows = await fetch(
        "SELECT payload ->> 'purpose' AS purpose FROM job WHERE name = 'ticketing.send_note'"
        " AND payload ->> 'registration' = $1 ORDER BY 1",
        str(registration),
    )
    return [row["purpose"] for row in rows]


async def work(now: dt.datetime) -> None:
    """Do what is due of reminders and lapses."""
    rows = await fetch(
        "SELECT id, name, payload FROM job WHERE name IN ('ticketing.lapse_payment', 'ticketing.remind_payment')"
        " AND due_at <= $1 AND done_at IS NULL ORDER BY due_at",
        now,
    )
    for row in rows:
        await jobs.TASKS[row["name"]](now=now, **json.loads(row["payload"]))
        await fetch("UPDATE job SET done_at = $2 WHERE id = $1", row["id"], now)


OFFICER = Principal(role="officer", account=UUID(int=1))


def organiser(*organisers: UUID) -> Principal:
    """Return somebody who works for organisers."""
    return Principal(role="organiser", account=UUID(int=2), scope=Scope(organisers=organisers))


LATER = NOW + dt.timedelta(days=30)
