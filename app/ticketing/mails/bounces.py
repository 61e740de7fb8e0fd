"""Tickets whose mail came back: the address is noted, so that whoever looks after the guest sees it."""

import datetime as dt
from uuid import UUID

from app.core import bounces
from app.core.db import fetch_one
from app.people import undeliverable
from app.people.persons import address_key, open_details

_SEALED = """
SELECT p.key, coalesce(t.sealed, d.sealed) AS sealed FROM ticket t JOIN person p ON p.id = t.person
LEFT JOIN person_details d ON d.person = p.id WHERE t.id = $1
"""


async def take(*, report: bytes, recipient: str = "", now: dt.datetime) -> bool:
    """Read a report and note the address, unless it is no longer the ticket's; return whether it was noted."""
    bounce = bounces.read(report, recipient=recipient)
    token = undeliverable.read(bounce.token) if bounce else None
    key = await _address_key(token.about) if token else None
    if bounce is None or token is None or key is None or not token.proves(key):
        return False
    await undeliverable.note(key=key, status=bounce.status, now=now)
    return True


async def _address_key(ticket: UUID) -> bytes | None:
    row = await fetch_one(_SEALED, ticket)
    if row is None or not (row["key"] and row["sealed"]):
        return None
    return address_key(open_details(row["key"], row["sealed"]).email)
