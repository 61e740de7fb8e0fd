"""Everybody who may stand in front of a door, and the doors."""

import datetime as dt
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import UUID

import httpx
from litestar.routes import HTTPRoute

from app.asgi import create_app
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access, sessions
from app.people.roles import ROLES, Role, Scope
from app.people.strength import Strength
from tests.clock import NOW
from tests.doors import token_for

ELSEWHERE = UUID(int=0xE15E)
"""The id of an organiser, award or partner of whom there is no row."""
SCOPES: dict[str, Scope] = {
    "organiser": Scope(organisers=(ELSEWHERE,)),
    "partner": Scope(partners=(ELSEWHERE,)),
    "judge": Scope(awards=(ELSEWHERE,)),
    "secretary": Scope(awards=(ELSEWHERE,)),
}
OUT = ("suspended", "expired", "revoked")
"""Accounts that were admins, and are not let in any more."""
FILLED = {"str": "x", "UUID": str(UUID(int=1)), "Path": "x", "PurePath": "x", "date": "2026-11-21", "int": "1"}


def _addresses() -> dict[str, str]:
    found = {}
    for route in create_app(clock=lambda: NOW).routes:
        if isinstance(route, HTTPRoute):
            parts = [p if isinstance(p, str) else FILLED[p.type.__name__] for p in route.path_components]
            for method in route.methods - {"OPTIONS", "HEAD"}:
                found[f"{method} {route.path_format}"] = "/" + "/".join(parts)
    return found


ADDRESSES = _addresses()
"""A path for every route of the application, its parameters filled with what leads to no row."""
STREAMS = frozenset(route for route in ADDRESSES if route.endswith("/stream"))
"""What never ends by itself: tests that wait for an answer leave it out, tests/attendance/board follows it."""


class _Enough(Exception):
    """The answer has begun, and never ends by itself."""


def cut(app: Frame) -> Any:
    """Return the application as somebody meets it who hangs up on a stream as soon as it has begun."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            await send(message)
            if (b"content-type", b"text/event-stream") in [(k.lower(), v[:17]) for k, v in message.get("headers", ())]:
                raise _Enough

        with suppress(_Enough):
            await app(scope, receive, told)

    return asked


class Askers:
    """A client for everybody, each from a network of its own so that no limit of one holds up another."""

    def __init__(self, app: Frame) -> None:
        self.app = app
        self.clients: dict[str, httpx.AsyncClient] = {}
        self.stack = AsyncExitStack()

    async def add(self, name: str, token: str | None = None) -> httpx.AsyncClient:
        """Add somebody."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        number = len(self.clients) + 1
        transport = httpx.ASGITransport(cut(self.app), raise_app_exceptions=False, client=(f"203.0.113.{number}", 1))
        made = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
        self.clients[name] = await self.stack.enter_async_context(made)
        return made

    async def add_everybody(self) -> None:
        """Add anonymous, every role without a phone (no console opens to one), and those who are out."""
        await self.add("anonymous")
        for role in ROLES:
            await self.add(role, await token_for(role, scope=SCOPES.get(role, Scope()), bare=True))
        for name in OUT:
            await self.add(name, await _token_of(name))

    async def status(self, name: str, route: str, **headers: str) -> int:
        """Ask for a route and return the status."""
        method = route.partition(" ")[0]
        return (await self.clients[name].request(method, ADDRESSES[route], headers=headers)).status_code


async def _token_of(name: str) -> str:
    """Return a token of an admin who is suspended, or whose token is too old or taken back."""
    account = await access.add_account(role="admin", label=name, now=NOW)
    ends = NOW - dt.timedelta(seconds=1) if name == "expired" else None
    token = await access.issue_token(account=account, now=NOW - dt.timedelta(days=1), expires_at=ends)
    if name == "suspended":
        await fetch("UPDATE account SET suspended_at = $2 WHERE id = $1", account, NOW)
    if name == "revoked":
        await fetch("UPDATE access_token SET revoked_at = $2 WHERE account = $1", account, NOW)
    return token


async def session_of(role: Role, *, strength: Strength = "strong") -> tuple[str, str]:
    """Sign an account of this role in, and return its cookie and the token its forms carry."""
    account = await access.add_account(role=role, label=role, now=NOW, scope=SCOPES.get(role, Scope()))
    cookie = await sessions.open_session(account=account, strength=strength, now=NOW)
    return cookie, access.csrf_token(cookie)
