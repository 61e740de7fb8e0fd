"""Guests of an organiser's own, for tests: with a ticket, with questions and answers."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from app.core.db import fetch
from app.ticketing.registering import offers
from tests.ticketing.organisers import OWN, console_of, event, form, type_by_slug
from tests.ticketing.wishes import member, register, wish

__all__ = ["ask", "base", "console_of", "few_places", "guest", "own_type"]


async def base(slug: str = OWN) -> str:
    """Return the address of an event's guests."""
    return f"/console/events/{(await event(slug))['id']}/guests"


async def own_type(own: httpx.AsyncClient, slug: str = OWN, **changes: Any) -> str:
    """Add a ticket type of the event's own, with columns changed, and return its slug."""
    one = (await event(slug))["id"]
    await own.post(f"/console/events/{one}/tickets/new", data=form(one))
    made = await type_by_slug(f"{slug}-workshop-pass")
    for column, value in changes.items():
        await fetch(f"UPDATE ticket_type SET {column} = $2 WHERE id = $1", made["id"], value)
    return f"{slug}-workshop-pass"


async def guest(http: httpx.AsyncClient, *party: dict[str, Any], **changes: Any) -> UUID:
    """Register a party and return the ticket of its first."""
    answer = await register(http, wish(*[member(**one) for one in party], **changes))
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["tickets"][0]["id"])


async def ask(*, own_event: UUID | None, organiser: UUID | None, label: str = "Diet", **changes: Any) -> str:
    """Ask something of everybody whose ticket opens an event, and return the slug of the question."""
    columns = {"kind": "text", "required": False, "options": [], "shown_when": None, **changes}
    slug = columns.pop("slug", f"question-{uuid4().hex[:8]}")
    await fetch(
        "INSERT INTO question (id, convention, organiser, event, slug, position, kind, label, hint, options,"
        " shown_when, required, keep_days, revision)"
        " SELECT $1, c.id, $2, $3, $4, 1, $5, $6, '{}', $7, $8, $9, 90, 0 FROM convention c LIMIT 1",
        uuid4(),
        organiser,
        own_event,
        slug,
        columns["kind"],
        msgspec.json.encode({"en": label, "ja": f"{label}（日本語）"}).decode(),
        msgspec.json.encode(columns["options"]).decode(),
        msgspec.json.encode(columns["shown_when"]).decode() if columns["shown_when"] else None,
        columns["required"],
    )
    return str(slug)


async def few_places(slug: str, places: int) -> None:
    """Let tickets of a type draw on a room with so many places."""
    held = await type_by_slug(slug)
    await fetch(
        "INSERT INTO quota (id, convention, organiser, slug, name, capacity, taken, revision)"
        " VALUES (gen_random_uuid(), $1, $2, 'small', $3, $4, 0, 0)",
        held["convention"],
        held["organiser"],
        '{"en": "Small room"}',
        places,
    )
    await fetch(
        "INSERT INTO quota_use (id, ticket_type, quota)"
        " SELECT gen_random_uuid(), $1, id FROM quota WHERE slug = 'small'",
        held["id"],
    )
    offers.forget()
