"""The start page: what waits for a role, then what it can do; empty it says so."""

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import waiting
from app.people.policy import POLICY
from app.people.roles import DOORS, ROLES, Principal, Role
from app.people.waiting import Todo, todos
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.people.test_invitations import LIST, form


@pytest.fixture
def registry() -> Iterator[list[waiting.Ask]]:
    """An empty registry in the place of the real one."""
    kept = waiting.WAITING[:]
    waiting.WAITING.clear()
    yield waiting.WAITING
    waiting.WAITING[:] = kept


async def start_of(app: Frame, role: Role) -> str:
    async with client(app, await token_for(role), accept="text/html") as asker:
        answer = await asker.get("/start")
        assert answer.status_code == 200
        return answer.text


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("http")
async def test_every_role_has_a_start_page_with_its_doors(app: Frame, role: Role) -> None:
    text = await start_of(app, role)
    offered = {door.path for door in DOORS if f'class="card__title"><a href="{door.path}"' in text}
    assert offered == {door.path for door in DOORS if role in door.roles}
    assert all(role in POLICY[f"GET {path}"] for path in offered)


@pytest.mark.usefixtures("http")
async def test_nothing_waits(app: Frame, registry: list[waiting.Ask]) -> None:
    assert "Nothing waits for you. Below is all that you can do." in await start_of(app, "officer")


@pytest.mark.usefixtures("registry")
async def test_urgent_work_comes_first_and_work_that_is_none_not_at_all() -> None:
    @waiting.waits
    async def some(_principal: Principal, _now: dt.datetime) -> list[Todo]:
        return [Todo(1, "quiet", "/a", "go"), Todo(0, "none", "/b", "go", "error")]

    @waiting.waits
    async def more(principal: Principal, now: dt.datetime) -> list[Todo]:
        assert (principal.role, now) == ("lead", NOW)
        return [Todo(2, "warned", "/c", "go", "warning"), Todo(3, "burning", "/d", "go", "error")]

    found = await todos(Principal(role="lead"), NOW)
    assert [todo.words for todo in found] == ["burning", "warned", "quiet"]


@pytest.mark.usefixtures("registry")
async def test_registering_twice_asks_once() -> None:
    async def one(_principal: Principal, _now: dt.datetime) -> list[Todo]:
        return [Todo(1, "once", "/a", "go")]

    waiting.waits(one)
    waiting.waits(one)
    assert len(await todos(Principal(role="lead"), NOW)) == 1


@pytest.mark.parametrize(("many", "words"), [(1, "1 invitation is not"), (2, "2 invitations are not")])
async def test_open_invitations_wait(app: Frame, http: httpx.AsyncClient, many: int, words: str) -> None:
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        for _ in range(many):
            await officer.post(f"{LIST}/new/officer", data=form())
    assert words in await start_of(app, "officer")
    assert "not accepted yet" not in await start_of(app, "staff")


@pytest.mark.usefixtures("http")
async def test_given_up_jobs_wait_for_officers(app: Frame) -> None:
    await fetch(
        "INSERT INTO job (id, name, payload, promised_at, due_at, tries, last_error, given_up_at)"
        " VALUES (gen_random_uuid(), 'x', '{}', $1, $1, 8, 'x', $1)",
        NOW,
    )
    assert "1 job was given up" in await start_of(app, "officer")
    assert "given up" not in (await start_of(app, "staff")).replace("Given-up", "")
