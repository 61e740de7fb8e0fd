"""A partner city whose calendar we read."""

from collections.abc import AsyncIterator

import pytest

from tests.exchange.pulling.partners import Partner, partner


@pytest.fixture
async def fukuoka(rollback: None) -> AsyncIterator[Partner]:
    """A city on loopback with a source of ours, inside a transaction that is rolled back."""
    async with partner("fukuoka-test") as found:
        yield found
