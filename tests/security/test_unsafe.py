"""Every form and every other request that changes something, sent with a session but not from a page of ours."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.web.frame import Frame
from app.people import access, sign_in
from app.people.guard import PROVED_BY_BODY
from app.people.policy import POLICY, PUBLIC
from tests.clock import NOW
from tests.security.askers import ADDRESSES, Askers, session_of
from tests.security.test_matrix import expected

UNSAFE = sorted(route for route in ADDRESSES if not route.startswith("GET "))
STRANGE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://test.evil.example"},
    {"origin": "http://evil.example?http://test"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "nonsense"},
]
HOME = {"origin": "http://test", "sec-fetch-site": "same-origin"}


def role_for(route: str) -> str:
    """Return a role that may come in."""
    welcome = expected(route) or set()
    return next(
        (role for role in ("officer", "organiser", "lead", "attendee", "judge", "partner", "admin") if role in welcome),
        "admin",
    )


@pytest.fixture
async def askers(app: Frame, rollback: None) -> AsyncIterator[Askers]:
    found = Askers(app)
    async with found.stack:
        yield found


async def browser(askers: Askers, route: str) -> tuple[httpx.AsyncClient, str]:
    """Return a browser that is signed in for this route, and the token of its forms."""
    made = await askers.add(route)
    cookie, csrf = await session_of(role_for(route))  # type: ignore[arg-type]
    made.cookies.set(access.session_cookie(), cookie)
    return made, csrf


async def send(asker: httpx.AsyncClient, route: str, csrf: str = "", **headers: str) -> int:
    method = route.partition(" ")[0]
    sent = {name: value.encode() for name, value in (headers | ({"x-csrf-token": csrf} if csrf else {})).items()}
    return (await asker.request(method, ADDRESSES[route], headers=sent)).status_code  # type: ignore[arg-type]


def test_there_are_unsafe_routes() -> None:
    assert len(UNSAFE) > 10


@pytest.mark.parametrize("route", UNSAFE)
async def test_form_that_is_not_of_this_session_is_refused(askers: Askers, route: str) -> None:
    asker, csrf = await browser(askers, route)
    _other, others = await session_of(role_for(route))  # type: ignore[arg-type]
    template = route.partition(" ")[2]
    if template not in PROVED_BY_BODY:
        for wrong in ("", others, csrf[:-1], csrf.upper(), "0" * 64, "é"):
            assert await send(asker, route, wrong, **HOME) == 403, repr(wrong)
    for strange in STRANGE:
        assert await send(asker, route, csrf, **strange) == 403, strange
    assert await send(asker, route, csrf, **HOME) not in {401, 403}, "the very same request, sent from our page"


@pytest.mark.parametrize("route", [route for route in UNSAFE if POLICY[route] == PUBLIC])
async def test_form_of_another_site_is_refused_without_a_session_too(askers: Askers, route: str) -> None:
    asker = await askers.add("anonymous")
    for strange in STRANGE:
        assert await send(asker, route, **strange) == 403, strange
    assert await send(asker, route, **HOME) not in {401, 403}


@pytest.mark.parametrize("route", sorted(route for route in ADDRESSES if POLICY[route] != PUBLIC))
async def test_planted_session_opens_nothing(askers: Askers, route: str) -> None:
    asker = await askers.add("anonymous")
    for planted in ("planted", "0" * 43, "' OR 1=1 --", "é"):
        cookie = f"{access.session_cookie()}={planted}"
        assert await send(asker, route, access.csrf_token(planted), cookie=cookie, **HOME) == 401, planted


async def test_planted_session_does_not_become_one_by_signing_in(askers: Askers) -> None:
    asker = await askers.add("victim")
    planted = "planted-by-somebody-else-000000000000000000"
    asker.cookies.set(access.session_cookie(), planted, domain="test")
    account = await access.add_account(role="attendee", label="Victim", now=NOW)
    token = await sign_in.link_for(account=account, now=NOW)
    answer = await asker.post(f"/sign-in/{token}")
    assert answer.status_code == 303
    (set_cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(access.session_cookie())]
    assert planted not in set_cookie
    assert (await access.by_session(planted, NOW)).role == "anonymous"


def test_one_session_has_one_token() -> None:
    assert len({access.csrf_token(cookie) for cookie in ("a", "b", "A", "")}) == 4
