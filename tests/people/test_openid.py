"""Signing in at one's organisation, against a real provider: what fits opens, and nothing else."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.settings import settings
from app.core.web.frame import Frame
from app.people import access, openid
from app.people.roles import Role
from app.people.strength import fresh
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value
from tests.people.provider import CLIENT, SECRET, Provider, running

EMAIL = "ueda@city.example.jp"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    """One provider for the module."""
    with running() as found:
        yield found


@pytest.fixture
def provider(running_provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, set up here; our clock shows its time, as it stamps its tokens by the real one."""
    clock.moment = dt.datetime.now(dt.UTC)
    configure(monkeypatch, running_provider.issuer)
    yield running_provider
    monkeypatch.undo()
    settings.cache_clear()


def configure(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    for name, text in (("ISSUER", issuer), ("CLIENT_ID", CLIENT), ("CLIENT_SECRET", SECRET)):
        monkeypatch.setitem(os.environ, f"APP_OPENID_{name}", text)
    monkeypatch.setitem(os.environ, "APP_OPENID_DOMAINS", "city.example.jp, other.example.jp")
    settings.cache_clear()


async def account(clock: Clock, role: Role = "officer", email: str = EMAIL) -> UUID:
    return await access.add_account(role=role, label="Ueda", now=clock(), email=email)


def subject(provider: Provider, **claims: object) -> str:
    """Make somebody known to the provider and return his subject."""
    name = uuid4().hex
    provider.know(name, **{"email": EMAIL, "email_verified": True, **claims})
    return name


async def sent(http: httpx.AsyncClient, query: str = "") -> str:
    """Begin, and return the provider's address."""
    answer = await http.get(f"/sign-in/openid{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def through(http: httpx.AsyncClient, provider: Provider, who: str, query: str = "") -> httpx.Response:
    """Walk the whole way."""
    return await http.get(provider.agree(await sent(http, query), who))


async def who_is(http: httpx.AsyncClient, clock: Clock) -> tuple[str, str]:
    found = await access.by_session(http.cookies.get(access.session_cookie()) or "", clock())
    return found.role, found.strength


async def test_officer_comes_in(http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    await account(clock)
    assert 'href="/sign-in/openid?next=%2Fstart"' in (await http.get("/sign-in")).text
    answer = await through(http, provider, subject(provider), "?next=/office")
    assert (answer.status_code, answer.headers["location"]) == (303, "/office")
    assert await who_is(http, clock) == ("officer", "strong")
    assert (await http.get("/office")).status_code == 200


async def test_request_carries_all_that_protects_it(http: httpx.AsyncClient, provider: Provider) -> None:
    address = urlsplit(await sent(http))
    asked = {name: texts[0] for name, texts in parse_qs(address.query).items()}
    assert address.path == "/oauth2/authorize"
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid email")
    assert asked["redirect_uri"] == "http://test/sign-in/openid/back"
    assert asked["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert re.fullmatch(r"[\w-]{43}", asked[name]), name
    assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3


async def test_subject_finds_the_account_when_the_address_has_changed(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    officer = await account(clock)
    who = subject(provider)
    await through(http, provider, who)
    provider.know(who, email="new-name@city.example.jp", email_verified=True)
    http.cookies.clear()
    await through(http, provider, who)
    found = await access.by_session(http.cookies[access.session_cookie()], clock())
    assert found.account == officer
    assert await value("SELECT count(*) FROM external_identity") == 1


async def test_another_subject_with_the_same_address_gets_nothing(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    await through(http, provider, subject(provider))
    http.cookies.clear()
    assert (await through(http, provider, subject(provider))).status_code == 403
    assert await who_is(http, clock) == ("anonymous", "")


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"email": "ueda@elsewhere.example.jp"},
        {"email": "ueda@evil-city.example.jp"},
        {"email": "nobody@city.example.jp"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"aud": [CLIENT], "azp": "another client"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
    ],
)
async def test_identity_that_does_not_fit_is_refused(
    http: httpx.AsyncClient, provider: Provider, clock: Clock, claims: dict[str, object]
) -> None:
    await account(clock)
    await account(clock, "judge", "ueda@elsewhere.example.jp")
    await account(clock, "judge", "ueda@evil-city.example.jp")
    answer = await through(http, provider, subject(provider, **claims))
    assert answer.status_code == 403
    assert access.session_cookie() not in http.cookies
    assert await value("SELECT count(*) FROM external_identity") == 0


async def test_suspended_account_is_refused(http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    await account(clock)
    who = subject(provider)
    await through(http, provider, who)
    await fetch("UPDATE account SET suspended_at = $1", clock())
    http.cookies.clear()
    assert (await through(http, provider, who)).status_code == 403


async def test_wrong_state_is_refused_and_uses_the_attempt_up(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    wrong = re.sub(r"state=[\w-]+", "state=" + "x" * 43, back)
    assert (await http.get(wrong)).status_code == 403
    assert (await http.get(back)).status_code == 410


async def test_way_back_opens_once(http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    assert (await http.get(back)).status_code == 303
    assert (await http.get(back)).status_code == 410


async def test_way_back_of_another_browser_is_refused(
    app: Frame, http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    async with client(app) as victim:
        assert (await victim.get(back)).status_code == 410
        await sent(victim)
        assert (await victim.get(back)).status_code == 403, "a sign-in of its own has another state"


async def test_code_of_another_sign_in_is_refused(
    app: Frame, http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    async with client(app) as other:
        stolen = parse_qs(urlsplit(provider.agree(await sent(other), subject(provider))).query)["code"][0]
    state = parse_qs(urlsplit(await sent(http)).query)["state"][0]
    answer = await http.get("/sign-in/openid/back", params={"code": stolen, "state": state})
    assert answer.status_code == 403, "the verifier of this browser does not redeem it"


async def test_nonce_of_another_sign_in_is_refused(http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    await account(clock)
    tampered = re.sub(r"nonce=[\w-]+", "nonce=" + "x" * 43, await sent(http))
    assert (await http.get(provider.agree(tampered, subject(provider)))).status_code == 403


async def test_answer_of_a_mixed_up_issuer_is_refused(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    assert (await http.get(f"{back}&iss=https%3A%2F%2Fevil.example")).status_code == 403
    back = provider.agree(await sent(http), subject(provider))
    assert (await http.get(back, params=None)).status_code == 303, "control"


async def test_right_issuer_named_in_the_answer_is_taken(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    assert (await http.get(f"{back}&iss={provider.issuer}")).status_code == 303


async def test_provider_that_calls_itself_otherwise_is_refused(
    http: httpx.AsyncClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, f"{provider.issuer}/")
    assert (await http.get("/sign-in/openid")).status_code == 403


async def test_provider_that_is_down_is_said_so(
    http: httpx.AsyncClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, "http://127.0.0.1:9")
    answer = await http.get("/sign-in/openid", headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "use another way to sign in" in answer.text


async def test_who_declines_is_told_so(http: httpx.AsyncClient, provider: Provider) -> None:
    state = parse_qs(urlsplit(await sent(http)).query)["state"][0]
    answer = await http.get("/sign-in/openid/back", params={"error": "access_denied", "state": state})
    assert answer.status_code == 403


async def test_five_minutes(http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    await account(clock)
    back = provider.agree(await sent(http), subject(provider))
    cookie = f"machi_openid={http.cookies['machi_openid']}"
    http.cookies.clear()
    clock.forward(minutes=5)
    assert (await http.get(back, headers={"cookie": cookie})).status_code == 410


async def test_new_role_of_the_same_address_is_linked_too(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    who = subject(provider)
    await through(http, provider, who)
    await account(clock, "judge")
    http.cookies.clear()
    answer = await through(http, provider, who)
    assert answer.headers["location"] == "/account/role?next=%2Fstart"


async def test_proof_keeps_the_role_and_must_be_fresh(
    http: httpx.AsyncClient, provider: Provider, clock: Clock
) -> None:
    await account(clock)
    who = subject(provider)
    await through(http, provider, who)
    await account(clock, "judge")
    asked = parse_qs(urlsplit(await sent(http, "?again=yes")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    long_ago = int(clock().timestamp()) - 901
    provider.know(who, email=EMAIL, email_verified=True, auth_time=long_ago)
    assert (await through(http, provider, who, "?again=yes")).status_code == 403
    provider.know(who, email=EMAIL, email_verified=True, auth_time=int(clock().timestamp()))
    answer = await through(http, provider, who, "?again=yes&next=/office")
    assert answer.headers["location"] == "/office"
    assert await who_is(http, clock) == ("officer", "strong")


@pytest.mark.parametrize(("ago", "status"), [(10**12, 303), (901, 303), (899, 200), (-60, 200)])
async def test_sign_in_that_asked_nobody_is_no_fresh_proof(
    http: httpx.AsyncClient, provider: Provider, clock: Clock, ago: int, status: int
) -> None:
    await account(clock)
    who = subject(provider)
    provider.know(who, email=EMAIL, email_verified=True, auth_time=int(clock().timestamp()) - ago)
    await through(http, provider, who)
    assert await who_is(http, clock) == ("officer", "strong")
    assert (await http.get("/office/privacy", headers={"accept": "text/html"})).status_code == status


def test_provider_that_does_not_say_when_it_asked_gives_no_fresh_proof(clock: Clock) -> None:
    assert not fresh(openid._proved_at(openid.Claims("her"), clock()), clock())


async def test_without_a_provider_there_is_no_door(http: httpx.AsyncClient) -> None:
    assert "/sign-in/openid" not in (await http.get("/sign-in")).text
    assert (await http.get("/sign-in/openid")).status_code == 404
