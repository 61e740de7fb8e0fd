"""Money that comes: once, twice, too little, too late; and money that goes back."""

import asyncio
import datetime as dt
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.errors import Invalid, NotFound
from app.core.web.frame import Frame
from app.ticketing.life import block
from app.ticketing.life.by import HOLDER, SYSTEM
from app.ticketing.life.cancel import cancel
from app.ticketing.payments import lapse, settle
from app.ticketing.payments.settle import Came
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, event
from tests.ticketing.payments.bills import (
    LATER,
    OFFICER,
    bill,
    method,
    organiser,
    owing,
    paid_type,
    places,
    states,
    status,
    taken,
    told,
    work,
)

LONG = "2030-01-01T00:00:00Z"


async def mails(registration: UUID) -> int:
    found = await value(
        "SELECT count(*) FROM job WHERE name = 'ticketing.send_ticket' AND payload ->> 'ticket_id' IN"
        " (SELECT id::text FROM ticket WHERE registration = $1)",
        registration,
    )
    return int(str(found))


async def actions(registration: UUID) -> list[str]:
    rows = await fetch(
        "SELECT h.action FROM ticket_change h JOIN ticket t ON t.id = h.ticket WHERE t.registration = $1 ORDER BY h.at",
        registration,
    )
    return [row["action"] for row in rows]


async def paid(registration: UUID, **came: object) -> str:
    return await settle.confirm(
        payment=(await bill(registration)).id,
        principal=OFFICER,
        now=NOW,
        came=Came(**came),  # type: ignore[arg-type]
    )


async def test_confirmed_money_makes_tickets_valid_once(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http, "workshop", "workshop")

    found = [await paid(registration, paid_on=NOW.date(), note="Seen on the statement") for _ in range(2)]

    one = await bill(registration)
    assert found == ["paid", "paid"]
    assert (one.state, one.received, one.paid_on, one.settled_at) == ("paid", 6600, NOW.date(), NOW)
    assert await settle.note_of(one.id) == "Seen on the statement"
    assert await states(registration) == ["valid", "valid"]
    assert await status(registration) == "confirmed"
    assert await actions(registration) == ["paid", "paid"]
    assert await mails(registration) == 2
    assert await value("SELECT expires_at FROM registration WHERE id = $1", registration) is None
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment.confirm'") == 1
    assert b"statement" not in await value("SELECT sealed FROM payment WHERE id = $1", one.id)  # type: ignore[operator]


async def test_only_who_is_paid_may_say_so(http: httpx.AsyncClient) -> None:
    own, foreign = (await event())["organiser"], (await event(FOREIGN))["organiser"]
    await method()
    await method(organiser=own)
    await paid_type("own", organiser=own)
    await paid_type("city")
    theirs, citys = await bill(await owing(http, "own")), await bill(await owing(http, "city", name="Other"))

    for payment, stranger in ((theirs, organiser(foreign)), (citys, organiser(own, foreign)), (theirs, organiser())):
        with pytest.raises(NotFound):
            await settle.confirm(payment=payment.id, principal=stranger, now=NOW)
        with pytest.raises(NotFound):
            await settle.refunded(payment=payment.id, principal=stranger, now=NOW)
    assert await settle.confirm(payment=theirs.id, principal=organiser(own), now=NOW) == "paid"


async def test_wrong_amount_is_noted_and_refused_unless_there_is_a_reason(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)

    with pytest.raises(Invalid) as refused:
        await paid(registration, amount=3000)

    (error,) = refused.value.errors
    assert (error.field, error.code) == ("amount", "amount")
    assert "¥3,000 came, but it is ¥3,300" in error.detail
    one = await bill(registration)
    assert (one.state, one.received) == ("due", 3000)
    assert await states(registration) == ["unpaid"]
    assert await paid(registration, amount=3000, reason="The bank kept 300 yen") == "paid"
    assert await settle.note_of(one.id) == "The bank kept 300 yen"


async def test_day_to_come_is_refused_and_changes_nothing(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    with pytest.raises(Invalid) as refused:
        await paid(registration, paid_on=NOW.date() + dt.timedelta(days=1))
    assert [e.field for e in refused.value.errors] == ["paid_on"]
    assert (await bill(registration)).received == 0


async def test_blocked_ticket_that_is_paid_stays_blocked_and_is_valid_afterwards(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    ticket = await value("SELECT id FROM ticket WHERE registration = $1", registration)
    assert isinstance(ticket, UUID)
    await block.block(ticket=ticket, by=SYSTEM, now=NOW)

    await paid(registration)
    assert await states(registration) == ["blocked"]
    await block.unblock(ticket=ticket, by=SYSTEM, now=NOW)
    assert await states(registration) == ["valid"]


async def test_unpaid_ticket_is_reminded_of_then_lapses_and_its_places_are_free(http: httpx.AsyncClient) -> None:
    await method()
    quota = await places(await paid_type(), 1)
    registration = await owing(http)
    one = await bill(registration)
    assert await taken(quota) == 1

    await work(NOW + (one.due_at - NOW) * 0.5)
    assert "payment_reminder" not in await told(registration)
    await work(NOW + (one.due_at - NOW) * 0.61)
    await work(NOW + (one.due_at - NOW) * 0.7)
    assert (await told(registration)).count("payment_reminder") == 1
    assert (await bill(registration)).state == "due"
    await work(one.due_at)
    await work(one.due_at + dt.timedelta(days=1))

    assert (await bill(registration)).state == "lapsed"
    assert await states(registration) == ["canceled"]
    assert await status(registration) == "canceled"
    assert await actions(registration) == ["lapsed"]
    assert await taken(quota) == 0
    assert await told(registration) == ["payment_due", "payment_lapsed", "payment_reminder"]


async def test_paid_tickets_are_neither_reminded_of_nor_lapse(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    await paid(registration)
    await work(LATER)
    assert await states(registration) == ["valid"]
    assert await told(registration) == ["payment_due"]


async def test_lapse_takes_the_unpaid_tickets_alone(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http, "workshop", "citywide-pass", "workshop")
    second = await value("SELECT id FROM ticket WHERE registration = $1 AND position = 3", registration)
    assert isinstance(second, UUID)
    await block.block(ticket=second, by=SYSTEM, now=NOW)

    await work(LATER)

    assert await states(registration) == ["canceled", "valid", "canceled"]
    assert await status(registration) == "confirmed"


async def test_late_money_brings_the_tickets_back_while_there_are_places(http: httpx.AsyncClient) -> None:
    await method()
    quota = await places(await paid_type(), 2)
    registration = await owing(http, "workshop", "workshop")
    session = await value("SELECT session FROM quota WHERE session IS NOT NULL LIMIT 1")
    await fetch(
        "UPDATE ticket SET places = places || (SELECT id FROM quota WHERE session = $2) WHERE registration = $1",
        registration,
        session,
    )
    await fetch("UPDATE quota SET taken = 2 WHERE session = $1", session)
    await work((await bill(registration)).due_at)
    assert await taken(quota) == 0

    assert await paid(registration, note="Came three days late") == "paid"

    assert await states(registration) == ["valid", "valid"]
    assert await status(registration) == "confirmed"
    assert await taken(quota) == 2
    assert await value("SELECT taken FROM quota WHERE session = $1", session) == 2
    assert await value("SELECT count(*) FROM reservation WHERE session = $1", session) == 2
    assert sorted(await actions(registration)) == ["lapsed", "lapsed", "paid", "paid"]
    assert await mails(registration) == 2


async def test_late_money_goes_back_when_somebody_else_has_the_place(http: httpx.AsyncClient) -> None:
    await method()
    quota = await places(await paid_type(), 2)
    registration = await owing(http, "workshop", "workshop")
    await work((await bill(registration)).due_at)
    await owing(http, "workshop", name="Quicker")

    assert await paid(registration) == "refund_due"

    one = await bill(registration)
    assert (one.state, one.owed, one.received) == ("refund_due", 6600, 6600)
    assert await states(registration) == ["canceled", "canceled"], "both or none"
    assert await taken(quota) == 1
    assert "refund" in await told(registration)


async def test_late_money_can_be_sent_back_without_looking_for_places(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    await work((await bill(registration)).due_at)
    assert await paid(registration, refund=True) == "refund_due"
    assert await states(registration) == ["canceled"]


async def test_late_money_of_an_erased_person_brings_nobody_back(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    await work((await bill(registration)).due_at)
    await fetch("UPDATE person SET erased_at = $1, key = NULL", NOW)
    assert await paid(registration, note="Forget me") == "refund_due"
    assert await settle.note_of((await bill(registration)).id) == ""


async def test_voucher_is_used_again_by_late_money_or_the_money_goes_back(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    voucher = await value(
        "INSERT INTO voucher (id, convention, code_key, sealed, label, price, uses, used, created_at)"
        " SELECT gen_random_uuid(), id, 'k', 's', 'V', 1000, 1, 0, $1 FROM convention RETURNING id",
        NOW,
    )
    found = []
    for used, name in ((0, "First"), (1, "Second")):
        registration = await owing(http, name=name)
        await fetch("UPDATE ticket SET voucher = $2 WHERE registration = $1", registration, voucher)
        await fetch("UPDATE voucher SET used = 1 WHERE id = $1", voucher)
        await work((await bill(registration)).due_at)
        await fetch("UPDATE voucher SET used = $2 WHERE id = $1", voucher, used)
        found.append(await paid(registration))
        assert await value("SELECT used FROM voucher WHERE id = $1", voucher) == 1
    assert found == ["paid", "refund_due"]


async def test_paid_and_then_canceled_goes_back_in_parts(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type(changes_until=LONG)
    registration = await owing(http, "workshop", "workshop")
    await paid(registration)
    first = await value("SELECT id FROM ticket WHERE registration = $1 AND position = 1", registration)
    assert isinstance(first, UUID)

    await cancel(registration=registration, tickets=[first], by=HOLDER, now=NOW)
    half = await bill(registration)
    await settle.refunded(payment=half.id, principal=OFFICER, now=NOW)
    await settle.refunded(payment=half.id, principal=OFFICER, now=NOW)
    back = await bill(registration)
    await cancel(registration=registration, by=HOLDER, now=NOW)
    rest = await bill(registration)
    await settle.refunded(payment=half.id, principal=OFFICER, now=NOW)

    assert (half.state, half.owed, half.amount) == ("refund_due", 3300, 6600)
    assert (back.state, back.owed, back.returned) == ("refunded", 0, 3300)
    assert (rest.state, rest.owed, rest.refund) == ("refund_due", 3300, 6600)
    assert (await bill(registration)).returned == 6600
    assert (await told(registration)).count("refund") == 2
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment.refund'") == 2


async def test_nothing_is_refunded_that_nobody_is_owed(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    with pytest.raises(settle.NothingToReturn):
        await settle.refunded(payment=(await bill(registration)).id, principal=OFFICER, now=NOW)


async def test_part_that_came_goes_back_with_the_lapse(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    with pytest.raises(Invalid):
        await paid(registration, amount=300)
    await work(LATER)
    one = await bill(registration)
    assert (one.state, one.owed) == ("refund_due", 300)
    assert await states(registration) == ["canceled"]


async def test_part_that_came_goes_back_when_all_is_canceled(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type(changes_until=LONG)
    registration = await owing(http)
    with pytest.raises(Invalid):
        await paid(registration, amount=300)
    await cancel(registration=registration, by=HOLDER, now=NOW)
    assert ((await bill(registration)).state, (await bill(registration)).owed) == ("refund_due", 300)


async def test_confirmation_and_lapse_at_once_leave_one_of_them(app: Frame, as_before: None, committed: None) -> None:
    await method()
    async with client(app) as http:
        await paid_type()
        came: set[tuple[str, str]] = set()
        for n in range(6):
            registration = await owing(http, name=f"Racer{n}")
            one = await bill(registration)
            works = [
                settle.confirm(payment=one.id, principal=OFFICER, now=one.due_at, came=Came(refund=True)),
                lapse.lapse(one.id, now=one.due_at),
            ]
            await asyncio.gather(*(works if n % 2 else reversed(works)))
            ended = ((await bill(registration)).state, (await states(registration))[0])
            assert ended in {("paid", "valid"), ("refund_due", "canceled")}
            came.add(ended)
            assert len(await actions(registration)) == 1
    assert came


async def test_two_who_refund_at_once_refund_once(app: Frame, as_before: None, committed: None) -> None:
    await method()
    async with client(app) as http:
        await paid_type()
        registration = await owing(http)
    await work((await bill(registration)).due_at)
    await paid(registration, refund=True)
    payment = (await bill(registration)).id

    await asyncio.gather(*(settle.refunded(payment=payment, principal=OFFICER, now=NOW) for _ in range(4)))

    assert (await bill(registration)).returned == 3300
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment.refund'") == 1


async def test_neither_lapse_nor_second_reminder_before_the_time(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http)
    one = await bill(registration)
    early = one.due_at - dt.timedelta(seconds=1)

    assert not await lapse.lapse(one.id, now=early)
    for moment in (early - dt.timedelta(hours=1), early):
        await lapse.remind_payment(payment=str(one.id), now=moment)

    after = await bill(registration)
    assert (after.state, after.reminded_at) == ("due", early - dt.timedelta(hours=1))
    assert await states(registration) == ["unpaid"]
