"""Every room in which somebody outside the office hears of events of partner cities, errors and silence among them."""

import base64
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple
from uuid import UUID

import httpx

from app.core.db import fetch
from tests.exchange.dav.asking import DATA, DECLARED


class Place(NamedTuple):
    """Where somebody looks: a city, its source and card, the UID it gave; the reader's own feed; the word to search."""

    slug: str
    source: UUID
    card: UUID
    uid: str
    feed: str
    word: str


class Visitors(NamedTuple):
    """Who looks: anybody, and an account of the partner city `reads`."""

    anybody: httpx.AsyncClient
    account: httpx.AsyncClient


class Room(NamedTuple):
    """A room: its name, who hears there what its audience may, the status of answers (0 for any), how it is asked.

    `speaks` when events are told there at all; asked `seldom` when nothing
    of them should be there at all, or when asking is costly.
    """

    name: str
    audience: str
    status: int
    ask: Callable[[Visitors, Place], Awaitable[httpx.Response]]
    speaks: bool = False
    seldom: bool = False


def _get(path: str, *, account: bool = False, html: bool = False) -> Callable[..., Awaitable[httpx.Response]]:
    async def ask(who: Visitors, at: Place) -> httpx.Response:
        headers = {"accept": "text/html" if html else "*/*"}
        http = who.account if account else who.anybody
        return await http.get(path.format(**at._asdict()), params={"lang": "de"}, headers=headers)

    return ask


def _dav(method: str, path: str, body: str = "", *, key: bool = False) -> Callable[..., Awaitable[httpx.Response]]:
    async def ask(who: Visitors, at: Place) -> httpx.Response:
        words = base64.b64encode(f"reads:{at.feed.rpartition('/')[2]}".encode()).decode()
        headers = {"authorization": f"Basic {words}"} if key else {}
        filled = path.format(**at._asdict())
        said = body.format(**at._asdict(), here=filled)
        return await who.anybody.request(method, filled, content=said, headers={**headers, "depth": "1"})

    return ask


def _send(method: str, path: str, body: str = "") -> Callable[..., Awaitable[httpx.Response]]:
    async def ask(who: Visitors, at: Place) -> httpx.Response:
        headers = {"content-type": "text/calendar", "if-match": '"1"'}
        filled = path.format(**at._asdict())
        return await who.account.request(method, filled, content=body.format(**at._asdict()), headers=headers)

    return ask


_ITEMS = f"<C:calendar-multiget {DECLARED}>{DATA}<D:href>{{here}}card-{{card}}@test.ics</D:href></C:calendar-multiget>"
_EVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20261122T090000Z\r\nSUMMARY:Mine\r\nEND:VEVENT\r\n"
_OWN = "/api/v1/partners/reads/events/{uid}"

ROOMS = (
    Room("ics", "public", 0, _get("/calendars/yokohama-2026/partners/{slug}.ics"), speaks=True),
    Room("season", "public", 200, _get("/yokohama-2026/partners", html=True), speaks=True),
    Room("programme", "public", 200, _get("/yokohama-2026", html=True), speaks=True),
    Room("our ics", "public", 200, _get("/calendars/yokohama-2026.ics")),
    Room("our json", "public", 200, _get("/calendars/yokohama-2026.json")),
    Room("our csv", "public", 200, _get("/calendars/yokohama-2026.csv")),
    Room("no such calendar", "public", 404, _get("/calendars/yokohama-2026/partners/{slug}.txt"), seldom=True),
    Room("search", "public", 200, _get("/search?q={word}", html=True), seldom=True),
    Room("sitemap", "public", 200, _get("/sitemap.xml"), seldom=True),
    Room("api programme", "public", 200, _get("/api/v1/conventions/yokohama-2026/events?q={word}"), seldom=True),
    Room("ping", "public", 404, _dav("POST", "/api/v1/sources/{source}/ping", "{{}}")),
    Room("public item", "public", 404, _dav("GET", "/dav/public/yokohama-2026.de/card-{card}@test.ics"), seldom=True),
    Room("public report", "public", 207, _dav("REPORT", "/dav/public/yokohama-2026.de/", _ITEMS), seldom=True),
    Room("their ics", "partner", 200, _get("{feed}.ics"), speaks=True),
    Room("their csv", "partner", 200, _get("{feed}.csv"), speaks=True),
    Room("their json", "partner", 200, _get("{feed}.json"), speaks=True),
    Room("item", "partner", 0, _dav("GET", "/dav/partners/reads.de/card-{card}@test.ics", key=True), speaks=True),
    Room("report", "partner", 207, _dav("REPORT", "/dav/partners/reads.de/", _ITEMS, key=True), speaks=True),
    Room("items", "partner", 207, _dav("PROPFIND", "/dav/partners/reads.de/", key=True), seldom=True),
    Room("pushed by others", "partner", 404, _send("GET", "/api/v1/partners/{slug}/events/{uid}"), seldom=True),
    Room("push", "partner", 412, _send("PUT", _OWN, _EVENT), seldom=True),
    Room("damaged push", "partner", 422, _send("PUT", _OWN, "BEGIN:VCALENDAR\r\nUID:{uid}\r\n"), seldom=True),
    Room("push asked for", "partner", 404, _send("GET", _OWN), seldom=True),
    Room("push deleted", "partner", 0, _send("DELETE", _OWN), seldom=True),
    Room("partners", "partner", 404, _get("/api/v1/partners/{slug}", account=True), seldom=True),
    Room("unknown card", "partner", 404, _get("/api/v1/cards/{card}", account=True), seldom=True),
    Room("conflicts before", "partner", 200, _get("/api/v1/conflicts", account=True), seldom=True),
)
BESIDE = (
    Room("card", "beside", 200, _get("/api/v1/cards/{card}", account=True), speaks=True),
    Room("cards", "beside", 200, _get("/api/v1/cards", account=True), speaks=True),
    Room("conflicts", "beside", 200, _get("/api/v1/conflicts", account=True), seldom=True),
    Room("card page", "beside", 200, _get("/partner/cards/{card}", account=True, html=True), speaks=True),
    Room("differences", "beside", 200, _get("/partner/cards", account=True, html=True), seldom=True),
)
"""Rooms that open to a city which tells of the same event."""


async def heard(rooms: Iterable[Room], who: Visitors, at: Place) -> dict[str, str]:
    """Return what each room says: body, headers and all."""
    found = {}
    for room in rooms:
        answer = await room.ask(who, at)
        assert room.status in {0, answer.status_code}, (room.name, answer.status_code, answer.text)
        assert answer.status_code < 500, (room.name, answer.text)
        found[room.name] = answer.text.replace("\r\n ", "") + repr(answer.headers.raw)
    return found


async def promised() -> str:
    """Return what waits to be done, as Redis and the worker see it."""
    return repr(await fetch("SELECT name, payload FROM job"))
