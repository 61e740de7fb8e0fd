"""Entrants for tests: they begin, write, name members, hand in and sign off, all through the pages."""

import re
from typing import Any
from uuid import UUID

import httpx

from app.awards.entering import entries
from app.core.db import fetch, fetch_one
from tests.awards import planting
from tests.doors import value

CONVENTION = "yokohama-2026"
HTML = {"accept": "text/html"}
LEAD = {
    "category": "pairs", "organisation": "Minato Heat K.K.", "kind": "company", "country": "JP",
    "name": "Sato Aoi", "email": "aoi@minato.example", "language": "en",
}  # fmt: skip
PARTNER = {
    "organisation": "Fjordvarme ApS", "kind": "startup", "country": "DK",
    "name": "Freja Holm", "email": "freja@fjordvarme.example", "language": "de",
}  # fmt: skip
TEXTS = {"title": "A river that heats the town", "summary": "Heat from the river.", "solution": "Pumps."}


async def planted(**columns: Any) -> tuple[UUID, UUID]:
    """Return an award with one category that takes entries."""
    award = await planting.award("green-2026")
    return award, await planting.category(award, **columns)


async def begin(http: httpx.AsyncClient, **changes: str) -> httpx.Response:
    """Begin an entry by the form."""
    return await http.post(f"/{CONVENTION}/awards/green-2026/enter", data=LEAD | changes, headers=HTML)


async def entered(http: httpx.AsyncClient, **changes: str) -> str:
    """Begin an entry and return its address for the lead."""
    answer = await begin(http, **changes)
    assert answer.status_code == 303, answer.text
    row = await fetch_one(
        "SELECT m.id, m.entry FROM entry_member m JOIN award_entry e ON e.id = m.entry ORDER BY e.number DESC LIMIT 1"
    )
    assert row is not None
    return entries.address(row["entry"], row["id"])


async def write(http: httpx.AsyncClient, address: str, *, language: str = "en", **changes: str) -> httpx.Response:
    """Fill in the texts in one language, as the page that was just opened."""
    shown = await http.get(f"{address}/texts/{language}", headers=HTML)
    return await http.post(f"{address}/texts/{language}", data={**hidden(shown.text), **TEXTS, **changes}, headers=HTML)


def hidden(page: str) -> dict[str, str]:
    """Return what the first form of a page that keeps a draft carries along."""
    return dict(re.findall(r'<input type="hidden" name="(seen|by)" value="([^"]*)">', page))


async def partner(http: httpx.AsyncClient, address: str, **changes: str) -> str:
    """Name a partner and return the address of the entry for it."""
    answer = await http.post(f"{address}/members", data=PARTNER | changes, headers=HTML)
    assert answer.status_code == 303, answer.text
    return await address_of((PARTNER | changes)["organisation"])


async def address_of(organisation: str) -> str:
    """Return the address of an entry for the member of this organisation."""
    row = await fetch_one(
        "SELECT id, entry FROM entry_member WHERE organisation = $1 ORDER BY position DESC LIMIT 1", organisation
    )
    assert row is not None
    return entries.address(row["entry"], row["id"])


async def hand_in(http: httpx.AsyncClient, address: str) -> httpx.Response:
    """Press the lead's button."""
    return await http.post(f"{address}/hand-in", headers=HTML)


async def sign(http: httpx.AsyncClient, address: str) -> httpx.Response:
    """Sign the latest version off."""
    digest = await value(
        "SELECT encode(digest, 'hex') FROM entry_version WHERE entry = $1 ORDER BY number DESC LIMIT 1",
        entry_of(address),
    )
    return await http.post(f"{address}/sign", data={"digest": str(digest)}, headers=HTML)


async def pair(http: httpx.AsyncClient) -> tuple[str, str]:
    """Return the addresses of an entry by a pair that is written, for the lead and for the partner."""
    lead = await entered(http)
    await write(http, lead)
    return lead, await partner(http, lead)


async def state(address: str) -> str:
    """Return the state of an entry."""
    return str(await value("SELECT state FROM award_entry WHERE id = $1", entry_of(address)))


def entry_of(address: str) -> UUID:
    """Return the entry behind an address."""
    return entries.opened(address.split("/")[2])[0]


def member_of(address: str) -> UUID:
    """Return the member behind an address."""
    return entries.opened(address.split("/")[2])[1]


async def mails_promised(purpose: str) -> int:
    """Return how many mails of a purpose are promised."""
    rows = await fetch("SELECT payload FROM job WHERE name LIKE 'awards.send_entry%'")
    return sum(f'"purpose": "{purpose}"' in row["payload"] for row in rows)
