"""Browsers of officers and of partner cities, and the forms they send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.conftest import client
from tests.doors import token_for

AGREEMENT = {
    "title": "Exchange of calendars",
    "valid_from": "2026-11-01",
    "valid_until": "2027-10-31",
    "renews": "true",
    "notice_days": "90",
    "licence": "CC BY 4.0",
    "attribution.ja": "神戸市",
    "fields.title": "public",
    "fields.phone": "partner",
    "scopes": ["core", "linked"],
}


@asynccontextmanager
async def officer(app: Frame) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an officer."""
    async with client(app, await token_for("officer"), accept="text/html") as found:
        yield found


@asynccontextmanager
async def partner_city(app: Frame, *partners: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who works for these partner cities."""
    token = await token_for("partner", scope=Scope(partners=partners))
    async with client(app, token, accept="text/html") as found:
        yield found


async def actions(partner: UUID) -> list[str]:
    """Return what the audit log says was done to a partner, in order."""
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"partner:{partner}")
    return [row["action"] for row in rows]


def wrong(answer: httpx.Response, *fields: str) -> bool:
    """Say whether a form came back and named these fields, and only these, in its summary."""
    summary = answer.text.partition('class="error-summary"')[2].partition("</div>")[0]
    named = {part.partition('"')[0] for part in summary.split('href="#')[1:]}
    return answer.status_code == 422 and named == set(fields)
