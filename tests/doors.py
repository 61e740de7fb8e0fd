"""Ways in for tests: an account with a bearer token of any role."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import httpx

from app.core.db import fetch, fetch_one, transaction
from app.people import access, sessions
from app.people.roles import Role, Scope
from app.people.strength import Strength
from tests.clock import NOW


async def token_for(
    role: Role,
    *,
    device: str | None = None,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    bare: bool = False,
) -> str:
    """Add an account of this role and return its token; gate staff get an enrolled device unless they are `bare`."""
    name = device or ("Phone 1" if role == "staff" and not bare else None)
    account = await access.add_account(role=role, label=role, now=NOW, scope=scope, device=name)
    return await access.issue_token(account=account, now=NOW)


async def browser_of(http: httpx.AsyncClient, account: UUID, *, strength: Strength = "strong") -> str:
    """Sign a client in to an account, as strongly as said, and return the token its forms carry."""
    cookie = await sessions.open_session(account=account, strength=strength, now=NOW, agent="Firefox, Linux")
    http.cookies.set(access.session_cookie(), cookie, domain="test.local")
    return access.csrf_token(cookie)


async def device_of(token: str) -> UUID:
    """Return the device behind a token."""
    principal = await access.by_token(token, NOW)
    assert principal.device is not None
    return principal.device


async def value(sql: str, *values: object) -> object:
    """Return the one value a statement answers."""
    row = await fetch_one(sql, *values)
    assert row is not None
    return row[0]


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def all_at_once(table: str, works: list[Coroutine[Any, Any, Any]]) -> list[str]:
    """Let works read rows of a table and then wait for each other to write; return the names of what came of them."""
    locked, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await fetch(f"SELECT 1 FROM {table} FOR UPDATE")
            locked.set()
            await release.wait()

    holding = asyncio.create_task(hold())
    await locked.wait()
    tasks = [asyncio.create_task(work) for work in works]
    while await value(WAITING) != len(tasks):
        pass
    release.set()
    await holding
    return sorted(type(found).__name__ for found in await asyncio.gather(*tasks, return_exceptions=True))
