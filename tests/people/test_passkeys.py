"""Passkeys: added by whoever may, used by their owner, in this browser, on this site, once per challenge."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access, passkeys, sessions
from app.people.errors import PasskeyRefused
from app.people.roles import Role
from app.people.strength import Strength
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import all_at_once, browser_of, value
from tests.people.authenticator import PRESENT, Authenticator

HTML = {"accept": "text/html"}
EMAIL = "mori@example.org"


async def account(role: Role = "officer", email: str | None = EMAIL) -> UUID:
    return await access.add_account(role=role, label="Mori", now=NOW, email=email)


async def options(http: httpx.AsyncClient, path: str, csrf: str = "") -> dict[str, Any]:
    answer = await http.post(f"{path}/options", data={"csrf": csrf})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def added(
    http: httpx.AsyncClient, who: UUID, phone: Authenticator, *, strength: Strength = "strong"
) -> httpx.Response:
    """Add the phone's passkey in a new session of this strength."""
    csrf = await browser_of(http, who, strength=strength)
    asked = await options(http, "/account/passkeys", csrf)
    sent = {"name": "My phone", "credential": phone.create(asked), "csrf": csrf}
    return await http.post("/account/passkeys", data=sent)


async def signed_in_by(http: httpx.AsyncClient, phone: Authenticator) -> httpx.Response:
    asked = await options(http, "/sign-in/passkey")
    return await http.post("/sign-in/passkey", data={"credential": phone.get(asked)})


async def who_is(http: httpx.AsyncClient) -> tuple[str, str]:
    """Return role and strength of the client's session."""
    found = await access.by_session(http.cookies.get(access.session_cookie()) or "", NOW)
    return found.role, found.strength


async def test_added_then_used_from_another_browser(app: Frame, http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    done = await added(http, await account(), phone)
    assert (done.status_code, done.headers["location"]) == (303, "/account?done=added")
    async with client(app) as other:
        entered = await signed_in_by(other, phone)
        assert (entered.status_code, entered.headers["location"]) == (303, "/start")
        assert await who_is(other) == ("officer", "strong")


async def test_options_ask_for_a_verified_owner_and_name_nobody(http: httpx.AsyncClient) -> None:
    who = await account()
    asked = await options(http, "/account/passkeys", await browser_of(http, who))
    assert asked["rp"] == {"name": "Machigurumi", "id": "test"}
    assert asked["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
    }  # fmt: skip
    assert EMAIL not in json.dumps(asked)
    http.cookies.clear()
    asked = await options(http, "/sign-in/passkey")
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("test", "required", [])


async def test_adding_gives_the_session_a_fresh_id(http: httpx.AsyncClient) -> None:
    who = await account()
    csrf = await browser_of(http, who)
    before = http.cookies[access.session_cookie()]
    asked = await options(http, "/account/passkeys", csrf)
    await http.post("/account/passkeys", data={"name": "x", "credential": Authenticator().create(asked), "csrf": csrf})
    assert (await access.by_session(before, NOW)).account is None
    assert await who_is(http) == ("officer", "strong")


async def test_recorded_answer_proves_nothing_a_second_time(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    http.cookies.clear()
    asked = await options(http, "/sign-in/passkey")
    ceremony = dict(http.cookies)
    answer = phone.get(asked)
    assert (await http.post("/sign-in/passkey", data={"credential": answer})).status_code == 303
    http.cookies.clear()
    again = await http.post("/sign-in/passkey", data={"credential": answer}, headers={"cookie": _cookies(ceremony)})
    assert again.status_code == 410
    assert "begun in another browser" in again.text


def _cookies(found: dict[str, str]) -> str:
    return "; ".join(f"{name}={text}" for name, text in found.items())


async def test_refused_answer_uses_the_challenge_up(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    http.cookies.clear()
    asked = await options(http, "/sign-in/passkey")
    right = phone.get(asked)
    phone.origin = "http://evil.example"
    assert (await http.post("/sign-in/passkey", data={"credential": phone.get(asked)})).status_code == 403
    assert (await http.post("/sign-in/passkey", data={"credential": right})).status_code == 410


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("origin", "http://evil.example"),
        ("origin", "https://test"),
        ("origin", "http://test:8080"),
        ("host", "evil.example"),
        ("flags", PRESENT),
        ("flags", 0),
        ("handle", b"somebody else"),
        ("credential", b"another credential"),
        ("key", Authenticator().key),
        ("count", 0),
    ],
)
async def test_answer_that_does_not_fit_is_refused(http: httpx.AsyncClient, name: str, wrong: object) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    http.cookies.clear()
    assert (await signed_in_by(http, phone)).status_code == 303, "control"
    http.cookies.clear()
    setattr(phone, name, wrong)
    answer = await signed_in_by(http, phone)
    assert answer.status_code == 403
    assert "This passkey did not open the door" in answer.text
    assert access.session_cookie() not in http.cookies


async def test_answer_to_another_challenge_is_refused(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    http.cookies.clear()
    first = await options(http, "/sign-in/passkey")
    await options(http, "/sign-in/passkey")
    assert (await http.post("/sign-in/passkey", data={"credential": phone.get(first)})).status_code == 403


async def test_other_browser_cannot_answer(app: Frame, http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    async with client(app) as one, client(app) as other:
        asked = await options(one, "/sign-in/passkey")
        await options(other, "/sign-in/passkey")
        assert (await other.post("/sign-in/passkey", data={"credential": phone.get(asked)})).status_code == 403


@pytest.mark.parametrize(("seconds", "status"), [(299, 303), (300, 410)])
async def test_challenge_lasts_five_minutes(http: httpx.AsyncClient, clock: Clock, seconds: int, status: int) -> None:
    phone = Authenticator()
    await added(http, await account(), phone)
    http.cookies.clear()
    asked = await options(http, "/sign-in/passkey")
    clock.forward(seconds=seconds)
    cookies = _cookies(dict(http.cookies))
    http.cookies.clear()  # the browser forgets the cookie as well; the server must not need that
    answer = await http.post("/sign-in/passkey", data={"credential": phone.get(asked)}, headers={"cookie": cookies})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "sent", ["{}", "x", "[]", "null", '{"id": 1}', '{"id":"a","rawId":"a","response":{}}', "é" * 9]
)
async def test_nonsense_is_refused(http: httpx.AsyncClient, sent: str) -> None:
    await options(http, "/sign-in/passkey")
    assert (await http.post("/sign-in/passkey", data={"credential": sent})).status_code == 403
    csrf = await browser_of(http, await account())
    await options(http, "/account/passkeys", csrf)
    answer = await http.post("/account/passkeys", data={"credential": sent, "name": "x", "csrf": csrf})
    assert answer.status_code == 403


async def test_page_without_scripts_says_what_to_do(http: httpx.AsyncClient) -> None:
    answer = await http.post("/sign-in/passkey", data={})
    assert answer.status_code == 422
    assert "Passkeys need scripts. Allow them for this site, or use another way." in answer.text
    csrf = await browser_of(http, await account())
    answer = await http.post("/account/passkeys", data={"name": "My <b>phone", "csrf": csrf})
    assert answer.status_code == 422
    assert 'value="My &lt;b&gt;phone"' in answer.text


@pytest.mark.usefixtures("http")
async def test_suspended_owner_is_refused(app: Frame) -> None:
    phone = Authenticator()
    async with client(app) as one:
        await added(one, await account(), phone)
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    async with client(app) as other:
        assert (await signed_in_by(other, phone)).status_code == 403


async def test_passkey_opens_every_role_of_its_owner(http: httpx.AsyncClient) -> None:
    await account("judge")
    phone = Authenticator()
    await added(http, await account("officer"), phone)
    http.cookies.clear()
    entered = await signed_in_by(http, phone)
    assert entered.headers["location"] == "/account/role?next=%2Fstart"
    assert await who_is(http) == ("judge", "strong"), "the less powerful one, until another one is chosen"


async def test_same_authenticator_is_not_added_twice(http: httpx.AsyncClient) -> None:
    who, phone = await account(), Authenticator()
    await added(http, who, phone)
    assert (await added(http, who, phone)).status_code == 403
    assert await value("SELECT count(*) FROM passkey") == 1
    csrf = await browser_of(http, who)
    assert len((await options(http, "/account/passkeys", csrf))["excludeCredentials"]) == 1


# Who may add one


async def test_mailbox_alone_adds_no_passkey_to_a_role_that_needs_one(http: httpx.AsyncClient) -> None:
    who = await account()
    csrf = await browser_of(http, who, strength="link")
    answer = await http.post("/account/passkeys/options", data={"csrf": csrf}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/stronger-sign-in")


async def test_mailbox_alone_adds_none_by_way_of_a_lesser_role_either(http: httpx.AsyncClient) -> None:
    await account("officer")
    csrf = await browser_of(http, await account("attendee"), strength="link")
    assert (await http.post("/account/passkeys/options", data={"csrf": csrf})).status_code == 403


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 403)])
async def test_first_passkey_within_an_hour_of_the_invitation(
    http: httpx.AsyncClient, clock: Clock, minutes: int, status: int
) -> None:
    csrf = await browser_of(http, await account("organiser"), strength="first")
    clock.forward(minutes=minutes)
    answer = await http.post("/account/passkeys/options", data={"csrf": csrf})
    assert answer.status_code == status


async def test_first_passkey_makes_the_session_strong(http: httpx.AsyncClient) -> None:
    await added(http, await account(), Authenticator(), strength="first")
    assert await who_is(http) == ("officer", "strong")
    assert (await http.get("/office")).status_code == 200


async def test_first_passkey_is_not_the_second_nor_beside_another_role(http: httpx.AsyncClient) -> None:
    judge = await account("judge")
    csrf = await browser_of(http, judge, strength="first")
    assert (await http.post("/account/passkeys/options", data={"csrf": csrf})).status_code == 200, "control"
    await account("officer")
    assert (await http.post("/account/passkeys/options", data={"csrf": csrf})).status_code == 403
    who = await account("secretary", "b@example.org")
    await added(http, who, Authenticator())
    csrf = await browser_of(http, who, strength="first")
    assert (await http.post("/account/passkeys/options", data={"csrf": csrf})).status_code == 403


async def test_old_proof_adds_nothing(http: httpx.AsyncClient, clock: Clock) -> None:
    csrf = await browser_of(http, await account())
    clock.forward(minutes=15, seconds=1)
    answer = await http.post("/account/passkeys/options", data={"csrf": csrf}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/fresh-proof")


async def test_passkey_of_an_attendee_opens_no_role_given_later(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    assert (await added(http, await account("attendee"), phone, strength="link")).status_code == 303
    officer = await account("officer")
    http.cookies.clear()
    await signed_in_by(http, phone)
    assert await who_is(http) == ("attendee", "link")
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    await http.post("/account/role", data={"account": str(officer), "csrf": csrf})
    assert (await http.get("/office")).status_code == 403
    asked = await options(http, "/account/prove", access.csrf_token(http.cookies[access.session_cookie()]))
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    answer = await http.post("/account/prove/passkey", data={"credential": phone.get(asked), "csrf": csrf})
    assert answer.status_code == 403
    assert "was added before you had this role" in answer.text


async def test_passkey_used_after_an_invitation_is_worth_as_much_as_a_new_one(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account("attendee"), phone, strength="link")
    csrf = await browser_of(http, await account("officer"), strength="first")
    asked = await options(http, "/account/prove", csrf)
    answer = await http.post("/account/prove/passkey", data={"credential": phone.get(asked), "csrf": csrf})
    assert (answer.status_code, await who_is(http)) == (303, ("officer", "strong"))
    http.cookies.clear()
    await signed_in_by(http, phone)
    assert await who_is(http) == ("attendee", "strong")


# Proving with it


async def test_proof_with_somebody_elses_passkey_is_refused(http: httpx.AsyncClient) -> None:
    phone = Authenticator()
    await added(http, await account(email="b@example.org"), phone)
    csrf = await browser_of(http, await account())
    asked = await options(http, "/account/prove", csrf)
    answer = await http.post("/account/prove/passkey", data={"credential": phone.get(asked), "csrf": csrf})
    assert answer.status_code == 403
    assert "belongs to somebody else" in answer.text


async def test_challenge_of_a_sign_in_is_none_of_a_proof(http: httpx.AsyncClient) -> None:
    who, phone = await account(), Authenticator()
    await added(http, who, phone)
    csrf = await browser_of(http, who)
    begun = await passkeys.ask_to_use(now=NOW)
    sent = {"credential": phone.get(json.loads(begun.options)), "csrf": csrf}
    http.cookies.set("machi_ceremony", begun.token, domain="test.local")
    assert (await http.post("/account/prove/passkey", data=sent)).status_code == 410


# Removing and renaming


async def test_removing_ends_every_other_session(http: httpx.AsyncClient) -> None:
    who = await account()
    await added(http, who, Authenticator())
    await added(http, who, Authenticator())
    elsewhere = await sessions.open_session(account=who, strength="strong", now=NOW)
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    one = await value("SELECT id FROM passkey LIMIT 1")
    answer = await http.post(f"/account/passkeys/{one}/remove", data={"csrf": csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=removed")
    assert (await access.by_session(elsewhere, NOW)).account is None
    assert await who_is(http) == ("officer", "strong")
    assert await value("SELECT count(*) FROM passkey") == 1


async def test_last_passkey_stays_while_a_role_needs_it(http: httpx.AsyncClient) -> None:
    who = await account()
    await added(http, who, Authenticator())
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    one = await value("SELECT id FROM passkey")
    answer = await http.post(f"/account/passkeys/{one}/remove", data={"csrf": csrf})
    assert answer.status_code == 409
    assert "Add another passkey first" in answer.text
    assert await value("SELECT count(*) FROM passkey") == 1


async def test_attendee_may_remove_the_last_one(http: httpx.AsyncClient) -> None:
    await added(http, await account("attendee"), Authenticator(), strength="link")
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    one = await value("SELECT id FROM passkey")
    assert (await http.post(f"/account/passkeys/{one}/remove", data={"csrf": csrf})).status_code == 303


async def test_passkeys_of_others_are_not_there(http: httpx.AsyncClient) -> None:
    await added(http, await account(email="b@example.org"), Authenticator())
    one = await value("SELECT id FROM passkey")
    csrf = await browser_of(http, await account())
    assert (await http.get(f"/account/passkeys/{one}")).status_code == 404
    for what in ("name", "remove"):
        sent = {"csrf": csrf, "name": "Mine"} if what == "name" else {"csrf": csrf}
        assert (await http.post(f"/account/passkeys/{one}/{what}", data=sent)).status_code == 404
    assert await value("SELECT name FROM passkey") == "My phone"


async def test_renaming(http: httpx.AsyncClient) -> None:
    await added(http, await account(), Authenticator())
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    path = f"/account/passkeys/{await value('SELECT id FROM passkey')}"
    answer = await http.post(f"{path}/name", data={"name": "x" * 121, "csrf": csrf})
    assert (answer.status_code, "x" * 121 in answer.text) == (422, True)
    assert (await http.post(f"{path}/name", data={"name": "机の鍵", "csrf": csrf})).status_code == 303
    assert "机の鍵" in (await http.get("/account")).text


async def test_removal_needs_a_fresh_proof_and_leads_back(http: httpx.AsyncClient, clock: Clock) -> None:
    await added(http, await account(), Authenticator())
    clock.forward(minutes=15, seconds=1)
    path = f"/account/passkeys/{await value('SELECT id FROM passkey')}"
    answer = await http.get(path, headers=HTML)
    assert answer.headers["location"] == f"/account/prove?next={path.replace('/', '%2F')}"


@pytest.mark.usefixtures("committed")
async def test_of_two_answers_with_one_count_one_passes(app: Frame) -> None:
    phone = Authenticator()
    async with client(app) as http:
        await added(http, await account(), phone)
        begun = [await passkeys.ask_to_use(now=NOW) for _ in range(2)]
        answers = []
        for one in begun:
            phone.count = 7
            answers.append(phone.get(json.loads(one.options)))
        uses = [
            passkeys.use(credential=sent, token=one.token, now=NOW) for sent, one in zip(answers, begun, strict=True)
        ]
        assert await all_at_once("passkey", uses) == [PasskeyRefused.__name__, "Proved"]
