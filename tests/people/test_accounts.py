"""People with roles: seen and changed only by those who answer for them; the last administrator stays."""

import asyncio
import re
from uuid import UUID

import httpx
import pytest

from app.core import audit
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people import access, accounts, sessions
from app.people.accounts import Change
from app.people.errors import LastAdmin
from app.people.policy import POLICY, STEP_UP
from app.people.roles import Principal, Role, Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import all_at_once, token_for, value
from tests.people.test_invitations import EVERYTHING, two_gates

OFFICE, CONSOLE = "/office/people", "/console/staff"


async def add(role: Role, label: str, scope: Scope = EVERYTHING, email: str | None = None) -> UUID:
    return await access.add_account(role=role, label=label, now=NOW, scope=scope, email=email)


def asker(app: Frame, token: str) -> httpx.AsyncClient:
    return client(app, token, accept="text/html")


@pytest.mark.usefixtures("http")
async def test_officers_find_people_by_name_role_and_address(app: Frame) -> None:
    mine, _other = await two_gates()
    await add("organiser", "Ｓａｔｏ Hanako", Scope(organisers=(mine.organiser,)), "hanako@example.org")
    await add("staff", "Tanaka", Scope(gates=(mine.id,)))
    async with asker(app, await token_for("officer")) as officer:
        every = (await officer.get(OFFICE)).text
        assert every.index("Ｓａｔｏ Hanako") < every.index("Tanaka")
        by_name = (await officer.get(OFFICE, params={"q": "sato h"})).text
        assert ("Ｓａｔｏ Hanako" in by_name, "Tanaka" in by_name) == (True, False)
        by_address = (await officer.get(OFFICE, params={"q": "Hanako@example.org"})).text
        assert ("Ｓａｔｏ Hanako" in by_address, "Tanaka" in by_address) == (True, False)
        by_role = (await officer.get(OFFICE, params={"role": "staff"})).text
        assert ("Ｓａｔｏ Hanako" in by_role, "Tanaka" in by_role) == (False, True)
        assert "Nobody was found" in (await officer.get(OFFICE, params={"q": "zzz"})).text


@pytest.mark.usefixtures("http")
async def test_officers_do_not_see_administrators(app: Frame) -> None:
    admin = await add("admin", "The administrator")
    async with asker(app, await token_for("officer")) as officer:
        assert "The administrator" not in (await officer.get(OFFICE)).text
        assert (await officer.get(f"{OFFICE}/{admin}")).status_code == 404
        assert (await officer.post(f"{OFFICE}/{admin}/suspend")).status_code == 404


async def seen(boss: httpx.AsyncClient, here: str) -> str:
    """Return what the form of an account carries: the account as it was when the form was made."""
    found = re.search(r'name="seen" value="([0-9a-f]+)"', (await boss.get(here)).text)
    assert found is not None
    return found[1]


CHANGES = ("", "/suspend", "/reinstate", "/sign-out")


@pytest.mark.parametrize("role", ["organiser", "lead"])
@pytest.mark.usefixtures("http")
async def test_people_of_others_are_not_found(app: Frame, role: Role) -> None:
    mine, other = await two_gates()
    scope = Scope(organisers=(mine.organiser,)) if role == "organiser" else Scope(gates=(mine.id,))
    own = await add("staff", "Own", Scope(gates=(mine.id,)))
    foreign = [
        await add("staff", "Foreign gate", Scope(gates=(other.id,))),
        await add("staff", "Both gates", Scope(gates=(mine.id, other.id))),
        await add("staff", "Every gate"),
        await add("organiser", "Foreign organiser", Scope(organisers=(other.organiser,))),
        await add("officer", "Officer"),
        await add("attendee", "Attendee"),
        UUID(int=1),
    ]
    async with asker(app, await token_for(role, scope=scope)) as boss:
        shown = (await boss.get(CONSOLE)).text
        assert "Own" in shown
        for word in ("Foreign gate", "Both gates", "Every gate", "Foreign organiser"):
            assert word not in shown
        for account in foreign:
            assert (await boss.get(f"{CONSOLE}/{account}")).status_code == 404
            assert (await boss.get(f"{CONSOLE}/{account}/suspend")).status_code == 404
            answers = [(await boss.post(f"{CONSOLE}/{account}{rest}", data={"label": "x"})) for rest in CHANGES]
            assert [answer.status_code for answer in answers] == [404] * len(CHANGES)
        assert (await boss.get(f"{CONSOLE}/{own}")).status_code == 200
    assert await value("SELECT count(*) FROM account WHERE suspended_at IS NOT NULL OR label = 'x'") == 0


@pytest.mark.usefixtures("http")
async def test_scope_changes_within_reach_only(app: Frame) -> None:
    mine, other = await two_gates()
    account = await add("staff", "Tanaka", Scope(gates=(mine.id,)))
    here = f"{CONSOLE}/{account}"
    async with asker(app, await token_for("organiser", scope=Scope(organisers=(mine.organiser,)))) as organiser:
        foreign = await organiser.post(here, data={"label": "Tanaka", "gates": [str(mine.id), str(other.id)]})
        assert foreign.status_code == 404
        none = await organiser.post(here, data={"label": "Tanaka B"})
        assert (none.status_code, 'value="Tanaka B"' in none.text) == (422, True)
        sent = {"label": "Tanaka C", "gates": str(mine.id), "seen": await seen(organiser, here)}
        done = await organiser.post(here, data=sent)
        assert (done.status_code, done.headers["location"]) == (303, f"{here}?done=saved")
    row = await fetch_one("SELECT label, scope FROM account WHERE id = $1", account)
    assert row is not None
    assert tuple(row) == ("Tanaka C", f'{{"gates": ["{mine.id}"]}}')
    (entry,) = await fetch("SELECT action, detail FROM audit_entry")
    assert tuple(entry) == ("account.change", f'{{"gates":["{mine.id}"]}}')
    assert (await audit.verify()).broken == 0


@pytest.mark.usefixtures("http")
async def test_form_that_comes_too_late_gives_nothing_back(app: Frame) -> None:
    mine, other = await two_gates()
    account = await add("staff", "Tanaka", Scope(gates=(mine.id, other.id)))
    here = f"{OFFICE}/{account}"
    async with asker(app, await token_for("officer")) as officer:
        old = {"label": "Tanaka A", "gates": [str(mine.id), str(other.id)], "seen": await seen(officer, here)}
        less = {"label": "Tanaka", "gates": str(mine.id), "seen": old["seen"]}
        assert (await officer.post(here, data=less)).status_code == 303
        for late in (old, {**old, "seen": ""}, {**old, "seen": "é"}):
            answer = await officer.post(here, data=late)
            assert (answer.status_code, 'value="Tanaka A"' in answer.text) == (409, True)
            assert "Somebody else has saved in the meantime" in answer.text
            assert "Stored now: “Tanaka”." in answer.text
        row = await fetch_one("SELECT label, scope FROM account WHERE id = $1", account)
        assert row is not None
        assert tuple(row) == ("Tanaka", f'{{"gates": ["{mine.id}"]}}')
        again = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)
        assert again is not None
        assert (await officer.post(here, data={**old, "seen": again[1]})).status_code == 303, "saving again means yes"


@pytest.mark.committed
async def test_one_of_two_changes_of_an_account_at_once_wins(app: Frame, committed: None) -> None:
    account = await add("officer", "Sato")
    form = await accounts.one(account=account, principal=Principal("admin"))
    asked = [Change(label=f"Sato {n}", seen=form.digest) for n in range(4)]
    admin = Principal("admin", UUID(int=1))
    works = [accounts.change(account=account, asked=one, principal=admin, now=NOW) for one in asked]
    assert await all_at_once("account", works) == ["NoneType"] + ["Outdated"] * 3


@pytest.mark.usefixtures("http")
async def test_suspension_ends_sessions_tokens_and_invitations(app: Frame) -> None:
    account = await add("organiser", "Sato", Scope(organisers=((await two_gates())[0].organiser,)))
    token = await access.issue_token(account=account, now=NOW)
    cookie = await sessions.open_session(account=account, strength="strong", now=NOW)
    assert (await access.by_session(cookie, NOW)).account == account
    await fetch(
        "INSERT INTO invitation (id, role, label, address, address_key, language, digest, invited_by, created_at,"
        " expires_at) VALUES ($1, 'staff', 'x', 'x', 'x', 'en', 'x', $2, $3, $3::timestamptz + '1 day')",
        UUID(int=5), account, NOW,
    )  # fmt: skip
    async with asker(app, await token_for("officer")) as officer:
        asked = await officer.get(f"{OFFICE}/{account}/suspend")
        assert "Suspend Sato?" in asked.text
        assert (await officer.post(f"{OFFICE}/{account}/suspend")).status_code == 303
        assert "this account is suspended" in (await officer.get(f"{OFFICE}/{account}")).text
        async with client(app, token) as suspended:
            assert (await suspended.get("/start")).status_code == 401
        assert (await access.by_session(cookie, NOW)).account is None
        assert await value("SELECT withdrawn_at IS NOT NULL AND address IS NULL FROM invitation") is True
        assert (await officer.post(f"{OFFICE}/{account}/reinstate")).status_code == 303
        async with client(app, token) as again:
            assert (await again.get("/start")).status_code == 200
        assert (await access.by_session(cookie, NOW)).account is None, "ended for good"
    actions = [row["action"] for row in await fetch("SELECT action FROM audit_entry ORDER BY position")]
    assert actions == ["account.suspend", "account.reinstate"]


@pytest.mark.usefixtures("http")
async def test_signing_out_somebody_leaves_the_account_open(app: Frame) -> None:
    account = await add("officer", "Sato")
    cookie = await sessions.open_session(account=account, strength="strong", now=NOW)
    async with asker(app, await token_for("officer")) as officer:
        assert (await officer.post(f"{OFFICE}/{account}/sign-out")).status_code == 303
    assert (await access.by_session(cookie, NOW)).account is None
    assert await value("SELECT suspended_at IS NULL FROM account WHERE id = $1", account) is True


@pytest.mark.usefixtures("http")
async def test_nobody_suspends_himself(app: Frame) -> None:
    token = await token_for("officer")
    own = (await access.by_token(token, NOW)).account
    async with asker(app, token) as officer:
        assert (await officer.post(f"{OFFICE}/{own}/suspend")).status_code == 409
    assert await value("SELECT suspended_at IS NULL FROM account WHERE id = $1", own) is True


@pytest.mark.committed
async def test_two_administrators_cannot_suspend_each_other_at_once(app: Frame, committed: None) -> None:
    first, second = await add("admin", "First"), await add("admin", "Second")
    for _round in range(10):
        done = await asyncio.gather(
            accounts.suspend(account=second, principal=Principal(role="admin", account=first), now=NOW),
            accounts.suspend(account=first, principal=Principal(role="admin", account=second), now=NOW),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in done) == ["LastAdmin", "NoneType"]
        assert await value("SELECT count(*) FROM account WHERE suspended_at IS NULL") == 1
        await fetch("UPDATE account SET suspended_at = NULL")


@pytest.mark.usefixtures("http")
async def test_last_administrator_cannot_be_suspended() -> None:
    last = await add("admin", "Last")
    with pytest.raises(LastAdmin):
        await accounts.suspend(account=last, principal=Principal(role="admin", account=UUID(int=1)), now=NOW)


def test_routes_that_need_a_fresh_proof_are_closed_ones() -> None:
    assert [route for route in STEP_UP if "anonymous" in POLICY[route]] == []
