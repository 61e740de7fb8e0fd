"""Fixtures of the attendance tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from app.attendance.board.live import LIVE
from app.core.web.frame import Frame
from tests.conftest import client
from tests.doors import token_for

Send = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def phone(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the token of an enrolled device, inside the rolled-back transaction."""
    async with client(app, await token_for("staff")) as found:
        yield found


@pytest.fixture
def send(phone: httpx.AsyncClient) -> Send:
    """Upload scans and return their receipts."""

    async def send(*scans: dict[str, Any], by: httpx.AsyncClient = phone) -> list[dict[str, Any]]:
        answer = await by.post("/api/v1/scans", json={"scans": scans})
        assert answer.status_code == 200, answer.text
        receipts: list[dict[str, Any]] = answer.json()["receipts"]
        assert [receipt["seq"] for receipt in receipts] == [one["seq"] for one in scans]
        return receipts

    return send


@pytest.fixture(autouse=True)
def uncounted() -> Iterator[None]:
    """Let the process begin with nothing counted: the scans of other tests are gone, its counts of them are not."""
    LIVE.forget()
    yield
    LIVE.forget()
