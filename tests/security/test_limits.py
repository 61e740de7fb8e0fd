"""How often doors may be tried: exact, over several processes, with and without Redis."""

import asyncio
import os
import re
from collections import Counter
from uuid import uuid4

import httpx
import pytest

from app.asgi import create_app, routes
from app.core.sandbox.places import free_port
from app.core.signing import capability
from app.core.web.frame import Frame
from app.people.limited import LIMITS, LimitGap, check_limits
from app.people.policy import POLICY, PUBLIC, STEP_UP
from tests.clock import NOW, Clock
from tests.doors import token_for
from tests.serving import served
from tests.workers.conftest import OwnRedis, own_redis  # noqa: F401  # a fixture

EMAIL = {"email": "officer@example.org"}
UNLIMITED = ("POST /api/v1/scans", "POST /api/v1/conventions/{convention}/registrations", "POST /{convention}/register")


def at(app: Frame, address: str, **headers: str) -> httpx.AsyncClient:
    """Return a client that comes from this network address."""
    transport = httpx.ASGITransport(app, client=(address, 4711))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


async def asked(asker: httpx.AsyncClient, times: int, email: str = EMAIL["email"]) -> Counter[int]:
    return Counter([(await asker.post("/sign-in", data={"email": email})).status_code for _ in range(times)])


def test_lines_without_a_route_stop_the_start() -> None:
    with pytest.raises(LimitGap, match=r"Limits without a route: POST /sign-in; remove"):
        check_limits(set(LIMITS) - {"POST /sign-in"})


def test_halls_and_gates_are_not_limited_by_network() -> None:
    found = set(routes(create_app(clock=lambda: NOW)))
    assert set(UNLIMITED) <= found, "or the names in this test are old"
    assert not set(UNLIMITED) & set(LIMITS)


def test_every_link_that_could_be_guessed_is_counted() -> None:
    found = {route for route in POLICY if POLICY[route] == PUBLIC and re.search(r"\{(token|draft)\}", route)}
    assert len(found) > 50
    assert found - set(LIMITS) == set()


GIVING = re.compile(r"/console/.*(export|\.pdf|/files/\{upload\}|/send)$")
"""What gives away much about many, or writes to them."""


def test_lists_of_people_are_counted_and_need_a_fresh_proof() -> None:
    found = {route for route in POLICY if GIVING.search(route)}
    assert len(found) >= 7
    assert found - set(LIMITS) == set()
    assert found - STEP_UP == set()


def test_where_money_goes_is_said_after_a_fresh_proof() -> None:
    money = {
        f"POST /console/events/{{event}}/payments/{rest}" for rest in ("method", "statement", "{payment}/refunded")
    }
    assert money <= STEP_UP


@pytest.mark.usefixtures("rollback")
async def test_owner_of_an_address_is_not_locked_out_by_somebody_else(app: Frame, clock: Clock) -> None:
    async with at(app, "203.0.113.1") as stranger, at(app, "198.51.100.1") as owner:
        assert await asked(stranger, 20) == {200: 5, 429: 15}
        assert await asked(owner, 6) == {200: 5, 429: 1}
    for number in range(2, 6):
        async with at(app, f"203.0.113.{number}") as stranger:
            assert (await asked(stranger, 5))[200] == 5
    async with at(app, "192.0.2.1") as elsewhere:
        assert await asked(elsewhere, 1) == {429: 1}, "thirty links in ten minutes are a flood of mail"
        assert await asked(elsewhere, 1, "other@example.org") == {200: 1}
        clock.forward(minutes=10)
        assert await asked(elsewhere, 1) == {200: 1}, "not for good"


@pytest.mark.usefixtures("rollback")
async def test_ipv6_addresses_of_one_household_count_as_one(app: Frame) -> None:
    found: Counter[int] = Counter()
    for number in range(8):
        async with at(app, f"2001:db8:1:2:{number:x}::1") as asker:
            found += await asked(asker, 1)
    assert found == {200: 5, 429: 3}
    async with at(app, "2001:db8:1:3::1") as neighbour:
        assert await asked(neighbour, 1) == {200: 1}


@pytest.mark.usefixtures("rollback")
async def test_forged_header_does_not_move_anybody(app: Frame) -> None:
    found: Counter[int] = Counter()
    for number in range(8):
        async with at(app, "203.0.113.1", **{"x-forwarded-for": f"198.51.100.{number}"}) as asker:
            found += await asked(asker, 1)
    assert found == {200: 5, 429: 3}


@pytest.mark.parametrize(
    ("path", "most", "status"),
    [("/tickets/{}", 120, 404), ("/registrations/{}", 120, 404), ("/join/{}", 120, 404), ("/sign-in/{}", 60, 410)],
)
@pytest.mark.usefixtures("rollback")
async def test_guessing_ends(app: Frame, clock: Clock, path: str, most: int, status: int) -> None:
    async with at(app, "203.0.113.1") as asker:
        for number in range(most):
            assert (await asker.get(path.format(f"guess-{number}"))).status_code == status
            clock.forward(seconds=1)
        answer = await asker.get(path.format("guess"))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(600 - most))
        clock.forward(seconds=600 - most)
        assert (await asker.get(path.format("guess"))).status_code == status
    async with at(app, "203.0.113.2") as neighbour:
        assert (await neighbour.get(path.format("guess"))).status_code == status


@pytest.mark.usefixtures("rollback")
async def test_what_is_found_is_not_counted_and_not_shown_to_who_guesses(app: Frame, registered: str) -> None:
    async with at(app, "203.0.113.1") as asker:
        for _ in range(130):
            assert (await asker.get(registered)).status_code == 200
        for _ in range(120):
            assert (await asker.get("/tickets/guess")).status_code == 404
        assert (await asker.get(registered)).status_code == 429


@pytest.fixture
async def registered(http: httpx.AsyncClient) -> str:
    """The path of a ticket's page."""
    wish = {
        "email": "li.na@example.org",
        "consents": ["terms-2026"],
        "party": [{"name": "Li Na", "residence": "CN", "ticket_type": "citywide-pass"}],
    }
    answer = await http.post(
        "/api/v1/conventions/yokohama-2026/registrations", json=wish, headers={"idempotency-key": "limits"}
    )
    return str(answer.json()["tickets"][0]["page_url"]).removeprefix("http://test")


@pytest.mark.usefixtures("committed")
async def test_misses_at_the_same_moment_are_exact_as_well(app: Frame) -> None:
    async with at(app, "203.0.113.1") as asker:
        answers = await asyncio.gather(*(asker.get(f"/tickets/guess-{n}") for n in range(200)))
    assert Counter(answer.status_code for answer in answers) == {404: 120, 429: 80}


async def _five_of_forty(asker: httpx.AsyncClient, servers: tuple[str, str], email: str) -> None:
    answers = await asyncio.gather(
        *(asker.post(f"{servers[n % 2]}/sign-in", data={"email": email}, headers={"accept": "*/*"}) for n in range(40))
    )
    refused = [answer for answer in answers if answer.status_code == 429]
    assert Counter(answer.status_code for answer in answers) == {200: 5, 429: 35}
    assert all(1 <= int(answer.headers["retry-after"]) <= 600 for answer in refused)
    assert {answer.json()["type"] for answer in refused} == {"/problems/too-many-requests"}


@pytest.mark.usefixtures("committed")
async def test_two_processes_let_five_through_and_no_more_also_when_redis_stops(own_redis: OwnRedis) -> None:  # noqa: F811
    url = os.environ["APP_REDIS_URL"]
    async with served(url) as one, served(url) as two, httpx.AsyncClient() as asker:
        await _five_of_forty(asker, (one, two), EMAIL["email"])
        own_redis.stop()
        await _five_of_forty(asker, (one, two), "other@example.org")


@pytest.mark.faults
@pytest.mark.usefixtures("committed")
async def test_two_processes_that_never_had_redis_let_five_through_and_no_more() -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    async with served(url) as one, served(url) as two, httpx.AsyncClient() as asker:
        await _five_of_forty(asker, (one, two), EMAIL["email"])


@pytest.mark.usefixtures("committed")
async def test_a_token_that_opens_is_never_limited(app: Frame) -> None:
    """Whoever bears a token is known by it; an unknown gate is no guess at a secret."""
    async with at(app, "203.0.113.1", authorization=f"Bearer {await token_for('officer')}") as officer:
        found = Counter([(await officer.get(f"/api/v1/gates/{uuid4()}/status")).status_code for _ in range(130)])
    assert found == {404: 130}


@pytest.mark.usefixtures("rollback")
async def test_link_of_another_kind_is_a_miss(app: Frame) -> None:
    async with at(app, "203.0.113.1") as asker:
        for _ in range(120):
            assert (await asker.get(f"/tickets/{capability('registration', uuid4())}")).status_code == 404
        assert (await asker.get("/tickets/x")).status_code == 429
