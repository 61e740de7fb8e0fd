"""Two organisers side by side, and the rows of the first: of every kind that a path can name."""

import json
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch, fetch_one
from app.core.signing import token_digest
from app.people import access, persons
from app.people.persons import address_key
from app.people.roles import Role, Scope
from app.people.schemas import Declared, Details
from tests.clock import NOW
from tests.doors import token_for

MAIL = "a.owner@example.org"
Rows = dict[str, UUID]
"""An id by the name of the parameter that takes it."""


async def copied(table: str, source: str, **changes: Any) -> UUID:
    """Copy a row with changes, and return the id of the copy."""
    new = uuid4()
    wanted = json.dumps({"id": str(new), **changes}, default=str)
    await fetch(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, $1::jsonb)).* FROM {table} t WHERE {source} LIMIT 1",
        wanted,
    )
    return new


async def two_events() -> tuple[UUID, UUID, UUID, UUID]:
    """Return two organisers, each with an event that has sessions and gates."""
    rows = await fetch(
        "SELECT DISTINCT ON (e.organiser) e.organiser, e.id FROM event e"
        " WHERE EXISTS (SELECT FROM session WHERE event = e.id) AND EXISTS (SELECT FROM gate WHERE event = e.id)"
        " ORDER BY e.organiser, e.id LIMIT 2"
    )
    first, second = rows
    return first["organiser"], first["id"], second["organiser"], second["id"]


async def rows_of(organiser: UUID, event: UUID) -> Rows:
    """Add what is missing to the event's organiser, and return one row of each kind."""
    venue = await copied("venue", "true", slug="venue-of-a", organiser=organiser)
    gate = await copied("gate", f"event = '{event}'", slug="gate-of-a", venue=venue)
    session = await copied("session", f"event = '{event}'", slug="session-of-a", venue=venue)
    return {
        "event": event,
        "venue": venue,
        "gate": gate,
        "session": session,
        "ticket_type": await _ticket_type(organiser, event),
        "quota": await copied("quota", "session IS NULL", slug="quota-of-a", organiser=organiser, taken=0),
        **await _people_of(Scope(organisers=(organiser,))),
    }


async def _ticket_type(organiser: UUID, event: UUID) -> UUID:
    made = await copied("ticket_type", "true", slug="type-of-a", number=60_000, organiser=organiser)
    await fetch("INSERT INTO coverage (id, ticket_type, event) VALUES ($1, $2, $3)", uuid4(), made, event)
    return made


async def _people_of(scope: Scope) -> Rows:
    """Gate staff with a phone, an invitation and a code for another phone, all within this scope."""
    staff = await access.add_account(role="staff", label="A's staff", now=NOW, scope=scope, device="A's phone")
    device = await fetch_one("SELECT id FROM device WHERE account = $1", staff)
    assert device is not None
    words, invitation, code = msgspec.json.encode(scope).decode(), uuid4(), uuid4()
    await fetch(
        "INSERT INTO invitation (id, role, scope, label, address_key, language, digest, created_at, expires_at)"
        " VALUES ($1, 'staff', $2, 'A''s guest', $3, 'en', $4, $5, $5::timestamptz + interval '1 day')",
        *(invitation, words, address_key("guest@example.org"), token_digest("invitation"), NOW),
    )
    await fetch(
        "INSERT INTO provisioning (id, digest, role, scope, name, created_at, expires_at)"
        " VALUES ($1, $2, 'staff', $3, 'A''s code', $4, $4::timestamptz + interval '1 day')",
        *(code, token_digest("code"), words, NOW),
    )
    return {"account": staff, "device": device["id"], "invitation": invitation, "code": code}


async def own_rows(account: UUID) -> Rows:
    """Add everything that `/account` shows of an account with the address `MAIL`, and return the rows."""
    await access.issue_token(account=account, now=NOW)
    passkey, session, consent = (uuid4() for _ in range(3))
    await fetch(
        "INSERT INTO passkey (id, account, credential, public_key, name, created_at) VALUES ($1, $2, $3, $3, 'A', $4)",
        *(passkey, account, b"credential of A", NOW),
    )
    await fetch(
        "INSERT INTO browser_session (id, account, digest, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
        *(session, account, token_digest("session of A"), NOW),
    )
    (person,) = await persons.enrol([Declared(Details(name="A", email=MAIL), "JP")], now=NOW)
    await fetch(
        "INSERT INTO consent_text (id, purpose, version, required, title, body, created_at, published_at)"
        " VALUES ($1, 'news', 'news-of-a', false, '{}', '{}', $2, $2)",
        *(uuid4(), NOW),
    )
    await fetch(
        "INSERT INTO consent (id, person, text, given_at) VALUES ($1, $2, 'news-of-a', $3)", consent, person.id, NOW
    )
    row = await fetch_one("SELECT id FROM access_token WHERE account = $1", account)
    assert row is not None
    return {"passkey": passkey, "session": session, "person": person.id, "consent": consent, "token": row["id"]}


async def token_within(role: Role, organiser: UUID) -> str:
    """Return a token of an account that reaches one organiser."""
    return await token_for(role, scope=Scope(organisers=(organiser,)))
