"""Ties wait on the start page of whoever may decide about them."""

import datetime as dt

import httpx

from app.awards.todos import ties_to_decide
from app.core.web.frame import Frame
from app.people.roles import Principal, Scope
from tests.awards.conflicts.desks import desk
from tests.clock import NOW


async def _waits(principal: Principal, now: dt.datetime = NOW) -> list[tuple[int, str]]:
    return [(one.amount, one.address) for one in await ties_to_decide(principal, now)]


async def test_ties_wait_for_their_own_secretary_alone(app: Frame, http: httpx.AsyncClient) -> None:
    at, other = await desk(app), await desk(app, slug="other-2026")
    await at.declare(0, "Fjordvarme ApS", "Hamakaze Labs")
    mine = Principal("secretary", scope=Scope(awards=(at.field.award,)))
    assert await _waits(mine) == [(2, at.page)]
    assert await _waits(Principal("officer")) == [(2, at.page)]
    assert await _waits(Principal("secretary", scope=Scope(awards=(other.field.award,)))) == []
    assert await _waits(Principal("judge", scope=Scope(awards=(at.field.award,)))) == []
