"""A browser of somebody who runs awards, and the forms it sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Role
from tests.awards.planting import secretary
from tests.conftest import client

CATEGORY = {
    "title.en": "Pairs",
    "title.ja": "ペア",
    "slug": "pairs",
    "zone": "Asia/Tokyo",
    "opens_at": "2026-10-01T09:00",
    "closes_at": "2026-11-20T17:00",
    "grace": "90",
    "least_members": "2",
    "evidence": "true",
}
ROUND = {
    "title.en": "Documents",
    "title.ja": "書類審査",
    "kind": "document",
    "method": "scores",
    "zone": "Asia/Tokyo",
    "opens_at": "2026-11-20T18:00",
    "closes_at": "2026-11-30T17:00",
    "grace": "0",
    "each": "2",
    "least": "0",
    "most": "40",
    "blind": "true",
    "peers": "after_close",
    "carry": "best",
    "carry_count": "5",
    "best": "1",
    "missing_rule": "reweighted-v1",
    "tie_rule": "no-weak-point-v1",
    "reminders": "24, 72",
}


@asynccontextmanager
async def at_desk(app: Frame, *awards: UUID, role: Role = "secretary") -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who runs these awards; officers run all."""
    async with client(app, await secretary(*awards, role=role), accept="text/html") as found:
        yield found


async def actions(award: UUID) -> list[str]:
    """Return what the audit log says was done to an award, in order."""
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"award:{award}")
    return [row["action"] for row in rows]


def last(answer: httpx.Response) -> UUID:
    """Return the id at the end of where a form sends the browser."""
    assert answer.status_code == 303, answer.text[:3000]
    return UUID(answer.headers["location"].partition("?")[0].rpartition("/")[2])
