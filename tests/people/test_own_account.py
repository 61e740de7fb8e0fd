"""One's own account: sessions one sees and ends, and nobody else's."""

from uuid import UUID

import httpx
import pytest

from app.core import audit
from app.core.db import fetch
from app.people import access, sessions
from app.people.roles import Role, Scope
from tests.clock import NOW, Clock
from tests.doors import browser_of, value


async def account(role: Role = "attendee", email: str | None = "abe@example.org") -> UUID:
    return await access.add_account(role=role, label="Abe", now=NOW, email=email)


async def other_session(who: UUID, agent: str = "Safari, iPhone") -> str:
    return await sessions.open_session(account=who, strength="link", now=NOW, agent=agent)


async def session_id(who: UUID) -> object:
    return await value("SELECT id FROM browser_session WHERE account = $1 AND ended_at IS NULL", who)


async def test_account_shows_roles_and_sessions(http: httpx.AsyncClient) -> None:
    who = await account()
    await other_session(await account("staff"))
    await other_session(await account("staff", "b@example.org"), "Edge, Windows")
    await browser_of(http, who, strength="link")
    text = (await http.get("/account")).text
    assert "Firefox, Linux" in text
    assert "Safari, iPhone" in text, "a session in another of one's roles"
    assert "Edge, Windows" not in text
    assert "Gate staff" in text
    assert text.count("This one") == 1


async def test_browser_is_kept_in_words(http: httpx.AsyncClient) -> None:
    from app.people import sign_in

    token = await sign_in.link_for(account=await account(), now=NOW)
    header = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 secret-extension"
    await http.post(f"/sign-in/{token}", headers={"user-agent": header})
    assert await value("SELECT agent FROM browser_session") == "Firefox, Linux"


async def test_ending_one_session(http: httpx.AsyncClient) -> None:
    who, staff = await account(), await account("staff")
    cookie = await other_session(staff)
    csrf = await browser_of(http, who, strength="link")
    answer = await http.post(f"/account/sessions/{await session_id(staff)}/end", data={"csrf": csrf})
    assert answer.headers["location"] == "/account?done=ended"
    assert (await access.by_session(cookie, NOW)).account is None
    assert "Safari" not in (await http.get("/account")).text
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'session.end'") == 1
    assert (await audit.verify()).broken == 0


@pytest.mark.parametrize("email", ["b@example.org", None])
async def test_sessions_of_others_are_not_there(http: httpx.AsyncClient, email: str | None) -> None:
    stranger = await account("staff", email)
    cookie = await other_session(stranger)
    for mine in (await account(), await account("partner", None)):
        csrf = await browser_of(http, mine, strength="link")
        answer = await http.post(f"/account/sessions/{await session_id(stranger)}/end", data={"csrf": csrf})
        assert answer.status_code == 404
        await http.post("/account/sessions/end-others", data={"csrf": csrf})
    assert (await access.by_session(cookie, NOW)).account == stranger


async def test_ending_all_others(http: httpx.AsyncClient) -> None:
    who, staff = await account(), await account("staff")
    cookies = [await other_session(one) for one in (who, who, staff)]
    csrf = await browser_of(http, who, strength="link")
    await http.post("/account/sessions/end-others", data={"csrf": csrf})
    assert [(await access.by_session(cookie, NOW)).account for cookie in cookies] == [None] * 3
    assert (await http.get("/account")).status_code == 200


async def test_sessions_that_ended_by_themselves_are_not_listed(http: httpx.AsyncClient, clock: Clock) -> None:
    who, staff = await account(), await account("staff")
    await other_session(staff)
    await browser_of(http, who, strength="link")
    clock.forward(hours=12)
    assert "Safari" not in (await http.get("/account")).text


async def test_suspension_ends_session_and_token_within_a_second(http: httpx.AsyncClient, clock: Clock) -> None:
    who = await account("staff")
    token = await access.issue_token(account=who, now=NOW)
    cookie = await other_session(who)
    assert (await access.by_token(token, NOW)).account == who
    await fetch("UPDATE account SET suspended_at = $2 WHERE id = $1", who, NOW)
    assert (await access.by_session(cookie, NOW)).account is None
    clock.forward(seconds=1)
    assert (await access.by_token(token, clock())).account is None


async def test_token_reaches_no_more_than_its_own_scope(http: httpx.AsyncClient) -> None:
    one, two = UUID(int=1), UUID(int=2)
    who = await access.add_account(role="organiser", label="x", now=NOW, scope=Scope(organisers=(one, two)))
    token = await access.issue_token(account=who, now=NOW)
    await fetch("UPDATE access_token SET scope = $1", f'{{"organisers": ["{two}", "{UUID(int=3)}"]}}')
    assert (await access.by_token(token, NOW)).scope.organisers == (two,)


async def test_exchanged_session_is_not_exchanged_again(http: httpx.AsyncClient) -> None:
    from app.core.errors import Unauthorized

    cookie = await other_session(await account())
    await sessions.renew(cookie=cookie, now=NOW)
    with pytest.raises(Unauthorized):
        await sessions.renew(cookie=cookie, now=NOW)
    assert await value("SELECT count(*) FROM browser_session") == 2


async def test_no_exchange_makes_a_session_last_longer(http: httpx.AsyncClient, clock: Clock) -> None:
    cookie = await other_session(await account("staff"))
    for _ in range(14):
        clock.forward(hours=11)
        cookie = await sessions.renew(cookie=cookie, now=clock())
        assert (await access.by_session(cookie, clock())).role == "staff"
    clock.forward(hours=11)
    cookie = await sessions.renew(cookie=cookie, now=clock())
    clock.forward(hours=4)
    assert (await access.by_session(cookie, clock())).account is None, "7 days after signing in"
