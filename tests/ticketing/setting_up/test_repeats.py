"""Forms of the console that make a row make one, by two clicks or by the back button."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from app.ticketing.setting_up.repeats import made_before
from tests.ticketing.organisers import console_of, event, form

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "tickets": ("ticket_type", {"places": "5"}),
    "quotas": ("quota", {"name.en": "Seats", "capacity": "5"}),
    "questions": ("question", {"label.en": "Why?", "kind": "text", "keep_days": "90"}),
}


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


async def drawn(own: httpx.AsyncClient, address: str) -> str:
    """Return the key with which an empty form is shown."""
    [key] = re.findall(r'name="form" value="([^"]+)"', (await own.get(address)).text)
    return str(key)


async def rows(table: str) -> int:
    return len(await fetch(f"SELECT 1 FROM {table}"))


@pytest.mark.parametrize("page", FORMS)
async def test_form_sent_twice_makes_one_row(app: Frame, http: httpx.AsyncClient, page: str) -> None:
    table, more = FORMS[page]
    one = (await event())["id"]
    address = f"/console/events/{one}/{page}/new"
    filled = {**form(one), **more} if page == "tickets" else more
    before, noted = await rows(table), await rows("audit_entry")
    async with await console_of(app) as own:
        data = {**filled, "form": await drawn(own, address)}
        assert [(await own.post(address, data=data)).status_code for _ in range(2)] == [303, 303]
        assert (await rows(table), await rows("audit_entry")) == (before + 1, noted + 1)
        await own.post(address, data={**filled, "form": await drawn(own, address)})
    assert await rows(table) == before + 2, "a form of its own makes another"


async def test_second_sending_waits_until_the_first_is_through(app: Frame, committed: None) -> None:
    made, begun = uuid4(), asyncio.Event()

    async def second() -> None:
        await begun.wait()
        async with transaction():
            await made_before("quota", made)

    waiting = asyncio.create_task(second())
    async with transaction():
        assert not await made_before("quota", made)
        begun.set()
        await asyncio.wait({waiting}, timeout=0.3)
        assert not waiting.done()
    await waiting
