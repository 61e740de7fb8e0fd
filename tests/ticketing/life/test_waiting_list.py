"""The waiting list: first come, first served among those who fit; offers are kept for a while."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest

from app.core.errors import NotFound
from app.people.roles import Principal, Scope
from app.ticketing.errors import SoldOut
from app.ticketing.life import offering, overdue, waiting_list
from app.ticketing.life.by import HOLDER, SYSTEM
from app.ticketing.life.cancel import cancel
from app.ticketing.payments import lapse
from app.ticketing.registering import holds
from app.ticketing.states import NotNow
from tests.doors import value
from tests.ticketing.life.conftest import fresh  # noqa: F401
from tests.ticketing.life.doing import (
    EARLY,
    capacity,
    changes,
    notes,
    payable,
    people,
    register,
    set_type,
    states,
    status,
    taken,
    ticket_mails,
    waiting,
)
from tests.ticketing.organisers import event
from tests.ticketing.stock import sound, wrong
from tests.ticketing.wishes import member

YOXO: Any = {"ticket_type": "yoxo-ticket"}
LATER = EARLY + dt.timedelta(hours=25)


@pytest.fixture
async def full(rollback: None) -> None:
    """The YOXO has four places; three of them are taken, and two parties of two wait."""
    await capacity("yoxo", 4)


async def test_who_finds_no_place_may_wait(full: None) -> None:
    await register(*people(3, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    assert (found.status, await states(found.id)) == ("waiting", ["waiting", "waiting"])
    assert [t.code for t in found.tickets] == ["", ""]
    assert (await taken("yoxo"), await notes("waiting")) == (3, 1)
    await sound()


async def test_freed_places_are_offered_in_the_transaction_that_frees_them(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await cancel(registration=first.id, tickets=[t.id for t in first.tickets[:2]], by=HOLDER, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("offered", ["offered", "offered"])
    assert (await taken("yoxo"), await notes("offered")) == (4, 1)
    with pytest.raises(SoldOut):
        await register(*people(1, 20, **YOXO))
    await sound()


async def test_first_come_first_served_among_those_who_fit(full: None) -> None:
    first = await register(*people(4, **YOXO))
    large = await waiting(*people(3, 10, **YOXO), now=EARLY + dt.timedelta(seconds=1))
    small = await waiting(*people(1, 20, **YOXO), now=EARLY + dt.timedelta(seconds=2))
    other = await waiting(*people(1, 30, **YOXO), now=EARLY + dt.timedelta(seconds=3))
    await cancel(registration=first.id, tickets=[first.tickets[0].id], by=HOLDER, now=EARLY)
    assert [await status(one.id) for one in (large, small, other)] == ["waiting", "offered", "waiting"]
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    assert [await status(one.id) for one in (large, small, other)] == ["offered", "offered", "waiting"]
    await sound()


async def test_whoever_waits_for_something_else_is_not_disturbed(full: None) -> None:
    await capacity("ascc", 0)
    first = await register(*people(4, **YOXO))
    await capacity("ascc", 1)
    await register(*people(1, 40, ticket_type="ascc-ticket"))
    found = await waiting(*people(1, 10, ticket_type="ascc-ticket"))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    assert await status(found.id) == "waiting"
    await sound()


async def test_a_party_waits_for_several_quotas_at_once(full: None) -> None:
    await capacity("ascc", 1)
    yoxo = await register(*people(4, **YOXO))
    ascc = await register(*people(1, 5, ticket_type="ascc-ticket"))
    both = await waiting(member(name="a", **YOXO), member(name="b", ticket_type="ascc-ticket"))
    await cancel(registration=yoxo.id, by=HOLDER, now=EARLY)
    assert await status(both.id) == "waiting"
    await cancel(registration=ascc.id, by=HOLDER, now=EARLY)
    assert await status(both.id) == "offered"
    await sound()


async def test_the_queue_is_looked_at_in_portions(full: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "AT_ONCE", 2)
    first = await register(*people(4, **YOXO))
    parties = [
        await waiting(*people(size, 10 * n, **YOXO), email=f"p{n}@example.org", now=EARLY + dt.timedelta(seconds=n))
        for n, size in enumerate((3, 4, 4, 2, 3, 1, 1), start=1)
    ]
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    assert [await status(one.id) for one in parties] == [
        "offered", "waiting", "waiting", "waiting", "waiting", "offered", "waiting",
    ]  # fmt: skip
    await sound()


async def test_an_offer_is_kept_for_a_day(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    expires = await value("SELECT expires_at FROM registration WHERE id = $1", found.id)
    assert expires == EARLY + dt.timedelta(hours=24)
    due = await value("SELECT due_at FROM job WHERE name = 'ticketing.lapse_offer'")
    assert due == expires


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (dt.timedelta(hours=30), dt.timedelta(hours=24)),
        (dt.timedelta(hours=10), dt.timedelta(hours=10)),
        (dt.timedelta(minutes=5), dt.timedelta(hours=1)),
        (-dt.timedelta(hours=20), dt.timedelta(hours=1)),
    ],
)
async def test_at_most_until_the_first_day_begins_but_at_least_an_hour(
    full: None, before: dt.timedelta, kept: dt.timedelta
) -> None:
    begins = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)  # midnight in Yokohama
    await capacity("day-1", 1)
    now = begins - before
    first = await register(member(ticket_type="day-pass-1"), now=EARLY)
    found = await waiting(member(name="b", ticket_type="day-pass-1"), now=EARLY)
    await cancel(registration=first.id, by=HOLDER if before > dt.timedelta() else SYSTEM, now=now)
    assert await value("SELECT expires_at FROM registration WHERE id = $1", found.id) == now + kept


async def test_accept(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    for _twice in range(2):
        await waiting_list.accept(registration=found.id, by=HOLDER, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("confirmed", ["valid", "valid"])
    assert [await ticket_mails(t.id) for t in found.tickets] == [1, 1]
    assert await changes(found.tickets[0].id) == [("offered", "system"), ("accepted", "holder")]
    assert await value("SELECT expires_at FROM registration WHERE id = $1", found.id) is None
    await sound()


async def test_what_is_offered_may_have_to_be_approved_or_paid(full: None) -> None:
    await payable()
    for admission, price, expected in (("approval", 500, "unapproved"), ("open", 500, "unpaid")):
        await set_type("yoxo-ticket", admission=admission, price=price)
        first = await register(*people(4, **YOXO), email=f"{uuid4().hex}@example.org")
        found = await waiting(*people(2, 10, **YOXO), email=f"{uuid4().hex}@example.org")
        await cancel(registration=first.id, by=HOLDER, now=EARLY)
        await waiting_list.accept(registration=found.id, by=HOLDER, now=EARLY)
        assert (await status(found.id), await states(found.id)) == ("pending", [expected, expected])
        await sound()
        await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert (await notes("pending"), await notes("payment_due")) == (2, 2)


async def test_decline(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(4, 10, **YOXO))
    behind = await waiting(*people(4, 20, **YOXO), now=EARLY + dt.timedelta(seconds=1))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    for _twice in range(2):
        await waiting_list.decline(registration=found.id, by=HOLDER, now=EARLY)
    assert [await status(one.id) for one in (found, behind)] == ["canceled", "offered"]
    await sound()


async def test_an_offer_lapses_once_its_time_is_over(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(4, 10, **YOXO))
    behind = await waiting(*people(4, 20, **YOXO), now=EARLY + dt.timedelta(seconds=1))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    await overdue.lapse_offer(registration=str(found.id), now=EARLY + dt.timedelta(hours=23))
    assert await status(found.id) == "offered"
    with pytest.raises(NotNow):
        await waiting_list.accept(registration=found.id, by=HOLDER, now=LATER)
    for _twice in range(2):
        await overdue.lapse_offer(registration=str(found.id), now=LATER)
    assert [await status(one.id) for one in (found, behind)] == ["canceled", "offered"]
    assert await notes("offer_lapsed") == 1
    assert (await changes(found.tickets[0].id))[-1] == ("lapsed", "system")
    await sound()


async def test_an_accepted_offer_does_not_lapse(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(4, 10, **YOXO))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    await waiting_list.accept(registration=found.id, by=HOLDER, now=EARLY)
    await overdue.lapse_offer(registration=str(found.id), now=LATER)
    assert await status(found.id) == "confirmed"


async def test_nothing_is_offered_nothing_accepted(full: None) -> None:
    await register(*people(4, **YOXO))
    found = await waiting(*people(1, 10, **YOXO))
    for act in (waiting_list.accept, waiting_list.decline):
        with pytest.raises(NotNow):
            await act(registration=found.id, by=HOLDER, now=EARLY)
        with pytest.raises(NotFound):
            await act(registration=uuid4(), by=HOLDER, now=EARLY)


async def test_leaving_the_queue(full: None) -> None:
    await register(*people(4, **YOXO))
    found = await waiting(*people(3, 10, **YOXO))
    await cancel(registration=found.id, by=HOLDER, now=LATER + dt.timedelta(days=9))
    assert await status(found.id) == "canceled"
    assert await taken("yoxo") == 4
    await sound()


async def test_a_party_that_becomes_smaller_may_fit(full: None) -> None:
    await register(*people(3, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await cancel(registration=found.id, tickets=[found.tickets[0].id], by=HOLDER, now=EARLY)
    assert await states(found.id) == ["canceled", "offered"]
    await sound()


async def test_a_hold_that_is_over_serves_who_waits(full: None) -> None:
    held = await holds.hold(convention="yokohama-2026", wanted={"yoxo-ticket": 4}, now=EARLY)
    found = await waiting(*people(2, 10, **YOXO))
    await sound()
    hold = holds.hold_of(held.hold)
    assert hold is not None
    await overdue.lapse_hold(hold=str(hold), now=held.expires_at)
    assert await status(found.id) == "offered"
    await sound()


async def test_the_sweep_ends_what_is_over_and_offers_what_is_left(full: None) -> None:
    first = await register(*people(4, **YOXO))
    found = await waiting(*people(4, 10, **YOXO))
    behind = await waiting(*people(3, 20, **YOXO), now=EARLY + dt.timedelta(seconds=1))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    await overdue.sweep(now=LATER)
    assert [await status(one.id) for one in (found, behind)] == ["canceled", "offered"]
    last = await waiting(*people(2, 30, **YOXO), now=EARLY + dt.timedelta(seconds=2))
    await capacity("yoxo", 5)
    await overdue.sweep(now=LATER)
    assert await status(last.id) == "offered"
    await sound()


async def test_nobody_is_offered_a_place_after_the_last_day(full: None) -> None:
    await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await capacity("yoxo", 9)
    await overdue.sweep(now=EARLY + dt.timedelta(days=30))
    assert await status(found.id) == "waiting"


async def test_one_that_fails_does_not_keep_the_others(full: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await capacity("yoxo", 6)

    async def fails(**_: object) -> None:
        raise OSError

    monkeypatch.setattr(lapse, "sweep", fails)
    with pytest.raises(OSError):  # noqa: PT011  # the very one
        await overdue.sweep(now=EARLY)
    assert await status(found.id) == "offered"


async def test_place_in_the_queue(full: None) -> None:
    await register(*people(4, **YOXO))
    await capacity("ascc", 1)
    await register(*people(1, 5, ticket_type="ascc-ticket"))
    first = await waiting(*people(1, 10, **YOXO))
    await waiting(*people(1, 20, ticket_type="ascc-ticket"), now=EARLY + dt.timedelta(seconds=1))
    last = await waiting(*people(1, 30, **YOXO), now=EARLY + dt.timedelta(seconds=2))
    places = [await waiting_list.place_of(one.id) for one in (first, last)]
    assert [place and place.number for place in places] == [1, 2]
    assert places[0] is not None
    assert len(places[0].full) == 1
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    assert await waiting_list.place_of(first.id) is None
    found = await waiting_list.place_of(last.id)
    assert found is not None
    assert found.number == 1


async def test_an_organiser_sees_who_waits_for_its_own(full: None) -> None:
    at = await event()
    await set_type("yoxo-ticket", organiser=at["organiser"])
    first = await register(*people(4, **YOXO))
    one = await waiting(*people(2, 10, **YOXO))
    await waiting(*people(1, 20, **YOXO), now=EARLY + dt.timedelta(seconds=1))
    await cancel(registration=first.id, tickets=[first.tickets[0].id], by=HOLDER, now=EARLY)
    mine = Principal(role="organiser", account=uuid4(), scope=Scope(organisers=(at["organiser"],)))
    entries = await waiting_list.entries_of(event=at["id"], principal=mine)
    seen = [(e.status, e.place, e.size, len(e.tickets)) for e in entries]
    assert seen == [("offered", 0, 1, 1), ("waiting", 1, 2, 2)]
    assert entries[1].registration == one.id
    other = Principal(role="organiser", account=uuid4(), scope=Scope(organisers=(uuid4(),)))
    with pytest.raises(NotFound):
        await waiting_list.entries_of(event=at["id"], principal=other)


async def test_the_books_find_who_waits_for_nothing(full: None) -> None:
    from tests.ticketing.stock import idle

    await register(*people(4, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await capacity("yoxo", 6)
    assert await idle() == [f"{found.id} waits for nothing"]
    assert await wrong() == []
