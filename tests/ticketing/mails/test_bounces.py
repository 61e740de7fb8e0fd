"""A ticket whose mail came back, from the envelope to the note beside the guest."""

from collections.abc import Iterator

import pytest

from app.core import jobs, mail
from app.core.db import fetch
from app.core.settings import settings
from app.people import undeliverable
from app.people.persons import address_key
from app.ticketing.life import change
from app.ticketing.life.by import HOLDER
from app.ticketing.life.edits import TicketEdit
from app.ticketing.mails import bounces
from tests.clock import NOW, Clock
from tests.core.test_bounces import report
from tests.ticketing.conftest import Mailbox
from tests.ticketing.life.doing import EARLY, register

KEY = address_key("li.na@example.org")
pytestmark = pytest.mark.usefixtures("http")


@pytest.fixture(autouse=True)
def _address(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("APP_BOUNCE_ADDRESS", "bounces@example.jp")
    settings.cache_clear()
    yield
    monkeypatch.delenv("APP_BOUNCE_ADDRESS", raising=False)
    settings.cache_clear()


async def envelope(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register somebody, and return the token in the envelope of the ticket's mail."""
    senders: list[str] = []

    async def take(_: bytes, *, sender: str, recipient: str) -> None:
        senders.append(sender)

    clock.moment = EARLY
    await register()
    with monkeypatch.context() as patch:
        patch.setattr("app.core.smtp.hand_over", take)
        assert await jobs.drain(clock) == 1
    (sender,) = senders
    local, _, host = sender.partition("@")
    assert host == "example.jp"
    assert local.startswith("bounces+")
    return local.removeprefix("bounces+")


async def test_mail_that_came_back_is_noted(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await envelope(clock, monkeypatch)
    assert await bounces.take(report=report(token=token), now=NOW)
    assert (await undeliverable.of_addresses([KEY]))[KEY].status == "5.1.1"


async def test_address_that_was_corrected_is_not_blamed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await envelope(clock, monkeypatch)
    (row,) = await fetch("SELECT id FROM ticket")
    await change.change(ticket=row["id"], wish=TicketEdit(email="lina@example.org"), by=HOLDER, now=EARLY)
    assert not await bounces.take(report=report(token=token), now=NOW)
    assert await fetch("SELECT 1 FROM undeliverable") == []


async def test_forged_and_forgotten_reports_note_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await envelope(clock, monkeypatch)
    forged = token[:30] + ("a" if token[30] != "a" else "b") + token[31:]
    assert not await bounces.take(report=report(token=forged), now=NOW)
    assert not await bounces.take(report=report(token=token, status="4.2.2"), now=NOW)
    await fetch("UPDATE person SET key = NULL")
    assert not await bounces.take(report=report(token=token), now=NOW)
    assert await fetch("SELECT 1 FROM undeliverable") == []


async def test_from_stays_as_it_is(clock: Clock, mailbox: Mailbox) -> None:
    await register()
    await jobs.drain(clock)
    (message,) = mailbox()
    assert message["from"].addresses[0].addr_spec == settings().mail_from


def test_sender_without_a_token_or_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = mail.Mail("a@example.org", "", "x", "x", "x", "en", "x")
    assert mail.sender(bare) == "bounces@example.jp"
    monkeypatch.setenv("APP_BOUNCE_ADDRESS", "")
    settings.cache_clear()
    assert mail.sender(bare) == settings().mail_from
