"""Partners for tests, made quickly: a partner, an agreement that is valid, a source, events that it told.

Everything has a default, so a test names only what it is about.
"""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch
from app.exchange.agreeing.sealing import sealed
from app.exchange.schemas import Publishes, Words
from tests.clock import NOW

TODAY = dt.date(2026, 11, 21)
OPEN = {
    "title": "public",
    "time": "public",
    "place": "public",
    "description": "public",
    "url": "public",
    "categories": "public",
    "organiser": "public",
    "price": "public",
    "contact": "confidential",
    "phone": "confidential",
    "email": "confidential",
    "other": "partner",
}
"""Fields as most agreements have them."""
_CODES = iter(range(1, 10_000))


async def partner(slug: str = "", *, name: Words | None = None, **columns: Any) -> UUID:
    """Add a partner city; without a slug it gets a new one."""
    made = slug or f"city-{next(_CODES)}"
    return await insert(
        "partner",
        slug=made,
        name=name or {"ja": f"{made}市", "en": made.title()},
        **{"code": "", "url": "", "created_at": NOW, "revision": 0} | columns,
    )


async def agreement(of: UUID, *, fields: dict[str, str] | None = None, **columns: Any) -> UUID:
    """Add an agreement that is valid for a year around today; `fields` change `OPEN`."""
    publishes = columns.pop("publishes", Publishes())
    return await insert(
        "agreement",
        partner=of,
        fields=OPEN | (fields or {}),
        publishes=msgspec.to_builtins(publishes),
        **{
            "title": "Agreement",
            "valid_from": TODAY - dt.timedelta(days=100),
            "valid_until": TODAY + dt.timedelta(days=264),
            "renews": True,
            "notice_days": 90,
            "licence": "CC BY 4.0",
            "attribution": {"ja": "提供：相手都市", "en": "Source: the partner city"},
            "onward": False,
            "created_at": NOW,
            "revision": 0,
        }
        | columns,
    )


async def source(of: UUID, *, kind: str = "ics", url: str = "", secret: str = "", **columns: Any) -> UUID:
    """Add a source to an agreement; it is live, not paused, and due at once."""
    owner = (await fetch("SELECT partner FROM agreement WHERE id = $1", of))[0]["partner"]
    return await insert(
        "source",
        agreement=of,
        partner=owner,
        kind=kind,
        url=sealed(url),
        secret=sealed(secret),
        **{
            "name": "Calendar",
            "zone": "Asia/Tokyo",
            "language": "ja",
            "refresh_seconds": 3600,
            "next_at": NOW,
            "live_at": NOW,
            "failures": 0,
            "etag": "",
            "last_modified": "",
            "file": b"",
            "size": 0,
            "created_at": NOW,
            "revision": 0,
        }
        | columns,
    )


async def card(**columns: Any) -> UUID:
    """Add a card without an event of ours."""
    return await insert("card", **{"created_at": NOW, "revision": 0} | columns)


async def event(of: UUID, title: str = "花火大会", *, on: UUID | None = None, **columns: Any) -> UUID:
    """Add an event that a source told: two hours in the evening of tomorrow, on a card of its own."""
    starts_at = columns.pop("starts_at", NOW + dt.timedelta(days=1, hours=9))
    uid = columns.pop("uid", f"{uuid4()}@partner.example")
    return await insert(
        "exchanged_event",
        source=of,
        card=on or await card(),
        uid=uid,
        title=title,
        starts_at=starts_at,
        digest=hashlib.sha256(f"{of}{uid}{title}{starts_at}".encode()).digest(),
        **{
            "recurrence_id": "",
            "sequence": 0,
            "ends_at": starts_at + dt.timedelta(hours=2),
            "zone": "Asia/Tokyo",
            "place": "",
            "url": "",
            "origin": "",
            "status": "confirmed",
            "proposed": "",
            "access": "public",
            "body": {},
            "own": False,
            "state": "shown",
            "first_seen_at": NOW,
            "changed_at": NOW,
            "revision": 0,
        }
        | columns,
    )


async def city(slug: str = "", **columns: Any) -> tuple[UUID, UUID, UUID]:
    """Add a partner, an agreement that is valid, and a source; return their ids."""
    made = await partner(slug)
    agreed = await agreement(made)
    return made, agreed, await source(agreed, **columns)


async def insert(table: str, **columns: Any) -> UUID:
    """Insert a row of any table of the exchange, lists and dicts as JSON; return its id."""
    made: UUID = columns.setdefault("id", uuid4())
    values = [_plain(value) for value in columns.values()]
    marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await fetch(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *values)
    return made


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, (dict, list, tuple)) else value
