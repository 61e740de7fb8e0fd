"""Ways into the console for tests: organisers who see their own, officers who see everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people.roles import Role, Scope
from tests.conftest import client
from tests.doors import token_for, value

A, B = "yokohama-yoxo-committee", "asia-smart-city-office"
DETAILS = {"first_day": "2026-11-21", "last_day": "2026-11-22", "mode": "hybrid"}
SESSION = {"title.en": "Opening", "day": "2026-11-21", "from_time": "10:00", "to_time": "11:00", "mode": "on_site"}


async def organiser(slug: str) -> UUID:
    found: UUID = await value("SELECT id FROM organiser WHERE slug = $1", slug)  # type: ignore[assignment]
    return found


async def two() -> tuple[UUID, UUID]:
    """Return two organisers that have events."""
    rows = await fetch(
        "SELECT DISTINCT o.id, o.slug FROM organiser o JOIN event e ON e.organiser = o.id ORDER BY o.slug"
    )
    return rows[0]["id"], rows[1]["id"]


@asynccontextmanager
async def at_desk(app: Frame, *organisers: UUID, role: Role = "organiser") -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who works for these organisers."""
    scope = Scope(organisers=organisers) if organisers else Scope()
    async with client(app, await token_for(role, scope=scope), accept="text/html") as found:
        yield found


async def draft(desk: httpx.AsyncClient, owner: UUID, title: str = "Night market", **more: str) -> UUID:
    """Make a draft through its form and return its id."""
    form = {"convention": str(await value("SELECT id FROM convention")), "organiser": str(owner), "title.en": title}
    answer = await desk.post("/console/events/new", data={**form, **more})
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["location"].split("/")[3].partition("?")[0])


async def row(table: str, key: UUID) -> dict[str, object]:
    found = await fetch_one(f"SELECT * FROM {table} WHERE id = $1", key)
    assert found is not None
    return dict(found)


async def actions(event: UUID) -> list[str]:
    """Return what the audit log says was done to an event, in order."""
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"event:{event}")
    return [one["action"] for one in rows]
