"""A blocked ticket that is still to be paid: nothing lapses meanwhile, and the deadline is there again afterwards."""

from uuid import UUID

import httpx

from app.ticketing.life import block, cancel
from app.ticketing.life.by import By
from tests.clock import NOW
from tests.doors import value
from tests.ticketing import settings, stock
from tests.ticketing.wishes import member, register, wish

STAFF = By("account:desk", "Please come to the desk.")
ENDS = "SELECT expires_at FROM registration"


async def test_deadline_rests_while_what_is_unpaid_is_blocked(http: httpx.AsyncClient) -> None:
    await settings.set_type(price=3300)
    await settings.way_to_pay()
    made = (await register(http, wish(member(), member(name="B")))).json()
    first, second = (UUID(ticket["id"]) for ticket in made["tickets"])
    ends = await value(ENDS)
    assert ends is not None

    await block.block(ticket=first, by=STAFF, now=NOW)
    await cancel.cancel(registration=UUID(made["id"]), tickets=[second], by=STAFF, now=NOW)
    assert await value(ENDS) is None
    await block.unblock(ticket=first, by=STAFF, now=NOW)
    assert await value("SELECT state FROM ticket WHERE id = $1", first) == "unpaid"
    assert await value(ENDS) == ends
    await stock.sound()
