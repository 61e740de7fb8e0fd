"""API tokens: named, narrower than their account, never without an end, shown once."""

import html
import re
from uuid import UUID

import httpx
import pytest

from app.core import audit
from app.core.db import fetch, fetch_one
from app.core.signing import token_digest
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Role, Scope
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import browser_of, token_for, value
from tests.people.test_invitations import EVERYTHING, two_gates

LIST = "/account/tokens"


async def signed_in(http: httpx.AsyncClient, role: Role = "officer", scope: Scope = EVERYTHING) -> str:
    account = await access.add_account(role=role, label="Sato", now=NOW, scope=scope)
    http.headers["accept"] = "text/html"
    return await browser_of(http, account)


async def made(http: httpx.AsyncClient, csrf: str, **more: object) -> httpx.Response:
    return await http.post(LIST, data={"csrf": csrf, "name": "Nightly export", "days": "90"} | more)


def token_in(answer: httpx.Response) -> str:
    found = re.search(r'id="token">([\w-]{43})<', answer.text)
    assert found is not None, html.unescape(answer.text)
    return found[1]


async def test_token_is_shown_once_and_works(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    csrf = await signed_in(http)
    answer = await made(http, csrf)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    token = token_in(answer)
    page = (await http.get(LIST)).text
    assert ("Nightly export" in page, token in page) == (True, False)
    assert await value("SELECT digest FROM access_token") == token_digest(token)
    async with client(app, token, accept="text/html") as program:
        assert (await program.get("/office")).status_code == 200
        clock.forward(days=90, seconds=-1)
        assert (await program.get("/office")).status_code == 200
        clock.forward(seconds=2)
        assert (await program.get("/office")).status_code == 401
    actions = [row["action"] for row in await fetch("SELECT action FROM audit_entry WHERE action LIKE 'token.%'")]
    assert actions == ["token.make"]
    assert (await audit.verify()).broken == 0


@pytest.mark.parametrize(
    ("days", "status"), [("1", 200), ("365", 200), ("366", 422), ("0", 422), ("", 422), ("x", 422)]
)
async def test_no_token_without_an_end(http: httpx.AsyncClient, days: str, status: int) -> None:
    csrf = await signed_in(http)
    answer = await made(http, csrf, days=days)
    assert answer.status_code == status
    assert await value("SELECT count(*) FROM access_token WHERE expires_at IS NULL") == 0
    if status == 422:
        assert 'value="Nightly export"' in answer.text


async def test_narrowed_token_reaches_less_than_its_account(app: Frame, http: httpx.AsyncClient) -> None:
    mine, other = await two_gates()
    csrf = await signed_in(http, "lead", Scope(gates=(mine.id, other.id)))
    token = token_in(await made(http, csrf, gates=str(mine.id)))
    async with client(app, token) as program:
        assert (await program.get(f"/api/v1/gates/{mine.id}/status")).status_code == 200
        assert (await program.get(f"/api/v1/gates/{other.id}/status")).status_code == 404


async def test_token_shrinks_with_its_account(app: Frame, http: httpx.AsyncClient) -> None:
    mine, other = await two_gates()
    csrf = await signed_in(http, "lead", Scope(gates=(mine.id, other.id)))
    token = token_in(await made(http, csrf, gates=str(mine.id)))
    await fetch("UPDATE account SET scope = $1", f'{{"gates": ["{other.id}"]}}')
    async with client(app, token) as program:
        for gate in (mine, other):
            assert (await program.get(f"/api/v1/gates/{gate.id}/status")).status_code == 404


async def test_rows_beyond_the_account_are_not_found(http: httpx.AsyncClient) -> None:
    mine, other = await two_gates()
    csrf = await signed_in(http, "lead", Scope(gates=(mine.id,)))
    assert (await made(http, csrf, gates=[str(mine.id), str(other.id)])).status_code == 404
    assert (await made(http, csrf, gates=str(UUID(int=1)))).status_code == 404
    assert await value("SELECT count(*) FROM access_token") == 0


async def test_revoked_token_opens_nothing(app: Frame, http: httpx.AsyncClient) -> None:
    csrf = await signed_in(http)
    token = token_in(await made(http, csrf))
    async with client(app, token) as program:
        assert (await program.get("/office")).status_code == 200
        row = await value("SELECT id FROM access_token")
        assert (await http.post(f"{LIST}/{row}/revoke", data={"csrf": csrf})).status_code == 303
        assert (await program.get("/office")).status_code == 401
        assert (await http.post(f"{LIST}/{row}/revoke", data={"csrf": csrf})).status_code == 404


async def test_tokens_of_others_are_neither_seen_nor_revoked(app: Frame, http: httpx.AsyncClient) -> None:
    csrf = await signed_in(http)
    await made(http, csrf)
    row = await value("SELECT id FROM access_token")
    async with client(app, await token_for("admin"), accept="text/html") as other:
        assert "Nightly export" not in (await other.get(LIST)).text
        assert (await other.post(f"{LIST}/{row}/revoke")).status_code == 404


@pytest.mark.usefixtures("http")
async def test_token_makes_no_token(app: Frame) -> None:
    async with client(app, await token_for("officer")) as program:
        answer = await made(program, "")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/needs-browser")


async def test_phone_makes_no_token(http: httpx.AsyncClient) -> None:
    gate, _ = await two_gates()
    scope = Scope(gates=(gate.id,))
    account = await access.add_account(role="staff", label="Phone", now=NOW, scope=scope, device="Phone")
    csrf = await browser_of(http, account)
    assert (await made(http, csrf)).status_code == 403


async def test_last_use_is_kept_once_an_hour(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    token = await token_for("officer")
    seen = []
    async with client(app, token) as program:
        for minutes in (0, 59, 2, 30):
            clock.forward(minutes=minutes)
            await program.get("/office")
            seen.append(await value("SELECT used_at FROM access_token"))
    assert seen[0] == seen[1] == NOW
    assert seen[2] == seen[3] != NOW


async def test_phone_is_heard_of_by_token_and_by_session(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    token = await token_for("staff")
    async with client(app, token) as phone:
        await phone.get("/gate")
    assert await value("SELECT seen_at FROM device") == NOW
    row = await fetch_one("SELECT account FROM device")
    assert row is not None
    await browser_of(http, row["account"])
    clock.forward(minutes=2)
    await http.get("/gate")
    assert await value("SELECT seen_at FROM device") == clock.moment
