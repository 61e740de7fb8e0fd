"""Signing in: links that open once, soon, in the browser that asked; sessions that nobody can plant."""

import asyncio
import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

import app.people.tasks  # noqa: F401  # registers the job
from app.core import jobs
from app.core.db import fetch, transaction
from app.core.sandbox.catcher import message, messages
from app.core.settings import settings
from app.core.signing import token_digest
from app.core.web.frame import Frame
from app.people import access, sign_in
from app.people.errors import AddressTaken, LinkExpired
from app.people.roles import ANONYMOUS, ROLES, Role
from app.people.strength import NEEDS
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value

EMAIL = "Officer@Example.org"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation on which nothing is real."""
    monkeypatch.setitem(os.environ, "APP_DEMO", "true")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


async def account(role: Role = "officer", email: str | None = EMAIL) -> UUID:
    return await access.add_account(role=role, label="Sato", now=NOW, email=email)


async def signed_in(http: httpx.AsyncClient, role: Role = "officer") -> str:
    """Sign this client in and return the token its forms carry."""
    token = await sign_in.link_for(account=await account(role), now=NOW)
    answer = await http.post(f"/sign-in/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/start")
    return access.csrf_token(http.cookies[access.session_cookie()])


async def link_in(mailbox: Path) -> str:
    found = message(mailbox, messages(mailbox)[0].id)
    (address,) = re.findall(r"http://test(/sign-in/[0-9a-f]{64})\s", found.text)
    return str(address)


async def test_whole_way_by_mail(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await account()
    answer = await http.post("/sign-in", data={"email": " officer@example.ORG "}, headers={"accept-language": "ja"})
    assert answer.status_code == 200
    assert await jobs.drain(clock) == 1
    (mail,) = messages(mailbox)
    assert mail.to == EMAIL, "the address as it was given, not as it was typed"
    address = await link_in(mailbox)
    shown = await http.get(address)
    assert (shown.status_code, "set-cookie" in shown.headers) == (200, False)
    done = await http.post(address)
    assert (done.status_code, done.headers["location"]) == (303, "/start")
    blocked = await http.get("/start", headers={"accept": "text/html"})
    assert (blocked.status_code, blocked.headers["location"]) == (303, "/account/strengthen?next=%2Fstart")


async def test_same_answer_and_same_work_for_unknown_addresses(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await account()
    answers = [await http.post("/sign-in", data={"email": email}) for email in (EMAIL, "nobody@example.org")]
    known, unknown = (re.sub(r'nonce="[^"]+"', "", answer.text) for answer in answers)
    assert known == unknown
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await value("SELECT count(*) FROM job WHERE name = 'people.send_sign_in_link'") == 2
    assert await jobs.drain(clock) == 2
    assert len(messages(mailbox)) == 1


async def test_promise_holds_no_address_and_no_token(http: httpx.AsyncClient) -> None:
    await account()
    await http.post("/sign-in", data={"email": EMAIL})
    payload = str(await value("SELECT payload::text FROM job"))
    ask = re.search(r'"ask": "([^"]+)"', payload)
    assert ask is not None
    assert "@" not in payload
    assert sign_in.token_of(UUID(ask[1])) not in payload


async def test_link_that_is_sent_twice_is_the_same_link(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await account()
    await http.post("/sign-in", data={"email": EMAIL})
    await jobs.drain(clock)
    first = await link_in(mailbox)
    await fetch("UPDATE job SET done_at = NULL")
    await jobs.drain(clock)
    first_mail, second_mail = (message(mailbox, one.id) for one in messages(mailbox))
    assert first_mail.message_id == second_mail.message_id
    assert await link_in(mailbox) == first


async def test_looking_does_not_use_the_link(http: httpx.AsyncClient) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    for _ in range(3):
        assert (await http.get(f"/sign-in/{token}")).status_code == 200
    assert await value("SELECT count(*) FROM browser_session") == 0
    assert (await http.post(f"/sign-in/{token}")).status_code == 303


async def test_second_use_is_refused(http: httpx.AsyncClient) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    await sign_in.confirm(token=token, now=NOW)
    for answer in (await http.get(f"/sign-in/{token}"), await http.post(f"/sign-in/{token}")):
        assert (answer.status_code, "set-cookie" in answer.headers) == (410, False)


@pytest.mark.parametrize(("minutes", "status"), [(9.99, 303), (10, 410), (11, 410)])
async def test_link_opens_for_ten_minutes(http: httpx.AsyncClient, clock: Clock, minutes: float, status: int) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    clock.forward(minutes=minutes)
    assert (await http.post(f"/sign-in/{token}")).status_code == status


@pytest.mark.parametrize("token", ["x", "0" * 64, "a" * 5000, "é"])
async def test_link_that_was_never_ours(http: httpx.AsyncClient, token: str) -> None:
    assert (await http.get(f"/sign-in/{token}")).status_code == 410
    assert (await http.post(f"/sign-in/{token}")).status_code == 410


@pytest.mark.usefixtures("http")
async def test_reusable_link_of_a_demo_opens_again_until_it_is_too_old(demo: None) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW, minutes=60, reusable=True)
    cookies = {(await sign_in.confirm(token=token, now=NOW)).cookie for _ in range(3)}
    assert len(cookies) == 3
    with pytest.raises(LinkExpired):
        await sign_in.confirm(token=token, now=NOW + dt.timedelta(minutes=60))


@pytest.mark.usefixtures("http")
async def test_reusable_link_opens_once_where_things_are_real() -> None:
    token = await sign_in.link_for(account=await account(), now=NOW, minutes=60, reusable=True)
    await sign_in.confirm(token=token, now=NOW)
    with pytest.raises(LinkExpired):
        await sign_in.confirm(token=token, now=NOW)


async def test_other_browser_is_refused(app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await account()
    await http.post("/sign-in", data={"email": EMAIL})
    await jobs.drain(clock)
    address = await link_in(mailbox)
    async with client(app) as other:
        await other.post("/sign-in", data={"email": "nobody@example.org"})
        assert (await other.get(address)).status_code == 410
        assert (await other.post(address)).status_code == 410
    assert (await http.post(address)).status_code == 303, "the attempt did not use it up"


@pytest.mark.usefixtures("http")
async def test_suspended_account_cannot_sign_in() -> None:
    who = await account()
    token = await sign_in.link_for(account=who, now=NOW)
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    with pytest.raises(LinkExpired):
        await sign_in.confirm(token=token, now=NOW)


async def test_suspension_ends_what_is_open(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    assert (await http.get("/start")).status_code == 401


async def test_planted_cookie_is_never_valid(http: httpx.AsyncClient) -> None:
    planted = "planted-by-somebody-else"
    http.cookies.set(access.session_cookie(), planted)
    assert (await http.get("/start")).status_code == 401
    token = await sign_in.link_for(account=await account(), now=NOW)
    answer = await http.post(f"/sign-in/{token}")
    fresh = re.match(rf"{access.session_cookie()}=([\w-]{{43}});", answer.headers["set-cookie"])
    assert fresh is not None
    assert fresh[1] != planted
    assert await access.by_session(planted, NOW) is ANONYMOUS
    assert (await access.by_session(fresh[1], NOW)).role == "officer"


async def test_cookie_is_kept_from_scripts_and_other_sites(http: httpx.AsyncClient) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    (cookie,) = (await http.post(f"/sign-in/{token}")).headers.get_list("set-cookie")
    assert {part.lower() for part in cookie.split("; ")[1:]} == {"httponly", "samesite=lax", "path=/", "max-age=43200"}


async def test_only_the_digest_of_a_session_is_kept(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    assert await value("SELECT digest FROM browser_session") == token_digest(http.cookies[access.session_cookie()])


async def test_signing_in_again_ends_the_session_before(http: httpx.AsyncClient) -> None:
    csrf = await signed_in(http)
    before = http.cookies[access.session_cookie()]
    token = await sign_in.link_for(account=await account(email="b@example.org"), now=NOW)
    assert (await http.post(f"/sign-in/{token}", data={"csrf": csrf})).status_code == 303
    assert await access.by_session(before, NOW) is ANONYMOUS


@pytest.mark.parametrize("role", ROLES)
async def test_idle_session_ends(http: httpx.AsyncClient, clock: Clock, role: Role) -> None:
    await signed_in(http, role)
    clock.forward(seconds=NEEDS[role].idle.total_seconds() - 1)
    assert (await http.get("/start")).status_code == 200
    clock.forward(seconds=NEEDS[role].idle.total_seconds())
    assert (await http.get("/start")).status_code == 401


@pytest.mark.parametrize(("role", "hours"), [("attendee", 720), ("staff", 168), ("judge", 72), ("officer", 12)])
async def test_no_session_lives_longer_than_its_role_allows(
    http: httpx.AsyncClient, clock: Clock, role: Role, hours: int
) -> None:
    await signed_in(http, role)
    cookie = http.cookies[access.session_cookie()]
    answers = []
    for _ in range(2 * hours + 1):
        answers.append((await access.by_session(cookie, clock())).role)
        clock.forward(minutes=30)
    assert answers == [role] * (2 * hours) + ["anonymous"]


async def test_signing_out_ends_the_session_on_the_server(http: httpx.AsyncClient) -> None:
    csrf = await signed_in(http)
    cookie = http.cookies[access.session_cookie()]
    answer = await http.post("/sign-out", data={"csrf": csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert access.session_cookie() not in http.cookies
    http.cookies.set(access.session_cookie(), cookie)
    assert (await http.get("/start")).status_code == 401


@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": access.csrf_token("another")}])
async def test_form_without_the_token_of_this_session_is_refused(http: httpx.AsyncClient, sent: dict[str, str]) -> None:
    await signed_in(http)
    assert (await http.post("/sign-out", data=sent)).status_code == 403
    assert (await http.get("/start")).status_code == 200


async def test_form_of_another_site_is_refused_although_its_token_is_right(http: httpx.AsyncClient) -> None:
    csrf = await signed_in(http)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await http.post("/sign-out", data={"csrf": csrf}, headers=headers)).status_code == 403
    assert (await http.post("/sign-out", headers={"x-csrf-token": csrf, "origin": "http://test"})).status_code == 303


@pytest.mark.parametrize("origin", ["http://[", "null", "", "http://test.evil.example", "//test:x]"])
async def test_origin_that_is_none_of_ours_is_refused(http: httpx.AsyncClient, origin: str) -> None:
    answer = await http.post("/sign-in", data={"email": EMAIL}, headers={"origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize(("seconds", "touched"), [(0, 0), (30, 0), (60, 0), (61, 61), (120, 120)])
async def test_session_is_touched_once_a_minute(
    http: httpx.AsyncClient, clock: Clock, seconds: int, touched: int
) -> None:
    await signed_in(http)
    clock.forward(seconds=seconds)
    assert (await http.get("/start")).status_code == 200
    assert await value("SELECT seen_at FROM browser_session") == NOW + dt.timedelta(seconds=touched)


async def test_cookie_over_https_belongs_to_this_host_alone(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    monkeypatch.setitem(os.environ, "APP_BASE_URL", "https://test")
    settings.cache_clear()
    try:
        answer = await http.post(f"https://test/sign-in/{token}")
        (cookie,) = answer.headers.get_list("set-cookie")
        start = await http.get("https://test/start")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert re.match(r"__Host-machi_session=[\w-]{43};", cookie)
    parts = {part.lower() for part in cookie.split("; ")[1:]}
    assert parts == {"httponly", "secure", "samesite=lax", "path=/", "max-age=43200"}
    assert start.status_code == 200


async def test_sixth_link_within_ten_minutes_is_refused(http: httpx.AsyncClient, clock: Clock) -> None:
    await account()
    for email in (EMAIL, "nobody@example.org"):
        answers = [(await http.post("/sign-in", data={"email": email})).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429], "known or not"
    tagged = await http.post("/sign-in", data={"email": "Officer+2@example.org"})
    assert (tagged.status_code, tagged.headers["retry-after"]) == (429, "600")
    clock.forward(minutes=10)
    assert (await http.post("/sign-in", data={"email": EMAIL})).status_code == 200


async def test_wrong_address_comes_back_with_what_was_typed(http: httpx.AsyncClient) -> None:
    answer = await http.post("/sign-in", data={"email": 'no"><b>address'})
    assert answer.status_code == 422
    assert 'value="no&#34;&gt;&lt;b&gt;address"' in answer.text
    assert 'aria-invalid="true" aria-describedby="email-hint email-error"' in answer.text
    assert '<a href="#email">' in answer.text
    assert await value("SELECT count(*) FROM job") == 0


@pytest.mark.usefixtures("http")
async def test_address_is_sealed_and_has_one_account_of_each_role() -> None:
    await account()
    stored = await value("SELECT address FROM account")
    assert isinstance(stored, bytes)
    assert b"fficer" not in stored
    with pytest.raises(AddressTaken):
        await account("officer", "officer@example.org")
    await account("staff", "officer@example.org")


@pytest.mark.usefixtures("committed")
async def test_second_click_waits_for_the_first_and_is_refused() -> None:
    token = await sign_in.link_for(account=await account(), now=NOW)
    clicked, finish = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with transaction():
            await sign_in.confirm(token=token, now=NOW)
            clicked.set()
            await finish.wait()

    one = asyncio.create_task(first())
    await clicked.wait()
    two = asyncio.create_task(sign_in.confirm(token=token, now=NOW))
    while not await value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ):
        pass
    finish.set()
    await one
    with pytest.raises(LinkExpired):
        await two
    assert await value("SELECT count(*) FROM browser_session") == 1
