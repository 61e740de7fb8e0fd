"""Fixtures of the tests of the officers' board."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.core.web.frame import Frame
from app.kpi.board.live import LIVE
from tests.conftest import client
from tests.doors import token_for


@pytest.fixture(autouse=True)
def unread() -> Iterator[None]:
    """Let the process begin with nothing read: the ledgers of other tests are gone, its counts of them are not."""
    LIVE.forget()
    yield
    LIVE.forget()


@pytest.fixture
async def officer(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the office, inside the rolled-back transaction."""
    async with client(app, await token_for("officer"), accept="text/html") as found:
        yield found
