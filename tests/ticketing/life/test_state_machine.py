"""Whatever people do with tickets, in whatever order, wherever the process dies: the books agree after every step."""

from random import Random
from typing import Any

import pytest

from app.core.db import fetch
from app.ticketing.life import offering, places
from app.ticketing.registering import offers
from tests.ticketing import stock
from tests.ticketing.histories import ACTIONS, Step, build
from tests.ticketing.life.conftest import fresh  # noqa: F401

WORDS = sorted(ACTIONS) + ["register"] * 5 + ["cancel"] * 4 + ["accept"] * 4 + ["approve", "decline", "wait", "wait"]
"""People mostly come; what is full makes the rest interesting."""
FULL = [Step("register", 11, kind, 3) for kind in (0, 1, 2, 3) for _party in range(2)]
"""Every history begins in a town that is nearly full."""
CRASHES = 0.1
MOST = 30
SHORT, LONG, AT_ONCE = 20, 5_000, 50
"""Histories of every run and of the long one, and those of one transaction: what is taken back in it still takes room,
so that more and more of them would be slower and slower.
"""


def steps_of(seed: int) -> list[Step]:
    """Return a history by its number: the same one every time."""
    dice = Random(seed)
    return [
        Step(dice.choice(WORDS), dice.randrange(16), dice.randrange(16), dice.randrange(16), dice.random() < CRASHES)
        for _ in range(dice.randint(5, MOST))
    ]


async def live(steps: list[Step], seen: set[str]) -> str:
    """Live through a history, look at the books after every step, and return what is wrong; nothing of it stays.

    What happened and what there was in the end is added to `seen`.
    """
    await fetch("SAVEPOINT history")
    try:
        world = await build()
        for n, step in enumerate([*FULL, *steps]):
            await world.do(step)
            if wrong := [*await stock.wrong(), *await stock.idle()]:
                return f"After step {n}, {step}: {wrong}"
        for table, column in (("ticket_change", "action"), ("ticket", "state"), ("payment", "state")):
            found = await fetch(f"SELECT DISTINCT {column} FROM {table}")
            seen.update(f"{table} {row[0]}" for row in found)
    except Exception as error:  # noqa: BLE001  # an error is a finding like others, and is to be made small
        return f"{type(error).__name__}: {error}"
    finally:
        await fetch("ROLLBACK TO SAVEPOINT history")
        offers.forget()
    return ""


async def smallest(steps: list[Step]) -> list[Step]:
    """Leave out steps for as long as what is left still goes wrong."""
    for n in reversed(range(len(steps))):
        shorter = steps[:n] + steps[n + 1 :]
        if await live(shorter, set()):
            steps = shorter
    return steps


async def live_all(numbers: range, seen: set[str]) -> None:
    for number in numbers:
        if wrong := await live(steps_of(number), seen):
            pytest.fail(f"History {number}: {wrong}\nSmallest: {await smallest(steps_of(number))}")


HAPPENS = {
    "ticket_change": "offered accepted lapsed canceled approved refused paid changed transferred blocked reissued",
    "ticket": "waiting offered unapproved unpaid valid blocked canceled",
    "payment": "due paid refund_due",
}
"""What happens in a few histories; if it did not, they would prove little."""


async def test_the_books_agree_after_every_step(rollback: None) -> None:
    seen: set[str] = set()
    await live_all(range(SHORT), seen)
    expected = {f"{table} {word}" for table, words in HAPPENS.items() for word in words.split()}
    assert expected <= seen


@pytest.mark.faults
@pytest.mark.parametrize("first", range(SHORT, LONG + SHORT, AT_ONCE))
async def test_five_thousand_histories(rollback: None, first: int) -> None:
    await live_all(range(first, first + AT_ONCE), set())


CANCELS = [
    Step("cancel", 0, 0),
    Step("accept", 2),
    Step("register", 1, 0),
    Step("cancel", 1, 0),
    Step("register", 2, 0),
]


async def test_the_controls_run_clean(rollback: None) -> None:
    assert await live(CANCELS, set()) == ""


async def test_places_that_do_not_come_back_are_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgotten(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(places, "give_back", forgotten)
    assert "held" in await live(CANCELS, set())


async def test_a_waiting_list_that_nobody_serves_is_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(**_: Any) -> int:
        return 0

    monkeypatch.setattr(offering, "serve", nobody)
    assert "waits" in await live(CANCELS, set())


async def test_places_that_are_offered_but_not_taken_are_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    untaken = offering._OFFER.replace("q.taken + w.places FROM", "q.taken FROM")
    assert untaken != offering._OFFER
    monkeypatch.setattr(offering, "_OFFER", untaken)
    assert "held" in await live(CANCELS, set())


async def test_places_taken_without_a_condition_are_found(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is behind the condition breaks the transaction: nothing is ever oversold."""
    monkeypatch.setattr(places, "short", lambda *_: ())
    assert "RuntimeError" in await live([Step("hold", 2, 0)] * 4, set())


async def test_a_crash_leaves_nothing(rollback: None) -> None:
    """Every step that dies right before its end is as if it had not been."""
    await fetch("SAVEPOINT history")
    world = await build()
    for step in [*FULL, Step("hold", 1, 2), Step("cancel", 1)]:
        await world.do(step)
    before = await _everything()
    for word in ACTIONS:
        for n in range(4):
            await world.do(Step(word, n, n, n, crash=True))
    assert await _everything() == before
    await fetch("ROLLBACK TO SAVEPOINT history")


async def _everything() -> list[Any]:
    tables = ("quota", "registration", "ticket", "reservation", "hold", "payment", "job", "ticket_change", "person")
    return [[str(dict(r)) for r in await fetch(f"SELECT * FROM {table} ORDER BY id")] for table in tables]
