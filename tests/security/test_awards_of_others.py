"""An award belongs to those it names: to everybody else each of its rows is as if it were not there."""

import re
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch_one
from app.core.web.frame import Frame
from app.people.policy import POLICY
from tests.awards import planting
from tests.conftest import client

PARAMETER = re.compile(r"\{(\w+)\}")
ROUTES = sorted(
    route
    for route, askers in POLICY.items()
    if "anonymous" not in askers and "{award}" in route and askers & {"secretary", "judge"}
)
ABSENT = {"award": "no-such-award-2026"}


@pytest.fixture
async def rows(rollback: None) -> dict[str, str]:
    """The rows of an award: what stands for each parameter of a path."""
    field = await planting.field()
    run = await fetch_one("SELECT gen_random_uuid() AS id")
    row = await fetch_one("SELECT category, rubric FROM award_round WHERE id = $1", field.round)
    assert run is not None
    assert row is not None
    return {
        "award": "green-2026",
        "round_id": str(field.round),
        "entry": str(field.entries[0].id),
        "judge": str(field.judges[0].id),
        "category": str(row["category"]),
        "rubric": str(row["rubric"]),
        "place": "0",
        **dict.fromkeys(("conflict", "run", "file", "member"), str(run["id"])),
    }


def path_of(route: str, rows: dict[str, str]) -> str:
    return PARAMETER.sub(lambda name: rows.get(name[1], str(UUID(int=1))), route.partition(" ")[2])


async def asked(who: httpx.AsyncClient, route: str, rows: dict[str, str]) -> tuple[int, Any]:
    """Ask with a body that says nothing; return the status and what a refusal says, without the address."""
    method = route.partition(" ")[0]
    body: dict[str, Any] | None = {} if "/api/" in route and method in {"POST", "PUT", "PATCH"} else None
    answer = await who.request(method, path_of(route, rows), json=body)
    return answer.status_code, re.sub(r"[0-9a-f-]{16,36}|no-such-award-2026|green-2026", "", answer.text)


@pytest.mark.parametrize("role", ["secretary", "judge"])
async def test_rows_of_another_award_do_not_exist(app: Frame, rows: dict[str, str], role: str) -> None:
    """The answer is the one that an award gets which there is not, byte for byte."""
    other = await planting.field(slug="other-2026")
    token = await planting.secretary(other.award) if role == "secretary" else other.judges[0].token
    fake = rows | ABSENT
    async with client(app, token) as stranger:
        for route in ROUTES:
            if role in POLICY[route]:
                found = await asked(stranger, route, rows)
                assert found == await asked(stranger, route, fake), route
                assert found[0] in {400, 403, 404, 412, 422, 428}, (route, found[0])


async def test_rows_of_this_award_do_not_mix_with_those_of_another(app: Frame, rows: dict[str, str]) -> None:
    """Under one's own award another one's round, entry or judge is not found."""
    other = await planting.field(slug="other-2026")
    async with client(app, await planting.secretary(other.award)) as stranger:
        for route in ROUTES:
            named = set(PARAMETER.findall(route)) & {"round_id", "entry", "judge", "category", "rubric"}
            if "secretary" in POLICY[route] and named and route.startswith("GET "):
                status, _text = await asked(stranger, route, rows | {"award": "other-2026"})
                assert status in {403, 404}, (route, status)


async def test_its_own_secretary_finds_them(app: Frame, rows: dict[str, str]) -> None:
    """Control: the same paths open to whoever runs the award."""
    award = await fetch_one("SELECT id FROM award WHERE slug = 'green-2026'")
    assert award is not None
    async with client(app, await planting.secretary(award["id"])) as own:
        found = Counter(
            [
                (await asked(own, route, rows))[0]
                for route in ROUTES
                if "secretary" in POLICY[route] and route.startswith("GET ")
            ]
        )
    assert found[200] >= 25, found
