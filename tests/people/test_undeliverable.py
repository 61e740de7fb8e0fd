"""Addresses that turn mail away, and the token by which a report of that is known."""

from uuid import uuid4

import pytest

from app.people import undeliverable
from app.people.persons import address_key
from tests.clock import NOW

KEY = address_key("li.na@example.org")
pytestmark = pytest.mark.usefixtures("http")


def test_token_names_the_row_and_proves_the_address() -> None:
    about = uuid4()
    token = undeliverable.token(about=about, address="li.na@example.org")
    assert token == token.lower()
    assert len(f"{'b' * 16}+{token}") <= 64, "a local part is no longer (RFC 5321, 4.5.3.1.1)"
    for written in (token, token.upper()):
        said = undeliverable.read(written)
        assert said is not None
        assert said.about == about
        assert said.proves(KEY)
        assert not said.proves(address_key("another@example.org"))


def test_token_of_another_row_proves_nothing() -> None:
    first, second = (undeliverable.token(about=uuid4(), address="li.na@example.org") for _ in range(2))
    mixed = undeliverable.read(first[:20] + second[20:])
    assert mixed is not None
    assert not mixed.proves(KEY)


@pytest.mark.parametrize("words", ["", "a", "abc", "a" * 41, "1" * 42, "a" * 50, "ü" * 42])
def test_what_is_no_token(words: str) -> None:
    assert undeliverable.read(words) is None


async def test_newest_report_counts_until_forgotten() -> None:
    await undeliverable.note(key=KEY, status="5.1.1", now=NOW)
    await undeliverable.note(key=KEY, status="5.2.1", now=NOW)
    found = await undeliverable.of_addresses([KEY, address_key("b@example.org")])
    assert found == {KEY: undeliverable.Undeliverable("5.2.1", NOW)}
    await undeliverable.forget([KEY])
    assert await undeliverable.of_addresses([KEY]) == {}
