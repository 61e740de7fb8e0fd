"""Fixtures of the tests of payments."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.registering import offers


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
async def as_before(app: Frame) -> AsyncIterator[None]:
    """Take out the ticket types and ways to pay that a test has committed; asked for before `committed`."""
    types = [row["id"] for row in await fetch("SELECT id FROM ticket_type")]
    methods = await fetch("SELECT to_jsonb(m) AS row FROM payment_method m")
    yield
    await fetch("DELETE FROM coverage WHERE ticket_type <> ALL($1::uuid[])", types)
    await fetch("DELETE FROM quota_use WHERE ticket_type <> ALL($1::uuid[])", types)
    await fetch("DELETE FROM ticket_type WHERE id <> ALL($1::uuid[])", types)
    await fetch("DELETE FROM payment_method")
    for found in methods:
        await fetch(
            "INSERT INTO payment_method SELECT (jsonb_populate_record(NULL::payment_method, $1::jsonb)).*", found["row"]
        )
