"""Rows of every kind in a running demo, made through the same forms that people use, with whatever words one likes."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from app.core.i18n import LANGUAGES
from app.core.sandbox.postgres import running_postgres
from tests.ticketing.wishes import member, wish

Demo = dict[str, Any]
Words = Callable[[str, str], str]
"""What to write into a field (`title`) in a language."""
LINK = re.compile(r"http\S+?(/(?:sign-in|invitations|tickets|withdraw|other-address|entries)/[\w.~-]+)")


def texts(words: Words, *fields: str, prefix: str = "") -> dict[str, str]:
    """Return form fields of texts in every language."""
    return {f"{prefix}{field}.{tag}": words(field, tag) for field in fields for tag in LANGUAGES}


@asynccontextmanager
async def database(demo: Demo) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the demo's own database."""
    server = running_postgres(demo["folder"])
    assert server is not None
    found = await asyncpg.connect(server.url)
    try:
        yield found
    finally:
        await found.close()


def desk(demo: Demo, role: str) -> httpx.AsyncClient:
    """Return somebody at work, known by the token of a role of the demo."""
    headers = {"authorization": f"Bearer {demo['tokens'][role]}", "accept": "text/html"}
    return httpx.AsyncClient(base_url=demo["url"], headers=headers, timeout=30)


@asynccontextmanager
async def signed_in(demo: Demo, role: str) -> AsyncIterator[httpx.AsyncClient]:
    """Sign in by the link of a role as a browser does: such a session has just been proved."""
    async with httpx.AsyncClient(base_url=demo["url"], headers={"accept": "text/html"}, timeout=30) as who:
        answer = await who.post(demo["links"][role])
        assert answer.status_code == 303
        csrf = re.findall(r'name="csrf" value="([^"]*)"', (await who.get("/start")).text)
        who.headers["x-csrf-token"] = csrf[0]
        yield who


async def send(who: httpx.AsyncClient, path: str, form: dict[str, Any]) -> str:
    """Send a form that must be taken, and return the id in the address it leads to, or nothing."""
    shown = (await who.get(path)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(seen)" value="([^"]*)"', shown))
    answer = await who.post(path, data={**form, **hidden})
    assert answer.status_code == 303, (path, answer.status_code, re.findall(r'<li><a href="#[^<]*<', answer.text))
    found = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", answer.headers["location"])
    return found[-1] if found else ""


async def event(who: httpx.AsyncClient, at: dict[str, str], words: Words, tags: str = "") -> dict[str, str]:
    """Publish an event with a venue, a gate, a session, a quota and a ticket type; return their ids."""
    base = {"convention": at["convention"], "organiser": at["organiser"], "mode": "hybrid"}
    made = await send(who, "/console/events/new", {**base, **texts(words, "title", "summary")})
    home = f"/console/events/{made}"
    await send(who, f"{home}/texts", texts(words, "title", "summary", "description"))
    days = {"first_day": at["first_day"], "last_day": at["first_day"]}
    await send(who, f"{home}/details", {**days, "mode": "hybrid", "tags": tags})
    await send(who, f"{home}/places/venues/new", texts(words, "name", "address"))
    venue = await _latest(at, "venue")
    await send(who, f"{home}/places/gates/new", {**texts(words, "name"), "venue": venue})
    await send(who, f"{home}/sessions/new", _session(at, venue, words))
    await send(who, f"{home}/quotas/new", {**texts(words, "name"), "capacity": "50"})
    quota = await _latest(at, "quota")
    await send(who, f"{home}/tickets/new", _ticket_type(made, quota, words))
    await send(who, f"{home}/publish", {})
    return {
        "event": made,
        "venue": venue,
        "quota": quota,
        "gate": await _latest(at, "gate"),
        "session": await _latest(at, "session"),
        "ticket_type": await _latest(at, "ticket_type"),
    }


def _session(at: dict[str, str], venue: str, words: Words) -> dict[str, str]:
    return {
        **texts(words, "title", "room", "description"),
        **texts(words, "name", "organisation", prefix="speakers.0."),
        "day": at["first_day"],
        "from_time": "10:00",
        "to_time": "11:00",
        "mode": "hybrid",
        "venue": venue,
    }


def _ticket_type(event_id: str, quota: str, words: Words) -> dict[str, str]:
    fixed = {"events": event_id, "quotas": quota, "role": "visitor", "mode": "hybrid", "entry_rule": "daily"}
    return {**texts(words, "title", "description"), **fixed, "price": "0", "public": "true"}


KNOWN: dict[str, set[str]] = {}
"""Rows already seen, by table: their ids are random, so the newest is the one that was not there before."""


async def _latest(at: dict[str, str], table: str) -> str:
    async with _connected(at["url"]) as found:
        rows = {str(row["id"]) for row in await found.fetch(f"SELECT id FROM {table}")}
    new = rows - KNOWN.get(table, set())
    KNOWN[table] = rows
    assert new
    return new.pop()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    found = await asyncpg.connect(url)
    try:
        yield found
    finally:
        await found.close()


async def ground(demo: Demo) -> dict[str, str]:
    """Return what new events stand on, and note which rows there are already."""
    server = running_postgres(demo["folder"])
    assert server is not None
    async with _connected(server.url) as found:
        convention = await found.fetchrow(
            "SELECT id, slug, first_day FROM convention WHERE slug = $1", demo["convention"]
        )
        organiser = await found.fetchval("SELECT id FROM organiser WHERE slug = 'yokohama-mirai-kiko'")
        for table in ("venue", "gate", "session", "quota", "ticket_type"):
            KNOWN[table] = {str(row["id"]) for row in await found.fetch(f"SELECT id FROM {table}")}
    return {
        "url": server.url,
        "slug": demo["convention"],
        "convention": str(convention["id"]),
        "organiser": str(organiser),
        "first_day": convention["first_day"].isoformat(),
    }


async def register(demo: Demo, email: str, party: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Register a party, and return the answer."""
    body = wish(*[member(**one) for one in party], email=email, **more)
    async with httpx.AsyncClient(base_url=demo["url"], timeout=30) as http:
        path = f"/api/v1/conventions/{demo['convention']}/registrations"
        answer = await http.post(path, json=body, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def begin(demo: Demo, count: dict[str, int]) -> str:
    """Begin a registration form for so many tickets of each type, and return the token of its draft."""
    data = {"action": "choose", **{f"count.{slug}": str(n) for slug, n in count.items()}}
    async with httpx.AsyncClient(base_url=demo["url"], timeout=30) as http:
        answer = await http.post(f"/{demo['convention']}/register", data=data, headers={"accept": "text/html"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


async def mails(demo: Demo, to: str) -> list[dict[str, Any]]:
    """Return the mails that somebody has got."""
    async with httpx.AsyncClient(base_url=demo["mail_url"], timeout=30) as http:
        listed = (await http.get("/api/messages", params={"to": to})).json()
        return [(await http.get(f"/api/messages/{one['id']}")).json() for one in listed]


async def link(demo: Demo, to: str, kind: str) -> str:
    """Wait for a mail with a link of a kind, such as `sign-in`, that was not asked for before; return its path."""
    for _ in range(200):
        for one in await mails(demo, to):
            for path in LINK.findall(one["text"]):
                if path.startswith(f"/{kind}/") and path not in OPENED:
                    OPENED.add(path)
                    return str(path)
        await asyncio.sleep(0.1)
    raise AssertionError(f"No mail for {to} with {kind}")


OPENED: set[str] = set()
"""Links that a test has had: most open once."""


async def first(demo: Demo, sql: str, *values: object) -> str:
    """Return the one value of a statement, as words."""
    async with database(demo) as found:
        value = await found.fetchval(sql, *values)
    assert value is not None, sql
    return str(value)


async def passkey(demo: Demo, account: UUID, name: str = "Key") -> str:
    """Add a passkey that opens nothing to an account, and return its id."""
    made = uuid4()
    async with database(demo) as found:
        await found.execute(
            "INSERT INTO passkey (id, account, credential, public_key, name, created_at, transports, gives)"
            " VALUES ($1, $2, $3, $3, $4, now(), '[]', 'link')",
            *(made, account, made.bytes, name),
        )
    return str(made)
