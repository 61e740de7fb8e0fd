"""Fixtures of the tests of what happens to tickets."""

from collections.abc import Iterator

import pytest

from app.ticketing.registering import offers


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Read offers anew: the tests change what they come from behind their back."""
    offers.forget()
    yield
    offers.forget()
