"""Nominating: the nominee is asked, and before it agrees nothing goes on."""

import httpx
import msgspec

from app.core import jobs
from tests.awards.entering.entrants import (
    CONVENTION,
    HTML,
    address_of,
    hand_in,
    planted,
    state,
    write,
)
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox

NOMINATE = f"/{CONVENTION}/awards/green-2026/nominate"
WISH = {
    "category": "pairs", "organisation": "Quiet Lab", "kind": "university", "country": "KR", "name": "Kim Haneul",
    "email": "haneul@quiet.example", "language": "ko", "title": "Batteries from seaweed", "why": "They never ask.",
    "by": "Mori Ren", "by_email": "ren@example.org",
}  # fmt: skip


WHOLE = {"texts": {name: {"en": {"text": name}} for name in ("title", "summary", "solution")}}


async def nominated(http: httpx.AsyncClient) -> str:
    answer = await http.post(NOMINATE, data=WISH, headers=HTML)
    assert answer.status_code == 303, answer.text
    return await address_of("Quiet Lab")


async def test_the_nominee_is_asked_and_nobody_else_is_named_in_the_mail(
    http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await planted()
    address = await nominated(http)
    await jobs.drain(clock)
    (mail,) = mailbox()
    words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "haneul@quiet.example" in str(mail["To"])
    assert address in words
    assert "Mori" not in words + str(mail["Subject"])
    assert "never ask" not in words  # nobody else's words are sent to an address that somebody typed
    shown = (await http.get(address, headers=HTML)).text
    assert "Mori Ren" in shown
    assert "They never ask." in shown


async def test_nothing_goes_on_before_the_nominee_agrees(http: httpx.AsyncClient) -> None:
    await planted()
    address = await nominated(http)
    assert (await http.get(f"{address}/texts/en", headers=HTML)).status_code == 404
    await value("UPDATE award_entry SET draft = $1 RETURNING id", msgspec.json.encode(WHOLE).decode())
    assert (await hand_in(http, address)).status_code == 409
    assert await value("SELECT count(*) FROM entry_version") == 0
    assert (await http.post(f"{address}/consent", headers=HTML)).status_code == 303
    await write(http, address)
    await hand_in(http, address)
    assert await state(address) == "submitted"


async def test_consent_is_given_once(http: httpx.AsyncClient) -> None:
    await planted()
    address = await nominated(http)
    await http.post(f"{address}/consent", headers=HTML)
    assert (await http.post(f"{address}/consent", headers=HTML)).status_code == 409


async def test_a_nominee_who_refuses_ends_it(http: httpx.AsyncClient) -> None:
    await planted()
    address = await nominated(http)
    assert (await http.post(f"{address}/decline", headers=HTML)).status_code == 303
    assert await state(address) == "withdrawn"
    assert (await http.post(f"{address}/consent", headers=HTML)).status_code == 409


async def test_a_nomination_is_in_time_too(http: httpx.AsyncClient, clock: Clock) -> None:
    await planted()
    address = await nominated(http)
    clock.forward(days=1)
    assert (await http.post(NOMINATE, data=WISH, headers=HTML)).status_code == 409
    assert (await http.post(f"{address}/consent", headers=HTML)).status_code == 409
