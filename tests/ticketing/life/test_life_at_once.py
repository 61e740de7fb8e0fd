"""Many things happen to tickets at the same moment, with real commits: no error of the database reaches anybody."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import asyncpg
import pytest

from app.core.db import fetch
from app.core.errors import DomainError
from app.people import erasure
from app.ticketing.life import approval, cancel, overdue, waiting_list
from app.ticketing.life.by import HOLDER, SYSTEM
from app.ticketing.life.change import change
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.life.transfer import transfer
from app.ticketing.registering import offers
from app.ticketing.schemas import RegistrationOut
from tests.doors import all_at_once
from tests.ticketing import stock
from tests.ticketing.life.doing import EARLY, STAFF, counted_session, people, register, states, status, waiting
from tests.ticketing.wishes import member

LATER = EARLY + dt.timedelta(seconds=1)
PLACES = {"citywide": 14, "yoxo": 10, "yoxo-workshops": 8, "yoxo-festival-night-meetup": 4}


@pytest.fixture
async def town(committed: None) -> AsyncIterator[None]:
    """A small town with nested places; afterwards everything is as large as it was."""
    before = await fetch("SELECT id, capacity, within FROM quota")
    for slug, places in PLACES.items():
        await fetch("UPDATE quota SET capacity = $2 WHERE slug = $1", slug, places)
    await fetch(
        "UPDATE quota SET within = p.id FROM quota p WHERE (quota.slug, p.slug) IN"
        " (('yoxo-workshops', 'citywide'), ('yoxo-festival-night-meetup', 'yoxo-workshops'))"
    )
    offers.forget()
    yield
    await fetch("UPDATE ticket SET state = 'canceled', places = '{}'")
    await fetch("UPDATE quota SET taken = 0")
    for row in before:
        await fetch("UPDATE quota SET capacity = $2, within = $3 WHERE id = $1", *row)
    offers.forget()


class Crowd:
    """People who do whatever comes to their mind."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.there: list[RegistrationOut] = []
        self.people = 0

    async def come(self, dice: Random) -> None:
        self.people += 5
        kind, sessions = dice.choice([("citywide-pass", []), ("citywide-pass", [self.session]), ("yoxo-ticket", [])])
        them = people(dice.randint(1, 4), self.people, ticket_type=kind, sessions=sessions)
        self.there.append(await waiting(*them, email=f"p{dice.randrange(9)}@example.org"))

    async def go(self, dice: Random) -> None:
        one = dice.choice(self.there)
        chosen = [t.id for t in one.tickets if dice.random() < 0.5]
        await cancel.cancel(registration=one.id, tickets=chosen or None, by=HOLDER, now=EARLY)

    async def answer(self, dice: Random) -> None:
        act = dice.choice([waiting_list.accept, waiting_list.accept, waiting_list.decline])
        await act(registration=dice.choice(self.there).id, by=HOLDER, now=EARLY)

    async def pass_on(self, dice: Random) -> None:
        ticket = dice.choice(dice.choice(self.there).tickets).id
        to = NewHolder(name=f"New {dice.randrange(3)}", residence=dice.choice(["KR", "DE"]), email="new@example.org")
        await transfer(ticket=ticket, to=to, by=HOLDER, now=EARLY)

    async def choose(self, dice: Random) -> None:
        ticket = dice.choice(dice.choice(self.there).tickets).id
        wish = TicketEdit(sessions=dice.choice([(), tuple(await self._sessions())]))
        await change(ticket=ticket, wish=wish, by=HOLDER, now=EARLY)

    async def _sessions(self) -> list[Any]:
        return [await counted_session()]

    async def sweep(self, _dice: Random) -> None:
        await overdue.sweep(now=EARLY)

    async def approve(self, dice: Random) -> None:
        await approval.approve(registration=dice.choice(self.there).id, by=STAFF, now=EARLY)

    async def live(self, seed: int, steps: int) -> list[str]:
        """Do so many things, one after the other, and return the errors that nobody should see."""
        dice, errors = Random(seed), []
        doings = [self.come, self.come, self.go, self.go, self.answer, self.answer, self.pass_on, self.choose]
        for _step in range(steps):
            doing: Callable[[Random], Awaitable[None]] = dice.choice([*doings, self.sweep, self.approve])
            try:
                await (doing if self.there else self.come)(dice)
            except DomainError:
                pass
            except Exception as error:  # noqa: BLE001  # that is what is looked for
                errors.append(f"{doing.__name__}: {type(error).__name__} {error}")
        return errors


async def _live(people_at_once: int, steps: int) -> None:
    crowd = Crowd(str(await counted_session()))
    found = await asyncio.gather(*(crowd.live(seed, steps) for seed in range(people_at_once)))
    assert [error for errors in found for error in errors] == []
    await overdue.sweep(now=EARLY)  # whoever was being changed while places fell free
    await stock.sound()


async def test_eight_at_once(town: None) -> None:
    await _live(8, 12)


@pytest.mark.faults
async def test_eight_at_once_for_long(town: None) -> None:
    await _live(8, 400)


async def test_everybody_cancels_while_everybody_comes(town: None) -> None:
    first = [await register(*people(2, 10 * n), email=f"a{n}@example.org") for n in range(7)]
    queue = [await waiting(*people(2, 10 * n), email=f"b{n}@example.org") for n in range(7)]
    await asyncio.gather(
        *(cancel.cancel(registration=one.id, by=HOLDER, now=EARLY) for one in first),
        *(waiting(*people(1, 10 * n), email=f"c{n}@example.org", now=LATER) for n in range(7)),
    )
    await overdue.sweep(now=EARLY)
    assert [await status(one.id) for one in queue] == ["offered"] * 7
    await stock.sound()


async def test_an_offer_is_accepted_or_lapses(town: None) -> None:
    first = await register(*people(10, ticket_type="yoxo-ticket"))
    found = await waiting(*people(10, 20, ticket_type="yoxo-ticket"))
    await cancel.cancel(registration=first.id, by=HOLDER, now=EARLY)
    expires = (await fetch("SELECT expires_at FROM registration WHERE id = $1", found.id))[0][0]
    outcome = await asyncio.gather(
        *(waiting_list.accept(registration=found.id, by=HOLDER, now=EARLY) for _ in range(3)),
        *(waiting_list.lapse(registration=found.id, now=expires) for _ in range(3)),
        return_exceptions=True,
    )
    assert all(one is None or isinstance(one, DomainError) for one in outcome)
    assert await status(found.id) in {"confirmed", "canceled"}
    await stock.sound()


async def test_erasing_meets_canceling(town: None) -> None:
    """The person's row and the registration's are locked in different orders, and still nobody is refused."""
    found = [await register(*people(2, 10 * n), email=f"a{n}@example.org") for n in range(5)]
    await waiting(*people(2, 90), email="w@example.org")
    persons = [row["person"] for row in await fetch("SELECT person FROM ticket WHERE position = 1 AND state = 'valid'")]
    await asyncio.gather(
        *(cancel.cancel(registration=one.id, by=HOLDER, now=EARLY) for one in found),
        *(erasure.erase(persons=[person], actor="test", now=EARLY) for person in persons),
    )
    await stock.sound()


async def test_a_connection_that_dies_before_commit_leaves_nothing(town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await register(member(sessions=[str(await counted_session())]))

    async def die(*_: Any, **__: Any) -> None:
        await fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as broken:
        broken.setattr(cancel.settle, "follow_cancel", die)  # type: ignore[attr-defined]
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await cancel.cancel(registration=found.id, by=SYSTEM, now=EARLY)
    assert await states(found.id) == ["valid"]
    await stock.sound()
    await cancel.cancel(registration=found.id, by=SYSTEM, now=EARLY)
    assert await states(found.id) == ["canceled"]
    await stock.sound()


async def test_four_tickets_are_passed_on_to_one_new_person_at_once(town: None) -> None:
    """Each would add the person; those who lose find the person when they try again."""
    found = [await register(*people(1, 10 * n), email=f"a{n}@example.org") for n in range(4)]
    to = NewHolder(name="New", residence="KR", email="new@example.org")
    works = [transfer(ticket=one.tickets[0].id, to=to, by=HOLDER, now=EARLY) for one in found]
    assert await all_at_once("ticket", works) == ["NoneType"] * 4
    assert len(await fetch("SELECT DISTINCT person FROM ticket")) == 1
    await stock.sound()
