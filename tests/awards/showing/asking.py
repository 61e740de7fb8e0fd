"""Everybody who may ask about an award, and every way in which they can: routes, lists, searches, orders, errors."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from msgspec import Struct
from structlog.testing import capture_logs

from app.core.db import transaction
from app.core.web.frame import Frame
from app.people import access
from app.people.policy import POLICY
from app.people.roles import Role, Scope
from tests.awards.planting import Field
from tests.awards.showing.worlds import plant
from tests.clock import NOW

_NONCE = re.compile(rb"nonce(?:-|=\")[A-Za-z0-9_/+=-]+")


class Asked(Struct, frozen=True):
    """An answer as its reader gets it: status, headers and bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Everybody:
    """Clients, each from a network of its own so that no limit of one holds up another."""

    def __init__(self, app: Frame) -> None:
        self.app = app
        self.known: dict[str, httpx.AsyncClient] = {}

    def add(self, name: str, token: str = "") -> httpx.AsyncClient:
        """Add somebody."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(
            self.app,  # type: ignore[arg-type]
            raise_app_exceptions=False,
            client=(f"203.0.113.{len(self.known) + 1}", 1),
        )
        self.known[name] = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
        return self.known[name]

    async def add_role(self, role: Role, *awards: UUID) -> None:
        """Add an account of a role; of secretaries and judges one that reaches these awards alone."""
        scope = Scope(awards=awards) if awards else Scope()
        account = await access.add_account(role=role, label=role, now=NOW, scope=scope)
        self.add(f"{role} of another award" if awards else role, await access.issue_token(account=account, now=NOW))


async def asked(who: httpx.AsyncClient, method: str, address: str, **sent: Any) -> Asked:
    """Ask, take back what that changed, and return the answer without what is drawn by lot for each."""
    found: list[httpx.Response] = []
    with suppress(Undo), capture_logs():
        async with transaction():
            found.append(await who.request(method, address, **sent))
            raise Undo
    answer = found[0]
    who.cookies.clear()
    mark = answer.headers.pop("x-request-id", "").encode() or b" "
    headers = tuple((name, _NONCE.sub(b"", value.encode()).decode()) for name, value in sorted(answer.headers.items()))
    return Asked(answer.status_code, headers, _NONCE.sub(b"", answer.content.replace(mark, b"")))


class Undo(Exception):
    """Takes back what a request has changed."""


PARAMETER = re.compile(r"\{(\w+)\}")


def addresses(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return method and address of every route of awards, with these rows for its parameters."""
    routes = [route.split() for route in POLICY if OF_AWARDS.search(route)]
    return [
        (method, PARAMETER.sub(lambda found: quote(str(values.get(found[1], UNKNOWN))), path))
        for method, path in routes
    ]


OF_AWARDS = re.compile(r"award|/judging|/entries|/vote|^\w+ /start$|^\w+ /my$|^\w+ /account$|^\w+ /search$|/sitemap")
"""Routes of awards, and pages that gather from every part."""
UNKNOWN = UUID(int=7)
"""Stands for a parameter that the test has no row for."""


QUERIES = (
    "?q=Kanazawa&words=Kanazawa",
    "?q=Isarwerke&words=Isarwerke",
    "?sort=organisation&limit=1",
    "?lang=ja&show=open",
)
"""Searches, orders, filters and pages, on whatever lists there are."""
SENT: dict[str, dict[str, Any]] = {
    "PUT": {"json": {"values": {"impact": 99}}, "headers": {"if-match": '"7"'}},
    "POST": {"data": {"kind": "csv", "reason": "x", "action": "save", "revision": "9"}},
    "PATCH": {"json": {}},
    "DELETE": {},
}
"""What is sent to routes that change something: mostly wrong, as the texts of errors are a channel too."""


class Side:
    """A planted award, and everybody who asks about it."""

    field: Field
    files: list[UUID]
    people: Everybody
    values: dict[str, object]

    async def walk(self, who: httpx.AsyncClient, only: str = "") -> dict[str, Asked]:
        """Ask for every route of awards, or those that begin so, and search and sort what are lists."""
        found: dict[str, Asked] = {}
        for method, address in addresses(self.values):
            key = f"{method} {address}"
            if key.startswith(only):
                found[key] = await asked(who, method, address, **SENT.get(method, {}))
            is_list = found.get(key) and found[key].status == 200 and str(self.values["entry"]) not in key
            for query in QUERIES if method == "GET" and is_list else ():
                found[key + query] = await asked(who, "GET", address + query)
        return found

    async def leave(self) -> None:
        """Close every client."""
        for who in self.people.known.values():
            await who.aclose()


async def side(app: Frame, *, blind: bool, **columns: Any) -> Side:
    made = Side()
    made.field, made.files = await plant(blind=blind, **columns)
    entry = made.field.entries[0]
    made.people = Everybody(app)
    made.values = {
        "award": made.field.slug,
        "convention": "yokohama-2026",
        "round_id": made.field.round,
        "round": made.field.round,
        "entry": entry.id,
        "file": made.files[0],
        "rubric": made.field.rubric,
        "judge": made.field.judges[1].id,
        "category": made.field.category,
        "place": 0,
        "token": "x" * 86,
    }
    return made


def differing(one: dict[str, Asked], other: dict[str, Asked]) -> list[str]:
    """Return the routes that answer differently."""
    return sorted(route for route in one.keys() | other.keys() if one.get(route) != other.get(route))
