"""Organisers at their console, for tests: two who must not see each other's, and an officer."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people.roles import Role, Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for

OWN = "yoxo-festival"
FOREIGN = "oto-matsuri"


async def event(slug: str = OWN) -> dict[str, Any]:
    """Return an event of the demo convention."""
    row = await fetch_one("SELECT * FROM event WHERE slug = $1", slug)
    assert row is not None
    return dict(row)


async def draft(slug: str = "new-event", *, organiser: UUID) -> UUID:
    """Add a draft to the demo convention."""
    made = uuid4()
    await fetch(
        "INSERT INTO event (id, convention, organiser, slug, position, kpi_scope, mode, title, summary, description,"
        " tags, first_day, last_day, revision, changed_at) SELECT $1, e.convention, $2, $3, 99, 'linked', 'on_site',"
        " $4, '{}', '{}', '[]', e.first_day, e.last_day, 0, $5 FROM event e WHERE e.slug = 'yoxo-festival'",
        made,
        organiser,
        slug,
        f'{{"en": "{slug}"}}',
        NOW,
    )
    return made


async def console_of(app: Frame, slug: str = OWN, *, role: Role = "organiser") -> httpx.AsyncClient:
    """Return a browser of the organiser of an event, or of an officer."""
    scope = Scope(organisers=((await event(slug))["organiser"],)) if role == "organiser" else Scope()
    return client(app, await token_for(role, scope=scope), accept="text/html")


def form(event_id: UUID, **changes: Any) -> dict[str, Any]:
    """Return the form of a ticket type with a title and the event, and what a test changes."""
    return {
        "title.en": "Workshop pass",
        "events": [str(event_id)],
        "role": "visitor",
        "mode": "on_site",
        "entry_rule": "daily",
        "price": "0",
        "public": "true",
        **changes,
    }


def wrong(answer: httpx.Response) -> list[str]:
    """Return the fields that the summary of a page names."""
    return re.findall(r'<li><a href="#([^"]+)">', answer.text)


async def type_by_slug(slug: str) -> dict[str, Any]:
    """Return a ticket type."""
    row = await fetch_one("SELECT * FROM ticket_type WHERE slug = $1", slug)
    assert row is not None
    return dict(row)
