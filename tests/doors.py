"""Ways in for tests: an account with a bearer token of any role."""

from uuid import UUID

from app.core.db import fetch_one
from app.people import access
from app.people.roles import Role, Scope
from tests.clock import NOW


async def token_for(role: Role, *, device: str | None = None, scope: Scope = Scope()) -> str:  # noqa: B008  # frozen
    """Add an account of this role and return its token; gate staff get an enrolled device."""
    name = device or ("Phone 1" if role in {"staff", "lead"} else None)
    account = await access.add_account(role=role, label=role, now=NOW, scope=scope, device=name)
    return await access.issue_token(account=account, now=NOW)


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
