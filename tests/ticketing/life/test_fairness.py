"""Nobody who waits, and for whom there are places, stands behind somebody who came later."""

import contextlib
import datetime as dt
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.core.db import fetch
from app.ticketing.errors import SoldOut
from app.ticketing.life import offering
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.registering import holds, offers
from app.ticketing.schemas import RegistrationOut
from tests.ticketing import stock
from tests.ticketing.life.conftest import fresh  # noqa: F401
from tests.ticketing.life.doing import CONVENTION, EARLY, counted_session, register
from tests.ticketing.wishes import member

WORLD = {"citywide": 12, "yoxo": 10, "yoxo-workshops": 8, "yoxo-festival-night-meetup": 5}
"""The session lies within the workshops, and these within the whole city."""
SHORT, LONG, AT_ONCE = 10, 2_000, 50
CROWD, STEPS = 12, 24


class Town:
    """A town with few places, and the queue as a fair person would keep it."""

    def __init__(self, dice: Random, session: UUID) -> None:
        self.dice = dice
        self.session = session
        self.now = EARLY
        self.there: list[RegistrationOut] = []
        self.people = 0

    async def come(self) -> None:
        """A party of 1 to 10 comes through the real door, and waits if it has to."""
        kind, session = self.dice.choice([("citywide-pass", False), ("citywide-pass", True), ("yoxo-ticket", False)])
        size = self.dice.choice([1, 1, 2, 2, 3, 4, 6, 10])
        self.people += size
        wanted = [str(self.session)] if session else []
        party = [member(name=f"{self.people} {i}", ticket_type=kind, sessions=wanted) for i in range(size)]
        with contextlib.suppress(SoldOut):  # there will never be so many
            self.there.append(await register(*party, now=self.now, join_waiting_list=True))

    async def go(self) -> None:
        """Somebody gives a party up, or a part of it."""
        if self.there:
            one = self.dice.choice(self.there)
            chosen = [t.id for t in one.tickets if self.dice.random() < 0.4]
            await cancel(registration=one.id, tickets=chosen or None, by=HOLDER, now=self.now)

    async def hold(self) -> None:
        """Somebody begins to fill in the form, and lets the places go."""
        try:
            held = await holds.hold(
                convention=CONVENTION, wanted={"yoxo-ticket": self.dice.randint(1, 3)}, now=self.now
            )
        except SoldOut:
            return
        found = holds.hold_of(held.hold)
        assert found is not None
        await holds.release(hold=found, now=self.now)

    async def step(self, n: int) -> None:
        """Let one thing happen; at first people only come."""
        self.now += dt.timedelta(seconds=1)
        what = [self.come] if n < CROWD else [self.come, self.go, self.go, self.go, self.hold]
        await self.dice.choice(what)()


_QUEUE = """
SELECT r.id, r.status, r.created_at, array_agg(t.places::text[]::text) AS places FROM registration r
JOIN ticket t ON t.registration = r.id AND t.state IN ('waiting', 'offered')
WHERE r.status IN ('waiting', 'offered') GROUP BY r.id ORDER BY r.created_at, r.id
"""


async def queue() -> dict[UUID, tuple[str, Counter[str]]]:
    """Return who waits or has an offer, in order, and the places of each quota that they want."""
    return {
        row["id"]: (row["status"], Counter(p for places in row["places"] for p in places.strip("{}").split(",")))
        for row in await fetch(_QUEUE)
    }


async def left() -> Counter[str]:
    return Counter({str(r["id"]): r["n"] for r in await fetch("SELECT id, capacity - taken AS n FROM quota")})


def unfair(before: dict[UUID, Any], after: dict[UUID, Any], spare: Counter[str]) -> list[UUID]:
    """Return who was passed over: an offer went to somebody behind them that would have been enough for them."""
    given = [one for one, (state, _) in after.items() if state == "offered" and before.get(one, ("",))[0] == "waiting"]
    passed = []
    order = list(after)
    for one, (state, wanted) in after.items():
        behind = [other for other in given if order.index(other) > order.index(one)]
        free = spare + sum((after[other][1] for other in behind), Counter[str]())
        if state == "waiting" and all(free[quota] >= n for quota, n in wanted.items()):
            passed.append(one)
    return passed


async def live(seed: int) -> str:
    dice = Random(seed)
    await fetch("SAVEPOINT town")
    for slug, places in WORLD.items():
        await fetch("UPDATE quota SET capacity = $2 WHERE slug = $1", slug, places)
    await fetch(
        "UPDATE quota SET within = p.id FROM quota p WHERE (quota.slug, p.slug) IN"
        " (('yoxo-workshops', 'citywide'), ('yoxo-festival-night-meetup', 'yoxo-workshops'))"
    )
    offers.forget()
    town = Town(dice, await counted_session())
    try:
        for n in range(STEPS):
            before = await queue()
            await town.step(n)
            passed = unfair(before, await queue(), await left())
            if passed or await stock.idle() or await stock.wrong():
                return f"{seed}, step {n}: {passed} {await stock.idle()} {await stock.wrong()}"
    finally:
        await fetch("ROLLBACK TO SAVEPOINT town")
        offers.forget()
    return ""


async def test_nobody_is_passed_over(rollback: None) -> None:
    assert await first_wrong() == ""


async def first_wrong() -> str:
    """Return the first town in which something is wrong."""
    for seed in range(SHORT):
        if wrong := await live(seed):
            return wrong
    return ""


@pytest.mark.faults
@pytest.mark.parametrize("first", range(SHORT, LONG + SHORT, AT_ONCE))
async def test_nobody_is_passed_over_in_two_thousand_towns(rollback: None, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        assert await live(seed) == ""


async def test_who_came_last_being_served_first_is_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    really = offering._next

    async def turned(quotas: Any, after: Any, **how: Any) -> list[offering.Waiting]:
        return [] if after != offering._FIRST else (await really(quotas, after, **how))[::-1]

    monkeypatch.setattr(offering, "_next", turned)
    assert await first_wrong()


async def test_serving_only_the_first_of_the_queue_is_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever fits behind somebody who does not is served as well."""
    fits = offering._fits

    async def strict(one: Any, left: Any) -> bool:
        good = await fits(one, left)
        if not good:
            left.update(dict.fromkeys(left, 0))
        return good

    monkeypatch.setattr(offering, "_fits", strict)
    assert await first_wrong()
