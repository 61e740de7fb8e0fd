"""New codes, blocking, approving, and who may do it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.db import fetch
from app.core.errors import NotFound
from app.people.roles import Principal, Role, Scope
from app.ticketing.errors import LastCode
from app.ticketing.life import approval, reach
from app.ticketing.life.block import block, unblock
from app.ticketing.life.by import HOLDER, staff
from app.ticketing.life.cancel import cancel
from app.ticketing.life.reissue import reissue
from app.ticketing.states import NotNow
from app.ticketing.tickets import code_digest
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    capacity,
    changes,
    notes,
    payable,
    people,
    register,
    set_type,
    states,
    status,
    ticket,
    ticket_mails,
    waiting,
)
from tests.ticketing.organisers import event
from tests.ticketing.stock import sound

pytestmark = pytest.mark.usefixtures("rollback")
YOXO: Any = {"ticket_type": "yoxo-ticket"}


async def test_reissue_at_any_time() -> None:
    [held] = (await register()).tickets
    await reissue(ticket=held.id, by=HOLDER, now=NOW)
    row = await ticket(held.id)
    assert (row["generation"], row["revision"], row["state"]) == (1, 1, "valid")
    assert row["code_digest"] != code_digest(held.code)
    assert (await ticket_mails(held.id), await changes(held.id)) == (2, [("reissued", "holder")])


async def test_the_255th_code_is_the_last() -> None:
    [held] = (await register()).tickets
    await fetch("UPDATE ticket SET generation = 254")
    await reissue(ticket=held.id, by=HOLDER, now=EARLY)
    with pytest.raises(LastCode):
        await reissue(ticket=held.id, by=STAFF, now=EARLY)
    assert (await ticket(held.id))["generation"] == 255


async def test_block_and_unblock() -> None:
    found = await register()
    [held] = found.tickets
    for _twice in range(2):
        await block(ticket=held.id, by=STAFF, now=EARLY)
    assert (await states(found.id), await status(found.id), await notes("blocked")) == (["blocked"], "confirmed", 1)
    await sound()
    for _twice in range(2):
        await unblock(ticket=held.id, by=STAFF, now=EARLY)
    assert (await states(found.id), await ticket_mails(held.id)) == (["valid"], 2)
    assert await changes(held.id) == [("blocked", "account"), ("unblocked", "account")]
    await sound()


async def test_what_is_not_paid_is_unpaid_again_when_unblocked() -> None:
    await payable()
    await set_type("yoxo-ticket", price=500)
    found = await register(*people(2, **YOXO))
    await block(ticket=found.tickets[0].id, by=STAFF, now=EARLY)
    await unblock(ticket=found.tickets[0].id, by=STAFF, now=EARLY)
    assert await states(found.id) == ["unpaid", "unpaid"]
    await sound()


async def test_what_is_over_cannot_be_blocked() -> None:
    found = await register()
    await cancel(registration=found.id, by=HOLDER, now=EARLY)
    for act in (block, unblock, reissue):
        with pytest.raises(NotNow):
            await act(ticket=found.tickets[0].id, by=STAFF, now=EARLY)


async def test_approve() -> None:
    await set_type("yoxo-ticket", admission="approval")
    found = await register(*people(3, **YOXO))
    assert (await status(found.id), await states(found.id)) == ("pending", ["unapproved"] * 3)
    for _twice in range(2):
        await approval.approve(registration=found.id, tickets=[found.tickets[0].id], by=STAFF, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("pending", ["valid", "unapproved", "unapproved"])
    await approval.approve(registration=found.id, by=STAFF, now=EARLY)
    assert (await status(found.id), await states(found.id)) == ("confirmed", ["valid"] * 3)
    assert [await ticket_mails(t.id) for t in found.tickets] == [1, 1, 1]
    await sound()


async def test_who_is_approved_may_have_to_pay() -> None:
    await payable()
    await set_type("yoxo-ticket", admission="approval", price=500)
    found = await register(*people(1, **YOXO))
    await approval.approve(registration=found.id, by=STAFF, now=EARLY)
    assert (await states(found.id), await notes("payment_due")) == (["unpaid"], 1)
    assert await ticket_mails(found.tickets[0].id) == 0
    await sound()


async def test_refuse() -> None:
    await set_type("yoxo-ticket", admission="approval")
    await capacity("yoxo", 2)
    found = await register(*people(2, **YOXO))
    behind = await waiting(*people(1, 10, **YOXO))
    for _twice in range(2):
        await approval.refuse(registration=found.id, tickets=[found.tickets[0].id], by=STAFF, now=EARLY)
    assert (await states(found.id), await status(behind.id)) == (["canceled", "unapproved"], "offered")
    assert (await notes("refused"), await notes("canceled")) == (1, 0)
    assert await changes(found.tickets[0].id) == [("refused", "account")]
    await approval.approve(registration=found.id, by=STAFF, now=EARLY)
    for act, chosen in ((approval.refuse, 1), (approval.approve, 0)):
        with pytest.raises(NotNow):
            await act(registration=found.id, tickets=[found.tickets[chosen].id], by=STAFF, now=EARLY)
    await sound()


def principal(role: Role, *organisers: UUID) -> Principal:
    scope = Scope(organisers=organisers) if organisers else Scope()
    return Principal(role=role, account=uuid4(), scope=scope)


async def test_staff_reach_tickets_of_their_own_types() -> None:
    at = await event()
    await set_type("yoxo-ticket", organiser=at["organiser"])
    [own, city] = [(await register(*people(1, n, ticket_type=t))).tickets[0].id for n, t in
                   enumerate(("yoxo-ticket", "citywide-pass"))]  # fmt: skip
    mine, other = principal("organiser", at["organiser"]), principal("organiser", uuid4())
    found = await reach.own_ticket(ticket=own, principal=mine)
    assert (found.ticket, found.organiser) == (own, at["organiser"])
    assert (await reach.own_ticket(ticket=city, principal=principal("officer"))).organiser is None
    assert (await reach.own_ticket(ticket=own, principal=principal("officer"))).ticket == own
    for who, what in ((mine, city), (other, own), (principal("organiser"), own), (mine, uuid4())):
        with pytest.raises(NotFound):
            await reach.own_ticket(ticket=what, principal=who)


async def test_a_reason_is_sealed_with_the_key_of_the_holder() -> None:
    [held] = (await register()).tickets
    by = staff(principal("officer"), "  Found it on the street ")
    await block(ticket=held.id, by=by, now=EARLY)
    words = str(await value("SELECT t::text FROM ticket_change t"))
    assert "street" not in words
    assert await value("SELECT actor FROM ticket_change") == by.actor
