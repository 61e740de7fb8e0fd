"""Ways in for tests of freezing: an officer at a browser, a small year, its freeze."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from app.core.web.frame import Frame
from app.people import access
from tests.clock import NOW
from tests.conftest import client
from tests.doors import browser_of
from tests.kpi.ledgers import YEAR, scan, stay
from tests.kpi.rows import write

FIGURE = "/api/v1/kpi/overseas-participants"
OFFICE = f"/office/kpi/years/{YEAR}"


class Desk:
    """An officer at a browser who has just proved who he is."""

    def __init__(self, http: httpx.AsyncClient, csrf: str) -> None:
        self.http, self.csrf = http, csrf

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params)

    async def post(self, path: str, **form: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **form})


@contextlib.asynccontextmanager
async def desk(app: Frame) -> AsyncIterator[Desk]:
    account = await access.add_account(role="officer", label="KPI office", now=NOW)
    async with client(app, accept="text/html") as http:
        yield Desk(http, await browser_of(http, account))


async def small_year() -> list[int]:
    """Twelve people on site from Singapore, three online from Korea, one of Japan, one of nowhere known."""
    people = [scan(0, who) for who in range(1, 13)]
    people += [stay(0, who, residence="KR") for who in range(13, 16)]
    return await write([*people, scan(0, 16, residence="JP"), scan(0, 17, residence=None)])


async def figure(http: httpx.AsyncClient, year: int = YEAR) -> dict[str, Any]:
    answer = await http.get(FIGURE, params={"fiscal_year": year})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found
