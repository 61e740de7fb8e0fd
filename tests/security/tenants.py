"""Two organisers side by side, and the rows of the first: of every kind that a path can name."""

import json
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.attendance.online.reports import keeping
from app.core.db import fetch, fetch_one
from app.core.signing import derived, seal, token_digest
from app.people import access, persons
from app.people.persons import address_key
from app.people.roles import Principal, Role, Scope
from app.people.schemas import Declared, Details
from app.ticketing.guests.imports import kept
from app.ticketing.registering import answers, offers, uploads
from app.ticketing.registering.answers import Given
from tests.clock import NOW
from tests.doors import token_for
from tests.exchange import planting

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
    session = await copied("session", f"event = '{event}'", slug="session-of-a", venue=venue, mode="hybrid")
    return {
        "event": event,
        "venue": venue,
        "gate": gate,
        "rule": await _rule(gate),
        "session": session,
        **await _guest(organiser, event),
        "quota": await copied("quota", "session IS NULL", slug="quota-of-a", organiser=organiser, taken=0),
        "question": await copied("question", "true", slug="question-of-a", organiser=organiser, event=event),
        "voucher": await copied(
            "voucher", "true", code_key="\\x0a", organiser=organiser, ticket_type=None, label="A's voucher"
        ),
        "payment": await _payment(organiser),
        "message": await _message(organiser, event),
        **await _reported(session),
        **await _people_of(Scope(organisers=(organiser,))),
    }


async def _rule(gate: UUID) -> UUID:
    """Let the gate ask something."""
    made = uuid4()
    await fetch("INSERT INTO gate_rule (id, gate, admits, days, revision) VALUES ($1, $2, false, '[]', 0)", made, gate)
    return made


async def _payment(organiser: UUID) -> UUID:
    """Let somebody owe the organiser something."""
    (person,) = await persons.enrol([Declared(Details(name="Payer", email="payer@example.org"), "JP")], now=NOW)
    registration, made = uuid4(), uuid4()
    await fetch(
        "INSERT INTO registration (id, convention, person, status, language, created_at)"
        " SELECT $1, id, $2, 'pending', 'en', $3 FROM convention LIMIT 1",
        *(registration, person.id, NOW),
    )
    await fetch(
        "INSERT INTO payment (id, registration, organiser, provider, amount, tax, reference, state, due_at, settled_by,"
        " created_at, lines, received, refund, returned) VALUES ($1, $2, $3, 'cash', 3300, 300, 'AAA-AAAA-A', 'due',"
        " $4::timestamptz + interval '9 days', '', $4, '[]', 0, 0, 0)",
        *(made, registration, organiser, NOW),
    )
    return made


async def _reported(session: UUID) -> Rows:
    """Let a platform report somebody whom nobody knows, and let a report wait to be taken."""
    report, stay, draft = uuid4(), uuid4(), uuid4()
    data = b"id,joined_at,left_at\nx,2026-11-21T10:00:00+09:00,2026-11-21T10:30:00+09:00\n"
    await fetch(
        "INSERT INTO report_draft (id, session, sealed, platform, zone, created_at) VALUES ($1, $2, $3, '', '', $4)",
        *(draft, session, seal(derived(keeping.DRAFTS), data), NOW),
    )
    await fetch(
        "INSERT INTO platform_report (id, session, platform, digest, rows, notes, imported_by, imported_at)"
        " VALUES ($1, $2, 'csv', 'x', 1, '[]', 'organiser', $3)",
        *(report, session, NOW),
    )
    await fetch(
        "INSERT INTO reported_stay (id, report, line, source, joined_at, left_at, state, reason)"
        " VALUES ($1, $2, 2, 'stay-of-a', $3, $3, 'unknown', 'unsure')",
        *(stay, report, NOW),
    )
    return {"report": draft, "stay": stay}


async def _message(organiser: UUID, event: UUID) -> UUID:
    """Let the organiser write to the guests of the event."""
    author = await access.add_account(
        role="organiser", label="A's author", now=NOW, scope=Scope(organisers=(organiser,))
    )
    made = uuid4()
    await fetch(
        "INSERT INTO message (id, event, kind, subject, body, account, recipients, created_at)"
        """ VALUES ($1, $2, 'service', '{"en": "A"}', '{"en": "A"}', $3, 0, $4)""",
        *(made, event, author, NOW),
    )
    return made


async def _guest(organiser: UUID, event: UUID) -> Rows:
    """Add a guest of A's who sent a file, and a list of guests that is not taken in yet."""
    ticket_type = await _ticket_type(organiser, event)
    question = await copied("question", "true", slug="file-of-a", organiser=organiser, event=event, kind="file")
    (person,) = await persons.enrol(
        [Declared(Details(name="Hidden Guest", email="guest.of.a@example.org"), "JP")], now=NOW
    )
    assert person.key is not None
    ticket, registration = uuid4(), uuid4()
    offers.forget()
    await fetch(
        "INSERT INTO registration (id, convention, person, status, language, created_at)"
        " SELECT $1, convention, $2, 'confirmed', 'en', $3 FROM ticket_type WHERE id = $4",
        *(registration, person.id, NOW, ticket_type),
    )
    await fetch(
        "INSERT INTO ticket (id, registration, person, ticket_type, position, serial, code_digest, state, created_at)"
        " VALUES ($1, $2, $3, $4, 1, 7, 'x', 'valid', $5)",
        *(ticket, registration, person.id, ticket_type, NOW),
    )
    token = await uploads.store(question=question, name="card.pdf", data=b"%PDF-1.7", now=NOW)
    given = [Given(ticket=ticket, question=question, key=person.key, value=token)]
    await answers.write(given, now=NOW)
    await uploads.adopt(given)
    author = await access.add_account(role="organiser", label="A", now=NOW, scope=Scope(organisers=(organiser,)))
    listed = await kept.keep(
        event=event,
        data=b"Name,E-mail,Country\nA,a@example.org,JP\n",
        ticket_type=ticket_type,
        principal=Principal(role="organiser", account=author, scope=Scope(organisers=(organiser,))),
        now=NOW,
    )
    [upload] = uploads.uploads_of([token])
    return {"ticket_type": ticket_type, "ticket": ticket, "upload": upload, "guest_import": listed}


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


async def rows_of_city(slug: str) -> Rows:
    """Add a partner city that hands nothing on, and return one row of each kind that is its own.

    What it tells and pushes is called after it.
    """
    key = await planting.partner(slug)
    agreement = await planting.agreement(key, title=f"Agreement of {slug}")
    source = await planting.source(agreement, name=f"Calendar of {slug}", secret=f"key of {slug}")
    card = await planting.card()
    await planting.event(source, f"Told by {slug}", on=card, uid=f"told@{slug}.example")
    pushed = await planting.source(agreement, kind="push", name=f"Pushes of {slug}")
    await planting.event(pushed, f"Pushed by {slug}", uid=f"pushed@{slug}.example")
    token = await planting.insert(
        "feed_token", agreement=agreement, digest=token_digest(f"token of {slug}"), label=f"Of {slug}", created_at=NOW
    )
    return {"partner": key, "agreement": agreement, "source": source, "card": card, "token": token}


async def token_within(role: Role, organiser: UUID) -> str:
    """Return a token of an account that reaches one organiser."""
    return await token_for(role, scope=Scope(organisers=(organiser,)))
