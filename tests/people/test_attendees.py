"""Attendees sign in: whoever holds the mailbox of a registered person."""

import re
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from app.core import jobs
from app.core.db import fetch
from app.core.sandbox.catcher import message, messages
from app.people import access, persons
from app.people.persons import persons_of
from app.people.schemas import Declared, Details
from tests.clock import NOW, Clock
from tests.doors import value

EMAIL = "Lin.Na@example.org"


async def registered(name: str = "林娜", email: str = EMAIL) -> UUID:
    (found,) = await persons.enrol([Declared(Details(name, email), "CN")], now=NOW)
    return found.id


async def link(http: httpx.AsyncClient, clock: Clock, mailbox: Path, email: str = EMAIL) -> str:
    """Ask for a link and return the path in the mail."""
    assert (await http.post("/sign-in", data={"email": email})).status_code == 200
    await jobs.drain(clock)
    (address,) = re.findall(r"http://test(/sign-in/[0-9a-f]{64})\s", message(mailbox, messages(mailbox)[0].id).text)
    return str(address)


async def role(http: httpx.AsyncClient) -> tuple[str, str]:
    found = await access.by_session(http.cookies[access.session_cookie()], NOW)
    return found.role, found.strength


async def test_account_is_added_when_the_link_is_confirmed(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    one, two = await registered(), await registered("林海")
    await registered("Other", "other@example.org")
    address = await link(http, clock, mailbox, "lin.na+news@EXAMPLE.org")
    assert messages(mailbox)[0].to == EMAIL, "as declared, not as typed"
    assert (await http.get(address)).status_code == 200
    assert await value("SELECT count(*) FROM account") == 0
    assert (await http.post(address)).headers["location"] == "/start"
    assert await role(http) == ("attendee", "link")
    account = await value("SELECT id FROM account")
    assert isinstance(account, UUID)
    assert await persons_of(account) == sorted([one, two])


async def test_second_time_finds_the_same_account(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await registered()
    for _ in range(2):
        await http.post(await link(http, clock, mailbox))
        http.cookies.delete(access.session_cookie())
    assert await value("SELECT count(*) FROM account") == 1


async def test_same_answer_and_same_job_for_registered_and_unknown(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await registered()
    answers = [await http.post("/sign-in", data={"email": email}) for email in (EMAIL, "nobody@example.org")]
    known, unknown = (re.sub(r'nonce="[^"]+"', "", answer.text) for answer in answers)
    assert known == unknown
    payloads = [str(row["payload"]) for row in await fetch("SELECT payload::text FROM job ORDER BY payload->>'person'")]
    assert [sorted(re.findall(r'"(\w+)":', payload)) for payload in payloads] == [
        ["account", "ask", "digest", "language", "person"]
    ] * 2
    assert "@" not in "".join(payloads)
    assert await jobs.drain(clock) == 2
    assert len(messages(mailbox)) == 1


async def test_who_also_has_a_role_chooses(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    staff = await access.add_account(role="staff", label="Gate 1", now=NOW, email=EMAIL)
    await registered()
    answer = await http.post(await link(http, clock, mailbox))
    assert answer.headers["location"] == "/account/role?next=%2Fstart"
    assert await role(http) == ("attendee", "link")
    shown = await http.get(answer.headers["location"])
    assert "Gate staff" in shown.text
    assert "You are here" in shown.text
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    await http.post("/account/role", data={"account": str(staff), "csrf": csrf})
    assert await role(http) == ("staff", "link")


async def test_where_one_wanted_to_go_is_remembered(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await registered()
    assert 'name="next" value="/account"' in (await http.get("/sign-in?next=/account")).text
    await http.post("/sign-in", data={"email": EMAIL, "next": "/account"})
    await jobs.drain(clock)
    text = message(mailbox, messages(mailbox)[0].id).text
    (address,) = re.findall(r"http://test(/sign-in/[0-9a-f]{64})\s", text)
    assert (await http.post(address)).headers["location"] == "/account"


@pytest.mark.parametrize("asked", ["//evil.example", "https://evil.example/", "/\\evil.example"])
async def test_nobody_is_led_to_another_site(http: httpx.AsyncClient, clock: Clock, mailbox: Path, asked: str) -> None:
    await registered()
    assert 'name="next" value="/start"' in (await http.get("/sign-in", params={"next": asked})).text
    http.cookies.set("machi_next", asked, domain="test.local")
    address = await link(http, clock, mailbox)
    assert (await http.post(address)).headers["location"] == "/start"


async def test_suspended_attendee_stays_out(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await registered()
    await http.post(await link(http, clock, mailbox))
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    http.cookies.delete(access.session_cookie())
    assert (await http.post(await link(http, clock, mailbox))).status_code == 410
    assert await value("SELECT count(*) FROM account") == 1


async def test_erased_person_does_not_come_in(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    person = await registered()
    address = await link(http, clock, mailbox)
    await fetch("DELETE FROM person_details WHERE person = $1", person)
    assert (await http.post(address)).status_code == 410
    assert await value("SELECT count(*) FROM account") == 0


@pytest.mark.usefixtures("http")
async def test_account_without_an_address_has_no_persons() -> None:
    await registered()
    assert await persons_of(await access.add_account(role="staff", label="Phone", now=NOW)) == []
