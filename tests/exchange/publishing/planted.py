"""What tests of our calendars ask again and again: entries of a feed, and rows of the log."""

from typing import Any

import httpx
from icalendar import Calendar

from app.core.db import fetch
from app.core.signing import new_token, token_digest
from tests.clock import NOW
from tests.exchange import planting

CONVENTION = "/calendars/yokohama-2026.ics"


async def entries(http: httpx.AsyncClient, path: str = CONVENTION, lang: str = "en") -> dict[str, Any]:
    """Return the events of a calendar by UID."""
    answer = await http.get(path, params={"lang": lang})
    assert answer.status_code == 200, answer.text
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.content).events}


async def log(uid: str, audience: str = "public") -> dict[str, Any]:
    """Return the row of a publication."""
    rows = await fetch("SELECT * FROM publication WHERE uid = $1 AND audience = $2", uid, audience)
    return dict(rows[0])


async def feed(agreement: Any) -> str:
    """Give a partner a token, and return the address of its calendar without the ending."""
    token = new_token()
    await planting.insert("feed_token", agreement=agreement, digest=token_digest(token), label="Web", created_at=NOW)
    return f"/calendars/partners/{token}"


async def reader(slug: str = "", **columns: Any) -> tuple[Any, str]:
    """Add a partner city that reads us, and return it with the address of its calendar."""
    made = await planting.partner(slug)
    return made, await feed(await planting.agreement(made, **columns))
