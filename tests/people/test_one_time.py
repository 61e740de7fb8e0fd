"""One-time codes: the published test vectors, the clock's drift, no code twice, no guessing."""

import datetime as dt
import re
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.people import access, one_time
from app.people.errors import CodeRefused
from app.people.one_time import code_at, step_of
from app.people.roles import Role
from app.people.strength import Strength
from tests.clock import NOW, Clock
from tests.doors import all_at_once, browser_of, value

RFC_SECRET = b"12345678901234567890"


async def account(role: Role = "judge", email: str = "judge@example.org") -> UUID:
    return await access.add_account(role=role, label="Ito & Co", now=NOW, email=email)


def step(at: dt.datetime) -> int:
    return int(at.timestamp()) // 30


async def secret_on(http: httpx.AsyncClient) -> bytes:
    """Return the secret that the page shows."""
    import base64

    text = (await http.get("/account/authenticator")).text
    (letters,) = re.findall(r'id="secret">([A-Z2-7]{32})<', text)
    return base64.b32decode(letters)


async def added(http: httpx.AsyncClient, who: UUID, *, strength: Strength = "first") -> bytes:
    """Add an app and return its secret."""
    csrf = await browser_of(http, who, strength=strength)
    assert (await http.post("/account/authenticator", data={"csrf": csrf})).headers[
        "location"
    ] == "/account/authenticator"
    secret = await secret_on(http)
    sent = {"code": code_at(secret, step(NOW)), "csrf": csrf}
    assert (await http.post("/account/authenticator/confirm", data=sent)).status_code == 303
    return secret


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, seconds // 30) == code


@pytest.mark.parametrize(("steps", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_of_the_phone_may_be_half_a_minute_off(steps: int, passes: bool) -> None:  # noqa: FBT001
    here = step(NOW)
    found = step_of(RFC_SECRET, code_at(RFC_SECRET, here + steps), NOW, 0)
    assert found == (here + steps if passes else None)


def test_code_of_a_step_that_was_used_or_lies_before_it_is_none() -> None:
    here = step(NOW)
    found = [step_of(RFC_SECRET, code_at(RFC_SECRET, here + n), NOW, here) for n in (-1, 0, 1)]
    assert found == [None, None, here + 1]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "000000\x00", "9" * 5000])
def test_what_is_no_code(typed: str) -> None:
    assert step_of(RFC_SECRET, typed, NOW, 0) is None


def test_code_may_be_typed_with_a_gap() -> None:
    code = code_at(RFC_SECRET, step(NOW))
    assert step_of(RFC_SECRET, f" {code[:3]} {code[3:]} ", NOW, 0) == step(NOW)


def test_address_for_the_app() -> None:
    assert one_time.address(RFC_SECRET, "Ito & Co") == (
        "otpauth://totp/Machigurumi:Ito%20%26%20Co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Machigurumi"
    )


async def test_judge_adds_one_and_is_let_in(http: httpx.AsyncClient) -> None:
    await added(http, await account())
    found = await access.by_session(http.cookies[access.session_cookie()], NOW)
    assert (found.role, found.strength) == ("judge", "code")
    assert (await http.get("/start")).status_code == 200
    assert (await http.get("/account/authenticator")).status_code == 404, "the secret is shown no more"


async def test_symbol_holds_the_address(http: httpx.AsyncClient) -> None:
    import io

    import resvg_py
    import zxingcpp
    from PIL import Image

    csrf = await browser_of(http, await account(), strength="first")
    await http.post("/account/authenticator", data={"csrf": csrf})
    text = (await http.get("/account/authenticator")).text
    (drawn,) = re.findall(r'<figure class="qr">(<svg.*?</svg>)', text, re.DOTALL)
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=drawn, width=400))))
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == one_time.address(await secret_on(http), "Ito & Co")


async def test_link_then_code_lets_the_judge_in(http: httpx.AsyncClient, clock: Clock) -> None:
    who = await account()
    secret = await added(http, who)
    clock.forward(minutes=1)
    csrf = await browser_of(http, who, strength="link")
    assert (await http.get("/start")).status_code == 403
    before = http.cookies[access.session_cookie()]
    sent = {"code": code_at(secret, step(clock())), "next": "/account", "csrf": csrf}
    answer = await http.post("/account/prove/code", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert (await access.by_session(before, clock())).account is None
    assert (await http.get("/start")).status_code == 200


async def test_no_code_passes_twice(http: httpx.AsyncClient, clock: Clock) -> None:
    who = await account()
    secret = await added(http, who)
    csrf = await browser_of(http, who, strength="link")
    for at in (step(NOW), step(NOW) - 1):
        answer = await http.post("/account/prove/code", data={"code": code_at(secret, at), "csrf": csrf})
        assert answer.status_code == 403
        assert "was used already" in answer.text
    answer = await http.post("/account/prove/code", data={"code": code_at(secret, step(NOW) + 1), "csrf": csrf})
    assert answer.status_code == 303


async def test_sixth_try_within_five_minutes_is_refused_even_if_right(http: httpx.AsyncClient, clock: Clock) -> None:
    who = await account()
    secret = await added(http, who)
    clock.forward(minutes=5)
    csrf = await browser_of(http, who, strength="link")
    answers = [
        (await http.post("/account/prove/code", data={"code": "000000", "csrf": csrf})).status_code for _ in range(5)
    ]
    right = {"code": code_at(secret, step(clock())), "csrf": csrf}
    assert answers == [403] * 5
    assert (await http.post("/account/prove/code", data=right)).status_code == 429
    clock.forward(minutes=5)
    right["code"] = code_at(secret, step(clock()))
    assert (await http.post("/account/prove/code", data=right)).status_code == 303


async def test_code_is_not_enough_for_an_officer(http: httpx.AsyncClient, clock: Clock) -> None:
    judge = await account()
    secret = await added(http, judge)
    clock.forward(minutes=1)
    officer = await account("officer")
    csrf = await browser_of(http, officer, strength="code")
    assert (await http.get("/office")).status_code == 403
    sent = {"code": code_at(secret, step(clock())), "csrf": csrf}
    assert (await http.post("/account/prove/code", data=sent)).status_code == 403
    assert (await http.get("/office")).status_code == 403


async def test_secret_is_sealed_and_waits_for_a_quarter_of_an_hour(http: httpx.AsyncClient, clock: Clock) -> None:
    csrf = await browser_of(http, await account(), strength="first")
    await http.post("/account/authenticator", data={"csrf": csrf})
    secret = await secret_on(http)
    sealed = await value("SELECT sealed FROM one_time_secret")
    assert isinstance(sealed, bytes)
    assert secret not in sealed
    clock.forward(minutes=15)
    assert (await http.get("/account/authenticator")).status_code == 404
    sent = {"code": code_at(secret, step(clock())), "csrf": csrf}
    assert (await http.post("/account/authenticator/confirm", data=sent)).status_code == 404


async def test_wrong_first_code_shows_the_same_secret_again(http: httpx.AsyncClient) -> None:
    csrf = await browser_of(http, await account(), strength="first")
    await http.post("/account/authenticator", data={"csrf": csrf})
    secret = one_time.in_letters(await secret_on(http))
    answer = await http.post("/account/authenticator/confirm", data={"code": "1", "csrf": csrf})
    assert (answer.status_code, secret in answer.text) == (403, True)
    assert await value("SELECT confirmed_at FROM one_time_secret") is None


async def test_mailbox_alone_adds_no_app(http: httpx.AsyncClient) -> None:
    csrf = await browser_of(http, await account(), strength="link")
    assert (await http.post("/account/authenticator", data={"csrf": csrf})).status_code == 403


async def test_confirmed_secret_is_not_replaced(http: httpx.AsyncClient) -> None:
    await added(http, await account())
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    assert (await http.post("/account/authenticator", data={"csrf": csrf})).status_code == 404


async def test_last_one_stays_while_the_role_needs_it(http: httpx.AsyncClient) -> None:
    await added(http, await account())
    csrf = access.csrf_token(http.cookies[access.session_cookie()])
    answer = await http.post("/account/authenticator/remove", data={"csrf": csrf})
    assert answer.status_code == 409
    await fetch(
        "INSERT INTO passkey (id, account, credential, public_key, sign_count, transports, name, gives, created_at)"
        " SELECT gen_random_uuid(), id, 'a', 'b', 0, '[]', 'x', 'strong', $1 FROM account",
        NOW,
    )
    assert (await http.post("/account/authenticator/remove", data={"csrf": csrf})).status_code == 303
    assert await value("SELECT count(*) FROM one_time_secret") == 0


@pytest.mark.usefixtures("committed")
async def test_code_sent_twice_at_once_passes_once() -> None:
    who = await account()
    from app.core.signing import derived, seal

    await fetch(
        "INSERT INTO one_time_secret (account, sealed, created_at, confirmed_at, last_step) VALUES ($1, $2, $3, $3, 0)",
        who,
        seal(derived("one-time-codes"), RFC_SECRET),
        NOW,
    )
    principal = await access.by_session(await _session(who), NOW)
    code = code_at(RFC_SECRET, step(NOW))
    tries = [one_time.prove(principal=principal, code=code, now=NOW) for _ in range(4)]
    assert await all_at_once("one_time_secret", [*tries]) == [CodeRefused.__name__] * 3 + ["str"]


async def _session(who: UUID) -> str:
    from app.people import sessions

    return await sessions.open_session(account=who, strength="link", now=NOW)
