"""Canceling: places, sessions and vouchers go back, payments follow, and a ticket once used stays."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.db import fetch
from app.core.errors import NotFound
from app.people import erasure
from app.ticketing.errors import AlreadyUsed, TooLate
from app.ticketing.life import used
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.registering import offers
from app.ticketing.setting_up.vouchers import code_key, sealed
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    capacity,
    changes,
    counted_session,
    notes,
    payable,
    people,
    register,
    set_type,
    states,
    status,
    taken,
    ticket,
    waiting,
)
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member

pytestmark = pytest.mark.usefixtures("rollback")


async def test_cancel_all() -> None:
    found = await register(member(sessions=[str(await counted_session())]), member(name="林"))
    for _twice in range(2):
        await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("canceled", ["canceled", "canceled"])
    assert (await taken("citywide"), await taken("yoxo-festival-night-meetup")) == (0, 0)
    assert await value("SELECT count(*) FROM reservation") == 0
    assert await notes("canceled") == 1
    assert await changes(found.tickets[0].id) == [("canceled", "holder")]
    assert (await ticket(found.tickets[0].id))["revision"] == 1
    await sound()


async def test_cancel_one_of_a_party() -> None:
    found = await register(*people(3))
    await cancel(registration=found.id, tickets=[found.tickets[1].id], by=HOLDER, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("confirmed", ["valid", "canceled", "valid"])
    assert (await taken("citywide"), await notes("canceled")) == (2, 1)
    assert await value("SELECT payload ->> 'ticket' FROM job WHERE name = 'ticketing.send_note'") == str(
        found.tickets[1].id
    )
    await sound()


async def test_a_stranger_s_ticket_is_not_found() -> None:
    mine, theirs = await register(*people(1)), await register(*people(1, 5))
    with pytest.raises(NotFound):
        await cancel(registration=mine.id, tickets=[theirs.tickets[0].id], by=HOLDER, now=EARLY)
    with pytest.raises(NotFound):
        await cancel(registration=uuid4(), by=HOLDER, now=EARLY)
    assert await status(theirs.id) == "confirmed"


async def test_holders_cancel_until_the_limit_staff_always() -> None:
    found = await register()
    with pytest.raises(TooLate):
        await cancel(registration=found.id, by=HOLDER, now=NOW)
    await cancel(registration=found.id, by=STAFF, now=NOW)
    assert await changes(found.tickets[0].id) == [("canceled", "account")]


async def test_a_ticket_that_was_used_is_not_its_holder_s_to_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await register(*people(2))

    async def first(*, tickets: Any) -> set[UUID]:
        return {found.tickets[0].id} & set(tickets)

    monkeypatch.setattr(used, "USED", [first])
    with pytest.raises(AlreadyUsed):
        await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert await states(found.id) == ["valid", "valid"]
    await cancel(registration=found.id, tickets=[found.tickets[1].id], by=HOLDER, now=EARLY)
    await cancel(registration=found.id, by=STAFF, now=EARLY)
    await sound()


async def test_what_was_due_is_due_no_more_and_what_was_paid_goes_back() -> None:
    await payable()
    await set_type("yoxo-ticket", price=500)
    found = await register(*people(2, ticket_type="yoxo-ticket"))
    await cancel(registration=found.id, tickets=[found.tickets[0].id], by=HOLDER, now=EARLY)
    assert await value("SELECT amount FROM payment") == 500
    await sound()
    await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert await value("SELECT state FROM payment") == "canceled"
    await sound()


async def test_a_voucher_may_be_used_again() -> None:
    await fetch(
        "INSERT INTO voucher (id, convention, code_key, sealed, label, uses, used, created_at)"
        " SELECT gen_random_uuid(), id, $1, $2, 'one', 1, 0, now() FROM convention",
        code_key("AB-CD"),
        sealed("AB-CD"),
    )
    offers.forget()
    found = await register(member(voucher="ab cd"))
    assert await value("SELECT used FROM voucher WHERE label = 'one'") == 1
    await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert await value("SELECT used FROM voucher WHERE label = 'one'") == 0
    await sound()


async def test_erasing_somebody_frees_the_places_of_their_tickets_alone() -> None:
    await capacity("citywide", 3)
    found = await register(*people(3))
    behind = await waiting(*people(1, 10))
    person = (await ticket(found.tickets[1].id))["person"]
    await erasure.erase(persons=[person], actor="test", now=EARLY)
    assert await states(found.id) == ["valid", "canceled", "valid"]
    assert await status(behind.id) == "offered"
    assert await changes(found.tickets[1].id) == [("canceled", "system")]
    assert await notes("canceled") == 0
    await sound()


async def test_erasing_somebody_who_waits_or_has_still_to_be_approved() -> None:
    await set_type("yoxo-ticket", admission="approval")
    await capacity("yoxo", 2)
    found = await register(*people(2, ticket_type="yoxo-ticket"))
    behind = await waiting(*people(2, 10, ticket_type="yoxo-ticket"))
    for one in (behind.tickets[0], found.tickets[0]):
        await erasure.erase(persons=[(await ticket(one.id))["person"]], actor="test", now=EARLY)
    assert await states(found.id) == ["canceled", "unapproved"]
    assert await states(behind.id) == ["canceled", "offered"]
    await sound()


async def test_after_the_convention_erasing_changes_no_ticket() -> None:
    found = await register()
    person = (await ticket(found.tickets[0].id))["person"]
    await erasure.erase(persons=[person], actor="test", now=EARLY + dt.timedelta(days=60))
    assert await states(found.id) == ["valid"]
    await sound()


async def test_attendance_tells_who_came_in() -> None:
    """The hook is filled when the packages are put together."""
    from app.attendance.queries import took_part

    assert took_part in used.USED
    found = await register(*people(4))
    present, admitted, denied, _home = (t.id for t in found.tickets)
    assert await used.used([t.id for t in found.tickets]) == set()
    await fetch("SET LOCAL session_replication_role = replica")  # devices and rooms do not matter here
    await fetch(
        "INSERT INTO presence_interval (id, ticket, session, visit, started_at, beat_at)"
        " VALUES (gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), $2, $2)",
        present,
        EARLY,
    )
    for seq, (ticket_id, verdict) in enumerate(((admitted, "admitted"), (denied, "refused"))):
        await fetch(
            "INSERT INTO scan (device, seq, gate, ticket, request, direction, scanned_at, received_at, status, verdict,"
            " warnings) VALUES (gen_random_uuid(), $1, gen_random_uuid(), $2, '', 'entry', $3, $3, 'stored', $4, '[]')",
            seq,
            ticket_id,
            EARLY,
            verdict,
        )
    await fetch("SET LOCAL session_replication_role = DEFAULT")
    assert await used.used([t.id for t in found.tickets]) == {present, admitted}
