"""What each role needs, who is led where, and how a session becomes worth more."""

import datetime as dt
import re
from typing import get_args
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import fetch
from app.people import access, sign_in
from app.people.browsers import in_words
from app.people.policy import CEREMONY, POLICY, PUBLIC, STEP_UP, STRONG_STEP_UP
from app.people.roles import ROLES, Role
from app.people.strength import NEEDS, STRENGTHS, Strength, enough, fresh, stronger, strongest_need
from app.people.ways import START, local
from tests.clock import NOW, Clock
from tests.doors import browser_of, token_for, value

HTML = {"accept": "text/html"}
STRONG: set[Role] = {"officer", "admin", "secretary", "organiser"}


async def account(role: Role = "officer", email: str | None = "kato@example.org") -> UUID:
    return await access.add_account(role=role, label="Kato", now=NOW, email=email)


# The table


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_need(role: Role) -> None:
    accepted = {strength for strength in STRENGTHS if enough(role, strength)}
    if role in STRONG:
        assert accepted == {"strong"}
    elif role == "judge":
        assert accepted == {"code", "strong"}
    else:
        assert accepted == set(STRENGTHS)


def test_officers_are_signed_out_sooner_than_others() -> None:
    for role in ROLES:
        assert NEEDS[role].idle >= NEEDS["officer"].idle == dt.timedelta(hours=1)
        assert NEEDS[role].absolute >= NEEDS["officer"].absolute == dt.timedelta(hours=12)
        assert NEEDS[role].idle < NEEDS[role].absolute


def test_nothing_invented_is_enough() -> None:
    assert not enough("judge", "STRONG")
    assert not enough("officer", "")


@given(st.sampled_from(get_args(Strength)), st.sampled_from(get_args(Strength)))
def test_a_proof_never_weakens(one: Strength, other: Strength) -> None:
    for role in ROLES:
        assert enough(role, stronger(one, other)) == (enough(role, one) or enough(role, other))


def test_the_most_demanding_role_decides() -> None:
    cases: list[list[Role]] = [[], ["staff"], ["attendee", "judge"], ["judge", "officer"]]
    assert [strongest_need(roles) for roles in cases] == ["link", "link", "code", "strong"]


@pytest.mark.parametrize(("minutes", "is_fresh"), [(0, True), (15, True), (15.01, False)])
def test_a_proof_is_fresh_for_a_quarter_of_an_hour(minutes: float, is_fresh: bool) -> None:  # noqa: FBT001
    assert fresh(NOW, NOW + dt.timedelta(minutes=minutes)) is is_fresh
    assert not fresh(None, NOW)


def test_tables_name_routes_that_are_closed() -> None:
    for route in STEP_UP | STRONG_STEP_UP | CEREMONY:
        assert POLICY[route] is not PUBLIC, route
    assert not (STEP_UP | STRONG_STEP_UP) & CEREMONY
    assert not STEP_UP & STRONG_STEP_UP


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\nb", "/a b",
        "/\t/evil.example", "/é", "javascript:alert(1)", "/a\\b", "/" + "a" * 500, None, ["/a"], 7,
        "\\/evil.example", "/\x00",
    ],
)  # fmt: skip
def test_way_on_leads_nowhere_else(address: object) -> None:
    assert local(address) == START


@pytest.mark.parametrize("address", ["/office", "/console/events/1?tab=a&x=%2F%2Fevil", "/", "/a//b", "/a:b@c"])
def test_way_on_within_the_site_is_kept(address: str) -> None:
    assert local(address) == address


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140 Safari/537 Edg/140", "Edge, macOS"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_browser_in_words(header: str, words: str) -> None:
    assert in_words(header) == words


# Who is led where


@pytest.mark.parametrize("role", sorted(STRONG))
async def test_page_leads_to_the_stronger_sign_in(http: httpx.AsyncClient, role: Role) -> None:
    await browser_of(http, await account(role), strength="link")
    answer = await http.get("/start?a=1", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/strengthen?next=%2Fstart%3Fa%3D1")
    problem = await http.get("/start", headers={"accept": "application/json"})
    assert (problem.status_code, problem.json()["type"]) == (403, "/problems/stronger-sign-in")


@pytest.mark.parametrize("role", ["attendee", "staff", "lead", "partner"])
async def test_a_link_is_enough_for_the_others(http: httpx.AsyncClient, role: Role) -> None:
    await browser_of(http, await account(role), strength="link")
    assert (await http.get("/start")).status_code == 200


async def test_weak_session_opens_the_ceremony_and_nothing_else(http: httpx.AsyncClient) -> None:
    csrf = await browser_of(http, await account("admin"), strength="link")
    for route in sorted(POLICY):
        method, path = route.split()
        if POLICY[route] is PUBLIC or route in CEREMONY or "{" in path:
            continue
        answer = await http.request(method, path, data={"csrf": csrf} if method != "GET" else None)
        assert (answer.status_code, answer.json().get("type")) == (403, "/problems/stronger-sign-in"), route


async def test_weak_session_is_nobody_where_everybody_may_look(http: httpx.AsyncClient) -> None:
    await browser_of(http, await account("admin"), strength="link")
    assert 'href="/office"' not in (await http.get("/accessibility")).text
    await browser_of(http, await account("admin", "b@example.org"))
    assert 'href="/office"' in (await http.get("/accessibility")).text, "control"


async def test_who_has_nothing_is_told_whom_to_ask(http: httpx.AsyncClient) -> None:
    await browser_of(http, await account(), strength="link")
    shown = await http.get("/account/strengthen?next=/office")
    assert shown.status_code == 200
    assert "Ask for a new invitation" in shown.text
    assert 'href="/account/passkeys/new"' not in shown.text


async def test_who_was_just_invited_may_add_a_passkey(http: httpx.AsyncClient) -> None:
    await browser_of(http, await account(), strength="first")
    shown = await http.get("/account/strengthen")
    assert 'href="/account/passkeys/new"' in shown.text
    assert 'action="/account/authenticator"' not in shown.text
    await browser_of(http, await account("judge", "j@example.org"), strength="first")
    assert 'action="/account/authenticator"' in (await http.get("/account/strengthen")).text


async def test_strong_enough_goes_on(http: httpx.AsyncClient) -> None:
    await browser_of(http, await account())
    answer = await http.get("/account/strengthen?next=/office")
    assert (answer.status_code, answer.headers["location"]) == (303, "/office")
    assert (await http.get("/account/strengthen?next=//evil.example")).headers["location"] == "/start"


async def test_bearer_tokens_are_as_they_were(http: httpx.AsyncClient) -> None:
    http.headers["authorization"] = f"Bearer {await token_for('officer')}"
    assert (await http.get("/office")).status_code == 200


@pytest.mark.parametrize("path", ["/account", "/account/role", "/account/prove", "/account/passkeys/new"])
async def test_a_token_has_no_account_page(http: httpx.AsyncClient, path: str) -> None:
    http.headers["authorization"] = f"Bearer {await token_for('officer')}"
    assert (await http.get(path)).status_code == 404


async def test_token_adds_no_passkey(http: httpx.AsyncClient) -> None:
    http.headers["authorization"] = f"Bearer {await token_for('officer')}"
    for path in ("/account/passkeys/options", "/account/passkeys", "/account/authenticator", "/account/prove/options"):
        assert (await http.post(path, data={"name": "x"})).status_code == 404, path


# Sensitive things


async def test_old_proof_is_led_to_a_new_one_and_back_to_the_form(http: httpx.AsyncClient, clock: Clock) -> None:
    who = await account()
    csrf = await browser_of(http, who)
    clock.forward(minutes=15, seconds=1)
    path = f"/office/people/{who}"
    answer = await http.get(path, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/account/prove?next={path.replace('/', '%2F')}")
    sent = {**HTML, "referer": f"http://test{path}?tab=1"}
    answer = await http.post(path, data={"csrf": csrf}, headers=sent)
    assert answer.headers["location"] == f"/account/prove?next={path.replace('/', '%2F')}%3Ftab%3D1"
    answer = await http.post(path, data={"csrf": csrf}, headers={**HTML, "referer": "http://evil.example/x"})
    assert answer.headers["location"] == "/account/prove?next=%2Fstart"
    problem = await http.post(path, data={"csrf": csrf})
    assert (problem.status_code, problem.json()["type"]) == (403, "/problems/fresh-proof")
    shown = await http.get("/account/prove")
    assert "what you typed was not kept" in shown.text


@pytest.mark.parametrize("route", sorted(STEP_UP | STRONG_STEP_UP))
async def test_each_sensitive_route_asks_for_a_fresh_proof(http: httpx.AsyncClient, clock: Clock, route: str) -> None:
    csrf = await browser_of(http, await account("admin"))
    clock.forward(minutes=15, seconds=1)
    method, path = route.split()
    parts = [str(UUID(int=1)) if part.startswith("{") else part for part in path.split("/")]
    answer = await http.request(method, "/".join(parts), data={"csrf": csrf} if method != "GET" else None)
    assert answer.status_code in {403, 404}
    if answer.status_code == 403:
        assert answer.json()["type"] == "/problems/fresh-proof"
    else:
        assert "{" in path, "only a parameter may make it unknown"


@pytest.mark.parametrize(("role", "strength", "asked"), [("organiser", "strong", True), ("lead", "link", False)])
async def test_codes_for_phones_want_a_fresh_proof_from_those_who_can_give_one(
    http: httpx.AsyncClient,
    clock: Clock,
    role: Role,
    strength: Strength,
    asked: bool,  # noqa: FBT001
) -> None:
    csrf = await browser_of(http, await account(role), strength=strength)
    again = f"/console/invitations/{UUID(int=1)}/again"
    for minutes, refused in ((15, False), (1, asked)):
        clock.forward(minutes=minutes)
        shown = await http.get("/console/devices/new")
        made = await http.post("/console/devices/new", data={"csrf": csrf, "role": "staff", "name": "Phone"})
        sent = await http.post(again, data={"csrf": csrf})
        assert (shown.status_code == 403, made.status_code == 403, sent.status_code == 403) == (refused,) * 3


@pytest.mark.usefixtures("http")
async def test_programs_enrol_no_phones_and_send_no_invitation_again(http: httpx.AsyncClient) -> None:
    token = await access.issue_token(account=await account("officer"), now=NOW, name="Script")
    http.headers["authorization"] = f"Bearer {token}"
    for route in sorted(STRONG_STEP_UP):
        method, path = re.sub(r"\{\w+\}", str(UUID(int=1)), route).split()
        assert (await http.request(method, path)).status_code == 403, route


# Links


async def test_operators_link_is_strong_and_leads_to_its_own_account(http: httpx.AsyncClient) -> None:
    await account("attendee")
    officer = await account("officer")
    answer = await http.post(f"/sign-in/{await sign_in.link_for(account=officer, now=NOW)}")
    assert answer.headers["location"] == "/start"
    found = await access.by_session(http.cookies[access.session_cookie()], NOW)
    assert (found.role, found.strength, found.proved_at) == ("officer", "strong", NOW)


@pytest.mark.usefixtures("http")
async def test_mailed_link_is_weak() -> None:
    await account()
    await sign_in.request_link(email="kato@example.org", browser="b", now=NOW)
    ask = UUID(str(await value("SELECT payload->>'ask' FROM job")))
    digest = bytes.fromhex(str(await value("SELECT payload->>'digest' FROM job")))
    await sign_in.add_promised_link(account=await _account_id(), person=None, digest=digest, now=NOW)
    entered = await sign_in.confirm(token=sign_in.token_of(ask), browser="b", now=NOW)
    assert (await access.by_session(entered.cookie, NOW)).strength == "link"


async def _account_id() -> UUID:
    found = await value("SELECT id FROM account")
    assert isinstance(found, UUID)
    return found


# Invitations


@pytest.mark.parametrize(
    ("role", "others", "strength"),
    [
        ("officer", [], "first"),
        ("judge", [], "first"),
        ("officer", ["attendee", "staff"], "first"),
        ("judge", ["officer"], "link"),
        ("officer", ["judge"], "link"),
        ("staff", [], "link"),
        ("attendee", ["officer"], "link"),
    ],
)
@pytest.mark.usefixtures("http")
async def test_invitation_lets_the_first_proof_be_added_only_where_it_opens_no_other_door(
    role: Role, others: list[Role], strength: str
) -> None:
    for other in others:
        await account(other)
    entered = await sign_in.without_mail(account=await account(role), invited=True, now=NOW)
    assert (await access.by_session(entered.cookie, NOW)).strength == strength


@pytest.mark.usefixtures("http")
async def test_invitation_adds_no_second_first_proof() -> None:
    who = await account()
    await fetch(
        "INSERT INTO passkey (id, account, credential, public_key, sign_count, transports, name, gives, created_at)"
        " VALUES (gen_random_uuid(), $1, 'a', 'b', 0, '[]', 'x', 'strong', $2)",
        who,
        NOW,
    )
    entered = await sign_in.without_mail(account=who, invited=True, now=NOW)
    assert (await access.by_session(entered.cookie, NOW)).strength == "link"


@pytest.mark.parametrize("role", ROLES)
async def test_token_of_a_phone_never_turns_into_a_passkey(http: httpx.AsyncClient, role: Role) -> None:
    http.headers["authorization"] = f"Bearer {await token_for(role)}"
    answer = await http.post("/gate/enter")
    assert answer.status_code == {"staff": 303, "lead": 404, "admin": 404}.get(role, 403)
    if answer.status_code == 303:
        found = await access.by_session(http.cookies[access.session_cookie()], NOW)
        assert (found.role, found.strength) == (role, "link")


# Roles


async def test_switching_gives_a_fresh_id_and_keeps_the_strength(http: httpx.AsyncClient, clock: Clock) -> None:
    judge, officer = await account("judge"), await account("officer")
    csrf = await browser_of(http, judge)
    before = http.cookies[access.session_cookie()]
    clock.forward(minutes=10)
    sent = {"account": str(officer), "next": "/office", "csrf": csrf}
    answer = await http.post("/account/role", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/office")
    assert (await access.by_session(before, clock())).account is None
    found = await access.by_session(http.cookies[access.session_cookie()], clock())
    assert (found.account, found.role, found.strength, found.proved_at) == (officer, "officer", "strong", NOW)
    assert await value("SELECT created_at FROM browser_session WHERE ended_at IS NULL") == NOW


async def test_switching_leads_nowhere_else(http: httpx.AsyncClient) -> None:
    judge, officer = await account("judge"), await account("officer")
    csrf = await browser_of(http, judge)
    answer = await http.post("/account/role", data={"account": str(officer), "next": "//evil.example", "csrf": csrf})
    assert answer.headers["location"] == "/start"


async def test_nobody_switches_to_somebody_else(http: httpx.AsyncClient) -> None:
    csrf = await browser_of(http, await account("judge"))
    strangers = [await account("officer", "b@example.org"), await account("admin", None), UUID(int=7)]
    for stranger in strangers:
        assert (await http.post("/account/role", data={"account": str(stranger), "csrf": csrf})).status_code == 404
    nobody = await account("staff", None)
    csrf = await browser_of(http, nobody)
    for stranger in strangers:
        assert (await http.post("/account/role", data={"account": str(stranger), "csrf": csrf})).status_code == 404


async def test_suspended_role_is_not_offered(http: httpx.AsyncClient) -> None:
    judge, officer = await account("judge"), await account("officer")
    await fetch("UPDATE account SET suspended_at = $2 WHERE id = $1", officer, NOW)
    csrf = await browser_of(http, judge)
    assert str(officer) not in (await http.get("/account/role")).text
    assert (await http.post("/account/role", data={"account": str(officer), "csrf": csrf})).status_code == 404


async def test_session_too_old_for_the_role_is_proved_first(http: httpx.AsyncClient, clock: Clock) -> None:
    attendee, officer = await account("attendee"), await account("officer")
    csrf = await browser_of(http, attendee)
    clock.forward(hours=12)
    answer = await http.post("/account/role", data={"account": str(officer), "csrf": csrf}, headers=HTML)
    assert answer.headers["location"].startswith("/account/prove")
    assert (await http.get("/account")).status_code == 200, "the session goes on as it was"
