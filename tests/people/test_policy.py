"""Who may use which route: one table, every route, every role."""

import uuid

import httpx
import pytest

from app.asgi import create_app, routes
from app.core.web.frame import Frame
from app.people.policy import POLICY, PUBLIC, PolicyGap, check_policy
from app.people.roles import DOORS, ROLES, Role
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for

CLOSED = sorted(route for route, allowed in POLICY.items() if allowed != PUBLIC)
UNSAFE = sorted(route for route in POLICY if not route.startswith("GET "))
NAMED = {"gate", "job"}
"""Path parameters that are identifiers; the others are words."""


def address(route: str) -> tuple[str, str]:
    """Fill the parameters of a route."""
    method, path = route.split()
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, str(uuid.UUID(int=1)) if part[1:-1] in NAMED else "x")
    return method, path


async def status(asker: httpx.AsyncClient, route: str, **headers: str) -> int:
    method, path = address(route)
    return (await asker.request(method, path, headers=headers)).status_code


def test_start_fails_for_a_route_without_a_line() -> None:
    with pytest.raises(PolicyGap, match=r"Routes without a policy: GET /secret, POST /secret; add them"):
        check_policy([*POLICY, "POST /secret", "GET /secret"])


def test_start_fails_for_a_line_without_a_route() -> None:
    with pytest.raises(PolicyGap, match=r"Policies without a route: GET /office/kpi; remove them"):
        check_policy(set(POLICY) - {"GET /office/kpi"})


def test_the_application_and_the_table_agree() -> None:
    assert routes(create_app(clock=lambda: NOW)) == sorted(POLICY)


def test_admin_may_use_every_closed_route() -> None:
    assert [route for route in CLOSED if "admin" not in POLICY[route]] == []


@pytest.mark.parametrize("route", CLOSED)
async def test_anonymous_is_asked_to_sign_in(http: httpx.AsyncClient, route: str) -> None:
    assert await status(http, route) == 401


@pytest.mark.parametrize("route", CLOSED)
@pytest.mark.usefixtures("http")
async def test_unknown_token_opens_nothing(app: Frame, route: str) -> None:
    async with client(app, "no-such-token") as asker:
        assert await status(asker, route) == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("http")
async def test_wrong_role_is_refused_and_the_right_one_is_not(app: Frame, role: Role) -> None:
    token = await token_for(role)
    async with client(app, token) as asker:
        for route in CLOSED:
            refused = await status(asker, route) in {401, 403}
            assert refused is (role not in POLICY[route]), route


@pytest.mark.parametrize("route", UNSAFE)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://test.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_form_of_another_site_is_refused(http: httpx.AsyncClient, route: str, headers: dict[str, str]) -> None:
    assert await status(http, route, **headers) == 403


def test_links_of_the_menu_lead_where_the_role_may_go() -> None:
    for door in DOORS:
        assert POLICY[f"GET {door.path}"] == door.roles
