"""Who may use which route: one table, every route, every role."""

from functools import cache
from uuid import UUID

import httpx
import pytest

from app.asgi import create_app, routes
from app.core.web.frame import Frame
from app.people.policy import POLICY, PUBLIC, PolicyGap, check_policy
from app.people.roles import DOORS, ROLES, Role
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.security.askers import cut

CLOSED = sorted(route for route, allowed in POLICY.items() if allowed != PUBLIC)
NOBODY = str(UUID(int=1))
UNSAFE = sorted(route for route in POLICY if not route.startswith("GET "))


@cache
def fillings() -> dict[str, str]:
    """Return each path of the application with its parameters filled: identifiers by one of nobody, words by a word."""
    found = {}
    for route in create_app(clock=lambda: NOW).routes:
        parts = [
            part if isinstance(part, str) else NOBODY if part.type is UUID else "x" for part in route.path_components
        ]
        found[route.path_format] = "/" + "/".join(parts)
    return found


def address(route: str) -> tuple[str, str]:
    """Fill the parameters of a route."""
    method, path = route.split()
    return method, fillings()[path]


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


async def test_anonymous_is_asked_to_sign_in(http: httpx.AsyncClient) -> None:
    assert {route: found for route in CLOSED if (found := await status(http, route)) != 401} == {}


@pytest.mark.usefixtures("http")
async def test_unknown_token_opens_nothing(app: Frame) -> None:
    async with client(app, "no-such-token") as asker:
        assert {route: found for route in CLOSED if (found := await status(asker, route)) != 401} == {}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("http")
async def test_wrong_role_is_refused_and_the_right_one_is_not(app: Frame, role: Role) -> None:
    token = await token_for(role)
    async with client(cut(app), token) as asker:
        for route in CLOSED:
            refused = await status(asker, route) in {401, 403}
            assert refused is (role not in POLICY[route]), route


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
async def test_form_of_another_site_is_refused(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert {route: found for route in UNSAFE if (found := await status(http, route, **headers)) != 403} == {}


def test_links_of_the_menu_lead_where_the_role_may_go() -> None:
    for door in DOORS:
        assert door.roles <= POLICY[f"GET {door.path}"]
